"""The measures against cases counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, vstack
from sklearn.metrics import normalized_mutual_info_score

from xdc_lab.clustering.measures import (
    FEWEST_LABELLED,
    accuracy,
    against_labels,
    ami,
    ari,
    contingency,
    labelled,
    largest_share,
    nmi,
    purity,
    size_entropy,
)
from xdc_lab.errors import DataError

CLUSTERS = np.array([0, 0, 0, 1, 1, 2])
LABELS = np.array(["bell", "bell", "rain", "rain", "rain", "bell"])


def test_contingency_counts():
    assert contingency(CLUSTERS, LABELS).toarray().tolist() == [[2, 1], [0, 2], [1, 0]]
    assert contingency([], []).shape == (0, 0)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=60))
def test_nmi_is_scikit_learns(rows):
    one, other = np.array(rows).T
    assert nmi(one, other) == pytest.approx(normalized_mutual_info_score(one, other), abs=1e-12)


def test_purity_by_hand():
    assert purity(CLUSTERS, LABELS) == pytest.approx(5 / 6)


def test_accuracy_gives_each_label_one_cluster():
    assert accuracy(CLUSTERS, LABELS) == pytest.approx(4 / 6)


def test_items_without_a_label_are_left_out():
    labels = np.array(["bell", "", "rain", "", "rain", "bell"], dtype=object)
    assert purity(CLUSTERS, labels) == pytest.approx(3 / 4)
    assert len(labelled(CLUSTERS, labels)[0]) == 4
    assert nmi(CLUSTERS, labels) == nmi(CLUSTERS[[0, 2, 4, 5]], labels[[0, 2, 4, 5]])


def test_without_any_label_there_is_no_number():
    assert np.isnan(purity([0, 1], ["", ""]))
    assert np.isnan(accuracy([0, 1], ["", ""]))


@pytest.mark.parametrize("count", [0, 1, FEWEST_LABELLED - 1, FEWEST_LABELLED, 30])
def test_fewer_labels_than_a_stated_number_are_counted_and_say_nothing(count):
    labels = np.array(["bell", "rain"] * 15)
    labels[count:] = ""
    found = against_labels(np.arange(30) % 2, labels)
    assert found.pop("labelled") == count
    assert list(found) == ["purity", "nmi_label", "ami_label"]
    expected = 1.0 if count >= FEWEST_LABELLED else np.nan
    assert list(found.values()) == pytest.approx([expected] * 3, nan_ok=True)


def test_mutual_information_by_hand():
    # H(clusters) = H(labels) = log 2, and the joint is uniform over 2 x 2: they share nothing.
    assert nmi([0, 0, 1, 1], [0, 1, 0, 1]) == pytest.approx(0.0, abs=1e-12)
    # Four clusters that split two labels: I = log 2, entropies log 4 and log 2, their mean 1.5 log 2.
    assert nmi([0, 1, 2, 3], [0, 0, 1, 1]) == pytest.approx(2 / 3)


def test_rand_index_by_hand():
    # 15 pairs; together in clusters 4, in labels 6, in both 2; by chance 4 x 6 / 15 = 1.6.
    assert ari(CLUSTERS, LABELS) == pytest.approx((2 - 1.6) / ((4 + 6) / 2 - 1.6))


@pytest.mark.parametrize("measure", [nmi, ami, ari, purity, accuracy])
def test_renamed_groups_are_the_same_groups(measure):
    assert measure(CLUSTERS, np.array(["c", "c", "c", "a", "a", "b"])) == pytest.approx(1.0)


@pytest.mark.parametrize("measure", [ami, ari])
def test_adjusted_measures_are_near_zero_by_chance_at_any_k(measure):
    generator = np.random.default_rng(0)
    one, other = generator.integers(0, 200, 1000), generator.integers(0, 10, 1000)
    assert abs(measure(one, other)) < 0.03
    assert nmi(one, other) > 0.2


def test_one_item_a_group_is_no_warning():
    assert nmi(np.arange(30), np.arange(30)) == pytest.approx(1.0)


def test_groupings_of_different_items_are_refused():
    with pytest.raises(DataError, match="of 3 and 2 items"):
        nmi([0, 1, 2], [0, 1])


@given(st.lists(st.integers(0, 50), min_size=2, max_size=20).filter(any))
def test_size_entropy_is_between_collapse_and_even(sizes):
    entropy = size_entropy(np.array(sizes))
    assert 0 <= entropy <= 1 + 1e-12
    assert (entropy == pytest.approx(1)) == (len(set(sizes)) == 1)
    assert (entropy == 0) == (sum(size > 0 for size in sizes) == 1)


def test_largest_share():
    assert largest_share(np.array([6, 3, 1])) == 0.6


def test_one_cluster_has_no_entropy_and_two_have_that_of_a_coin():
    assert size_entropy(np.array([5])) == 0.0
    assert size_entropy(np.array([1, 3])) == pytest.approx(-(0.25 * np.log2(0.25) + 0.75 * np.log2(0.75)))
    assert size_entropy(np.array([0, 4, 4])) == pytest.approx(np.log(2) / np.log(3))


SETS = st.lists(
    st.tuples(st.integers(0, 3), st.sets(st.integers(0, 4), max_size=3)), min_size=1, max_size=30
)  # the cluster of each item, and its labels


def matrix(sets, *, labels: int = 5) -> csr_array:
    dense = np.zeros((len(sets), labels), dtype=bool)
    for row, own in enumerate(sets):
        dense[row, list(own)] = True
    return csr_array(dense)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 4)), min_size=10, max_size=30))
def test_of_one_label_each_several_are_measured_as_one(rows):
    clusters = np.array([cluster for cluster, _ in rows])
    names = np.array(["" if label < 0 else str(label) for _, label in rows])
    several = against_labels(clusters, matrix([{label} - {-1} for _, label in rows]))
    single = against_labels(clusters, names)
    assert np.isnan(several.pop("ami_label")) and single.pop("ami_label") is not None
    assert several == pytest.approx(single, abs=1e-9, nan_ok=True)


@given(SETS, st.randoms(use_true_random=False))
def test_several_labels_whatever_clusters_and_labels_are_called_and_in_which_order(rows, random):
    clusters, sets = np.array([cluster for cluster, _ in rows]), matrix([own for _, own in rows])
    order, renamed, names = (random.sample(range(n), n) for n in (len(rows), 4, 5))
    other = np.array(renamed)[clusters][order], sets[order][:, names]
    for measure in (purity, nmi):
        value = measure(clusters, sets)
        assert measure(*other) == pytest.approx(value, nan_ok=True)
        assert np.isnan(value) or 0.0 <= value <= 1.0
    twice = csr_array(vstack([sets, sets]))
    assert nmi(np.r_[clusters, clusters], twice) == pytest.approx(nmi(clusters, sets)), "shares count, not numbers"


@given(st.lists(st.integers(0, 2), min_size=1, max_size=30))
def test_clusters_with_labels_of_their_own_are_ideal(clusters):
    own = [{0, 1}, {2}, {3, 4}]
    assert purity(clusters, matrix([own[cluster] for cluster in clusters])) == 1.0
    assert nmi(clusters, matrix([own[cluster] for cluster in clusters])) == pytest.approx(1.0)


def test_several_labels_by_hand():
    """The first cluster has "music" three times in three clips, the second "bark" in one of two, one has no label."""
    sets = matrix([{0, 1}, {0}, {0, 2}, {3}, {0, 1}, set()])
    clusters = [0, 0, 0, 1, 1, 1]
    assert purity(clusters, sets) == pytest.approx(4 / 5)
    joint = np.array([[2.0, 0.5, 0.5, 0.0], [0.5, 0.5, 0.0, 1.0]]) / 5
    of_cluster, of_label = (-(p := joint.sum(axis=axis)) @ np.log(p) for axis in (1, 0))
    kept = joint[joint > 0]
    shared = of_cluster + of_label + kept @ np.log(kept)
    assert nmi(clusters, sets) == pytest.approx(shared / ((of_cluster + of_label - 3 / 5 * np.log(2)) / 2))


def test_without_any_of_several_labels_there_is_no_purity():
    assert np.isnan(purity([0, 1], matrix([set(), set()])))
    assert against_labels([0, 1], matrix([set(), {0}]))["labelled"] == 1

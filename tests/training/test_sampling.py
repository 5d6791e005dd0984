import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdc_lab.training.sampling import epoch_keys

ROWS = np.arange(10, 30)


def test_every_item_comes_once_an_epoch():
    keys = epoch_keys(ROWS, count=20, seed=0, epoch=0)
    assert sorted(key.index for key in keys) == ROWS.tolist()


@given(st.integers(1, 100))
def test_no_item_comes_twice_more_than_another(count: int):
    drawn = [key.index for key in epoch_keys(ROWS, count=count, seed=0, epoch=0)]
    times = [drawn.count(row) for row in ROWS.tolist()]
    assert len(drawn) == count
    assert max(times) - min(times) <= 1


def test_an_epoch_follows_from_seed_and_number_alone():
    assert epoch_keys(ROWS, count=20, seed=3, epoch=5) == epoch_keys(ROWS, count=20, seed=3, epoch=5)
    assert epoch_keys(ROWS, count=20, seed=3, epoch=5) != epoch_keys(ROWS, count=20, seed=3, epoch=6)
    assert epoch_keys(ROWS, count=20, seed=3, epoch=5) != epoch_keys(ROWS, count=20, seed=4, epoch=5)


def test_the_same_item_gets_another_clip_each_time():
    draws = [key.draw for key in epoch_keys(np.array([7]), count=50, seed=0, epoch=0)]
    assert len(set(draws)) == 50


@pytest.mark.parametrize("clusters", [(), [np.arange(30) % 3]])
def test_clips_of_a_visit_are_in_batches_in_a_row_and_never_in_one(clusters):
    """Seven steps of 5 clips, four clips per visit: two visits to 5 items each, the second one shorter."""
    keys = epoch_keys(ROWS, count=35, seed=0, epoch=0, clusters=clusters, batch=5, clips_per_visit=4)
    steps = [[key.index for key in keys[first : first + 5]] for first in range(0, 35, 5)]
    assert steps == [steps[0]] * 4 + [steps[4]] * 3
    assert len({key.draw for key in keys}) == 35
    if not clusters:
        assert len({*steps[0], *steps[4]}) == 10, "no item is visited again before every other one was"
    alone = epoch_keys(ROWS, count=35, seed=0, epoch=0, clusters=clusters)
    assert epoch_keys(ROWS, count=35, seed=0, epoch=0, clusters=clusters, batch=5) == alone


def test_uniform_over_clusters_whatever_their_sizes_and_positions():
    """DeepCluster's code samples uniformly over positions, and so not over clusters."""
    clusters = np.zeros(30, dtype=np.int64)
    clusters[25:29], clusters[29] = (1, 2)  # of rows 10 to 29: 15, 4 and 1 items; cluster 0 also holds rows outside
    drawn = [key.index for key in epoch_keys(ROWS, count=300, seed=0, epoch=0, clusters=[clusters])]
    assert np.bincount(clusters[drawn]).tolist() == [100, 100, 100]
    assert set(drawn) == set(ROWS.tolist())


def test_a_cluster_with_no_training_item_is_not_drawn():
    clusters = np.array([0, 0, 1, 2])
    drawn = [key.index for key in epoch_keys(np.array([0, 1, 3]), count=40, seed=0, epoch=0, clusters=[clusters])]
    assert np.bincount(clusters[drawn]).tolist() == [20, 0, 20]


def test_two_clusterings_take_turns_so_that_neither_leaves_its_small_clusters_out():
    first, second = np.arange(30) % 2, (np.arange(30) == 29).astype(np.int64)
    drawn = [key.index for key in epoch_keys(ROWS, count=400, seed=0, epoch=0, clusters=[first, second])]
    assert np.bincount(first[drawn[::2]]).tolist() == [100, 100]
    assert np.bincount(second[drawn[1::2]]).tolist() == [100, 100]


def test_what_is_drawn_at_once_is_what_one_draw_after_the_other_gives():
    """The numbers of runs from before stay."""
    clusters = np.arange(30) % 7
    drawn = [key.index for key in epoch_keys(ROWS, count=50, seed=0, epoch=1, clusters=[clusters])]
    generator = np.random.default_rng([0, 1])
    order = np.concatenate([generator.permutation(7) for _ in range(8)])[:50]
    assert drawn == [generator.choice(ROWS[clusters[ROWS] == cluster]) for cluster in order]

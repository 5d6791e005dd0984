"""Clips labelled otherwise than what they sound and look like: labels swapped by hand come first."""

from dataclasses import replace

import numpy as np
import pytest

from xdc_lab.analysis.mislabelled import mislabelled
from xdc_lab.analysis.result import load_result
from xdc_lab.errors import DataError

EVENTS, EACH, WRONG = 6, 30, (3, 40, 77, 130, 151)


@pytest.fixture
def swapped(make_run, tmp_path):
    """Events 0 and 1 sound alike, 1 and 2 look alike; five labels are another's."""
    events = np.repeat(np.arange(EVENTS), EACH)
    labels = [f"event {event}" for event in events]
    for item in WRONG:
        labels[item] = f"event {(events[item] + 3) % EVENTS}"
    clusters = {"audio": events, "video": events}
    run = make_run(tmp_path / "swapped", labels=labels, assignments=[clusters])
    random = np.random.default_rng(0)
    for encoder, alike in {"audio": (0, 1), "video": (1, 2)}.items():
        centres = 4 * random.normal(size=(EVENTS, 8))
        centres[alike[1]] = centres[alike[0]]
        np.save(run / "features" / f"{encoder}.npy", centres[events] + random.normal(size=(len(events), 8)))
    return load_result(run)


def test_swapped_labels_come_first_with_what_they_were(swapped):
    table = mislabelled(swapped)
    assert set(table["item"][: len(WRONG)]) == set(WRONG)
    found = table.set_index("item")["suggested"]
    assert [found[item] for item in WRONG] == [f"event {item // EACH}" for item in WRONG]
    assert (table["score"].diff().dropna() <= 0).all() and (table["score"] > 0).all()
    # What one sense confuses is no mistake: a few clips at most, of ninety that share sound or looks.
    assert len(table) < 2 * len(WRONG)
    assert (table["video_own"][: len(WRONG)] < table["video_suggested"][: len(WRONG)]).all()


def test_unlabelled_clips_neither_vote_nor_are_listed(swapped):
    labels = swapped.items["label"].mask(np.arange(len(swapped.items)) % 2 == 0, "").tolist()
    table = mislabelled(swapped.with_labels(labels))
    assert set(table["item"][:3]) == {item for item in WRONG if item % 2}
    with pytest.raises(DataError, match="no labels"):
        mislabelled(swapped.with_labels([""] * len(labels)))


def test_of_several_labels_the_one_that_neighbours_share_is_a_clips_own(swapped):
    wanted = [f"event {i // EACH}" for i in range(len(swapped.items))]
    both = [label if i != 3 else f"{label}; {wanted[i]}" for i, label in enumerate(swapped.items["label"])]
    table = mislabelled(replace(swapped, items=swapped.items.assign(label="", labels=both)))
    assert set(table["item"][:4]) == set(WRONG) - {3} and 3 not in set(table["item"])

"""Nearest neighbours in features: never the clip itself, by direction from the mean, drawn beside it."""

import numpy as np
import pandas as pd
import pytest

from xdc_lab.analysis import neighbours
from xdc_lab.analysis.neighbours import fingerprints, like_these, nearest_items, neighbour_sheet
from xdc_lab.analysis.projection import direction
from xdc_lab.clustering import nearest
from xdc_lab.errors import DataError


def test_neighbours_lie_in_the_same_direction():
    angles = np.repeat([0.0, 2.0, 4.0], 4) + np.tile([0.0, 0.02, 0.05, 0.09], 3)
    lengths = np.random.default_rng(0).uniform(1, 3, 12)  # directions count, lengths do not
    features = lengths[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    near = nearest_items(features - features.mean(axis=0), count=3)
    assert near.shape == (12, 3)
    assert (near // 4 == (np.arange(12) // 4)[:, None]).all()


def test_the_nearest_come_first():
    features = np.random.default_rng(1).normal(size=(50, 8)) + 3.0
    unit = direction(features)
    cosines = unit @ unit.T - 2 * np.eye(50)
    assert (nearest_items(features, count=4) == np.argsort(-cosines, axis=1)[:, :4]).all()


def test_no_item_is_its_own_neighbour_even_among_copies():
    near = nearest_items(np.ones((40, 4), dtype=np.float32), count=5)
    assert (near != np.arange(40)[:, None]).all()
    assert all(len(set(row)) == 5 for row in near.tolist())


@pytest.mark.skipif(nearest.faiss is None, reason="PyTorch compares each with each")
@pytest.mark.parametrize("spread", [0.0, 1.0])  # no groups at all, the hardest to search, and twenty groups
def test_among_many_items_most_neighbours_are_found(monkeypatch, spread):
    random = np.random.default_rng(0)
    features = spread * random.normal(size=(20, 16))[random.integers(0, 20, 1500)] + random.normal(size=(1500, 16))
    exact = nearest_items(features)
    monkeypatch.setattr(nearest, "MANY", 1000)
    found = nearest_items(features)
    assert found.shape == exact.shape
    assert np.mean([np.isin(one, other).mean() for one, other in zip(found, exact, strict=True)]) > 0.93
    assert (found != np.arange(1500)[:, None]).all()


def test_few_items_have_few_neighbours():
    assert nearest_items(np.eye(3), count=5).shape == (3, 2)


def test_captions_say_whether_the_label_is_the_same(monkeypatch):
    said = []
    row = neighbours.clip_row
    monkeypatch.setattr(
        neighbours, "clip_row", lambda clips, captions, audio: said.append(captions) or row(clips.iloc[:0])
    )
    items = pd.DataFrame({"path": ["a.mp4", "b.mp4", "c.mp4", "d.mp4"], "label": ["bell", "bell", "drum", ""]})
    neighbour_sheet(items, np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]), [0, 3])
    assert said == [["bell", "= bell", "≠ drum", "d.mp4"], ["d.mp4", "bell", "bell", "drum"]]


def test_sheet_has_a_row_for_each_clip(tmp_path):
    items = pd.DataFrame(
        {"path": [str(tmp_path / f"{number}.mp4") for number in range(4)], "label": ["a", "a", "b", ""]}
    ).assign(start_seconds=np.nan, end_seconds=np.nan, duration_seconds=2.0)
    near = nearest_items(np.eye(4), count=2)
    one, two = (neighbour_sheet(items, near, rows) for rows in ([0], [0, 3]))
    assert two.height == 2 * one.height
    assert two.width == one.width


def test_like_these_is_near_their_mean_and_none_of_them():
    random = np.random.default_rng(0)
    features = 4 * random.normal(size=(5, 12))[np.arange(100) % 5] + random.normal(size=(100, 12))
    items, cosine = like_these(features, [0, 5, 10], count=17)
    assert set(items.tolist()) == set(range(0, 100, 5)) - {0, 5, 10} and (np.diff(cosine) <= 0).all()
    alone, _ = like_these(features, [7], count=5)
    assert alone.tolist() == nearest_items(features, count=5)[7].tolist()
    with pytest.raises(DataError, match="from 0 to 99"):
        like_these(features, [100])


def test_fingerprints_keep_most_neighbours_in_few_bytes():
    random = np.random.default_rng(0)
    groups = random.normal(size=(12, 40)) @ random.normal(size=(40, 96))
    features = 3 + groups[np.arange(300) % 12] + 2 * random.normal(size=(300, 96))
    small = fingerprints(features, dim=16)
    assert small.shape == (300, 16) and small.dtype == np.int8
    exact, found = nearest_items(features, count=10), nearest_items(small.astype(float), count=20)
    assert np.mean([np.isin(one, other).mean() for one, other in zip(exact, found, strict=True)]) > 0.7
    assert fingerprints(np.ones((3, 4))).shape == (3, 4)

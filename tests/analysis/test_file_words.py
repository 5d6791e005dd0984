"""Clusters named by what their files' names share, where there are no labels."""

import numpy as np
import pandas as pd
import pytest

from xdc_lab.analysis.file_words import file_words, item_texts
from xdc_lab.analysis.result import load_result
from xdc_lab.datasets.items import read_items, write_items

CLUSTERS = np.repeat([0, 1, 2], 12)


@pytest.fixture
def named(make_run, tmp_path):
    """Holiday clips, barks by caption alone, and files that are numbers; everything is an mp4 of 2019."""
    captions = [""] * 12 + ["a dog barks", "barking dog"] * 6 + [""] * 12
    clusters = {"audio": CLUSTERS, "video": CLUSTERS}
    run = make_run(tmp_path / "run", labels=[""] * 36, assignments=[clusters], columns={"caption": captions})
    items = read_items(run / "items.csv")
    folders = ["HolidayParis2019"] * 12 + ["misc_2019"] * 24
    items["path"] = [f"/videos/{folder}/clip_{i:05d}.mp4" for i, folder in enumerate(folders)]
    write_items(items, run / "items.csv")
    return load_result(run)


def test_words_that_a_cluster_shares_more_than_the_rest_name_it(named):
    words = file_words(named, "audio")
    assert set(words[0]) == {"holiday", "paris"} and words[1][0] == "dog"
    assert words[2] == []  # "misc" is elsewhere, too, and numbers are no words
    assert all("mp4" not in own and "clip" not in own for own in words)


def test_chance_names_nothing(named):
    drawn = np.random.default_rng(0).permutation(CLUSTERS).astype(np.int32)
    for path in (named.path / "clusters").rglob("*.npz"):
        with np.load(path) as old:
            np.savez(path, **{**dict(old), "assignment": drawn})
    assert file_words(load_result(named.path), "audio") == [[], [], []]


def test_labels_and_factors_are_no_words():
    rows = {"path": ["/a/b/x.mp4", "/a/c/y.mp4"], "start_seconds": [0.0, 1.0], "label": "bell", "split": "train"}
    table = pd.DataFrame({**rows, "factor_hue": ["red", "blue"], "title": ["One", None], "split_2": "test"})
    assert item_texts(table) == ["/b/x One", "/c/y "]

"""A folder with a known mess: each file is where the answer says, and a second call writes nothing."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from xdc_lab.datasets.folder import load_folder
from xdc_lab.media.decoder import read_frames
from xdc_lab.worlds.demo.messy_folder import EACH, SLIDESHOW, TWICE, WRONG, write_messy_folder


def test_the_mess_is_what_is_told(tiny_set, tmp_path):
    items = pd.read_csv(tiny_set).query("split == 'train'").head(32)
    items = items.assign(path=[str(tiny_set.parent / name) for name in items["path"]])
    mess = write_messy_folder(tmp_path, items)
    assert Counter(mess.values()) == {SLIDESHOW: EACH, TWICE: EACH, WRONG: EACH}
    there = load_folder(tmp_path)
    names = [path.removeprefix(f"{tmp_path}/") for path in there["path"]]
    assert len(there) == len(items) + 2 * EACH and set(mess) <= set(names)
    for name in (name for name, kind in mess.items() if kind == WRONG):
        row = int(name.rsplit("clip ", 1)[1][:3])
        assert (tmp_path / name).read_bytes() == Path(items["path"].iloc[row]).read_bytes()
        assert name.split("/")[0] != items["label"].iloc[row]
    slides = next(name for name, kind in mess.items() if kind == SLIDESHOW)
    pixels = read_frames(tmp_path / slides, [0.1, 0.7, 1.2, 2.0]).pixels.numpy().astype(int)
    assert (
        np.abs(pixels[0] - pixels[1]).mean() < 2 < np.abs(pixels[1] - pixels[2]).mean()
    )  # it stands still, then goes on
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    assert write_messy_folder(tmp_path, items) == mess
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")} == before

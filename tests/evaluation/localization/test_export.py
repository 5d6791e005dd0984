"""What G-TAD reads: one row a stride, whole files, resumed video by video, nothing left out in silence."""

import h5py
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from xdc_lab.datasets.segments import LocalizationSet
from xdc_lab.datasets.windows import read_windows
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.errors import DataError, RunError, SettingError
from xdc_lab.evaluation.localization import extraction
from xdc_lab.evaluation.localization.export import export_features
from xdc_lab.evaluation.localization.hdf5 import interpolate_rows, read_hdf5, row_counts, write_hdf5
from xdc_lab.media.inputs import model_input
from xdc_lab.runs.execution import Execution

QUIET = Execution(device="cpu", progress=False)


@pytest.fixture(scope="module")
def encoder():
    return build_encoder("r2plus1d_10", width=8, seed=1)


@pytest.fixture(scope="module")
def export(encoder, colours, windows, tmp_path_factory):
    out = tmp_path_factory.mktemp("export") / "gtad"
    return export_features(encoder, colours, out, settings=windows, execution=QUIET)


def test_one_data_set_a_video_and_one_row_a_stride(export, encoder, colours, windows):
    names = [path.name for path in export.files]
    assert names == ["features_val.h5", "val_Annotation.csv", "features_test.h5", "test_Annotation.csv"]
    features = dict(read_hdf5(export.files[0]))
    assert sorted(features) == ["one", "two"]
    rows = features["one"]
    assert rows.shape == (24, encoder.feature_dim)  # 120 frames, every 5th
    assert rows.dtype == np.float32
    with h5py.File(export.files[0]) as file:
        assert file.attrs["stride_frames"] == 5
    # Row 7 stands for the frames 35 to 40, 3.5 to 4 s: its window lies around 3.75 s.
    words = {"modality": "video", "video": windows.video, "audio": windows.audio}
    raw = read_windows(colours.videos["path"][0], np.array([3.75 - 0.2]), **words)
    with torch.inference_mode():
        own = encoder.eval()(model_input("video")(raw)).numpy()[0]
    np.testing.assert_allclose(rows[7], own, atol=1e-4)
    table = pd.read_csv(export.files[1])
    assert table.iloc[0].tolist() == ["one", "red", 2, 1.0, 4.0, 10.0, 40.0]


def test_a_stopped_export_goes_on_where_it_was(encoder, colours, windows, tmp_path, monkeypatch):
    slide, seen = extraction._slide, []

    def killed(encoder, prepare, row, **words):
        if len(seen) == 1:
            raise KeyboardInterrupt
        seen.append(row.video)
        return slide(encoder, prepare, row, **words)

    words = {"settings": windows, "execution": QUIET}
    monkeypatch.setattr(extraction, "_slide", killed)
    with pytest.raises(KeyboardInterrupt):
        export_features(encoder, colours, tmp_path / "x", **words)
    assert not list(tmp_path.rglob("*.h5"))

    def noted(encoder, prepare, row, **words):
        seen.append(row.video)
        return slide(encoder, prepare, row, **words)

    monkeypatch.setattr(extraction, "_slide", noted)
    export_features(encoder, colours, tmp_path / "x", **words)
    assert seen == ["one", "two", "three"]
    export_features(encoder, colours, tmp_path / "x", **words)
    assert len(seen) == 3
    with pytest.raises(RunError, match="another run: its encoder"):
        export_features(build_encoder("r2plus1d_10", width=8, seed=2), colours, tmp_path / "x", **words)


def test_silent_and_broken_videos_are_named(colours, windows, tmp_path):
    broken = tmp_path / "four.mp4"
    broken.write_text("no film")
    row = colours.videos[:1].assign(path=str(broken), video="four")
    videos = pd.concat([colours.videos, row], ignore_index=True)
    collection = LocalizationSet(videos, colours.segments, colours.ignored, colours.class_ids)
    audio = build_encoder("audio_resnet_18", width=8)
    words = {"settings": windows, "execution": QUIET}
    export = export_features(audio, collection, tmp_path / "x", **words)
    assert export.features.failed == {"three": "no audio track", "four": "does not decode"}
    assert str(export).splitlines()[:2] == ["2 of 4 videos have features", "    three  [no audio track]"]
    assert row_counts(export.files[0]) == {"one": 24, "two": 24}
    assert len(export.files) == 2  # no test video was left
    alone = LocalizationSet(videos[2:], colours.segments, colours.ignored)
    with pytest.raises(DataError, match="no video can be used"):
        export_features(audio, alone, tmp_path / "y", **words)


def test_rows_are_interpolated_to_given_counts(encoder, colours, windows, export, tmp_path):
    counts = {"one": 12, "two": 24, "three": 50}
    words = {"settings": windows, "execution": QUIET}
    other = export_features(encoder, colours, tmp_path / "x", rows=counts, **words)
    assert row_counts(other.files[0]) | row_counts(other.files[2]) == counts
    made, whole = dict(read_hdf5(other.files[0])), dict(read_hdf5(export.files[0]))
    np.testing.assert_allclose(made["two"], whole["two"], atol=1e-6)
    np.testing.assert_allclose(made["one"], (whole["one"][0::2] + whole["one"][1::2]) / 2, atol=1e-5)
    with pytest.raises(DataError, match="row count of 1 videos is not given; the first: three"):
        export_features(encoder, colours, tmp_path / "y", rows={"one": 1, "two": 1}, **words)


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    def rows():
        yield "a", np.zeros((2, 3), dtype=np.float32)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_hdf5(tmp_path / "x.h5", rows(), about={})
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "text.h5").write_text("none")
    with pytest.raises(DataError, match="no HDF5 file"):
        row_counts(tmp_path / "text.h5")
    with pytest.raises(DataError, match="there is no file"):
        row_counts(tmp_path / "gone.h5")


@given(st.integers(1, 20), st.integers(1, 40))
def test_a_straight_line_stays_one(there, rows):
    line = np.arange(there, dtype=np.float64)[:, None]
    made = interpolate_rows(line, rows)
    assert made.shape == (rows, 1)
    assert (np.diff(made[:, 0]) >= 0).all()
    assert made.mean() == pytest.approx(line.mean(), abs=1e-9)
    assert 0.0 <= made.min() <= made.max() <= there - 1


def test_no_rows_are_none():
    with pytest.raises(SettingError, match="0 rows"):
        interpolate_rows(np.zeros((2, 2)), 0)

"""A file of features: row i is item i of its table, whatever is resumed, left out or slid over."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from xdc_lab import feature_files
from xdc_lab.datasets.items import make_items, read_items
from xdc_lab.datasets.parquet import read_parquet_items
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.weights import load_encoder, save_encoder
from xdc_lab.errors import DataError, MediaError, RunError, SettingError
from xdc_lab.feature_files import FeatureFile, FeatureFileSettings, write_feature_file
from xdc_lab.media.clip_settings import AudioClipSettings
from xdc_lab.media.decoder.audio import read_waveform
from xdc_lab.media.inputs import describe_inputs, model_input
from xdc_lab.runs.execution import Execution

AUDIO = AudioClipSettings(seconds=0.8, audio_frames=40)
CENTRES = FeatureFileSettings()
WINDOWS = FeatureFileSettings(every_seconds=1.0)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("encoder") / "audio.safetensors"
    inputs = describe_inputs("audio", audio=AUDIO)
    save_encoder(build_encoder("audio_resnet_18", width=4, seed=1), file, about={}, inputs=inputs)
    return file


@pytest.fixture(scope="module")
def items(tiny_set: Path) -> pd.DataFrame:
    """Five clips with sound, one without and one that is cut off."""
    table = read_items(tiny_set)
    odd = table[table["expected_problem"].isin(["no audio track", "does not decode"])]
    return make_items(pd.concat([table.head(3), odd, table.iloc[3:5]], ignore_index=True))


def written(encoder: Path, items: pd.DataFrame, path: Path, settings=CENTRES) -> FeatureFile:
    execution = Execution(progress=False)
    return write_feature_file(encoder, items, path, settings=settings, batch_size=2, execution=execution)


def alone(encoder: Path, row: pd.Series) -> np.ndarray:
    """The features of a window by itself."""
    words = {"start_seconds": row["start_seconds"], "duration_seconds": 0.8, "sample_rate_hz": 16_000}
    with torch.inference_mode():
        prepared = model_input("audio", audio=AUDIO)(read_waveform(row["path"], **words).samples[None])
        return load_encoder(encoder).eval()(prepared)[0].numpy()


def test_row_i_is_window_i_and_what_has_no_row_is_named(encoder, items, tmp_path):
    file = written(encoder, items, tmp_path / "sound.npy", WINDOWS)
    features, table = np.load(file.path), read_items(file.items)
    assert features.shape == (len(table), 32) and features.dtype == np.float32
    assert table["start_seconds"].tolist()[:2] == [0.0, 1.0]
    assert table["label"].tolist()[0] == items["label"].tolist()[0]
    for row in (0, 3, len(table) - 1):
        np.testing.assert_allclose(features[row], alone(encoder, table.iloc[row]), atol=1e-5)
    rejected = read_items(file.rejected)
    assert sorted(rejected["problem"]) == ["does not decode", "no audio track"]
    assert "without features: 2 files, named in" in str(file) and "[no audio track]" in str(file)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_the_same_call_goes_on_after_a_kill(encoder, items, tmp_path, monkeypatch):
    monkeypatch.setattr(feature_files, "PART_ROWS", 2)
    whole = written(encoder, items, tmp_path / "whole.npy")
    extract, calls = feature_files.extract_features, []

    def killed(*words, **more):
        calls.append(words[2].name)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return extract(*words, **more)

    monkeypatch.setattr(feature_files, "extract_features", killed)
    with pytest.raises(KeyboardInterrupt):
        written(encoder, items, tmp_path / "resumed.npy")
    assert not (tmp_path / "resumed.npy").exists()
    with pytest.raises(RunError, match="its features differ: every_seconds None"):
        written(encoder, items, tmp_path / "resumed.npy", WINDOWS)
    resumed = written(encoder, items, tmp_path / "resumed.npy")
    assert calls == ["000000000.npy", "000000002.npy", "000000002.npy", "000000004.npy"]
    assert resumed.path.read_bytes() == whole.path.read_bytes()
    assert written(encoder, items, tmp_path / "resumed.npy").about == resumed.about and len(calls) == 4
    with pytest.raises(RunError, match="resumed.npy is there, and not of this encoder, collection and windows"):
        written(encoder, items, tmp_path / "resumed.npy", WINDOWS)


def test_what_does_not_decode_later_has_no_row(encoder, items, tmp_path, monkeypatch):
    bad = items["path"].iloc[1]
    read = feature_files.ClipDataset.clip_at

    def reads(self, index, *words):
        if self.spans[index].path == bad:
            raise MediaError(bad, "damaged in the middle")
        return read(self, index, *words)

    monkeypatch.setattr(feature_files.ClipDataset, "clip_at", reads)
    file = written(encoder, items, tmp_path / "sound.parquet")
    table = read_parquet_items(file.path)
    assert bad not in set(table["path"]) and len(table) == 4
    assert json.loads(file.described.read_text())["rejected"][bad] == "damaged in the middle"
    monkeypatch.undo()
    for index, path in enumerate(table["path"]):
        one = written(encoder, items[items["path"] == path].reset_index(drop=True), tmp_path / f"{index}.npy")
        np.testing.assert_allclose(table["features"].iloc[index], np.load(one.path)[0], atol=1e-5)


def test_wrong_words_and_collections_are_errors(encoder, items, tmp_path):
    with pytest.raises(SettingError, match=r"suffix '.csv'; features are written as .npy or .parquet"):
        written(encoder, items, tmp_path / "sound.csv")
    with pytest.raises(SettingError, match="every_seconds=0 never moves on"):
        FeatureFileSettings(every_seconds=0)
    silent = items[items["expected_problem"] == "no audio track"].reset_index(drop=True)
    with pytest.raises(DataError, match="no item can be used"):
        written(encoder, silent, tmp_path / "silent.npy")
    (tmp_path / "mine.csv").write_text("path\n")
    with pytest.raises(RunError, match="mine.csv is there, and not of"):
        written(encoder, items, tmp_path / "mine.npy")

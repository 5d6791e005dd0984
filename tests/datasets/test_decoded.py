"""The decoded store: the clips of the files, made once, gone on with after a kill, made anew after a change."""

import pickle
from collections import namedtuple
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from xdc_lab.datasets import store_filling
from xdc_lab.datasets.clips import ClipDataset, ClipKey
from xdc_lab.datasets.decoded import DecodedStore
from xdc_lab.datasets.failures import FailureLog
from xdc_lab.datasets.store_plan import plan_store
from xdc_lab.errors import DataError, MediaError, SettingError
from xdc_lab.media import stored_sound
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.inputs import model_input

VIDEO = VideoClipSettings(frames=4, frame_rate_hz=5.0, short_side_px=24, crop_px=20)
AUDIO = AudioClipSettings()


def build(items, folder, audio: AudioClipSettings = AUDIO) -> DecodedStore:
    return DecodedStore.build(items, folder, grid_hz=10.0, video=VIDEO, audio=audio, workers=2, progress=False)


@pytest.fixture
def parts(items) -> pd.DataFrame:
    """The films, and a part of one that begins between two grid instants and two samples."""
    part = items.iloc[[2]].assign(start_seconds=0.31234, end_seconds=2.9)
    return pd.concat([items, part], ignore_index=True)


def pairs(parts, store: DecodedStore, modality: str) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Clips of the store, and of the files at the times that the store has."""
    how = {"modality": modality, "video": VIDEO, "audio": store.plan.audio, "seed": 5, "store": store}
    stored, direct = ClipDataset(parts, **how), ClipDataset(parts, **how)
    direct.store = None
    for index in range(len(parts)):
        yield from ((stored[ClipKey(index, draw)], direct[ClipKey(index, draw)]) for draw in (None, *range(6)))
        yield stored.uniform(index, 3), direct.uniform(index, 3)


def test_a_clip_of_the_store_is_the_clip_of_the_file(parts, tmp_path):
    assert all(torch.equal(one, other) for one, other in pairs(parts, build(parts, tmp_path), "video"))


@pytest.mark.parametrize("window_seconds", [0.016, 0.025, 0.06])
def test_a_log_mel_of_the_store_is_that_of_the_clip(parts, tmp_path, window_seconds):
    """With its first and last column, which see no sound outside of the clip, and silence after the item's end."""
    audio = AudioClipSettings(window_seconds=window_seconds)
    store, log_mel = build(parts, tmp_path, audio=audio), model_input("audio", audio=audio)
    for one, other in pairs(parts, store, "audio"):
        rounded = (other * 32768).round().clip(-32768, 32767) / 32768
        expected = log_mel(rounded.view(-1, audio.samples)).view(one.shape)
        assert log_mel(one.view(-1, 1, 40, 100)).data_ptr() == one.data_ptr(), "goes through"
        torch.testing.assert_close(one, expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize(
    "audio", [AudioClipSettings(window_seconds=0.07), AudioClipSettings(seconds=2.04, audio_frames=102)]
)
def test_sound_that_is_not_of_whole_hops_is_stored_itself(parts, tmp_path, audio):
    store = build(parts, tmp_path, audio=audio)
    for one, other in pairs(parts, store, "audio"):
        assert (one - other).abs().max() <= 0.5001 / 32768, "but for the rounding to 16 bits"
    with pytest.raises(SettingError, match="build another"):
        store.sound(2, 0.0, AUDIO)


def test_long_items_are_decoded_in_parts(items, tmp_path, monkeypatch):
    whole = build(items, tmp_path / "whole")
    monkeypatch.setattr(store_filling, "_CHUNK_SECONDS", 0.7)
    monkeypatch.setattr(stored_sound, "_CHUNK_SECONDS", 0.7)
    chunked = build(items, tmp_path / "chunked")
    for name in (store_filling.FRAMES_FILE, store_filling.SOUND_FILE):
        assert (chunked.folder / name).read_bytes() == (whole.folder / name).read_bytes()


def test_the_plan_is_the_size(items, tmp_path):
    plan = plan_store(items, grid_hz=10.0, video=VIDEO, audio=AUDIO)
    store = build(items, tmp_path)
    assert (store.folder / store_filling.FRAMES_FILE).stat().st_size == plan.frames_bytes
    assert (store.folder / store_filling.SOUND_FILE).stat().st_size == plan.sound_bytes
    assert f"{len(items)} items" in str(plan) and "MB" in str(plan)


def test_goes_on_where_it_was_killed(items, tmp_path, monkeypatch):
    whole = build(items, tmp_path / "whole")
    real, decoded = store_filling._decode_item, []

    def stops(folder, plan, item):
        if len(decoded) == 2:
            raise KeyboardInterrupt
        decoded.append(item.path)
        real(folder, plan, item)

    monkeypatch.setattr(store_filling, "_decode_item", stops)
    with pytest.raises(KeyboardInterrupt):
        DecodedStore.build(
            items, tmp_path / "killed", grid_hz=10.0, video=VIDEO, audio=AUDIO, workers=1, progress=False
        )
    monkeypatch.setattr(
        store_filling, "_decode_item", lambda folder, plan, item: decoded.append(item.path) or real(folder, plan, item)
    )
    resumed = build(items, tmp_path / "killed")
    assert sorted(decoded) == sorted(items["path"]), "each once"
    for name in (store_filling.FRAMES_FILE, store_filling.SOUND_FILE):
        assert (resumed.folder / name).read_bytes() == (whole.folder / name).read_bytes()
    build(items, tmp_path / "killed")
    assert len(decoded) == len(items)


def test_two_at_once_decode_each_item_once(items, tmp_path, monkeypatch):
    real, decoded = store_filling._decode_item, []

    def counted(folder, plan, item):
        decoded.append(item.path)
        real(folder, plan, item)

    monkeypatch.setattr(store_filling, "_decode_item", counted)
    with ThreadPoolExecutor(2) as pool:  # each with a lock file of its own, as two processes
        one, other = pool.map(lambda _: build(items, tmp_path), range(2))
    assert sorted(decoded) == sorted(items["path"])
    assert torch.equal(one.frames(2, [0.5]), other.frames(2, [0.5]))


def test_a_file_that_changed_is_decoded_anew(items, tmp_path, monkeypatch):
    build(items, tmp_path)
    decoded = []
    monkeypatch.setattr(store_filling, "_decode_item", lambda folder, plan, item: decoded.append(item.path))
    build(items, tmp_path)
    assert decoded == []
    monkeypatch.setattr(store_filling, "_stamp", lambda path: [1, 2])
    build(items, tmp_path)
    assert len(decoded) == len(items)


def test_only_what_changed_is_decoded_anew_and_what_is_gone_is_kept(items, tmp_path, monkeypatch, capsys):
    films = [tmp_path / f"{number}.mp4" for number in range(3)]
    for film, path in zip(films, items["path"], strict=False):
        film.write_bytes(Path(path).read_bytes())
    mine = items.head(3).assign(path=[str(film) for film in films])
    store = build(mine, tmp_path / "store")
    expected = store.frames(0, [0.5])
    decoded, real = [], store_filling._decode_item
    monkeypatch.setattr(
        store_filling, "_decode_item", lambda folder, plan, item: decoded.append(item.path) or real(folder, plan, item)
    )
    films[0].unlink()
    films[2].write_text("no film any more")
    again = build(mine, tmp_path / "store")
    assert decoded == [str(films[2])]
    assert torch.equal(again.frames(0, [0.5]), expected)
    assert "1 of 3 items did not decode" in (told := capsys.readouterr().err) and "2.mp4" in told
    (again.folder / store_filling.FRAMES_FILE).write_bytes(b"cut off")
    build(mine, tmp_path / "store")
    assert set(decoded[1:]) == {str(film) for film in films}


def test_an_item_that_does_not_decode(items, tmp_path):
    broken = items.copy()
    broken.loc[1, "path"] = str(tmp_path / "broken.mp4")
    (tmp_path / "broken.mp4").write_text("was a film when it was checked")
    store = build(broken, tmp_path / "store")
    with pytest.raises(MediaError, match="broken.mp4"):
        store.frames(1, [0.0])
    with pytest.raises(MediaError, match="does not decode"):
        store.sound(1, 0.0, AUDIO)
    log = FailureLog(tmp_path / "failures.jsonl")
    dataset = ClipDataset(broken, modality="video", video=VIDEO, audio=AUDIO, store=store, failures=log)
    assert dataset.draw(ClipKey(1, 0), rows=[0, 2]).rows in (0, 2) and dataset[0].any()
    assert str(tmp_path / "broken.mp4") in log.failed()


def test_a_size_that_was_not_probed(items, tmp_path):
    store = build(items.assign(height_px=1000.0), tmp_path)
    with pytest.raises(MediaError, match="check the items again"):
        store.frames(0, [0.0])


def test_a_disk_without_room(items, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(store_filling.shutil, "disk_usage", lambda folder: usage(100, 99, 1))
    with pytest.raises(DataError, match=r"MB, but .* has 0 MB free"):
        build(items, tmp_path)


def test_a_disk_that_fills_up(items, tmp_path, monkeypatch):
    def full(folder, plan, item):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store_filling, "_decode_item", full)
    with pytest.raises(DataError, match="No space left"):
        build(items, tmp_path)


def test_workers_open_their_own(items, tmp_path):
    store = build(items, tmp_path)
    expected = store.frames(2, [0.5, 1.0])
    sent = pickle.dumps(store)
    assert len(sent) < 10_000, "the plan, not the frames"
    assert torch.equal(pickle.loads(sent).frames(2, [0.5, 1.0]), expected)


def test_edges_of_an_item(items, tmp_path):
    store = build(items, tmp_path)
    assert len(store) == len(items)
    last = store.frames(2, [2.9])
    assert torch.equal(store.frames(2, [50.0]), last)
    sound = store.sound(2, 2.9, AUDIO)
    assert sound[:, :, :5].std() > 0.1 and len(sound[:, :, 6:].unique()) == 1
    assert len(store.sound(2, 50.0, AUDIO).unique()) == 1


def test_what_cannot_be(items):
    with pytest.raises(SettingError, match="above 0"):
        plan_store(items, grid_hz=0.0, video=VIDEO, audio=AUDIO)
    with pytest.raises(DataError, match="check the items first"):
        plan_store(items.assign(duration_seconds=np.nan), grid_hz=10.0, video=VIDEO, audio=AUDIO)

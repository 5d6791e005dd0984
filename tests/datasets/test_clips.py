"""Clips: from their key alone, both modalities at the same time, and another draw in the place of one that fails."""

import importlib
import pickle
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from xdc_lab.datasets.clips import ClipDataset, ClipKey
from xdc_lab.datasets.failures import FailureLog
from xdc_lab.datasets.item_spans import item_spans
from xdc_lab.datasets.loading import load_batches
from xdc_lab.errors import DataError, MediaError, SettingError, TrainingError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.decoder import read_frames, read_waveform
from xdc_lab.media.frames import centre_crop

VIDEO = VideoClipSettings(frames=4, frame_rate_hz=5.0, short_side_px=24, crop_px=20)
AUDIO = AudioClipSettings()
CLIPS = {"video": VIDEO, "audio": AUDIO}


@dataclass
class Grid:
    """A store of which the instants alone are known."""

    grid_hz: float
    holds: tuple[str, ...] = ("video", "audio")

    def frames(self, index: int, offsets_seconds: Sequence[float]) -> torch.Tensor:
        raise NotImplementedError

    def sound(self, index: int, offset_seconds: float, audio: AudioClipSettings) -> torch.Tensor:
        raise NotImplementedError


def make(items, modality: str, **how) -> ClipDataset:
    return ClipDataset(items, modality=modality, video=VIDEO, audio=AUDIO, **how)


def test_shapes_and_types(items):
    video, audio = make(items, "video"), make(items, "audio")
    assert len(video) == len(items)
    for key in (0, ClipKey(1), ClipKey(2, 7)):
        assert video[key].shape == (3, 4, 20, 20) and video[key].dtype == torch.uint8
        assert audio[key].shape == (32_000,) and audio[key].dtype == torch.float32
    assert video.uniform(1, 5).shape == (5, 3, 4, 20, 20)
    assert audio.uniform(1, 5).shape == (5, 32_000)


@pytest.mark.parametrize("modality", ["video", "audio"])
def test_a_clip_follows_from_its_key(items, modality):
    one, other = make(items, modality, seed=3), make(items, modality, seed=3)
    _ = other[ClipKey(1, 0)], other[ClipKey(3, 2)]
    assert torch.equal(one[ClipKey(1, 5)], other[ClipKey(1, 5)])
    assert torch.equal(one[ClipKey(1)], make(items, modality, seed=99)[ClipKey(1)]), "the centre clip has no seed"
    different = [one[ClipKey(1, draw)] for draw in range(4)] + [make(items, modality, seed=4)[ClipKey(1, 0)]]
    assert not any(torch.equal(a, b) for i, a in enumerate(different) for b in different[:i])


def test_the_centre_clip(items):
    """A window of 2 s in a film of 3 s begins at 0.5; the video clip of 0.8 s lies in its middle, at 1.1."""
    path = items["path"][2]
    expected = read_frames(path, 1.1 + np.arange(4) / 5, short_side_px=24).pixels
    assert torch.equal(make(items, "video")[2], centre_crop(expected, 20).transpose(0, 1))
    sound = read_waveform(path, start_seconds=0.5, duration_seconds=2.0).samples
    assert torch.equal(make(items, "audio")[2], sound)


@pytest.mark.parametrize("modality", ["video", "audio"])
def test_clips_of_one_visit_are_those_of_each_alone(items, monkeypatch, modality):
    """Of four clips the file is opened once; AAC's noise alone is drawn anew."""
    dataset, keys = make(items, modality), [ClipKey(2, draw) for draw in (3, None, 4, 5)]
    alone = torch.stack([dataset[key] for key in keys])
    opened = []
    decoder = importlib.import_module(f"xdc_lab.media.decoder.{modality}")
    real = decoder.open_container
    monkeypatch.setattr(decoder, "open_container", lambda path: opened.append(path) or real(path))
    visited = dataset.visit(keys, rows=[0])
    together = torch.stack([drawn.clips for drawn in visited])
    torch.testing.assert_close(together, alone, atol=0 if modality == "video" else 1e-3, rtol=0)
    assert [(drawn.rows, drawn.replaced) for drawn in visited] == [(2, False)] * 4
    assert len(set(opened)) == 1 and len(opened) <= 2  # once more where decoding begins with the file's beginning


@pytest.mark.parametrize("grid_hz", [None, 10.0])
def test_one_draw_is_one_moment_seen_and_heard(items, monkeypatch, grid_hz):
    begun: dict[str, list[float]] = {"video": [], "audio": []}
    for modality, starts in begun.items():
        dataset = make(items, modality, store=grid_hz and Grid(grid_hz))
        monkeypatch.setattr(
            dataset, "clip_at", lambda index, offset, generator, starts=starts: starts.append(offset) or torch.zeros(1)
        )
        for draw in (None, *range(20)):
            dataset[ClipKey(2, draw)]
    apart = np.array(begun["video"]) - np.array(begun["audio"])
    assert apart == pytest.approx((2.0 - 0.8) / 2), "the centres coincide"
    assert len({round(start, 6) for start in begun["audio"]}) > 5


def test_a_clip_of_one_modality_alone_may_lie_anywhere_in_its_item(items):
    """A film of 3 s, a clip of .8 s: it may begin up to 2.2 s; within a window of 2 s, between .6 and 1.6 s."""
    starts = {}
    for shared in (True, False):
        dataset = make(items, "video", shared_window=shared)
        starts[shared] = [dataset.offset_seconds(ClipKey(2, draw)) for draw in range(200)]
        assert dataset.offset_seconds(ClipKey(2)) == pytest.approx(1.1), "the centre is the same"
    assert (min(starts[True]), max(starts[True])) == pytest.approx((0.6, 1.6), abs=0.05)
    assert (min(starts[False]), max(starts[False])) == pytest.approx((0.0, 2.2), abs=0.1)


def test_crops_and_mirrors_differ_and_can_be_switched_off(items):
    still = VideoClipSettings(frames=1, frame_rate_hz=5.0, short_side_px=24, crop_px=24, flip=True)
    dataset = ClipDataset(items, modality="video", video=still, audio=AudioClipSettings(seconds=2.5))
    row = 3  # 2.5 s long: every window begins at 0, and 24 x 24 of 24 x 32 leaves nine places to crop
    plain = read_frames(items["path"][row], [1.15], short_side_px=24).pixels
    seen = set()
    for draw in range(60):
        clip = dataset[ClipKey(row, draw)].transpose(0, 1)
        places = [(x, m) for x in range(9) for m in (False, True) if torch.equal(clip, crop_at(plain, x, m))]
        assert len(places) == 1
        seen.add(places[0])
    assert {x for x, _ in seen} == set(range(9)) and {m for _, m in seen} == {False, True}
    unflipped = VideoClipSettings(frames=1, frame_rate_hz=5.0, short_side_px=24, crop_px=24, flip=False)
    dataset = ClipDataset(items, modality="video", video=unflipped, audio=AudioClipSettings(seconds=2.5))
    clips = [dataset[ClipKey(row, draw)].transpose(0, 1) for draw in range(20)]
    assert all(any(torch.equal(clip, crop_at(plain, x, False)) for x in range(9)) for clip in clips)


def crop_at(frames: torch.Tensor, x: int, mirrored: bool) -> torch.Tensor:
    crop = frames[..., x : x + 24]
    return crop.flip(-1) if mirrored else crop


def test_an_item_that_is_shorter_than_the_clip(items):
    """1.3 s of a clip of 2 s: sound, then silence; pictures, then the last one standing still."""
    sound = make(items, "audio")[0]
    assert sound[:20_000].abs().mean() > 0.01 and not sound[21_500:].any()
    long = VideoClipSettings(frames=10, frame_rate_hz=5.0, short_side_px=24, crop_px=20)
    clip = ClipDataset(items, modality="video", video=long, audio=AUDIO)[0]
    assert not torch.equal(clip[:, 5], clip[:, 6])
    assert torch.equal(clip[:, 6], clip[:, 7]) and torch.equal(clip[:, 6], clip[:, 9])


@pytest.mark.parametrize("modality", ["video", "audio"])
def test_a_part_of_a_file_is_not_left(items, modality):
    """Clips of 0.5 s to 1.7 s of a film: nothing of before or after."""
    part = items.iloc[[2]].assign(start_seconds=0.5, end_seconds=1.7).reset_index(drop=True)
    span = item_spans(part)[0]
    assert span.start_seconds == 0.5 and span.duration_seconds == pytest.approx(1.2)
    clip = make(part, modality)[ClipKey(0, 3)]
    if modality == "audio":
        inside = read_waveform(span.path, start_seconds=0.5, duration_seconds=1.2).samples
        assert torch.equal(clip[: len(inside)], inside) and not clip[len(inside) :].any()
        return
    allowed = read_frames(span.path, 0.5 + np.arange(30) / 25, short_side_px=24).pixels
    full = VideoClipSettings(frames=10, frame_rate_hz=5.0, short_side_px=24, crop_px=24)
    clip = ClipDataset(part, modality="video", video=full, audio=AUDIO)[0]
    middle = allowed[..., 4:28]
    assert all(any(torch.equal(frame, other) for other in middle) for frame in clip.transpose(0, 1))


def test_workers_give_what_this_process_gives(items):
    dataset = make(items, "video", seed=1)
    batches = [[ClipKey(0, 1), ClipKey(3, 2)], [ClipKey(1)]]
    sent = pickle.loads(pickle.dumps(dataset))  # as a worker gets it
    loaded = list(DataLoader(sent, batch_sampler=batches))  # type: ignore[arg-type] - lists of keys will do
    assert [len(batch) for batch in loaded] == [2, 1]
    assert torch.equal(loaded[0][1], dataset[ClipKey(3, 2)]) and torch.equal(loaded[1][0], dataset[1])


@pytest.fixture
def broken(items, tmp_path):
    """Item 1 was deleted after it was checked."""
    return items.assign(path=items["path"].where(items.index != 1, str(tmp_path / "gone.mp4")))


@pytest.mark.parametrize("modality", ["video", "audio"])
def test_a_file_that_fails_is_named_and_another_draw_takes_its_place(broken, tmp_path, modality):
    with pytest.raises(MediaError, match="gone.mp4"):
        make(broken, modality)[1]
    with pytest.raises(MediaError, match="gone.mp4"):
        make(broken, modality).draw(ClipKey(1, 0), rows=[0, 2, 3])
    log = FailureLog(tmp_path / "failures.jsonl")
    dataset = make(broken, modality, failures=log)
    assert dataset.draw(ClipKey(2, 5), rows=[0]).rows == 2 and not log.failed()
    drawn = [dataset.draw(ClipKey(1, draw), rows=[0, 3]) for draw in (None, 0, 1, 2, 3, 4, 5)]
    assert {int(clip.rows) for clip in drawn} == {0, 3}, "of the rows that may be drawn alone"
    assert all(clip.replaced and clip.clips.any() for clip in drawn)
    assert list(log.failed()) == [str(tmp_path / "gone.mp4")]
    assert len(log.path.read_text().splitlines()) == 1, "each file is named once"
    again = make(broken, modality, failures=FailureLog(tmp_path / "other.jsonl")).draw(ClipKey(1, 3), rows=[0, 3])
    assert torch.equal(again.clips, drawn[4].clips) and again.rows == drawn[4].rows, "whatever was drawn before"
    visited = dataset.visit([ClipKey(1, draw) for draw in (2, 3)], rows=[0, 3])
    assert all(torch.equal(one.clips, other.clips) for one, other in zip(visited, drawn[3:5], strict=True))


def test_another_draw_of_the_same_item_is_tried_first(items, tmp_path, monkeypatch):
    """A file of which a part is damaged."""
    dataset = make(items, "video", failures=FailureLog(tmp_path / "failures.jsonl"))
    whole, real = dataset.offset_seconds(ClipKey(2, 0)), dataset.clip_at

    def damaged(index, offset, generator=None):
        if offset == whole:
            raise MediaError("2.mp4", "does not decode")
        return real(index, offset, generator)

    monkeypatch.setattr(dataset, "clip_at", damaged)
    drawn = dataset.draw(ClipKey(2, 0), rows=[0, 1])
    assert drawn.rows == 2 and drawn.replaced and drawn.clips.any()


def test_a_test_item_counts_whatever_can_be_read_of_it(broken, tmp_path, monkeypatch):
    dataset = make(broken, "audio", failures=FailureLog(tmp_path / "failures.jsonl", allowed=0.5))
    assert dataset.uniform(1, 3).shape == (3, 32_000) and not dataset.uniform(1, 3).any()
    whole, real = dataset.uniform(2, 3), dataset.clip_at
    begin = []

    def damaged(index, offset, generator=None):
        begin.append(offset)
        if offset == min(begin):
            raise MediaError("2.mp4", "does not decode")
        return real(index, offset, generator)

    monkeypatch.setattr(dataset, "clip_at", damaged)
    assert torch.equal(dataset.uniform(2, 3), whole[[1, 2, 1]])


@pytest.mark.parametrize("workers", [0, 1])
def test_too_many_failures_are_one_error_from_workers_too(broken, tmp_path, workers):
    broken.loc[2, "path"] = str(tmp_path / "gone too.mp4")
    dataset = make(broken, "audio", failures=FailureLog(tmp_path / "failures.jsonl"))
    batches = load_batches(dataset, [[ClipKey(0), ClipKey(1), ClipKey(2)]], device=torch.device("cpu"), workers=workers)
    with pytest.raises(TrainingError, match=r"^2 of 4 items.*unreadable_share=0.01.*xdc-lab check"):
        next(batches)


def test_what_cannot_be(items):
    with pytest.raises(SettingError, match="'smell'"):
        make(items, "smell")
    with pytest.raises(SettingError, match=r"12\.0 Hz"):
        make(items, "video", store=Grid(12.0))
    with pytest.raises(DataError, match="check the items first"):
        make(items.assign(duration_seconds=np.nan), "video")
    with pytest.raises(DataError, match="check the items first"):
        make(items.assign(start_seconds=50.0), "video")

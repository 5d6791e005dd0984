"""A decoder that ends its worker costs its file: it is named, another draw takes its place, and the batches go on."""

import copy
import os
import signal
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data.dataloader import _MultiProcessingDataLoaderIter

from xdc_lab.datasets import loading
from xdc_lab.datasets.clips import ClipDataset, ClipKey, Drawn, Reading
from xdc_lab.datasets.failures import FailureLog
from xdc_lab.datasets.isolation import Limits
from xdc_lab.datasets.loading import draw_batches, uniform_clips
from xdc_lab.errors import MediaError, TrainingError
from xdc_lab.media.clip_settings import VideoClipSettings

CPU = torch.device("cpu")
VIDEO = VideoClipSettings(frames=2, frame_rate_hz=5.0, short_side_px=24, crop_px=20)
BATCHES = [[ClipKey(0, 1), ClipKey(1, 1)], [ClipKey(2, 1), ClipKey(3, 1)], [ClipKey(1, 2), ClipKey(3, 2)]]


def faulty(read, path):
    """As a decoder whose faults depend on the file's name."""
    name = Path(path).name
    if name == "one.mp4":
        os.kill(os.getpid(), signal.SIGSEGV)
    if name == "short one.mp4":
        time.sleep(600)
    if name == "two.mp4":
        raise MediaError(path, "does not decode")
    return read()


class Faulty(ClipDataset):
    """Clips read by that decoder."""

    def reading(self, index: int, offset_seconds: float) -> Reading:
        path, read = super().reading(index, offset_seconds)
        return Reading(path, partial(faulty, read, path))


@pytest.fixture
def dataset(items, tmp_path) -> Faulty:
    dataset = Faulty(
        items, modality="video", video=VIDEO, failures=FailureLog(tmp_path / "failures.jsonl", allowed=1.0)
    )
    dataset.limits = Limits(seconds=2.0)
    return dataset


@pytest.fixture(autouse=True)
def noticed_soon(monkeypatch):
    """That a worker has ended; PyTorch looks every five seconds."""
    monkeypatch.setattr(_MultiProcessingDataLoaderIter._try_get_data, "__defaults__", (0.3,))


def ended_once(monkeypatch) -> None:
    """Make the first worker end before its first batch."""
    real, begun = loading._iterated, []

    def iterated(source, batches, workers, pin_memory):
        begun.append(workers)
        if len(begun) == 1:
            raise RuntimeError("DataLoader worker (pid 1) is killed by signal: Segmentation fault.")
        return real(source, batches, 0, pin_memory)

    monkeypatch.setattr(loading, "_iterated", iterated)


def test_what_ends_a_worker_is_named_and_the_batches_go_on(dataset, items, capsys):
    """Decoders that crash, that hang and that crash in the place of another: those after them are not lost."""
    before = signal.getsignal(signal.SIGCHLD)
    found = list(draw_batches(dataset, BATCHES, rows=range(4), device=CPU, workers=1))
    assert signal.getsignal(signal.SIGCHLD) == before, "PyTorch would raise in the middle of a step"
    names = {Path(path).name: reason for path, reason in dataset.failures.failed().items()}
    assert names == {
        "one.mp4": "it ended the decoder's process, exit code -11",
        "short one.mp4": "it took longer than a file may",
        "two.mp4": "does not decode",
    }
    assert "[it took longer than a file may]" in capsys.readouterr().err
    same = list(draw_batches(dataset, BATCHES, rows=range(4), device=CPU))  # they are known now: nothing ends this one
    for one, other in zip(found, same, strict=True):
        assert torch.equal(one.clips, other.clips)
        assert torch.equal(torch.as_tensor(one.rows), torch.as_tensor(other.rows))
    rows = np.concatenate([drawn.rows for drawn in found])
    assert {Path(items["path"][row]).name for row in rows} == {"upright.mp4"}


def test_a_test_item_that_ends_a_worker_is_zeros(dataset, monkeypatch):
    ended_once(monkeypatch)
    clips = list(uniform_clips(dataset, [2, 1], clips=2, workers=1))
    assert len(clips) == 2 and not clips[0].any() and clips[1].any()
    assert [Path(path).name for path in dataset.failures.failed()] == ["one.mp4"]


def test_workers_that_end_without_a_file_to_blame_end_the_run_at_the_third_time(dataset, monkeypatch):
    def iterated(*_):
        raise RuntimeError("DataLoader worker (pid 1) is killed by signal: Killed.")

    monkeypatch.setattr(loading, "_iterated", iterated)
    monkeypatch.setattr(loading, "fatal_files", lambda *_, **__: {})
    with pytest.raises(TrainingError, match=r"3 times at the same batch.*--workers.*Killed"):
        list(draw_batches(dataset, BATCHES, rows=range(4), device=CPU, workers=1))


def test_any_other_error_stays_what_it_is(dataset, monkeypatch):
    monkeypatch.setattr(loading, "_drawn", lambda *_, **__: torch.zeros(2) + torch.zeros(3))
    with pytest.raises(RuntimeError, match="size of tensor"):
        list(draw_batches(dataset, BATCHES, rows=range(4), device=CPU))


class Told(ClipDataset):
    """Gives the process that reads in the place of clips."""

    def draw(self, key, rows):
        return Drawn(torch.tensor(os.getpid()), key.index, False)


def readers(dataset, rows) -> set[int]:
    """The processes that one pass over some batches was read by."""
    drawn = list(draw_batches(dataset, BATCHES, rows=rows, device=CPU, workers=2))
    assert [torch.as_tensor(one.rows).tolist() for one in drawn] == [[key.index for key in batch] for batch in BATCHES]
    return {int(process) for one in drawn for process in one.clips}


def test_workers_live_from_pass_to_pass_and_end_with_their_data_set(items):
    dataset = Told(items, modality="video", video=VIDEO)
    train, held_out = np.arange(3), np.arange(3, 4)
    readers(dataset, train)
    processes = readers(dataset, held_out)  # these know both ways
    assert len(processes) == 2 and os.getpid() not in processes
    assert readers(dataset, train) == readers(dataset, held_out.copy()) == processes
    assert copy.copy(dataset).team is None, "another data set, with workers of its own"
    del dataset
    assert all(map(ends_soon, processes))


def test_a_pass_that_is_left_early_takes_its_workers_along(items):
    """Its batches are on their way, and the next pass must not get them."""
    dataset = Told(items, modality="video", video=VIDEO)
    processes = readers(dataset, range(4))
    left = draw_batches(dataset, BATCHES, rows=range(4), device=CPU, workers=2)
    next(left)
    del left
    assert not processes & readers(dataset, range(4))
    assert all(map(ends_soon, processes))


def test_without_workers_this_process_reads(items):
    dataset = Told(items, modality="video", video=VIDEO)
    (drawn,) = draw_batches(dataset, BATCHES[:1], rows=range(4), device=CPU)
    assert drawn.clips.tolist() == [os.getpid()] * 2


def ends_soon(process: int) -> bool:
    """Whether a process is gone, or will be in ten seconds."""
    for _ in range(200):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False

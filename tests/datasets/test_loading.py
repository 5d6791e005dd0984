"""Workers that live through passes, and files that end them or hold them up."""

import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from xdc_lab.datasets.clips import ClipKey
from xdc_lab.datasets.failures import FailureLog
from xdc_lab.datasets.isolation import Limits
from xdc_lab.datasets.loading import ClipLoader
from xdc_lab.errors import TrainingError

# A module of its own: processes that are spawned import it.
FAULTY = """
import os, signal, time
import torch
from xdc_lab.datasets.clips import ClipDataset

class Faulty(ClipDataset):
    def clip_at(self, index, offset_seconds, generator=None):
        name = self.spans[index].path
        if name in self.lost:
            return super().clip_at(index, offset_seconds, generator)
        if "ends" in name:
            os.kill(os.getpid(), signal.SIGSEGV)
        if "waits" in name:
            time.sleep(600)
        if "process" in name and self.failures is not None:  # whatever is read, but not alone
            os._exit(1)
        return torch.tensor([index, os.getpid()])
"""
CPU = torch.device("cpu")
KEYS = [[ClipKey(row) for row in rows] for rows in ([0, 1], [2, 3], [4, 5], [0, 5])]


@pytest.fixture
def faulty(tmp_path, monkeypatch):
    """Makes data sets whose files do what their names say."""
    (tmp_path / "faulty.py").write_text(FAULTY)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("xdc_lab.datasets.loading._LOOK_SECONDS", 1)

    def make(**names: str):
        from faulty import Faulty  # type: ignore[import-not-found]

        files = [names.get(f"row{row}", f"{row}.mp4") for row in range(6)]
        nothing = dict.fromkeys(["start_seconds", "end_seconds"], float("nan"))
        items = pd.DataFrame({"path": files}).assign(duration_seconds=5.0, **nothing)
        failures = FailureLog(Path(tmp_path) / "failures.jsonl", allowed=0.5)
        return Faulty(items, modality="audio", failures=failures)

    yield make
    sys.modules.pop("faulty", None)


def test_workers_live_through_passes(faulty):
    with ClipLoader(faulty(), device=CPU, workers=1, groups={"a": [0], "b": [1]}) as loader:
        passes = [list(loader.draw(batches, group=group)) for batches, group in ((KEYS, "a"), (KEYS[:1], "b"))]
        uniform = list(loader.uniform([3, 4], clips=2))
    assert [[torch.as_tensor(drawn.rows).tolist() for drawn in one] for one in passes] == [
        [[0, 1], [2, 3], [4, 5], [0, 5]],
        [[0, 1]],
    ]
    assert [clips[:, 0].tolist() for clips in uniform] == [[3, 3], [4, 4]]
    assert len({int(pid) for one in passes for drawn in one for pid in drawn.clips[:, 1]}) == 1


@pytest.mark.parametrize("workers", [0, 1])
def test_a_visit_gives_its_batches_one_by_one_and_is_made_whole_by_a_run_that_goes_on(faulty, monkeypatch, workers):
    """Five batches, three clips per visit; begun with the second, in the middle of a visit."""
    batches = [[ClipKey(row, 10 * step + row) for row in rows] for step, rows in enumerate([[0, 1]] * 3 + [[2, 3]] * 2)]
    dataset, visited = faulty(), []
    real = type(dataset).visit
    monkeypatch.setattr(type(dataset), "visit", lambda self, keys, rows: visited.append(keys) or real(self, keys, rows))
    with ClipLoader(dataset, device=CPU, workers=workers, clips_per_visit=3) as loader:
        drawn = list(loader.draw(batches, first=1, clips_per_visit=3))
    assert [torch.as_tensor(batch.rows).tolist() for batch in drawn] == [[0, 1]] * 2 + [[2, 3]] * 2
    if not workers:
        assert [[key.draw for key in keys] for keys in visited] == [[0, 10, 20], [1, 11, 21], [32, 42], [33, 43]]


def test_files_that_end_or_hold_up_a_worker_are_named_and_replaced(faulty):
    dataset = faulty(row1="ends.mp4", row3="waits.mp4")
    with ClipLoader(dataset, device=CPU, workers=1, limits=Limits(seconds=5.0)) as loader:
        drawn = list(loader.draw(KEYS))
    assert [torch.as_tensor(batch.replaced).tolist() for batch in drawn] == [
        [False, True],
        [False, True],
        *[[False, False]] * 2,
    ]
    assert [torch.as_tensor(batch.rows).tolist() for batch in drawn[2:]] == [[4, 5], [0, 5]]
    failed = dataset.failures.failed()
    assert "exit code -11" in failed["ends.mp4"] and "longer than a file may" in failed["waits.mp4"]


def test_workers_that_end_whatever_they_read_are_one_error(faulty, monkeypatch):
    monkeypatch.setattr("xdc_lab.datasets.loading._ENDS", 1)
    with (
        ClipLoader(faulty(row1="process.mp4"), device=CPU, workers=1) as loader,
        pytest.raises(TrainingError, match=r"ended 1 times .*no file is to blame.*/dev/shm.*fewer --workers"),
    ):
        list(loader.draw(KEYS))

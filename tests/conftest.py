"""What every test runs under: one thread, no window, and hypothesis with the same examples every time."""

import os
from pathlib import Path

# Before torch, faiss and numba are imported: one thread adds up in the same order on every machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

settings.register_profile("same-every-time", derandomize=True, deadline=None, database=None)
settings.load_profile("same-every-time")


class _FilesAndNotebooks(LoadFileScheduling):
    """A file's tests stay in one process, and so do all notebooks: they share their runs."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "notebooks" if file.endswith(".ipynb") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    """Share the tests out among the processes of `--numprocesses`."""
    return _FilesAndNotebooks(config, log)


@pytest.fixture(scope="session")
def tiny_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The items table of the tiny demo set, rendered once for all tests."""
    from xdc_lab.worlds.demo.render import render_demo_set

    return render_demo_set(tmp_path_factory.mktemp("data") / "tiny", scale="tiny", workers=2, progress=False)


@pytest.fixture(scope="session")
def smallest():
    """The settings of the smallest study that runs every stage."""
    from dataclasses import replace

    from xdc_lab.studies.scales import study_settings

    settings = study_settings("tiny")
    pretraining = replace(
        settings.pretraining,
        iterations=1,
        video_encoder="r2plus1d_10",
        held_out_fraction=0.0,
        kmeans=replace(settings.pretraining.kmeans, k=4),
    )
    evaluation = replace(settings.evaluation, test_clips=2, svm_clips=2)
    return replace(settings, pretraining=pretraining, evaluation=evaluation, ks=(2, 4), sizes=(16, None))

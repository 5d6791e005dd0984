"""A line that is missing is named, wherever it is."""

from typing import Any

import pytest

from xdc_lab.errors import RunError
from xdc_lab.runs.folder import RunFolder, read_lines, write_lines
from xdc_lab.runs.records import demand_records

EPOCHS = 3


@pytest.fixture
def run(tmp_path) -> RunFolder:
    """The logs of a pretraining of two iterations, two encoders and three epochs."""
    run = RunFolder(tmp_path)
    write_about(run)
    clusterings = [(iteration, name) for iteration in range(3) for name in ("video", "audio")]
    write_lines(run.clusterings_log, [{"iteration": number, "clustering": name} for number, name in clusterings])
    trained = [(number, name, epoch + 1) for number, name in clusterings[:4] for epoch in range(EPOCHS)]
    write_lines(run.training_log, [dict(zip(("iteration", "encoder", "epoch"), row, strict=True)) for row in trained])
    return run


def write_about(run: RunFolder, *, status: str = "finished", **changes) -> None:
    settings = {"iterations": 2, "training.epochs": EPOCHS, "training.schedule": "cosine", **changes}
    about = {"status": status, "settings": [{"name": name, "value": value} for name, value in settings.items()]}
    supervision = {"video": ["audio"], "audio": ["video"]}
    run.write_about({**about, "method": {"encoders": {"video": "", "audio": ""}, "supervision": supervision}})


def without(path, *gone: int) -> None:
    write_lines(path, [row for number, row in enumerate(read_lines(path)) if number not in gone])


def test_a_whole_run_passes(run):
    demand_records(run)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (0, "no epoch 1 of video in iteration 0 in training.jsonl"),
        (4, "no epoch 2 of audio in iteration 0 in training.jsonl"),
        (11, "no epoch 3 of audio in iteration 1 in training.jsonl"),
    ],
)
def test_an_epoch_that_is_missing_is_named(run, line, says):
    without(run.training_log, line)
    with pytest.raises(RunError, match=says):
        demand_records(run)


@pytest.mark.parametrize("line", range(6))
def test_a_clustering_that_is_missing_is_named(run, line):
    gone = read_lines(run.clusterings_log)[line]
    without(run.clusterings_log, line)
    with pytest.raises(RunError, match=f"no clustering {gone['clustering']} of iteration {gone['iteration']} in"):
        demand_records(run)


def test_training_that_may_end_early_has_no_gaps(run):
    write_about(run, **{"training.schedule": "plateau"})
    without(run.training_log, 2, 11)
    demand_records(run)
    without(run.training_log, 3)
    with pytest.raises(RunError, match="no epoch 2 of audio in iteration 0"):
        demand_records(run)
    write_lines(run.training_log, [])
    with pytest.raises(RunError, match="no epoch 1 of video in iteration 0 .* no epoch 1 of audio in iteration 1"):
        demand_records(run)


def test_clusterings_between_epochs_have_theirs(run):
    again: dict[str, Any] = {"iterations": 1, "training.epochs": 2, "recluster_epochs": 1}
    write_about(run, **again)
    trained = [(0, "video", 1), (0, "audio", 1), (1, "video", 2), (1, "audio", 2)]
    write_lines(run.training_log, [dict(zip(("iteration", "encoder", "epoch"), row, strict=True)) for row in trained])
    demand_records(run)
    write_lines(run.training_log, read_lines(run.training_log)[:-1])
    with pytest.raises(RunError, match="no epoch 2 of audio in iteration 1"):
        demand_records(run)


def test_a_run_that_converged_has_no_more_than_it_made(run):
    write_about(run, iterations=9, until_converged=True)
    demand_records(run)
    without(run.training_log, 0)
    with pytest.raises(RunError, match="no epoch 1 of video in iteration 0"):
        demand_records(run)


def test_of_many_a_few_are_named(run):
    write_lines(run.training_log, [])
    with pytest.raises(RunError, match="and 7 more"):
        demand_records(run)


def test_a_run_under_way_is_left_alone(run):
    write_about(run, status="running")
    write_lines(run.training_log, [])
    demand_records(run)

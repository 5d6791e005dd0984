"""Where a training stands, on as many processes as before and on another number of them."""

import pytest

from xdc_lab import distributed
from xdc_lab.training.position import position_of, state_of

OWN = {"loss_sum": 3.0, "correct": 2.0, "seen": 16, "replaced": 1}
OTHERS = {"loss_sum": 5.0, "correct": 4.0, "seen": 16, "replaced": 0}
STATE = {"epoch": 1, "step": 6, **OWN, "records": [], "sums": [OWN, OTHERS], "clips_per_step": 32}


def on(monkeypatch, rank: int, of: int) -> None:
    """Be process `rank` of so many."""
    monkeypatch.setattr(distributed, "rank", lambda: rank)
    monkeypatch.setattr(distributed, "world_size", lambda: of)


def test_alone_the_state_is_the_position():
    position = {"epoch": 1, "step": 6, **OWN, "records": []}
    state = state_of(position, clips_per_step=16)
    assert state["sums"] == [OWN]
    assert position_of(state, clips_per_step=16) == position


@pytest.mark.parametrize(("rank", "sums"), [(0, OWN), (1, OTHERS)])
def test_every_process_has_its_own_sums_again(rank, sums, monkeypatch):
    on(monkeypatch, rank, 2)
    assert position_of(STATE, clips_per_step=32) == {"epoch": 1, "step": 6, **sums, "records": []}


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_on_another_number_of_processes_the_main_one_has_all(rank, monkeypatch, capsys):
    on(monkeypatch, rank, 4)
    found = position_of(STATE, clips_per_step=32)
    assert found["step"] == 6
    assert (found["loss_sum"], found["seen"]) == ((8.0, 32) if rank == 0 else (0, 0))
    assert capsys.readouterr().err == ""  # the same batch: the same training


def test_another_batch_goes_on_after_as_many_clips_and_is_said(capsys):
    found = position_of(STATE, clips_per_step=16)
    assert found["step"] == 12
    assert "16 clips a step (1 processes), where it had 32 (2 processes)" in capsys.readouterr().err


def test_a_checkpoint_of_an_older_version_is_as_it_was():
    older = {name: value for name, value in STATE.items() if name not in ("sums", "clips_per_step")}
    assert position_of(older, clips_per_step=16) == older

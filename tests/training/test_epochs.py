"""Each epoch is told: in a log by a line, in training.jsonl by a row, to TensorBoard once."""

import sys

import pytest

from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.errors import InstallError, SettingError
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder, read_lines
from xdc_lab.training.epochs import epoch_hook, write_epochs
from xdc_lab.training.loop import train
from xdc_lab.training.settings import TrainSettings

SETTINGS = TrainSettings(epochs=2, batch_size=10, schedule="constant")


@pytest.mark.parametrize("progress", [True, False])
def test_without_a_terminal_there_is_a_line_per_epoch_and_no_bar(noise, capsys, progress):
    execution = Execution(device="cpu", progress=progress)
    encoder = build_encoder("audio_resnet_18", width=1, seed=1)
    records = train(encoder, noise, settings=SETTINGS, execution=execution, description="XDC audio").records
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == (2 if progress else 0)
    assert all(line.startswith(f"XDC audio, epoch {number}: loss ") for number, line in enumerate(lines, start=1))
    for record in records:
        assert 0.0 < record["data_share"] < 1.0
        assert 0.0 < record["step_share"] <= 1.0 - record["data_share"] + 0.01
        assert record["peak_gpu_bytes"] is None


def test_only_new_rows_go_to_the_hook(tmp_path):
    run, given = RunFolder(tmp_path), []
    rows = [{"encoder": "video", "epoch": epoch, "loss": 1.0 / epoch} for epoch in (1, 2, 3)]
    for end in (1, 1, 3):  # within an epoch nothing is new
        write_epochs(run, rows[:end], lambda row, number: given.append((number, row)))
    assert given == list(enumerate(rows))
    assert read_lines(run.training_log) == rows


def test_tensorboard_reads_the_curves(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    with epoch_hook("tensorboard", tmp_path) as hook:
        for number, loss in enumerate((2.0, 1.5)):
            hook({"encoder": "audio", "epoch": number + 1, "loss": loss, "held_out_loss": None}, number)
    found = accumulator.EventAccumulator(str(tmp_path)).Reload()
    assert found.Tags()["scalars"] == ["audio/loss"]
    assert [(event.step, event.value) for event in found.Scalars("audio/loss")] == [(0, 2.0), (1, 1.5)]


def test_another_log_is_refused_and_one_that_is_not_installed_says_how(monkeypatch):
    with pytest.raises(SettingError, match="log='csv'; allowed: tensorboard, or None"):
        Execution(log="csv")
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(InstallError, match=r"xdc-lab\[log\]"):
        Execution(log="tensorboard")

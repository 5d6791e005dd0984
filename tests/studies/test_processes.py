"""The command of a cell under torchrun with two processes, beside the same in one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from xdc_lab.studies.cells import cells_of
from xdc_lab.studies.engine import pretrain_cell
from xdc_lab.studies.plan import evaluate_command
from xdc_lab.studies.table import change_table
from xdc_lab.studies.tables import TABLES

LAUNCHER = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


def run(words: list[str], out: Path, *launcher: str) -> tuple[float, pd.DataFrame]:
    """Run a command that evaluates; its training loss and its predictions."""
    words = [*words[: words.index("--out") + 1], str(out), *words[words.index("--out") + 2 :]]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, *launcher, "-m", "xdc_lab.cli", *words[1:]]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    (scores,) = json.loads((out / "scores.json").read_text())["splits"]
    return scores["train_loss"], pd.read_csv(out / "predictions.csv")


@pytest.mark.slow
def test_two_processes_evaluate_as_one_does(few, place, tmp_path):
    """A linear layer on frozen features, the batch shared out between two processes: the same steps."""
    table = change_table(
        TABLES["table1"],
        rows=("Scratch",),
        collections=(str(few),),
        downstreams=((str(few), "audio"),),
        protocols=("fc-only",),
        seeds=(0,),
    )
    (cell,) = cells_of(table, place)
    pretrain_cell(cell)
    words = [*evaluate_command(cell), "--set", "fc_only.epochs=4"]
    shared = ["--set", f"fc_only.global_batch={place.settings.evaluation.fc_only.batch_size}"]
    loss, predictions = run(words, tmp_path / "one")
    both_loss, both = run([*words, *shared], tmp_path / "two", *LAUNCHER)
    assert both_loss == pytest.approx(loss, rel=1e-5)
    assert both["predicted"].tolist() == predictions["predicted"].tolist()
    assert both["confidence"].tolist() == pytest.approx(predictions["confidence"].tolist(), abs=1e-5)

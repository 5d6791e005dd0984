import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from xdc_lab.bench.gpu import run
from xdc_lab.bench.gpu.parts import PARTS, Conditions, demand, run_part

ROOT = Path(__file__).parents[2]
# Neither PyTorch brings these nor `make gpu-wheels`; Python reads a sitecustomize.py when it starts.
NOT_CARRIED = (
    "scipy",
    "sklearn",
    "plotly",
    "ipywidgets",
    "umap",
    "matplotlib",
    "typer",
    "rich",
    "h5py",
    "faiss",
    "psutil",
)
BLOCKER = f"import sys\nsys.modules.update(dict.fromkeys({NOT_CARRIED}))\n"


@pytest.mark.slow
def test_the_check_runs_on_a_cpu_with_what_is_carried_alone(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(BLOCKER)
    out = tmp_path / "found.json"
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "xdc_lab.bench.gpu", "--device", "cpu", "--small", "--out", str(out)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    found = json.loads(out.read_text())
    failed = {name: row for name, row in found["parts"].items() if not row["ok"]}
    assert done.returncode == 0 and not failed, (failed, done.stderr[-2000:])
    assert list(found["parts"]) == list(PARTS)
    steps = [
        mode
        for name in ("steps, video", "steps, audio", "32 frames")
        for mode in found["parts"][name]["found"].values()
    ]
    assert [mode for mode in steps if "error" in mode] == []


def test_a_part_that_fails_is_a_row_with_its_error_and_what_it_found(tmp_path, monkeypatch):
    wrong = ("agreement:step", 1.0)
    monkeypatch.setitem(PARTS, "wrong", wrong)
    monkeypatch.setattr("xdc_lab.bench.gpu.agreement.step", lambda conditions: demand({"loss": 2.0}, loss=(0, 1)))
    run_part("wrong", Conditions("cpu", small=True), tmp_path / "rows")
    row = json.loads((tmp_path / "rows").read_text())
    assert not row["ok"] and row["found"] == {"loss": 2.0} and "loss is 2.0, not from 0 to 1" in row["error"]


CHILDREN = {"dies": "import os, sys; os._exit(3)", "hangs": "import time; time.sleep(600)"}


@pytest.mark.parametrize(("how", "said"), [("dies", "ended with 3"), ("hangs", "took longer")])
def test_a_process_that_is_lost_costs_its_part_alone(how, said, tmp_path, monkeypatch):
    child = f"""
import json, sys
for name in sys.argv[sys.argv.index("--parts") + 1 :]:
    if name == "log-mels agree":
        {CHILDREN[how]}
    with open(sys.argv[sys.argv.index("--child") + 1], "a") as file:
        file.write(json.dumps({{"name": name, "ok": True, "seconds": 0.0}}) + "\\n")
"""
    starts = subprocess.Popen
    monkeypatch.setattr(
        run.subprocess, "Popen", lambda words, **how: starts([sys.executable, "-c", child, *words[3:]], **how)
    )
    monkeypatch.setattr(run, "START_SECONDS", 0.0)
    monkeypatch.setattr(run, "IN_A_REHEARSAL", 0.1)
    names = ["environment", "log-mels agree", "feed"]
    found = run.run_check(Conditions("cpu", small=True), names, tmp_path / "found.json")
    assert [row["ok"] for row in found["parts"].values()] == [True, False, True] and not found["passed"]
    assert said in found["parts"]["log-mels agree"]["error"]

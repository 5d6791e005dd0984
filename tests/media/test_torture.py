"""A short torture: damaged files of every kind end no command, and nothing but the files named is opened."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the ffmpeg command is not installed")
@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_check_and_pretraining_survive_150_damaged_files(tmp_path):
    command = [sys.executable, Path(__file__).with_name("torture.py"), tmp_path, "--files", "150"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found, said = json.loads(done.stdout), (tmp_path / "check.log").read_text()
    assert [run["exit_code"] for run in found["runs"]] == [0, 0]
    assert max(most for run in found["runs"] for most in run["most_handles"]) < 100, "files stay open"
    for name, reason in (("jump_of_14_hours.ts", "time stamps jump"), ("huge_picture.mov", "pixels (8K) allowed")):
        assert any(name in line and reason in line for line in said.splitlines()), name

import sys
from pathlib import Path

import numpy as np
import pytest

from xdc_lab.errors import SettingError
from xdc_lab.recipes import bench_memory


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/status is Linux's")
def test_what_a_process_holds_itself_is_measured():
    before = bench_memory._anonymous_mb()
    held = np.ones(25_000_000)  # 200 MB, written to
    assert 180 < bench_memory._anonymous_mb() - before < 260
    assert held[0] == 1


def test_another_system_is_told_what_is_missing(monkeypatch):
    monkeypatch.setattr(bench_memory, "STATUS", Path("nowhere"))
    with pytest.raises(SettingError, match="use Linux"):
        bench_memory.bench_memory("tiny")

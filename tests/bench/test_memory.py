import mmap
import sys
from pathlib import Path

import pytest

from xdc_lab.bench import memory as bench_memory
from xdc_lab.errors import SettingError


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/status is Linux's")
def test_what_a_process_holds_itself_is_measured():
    before = bench_memory._told_mb("RssAnon")
    # pages of its own: an allocator may hand out 200 MB that this process freed earlier and still holds
    with mmap.mmap(-1, 200_000_000, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as held:
        for page in range(0, len(held), mmap.PAGESIZE):
            held[page] = 1
        assert 180 < bench_memory._told_mb("RssAnon") - before < 260


def test_another_system_is_told_what_is_missing(monkeypatch):
    monkeypatch.setattr(bench_memory, "STATUS", Path("nowhere"))
    with pytest.raises(SettingError, match="use Linux"):
        bench_memory.bench_memory("tiny")

import sys

import pytest

from xdc_lab.bench.speed import bench
from xdc_lab.errors import InstallError


def test_without_faiss_it_says_so_before_it_measures_anything(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(InstallError, match=r"xdc-lab\[cpu\]"):
        bench("a collection that is not there")

"""A check leaves tables, JSON and a page that shows every name as it is and asks nobody for anything."""

import json
import os
import re

import pandas as pd
import pytest

from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.check_report import Report, probe_cache_of, report_folder
from xdc_lab.datasets.folder import load_folder
from xdc_lab.datasets.items import make_items, read_items
from xdc_lab.datasets.listed import ListedClips


@pytest.fixture(scope="module")
def report(films, tmp_path_factory) -> Report:
    folder = tmp_path_factory.mktemp("odd")
    (folder / "<script>alert(1)<.mp4").write_text("no film")
    items = make_items(pd.concat([load_folder(films).assign(label="a<b", split="train"), load_folder(folder)]))
    return Report(
        check_items(items, progress=False),
        ListedClips(items, pd.DataFrame({"name": ["gone & lost"], "label": "a<b", "split": "val"})),
    )


def test_the_files_say_the_same(report, tmp_path):
    page = report.write(tmp_path / "new", name="mine").read_text()
    told = json.loads((tmp_path / "new" / "check.json").read_text())
    assert told["usable"] == 4 == len(read_items(tmp_path / "new" / "items.csv"))
    assert told["by_label"]["a<b"] == {"usable": 4, "does not decode": 0, "missing": 1}
    assert told["by_split"][""] == {"usable": 0, "does not decode": 1, "missing": 0}
    assert told["by_split"]["val"] == {"usable": 0, "does not decode": 0, "missing": 1}
    assert told["missing"] == ["gone & lost"] and told["rejected"][0]["problem"] == "does not decode"
    assert len(read_items(tmp_path / "new" / "rejected.csv")) == 1
    assert "mine: 4 of 5 items can be used" in page and not report.is_whole


def test_the_page_escapes_names_and_makes_no_request(report, tmp_path):
    page = report.write(tmp_path, name="a & b").read_text()
    assert "<script>" not in page and "&lt;script&gt;alert(1)&lt;.mp4" in page and "gone &amp; lost" in page
    assert "a&lt;b" in page and "default-src 'none'" in page
    assert not re.findall(r"(?:src|href)=\"(?!data:)", page)


def test_a_file_of_one_track_has_its_picture(films, tmp_path):
    check = check_items(load_folder(films), min_seconds=99.0, progress=False)
    page = Report(check, ListedClips(load_folder(films))).write(tmp_path, name="x").read_text()
    assert page.count('src="data:image/jpeg;base64,') == 4


def test_reports_lie_in_the_collection_or_beside_its_table(tmp_path, monkeypatch):
    assert report_folder(tmp_path) == tmp_path / ".xdc-lab"
    (tmp_path / "mine.csv").touch()
    assert report_folder(tmp_path / "mine.csv") == tmp_path / ".xdc-lab" / "mine"
    assert probe_cache_of(None, tmp_path / "run") == tmp_path / "run" / "probes.sqlite"
    assert probe_cache_of({"path": str(tmp_path)}, tmp_path / "run") == tmp_path / ".xdc-lab" / "probes.sqlite"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != str(tmp_path / "read only"))
    (tmp_path / "read only").mkdir()
    assert report_folder(tmp_path / "read only").parent == tmp_path / "cache" / "xdc-lab"

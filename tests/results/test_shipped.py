"""The tables that come with the project: in the installed package, else in the clone, else an answer."""

import pytest

from xdc_lab.datasets.catalogue import DATA_FOLDER_VARIABLE
from xdc_lab.errors import DataError
from xdc_lab.results import shipped
from xdc_lab.results.paper import paper_table


def test_installed_tables_come_before_those_of_a_clone(tmp_path, monkeypatch):
    installed, clone = tmp_path / "site" / "data", tmp_path / "clone" / "data"
    monkeypatch.setattr(shipped, "PLACES", (installed, clone))
    with pytest.raises(DataError, match="install XDC Lab anew"):
        shipped.shipped_folder("paper")
    for place in (clone, installed):
        (place / "paper").mkdir(parents=True)
        assert shipped.shipped_folder("paper") == place / "paper"


def test_tables_do_not_move_with_the_rendered_sets(tmp_path, monkeypatch):
    monkeypatch.setenv(DATA_FOLDER_VARIABLE, str(tmp_path))
    assert len(paper_table(1))

"""The citation: in the Citation File Format, of this software and of the paper."""

from pathlib import Path

import yaml

import xdc_lab

CITATION = yaml.safe_load((Path(__file__).parents[2] / "CITATION.cff").read_text())


def test_software_has_what_the_format_requires():
    assert {"cff-version", "message", "title", "authors"} <= set(CITATION)
    assert (CITATION["title"], CITATION["type"], CITATION["license"]) == ("XDC Lab", "software", "MIT")
    assert CITATION["authors"]
    assert CITATION["version"] == xdc_lab.__version__


def test_paper_is_to_be_cited():
    paper = CITATION["preferred-citation"]
    assert {"type", "title", "authors"} <= set(paper)
    names = [author["family-names"] for author in paper["authors"]]
    assert names == ["Alwassel", "Mahajan", "Korbar", "Torresani", "Ghanem", "Tran"]
    assert paper["year"] == 2020
    assert "1911.12667" in paper["url"]

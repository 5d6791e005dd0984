"""The tables as values, against the paper, and a study of one's own from a file."""

import pytest

from xdc_lab.errors import SettingError
from xdc_lab.methods import METHODS
from xdc_lab.results.report import Comparison
from xdc_lab.studies.table import THRESHOLDS, Clusters, Table, change_table, read_table
from xdc_lab.studies.tables import TABLES, find_table


def test_the_rows_are_the_papers():
    assert TABLES["table1"].rows == (
        *("Scratch", "Superv", "SDC", "MDC", "CDC", "XDC"),
        *("XDC-2-video", "XDC-2-audio"),
    )
    assert set(TABLES["table1"].rows[2:]) == {name for name, method in METHODS.items() if method.paper}
    assert {name: table.number for name, table in TABLES.items() if table.number} == {
        f"table{number}": number for number in (1, 2, 3, 4, 5, 7, 8)
    }
    assert TABLES["table8"].localizes and TABLES["table8"].protocols == THRESHOLDS
    # Tables 1 to 5 are evaluated on split 1 (4.1), Table 7 on all.
    assert [TABLES[f"table{number}"].splits for number in (1, 2, 3, 4, 5, 7)] == [1, 1, 1, 1, 1, None]
    assert TABLES["table4"].collections[-1] == "curated"


def test_a_table_is_found_by_its_number_or_name():
    assert find_table(1) is find_table("1") is find_table("table1") is TABLES["table1"]
    assert find_table("few-labels") is TABLES["few_labels"]
    with pytest.raises(SettingError, match="xdc-lab clusters RUN"):
        find_table(6)
    with pytest.raises(SettingError, match="did you mean few_labels"):
        find_table("few-label")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": ("XDV",)}, "no row 'XDV'; did you mean XDC"),
        ({"rows": ()}, "it has no rows"),
        ({"protocols": ("fc only",)}, "unknown protocol 'fc only'"),
        ({"encoders": ("resnet",)}, "no encoder 'resnet'"),
        ({"downstreams": (("x", "smell"),)}, "no modality 'smell'"),
        ({"row": ("XDC",)}, "a table has no 'row'; did you mean rows"),
        ({"ks": ("many",)}, "k='many'"),
        ({"ks": ("audio=4,smell=3",)}, "audio=128,video=64"),
        ({"sweeps": ("seeds",)}, "no sweep 'seeds'"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(changes, message):
    with pytest.raises(SettingError, match=message):
        change_table(TABLES["table1"], **changes)


def test_a_table_changes_where_it_is_told_and_stays_elsewhere():
    table = change_table(TABLES["table1"], rows=["XDC"], ks=["audio=6,video=4"], protocols=["32-frames"], seeds=None)
    assert table.rows == ("XDC",) and table.protocols == ("32 frames",)
    assert table.ks == (Clusters(video=4, audio=6),)
    assert table.seeds == TABLES["table1"].seeds
    own = (Clusters(video=4, audio=6), None)
    assert change_table(table, ks=own).ks == own


def test_a_study_of_ones_own_is_a_file(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        'title = "Mine"\nrows = ["XDC", "Scratch"]\nks = [8, "audio=6,video=4"]\nsizes = [240]\n'
        'downstreams = [["esc.csv", "audio"]]\nprotocols = ["fc-only"]\nseeds = [0, 1]\n'
        '[report]\nagainst = ["Scratch"]\n'
    )
    table = find_table(str(file))
    assert (table.name, table.number, table.report) == ("mine", None, Comparison(("Scratch",)))
    assert table.ks == (Clusters(8), Clusters(video=4, audio=6))
    assert table.downstreams == (("esc.csv", "audio"),)
    file.write_text('rows = ["XDC"]')
    with pytest.raises(SettingError, match="names no title"):
        read_table(file)
    file.write_text('title = "a"\nrows = ["XDC"]\nseed = [1]')
    with pytest.raises(SettingError, match="no 'seed'; did you mean seeds"):
        read_table(file)
    file.write_text("title =")
    with pytest.raises(SettingError, match="cannot be read as TOML"):
        read_table(file)


def test_a_table_without_a_row_or_a_seed_is_none():
    with pytest.raises(SettingError, match="it has no seeds"):
        Table("nothing", ("XDC",), seeds=())

"""The transcribed tables are held against what the paper's own text says of them."""

import numpy as np
import pandas as pd
import pytest

from xdc_lab.errors import DataError, SettingError
from xdc_lab.results.paper import TABLES, paper_table, paper_table6, paper_view, paper_vs_ours

SETS = ["UCF101", "HMDB51", "ESC50"]


@pytest.mark.parametrize("number", TABLES)
def test_every_table_has_one_number_a_cell(number):
    table, shape = paper_table(number), TABLES[number]
    assert {*shape.rows, *shape.columns, shape.value} <= set(table)
    keys = [*shape.rows, *shape.columns, *(["note"] if number == 7 else [])]
    assert not table.duplicated(keys).any()
    values = table[shape.value].dropna()
    assert values.between(-6, 100).all()


def test_multi_modal_beats_sdc_by_as_much_as_study_1_says():
    table = paper_view(1)
    best = table.loc[["MDC", "CDC", "XDC"], SETS].to_numpy(dtype=float).max(axis=0)
    gains = best - table.loc[["SDC"], SETS].to_numpy(dtype=float)[0]
    assert gains.round(1).tolist() == [12.4, 7.6, 11.5]


def test_the_best_k_is_as_study_2_says():
    table = paper_table(2)
    ordered = table.sort_values("top1_percent").drop_duplicates(["pretraining", "downstream"], keep="last")
    best = ordered.set_index(["pretraining", "downstream"])["k"].to_dict()
    assert [best["Kinetics", name] for name in SETS] == [256, 128, 64]
    assert (best["AudioSet-240K", "HMDB51"], best["AudioSet", "HMDB51"]) == (128, 256)


def test_more_data_helps_hmdb51_as_much_as_study_3_says():
    table = paper_view(3)["HMDB51"]
    base = table["XDC", "Kinetics", 240_000]
    gains = [
        table["XDC", name, size] - base
        for name, size in (("AudioSet", 2_000_000), ("IG-Random", 65_000_000), ("IG-Kinetics", 65_000_000))
    ]
    assert np.round(gains, 1).tolist() == [9.8, 22.2, 24.1]
    assert round(table["XDC", "IG-Kinetics", 65_000_000] - table["Superv", "Kinetics", 240_000], 1) == 5.1


def test_the_printed_differences_of_table_4_are_random_minus_kinetics():
    table = paper_table(4).pivot(index=["downstream", "pretraining_size"], columns="pretraining", values="top1_percent")
    assert (table["IG-Random"] - table["IG-Kinetics"]).round(1).equals(table["difference"])


def test_tables_agree_with_each_other():
    first, third, fifth = paper_view(1), paper_view(3), paper_view(5)
    for name in SETS:
        full, sizes = fifth[name, "full finetuning"].to_dict(), third[name].to_dict()
        assert full["Random", "none"] == first[name].to_dict()["Scratch"] == sizes["Scratch", "none", 0]
        assert full["XDC", "IG-Random"] == sizes["XDC", "IG-Random", 65_000_000]
        assert full["Superv", "AudioSet"] == sizes["Superv", "AudioSet", 2_000_000]


def test_table_6_ranks_audio_clusters_to_128_and_video_clusters_to_64():
    table = paper_table(6)
    assert table.groupby("modality")["rank"].max().to_dict() == {"audio": 128, "video": 64}
    assert (table.groupby(["modality", "rank"]).size() == 3).all()
    top = table[(table["modality"] == "audio") & (table["rank"] == 1)]
    assert dict(zip(top["concept"], top["purity"], strict=True))["play bagpipes"] == 0.70


def test_table_6_reads_as_it_is_printed():
    printed = paper_table6()
    assert list(printed) == ["audio rank", "audio concepts", "video rank", "video concepts"]
    assert printed["audio concepts"][1] == "scuba diving (0.33), snorkeling (0.27), feeding fish (0.11)"
    assert printed["video rank"].tolist() == ["1", "4", "5", "10", "63", "64"]


def test_table_7_holds_the_margins_of_section_6():
    table = paper_table(7)
    table = table[table["architecture"].fillna("") == "R(2+1)D-18"]

    def value(method, pretraining, downstream):
        rows = table[(table["method"] == method) & (table["pretraining"] == pretraining)]
        return rows.set_index("downstream")["top1_percent"][downstream]

    margins = [
        value("XDC", data, name) - value("AVTS", data, name)
        for data in ("Kinetics", "AudioSet")
        for name in ("UCF101", "HMDB51")
    ]
    assert np.round(margins, 1).tolist() == [0.6, 0.3, 3.9, 5.6]
    fully = [value("XDC", "IG-Kinetics", name) - value("Superv", "Kinetics", name) for name in ("UCF101", "HMDB51")]
    assert np.round(fully, 1).tolist() == [1.3, 3.8]


def test_xdc_is_above_superv_at_every_threshold_of_table_8():
    superv, *xdc = paper_view(8).to_numpy(dtype=float)
    assert len(xdc) == 2
    assert all((row > superv).all() for row in xdc)


def results(**columns) -> pd.DataFrame:
    table = pd.DataFrame(columns)
    return table.assign(downstream="demo", protocol="fc-only")


def test_ours_stand_beside_the_papers_rows_with_their_spread():
    ours = results(method=["XDC", "XDC", "mine"], modality=["audio"] * 3, value=[70.0, 74.0, 50.0])
    view = paper_vs_ours(1, ours)
    assert view.loc["XDC"].to_dict() == {
        ("paper", "UCF101"): "74.2",
        ("paper", "HMDB51"): "39.0",
        ("paper", "ESC50"): "78.0",
        ("ours", "demo audio, fc-only"): "72.0 ± 2.8 (2)",
    }
    assert view.index[-1] == "mine"
    assert view.loc["mine", ("paper", "UCF101")] == ""
    assert view.loc["SDC", ("ours", "demo audio, fc-only")] == ""
    assert view.loc["XDC-2-video", ("paper", "ESC50")] == ""


def test_collections_of_ones_own_follow_the_papers():
    ours = results(pretraining=["demo", "demo"], k=[8, 4], modality=["video"] * 2, value=[1.0, 2.0])
    view = paper_vs_ours(2, ours)
    assert len(view) == 15 + 2
    assert view[("ours", "demo video, fc-only")].tolist()[-2:] == ["1.0", "2.0"]
    assert view.index.names == ["pretraining", "k"]


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(SettingError, match="no Table 9"):
        paper_table(9)
    with pytest.raises(DataError, match="Table 1 is not at"):
        paper_table(1, folder=tmp_path)
    with pytest.raises(DataError, match="no column method"):
        paper_vs_ours(1, results(modality=["audio"], value=[1.0]))


def test_what_the_paper_does_not_say_of_a_row_is_empty():
    view = paper_view(7)
    assert view.loc[("SoundNet", "", ""), "DCASE"] == 88
    assert view.loc[("XDC", "", "IG-Random"), "ESC50"] == 85.4

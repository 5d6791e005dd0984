"""Ratings are read as text, checked, counted, compared and turned into labels."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from xdc_lab.errors import DataError
from xdc_lab.explorers.ratings import (
    ANSWERS,
    cohens_kappa,
    coherence_table,
    kappa_table,
    named_labels,
    parse_ratings,
    read_ratings,
    write_ratings,
)


def file_of(rows, *, run: Any = "synthetic-XDC-s0", rater: Any = "ada"):
    return {"format": "xdc-lab-ratings", "version": 1, "run": run, "rater": rater, "ratings": rows}


def row(cluster, coherent="yes", *, clustering="audio", name: Any = "", note=""):
    return {"clustering": clustering, "cluster": cluster, "coherent": coherent, "name": name, "note": note}


@given(st.lists(st.tuples(st.sampled_from(ANSWERS), st.sampled_from(ANSWERS)), min_size=2, max_size=40))
def test_kappa_is_scikit_learns(pairs):
    one, other = zip(*pairs, strict=True)
    if len({*one, *other}) > 1:
        assert cohens_kappa(one, other) == pytest.approx(cohen_kappa_score(one, other), abs=1e-12)
    else:
        assert cohens_kappa(one, other) != cohens_kappa(one, other)


def test_two_raters():
    ada = parse_ratings(file_of([row(0), row(1), row(2, "no"), row(3, "no"), row(0, clustering="video"), row(5, "")]))
    bob = parse_ratings(file_of([row(0), row(1, "no"), row(2, "no"), row(3, "no"), row(5)], rater="bob"))
    kappa = kappa_table(ada, bob)
    assert kappa["clustering"].tolist() == ["audio", "all"]
    assert kappa["clusters"].tolist() == [4, 4]
    assert kappa["kappa"].tolist() == pytest.approx([0.5, 0.5])
    counts = coherence_table([ada, bob])
    assert counts.loc[counts["rater"] == "ada", "coherent"].tolist() == [0.5, 1.0]


def test_names_become_labels(result):
    ratings = parse_ratings(file_of([row(2, name="engines"), row(0, "", name="water")]))
    labels = named_labels(result, ratings, "audio")
    assignment = result.clusters("audio").assignment
    assert (labels[assignment == 2] == "engines").all() and (labels[assignment == 0] == "water").all()
    assert (labels[(assignment != 2) & (assignment != 0)] == "").all()


def test_file_is_read(tmp_path, result):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(file_of([row(1, name="</script>\u202e🐟")])))
    assert read_ratings(path, result=result).table["name"][0] == "</script>\u202e🐟"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "no ratings file"),
        ({"format": "xdc-lab-ratings", "version": 9}, "version 9"),
        (file_of("x"), "no list"),
        (file_of([7]), "rating 1 is no object"),
        (file_of([row(-1)]), "a cluster's id"),
        (file_of([row(True)]), "a cluster's id"),
        (file_of([row("0")]), "a cluster's id"),
        (file_of([row(0, "maybe")]), "the answers are yes, no, unsure"),
        (file_of([row(0), row(0)]), "rated twice"),
        (file_of([row(0, name=["x"])]), "not a text"),
        (file_of([], run=3), "not a text"),
    ],
)
def test_wrong_file_says_what_is_wrong(content, words):
    with pytest.raises(DataError, match=words):
        parse_ratings(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (file_of([row(0)], run="another"), "of the run 'another'"),
        (file_of([row(99)]), "its ids end at 5"),
        (file_of([row(0, clustering="touch")]), "the run has audio, video"),
    ],
)
def test_ratings_of_another_run_are_refused(tmp_path, result, content, words):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match=words):
        read_ratings(path, result=result)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_file_that_is_no_json(tmp_path, content):
    path = tmp_path / "r.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match="cannot be read as JSON"):
        read_ratings(path)


def test_names_and_notes_are_cut():
    ratings = parse_ratings(file_of([row(0, name="n" * 10_000, note="m" * 10_000)]))
    assert (len(ratings.table["name"][0]), len(ratings.table["note"][0])) == (500, 5000)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
)


@given(
    st.dictionaries(st.sampled_from(["clustering", "cluster", "coherent", "name", "note"]), json_values), json_values
)
def test_any_json_is_read_or_refused(rating, rater):
    try:
        table = parse_ratings(file_of([rating], rater=rater)).table
    except DataError:
        return
    assert table["coherent"].isin([*ANSWERS, ""]).all()


def test_what_is_written_is_read_back(result, tmp_path):
    ratings = parse_ratings(file_of([row(2, name="motor/engines"), row(0, "", note="µ?")]))
    again = read_ratings(write_ratings(ratings, tmp_path / "ada.json"), result=result)
    assert (again.run, again.rater) == (ratings.run, ratings.rater)
    assert again.table.equals(ratings.table)

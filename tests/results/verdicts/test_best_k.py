"""A best k is known where it is ahead by more than seeds differ, among as many k as there were to choose from."""

import numpy as np
import pandas as pd

from xdc_lab.results.paper_results import paper_results
from xdc_lab.results.verdicts.best_k import best_k, best_k_differs, best_k_grows, best_k_is_not_the_labels
from xdc_lab.results.verdicts.findings import AGREES, CANT_TELL, CONTRADICTS

KS = (8, 16, 32)


def test_the_best_k_of_table_2():
    best = best_k(paper_results(2)).set_index(["pretraining", "downstream"])
    kinetics = best.loc["Kinetics"]
    assert kinetics["k"].to_dict() == {"UCF101": 256, "HMDB51": 128, "ESC50": 64}
    assert kinetics["ahead"].round(1).to_dict() == {"UCF101": 0.2, "HMDB51": 0.7, "ESC50": 1.7}
    assert kinetics["range"].round(1).to_dict() == {"UCF101": 1.6, "HMDB51": 2.5, "ESC50": 6.5}
    assert set(best["seeds"]) == {1}


def curve(best: int | None, *, seed: int = 0, seeds: int = 4, **names) -> pd.DataFrame:
    """Noise of a point over k, with one k ten points above the others, or none."""
    noise = np.random.default_rng(seed)
    rows = [(one, k, 70.0 + 10 * (k == best) + noise.normal()) for one in range(seeds) for k in KS]
    table = pd.DataFrame(rows, columns=["seed", "k", "value"])
    place = {"pretraining": "demo", "pretraining_size": 960, "downstream": "demo", "modality": "video"}
    return table.assign(protocol="fc-only", **{**place, **names})


def both(video: int | None, audio: int | None) -> pd.DataFrame:
    return pd.concat([curve(video), curve(audio, seed=1, modality="audio")], ignore_index=True)


def test_two_best_k_that_differ_are_the_same_or_cant_be_told():
    (differ,) = best_k_differs(both(8, 32))
    assert (differ.word, differ.value, differ.seeds) == (AGREES, 2.0, 4)
    assert [one.word for one in best_k_differs(both(8, 8))] == [CONTRADICTS]
    assert [one.word for one in best_k_differs(both(8, None))] == [CANT_TELL]


def test_the_labels_are_16():
    assert [one.word for one in best_k_is_not_the_labels(both(8, 16))] == [AGREES, CONTRADICTS]
    assert [one.word for one in best_k_is_not_the_labels(both(None, None))] == [CANT_TELL] * 2


def test_growth_is_of_two_sizes():
    small, large = curve(8, pretraining_size=240), curve(32, seed=1)
    assert [(one.word, one.value) for one in best_k_grows(pd.concat([small, large]))] == [(AGREES, 2.0)]
    assert list(best_k_grows(large)) == []
    shrinks = pd.concat([curve(32, pretraining_size=240), curve(8, seed=1)])
    assert [one.word for one in best_k_grows(shrinks)] == [CONTRADICTS]


def test_one_seed_or_one_k_is_no_choice():
    assert [one.word for one in best_k_is_not_the_labels(curve(8, seeds=1))] == [CANT_TELL]
    assert list(best_k_is_not_the_labels(curve(8).query("k == 8"))) == []


def test_flat_noise_seldom_has_a_best_k():
    """The one-standard-error rule said so in a quarter of cases."""
    found = [one.word for seed in range(200) for one in best_k_is_not_the_labels(curve(None, seed=seed, seeds=5))]
    assert 1 - found.count(CANT_TELL) / len(found) < 0.06

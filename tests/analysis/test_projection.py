"""Maps: UMAP itself runs in one slow test, because compiling it takes 10 to 45 s; elsewhere a stand-in does."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from xdc_lab.analysis import projection as module
from xdc_lab.analysis.projection import lay_out, projection
from xdc_lab.analysis.result import load_result
from xdc_lab.errors import InstallError


@pytest.fixture
def without_umap(monkeypatch):
    """Count the layouts, and make them in no time."""
    calls = []

    def stand_in(features, seed, progress):
        calls.append(seed)
        return features[:, :2]

    monkeypatch.setattr(module, "_umap", stand_in)
    return calls


@pytest.mark.slow
def test_umap_keeps_two_groups_apart_and_follows_its_seed():
    generator = np.random.default_rng(0)
    groups = np.repeat([0, 1], 20)
    features = generator.normal(size=(40, 6)).astype(np.float32) * 0.05 + np.eye(6, dtype=np.float32)[groups]
    places = lay_out(features, seed=1)
    centres = np.stack([places[groups == group].mean(axis=0) for group in (0, 1)])
    nearest = np.linalg.norm(places[:, None] - centres, axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearest, groups)
    assert places.min() >= 0 and places.max() <= 1
    np.testing.assert_array_equal(places, lay_out(features, seed=1))
    repeated = np.repeat(np.random.default_rng(0).normal(size=(5, 16)).astype(np.float32), 8, axis=0)
    np.testing.assert_array_equal(lay_out(repeated), lay_out(repeated))


def test_where_numba_may_write_nowhere_umap_is_compiled_for_one_process(monkeypatch, capsys):
    """Numba looks for a folder while UMAP is imported."""
    numba, config = ModuleType("numba"), SimpleNamespace(CACHE_DIR="")
    monkeypatch.setattr(numba, "config", config, raising=False)

    def import_module(name: str):
        if name == "umap" and not config.CACHE_DIR:
            raise RuntimeError("cannot cache function 'rdist': no locator available for file 'layouts.py'")
        return numba if name == "numba" else sys

    monkeypatch.setattr(module.importlib, "import_module", import_module)
    assert module._import_umap() is sys
    assert Path(config.CACHE_DIR).is_dir()
    assert "set NUMBA_CACHE_DIR" in capsys.readouterr().err


def test_a_map_is_made_once(run, without_umap):
    first = projection(load_result(run), "audio")
    again = projection(load_result(run), "audio")
    assert without_umap == [0]
    assert first.equals(again)
    assert first.attrs == again.attrs
    assert first["item"].tolist() == list(range(24))


def test_a_map_of_other_features_or_seed_is_made_anew(run, without_umap):
    projection(load_result(run), "audio")
    projection(load_result(run), "audio", seed=1)
    np.save(run / "features" / "audio.npy", np.random.default_rng(5).normal(size=(24, 8)).astype(np.float32))
    projection(load_result(run), "audio", seed=1)
    assert without_umap == [0, 1, 1]


def test_above_the_limit_a_stated_sample_is_laid_out(result, without_umap):
    places = projection(result, "video", max_points=12)
    assert len(places) == 12
    assert places["item"].is_monotonic_increasing
    assert (places.attrs["points"], places.attrs["items"]) == (12, 24)


def test_few_clips_are_shown_by_their_principal_components(single):
    places = projection(single, "audio")
    assert places.attrs["method"] == "PCA"
    assert places[["x", "y"]].to_numpy().tolist() == [[0.5, 0.5]]


def test_equal_and_one_dimensional_features_have_a_place():
    assert np.isfinite(lay_out(np.ones((4, 3), dtype=np.float32))).all()
    line = lay_out(np.arange(5, dtype=np.float32)[:, None])
    assert line.shape == (5, 2)
    assert (line[:, 1] == 0.5).all()


@pytest.fixture
def no_umap(monkeypatch):
    """As if umap-learn were not installed."""
    monkeypatch.setitem(sys.modules, "umap", None)


def test_without_umap_a_map_is_of_principal_components_and_says_so(run, no_umap):
    places = projection(load_result(run), "audio")
    assert places.attrs["method"] == "PCA"
    expected = lay_out(np.load(run / "features" / "audio.npy"), layout="PCA")
    np.testing.assert_allclose(places[["x", "y"]], expected, atol=1e-5)
    assert projection(load_result(run), "audio").attrs == places.attrs


def test_a_kept_map_needs_no_umap_and_umap_replaces_one_without(run, without_umap, monkeypatch):
    with monkeypatch.context() as gone:
        gone.setitem(sys.modules, "umap", None)
        assert projection(load_result(run), "audio").attrs["method"] == "PCA"
    assert projection(load_result(run), "audio").attrs["method"] == "UMAP"
    monkeypatch.setitem(sys.modules, "umap", None)
    assert projection(load_result(run), "audio").attrs["method"] == "UMAP"
    assert without_umap == [0]


def test_umap_asked_for_by_name_is_demanded(no_umap):
    with pytest.raises(InstallError, match=r"umap is not installed; .*xdc-lab\[lab\]"):
        lay_out(np.random.default_rng(0).normal(size=(20, 4)))

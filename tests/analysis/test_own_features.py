"""Features that no run made: clustered, given clusters, of one modality; whatever does not fit is said."""

import numpy as np
import pandas as pd
import pytest

from xdc_lab.analysis.concepts import cluster_table, table6
from xdc_lab.analysis.factors import factor_table
from xdc_lab.analysis.own_features import own_features
from xdc_lab.analysis.stories import stories
from xdc_lab.clustering.settings import KMeansSettings
from xdc_lab.errors import ClusteringError, DataError, RunError
from xdc_lab.runs.folder import RunFolder

STYLES = np.arange(60) % 3
K4 = KMeansSettings(k=4)


@pytest.fixture(scope="module")
def items() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "path": [f"/clips/{number}.mp4" for number in range(60)],
            "style": [("rock", "jazz", "folk")[style] for style in STYLES],
            "factor_loud": STYLES == 1,
        }
    )


@pytest.fixture(scope="module")
def video() -> np.ndarray:
    random = np.random.default_rng(0)
    return (4 * random.normal(size=(3, 6))[STYLES] + random.normal(size=(60, 6))).astype(np.float32)


def test_tables_factors_and_stories_need_no_training(items, video, tmp_path):
    np.save(tmp_path / "V.npy", video)
    items.to_csv(tmp_path / "items.csv", index=False)
    folder = tmp_path / "run"
    result = own_features(
        tmp_path / "items.csv", video=tmp_path / "V.npy", audio=video[:, :3], settings=K4, labels="style", folder=folder
    )
    assert result.clusterings == ("audio", "video") and not result.is_trained
    assert result.label_names == ("folk", "jazz", "rock")
    sides = [str(name).split()[1] for name in table6(result, top=2, bottom=1)]
    assert sides == ["#", "rank", "concepts"] * 2
    assert {"event", "loud"} == set(factor_table(result)["factor"])
    assert stories(result)
    np.testing.assert_array_equal(result.features("video"), video)
    assert not RunFolder(folder).features("video").exists()  # a file is read where it lies
    assert RunFolder(folder).features("audio").exists()


def test_clusters_that_are_there_are_kept(items, video, tmp_path):
    np.savez(tmp_path / "c.npz", assignment=STYLES)
    result = own_features(items, video=video, clusters=tmp_path / "c.npz", labels="style", folder=tmp_path / "run")
    table = cluster_table(result, "video")
    assert (table["purity"] == 1).all() and len(table) == 3
    unit = video / np.linalg.norm(video, axis=1, keepdims=True)
    centres = np.stack([unit[style == STYLES].mean(axis=0) for style in range(3)])
    expected = np.linalg.norm(unit - centres[STYLES], axis=1)
    np.testing.assert_allclose(result.clusters("video").distance, expected, rtol=1e-4)
    again = own_features(items, audio=video, clusters={"audio": STYLES}, folder=tmp_path / "run")
    assert again.clusterings == ("audio",) and not again.has_labels


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"video": np.ones((59, 6))}, DataError, "video features have 59 rows and the items 60"),
        ({"video": np.ones(60)}, DataError, r"float64 of shape \(60,\); they should be floats \(items, dim\)"),
        ({"video": None}, DataError, "no features; .* --video-features"),
        ({"video": "missing.npy"}, DataError, "missing.npy cannot be read"),
        ({"labels": "genre"}, DataError, "no column 'genre'; they have path, .*style"),
        ({"settings": KMeansSettings(k=61)}, ClusteringError, "k=61 clusters need at least 61 items"),
        ({"clusters": {"audio": STYLES}}, DataError, "no 'video', only audio"),
        ({"clusters": {"video": STYLES - 1}}, DataError, "from -1 on; it should have one cluster from 0"),
        ({"clusters": {"video": STYLES[1:]}}, DataError, r"shape \(59,\)"),
        ({"clusters": {"video": 2 * STYLES}}, ClusteringError, "2 of 5 clusters are empty"),
    ],
)
def test_what_does_not_fit_is_said(items, video, tmp_path, change, error, words):
    with pytest.raises(error, match=words):
        own_features(items, **{"video": video, "settings": K4, "folder": tmp_path / "run", **change})
    assert not (tmp_path / "run").exists()


def test_nan_is_named_with_its_clip(items, video, tmp_path):
    broken = video.copy()
    broken[[7, 9], 2] = np.nan
    with pytest.raises(DataError, match=r"audio features hold NaN or infinity, first in row 7 \(/clips/7.mp4\)"):
        own_features(items, video=video, audio=broken, folder=tmp_path / "run")


def test_another_run_is_not_written_over(items, video, tmp_path):
    RunFolder(tmp_path).write_about({"kind": "pretrain"})
    with pytest.raises(RunError, match="holds a run of its own"):
        own_features(items, video=video, settings=K4, folder=tmp_path)

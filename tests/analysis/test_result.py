"""A run folder is read as it was written, and what is missing is named with the command that makes it."""

import json

import numpy as np
import pytest

from xdc_lab.analysis.result import load_result
from xdc_lab.datasets.labels import UNLABELLED
from xdc_lab.errors import RunError


def test_a_result_has_what_the_run_wrote(result):
    assert result.clusterings == ("audio", "video")  # Table 6 has the audio clusters on the left
    assert result.iterations == (0, 1)
    assert result.clustering_of("audio") == "audio"
    assert result.modalities("video") == ("video",)
    assert result.factors == ("noise", "pan")
    np.testing.assert_array_equal(result.clusters("audio").assignment[:13], [0] * 12 + [1])
    np.testing.assert_array_equal(result.clusters("audio", iteration=0).assignment[:4], [0, 1, 2, 0])
    assert result.features("video").shape == (24, 8)


def test_labels_are_sorted_and_coded(result):
    assert result.label_names == ("bell", "feeding fish", "scuba diving", "snorkeling")
    assert result.label_codes[[0, 6, 12, 18]].tolist() == [2, 3, 1, 0]


def test_items_without_labels(unlabelled):
    assert not unlabelled.has_labels
    assert set(unlabelled.label_codes) == {UNLABELLED}


def test_settings_of_the_clips_are_those_of_the_run(run):
    about = json.loads((run / "run.json").read_text())
    about["settings"] = [{"name": "audio.mels", "value": 64}, {"name": "kmeans.k", "value": 3}]
    (run / "run.json").write_text(json.dumps(about))
    assert load_result(run).audio_settings.mels == 64
    assert load_result(run).video_settings.frames == 8


def test_histories_are_tables(run):
    (run / "training.jsonl").write_text('{"encoder": "audio", "loss": 2.0}\n')
    result = load_result(run)
    assert result.training_history["loss"].tolist() == [2.0]
    assert result.clustering_history.empty


def test_a_folder_without_a_run_says_what_makes_one(tmp_path):
    with pytest.raises(RunError, match="xdc-lab pretrain"):
        load_result(tmp_path)


def test_a_run_without_clusters_says_how_to_go_on(run):
    for path in run.glob("clusters/*/*.npz"):
        path.unlink()
    with pytest.raises(RunError, match="no clusters yet .*xdc-lab pretrain --data clips"):
        load_result(run)


def test_an_iteration_that_is_half_written_is_not_there(run):
    (run / "clusters" / "iteration_01" / "video.npz").unlink()
    assert load_result(run).iterations == (0,)


def test_missing_features_say_how_to_make_them(run):
    (run / "features" / "audio.npy").unlink()
    with pytest.raises(RunError, match=r"audio\.npy is missing.*xdc-lab pretrain"):
        load_result(run).features("audio")


def test_features_of_other_items_are_refused(run):
    np.save(run / "features" / "audio.npy", np.zeros((3, 8), dtype=np.float32))
    with pytest.raises(RunError, match="3 rows and the items table 24"):
        load_result(run).features("audio")


@pytest.mark.parametrize("ask", [lambda r: r.clusters("sight"), lambda r: r.encoders_of("sight")])
def test_an_unknown_clustering_lists_those_there_are(result, ask):
    with pytest.raises(RunError, match="'sight'; it has audio, video"):
        ask(result)


def test_an_unknown_encoder_or_iteration_lists_those_there_are(result):
    with pytest.raises(RunError, match="it has video, audio"):
        result.features("nose")
    with pytest.raises(RunError, match="no iteration 7; it has 0, 1"):
        result.clusters("audio", iteration=7)


def test_the_same_run_is_seen_through_other_labels(result):
    other = result.with_labels(["loud"] * 12 + [""] * 12)
    assert other.label_names == ("loud",) and (other.label_codes[12:] == -1).all()
    assert other.clusters("audio") is result.clusters("audio")  # read once
    assert result.label_names != other.label_names
    by_noise = result.with_labels("factor_noise")
    assert set(by_noise.label_names) == {"0.0", "10.0", "20.0"}
    with pytest.raises(RunError, match="no column 'mood'"):
        result.with_labels("mood")
    with pytest.raises(RunError, match="1 labels and 24 items"):
        result.with_labels(["loud"])


def test_a_clustering_that_nobody_learns_is_not_missed(run):
    about = json.loads((run / "run.json").read_text())
    about["method"]["supervision"] = {"video": ["audio"], "audio": ["audio"]}
    (run / "run.json").write_text(json.dumps(about))
    for path in run.glob("clusters/*/video.npz"):
        path.unlink()
    result = load_result(run)
    assert result.clusterings == ("audio",) and result.iterations == (0, 1)
    assert result.clustering_of("video") is None

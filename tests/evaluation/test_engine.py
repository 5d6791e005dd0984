import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from xdc_lab.datasets.items import read_items
from xdc_lab.datasets.labels import join_labels, split_labels
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.encoders.weights import save_encoder
from xdc_lab.errors import DataError, RunError, SettingError
from xdc_lab.evaluation import engine
from xdc_lab.evaluation.benchmark import Benchmark
from xdc_lab.evaluation.engine import evaluate
from xdc_lab.evaluation.protocols import PROTOCOLS
from xdc_lab.evaluation.result import load_evaluation
from xdc_lab.runs.execution import Execution

BOTH = [(protocol, modality) for protocol in PROTOCOLS.values() for modality in protocol.modalities]


@pytest.fixture(scope="module")
def items(tiny_set) -> pd.DataFrame:
    return read_items(tiny_set)


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("store")


def small_encoder(modality: str) -> Encoder:
    return build_encoder({"video": "r2plus1d_10", "audio": "audio_resnet_18"}[modality], width=8)


def weights(encoder: Encoder) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in encoder.state_dict().items()}


@pytest.mark.parametrize(
    ("protocol", "modality"), BOTH, ids=[f"{protocol.slug}-{modality}" for protocol, modality in BOTH]
)
def test_every_protocol_evaluates_every_test_item_once(protocol, modality, items, quick, store, tmp_path):
    encoder = small_encoder(modality)
    before = weights(encoder)
    result = evaluate(
        encoder,
        Benchmark(items),
        tmp_path / "run",
        protocol=protocol,
        settings=quick,
        execution=Execution(progress=False, store=store),
    )
    test = items[items["split"] == "downstream_test"]
    assert sorted(result.predictions["path"]) == sorted(test["path"])
    assert result.mean == pytest.approx(100 * result.predictions["correct"].mean())
    assert result.spread is None
    counts = result.scores[["train_items", "test_items", "classes"]].to_numpy().tolist()
    assert counts == [[32, 32, 16]]
    assert all(torch.equal(before[name], tensor) for name, tensor in encoder.state_dict().items())
    assert load_evaluation(tmp_path / "run").mean == result.mean
    settings = {row["name"]: row["value"] for row in result.about["settings"]}
    if modality == "video":
        assert settings["video.frames"] == (6 if protocol.long_clips else 4)
    if protocol.classifier != "neighbours":
        kept = load_evaluation(tmp_path / "run").clip_scores()
        assert kept.clips == (2 if protocol.many_clips else 3)
        assert kept.item_percent == pytest.approx(result.mean)
        predicted = [kept.classes[index] for index in kept.scores.mean(axis=1).argmax(axis=1)]
        assert predicted == result.predictions["predicted"].tolist()


def test_what_makes_a_score_no_result_is_said_beside_it(items, quick, store, tmp_path):
    """A test file is a copy of one to train on; of one class no file is there, of another none to train on."""
    items = items[items["split"].str.startswith("downstream")].copy()
    first, second, third = sorted(set(items["label"]))[:3]
    train, test = (items["split"] == f"downstream_{role}" for role in ("train", "test"))
    copied, original = (items.index[rows & (items["label"] == third)][0] for rows in (test, train))
    shutil.copy(items.loc[original, "path"], tmp_path / "copy.mp4")
    items.loc[copied, "path"] = str(tmp_path / "copy.mp4")
    gone = (items["label"] == first) | (train & (items["label"] == second))
    items.loc[gone, "path"] = [f"{path}.gone" for path in items.loc[gone, "path"]]
    result = evaluate(
        small_encoder("audio"),
        Benchmark(items),
        tmp_path / "run",
        protocol=PROTOCOLS["retrieval"],
        settings=quick,
        execution=Execution(progress=False, store=store),
    )
    assert result.scores[["test_items", "classes"]].to_numpy().tolist() == [[28, 14]]
    assert str(result).splitlines()[2:] == [
        "split downstream: 1 of 28 test items is a file that training has, too (by content), so this is no result: "
        "copy.mp4",
        f"split downstream: 2 classes have no usable item and are not in the score: {first}, {second}",
    ]


def test_recall_grows_with_the_number_of_neighbours(items, quick, store, tmp_path):
    result = evaluate(
        small_encoder("audio"),
        Benchmark(items),
        tmp_path / "run",
        protocol=PROTOCOLS["retrieval"],
        settings=quick,
        execution=Execution(progress=False, store=store),
    )
    recalls = [float(result.scores[f"recall_{k}_percent"].iloc[0]) for k in (1, 5, 20)]
    assert recalls == sorted(recalls)
    nearest = result.predictions["nearest"].map(dict(zip(items["path"], items["label"], strict=True)))
    assert (nearest == result.predictions["predicted"]).all()


def test_the_last_layers_can_be_drawn_anew_before_a_finetuning(items, quick, store, tmp_path):
    """All four and the stem as it was: two encoders that differ in their layers alone come to the same."""
    one, other = (build_encoder("audio_resnet_18", width=8, seed=seed) for seed in (0, 1))
    stem = {name: value for name, value in one.state_dict().items() if not name.startswith("layer")}
    other.load_state_dict(stem, strict=False)
    renewed = replace(quick, full=replace(quick.full, renewed_layers=4))
    execution = Execution(progress=False, store=store)
    results = [
        evaluate(encoder, Benchmark(items), tmp_path / name, settings=renewed, execution=execution)
        for name, encoder in (("one", one), ("other", other))
    ]
    assert results[0].predictions.equals(results[1].predictions)


def test_a_protocol_of_ones_own_is_evaluated_and_read(items, quick, store, tmp_path):
    mine = replace(PROTOCOLS["linear SVM"], name="SVM, pooled", features="pooled", many_clips=False)
    result = evaluate_audio(items, tmp_path / "run", quick, store, protocol=mine)
    assert (result.score, result.clip_scores().clips) == ("top1_percent", 3)
    assert set(result.scores["svm_c"]) <= {0.01, 0.1, 1.0, 10.0}
    assert str(load_evaluation(tmp_path / "run")).endswith(f"SVM, pooled: {result.mean:.1f}")


def test_several_labels_are_measured_by_map(items, quick, store, tmp_path):
    kinds = items["label"].str.split(" ").str[0]
    both = items.assign(label="", labels=[join_labels(own) for own in zip(items["label"], kinds, strict=True)])
    result = evaluate_audio(both, tmp_path / "run", quick, store, protocol=PROTOCOLS["fc-only"])
    (row,) = result.scores.to_dict("records")
    assert result.score == "map_percent" and 0 < result.mean == row["map_percent"] <= 100
    assert row["classes"] == row["ranked_classes"] == len({*items["label"], *kinds}) and 0 < row["auc"] < 1
    assert "top1_percent" not in row and "unlearned_labels" not in row
    predictions = load_evaluation(tmp_path / "run").predictions
    assert list(predictions.columns) == ["row", "path", "label", "predicted", "correct", "confidence", "split"]
    for label, predicted, correct in predictions[["label", "predicted", "correct"]].itertuples(index=False):
        assert correct == (predicted in split_labels(label))
    with pytest.raises(RunError, match="nor has one of several labels"):
        result.clip_scores()
    with pytest.raises(SettingError, match="is for items with one label each"):
        evaluate_audio(both, tmp_path / "no", quick, store, protocol=PROTOCOLS["retrieval"])


def test_neighbours_have_no_clip_scores(items, quick, store, tmp_path):
    result = evaluate_audio(items, tmp_path / "run", quick, store, protocol=PROTOCOLS["retrieval"])
    with pytest.raises(RunError, match="keeps no clip scores of split 'downstream'"):
        result.clip_scores()


def five_folds(items: pd.DataFrame) -> pd.DataFrame:
    """The downstream clips as a data set with two official splits, the second testing on the first's training."""
    labelled = items[items["split"].str.startswith("downstream")].reset_index(drop=True)
    first = labelled["split"].str.removeprefix("downstream_")
    return labelled.assign(split_1=first, split_2=first.map({"train": "test", "test": "train"}))


def evaluate_audio(items, out, quick, store, *, seed=0, protocol=PROTOCOLS["full finetuning"], **which):
    return evaluate(
        small_encoder("audio"),
        Benchmark(items, **which),
        out,
        protocol=protocol,
        settings=quick,
        execution=Execution(seed=seed, progress=False, store=store),
    )


def test_several_splits_give_each_mean_and_spread(items, quick, store, tmp_path):
    two = five_folds(items)
    result = evaluate_audio(two, tmp_path / "run", quick, store, protocol=PROTOCOLS["retrieval"])
    scores = result.scores["recall_1_percent"].tolist()
    assert result.scores["split"].tolist() == ["1", "2"]
    assert result.mean == pytest.approx(sum(scores) / 2)
    assert result.spread == pytest.approx(np.std(scores, ddof=1))
    assert json.loads((tmp_path / "run" / "scores.json").read_text())["spread"] == result.spread
    assert len(result.predictions) == len(two) == result.predictions["path"].nunique()
    one = evaluate_audio(two, tmp_path / "one", quick, store, protocol=PROTOCOLS["retrieval"], splits=["2"])
    assert one.mean == pytest.approx(scores[1])
    assert "over 2 splits" in str(result)


class Killed(Exception):
    """Stands for the signal that ends a run."""


@pytest.mark.parametrize("saves", [1, 3])
def test_a_killed_finetuning_ends_as_one_that_was_left_alone(saves, items, quick, store, tmp_path, monkeypatch):
    two = five_folds(items)
    whole = evaluate_audio(two, tmp_path / "whole", quick, store)
    kept = engine.save_checkpoint
    left = iter(range(saves))

    def save_and_die(*args, **words):
        kept(*args, **words)
        if next(left) == saves - 1:
            raise Killed

    monkeypatch.setattr(engine, "save_checkpoint", save_and_die)
    with pytest.raises(Killed):
        evaluate_audio(two, tmp_path / "killed", quick, store)
    with pytest.raises(RunError, match="running"):
        load_evaluation(tmp_path / "killed")
    monkeypatch.setattr(engine, "save_checkpoint", kept)
    resumed = evaluate_audio(two, tmp_path / "killed", quick, store)
    timed = ["seconds"]
    pd.testing.assert_frame_equal(resumed.scores.drop(columns=timed), whole.scores.drop(columns=timed))
    pd.testing.assert_frame_equal(resumed.predictions, whole.predictions)
    assert not resumed.run.checkpoint.exists()


def test_a_finished_evaluation_is_read_and_another_one_is_refused(items, quick, store, tmp_path, monkeypatch):
    first = evaluate_audio(items, tmp_path / "run", quick, store, protocol=PROTOCOLS["retrieval"])
    monkeypatch.setattr(engine, "CLASSIFIERS", {})
    again = evaluate_audio(items, tmp_path / "run", quick, store, protocol=PROTOCOLS["retrieval"])
    assert again.about["id"] == first.about["id"]
    with pytest.raises(RunError, match=r"its seed is 0 \(now 1\)"):
        evaluate_audio(items, tmp_path / "run", quick, store, protocol=PROTOCOLS["retrieval"], seed=1)
    with monkeypatch.context() as later:
        later.setattr(engine, "EVALUATION_VERSION", 99)
        with pytest.raises(RunError, match=r"its evaluation_version is \d+ \(now 99\)"):
            evaluate_audio(items, tmp_path / "run", quick, store, protocol=PROTOCOLS["retrieval"])
    renamed = items.assign(label=items["label"].where(items.index % 2 == 0, "another"))
    with pytest.raises(RunError, match=r"its items differ: label \w+ \(now \w+\);"):
        evaluate_audio(renamed, tmp_path / "run", quick, store, protocol=PROTOCOLS["retrieval"])
    with pytest.raises(RunError, match="its encoder differ"):
        evaluate(
            build_encoder("audio_resnet_18", width=8, seed=1),
            Benchmark(items),
            tmp_path / "run",
            protocol=PROTOCOLS["retrieval"],
            settings=quick,
        )


def test_validation_never_touches_a_test_item(items, quick, store, tmp_path):
    result = evaluate_audio(items, tmp_path / "run", quick, store, protocol=PROTOCOLS["retrieval"], validation=True)
    training = set(items[items["split"] == "downstream_train"]["path"])
    assert result.scores["split"].tolist() == ["downstream-validation"]
    assert set(result.predictions["path"]) < training
    assert set(result.predictions["nearest"]) < training


def test_an_encoder_file_is_loaded_and_its_origin_kept(items, quick, store, tmp_path):
    save_encoder(small_encoder("audio"), tmp_path / "a.safetensors", about={"method": "XDC", "seed": 3})
    result = evaluate(
        tmp_path / "a.safetensors",
        Benchmark(items),
        tmp_path / "run",
        protocol=PROTOCOLS["retrieval"],
        settings=quick,
        execution=Execution(progress=False, store=store),
    )
    assert result.about["encoder"]["about"] == {"method": "XDC", "seed": 3}
    assert result.about["encoder"]["modality"] == "audio"


def test_the_wrong_modality_and_an_unknown_split_are_errors(items, quick, tmp_path):
    with pytest.raises(SettingError, match="for audio encoders"):
        evaluate(small_encoder("video"), Benchmark(items), tmp_path / "a", protocol=PROTOCOLS["linear SVM"])
    with pytest.raises(DataError, match="there is no split 4; there are downstream"):
        evaluate(small_encoder("audio"), Benchmark(items, splits=["4"]), tmp_path / "b", settings=quick)

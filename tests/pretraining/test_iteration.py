"""An iteration done by hand, step by step, is the engine's to the bit."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from xdc_lab.analysis.result import load_result
from xdc_lab.clustering.clusters_file import load_clusters
from xdc_lab.methods import METHODS
from xdc_lab.pretraining.engine import pretrain
from xdc_lab.pretraining.iteration import cluster_all, extract_all, pseudo_label_task, training_seed
from xdc_lab.pretraining.preparation import prepare_material, random_encoders, usable_items
from xdc_lab.pretraining.record import describe_pretraining, record_clusters
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder
from xdc_lab.training.loop import train
from xdc_lab.training.predictor import fresh_heads

SEED = 3


@pytest.fixture(scope="module")
def seeded(execution) -> Execution:
    return replace(execution, seed=SEED)


@pytest.fixture(scope="module")
def material(items, settings, seeded, tmp_path_factory):
    run = RunFolder(tmp_path_factory.mktemp("runs") / "by-hand")
    usable = usable_items(items, run, settings=settings, progress=False)
    modalities = {"video", "audio"}
    return prepare_material(usable, run, modalities=modalities, settings=settings, execution=seeded)


@pytest.mark.parametrize("name", ["XDC", "CDC"])
def test_steps_by_hand_are_those_of_the_engine(name, material, items, settings, seeded, tmp_path):
    method, run = METHODS[name], RunFolder(tmp_path / "by-hand")
    encoders = random_encoders(method, settings=settings, seed=SEED, device=torch.device("cpu"))
    clusters = []
    for iteration in (0, 1):
        features = extract_all(encoders, material, run, execution=seeded)
        clusters.append(cluster_all(features, method=method, settings=settings, seed=SEED, iteration=iteration))
        for encoder in encoders if iteration == 0 else ():
            task = pseudo_label_task(encoder, method=method, clusters=clusters[0], material=material)
            its_own = replace(seeded, seed=training_seed(SEED, encoder, 0))
            train(encoders[encoder], task, settings=settings.training, execution=its_own)

    engine = pretrain(items, tmp_path / "run", method=method, settings=settings, execution=seeded)
    for iteration, by_hand in enumerate(clusters):
        for clustering, mine in by_hand.items():
            theirs = load_clusters(engine.clusters(clustering, iteration=iteration))
            assert np.array_equal(mine.assignment, theirs.assignment)
            assert np.array_equal(mine.centroids, theirs.centroids)


def test_what_was_done_by_hand_is_a_run_that_can_be_read(material, settings, seeded, tmp_path):
    method, run = METHODS["XDC"], RunFolder(tmp_path)
    material.items.to_csv(run.items, index=False)
    run.write_about(describe_pretraining(method, settings=settings, execution=seeded))
    encoders = random_encoders(method, settings=settings, seed=SEED, device=torch.device("cpu"))
    features = extract_all(encoders, material, run, execution=seeded)
    previous = {}
    for iteration in (0, 1):
        clusters = cluster_all(features, method=method, settings=settings, seed=SEED, iteration=iteration)
        rows = record_clusters(clusters, run, iteration=iteration, previous=previous, labels=material.labels)
        assert {row["iteration"] for row in rows} == {iteration}
        previous = clusters
    record_clusters(previous, run, iteration=1, previous={}, labels=None)  # again: in place of the old rows
    result = load_result(run.path)
    assert result.clusterings == ("audio", "video") and result.iterations == (0, 1)
    assert list(result.clustering_history["iteration"]) == [0, 0, 1, 1]
    assert np.array_equal(result.clusters("audio").assignment, previous["audio"].assignment)


def test_a_task_has_the_clusters_that_supervise_the_encoder(material, settings, seeded, tmp_path):
    method = METHODS["MDC"]
    encoders = random_encoders(method, settings=settings, seed=SEED, device=torch.device("cpu"))
    features = extract_all(encoders, material, RunFolder(tmp_path), execution=seeded)
    clusters = cluster_all(features, method=method, settings=settings, seed=SEED, iteration=0)
    task = pseudo_label_task("audio", method=method, clusters=clusters, material=material)
    assert list(task.targets) == ["audio", "video"]
    assert task.targets["video"] is clusters["video"].assignment
    assert task.dataset is material.datasets["audio"]


def test_each_modality_may_have_its_own_number_of_clusters(material, settings, seeded, tmp_path):
    """Table 6's: the video encoder learns the audio clusters, and the audio encoder the video clusters."""
    method, own = METHODS["XDC"], replace(settings, audio_k=6, video_k=4)
    encoders = random_encoders(method, settings=own, seed=SEED, device=torch.device("cpu"))
    features = extract_all(encoders, material, RunFolder(tmp_path), execution=seeded)
    clusters = cluster_all(features, method=method, settings=own, seed=SEED, iteration=0)
    assert {name: fitted.k for name, fitted in clusters.items()} == {"audio": 6, "video": 4}
    for encoder, classes in (("video", {"audio": 6}), ("audio", {"video": 4})):
        task = pseudo_label_task(encoder, method=method, clusters=clusters, material=material)
        trained = train(encoders[encoder], task, settings=own.training, execution=seeded)
        assert task.classes == classes
        heads = trained.heads.state_dict()
        assert {name: len(heads[f"{name}.bias"]) for name in task.targets} == classes
    joint = cluster_all(features, method=METHODS["CDC"], settings=own, seed=SEED, iteration=0)
    assert [fitted.k for fitted in joint.values()] == [settings.kmeans.k]


def test_fresh_heads_are_fresh_in_every_iteration_and_of_every_encoder():
    """Only the fc layers are reset between clusterings (paper 3.1): to weights that were not there before."""
    seeds = [training_seed(0, encoder, iteration) for encoder in ("video", "audio") for iteration in range(3)]
    heads = [fresh_heads(8, {"clusters": 4}, seed=seed).state_dict()["clusters.weight"] for seed in seeds]
    different = {tuple(head.flatten().tolist()) for head in heads}
    assert len(different) == len(seeds)
    assert training_seed(1, "video", 0) != training_seed(0, "video", 0)

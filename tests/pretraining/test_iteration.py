"""An iteration done by hand, step by step, is the engine's to the bit."""

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
from xdc_lab.runs.folder import RunFolder
from xdc_lab.training.loop import train

SEED = 3


@pytest.fixture(scope="module")
def material(items, settings, store_folder, tmp_path_factory):
    run = RunFolder(tmp_path_factory.mktemp("runs") / "by-hand")
    usable = usable_items(items, run, settings=settings, progress=False)
    return prepare_material(
        usable,
        run,
        modalities={"video", "audio"},
        settings=settings,
        seed=SEED,
        store_folder=store_folder,
        progress=False,
    )


@pytest.mark.parametrize("name", ["XDC", "CDC"])
def test_steps_by_hand_are_those_of_the_engine(name, material, items, settings, store_folder, tmp_path):
    method, run = METHODS[name], RunFolder(tmp_path / "by-hand")
    encoders = random_encoders(method, settings=settings, seed=SEED, device=torch.device("cpu"))
    clusters = []
    for iteration in (0, 1):
        features = extract_all(encoders, material, run, progress=False)
        clusters.append(
            cluster_all(features, method=method, settings=settings.kmeans, seed=SEED, iteration=iteration)
        )
        for encoder in encoders if iteration == 0 else ():
            task = pseudo_label_task(encoder, method=method, clusters=clusters[0], material=material)
            seed = training_seed(SEED, encoder, 0)
            train(encoders[encoder], task, settings=settings.training, seed=seed, progress=False)

    engine = pretrain(
        items,
        tmp_path / "run",
        method=method,
        settings=settings,
        seed=SEED,
        store_folder=store_folder,
        progress=False,
    )
    for iteration, by_hand in enumerate(clusters):
        for clustering, mine in by_hand.items():
            theirs = load_clusters(engine.clusters(clustering, iteration=iteration))
            assert np.array_equal(mine.assignment, theirs.assignment)
            assert np.array_equal(mine.centroids, theirs.centroids)


def test_what_was_done_by_hand_is_a_run_that_can_be_read(material, settings, tmp_path):
    method, run = METHODS["XDC"], RunFolder(tmp_path)
    material.items.to_csv(run.items, index=False)
    run.write_about(describe_pretraining(method, settings=settings, seed=SEED))
    encoders = random_encoders(method, settings=settings, seed=SEED, device=torch.device("cpu"))
    features = extract_all(encoders, material, run, progress=False)
    previous = {}
    for iteration in (0, 1):
        clusters = cluster_all(
            features, method=method, settings=settings.kmeans, seed=SEED, iteration=iteration
        )
        rows = record_clusters(clusters, run, iteration=iteration, previous=previous, labels=material.labels)
        assert {row["iteration"] for row in rows} == {iteration}
        previous = clusters
    record_clusters(previous, run, iteration=1, previous={}, labels=None)  # again: in place of the old rows
    result = load_result(run.path)
    assert result.clusterings == ("audio", "video") and result.iterations == (0, 1)
    assert list(result.clustering_history["iteration"]) == [0, 0, 1, 1]
    assert np.array_equal(result.clusters("audio").assignment, previous["audio"].assignment)


def test_a_task_has_the_clusters_that_supervise_the_encoder(material, settings, tmp_path):
    method = METHODS["MDC"]
    encoders = random_encoders(method, settings=settings, seed=SEED, device=torch.device("cpu"))
    features = extract_all(encoders, material, RunFolder(tmp_path), progress=False)
    clusters = cluster_all(features, method=method, settings=settings.kmeans, seed=SEED, iteration=0)
    task = pseudo_label_task("audio", method=method, clusters=clusters, material=material)
    assert list(task.targets) == ["audio", "video"]
    assert task.targets["video"] is clusters["video"].assignment
    assert task.dataset is material.datasets["audio"]

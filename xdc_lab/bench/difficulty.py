"""How hard a labelled collection is, by measurements that involve no clustering method (paper, Table 5)."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from xdc_lab.analysis.factors import features_explained
from xdc_lab.datasets.catalogue import load_items
from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.datasets.decoded import DecodedStore
from xdc_lab.errors import DataError
from xdc_lab.features import extract_features
from xdc_lab.media.inputs import model_input
from xdc_lab.pretraining.baselines import random_encoder
from xdc_lab.pretraining.settings import PretrainSettings, scale_settings
from xdc_lab.runs.execution import Execution
from xdc_lab.training.loop import Task, train

TEST_SPLIT = "downstream_test"
MODALITIES = ("video", "audio")
GRID_HZ = 10.0  # of a scale that decodes from files


def difficulty(data: str, *, seed: int = 0, scale: str = "demo", epochs: int = 20) -> pd.DataFrame:
    """Measure supervised ceiling, probe of random features and variance explained, for each modality.

    Args:
        data: a collection with labels and a split "downstream_test".
        seed: of encoders and training.
        scale: the networks and clips to measure with.
        epochs: of the supervised training.

    Returns:
        One row per modality and measurement: modality, measurement, value.

    Raises:
        DataError: if there are no labels, or no test split.
    """
    settings = scale_settings(scale)
    usable = check_items(load_items(data), min_seconds=0.5 * settings.audio.seconds).usable
    items = usable[usable["label"] != ""].reset_index(drop=True)
    if not (items["split"] == TEST_SPLIT).any():
        raise DataError(f"{data} has no labelled items of split {TEST_SPLIT!r}, which the test needs")
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            {"modality": modality, "measurement": name, "value": round(value, 3)}
            for modality in MODALITIES
            for name, value in _measure(items, modality, settings, seed, epochs, Path(folder)).items()
        ]
    return pd.DataFrame(rows)


def _measure(
    items, modality: str, settings: PretrainSettings, seed: int, epochs: int, folder: Path
) -> dict[str, float]:
    store = DecodedStore.build(
        items, folder, grid_hz=settings.store_grid_hz or GRID_HZ, video=settings.video, audio=settings.audio
    )
    dataset = ClipDataset(items, modality=modality, video=settings.video, audio=settings.audio, seed=seed, store=store)
    prepare = model_input(modality, video=settings.video, audio=settings.audio)
    encoder = random_encoder(modality, settings=settings, seed=seed)
    features = extract_features(encoder, dataset, folder / f"{modality}.npy", prepare=prepare)
    explained = features_explained(features, items)
    return {
        "chance": float(items["label"].value_counts(normalize=True).max()),
        "linear probe of random features": _probe(features, items),
        **{f"variance of random features: {name}": share for name, share in explained.items()},
        "supervised ceiling": _supervised(encoder, dataset, items, prepare, settings, seed, epochs),
    }


def _probe(features: np.ndarray, items: pd.DataFrame) -> float:
    test = (items["split"] == TEST_SPLIT).to_numpy()
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    labels = items["label"].to_numpy(dtype=str)
    probe.fit(features[~test], labels[~test])
    return float(probe.score(features[test], labels[test]))


def _supervised(encoder, dataset, items, prepare, settings: PretrainSettings, seed: int, epochs: int) -> float:
    labels = np.unique(items["label"].to_numpy(dtype=str), return_inverse=True)[1]
    test = (items["split"] == TEST_SPLIT).to_numpy()
    task = Task(
        dataset=dataset,
        prepare=prepare,
        targets={"label": labels},
        classes={"label": int(labels.max()) + 1},
        train_rows=np.flatnonzero(~test),
        held_out_rows=np.flatnonzero(test),
    )
    training = replace(settings.training, epochs=epochs)
    trained = train(encoder, task, settings=training, execution=Execution(seed=seed, device="cpu"))
    return trained.records[-1]["held_out_accuracy"]

"""Prepare a collection for pretraining: usable items, their clips, training and held-out rows (paper 4.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import nn

from xdc_lab.clustering.measures import Labels
from xdc_lab.datasets.check_report import probe_cache_of
from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.datasets.decoded import DecodedStore
from xdc_lab.datasets.failures import FailureLog
from xdc_lab.datasets.labels import grouping, has_several
from xdc_lab.datasets.prepared_sound import PreparedSound
from xdc_lab.datasets.run_items import items_of_run
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.errors import DataError
from xdc_lab.media.findings import MODALITIES
from xdc_lab.media.inputs import model_input
from xdc_lab.methods import Method
from xdc_lab.pretraining.settings import PretrainSettings
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder
from xdc_lab.runs.seeds import derived_seed

PRETRAINING_SPLITS = ("", "train")


@dataclass(frozen=True)
class Material:
    """What a pretraining works on; row i of everything is item i."""

    items: pd.DataFrame
    datasets: Mapping[str, ClipDataset]
    prepare: Mapping[str, nn.Module]
    train_rows: np.ndarray
    held_out_rows: np.ndarray

    @property
    def labels(self) -> Labels | None:
        """What clusters are measured against: each item's label, or a matrix of several; None: no item has one."""
        named = has_several(self.items) or (self.items["label"].fillna("") != "").any()
        return grouping(self.items) if named else None


def usable_items(
    items: pd.DataFrame,
    run: RunFolder,
    *,
    settings: PretrainSettings,
    progress: bool,
    data: Mapping[str, str] | None = None,
    modalities: Sequence[str] = MODALITIES,
) -> pd.DataFrame:
    """Probe the items once, write items.csv and rejected.csv to the run, and give the usable ones (paper 4.1).

    Those that lack one of the `modalities` are not usable: both, so that all methods learn from the same clips, but of
    pictures. What `xdc-lab check` found is used, and each of several processes probes its share of the rest.

    Args:
        items: the collection.
        run: an opened run.
        settings: a clip of sound must fill half of its length.
        progress: show a bar.
        data: name and path of the collection, where its check's findings are kept.
        modalities: the tracks an item must have.

    Raises:
        DataError: if no item is usable, with the counts of what is wrong.
        RunError: if items.csv is not as the run wrote it.
    """
    return items_of_run(
        run,
        pretraining_items(items),
        none="no item can be used for pretraining",
        min_seconds=0.5 * settings.audio.seconds,
        modalities=modalities,
        cache=probe_cache_of(data, run.path),
        progress=progress,
    )


def pretraining_items(items: pd.DataFrame) -> pd.DataFrame:
    """The items to pretrain on: those of other splits than "train" (or none) are left to the evaluation.

    Raises:
        DataError: if there are none.
    """
    chosen = items[items["split"].fillna("").isin(PRETRAINING_SPLITS)].reset_index(drop=True)
    if chosen.empty:
        raise DataError(
            f"no item is of split 'train' (or of none); the splits are {', '.join(sorted(set(items['split'])))}. "
            "Set the column split of what shall be learned from to train, or leave it empty"
        )
    return chosen


def prepare_material(
    items: pd.DataFrame, run: RunFolder, *, modalities: set[str], settings: PretrainSettings, execution: Execution
) -> Material:
    """Make the clips of each modality and split the items into training and held-out rows."""
    seed = execution.seed
    store: DecodedStore | PreparedSound | None = None
    if settings.store_grid_hz is None and "audio" in modalities:
        store = PreparedSound.of(items, settings.audio)
    elif settings.store_grid_hz is not None:
        store = DecodedStore.build(
            items,
            execution.store_beside(run.path),
            grid_hz=settings.store_grid_hz,
            video=settings.video,
            audio=settings.audio,
            progress=execution.tells_progress,
        )
    datasets = {
        modality: ClipDataset(
            items,
            modality=modality,
            video=settings.video,
            audio=settings.audio,
            seed=derived_seed(seed, "clips"),
            store=store,
            failures=FailureLog(run.failures, allowed=settings.unreadable_share),
        )
        for modality in sorted(modalities)
    }
    prepare = {modality: model_input(modality, video=settings.video, audio=settings.audio) for modality in datasets}
    order = np.random.default_rng(derived_seed(seed, "held-out")).permutation(len(items))
    held_out = round(settings.held_out_fraction * len(items))
    return Material(items, datasets, prepare, np.sort(order[held_out:]), np.sort(order[:held_out]))


def random_encoders(
    method: Method, *, settings: PretrainSettings, seed: int, device: torch.device
) -> dict[str, Encoder]:
    """Build the method's encoders with random weights, each with its own (paper 3.1)."""
    names = {"video": settings.video_encoder, "audio": settings.audio_encoder}
    widths = {"video": settings.video_width, "audio": settings.audio_width}
    return {
        encoder: build_encoder(names[modality], width=widths[modality], seed=derived_seed(seed, "encoder", encoder)).to(
            device
        )
        for encoder, modality in method.encoders.items()
    }

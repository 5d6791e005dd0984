"""The baselines of every table as runs: Superv, trained on labels, and Scratch, random encoders (paper 4.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab import distributed
from xdc_lab.datasets.identity import identify_items
from xdc_lab.datasets.labels import has_several, label_sets
from xdc_lab.datasets.pictures import tracks_of
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.errors import DataError
from xdc_lab.media.findings import MODALITIES
from xdc_lab.pretraining.preparation import Material, prepare_material, pretraining_items, usable_items
from xdc_lab.pretraining.settings import PretrainSettings
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder
from xdc_lab.runs.opening import describe_run, open_run
from xdc_lab.runs.seeds import derived_seed
from xdc_lab.training.encoder_run import train_in_folder, write_encoder
from xdc_lab.training.loop import Task

# Nothing is clustered; random encoders are not trained, either.
_OF_CLUSTERS = {"kmeans", "video_k", "audio_k", "remedies", "recluster_epochs", "until_converged", "warm_up_once"}
_READ_BY_LABELS = {field.name for field in fields(PretrainSettings)} - _OF_CLUSTERS
_READ_BY_RANDOM = {"video_encoder", "video_width", "audio_encoder", "audio_width", "video", "audio"}


def random_encoder(modality: str, *, settings: PretrainSettings, seed: int) -> Encoder:
    """The random encoder that a pretraining of this seed starts from: Scratch, and Table 5's Random (paper 4.1)."""
    name, width = {
        "video": (settings.video_encoder, settings.video_width),
        "audio": (settings.audio_encoder, settings.audio_width),
    }[modality]
    return build_encoder(name, width=width, seed=derived_seed(seed, "encoder", modality))


def save_random(
    out: str | Path,
    *,
    modalities: Sequence[str] = ("video", "audio"),
    settings: PretrainSettings | None = None,
    execution: Execution = Execution(),
) -> RunFolder:
    """Write the random encoders of a seed as a run: the row Scratch (paper 4.1).

    Args:
        out: the run folder.
        modalities: of the encoders.
        settings: of the pretraining that this one stands beside; default: the paper's.
        execution: its seed is that of the encoders.

    Raises:
        RunError: if `out` holds another run.
    """
    run, settings = RunFolder(out), settings or PretrainSettings()
    about = describe_run("random", "Scratch", settings=settings, execution=execution, reads=_READ_BY_RANDOM)
    about |= {"method": _method("Scratch", modalities)}
    with open_run(run, about, same=("method", "seed", "settings")) as about:
        if about["status"] != "finished" and distributed.is_main():
            for modality in modalities:
                encoder = random_encoder(modality, settings=settings, seed=execution.seed)
                write_encoder(encoder, run, about, name=modality, video=settings.video, audio=settings.audio)
            run.write_about({**about, "status": "finished"})
        distributed.barrier()
    return run


def pretrain_supervised(
    items: pd.DataFrame,
    out: str | Path,
    *,
    modality: str,
    settings: PretrainSettings | None = None,
    data: Mapping[str, str] | None = None,
    execution: Execution = Execution(),
) -> RunFolder:
    """Train an encoder on labels: the loop, clips, rows and budget of a pretraining, without clusters (paper 4.1).

    It runs as many epochs as all deep clustering iterations together, in one schedule. Items without a label are not
    learned from, and the run says how many; of a multi-label collection (`xdc_lab.datasets.labels`) all labels are, by
    the binary cross-entropy. Pictures are static clips for a video encoder (paper Study 3). A run that was killed goes
    on where it was.

    Args:
        items: the collection.
        out: the run folder; its encoder is at `RunFolder.encoder(modality)`.
        modality: "video" or "audio".
        settings: of the pretraining that this one stands beside.
        data: name, path and licence of the collection.
        execution: the encoder starts from the weights that a pretraining of its seed starts from.

    Raises:
        DataError: if no item is usable, or there are fewer than two labels.
        RunError: if `out` holds another run.
    """
    run, settings = RunFolder(out), settings or PretrainSettings()
    whole = replace(settings.training, epochs=settings.training.epochs * settings.iterations)
    settings = replace(settings, training=whole)
    chosen = pretraining_items(items)
    about = describe_run(
        "supervised",
        f"Superv-{modality}",
        settings=settings,
        execution=execution,
        data=data,
        items=identify_items(chosen),
        reads=_READ_BY_LABELS,
    )
    about |= {"method": _method("Superv", [modality])}
    with open_run(run, about, same=("method", "seed", "settings", "data", "items")) as about:
        if about["status"] == "finished":
            return run
        tracks = tracks_of(chosen) if modality == "video" else MODALITIES
        progress = execution.tells_progress
        usable = usable_items(chosen, run, settings=settings, progress=progress, data=data, modalities=tracks)
        material = prepare_material(usable, run, modalities={modality}, settings=settings, execution=execution)
        task = _task(material, modality)
        unlabelled = int((label_sets(usable).sizes == 0).sum())
        if unlabelled:
            told = f"{unlabelled} of {len(usable)} items have no label and are not learned from"
            about = {**about, "warnings": [told]}
        train_in_folder(
            run,
            about,
            random_encoder(modality, settings=settings, seed=execution.seed),
            task,
            name=modality,
            settings=settings.training,
            execution=execution.derive("supervised", modality),
            description=f"supervised pretraining: {modality}",
        )
    return run


def _method(name: str, modalities: Sequence[str]) -> dict[str, Any]:
    """What run.json says in the place of a method: an encoder for each modality, and no clustering."""
    return {"name": name, "encoders": {modality: modality for modality in modalities}}


def _task(material: Material, modality: str) -> Task:
    """The labels of the items that have one or several, with the pretraining's held-out items.

    Raises:
        DataError: if there are fewer than two labels.
    """
    sets = label_sets(material.items)
    labelled = sets.sizes > 0
    if len(sets.names) < 2:
        raise DataError(
            f"supervised pretraining needs labels: {labelled.sum()} of {len(labelled)} items have one, "
            f"of {len(sets.names)} classes; give class folders, or a column label in an items table"
        )
    # Rows without a label are not used.
    targets = sets.matrix if has_several(material.items) else np.maximum(sets.firsts, 0)
    return Task(
        dataset=material.datasets[modality],
        prepare=material.prepare[modality],
        targets={"label": targets},
        classes={"label": len(sets.names)},
        train_rows=material.train_rows[labelled[material.train_rows]],
        held_out_rows=material.held_out_rows[labelled[material.held_out_rows]],
    )

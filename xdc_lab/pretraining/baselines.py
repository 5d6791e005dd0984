"""Labelled videos in, an encoder trained on their labels out: the upper baseline, Superv (paper 4.1)."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from xdc_lab import distributed
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.errors import DataError
from xdc_lab.pretraining.preparation import Material, prepare_material, usable_items
from xdc_lab.pretraining.settings import PretrainSettings
from xdc_lab.runs.folder import RunFolder
from xdc_lab.runs.opening import describe_run, open_run
from xdc_lab.runs.seeds import derived_seed
from xdc_lab.training.encoder_run import train_in_folder
from xdc_lab.training.loop import Task


def random_encoder(modality: str, *, settings: PretrainSettings, seed: int) -> Encoder:
    """The random encoder that a pretraining of this seed starts from: Scratch, and Table 5's Random (paper 4.1)."""
    name, width = {
        "video": (settings.video_encoder, settings.video_width),
        "audio": (settings.audio_encoder, settings.audio_width),
    }[modality]
    return build_encoder(name, width=width, seed=derived_seed(seed, "encoder", modality))


def pretrain_supervised(
    items: pd.DataFrame,
    out: str | Path,
    *,
    modality: str,
    settings: PretrainSettings | None = None,
    seed: int = 0,
    data: Mapping[str, str] | None = None,
    device: str = "auto",
    workers: int = 0,
    store_folder: str | Path | None = None,
    progress: bool = True,
) -> RunFolder:
    """Train an encoder on labels: the loop, clips, rows and budget of a pretraining, without clusters (paper 4.1).

    It runs as many epochs as all deep clustering iterations together, in one schedule. A run that was killed goes
    on where it was.

    Args:
        items: the collection; every item that is used needs a label.
        out: the run folder; its encoder is at `RunFolder.encoder(modality)`.
        modality: "video" or "audio".
        settings: of the pretraining that this one stands beside.
        seed: the encoder starts from the weights that a pretraining of this seed starts from.
        data: name, path and licence of the collection.
        device: "auto", "cpu", "cuda".
        workers: processes that decode ahead.
        store_folder: where decoded clips are kept between runs; default: beside the run.
        progress: show bars.

    Raises:
        DataError: if no item is usable, or one has no label.
        RunError: if `out` holds another run.
    """
    run, settings = RunFolder(out), settings or PretrainSettings()
    whole = replace(settings.training, epochs=settings.training.epochs * settings.iterations)
    settings = replace(settings, training=whole)
    about = {
        **describe_run(
            "supervised", f"Superv-{modality}", settings=settings, seed=seed, data=data, device=device
        ),
        "modality": modality,
    }
    with open_run(run, about, same=("modality", "seed", "settings", "data")) as about:
        if about["status"] == "finished":
            return run
        show = progress and distributed.is_main()
        usable = usable_items(items, run, settings=settings, progress=show)
        store = Path(store_folder) if store_folder else run.path.parent / "decoded"
        material = prepare_material(
            usable,
            run,
            modalities={modality},
            settings=settings,
            seed=seed,
            store_folder=store,
            progress=show,
        )
        train_in_folder(
            run,
            about,
            random_encoder(modality, settings=settings, seed=seed),
            _task(material, modality),
            name=modality,
            method="Superv",
            settings=settings.training,
            seed=derived_seed(seed, "supervised", modality),
            device=device,
            workers=workers,
            description=f"supervised pretraining: {modality}",
            progress=show,
        )
    return run


def _task(material: Material, modality: str) -> Task:
    labels = material.items["label"].to_numpy(dtype=str)
    if (labels == "").any():
        raise DataError(
            f"supervised pretraining needs a label for every item; {(labels == '').sum()} of {len(labels)} have none"
        )
    names, targets = np.unique(labels, return_inverse=True)
    return Task(
        dataset=material.datasets[modality],
        prepare=material.prepare[modality],
        targets={"label": targets},
        classes={"label": len(names)},
        train_rows=material.train_rows,
        held_out_rows=material.held_out_rows,
    )

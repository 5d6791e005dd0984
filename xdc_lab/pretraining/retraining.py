"""A pretraining run in; its video encoder, re-trained on the last clusters with longer clips, out (paper 6)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab import distributed
from xdc_lab.clustering.clusters_file import Clusters, load_clusters
from xdc_lab.datasets.clips import ClipDataset, FailureLog
from xdc_lab.datasets.decoded import DecodedStore
from xdc_lab.datasets.items import read_items
from xdc_lab.encoders.weights import load_encoder
from xdc_lab.errors import RunError, SettingError
from xdc_lab.evaluation.settings import EvaluationSettings
from xdc_lab.media.inputs import model_input
from xdc_lab.runs.folder import RunFolder
from xdc_lab.runs.opening import describe_run, open_run
from xdc_lab.runs.seeds import derived_seed
from xdc_lab.training.encoder_run import train_in_folder
from xdc_lab.training.loop import Task


def retrain_on_last_clusters(
    pretraining: str | Path,
    out: str | Path,
    *,
    encoder: str = "video",
    settings: EvaluationSettings | None = None,
    device: str = "auto",
    workers: int = 0,
    store_folder: str | Path | None = None,
    progress: bool = True,
) -> Path:
    """Train a run's encoder on, with clips of 32 frames, to predict the last clusters; give the new encoder's file.

    Nothing is clustered: the pseudo-labels are read from the run's last clusters file, the one made after its last
    training. The paper does not say what "re-train" starts from; here it is the pretrained weights, which fit clips
    of any length. A re-training that was killed goes on where it was.

    Args:
        pretraining: a finished run of `xdc-lab pretrain`.
        out: the folder to write; one that holds the same re-training is resumed.
        encoder: its name in the run.
        settings: `long_frames`, `retraining` and the clips; default: the paper's.
        device: "auto", "cpu", "cuda".
        workers: processes that decode ahead.
        store_folder: where decoded clips are kept; default: beside the pretraining.
        progress: show a bar.

    Raises:
        RunError: if the pretraining has not finished, or `out` holds another run.
        SettingError: if the run has no such encoder.
    """
    before, run = RunFolder(pretraining), RunFolder(out)
    settings = (settings or EvaluationSettings()).with_long_clips()
    source = _source(before, encoder)
    modality = source["method"]["encoders"][encoder]
    about = {
        **describe_run(
            "retrain",
            f"retrain-{source['method']['name']}",
            settings=settings,
            seed=source["seed"],
            data=source["data"],
            device=device,
            reads={"long_frames", "store_grid_hz", "retraining", modality},
        ),
        "pretraining": source["id"],
        "encoder": encoder,
    }
    with open_run(run, about, same=("pretraining", "encoder", "seed", "settings")) as about:
        if about["status"] == "finished":
            return run.encoder(encoder)
        show = progress and distributed.is_main()
        store = Path(store_folder) if store_folder else before.path.parent / "decoded"
        clips = _clips(
            read_items(before.items),
            modality,
            settings,
            seed=source["seed"],
            store_folder=store,
            run=run,
            progress=show,
        )
        clusters = last_clusters(before, source["method"]["supervision"][encoder])
        return train_in_folder(
            run,
            about,
            load_encoder(before.encoder(encoder)),
            _task(clips, clusters, modality, settings, source),
            name=encoder,
            method=source["method"]["name"],
            settings=settings.retraining,
            seed=derived_seed(source["seed"], "retrain", encoder),
            device=device,
            workers=workers,
            description=f"re-training with {settings.video.frames} frames",
            progress=show,
        )


def last_clusters(run: RunFolder, clusterings: list[str]) -> dict[str, Clusters]:
    """The clusters that a run made last, of some of its clusterings.

    Raises:
        RunError: if it has made none.
    """
    iterations = sorted((run.path / "clusters").glob("iteration_*"))
    if not iterations:
        raise RunError(f"{run.path} has no clusters yet; let `xdc-lab pretrain` finish first")
    return {name: load_clusters(iterations[-1] / f"{name}.npz") for name in clusterings}


def _source(run: RunFolder, encoder: str) -> dict[str, Any]:
    about = run.read_about()
    if about["kind"] != "pretrain" or about["status"] != "finished":
        raise RunError(
            f"{run.path} holds a run of kind {about['kind']!r} that is {about['status']}; "
            "re-training needs a finished `xdc-lab pretrain`"
        )
    if encoder not in about["method"]["encoders"]:
        names = ", ".join(about["method"]["encoders"])
        raise SettingError(f"{run.path} has no encoder {encoder!r}; it has {names}")
    return about


def _clips(
    items: pd.DataFrame,
    modality: str,
    settings: EvaluationSettings,
    *,
    seed: int,
    store_folder: Path,
    run: RunFolder,
    progress: bool,
) -> ClipDataset:
    store = None
    if settings.store_grid_hz is not None:
        store = DecodedStore.build(
            items,
            store_folder,
            grid_hz=settings.store_grid_hz,
            video=settings.video,
            audio=settings.audio,
            progress=progress,
        )
    return ClipDataset(
        items,
        modality=modality,
        video=settings.video,
        audio=settings.audio,
        seed=derived_seed(seed, "clips"),
        store=store,
        failures=FailureLog(run.failures),
    )


def _task(
    clips: ClipDataset,
    clusters: Mapping[str, Clusters],
    modality: str,
    settings: EvaluationSettings,
    source: Mapping[str, Any],
) -> Task:
    """The pretraining's own task, with the same items held out."""
    fraction = next(row["value"] for row in source["settings"] if row["name"] == "held_out_fraction")
    order = np.random.default_rng(derived_seed(source["seed"], "held-out")).permutation(len(clips))
    held_out = round(fraction * len(clips))
    return Task(
        dataset=clips,
        prepare=model_input(modality, video=settings.video, audio=settings.audio),
        targets={name: fitted.assignment for name, fitted in clusters.items()},
        classes={name: fitted.k for name, fitted in clusters.items()},
        train_rows=np.sort(order[held_out:]),
        held_out_rows=np.sort(order[:held_out]),
    )

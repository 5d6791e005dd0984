"""Re-train an encoder of a finished pretraining on its last clusters, with longer clips (paper 6)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from xdc_lab.clustering.clusters_file import Clusters, load_clusters
from xdc_lab.datasets.items import read_items
from xdc_lab.encoders.weights import load_encoder
from xdc_lab.errors import RunError, SettingError
from xdc_lab.methods import Method
from xdc_lab.pretraining.iteration import pseudo_label_task
from xdc_lab.pretraining.preparation import prepare_material
from xdc_lab.pretraining.settings import PretrainSettings
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder
from xdc_lab.runs.opening import describe_run, open_run
from xdc_lab.training.encoder_run import train_in_folder


def retrain_on_last_clusters(
    pretraining: str | Path,
    out: str | Path,
    *,
    encoder: str = "video",
    frames: int = 32,
    settings: PretrainSettings | None = None,
    execution: Execution = Execution(),
) -> Path:
    """Train a run's encoder on, with clips of 32 frames, to predict the last clusters; give the new encoder's file.

    Nothing is clustered: the pseudo-labels are read from the run's last clusters file, the one made after its last
    training. The paper does not say what "re-train" starts from; here it is the pretrained weights, which fit clips
    of any length. A re-training that was killed goes on where it was.

    Args:
        pretraining: a finished run of `xdc-lab pretrain`.
        out: the folder to write; one that holds the same re-training is resumed.
        encoder: its name in the run.
        frames: of a video clip.
        settings: their training and their clips; default: the paper's. The same items as then are held out.
        execution: device, workers, progress and store; the seed is the pretraining's.

    Raises:
        RunError: if the pretraining has not finished, or `out` holds another run.
        SettingError: if the run has no such encoder.
    """
    before, run = RunFolder(pretraining), RunFolder(out)
    settings, source = settings or PretrainSettings(), _source(before, encoder)
    method = Method(**source["method"])
    execution = replace(execution, seed=source["seed"], store=execution.store_beside(before.path))
    held_out = next(row["value"] for row in source["settings"] if row["name"] == "held_out_fraction")
    settings = replace(settings, video=replace(settings.video, frames=frames), held_out_fraction=held_out)
    about = describe_run(
        "retrain",
        f"retrain-{method.name}",
        settings=settings,
        execution=execution,
        data=source["data"],
        reads={"store_grid_hz", "held_out_fraction", "training", method.encoders[encoder]},
    )
    about |= {"pretraining": source["id"], "encoder": encoder, "method": source["method"]}
    with open_run(run, about, same=("pretraining", "encoder", "seed", "settings")) as about:
        if about["status"] == "finished":
            return run.encoder(encoder)
        material = prepare_material(
            read_items(before.items), run, modalities={method.encoders[encoder]}, settings=settings, execution=execution
        )
        clusters = last_clusters(before, list(method.supervision[encoder]))
        return train_in_folder(
            run,
            about,
            load_encoder(before.encoder(encoder)),
            pseudo_label_task(encoder, method=method, clusters=clusters, material=material),
            name=encoder,
            settings=settings.training,
            execution=execution.derive("retrain", encoder),
            description=f"re-training with {frames} frames",
        )


def last_clusters(run: RunFolder, clusterings: list[str]) -> dict[str, Clusters]:
    """The clusters that a run made last, of some of its clusterings.

    Raises:
        RunError: if it has made none.
    """
    iterations = run.iterations()
    if not iterations:
        raise RunError(f"{run.path} has no clusters yet; let `xdc-lab pretrain` finish first")
    return {name: load_clusters(run.clusters(name, iteration=iterations[-1])) for name in clusterings}


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

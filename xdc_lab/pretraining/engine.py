"""Pretrain a method on videos: extract, cluster, reset heads, train, record, as a run that resumes (paper 3)."""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor
from tqdm.auto import tqdm

from xdc_lab import distributed
from xdc_lab.clustering.clusters_file import Clusters, load_clusters, save_clusters
from xdc_lab.datasets.failures import last_warnings
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.errors import RunError
from xdc_lab.methods import METHODS, Method
from xdc_lab.pretraining.iteration import (
    cluster_all,
    demand_enough_items,
    extract_all,
    pseudo_label_task,
    training_seed,
)
from xdc_lab.pretraining.preparation import Material, prepare_material, pretraining_items, random_encoders, usable_items
from xdc_lab.pretraining.record import collapsed_training, converged, describe_pretraining, record_clusters
from xdc_lab.pretraining.settings import PretrainSettings
from xdc_lab.runs.checkpoint import load_checkpoint, save_checkpoint
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder, read_lines
from xdc_lab.runs.opening import open_run
from xdc_lab.training.encoder_run import write_encoder
from xdc_lab.training.epochs import Hook, epoch_hook, write_epochs
from xdc_lab.training.loop import Checkpointing, Part, train

ENCODER = "encoder."
TRAINING = "training."
MOMENTS = "moments."
Row = dict[str, Any]
OnIteration = Callable[[list[Row]], None]


def pretrain(
    items: pd.DataFrame,
    out: str | Path,
    *,
    method: Method = METHODS["XDC"],
    settings: PretrainSettings | None = None,
    data: Mapping[str, str] | None = None,
    execution: Execution = Execution(),
    on_iteration: OnIteration | None = None,
) -> RunFolder:
    """Pretrain the method's encoders on unlabelled videos (paper 3); a run that was killed goes on where it was.

    Args:
        items: the collection (`xdc_lab.datasets.catalogue.load_items`); labels are measured against, never trained on.
        out: the run folder; one that holds the same run is resumed.
        method: who learns from whom.
        settings: default: the paper's.
        data: name, path and licence of the collection, for the record.
        execution: random seed, device, workers, progress and store.
        on_iteration: called with the rows of clusterings.jsonl of each new iteration.

    Raises:
        DataError: if no item is usable.
        RunError: if `out` holds another run.
        ClusteringError: if there are fewer items than clusters, or features are not finite.
        SettingError: if a batch of all processes cannot be shared out evenly.
        TrainingError: if a loss is not finite.
    """
    run = RunFolder(out)
    settings = (settings or PretrainSettings()).for_method(method)
    chosen = pretraining_items(items)
    about = describe_pretraining(method, settings=settings, execution=execution, data=data, items=chosen)
    with open_run(run, about, same=("method", "seed", "settings", "data")) as about:
        if about["status"] == "finished":
            return run
        execution = replace(execution, store=execution.store_beside(run.path))
        demand_enough_items(method, settings, len(chosen))  # before anything is decoded; then of those that can be used
        usable = usable_items(chosen, run, settings=settings, progress=execution.tells_progress, data=data)
        demand_enough_items(method, settings, len(usable))
        settings.training.clips_per_step(distributed.world_size())  # refuses what would stop the first training
        modalities = set(method.encoders.values())
        material = prepare_material(usable, run, modalities=modalities, settings=settings, execution=execution)
        where = execution.torch_device
        with epoch_hook(execution.log, run.curves) as hook:
            _Pretraining(
                run=run,
                about=about,
                method=method,
                settings=settings,
                material=material,
                encoders=random_encoders(method, settings=settings, seed=execution.seed, device=where),
                execution=execution,
                hook=hook,
            ).run_all(on_iteration)
    return run


@dataclass(kw_only=True, eq=False)
class _Pretraining:
    """A pretraining under way: the encoders' weights and how far it has come."""

    run: RunFolder
    about: Row
    method: Method
    settings: PretrainSettings
    material: Material
    encoders: dict[str, Encoder]
    execution: Execution
    hook: Hook

    def __post_init__(self):
        self.iteration, self.encoders_done = 0, 0  # of clusterings: an iteration has several if its parts do
        self.moments: dict[str, dict[str, Tensor]] = {}
        self.training: tuple[dict[str, Tensor], Row] | None = None
        self.seconds_before, self.started = 0.0, time.monotonic()
        if self.run.checkpoint.is_file():
            self._restore()

    def run_all(self, on_iteration: OnIteration | None) -> None:
        """Cluster, train every encoder on its pseudo-labels, and so on; cluster once more at the end."""
        previous = self._clusters_before()
        while True:
            clusters = self.cluster(previous, on_iteration)
            if self.iteration == self.settings.iterations * len(self.settings.parts) or self._has_converged():
                break
            for encoder in list(self.encoders)[self.encoders_done :]:
                self.train(encoder, clusters)
            self.iteration, self.encoders_done, previous = self.iteration + 1, 0, clusters
        self._finish()

    def cluster(self, previous: dict[str, Clusters], on_iteration) -> dict[str, Clusters]:
        """Extract the features of every item and cluster them, once for each clustering the method names."""
        if self.encoders_done or self.training:
            return self._clusters_at_work()
        features = extract_all(self.encoders, self.material, self.run, execution=self.execution)
        clusters = self._clustered(features)
        self._record_clusters(clusters, previous, on_iteration)
        return clusters

    def train(self, encoder: str, clusters: dict[str, Clusters]) -> None:
        """Teach one encoder the clusterings that supervise it, with fresh heads."""
        task = pseudo_label_task(encoder, method=self.method, clusters=clusters, material=self.material)
        earlier = self._training_rows_before(encoder)
        iteration, part = divmod(self.iteration, len(self.settings.parts))
        first, end = self.settings.parts[part]

        def save(tensors: dict[str, Tensor], state: Row) -> None:
            if distributed.is_main():
                rows = [{"iteration": self.iteration, "encoder": encoder, **record} for record in state["records"]]
                write_epochs(self.run, earlier + rows, self.hook)
                self._save_checkpoint(encoder, tensors, state)

        trained = train(
            self.encoders[encoder],
            task,
            settings=self.settings.training_of(iteration),
            execution=replace(self.execution, seed=training_seed(self.execution.seed, encoder, self.iteration)),
            checkpointing=Checkpointing(save, resume=self.training),
            part=Part(first, end, self.moments.get(encoder, {})),
            description=f"iteration {iteration + 1}/{self.settings.iterations}: {self.method.name} {encoder}",
        )
        if self.settings.recluster_epochs is not None:  # a schedule goes on after a clustering
            self.moments[encoder] = trained.moments
        self.encoders_done, self.training = self.encoders_done + 1, None
        if distributed.is_main():
            warning = collapsed_training(
                trained.records[-1], classes=max(task.classes.values()), held_out=len(task.held_out_rows)
            )
            self._announce(warning, encoder)
            self._save_checkpoint()

    def _record_clusters(self, clusters, previous, on_iteration) -> None:
        if distributed.is_main():
            rows = record_clusters(
                clusters, self.run, iteration=self.iteration, previous=previous, labels=self.material.labels
            )
            for row in rows:
                self._announce(row["warning"], row["clustering"])
            if on_iteration:
                on_iteration(rows)
        distributed.barrier()

    def _has_converged(self) -> bool:
        return self.settings.until_converged and converged(read_lines(self.run.clusterings_log))

    def _training_rows_before(self, encoder: str) -> list[Row]:
        order = {name: number for number, name in enumerate(self.encoders)}
        now = (self.iteration, order[encoder])
        rows = read_lines(self.run.training_log)
        return [row for row in rows if (row["iteration"], order[row["encoder"]]) < now]

    def _announce(self, warning: str | None, what: str) -> None:
        if warning:
            tqdm.write(f"iteration {self.iteration}, {what}: {warning}", file=sys.stderr)
            self.about.setdefault("warnings", []).append(f"iteration {self.iteration}, {what}: {warning}")

    def _clustered(self, features: Mapping[str, np.ndarray]) -> dict[str, Clusters]:
        return cluster_all(
            features,
            method=self.method,
            settings=self.settings,
            seed=self.execution.seed,
            iteration=self.iteration,
            device=self.execution.device,
        )

    def _clusters_before(self) -> dict[str, Clusters]:
        """Those of the iteration before, which this one's are compared with; none where a file of them is damaged."""
        if not self.iteration or self.encoders_done or self.training:  # this one's are recorded
            return {}
        clusters, damaged = self._load_clusters(self.iteration - 1)
        self._announce(damaged and f"not compared with the clusters before: {damaged}", "clusters")
        return clusters

    def _clusters_at_work(self) -> dict[str, Clusters]:
        """Those that the encoders learn; where a file of them is damaged, made anew of the run's features."""
        clusters, damaged = self._load_clusters(self.iteration)
        if damaged is None:
            return clusters
        if lost := [path for name in self.encoders if not (path := self.run.features(name)).is_file()]:
            raise RunError(f"{damaged}. They cannot be made anew, for {lost[0]} is gone; put one of them back")
        self._announce(f"made anew of the run's features, for {damaged}", "clusters")
        clusters = self._clustered({name: np.load(self.run.features(name), mmap_mode="r") for name in self.encoders})
        if distributed.is_main():
            for name, found in clusters.items():
                save_clusters(found, self.run.clusters(name, iteration=self.iteration))
        return clusters

    def _load_clusters(self, iteration: int) -> tuple[dict[str, Clusters], str | None]:
        """The clusters of an iteration; or none, and what is wrong with them, for all processes alike."""
        found, damaged = {}, None
        try:
            for name in self.method.clusterings_needed:
                found[name] = load_clusters(self.run.clusters(name, iteration=iteration))
        except RunError as error:
            damaged = str(error)
        damaged = next(filter(None, distributed.all_gather_object(damaged)), None)
        return ({} if damaged else found), damaged

    def _save_checkpoint(
        self, training: str | None = None, tensors: Mapping[str, Tensor] = {}, state: Row | None = None
    ):
        """Write where the run stands; the encoder being trained is in the training's own tensors."""
        weights = {
            f"{ENCODER}{name}.{key}": tensor
            for name, encoder in self.encoders.items()
            if name != training
            for key, tensor in encoder.state_dict().items()
        }
        whole = {
            "iteration": self.iteration,
            "encoders_done": self.encoders_done,
            "training": state,
            "seconds": self._seconds(),
            "warnings": self.about.get("warnings", []),
        }
        inner = {TRAINING + name: tensor for name, tensor in tensors.items()}
        moments = {
            f"{MOMENTS}{name}:{key}": tensor for name, own in self.moments.items() for key, tensor in own.items()
        }
        save_checkpoint(self.run.checkpoint, {**weights, **inner, **moments}, state=whole)

    def _restore(self) -> None:
        tensors, state = load_checkpoint(self.run.checkpoint)
        self.iteration, self.encoders_done = state["iteration"], state["encoders_done"]
        self.seconds_before = state["seconds"]
        self.about["warnings"] = state["warnings"]
        for key, tensor in tensors.items():
            if key.startswith(MOMENTS):
                name, moment = key.removeprefix(MOMENTS).split(":", 1)
                self.moments.setdefault(name, {})[moment] = tensor
        position: Row | None = state["training"]
        training = None if position is None else list(self.encoders)[self.encoders_done]
        for name, encoder in self.encoders.items():
            prefix = f"{ENCODER}{name}."
            if name != training:
                encoder.load_state_dict(
                    {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
                )
        if position is not None:
            inner = {key.removeprefix(TRAINING): tensor for key, tensor in tensors.items() if key.startswith(TRAINING)}
            self.training = inner, position
        if self.encoders_done == len(self.encoders):
            self.iteration, self.encoders_done = self.iteration + 1, 0

    def _seconds(self) -> float:
        return round(self.seconds_before + time.monotonic() - self.started, 1)

    def _finish(self) -> None:
        if distributed.is_main():
            for name, encoder in self.encoders.items():
                video, audio = self.settings.video, self.settings.audio
                write_encoder(encoder, self.run, self.about, name=name, video=video, audio=audio)
            end = {"status": "finished", "wall_seconds": self._seconds(), **last_warnings(self.run, self.about)}
            self.run.write_about({**self.about, **end})
        distributed.barrier()

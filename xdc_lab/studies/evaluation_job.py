"""Evaluate an encoder of a run or of a file on labelled items by one protocol, as a command does (paper 4.1, 6)."""

import sys
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from xdc_lab.encoders.encoder import Encoder
from xdc_lab.encoders.sources import encoder_file, run_of
from xdc_lab.encoders.weights import describe_encoder
from xdc_lab.evaluation.benchmark import Benchmark
from xdc_lab.evaluation.engine import evaluate
from xdc_lab.evaluation.protocols import Protocol, find_protocol
from xdc_lab.evaluation.result import EvaluationResult
from xdc_lab.evaluation.settings import EvaluationSettings
from xdc_lab.evaluation.splits import official_splits
from xdc_lab.pretraining.retraining import retrain_on_last_clusters
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder
from xdc_lab.studies.collection import Collection
from xdc_lab.studies.place import RUNS
from xdc_lab.studies.scales import evaluation_settings
from xdc_lab.studies.source import origin_of, settings_of


@dataclass(frozen=True, eq=False)
class EvaluatedEncoder:
    """An encoder, and the run that made it.

    Attributes:
        weights: its file; or an encoder in memory, as a re-trained one.
        name: of the encoder in the run, or of the file.
        run: the run; None where the file stands alone.
    """

    weights: Encoder | Path
    name: str
    run: RunFolder | None = None

    @property
    def kind(self) -> str:
        """Of the run: "pretrain", "supervised" or "random"; "" where there is none."""
        return "" if self.run is None else self.run.read_about()["kind"]

    @property
    def modality(self) -> str:
        """Of what it takes: "video" or "audio"."""
        if isinstance(self.weights, Encoder):
            return self.weights.modality
        return describe_encoder(self.weights)["modality"]

    def outputs(self, folder: str) -> Path:
        """What the folders of what is made of it begin with: in the run's `folder`, or beside the file."""
        if self.run is not None:
            return self.run.path / folder / self.name
        if isinstance(self.weights, Path) and self.weights.stem == self.name:
            return self.weights.with_suffix("")
        return Path(RUNS) / self.name  # not beside a file in a hub's cache


def find_encoder(source: str | Path, name: str = "video") -> EvaluatedEncoder:
    """The encoder of a run folder, or of what else `encoder_file` takes; a file in a run's folder is that run's.

    Args:
        source: a run folder, an encoder's .safetensors file, a folder to share, a hub's OWNER/NAME, or a released
            checkpoint by its name or file.
        name: of the encoder in the run; not used with others.

    Raises:
        RunError: if the source is none of them, or the run has no such encoder.
    """
    path = encoder_file(source, encoder=name)
    run, is_file = run_of(path), path == Path(source).expanduser()
    return EvaluatedEncoder(path, path.stem if run or is_file else Path(source).stem, run)


def evaluate_source(
    encoder: EvaluatedEncoder,
    collection: Collection,
    out: str | Path | None = None,
    *,
    protocol: str = "full finetuning",
    settings: EvaluationSettings,
    splits: Sequence[str] | None = None,
    validation: bool = False,
    execution: Execution,
) -> EvaluationResult:
    """Evaluate one encoder; where the protocol has long clips, a pretraining's is re-trained with them first (paper 6).

    An encoder that was trained on nothing is finetuned as a network from scratch is. With a few labels per class a
    finetuning has as many steps as with all of them.

    Args:
        encoder: what `find_encoder` found.
        collection: labelled items with splits.
        out: default: RUN/evaluations/..., or beside the file.
        protocol: a name in `PROTOCOLS`.
        settings: of the evaluation; a re-training has those of the pretraining.
        splits: names of official splits; default: all of them.
        validation: test on a part of the training items, to choose settings.
        execution: its seed is that of new heads, order and crops.
    """
    chosen = find_protocol(protocol)
    named = f"{collection.title}-{chosen.slug}-s{execution.seed}{'-validation' * validation}".replace(" ", "-")
    start = encoder.outputs("evaluations")
    benchmark = Benchmark(
        collection.items(seed=execution.seed), data=collection.about, splits=splits, validation=validation
    )
    origin = {} if encoder.run is None else origin_of(encoder.run, encoder.name)
    return evaluate(
        _with_long_clips(encoder, chosen, settings, execution) if chosen.long_clips else encoder.weights,
        benchmark,
        out or start.with_name(f"{start.name}-{named}"),
        protocol=chosen,
        settings=_finetuning(settings, encoder, collection),
        origin={**origin, "downstream": collection.title},
        execution=execution,
    )


def _with_long_clips(
    encoder: EvaluatedEncoder, protocol: Protocol, settings: EvaluationSettings, execution: Execution
) -> Encoder | Path:
    """The encoder re-trained on its run's last clusters (paper 6); one without clusters is finetuned directly."""
    if encoder.run is None or encoder.kind != "pretrain":
        if encoder.run is None and execution.tells_progress:
            print(
                f"{encoder.name} lies in no run folder, so there are no clusters to re-train it on: protocol "
                f"{protocol.name!r} finetunes it directly",
                file=sys.stderr,
            )
        return encoder.weights
    frames, before = settings.long_frames, settings_of(encoder.run)
    memory = {
        name: getattr(settings.full, name) or getattr(before.training, name)
        for name in ("micro_batch", "checkpoint_activations")
    }
    return retrain_on_last_clusters(
        encoder.run.path,
        encoder.run.path / "retrained" / f"{encoder.name}-{frames}-frames",
        encoder=encoder.name,
        frames=frames,
        settings=replace(before, training=replace(before.training, **memory)),
        execution=execution,
    )


def _finetuning(settings: EvaluationSettings, encoder: EvaluatedEncoder, collection: Collection) -> EvaluationSettings:
    """The settings for this encoder and this number of labels."""
    if encoder.kind == "random":
        settings = replace(settings, full=settings.from_scratch)
    if collection.per_class is None or settings.full.clips_per_epoch is not None:
        return settings
    splits = official_splits(replace(collection, per_class=None).items())
    steps = max(len(split.train_rows) for split in splits.values())
    return replace(settings, full=replace(settings.full, clips_per_epoch=steps))


def settings_for(
    encoder: EvaluatedEncoder, scale: str, collection: Collection, changes: Mapping[str, Any] = MappingProxyType({})
) -> EvaluationSettings:
    """A scale's settings on a collection, with the clips that the encoder's file, or else its run, was trained on.

    Args:
        encoder: what `find_encoder` found.
        scale: "tiny", "demo" or "paper".
        collection: its data set may have a finetuning of its own.
        changes: of settings, by name.

    Raises:
        SettingError: if a change is not allowed.
    """
    settings = evaluation_settings(scale, changes, data=(collection.data_set, encoder.modality))
    return with_own_clips(settings, encoder, but=changes)


def with_own_clips(
    settings: EvaluationSettings, encoder: EvaluatedEncoder, *, but: Container[str] = ()
) -> EvaluationSettings:
    """The settings with the clips that the encoder's file, or else its run, was trained on.

    Args:
        settings: of an evaluation.
        encoder: what `find_encoder` found.
        but: names of settings that stay as they are.
    """
    if not isinstance(encoder.weights, Path):
        return settings
    described = describe_encoder(encoder.weights)
    about = {} if encoder.run is None else encoder.run.read_about()
    told = {row["name"]: row["value"] for row in about.get("settings", [])}
    told |= {f"{described['modality']}.{name}": value for name, value in described["inputs"].items()}
    told = {name: value for name, value in told.items() if name not in but}
    return replace(
        settings, video=_as_told(settings.video, "video", told), audio=_as_told(settings.audio, "audio", told)
    )


def _as_told(clip: Any, modality: str, told: Mapping[str, Any]) -> Any:
    names = {field.name: f"{modality}.{field.name}" for field in fields(clip)}
    return replace(clip, **{name: told[full] for name, full in names.items() if full in told})

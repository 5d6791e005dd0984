"""Evaluate an encoder on labelled items by one protocol, as a run of predictions and scores that resumes (4.1, 6)."""

import copy
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab import distributed
from xdc_lab.datasets.check_report import probe_cache_of
from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.datasets.decoded import DecodedStore
from xdc_lab.datasets.failures import FailureLog, last_warnings
from xdc_lab.datasets.identity import identify_items
from xdc_lab.datasets.items import read_items
from xdc_lab.datasets.labels import has_several
from xdc_lab.datasets.prepared_sound import PreparedSound
from xdc_lab.datasets.run_items import items_of_run
from xdc_lab.datasets.table_file import write_csv
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.encoders.weights import describe_encoder, load_encoder
from xdc_lab.errors import SettingError
from xdc_lab.evaluation import multi_label
from xdc_lab.evaluation.benchmark import Benchmark
from xdc_lab.evaluation.classifiers import CLASSIFIERS
from xdc_lab.evaluation.clip_scores import save_clip_scores
from xdc_lab.evaluation.protocols import EVALUATION_VERSION, PROTOCOLS, Protocol
from xdc_lab.evaluation.remarks import remarks_on, without_lost_classes
from xdc_lab.evaluation.result import EvaluationResult, clip_scores_file, load_evaluation
from xdc_lab.evaluation.settings import EvaluationSettings, settings_read
from xdc_lab.evaluation.splits import Split, classes_of, unlearned_labels
from xdc_lab.evaluation.trial import Outcome, Trial
from xdc_lab.media.inputs import model_input
from xdc_lab.runs.checkpoint import digest_of, load_checkpoint, save_checkpoint
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder, read_json, read_lines, write_text
from xdc_lab.runs.opening import describe_run, open_run
from xdc_lab.runs.seeds import derived_seed
from xdc_lab.training.epochs import epoch_hook, write_epochs
from xdc_lab.training.loop import Checkpointing

SAME = ("evaluation_version", "encoder", "protocol", "splits", "validation", "seed", "settings", "data", "items")


def evaluate(
    encoder: Encoder | str | Path,
    benchmark: Benchmark,
    out: str | Path,
    *,
    protocol: Protocol = PROTOCOLS["full finetuning"],
    settings: EvaluationSettings | None = None,
    origin: Mapping[str, Any] | None = None,
    execution: Execution = Execution(),
) -> EvaluationResult:
    """Evaluate an encoder on labelled items (paper 4.1); an evaluation that was killed goes on where it was.

    Args:
        encoder: an encoder, left as it is, or a file of `xdc_lab.encoders.weights.save_encoder`.
        benchmark: labelled items, and on which of their splits.
        out: the run folder; one that holds the same evaluation is resumed, or read if it is finished.
        protocol: how to evaluate.
        settings: default: the paper's.
        origin: what else the record shall say: recipe, row of the table, pretraining.
        execution: its seed is that of new heads, order and crops.

    Raises:
        SettingError: if the protocol is not for this encoder's modality, or not for several labels an item.
        DataError: if a split, a label or a usable item is missing.
        RunError: if `out` holds another run, or one by another version of the evaluation.
        TrainingError: if a loss is not finite.
    """
    run = RunFolder(out)
    settings = settings or EvaluationSettings()
    settings = settings.with_long_clips() if protocol.long_clips else settings
    start, encoder_about = load_identified(encoder)
    _demand_fitting(protocol, start, benchmark)
    about = {
        **describe_run(
            "evaluate",
            run.path.name,
            settings=settings,
            execution=execution,
            data=benchmark.data,
            items=identify_items(benchmark.used_items()),
            reads=settings_read(protocol, start.modality),
        ),
        "evaluation_version": EVALUATION_VERSION,
        "protocol": protocol.name,
        "encoder": encoder_about,
        "splits": benchmark.split_names,
        "validation": benchmark.validation,
        "origin": dict(origin or {}),
    }
    with open_run(run, about, same=SAME) as about:
        if about["status"] == "finished":
            return load_evaluation(out)
        store = execution.store_beside(run.path)
        items = items_of_run(
            run,
            benchmark.used_items(),
            none="no item can be used for this evaluation",
            min_seconds=0.0,  # a benchmark's test item counts, however short
            modalities=(start.modality,),
            cache=probe_cache_of(benchmark.data, store),
            progress=execution.tells_progress,
        )
        evaluation = _Evaluation(
            run=run,
            about=about,
            items=items,
            rejected=read_items(run.rejected),
            start=start,
            protocol=protocol,
            settings=settings,
            execution=replace(execution, store=store),
        )
        return evaluation.run_all(replace(benchmark, items=evaluation.items).chosen_splits())


def _demand_fitting(protocol: Protocol, start: Encoder, benchmark: Benchmark) -> None:
    if start.modality not in protocol.modalities:
        raise SettingError(
            f"protocol {protocol.name!r} is for {', '.join(protocol.modalities)} encoders, and this is one for "
            f"{start.modality}; others are {', '.join(PROTOCOLS)}"
        )
    if has_several(benchmark.items) and protocol.classifier != "network":
        raise SettingError(
            f"protocol {protocol.name!r} is for items with one label each, and these have several (column `labels`); "
            "full finetuning and fc-only learn each of them"
        )


@dataclass(kw_only=True, eq=False)
class _Evaluation:
    """An evaluation under way."""

    run: RunFolder
    about: dict[str, Any]
    items: pd.DataFrame
    rejected: pd.DataFrame
    start: Encoder
    protocol: Protocol
    settings: EvaluationSettings
    execution: Execution

    def __post_init__(self):
        self.dataset = ClipDataset(
            self.items,
            modality=self.start.modality,
            video=self.settings.video,
            audio=self.settings.audio,
            seed=derived_seed(self.about["seed"], "clips"),
            store=self._store(),
            shared_window=False,
            failures=FailureLog(self.run.failures, allowed=self.settings.unreadable_share),
        )
        self.seconds_before = 0.0

    def run_all(self, splits: Sequence[Split]) -> EvaluationResult:
        """Evaluate on every split that has not been done, and join the splits' files."""
        splits = [without_lost_classes(split, self.items, self.rejected) for split in splits]
        for split in splits:
            if not self._scores_file(split).is_file():
                self._evaluate(split)
        if distributed.is_main():
            self._join(splits)
        distributed.barrier()
        return load_evaluation(self.run.path)

    def _evaluate(self, split: Split) -> None:
        resume = self._checkpoint_of(split)
        began = time.monotonic()

        def save(tensors: dict, state: dict) -> None:
            if distributed.is_main():
                whole = {"split": split.name, "training": state, "seconds": self._seconds(began)}
                save_checkpoint(self.run.checkpoint, tensors, state=whole)
                write_epochs(self.run, self._rows(split, state["records"]), hook)

        classes, targets = classes_of(self.items, split)
        trial = Trial(
            items=self.items,
            dataset=self.dataset,
            prepare=model_input(self.start.modality, video=self.settings.video, audio=self.settings.audio),
            protocol=self.protocol,
            settings=self.settings,
            split=split,
            classes=classes,
            targets=targets,
            execution=replace(self.execution, seed=derived_seed(self.about["seed"], "evaluate", split.name)),
            checkpointing=Checkpointing(save, resume=resume),
        )
        encoder = copy.deepcopy(self.start).to(self.execution.torch_device)
        with epoch_hook(self.execution.log, self.run.curves) as hook:
            outcome = CLASSIFIERS[self.protocol.classifier](encoder, trial)
        if distributed.is_main():
            self._write(split, outcome, seconds=self._seconds(began), classes=len(classes))
            self.run.checkpoint.unlink(missing_ok=True)
        self.seconds_before = 0.0
        distributed.barrier()

    def _write(self, split: Split, outcome: Outcome, *, seconds: float, classes: int) -> None:
        unlearned = unlearned_labels(self.items, split) if has_several(self.items) else []
        predictions = outcome.predictions.assign(split=split.name)
        write_csv(predictions, self._predictions_file(split))
        if outcome.clip_scores is not None:
            save_clip_scores(outcome.clip_scores, clip_scores_file(self.run, split.name))
        scores = {
            "split": split.name,
            **outcome.scores,
            "classes": classes,
            **({"unlearned_labels": unlearned} if unlearned else {}),
            "train_items": len(split.train_rows),
            "test_items": len(split.test_rows),
            **remarks_on(split, self.items, self.rejected),
            "seconds": seconds,
        }
        write_text(self._scores_file(split), json.dumps(scores, indent=2) + "\n")

    def _join(self, splits: Sequence[Split]) -> None:
        """Make predictions.csv and scores.json of the splits' files, and say that the run has finished."""
        remedy = "remove it and start the same command again: this split alone is evaluated anew"
        rows = [read_json(self._scores_file(split), remedy=remedy) for split in splits]
        tables = [pd.read_csv(self._predictions_file(split), dtype=str, keep_default_na=False) for split in splits]
        write_csv(pd.concat(tables), self.run.path / "predictions.csv")
        score = multi_label.SCORE if has_several(self.items) else self.protocol.score
        values = [row[score] for row in rows]
        scores = {
            "score": score,
            "mean": float(np.mean(values)),
            "spread": float(np.std(values, ddof=1)) if len(values) > 1 else None,
            "splits": rows,
        }
        write_text(self.run.path / "scores.json", json.dumps(scores, indent=2) + "\n")
        seconds = round(sum(row["seconds"] for row in rows), 1)
        end = {"status": "finished", "wall_seconds": seconds, **last_warnings(self.run, self.about)}
        self.run.write_about({**self.about, **end})

    def _checkpoint_of(self, split: Split):
        """What was saved of this split's training, if anything was."""
        if not self.run.checkpoint.is_file():
            return None
        tensors, state = load_checkpoint(self.run.checkpoint)
        if state["split"] != split.name:
            return None
        self.seconds_before = state["seconds"]
        return tensors, state["training"]

    def _rows(self, split: Split, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """All of training.jsonl with these records of a split."""
        others = [row for row in read_lines(self.run.training_log) if row["split"] != split.name]
        return others + [{"split": split.name, **record} for record in records]

    def _store(self) -> DecodedStore | PreparedSound | None:
        """The decoded clips of one modality: the other track is left out as if the files had none."""
        if self.settings.store_grid_hz is None or self.execution.store is None:
            return PreparedSound.of(self.items, self.settings.audio) if self.start.modality == "audio" else None
        unseen = {"video": ["sample_rate_hz", "channels"], "audio": ["width_px", "height_px", "frame_rate_hz"]}
        return DecodedStore.build(
            self.items.assign(**dict.fromkeys(unseen[self.start.modality], np.nan)),
            self.execution.store,
            grid_hz=self.settings.store_grid_hz,
            video=self.settings.video,
            audio=self.settings.audio,
            progress=self.execution.tells_progress,
        )

    def _seconds(self, began: float) -> float:
        return round(self.seconds_before + time.monotonic() - began, 1)

    def _scores_file(self, split: Split) -> Path:
        return self.run.path / "splits" / f"{split.name}.scores.json"

    def _predictions_file(self, split: Split) -> Path:
        return self.run.path / "splits" / f"{split.name}.predictions.csv"


def load_identified(encoder: Encoder | str | Path) -> tuple[Encoder, dict[str, Any]]:
    """The encoder and what identifies it: its network, where it comes from, and a digest of its weights."""
    origin: dict[str, Any] = {}
    if not isinstance(encoder, Encoder):
        origin = describe_encoder(encoder)["about"]
        encoder = load_encoder(encoder)
    about = {
        "name": encoder.name,
        "modality": encoder.modality,
        "width": encoder.width,
        "weights_sha256": digest_of(encoder.state_dict()),
        "about": origin,
    }
    return encoder, about

"""Temporal action localization with a frozen encoder: features, detections and mAP, as a run that resumes (Table 8)."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab import distributed
from xdc_lab.datasets.segments import TEST, TRAIN, LocalizationSet, beyond_the_end
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.errors import DataError
from xdc_lab.evaluation.engine import load_identified
from xdc_lab.evaluation.localization.average_precision import average_precisions, mean_average_precisions
from xdc_lab.evaluation.localization.detections import write_detections
from xdc_lab.evaluation.localization.detector import VideoWindows, train_detector
from xdc_lab.evaluation.localization.extraction import WindowFeatures, extract_windows
from xdc_lab.evaluation.localization.result import (
    DETECTIONS,
    KIND,
    PRECISIONS,
    SCORES,
    LocalizationResult,
    load_localization,
)
from xdc_lab.evaluation.localization.settings import LocalizationSettings
from xdc_lab.evaluation.protocols import EVALUATION_VERSION
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder, whole_file, write_text
from xdc_lab.runs.opening import describe_run, open_run
from xdc_lab.runs.seeds import derived_seed

SAME = ("evaluation_version", "encoder", "seed", "settings", "data", "items")


def localize(
    encoder: Encoder | str | Path,
    collection: LocalizationSet,
    out: str | Path,
    *,
    settings: LocalizationSettings | None = None,
    data: Mapping[str, str] | None = None,
    origin: Mapping[str, Any] | None = None,
    execution: Execution = Execution(),
) -> LocalizationResult:
    """Evaluate a frozen encoder by how well segments are found on its features (paper 7).

    The paper gives them to G-TAD; here the baseline of `detector` stands in its place, the same for every encoder. It
    learns from the videos of split "train" and is tested on those of split "test". A run that was killed goes on where
    it was, video by video. Several processes share the videos; the detector is the main one's.

    Args:
        encoder: an encoder, or a file of `xdc_lab.encoders.weights.save_encoder`; not finetuned.
        collection: videos and segments of both splits.
        out: the run folder.
        settings: clips must be those that the encoder was trained on.
        data: name, path and licence of the collection, for the record.
        origin: what else the record shall say: recipe, row of the table, pretraining.
        execution: device and progress; its seed is the detector's.

    Raises:
        DataError: if a split has no usable video or no segment.
        RunError: if `out` holds another run.
    """
    run, settings = RunFolder(out), settings or LocalizationSettings()
    encoder, identity = load_identified(encoder)
    given = collection.identity()
    about = describe_run(KIND, run.path.name, settings=settings, execution=execution, data=data, items=given)
    about |= {"evaluation_version": EVALUATION_VERSION, "encoder": identity, "origin": dict(origin or {})}
    with open_run(run, about, same=SAME) as about:
        if about["status"] == "finished":
            return load_localization(out)
        began = time.monotonic()
        features = extract_windows(encoder, collection.videos, run, settings=settings.windows, execution=execution)
        if distributed.is_main():
            seed = derived_seed(execution.seed, "detector")
            _detect_and_score(run, features, collection, settings=settings, seed=seed)
            seconds = round(time.monotonic() - began, 1)
            run.write_about({**about, "status": "finished", "wall_seconds": seconds})
        distributed.barrier()
    return load_localization(out)


def _detect_and_score(
    run: RunFolder, features: WindowFeatures, collection: LocalizationSet, *, settings: LocalizationSettings, seed: int
) -> None:
    """Write detections, the average precision of each class, and their means."""
    train, test = (collection.of_split(split) for split in (TRAIN, TEST))
    learned, tested = (_of_split(features, split, settings) for split in (TRAIN, TEST))
    detector = train_detector(learned, train.segments, train.ignored, settings=settings.detector, seed=seed)
    found = pd.concat([detector.detect(windows) for windows in tested], ignore_index=True)
    write_detections(found, run.path / DETECTIONS, videos=[windows.video for windows in tested])
    # A segment of a test video that has no features was to be found, too.
    precisions = average_precisions(found, test.segments, ignored=test.ignored)
    with whole_file(run.path / PRECISIONS) as partial:
        precisions.to_csv(partial, index=False, lineterminator="\n")
    means = [{"tiou": tiou, "map_percent": value} for tiou, value in mean_average_precisions(precisions).items()]
    notes = [*collection.oddities, *beyond_the_end(collection.segments, features.videos)]
    notes += str(features).splitlines() if features.failed else []
    scores = {"map": means, "classes": int(precisions["label"].nunique()), "notes": notes}
    write_text(run.path / SCORES, json.dumps(scores, indent=2) + "\n")


def _of_split(features: WindowFeatures, split: str, settings: LocalizationSettings) -> list[VideoWindows]:
    videos = features.videos[features.videos["split"] == split]
    if not len(videos):
        raise DataError(f"no video of split {split!r} can be used: {features}")
    stride = settings.windows.stride_frames
    return [
        VideoWindows(name, np.asarray(features.of_video(name)), stride / rate)
        for name, rate in zip(videos["video"], videos["frame_rate_hz"], strict=True)
    ]

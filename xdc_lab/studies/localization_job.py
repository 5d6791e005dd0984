"""Slide an encoder over untrimmed videos: features as G-TAD reads them, or detections and their mAP (paper 7)."""

from dataclasses import replace
from pathlib import Path

from xdc_lab.datasets.untrimmed import describe_untrimmed, load_untrimmed
from xdc_lab.evaluation.localization.average_precision import average_precisions, mean_average_precisions
from xdc_lab.evaluation.localization.detections import read_detections
from xdc_lab.evaluation.localization.engine import localize
from xdc_lab.evaluation.localization.export import Export, export_features
from xdc_lab.evaluation.localization.hdf5 import row_counts
from xdc_lab.evaluation.localization.result import LocalizationResult, scores_line
from xdc_lab.evaluation.localization.settings import LocalizationSettings, WindowSettings
from xdc_lab.media.clip_settings import VideoClipSettings
from xdc_lab.runs.execution import Execution
from xdc_lab.studies.evaluation_job import EvaluatedEncoder, with_own_clips
from xdc_lab.studies.scales import study_settings
from xdc_lab.studies.source import origin_of


def export_for_gtad(
    encoder: EvaluatedEncoder,
    data: str | Path,
    out: str | Path | None = None,
    *,
    windows: WindowSettings,
    rows_like: str | Path | None = None,
    execution: Execution = Execution(),
) -> Export:
    """Write the features of every video for G-TAD, with its annotation files (paper 7).

    Args:
        encoder: what `find_encoder` found.
        data: a folder of untrimmed videos.
        out: default: beside the encoder.
        windows: stride and clips (`find_windows`).
        rows_like: a .h5 file whose row counts are wanted.
        execution: device and progress.

    Raises:
        DataError: if the folder has no untrimmed videos with segments.
    """
    about = describe_untrimmed(data)
    return export_features(
        encoder.weights,
        load_untrimmed(data),
        out or _beside(encoder, f"{about['name']}-export"),
        settings=windows,
        rows=row_counts(rows_like) if rows_like is not None else None,
        data=about,
        execution=execution,
    )


def detect(
    encoder: EvaluatedEncoder,
    data: str | Path,
    out: str | Path | None = None,
    *,
    windows: WindowSettings,
    execution: Execution = Execution(),
) -> LocalizationResult:
    """Find segments with the baseline detector and score them: a row of Table 8; arguments as `export_for_gtad`."""
    about = describe_untrimmed(data)
    origin = {} if encoder.run is None else origin_of(encoder.run, encoder.name)
    return localize(
        encoder.weights,
        load_untrimmed(data),
        out or _beside(encoder, f"{about['name']}-localization-s{execution.seed}"),
        settings=LocalizationSettings(windows),
        data=about,
        origin={**origin, "downstream": about["name"]},
        execution=execution,
    )


def score(detections: str | Path, data: str | Path, *, split: str = "test") -> str:
    """Score a file of detections: mAP at each tIoU, and what was left out (Table 8)."""
    truth = load_untrimmed(data, annotations_alone=True).of_split(split)
    videos = set(truth.segments["video"]) | set(truth.ignored["video"])
    found = read_detections(detections, videos=videos, labels=set(truth.segments["label"]) | set(truth.class_ids))
    precisions = average_precisions(found.table, truth.segments, ignored=truth.ignored)
    return "\n".join([scores_line(mean_average_precisions(precisions)), str(found), *truth.oddities])


def find_windows(
    encoder: EvaluatedEncoder, *, scale: str = "paper", frames: int | None = None, stride_frames: int = 5
) -> WindowSettings:
    """The windows that an encoder slides in: the clips that its file or its run says it was trained on.

    Args:
        encoder: what `find_encoder` found.
        scale: whose clips, where neither says them.
        frames: of a window; default: as the encoder was trained.
        stride_frames: frames of the video from one row to the next.
    """
    if isinstance(encoder.weights, Path):
        clips = with_own_clips(study_settings(scale).evaluation, encoder)
        video, audio = clips.video, clips.audio
    else:
        video, audio = VideoClipSettings(), study_settings(scale).evaluation.audio  # of the released checkpoints
    video = video if frames is None else replace(video, frames=frames)
    return WindowSettings(stride_frames, video=video, audio=audio)


def _beside(encoder: EvaluatedEncoder, name: str) -> Path:
    start = encoder.outputs("localizations")
    return start.with_name(f"{start.name}-{name}")

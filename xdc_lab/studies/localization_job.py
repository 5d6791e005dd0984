"""One encoder and a folder of untrimmed videos in; what G-TAD reads, or a row of Table 8 by hand, out (paper 7)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from xdc_lab.datasets.untrimmed import describe_untrimmed, load_untrimmed
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.encoders.released import RELEASED, load_released
from xdc_lab.encoders.weights import describe_encoder
from xdc_lab.errors import RunError
from xdc_lab.evaluation.localization.average_precision import average_precisions, mean_average_precisions
from xdc_lab.evaluation.localization.detections import read_detections
from xdc_lab.evaluation.localization.engine import localize
from xdc_lab.evaluation.localization.export import Export, export_features
from xdc_lab.evaluation.localization.hdf5 import row_counts
from xdc_lab.evaluation.localization.result import LocalizationResult, scores_line
from xdc_lab.evaluation.localization.settings import LocalizationSettings, WindowSettings
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.runs.folder import RunFolder
from xdc_lab.studies.scales import study_settings


@dataclass(frozen=True, eq=False)
class Slider:
    """An encoder with the windows that it slides in.

    Attributes:
        encoder: it, or its file.
        windows: stride and clips.
        folder: where what is made of it goes, but for the end of the name.
    """

    encoder: Encoder | Path
    windows: WindowSettings
    folder: Path


def export_for_gtad(
    source: str | Path,
    data: str | Path,
    out: str | Path | None = None,
    *,
    encoder: str = "video",
    scale: str = "paper",
    frames: int | None = None,
    stride_frames: int = 5,
    rows_like: str | Path | None = None,
    device: str = "auto",
    progress: bool = True,
) -> Export:
    """Write the features of every video for G-TAD, with its annotation files (paper 7).

    Args:
        source: a run folder, an encoder's .safetensors file, or a released checkpoint by name or file.
        data: a folder of untrimmed videos.
        out: default: beside the encoder.
        encoder: its name in the run; not used with a file.
        scale: whose clips, where neither the encoder's file nor its run says them.
        frames: of a window; default: as the encoder was trained.
        stride_frames: frames of the video from one row to the next.
        rows_like: a .h5 file whose row counts are wanted.
        device: "auto", "cpu", "cuda".
        progress: show bars.

    Raises:
        RunError: if the source is no encoder.
        DataError: if the folder has no untrimmed videos with segments.
    """
    slider = find_slider(source, encoder=encoder, scale=scale, frames=frames, stride_frames=stride_frames)
    about = describe_untrimmed(data)
    return export_features(
        slider.encoder,
        load_untrimmed(data),
        out or slider.folder.with_name(f"{slider.folder.name}-{about['name']}-export"),
        settings=slider.windows,
        rows=row_counts(rows_like) if rows_like is not None else None,
        data=about,
        device=device,
        progress=progress,
    )


def detect(
    source: str | Path,
    data: str | Path,
    out: str | Path | None = None,
    *,
    encoder: str = "video",
    scale: str = "paper",
    frames: int | None = None,
    stride_frames: int = 5,
    seed: int = 0,
    device: str = "auto",
    progress: bool = True,
) -> LocalizationResult:
    """A row of Table 8 by hand, with the baseline detector; arguments as `export_for_gtad`."""
    slider = find_slider(source, encoder=encoder, scale=scale, frames=frames, stride_frames=stride_frames)
    about = describe_untrimmed(data)
    return localize(
        slider.encoder,
        load_untrimmed(data),
        out or slider.folder.with_name(f"{slider.folder.name}-{about['name']}-localization-s{seed}"),
        settings=LocalizationSettings(slider.windows),
        seed=seed,
        data=about,
        device=device,
        progress=progress,
    )


def score(detections: str | Path, data: str | Path, *, split: str = "test") -> str:
    """Score a file of detections: mAP at each tIoU, and what was left out (Table 8)."""
    truth = load_untrimmed(data, annotations_alone=True).of_split(split)
    videos = set(truth.segments["video"]) | set(truth.ignored["video"])
    found = read_detections(
        detections, videos=videos, labels=set(truth.segments["label"]) | set(truth.class_ids)
    )
    precisions = average_precisions(found.table, truth.segments, ignored=truth.ignored)
    return "\n".join([scores_line(mean_average_precisions(precisions)), str(found), *truth.oddities])


def find_slider(
    source: str | Path,
    *,
    encoder: str = "video",
    scale: str = "paper",
    frames: int | None = None,
    stride_frames: int = 5,
) -> Slider:
    """Find an encoder and the clips that it was trained on: as its file or its run says, else those of a scale.

    Raises:
        RunError: if there is no encoder.
    """
    path = Path(source)
    clips = study_settings(scale).evaluation
    video, audio = clips.video, clips.audio
    if str(source) in RELEASED or path.suffix == ".pth":
        found: Encoder | Path = load_released(str(source) if str(source) in RELEASED else path).encoder
        video, folder = VideoClipSettings(), Path("runs") / path.stem
    else:
        found = RunFolder(path).encoder(encoder) if RunFolder(path).about.is_file() else path
        if not found.is_file():
            raise RunError(
                f"{source} is no run folder with an encoder {encoder!r}, no .safetensors file, and none of the "
                f"released checkpoints {', '.join(RELEASED)}"
            )
        run, folder = RunFolder(found.parent.parent), found.with_suffix("")
        if run.about.is_file():
            folder = run.path / "localizations" / found.stem
        video, audio = _clips_of(found, run, video, audio)
    video = video if frames is None else replace(video, frames=frames)
    return Slider(found, WindowSettings(stride_frames, video=video, audio=audio), folder)


def _clips_of(
    file: Path, run: RunFolder, video: VideoClipSettings, audio: AudioClipSettings
) -> tuple[VideoClipSettings, AudioClipSettings]:
    """The clips that an encoder's file, or its run, says it was trained on; what neither says is as given."""
    described = describe_encoder(file)
    told = {row["name"]: row["value"] for row in run.read_about()["settings"]} if run.about.is_file() else {}
    told |= {f"{described['modality']}.{name}": value for name, value in described["inputs"].items()}
    return replace(video, **_told("video", video, told)), replace(audio, **_told("audio", audio, told))


def _told(modality: str, clip: Any, told: Mapping[str, Any]) -> dict[str, Any]:
    names = [field.name for field in fields(clip)]
    return {name: told[f"{modality}.{name}"] for name in names if f"{modality}.{name}" in told}

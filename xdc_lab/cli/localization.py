"""The command line for untrimmed videos, `xdc-lab localization`: features, detections, mAP (paper 7, Table 8)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from xdc_lab.cli.options import ExecutionOptions, Out, Processes, Scale, Seed, spread

localization = typer.Typer(help=__doc__, no_args_is_help=True)

Untrimmed = Annotated[
    Path, typer.Option(help="untrimmed videos with segments: THUMOS14, or items.csv and segments.csv")
]
Source = Annotated[
    str, typer.Argument(help="a run folder, an encoder's .safetensors file, or a released checkpoint (name or file)")
]


@dataclass(frozen=True)
class WindowOptions:
    """Which encoder slides over the videos, and how."""

    encoder: Annotated[str, typer.Option(help="its name in the run: video, audio, video_1, ...")] = "video"
    scale: Annotated[str, typer.Option(help="whose clips, where the encoder's file does not say them")] = "paper"
    frames: Annotated[int | None, typer.Option(help="frames of a window; default: as the encoder was trained")] = None
    stride: Annotated[int, typer.Option(help="frames of the video from one row to the next; G-TAD reads 5")] = 5

    def find(self, source: str) -> tuple[Any, Any]:
        """The encoder and its windows."""
        from xdc_lab.studies.evaluation_job import find_encoder
        from xdc_lab.studies.localization_job import find_windows

        encoder = find_encoder(source, self.encoder)
        return encoder, find_windows(encoder, scale=self.scale, frames=self.frames, stride_frames=self.stride)


@localization.command("demo-set")
def demo_set(
    scale: Scale = "demo",
    out: Annotated[Path | None, typer.Option(help="default: data/SCALE-untrimmed")] = None,
    seed: Seed = 0,
    workers: Processes = None,
) -> None:
    """Render the demo world's untrimmed videos, with a table of what happens when. Resumes."""
    from xdc_lab.datasets.catalogue import data_folder
    from xdc_lab.worlds.demo.untrimmed import render_untrimmed

    folder = out or data_folder() / f"{scale}-untrimmed"
    print(f"untrimmed videos: {render_untrimmed(folder, scale=scale, seed=seed, workers=workers)}")


@localization.command()
@spread
def export(
    source: Source,
    data: Untrimmed,
    windows: WindowOptions,
    run: ExecutionOptions,
    out: Out = None,
    rows_like: Annotated[
        Path | None, typer.Option(help="a .h5 of other features: interpolate each video to its row count there")
    ] = None,
) -> None:
    """Write what G-TAD reads: HDF5 features of every video, and its annotation files. Resumes video by video."""
    from xdc_lab.studies.localization_job import export_for_gtad

    encoder, chosen = windows.find(source)
    print(export_for_gtad(encoder, data, out, windows=chosen, rows_like=rows_like, execution=run.execution()))


@localization.command()
@spread
def detect(source: Source, data: Untrimmed, windows: WindowOptions, run: ExecutionOptions, out: Out = None) -> None:
    """Find segments by a small detector of ours on frozen features, and score them: a row of Table 8. Resumes."""
    from xdc_lab import distributed
    from xdc_lab.studies.localization_job import detect as run_detector

    encoder, chosen = windows.find(source)
    with distributed.session():
        result = run_detector(encoder, data, out, windows=chosen, execution=run.execution())
        if distributed.is_main():
            print(f"{result}\nrun folder: {result.run.path}\nnext: xdc-lab record {result.run.path}")


@localization.command()
def score(
    detections: Annotated[Path, typer.Argument(help='JSON: {"results": {VIDEO: [{label, score, segment}]}}')],
    data: Annotated[Path, typer.Option(help="annotations: THUMOS14's, G-TAD's, or segments.csv; no videos needed")],
    split: Annotated[str, typer.Option(help="whose videos are tested")] = "test",
) -> None:
    """Score anybody's detections, G-TAD's for one: mAP at each tIoU of Table 8."""
    from xdc_lab.studies.localization_job import score as score_file

    print(score_file(detections, data, split=split))

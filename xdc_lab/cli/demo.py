"""`xdc-lab demo`: the main job on the embedded world, from videos to an explorer that one can open (paper 3 and 5)."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from xdc_lab.launch import command_line


def demo(
    scale: Annotated[
        Literal["tiny", "demo"], typer.Option(help="tiny (a minute) · demo (ten minutes on two cores)")
    ] = "demo",
) -> None:
    """Render the embedded demo set, pretrain XDC on it, print its Table 6, write its explorer. Resumes."""
    from xdc_lab.cli import app
    from xdc_lab.pretraining.settings import scale_settings
    from xdc_lab.studies.collection import parse_collection
    from xdc_lab.studies.place import RUNS
    from xdc_lab.studies.source import make_source

    run = Path(RUNS) / make_source("XDC", 0, parse_collection(scale), scale_settings(scale)).folder(scale, "video")
    for words in (
        ["demo-set", "--scale", scale],
        ["pretrain", "--data", scale, "--method", "XDC", "--scale", scale],
        ["clusters", str(run)],
        ["explore", str(run)],
    ):
        print(f"$ xdc-lab {command_line(words)}", flush=True)
        if code := app(words, standalone_mode=False):
            raise typer.Exit(code)

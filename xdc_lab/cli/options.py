"""What several commands of `xdc-lab` can be told, each with its help (the whole paper)."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    str, typer.Option(help="demo, tiny, a folder of videos (class folders or not), or a .csv of items")
]
Run = Annotated[Path, typer.Argument(help="a run folder, as `xdc-lab pretrain` prints it at its end")]
Scale = Annotated[str, typer.Option(help="tiny (seconds) · demo (minutes on two cores) · paper (GPUs)")]
Workers = Annotated[int | None, typer.Option(help="processes to work with; default: one a core")]
Seed = Annotated[int, typer.Option(help="everything random follows from it")]
Jobs = Annotated[int, typer.Option(help="processes side by side, one thread each; 2 suits two cores")]
AllRuns = Annotated[Path | None, typer.Option(help="folder of all runs, which tables share; default: runs")]
BySight = Annotated[list[str] | None, typer.Option(help="labelled items to be judged on by sight")]
BySound = Annotated[list[str] | None, typer.Option(help="labelled items to be judged on by sound")]
Device = Annotated[str, typer.Option(help="auto takes the GPU where there is one")]

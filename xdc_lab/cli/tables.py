"""The command that runs a table of the paper, or a study of one's own, cell by cell (paper 4.2, 6, 7)."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from xdc_lab.cli.options import Scale, SettingOptions, spread
from xdc_lab.errors import counted


@dataclass(frozen=True)
class DimensionOptions:
    """What of a table is measured; each default is the table's own."""

    rows: Annotated[str | None, typer.Option(metavar="XDC,Scratch", help="rows")] = None
    pretrain_on: Annotated[
        list[str] | None, typer.Option(metavar="NAME[=PATH][:SIZE]", help="a collection to pretrain on; repeatable")
    ] = None
    video: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[=PATH]", help="labelled items to evaluate video encoders on; repeatable"),
    ] = None
    audio: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[=PATH]", help="labelled items to evaluate audio encoders on; repeatable"),
    ] = None
    protocols: Annotated[str | None, typer.Option(metavar="fc-only,32-frames", help="protocols")] = None
    splits: Annotated[str | None, typer.Option(metavar="1,2|all", help="names of official splits, or all of them")] = (
        None
    )
    k: Annotated[list[str] | None, typer.Option(help="clusters: 128, or audio=128,video=64; repeatable")] = None
    sizes: Annotated[str | None, typer.Option(metavar="240,480,all", help="numbers of clips to pretrain on")] = None
    per_class: Annotated[list[int] | None, typer.Option(help="labelled training items per class; repeatable")] = None
    seeds: Annotated[str | None, typer.Option(metavar="0-4|0,2,5", help="random seeds")] = None
    encoder: Annotated[list[str] | None, typer.Option(help="video encoder: r2plus1d_18, resnet3d_18; repeatable")] = (
        None
    )

    def changes(self) -> dict[str, Any]:
        """The dimensions of a `xdc_lab.studies.table.Table` that are given."""
        own = [(name, "video") for name in self.video or []] + [(name, "audio") for name in self.audio or []]
        return {
            "rows": _words(self.rows),
            "collections": self.pretrain_on,
            "downstreams": own or None,
            "protocols": _words(self.protocols),
            "sizes": _sizes(self.sizes),
            "ks": self.k,
            "per_class": self.per_class,
            "seeds": _seeds(self.seeds),
            "encoders": self.encoder,
        }


@dataclass(frozen=True)
class MachineOptions:
    """Where the cells run."""

    jobs: Annotated[int, typer.Option(help="processes side by side, the cores shared out; 2 suits two cores")] = 1
    threads: Annotated[int | None, typer.Option(help="threads of each process")] = None
    workers: Annotated[int, typer.Option(help="processes of each job that decode ahead")] = 0
    device: Annotated[str, typer.Option(help="auto takes the GPU where there is one; cpu, cuda")] = "auto"
    out: Annotated[Path, typer.Option(help="folder of all runs, which tables share")] = Path("runs")
    submit: Annotated[
        str | None, typer.Option(metavar="slurm|local", help="submit the cells as jobs of a cluster (needs submitit)")
    ] = None
    cluster: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="of a submitted job, as timeout_min=600; repeatable")
    ] = None
    gpus: Annotated[int, typer.Option(help="GPUs of each submitted job; above 1 it runs under torchrun")] = 1


@spread
def table(
    name: Annotated[str, typer.Argument(help="1, 2, 3, 4, 5, 7, 8, few-labels, esc10, or a study: FILE.toml")],
    dimensions: DimensionOptions,
    machine: MachineOptions,
    settings: SettingOptions,
    scale: Scale = "demo",
    plan: Annotated[
        bool, typer.Option("--plan", help="measure nothing: list the cells, their state and their commands")
    ] = False,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="measure nothing: print what is recorded with the project")
    ] = False,
) -> None:
    """Run a table of the paper and print it beside the paper's numbers. The same command again resumes it."""
    from xdc_lab.runs.execution import Execution
    from xdc_lab.studies.cells import cells_of
    from xdc_lab.studies.engine import run_table
    from xdc_lab.studies.plan import plan_of
    from xdc_lab.studies.table import change_table
    from xdc_lab.studies.tables import find_table

    chosen = change_table(find_table(name), **dimensions.changes())
    if dimensions.splits is not None:
        chosen = replace(chosen, splits=None if dimensions.splits == "all" else _words(dimensions.splits))
    if recorded:
        _print_recorded(chosen)
        return
    place = settings.place(
        machine.out,
        scale,
        execution=Execution(device=machine.device, workers=machine.workers),
        jobs=machine.jobs,
        threads=machine.threads,
    )
    if plan:
        rows = plan_of(cells_of(chosen, place))
        print(*(f"{state:9} {command}" for state, command in rows.itertuples(index=False)), sep="\n")
        return
    if machine.submit:
        from xdc_lab.studies.submission import submit_table

        outcome = submit_table(chosen, place, machine.submit, options=machine.cluster or (), gpus=machine.gpus)
        if outcome is None:
            return
    else:
        outcome = run_table(chosen, place)
    _print_outcome(chosen, outcome)
    print(f"means, differences and results: {place.folder(chosen.name)}")
    if outcome.failed:
        raise typer.Exit(1)


def _print_outcome(table: Any, outcome: Any) -> None:
    from xdc_lab.results.report import study_text

    print(study_text(outcome.rows, number=table.number, comparison=table.report, left_out=outcome.left_out))
    print(*outcome.remarks, sep="\n", end="\n" * bool(outcome.remarks))
    if outcome.failed:
        print(f"{counted(outcome.failed, 'cell')} failed; the same command runs them again", file=sys.stderr)


def _print_recorded(table: Any) -> None:
    from xdc_lab.results.recorded import recorded_worlds
    from xdc_lab.results.report import study_text
    from xdc_lab.results.summary import measured

    for there in recorded_worlds(table.name).values():
        print(study_text(there, number=table.number, comparison=table.report), measured(there), sep="\n\n", end="\n\n")


def _words(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(word.strip() for word in text.split(",") if word.strip())


def _sizes(text: str | None) -> tuple[int | None, ...] | None:
    """Numbers of clips; "all" is all there are.

    >>> _sizes("240,all")
    (240, None)
    """
    words = _words(text)
    return None if words is None else tuple(None if word == "all" else _number(word) for word in words)


def _seeds(text: str | None) -> tuple[int, ...] | None:
    """Seeds as a range or a list.

    >>> _seeds("0-2"), _seeds("0,5")
    ((0, 1, 2), (0, 5))
    """
    if text is None:
        return None
    seeds: list[int] = []
    for word in _words(text) or ():
        first, dash, last = word.partition("-")
        seeds += range(_number(first), _number(last) + 1) if dash else [_number(word)]
    return tuple(dict.fromkeys(seeds))


def _number(word: str) -> int:
    from xdc_lab.errors import SettingError

    try:
        return int(word.replace("_", ""))
    except ValueError as error:
        raise SettingError(f"{word!r} is no whole number") from error

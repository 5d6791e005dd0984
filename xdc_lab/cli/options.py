"""Options that several commands share, and commands that take a group of them as one value (the whole paper)."""

import dataclasses
import functools
import inspect
import sys
import typing
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from xdc_lab.launch import Launch, launched
from xdc_lab.settings import change_settings, read_changes

if TYPE_CHECKING:
    from xdc_lab.datasets.selection import Curation
    from xdc_lab.runs.execution import Execution
    from xdc_lab.studies.collection import Collection
    from xdc_lab.studies.place import Place

Settings = TypeVar("Settings")
# Commands that share their work among several processes.
SHARED = ("pretrain", "evaluate", "prepare", "localization detect")

Data = Annotated[str, typer.Option(help="demo, tiny, demo-coupled, a folder of videos, or a .csv or .parquet of items")]
Run = Annotated[Path, typer.Argument(help="a run folder, as `xdc-lab pretrain` prints it at its end")]
Scale = Annotated[str, typer.Option(help="tiny (seconds) · demo (minutes on two cores) · paper (GPUs)")]
Processes = Annotated[int | None, typer.Option(help="processes to work with; default: one per core")]
Seed = Annotated[int, typer.Option(help="random seed")]
Json = Annotated[bool, typer.Option("--json", help="print JSON instead of text")]
Out = Annotated[Path | None, typer.Option(help="run folder; default: named after what is run, printed at the end")]


@dataclass(frozen=True)
class ExecutionOptions:
    """How a run is carried out."""

    seed: Seed = 0
    device: Annotated[str, typer.Option(help="auto takes the GPU where there is one; cpu, cuda")] = "auto"
    workers: Annotated[int, typer.Option(help="processes that decode ahead of the training step")] = 0
    store: Annotated[Path | None, typer.Option(help="folder of decoded clips that runs share")] = None
    log: Annotated[str | None, typer.Option(help="tensorboard: curves of the epochs, in the run folder")] = None

    def execution(self) -> "Execution":
        """As the package takes it."""
        from xdc_lab.runs.execution import Execution

        return Execution(**vars(self))


@dataclass(frozen=True)
class CurationOptions:
    """What of a collection is used."""

    only: Annotated[
        Path | None, typer.Option(metavar="CSV", help="use only the clips of a selection, as an explorer exports it")
    ] = None
    without: Annotated[Path | None, typer.Option(metavar="CSV", help="throw out the clips of a selection")] = None

    def curation(self) -> "Curation":
        """As the package takes it."""
        from xdc_lab.datasets.selection import Curation

        return Curation(self.only, self.without)


@dataclass(frozen=True)
class CollectionOptions(CurationOptions):
    """A collection, and what of it is used."""

    data: Data = "demo"

    def collection(self) -> "Collection":
        """As the package takes it."""
        from xdc_lab.studies.collection import parse_collection

        return dataclasses.replace(parse_collection(self.data), curation=self.curation())


@dataclass(frozen=True)
class SettingOptions:
    """Changes of settings, by the names that `xdc-lab show` prints."""

    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="change a setting, as training.epochs=3; repeatable"),
    ] = None
    settings: Annotated[Path | None, typer.Option(help="a TOML file of settings to change")] = None

    def apply(self, settings: Settings) -> Settings:
        """The settings with these changes.

        Raises:
            SettingError: if there is no such setting, or a value is not allowed.
        """
        return change_settings(settings, self.read())

    def read(self) -> dict[str, Any]:
        """The changes by name."""
        return read_changes(self.changes or (), self.settings)

    def place(self, out: Path, scale: str, **words: Any) -> "Place":
        """Where and how a study runs, with the scale's settings and these changes."""
        from xdc_lab.studies.place import Place
        from xdc_lab.studies.scales import study_settings

        first = "evaluation."
        given = tuple(name.removeprefix(first) for name in self.read() if name.startswith(first))
        return Place(out, scale, self.apply(study_settings(scale)), given=given, **words)


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take its options in groups: a parameter that is a dataclass becomes an option for each field."""
    parameters: list[inspect.Parameter] = []
    groups: dict[str, Any] = {}
    for name, parameter in inspect.signature(command, eval_str=True).parameters.items():
        if not dataclasses.is_dataclass(parameter.annotation):
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        groups[name] = parameter.annotation
        hints = typing.get_type_hints(parameter.annotation, include_extras=True)
        for field in dataclasses.fields(parameter.annotation):
            kind, hint = inspect.Parameter.KEYWORD_ONLY, hints[field.name]
            parameters.append(inspect.Parameter(field.name, kind, default=field.default, annotation=hint))

    @functools.wraps(command)
    def with_groups(**values: Any) -> None:
        made = {
            name: group(**{field.name: values.pop(field.name) for field in dataclasses.fields(group)})
            for name, group in groups.items()
        }
        command(**values, **made)

    del with_groups.__wrapped__
    with_groups.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    with_groups.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return with_groups


def alone(command: Callable[..., None], name: str) -> Callable[..., None]:
    """Let a command that does not share its work refuse to be started as one of several processes, in one line."""

    @functools.wraps(command)
    def refusing(**values: Any) -> None:
        launch = launched() or Launch()
        if launch.world_size == 1:
            return command(**values)
        if launch.rank == 0:
            print(
                f"error: {name} does not share its work among {launch.world_size} processes: start it as one, without "
                f"torchrun or srun's tasks ({', '.join(SHARED)} do share)",
                file=sys.stderr,
            )
        raise typer.Exit(2)

    return refusing

"""The command line, `xdc-lab`: from a folder of videos to clusters that one can see and hear (the whole paper)."""

import io
import os
import sys
import traceback
from typing import Annotated, NoReturn

import typer

from xdc_lab import __version__
from xdc_lab.cli import collections, encoders, evaluation, explorers, measurements, tables, training
from xdc_lab.cli.demo import demo
from xdc_lab.cli.localization import localization
from xdc_lab.cli.options import SHARED, alone
from xdc_lab.datasets.worker_processes import killed_worker
from xdc_lab.errors import SiblingError, StoppedError, XdcError, printable
from xdc_lab.launch import Launch, launched
from xdc_lab.runs.folder import FULL, REFUSED

app = typer.Typer(
    help=__doc__,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS = {
    "demo": demo,
    "demo-set": collections.demo_set,
    "digit-set": collections.digit_set,
    "sample": collections.sample,
    "check": collections.check,
    "prepare": collections.prepare,
    "pretrain": training.pretrain,
    "show": training.show,
    "clusters": explorers.clusters,
    "explore": explorers.explore,
    "evaluate": evaluation.evaluate,
    "record": evaluation.record,
    "table": tables.table,
    "released": training.released,
    "export": encoders.export,
    "features": encoders.features,
    "bench": measurements.bench,
    "plan": measurements.plan,
    "difficulty": measurements.difficulty,
}
for name, command in COMMANDS.items():
    app.command(name)(command if name in SHARED else alone(command, name))
for info in localization.registered_commands:
    if info.callback is not None and f"localization {info.callback.__name__}" not in SHARED:
        info.callback = alone(info.callback, "localization")
app.add_typer(localization, name="localization")


def _print_version(wanted: bool | None) -> None:
    if wanted:
        print(f"xdc-lab {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool | None, typer.Option("--version", callback=_print_version, is_eager=True, help="print the version")
    ] = None,
) -> None:
    pass


def main() -> None:
    """Run the command line; an error of this package is one message, not a traceback.

    A sign that the console's encoding lacks is printed as an escape.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if _whose():
        os.environ.setdefault(
            "TORCH_CPP_LOG_LEVEL", "ERROR"
        )  # else a lost process is twenty lines of C++ in each other
    try:
        app()
    except SiblingError as error:
        _leave(error.exit_code)
    except StoppedError as error:
        _leave(error.exit_code, str(error))
    except XdcError as error:
        told = "\n".join(map(printable, str(error).split("\n")))
        _leave(1, f"error: {told}{_whose()}")
    except OSError as error:
        if error.errno not in FULL | REFUSED:
            _leave_others(error)
        _leave(1, f"error: {error}; free some space, or give a folder that can be written to{_whose()}")
    except SystemExit as stop:
        if stop.code == 130:  # Ctrl-C
            print("stopped; start the same command again to go on", file=sys.stderr)
        raise
    except Exception as error:
        if isinstance(error, RuntimeError) and (told := killed_worker(error)):
            _leave(1, f"error: {told}{_whose()}")
        _leave_others(error)


def _whose() -> str:
    """Which of several processes speaks, at the end of a message."""
    try:
        return (launched() or Launch()).suffix
    except XdcError:
        return ""


def _leave(code: int, message: str = "") -> NoReturn:
    """End with a message; one of several processes without NCCL's farewell, which waits for the others."""
    print(message, file=sys.stderr, end="\n" * bool(message))
    if not _whose():
        sys.exit(code)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _leave_others(error: Exception) -> NoReturn:
    """End with a traceback."""
    if not _whose():
        raise error
    traceback.print_exc()
    _leave(1)

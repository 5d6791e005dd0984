"""The command line, `xdc-lab`: from a folder of videos to clusters that one can see and hear (the whole paper)."""

import io
import sys
from typing import Annotated

import typer

from xdc_lab import __version__
from xdc_lab.cli import collections, evaluation, explorers, measurements, tables, training
from xdc_lab.cli.localization import localization
from xdc_lab.errors import XdcError, printable
from xdc_lab.runs.folder import FULL, REFUSED

app = typer.Typer(
    help=__doc__,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS = {
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
    "bench": measurements.bench,
    "difficulty": measurements.difficulty,
}
for name, command in COMMANDS.items():
    app.command(name)(command)
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
    try:
        app()
    except XdcError as error:
        print("error:", "\n".join(map(printable, str(error).split("\n"))), file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        if error.errno not in FULL | REFUSED:
            raise
        print(f"error: {error}; free some space, or give a folder that can be written to", file=sys.stderr)
        sys.exit(1)
    except SystemExit as stop:
        if stop.code == 130:  # Ctrl-C
            print("stopped; start the same command again to go on", file=sys.stderr)
        raise

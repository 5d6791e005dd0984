"""Pages made from the code and the recorded tables: commands, settings with sources, results, claims, API."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import typer
from typer.cli import get_docs_for_click
from typer.main import get_command

from xdc_lab.analysis.tables import to_markdown
from xdc_lab.cli import app
from xdc_lab.evaluation.finetuning import FINETUNING
from xdc_lab.evaluation.settings import PAPER as EVALUATION
from xdc_lab.pretraining.settings import scale_settings
from xdc_lab.results.coverage import coverage_table
from xdc_lab.results.intervals import interval
from xdc_lab.results.paper import side_by_side
from xdc_lab.results.recorded import recorded_results, recorded_worlds
from xdc_lab.results.shipped import shipped_folder
from xdc_lab.results.summary import CELL, in_order
from xdc_lab.results.verdicts.verdicts import VERDICTS, verdicts
from xdc_lab.settings import SOURCES, settings_table
from xdc_lab.studies.tables import TABLES

PACKAGE = Path(__file__).parents[2] / "xdc_lab"
CHANGING = [name for name in CELL if name not in ("pretraining_size", "network")]  # what a row of results names


def commands_page() -> str:
    """Every command with its options, as `--help` says them."""
    command = get_command(app)
    return get_docs_for_click(obj=command, ctx=typer.Context(command), name="xdc-lab", title="Commands")


def settings_page() -> str:
    """Every setting of pretraining, evaluation and finetuning with where its number comes from."""
    sources = pd.DataFrame(SOURCES.items(), columns=["source", "what it is"])
    paper = pd.DataFrame(settings_table(scale_settings("paper")))
    dial = {scale: [row["value"] for row in settings_table(scale_settings(scale))] for scale in SCALES}
    scales = as_text(pd.DataFrame({"name": paper["name"]} | dial))
    evaluation = [row for row in settings_table(EVALUATION) if row["name"].partition(".")[0] not in FINETUNED]
    parts = [
        "# Settings and their sources",
        "As `xdc-lab show RUN` prints them. Each is changed by its name: `--set NAME=VALUE`, `--settings FILE.toml`.",
        to_markdown(sources),
        "## Pretraining",
        to_markdown(as_text(paper[SHOWN])),
        "## What the scales change in it",
        to_markdown(scales[scales[list(SCALES)].nunique(axis=1) > 1]),
        "## Evaluation",
        to_markdown(as_text(pd.DataFrame(evaluation)[SHOWN])),
    ]
    for (data, modality), ways in FINETUNING.items():
        for way, settings in ways.items():
            table = to_markdown(as_text(pd.DataFrame(settings_table(settings))[SHOWN]))
            parts += [f"## Finetuning on {data} ({modality}): {WAYS[way]}", table]
    return joined(parts)


SHOWN = ["name", "value", "source", "note"]
SCALES = ("paper", "demo", "tiny")
WAYS = {"full": "all layers", "from_scratch": "a random encoder, all layers", "fc_only": "a layer on a frozen encoder"}
FINETUNED = tuple(WAYS)


def results_page() -> str:
    """What was measured and is kept in data/measured: means with intervals, of which code, and the paper beside it."""
    parts = [
        "# Results",
        "Generated from [data/measured](../data/measured/README.md), which says what made the rows and which older "
        "ones have left; seed by seed they are in its CSV files. An interval is that of the mean over seeds, 95 %, by "
        "Student's t; one seed has none.",
    ]
    for path in sorted(shipped_folder("measured").glob("*/*.csv")):
        rows = recorded_results(path.stem, world=path.parent.name)
        table = TABLES[path.stem]
        parts += [f"## {table.title}: {path.parent.name}", told(rows), to_markdown(means(rows))]
        if table.number is not None and path.parent.name == "demo":
            beside = side_by_side(table.number, rows).items()
            parts += [text for title, one in beside for text in (f"### {title}", to_markdown(flat(one)))]
    return joined(parts)


def told(rows: pd.DataFrame) -> str:
    """Of which code the rows are, how many seeds, where and when."""
    words = {name: ", ".join(map(str, sorted(set(rows[name])))) for name in ("commit", "evaluation", "device", "seed")}
    days = sorted({created[:10] for created in rows["created"]})
    return (
        f"Commit {words['commit']}, evaluation version {words['evaluation']}, measured {' to '.join(days)} on "
        f"{words['device']}. Seeds: {words['seed']}; {len(rows)} rows."
    )


def means(rows: pd.DataFrame) -> pd.DataFrame:
    """The mean of each cell with its interval, as text, and the number of seeds."""
    table = []
    for key, values in rows.groupby(CHANGING, dropna=False, sort=False)["value"]:
        low, high = interval(values.to_numpy())
        ends = "one seed" if len(values) == 1 else "none" if np.isnan(low) else f"{low:.1f} to {high:.1f}"
        cells = dict(zip(CHANGING, key, strict=True))
        table.append(cells | {"mean": f"{values.mean():.1f}", "95 % interval": ends, "seeds": len(values)})
    return as_text(in_order(pd.DataFrame(table)))


def claims_page() -> str:
    """The paper's claims asked of the recorded tables, and which part of the paper runs here."""
    names = {path.stem for path in shipped_folder("measured").glob("*/*.csv")}
    recorded = {
        table.number: pd.concat(recorded_worlds(name).values(), ignore_index=True)
        for name, table in TABLES.items()
        if name in names and table.number is not None
    }
    table = verdicts(recorded)
    counts = table["verdict"].value_counts().reindex(VERDICTS, fill_value=0)
    parts = [
        "# What agrees with the paper, and what does not",
        "Each claim of the paper is a margin that is positive where it holds, asked of the paper's own table and "
        "of the recorded ones ([Results](results.md)) by the same function. *agrees*: the 95 % interval of its "
        "mean over seeds is above 0; *contradicts*: below 0; *can't tell*: it holds 0, or there is one seed. The "
        "demo set is a small rendered world: it can show the paper's mechanism, and neither confirm nor refute "
        "numbers that were measured on Kinetics. [Notebook 13](../notebooks/13_paper_and_ours.ipynb) asks the same "
        "of your own tables.",
        f"**Counted: {', '.join(f'{word} {count}' for word, count in counts.items())}.** What is not measured says the "
        "command that measures it.",
        to_markdown(as_text(table.drop(columns="seeds"))),
        "## Which part of the paper runs, and where",
        "RUN is a run folder, FOLDER a folder of videos or of sounds; functions are in `xdc_lab`.",
        to_markdown(as_text(coverage_table())),
    ]
    return joined(parts)


def api_pages() -> Iterator[tuple[str, str]]:
    """Name and text of the API's pages: one for each module or package directly within `xdc_lab`, and their index."""
    tops = sorted(path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file())
    tops.remove("__init__")
    floors = "a module imports only from the floors below its own ([CONTRIBUTING](../CONTRIBUTING.md))"
    index = ["# API", "", f"From the docstrings; {floors}.", ""]
    index += ["```{toctree}", ":titlesonly:", "", *(f"api/{top}" for top in tops), "```"]
    yield "api", "\n".join(index) + "\n"
    for top in tops:
        yield f"api/{top}", joined([f"# xdc_lab.{top}", *(section(name, top) for name in modules_of(top))])


def modules_of(top: str) -> list[str]:
    """The module, or all modules of the package, as dotted names."""
    files = [PACKAGE / f"{top}.py"] if (PACKAGE / f"{top}.py").is_file() else sorted((PACKAGE / top).rglob("*.py"))
    names = [".".join(("xdc_lab", *file.relative_to(PACKAGE).with_suffix("").parts)) for file in files]
    return [name.removesuffix(".__init__") for name in names if not name.endswith(".__main__")]


def section(name: str, top: str) -> str:
    """A module's documentation as Markdown."""
    head = [] if name == f"xdc_lab.{top}" else [f"## {name}"]
    return joined([*head, f"```{{eval-rst}}\n.. automodule:: {name}\n   :members:\n```"])


def joined(parts: list[str]) -> str:
    """Paragraphs as one text."""
    return "\n\n".join(parts) + "\n"


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Cells as they are printed; nothing for what is missing."""
    return table.map(lambda cell: "" if cell is pd.NA or cell != cell else str(cell))


def flat(table: pd.DataFrame) -> pd.DataFrame:
    """The names of rows as columns, and one line of names."""
    names = [": ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in table.columns]
    return as_text(table.set_axis(names, axis=1).reset_index())


PAGES: dict[str, Callable[[], str]] = {
    "commands": commands_page,
    "settings": settings_page,
    "results": results_page,
    "claims": claims_page,
}

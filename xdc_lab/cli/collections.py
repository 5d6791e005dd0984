"""Commands for collections of videos: render the demo set or digits, check which files can be used (paper 4.1)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from xdc_lab.cli.options import Json, Processes, Scale, Seed

Overwrite = Annotated[bool, typer.Option("--overwrite", help="delete clips of another seed or of an older world first")]


def demo_set(
    scale: Scale = "demo",
    coupled: Annotated[
        bool, typer.Option("--coupled", help="scene and room go with the event half of the time; renders SCALE-coupled")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="default: data/SCALE, or data/SCALE-coupled")] = None,
    seed: Seed = 0,
    workers: Processes = None,
    overwrite: Overwrite = False,
) -> None:
    """Render the embedded demo set: real MP4 files of a procedural world, with an items table. Resumes."""
    from xdc_lab.datasets.catalogue import COUPLED_SUFFIX, data_folder
    from xdc_lab.worlds.demo.render import render_demo_set
    from xdc_lab.worlds.demo.world_settings import COUPLED

    table = render_demo_set(
        out or data_folder() / f"{scale}{COUPLED_SUFFIX * coupled}",
        scale=scale,
        seed=seed,
        world=COUPLED if coupled else None,
        workers=workers,
        overwrite=overwrite,
    )
    print(f"items table: {table}")


def digit_set(
    recordings: Annotated[
        Path, typer.Option(help="the Free Spoken Digit Dataset: a folder of {digit}_{speaker}_{index}.wav")
    ],
    scale: Scale = "demo",
    out: Annotated[Path | None, typer.Option(help="default: data/digits, data/digits-tiny")] = None,
    seed: Seed = 0,
    workers: Processes = None,
    overwrite: Overwrite = False,
) -> None:
    """Render handwritten digits with spoken ones, real signals, as MP4 files with an items table. Resumes."""
    from xdc_lab.datasets.catalogue import data_folder
    from xdc_lab.worlds.digits.render import render_digit_set

    out = out or data_folder() / ("digits" if scale == "demo" else f"digits-{scale}")
    table = render_digit_set(out, recordings=recordings, scale=scale, seed=seed, workers=workers, overwrite=overwrite)
    print(f"items table: {table}")


def check(
    data: Annotated[
        str, typer.Argument(help="demo, tiny, demo-coupled, a folder of videos, or a .csv or .parquet of items")
    ],
    workers: Processes = None,
    as_json: Json = False,
) -> None:
    """Probe every file: how many can be used, and what is wrong with each of the others. Exit code 1 if none can."""
    from xdc_lab.datasets.catalogue import load_listed
    from xdc_lab.datasets.check import check_items
    from xdc_lab.datasets.same_files import in_several_splits, say_shared

    listed = load_listed(data)
    found = check_items(listed.items, workers=workers)
    rejected = found.rejected[["path", "problem", "detail"]].to_dict("records")
    # Which classes and splits were read is said: a folder may have been taken for the wrong one of the two.
    read = {name: listed.items[name].value_counts(sort=False).to_dict() for name in ("label", "split")}
    told = {"usable": len(found.usable), "counts": found.counts, "rejected": rejected, **read, **listed.lacks()}
    told["in_several_splits"] = shared = in_several_splits(listed.items)
    lines = filter(None, [str(found), str(listed), say_shared(shared)])
    print(json.dumps(told, indent=2) if as_json else "\n".join(lines))
    for name in () if as_json else read:
        print(f"{name}: {_first(read[name])}")
    if not len(found.usable):
        raise typer.Exit(1)


def _first(counts: Mapping[Any, int], shown: int = 10) -> str:
    first = ", ".join(f"{name or '(none)'} {count}" for name, count in list(counts.items())[:shown])
    return f"{first}, ... ({len(counts)} in all)" if len(counts) > shown else first

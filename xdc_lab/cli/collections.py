"""Commands for collections of videos: render the demo set or digits, check which files can be used (paper 4.1)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from xdc_lab.cli.options import CurationOptions, Json, Processes, Scale, Seed, spread
from xdc_lab.errors import printable

Source = Annotated[
    str, typer.Argument(help="demo, tiny, demo-coupled, a folder of videos, or a .csv or .parquet of items")
]
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


@spread
def sample(
    used: CurationOptions,
    data: Annotated[
        str, typer.Argument(help="PATH:SIZE or NAME:SIZE, as AUDIOSET:240000; no size with --only or --without")
    ],
    out: Annotated[Path, typer.Option(help="the items table to write: a .csv that --data takes")],
) -> None:
    """Draw so many clips of a collection to pretrain on, always the same, or those of a selection; write their list."""
    from xdc_lab.datasets.items import write_items
    from xdc_lab.errors import SettingError
    from xdc_lab.studies.collection import parse_collection

    collection = replace(parse_collection(data), curation=used.curation())
    if collection.clips is None and used == CurationOptions():
        raise SettingError(f"{data!r} says no size; write PATH:SIZE, as AUDIOSET:240000, or give --only or --without")
    items = collection.items()
    write_items(items, out)
    print(f"{len(items)} of {collection.used}: {out}\nnext: xdc-lab pretrain --data {out}")


@dataclass(frozen=True)
class LimitOptions:
    """What probing may take."""

    workers: Processes = None
    seconds: Annotated[float, typer.Option(help="what one file may take")] = 60.0
    memory: Annotated[float, typer.Option(metavar="MB", help="what one file may take")] = 3000.0


@spread
def check(
    used: CurationOptions,
    probing: LimitOptions,
    data: Source,
    thorough: Annotated[bool, typer.Option("--thorough", help="decode all of every file, not three places")] = False,
    report: Annotated[Path | None, typer.Option(help="folder of report and cache; default: in the collection")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="exit code 1 unless all that is listed can be used")] = False,
    as_json: Json = False,
) -> None:
    """Probe every file: how many can be used, and what is wrong with each of the others. Resumes.

    Exit code 1 if none can be used.
    """
    from xdc_lab.datasets.catalogue import describe_data, load_listed, name_of
    from xdc_lab.datasets.check import check_items
    from xdc_lab.datasets.check_report import Report, report_folder
    from xdc_lab.datasets.isolation import Limits
    from xdc_lab.datasets.labels import count_labels
    from xdc_lab.datasets.pictures import tracks_of
    from xdc_lab.datasets.probe_cache import CACHE_FILE
    from xdc_lab.datasets.same_files import in_several_splits

    listed = load_listed(data)
    listed = replace(listed, items=used.curation().of(listed.items))
    folder = report or report_folder(describe_data(data)["path"])
    found = check_items(
        listed.items,
        modalities=tracks_of(listed.items),
        thorough=thorough,
        limits=Limits(seconds=probing.seconds, memory_bytes=int(probing.memory * 1e6)),
        workers=probing.workers,
        cache=folder / CACHE_FILE,
    )
    told = Report(found, listed, in_several_splits(listed.items))
    page = told.write(folder, name=f"{name_of(data)} {used.curation().name}".rstrip())
    print(json.dumps(told.told(), indent=2) if as_json else told)
    # Which classes and splits were read is said: a folder may have been taken for the wrong one of the two.
    if not as_json:
        print(f"label: {_first(count_labels(listed.items).to_dict())}")
        print(f"split: {_first(listed.items['split'].value_counts(sort=False).to_dict())}")
        print(f"report: {page}")
    if found.usable.empty or (strict and not told.is_whole):
        raise typer.Exit(1)


@dataclass(frozen=True)
class PreparedForm:
    """How prepared files are written."""

    scale: Annotated[str, typer.Option(help="whose short side the pictures get: tiny, demo, paper (256)")] = "paper"
    short_side: Annotated[int | None, typer.Option(metavar="PX", help="another short side than the scale's")] = None
    keyframes: Annotated[int | None, typer.Option(metavar="N", help="frames between keyframes, at most")] = None
    log_mels: Annotated[
        bool, typer.Option("--log-mels/--no-log-mels", help="write the sound's log-mels into the files: 11 kB a second")
    ] = True


@spread
def prepare(
    data: Source,
    form: PreparedForm,
    out: Annotated[Path, typer.Argument(help="a new folder; started again, the command goes on with it")],
    shards: Annotated[float | None, typer.Option(metavar="MB", help="pack into .tar shards of this size")] = None,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="do part I of N alone; under torchrun, srun and Slurm arrays by itself"),
    ] = None,
    workers: Processes = None,
) -> None:
    """Write a collection anew as training reads it fastest: small pictures, many keyframes, mono sound. Resumes."""
    from xdc_lab.datasets.preparation.engine import prepare_collection
    from xdc_lab.datasets.preparation.parts import own_part
    from xdc_lab.media.reencode import ReencodeSettings
    from xdc_lab.pretraining.settings import scale_settings

    side = form.short_side or scale_settings(form.scale).video.short_side_px
    every = {} if form.keyframes is None else {"keyframe_every": form.keyframes}
    settings = ReencodeSettings(short_side_px=side, log_mels=form.log_mels, **every)
    found = prepare_collection(
        data, out, settings=settings, shard_megabytes=shards, part=own_part(shard), workers=workers
    )
    print(found)
    if not found.waiting and len(found.rejected) == found.items:
        raise typer.Exit(1)


def _first(counts: Mapping[Any, int], shown: int = 10) -> str:
    first = ", ".join(f"{printable(name or '(none)')} {count}" for name, count in list(counts.items())[:shown])
    return f"{first}, ... ({len(counts)} in all)" if len(counts) > shown else first

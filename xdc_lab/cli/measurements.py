"""Commands that measure the machine and a collection: speed, memory, what a run will cost, how hard its labels are."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from xdc_lab.cli.options import Data, Json, Scale, Seed, SettingOptions, spread


def bench(
    data: Data = "demo",
    memory: Annotated[
        bool, typer.Option("--memory", help="the memory of one collection and of four times as many clips")
    ] = False,
    parts: Annotated[str, typer.Option(help="measure these only, with commas between")] = "data-path,training,kmeans",
    rounds: Annotated[int, typer.Option(help="how often both sides run, in turn", min=1)] = 5,
    out: Annotated[Path | None, typer.Option(help="write the table as CSV too")] = None,
) -> None:
    """Measure the data path, the training step and k-means against the bare libraries: ratios, in one run."""
    from xdc_lab.bench.memory import bench_memory
    from xdc_lab.bench.speed import bench as run_bench

    table = bench_memory(data) if memory else run_bench(data, rounds=rounds, parts=parts.split(","))
    print(table.to_string(index=False))
    if out:
        table.to_csv(out, index=False, lineterminator="\n")


def difficulty(data: Data = "demo", seed: Seed = 0) -> None:
    """Measure how hard a labelled collection is: supervised ceiling, random features, factors; no clustering."""
    from xdc_lab.bench.difficulty import difficulty as measure

    print(measure(data, seed=seed).to_string(index=False))


@dataclass(frozen=True)
class PlanOptions:
    """What a plan is for."""

    gpus: Annotated[int, typer.Option(help="GPUs of all machines together; 0: train on the cores")] = 8
    cores: Annotated[int, typer.Option(help="CPU cores of all machines together, for decoding")] = 96
    gpu: Annotated[
        str | None, typer.Option(help="GPU speed: h100 (assumed), or here (measured; default where there is one)")
    ] = None
    gpu_step_ms: Annotated[
        float | None,
        typer.Option(metavar="MS", help="measured time of one video training step at the scale's batch size"),
    ] = None
    disk_gb_s: Annotated[float | None, typer.Option(metavar="GB", help="read speed of the disk, GB per second")] = None
    clips: Annotated[int | None, typer.Option(help="plan for this many clips, whatever the collection has")] = None
    prepared: Annotated[bool, typer.Option("--prepared", help="train on the collection that `prepare` writes")] = False


@spread
def plan(
    data: Annotated[
        str,
        typer.Argument(help="kinetics, audioset, ig65m (the paper's; nothing is measured), or a collection to measure"),
    ],
    options: PlanOptions,
    setting: SettingOptions,
    scale: Scale = "paper",
    method: Annotated[str, typer.Option(help="XDC, CDC, MDC, SDC, ...")] = "XDC",
    markdown: Annotated[bool, typer.Option("--markdown", help="print Markdown")] = False,
    as_json: Json = False,
) -> None:
    """Estimate what a pretraining will cost, stage by stage: hours, GPU hours, cores, disk, memory, and what limits."""
    from xdc_lab.bench.plan.machine import Machine
    from xdc_lab.bench.plan.question import Question
    from xdc_lab.bench.plan.question import plan as reckon
    from xdc_lab.methods import find_method
    from xdc_lab.pretraining.settings import scale_settings

    question = Question(
        data,
        clips=options.clips,
        machine=Machine(options.gpus, options.cores),
        gpu=options.gpu,
        step_ms=options.gpu_step_ms,
        prepared=options.prepared,
        disk_gb=options.disk_gb_s,
    )
    found = reckon(question, method=find_method(method), settings=setting.apply(scale_settings(scale)))
    print(json.dumps(found.told(), indent=2) if as_json else found.markdown() if markdown else found)

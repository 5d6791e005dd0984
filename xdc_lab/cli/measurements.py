"""Commands that measure the machine and a collection: speed, memory, and how hard its labels are."""

from pathlib import Path
from typing import Annotated

import typer

from xdc_lab.cli.options import Data, Seed


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
        table.to_csv(out, index=False)


def difficulty(data: Data = "demo", seed: Seed = 0) -> None:
    """Measure how hard a labelled collection is: supervised ceiling, random features, factors; no clustering."""
    from xdc_lab.bench.difficulty import difficulty as measure

    print(measure(data, seed=seed).to_string(index=False))

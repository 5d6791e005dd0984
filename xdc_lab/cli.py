"""The command line, `xdc-lab`: from a folder of videos to clusters that one can see and hear (the whole paper)."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from xdc_lab.errors import XdcError

app = typer.Typer(
    help=__doc__,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Data = Annotated[
    str, typer.Option(help="demo, tiny, a folder of videos (class folders or not), or a .csv of items")
]
Run = Annotated[Path, typer.Argument(help="a run folder, as `xdc-lab pretrain` prints it at its end")]
Scale = Annotated[str, typer.Option(help="tiny (seconds) · demo (minutes on two cores) · paper (GPUs)")]
Workers = Annotated[int | None, typer.Option(help="processes to work with; default: one a core")]
Seed = Annotated[int, typer.Option(help="everything random follows from it")]


@app.command("demo-set")
def demo_set(
    scale: Scale = "demo",
    out: Annotated[Path | None, typer.Option(help="default: data/SCALE")] = None,
    seed: Seed = 0,
    workers: Workers = None,
) -> None:
    """Render the embedded demo set: real MP4 files of a procedural world, with an items table. Resumes."""
    from xdc_lab.datasets.demo_world.render import render_demo_set

    table = render_demo_set(out or Path("data") / scale, scale=scale, seed=seed, workers=workers)
    print(f"items table: {table}")


@app.command()
def check(
    data: Annotated[str, typer.Argument(help="demo, tiny, a folder of videos, or a .csv of items")],
    workers: Workers = None,
) -> None:
    """Probe every file and say how many can be used, and what is wrong with each of the others."""
    from xdc_lab.datasets.catalogue import load_items
    from xdc_lab.datasets.check import check_items

    print(check_items(load_items(data), workers=workers))


@app.command()
def pretrain(
    data: Data = "demo",
    method: Annotated[str, typer.Option(help="SDC, MDC, CDC, XDC, XDC-2-video or XDC-2-audio")] = "XDC",
    k: Annotated[int | None, typer.Option(help="clusters per k-means; default: the scale's")] = None,
    scale: Scale = "demo",
    out: Annotated[Path | None, typer.Option(help="run folder; default: runs/DATA-METHOD-kK-sSEED")] = None,
    seed: Seed = 0,
    iterations: Annotated[
        int | None, typer.Option(help="deep clustering iterations; default: the scale's")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="limit of epochs an iteration; default: the scale's")
    ] = None,
    sampling: Annotated[
        str | None, typer.Option(help="items, or clusters (DeepCluster's remedy for SDC)")
    ] = None,
    device: Annotated[str, typer.Option(help="auto takes the GPU where there is one")] = "auto",
    workers: Annotated[int, typer.Option(help="processes that decode ahead of the training step")] = 0,
) -> None:
    """Pretrain on unlabelled videos: extract, cluster, train, repeat. The same command again resumes it."""
    from dataclasses import replace

    from xdc_lab import distributed
    from xdc_lab.datasets.catalogue import describe_data, load_items
    from xdc_lab.methods import find_method
    from xdc_lab.pretraining.engine import pretrain as run_pretraining
    from xdc_lab.pretraining.settings import scale_settings

    settings = scale_settings(scale, k=k)
    changes = {"epochs": epochs, "sampling": sampling}
    training = replace(
        settings.training, **{name: value for name, value in changes.items() if value is not None}
    )
    settings = replace(settings, training=training, iterations=iterations or settings.iterations)
    out = out or Path("runs") / f"{Path(data).stem}-{method}-k{settings.kmeans.k}-s{seed}"
    with distributed.session():
        run = run_pretraining(
            load_items(data),
            out,
            method=find_method(method),
            settings=settings,
            seed=seed,
            data=describe_data(data),
            device=device,
            workers=workers,
            on_iteration=_print_iteration,
        )
        if distributed.is_main():
            _print_rejected(run)
            print(f"run folder: {run.path}\nnext: xdc-lab clusters {run.path}")


@app.command()
def clusters(
    run: Run, top: Annotated[int, typer.Option(help="clusters from the top of the ranking")] = 4
) -> None:
    """Print Table 6 of a run, ranked by purity, and draw Figure 2: the ten clips nearest to each centroid."""
    from xdc_lab.analysis.concepts import table6
    from xdc_lab.analysis.report import write_report
    from xdc_lab.analysis.result import load_result

    result = load_result(run)
    print(table6(result, top=top))
    for path in write_report(result):
        print(path)


@app.command()
def show(run: Run) -> None:
    """Print what a run is: method, settings with their sources, and every iteration's numbers."""
    from xdc_lab.runs.folder import RunFolder, read_lines

    folder = RunFolder(run)
    about = folder.read_about()
    print(f"{about['id']}  {about['status']}  {about['wall_seconds']:.0f} s\n{about['command']}")
    for row in about["settings"]:
        print(f"  {row['name']:28} {row['value']!s:14} {row['source']:12} {row['note']}")
    _print_iteration(read_lines(folder.clusterings_log))
    for warning in about.get("warnings", []):
        print(f"warning: {warning}")
    _print_rejected(folder)


@app.command()
def explore(
    run: Run,
    out: Annotated[Path | None, typer.Option(help="default: RUN/report/explorer.html")] = None,
    budget_mb: Annotated[
        float, typer.Option(help="size of the file; the plan of what is kept is printed")
    ] = 20.0,
) -> None:
    """Write the cluster explorer: one HTML file to open, mail and browse offline."""
    from xdc_lab.explorers.html import explore as write_explorer

    print(f"explorer: {write_explorer(run, out, budget_mb=budget_mb)}")


@app.command()
def bench(
    data: Data = "demo",
    out: Annotated[Path | None, typer.Option(help="write the table as CSV too")] = None,
) -> None:
    """Measure the data path, the training step and k-means against the bare libraries: ratios, in one run."""
    from xdc_lab.recipes.bench import bench as run_bench

    table = run_bench(data)
    print(table.to_string(index=False))
    if out:
        table.to_csv(out, index=False)


@app.command()
def difficulty(data: Data = "demo", seed: Seed = 0) -> None:
    """Measure how hard a labelled collection is: supervised ceiling, random features, factors; no clustering."""
    from xdc_lab.recipes.difficulty import difficulty as measure

    print(measure(data, seed=seed).to_string(index=False))


def _print_iteration(rows: list[dict]) -> None:
    for row in rows:
        numbers = ", ".join(
            f"{name} {row[key]:.2f}"
            for name, key in (
                ("purity", "purity"),
                ("NMI with the label", "nmi_label"),
                ("with the previous iteration", "nmi_previous"),
                ("with the other clusters", "nmi_other"),
            )
            if row[key] is not None
        )
        print(f"iteration {row['iteration']}  {row['clustering']:8} k={row['k']}  {numbers}", flush=True)


def _print_rejected(run) -> None:
    from xdc_lab.datasets.items import read_items

    rejected = read_items(run.rejected)
    if len(rejected):
        print(f"{len(rejected)} files were not used:")
    for row in rejected.itertuples():
        print(f"  {row.problem}: {row.path}")


def main() -> None:
    """Run the command line; an error of this package is one message, not a traceback."""
    try:
        app()
    except XdcError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("stopped; start the same command again to go on", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()

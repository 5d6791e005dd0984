"""The command line, `xdc-lab`: from a folder of videos to clusters that one can see and hear (the whole paper)."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from xdc_lab.cli.localization import localization
from xdc_lab.cli.options import AllRuns, BySight, BySound, Data, Device, Jobs, Run, Scale, Seed, Workers
from xdc_lab.errors import XdcError

app = typer.Typer(
    help=__doc__,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(localization, name="localization")


@app.command("demo-set")
def demo_set(
    scale: Scale = "demo",
    out: Annotated[Path | None, typer.Option(help="default: data/SCALE")] = None,
    seed: Seed = 0,
    workers: Workers = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="delete clips of another seed or of an older world first")
    ] = False,
) -> None:
    """Render the embedded demo set: real MP4 files of a procedural world, with an items table. Resumes."""
    from xdc_lab.datasets.catalogue import data_folder
    from xdc_lab.worlds.demo.render import render_demo_set

    table = render_demo_set(
        out or data_folder() / scale, scale=scale, seed=seed, workers=workers, overwrite=overwrite
    )
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
    out: Annotated[Path | None, typer.Option(help="run folder; default: runs/DATA/METHOD-kK-sSEED")] = None,
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
    device: Device = "auto",
    workers: Annotated[int, typer.Option(help="processes that decode ahead of the training step")] = 0,
) -> None:
    """Pretrain on unlabelled videos: extract, cluster, train, repeat. The same command again resumes it."""
    from dataclasses import replace

    from xdc_lab import distributed
    from xdc_lab.datasets.catalogue import describe_data, load_items
    from xdc_lab.methods import find_method
    from xdc_lab.pretraining.engine import pretrain as run_pretraining
    from xdc_lab.pretraining.settings import scale_settings
    from xdc_lab.studies.sources import RUNS, STORE, pretraining_folder

    settings = scale_settings(scale, k=k)
    changes = {"epochs": epochs, "sampling": sampling}
    training = replace(
        settings.training, **{name: value for name, value in changes.items() if value is not None}
    )
    settings = replace(settings, training=training, iterations=iterations or settings.iterations)
    about_data = describe_data(data)
    named = Path(RUNS) / pretraining_folder(
        about_data["name"], method, scale=scale, seed=seed, k=settings.kmeans.k
    )
    with distributed.session():
        run = run_pretraining(
            load_items(data),
            out or named,
            method=find_method(method),
            settings=settings,
            seed=seed,
            data=about_data,
            device=device,
            workers=workers,
            store_folder=None if out else Path(RUNS) / STORE,
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
    from xdc_lab.analysis.tables import to_text

    result = load_result(run)
    print(to_text(table6(result, top=top)))
    for path in write_report(result, top=top):
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
    compare: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="RUN", help="another run on the same clips, to stand beside this one; repeatable"
        ),
    ] = None,
) -> None:
    """Write the cluster explorer: one HTML file to open, mail and browse offline."""
    from xdc_lab.explorers.html import explore as write_explorer

    print(f"explorer: {write_explorer(run, out, budget_mb=budget_mb, compare=compare or ())}")


@app.command()
def bench(
    data: Data = "demo",
    memory: Annotated[
        bool, typer.Option(help="the memory of one collection and of four times as many clips")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="write the table as CSV too")] = None,
) -> None:
    """Measure the data path, the training step and k-means against the bare libraries: ratios, in one run."""
    from xdc_lab.bench.memory import bench_memory
    from xdc_lab.bench.speed import bench as run_bench

    table = bench_memory(data) if memory else run_bench(data)
    print(table.to_string(index=False))
    if out:
        table.to_csv(out, index=False)


@app.command()
def difficulty(data: Data = "demo", seed: Seed = 0) -> None:
    """Measure how hard a labelled collection is: supervised ceiling, random features, factors; no clustering."""
    from xdc_lab.bench.difficulty import difficulty as measure

    print(measure(data, seed=seed).to_string(index=False))


@app.command()
def evaluate(
    source: Annotated[Path, typer.Argument(help="a run folder, or an encoder's .safetensors file")],
    data: Data = "demo",
    encoder: Annotated[str, typer.Option(help="its name in the run: video, audio, video_1, ...")] = "video",
    protocol: Annotated[
        str, typer.Option(help="full-finetuning, fc-only, 32-frames, linear-svm or retrieval")
    ] = "full-finetuning",
    scale: Scale = "demo",
    out: Annotated[Path | None, typer.Option(help="default: RUN/evaluations/...")] = None,
    split: Annotated[list[str] | None, typer.Option(help="an official split; default: all of them")] = None,
    validation: Annotated[bool, typer.Option(help="test on a part of the training items instead")] = False,
    seed: Seed = 0,
    device: Device = "auto",
    workers: Annotated[int, typer.Option(help="processes that decode ahead of the training step")] = 0,
) -> None:
    """Judge an encoder on labelled items by one of the paper's protocols. The same command again resumes it."""
    from xdc_lab import distributed
    from xdc_lab.studies.evaluation_job import judge

    with distributed.session():
        result = judge(
            source,
            data=data,
            encoder=encoder,
            protocol=protocol,
            scale=scale,
            out=out,
            splits=split or None,
            validation=validation,
            seed=seed,
            device=device,
            workers=workers,
        )
        if distributed.is_main():
            print(f"{result}\nrun folder: {result.run.path}\nnext: xdc-lab record {result.run.path}")


@app.command()
def released(
    checkpoint: Annotated[
        str | None, typer.Argument(help="a name of the list, or a downloaded file; default: print the list")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="write it as an encoder's .safetensors file, which `evaluate` takes")
    ] = None,
) -> None:
    """Load a checkpoint that the paper's authors released, after an audit; code in the file is never run."""
    from xdc_lab.encoders.released import load_released, released_report

    if checkpoint is None:
        print(released_report())
        return
    found = load_released(checkpoint)
    print(found)
    if out:
        print(f"encoder: {found.save(out)}\nnext: xdc-lab evaluate {out} --scale paper --data LABELLED")


@app.command()
def table(
    number: Annotated[int, typer.Argument(help="1, 2, 3, 4, 5, 7 or 8: a table of the paper")],
    scale: Scale = "demo",
    seeds: Annotated[
        int | None, typer.Option(help="how many: 0, 1, 2, ...; default: the table's own")
    ] = None,
    jobs: Jobs = 1,
    out: AllRuns = None,
    data: Annotated[str | None, typer.Option(help="to pretrain on; default: the scale's demo set")] = None,
    uncurated: Annotated[
        str | None, typer.Option(help="Tables 3 and 4: videos that nobody chose; default: the scale's")
    ] = None,
    video: BySight = None,
    audio: BySound = None,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="measure nothing: print what is recorded with the project")
    ] = False,
    device: Device = "auto",
) -> None:
    """Run a comparison of the paper and print it beside the paper's numbers. The same command again resumes it."""
    from xdc_lab.results.report import beside_the_paper_and_each_other as report
    from xdc_lab.studies.catalogue import demand_argument, find_recipe

    if recorded:
        from xdc_lab.results.recorded import demand_recorded
        from xdc_lab.results.summary import measured

        there = demand_recorded(f"table{number}", scale=scale)
        print(report(number, there), measured(there), sep="\n\n")
        return
    chosen: dict[str, Any] = {} if seeds is None else {"seeds": tuple(range(seeds))}
    if uncurated is not None:
        demand_argument(number, "uncurated_data")
        chosen["uncurated_data"] = uncurated
    results = find_recipe(number)(
        out, scale=scale, jobs=jobs, data=data, downstream=_own(video, audio), device=device, **chosen
    )
    print(report(number, results))
    print(f"means, differences and results: {out or 'runs'}/tables/{scale}/table{number}")


@app.command()
def esc10(
    esc: Annotated[str, typer.Argument(help="a folder in ESC-50's layout (ESC-50, or its subset ESC-10)")],
    scale: Scale = "demo",
    seeds: Annotated[int, typer.Option(help="how many: 0, 1, 2, ...")] = 3,
    jobs: Jobs = 1,
    out: AllRuns = None,
    device: Device = "auto",
) -> None:
    """Judge every method's audio encoder on real sounds in five folds. The same command again resumes it."""
    from xdc_lab.results.summary import summarise
    from xdc_lab.studies.esc10 import esc10 as run_esc10

    results = run_esc10(esc, out, scale=scale, seeds=tuple(range(seeds)), jobs=jobs, device=device)
    print(summarise(results, by=("method", "protocol")).to_string(index=False))


@app.command()
def few_labels(
    scale: Scale = "demo",
    per_class: Annotated[
        list[int] | None, typer.Option(help="labels of each class; default: 3 and 6")
    ] = None,
    seeds: Annotated[int, typer.Option(help="how many: 0, 1, 2, ...")] = 3,
    jobs: Jobs = 1,
    out: AllRuns = None,
    video: BySight = None,
    audio: BySound = None,
    device: Device = "auto",
) -> None:
    """Finetune the encoders of Table 1 with a few labels of each class. The same command again resumes it."""
    from xdc_lab.results.summary import summarise
    from xdc_lab.studies.few_labels import few_labels as run_few_labels

    results = run_few_labels(
        out,
        scale=scale,
        seeds=tuple(range(seeds)),
        per_class=per_class or (3, 6),
        downstream=_own(video, audio),
        jobs=jobs,
        device=device,
    )
    print(summarise(results, by=("method", "modality", "downstream")).to_string(index=False))


@app.command()
def record(
    run: Annotated[Path, typer.Argument(help="a finished run of `xdc-lab evaluate` or `pretrain`")],
    out: Annotated[Path, typer.Option(help="the CSV file to add to")] = Path("results.csv"),
    recipe: Annotated[str | None, typer.Option(help="what to call it; default: what the run says")] = None,
) -> None:
    """Add a finished run to a table of results: run, commit, recipe, seed, device, time, score."""
    from xdc_lab.results.rows import record as write_record

    print(f"recorded in {write_record(run, out, recipe=recipe)}")


def _own(video: list[str] | None, audio: list[str] | None) -> list[tuple[str, str]] | None:
    """What a study judges on in the place of the scale's own items."""
    own = [(name, "video") for name in video or []] + [(name, "audio") for name in audio or []]
    return own or None


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

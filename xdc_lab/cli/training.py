"""Commands that make encoders: pretraining of every row of the tables, and the released checkpoints (paper 3, 4.1)."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from xdc_lab.cli.options import CollectionOptions, ExecutionOptions, Json, Out, Scale, SettingOptions, spread
from xdc_lab.errors import counted, printable


@dataclass(frozen=True)
class MethodOptions:
    """What is pretrained."""

    method: Annotated[
        str, typer.Option(help="SDC, MDC, CDC, XDC, XDC-2-video, XDC-2-audio; Superv (labels), Scratch (random)")
    ] = "XDC"
    k: Annotated[str | None, typer.Option(help="clusters: 128, or audio=128,video=64; default: the scale's")] = None
    encoder: Annotated[
        str | None, typer.Option(help="video encoder: r2plus1d_18, resnet3d_18; default: the scale's")
    ] = None
    global_batch: Annotated[
        int | None, typer.Option(help="clips per step of all processes together; default: the scale's for each of them")
    ] = None
    modality: Annotated[
        str | None,
        typer.Option(help="of Superv and Scratch: video or audio; default: both (Superv: OUT/video and OUT/audio)"),
    ] = None
    until_converged: Annotated[
        bool, typer.Option("--until-converged", help="end when the clusterings change as little as they will")
    ] = False


@spread
def pretrain(
    choice: MethodOptions,
    run: ExecutionOptions,
    settings: SettingOptions,
    used: CollectionOptions,
    scale: Scale = "demo",
    out: Out = None,
) -> None:
    """Pretrain on unlabelled videos: extract, cluster, train, repeat. The same command again resumes it."""
    from xdc_lab import distributed
    from xdc_lab.pretraining.settings import scale_settings
    from xdc_lab.studies.place import RUNS, STORE
    from xdc_lab.studies.source import make_source, pretrain_row, with_choice
    from xdc_lab.studies.table import Clusters

    clusters = None if choice.k is None else Clusters.parse(choice.k)
    chosen = with_choice(settings.apply(scale_settings(scale)), clusters=clusters, encoder=choice.encoder)
    if choice.until_converged:
        chosen = replace(chosen, until_converged=True)
    if choice.global_batch is not None:
        chosen = replace(chosen, training=replace(chosen.training, global_batch=choice.global_batch))
    source = make_source(choice.method, run.seed, used.collection(), chosen)
    execution = run.execution()
    if out is None and run.store is None:
        execution = replace(execution, store=Path(RUNS) / STORE)
    runs = source.runs(choice.modality)
    with distributed.session():
        for modalities in runs:
            own = out if out is None or len(runs) == 1 else out / modalities[0]  # a run is a folder
            made = pretrain_row(
                source,
                own or Path(RUNS) / source.folder(scale, modalities[0]),
                modalities=modalities,
                execution=execution,
                on_iteration=_print_iteration,
            )
            if distributed.is_main():
                _print_end(made)


@spread
def show(
    settings: SettingOptions,
    run: Annotated[Path | None, typer.Argument(help="a run folder; none with --budget")] = None,
    as_json: Json = False,
    budget: Annotated[
        bool, typer.Option("--budget", help="what the rows of a table are trained with: clips, steps, summed rate")
    ] = False,
    table: Annotated[str, typer.Option(help="of --budget: a number, a name or FILE.toml")] = "1",
    scale: Scale = "paper",
) -> None:
    """Print what a run is: method, settings with their sources and what was changed, and every iteration's numbers."""
    import json

    from xdc_lab.errors import SettingError
    from xdc_lab.pretraining.record import convergence_text
    from xdc_lab.pretraining.settings import nearest_scale
    from xdc_lab.runs.folder import RunFolder, read_lines

    if budget:
        _print_budget(table, scale, settings)
        return
    if run is None:
        raise SettingError("name a run folder, as `xdc-lab show runs/demo/XDC-k32-s0`, or ask for --budget")
    folder = RunFolder(run)
    about, log = folder.read_about(), read_lines(folder.clusterings_log)
    told = {row["name"]: row["value"] for row in about["settings"]}
    scale, changed = nearest_scale(told, remedies=about.get("method", {}).get("remedies", False))
    if as_json:
        print(json.dumps({**about, "scale": scale, "changed": changed, "clusterings": log}, indent=2))
        return
    print(f"{about['id']}  {about['status']}  {about['wall_seconds']:.0f} s\n{about['command']}")
    for row in about["settings"]:
        print(f"  {row['name']:28} {row['value']!s:14} {row['source']:12} {row['note']}")
    _print_iteration(log)
    if told := convergence_text(log):
        print(told)
    if scale:
        told = ", ".join(f"{name} {value} (not {usual})" for name, (value, usual) in changed.items())
        print(f"settings: those of scale {scale}{f', but {told}' if told else ''}")
    for warning in about.get("warnings", []):
        print(f"warning: {warning}")
    _print_rejected(folder)


def _print_budget(table: str, scale: str, settings: SettingOptions) -> None:
    from xdc_lab.studies.budget import budget_text, table_budget
    from xdc_lab.studies.place import RUNS
    from xdc_lab.studies.tables import find_table

    place = settings.place(Path(RUNS), scale)
    print(budget_text(table_budget(find_table(table), place)))


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


def _print_end(run: Any) -> None:
    from xdc_lab.pretraining.record import convergence_text
    from xdc_lab.runs.folder import read_lines

    about = run.read_about()
    if told := convergence_text(read_lines(run.clusterings_log)):
        print(told)
    for warning in about.get("warnings", []):
        print(f"warning: {warning}")
    _print_rejected(run)
    following = "clusters" if about["kind"] == "pretrain" else "evaluate"
    print(f"run folder: {run.path}\nnext: xdc-lab {following} {run.path}")


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
        if row.get("labelled"):
            numbers += f" (with a label: {counted(row['labelled'], 'item')})"
        print(f"iteration {row['iteration']}  {row['clustering']:8} k={row['k']}  {numbers}", flush=True)


def _print_rejected(run: Any) -> None:
    from xdc_lab.datasets.items import read_items

    if not run.rejected.is_file():  # random encoders have no items
        return
    rejected = read_items(run.rejected)
    if len(rejected):
        print(f"not used: {counted(len(rejected), 'file')}")
    for row in rejected.itertuples():
        print(f"  {row.problem}: {printable(row.path)}")

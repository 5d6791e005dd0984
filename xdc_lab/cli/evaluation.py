"""Commands that measure encoders: one protocol on labelled items, and a row in a table of results (paper 4.1, 6)."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from xdc_lab.cli.encoders import Source
from xdc_lab.cli.options import CollectionOptions, ExecutionOptions, Json, Out, Scale, SettingOptions, spread


@dataclass(frozen=True)
class ProtocolOptions:
    """How an encoder is evaluated."""

    encoder: Annotated[str, typer.Option(help="its name in the run: video, audio, video_1, ...")] = "video"
    protocol: Annotated[str, typer.Option(help="full-finetuning, fc-only, 32-frames, linear-svm or retrieval")] = (
        "full-finetuning"
    )
    split: Annotated[list[str] | None, typer.Option(help="an official split; default: all of them")] = None
    per_class: Annotated[int | None, typer.Option(help="labelled training items per class; default: all")] = None
    validation: Annotated[bool, typer.Option("--validation", help="test on a part of the training items instead")] = (
        False
    )


@spread
def evaluate(
    source: Source,
    choice: ProtocolOptions,
    run: ExecutionOptions,
    settings: SettingOptions,
    used: CollectionOptions,
    scale: Scale = "demo",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Evaluate an encoder on labelled items by one of the paper's protocols. The same command again resumes it."""
    from xdc_lab import distributed
    from xdc_lab.studies.evaluation_job import evaluate_source, find_encoder, settings_for

    encoder = find_encoder(source, choice.encoder)
    collection = replace(used.collection(), per_class=choice.per_class)
    with distributed.session():
        result = evaluate_source(
            encoder,
            collection,
            out,
            protocol=choice.protocol,
            settings=settings_for(encoder, scale, collection, settings.read()),
            splits=choice.split or None,
            validation=choice.validation,
            execution=run.execution(),
        )
        if not distributed.is_main():
            return
        if as_json:
            told = {"run": str(result.run.path), "protocol": result.about["protocol"], "mean": result.mean}
            splits = json.loads(result.scores.to_json(orient="records"))
            print(json.dumps({**told, "spread": result.spread, "splits": splits}, indent=2))
        else:
            print(f"{result}\nrun folder: {result.run.path}\nnext: xdc-lab record {result.run.path}")


def record(
    run: Annotated[Path, typer.Argument(help="a finished run of `xdc-lab evaluate` or `pretrain`")],
    out: Annotated[Path, typer.Option(help="the CSV file to add to")] = Path("results.csv"),
    recipe: Annotated[str | None, typer.Option(help="what to call it; default: what the run says")] = None,
) -> None:
    """Add a finished run to a table of results: run, commit, recipe, seed, device, time, score."""
    from xdc_lab.results.rows import record as write_record

    print(f"recorded in {write_record(run, out, recipe=recipe)}")

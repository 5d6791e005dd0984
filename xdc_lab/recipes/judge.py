"""A run or an encoder file, labelled data and a protocol in; its evaluation out: one cell by hand (paper 4.1, 6)."""

from collections.abc import Sequence
from pathlib import Path

from xdc_lab.datasets.catalogue import describe_data, load_items
from xdc_lab.errors import RunError
from xdc_lab.evaluation.engine import evaluate
from xdc_lab.evaluation.protocols import find_protocol
from xdc_lab.evaluation.result import EvaluationResult
from xdc_lab.evaluation.retraining import retrain_on_last_clusters
from xdc_lab.evaluation.settings import EvaluationSettings
from xdc_lab.recipes.scales import study_settings
from xdc_lab.runs.folder import RunFolder


def judge(
    source: str | Path,
    *,
    data: str = "demo",
    encoder: str = "video",
    protocol: str = "full finetuning",
    scale: str = "demo",
    settings: EvaluationSettings | None = None,
    out: str | Path | None = None,
    seed: int = 0,
    splits: Sequence[str] | None = None,
    validation: bool = False,
    device: str = "auto",
    workers: int = 0,
    store_folder: str | Path | None = None,
    progress: bool = True,
) -> EvaluationResult:
    """Judge one encoder; where the protocol has long clips, a pretraining's is re-trained with them first (paper 6).

    Args:
        source: a run folder, or an encoder's .safetensors file.
        data: what `xdc_lab.datasets.catalogue.load_items` takes; labels and splits are needed.
        encoder: its name in the run; not used with a file.
        protocol: a name in `PROTOCOLS`.
        scale: the settings: clips must be those that the encoder was trained on.
        settings: instead of the scale's.
        out: default: RUN/evaluations/..., or beside the file.
        seed: of new heads, order and crops.
        splits: default: all official ones.
        validation: test on a part of the training items, to choose settings.
        device: "auto", "cpu", "cuda".
        workers: processes that decode ahead.
        store_folder: where decoded clips are kept; default: beside the evaluation.
        progress: show bars.

    Raises:
        RunError: if the source is neither.
    """
    chosen, settings = find_protocol(protocol), settings or study_settings(scale).evaluation
    source = Path(source)
    about_data = describe_data(data)
    name = f"{about_data['name']}-{chosen.slug}-s{seed}{'-validation' * validation}"
    if source.is_file():
        file, folder = source, Path(out or source.with_name(f"{source.stem}-{name}"))
    elif (run := RunFolder(source)).about.is_file():
        folder = Path(out or run.path / "evaluations" / f"{encoder}-{name}")
        file = run.encoder(encoder)
        if chosen.long_clips and run.read_about()["kind"] == "pretrain":
            again = folder.with_name(f"{encoder}-retrained")
            file = retrain_on_last_clusters(
                run.path,
                again,
                encoder=encoder,
                settings=settings,
                device=device,
                workers=workers,
                store_folder=store_folder,
                progress=progress,
            )
    else:
        raise RunError(f"{source} is neither a run folder nor an encoder's .safetensors file")
    return evaluate(
        file,
        load_items(data),
        folder,
        protocol=chosen,
        settings=settings,
        seed=seed,
        splits=splits,
        validation=validation,
        data=about_data,
        device=device,
        workers=workers,
        store_folder=store_folder,
        progress=progress,
    )

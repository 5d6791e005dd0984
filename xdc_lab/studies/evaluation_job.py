"""A run or an encoder file, labelled data and a protocol in; its evaluation out: one cell by hand (paper 4.1, 6)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xdc_lab.datasets.catalogue import describe_data, load_items
from xdc_lab.encoders.weights import describe_encoder
from xdc_lab.errors import RunError, SettingError
from xdc_lab.evaluation.engine import evaluate
from xdc_lab.evaluation.protocols import find_protocol
from xdc_lab.evaluation.result import EvaluationResult
from xdc_lab.evaluation.settings import EvaluationSettings
from xdc_lab.media.inputs import describe_inputs
from xdc_lab.pretraining.retraining import retrain_on_last_clusters
from xdc_lab.pretraining.settings import SCALES
from xdc_lab.runs.folder import RunFolder
from xdc_lab.studies.scales import study_settings


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
        settings: instead of the scale's; then the clips may be others.
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
        SettingError: if the scale's clips are not those that the encoder was trained on.
    """
    chosen, source = find_protocol(protocol), Path(source)
    about_data = describe_data(data)
    name = f"{about_data['name']}-{chosen.slug}-s{seed}{'-validation' * validation}"
    if source.is_file():
        file, folder = source, Path(out or source.with_name(f"{source.stem}-{name}"))
    elif (run := RunFolder(source)).about.is_file():
        file, folder = run.encoder(encoder), Path(out or run.path / "evaluations" / f"{encoder}-{name}")
    else:
        raise RunError(f"{source} is neither a run folder nor an encoder's .safetensors file")
    settings = settings or _settings_of(scale, file)
    if chosen.long_clips and source.is_dir() and RunFolder(source).read_about()["kind"] == "pretrain":
        file = retrain_on_last_clusters(
            source,
            folder.with_name(f"{encoder}-retrained"),
            encoder=encoder,
            settings=settings,
            device=device,
            workers=workers,
            store_folder=store_folder,
            progress=progress,
        )
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


def _settings_of(scale: str, encoder: Path) -> EvaluationSettings:
    """A scale's settings, if its clips are those that the encoder was trained on, as far as its file says."""
    described = describe_encoder(encoder)
    trained_on = described["inputs"]

    def others(name: str) -> dict[str, tuple[Any, Any]]:
        settings = study_settings(name).evaluation
        clips = describe_inputs(described["modality"], video=settings.video, audio=settings.audio)
        return {
            key: (value, clips[key])
            for key, value in trained_on.items()
            if key in clips and clips[key] != value
        }

    if different := others(scale):
        numbers = ", ".join(f"{key} {was} (scale {scale}: {now})" for key, (was, now) in different.items())
        fitting = (
            " or ".join(f"--scale {name}" for name in SCALES if not others(name)) or "settings of your own"
        )
        raise SettingError(f"{encoder} was trained on other clips: {numbers}; judge it with {fitting}")
    return study_settings(scale).evaluation

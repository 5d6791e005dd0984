"""Choose what a plan is of and what it is reckoned with: a preset, or a collection whose files are measured."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import torch

from xdc_lab.bench.plan.machine import Machine
from xdc_lab.bench.plan.rates import (
    CHECK,
    GPUS,
    ORIGINALS,
    PREPARE,
    PREPARED,
    Rates,
    Steps,
    assumed,
    assumed_steps,
    with_step,
)
from xdc_lab.bench.plan.reckoning import Plan, reckon
from xdc_lab.bench.plan.size import SIZES, Size
from xdc_lab.bench.plan.stages import Job
from xdc_lab.bench.plan.work import count_work
from xdc_lab.datasets.catalogue import PREPARED_FILE, describe_data, load_items, name_of
from xdc_lab.datasets.check import check_items
from xdc_lab.errors import SettingError
from xdc_lab.methods import Method
from xdc_lab.pretraining.settings import PretrainSettings

SAMPLE = 16  # files that are looked at
HERE = "here"


@dataclass(frozen=True)
class Question:
    """What a plan is asked for.

    Attributes:
        data: a key of `SIZES`, or a collection.
        clips: how many there will be; None: as many as there are.
        machine: that it runs on.
        gpu: a key of `GPUS`, or "here": this machine's GPU, or its cores where the machine has no GPU.
        step_ms: of one video training step on a GPU; None: measured or assumed.
        prepared: whether training reads a prepared collection.
        disk_gb: that the disk gives in a second; None: assumed.
    """

    data: str
    clips: int | None = None
    machine: Machine = Machine()
    gpu: str | None = None
    step_ms: float | None = None
    prepared: bool = False
    disk_gb: float | None = None

    def __post_init__(self) -> None:
        if self.gpu not in (None, HERE, *GPUS):
            raise SettingError(f"--gpu {self.gpu!r}: there are {', '.join((HERE, *GPUS))}")
        if self.gpu == HERE and self.machine.gpus and not torch.cuda.is_available():
            raise SettingError(f"--gpu here: this machine has none; take one of {', '.join(GPUS)}, or --gpus 0")


def plan(question: Question, *, method: Method, settings: PretrainSettings) -> Plan:
    """Measure what can be measured, assume the rest, and reckon.

    Raises:
        SettingError: if a setting cannot work.
        DataError: if there is no such collection, or none of its first files can be used.
    """
    settings = settings.for_method(method)
    work = {modality: count_work(modality, settings) for modality in sorted(set(method.encoders.values()))}
    size, rates, already = _of_a_preset(question) if question.data in SIZES else _of_files(question, settings)
    if question.clips is not None:
        size = replace(size, clips=question.clips, source=f"--clips; {size.source}")
    if question.disk_gb is not None:
        rates = replace(rates, disk=assumed(1e9 * question.disk_gb, "B/s", "--disk-gb-s"))
    steps = _steps(question, settings, {name: own.flops for name, own in work.items()})
    job = Job(size, method, settings, work)
    return reckon(job, question.machine, replace(rates, steps=steps), prepare=question.prepared and not already)


_NO_STEPS = assumed_steps("h100", flops={}, batch=1)


def _of_a_preset(question: Question) -> tuple[Size, Rates, bool]:
    feed = PREPARED if question.prepared else ORIGINALS
    return SIZES[question.data], Rates(CHECK, PREPARE, feed, _NO_STEPS), False


def _of_files(question: Question, settings: PretrainSettings) -> tuple[Size, Rates, bool]:
    """Measure the first files: of a prepared folder as they are, of originals as well written anew if wanted."""
    from xdc_lab.bench.plan.measured import measure_check, measure_feed, measure_prepare

    items, path = load_items(question.data), describe_data(question.data)["path"]
    already = Path(path).with_name(PREPARED_FILE).is_file()
    usable = check_items(_spread(items), workers=1).usable
    size = Size(
        name_of(question.data),
        len(items),
        float(usable["duration_seconds"].mean()),
        f"{len(usable)} of its files were looked at",
    )
    feed = PREPARED if question.prepared and not already else measure_feed(usable, settings)
    prepare = measure_prepare(usable) if question.prepared and not already else PREPARE
    return size, Rates(measure_check(usable), prepare, feed, _NO_STEPS), already


def _spread(items: pd.DataFrame) -> pd.DataFrame:
    return items.iloc[:: max(1, len(items) // SAMPLE)].head(SAMPLE).reset_index(drop=True)


def _steps(question: Question, settings: PretrainSettings, flops: dict[str, float]) -> Steps:
    batch = settings.training.batch_size
    if question.machine.gpus == 0 or question.gpu == HERE or (question.gpu is None and torch.cuda.is_available()):
        from xdc_lab.bench.plan.measured import measure_steps

        steps = measure_steps(settings, device="cuda" if question.machine.gpus else "cpu", batch=batch)
    else:
        steps = assumed_steps(question.gpu or "h100", flops=flops, batch=batch)
    return steps if question.step_ms is None else with_step(steps, question.step_ms, batch=batch)

"""Plan a pretraining: what is known of the machine is measured, the rest assumed and said to be."""

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from xdc_lab.analysis.tables import to_markdown, to_text
from xdc_lab.bench.plan.machine import Machine
from xdc_lab.bench.plan.rates import Rate, Rates
from xdc_lab.bench.plan.room import Room, disk_of, memory_of
from xdc_lab.bench.plan.stages import Job, Stage, stages_of

RECKONED = "What this was reckoned with"


@dataclass(frozen=True)
class Plan:
    """What a pretraining costs, stage by stage."""

    job: Job
    machine: Machine
    rates: Rates
    stages: list[Stage]
    disk: list[Room]
    memory: list[Room]

    @property
    def hours(self) -> float:
        """From the first file to the last clusters."""
        return sum(stage.hours for stage in self.stages)

    @property
    def gpu_hours(self) -> float:
        """Of all GPUs."""
        return sum(stage.gpu_hours for stage in self.stages)

    @property
    def cores_per_gpu(self) -> dict[str, float]:
        """The cores that keep one GPU busy, by what it trains."""
        feed, steps = self.rates.feed.decode, self.rates.steps.train
        return {name: feed[name].value / steps[name].value for name in sorted(set(self.job.method.encoders.values()))}

    def table(self) -> pd.DataFrame:
        """A row for each stage, for an iteration, and for all."""
        rows = [
            _row(f"{stage.name} (x {stage.times})", stage.hours, stage.gpu_hours, stage.limit, stage.said_basis)
            for stage in self.stages
        ]
        iterating = [stage for stage in self.stages if stage.times > 1]
        count = self.job.settings.iterations
        sums = [sum(stage.hours for stage in iterating) / count, sum(stage.gpu_hours for stage in iterating) / count]
        longest = max(self.stages, key=lambda stage: stage.hours)
        rows.append(_row("one iteration", sums[0], sums[1], "", ""))
        rows.append(_row("in all, at most", self.hours, self.gpu_hours, f"{longest.name}: {longest.limit}", ""))
        return pd.DataFrame(rows)

    def told(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "collection": asdict(self.job.size),
            "method": self.job.method.name,
            "machine": asdict(self.machine) | {"device": self.rates.steps.name},
            "stages": self.table().to_dict("records"),
            "hours": self.hours,
            "gpu_hours": self.gpu_hours,
            "cores_per_gpu": self.cores_per_gpu if self.machine.gpus else None,
            "disk": [asdict(row) for row in self.disk],
            "memory": [asdict(row) for row in self.memory],
            "rates": {name: asdict(rate) for name, rate in _named_rates(self.rates)},
        }

    def __str__(self) -> str:
        """As text for a terminal."""
        return self._laid_out(lambda table, title: to_text(table, width=150, title=title))

    def markdown(self) -> str:
        """As part of a page."""
        return self._laid_out(lambda table, title: f"**{title}**\n\n{to_markdown(table)}")

    def _laid_out(self, lay_out) -> str:
        size, machine = self.job.size, self.machine
        devices = f"{machine.gpus} x {self.rates.steps.name}, " if machine.gpus else "no GPU, "
        rates = pd.DataFrame(
            {"rate": name, "value": f"{rate.value:.3g} {rate.unit}", "basis": rate.basis}
            for name, rate in _named_rates(self.rates)
        )
        need = ", ".join(f"{name} {cores:.1f}" for name, cores in self.cores_per_gpu.items())
        cores = f"Cores that decode for one training GPU: {need}; there are {machine.cores / machine.processes:g}."
        parts = [
            f"{size.name}: {size.clips:,} clips of {size.seconds:g} s ({size.source}); {self.job.method.name}; "
            f"{devices}{machine.cores} cores",
            lay_out(self.table(), "Hours"),
            *([cores] if machine.gpus else []),
            lay_out(_rooms(self.disk), "Disk"),
            lay_out(_rooms(self.memory), "Memory"),
            lay_out(rates, RECKONED),
        ]
        return "\n\n".join(parts)


def reckon(job: Job, machine: Machine, rates: Rates, *, prepare: bool, workers: int | None = None) -> Plan:
    """Reckon every stage.

    Args:
        prepare: whether the collection is written anew first.
        workers: processes that decode for each that trains; None: as many as its share of the cores.
    """
    workers = machine.cores // machine.processes if workers is None else workers
    return Plan(
        job,
        machine,
        rates,
        stages_of(job, machine, rates, prepare=prepare),
        disk_of(job, rates, prepare=prepare),
        memory_of(job, machine, rates, workers=workers),
    )


def _row(stage: str, hours: float, gpu_hours: float, limits: str, basis: str) -> dict[str, Any]:
    numbers = {"hours": f"{hours:,.2f}", "GPU hours": f"{gpu_hours:,.1f}"}
    return {"stage": stage, **numbers, "limits": limits, "basis": basis}


def _rooms(rows: list[Room]) -> pd.DataFrame:
    return pd.DataFrame({"what": row.what, "GB": f"{row.gigabytes:,.2f}", "law": row.law} for row in rows)


def _named_rates(rates: Any, prefix: str = "") -> list[tuple[str, Rate]]:
    found = []
    for name, value in rates.items() if isinstance(rates, dict) else vars(rates).items():
        if isinstance(value, Rate):
            found.append((prefix + name, value))
        elif not isinstance(value, str):
            found += _named_rates(value, f"{prefix}{name}, ")
    return found

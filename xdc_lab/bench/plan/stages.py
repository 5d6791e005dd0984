"""Reckon what every stage of a pretraining takes, from sizes, settings and rates alone (paper 3.1, 4.1)."""

from collections.abc import Mapping
from dataclasses import dataclass

from xdc_lab.bench.plan.machine import Machine
from xdc_lab.bench.plan.rates import Rate, Rates
from xdc_lab.bench.plan.size import Size
from xdc_lab.bench.plan.work import Work
from xdc_lab.methods import Method
from xdc_lab.pretraining.settings import PretrainSettings


@dataclass(frozen=True)
class Job:
    """A pretraining to reckon: its settings are the method's (`for_method`), `work` is of one clip, by modality."""

    size: Size
    method: Method
    settings: PretrainSettings
    work: Mapping[str, Work]

    @property
    def clusterings(self) -> int:
        """How often features are clustered: before each part of an iteration, and once more at the end."""
        return self.settings.iterations * len(self.settings.parts) + 1

    @property
    def held_out(self) -> int:
        """Items whose loss is looked at after each epoch."""
        return round(self.settings.held_out_fraction * self.size.clips)

    @property
    def trained_clips(self) -> int:
        """Clips that one encoder is trained on in one iteration, at most."""
        training = self.settings.training
        return training.epochs * (training.clips_per_epoch or self.size.clips - self.held_out)


@dataclass(frozen=True)
class Stage:
    """One kind of work.

    Attributes:
        name: of it.
        times: how often it is done.
        seconds: that the device, the decoding cores and the disk each need for one time, by "step", "decoding", "disk".
        together: whether the device works on while cores decode.
        gpus: that are held meanwhile.
        basis: the rates that it was reckoned with.
    """

    name: str
    times: int
    seconds: Mapping[str, float]
    together: bool
    gpus: int
    basis: tuple[Rate, ...]

    @property
    def hours(self) -> float:
        """Of all times."""
        step, decoding, disk = (self.seconds.get(name, 0.0) for name in ("step", "decoding", "disk"))
        once = max(step, decoding, disk) if self.together else max(step + decoding, disk)
        return self.times * once / 3600

    @property
    def gpu_hours(self) -> float:
        """Of all GPUs, whether they work or wait."""
        return self.hours * self.gpus

    @property
    def limit(self) -> str:
        """What takes longest."""
        return max(self.seconds, key=lambda name: self.seconds[name])

    @property
    def said_basis(self) -> str:
        """Whether its rates were measured here or assumed."""
        return " + ".join(sorted({rate.short for rate in self.basis}))


def stages_of(job: Job, machine: Machine, rates: Rates, *, prepare: bool) -> list[Stage]:
    """Every stage in the order of the run; each encoder decodes its own clips.

    Args:
        prepare: whether the collection is written anew first.
    """
    cores, clips = machine.cores, job.size.clips
    length = clips * job.size.seconds
    first = [Stage("check", 1, {"decoding": clips * rates.check.value / cores}, True, 0, (rates.check,))]
    if prepare:
        writing = {"decoding": length * rates.prepare.value / cores}
        first.append(Stage("prepare", 1, writing, True, 0, (rates.prepare,)))
    encoders = job.method.encoders.items()
    features = [
        _passing(f"features, {name}", job.clusterings, clips, modality, machine, rates, train=False)
        for name, modality in encoders
    ]
    epochs = job.settings.iterations * job.settings.training.epochs
    trainings = [
        stage
        for name, modality in encoders
        for stage in (
            _passing(
                f"training, {name}", job.settings.iterations, job.trained_clips, modality, machine, rates, train=True
            ),
            _passing(f"held-out, {name}", epochs, job.held_out, modality, machine, rates, train=False),
        )
    ]
    return [*first, *features, _clustering(job, machine, rates), *trainings]


def _passing(name, times: int, clips: int, modality: str, machine: Machine, rates: Rates, *, train: bool) -> Stage:
    """Decode clips and bring them through an encoder."""
    step = (rates.steps.train if train else rates.steps.encode)[modality]
    decode, read = rates.feed.decode[modality], rates.feed.read[modality]
    seconds = {
        "step": clips * step.value / machine.devices,
        "decoding": clips * decode.value / machine.cores,
        "disk": clips * read.value / rates.disk.value,
    }
    return Stage(name, times, seconds, machine.gpus > 0, machine.gpus, (step, decode, read, rates.disk))


def _clustering(job: Job, machine: Machine, rates: Rates) -> Stage:
    """All passes of k-means over every clustering's features, which are read once where memory holds them."""
    modalities, settings = job.method.encoders, job.settings
    step = disk = 0.0
    for name in job.method.clusterings_needed:
        own = settings.kmeans_of(job.method.clustering_modalities(name))
        dim = sum(job.work[modalities[encoder]].dim for encoder in job.method.clusterings[name])
        rows = min(job.size.clips, (own.points_per_centroid or job.size.clips) * own.k)
        passes = own.restarts * own.iterations
        step += (passes * rows + 2 * job.size.clips) * own.k * dim * rates.steps.kmeans.value
        held = 0.8 * rates.steps.memory.value * (machine.gpus or 1)
        readings = 1 if 4 * rows * dim <= held else passes + 2
        disk += readings * 4 * job.size.clips * dim / rates.disk.value
    seconds = {"step": step / machine.devices, "disk": disk}
    basis = (rates.steps.kmeans, rates.disk)
    return Stage("k-means", job.clusterings, seconds, False, machine.gpus, basis)

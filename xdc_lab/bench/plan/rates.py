"""How fast a machine is at each part of the work: every number with where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

MEASURED = "measured here"
LOG_MELS = "log-mels in the files, measured on one x86-64 core, 28 November 2026: LOG.md"
HERE = "measured on one x86-64 core, 28 November 2026: docs/costs.md"


@dataclass(frozen=True)
class Rate:
    """A number, its unit, and whether it was measured here, counted, or assumed from a source."""

    value: float
    unit: str
    basis: str

    @property
    def short(self) -> str:
        """The first word of the basis."""
        return self.basis.partition(":")[0]


def measured(value: float, unit: str, note: str = "") -> Rate:
    """A number that this machine has just shown.

    >>> measured(0.1, "s").basis
    'measured here'
    """
    return Rate(value, unit, f"{MEASURED}: {note}" if note else MEASURED)


def assumed(value: float, unit: str, source: str) -> Rate:
    """A number that somebody else has measured, or that a data sheet lets one expect."""
    return Rate(value, unit, f"assumed: {source}")


@dataclass(frozen=True)
class Feed:
    """What decoding takes, of originals or of a prepared collection.

    Attributes:
        decode: core-seconds of one training clip, by modality.
        read: bytes that such a clip reads from disk, by modality.
        stored: bytes of a second of an item.
    """

    decode: Mapping[str, Rate]
    read: Mapping[str, Rate]
    stored: Rate


@dataclass(frozen=True)
class Steps:
    """What a device does: one GPU, or one core where there is none.

    Attributes:
        name: of the device.
        train: seconds of a trained clip, by modality.
        encode: seconds of a clip that is encoded without gradients, by modality.
        kmeans: seconds of a multiplication and addition: a pass takes rows x centroids x dimensions of them.
        memory: bytes of the device.
    """

    name: str
    train: Mapping[str, Rate]
    encode: Mapping[str, Rate]
    kmeans: Rate
    memory: Rate


@dataclass(frozen=True)
class Rates:
    """All that a plan reckons with.

    Attributes:
        check: core-seconds of probing an item.
        prepare: core-seconds of writing a second of an item anew.
        feed: of what training reads.
        steps: of a device.
        disk: bytes a second that the disk gives to the whole machine.
        process: bytes of a process that trains, before its items.
        worker: bytes of a process that decodes.
        item: bytes of an item, in memory that the processes of a machine share.
        table: bytes of an item while the table of items is read, in each process.
    """

    check: Rate
    prepare: Rate
    feed: Feed
    steps: Steps
    disk: Rate = assumed(1e9, "B/s", "one NVMe drive with many readers; nothing is found in memory again")
    process: Rate = assumed(3e9, "B", "PyTorch, its CUDA context and batches that wait")
    worker: Rate = assumed(4e8, "B", "PyTorch and PyAV imported")
    item: Rate = assumed(64, "B", "128 MB at 2,000,000 items, measured on 28 November 2026")
    table: Rate = assumed(344, "B", "687 MB at 2,000,000 items, measured on 28 November 2026")


ORIGINALS = Feed(
    decode={"video": assumed(0.059, "core-s", HERE), "audio": assumed(0.0088, "core-s", HERE)},
    read={"video": assumed(4.3e5, "B", HERE), "audio": assumed(6.5e5, "B", HERE)},
    stored=assumed(8.5e4, "B", HERE),
)
PREPARED = Feed(
    decode={"video": assumed(0.0128, "core-s", HERE), "audio": assumed(0.00022, "core-s", LOG_MELS)},
    read={"video": assumed(1.26e5, "B", HERE), "audio": assumed(2.3e4, "B", LOG_MELS)},
    stored=assumed(1.51e5, "B", HERE),
)
CHECK = assumed(0.134, "core-s", HERE)
PREPARE = assumed(0.12, "core-s", HERE)


@dataclass(frozen=True)
class Gpu:
    """What a GPU is assumed to do.

    Attributes:
        flops: floating point operations a second of convolutions in bf16, forward and backward.
        kmeans_flops: of the products of k-means in float32.
        step_seconds: that a step takes at least.
        memory: bytes.
    """

    flops: float
    kmeans_flops: float
    step_seconds: float
    memory: float
    source: str


GPUS = {
    "h100": Gpu(
        200e12, 30e12, 0.010, 80e9, "an H100 at a fifth of its 990 TFLOPS in bf16, at half of its 67 in float32"
    )
}


def assumed_steps(name: str, *, flops: Mapping[str, float], batch: int) -> Steps:
    """The steps of a GPU of the table.

    Args:
        name: a key of `GPUS`.
        flops: of one clip forward, counted, by modality; going back takes twice as many.
        batch: clips of a step.
    """
    gpu = GPUS[name]
    source = f"{gpu.source}; a step takes at least {1e3 * gpu.step_seconds:g} ms, in which its kernels are launched"
    least = gpu.step_seconds / batch
    return Steps(
        name,
        train={key: assumed(max(3 * own / gpu.flops, least), "GPU-s", source) for key, own in flops.items()},
        encode={key: assumed(max(own / gpu.flops, least / 3), "GPU-s", source) for key, own in flops.items()},
        kmeans=assumed(2 / gpu.kmeans_flops, "GPU-s", source),
        memory=assumed(gpu.memory, "B", "its data sheet"),
    )


def with_step(steps: Steps, milliseconds: float, *, batch: int) -> Steps:
    """The same with a video training step of a stated length; features without gradients take a third of it."""
    seconds = milliseconds / 1e3 / batch
    said = "assumed: --gpu-step-ms"
    return replace(
        steps,
        train={**steps.train, "video": Rate(seconds, "GPU-s", said)},
        encode={**steps.encode, "video": Rate(seconds / 3, "GPU-s", f"{said}, a third of a trained clip")},
    )

"""Reckon what a pretraining takes of disk and memory."""

from dataclasses import dataclass

from xdc_lab.bench.plan.machine import Machine
from xdc_lab.bench.plan.rates import ORIGINALS, Rates
from xdc_lab.bench.plan.stages import Job

CLUSTER_BYTES = 6  # of an item in a compressed file: its distance hardly shrinks, its cluster does
TARGET_BYTES = 8
STATE_BYTES = 12  # of a parameter: weight, gradient and momentum in float32
FRAME_BYTES = 3


@dataclass(frozen=True)
class Room:
    """Some bytes, and how they come about."""

    what: str
    gigabytes: float
    law: str


def disk_of(job: Job, rates: Rates, *, prepare: bool) -> list[Room]:
    """What lies on disk, the originals first."""
    clips, seconds = job.size.clips, job.size.seconds
    dims = [job.work[modality].dim for modality in job.method.encoders.values()]
    parameters = sum(job.work[modality].parameters for modality in job.method.encoders.values())
    originals = ORIGINALS.stored if prepare else rates.feed.stored
    rows = [Room("the collection", clips * seconds * originals.value / 1e9, f"{originals.value:g} B a second of it")]
    if prepare:
        stored = rates.feed.stored
        rows.append(Room("prepared", clips * seconds * stored.value / 1e9, f"{stored.value:g} B a second of it"))
    files = len(job.method.clusterings_needed) * job.clusterings
    return [
        *rows,
        Room("features", clips * 4 * sum(dims) / 1e9, f"4 B x {sum(dims)} dimensions x items, of the last clustering"),
        Room("clusters", clips * CLUSTER_BYTES * files / 1e9, f"about {CLUSTER_BYTES} B x items x {files} files"),
        Room("checkpoint", parameters * STATE_BYTES / 1e9, "weights and momentum, written anew beside the last one"),
    ]


def memory_of(job: Job, machine: Machine, rates: Rates, *, workers: int) -> list[Room]:
    """What the processes of one machine hold.

    Args:
        workers: processes that decode, for each that trains.
    """
    clips, settings = job.size.clips, job.settings
    batch, video = settings.training.micro_batch or settings.training.batch_size, settings.video
    waiting = 2 * workers * batch * FRAME_BYTES * video.frames * video.crop_px**2
    process = rates.process.value + waiting + clips * TARGET_BYTES
    dim = max(work.dim for work in job.work.values())
    share = 4 * clips * dim / machine.processes
    rows = [
        Room("items, shared", clips * rates.item.value / 1e9, f"{rates.item.value:g} B x items"),
        Room("while items are read, each process", clips * rates.table.value / 1e9, f"{rates.table.value:g} B x items"),
        Room("a process that trains", process / 1e9, f"{TARGET_BYTES} B x items, batches that wait, and the rest"),
        Room("a process that decodes", rates.worker.value / 1e9, f"{workers} for each that trains"),
        Room("k-means, each device", share / 1e9, "its share of 4 B x dimensions x items; streamed where it is more"),
    ]
    for modality, work in sorted(job.work.items()):
        kept = batch * work.activation_bytes * (0.5 if machine.gpus else 1.0)
        law = f"counted: {work.activation_bytes / 1e6:.0f} MB a clip in float32, half in bf16, x {batch} clips"
        state = work.parameters * STATE_BYTES
        rows.append(Room(f"a training step, {modality}, each device", (kept + state) / 1e9, law))
    return rows

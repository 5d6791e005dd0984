"""Measure a machine for some seconds: decoding on a collection's own files, a step of each encoder, k-means."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch.nn import functional

from xdc_lab.bench.plan.rates import Feed, Rate, Steps, assumed, measured
from xdc_lab.clustering.kmeans import KMeansSettings, fit_kmeans
from xdc_lab.datasets.clips import ClipDataset, ClipKey
from xdc_lab.datasets.prepared_sound import PreparedSound
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.errors import MediaError
from xdc_lab.media.probe import probe
from xdc_lab.media.reencode import ReencodeSettings, reencode
from xdc_lab.media.tar_member import file_stamp
from xdc_lab.pretraining.settings import PretrainSettings
from xdc_lab.runs.execution import Execution

FILES, DRAWS = 8, 3
SECONDS = 3.0  # of each measurement, about
READ, MEMORY = Path("/proc/self/io"), Path("/proc/meminfo")  # Linux
WRITTEN_AT_MOST = 60.0  # seconds of a file that are written anew to measure that


def _bytes_read() -> int:
    return int(READ.read_text(encoding="utf-8").split()[1]) if READ.is_file() else 0


def measure_check(items: pd.DataFrame) -> Rate:
    """Core-seconds of probing a file."""
    paths = items["path"].head(FILES).tolist()
    before = time.process_time()
    for path in paths:
        probe(path)
    return measured((time.process_time() - before) / len(paths), "core-s", f"{len(paths)} files")


def measure_prepare(items: pd.DataFrame) -> Rate:
    """Core-seconds of writing a second of a file anew."""
    row = items.iloc[0]
    end = min(float(row["duration_seconds"]), WRITTEN_AT_MOST)
    with tempfile.TemporaryDirectory() as folder:
        before = time.process_time()
        reencode(
            row["path"],
            Path(folder) / "written.mp4",
            start_seconds=0.0,
            end_seconds=end,
            modalities=("video", "audio"),
            settings=ReencodeSettings(),
        )
        spent = time.process_time() - before
    return measured(spent / end, "core-s", "one file")


def measure_feed(items: pd.DataFrame, settings: PretrainSettings) -> Feed:
    """What training clips of these files take; those that cannot be read are left out.

    Raises:
        MediaError: if none can be read.
    """
    items = items.head(FILES).reset_index(drop=True)
    decode, read = {}, {}
    for modality in ("video", "audio"):
        store = PreparedSound.of(items, settings.audio) if modality == "audio" else None
        dataset = ClipDataset(items, modality=modality, video=settings.video, audio=settings.audio, store=store)
        decode[modality], read[modality] = _measure_clips(dataset)
    sizes = [file_stamp(path)[0] for path in items["path"]]
    seconds = items["duration_seconds"].sum()
    return Feed(decode, read, stored=measured(sum(sizes) / seconds, "B", f"{len(sizes)} files"))


def _measure_clips(dataset: ClipDataset) -> tuple[Rate, Rate]:
    keys = [ClipKey(index, draw) for draw in range(DRAWS) for index in range(len(dataset))]
    dataset[keys[0]]  # what is loaded once
    cores, read, started, done = time.process_time(), _bytes_read(), time.monotonic(), 0
    failed: MediaError | None = None
    for key in keys:
        try:
            dataset[key]
            done += 1
        except MediaError as error:
            failed = error
        if time.monotonic() - started > 2 * SECONDS:
            break
    if not done:
        raise failed or MediaError("", "no clip could be read")
    note = f"{done} clips of {len(dataset)} files"
    return (
        measured((time.process_time() - cores) / done, "core-s", note),
        measured((_bytes_read() - read) / done, "B", note) if READ.is_file() else _whole_files(dataset),
    )


def _whole_files(dataset: ClipDataset) -> Rate:
    sizes = [file_stamp(dataset.spans[index].path)[0] for index in range(len(dataset))]
    return assumed(float(np.mean(sizes)), "B", "whole files, since this system does not tell what a process reads")


def measure_steps(settings: PretrainSettings, *, device: str, batch: int) -> Steps:
    """Seconds of a clip on this GPU, or core-seconds on this CPU.

    Args:
        settings: encoders and clips.
        device: "cuda" or "cpu".
        batch: clips of a step; a CPU takes fewer, and is reckoned clip by clip.
    """
    place = Execution(device=device).torch_device
    is_gpu = place.type == "cuda"
    batch, unit = (batch, "GPU-s") if is_gpu else (min(batch, 2), "core-s")
    name = torch.cuda.get_device_name(place) if is_gpu else "CPU"
    note = f"{name}, steps of {batch} clips, {'bf16' if is_gpu else 'fp32'}"
    train, encode = {}, {}
    for modality in ("video", "audio"):
        seconds = _measure_encoder(modality, settings, place, batch)
        train[modality], encode[modality] = (measured(own / batch, unit, note) for own in seconds)
    memory = measured(float(torch.cuda.get_device_properties(place).total_memory), "B") if is_gpu else _memory()
    return Steps(name, train, encode, _measure_kmeans(place, unit), memory)


def _measure_encoder(modality: str, settings: PretrainSettings, place: torch.device, batch: int) -> list[float]:
    """Seconds of a training step and of a step without gradients."""
    video, audio = settings.video, settings.audio
    name, width, shape = {
        "video": (settings.video_encoder, settings.video_width, (3, video.frames, video.crop_px, video.crop_px)),
        "audio": (settings.audio_encoder, settings.audio_width, (1, audio.mels, audio.audio_frames)),
    }[modality]
    encoder = build_encoder(name, width=width).to(place).train()
    clips = torch.randn(batch, *shape, device=place)
    head = torch.nn.Linear(encoder.feature_dim, settings.kmeans.k).to(place)
    optimiser = torch.optim.SGD([*encoder.parameters(), *head.parameters()], lr=1e-3, momentum=0.9, nesterov=True)
    targets = torch.zeros(batch, dtype=torch.long, device=place)
    autocast = torch.autocast(place.type, dtype=torch.bfloat16, enabled=place.type == "cuda")

    def train() -> None:
        optimiser.zero_grad()
        with autocast:
            loss = functional.cross_entropy(head(encoder(clips)), targets)
        loss.backward()
        optimiser.step()

    def encode() -> None:
        with torch.inference_mode(), autocast:
            encoder(clips)

    return [_seconds(train, place), _seconds(encode, place)]


def _seconds(work: Callable[[], object], place: torch.device) -> float:
    """Of a call: by the clock on a GPU, by all cores' processor time on a CPU."""
    clock = time.monotonic if place.type == "cuda" else time.process_time
    work()
    _wait(place)
    before, started, calls = clock(), time.monotonic(), 0
    while not calls or time.monotonic() - started < SECONDS:
        work()
        calls += 1
        _wait(place)
    return (clock() - before) / calls


def _wait(place: torch.device) -> None:
    if place.type == "cuda":
        torch.cuda.synchronize(place)


def _measure_kmeans(place: torch.device, unit: str) -> Rate:
    rows, dim, k, passes = (1_000_000 if place.type == "cuda" else 40_000), 512, 128, 5
    features = np.random.default_rng(0).standard_normal((rows, dim), dtype=np.float32)
    settings = KMeansSettings(k=k, iterations=passes, restarts=1)
    spent = _seconds(lambda: fit_kmeans(features, settings=settings, seed=0), place)
    return measured(spent / ((passes + 2) * rows * k * dim), unit, f"{rows:,} rows of {dim} dimensions, k {k}")


def _memory() -> Rate:
    if not MEMORY.is_file():
        return assumed(float(2**34), "B", "16 GiB, since this system does not tell in /proc/meminfo")
    return measured(1024.0 * int(MEMORY.read_text(encoding="utf-8").split()[1]), "B")

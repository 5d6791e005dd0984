"""Speed of each part of the loop beside the bare library doing the same work, in one run."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch.nn import functional
from tqdm.auto import tqdm

from xdc_lab.bench.comparison import Comparison, compare
from xdc_lab.bench.kmeans import kmeans_comparisons
from xdc_lab.datasets.catalogue import load_items
from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.clips import ClipDataset, ClipKey
from xdc_lab.datasets.decoded import DecodedStore
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.errors import SettingError
from xdc_lab.media.decoder import read_frames, read_waveform
from xdc_lab.media.inputs import model_input
from xdc_lab.pretraining.settings import PretrainSettings, scale_settings
from xdc_lab.runs.bars import draws_bars
from xdc_lab.runs.execution import Execution
from xdc_lab.training.loop import Task, train
from xdc_lab.training.settings import TrainSettings

CLIPS = 192
ROUNDS = 5
VISIT = 4  # clips that are decoded at once
PARTS = ("data-path", "training", "kmeans")


def bench(
    data: str = "demo", *, scale: str = "demo", rounds: int = ROUNDS, parts: Sequence[str] = PARTS
) -> pd.DataFrame:
    """Time data path, training step and k-means against the bare libraries, in turn, `rounds` times.

    Returns:
        One row per comparison: part, what is compared, both speeds (clips or rows per second, medians), and the
        median, lowest and highest ratio ours / theirs of the rounds (1 is equal, above 1 is faster).

    Raises:
        SettingError: if a part is unknown.
        InstallError: if faiss, which k-means is compared with, is not installed.
    """
    if unknown := set(parts) - set(PARTS):
        raise SettingError(f"there is no part {', '.join(sorted(unknown))} to measure; give some of {', '.join(PARTS)}")
    comparisons = kmeans_comparisons() if "kmeans" in parts else []
    with tempfile.TemporaryDirectory() as folder:  # the store lies here until the last comparison has run
        comparisons = [*_of_a_collection(data, scale, Path(folder), parts), *comparisons]
        bar = tqdm(comparisons, desc="bench", disable=not draws_bars(True))
        rows = [compare(comparison, rounds=rounds) for comparison in bar]
    return pd.DataFrame(rows)


def _of_a_collection(data: str, scale: str, folder: Path, parts: Sequence[str]) -> list[Comparison]:
    measured = {"data-path": _data_path, "training": _training_step}
    if not set(parts) & set(measured):
        return []
    settings = scale_settings(scale)
    items = check_items(load_items(data), min_seconds=settings.audio.seconds).usable.head(CLIPS)
    items = items.reset_index(drop=True)
    return [row for part, rows in measured.items() if part in parts for row in rows(items, settings, folder)]


def _dataset(items: pd.DataFrame, modality: str, settings: PretrainSettings, store: DecodedStore | None) -> ClipDataset:
    return ClipDataset(items, modality=modality, video=settings.video, audio=settings.audio, seed=0, store=store)


def _store(items: pd.DataFrame, settings: PretrainSettings, folder: Path) -> DecodedStore:
    return DecodedStore.build(
        items, folder, grid_hz=settings.store_grid_hz or 10.0, video=settings.video, audio=settings.audio
    )


def _data_path(items: pd.DataFrame, settings: PretrainSettings, folder: Path) -> list[Comparison]:
    """Training clips through the data set, and through the decoder alone at the same instants, without crops."""
    store = _store(items, settings, folder)
    keys = [ClipKey(index, index + 1) for index in range(len(items))]
    seen, heard = (_dataset(items, modality, settings, store) for modality in ("video", "audio"))
    instants = [seen.instants_seconds(key.index, seen.offset_seconds(key)) for key in keys]
    starts = [heard.offset_seconds(key) for key in keys]

    def decode_video() -> None:
        for path, when in zip(items["path"], instants, strict=True):
            read_frames(path, when, short_side_px=settings.video.short_side_px)

    def decode_audio() -> None:
        for path, start in zip(items["path"], starts, strict=True):
            read_waveform(path, start_seconds=start, duration_seconds=settings.audio.seconds)

    def read(dataset: ClipDataset) -> list:
        return [dataset[key] for key in keys]

    def visit(dataset: ClipDataset, clips: int) -> list:
        several = [[ClipKey(key.index, VISIT * key.index + n) for n in range(VISIT)] for key in keys]
        parts = ([own[n : n + clips] for n in range(0, VISIT, clips)] for own in several)
        return [dataset.visit(part, range(len(items))) for own in parts for part in own]

    decode = {"video": decode_video, "audio": decode_audio}
    rows: list[Comparison] = []
    for modality, theirs in decode.items():
        from_files = _dataset(items, modality, settings, None)
        from_store = _dataset(items, modality, settings, store)
        rows += [
            Comparison(f"data path, {modality}", "decoder alone", len(keys), lambda d=from_files: read(d), theirs),
            Comparison(f"decoded store, {modality}", "decoder alone", len(keys), lambda d=from_store: read(d), theirs),
            Comparison(
                f"{VISIT} clips per visit, {modality}",
                "each alone",
                VISIT * len(keys),
                lambda d=from_files: visit(d, VISIT),
                lambda d=from_files: visit(d, 1),
            ),
        ]
    return rows


def _training_step(items: pd.DataFrame, settings: PretrainSettings, folder: Path) -> list[Comparison]:
    """One epoch of our loop, and the same steps on one batch that is already in memory."""
    rows: list[Comparison] = []
    store = _store(items, settings, folder)
    names = {
        "video": (settings.video_encoder, settings.video_width),
        "audio": (settings.audio_encoder, settings.audio_width),
    }
    size = settings.training.batch_size
    for modality, (name, width) in names.items():
        dataset = _dataset(items, modality, settings, store)
        prepare = model_input(modality, video=settings.video, audio=settings.audio)
        targets = np.arange(len(items)) % settings.kmeans.k
        task = Task(
            dataset=dataset,
            prepare=prepare,
            targets={"clusters": targets},
            classes={"clusters": settings.kmeans.k},
            train_rows=np.arange(len(items)),
            held_out_rows=np.arange(0),
        )
        encoder = build_encoder(name, width=width)
        ours = _one_epoch(encoder, task, settings.training)
        batch = prepare(torch.stack([dataset[ClipKey(index, 1)] for index in range(size)]))
        steps = len(items) // size
        theirs = _bare_loop(name, width, batch, torch.as_tensor(targets[:size]), steps=steps, k=settings.kmeans.k)
        rows.append(Comparison(f"training, {modality}", "bare PyTorch, no data", steps * size, ours, theirs))
    return rows


def _one_epoch(encoder: Encoder, task: Task, training: TrainSettings) -> Callable[[], object]:
    once = replace(training, epochs=1)
    return lambda: train(encoder, task, settings=once, execution=Execution(progress=False))


def _bare_loop(name: str, width: int, batch, targets, *, steps: int, k: int) -> Callable[[], object]:
    model = torch.nn.Sequential(build_encoder(name, width=width), torch.nn.Linear(8 * width, k)).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4)

    def run() -> None:
        for _ in range(steps):
            optimiser.zero_grad()
            functional.cross_entropy(model(batch), targets).backward()
            optimiser.step()

    return run

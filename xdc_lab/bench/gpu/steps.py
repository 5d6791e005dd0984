"""Speed and memory of training steps at scale paper, ours beside a bare PyTorch loop, by how they compute."""

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from xdc_lab.bench.gpu.agreement import CLASSES, batch_of, encoder_of, loss_of, network_of, settings_of
from xdc_lab.bench.gpu.parts import Conditions
from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.datasets.items import make_items
from xdc_lab.media.clip_settings import AudioClipSettings
from xdc_lab.media.inputs import model_input
from xdc_lab.pretraining.settings import PretrainSettings
from xdc_lab.runs.execution import Execution
from xdc_lab.training.loop import Task, train

Found = Mapping[str, Any]
SECONDS = 10.0  # of an item


@dataclass(frozen=True)
class Mode:
    """How a step computes."""

    precision: str = "fp32"  # "tf32", "bf16"
    channels_last: bool = False
    compiled: bool = False


MODES = {
    "fp32": Mode(),
    "tf32": Mode("tf32"),
    "bf16": Mode("bf16"),
    "bf16, channels last": Mode("bf16", channels_last=True),
    "bf16, channels last, compiled": Mode("bf16", channels_last=True, compiled=True),
}
OURS = {"fp32": {"precision": "fp32"}, "tf32": {"precision": "tf32"}, "bf16": {"precision": "bf16"}}
OURS |= {"bf16, compiled": {"precision": "bf16", "compile": "inductor"}}


@dataclass
class Ready:
    """A store whose clips lie in memory: nothing is decoded."""

    pictures: Tensor
    grid_hz: float = 30.0
    holds: tuple[str, ...] = ("video", "audio")

    def frames(self, index: int, offsets_seconds: Sequence[float]) -> Tensor:
        """The same pictures at all times."""
        return self.pictures[: len(offsets_seconds)]

    def sound(self, index: int, offset_seconds: float, audio: AudioClipSettings) -> Tensor:
        """A waveform that stands still."""
        return torch.full((audio.samples,), 0.1) + 0.01 * index


def video(conditions: Conditions) -> Found:
    """Steps of the video encoder."""
    return _steps("video", conditions)


def audio(conditions: Conditions) -> Found:
    """Steps of the audio encoder."""
    return _steps("audio", conditions)


def _steps(modality: str, conditions: Conditions) -> Found:
    few = ("fp32", "bf16")
    modes = {name: mode for name, mode in MODES.items() if not conditions.small or name in few}
    changes = {name: change for name, change in OURS.items() if not conditions.small or name in few}
    bare = {f"bare, {name}": functools.partial(_bare, modality, mode, conditions) for name, mode in modes.items()}
    ours = {f"ours, {name}": functools.partial(_ours, modality, own, conditions) for name, own in changes.items()}
    return {name: _or_why_not(measure) for name, measure in (bare | ours).items()}


def _or_why_not(measure: Callable[[], Found]) -> Found:
    """One mode may lack what it needs (a compiler) or run out of memory; the others are told all the same."""
    try:
        return measure()
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:300]}
    finally:
        torch.cuda.empty_cache()


def _batch(modality: str, conditions: Conditions) -> int:
    return conditions.pick({"video": 32, "audio": 256}[modality], 4)


def _bare(modality: str, mode: Mode, conditions: Conditions) -> Found:
    settings, device = settings_of(conditions), conditions.device
    _multiply_as(mode.precision)
    model: nn.Module = encoder_of(modality, settings, device=device).train()
    batch = batch_of(modality, settings, _batch(modality, conditions)).to(device)
    layout = {"video": torch.channels_last_3d, "audio": torch.channels_last}[modality]
    layout = layout if mode.channels_last else torch.contiguous_format
    model, batch = model.to(memory_format=layout), batch.contiguous(memory_format=layout)  # pyright: ignore[reportCallIssue]
    if mode.compiled:
        model = torch.compile(model)  # pyright: ignore[reportAssignmentType]
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, nesterov=True, fused=device == "cuda")

    def step() -> None:
        optimiser.zero_grad()
        with torch.autocast(device, dtype=torch.bfloat16, enabled=mode.precision == "bf16"):
            loss = loss_of(model, batch)
        loss.backward()
        optimiser.step()

    return measured(step, clips=len(batch), conditions=conditions)


def measured(step: Callable[[], object], *, clips: int, conditions: Conditions) -> Found:
    """Clips a second and the most memory that steps take, after three to warm up."""
    is_gpu, steps = conditions.device == "cuda", conditions.pick(15, 2)
    for _ in range(conditions.pick(3, 1)):
        step()
    if is_gpu:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    started = time.monotonic()
    for _ in range(steps):
        step()
    if is_gpu:
        torch.cuda.synchronize()
    seconds = time.monotonic() - started
    peak = torch.cuda.max_memory_allocated() / 1e9 if is_gpu else None
    return {"clips_per_second": round(steps * clips / seconds, 2), "peak_gb": peak}


def _ours(modality: str, change: Mapping[str, Any], conditions: Conditions) -> Found:
    """The last epoch of the loop on clips that lie in memory: crops, copies, log-mels and bookkeeping are in it."""
    settings, size = settings_of(conditions), _batch(modality, conditions)
    training = replace(
        settings.training,
        **change,
        batch_size=size,
        clips_per_epoch=size * conditions.pick(20, 2),
        epochs=2,
        schedule="constant",
        warmup_epochs=0.0,
    )
    execution = Execution(device=conditions.device, workers=conditions.pick(8, 0), progress=False)
    if conditions.device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    task = _task(modality, settings, size)
    trained = train(network_of(modality, settings), task, settings=training, execution=execution)
    peak = torch.cuda.max_memory_allocated() / 1e9 if conditions.device == "cuda" else None
    return {"clips_per_second": trained.records[-1]["clips_per_second"], "peak_gb": peak}


def _task(modality: str, settings: PretrainSettings, items: int) -> Task:
    paths = [f"{number}.mp4" for number in range(items)]
    table = make_items(pd.DataFrame({"path": paths})).assign(duration_seconds=SECONDS)
    side = settings.video.short_side_px
    pictures = torch.randint(0, 256, (settings.video.frames, 3, side, side * 4 // 3), dtype=torch.uint8)
    dataset = ClipDataset(
        table,
        modality=modality,
        video=settings.video,
        audio=settings.audio,
        store=Ready(pictures, grid_hz=settings.video.frame_rate_hz),
    )
    return Task(
        dataset=dataset,
        prepare=model_input(modality, video=settings.video, audio=settings.audio),
        targets={"clusters": np.arange(items) % CLASSES},
        classes={"clusters": CLASSES},
        train_rows=np.arange(items),
        held_out_rows=np.arange(0),
    )


def long_clips(conditions: Conditions) -> Found:
    """Steps of 32 frames in bf16, with all activations kept and with blocks computed again (paper 6)."""
    settings = settings_of(conditions)
    settings = replace(settings, video=replace(settings.video, frames=conditions.pick(32, 8)))
    batch = batch_of("video", settings, conditions.pick(16, 2)).to(conditions.device)
    ways = {"kept": True, "computed again": False}
    return {
        name: _or_why_not(functools.partial(_long, settings, batch, keep, conditions)) for name, keep in ways.items()
    }


def _long(settings: PretrainSettings, batch: Tensor, keep: bool, conditions: Conditions) -> Found:
    model = encoder_of("video", settings, device=conditions.device).train()
    model[0].checkpoint_activations = not keep  # pyright: ignore[reportArgumentType]

    def step() -> None:
        model.zero_grad()
        with torch.autocast(conditions.device, dtype=torch.bfloat16):
            loss = loss_of(model, batch)
        loss.backward()

    return measured(step, clips=len(batch), conditions=conditions)


def _multiply_as(precision: str) -> None:
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")

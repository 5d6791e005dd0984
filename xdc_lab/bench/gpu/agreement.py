"""Do a device and the CPU compute the same: encoders, log-mels, k-means, a training step, and bf16 (paper 4.1)."""

import os
import platform
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from xdc_lab.bench.gpu.parts import Conditions, demand
from xdc_lab.clustering.kmeans import KMeansSettings, fit_kmeans
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.media.clip_settings import AudioClipSettings
from xdc_lab.media.spectrogram import LogMel
from xdc_lab.pretraining.settings import PAPER, TINY, PretrainSettings

MODALITIES = ("video", "audio")
CLASSES = 16
Found = Mapping[str, Any]


def environment(conditions: Conditions) -> Found:
    """What it runs on."""
    found = {"python": platform.python_version(), "torch": torch.__version__, "cores": os.cpu_count()}
    if conditions.device != "cuda":
        return found
    about = torch.cuda.get_device_properties(0)
    versions = {"cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version()}
    return {**found, **versions, "gpu": about.name, "memory_gb": round(about.total_memory / 1e9, 1)}


def settings_of(conditions: Conditions) -> PretrainSettings:
    """The paper's networks and clips, or the tiny ones."""
    return conditions.pick(PAPER, replace(TINY, video_width=8, audio_width=8))


def batch_of(modality: str, settings: PretrainSettings, size: int) -> Tensor:
    """A batch of an encoder's input, the same each time."""
    video, audio = settings.video, settings.audio
    shapes = {"video": (3, video.frames, video.crop_px, video.crop_px), "audio": (1, audio.mels, audio.audio_frames)}
    return torch.randn(size, *shapes[modality], generator=torch.Generator().manual_seed(0))


def network_of(modality: str, settings: PretrainSettings) -> Encoder:
    """An encoder of these settings."""
    if modality == "video":
        return build_encoder(settings.video_encoder, width=settings.video_width)
    return build_encoder(settings.audio_encoder, width=settings.audio_width)


def encoder_of(modality: str, settings: PretrainSettings, *, device: str) -> nn.Sequential:
    """An encoder with a head, the same each time."""
    names = {
        "video": (settings.video_encoder, settings.video_width),
        "audio": (settings.audio_encoder, settings.audio_width),
    }
    name, width = names[modality]
    encoder = build_encoder(name, width=width)
    head = nn.Linear(encoder.feature_dim, CLASSES)
    with torch.no_grad():
        head.weight.copy_(torch.randn(head.weight.shape, generator=torch.Generator().manual_seed(1)) * 0.01)
        head.bias.zero_()
    return nn.Sequential(encoder, head).to(device)


def exact() -> None:
    """Multiply float32 as float32 on a GPU."""
    torch.backends.cudnn.allow_tf32 = False
    torch.set_float32_matmul_precision("highest")


def difference(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference over the largest value."""
    ours, theirs = ours.detach().float().cpu(), theirs.detach().float().cpu()
    return float((ours - theirs).abs().max() / theirs.abs().max().clamp_min(1e-12))


def encoders(conditions: Conditions) -> Found:
    """Features of the same clips."""
    exact()
    found = {}
    for modality in MODALITIES:
        settings = settings_of(conditions)
        batch = batch_of(modality, settings, 2)
        features = [
            encoder_of(modality, settings, device=device)[0].eval()(batch.to(device))
            for device in ("cpu", conditions.device)
        ]
        found[modality] = difference(features[1], features[0])
    return demand(found, video=(0, 1e-3), audio=(0, 1e-3))


def log_mels(conditions: Conditions) -> Found:
    """Log-mels of noise, of a tone and of silence, in standard deviations."""
    settings = AudioClipSettings()
    noise = 0.1 * torch.randn(settings.samples, generator=torch.Generator().manual_seed(0))
    tone = 0.5 * torch.sin(2 * torch.pi * 440 * torch.arange(settings.samples) / settings.sample_rate_hz)
    waveforms = torch.stack([noise, tone, torch.zeros(settings.samples)])
    there = LogMel(settings).to(conditions.device)(waveforms.to(conditions.device)).cpu()
    return demand({"largest": float((there - LogMel(settings)(waveforms)).abs().max())}, largest=(0, 0.01))


def points(rows: int, *, dim: int = 512, groups: int = 200) -> np.ndarray:
    """Noisy groups, none below 0, as features are."""
    generator = np.random.default_rng(0)
    found = generator.standard_normal((rows, dim), dtype=np.float32)
    found += generator.normal(0.5, 0.5, size=(groups, dim)).astype(np.float32)[generator.integers(groups, size=rows)]
    return np.maximum(found, 0, out=found)


def kmeans(conditions: Conditions) -> Found:
    """Clusters of the same features from the same start."""
    features = points(conditions.pick(20_000, 2_000))
    settings = KMeansSettings(k=conditions.pick(128, 16), restarts=1)
    here, there = (fit_kmeans(features, settings=settings, seed=0, device=name) for name in ("cpu", conditions.device))
    found = {
        "same_cluster": float((here.assignment == there.assignment).mean()),
        "inertia_ratio": there.about["inertia"] / here.about["inertia"],
    }
    return demand(found, inertia_ratio=(0.999, 1.001), same_cluster=(0.98, 1))


def loss_of(model: nn.Module, batch: Tensor) -> Tensor:
    """Of a batch whose classes are 0, 1, 2, ..."""
    targets = torch.arange(len(batch), device=batch.device) % CLASSES
    return functional.cross_entropy(model(batch), targets)


def step(conditions: Conditions) -> Found:
    """Loss and gradients of one training step."""
    exact()
    found: dict[str, float] = {}
    for modality in MODALITIES:
        settings, sides = settings_of(conditions), []
        batch = batch_of(modality, settings, 4)
        for device in ("cpu", conditions.device):
            model = encoder_of(modality, settings, device=device).train()
            loss = loss_of(model, batch.to(device))
            loss.backward()
            gradients = torch.cat([own.grad.flatten().cpu() for own in model.parameters() if own.grad is not None])
            sides.append((loss.item(), gradients))
        (loss, gradient), (other_loss, other) = sides
        found[f"{modality}_loss"] = abs(other_loss - loss) / loss
        found[f"{modality}_gradient"] = float((other - gradient).norm() / gradient.norm())
    limits = {name: (0, 1e-3) if name.endswith("loss") else (0, 0.02) for name in found}
    return demand(found, **limits)


def bf16(conditions: Conditions) -> Found:
    """Losses of five steps with bf16 beside those without, on the device."""
    exact()
    found: dict[str, float] = {}
    for modality in MODALITIES:
        settings, losses = settings_of(conditions), []
        batch = batch_of(modality, settings, 8).to(conditions.device)
        for enabled in (False, True):
            model = encoder_of(modality, settings, device=conditions.device).train()
            optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True)
            loss = torch.zeros(())
            for _ in range(5):
                optimiser.zero_grad()
                with torch.autocast(conditions.device, dtype=torch.bfloat16, enabled=enabled):
                    loss = loss_of(model, batch)
                loss.backward()
                optimiser.step()
            losses.append(loss.item())
        found[f"{modality}_fp32"], found[modality] = losses[0], abs(losses[1] - losses[0])
    return demand(found, video=(0, 0.1), audio=(0, 0.1))

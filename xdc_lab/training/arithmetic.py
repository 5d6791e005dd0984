"""How a training computes: precision, compilation and processes, each a setting (ours)."""

import contextlib
from collections.abc import Iterator

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from xdc_lab import distributed
from xdc_lab.errors import SettingError
from xdc_lab.training.predictor import Predictor
from xdc_lab.training.settings import TrainSettings


def autocast(settings: TrainSettings, device: torch.device) -> torch.autocast:
    """Make bf16's context: where the settings and the device want it, else one that does nothing."""
    wanted = settings.precision == "bf16" or (settings.precision == "auto" and device.type == "cuda")
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=wanted)


@contextlib.contextmanager
def float32_products(settings: TrainSettings) -> Iterator[None]:
    """Within the block float32 is multiplied as the precision says: tf32 with tensor cores, fp32 without, on CUDA.

    PyTorch's own default is fp32 in linear layers and TF32 in convolutions: what is computed outside of a training.
    """
    tf32 = settings.precision == "tf32"
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    torch.backends.cudnn.allow_tf32 = tf32
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before[0])
        torch.backends.cudnn.allow_tf32 = before[1]


def parallel(predictor: Predictor, settings: TrainSettings, device: torch.device) -> nn.Module:
    """Give the predictor with its gradients averaged over all processes, where there are several.

    Raises:
        SettingError: if BatchNorm is to see the clips of all processes on a CPU, where PyTorch cannot do so.
    """
    if not distributed.is_active():
        return predictor
    if settings.sync_batchnorm and device.type == "cpu":
        raise SettingError("sync_batchnorm=True needs GPUs: PyTorch synchronises no BatchNorm on a CPU; leave it False")
    if settings.sync_batchnorm:
        nn.SyncBatchNorm.convert_sync_batchnorm(predictor)  # the same weights, under the same names
    return DistributedDataParallel(predictor, device_ids=[device] if device.type == "cuda" else None)


def compiled(model: nn.Module, settings: TrainSettings) -> nn.Module:
    """The same model with the same weights, compiled if the settings want it."""
    return model if settings.compile is None else torch.compile(model, backend=settings.compile)  # pyright: ignore[reportReturnType]


def forget_peak(device: torch.device) -> None:
    """Let the peak of the GPU's memory begin anew."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def peak_bytes(device: torch.device) -> int | None:
    """The most that tensors have taken of the GPU's memory since; None on a CPU."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None

"""The optimiser of one training: SGD or AdamW, and its state of the encoder's weights (paper 4.1)."""

from typing import Any

import torch
from torch import Tensor

from xdc_lab import distributed
from xdc_lab.runs.checkpoint import optimiser_tensors
from xdc_lab.training.predictor import Predictor
from xdc_lab.training.settings import TrainSettings

OPTIMISER = "optimiser."  # the names of its tensors in a checkpoint begin so


def make_optimiser(predictor: Predictor, settings: TrainSettings) -> torch.optim.Optimizer:
    """SGD or AdamW over what is trainable; heads may have their own rate.

    On CUDA one kernel makes the whole step (`fused`); on a CPU it gains little and rounds otherwise.
    """
    scale = settings.rate_factor(distributed.world_size())
    head_rate = settings.head_learning_rate or settings.learning_rate
    groups: list[dict[str, Any]] = [
        {
            "params": [p for p in predictor.encoder.parameters() if p.requires_grad],
            "lr": settings.learning_rate * scale,
        },
        {"params": list(predictor.heads.parameters()), "lr": head_rate * scale},
    ]
    groups = [{**group, "initial_lr": group["lr"]} for group in groups if group["params"]]
    fused = all(parameter.is_cuda for group in groups for parameter in group["params"])
    words = {"weight_decay": settings.weight_decay, "fused": fused or None}
    if settings.optimiser == "adamw":
        return torch.optim.AdamW(groups, **words)
    return torch.optim.SGD(groups, momentum=settings.momentum, nesterov=True, **words)


def moments_of(optimiser: torch.optim.Optimizer, weights: int) -> dict[str, Tensor]:
    """The state of the encoder's weights, which are the optimiser's first; that of the heads is left out."""
    tensors = optimiser_tensors(optimiser, prefix=OPTIMISER)
    return {
        name: tensor for name, tensor in tensors.items() if int(name.removeprefix(OPTIMISER).split(".")[0]) < weights
    }

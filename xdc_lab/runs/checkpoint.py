"""Checkpoints: tensors and a JSON state in one safetensors file, so that loading never unpickles."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from xdc_lab.errors import RunError
from xdc_lab.runs.folder import whole_file

STATE_KEY = "xdc_lab_state"


def save_checkpoint(path: Path, tensors: dict[str, Tensor], *, state: dict[str, Any]) -> None:
    """Write tensors and state whole or not at all; `state` is plain values that JSON holds exactly."""
    ready = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    with whole_file(path) as partial:
        save_file(ready, partial, metadata={STATE_KEY: json.dumps(state)})


def load_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `save_checkpoint` wrote.

    Raises:
        RunError: if the file is no checkpoint of this package.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        return tensors, json.loads(metadata[STATE_KEY])
    except (SafetensorError, KeyError, json.JSONDecodeError) as error:
        raise RunError(
            f"{path} is no checkpoint of this package; remove it to start this stage anew"
        ) from error


def optimiser_tensors(optimiser: torch.optim.Optimizer, *, prefix: str) -> dict[str, Tensor]:
    """Flatten an optimiser's per-parameter state (momentum, moments, step counts) into named tensors."""
    state = optimiser.state_dict()["state"]
    return {
        f"{prefix}{index}.{name}": torch.as_tensor(value)
        for index, values in state.items()
        for name, value in values.items()
        if value is not None
    }


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor], *, prefix: str) -> None:
    """Put back what `optimiser_tensors` took out."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith(prefix):
            index, field = name.removeprefix(prefix).split(".", 1)
            state.setdefault(int(index), {})[field] = tensor
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})

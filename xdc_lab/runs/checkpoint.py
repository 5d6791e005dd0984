"""Checkpoints: tensors and a JSON state in one safetensors file, so that loading never unpickles."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from xdc_lab.errors import RunError
from xdc_lab.runs.folder import whole_file

STATE_KEY, DIGEST_KEY = "xdc_lab_state", "sha256"
REMEDY = "put back a copy, or remove it to start this stage anew"


def save_checkpoint(path: Path, tensors: dict[str, Tensor], *, state: dict[str, Any]) -> None:
    """Write tensors and state whole or not at all; `state` is plain values that JSON holds exactly."""
    ready = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    text = json.dumps(state)
    with whole_file(path) as partial:
        save_file(ready, partial, metadata={STATE_KEY: text, DIGEST_KEY: digest_of(ready, text)})


def load_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `save_checkpoint` wrote.

    Raises:
        RunError: if the file is no checkpoint of this package, or a bit of it has changed.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        text, digest = metadata[STATE_KEY], metadata[DIGEST_KEY]
    except (OSError, SafetensorError, KeyError) as error:
        raise RunError(f"{path} is no checkpoint of this package, or cut off; {REMEDY}") from error
    if digest_of(tensors, text) != digest:
        raise RunError(f"{path} is damaged: it has not the checksum that it was written with; {REMEDY}")
    return tensors, json.loads(text)


def digest_of(tensors: Mapping[str, Tensor], text: str = "") -> str:
    """The SHA-256 of a text and of tensors, by their names: of equal ones the same, whatever device they are on."""
    digest = hashlib.sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


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
    """Put back what `optimiser_tensors` took out, each tensor laid out in memory as its parameter is."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith(prefix):
            index, field = name.removeprefix(prefix).split(".", 1)
            state.setdefault(int(index), {})[field] = tensor
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
    for parameter, values in optimiser.state.items():
        for field, value in values.items():
            if value.shape == parameter.shape and value.stride() != parameter.stride():
                values[field] = torch.empty_like(parameter, requires_grad=False).copy_(value)

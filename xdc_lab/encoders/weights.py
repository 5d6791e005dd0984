"""Save and load encoders as safetensors files: weights and what a user must know of them, never unpickled."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from xdc_lab.encoders.audit import audit_weights
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.errors import RunError
from xdc_lab.runs.folder import whole_file

FORMAT = 1
KEY = "xdc_lab_encoder"


def save_encoder(
    encoder: Encoder, path: str | Path, *, about: Mapping[str, Any], inputs: Mapping[str, Any] | None = None
) -> None:
    """Write an encoder's weights with its description, whole or not at all.

    Args:
        encoder: what to save.
        path: a .safetensors file.
        about: where it comes from: run, method, seed; plain values.
        inputs: what its inputs must be: normalisation and clip settings; plain values.
    """
    described = {
        "format": FORMAT,
        "name": encoder.name,
        "modality": encoder.modality,
        "width": encoder.width,
        "feature_dim": encoder.feature_dim,
        "inputs": dict(inputs or {}),
        "about": dict(about),
    }
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in encoder.state_dict().items()}
    with whole_file(Path(path)) as partial:
        save_file(weights, partial, metadata={KEY: json.dumps(described)})


def describe_encoder(path: str | Path) -> dict[str, Any]:
    """Read what `save_encoder` wrote beside the weights: name, modality, width, feature_dim, inputs, about.

    Raises:
        RunError: if there is no such file, or it is no encoder of this package.
    """
    if not Path(path).is_file():
        raise RunError(f"there is no encoder file {path}; `xdc-lab pretrain` writes one for each encoder of its run")
    try:
        with safe_open(path, framework="pt") as file:
            described = json.loads((file.metadata() or {})[KEY])
    except (SafetensorError, KeyError, json.JSONDecodeError) as error:
        raise RunError(f"{path} is no encoder that this package saved") from error
    if described["format"] != FORMAT:
        raise RunError(f"{path} has format {described['format']}; this version reads {FORMAT}")
    return described


def load_encoder(path: str | Path) -> Encoder:
    """Rebuild an encoder with its weights from a file of `save_encoder`.

    Raises:
        RunError: if there is no such file, it is no encoder of this package, or its weights do not fit.
    """
    described = describe_encoder(path)
    encoder = build_encoder(described["name"], width=described["width"])
    with safe_open(path, framework="pt") as file:
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    audit = audit_weights(encoder.state_dict(), weights)
    if not audit.fits:
        raise RunError(f"the weights in {path} do not fit {encoder.name} of width {encoder.width}: {audit}")
    encoder.load_state_dict(weights)
    return encoder

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
from xdc_lab.runs.checkpoint import DIGEST_KEY, digest_of
from xdc_lab.runs.folder import whole_file

FORMAT = 1
KEY = "xdc_lab_encoder"
DESCRIBED = ("name", "modality", "width", "feature_dim", "inputs", "about")
AGAIN = "make it anew (xdc-lab pretrain, xdc-lab released --out)"


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
    text = json.dumps(described)
    with whole_file(Path(path)) as partial:
        save_file(weights, partial, metadata={KEY: text, DIGEST_KEY: digest_of(weights, text)})


def describe_encoder(path: str | Path) -> dict[str, Any]:
    """Read what `save_encoder` wrote beside the weights: name, modality, width, feature_dim, inputs, about.

    Raises:
        RunError: if there is no such file, or it is no encoder of this package.
    """
    described = json.loads(_metadata(path)[KEY])
    if described["format"] != FORMAT:
        raise RunError(f"{path} has format {described['format']}; this version reads {FORMAT}")
    if missing := [name for name in DESCRIBED if name not in described]:
        raise RunError(f"{path} does not say its {', '.join(missing)}; write it anew from the run or release it is of")
    return described


def load_encoder(source: str | Path, *, encoder: str = "video") -> Encoder:
    """Load an encoder with its weights from anywhere; it is also called `from_pretrained`, as elsewhere.

    Args:
        source: an encoder's file, or what else `xdc_lab.encoders.sources.encoder_file` takes: a run folder, a folder
            to share, a model hub's OWNER/NAME, a released checkpoint.
        encoder: its name in a run: "video", "audio", "video_1", ...; not used with other sources.

    Raises:
        RunError: if there is no such file, it is no encoder of this package, a bit of it has changed, or its weights
            do not fit.
        DataError: if a released checkpoint is not there, with the command that gets it.
        InstallError: if a hub is asked for and its client is not installed.
    """
    from xdc_lab.encoders.sources import encoder_file  # here: it converts what others released, by `save_encoder`

    path = encoder_file(source, encoder=encoder)
    described, metadata = describe_encoder(path), _metadata(path)
    built = build_encoder(described["name"], width=described["width"])
    with safe_open(path, framework="pt") as file:
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    # Files of earlier versions have no checksum.
    if metadata.get(DIGEST_KEY, (found := digest_of(weights, metadata[KEY]))) != found:
        raise RunError(
            f"{path} is damaged: it has not the checksum that it was written with; put back a copy, or {AGAIN}"
        )
    audit = audit_weights(built.state_dict(), weights)
    if not audit.fits:
        raise RunError(f"the weights in {path} do not fit {built.name} of width {built.width}: {audit}")
    built.load_state_dict(weights)
    return built


from_pretrained = load_encoder


def _metadata(path: str | Path) -> dict[str, str]:
    if not Path(path).is_file():
        raise RunError(f"there is no encoder file {path}; `xdc-lab pretrain` writes one for each encoder of its run")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
        json.loads(metadata[KEY])["format"]
    except (OSError, SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise RunError(f"{path} is no encoder that this package saved, or it is cut off; {AGAIN}") from error
    return metadata

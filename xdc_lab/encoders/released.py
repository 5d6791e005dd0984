"""Load and audit the R(2+1)D-18 checkpoints that the authors released (paper 6; released under MIT)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from xdc_lab.encoders.audit import Audit, audit_weights
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.encoders.weights import save_encoder
from xdc_lab.errors import DataError

ADDRESS = "https://github.com/HumamAlwassel/XDC/releases/download/model_weights/"
FOLDER = Path("data/released")
HEAD = ("fc.weight", "fc.bias")
COUNTER = "num_batches_tracked"  # of batch norm: not used with a fixed momentum, and left out by some converters

INPUTS: Mapping[str, Any] = {
    "colours": "RGB in 0..1",
    "mean": [0.43216, 0.394666, 0.37645],
    "std": [0.22803, 0.22145, 0.216989],
    "frame_rate_hz": 30.0,
    "short_side_px": 256,
    "crop_px": 224,
}
BATCH_NORM = (
    "eps 1e-3, momentum 0.1: the authors' file sets 0.9, but Caffe2's 0.9 is PyTorch's 0.1. "
    "It does not matter while the encoder is frozen; it does in finetuning."
)


@dataclass(frozen=True)
class ReleasedEntry:
    """One checkpoint: its file, how it was pretrained, and what its authors report for it.

    Attributes:
        file: its name.
        sha256: how the file's SHA-256 begins.
        pretraining: method and data.
        ucf101, hmdb51: accuracy in percent (32 frames, mean over the splits).
        width: of the network.
    """

    file: str
    sha256: str
    pretraining: str
    ucf101: float | None = None
    hmdb51: float | None = None
    width: int = 64

    @property
    def url(self) -> str:
        """Where the authors keep it."""
        return ADDRESS + self.file


def _entry(stem: str, sha256: str, pretraining: str, ucf101: float, hmdb51: float) -> ReleasedEntry:
    return ReleasedEntry(f"r2plus1d_18_{stem}-{sha256}.pth", sha256, pretraining, ucf101, hmdb51)


RELEASED: dict[str, ReleasedEntry] = {
    "xdc_ig65m_kinetics": _entry("xdc_ig65m_kinetics", "f24f6ffb", "XDC on IG-Kinetics (65M)", 95.5, 68.9),
    "xdc_ig65m_random": _entry("xdc_ig65m_random", "189d23f4", "XDC on IG-Random (65M)", 94.6, 66.5),
    "xdc_audioset": _entry("xdc_audioset", "f29ffe8f", "XDC on AudioSet (2M)", 93.0, 63.7),
    "fs_kinetics": _entry("fs_kinetics", "622bdad9", "fully supervised on Kinetics", 94.2, 65.1),
    "fs_imagenet": _entry("fs_imagenet", "ff446670", "fully supervised on ImageNet", 84.0, 48.1),
}


@dataclass(frozen=True)
class ReleasedEncoder:
    """A released checkpoint that was loaded, with what there is to know about it.

    Attributes:
        encoder: R(2+1)D-18 with the released weights, in evaluation mode.
        entry: its row of the table.
        audit: the checkpoint against the network with its head: exactly the head is missing.
        sha256: of the file, in full.
        inputs: what clips must be.
        batch_norm: what matters when it is finetuned.
    """

    encoder: Encoder
    entry: ReleasedEntry
    audit: Audit
    sha256: str
    inputs: Mapping[str, Any]
    batch_norm: str = BATCH_NORM

    def __str__(self) -> str:
        """What it is, that it was checked, and what its user must know."""
        lines = [
            f"{self.entry.file}: {self.entry.pretraining}",
            f"SHA-256: {self.sha256}",
            f"audit: {self.audit}",
            *(f"input, {name}: {value}" for name, value in self.inputs.items()),
            f"batch norm: {self.batch_norm}",
        ]
        return "\n".join(lines)

    def save(self, path: str | Path) -> Path:
        """Write it as every encoder of this package is written (`xdc_lab.encoders.weights.save_encoder`)."""
        about = {"run": self.entry.file, "method": self.entry.pretraining, "sha256": self.sha256}
        save_encoder(self.encoder, path, about=about, inputs=self.inputs)
        return Path(path)


def load_released(
    name_or_path: str | Path, *, folder: str | Path = FOLDER, entry: ReleasedEntry | None = None
) -> ReleasedEncoder:
    """Load a released checkpoint, after checking its hash, names and shapes; code in the file is never run.

    Args:
        name_or_path: a key of `RELEASED`, looked for in `folder`, or the path of a file.
        folder: where downloaded checkpoints lie.
        entry: what to check a file against that is none of the five; default: its row of `RELEASED`.

    Raises:
        DataError: if the file is not there, is none of the released ones, is damaged, or does not fit.
    """
    if isinstance(name_or_path, str) and name_or_path in RELEASED:
        entry = entry or RELEASED[name_or_path]
        name_or_path = Path(folder) / entry.file
    path = Path(name_or_path)
    if not path.is_file():
        raise DataError(_how_to_get(path, entry))
    sha256 = _hash(path)
    entry = _check_hash(path, sha256, entry)
    encoder = build_encoder("r2plus1d_18", width=entry.width)
    weights = _with_counters(encoder, _read(path))
    audit = audit_weights({**encoder.state_dict(), **dict.fromkeys(HEAD, torch.empty(0))}, weights)
    if audit.missing != HEAD or audit.unexpected or audit.misshapen:
        raise DataError(
            f"{path} does not fit R(2+1)D-18 with mid-planes per convolution; only {' and '.join(HEAD)} may be "
            f"missing, and it is: {audit}"
        )
    encoder.load_state_dict(weights)
    return ReleasedEncoder(encoder.eval(), entry, audit, sha256, INPUTS)


def released_table() -> list[dict[str, Any]]:
    """One row for each checkpoint, for `pandas.DataFrame(released_table())`."""
    return [
        {
            "name": name,
            "pretraining": entry.pretraining,
            "UCF101": entry.ucf101,
            "HMDB51": entry.hmdb51,
            "file": entry.file,
            "sha256": entry.sha256,
        }
        for name, entry in RELEASED.items()
    ]


def released_report(*, folder: str | Path = FOLDER) -> str:
    """The five checkpoints, one on each line, and where each lies or how to get it."""
    lines = []
    for name, entry in RELEASED.items():
        path = Path(folder) / entry.file
        lines.append(
            f"{name:20} {entry.pretraining:32} UCF101 {entry.ucf101}, HMDB51 {entry.hmdb51} (32 frames, all splits)"
        )
        lines.append(f"    {f'is here: {path}' if path.is_file() else f'get it with: {_command(path, entry)}'}")
    return "\n".join(lines)


def _how_to_get(path: Path, entry: ReleasedEntry | None) -> str:
    if entry is None:
        return f"there is no file {path}; give a path, or one of {', '.join(RELEASED)}"
    return f"there is no file {path}; get it with: {_command(path, entry)}"


def _command(path: Path, entry: ReleasedEntry) -> str:
    return f"curl -L --create-dirs -o {path} {entry.url}"


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_hash(path: Path, sha256: str, entry: ReleasedEntry | None) -> ReleasedEntry:
    """Find the row that a file claims to be by its name, else by its hash, and hold the hash against it."""
    named = entry or next((row for row in RELEASED.values() if row.file == path.name), None)
    row = named or next((row for row in RELEASED.values() if sha256.startswith(row.sha256)), None)
    if row is None:
        known = ", ".join(f"{row.sha256} ({name})" for name, row in RELEASED.items())
        raise DataError(f"{path} is none of the released checkpoints: its SHA-256 begins {sha256[:8]}, theirs {known}")
    if not sha256.startswith(row.sha256):
        raise DataError(
            f"{path} is damaged or another file: its SHA-256 begins {sha256[:8]}, the released one's {row.sha256}; "
            f"remove it and get it again from {row.url}"
        )
    return row


def _read(path: Path) -> dict[str, Tensor]:
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{path} is no file of plain weights: {reason}") from error
    if not isinstance(weights, dict) or not all(isinstance(value, Tensor) for value in weights.values()):
        raise DataError(f"{path} is no file of plain weights: it holds {type(weights).__name__}, not named tensors")
    return dict(weights)


def _with_counters(encoder: Encoder, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    counters = {name: value for name, value in encoder.state_dict().items() if name.endswith(COUNTER)}
    return {**counters, **weights}

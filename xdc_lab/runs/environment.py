"""What a run was made with: versions, code and device, so that a number can be traced."""

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import torch

from xdc_lab import __version__, distributed

PACKAGES = (
    "torch",
    "torchvision",
    "torchaudio",
    "faiss-cpu",
    "faiss-gpu",
    "av",
    "numpy",
    "scikit-learn",
    "umap-learn",
)


def environment(device: str = "auto") -> dict[str, Any]:
    """Versions, commit, device and number of processes, as plain values.

    Args:
        device: what the run was told: "auto", "cpu", "cuda".
    """
    return {
        "xdc_lab": __version__,
        "commit": commit(),
        "python": platform.python_version(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        "device": device_name(distributed.device(device)),
        "threads": torch.get_num_threads(),
        "processes": distributed.world_size(),
    }


def device_name(device: torch.device) -> str:
    """The GPU's name, or the processor and its cores: of the device that computes, whatever else is there."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{platform.machine()} CPU, {os.cpu_count()} cores"


def commit() -> str:
    """The commit of the code, with "+changes" where the working tree differs; "" outside a checkout."""
    folder = Path(__file__).parents[1]  # the package
    try:
        head = _git(folder, "rev-parse", "--short=12", "HEAD")
        return head + ("+changes" if _git(folder, "status", "--porcelain", "--", ".") else "")
    except (OSError, subprocess.SubprocessError):
        return ""


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, timeout=10, check=True)
    return done.stdout.strip()


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None

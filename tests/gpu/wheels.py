"""Download what the GPU check needs beside PyTorch, torchvision and torchaudio, and pack it tighter.

Wheels are zip files; with LZMA in place of deflate they have three quarters of the size, and pip installs them too.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

PACKAGES = (
    "av<19",
    "pandas",
    "faiss-cpu",
    "safetensors",
    "jaxtyping",
    "wadler-lindig",
    "pebble",
    "tqdm",
    "packaging",
    "python-dateutil",
    "six",
)
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_24_x86_64", "manylinux2014_x86_64")


def main(folder: Path) -> None:
    """Fill a folder with wheels for Python 3.12 on Linux, x86-64."""
    platforms = [word for name in PLATFORMS for word in ("--platform", name)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    command += ["--python-version", "3.12", "--implementation", "cp", *platforms, "--dest", str(folder), *PACKAGES]
    subprocess.run(command, check=True)
    for wheel in folder.glob("*.whl"):
        pack_tighter(wheel)
    print(f"{folder}: {sum(wheel.stat().st_size for wheel in folder.glob('*.whl')) / 1e6:.1f} MB")


def pack_tighter(wheel: Path) -> None:
    """Write a wheel anew with LZMA."""
    packed = wheel.with_suffix(".packed")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as new:
        for entry in old.infolist():
            new.writestr(entry, old.read(entry), zipfile.ZIP_LZMA)
    packed.replace(wheel)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

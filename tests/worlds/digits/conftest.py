"""Recordings of nobody, a tone for each digit, so that the digits are tested where no real recordings are."""

import os
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from xdc_lab.worlds.demo.world_settings import WorldSettings
from xdc_lab.worlds.digits.plan import DIGIT_WORLD

FSDD = Path(os.environ.get("XDC_LAB_FSDD", Path(__file__).parents[4] / "shared" / "data" / "FSDD"))


@pytest.fixture(scope="session")
def write_tone() -> Callable[..., None]:
    """Writes a WAV file as the real recordings are: 8 kHz, 16 bits, mono."""

    def write(path: Path, *, hz: float, seconds: float) -> None:
        samples = np.sin(2 * np.pi * hz * np.arange(round(8000 * seconds)) / 8000)
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes((16_000 * samples).astype("<i2").tobytes())

    return write


@pytest.fixture(scope="session")
def tones(tmp_path_factory, write_tone) -> Path:
    """Ten digits by three speakers, six recordings of each."""
    folder = tmp_path_factory.mktemp("tones")
    for digit in range(10):
        for number, speaker in enumerate(("anna", "ben", "cem")):
            for index in range(6):
                hz, seconds = 300 + 100 * digit + 20 * number, 0.2 + 0.01 * index
                write_tone(folder / f"{digit}_{speaker}_{index}.wav", hz=hz, seconds=seconds)
    return folder


@pytest.fixture(scope="session")
def real() -> Path:
    """The Free Spoken Digit Dataset, where it is."""
    if not FSDD.is_dir():
        pytest.skip("the Free Spoken Digit Dataset is not on this machine")
    return FSDD


@pytest.fixture(scope="session")
def short() -> WorldSettings:
    """A world of short clips."""
    return replace(DIGIT_WORLD, seconds=(0.6, 0.7))

"""Spoken digits: the Free Spoken Digit Dataset as it is downloaded, as sounds to repeat."""

import hashlib
import re
import wave
from functools import partial
from pathlib import Path

import pandas as pd

from xdc_lab.errors import DataError
from xdc_lab.media.decoder import read_waveform
from xdc_lab.worlds.demo.sounds.synthesis import RATE_HZ, Sound, at_strikes

NAME = re.compile(r"(?P<digit>\d)_(?P<speaker>[^_]+)_(?P<index>\d+)\.wav")
LONGEST_SECONDS = 1.0  # 2 s of sound then have the whole word; 20 of the 3,000 are longer
SOURCE = (
    "the Free Spoken Digit Dataset (CC BY-SA 4.0) is at https://github.com/Jakobovski/free-spoken-digit-dataset; "
    "give its folder recordings, with files {digit}_{speaker}_{index}.wav"
)


def spoken_digits(folder: str | Path) -> pd.DataFrame:
    """List the recordings of a folder, or of `recordings` in it, sorted.

    Columns: recording (its path), digit, speaker, spoken_seconds, tested. The last third of the speakers by name are
    for the test.

    Raises:
        DataError: if there are none, if one cannot be read, or if there are too few speakers or digits.
    """
    folder = Path(folder)
    folder = folder / "recordings" if (folder / "recordings").is_dir() else folder
    named = [(path, NAME.fullmatch(path.name)) for path in sorted(folder.glob("*.wav"))]
    rows = [(str(path), int(name["digit"]), name["speaker"], _seconds(path)) for path, name in named if name]
    table = pd.DataFrame(rows, columns=["recording", "digit", "speaker", "spoken_seconds"])
    if table.empty:
        raise DataError(f"no recordings of spoken digits in {folder}; {SOURCE}")
    table = table[table["spoken_seconds"] <= LONGEST_SECONDS].reset_index(drop=True)
    speakers = sorted(table["speaker"].unique())
    table["tested"] = table["speaker"].isin(speakers[-max(1, len(speakers) // 3) :])
    for tested, whose in ((False, "training"), (True, "test")):
        missing = set(range(10)) - set(table.loc[table["tested"] == tested, "digit"])
        if missing:
            raise DataError(
                f"{folder} has no recording of {', '.join(map(str, sorted(missing)))} by a {whose} speaker (of "
                f"{', '.join(speakers) or 'nobody'}); each digit is needed from two speakers at least: {SOURCE}"
            )
    return table


def fingerprint(table: pd.DataFrame) -> str:
    """A digest of the recordings' names and bytes: what the sounds of a set were made from."""
    digest = hashlib.sha256()
    for path in map(Path, table["recording"]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def say(recording: str | Path, *, seconds: float, pitch: float) -> Sound:
    """The sound of a recording, repeated at every beat; `pitch` is a factor, on its speed as well."""
    rate = round(RATE_HZ / pitch)
    word = read_waveform(recording, start_seconds=0.0, duration_seconds=seconds, sample_rate_hz=rate).samples.numpy()
    return partial(at_strikes, one=lambda strength: word, tail_seconds=seconds / pitch)


def _seconds(path: Path) -> float:
    try:
        with wave.open(str(path)) as file:
            return file.getnframes() / file.getframerate()
    except (wave.Error, EOFError) as error:
        raise DataError(f"{path} is not a WAV file ({error}); {SOURCE}") from error

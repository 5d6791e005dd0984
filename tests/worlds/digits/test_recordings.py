import shutil

import numpy as np
import pytest

from xdc_lab.errors import DataError
from xdc_lab.worlds.demo.rhythm import Rhythm
from xdc_lab.worlds.demo.sounds.synthesis import RATE_HZ, Sounding
from xdc_lab.worlds.digits.recordings import fingerprint, say, spoken_digits


def test_recordings_are_listed_with_speakers_of_the_test_apart(tones):
    table = spoken_digits(tones)
    assert len(table) == 180
    assert set(table.loc[table["tested"], "speaker"]) == {"cem"}
    assert table["spoken_seconds"].between(0.2, 0.25).all()


def test_the_real_recordings_have_six_speakers_and_two_are_for_the_test(real):
    table = spoken_digits(real)
    assert len(table) == 2980
    assert table.groupby("tested")["speaker"].unique().map(sorted).to_dict() == {
        False: ["george", "jackson", "lucas", "nicolas"],
        True: ["theo", "yweweler"],
    }


def test_a_folder_around_the_recordings_will_do_and_other_files_are_left_alone(tones, tmp_path):
    shutil.copytree(tones, tmp_path / "recordings")
    (tmp_path / "recordings" / "notes.wav").touch()
    assert len(spoken_digits(tmp_path)) == 180


def test_what_cannot_be_used_is_told(write_tone, tmp_path):
    with pytest.raises(DataError, match=r"no recordings.*Free Spoken Digit Dataset.*\{digit\}_\{speaker\}_\{index\}"):
        spoken_digits(tmp_path / "nowhere")
    write_tone(tmp_path / "0_anna_0.wav", hz=300, seconds=0.3)
    with pytest.raises(DataError, match="no recording of 0, 1, .* by a training speaker"):
        spoken_digits(tmp_path)
    (tmp_path / "1_anna_0.wav").write_bytes(b"RIFF")
    with pytest.raises(DataError, match=r"1_anna_0\.wav is not a WAV file"):
        spoken_digits(tmp_path)


def test_the_fingerprint_is_of_what_is_heard(tones, write_tone, tmp_path):
    shutil.copytree(tones, tmp_path / "copy")
    table, copied = spoken_digits(tones), spoken_digits(tmp_path / "copy")
    assert fingerprint(table) == fingerprint(copied)
    write_tone(tmp_path / "copy" / "0_anna_0.wav", hz=301, seconds=0.2)
    assert fingerprint(table) != fingerprint(copied)


@pytest.mark.parametrize("pitch", [0.9, 1.0, 1.1])
def test_a_word_is_said_at_each_beat_and_pitch_is_its_speed(tones, pitch):
    rhythm = Rhythm(np.array([-5.0, 0.1, 0.9, 9.0]), np.array([1.0, 1.0, 0.5, 1.0]))
    word = say(tones / "4_anna_0.wav", seconds=0.2, pitch=pitch)
    heard = word(Sounding(rhythm, pitch, 1.4, np.random.default_rng(0)))
    starts = [round(at * RATE_HZ) for at in (0.1, 0.9)]
    length = round(0.2 / pitch * RATE_HZ)
    first, second = (heard[start : start + length] for start in starts)
    assert np.allclose(first, 2 * second)
    assert np.abs(heard).sum() == pytest.approx(np.abs(first).sum() + np.abs(second).sum(), rel=0.01)
    loudest = np.abs(np.fft.rfft(first)).argmax() * RATE_HZ / length
    assert loudest == pytest.approx(700 * pitch, abs=6)

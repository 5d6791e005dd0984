"""Settings say where each value comes from, and come back from a run's file as they were."""

import json
import re
from dataclasses import dataclass, replace

import pytest

from xdc_lab.errors import SettingError
from xdc_lab.settings import SOURCES, change_settings, changes_from, read_changes, setting, settings_table


@dataclass(frozen=True)
class Sound:
    mels: int = setting(40, "paper", "4.1")
    window_seconds: float = setting(0.016, "VMZ")


@dataclass(frozen=True)
class Run:
    k: int
    sides_px: tuple[int, int] = setting((112, 128), "ours", "small is fast")
    limit: int | None = setting(None, "author")
    sound: Sound = Sound()


def row(settings, name: str) -> dict:
    return next(row for row in settings_table(settings) if row["name"] == name)


def test_table_names_every_setting_once_and_nested_ones_by_dots():
    names = [row["name"] for row in settings_table(Run(k=8))]
    assert names == ["k", "sides_px", "limit", "sound.mels", "sound.window_seconds"]


def test_default_keeps_its_source():
    expected = {"name": "sound.mels", "value": 40, "default": 40, "source": "paper", "note": "4.1"}
    assert row(Run(k=8), "sound.mels") == expected


def test_changed_value_is_not_the_papers_any_more():
    changed = row(Run(k=8, sound=Sound(mels=64)), "sound.mels")
    assert (changed["value"], changed["source"]) == (64, "ours")
    assert changed["note"] == "changed from 40 (paper)"


def test_value_without_default_is_ours():
    assert row(Run(k=8), "k")["source"] == "ours"


def test_unknown_source_is_refused_with_the_known_ones():
    with pytest.raises(SettingError, match="unknown source 'folklore'") as error:
        setting(1, "folklore")
    assert all(source in str(error.value) for source in SOURCES)


def test_settings_survive_json():
    settings = Run(k=8, sides_px=(96, 100), limit=3, sound=Sound(mels=64))
    told = {row["name"]: row["value"] for row in json.loads(json.dumps(settings_table(settings)))}
    assert change_settings(Run(k=1), told) == settings


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sound.mel": "3"}, "no setting 'sound.mel'; did you mean sound.mels?"),
        ({"mels": "3"}, "no setting 'mels'; did you mean sound.mels?"),
        ({"k": "many"}, "k='many' cannot be; it is int"),
        ({"k": "true"}, "k='true' cannot be; it is int"),
        ({"k": "none"}, "k='none' cannot be; it is int"),
    ],
)
def test_what_cannot_be_changed_is_refused_with_what_can(changes: dict, message: str):
    with pytest.raises(SettingError, match=re.escape(message)):
        change_settings(Run(k=8), changes)


def test_texts_are_read_by_the_type_of_the_setting():
    texts = {"k": "9", "sides_px": "[64, 64]", "limit": "none", "sound.window_seconds": ".02"}
    changed = change_settings(Run(k=8, limit=3), texts)
    assert changed == Run(k=9, sides_px=(64, 64), limit=None, sound=Sound(window_seconds=0.02))
    assert changes_from(Run(k=8, limit=3), changed).keys() == texts.keys()
    assert change_settings(Run(k=8), {"sound.window_seconds": "1"}).sound.window_seconds == 1.0


def test_changes_come_from_a_file_and_from_words_which_win(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("k = 4\n[sound]\nmels = 64\n")
    assert read_changes(["k=5"], file) == {"k": "5", "sound.mels": 64}
    with pytest.raises(SettingError, match="NAME=VALUE"):
        read_changes(["k"])
    with pytest.raises(SettingError, match="cannot be read as TOML"):
        read_changes([], tmp_path / "nothing.toml")


def test_settings_are_replaced_not_changed():
    settings = Run(k=8)
    assert replace(settings, k=9).k == 9
    with pytest.raises(AttributeError):
        settings.k = 9  # type: ignore[misc]

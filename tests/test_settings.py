"""Settings say where each value comes from, and come back from a run's file as they were."""

import json
from dataclasses import dataclass, replace

import pytest

from xdc_lab.errors import SettingError
from xdc_lab.settings import SOURCES, from_dict, setting, settings_table, to_dict


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
    assert from_dict(Run, json.loads(json.dumps(to_dict(settings)))) == settings


def test_missing_settings_take_their_defaults():
    assert from_dict(Run, {"k": 4}) == Run(k=4)


@pytest.mark.parametrize("values", [{"k": 8, "sounds": {}}, {"k": 8, "sound": {"mel": 3}}])
def test_unknown_setting_is_refused(values: dict):
    with pytest.raises(SettingError, match="has no setting (sounds|mel); it has"):
        from_dict(Run, values)


def test_settings_are_replaced_not_changed():
    settings = Run(k=8)
    assert replace(settings, k=9).k == 9
    with pytest.raises(AttributeError):
        settings.k = 9  # type: ignore[misc]

"""Settings that carry their source, changed by name and printed as tables (every section of the paper)."""

import dataclasses
import difflib
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from xdc_lab.errors import SettingError

SOURCES = {
    "paper": "the paper's own text",
    "author": "said by an author in the issues of the released models",
    "VMZ": "the code base of overlapping authors with the same audio input: likely, not proven",
    "DeepCluster": "the single-modality method that the paper builds on (paper 3.1)",
    "SeLaVi": "a later paper's second reading of the same protocol",
    "torchvision": "the library's own default",
    "faiss": "the library's own default",
    "ours": "chosen here, with its reason in the note",
}

Settings = TypeVar("Settings")


def setting(default: Any, source: str, note: str = "") -> Any:
    """Declare a dataclass field with where its default comes from.

    Args:
        default: the value.
        source: a key of `SOURCES`.
        note: the section, or the reason.

    Raises:
        SettingError: if `source` is not a key of `SOURCES`.

    >>> @dataclasses.dataclass(frozen=True)
    ... class Audio:
    ...     mels: int = setting(40, "paper", "4.1")
    >>> settings_table(Audio(mels=64))
    [{'name': 'mels', 'value': 64, 'default': 40, 'source': 'ours', 'note': 'changed from 40 (paper)'}]
    """
    if source not in SOURCES:
        raise SettingError(f"unknown source {source!r}; a setting's source is one of {', '.join(SOURCES)}")
    return dataclasses.field(default=default, metadata={"source": source, "note": note})


def settings_table(settings: Any, *, prefix: str = "") -> list[dict[str, Any]]:
    """List every setting with its value, default, source and note; nested settings get dotted names.

    A value that differs from its default is not the source's any more: its source reads "ours" and the note
    says what it was changed from. A class with several sets of numbers tells the sources of these itself
    (`told_sources`: name, dotted where it is nested -> source and note).
    """
    return list(_rows(settings, prefix))


def _rows(settings: Any, prefix: str, told: Mapping[str, tuple[str, str]] = {}) -> Iterator[dict[str, Any]]:
    told = {**(settings.told_sources() if hasattr(settings, "told_sources") else {}), **told}
    for field in dataclasses.fields(settings):
        value, name = getattr(settings, field.name), prefix + field.name
        if dataclasses.is_dataclass(value):
            inner = {key.partition(".")[2]: told[key] for key in told if key.startswith(f"{field.name}.")}
            yield from _rows(value, f"{name}.", inner)
            continue
        default = None if field.default is dataclasses.MISSING else field.default
        source, note = field.metadata.get("source", "ours"), field.metadata.get("note", "")
        if field.default is not dataclasses.MISSING and value != default:
            source, note = "ours", f"changed from {default} ({source})"
        source, note = told.get(field.name, (source, note))
        yield {"name": name, "value": value, "default": default, "source": source, "note": note}


def change_settings(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """Replace settings by their dotted names; a text, as a command line gives it, is read by the setting's type.

    Raises:
        SettingError: if there is no such setting (with the nearest name), or a value is not allowed.

    >>> @dataclasses.dataclass(frozen=True)
    ... class Audio:
    ...     mels: int = setting(40, "paper", "4.1")
    >>> change_settings(Audio(), {"mels": "64"})
    Audio(mels=64)
    """
    known = [row["name"] for row in settings_table(settings)]
    for name in changes:
        if name not in known:
            raise SettingError(f"there is no setting {name!r}{did_you_mean(name, known)}")
    return _changed(settings, changes)


def changes_from(base: Any, settings: Any) -> dict[str, Any]:
    """The settings that differ from those of `base`, by their dotted names."""
    before = {row["name"]: row["value"] for row in settings_table(base)}
    rows = settings_table(settings)
    return {row["name"]: row["value"] for row in rows if row["value"] != before.get(row["name"])}


def read_changes(texts: Sequence[str], file: str | Path | None = None) -> dict[str, Any]:
    """Changes of settings as `NAME=VALUE` texts and as a TOML file; a text overrides the file.

    Raises:
        SettingError: if a text has no "=", or the file is not TOML.

    >>> read_changes(["training.epochs=3"])
    {'training.epochs': '3'}
    """
    changes = {} if file is None else _flat(read_toml(file))
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise SettingError(f"{text!r} changes no setting; write NAME=VALUE, as training.epochs=3")
        changes[name.strip()] = value.strip()
    return changes


def read_toml(file: str | Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        SettingError: if it is not there, or not TOML.
    """
    try:
        return tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"{file} cannot be read as TOML: {error}") from error


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """The nearest known names, to end a message with; all of them where none is near.

    >>> did_you_mean("lerning_rate", ["training.learning_rate", "kmeans.k"])
    '; did you mean training.learning_rate?'
    """
    by_last = {full.rpartition(".")[2]: full for full in known}
    near = difflib.get_close_matches(name, known, n=3)
    near += [by_last[last] for last in difflib.get_close_matches(name.rpartition(".")[2], by_last, n=2)]
    if near:
        return f"; did you mean {' or '.join(dict.fromkeys(near))}?"
    return f"; there are {', '.join(known)}"


def _changed(settings: Any, changes: Mapping[str, Any]) -> Any:
    hints = typing.get_type_hints(type(settings))
    own: dict[str, Any] = {}
    nested: dict[str, dict[str, Any]] = {}
    for name, value in changes.items():
        first, _, rest = name.partition(".")
        if rest:
            nested.setdefault(first, {})[rest] = value
        else:
            own[first] = _typed(value, hints[first], first)
    inner = {first: _changed(getattr(settings, first), values) for first, values in nested.items()}
    return dataclasses.replace(settings, **own, **inner)


def _typed(value: Any, hint: Any, name: str) -> Any:
    """A value in its setting's type; texts are read as TOML writes them, without quotes around words."""
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    given = value
    if isinstance(value, str):
        if value.lower() == "none" and type(None) in kinds:
            return None
        if str not in kinds:
            value = _parsed(value)
    if isinstance(value, int) and not isinstance(value, bool) and float in kinds and int not in kinds:
        value = float(value)
    if isinstance(value, list):
        value = tuple(value)
    plain = tuple(typing.get_origin(kind) or kind for kind in kinds)
    if not isinstance(value, plain) or (isinstance(value, bool) and bool not in plain):
        allowed = " or ".join("none" if kind is type(None) else kind.__name__ for kind in plain)
        raise SettingError(f"{name}={given!r} cannot be; it is {allowed}")
    return value


def _parsed(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {f'0{text}' if text.startswith('.') else text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _flat(tables: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as one, with dotted names."""
    flat: dict[str, Any] = {}
    for name, value in tables.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {prefix + name: value}
    return flat


def to_dict(settings: Any) -> dict[str, Any]:
    """Turn (nested) settings into plain values that JSON can hold."""
    return dataclasses.asdict(settings)

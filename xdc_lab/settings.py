"""Settings that carry their source: frozen dataclasses in, tables a user can print out (every section of the paper)."""

import dataclasses
from collections.abc import Iterator
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
    says what it was changed from.
    """
    return list(_rows(settings, prefix))


def _rows(settings: Any, prefix: str) -> Iterator[dict[str, Any]]:
    for field in dataclasses.fields(settings):
        value, name = getattr(settings, field.name), prefix + field.name
        if dataclasses.is_dataclass(value):
            yield from _rows(value, f"{name}.")
            continue
        default = None if field.default is dataclasses.MISSING else field.default
        source, note = field.metadata.get("source", "ours"), field.metadata.get("note", "")
        if field.default is not dataclasses.MISSING and value != default:
            source, note = "ours", f"changed from {default} ({source})"
        yield {"name": name, "value": value, "default": default, "source": source, "note": note}


def to_dict(settings: Any) -> dict[str, Any]:
    """Turn (nested) settings into plain values that JSON can hold."""
    return dataclasses.asdict(settings)


def from_dict(kind: type[Settings], values: dict[str, Any]) -> Settings:
    """Rebuild settings of class `kind` from what `to_dict` made.

    Raises:
        SettingError: if `values` names a setting that `kind` does not have.
    """
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise SettingError(f"{kind.__name__} has no setting {', '.join(unknown)}; it has {', '.join(fields)}")
    return kind(**{name: _restore(fields[name], value) for name, value in values.items()})


def _restore(field: dataclasses.Field, value: Any) -> Any:
    if isinstance(value, dict) and dataclasses.is_dataclass(field.type):
        return from_dict(field.type, value)  # type: ignore[arg-type]
    return tuple(value) if isinstance(value, list) else value

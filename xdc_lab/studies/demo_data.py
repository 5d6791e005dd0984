"""What stands for the paper's data sets at each scale: Kinetics, IG-Random, UCF101, ESC50 (paper 4.1)."""

from collections.abc import Sequence

from xdc_lab.datasets.catalogue import ITEMS_FILE, data_folder, name_of
from xdc_lab.errors import SettingError
from xdc_lab.studies.sources import Collection
from xdc_lab.worlds.demo.render import render_demo_set
from xdc_lab.worlds.demo.untrimmed import render_untrimmed

RENDERED = ("tiny", "demo")
Downstream = tuple[Collection, str]


def curated(scale: str, data: str | None) -> Collection:
    """The collection to pretrain on: the demo set's training clips, or the user's.

    They show the downstream events, as Kinetics and IG-Kinetics show actions.

    Raises:
        SettingError: if it is neither given nor rendered at this scale.
    """
    if data is not None:
        return Collection(name_of(data), data)
    if scale not in RENDERED:
        raise SettingError(
            f"scale {scale!r} needs real videos: give data=, a folder or a .csv of items, and downstreams="
        )
    return Collection(scale, scale)


def uncurated(scale: str, data: str | None) -> Collection:
    """The uncurated sibling: the same world, but events outside the downstream classes, some far more often.

    It stands for IG-Random, and is rendered if it is not there.

    Raises:
        SettingError: if it is neither given nor rendered at this scale.
    """
    if data is not None:
        return Collection(name_of(data), data)
    if scale not in RENDERED:
        raise SettingError(f"scale {scale!r} needs real uncurated videos: give uncurated_data=")
    folder = data_folder() / f"{scale}-uncurated"
    if not (folder / ITEMS_FILE).is_file():
        render_demo_set(folder, scale=scale, curated=False)
    return Collection(f"{scale}-uncurated", str(folder))


def downstreams(
    scale: str, given: Sequence[tuple[str, str]] | None, *, data: str | None = None
) -> list[Downstream]:
    """Where encoders are judged: pairs of a labelled collection and a modality.

    Args:
        scale: "tiny" and "demo" have the demo set's downstream splits, seen (for UCF101, HMDB51) and heard (ESC50).
        given: pairs of what `load_items` takes and a modality; None: the scale's own.
        data: the collection that was pretrained on, if it is not the scale's own; its own labelled splits are used.

    Raises:
        SettingError: if nothing is given and the scale has none.
    """
    if given is not None:
        return [(Collection(name_of(where), where), modality) for where, modality in given]
    if data is None and scale not in RENDERED:
        raise SettingError(
            f"scale {scale!r} needs labelled items: give downstreams=[('ucf101.csv', 'video'), ('esc50.csv', 'audio')]"
        )
    own = Collection(name_of(data or scale), data or scale)
    return [(own, "video"), (own, "audio")]


def untrimmed(
    scale: str, given: Sequence[tuple[str, str]] | None, *, data: str | None = None
) -> list[Downstream]:
    """Where encoders localize: pairs of untrimmed videos with segments and a modality; for THUMOS14 (paper 7).

    Args:
        scale: "tiny" and "demo" have the demo world's untrimmed videos, seen; rendered if they are not there.
        given: pairs of a folder (`xdc_lab.datasets.untrimmed.LAYOUTS`) and a modality; None: the scale's own.
        data: the collection that was pretrained on; with one's own, `given` is needed too.

    Raises:
        SettingError: if nothing is given and the scale, or the collection, has none.
    """
    if given is not None:
        return [(Collection(name_of(where), where), modality) for where, modality in given]
    if data is not None or scale not in RENDERED:
        what = f"the collection {name_of(data)!r}" if data is not None else f"scale {scale!r}"
        raise SettingError(
            f"{what} has no untrimmed videos with segments: give downstream=[('THUMOS14', 'video')], on the command "
            "line --video FOLDER"
        )
    folder = data_folder() / f"{scale}-untrimmed"
    render_untrimmed(folder, scale=scale)
    return [(Collection(f"{scale}-untrimmed", str(folder)), "video")]

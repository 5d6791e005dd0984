"""Collections to pretrain on and to evaluate on, and what stands for the paper's at each scale (paper 4.1)."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from xdc_lab.datasets.catalogue import ITEMS_FILE, LOADERS, data_folder, describe_data, load_items, loader_of, name_of
from xdc_lab.datasets.selection import Curation
from xdc_lab.errors import SettingError
from xdc_lab.evaluation.finetuning import DATA_SETS
from xdc_lab.evaluation.splits import fewer_labels
from xdc_lab.pretraining.preparation import PRETRAINING_SPLITS
from xdc_lab.worlds.demo.render import render_demo_set
from xdc_lab.worlds.demo.untrimmed import render_untrimmed

PART_SEED = 0  # folders and label files are sorted by class: their first items would be a few classes
RENDERED = ("tiny", "demo")
WRITTEN = re.compile(r"(?:(?P<name>[^=]+)=)?(?P<data>.+?)(?::(?P<clips>[\d_]+))?")
ROLES = {
    "curated": "videos that show the downstream classes, as Kinetics does: --pretrain-on FOLDER",
    "uncurated": "videos of other events, some far more often than others, for IG-Random: --pretrain-on FOLDER",
    "labelled": "labelled items to evaluate on: --video FOLDER (UCF101), --audio FOLDER (ESC50)",
    "untrimmed": "untrimmed videos with segments to localize in: --video FOLDER (THUMOS14)",
    "esc": "real sounds in ESC-50's layout: --audio FOLDER",
}


@dataclass(frozen=True)
class Collection:
    """A collection of videos to pretrain on, or labelled items to evaluate on.

    Attributes:
        name: of the collection, in tables and folders.
        data: what `xdc_lab.datasets.catalogue.load_items` takes.
        clips: so many pretraining items, drawn once; a smaller part is within a larger one. None: all.
        per_class: so many labelled training items per class, drawn anew for each seed; None: all.
        curation: what selections keep and throw out, before anything is drawn.

    Raises:
        SettingError: if a number is below 1.
    """

    name: str
    data: str
    clips: int | None = None
    per_class: int | None = None
    curation: Curation = field(default=Curation(), repr=False)

    def __post_init__(self):
        for what, count in {"clips": self.clips, "labelled items per class": self.per_class}.items():
            if count is not None and count < 1:
                raise SettingError(f"{self.name} with {count} {what}; give 1 or more, or none for all")

    @property
    def title(self) -> str:
        """What tables call it.

        >>> Collection("demo", "demo", per_class=3).title
        'demo 3-shot'
        """
        return self.used if self.per_class is None else f"{self.used} {self.per_class}-shot"

    @property
    def used(self) -> str:
        """The name of what is used of it.

        >>> Collection("demo", "demo", curation=Curation(without="odd.csv")).used
        'demo without-odd'
        """
        return f"{self.name} {self.curation.name}".rstrip()

    @property
    def about(self) -> dict[str, str]:
        """Name, path, licence and what is used of it, for a run's record."""
        clips = {} if self.clips is None else {"clips": str(self.clips)}
        return {**describe_data(self.data), "name": self.used, **clips, **self.curation.about}

    @property
    def data_set(self) -> str:
        """The data set whose finetuning it has, by its official layout or its name; any other is its name.

        >>> Collection("ucf-101", "lists/ucf101.csv").data_set
        'UCF101'
        """
        name = re.sub(r"[^A-Z0-9]", "", self.name.upper())
        layout = "" if name in DATA_SETS else loader_of(self.data).upper()
        return next((known for known in (name, layout) if known in DATA_SETS), self.name)

    def items(self, *, seed: int = 0) -> pd.DataFrame:
        """Its items; for pretraining no more than `clips`, for an evaluation no more labels than `per_class`."""
        items = self.curation.of(load_items(self.data))
        if self.per_class is not None:
            return fewer_labels(items, self.per_class, seed=seed)
        if self.clips is None:
            return items
        if draw := LOADERS[loader_of(self.data)].draw:
            return draw(items, self.clips)
        kept = items[pretraining_rows(items)]
        drawn = np.random.default_rng(PART_SEED).permutation(len(kept))[: self.clips]
        return kept.iloc[np.sort(drawn)].reset_index(drop=True)


def pretraining_rows(items: pd.DataFrame) -> pd.Series:
    """Which items may be pretrained on: those of split "train", or of none."""
    return items["split"].fillna("").isin(PRETRAINING_SPLITS)


def parse_collection(text: str) -> Collection:
    """Read NAME[=PATH][:SIZE] as the command line takes it.

    >>> parse_collection("demo:240")
    Collection(name='demo', data='demo', clips=240, per_class=None)
    >>> parse_collection("mine=/videos/holidays").name
    'mine'
    """
    if Path(text).expanduser().exists():
        return Collection(name_of(text), text)
    match = WRITTEN.fullmatch(text)
    if match is None:
        raise SettingError(f"{text!r} names no collection; write NAME, PATH, NAME=PATH or NAME=PATH:SIZE")
    data, clips = match["data"], match["clips"]
    return Collection(match["name"] or name_of(data), data, None if clips is None else int(clips))


def find_collection(role: str, scale: str) -> Collection:
    """The collection that stands for one of the paper's at a scale, rendered if it is not there; or one that is named.

    At scales tiny and demo: "curated" and "labelled" are the demo set, "uncurated" a second rendering whose events
    are none of the downstream classes (real random videos do show some, so the gap here is an upper bound), and
    "untrimmed" the demo world's long videos.

    Args:
        role: a key of `ROLES`, or a collection as `parse_collection` reads it.
        scale: "tiny", "demo" or "paper".

    Raises:
        SettingError: if the role has no stand-in at this scale, with the option that names one.
    """
    if role not in ROLES:
        return parse_collection(role)
    if scale not in RENDERED or role == "esc":
        raise SettingError(f"scale {scale!r} has no stand-in for {ROLES[role]}")
    if role in ("curated", "labelled"):
        return Collection(scale, scale)
    folder = data_folder() / f"{scale}-{role}"
    if role == "untrimmed":
        render_untrimmed(folder, scale=scale)
    elif not (folder / ITEMS_FILE).is_file():
        render_demo_set(folder, scale=scale, curated=False)
    return Collection(folder.name, str(folder))

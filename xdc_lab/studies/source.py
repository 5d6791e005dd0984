"""Where an encoder comes from: a row of a table, pretrained with one seed, as a run folder (paper 4.1)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xdc_lab.datasets.items import read_items
from xdc_lab.errors import SettingError
from xdc_lab.methods import METHODS
from xdc_lab.pretraining.baselines import pretrain_supervised, save_random
from xdc_lab.pretraining.engine import OnIteration, pretrain
from xdc_lab.pretraining.settings import PretrainSettings, scale_settings
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder
from xdc_lab.settings import change_settings, did_you_mean
from xdc_lab.studies.collection import Collection
from xdc_lab.studies.table import RANDOM, ROWS, SUPERVISED, Clusters, find_row

MODALITIES = ("video", "audio")


@dataclass(frozen=True)
class Source:
    """A row of a table and a seed: what is pretrained.

    Attributes:
        row: a key of `METHODS`, "Superv", or one of `RANDOM`.
        seed: of the pretraining, and of everything after it.
        collection: what it is pretrained on; None: nothing.
        settings: of the pretraining.

    Raises:
        SettingError: if the row is not known, or has no collection where it needs one.
    """

    row: str
    seed: int
    collection: Collection | None
    settings: PretrainSettings

    def __post_init__(self):
        if self.row not in ROWS:
            raise SettingError(f"there is no row {self.row!r}{did_you_mean(self.row, ROWS)}")
        if (self.collection is None) != (self.row in RANDOM):
            raise SettingError(
                f"row {self.row!r} with collection {self.collection}: random encoders have none, others need one"
            )

    @property
    def clusters(self) -> Clusters | None:
        """Numbers of clusters; None where nothing is clustered."""
        if self.row not in METHODS:
            return None
        method = METHODS[self.row]
        needed = {method.clustering_modalities(name) for name in method.clusterings_needed}
        of = {modality: getattr(self.settings, f"{modality}_k") for modality in MODALITIES}
        own = {modality: k for modality, k in of.items() if k is not None and (modality,) in needed}
        return Clusters(self.settings.kmeans.k if len(own) < len(needed) else None, **own)

    @property
    def encoders(self) -> dict[str, str]:
        """The encoder that each modality is evaluated by: modality -> its name in the run (the first, of two)."""
        named = METHODS[self.row].encoders if self.row in METHODS else {name: name for name in MODALITIES}
        return {modality: name for name, modality in reversed(list(named.items()))}

    def runs(self, modality: str | None = None) -> list[tuple[str, ...]]:
        """The modalities of each run that makes its encoders: supervised pretraining has one per modality."""
        if modality not in (None, *MODALITIES):
            raise SettingError(f"there is no modality {modality!r}; there are {', '.join(MODALITIES)}")
        wanted = MODALITIES if modality is None else (modality,)
        return [(name,) for name in wanted] if self.row == SUPERVISED else [wanted]

    def folder(self, scale: str, modality: str) -> Path:
        """Where the run that makes an encoder lies below the folder of all runs: "demo/XDC-k32-s0"."""
        folder = pretraining_folder(
            self.collection,
            self.row,
            scale=scale,
            seed=self.seed,
            clusters=self.clusters,
            encoder=self.settings.video_encoder,
        )
        return folder.with_name(f"{folder.name}-{modality}") if self.row == SUPERVISED else folder


def make_source(row: str, seed: int, collection: Collection | None, settings: PretrainSettings) -> Source:
    """A row's source, without what does not matter to it: so a random encoder is one source on every collection."""
    row = find_row(row)
    if row not in METHODS:
        settings = replace(settings, kmeans=PretrainSettings().kmeans, video_k=None, audio_k=None)
    return Source(row, seed, None if row in RANDOM else collection, settings)


def with_choice(
    settings: PretrainSettings, *, clusters: Clusters | None = None, encoder: str | None = None
) -> PretrainSettings:
    """The settings with other numbers of clusters and another video encoder, where they are given."""
    if encoder is not None:
        settings = replace(settings, video_encoder=encoder)
    if clusters is None:
        return settings
    kmeans = settings.kmeans if clusters.k is None else replace(settings.kmeans, k=clusters.k)
    return replace(settings, kmeans=kmeans, video_k=clusters.video, audio_k=clusters.audio)


def pretraining_folder(
    collection: Collection | None,
    row: str,
    *,
    scale: str,
    seed: int,
    clusters: Clusters | None = None,
    encoder: str | None = None,
) -> Path:
    """Where a pretraining lies below the folder of all runs; `encoder` is named where it is not the scale's.

    >>> words = {"scale": "demo", "seed": 0, "clusters": Clusters(32)}
    >>> pretraining_folder(Collection("demo", "demo"), "XDC", **words).as_posix()
    'demo/XDC-k32-s0'
    >>> pretraining_folder(Collection("mine", "/videos", clips=240), "XDC", **words).as_posix()
    'mine-demo/XDC-n240-k32-s0'
    """
    data = "" if collection is None else collection.name
    # The demo sets are named after their scales.
    named = data if data.startswith(scale) else f"{data}-{scale}".lstrip("-")
    parts = [RANDOM[0] if row in RANDOM else row]
    if collection is not None:
        parts += [collection.curation.name] * bool(collection.curation.name)
        parts += [] if collection.clips is None else [f"n{collection.clips}"]
    if clusters is not None:
        parts.append(f"k{clusters}")
    if encoder not in (None, scale_settings(scale).video_encoder):
        parts.append(str(encoder))
    return Path(named.replace(" ", "-")) / "-".join([*parts, f"s{seed}"]).replace(" ", "-")


def pretrain_row(
    source: Source,
    out: str | Path,
    *,
    modalities: Sequence[str] = MODALITIES,
    execution: Execution,
    on_iteration: OnIteration | None = None,
) -> RunFolder:
    """Make the encoders of a row, or read them if they are there; a run that was stopped goes on (paper 3, 4.1).

    Args:
        source: the row; its seed is used, and not the execution's.
        out: the run folder.
        modalities: of a row that is no method; supervised pretraining makes one encoder per run.
        execution: device, workers, progress and store.
        on_iteration: called with the rows of clusterings.jsonl of each new iteration.
    """
    execution = replace(execution, seed=source.seed)
    if source.collection is None:
        return save_random(out, modalities=modalities, settings=source.settings, execution=execution)
    items = source.collection.items()
    words: dict[str, Any] = {"settings": source.settings, "data": source.collection.about, "execution": execution}
    if source.row == SUPERVISED:
        (modality,) = modalities
        return pretrain_supervised(items, out, modality=modality, **words)
    return pretrain(items, out, method=METHODS[source.row], on_iteration=on_iteration, **words)


def settings_of(run: RunFolder) -> PretrainSettings:
    """The settings of a pretraining, as its run.json tells them."""
    told = {row["name"]: row["value"] for row in run.read_about()["settings"]}
    return change_settings(PretrainSettings(), told)


def origin_of(run: RunFolder, encoder: str) -> dict[str, Any]:
    """What a result says of where an encoder comes from, read from the run that made it.

    The size is as many clips as were asked for, so that two collections pair; where all were, the usable ones. k is
    the number of clusters that the encoder predicts; None where it predicts none, or clusterings of several sizes.
    The network is the video encoder of the pretraining, which decides what its audio encoder learns, too.
    """
    about = run.read_about()
    told = {row["name"]: row["value"] for row in about["settings"]}
    method = about["method"]
    asked_for = about["data"].get("clips")
    size = 0 if about["kind"] == "random" else int(asked_for or len(read_items(run.items)))
    supervision = method.get("supervision", {}).get(encoder, [])
    counts = {_k_of(clustering, method, told) for clustering in supervision}
    return {
        "method": method["name"],
        "pretraining": "none" if about["kind"] == "random" else about["data"].get("name", ""),
        "pretraining_size": size,
        "k": counts.pop() if len(counts) == 1 else None,
        "network": told["video_encoder"],
    }


def _k_of(clustering: str, method: dict[str, Any], told: dict[str, Any]) -> int:
    """How many clusters a clustering has, from what run.json says of method and settings."""
    modalities = {method["encoders"][encoder] for encoder in method["clusterings"][clustering]}
    own = told.get(f"{modalities.pop()}_k") if len(modalities) == 1 else None
    return own or told["kmeans.k"]

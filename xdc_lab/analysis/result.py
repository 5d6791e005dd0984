"""Read a run: items, clusters, features and history, each when it is asked for (paper 5)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from xdc_lab.clustering.clusters_file import Clusters, load_clusters
from xdc_lab.datasets.items import read_items
from xdc_lab.datasets.labels import LABELS, LabelSets, grouping, has_several, label_sets
from xdc_lab.errors import RunError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.runs.folder import RunFolder, read_lines
from xdc_lab.runs.records import demand_records

FEATURES = "features"  # kind of a run that is clusters of somebody's features, and no training


@dataclass(frozen=True, eq=False)
class Result:
    """What a run has written so far; `load_result` makes it. Row i is item i everywhere.

    Attributes:
        path: the run's folder.
        meta: run.json: method, settings with their sources, seed, data, environment.
        items: the usable items; `label` is "" where there is none, and of several all of them; factors are columns
            named factor_*.
        clusterings: names of those that some encoder learns, what hears before what sees, as in Table 6.
        iterations: the deep clustering iterations that are complete; 0 is of the random encoders.
    """

    path: Path
    meta: dict[str, Any]
    items: pd.DataFrame
    clusterings: tuple[str, ...]
    iterations: tuple[int, ...]
    _loaded: dict[Path, Clusters] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return (
            f"Result({self.meta.get('id', self.path.name)!r}, {self.meta['method']['name']}, {len(self.items)} items, "
            f"clusterings {', '.join(self.clusterings)}, {len(self.iterations)} iterations)"
        )

    @property
    def folder(self) -> RunFolder:
        """Where each thing of the run lies."""
        return RunFolder(self.path)

    @property
    def encoders(self) -> dict[str, str]:
        """Encoder name -> modality."""
        return dict(self.meta["method"]["encoders"])

    def encoders_of(self, clustering: str) -> tuple[str, ...]:
        """The encoders whose features a clustering was made of.

        Raises:
            RunError: if the run has no such clustering.
        """
        self._demand_clustering(clustering)
        return tuple(self.meta["method"]["clusterings"][clustering])

    def modalities(self, clustering: str) -> tuple[str, ...]:
        """What a clustering saw or heard: ("audio",), ("video",) or, for CDC, both."""
        return tuple(dict.fromkeys(self.encoders[encoder] for encoder in self.encoders_of(clustering)))

    def clustering_of(self, modality: str) -> str | None:
        """The first clustering made of this modality alone; None where the method has none (CDC)."""
        alone = (name for name in self.clusterings if self.modalities(name) == (modality,))
        return next(alone, None)

    def iteration(self, position: int = -1) -> int:
        """The iteration at a position, counted as Python counts: -1 is the last one.

        Raises:
            RunError: if the run has no such iteration.
        """
        try:
            return self.iterations[position]
        except IndexError:
            raise RunError(
                f"{self.path} has no iteration {position}; it has {', '.join(map(str, self.iterations))}"
            ) from None

    def clusters(self, clustering: str, *, iteration: int = -1) -> Clusters:
        """The clusters of one clustering; read once.

        Raises:
            RunError: if the run has no such clustering or iteration, or they are of other items.
        """
        self._demand_clustering(clustering)
        path = self.folder.clusters(clustering, iteration=self.iteration(iteration))
        if path not in self._loaded:
            clusters = load_clusters(path)
            self._demand_rows(path, len(clusters.assignment))
            self._loaded[path] = clusters
        return self._loaded[path]

    def features(self, encoder: str) -> Float[np.ndarray, "items dim"]:
        """The features that were clustered last, memory-mapped.

        Raises:
            RunError: if there are none, or they are of other items.
        """
        if encoder not in self.encoders:
            raise RunError(f"{self.path} has no encoder {encoder!r}; it has {', '.join(self.encoders)}")
        path = Path(self.meta.get("features", {}).get(encoder) or self.folder.features(encoder))
        if not path.is_file():
            raise RunError(
                f"{path} is missing: the run has not come to its features yet, or they were deleted; "
                f"{_how_to_go_on(self.meta)}"
            )
        features = np.load(path, mmap_mode="r")
        self._demand_rows(path, len(features))
        return features

    @property
    def is_trained(self) -> bool:
        """Whether a training made it, in iterations; clusters of somebody's features have none."""
        return self.meta.get("kind") != FEATURES

    @property
    def settings(self) -> dict[str, Any]:
        """Setting -> value, as run.json has them."""
        return {row["name"]: row["value"] for row in self.meta.get("settings", [])}

    @property
    def video_settings(self) -> VideoClipSettings:
        """What a video clip was in this run; what run.json does not say is the default."""
        return VideoClipSettings(**self._settings_of("video", VideoClipSettings))

    @property
    def audio_settings(self) -> AudioClipSettings:
        """What an audio clip and its log-mel were in this run; what run.json does not say is the default."""
        return AudioClipSettings(**self._settings_of("audio", AudioClipSettings))

    @property
    def clusterings_per_iteration(self) -> int:
        """How often the clips are clustered within one schedule of training: 1, but for SDC's remedies."""
        step = self.settings.get("recluster_epochs")
        return 1 if step is None else -(-self.settings["training.epochs"] // step)

    @cached_property
    def label_sets(self) -> LabelSets:
        """All labels of each item."""
        return label_sets(self.items)

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels that occur, sorted; `label_codes` index them."""
        return self.label_sets.names

    @property
    def label_codes(self) -> Int[np.ndarray, " items"]:
        """For each item the index of its label in `label_names`, of several the first; `UNLABELLED` where none."""
        return self.label_sets.firsts

    @cached_property
    def has_several_labels(self) -> bool:
        """Whether an item may have several labels."""
        return has_several(self.items)

    @cached_property
    def label_grouping(self) -> Any:
        """What clusters are measured against: a label for each item, or a matrix of several (`measures`)."""
        return grouping(self.items)

    def items_with(self, label: str) -> Bool[np.ndarray, " items"]:
        """Which items have a label, beside others or alone."""
        code = self.label_names.index(label) if label in self.label_names else None
        if code is None:
            return np.zeros(len(self.items), dtype=bool)
        if not self.has_several_labels:
            return self.label_codes == code
        return self.label_sets.matrix[:, [code]].toarray()[:, 0]

    @property
    def has_labels(self) -> bool:
        """Whether any item has a label; without one there is no purity."""
        return bool(self.label_names)

    def with_labels(self, labels: str | Sequence[str] | pd.Series) -> "Result":
        """The same run seen through other labels: tables, sheets, stories and explorers then speak of those.

        Args:
            labels: a column of the items, or a label for each item ("" where there is none).

        Raises:
            RunError: if there is no such column, or a label for each item is wanted and there are more or fewer.
        """
        if isinstance(labels, str):
            if labels not in self.items:
                raise RunError(f"the items have no column {labels!r}; they have {', '.join(map(str, self.items))}")
            labels = self.items[labels].fillna("").astype(str).tolist()
        if len(labels) != len(self.items):
            raise RunError(f"{len(labels)} labels and {len(self.items)} items; row i must be item i in both")
        return replace(self, items=self.items.drop(columns=LABELS, errors="ignore").assign(label=list(labels)))

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the recorded factors (the columns factor_*, without the prefix)."""
        return tuple(name.removeprefix("factor_") for name in self.items.columns if name.startswith("factor_"))

    @cached_property
    def clustering_history(self) -> pd.DataFrame:
        """clusterings.jsonl: one row per iteration and clustering.

        Raises:
            RunError: if the run has finished and lacks records.
        """
        demand_records(self.folder)
        return pd.DataFrame(read_lines(self.folder.clusterings_log))

    @cached_property
    def training_history(self) -> pd.DataFrame:
        """training.jsonl: one row per iteration, encoder and epoch.

        Raises:
            RunError: if the run has finished and lacks records.
        """
        demand_records(self.folder)
        return pd.DataFrame(read_lines(self.folder.training_log))

    def _settings_of(self, group: str, kind: type) -> dict[str, Any]:
        known = {f"{group}.{setting.name}": setting.name for setting in fields(kind)}
        return {known[name]: value for name, value in self.settings.items() if name in known}

    def _demand_clustering(self, clustering: str) -> None:
        if clustering not in self.clusterings:
            raise RunError(f"{self.path} has no clustering {clustering!r}; it has {', '.join(self.clusterings)}")

    def _demand_rows(self, path: Path, rows: int) -> None:
        if rows != len(self.items):
            raise RunError(
                f"{path} has {rows} rows and the items table {len(self.items)}: they are not of the same run; "
                "restore the run's items.csv, or make the run again with: xdc-lab pretrain"
            )


def load_result(run: str | Path) -> Result:
    """Open a run folder, finished or not.

    Raises:
        RunError: if it holds no run, or one without clusters; the message says what makes them.
    """
    folder = RunFolder(run)
    meta = folder.read_about()
    if not folder.items.is_file():
        raise RunError(f"{folder.items} is missing; make the run again with: xdc-lab pretrain")
    method = meta["method"]
    learned = {name for names in method["supervision"].values() for name in names}  # others are not made
    clusterings = tuple(sorted(learned, key=lambda name: _hears_first(method, name)))
    iterations = tuple(_complete_iterations(folder, clusterings))
    if not iterations:
        raise RunError(
            f"{folder.path} has no clusters yet (status: {meta.get('status', 'unknown')}); {_how_to_go_on(meta)}"
        )
    items = read_items(folder.items)
    items = items.assign(label=list(label_sets(items).texts)) if has_several(items) else items
    return Result(folder.path, meta, items, clusterings, iterations)


def _hears_first(method: dict[str, Any], clustering: str) -> tuple[bool, int]:
    """Sort key: what hears comes first (Table 6 has the audio clusters on the left)."""
    sees = any(method["encoders"][encoder] == "video" for encoder in method["clusterings"][clustering])
    return sees, list(method["clusterings"]).index(clustering)


def _complete_iterations(folder: RunFolder, clusterings: tuple[str, ...]) -> list[int]:
    return [n for n in folder.iterations() if all(folder.clusters(name, iteration=n).is_file() for name in clusterings)]


def _how_to_go_on(meta: dict[str, Any]) -> str:
    """The command that made a run resumes it."""
    return f"start its command again: {meta.get('command') or 'xdc-lab pretrain'}"

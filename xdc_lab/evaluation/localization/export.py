"""Export the features of untrimmed videos and their annotations as G-TAD reads them (paper 7, Table 8)."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xdc_lab.datasets.gtad_annotations import GTAD_PARTS, annotation_file, write_gtad_annotations
from xdc_lab.datasets.segments import LocalizationSet, beyond_the_end
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.errors import DataError
from xdc_lab.evaluation.engine import load_identified
from xdc_lab.evaluation.localization.extraction import WindowFeatures, extract_windows, read_extraction
from xdc_lab.evaluation.localization.hdf5 import interpolate_rows, write_hdf5
from xdc_lab.evaluation.localization.settings import WindowSettings
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder
from xdc_lab.runs.opening import describe_run, open_run

SAME = ("encoder", "settings", "data", "items", "rows")


@dataclass(frozen=True, eq=False)
class Export:
    """What was written.

    Attributes:
        run: the folder.
        files: features and annotations.
        features: which videos have them, and why others have not.
        oddities: of the annotations.
    """

    run: RunFolder
    files: tuple[Path, ...]
    features: WindowFeatures
    oddities: tuple[str, ...]

    def __str__(self) -> str:
        """Counts and names."""
        return "\n".join([str(self.features), *self.oddities, *map(str, self.files)])


def features_file(split: str) -> str:
    """The name of a split's features.

    >>> features_file("train"), features_file("test")
    ('features_val.h5', 'features_test.h5')
    """
    return f"features_{GTAD_PARTS.get(split, split)}.h5"


def export_features(
    encoder: Encoder | str | Path,
    collection: LocalizationSet,
    out: str | Path,
    *,
    settings: WindowSettings,
    rows: Mapping[str, int] | None = None,
    data: Mapping[str, str] | None = None,
    execution: Execution = Execution(),
) -> Export:
    """Write features_val.h5 and features_test.h5 with G-TAD's annotation files beside them; resumes video by video.

    Args:
        encoder: an encoder, or a file of `xdc_lab.encoders.weights.save_encoder`.
        collection: videos and segments.
        out: the run folder.
        settings: stride and clips; these must be the encoder's own.
        rows: interpolate each video to so many rows; None: a row for every stride. It must name every video.
        data: name, path and licence of the collection, for the record.
        execution: device and progress.

    Raises:
        DataError: if no video can be used, or `rows` does not name one of them.
        RunError: if `out` holds another run.
    """
    run = RunFolder(out)
    encoder, identity = load_identified(encoder)
    given = collection.identity()
    about = describe_run("export", run.path.name, settings=settings, execution=execution, data=data, items=given)
    about |= {"encoder": identity, "rows": dict(rows) if rows is not None else None}
    with open_run(run, about, same=SAME) as about:
        if about["status"] != "finished":
            began = time.monotonic()
            features = extract_windows(encoder, collection.videos, run, settings=settings, execution=execution)
            told = {name: identity[name] for name in ("name", "weights_sha256")}
            told |= {"run": about["id"], "stride_frames": settings.stride_frames}
            _write(run, features, collection, rows, told)
            seconds = round(time.monotonic() - began, 1)
            run.write_about({**about, "status": "finished", "wall_seconds": seconds})
    features = read_extraction(run)
    files = tuple(
        run.path / name
        for split in features.videos["split"].unique()
        for name in (features_file(split), annotation_file(split))
    )
    late = beyond_the_end(collection.segments, features.videos)
    return Export(run, files, features, (*collection.oddities, *late))


def _write(
    run: RunFolder,
    features: WindowFeatures,
    collection: LocalizationSet,
    rows: Mapping[str, int] | None,
    about: Mapping[str, str | int],
) -> None:
    """The features and annotations of each split that has videos."""
    missing = [name for name in features.videos["video"] if rows is not None and name not in rows]
    if missing:
        raise DataError(f"the row count of {len(missing)} videos is not given; the first: {missing[0]}")
    for split, videos in features.videos.groupby("split", sort=False):
        write_hdf5(run.path / features_file(str(split)), _each(features, list(videos["video"]), rows), about=about)
        segments = collection.segments[collection.segments["video"].isin(list(videos["video"]))]
        rates = dict(zip(videos["video"], videos["frame_rate_hz"], strict=True))
        annotations = run.path / annotation_file(str(split))
        write_gtad_annotations(segments, annotations, class_ids=collection.class_ids, frame_rates_hz=rates)


def _each(
    features: WindowFeatures, names: list[str], rows: Mapping[str, int] | None
) -> Iterator[tuple[str, np.ndarray]]:
    for name in names:
        own = np.asarray(features.of_video(name))
        yield name, own if rows is None else interpolate_rows(own, rows[name])

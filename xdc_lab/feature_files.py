"""Features of a collection as a file for anyone, beside a table of its items; resumes after a kill (paper 3.1)."""

import importlib
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.datasets.failures import FailureLog
from xdc_lab.datasets.identity import identify_items
from xdc_lab.datasets.item_spans import item_spans
from xdc_lab.datasets.items import make_items, read_items, relative_path, write_items
from xdc_lab.datasets.probe_cache import CACHE_FILE
from xdc_lab.datasets.run_items import items_of_run
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.encoders.weights import describe_encoder, load_encoder
from xdc_lab.errors import DataError, RunError, SettingError, counted, printable
from xdc_lab.extras import imports_of_an_extra
from xdc_lab.features import extract_features
from xdc_lab.media.clip_times import sliding_starts
from xdc_lab.media.findings import MODALITIES, NO_DECODE
from xdc_lab.media.inputs import clips_of, model_input
from xdc_lab.runs.checkpoint import digest_of
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder, read_json, read_lines, whole_file, write_text
from xdc_lab.runs.opening import describe_run, open_run
from xdc_lab.settings import setting

PART_ROWS = 1024  # what a kill costs at most
SUFFIXES = (".npy", ".parquet")
NAMED = 10


@dataclass(frozen=True)
class FeatureFileSettings:
    """Which rows a file of features has."""

    every_seconds: float | None = setting(None, "ours", "from window to window; None: an item's centre clip")
    paired: bool = setting(False, "ours", "only items with pictures and sound: both encoders' rows are the same")

    def __post_init__(self) -> None:
        if self.every_seconds is not None and not self.every_seconds > 0:
            raise SettingError(f"every_seconds={self.every_seconds} never moves on; give a number above 0")


@dataclass(frozen=True, eq=False)
class FeatureFile:
    """A file of features and what lies beside it; row i is item i of the table.

    Attributes:
        path: the .npy or .parquet file.
        about: what made it, as its .json says.
    """

    path: Path
    about: dict[str, Any]

    @property
    def items(self) -> Path:
        """The items table; a .parquet file is its own."""
        return self.path if self.path.suffix == ".parquet" else self.path.with_suffix(".csv")

    @property
    def rejected(self) -> Path:
        """The items that have no row, each with its reason; not there if every item has one."""
        return self.path.with_suffix(".rejected.csv")

    @property
    def described(self) -> Path:
        """What made it, and of what."""
        return self.path.with_suffix(".json")

    def __str__(self) -> str:
        """What was written, then the files that have no row by name."""
        rows, dim = self.about["shape"]
        lines = [f"features: {self.path} ({rows} x {dim} float32)", f"items: {self.items}"]
        if rejected := self.about["rejected"]:
            lines += [f"without features: {counted(len(rejected), 'file')}, named in {self.rejected}"]
            lines += [f"    {printable(path)}  [{reason}]" for path, reason in [*rejected.items()][:NAMED]]
        return "\n".join(lines)


def write_feature_file(
    encoder: Path,
    items: pd.DataFrame,
    path: str | Path,
    *,
    settings: FeatureFileSettings = FeatureFileSettings(),
    batch_size: int = 64,
    execution: Execution = Execution(),
) -> FeatureFile:
    """Write the features of every item's centre clip, or of windows that slide over it.

    The same call again goes on after a kill, and gives what is there once it is finished. A file that cannot be used,
    or of which a clip did not decode, has no row and is named. A window is a row with its own start and end, as long
    as the encoder's clip; an item shorter than that has one.

    Args:
        encoder: its file (`xdc_lab.encoders.sources.encoder_file`), whose clips are taken.
        items: an items table.
        path: .npy, an array (rows, dim) with a .csv of the items beside it; or .parquet, the items with a column
            `features`.
        settings: which rows there are.
        batch_size: clips per step.
        execution: device, workers and progress.

    Raises:
        SettingError: if the path has another suffix.
        InstallError: if pyarrow is not installed for a .parquet.
        DataError: if no item can be used.
        RunError: if something else lies at the path, or features of another encoder or collection.
    """
    path = Path(path)
    _demand_writable(path)
    network, described = load_encoder(encoder), describe_encoder(encoder)
    made_of = {"encoder": digest_of(network.state_dict()), "inputs": described["inputs"], **identify_items(items)}
    made_of |= asdict(settings)
    work = RunFolder(path.with_name(f".{path.name}.work"))
    if (file := _there(FeatureFile(path, {}), made_of, work)) is None:
        about = describe_run("features", path.stem, settings=settings, execution=execution)
        with open_run(work, {**about, "features": made_of}, same=("features",)) as told:
            modalities = MODALITIES if settings.paired else (network.modality,)
            how = {"modalities": modalities, "cache": work.path / CACHE_FILE, "progress": execution.tells_progress}
            usable = items_of_run(work, items, none="no item can be used", min_seconds=0.0, **how)
            clips: dict[str, Any] = dict(zip(MODALITIES, clips_of(network.modality, described["inputs"]), strict=True))
            every, seconds = settings.every_seconds, clips[network.modality].seconds
            rows = usable if every is None else slide(usable, seconds, every=every)
            parts = _extract(network, rows, work, clips, batch_size=batch_size, execution=execution)
            file = _join(FeatureFile(path, told), work, rows, parts)
    shutil.rmtree(work.path, ignore_errors=True)
    return file


def slide(items: pd.DataFrame, clip_seconds: float, *, every: float) -> pd.DataFrame:
    """A row for each clip that begins `every` seconds after the one before, for as long as it fits into the item.

    >>> films = make_items(pd.DataFrame({"path": ["a.mp4"], "duration_seconds": [5.0], "start_seconds": [1.0]}))
    >>> slide(films, 2.0, every=1.0)[["start_seconds", "end_seconds"]].to_numpy().tolist()
    [[1.0, 3.0], [2.0, 4.0], [3.0, 5.0]]
    """
    spans = item_spans(items)
    begins = [sliding_starts(seconds, clip_seconds, every) for seconds in spans.durations_seconds.tolist()]
    counts = [len(starts) for starts in begins]
    rows = items.loc[items.index.repeat(counts)].reset_index(drop=True)
    starts = np.concatenate(begins) + spans.starts_seconds.repeat(counts)
    ends = (spans.starts_seconds + spans.durations_seconds).repeat(counts)
    return make_items(rows.assign(start_seconds=starts, end_seconds=np.minimum(starts + clip_seconds, ends)))


def _there(file: FeatureFile, made_of: dict[str, Any], work: RunFolder) -> FeatureFile | None:
    """The file where it is finished and the one that is asked for; None: it is still to be made.

    Raises:
        RunError: if it is another one, or what would lie beside it is somebody's.
    """
    beside = [path for path in (file.path, file.items, file.rejected, file.described) if path.exists()]
    if not beside or (work.about.is_file() and file.path not in beside):
        return None
    about = {}
    if file.path in beside and file.described in beside:
        about = read_json(file.described, remedy="give another --out")
    if about.get("features") != made_of:
        raise RunError(
            f"{beside[0]} is there, and not of this encoder, collection and windows; give another --out, or remove it"
        )
    return FeatureFile(file.path, about)


def _demand_writable(path: Path) -> None:
    if path.suffix not in SUFFIXES:
        raise SettingError(f"{path} has the suffix {path.suffix!r}; features are written as {' or '.join(SUFFIXES)}")
    if path.suffix == ".parquet":
        with imports_of_an_extra():
            importlib.import_module("pyarrow")


def _extract(
    network: Encoder,
    rows: pd.DataFrame,
    work: RunFolder,
    clips: Mapping[str, Any],
    *,
    batch_size: int,
    execution: Execution,
) -> list[Path]:
    """The features of all rows as files of `PART_ROWS` each; those that are there are kept."""
    starts = range(0, len(rows), PART_ROWS)
    parts = [work.path / "parts" / f"{start:09d}.npy" for start in starts]
    bar = tqdm(parts, desc="parts", disable=len(parts) == 1 or not execution.shows_progress)
    for start, part in zip(starts, bar, strict=True):
        if not part.is_file():
            dataset = ClipDataset(
                rows.iloc[start : start + PART_ROWS],
                modality=network.modality,
                **clips,
                shared_window=False,
                failures=FailureLog(work.failures, allowed=1.0),
            )
            prepare = model_input(network.modality, **clips)
            extract_features(network, dataset, part, prepare=prepare, batch_size=batch_size, execution=execution)
    return parts


def _join(file: FeatureFile, work: RunFolder, rows: pd.DataFrame, parts: list[Path]) -> FeatureFile:
    """Write the file and what lies beside it, the file itself last.

    Raises:
        DataError: if no row is left.
    """
    failed = {row["path"]: row["reason"] for row in read_lines(work.failures)}
    lost = rows["path"].isin([*failed]).to_numpy()
    kept, bad = rows[~lost].reset_index(drop=True), rows[lost].drop_duplicates("path")
    rejected = read_items(work.rejected)
    if len(bad):
        bad = bad.assign(problem=NO_DECODE, detail=[failed[path] for path in bad["path"]])
        rejected = make_items(pd.concat([rejected, bad], ignore_index=True))
    reasons = {row.path: row.detail or row.problem for row in rejected.itertuples()}
    shape = [len(kept), np.load(parts[0], mmap_mode="r").shape[1]]
    found = FeatureFile(file.path, {**file.about, "status": "finished", "shape": shape, "rejected": reasons})
    if kept.empty:
        raise DataError(f"no item has features.\n{found}")
    if len(rejected):
        write_items(rejected, found.rejected)
    if found.items != found.path:
        write_items(kept, found.items)
    write_text(found.described, json.dumps(found.about, indent=2) + "\n")
    blocks = (np.load(part)[~lost[n * PART_ROWS : (n + 1) * PART_ROWS]] for n, part in enumerate(parts))
    with whole_file(found.path) as partial:
        (_write_npy if found.path.suffix == ".npy" else _write_parquet)(partial, kept, blocks, shape[1])
    return found


def _write_npy(path: Path, items: pd.DataFrame, blocks: Iterable[np.ndarray], dim: int) -> None:
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(len(items), dim))
    first = 0
    for block in blocks:
        array[first : first + len(block)] = block
        first += len(block)
    array.flush()


def _write_parquet(path: Path, items: pd.DataFrame, blocks: Iterable[np.ndarray], dim: int) -> None:
    """A row group for each block; paths are relative to the folder, as a table's are."""
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    folder = path.resolve().parent
    table = pyarrow.Table.from_pandas(
        items.assign(path=[relative_path(name, folder) for name in items["path"]]), preserve_index=False
    )
    column = pyarrow.field("features", pyarrow.list_(pyarrow.float32(), dim))
    with ParquetWriter(path, table.schema.append(column)) as writer:
        first = 0
        for block in blocks:
            vectors = pyarrow.FixedSizeListArray.from_arrays(block.ravel(), dim)
            writer.write_table(table[first : first + len(block)].append_column(column, vectors))
            first += len(block)

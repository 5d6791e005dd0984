"""The payload: one plain bundle that the renderer reads, field by field (paper 5).

static/types.js has the same for JavaScript.
What follows from the columns is not stored: the audio x video matrix, a label's journey and what two clusters share
are counted by the reader from `assignment` and `label`.
"""

import base64
from typing import Any, NotRequired, TypedDict

import numpy as np

from xdc_lab.errors import DataError

FORMAT = "xdc-lab-explorer"
VERSION = 1
LONGEST_TEXT = 300  # characters of a label, a name or a setting; longer ones are cut, and say so


class Packed(TypedDict):
    """A column: little-endian numbers in base64."""

    dtype: str
    data: str


class ClusterJson(TypedDict):
    """One cluster; None is what cannot be known (no labels, no other clustering)."""

    id: int
    rank: int
    size: int
    purity: float | None
    low: float | None
    high: float | None
    chance: float | None
    entropy: float | None
    distance: float | None
    agreement: float | None  # the largest share of its clips that one cluster of the other clustering holds
    concepts: list[tuple[int, float]]  # (index into labels, share), most first
    nearest: list[int]
    farthest: list[int]
    random: list[int]
    words: NotRequired[list[str]]  # that its files' names share more than others' do; where there are no labels


class ClusteringJson(TypedDict):
    """One clustering, its clusters in order of rank."""

    key: str  # in links: "a", "v", "j", or "a1", "a2" where there are two of a kind
    name: str
    modality: str  # "audio", "video" or "both"
    k: int
    measures: dict[str, float | None]
    clusters: list[ClusterJson]
    order: list[int]  # ids as they stand in the matrix: clusters that share most clips lie together
    assignment: Packed
    distance: Packed


class MapJson(TypedDict):
    """Where the clips of one encoder lie on a plane, 0 to 65535; rows are items, None: all of them in order."""

    name: str
    modality: str
    key: str  # of the clustering whose clusters it shows
    x: Packed
    y: Packed
    rows: Packed | None
    note: str


class StoryJson(TypedDict):
    """Something worth a look, computed."""

    kind: str
    title: str
    text: str
    clusters: list[dict[str, Any]]  # {"key", "id"}
    items: list[int]


class SeveralJson(TypedDict):
    """All labels of the items: those of item i are `codes` from `starts[i]` to before `starts[i + 1]`."""

    starts: Packed
    codes: Packed  # indices into labels


class ItemsJson(TypedDict):
    """All items, by column; names only of those in `named` where naming all would take too much."""

    count: int
    label: Packed  # index into labels, of several the first, -1: none
    several: NotRequired[SeveralJson | None]  # all labels of each item; None or not there: `label` is all of them
    names: list[str]  # paths below the folder of the collection
    named: Packed | None
    paths: NotRequired[str | None]  # all names where `named` has some: joined by NUL, gzip, base64
    starts: NotRequired[Packed | None]  # seconds, NaN for the whole file; None: all are whole files
    ends: NotRequired[Packed | None]


class PrintsJson(TypedDict):
    """What tells of one encoder which clips are alike: small vectors, compared by their cosine."""

    name: str
    modality: str
    dim: int
    data: Packed  # (items, dim), one row after the other


class SuspectJson(TypedDict):
    """A clip whose neighbours are labelled otherwise."""

    item: int
    score: float
    label: int  # that most of its neighbours have; index into labels
    shares: list[tuple[float, float]]  # for each encoder of `prints`: neighbours with its own label, with the other


class PairJson(TypedDict):
    """Two clusterings that a comparison of two runs sets side by side."""

    keys: tuple[str, str]
    measures: dict[str, float | None]
    matched: list[tuple[int, int, int]]  # cluster of the one, of the other, clips of both
    changes: list[dict[str, Any]]  # change: split, merged; cluster, clips, parts: [(cluster of the other side, clips)]


class MediaJson(TypedDict):
    """What the file holds of the clips' media, and why not the rest."""

    missing: dict[str, str]  # item -> reason
    otherwise: str  # the reason for every other clip without media
    plan: list[str]
    beside: NotRequired[list[int]]  # the clips whose media lie in files beside the page


class Payload(TypedDict):
    """The bundle."""

    format: str
    version: int
    title: str
    run: dict[str, Any]  # id, method, seed, iteration, status, created, command, data_name, data_licence
    settings: list[dict[str, str]]  # name, value, source, note
    environment: dict[str, str]
    labels: list[str]
    items: ItemsJson
    clusterings: list[ClusteringJson]
    maps: list[MapJson]
    stories: list[StoryJson]
    iterations: list[dict[str, Any]]  # iteration, clustering, k, labelled, purity, nmi_label, nmi_other, ...churn
    comparisons: list[dict[str, Any]]  # other runs on the same clips: run, method, clusterings
    table6: NotRequired[dict[str, str] | None]  # markdown, latex, csv
    media: MediaJson
    prints: NotRequired[list[PrintsJson]]
    suspects: NotRequired[list[SuspectJson]]
    pairs: NotRequired[list[PairJson]]  # of a comparison of two runs alone
    sides: NotRequired[list[dict[str, Any]]]  # name, method, only: clips that the other run has not


def pack(values: np.ndarray) -> Packed:
    """Pack a column; whole numbers take as few bytes as they need.

    >>> pack(np.array([0, 1, 300]))
    {'dtype': 'uint16', 'data': 'AAABACwB'}
    """
    if np.issubdtype(values.dtype, np.integer):
        low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
        kinds = ("int8", "int16", "int32") if low < 0 else ("uint8", "uint16", "uint32")
        kind = next(kind for kind in kinds if high <= np.iinfo(kind).max and low >= np.iinfo(kind).min)
    else:
        kind = "float32"
    data = np.ascontiguousarray(values, dtype=np.dtype(kind).newbyteorder("<")).tobytes()
    return {"dtype": kind, "data": base64.b64encode(data).decode("ascii")}


def unpack(packed: Packed) -> np.ndarray:
    """Read a column back.

    >>> unpack(pack(np.array([-1, 7]))).tolist()
    [-1, 7]
    """
    return np.frombuffer(base64.b64decode(packed["data"]), np.dtype(packed["dtype"]).newbyteorder("<"))


def cut(text: Any) -> str:
    """A text of at most `LONGEST_TEXT` characters; what was cut is counted.

    >>> cut("a" * 1000).lstrip("a")
    '… (700 more characters)'
    """
    text = str(text)
    more = len(text) - LONGEST_TEXT
    return text if more <= 0 else f"{text[:LONGEST_TEXT]}… ({more:,} more characters)"


def check_payload(payload: Any) -> Payload:
    """Say what is wrong with a payload, or return it.

    Raises:
        DataError: if it is none, of another version, or its columns do not fit together.
    """
    if not isinstance(payload, dict) or payload.get("format") != FORMAT:
        raise DataError(f"this is no explorer payload (format {FORMAT!r}); build_payload(run) makes one")
    if payload["version"] != VERSION:
        raise DataError(f"the payload has version {payload['version']}; this one reads {VERSION}")
    count = payload["items"]["count"]
    columns = {"label": payload["items"]["label"]}
    for clustering in payload["clusterings"]:
        columns |= {f"{clustering['name']} {name}": clustering[name] for name in ("assignment", "distance")}
        if len(clustering["clusters"]) != clustering["k"]:
            raise DataError(
                f"{clustering['name']}: {len(clustering['clusters'])} clusters are not k = {clustering['k']}"
            )
        if sorted(clustering["order"]) != list(range(clustering["k"])):
            raise DataError(f"{clustering['name']}: order has not every cluster from 0 to k - 1 once")
    for name, packed in columns.items():
        if len(unpack(packed)) != count:
            raise DataError(f"the column {name} has {len(unpack(packed))} rows; there are {count} items")
    return payload  # type: ignore[return-value]

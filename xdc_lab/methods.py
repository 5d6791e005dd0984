"""Who learns from whom: the methods of Figure 1 as one table that everything else is derived from (paper 3.1, 3.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xdc_lab.errors import SettingError

MODALITIES = ("video", "audio")


@dataclass(frozen=True)
class Method:
    """One deep clustering method; it checks itself, so that a typo is an error before anything is trained.

    Attributes:
        name: how runs and tables call it.
        encoders: encoder name -> "video" or "audio".
        clusterings: clustering name -> the encoders whose features it sees; several are l2-normalised one by one
            and concatenated (paper 3.2, CDC).
        supervision: encoder name -> the clusterings that it learns to predict, one head each.
        remedies: whether a pretraining takes DeepCluster's against trivial solutions (the settings `remedies`).
        paper: the section.
        note: what to know about it.

    A variant of one's own is one line:

    >>> from dataclasses import replace
    >>> both = replace(METHODS["XDC"], name="both", supervision={"video": ("video", "audio"), "audio": ("video",)})
    >>> both.describe()
    'video ← video, audio; audio ← video'
    """

    name: str
    encoders: Mapping[str, str]
    clusterings: Mapping[str, Sequence[str]]
    supervision: Mapping[str, Sequence[str]]
    remedies: bool = False
    paper: str = ""
    note: str = ""

    def __post_init__(self):
        if not self.encoders:
            raise SettingError(f"method {self.name!r} has no encoders; it needs at least one, as {{'video': 'video'}}")
        for encoder, modality in self.encoders.items():
            if modality not in MODALITIES:
                raise SettingError(
                    f"method {self.name!r}: encoder {encoder!r} has modality {modality!r}; "
                    f"a modality is one of {', '.join(MODALITIES)}"
                )
        for clustering, encoders in self.clusterings.items():
            self._check_names(f"clustering {clustering!r}", encoders, "encoders", self.encoders)
        self._check_names("the supervision", tuple(self.supervision), "encoders", self.encoders)
        for encoder in self.encoders:
            clusterings = self.supervision.get(encoder, ())
            self._check_names(f"encoder {encoder!r}", clusterings, "clusterings", self.clusterings)

    def _check_names(self, who: str, names: Sequence[str], kind: str, allowed: Mapping[str, object]) -> None:
        if isinstance(names, str):
            raise SettingError(f"method {self.name!r}: {who} names {names!r}; write a tuple: ({names!r},)")
        if not names:
            raise SettingError(f"method {self.name!r}: {who} names no {kind}; choose from {', '.join(allowed)}")
        unknown = [name for name in names if name not in allowed]
        if unknown:
            raise SettingError(
                f"method {self.name!r}: {who} names unknown {kind} {', '.join(unknown)}; there are {', '.join(allowed)}"
            )
        if len(set(names)) < len(names):
            raise SettingError(f"method {self.name!r}: {who} names one of its {kind} twice: {', '.join(names)}")

    @property
    def clusterings_needed(self) -> tuple[str, ...]:
        """The clusterings that some encoder learns from, in the table's order: what to k-means, and no other."""
        used = {clustering for clusterings in self.supervision.values() for clustering in clusterings}
        return tuple(name for name in self.clusterings if name in used)

    @property
    def heads(self) -> dict[str, int]:
        """How many classification heads each encoder has, one for each clustering that it predicts."""
        return {encoder: len(self.supervision[encoder]) for encoder in self.encoders}

    @property
    def is_cross_modal(self) -> bool:
        """Whether some encoder learns from a modality other than its own."""
        return any(
            set(self.clustering_modalities(clustering)) - {self.encoders[encoder]}
            for encoder, clusterings in self.supervision.items()
            for clustering in clusterings
        )

    def clustering_modalities(self, clustering: str) -> tuple[str, ...]:
        """The modalities that a clustering sees, each once: what to show of its clips."""
        return tuple(dict.fromkeys(self.encoders[encoder] for encoder in self.clusterings[clustering]))

    def describe(self) -> str:
        """Say in one line who learns from whom; "+" joins features that are clustered together.

        >>> METHODS["CDC"].describe()
        'video ← video+audio; audio ← video+audio'
        """
        return "; ".join(
            f"{encoder} ← {', '.join('+'.join(self.clusterings[name]) for name in clusterings)}"
            for encoder, clusterings in self.supervision.items()
        )


_BOTH = {"video": "video", "audio": "audio"}
_ALONE = {"video": ("video",), "audio": ("audio",)}

METHODS: dict[str, Method] = {
    "SDC": Method(
        "SDC",
        encoders=_BOTH,
        clusterings=_ALONE,
        supervision={"video": ("video",), "audio": ("audio",)},
        remedies=True,
        paper="3.1",
        note="each modality alone: DeepCluster, with its remedies against trivial solutions",
    ),
    "MDC": Method(
        "MDC",
        encoders=_BOTH,
        clusterings=_ALONE,
        supervision={"video": ("video", "audio"), "audio": ("audio", "video")},
        paper="3.2",
        note="two heads an encoder: its own clusters and the other's",
    ),
    "CDC": Method(
        "CDC",
        encoders=_BOTH,
        clusterings={"joint": ("video", "audio")},
        supervision={"video": ("joint",), "audio": ("joint",)},
        paper="3.2",
        note="one clustering of both, l2-normalised one by one and concatenated",
    ),
    "XDC": Method(
        "XDC",
        encoders=_BOTH,
        clusterings=_ALONE,
        supervision={"video": ("audio",), "audio": ("video",)},
        paper="3.2",
        note="the other modality's clusters only",
    ),
    "XDC-2-video": Method(
        "XDC-2-video",
        encoders={"video_1": "video", "video_2": "video"},
        clusterings={"video_1": ("video_1",), "video_2": ("video_2",)},
        supervision={"video_1": ("video_2",), "video_2": ("video_1",)},
        paper="4.2, Table 1",
        note="same-modality-XDC: two video encoders from different random weights",
    ),
    "XDC-2-audio": Method(
        "XDC-2-audio",
        encoders={"audio_1": "audio", "audio_2": "audio"},
        clusterings={"audio_1": ("audio_1",), "audio_2": ("audio_2",)},
        supervision={"audio_1": ("audio_2",), "audio_2": ("audio_1",)},
        paper="4.2, Table 1",
        note="same-modality-XDC: two audio encoders from different random weights",
    ),
    "SDC-plain": Method(
        "SDC-plain",
        encoders=_BOTH,
        clusterings=_ALONE,
        supervision={"video": ("video",), "audio": ("audio",)},
        note="SDC as the other methods are trained, without remedies: for comparison",
    ),
}


def find_method(name: str) -> Method:
    """Look a method up by its name.

    Raises:
        SettingError: if there is none of that name.
    """
    if name not in METHODS:
        raise SettingError(f"unknown method {name!r}; there are {', '.join(METHODS)}")
    return METHODS[name]


def methods_table() -> list[dict[str, object]]:
    """One row for each method, for `pandas.DataFrame(methods_table())`."""
    return [
        {
            "method": method.name,
            "who learns from whom": method.describe(),
            "clusterings": len(method.clusterings_needed),
            "heads": sum(method.heads.values()),
            "cross-modal": method.is_cross_modal,
            "paper": method.paper,
            "note": method.note,
        }
        for method in METHODS.values()
    ]

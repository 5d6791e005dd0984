"""How an encoder is evaluated: the paper's protocols as one table that the engine runs (paper 4.1, 4.2, 6)."""

from dataclasses import dataclass

from xdc_lab.errors import SettingError
from xdc_lab.settings import did_you_mean

# Raised with each change that gives the same encoder, items, settings and seed another score. Rows of two versions are
# not one table: data/measured has the current one alone, and a finished evaluation of another is another run.
#   1  until 3fbb086
#   2  26 November 2026: the video clips that a network learns from lie anywhere in their item, not only around the
#      middle of a window of 2 s (3fbb086); few labels are drawn by the seed, no longer the first (c6d8f0b). Audio clips
#      (of 2 s) and uniform clips lie where they lay: with all labels an audio encoder's score is that of version 1.
#   3  28 November 2026: the audio window is 25 ms, which random encoders are made and evaluated with (9b88db6); the
#      linear SVM is float32, with C chosen on training items (954e9fd).
EVALUATION_VERSION = 3

CLASSIFIERS = ("network", "svm", "neighbours")
FEATURES = ("pooled", "conv_5")
TRAINABLE = ("all", "fc")
MODALITIES = ("video", "audio")


@dataclass(frozen=True)
class Protocol:
    """One way to evaluate an encoder on labelled items.

    Attributes:
        name: how tables and folders call it.
        classifier: "network" (an fc layer by gradient descent), "svm" or "neighbours".
        trainable: for a network, "all" (full finetuning) or "fc" (the encoder is frozen); else None.
        features: what a classifier that is no network reads: "pooled", or "conv_5" before pooling.
        many_clips: whether a sample is 60 uniform clips (Section 6) and not 10 (Section 4.1).
        long_clips: whether video clips have 32 frames (Section 6) and not 8.
        modalities: the encoders it is for.
        paper: the section or table.
        note: what to know about it.

    Raises:
        SettingError: if the parts do not fit together.
    """

    name: str
    classifier: str
    trainable: str | None = None
    features: str = "pooled"
    many_clips: bool = False
    long_clips: bool = False
    modalities: tuple[str, ...] = MODALITIES
    paper: str = ""
    note: str = ""

    def __post_init__(self):
        for what, value, allowed in (
            ("classifier", self.classifier, CLASSIFIERS),
            ("features", self.features, FEATURES),
            *(("modality", modality, MODALITIES) for modality in self.modalities),
        ):
            if value not in allowed:
                raise SettingError(f"protocol {self.name!r}: {what} {value!r}; there are {', '.join(allowed)}")
        if (self.classifier == "network") != (self.trainable in TRAINABLE):
            raise SettingError(
                f"protocol {self.name!r}: classifier {self.classifier!r} with trainable={self.trainable!r}; "
                "a network's is 'all' or 'fc', any other's is None"
            )
        if self.features == "conv_5" and self.modalities != ("audio",):
            raise SettingError(f"protocol {self.name!r}: only the audio encoder has conv_5 features")

    @property
    def score(self) -> str:
        """The score that tables show."""
        return "recall_1_percent" if self.classifier == "neighbours" else "top1_percent"

    @property
    def slug(self) -> str:
        """The name as part of a path.

        >>> PROTOCOLS["full finetuning"].slug
        'full-finetuning'
        """
        return self.name.lower().replace(" ", "-")


PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol(
            "full finetuning",
            classifier="network",
            trainable="all",
            paper="4.1, Tables 1 to 4",
            note="every parameter is trained on the downstream labels; 10 uniform clips averaged",
        ),
        Protocol(
            "fc-only",
            classifier="network",
            trainable="fc",
            paper="4.2, Study 5, Table 5",
            note="a linear layer on the frozen encoder; 10 uniform clips averaged",
        ),
        Protocol(
            "32 frames",
            classifier="network",
            trainable="all",
            long_clips=True,
            modalities=("video",),
            paper="6, Table 7(a)",
            note="full finetuning and testing with long clips, after `retrain_on_last_clusters`",
        ),
        Protocol(
            "linear SVM",
            classifier="svm",
            features="conv_5",
            many_clips=True,
            modalities=("audio",),
            paper="6, Table 7(b), DCASE",
            note="conv_5 features of 60 uniform clips; their scores are averaged",
        ),
        Protocol(
            "retrieval",
            classifier="neighbours",
            paper="",
            note="the field's usual extra: is one of the 1, 5, 20 nearest training items of the same class?",
        ),
    )
}


def find_protocol(name: str) -> Protocol:
    """Look a protocol up by its name, or by its slug.

    Raises:
        SettingError: if there is none of that name.
    """
    for protocol in PROTOCOLS.values():
        if name in (protocol.name, protocol.slug):
            return protocol
    slugs = [protocol.slug for protocol in PROTOCOLS.values()]
    raise SettingError(f"unknown protocol {name!r}{did_you_mean(name, slugs)}")


def protocols_table() -> list[dict[str, object]]:
    """One row for each protocol, for `pandas.DataFrame(protocols_table())`."""
    return [
        {
            "protocol": protocol.name,
            "for": ", ".join(protocol.modalities),
            "learns": {"all": "everything", "fc": "a linear layer"}.get(protocol.trainable or "", protocol.classifier),
            "score": protocol.score,
            "paper": protocol.paper,
            "note": protocol.note,
        }
        for protocol in PROTOCOLS.values()
    ]

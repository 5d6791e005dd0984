"""The paper's claims as a table by hand: what it says, in which tables, what to ask of results (paper 4.2, 6, 7)."""

from dataclasses import dataclass

from xdc_lab.results.verdicts.best_k import best_k_differs, best_k_grows, best_k_is_not_the_labels
from xdc_lab.results.verdicts.margins import (
    Margins,
    Pick,
    above,
    closer_to,
    finetuning_helps,
    gap_of_kinds,
    grows,
    less_sensitive_to_kind,
    same_order,
)

SINGLE = ("SDC",)
MULTI = ("MDC", "CDC", "XDC")
SAME_MODALITY = Pick(("XDC-2-video", "XDC-2-audio"), any_of=True)
XDC, SUPERV, SCRATCH = Pick(("XDC",)), Pick(("Superv",)), Pick(("Scratch",))
PRETRAINED = ("Superv", "XDC")
OTHERS_OF_TABLE_7 = Pick(("RG", "LTT", "RNH", "Ensemble", "SoundNet", "L3-Net", "AVTS"), protocol="linear SVM")


@dataclass(frozen=True)
class Claim:
    """One claim of the paper.

    Attributes:
        where: the study and its observation.
        says: the claim.
        tables: those that show it.
        margins: of rows of results: by how much it holds in each seed; of a best k, what all seeds say.
        unit: of the margins.
        needs: what the tables' own commands do not measure, if anything.
    """

    where: str
    says: str
    tables: tuple[int, ...]
    margins: Margins
    unit: str = "points"
    needs: str = ""

    @property
    def study(self) -> str:
        """The study or section.

        >>> CLAIMS[0].study
        'Study 1'
        """
        return self.where.split(" (")[0]


CLAIMS = (
    Claim(
        "Study 1 (I)",
        "SDC, MDC, CDC and XDC are each better than Scratch",
        (1,),
        above(Pick((*SINGLE, *MULTI)), SCRATCH),
    ),
    Claim("Study 1 (II)", "MDC, CDC and XDC are each better than SDC", (1,), above(Pick(MULTI), Pick(SINGLE))),
    Claim("Study 1 (III)", "XDC is the best of the four", (1,), above(XDC, Pick((*SINGLE, "MDC", "CDC")))),
    Claim("Study 1 (IV)", "XDC with two encoders of one modality is worse than XDC", (1,), above(XDC, SAME_MODALITY)),
    Claim(
        "Study 1 (IV)",
        "XDC with two encoders of one modality is nearer to SDC than to XDC",
        (1,),
        closer_to(SAME_MODALITY, near=Pick(SINGLE), far=XDC),
    ),
    Claim(
        "Study 1",
        "supervised pretraining on the same videos is an upper bound of XDC (the baselines of 4.1)",
        (1,),
        above(SUPERV, XDC),
    ),
    Claim(
        "Study 2 (I)", "downstream tasks with as many labels have different best k", (2,), best_k_differs, "doublings"
    ),
    Claim(
        "Study 2 (II)",
        "the best k is not the number of the pretraining labels",
        (2,),
        best_k_is_not_the_labels,
        "doublings",
    ),
    Claim(
        "Study 2 (III)",
        "the best k gets larger with the pretraining data",
        (2,),
        best_k_grows,
        "doublings",
        needs="two sizes: table2(sizes=...)",
    ),
    Claim("Study 3 (I)", "XDC improves with the size of the pretraining data", (3,), grows(XDC)),
    Claim(
        "Study 3 (II)",
        "on video, XDC on more videos exceeds supervised pretraining on fewer",
        (3,),
        above(
            Pick(("XDC",), kind="curated", size="largest"),
            Pick(("Superv",), kind="curated", size="smallest"),
            modality="video",
            more_data=True,
        ),
    ),
    Claim(
        "Study 3 (III)",
        "on video, supervision with the right labels exceeds supervision with others on more data",
        (3,),
        above(
            Pick(("Superv",), kind="curated", size="smallest"),
            Pick(("Superv",), kind="other", size="largest"),
            modality="video",
        ),
    ),
    Claim(
        "Study 3 (III)",
        "the type of the data matters less to XDC than to supervised pretraining",
        (3,),
        less_sensitive_to_kind("XDC", "Superv"),
    ),
    Claim(
        "Study 4 (I)",
        "on video, curated data are better than uncurated at every size",
        (4,),
        gap_of_kinds("curated", "other", sizes=("every",), modality="video"),
    ),
    Claim(
        "Study 4 (I)",
        "on audio, uncurated data are better at the largest size",
        (4,),
        gap_of_kinds("other", "curated", sizes=("largest",), modality="audio"),
    ),
    Claim(
        "Study 4 (II)",
        "on video, the gap between curated and uncurated shrinks with size",
        (4,),
        gap_of_kinds("curated", "other", sizes=("smallest", "largest"), modality="video"),
    ),
    Claim(
        "Study 5 (I)",
        "full finetuning is better than fc-only for most pretrained encoders",
        (5,),
        finetuning_helps(PRETRAINED),
    ),
    Claim(
        "Study 5 (I)",
        "the order of pretrained encoders stays generally the same under both",
        (5,),
        same_order(PRETRAINED),
        "tau",
    ),
    Claim(
        "Study 5 (II)",
        "on video, fc-only XDC exceeds fully finetuned supervised encoders of other labels",
        (3, 5),
        above(
            Pick(("XDC",), kind="curated", size="largest", protocol="fc-only"),
            Pick(("Superv",), kind="other", protocol="full finetuning"),
            modality="video",
        ),
        needs="full finetuning in Table 3",
    ),
    Claim(
        "Study 5 (III)",
        "on video, supervision with the right labels is the best under fc-only",
        (5,),
        above(
            Pick(("Superv",), kind="curated", protocol="fc-only"), Pick(("XDC",), protocol="fc-only"), modality="video"
        ),
    ),
    Claim(
        "Section 6",
        "re-training on 32 frames lifts XDC above its 8 frames",
        (3, 7),
        above(
            Pick(("XDC",), kind="curated", size="largest", protocol="32 frames"),
            Pick(("XDC",), kind="curated", size="largest", protocol="full finetuning"),
            modality="video",
        ),
    ),
    Claim(
        "Section 6",
        "with 32 frames, XDC on more videos exceeds supervised pretraining on fewer",
        (7,),
        above(
            Pick(("XDC",), kind="curated", size="largest", protocol="32 frames"),
            Pick(("Superv",), kind="curated", protocol="32 frames"),
            modality="video",
            more_data=True,
        ),
        needs="XDC on more videos than Superv saw; here both see the same",
    ),
    Claim(
        "Section 6",
        "a linear SVM on XDC's sound features exceeds earlier methods (DCASE)",
        (7,),
        above(Pick(("XDC",), protocol="linear SVM"), OTHERS_OF_TABLE_7, modality="audio"),
        needs="the earlier methods, which are not part of this project",
    ),
    Claim(
        "Section 7",
        "XDC's features exceed supervised ones in temporal action localization (in the paper, on more videos)",
        (8,),
        above(XDC, SUPERV),
    ),
)

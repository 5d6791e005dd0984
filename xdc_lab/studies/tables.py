"""The paper's tables that the engine runs, and two studies that the paper has not, each as one value (4.2, 6, 7)."""

from pathlib import Path

from xdc_lab.errors import SettingError
from xdc_lab.results.report import Comparison
from xdc_lab.settings import did_you_mean
from xdc_lab.studies.table import THRESHOLDS, Table, read_table

FC_AND_FULL = ("fc-only", "full finetuning")
FIVE_SEEDS = (0, 1, 2, 3, 4)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        # Scratch under fc-only is a frozen random encoder, Table 5's first row.
        Table(
            "Study 1: single-modality and multi-modal deep clustering",
            name="table1",
            number=1,
            rows=("Scratch", "Superv", "SDC", "MDC", "CDC", "XDC", "XDC-2-video", "XDC-2-audio"),
            protocols=FC_AND_FULL,
            seeds=FIVE_SEEDS,
            report=Comparison(("Scratch", "SDC", "XDC")),
        ),
        # Two sizes show whether the best k grows with the data: --sizes 240 --sizes all.
        Table("Study 2: the number of k-means clusters", name="table2", number=2, rows=("XDC",), sweeps=("ks",)),
        # The same number of epochs on each collection: more data is more steps.
        Table(
            "Study 3: type and size of the pretraining data",
            name="table3",
            number=3,
            rows=("Scratch", "Superv", "XDC"),
            collections=("curated", "uncurated"),
            sweeps=("sizes",),
            report=Comparison(("Superv",), within=("pretraining", "pretraining_size")),
        ),
        Table(
            "Study 4: curated and uncurated pretraining data",
            name="table4",
            number=4,
            rows=("XDC",),
            collections=("uncurated", "curated"),  # as the paper prints them: differences are to the last
            sweeps=("sizes",),
            report=Comparison(column="pretraining", within=("method", "pretraining_size")),
        ),
        Table(
            "Study 5: full finetuning and fc-only",
            name="table5",
            number=5,
            rows=("Random", "Superv", "XDC"),
            protocols=(*FC_AND_FULL, "retrieval"),
            seeds=FIVE_SEEDS,
            report=Comparison(("Random", "Superv")),
        ),
        # Under "32 frames" a method's video encoder is first re-trained on its last clusters with long clips.
        Table(
            "State of the art: 32 frames, and a linear SVM on conv_5",
            name="table7",
            number=7,
            rows=("Scratch", "Superv", "XDC"),
            protocols=("full finetuning", "32 frames", "linear SVM"),
            only_on=(("linear SVM", "dcase"),),
            splits=None,
            report=Comparison(("Superv",)),
        ),
        # The paper gives the features to G-TAD; here a baseline detector stands in its place, so rows compare with
        # each other and not with the paper's. The paper has Superv and XDC.
        Table(
            "Temporal action localization",
            name="table8",
            number=8,
            rows=("Scratch", "Superv", "SDC", "XDC"),
            downstreams=(("untrimmed", "video"),),
            protocols=THRESHOLDS,
            report=Comparison(("Scratch", "Superv")),
        ),
        # Not in the paper: with many labels a small network needs no pretraining. As many steps as with all labels.
        Table(
            "Finetuning with a few labels per class",
            name="few_labels",
            rows=("Scratch", "Superv", "SDC", "MDC", "CDC", "XDC"),
            per_class=(3, 6),
            report=Comparison(("Scratch", "SDC")),
        ),
        # Not in the paper: it evaluates ESC-50; this takes its subset ESC-10 too. The mean over the five folds.
        Table(
            "Audio encoders on real sounds",
            name="esc10",
            rows=("Scratch", "Superv", "SDC", "MDC", "CDC", "XDC", "XDC-2-audio"),
            downstreams=(("esc", "audio"),),
            protocols=FC_AND_FULL,
            splits=None,
            report=Comparison(("Scratch", "SDC")),
        ),
    )
}


def find_table(name: str | int) -> Table:
    """The table of a number of the paper or a name, or a study of one's own in a TOML file.

    Raises:
        SettingError: if there is none (Table 6 is `xdc-lab clusters`).
    """
    text = str(name)
    if text.endswith(".toml"):
        return read_table(Path(text))
    key = f"table{text}" if text.isdigit() else text.replace("-", "_")
    if key not in TABLES:
        if text == "6":
            raise SettingError("Table 6 is of one run, and no table of cells: xdc-lab clusters RUN prints it")
        raise SettingError(
            f"there is no table {text!r}{did_you_mean(key, tuple(TABLES))}; give 1, 2, 3, 4, 5, 7, 8, few-labels, "
            "esc10, or a study of your own as FILE.toml"
        )
    return TABLES[key]

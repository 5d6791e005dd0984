"""Which parts of the paper run here, and where: a table by hand of notebooks, commands and functions (whole paper)."""

from dataclasses import dataclass

import pandas as pd

NOTEBOOKS = {
    "00": "00_start_here",
    "01": "01_media_to_clips",
    "02": "02_encoders_and_features",
    "03": "03_clusters_become_labels",
    "04": "04_four_methods_one_table",
    "05": "05_pretrain_with_xdc",
    "06": "06_what_the_clusters_mean",
    "07": "07_explore_the_clusters",
    "08": "08_finetune_or_fc_only",
    "09": "09_audio_classification",
    "10": "10_how_many_clusters_how_much_data",
    "11": "11_ten_clips_and_32_frames",
    "12": "12_your_own_videos",
    "13": "13_paper_and_ours",
}


@dataclass(frozen=True)
class Part:
    """A part of the paper.

    Attributes:
        where: section, figure or table.
        what: what it is about.
        notebooks: numbers of those that run it; without one and without a command it is not in this version.
        command: what runs it on the command line; "" if nothing does alone.
        function: the function or table of the library, with its module.
    """

    where: str
    what: str
    notebooks: tuple[str, ...] = ()
    command: str = ""
    function: str = ""


PARTS = (
    Part(
        "3.1",
        "single-modality deep clustering (SDC)",
        ("03", "04"),
        "xdc-lab pretrain --method SDC",
        "pretraining.engine.pretrain",
    ),
    Part(
        "3.2, Figure 1",
        "MDC, CDC and XDC: who learns from whom",
        ("04", "05"),
        "xdc-lab pretrain --method XDC",
        "methods.METHODS",
    ),
    Part(
        "4.1",
        "collections of videos, and what is wrong with their files",
        ("01", "12"),
        "xdc-lab check FOLDER",
        "datasets.catalogue.load_items",
    ),
    Part("4.1", "clips and log-mel spectrograms", ("01",), "", "datasets.clips.ClipDataset"),
    Part("4.1", "R(2+1)D and ResNet encoders", ("02",), "", "encoders.catalogue.build_encoder"),
    Part("4.1", "the authors' released encoders", ("02",), "", "encoders.released.load_released"),
    Part(
        "4.1",
        "the baselines Scratch and Superv",
        ("08",),
        "xdc-lab table 1",
        "pretraining.baselines.pretrain_supervised",
    ),
    Part(
        "4.1",
        "finetuning; ten uniform clips averaged",
        ("08", "11"),
        "xdc-lab evaluate RUN --protocol full-finetuning",
        "evaluation.engine.evaluate",
    ),
    Part("4.2, Table 1", "Study 1: the methods", ("04",), "xdc-lab table 1", "studies.engine.run_table"),
    Part(
        "4.2, Table 2",
        "Study 2: the number of clusters",
        ("10",),
        "xdc-lab table 2",
        "studies.engine.run_table",
    ),
    Part(
        "4.2, Table 3",
        "Study 3: type and size of the data",
        ("10",),
        "xdc-lab table 3",
        "studies.engine.run_table",
    ),
    Part(
        "4.2, Table 4",
        "Study 4: curated or uncurated",
        ("10",),
        "xdc-lab table 4",
        "studies.engine.run_table",
    ),
    Part(
        "4.2, Table 5",
        "Study 5: full finetuning or fc-only",
        ("08",),
        "xdc-lab table 5",
        "studies.engine.run_table",
    ),
    Part(
        "5, Figure 2",
        "the ten clips nearest to each centroid",
        ("00", "06"),
        "xdc-lab clusters RUN",
        "analysis.pictures.contact_sheet.figure_2",
    ),
    Part(
        "5, Table 6", "clusters ranked by purity", ("06",), "xdc-lab clusters RUN", "analysis.concepts.table6"
    ),
    Part(
        "5",
        "the interactive visualization of all clusters",
        ("07",),
        "xdc-lab explore RUN",
        "explorers.html.explore",
    ),
    Part(
        "6, Table 7a",
        "re-training and finetuning with 32 frames",
        ("11",),
        "xdc-lab table 7",
        "pretraining.retraining.retrain_on_last_clusters",
    ),
    Part(
        "6, Table 7b",
        "a linear SVM on conv_5 sound features; all splits of real sounds",
        ("09",),
        "xdc-lab table esc10 --audio FOLDER",
        "studies.tables.TABLES",
    ),
    Part(
        "7, Table 8",
        "temporal action localization; a small detector of ours in G-TAD's place",
        ("13",),
        "xdc-lab table 8",
        "studies.engine.run_table",
    ),
    Part(
        "7",
        "features and annotations as G-TAD reads them",
        (),
        "xdc-lab localization export RUN --data FOLDER",
        "evaluation.localization.export.export_features",
    ),
    Part("7", "G-TAD itself, which reads what is exported"),
    Part(
        "supplementary",
        "Study 1 with ResNet3D",
        ("02",),
        "xdc-lab table 1 --encoder resnet3d_18",
        "encoders.catalogue.ENCODERS",
    ),
)


def coverage_table() -> pd.DataFrame:
    """One row a part of the paper: paper, what, notebook ("none", or "not in this version"), command, function."""
    return pd.DataFrame(
        {
            "paper": part.where,
            "what": part.what,
            "notebook": ", ".join(part.notebooks) or ("none" if part.command else "not in this version"),
            "command": part.command,
            "function": part.function,
        }
        for part in PARTS
    )

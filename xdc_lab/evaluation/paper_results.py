"""The paper's Tables 1 to 5 and 7 in, the same as rows of results out, so that one function reads paper and ours."""

from pathlib import Path

import pandas as pd

from xdc_lab.errors import SettingError
from xdc_lab.evaluation.paper import paper_table

# What the tables of accuracies leave to their captions and to Section 4.1.
_FULL = {"protocol": "full finetuning"}
ACCURACIES: dict[int, dict[str, str]] = {
    1: {"pretraining": "Kinetics", **_FULL},
    2: {"method": "XDC", **_FULL},
    3: _FULL,
    4: {"method": "XDC", **_FULL},
    5: {},
    7: _FULL,
}
MODALITIES = {"UCF101": "video", "HMDB51": "video", "ESC50": "audio", "DCASE": "audio"}
VIDEOS = {
    "none": 0,
    "Kinetics": 240_000,
    "AudioSet-240K": 240_000,
    "ImageNet": 1_200_000,
    "AudioSet": 2_000_000,
    "IG-Random": 65_000_000,
    "IG-Kinetics": 65_000_000,
}
UNTRAINED = ("Scratch", "Random")
RESULT_COLUMNS = (
    *("method", "pretraining", "pretraining_size", "k", "downstream", "modality", "protocol", "seed"),
    "value",
)


def paper_results(number: int, *, folder: str | Path | None = None) -> pd.DataFrame:
    """A table of the paper in the columns of measured results, so that one function can read both.

    Columns: method, pretraining, pretraining_size (videos; empty where the paper does not say), k, downstream,
    modality, protocol, seed (0: the paper has one number a cell), value (percent). The paper's "N/A" has no row.

    Args:
        number: 1 to 5, or 7.
        folder: of the paper's tables.

    Raises:
        SettingError: if the table has no accuracies of encoders.
    """
    if number not in ACCURACIES:
        raise SettingError(f"Table {number} has no accuracies; {', '.join(map(str, ACCURACIES))} have")
    table = paper_table(number, folder=folder).rename(columns={"top1_percent": "value"})
    table = table.dropna(subset=["value"]).reset_index(drop=True)
    table = table.assign(modality=table["downstream"].map(MODALITIES), seed=0)
    for column, value in {"k": pd.NA, **ACCURACIES[number]}.items():
        table = table if column in table else table.assign(**{column: value})
    if "pretraining_size" not in table:
        table["pretraining_size"] = table["pretraining"].map(VIDEOS)
    table.loc[table["method"].isin(UNTRAINED), ["pretraining", "pretraining_size"]] = ["none", 0]
    if number == 7:
        table.loc[table["modality"] == "video", "protocol"] = "32 frames"
        table.loc[table["downstream"] == "DCASE", "protocol"] = "linear SVM"
    return table.loc[table["pretraining"] != "difference", list(RESULT_COLUMNS)].reset_index(drop=True)

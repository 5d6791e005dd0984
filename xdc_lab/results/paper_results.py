"""The paper's Tables 1 to 5, 7 and 8 as rows of results, so that one function reads paper and ours."""

from pathlib import Path

import pandas as pd

from xdc_lab.errors import SettingError
from xdc_lab.results.paper import TABLES, THRESHOLD, paper_table

# What the tables of scores leave to their captions and to Section 4.1.
_FULL = {"protocol": "full finetuning"}
SCORES: dict[int, dict[str, str]] = {
    1: {"pretraining": "Kinetics", **_FULL},
    2: {"method": "XDC", **_FULL},
    3: _FULL,
    4: {"method": "XDC", **_FULL},
    5: {},
    7: _FULL,
    8: {"downstream": "THUMOS14"},
}
MODALITIES = {"UCF101": "video", "HMDB51": "video", "ESC50": "audio", "DCASE": "audio", "THUMOS14": "video"}
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
    modality, protocol (of Table 8: the tIoU), seed (0: the paper has one number per cell), value (percent). The paper's
    "N/A" has no row.

    Args:
        number: 1 to 5, 7 or 8.
        folder: of the paper's tables.

    Raises:
        SettingError: if the table has no scores of encoders.
    """
    if number not in SCORES:
        raise SettingError(f"Table {number} has no scores of encoders; {', '.join(map(str, SCORES))} have")
    table = paper_table(number, folder=folder).rename(columns={TABLES[number].value: "value"})
    table = table.dropna(subset=["value"]).reset_index(drop=True)
    if "tiou" in table:
        table["protocol"] = [f"{THRESHOLD}{tiou:g}" for tiou in table["tiou"]]
    for column, value in {"k": pd.NA, **SCORES[number]}.items():
        table = table if column in table else table.assign(**{column: value})
    table = table.assign(modality=table["downstream"].map(MODALITIES), seed=0)
    if "pretraining_size" not in table:
        table["pretraining_size"] = table["pretraining"].map(VIDEOS)
    table.loc[table["method"].isin(UNTRAINED), ["pretraining", "pretraining_size"]] = ["none", 0]
    if number == 7:
        table.loc[table["modality"] == "video", "protocol"] = "32 frames"
        table.loc[table["downstream"] == "DCASE", "protocol"] = "linear SVM"
    return table.loc[table["pretraining"] != "difference", list(RESULT_COLUMNS)].reset_index(drop=True)

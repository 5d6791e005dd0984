"""A model card: what an encoder is, what it was trained on and how, what it is worth, and how to load it (paper 4)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from xdc_lab.analysis.tables import to_markdown
from xdc_lab.encoders.released import RELEASED
from xdc_lab.encoders.sources import LIBRARY, SHARED_WEIGHTS, run_of
from xdc_lab.encoders.weights import describe_encoder
from xdc_lab.results.rows import result_rows
from xdc_lab.runs.folder import RunFolder
from xdc_lab.settings import SOURCES

TASKS = {"video": "video-classification", "audio": "audio-classification"}  # by a hub's names
PAPER = (
    "The method is that of Humam Alwassel, Dhruv Mahajan, Bruno Korbar, Lorenzo Torresani, Bernard Ghanem and Du Tran: "
    "*Self-Supervised Learning by Cross-Modal Audio-Video Clustering*, NeurIPS 2020, arXiv:1911.12667."
)
RESULTS = ["downstream", "protocol", "score", "value", "spread", "splits", "seed"]


def model_card(file: Path, *, name: str, licence: str | None = None) -> str:
    """Write a model card in Markdown, with the metadata that a hub reads at its head.

    Method, data, settings and results are those of the run in whose folder the file lies; of a file that stands
    alone the card has what the file says of itself.

    Args:
        file: an encoder's .safetensors file.
        name: what to load it by: a folder, or OWNER/NAME.
        licence: of the weights, by a hub's name as "mit" or "cc-by-nc-4.0"; default: "mit" where the data or the
            release are under it, else "unknown".

    Raises:
        RunError: if the file is no encoder of this package.
    """
    described, run = describe_encoder(file), run_of(file)
    about = {} if run is None else run.read_about()
    results = _results(file, run)
    licence = licence or ("mit" if _data_licence(about, described).startswith("MIT") else "unknown")
    trained = f"pretrained by {_method(described)}{f' on {_data(about)}' if about else ''}"
    parts = [
        _metadata(described, results, name=name, licence=licence),
        f"# {described['name']} ({described['modality']}), {trained}\n\nA {described['modality']} encoder of width "
        f"{described['width']} that maps a clip to a feature vector of {described['feature_dim']} numbers.",
        _loading(name),
        f"## Input\n\n{_table(described['inputs'])}" if described["inputs"] else "",
        f"## Pretraining\n\n{_table(_pretraining(described, about))}",
        f"## Results\n\n{_results_text(results)}",
        f"## Settings\n\n{_settings_text(about['settings'])}" if about.get("settings") else "",
        f"## Licence\n\nWeights: {licence}. Data: {_data_licence(about, described) or 'not known'}.",
        f"## Citation\n\n{PAPER}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _metadata(described: Mapping[str, Any], results: pd.DataFrame, *, name: str, licence: str) -> str:
    """The front matter: YAML, of which JSON is a part."""
    told: dict[str, Any] = {
        "license": licence,
        "library_name": LIBRARY,
        "pipeline_tag": "feature-extraction",
        "tags": [described["modality"], described["name"], _method(described), "self-supervised-learning", "pytorch"],
    }
    if len(results):
        task = {"type": TASKS[described["modality"]]}
        found = [
            {
                "task": task,
                "dataset": {"type": row["downstream"], "name": row["downstream"]},
                "metrics": [{"type": row["score"], "name": row["protocol"], "value": row["value"]}],
            }
            for row in results.to_dict("records")
        ]
        told["model-index"] = [{"name": name.rpartition("/")[2], "results": found}]
    return "\n".join(["---", *(f"{key}: {json.dumps(value)}" for key, value in told.items()), "---"])


def _loading(name: str) -> str:
    return (
        "## How to load it\n\n```python\nfrom xdc_lab.encoders.weights import load_encoder\n\n"
        f'encoder = load_encoder("{name}").eval()\n```\n\n'
        f"`{SHARED_WEIGHTS}` is a plain safetensors file: docs/encoders.md of XDC Lab loads it with PyTorch alone."
    )


def _method(described: Mapping[str, Any]) -> str:
    return described["about"].get("method", "an unknown method")


def _data(about: Mapping[str, Any]) -> str:
    return about["data"].get("name", "") or "unnamed data"


def _data_licence(about: Mapping[str, Any], described: Mapping[str, Any]) -> str:
    if not about:
        return "MIT: the release's" if _released(described) else ""
    return about["data"].get("licence", "")


def _pretraining(described: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of it, without paths of the machine that it ran on."""
    told: dict[str, Any] = dict(described["about"])
    if not about:
        return told
    learned = about.get("method", {}).get("supervision", {})
    told["learned from the clusters of"] = ", ".join(learned.get(described["about"].get("encoder", ""), ()))
    told |= {"data": _data(about), "items": about.get("items", {}).get("count")}
    told |= {"began": about["created"], "seconds": about["wall_seconds"], "status": about["status"]}
    return told | {key: about["environment"][key] for key in ("commit", "device")}


def _released(described: Mapping[str, Any]) -> Any:
    return next((row for row in RELEASED.values() if row.file == described["about"].get("run")), None)


def _results(file: Path, run: RunFolder | None) -> pd.DataFrame:
    """The evaluations of the encoder that have finished: in its run's folder, or beside the file."""
    released = _released(describe_encoder(file))
    if released is not None:
        numbers = {"UCF101": released.ucf101, "HMDB51": released.hmdb51}
        rows = [{"downstream": name, "value": value} for name, value in numbers.items()]
        told = {"protocol": "32 frames, as the authors report it", "score": "top1_percent", "splits": 3}
        return pd.DataFrame([told | row for row in rows], columns=RESULTS)
    where = file.parent if run is None else run.path / "evaluations"
    rows = []
    for about in sorted(where.glob(f"{file.stem}-*/run.json")):
        found = RunFolder(about.parent).read_about()
        if (found["kind"], found["status"]) == ("evaluate", "finished") and not found.get("validation"):
            rows += result_rows(about.parent)
    return pd.DataFrame(rows, columns=RESULTS)


def _results_text(results: pd.DataFrame) -> str:
    if results.empty:
        return "None have been measured: `xdc-lab evaluate` measures them."
    shown = results.dropna(axis="columns", how="all")
    return to_markdown(shown)


def _settings_text(settings: list[dict[str, Any]]) -> str:
    sources = {name: SOURCES[name] for name in SOURCES if any(row["source"] == name for row in settings)}
    table = pd.DataFrame(settings, columns=["name", "value", "source", "note"], dtype=object).fillna("")
    legend = "; ".join(f"{name}: {text}" for name, text in sources.items())
    return f"{to_markdown(table.astype(str))}\n\nSources. {legend}."


def _table(told: Mapping[str, Any]) -> str:
    rows = [(name, str(value)) for name, value in told.items() if value not in (None, "")]
    return to_markdown(pd.DataFrame(rows, columns=["what", "value"]))

"""Read a finished evaluation: scores and predictions of each split, mean and spread (paper 6)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from xdc_lab.errors import RunError, printable
from xdc_lab.evaluation.clip_scores import ClipScores, load_clip_scores
from xdc_lab.evaluation.remarks import in_words
from xdc_lab.runs.folder import RunFolder, read_json


@dataclass(frozen=True, eq=False)
class EvaluationResult:
    """What an encoder was worth.

    Attributes:
        run: the folder.
        about: what run.json says.
        scores: one row per split.
        predictions: one row per split and test item.
        score: the column of `scores` that tables show.
    """

    run: RunFolder
    about: dict[str, Any]
    scores: pd.DataFrame
    predictions: pd.DataFrame
    score: str = "top1_percent"

    @property
    def mean(self) -> float:
        """The protocol's score, averaged over the splits."""
        return float(self.scores[self.score].mean())

    @property
    def spread(self) -> float | None:
        """Its standard deviation over the splits (n - 1); None for one split."""
        return float(self.scores[self.score].std()) if len(self.scores) > 1 else None

    def clip_scores(self, split: str | None = None) -> ClipScores:
        """What the classifier said of every test clip; row i is row i of this split's predictions.

        Args:
            split: its name; default: the first one.

        Raises:
            RunError: if none were kept.
        """
        name = str(self.scores["split"].iloc[0]) if split is None else split
        path = clip_scores_file(self.run, name)
        if not path.is_file():
            raise RunError(
                f"{self.run.path} keeps no clip scores of split {name!r}: a protocol without a classifier has none, "
                "nor has one of several labels an item, nor an evaluation by an older version; delete the folder and "
                "evaluate again"
            )
        return load_clip_scores(path)

    @property
    def remarks(self) -> list[str]:
        """What has to be said beside the scores (`xdc_lab.evaluation.remarks`)."""
        rows: list[dict[str, Any]] = json.loads(self.scores.to_json(orient="records"))
        return [printable(f"split {row['split']}: {line}") for row in rows for line in in_words(row)]

    def __str__(self) -> str:
        """One line a split, then the mean, what has to be said beside it, and warnings."""
        lines = [
            f"split {printable(row['split'])}: {self.score} {row[self.score]:.1f} ({row['test_items']} test items of "
            f"{row['classes']} classes)"
            for _, row in self.scores.iterrows()
        ]
        spread = "" if self.spread is None else f" ± {self.spread:.1f} over {len(self.scores)} splits"
        warnings = [printable(f"warning: {warning}") for warning in self.about.get("warnings", ())]
        mean = f"{self.about['protocol']}: {self.mean:.1f}{spread}"
        return "\n".join([*lines, mean, *self.remarks, *warnings])


def clip_scores_file(run: RunFolder, split: str) -> Path:
    """Where the clip scores of a split lie."""
    return run.path / "splits" / f"{split}.clips.npz"


def load_evaluation(path: str | Path) -> EvaluationResult:
    """Read a finished evaluation.

    Raises:
        RunError: if there is none in the folder, or it has not finished.
    """
    run = RunFolder(path)
    about = run.read_about()
    if about["kind"] != "evaluate" or about["status"] != "finished":
        raise RunError(
            f"{run.path} holds a run of kind {about['kind']!r} that is {about['status']}, no finished evaluation; "
            "start the command that made it again, or make one with: xdc-lab evaluate"
        )
    texts = dict.fromkeys(("split", "path", "label", "predicted", "nearest"), str)
    predictions = pd.read_csv(run.path / "predictions.csv", dtype=texts, keep_default_na=False, na_values=[""])
    scores = read_json(
        run.path / "scores.json",
        remedy=f"remove {run.about.name} and start the same evaluation again: it joins the splits that have been done",
    )
    return EvaluationResult(run, about, pd.DataFrame(scores["splits"]), predictions, scores["score"])

"""How well scores of several labels rank the items of a class: mean average precision and d-prime (AudioSet)."""

import math

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import norm
from sklearn.metrics import average_precision_score, roc_auc_score

SCORE = "map_percent"
Truth = Bool[np.ndarray, "items classes"]
Scores = Float[np.ndarray, "items classes"]


def ranking_scores(truth: Truth, scores: Scores) -> dict[str, float | None]:
    """Measure scores of a test: map_percent, auc, d_prime (None where it is not finite) and ranked_classes.

    mAP is the mean of the average precision over the classes that have a positive item, each class as much as any
    other; auc that of the area under the ROC curve over those that have a negative one, too.
    """
    ranked = truth.any(axis=0)
    told = ranked & ~truth.all(axis=0)
    auc = float(roc_auc_score(truth[:, told], scores[:, told], average="macro")) if told.any() else math.nan
    values = {SCORE: 100.0 * mean_average_precision(truth, scores), "auc": auc, "d_prime": d_prime(auc)}
    finite = {name: value if math.isfinite(value) else None for name, value in values.items()}
    return {**finite, "ranked_classes": int(ranked.sum())}


def mean_average_precision(truth: Truth, scores: Scores) -> float:
    """The mean of the average precision over the classes that have a positive item; NaN where none has.

    >>> truth = np.array([[True, False, False], [False, True, False]])
    >>> mean_average_precision(truth, np.array([[0.9, 0.8, 0.5], [0.1, 0.7, 0.5]]))
    0.75
    """
    ranked = truth.any(axis=0)
    if not ranked.any():
        return math.nan
    return float(average_precision_score(truth[:, ranked], scores[:, ranked], average="macro"))


def d_prime(auc: float) -> float:
    """How far apart two unit normals lie whose ROC curve has this area: sqrt(2) z(AUC), 0 is chance.

    >>> d_prime(0.5), round(d_prime(0.959), 2)
    (0.0, 2.46)
    """
    return math.sqrt(2) * float(norm.ppf(auc))

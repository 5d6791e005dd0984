"""One-against-all linear SVMs on clip features, in float32 on any device, with C chosen by training items (paper 6)."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import linear, one_hot

C_GRID = (0.01, 0.1, 1.0, 10.0)
PARTS = 3
NO_CHOICE = 1.0  # liblinear's default, where no item can be spared


@dataclass(frozen=True, eq=False)
class LinearSvm:
    """Fitted machines, a column for each class.

    Attributes:
        c: the price of a violated margin.
        mean: of the features that it was fitted to.
        scale: their standard deviation.
        weights: of standardised, l2-normalised features.
        bias: of each class.
    """

    c: float
    mean: Float[Tensor, " dim"]
    scale: Float[Tensor, " dim"]
    weights: Float[Tensor, "classes dim"]
    bias: Float[Tensor, " classes"]

    def scores(self, tested: Float[np.ndarray, "test clips dim"]) -> Float[np.ndarray, "test clips classes"]:
        """What each machine says of each clip."""
        features = _standardised(_flat(tested, self.mean.device), self.mean, self.scale)
        return linear(features, self.weights, self.bias).cpu().numpy().reshape(*tested.shape[:2], -1)


def fit_linear_svm(
    learned: Float[np.ndarray, "train clips dim"],
    targets: Int[np.ndarray, " train"],
    *,
    c: float | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> LinearSvm:
    """Fit to every clip of the training items (paper 6).

    The objective is scikit-learn's LinearSVC's (squared hinge, the bias regularised, too), but not its solver: of 94 MB
    in float32 (6,000 x 4,096, 10 classes) liblinear makes 592 MB more and takes 49 s on a busy core, this 273 MB and
    8 s; SGDClassifier, which keeps float32, had not ended after 300 s. Features are standardised and l2-normalised
    first (ours; the paper is silent): C then means the same for any number of dimensions.

    Args:
        learned: features of the training clips; every clip is a sample with its item's class.
        targets: classes, 0 to n - 1, each at least once.
        c: the price of a violated margin; None: that of `C_GRID` which has most items right when each of three parts
            of the items, all clips of an item in one, is predicted from the other two.
        seed: of the parts.
        device: to compute on.
    """
    clips = learned.shape[1]
    raw = _flat(learned, device)
    deviation, mean = torch.std_mean(raw, dim=0, correction=0)
    scale = torch.where(deviation > 0, deviation, 1.0)
    features = _standardised(raw, mean, scale)
    classes = torch.as_tensor(targets, device=device)
    signs = 2.0 * one_hot(classes).repeat_interleave(clips, dim=0) - 1.0
    if c is None:
        parts = torch.as_tensor(_parts(targets, seed=seed), device=device)
        c = _choose_c(features, signs, classes, parts) if len(targets) > PARTS else NO_CHOICE
    return LinearSvm(c, mean, scale, *_minimise(features, signs, torch.full_like(signs[:, :1], c)))


def _choose_c(features: Tensor, signs: Tensor, classes: Tensor, parts: Tensor) -> float:
    """The price with most items right, each predicted without its part; of equals the smallest.

    Rows of features are clips, an item's together, in the order of `classes` and `parts`: of its items.
    """
    clips = len(features) // len(classes)
    part_of_clip = parts.repeat_interleave(clips)[:, None]
    right = dict.fromkeys(C_GRID, 0)
    for price in C_GRID:
        for part in range(PARTS):
            weights, bias = _minimise(features, signs, price * (part_of_clip != part).float())
            item_scores = linear(features, weights, bias).unflatten(0, (-1, clips)).mean(dim=1)
            right[price] += int(((item_scores.argmax(dim=1) == classes) & (parts == part)).sum())
    return max(C_GRID, key=right.__getitem__)


def _minimise(features: Tensor, signs: Tensor, prices: Tensor) -> tuple[Tensor, Tensor]:
    """Weights and biases of all classes at once; a sample of price 0 is left out."""
    weights = features.new_zeros(signs.shape[1], features.shape[1], requires_grad=True)
    steps = features.new_zeros(signs.shape[1], requires_grad=True)
    # Of features of length 1 a bias is steeper than any weight: in steps this small the search takes half as long.
    step = features.shape[1] ** -0.5
    optimiser = torch.optim.LBFGS(
        [weights, steps],
        max_iter=1000,
        tolerance_grad=1e-5,
        tolerance_change=1e-7,
        history_size=20,
        line_search_fn="strong_wolfe",
    )

    def objective() -> float:
        optimiser.zero_grad()
        bias = step * steps
        violated = (1.0 - signs * linear(features, weights, bias)).clamp(min=0.0)
        loss = 0.5 * (weights.square().sum() + bias.square().sum()) + (prices * violated.square()).sum()
        loss.backward()
        return loss.item()

    optimiser.step(objective)
    return weights.detach(), step * steps.detach()


def _parts(targets: np.ndarray, *, seed: int) -> np.ndarray:
    """Deal the items of each class out, in a random order, so that every part has about as many of each."""
    order = np.lexsort((np.random.default_rng(seed).permutation(len(targets)), targets))
    parts = np.empty(len(targets), dtype=np.int64)
    parts[order] = np.arange(len(targets)) % PARTS
    return parts


def _flat(clips: np.ndarray, device: torch.device | str) -> Tensor:
    """A row for each clip."""
    return torch.from_numpy(clips.reshape(-1, clips.shape[-1])).to(device, torch.float32)


def _standardised(features: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
    """One copy, whatever the size: mean 0 and deviation 1 of each dimension, then length 1 of each row."""
    features = (features - mean).div_(scale)
    return features.div_(torch.linalg.vector_norm(features, dim=1, keepdim=True).clamp(min=1e-12))

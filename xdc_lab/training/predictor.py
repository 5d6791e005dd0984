"""An encoder with its linear heads, one for each set of targets, and the loss that sums over them (paper 3.2)."""

from collections.abc import Mapping

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from xdc_lab.encoders.encoder import Encoder

Targets = Int[Tensor, " batch"] | Bool[Tensor, "batch classes"]  # the class of each item, or which it has


def fresh_heads(feature_dim: int, classes: Mapping[str, int], *, seed: int) -> nn.ModuleDict:
    """New fc layers, weights N(0, .01) and bias 0: all that is reset between clusterings (paper 3.1; DeepCluster).

    Args:
        feature_dim: of the encoder.
        classes: outputs of each head by its name.
        seed: the same seed gives the same heads.
    """
    generator = torch.Generator().manual_seed(seed)
    heads = nn.ModuleDict()
    for name, outputs in classes.items():
        head = nn.Linear(feature_dim, outputs)
        with torch.no_grad():
            head.weight.copy_(torch.randn(head.weight.shape, generator=generator) * 0.01)
            head.bias.zero_()
        heads[name] = head
    return heads


class Predictor(nn.Module):
    """Raw clips to logits, one set per head."""

    def __init__(self, encoder: Encoder, heads: nn.ModuleDict, *, prepare: nn.Module, frozen: bool):
        super().__init__()
        self.encoder, self.heads, self.prepare, self.frozen = encoder, heads, prepare, frozen
        encoder.requires_grad_(not frozen)

    def train(self, mode: bool = True) -> "Predictor":
        """Switch modes; a frozen encoder stays in evaluation mode, so its BatchNorm does not move."""
        super().train(mode)
        self.encoder.train(mode and not self.frozen)
        return self

    def forward(self, raw: Tensor) -> dict[str, Float[Tensor, "batch classes"]]:
        """Logits of every head for a raw batch."""
        features = self.encoder(self.prepare(raw))
        return {name: head(features) for name, head in self.heads.items()}


def summed_loss(logits: Mapping[str, Tensor], targets: Mapping[str, Targets]) -> Float[Tensor, ""]:
    """Cross-entropy, averaged over the batch and summed over the heads (MDC has two, the others one).

    Several labels of an item have the binary cross-entropy, summed over the classes: each logit then has the gradient
    sigmoid - target, as it has softmax - target with one label. Its mean over AudioSet's 527 classes would be a
    learning rate 527 times lower.
    """
    return torch.stack([_loss(logits[name], targets[name]) for name in targets]).sum()


def _loss(logits: Float[Tensor, "batch classes"], targets: Targets) -> Float[Tensor, ""]:
    if targets.ndim == 1:
        return functional.cross_entropy(logits, targets)
    return functional.binary_cross_entropy_with_logits(logits, targets.to(logits.dtype), reduction="sum") / len(targets)


def correct_predictions(logits: Mapping[str, Tensor], targets: Mapping[str, Targets]) -> Tensor:
    """How many predictions of the batch are right, averaged over the heads; of several labels any is."""
    return torch.stack([_right(logits[name].argmax(1), targets[name]).sum().float() for name in targets]).mean()


def _right(predicted: Int[Tensor, " batch"], targets: Targets) -> Tensor:
    return predicted == targets if targets.ndim == 1 else targets.gather(1, predicted[:, None])

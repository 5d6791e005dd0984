"""Steps of the optimiser against the formula, by hand."""

import pytest
import torch

from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.training.optimiser import make_optimiser
from xdc_lab.training.predictor import Predictor, fresh_heads
from xdc_lab.training.settings import TrainSettings


def test_a_step_of_sgd_looks_ahead():
    """Nesterov's: the second step is lr (g2 + m (g2 + m g1)), without look-ahead lr (g2 + m g1) (VMZ)."""
    encoder, heads = build_encoder("audio_resnet_18", width=4, seed=1), fresh_heads(32, {"label": 2}, seed=0)
    predictor = Predictor(encoder, heads, prepare=torch.nn.Identity(), frozen=True)
    settings = TrainSettings(learning_rate=0.1, momentum=0.9, weight_decay=0.0)
    optimiser, bias = make_optimiser(predictor, settings), dict(predictor.heads.named_parameters())["label.bias"]
    moved = []
    for gradient in (1.0, 2.0):
        before = bias.detach().clone()
        optimiser.zero_grad()
        bias.grad = torch.full_like(bias, gradient)
        optimiser.step()
        moved.append((before - bias.detach())[0].item())
    assert moved == pytest.approx([0.1 * (1 + 0.9), 0.1 * (2 + 0.9 * (2 + 0.9 * 1))])

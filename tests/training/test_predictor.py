import math

import torch
from torch import nn

from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.training.predictor import Predictor, correct_predictions, fresh_heads, summed_loss


def test_heads_are_fresh_seeded_and_start_at_chance():
    heads = fresh_heads(512, {"audio": 128}, seed=1)
    again, other = fresh_heads(512, {"audio": 128}, seed=1), fresh_heads(512, {"audio": 128}, seed=2)
    weight, bias = heads.state_dict()["audio.weight"], heads.state_dict()["audio.bias"]
    assert torch.equal(weight, again.state_dict()["audio.weight"])
    assert not torch.equal(weight, other.state_dict()["audio.weight"])
    assert abs(weight.std().item() - 0.01) < 1e-3
    assert bias.abs().max() == 0


def test_two_heads_sum_their_losses():
    logits = {"audio": torch.zeros(4, 8), "video": torch.zeros(4, 16)}
    targets = {"audio": torch.zeros(4, dtype=torch.long), "video": torch.zeros(4, dtype=torch.long)}
    assert math.isclose(summed_loss(logits, targets).item(), math.log(8) + math.log(16), rel_tol=1e-6)


def test_right_predictions_are_averaged_over_heads():
    logits = {"audio": torch.eye(4), "video": -torch.eye(4)}
    targets = {"audio": torch.arange(4), "video": torch.arange(4)}
    assert correct_predictions(logits, targets).item() == 2.0


def test_a_frozen_encoder_stays_as_it_is():
    encoder = build_encoder("audio_resnet_18", width=4)
    before = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    heads = fresh_heads(encoder.feature_dim, {"label": 3}, seed=0)
    predictor = Predictor(encoder, heads, prepare=nn.Identity(), frozen=True).train()
    predictor(torch.randn(4, 1, 40, 100))["label"].sum().backward()
    assert all(torch.equal(tensor, before[name]) for name, tensor in encoder.state_dict().items())
    assert all(parameter.grad is None for parameter in encoder.parameters())
    assert heads["label"].weight.grad is not None


def test_several_labels_have_the_gradient_that_one_has_where_the_prediction_is_as_sure():
    targets = torch.eye(4, 7, dtype=torch.bool)
    logits = {"label": torch.randn(4, 7, requires_grad=True)}
    summed_loss(logits, {"label": targets}).backward()
    expected = (torch.sigmoid(logits["label"]) - targets.float()) / 4
    torch.testing.assert_close(logits["label"].grad, expected)


def test_of_several_labels_any_is_a_right_prediction():
    several = torch.tensor([[True, True, False], [False, False, True], [False, False, False]])
    logits = {"label": torch.tensor([[0.0, 1.0, 0.0]] * 3)}
    assert correct_predictions(logits, {"label": several}).item() == 1.0

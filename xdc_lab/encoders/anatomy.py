"""What an encoder is made of: parameters, and the shape that each layer leaves of an input (paper 4.1)."""

from typing import Any

import torch
from torch import Tensor, nn

from xdc_lab.encoders.encoder import Encoder


def parameter_count(network: nn.Module) -> int:
    """Learned numbers of a network.

    >>> parameter_count(nn.Linear(3, 2))
    8
    """
    return sum(parameter.numel() for parameter in network.parameters())


def layer_table(encoder: Encoder, batch: Tensor) -> list[dict[str, Any]]:
    """Follow a batch through an encoder: one row per layer, for `pandas.DataFrame(layer_table(encoder, batch))`.

    Columns: layer; output (channels and cells of one clip, as "64 x 8 x 56 x 56"); values (how many numbers that is);
    parameters. The first row is the input, the last one the feature vector after the mean over space and time.

    Args:
        encoder: left in the mode it came in.
        batch: prepared clips or spectrograms.
    """
    rows = [_row("input", batch, 0)]

    def note(name: str, layer: nn.Module):
        return layer.register_forward_hook(
            lambda _, __, output: rows.append(_row(name, output, parameter_count(layer)))
        )

    layers = {name: layer for name, layer in encoder.named_children() if not isinstance(layer, nn.ReLU)}
    hooks = [note(name, layer) for name, layer in layers.items()]
    was_training = encoder.training
    try:
        with torch.inference_mode():
            features = encoder.eval()(batch)
    finally:
        encoder.train(was_training)
        for hook in hooks:
            hook.remove()
    return [*rows, _row("mean", features, 0)]


def _row(layer: str, output: Tensor, parameters: int) -> dict[str, Any]:
    """One layer, for a single clip of the batch."""
    shape = output.shape[1:]
    return {"layer": layer, "output": " x ".join(map(str, shape)), "values": shape.numel(), "parameters": parameters}

"""What an encoder is made of: layers add up to the whole, and the shapes are those of the paper's networks."""

import pytest
import torch

from xdc_lab.encoders.anatomy import layer_table, parameter_count
from xdc_lab.encoders.catalogue import ENCODERS, build_encoder

BATCHES = {"video": torch.zeros(1, 3, 8, 32, 32), "audio": torch.zeros(1, 1, 40, 100)}


@pytest.mark.parametrize("name", ENCODERS)
def test_layers_add_up_to_the_encoder(name):
    encoder = build_encoder(name, width=8)
    rows = layer_table(encoder, BATCHES[encoder.modality])
    assert sum(row["parameters"] for row in rows) == parameter_count(encoder)
    assert (rows[0]["layer"], rows[-1]["layer"]) == ("input", "mean")
    assert rows[-1]["values"] == encoder.feature_dim
    assert encoder.training  # as it came
    assert not any(module._forward_hooks for module in encoder.modules())


def test_shapes_of_the_papers_networks():
    # On the meta device there are shapes and no numbers: nothing is computed.
    network = build_encoder("r2plus1d_18", width=64).to("meta")
    video = layer_table(network, torch.zeros(1, 3, 8, 224, 224, device="meta"))
    assert [row["output"] for row in video] == [
        "3 x 8 x 224 x 224",
        "64 x 8 x 112 x 112",
        "64 x 8 x 112 x 112",
        "128 x 4 x 56 x 56",
        "256 x 2 x 28 x 28",
        "512 x 1 x 14 x 14",
        "512",
    ]
    audio = layer_table(build_encoder("audio_resnet_18", width=64), torch.zeros(1, 1, 40, 100))
    outputs = {row["layer"]: row["output"] for row in audio}
    assert (outputs["maxpool"], outputs["layer4"]) == ("64 x 10 x 25", "512 x 2 x 4")

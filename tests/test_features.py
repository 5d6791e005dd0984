from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from xdc_lab.datasets.catalogue import load_items
from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.clips import ClipDataset, ClipKey
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.errors import ClusteringError
from xdc_lab.features import extract_features
from xdc_lab.media.inputs import model_input
from xdc_lab.runs.execution import Execution

QUIET = Execution(progress=False)


@pytest.fixture(scope="module")
def sounds(tiny_set: Path) -> ClipDataset:
    items = check_items(load_items(str(tiny_set)).head(11), progress=False).usable
    return ClipDataset(items, modality="audio")


def test_row_i_is_item_i_whatever_the_batch_size(sounds, tmp_path):
    encoder, prepare = build_encoder("audio_resnet_18", width=4), model_input("audio")
    features = extract_features(encoder, sounds, tmp_path / "a.npy", prepare=prepare, batch_size=4, execution=QUIET)
    assert features.shape == (len(sounds), encoder.feature_dim)
    encoder.eval()
    for index in range(len(sounds)):
        with torch.inference_mode():
            alone = encoder(prepare(sounds[ClipKey(index)][None]))[0]
        assert np.allclose(features[index], alone, atol=1e-5)


def test_the_result_is_mapped_whole_and_the_encoder_as_it_was(sounds, tmp_path):
    encoder = build_encoder("audio_resnet_18", width=4).train()
    before = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    features = extract_features(
        encoder, sounds, tmp_path / "f" / "a.npy", prepare=model_input("audio"), execution=QUIET
    )
    assert isinstance(features, np.memmap)
    assert [file.name for file in (tmp_path / "f").iterdir()] == ["a.npy"]
    assert encoder.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in encoder.state_dict().items())


def test_what_is_not_finite_is_named(sounds, tmp_path):
    """One clip of all has a NaN in it."""
    encoder, prepare = build_encoder("audio_resnet_18", width=4), model_input("audio")
    third = sounds[ClipKey(3)]
    spoiled = nn.Sequential(_NanFor(third), prepare)
    with pytest.raises(ClusteringError, match=r"the features of .*\(item 3\) hold NaN.* 1 of 4 clips"):
        extract_features(encoder, sounds, tmp_path / "a.npy", prepare=spoiled, batch_size=4, execution=QUIET)


class _NanFor(nn.Module):
    """Puts NaN into one clip."""

    def __init__(self, clip: torch.Tensor):
        super().__init__()
        self.clip = clip

    def forward(self, raw: torch.Tensor) -> torch.Tensor:
        same = (raw == self.clip).all(dim=1)
        return torch.where(same[:, None], torch.nan, raw)

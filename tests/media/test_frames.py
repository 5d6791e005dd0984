"""Crops and mirrors of frames: all frames of a clip alike, every place possible."""

import numpy as np
import pytest
import torch

from xdc_lab.errors import SettingError
from xdc_lab.media.frames import centre_crop, mirror, random_corner, random_crop

FRAMES = torch.arange(2 * 3 * 5 * 8, dtype=torch.uint8).reshape(2, 3, 5, 8)


def test_centre():
    assert torch.equal(centre_crop(FRAMES, 3), FRAMES[:, :, 1:4, 2:5])
    assert torch.equal(centre_crop(FRAMES, 5), FRAMES[:, :, :, 1:6])


def test_random_crops_reach_every_place_and_treat_all_frames_alike():
    generator = np.random.default_rng(0)
    seen = set()
    for _ in range(300):
        crop = random_crop(FRAMES, 4, generator=generator)
        assert crop.shape == (2, 3, 4, 4)
        first = int(crop[0, 0, 0, 0])
        seen.add(divmod(first, 8))
        assert torch.equal(crop.int() - first, FRAMES[:, :, :4, :4].int())
    assert seen == {(y, x) for y in range(2) for x in range(5)}


def test_corner_is_where_the_crop_of_the_same_seed_begins():
    for seed in range(20):
        y, x = random_corner(FRAMES, 4, generator=np.random.default_rng(seed))
        crop = random_crop(FRAMES, 4, generator=np.random.default_rng(seed))
        assert torch.equal(crop, FRAMES[:, :, y : y + 4, x : x + 4])


def test_mirror():
    assert torch.equal(mirror(FRAMES)[..., 0], FRAMES[..., -1])
    assert torch.equal(mirror(mirror(FRAMES)), FRAMES)


def test_crop_that_does_not_fit():
    with pytest.raises(SettingError, match="at most 5"):
        centre_crop(FRAMES, 6)

"""Crop and mirror decoded frames: uint8, before anything is normalised (paper 4.1)."""

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from xdc_lab.errors import SettingError


def random_corner(
    frames: UInt8[Tensor, "frames 3 height width"], crop_px: int, *, generator: np.random.Generator
) -> tuple[int, int]:
    """Draw where a square that fits into the frames begins: row and column of its upper left pixel (paper 4.1)."""
    slack_y, slack_x = _slack(frames, crop_px)
    return int(generator.integers(slack_y + 1)), int(generator.integers(slack_x + 1))


def random_crop(
    frames: UInt8[Tensor, "frames 3 height width"], crop_px: int, *, generator: np.random.Generator
) -> UInt8[Tensor, "frames 3 crop crop"]:
    """Cut one square at a random place out of all frames (paper 4.1)."""
    y, x = random_corner(frames, crop_px, generator=generator)
    return frames[:, :, y : y + crop_px, x : x + crop_px]


def centre_crop(frames: UInt8[Tensor, "frames 3 height width"], crop_px: int) -> UInt8[Tensor, "frames 3 crop crop"]:
    """Cut the square in the middle out of all frames (paper 4.1, testing)."""
    y, x = (slack // 2 for slack in _slack(frames, crop_px))
    return frames[:, :, y : y + crop_px, x : x + crop_px]


def mirror(frames: UInt8[Tensor, "frames 3 height width"]) -> UInt8[Tensor, "frames 3 height width"]:
    """Swap left and right."""
    return torch.flip(frames, dims=(-1,))


def _slack(frames: Tensor, crop_px: int) -> tuple[int, int]:
    height, width = frames.shape[-2:]
    if crop_px > min(height, width):
        raise SettingError(
            f"a crop of {crop_px} pixels does not fit into frames of {height} x {width}: "
            f"give crop_px of at most {min(height, width)}, or a larger short_side_px"
        )
    return height - crop_px, width - crop_px

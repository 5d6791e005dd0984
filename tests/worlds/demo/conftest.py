"""One tiny demo set for all tests of the demo world, and files smaller than anybody would train on."""

from dataclasses import replace
from pathlib import Path

import pytest

from xdc_lab.worlds.demo.plan import DemoSet, plan_clips
from xdc_lab.worlds.demo.render import render_clip
from xdc_lab.worlds.demo.world_settings import WorldSettings


@pytest.fixture(scope="session")
def small() -> WorldSettings:
    """A world of short clips."""
    return replace(WorldSettings(), seconds=(0.6, 0.7))


@pytest.fixture(scope="session")
def planned():
    """The plans of a tiny set, with the real dials."""
    return plan_clips(DemoSet(scale="tiny"), world=WorldSettings())


@pytest.fixture(scope="session")
def rendered(small, tmp_path_factory) -> dict[str, Path]:
    """One small file of each bad kind, and a good one under ""."""
    folder = tmp_path_factory.mktemp("clips")
    clips = {clip.bad_kind: clip for clip in plan_clips(DemoSet(scale="tiny"), world=small)}
    return {kind: render_clip(clip, folder, world=small) for kind, clip in clips.items()}

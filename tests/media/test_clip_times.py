"""Where clips begin: inside the file, on the grid, and at 0 when the file is shorter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdc_lab.errors import SettingError
from xdc_lab.media.clip_times import centre_start, jittered_start, sliding_starts, uniform_starts

DURATIONS = st.floats(0.0, 100.0)
CLIPS = st.floats(0.05, 20.0)


@given(DURATIONS, CLIPS, st.integers(0, 1000), st.sampled_from([None, 0.1, 1 / 30, 0.5]))
def test_jittered_clips_lie_inside_on_the_grid(duration, clip, seed, grid):
    start = jittered_start(duration, clip, generator=np.random.default_rng(seed), grid_seconds=grid)
    assert start >= 0.0
    assert start + clip <= duration + 1e-4 or start == 0.0
    if grid is not None:
        assert abs(start / grid - round(start / grid)) < 1e-6


def test_jitter_reaches_every_start_equally():
    generator = np.random.default_rng(0)
    starts = [jittered_start(2.5, 2.0, generator=generator, grid_seconds=0.1) for _ in range(3000)]
    counts = np.bincount(np.rint(np.array(starts) * 10).astype(int), minlength=6)
    assert len(counts) == 6 and counts.min() > 400, "0.0, 0.1, ... 0.5, each about 500 times"


@given(DURATIONS, CLIPS, st.integers(1, 30))
def test_uniform_clips_are_even_and_symmetric(duration, clip, n):
    starts = uniform_starts(duration, clip, n)
    assert len(starts) == n and starts.min() >= 0.0
    assert starts.max() + clip <= max(duration, clip) + 1e-6
    np.testing.assert_allclose(starts + starts[::-1], max(0.0, duration - clip), atol=1e-9)
    if n > 2:
        np.testing.assert_allclose(np.diff(starts, 2), 0.0, atol=1e-9)


@given(DURATIONS, CLIPS, st.floats(0.1, 5.0))
def test_sliding_clips_begin_at_0_and_leave_no_stride_out(duration, clip, stride):
    starts = sliding_starts(duration, clip, stride)
    assert starts[0] == 0.0
    np.testing.assert_allclose(np.diff(starts), stride)
    if duration >= clip:
        assert starts[-1] + clip <= duration + 1e-4
        assert starts[-1] + stride + clip > duration - 1e-4


def test_ten_seconds():
    assert centre_start(10.0, 2.0) == 4.0
    assert centre_start(10.05, 2.0, grid_seconds=0.1) == pytest.approx(4.0)
    assert centre_start(1.0, 2.0) == 0.0
    assert uniform_starts(10.0, 2.0, 1).tolist() == [4.0]
    assert uniform_starts(1.0, 2.0, 3).tolist() == [0.0, 0.0, 0.0]
    assert sliding_starts(2.0, 2.0, 0.5).tolist() == [0.0]


def test_impossible_requests_say_so():
    with pytest.raises(SettingError, match="0 clips"):
        uniform_starts(10.0, 2.0, 0)
    with pytest.raises(SettingError, match="never moves"):
        sliding_starts(10.0, 2.0, 0.0)

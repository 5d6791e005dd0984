"""The baseline detector, on probabilities that a person can read."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdc_lab.datasets.segments import spans
from xdc_lab.errors import DataError, SettingError
from xdc_lab.evaluation.localization.average_precision import temporal_iou
from xdc_lab.evaluation.localization.detector import (
    VideoWindows,
    find_segments,
    smoothed,
    train_detector,
    window_labels,
)
from xdc_lab.evaluation.localization.settings import DetectorSettings, WindowSettings

SETTINGS = DetectorSettings()
NAMES = ["video", "label", "start_seconds", "end_seconds"]
NONE = pd.DataFrame(columns=NAMES)


def test_a_plateau_is_one_segment_with_its_own_ends():
    probabilities = np.array([0.0, 0.0, 0.9, 0.9, 0.9, 0.9, 0.0, 0.0])
    assert find_segments(probabilities, step_seconds=0.5, settings=SETTINGS) == [(1.0, 3.0, pytest.approx(0.9))]


def test_of_nested_stretches_the_one_with_the_sharpest_ends_stays():
    probabilities = np.array([0.2, 0.2, 0.2, 0.8, 0.8, 0.8, 0.8, 0.2, 0.2, 0.0, 0.0, 0.6, 0.0])
    (start, end, score), second = find_segments(probabilities, step_seconds=1.0, settings=SETTINGS)
    assert (start, end) == (3.0, 7.0)
    assert score == pytest.approx(0.8 - 0.2)
    assert second[:2] == (11.0, 12.0)


def test_what_is_too_short_is_left_out():
    blip = np.array([0.0, 0.9, 0.0])
    assert find_segments(blip, step_seconds=0.4, settings=SETTINGS) == []
    assert len(find_segments(blip, step_seconds=0.5, settings=SETTINGS)) == 1


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=40))
def test_segments_lie_in_the_video_and_apart(values):
    found = find_segments(np.array(values, dtype=float), step_seconds=0.5, settings=SETTINGS)
    assert [one[2] for one in found] == sorted((one[2] for one in found), reverse=True)
    for place, (start, end, _) in enumerate(found):
        assert 0.0 <= start < end <= 0.5 * len(values)
        others = np.array([other[:2] for other in found[:place]]).reshape(-1, 2)
        assert (temporal_iou(np.array([start, end]), others) <= SETTINGS.overlap).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.integers(1, 30))
def test_smoothing_stays_within_what_it_averages(values, width):
    smooth = smoothed(np.array(values), width)
    assert len(smooth) == len(values)
    assert min(values) - 1e-9 <= smooth.min() <= smooth.max() <= max(values) + 1e-9


def test_a_window_has_the_class_around_its_middle():
    windows = VideoWindows("a", np.zeros((6, 2)), 1.0)
    segments = pd.DataFrame([("a", "jump", 1.4, 3.0), ("b", "dive", 0.0, 9.0)], columns=NAMES)
    ignored = pd.DataFrame([("a", "Ambiguous", 2.0, 5.0)], columns=NAMES)
    assert window_labels(windows, segments, ignored) == ["", "jump", "jump", None, None, ""]


def test_what_is_plain_in_the_features_is_found():
    generator = np.random.default_rng(0)
    features = generator.normal(0, 0.1, (40, 3))
    features[10:20, 0] += 1.0
    features[26:34, 1] += 1.0
    windows = VideoWindows("a", features, 0.5)
    segments = pd.DataFrame([("a", "jump", 5.0, 10.0), ("a", "dive", 13.0, 17.0)], columns=NAMES)
    detector = train_detector([windows], segments, NONE, settings=SETTINGS, seed=0)
    found = detector.detect(windows).groupby("label").first()
    assert set(found.index) == {"jump", "dive"}
    for one in spans(segments):
        times = found[["start_seconds", "end_seconds"]].T[one.label].to_numpy(dtype=float)
        assert abs(times - [one.start_seconds, one.end_seconds]).max() <= 0.5
    again = train_detector([windows], segments, NONE, settings=SETTINGS, seed=0).detect(windows)
    pd.testing.assert_frame_equal(again, detector.detect(windows))


def test_one_class_alone_teaches_nothing():
    windows = VideoWindows("a", np.zeros((4, 2)), 1.0)
    with pytest.raises(DataError, match="one class alone"):
        train_detector([windows], NONE, NONE, settings=SETTINGS, seed=0)


@pytest.mark.parametrize(
    "words", [{"c": 0.0}, {"smoothing_seconds": -1.0}, {"thresholds": ()}, {"thresholds": (1.5,)}, {"overlap": 0.0}]
)
def test_settings_that_cannot_work(words):
    with pytest.raises(SettingError):
        DetectorSettings(**words)
    with pytest.raises(SettingError, match="stride_frames=0"):
        WindowSettings(stride_frames=0)

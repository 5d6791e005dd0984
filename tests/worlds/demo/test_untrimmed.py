"""The untrimmed videos of the demo world: what the table says is seen and heard, and nothing between."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from xdc_lab.datasets.segments import spans
from xdc_lab.datasets.untrimmed import load_untrimmed
from xdc_lab.errors import DataError, SettingError
from xdc_lab.media.decoder import read_frames, read_waveform
from xdc_lab.media.probe import probe
from xdc_lab.worlds.demo import untrimmed, untrimmed_plan
from xdc_lab.worlds.demo.untrimmed import render_untrimmed, render_video
from xdc_lab.worlds.demo.untrimmed_plan import UntrimmedSettings, plan_untrimmed, segment_rows
from xdc_lab.worlds.demo.world_settings import COUPLED

SHORT = UntrimmedSettings(event_seconds=(0.6, 0.9), gap_seconds=(0.4, 0.6))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A set of two videos and one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(untrimmed_plan.SCALES, "tiny", (2, 1))
        path = tmp_path_factory.mktemp("world") / "tiny-untrimmed"
        return render_untrimmed(path, scale="tiny", settings=SHORT, workers=1, progress=False)


def test_every_class_is_as_frequent_in_each_split_and_nothing_touches():
    plans = plan_untrimmed("demo", seed=0, settings=UntrimmedSettings())
    table = segment_rows(plans)
    for _, rows in table.groupby("split"):
        counts = rows["label"].value_counts()
        assert len(counts) == 16 and counts.max() - counts.min() <= 1
    for plan in plans:
        times = [(moment.start_seconds, moment.end_seconds) for moment in plan.moments]
        assert all(before[1] + 0.9 < after[0] for before, after in pairwise(times))
        assert times[0][0] > 0.9 and times[-1][1] + 0.9 < plan.factors.seconds < 45
    assert 20 < np.mean([plan.factors.seconds for plan in plans]) < 35
    assert plan_untrimmed("demo", seed=1, settings=UntrimmedSettings())[0] != plans[0]


def test_an_event_says_nothing_of_the_place():
    plan = plan_untrimmed("tiny", seed=0, settings=SHORT)[0]
    moments = [moment.factors for moment in plan.moments]
    assert {factors.background_hue for factors in moments} == {plan.factors.background_hue}
    assert len({factors.object_hue for factors in moments}) == len(moments)


def test_the_table_is_what_is_seen_and_heard(folder):
    read = load_untrimmed(folder)
    assert (len(read.videos), len(read.segments), read.oddities) == (3, 9, ())
    for video, path in zip(read.videos["video"], read.videos["path"], strict=True):
        found = probe(path)
        assert found.problem is None
        own = spans(read.segments[read.segments["video"] == video])
        assert own[-1].end_seconds < found.duration_seconds + 0.1
        # Pictures change little between two events, and much where one begins.
        edges = [(one.start_seconds - 0.1, one.start_seconds + 0.1) for one in own]
        still = [(one.start_seconds - 0.25, one.start_seconds - 0.05) for one in own]
        changes, rest = (
            [float(np.abs(np.diff(_pictures(path, pair), axis=0)).mean()) for pair in pairs] for pairs in (edges, still)
        )
        assert np.mean(changes) > 1.5 * np.mean(rest)
        loud = [_loudness(path, one.start_seconds + 0.1, one.end_seconds) for one in own]
        quiet = [_loudness(path, one.end_seconds + 0.1, one.end_seconds + 0.3) for one in own]
        assert np.mean(loud) > 1.5 * np.mean(quiet)


def _pictures(path: str, instants: tuple[float, float]) -> np.ndarray:
    return read_frames(path, np.array(instants)).pixels.float().numpy()


def _loudness(path: str, start: float, end: float) -> float:
    samples = read_waveform(path, start_seconds=start, duration_seconds=end - start).samples
    return float(samples.square().mean().sqrt())


def test_the_same_video_is_the_same_bytes_and_only_what_is_missing_is_rendered(folder, tmp_path, monkeypatch):
    plan = plan_untrimmed("tiny", seed=0, settings=SHORT)[0]
    again = render_video(plan, tmp_path, settings=SHORT)
    assert again.read_bytes() == (folder / plan.path).read_bytes()
    monkeypatch.setitem(untrimmed_plan.SCALES, "tiny", (2, 1))
    monkeypatch.setattr(untrimmed, "write_video", pytest.fail)
    assert render_untrimmed(folder, scale="tiny", settings=SHORT, workers=1, progress=False) == folder


def test_a_folder_of_another_set_is_refused(folder):
    with pytest.raises(DataError, match="made from other arguments"):
        render_untrimmed(folder, scale="tiny", settings=replace(SHORT, gap_seconds=(1.0, 2.0)), progress=False)
    with pytest.raises(SettingError, match="no untrimmed set of scale 'paper'"):
        plan_untrimmed("paper", seed=0, settings=SHORT)
    with pytest.raises(SettingError, match="gap_seconds"):
        UntrimmedSettings(gap_seconds=(2.0, 1.0))
    with pytest.raises(SettingError, match="several events in one place.*0 there, not 0.5 and 0.5"):
        UntrimmedSettings(world=COUPLED)

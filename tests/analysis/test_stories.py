"""Stories are told where their pattern is, and only there."""

import numpy as np

from xdc_lab.analysis.result import load_result
from xdc_lab.analysis.stories import figure_2, pure_and_mixed, stories, table_6, together, two_neighbours


def test_scuba_diving_meets_snorkeling_by_ear_and_feeding_fish_by_eye(result):
    told = {story.title: story for story in two_neighbours(result, "audio", "video")}
    story = told["“scuba diving”: “snorkeling” on audio, “feeding fish” on video"]
    assert story.clusters == (("audio", 0), ("video", 0))
    assert "on audio (overlap 100%; on video 0%)" in story.sentence
    assert story.items == (0, 1, 2, 3, 4, 5)
    # Bells and feeding fish join another label on video alone, so they are no such story.
    assert not any(title.startswith(("“bell”", "“feeding fish”")) for title in told)


def test_pure_by_ear_mixed_by_eye(result):
    story = next(s for s in pure_and_mixed(result, "audio", "video") if "bell" in s.title)
    assert story.kind == "pure on audio, mixed on video"
    assert story.clusters == (("audio", 2), ("video", 1), ("video", 2))
    assert "cluster #2 is 100% “bell” (6 of 6 clips)" in story.sentence
    assert "in 2 clusters, where 50%" in story.sentence


def test_no_video_cluster_is_pure_so_the_reverse_is_not_told(result):
    assert pure_and_mixed(result, "video", "audio") == []


def test_the_reverse_is_told_of_the_reverse(tmp_path, make_run):
    pure, mixed = np.repeat([0, 1], 8), np.arange(16) % 2
    run = make_run(tmp_path, labels=["a"] * 8 + ["b"] * 8, assignments=[{"audio": mixed, "video": pure}])
    kinds = {story.kind for story in stories(load_result(run))}
    assert "pure on video, mixed on audio" in kinds
    assert "pure on audio, mixed on video" not in kinds


def test_equal_clusterings_have_no_difference_to_tell(tmp_path, make_run):
    same = np.repeat([0, 1], 8)
    run = make_run(tmp_path, labels=["a"] * 8 + ["b"] * 8, assignments=[{"audio": same, "video": same}])
    told = stories(load_result(run))
    assert {story.kind for story in told} == {"figure 2", "table 6", "heard and seen together"}


def test_presets_are_the_ranks_of_the_paper(result):
    assert figure_2(result).clusters == (("audio", 1), ("audio", 2), ("video", 0), ("video", 1))
    assert "audio #1, feeding fish (1.00)" in figure_2(result).sentence
    assert len(table_6(result, top=1, bottom=1).clusters) == 4


def test_a_pair_that_is_heard_and_seen(result):
    story = together(result, "audio", "video", count=1)[0]
    assert story.clusters == (("audio", 1), ("video", 0))
    assert "share 6 clips, 100% of the one and 50% of the other: feeding fish (1.00)" in story.sentence


def test_without_labels_stories_need_none(unlabelled):
    told = stories(unlabelled)
    assert {story.kind for story in told} == {"figure 2", "table 6", "heard and seen together"}
    assert "most compact" in told[0].sentence


def test_one_clip_and_joint_clusters_have_presets_alone(single, tmp_path, make_run):
    assert [story.kind for story in stories(single)] == ["figure 2", "table 6"]
    run = make_run(tmp_path / "joint", labels=["a", "b"], assignments=[{"joint": np.array([0, 1])}], method="CDC")
    assert [story.kind for story in stories(load_result(run))] == ["figure 2", "table 6"]


def test_unlabelled_clips_among_labelled_ones(tmp_path, make_run):
    labels = ["a"] * 8 + ["b"] * 8 + [""] * 8
    pure, mixed = np.repeat([0, 1, 2], 8), np.arange(24) % 2
    told = stories(load_result(make_run(tmp_path, labels=labels, assignments=[{"audio": pure, "video": mixed}])))
    assert any(story.kind == "pure on audio, mixed on video" for story in told)


def test_luck_makes_no_neighbours(tmp_path, make_run):
    generator = np.random.default_rng(3)
    labels = [f"label {number}" for number in np.arange(64) % 8]
    assignments = [{"audio": generator.permutation(64) % 4, "video": generator.permutation(64) % 4}]
    result = load_result(make_run(tmp_path, labels=labels, assignments=assignments))
    assert two_neighbours(result, "audio", "video") == []
    assert {story.kind for story in stories(result)} <= {"figure 2", "table 6", "heard and seen together"}


def test_a_label_in_two_pure_clusters_is_told_once(tmp_path, make_run):
    pure, mixed = np.array([0] * 8 + [1] * 8 + [2] * 16), np.arange(32) % 2
    labels = ["a"] * 16 + ["b"] * 16
    run = make_run(tmp_path, labels=labels, assignments=[{"audio": pure, "video": mixed}])
    titles = [story.title for story in pure_and_mixed(load_result(run), "audio", "video")]
    assert sorted(titles) == ["“a”: pure on audio, mixed on video", "“b”: pure on audio, mixed on video"]

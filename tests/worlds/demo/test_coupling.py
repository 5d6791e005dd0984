"""Scene and room go with the event as often as the dials say, and nothing else changes."""

import hashlib
import json
from dataclasses import asdict, replace

import pytest

from xdc_lab.errors import SettingError
from xdc_lab.worlds.demo.coupling import ROOM_OF, ROOMS, SCENE_OF
from xdc_lab.worlds.demo.events import EVENTS, EXTRA_EVENTS
from xdc_lab.worlds.demo.factors import BACKGROUND_KINDS
from xdc_lab.worlds.demo.plan import SPLITS, DemoSet, plan_clips, plan_table
from xdc_lab.worlds.demo.world_settings import COUPLED, WorldSettings

OF_THE_SCENE, OF_THE_ROOM = {"background_kind"}, {"room_seconds", "room_wet", "noise_exponent"}
# The first clips before there was any coupling.
FIRST = (
    ("ball bouncing on the floor", "waves", 140.775, 1.4813, 0.8046, 0.4623, 0.3468, 44100),
    ("propeller spinning", "hills", 153.8271, 1.7323, 1.9221, 0.4013, 0.0894, 16000),
)
WHOLE = {True: "da8f12eaae2f8171", False: "f49af85fa30cd800"}  # digests of the tiny sets' tables then


def planned_with(scene: float, room: float, **words):
    world = WorldSettings(scene_coupling=scene, room_coupling=room)
    return plan_clips(DemoSet(**words), world=world)


def has_scene(clip) -> bool:
    return clip.factors.background_kind == SCENE_OF[clip.event.name]


def has_room(clip) -> bool:
    return {name: getattr(clip.factors, name) for name in OF_THE_ROOM} == vars(ROOMS[ROOM_OF[clip.event.name]])


def test_without_coupling_every_clip_is_as_it_was_before_there_was_any():
    clips = plan_clips(DemoSet(scale="tiny"), world=WorldSettings())
    names = ("background_kind", "background_hue", "tempo_hz", "noise_exponent", "room_seconds", "room_wet")
    for clip, (event, *values) in zip(clips, FIRST, strict=False):
        assert clip.event.name == event
        assert [getattr(clip.factors, name) for name in (*names, "sample_rate_hz")] == values
    for curated, digest in WHOLE.items():
        table = plan_table(plan_clips(DemoSet(scale="tiny", curated=curated), world=WorldSettings()))
        assert hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()[:16] == digest


def test_folders_rendered_before_there_was_any_coupling_are_still_this_world():
    dials = set(json.loads(json.dumps(WorldSettings().record())))
    assert dials == set(asdict(WorldSettings())) - {"scene_coupling", "room_coupling"}
    assert COUPLED.record() == asdict(COUPLED)


@pytest.fixture(scope="module")
def half_coupled() -> list:
    return planned_with(0.5, 0.5, bad_files=False)


@pytest.mark.parametrize("split", SPLITS)
def test_at_a_half_each_goes_with_the_event_half_of_the_time_and_by_chance(half_coupled, split):
    clips = [clip for clip in half_coupled if clip.split == split]
    scenes, rooms = (sum(map(has, clips)) / len(clips) for has in (has_scene, has_room))
    assert scenes == pytest.approx(0.5 + 0.5 / 7, abs=0.08)  # 2.5 standard deviations of 240 clips
    assert rooms == pytest.approx(0.5, abs=0.08)
    both = sum(has_scene(clip) and has_room(clip) for clip in clips) / len(clips)
    assert both == pytest.approx(scenes * rooms, abs=0.08)


@pytest.mark.parametrize("curated", [True, False])
def test_at_one_all_do_in_every_split_and_of_every_set(curated):
    clips = planned_with(1.0, 1.0, curated=curated, scale="tiny")
    assert all(has_scene(clip) and has_room(clip) for clip in clips)
    assert {clip.factors.background_kind for clip in clips} == set(BACKGROUND_KINDS)


@pytest.mark.parametrize(
    ("scene", "room", "changed"),
    [(0.5, 0.0, OF_THE_SCENE), (0.0, 0.5, OF_THE_ROOM), (1.0, 1.0, OF_THE_SCENE | OF_THE_ROOM)],
)
def test_nothing_else_changes(scene, room, changed):
    independent, coupled = planned_with(0.0, 0.0, scale="tiny"), planned_with(scene, room, scale="tiny")
    assert independent != coupled
    for before, after in zip(independent, coupled, strict=True):
        assert replace(after, factors=before.factors) == before
        differ = {name for name, value in asdict(before.factors).items() if getattr(after.factors, name) != value}
        assert differ <= changed


def test_a_stronger_coupling_keeps_what_a_weaker_one_gave():
    weak, strong = planned_with(0.3, 0.3, scale="tiny"), planned_with(0.6, 0.6, scale="tiny")
    for has in (has_scene, has_room):
        none = [has(clip) for clip in planned_with(0.0, 0.0, scale="tiny")]
        given = [has(clip) and not own for clip, own in zip(weak, none, strict=True)]
        assert 0 < sum(given) == sum(has(clip) and one for clip, one in zip(strong, given, strict=True))


def test_every_event_has_a_scene_and_a_room_and_neither_is_a_label():
    assert list(SCENE_OF) == list(ROOM_OF) == [event.name for event in (*EVENTS, *EXTRA_EVENTS)]
    scenes, rooms = ([owner[event.name] for event in EVENTS] for owner in (SCENE_OF, ROOM_OF))
    assert {scenes.count(kind) for kind in BACKGROUND_KINDS} == {2, 3}
    assert {rooms.count(room) for room in ROOMS} == {4}


def test_events_that_share_a_sight_or_a_sound_share_neither_scene_nor_room():
    pairs = [(a, b) for a in EVENTS for b in EVENTS if a != b and (a.sight == b.sight or a.sound == b.sound)]
    assert len(pairs) == 14
    assert all(SCENE_OF[a.name] != SCENE_OF[b.name] and ROOM_OF[a.name] != ROOM_OF[b.name] for a, b in pairs)


def test_rooms_lie_within_the_ranges_of_the_world_and_differ():
    for name in OF_THE_ROOM:
        low, high = getattr(WorldSettings(), name)
        assert all(low <= getattr(room, name) <= high for room in ROOMS.values())
        assert len({getattr(room, name) for room in ROOMS.values()}) == len(ROOMS)


@pytest.mark.parametrize("name", ["scene_coupling", "room_coupling"])
@pytest.mark.parametrize("value", [-0.1, 1.1])
def test_a_coupling_is_a_probability(name, value):
    with pytest.raises(SettingError, match=f"{name} is a probability, 0 to 1, not {value}"):
        WorldSettings(**{name: value})

from xdc_lab.worlds.demo.events import EVENTS, EXTRA_EVENTS
from xdc_lab.worlds.demo.sights.catalogue import SIGHTS
from xdc_lab.worlds.demo.sounds.catalogue import SOUNDS


def groups_sharing(what: str) -> dict[str, tuple[str, ...]]:
    """The names of the events that share a "sight" or a "sound"; groups of one are left out."""
    groups: dict[str, tuple[str, ...]] = {}
    for event in EVENTS:
        key = getattr(event, what)
        groups[key] = (*groups.get(key, ()), event.name)
    return {key: names for key, names in groups.items() if len(names) > 1}


def test_there_are_16_events_with_a_name_of_their_own():
    assert len(EVENTS) == 16
    assert len({event.name for event in EVENTS + EXTRA_EVENTS}) == 24
    assert len({(event.sight, event.sound) for event in EVENTS + EXTRA_EVENTS}) == 24


def test_every_sight_and_sound_exists_and_is_used():
    assert {event.sight for event in EVENTS + EXTRA_EVENTS} == set(SIGHTS)
    assert {event.sound for event in EVENTS + EXTRA_EVENTS} == set(SOUNDS)


def test_three_groups_share_a_sight_and_four_a_sound_as_the_datasheet_says():
    assert {sight: set(names) for sight, names in groups_sharing("sight").items()} == {
        "bird": {"songbird singing", "crow cawing"},
        "ball": {"ball bouncing on the floor", "ball bouncing on a drum"},
        "hammer": {"hammer striking an anvil", "hammer striking wood"},
    }
    assert {sound: set(names) for sound, names in groups_sharing("sound").items()} == {
        "drum": {"ball bouncing on a drum", "drumming"},
        "knock": {"hammer striking wood", "metronome ticking"},
        "drops": {"rain on a pond", "tap dripping"},
        "engine": {"piston pumping", "propeller spinning"},
    }


def test_no_group_shares_both_so_the_two_modalities_together_tell_every_event():
    by_sight, by_sound = groups_sharing("sight"), groups_sharing("sound")
    assert not any(set(a) == set(b) for a in by_sight.values() for b in by_sound.values())


def test_four_events_are_alone_in_both():
    shared = {name for what in ("sight", "sound") for names in groups_sharing(what).values() for name in names}
    assert {e.name for e in EVENTS} - shared == {
        "bell swinging",
        "plucking a string",
        "clapping hands",
        "flag in the wind",
    }


def test_the_extra_events_share_no_sight_and_no_sound_with_the_downstream_classes():
    assert not {e.sight for e in EVENTS} & {e.sight for e in EXTRA_EVENTS}
    assert not {e.sound for e in EVENTS} & {e.sound for e in EXTRA_EVENTS}

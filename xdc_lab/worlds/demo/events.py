"""The events of the demo world as data: a name, what is seen and what is heard, and who shares which (paper 4.4)."""

from dataclasses import dataclass

from xdc_lab.errors import SettingError


@dataclass(frozen=True)
class Event:
    """One class of the demo world: it is seen and heard.

    Attributes:
        name: what a person would call it; the label in the items table.
        sight: a key of `sights.catalogue.SIGHTS`.
        sound: a key of `sounds.catalogue.SOUNDS`.
    """

    name: str
    sight: str
    sound: str


# Read as the paper reads Table 6: "ball bouncing on a drum" joins "drumming" by ear and "ball bouncing on the
# floor" by sight, as "scuba diving" joins "snorkeling" by ear and "feeding fish" by sight.
EVENTS = (
    Event("songbird singing", "bird", "birdsong"),
    Event("crow cawing", "bird", "caw"),
    Event("ball bouncing on the floor", "ball", "thud"),
    Event("ball bouncing on a drum", "ball", "drum"),
    Event("drumming", "drumsticks", "drum"),
    Event("hammer striking an anvil", "hammer", "clang"),
    Event("hammer striking wood", "hammer", "knock"),
    Event("metronome ticking", "metronome", "knock"),
    Event("rain on a pond", "rings", "drops"),
    Event("tap dripping", "tap", "drops"),
    Event("piston pumping", "piston", "engine"),
    Event("propeller spinning", "propeller", "engine"),
    Event("bell swinging", "bell", "bell"),
    Event("plucking a string", "string", "pluck"),
    Event("clapping hands", "hands", "clap"),
    Event("flag in the wind", "flag", "wind"),
)

# Never in the downstream label set: the uncurated sibling set is made of these (paper Tables 3 and 4).
EXTRA_EVENTS = (
    Event("fish blowing bubbles", "fish", "bubbles"),
    Event("campfire crackling", "flame", "crackle"),
    Event("gears grinding", "gears", "crackle"),
    Event("siren wailing", "beacon", "siren"),
    Event("frog croaking", "frog", "croak"),
    Event("crickets by the fire", "flame", "crickets"),
    Event("gears humming", "gears", "siren"),
    Event("frog at night", "frog", "crickets"),
)


def event_named(name: str) -> Event:
    """Find an event, of the 16 or of the extra ones, by its name.

    Raises:
        SettingError: if there is none; the message lists them.
    """
    found = {event.name: event for event in EVENTS + EXTRA_EVENTS}.get(name)
    if found is None:
        raise SettingError(
            f"no event {name!r}; the events are {', '.join(e.name for e in EVENTS + EXTRA_EVENTS)}"
        )
    return found


def groups_sharing(what: str, *, events: tuple[Event, ...] = EVENTS) -> dict[str, tuple[str, ...]]:
    """Group the names of the events that share a "sight" or a "sound"; groups of one are left out.

    >>> groups_sharing("sight")["ball"]
    ('ball bouncing on the floor', 'ball bouncing on a drum')
    """
    if what not in ("sight", "sound"):
        raise SettingError(f"events share a 'sight' or a 'sound', not {what!r}")
    groups: dict[str, tuple[str, ...]] = {}
    for event in events:
        key = getattr(event, what)
        groups[key] = (*groups.get(key, ()), event.name)
    return {key: names for key, names in groups.items() if len(names) > 1}

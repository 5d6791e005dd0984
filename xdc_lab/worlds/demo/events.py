"""The events of the demo world as data: a name, what is seen and what is heard, and who shares which (paper 4.4)."""

from dataclasses import dataclass


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


# Read as the paper reads Table 6: "ball bouncing on a drum" joins "drumming" by audio and "ball bouncing on the
# floor" by video, as "scuba diving" joins "snorkeling" by audio and "feeding fish" by video.
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

# Never in the downstream label set: the uncurated set is made of these (paper Tables 3 and 4).
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

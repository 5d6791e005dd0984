"""The table of sounds: the name that an event uses, and the function that makes it."""

from xdc_lab.worlds.demo.sounds import extra, living, struck
from xdc_lab.worlds.demo.sounds.synthesis import Sound

SOUNDS: dict[str, Sound] = {
    "birdsong": living.birdsong,
    "caw": living.caw,
    "thud": struck.thud,
    "drum": struck.drum,
    "clang": struck.clang,
    "knock": struck.knock,
    "drops": living.drops,
    "engine": living.engine,
    "bell": struck.bell,
    "pluck": struck.pluck,
    "clap": struck.clap,
    "wind": living.wind,
    "bubbles": extra.bubbles,
    "crackle": extra.crackle,
    "siren": extra.siren,
    "croak": extra.croak,
    "crickets": extra.crickets,
}

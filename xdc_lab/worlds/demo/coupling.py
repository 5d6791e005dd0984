"""Couple a clip's scene and room to its event: the nuisances that go with what happens, as scenes go with actions."""

from dataclasses import dataclass, replace

import numpy as np

from xdc_lab.worlds.demo.events import EVENTS, EXTRA_EVENTS, Event
from xdc_lab.worlds.demo.factors import BACKGROUND_KINDS, Factors
from xdc_lab.worlds.demo.world_settings import WorldSettings


@dataclass(frozen=True)
class Room:
    """A place as it sounds; units are those of `WorldSettings`, and values lie within its ranges."""

    room_seconds: float
    room_wet: float
    noise_exponent: float


ROOMS = {
    "open air": Room(0.1, 0.0, 2.0),
    "living room": Room(0.4, 0.1, 1.5),
    "workshop": Room(0.7, 0.25, 0.5),
    "hall": Room(1.0, 0.35, 1.0),
}

# Scenes and rooms are dealt in turn along the table of events, so nobody chose which event gets which. Of the 16, a
# scene has two or three and a room four, so neither is a label; events that share a sight or a sound are neighbours
# in the table and get different ones, so a scene can tell apart what its event's sight cannot.
_ALL_EVENTS = (*EVENTS, *EXTRA_EVENTS)
SCENE_OF = {event.name: BACKGROUND_KINDS[place % len(BACKGROUND_KINDS)] for place, event in enumerate(_ALL_EVENTS)}
ROOM_OF = {event.name: tuple(ROOMS)[place % len(ROOMS)] for place, event in enumerate(_ALL_EVENTS)}


def couple_factors(factors: Factors, event: Event, *, generator: np.random.Generator, world: WorldSettings) -> Factors:
    """Give a clip its event's scene and its event's room, each with the world's probability and on its own.

    A clip that has them in one world has them in every world of stronger coupling. All else stays as it was drawn.
    """
    scene, room = generator.random(2)
    if scene < world.scene_coupling:
        factors = replace(factors, background_kind=SCENE_OF[event.name])
    if room < world.room_coupling:
        factors = replace(factors, **vars(ROOMS[ROOM_OF[event.name]]))
    return factors

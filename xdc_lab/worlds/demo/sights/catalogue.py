"""The table of sights: the name that an event uses, and the function that draws it."""

from xdc_lab.worlds.demo.sights import extra, moving, struck
from xdc_lab.worlds.demo.sights.shapes import Sight

SIGHTS: dict[str, Sight] = {
    "bird": moving.bird,
    "ball": struck.ball,
    "drumsticks": struck.drumsticks,
    "hammer": struck.hammer,
    "metronome": struck.metronome,
    "rings": moving.rings,
    "tap": moving.tap,
    "piston": moving.piston,
    "propeller": moving.propeller,
    "bell": struck.bell,
    "string": moving.string,
    "hands": struck.hands,
    "flag": moving.flag,
    "fish": extra.fish,
    "flame": extra.flame,
    "gears": extra.gears,
    "beacon": extra.beacon,
    "frog": extra.frog,
}

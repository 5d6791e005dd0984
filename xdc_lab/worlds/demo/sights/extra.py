"""Sights of the extra events, which only uncurated sets show: fish, flame, gears, beacon, frog."""

import numpy as np

from xdc_lab.worlds.demo.sights.shapes import (
    Layer,
    Scene,
    box,
    capsule,
    circle,
    ellipse,
    ring,
    trapezoid,
    turned,
    union,
)

TURN = 2 * np.pi


def fish(scene: Scene) -> list[Layer]:
    """A fish swims on the spot, its tail sweeping; bubbles rise from its mouth at each strike."""
    x, y = scene.x + 0.1, scene.y - 0.1 - 0.08 * np.sin(np.pi * scene.phase)
    bend = 0.22 * np.sin(TURN * scene.phase) * np.clip(x + 0.1, 0, 2) ** 2
    body = ellipse(x, y - bend, 0.62, 0.36)
    u, v = turned(x - 0.55, y - bend, 0.5 * np.sin(TURN * scene.phase - 0.8))
    tail = np.maximum(np.abs(v) - 0.05 - 0.8 * np.clip(u, 0, 1), np.abs(u - 0.18) - 0.24)
    fin = capsule(x, y - bend, (0.0, 0.1), (0.22, 0.38), 0.09, 0.03)
    eye = circle(x + 0.38, y + 0.08, 0.08)
    bubbles = [
        ring(circle(scene.x + 0.75 + 0.08 * np.sin(9 * age + n), scene.y - 0.1 + 1.0 * age, 0.05 + 0.06 * age), 0.04)
        for n in range(2)
        for age in [(scene.since + n) / 2]
    ]
    return [Layer(tail, 1), Layer(body), Layer(fin, 1), Layer(union(eye, *bubbles), 2)]


def flame(scene: Scene) -> list[Layer]:
    """Flames lick upwards from two logs."""
    tongues = []
    for size, lag in ((1.0, 0.0), (0.6, 1.3)):
        height = size * (1.25 + 0.2 * np.sin(TURN * scene.phase + lag))
        part = np.clip((0.6 - scene.y) / height, 0, 1)
        lean = 0.2 * part * np.sin(TURN * (1.2 * part - 1.5 * scene.phase) + lag)
        width = size * 0.62 * np.sqrt(part * (1 - part) + 1e-3) * (1.25 - part)
        ends = np.maximum(scene.y - 0.6, 0.62 - height - scene.y)
        tongues.append(np.maximum(np.abs(scene.x - lean) - width, ends) * 0.8)
    logs = union(*[capsule(scene.x, scene.y, (-0.7 * n, 0.85), (0.6 * n, 0.6), 0.11) for n in (-1, 1)])
    return [Layer(tongues[0]), Layer(tongues[1], 2), Layer(logs, 1)]


def gears(scene: Scene) -> list[Layer]:
    """Two toothed wheels mesh and turn against each other."""
    layers = []
    for number, (at, sense, teeth, radius) in enumerate(((-0.4, 1, 10, 0.5), (0.47, -1, 6, 0.3))):
        x, y = scene.x - at, scene.y - 0.25 * at
        angle = np.arctan2(y, x) - sense * TURN * 2.2 * scene.phase / teeth
        tooth = 0.075 * np.clip(2.2 * np.cos(teeth * angle), -1, 1)
        wheel = np.sqrt(x * x + y * y) - radius - tooth
        layers += [Layer(wheel, number), Layer(circle(x, y, 0.35 * radius), 2)]
    return layers


def beacon(scene: Scene) -> list[Layer]:
    """A beacon's two beams sweep around above a lamp."""
    x, y = scene.x, scene.y - 0.2
    turn = TURN * 0.5 * scene.phase
    beams = []
    for side in (0.0, np.pi):
        reach = np.cos(turn + side)
        wedge = np.maximum(np.abs(y + 0.25 * np.sin(turn)) - 0.06 - 0.28 * np.abs(x), -x * np.sign(reach))
        beams.append(wedge + (np.abs(x) - np.abs(reach)).clip(0))
    dome = np.maximum(ellipse(x, y, 0.34, 0.5), y - 0.1)
    foot = trapezoid(x, y - 0.35, 0.45, 0.6, 0.25, 0.04)
    return [Layer(union(*beams), 2, 0.7), Layer(dome), Layer(foot, 1)]


def frog(scene: Scene) -> list[Layer]:
    """A frog sits and blows up its throat at each strike."""
    puff = np.sin(np.pi * np.clip(scene.since * 1.6, 0, 1))
    body = ellipse(scene.x, scene.y - 0.3, 0.66, 0.5)
    eyes = circle(np.abs(scene.x) - 0.34, scene.y + 0.18, 0.19)
    pupils = circle(np.abs(scene.x) - 0.34, scene.y + 0.2, 0.08)
    throat = ellipse(scene.x, scene.y - 0.42, 0.25 + 0.32 * puff, 0.12 + 0.3 * puff)
    feet = box(np.abs(scene.x) - 0.55, scene.y - 0.8, 0.3, 0.1, 0.09)
    return [Layer(union(body, eyes)), Layer(throat, 2), Layer(pupils, 2), Layer(feet, 1)]

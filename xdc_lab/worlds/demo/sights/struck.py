"""Sights of things that strike or are struck: ball, drumsticks, hammer, metronome, bell, hands."""

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


def ball(scene: Scene) -> list[Layer]:
    """A ball bounces on a slab, squashed at each strike, its band turning."""
    since, radius = scene.since, 0.27 + 0.08 * scene.traits[0]
    height = 4 * since * (1 - since)
    squash = 1 - 0.32 * np.exp(-((np.minimum(since, 1 - since) / 0.07) ** 2))
    x = scene.x - 0.22 * np.sin(0.5 * np.pi * scene.phase + 6.28 * scene.traits[1])
    y = scene.y - (0.74 - radius * squash - (1.42 - 2 * radius) * height)
    body = ellipse(x, y, radius / squash, radius * squash)
    u, v = turned(x, y, 1.3 * scene.phase)
    band = np.maximum(body + 0.02, np.abs(v + 0.4 * u * u) - 0.07)
    slab = box(scene.x, scene.y - 0.86, 0.85, 0.11, 0.06)
    near = ellipse(
        scene.x - 0.22 * np.sin(0.5 * np.pi * scene.phase + 6.28 * scene.traits[1]),
        scene.y - 0.8,
        radius * (1.1 - 0.6 * height),
        0.035,
    )
    return [Layer(slab, 2), Layer(near, 1, 0.55 - 0.4 * height), Layer(body), Layer(band, 1)]


def drumsticks(scene: Scene) -> list[Layer]:
    """Two sticks strike a drum in turn; its skin gives way."""
    half = np.floor(scene.phase) % 2
    lifted = np.sin(np.pi * scene.since) ** 0.8
    dent = 0.06 * np.exp(-6 * scene.since)
    shell = box(scene.x, scene.y - 0.52, 0.72, 0.36, 0.08)
    skin = ellipse(scene.x, scene.y - 0.2, 0.76, 0.13 + dent)
    rim = ring(ellipse(scene.x, scene.y - 0.2, 0.76, 0.15), 0.06)
    sticks = []
    for side, up in ((-1, half * lifted + (1 - half) * 0.12), (1, (1 - half) * lifted + half * 0.12)):
        u, v = turned(scene.x - side * 0.95, scene.y + 0.12, side * (-0.25 + 1.2 * up))
        sticks.append(
            union(capsule(u, v, (0.0, 0.0), (-side * 0.8, 0.1), 0.065), circle(u + side * 0.8, v - 0.1, 0.12))
        )
    return [Layer(shell), Layer(skin, 2), Layer(rim, 1), Layer(union(*sticks), 1)]


def hammer(scene: Scene) -> list[Layer]:
    """A hammer swings down on a block, quickly, and is lifted slowly."""
    since = scene.since
    lift = np.where(since < 0.7, np.sin(0.5 * np.pi * since / 0.7), np.cos(0.5 * np.pi * (since - 0.7) / 0.3))
    u, v = turned(scene.x - 0.8, scene.y - 0.32, 1.05 * lift)
    handle = capsule(u, v, (0.0, 0.0), (-1.15, -0.05), 0.065)
    head = box(u + 1.12, v, 0.17, 0.36 + 0.06 * scene.traits[0], 0.05)
    block = trapezoid(scene.x + 0.33, scene.y - 0.85, 0.52, 0.38, 0.15, 0.04)
    return [Layer(block, 2), Layer(handle, 1), Layer(head)]


def metronome(scene: Scene) -> list[Layer]:
    """A weighted rod swings upside down in front of a wooden body, at an end of its swing at each strike."""
    body = trapezoid(scene.x, scene.y - 0.35, 0.3, 0.62, 0.6, 0.06)
    face = trapezoid(scene.x, scene.y - 0.22, 0.17, 0.34, 0.36, 0.03)
    u, v = turned(scene.x, scene.y - 0.6, 0.62 * np.cos(np.pi * scene.phase))
    rod = capsule(u, v, (0.0, 0.0), (0.0, -1.5), 0.04)
    weight = trapezoid(u, v + 0.85 + 0.3 * scene.traits[0], 0.2, 0.13, 0.13, 0.03)
    foot = box(scene.x, scene.y - 0.93, 0.72, 0.07, 0.04)
    return [Layer(union(body, foot)), Layer(face, 2), Layer(union(rod, weight), 1)]


def bell(scene: Scene) -> list[Layer]:
    """A bell swings from its yoke, the clapper against it, at an end of its swing at each strike."""
    swing = 0.7 * np.cos(np.pi * scene.phase)
    u, v = turned(scene.x, scene.y + 0.75, swing)
    flare = 0.34 + 0.1 * scene.traits[0] + 0.34 * np.clip((v - 0.25) / 1.05, 0, 1) ** 3
    top = np.clip(v / 0.25, 0, 1)
    profile = np.maximum(np.abs(u) - flare * np.sqrt(np.maximum(top * (2 - top), 0.01)), np.abs(v - 0.68) - 0.62)
    lip = box(u, v - 1.27, 0.74 + 0.1 * scene.traits[0], 0.07, 0.06)
    a, b = turned(u, v - 0.6, -0.75 * np.cos(np.pi * scene.phase - 0.5))
    clapper = union(capsule(a, b, (0.0, 0.0), (0.0, 0.75), 0.05), circle(a, b - 0.78, 0.15))
    yoke = union(box(scene.x, scene.y + 0.82, 0.5, 0.09, 0.05), circle(u, v, 0.16))
    band = np.maximum(np.abs(v - 0.42) - 0.05, profile)
    return [Layer(clapper, 2), Layer(profile), Layer(union(lip, band), 1), Layer(yoke, 2)]


def hands(scene: Scene) -> list[Layer]:
    """Two hands meet at each strike and part again."""
    gap = 0.03 + 0.56 * np.sin(np.pi * scene.since) ** 0.7
    layers = []
    for side in (-1, 1):
        u, v = turned(scene.x - side * gap, scene.y - 0.1, side * (0.12 + 0.55 * gap))
        u = u * side
        palm = box(u - 0.17, v - 0.2, 0.19, 0.36, 0.16)
        fingers = [
            capsule(u, v, (0.06 + 0.1 * n, -0.05), (0.02 + 0.12 * n, -0.62 - 0.12 * (n in (1, 2))), 0.072)
            for n in range(4)
        ]
        thumb = capsule(u, v, (0.3, 0.2), (0.5, -0.18), 0.08)
        cuff = box(u - 0.17, v - 0.72, 0.24, 0.16, 0.06)
        layers += [Layer(union(palm, thumb, *fingers)), Layer(cuff, 1)]
    return layers

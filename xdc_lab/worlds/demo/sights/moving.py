"""Sights of things that turn, flow and fly: bird, pond, tap, piston, propeller, string, flag."""

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


def bird(scene: Scene) -> list[Layer]:
    """A bird flies towards us, its two wings beating, its body rising on every beat."""
    beat = np.sin(TURN * scene.phase)
    x, y = scene.x, scene.y - 0.1 - 0.12 * np.cos(TURN * scene.phase)
    wings = []
    inner, outer = 0.55 * beat + 0.1, 0.9 * np.sin(TURN * scene.phase - 0.7) - 0.1
    for side in (-1, 1):
        elbow = (side * (0.12 + 0.42 * np.cos(inner)), -0.1 - 0.42 * np.sin(inner))
        tip = (elbow[0] + side * 0.48 * np.cos(outer), elbow[1] - 0.48 * np.sin(outer))
        wings.append(capsule(x, y, (side * 0.1, -0.08), elbow, 0.15, 0.13))
        wings.append(capsule(x, y, elbow, tip, 0.13, 0.03))
    body = union(ellipse(x, y - 0.08, 0.21, 0.33), circle(x, y + 0.28, 0.17))
    tail = trapezoid(x, y - 0.45, 0.08, 0.2, 0.14, 0.03)
    beak = trapezoid(x, y + 0.24, 0.07, 0.01, 0.07)
    eyes = circle(np.abs(x) - 0.08, y + 0.33, 0.035)
    return [Layer(union(tail, *wings), 1), Layer(body), Layer(union(beak, eyes), 2)]


def rings(scene: Scene) -> list[Layer]:
    """Drops fall on a pond: flattened rings spread and fade from where they fell."""
    pond = ellipse(scene.x, scene.y - 0.05, 1.08, 0.86)
    layers = [Layer(pond), Layer(ring(pond, 0.09), 1)]
    for back in range(2):
        for twin in range(2):
            number = np.floor(scene.phase + 0.5 * twin) - back
            age = scene.phase + 0.5 * twin - number
            place = TURN * (number * 0.381966 + scene.traits[twin])
            x, y = scene.x - 0.42 * np.cos(place), scene.y - 0.05 - 0.34 * np.sin(place)
            radius, fading = 0.05 + 0.36 * age, np.clip(1.1 - 0.55 * age, 0, 1)
            waves = ring(ellipse(x, y, radius, 0.72 * radius), 0.085)
            if back == 0:
                waves = union(waves, ring(ellipse(x, y, 0.45 * radius, 0.33 * radius), 0.07))
            layers.append(Layer(np.maximum(waves, pond + 0.06), 2, fading))
    return layers


def tap(scene: Scene) -> list[Layer]:
    """A drop swells under a tap, falls at the strike before, and splashes into a basin."""
    since = scene.since
    body = union(
        capsule(scene.x, scene.y + 0.72, (-0.95, 0.0), (0.0, 0.0), 0.15),
        capsule(scene.x, scene.y, (0.0, -0.72), (0.0, -0.45), 0.15),
        box(scene.x, scene.y + 0.42, 0.2, 0.06, 0.03),
    )
    handle = union(box(scene.x + 0.4, scene.y + 0.92, 0.26, 0.055, 0.05), box(scene.x + 0.4, scene.y + 0.85, 0.05, 0.1))
    falling = np.clip((since - 0.45) / 0.55, 0, 1)
    height, size = -0.3 + 1.05 * falling**2, 0.09 + 0.08 * np.minimum(since / 0.45, 1)
    drop = union(
        circle(scene.x, scene.y - height, size),
        capsule(scene.x, scene.y - height, (0.0, 0.0), (0.0, -1.9 * size), 0.8 * size, 0.01),
    )
    basin = ellipse(scene.x, scene.y - 0.82, 0.85, 0.15)
    arc = np.clip(since / 0.5, 0, 1)
    splash = union(
        *[
            circle(
                scene.x - side * (0.12 + reach * arc),
                scene.y - 0.74 + 1.3 * reach * arc * (1 - arc) * 2.2,
                0.06 * (1 - arc) + 0.005,
            )
            for side in (-1, 1)
            for reach in (0.3, 0.5)
        ]
    )
    spread = ring(ellipse(scene.x, scene.y - 0.82, 0.1 + 0.6 * arc, 0.02 + 0.1 * arc), 0.05)
    water = union(drop, splash)
    return [Layer(basin, 2), Layer(spread, 1, 1 - arc), Layer(body), Layer(handle, 1), Layer(water, 1)]


def piston(scene: Scene) -> list[Layer]:
    """A piston goes up and down in its cylinder, driven by a crank."""
    angle = TURN * scene.phase * 0.75
    crank = (0.27 * np.sin(angle), 0.56 - 0.27 * np.cos(angle))
    height = crank[1] - np.sqrt(0.85**2 - crank[0] ** 2)
    wheel = circle(scene.x, scene.y - 0.56, 0.42)
    hub = circle(scene.x - crank[0], scene.y - crank[1], 0.1)
    rod = capsule(scene.x, scene.y, (0.0 * height, height), crank, 0.075)
    head = box(scene.x, scene.y - height, 0.34, 0.19, 0.05)
    groove = box(scene.x, scene.y - height + 0.06, 0.34, 0.03)
    wall = union(
        box(np.abs(scene.x) - 0.46, scene.y + 0.42, 0.09, 0.54, 0.03), box(scene.x, scene.y + 0.94, 0.55, 0.08, 0.03)
    )
    return [Layer(wheel, 2), Layer(wall, 2), Layer(head), Layer(groove, 2), Layer(union(rod, hub), 1)]


def propeller(scene: Scene) -> list[Layer]:
    """Three blades turn around a hub, in front of a faint disc."""
    u, v = turned(scene.x, scene.y, TURN * scene.phase * 0.32)
    blades = []
    for third in range(3):
        a, b = turned(u, v, TURN * third / 3)
        blades.append(capsule(a, b, (0.05, 0.0), (0.78, 0.1), 0.1, 0.19 + 0.05 * scene.traits[0]))
    disc = ring(circle(scene.x, scene.y, 0.93), 0.06)
    hub = circle(scene.x, scene.y, 0.2)
    return [Layer(disc, 2, 0.7), Layer(union(*blades)), Layer(hub, 1), Layer(circle(scene.x, scene.y, 0.08), 2)]


def string(scene: Scene) -> list[Layer]:
    """A taut string is plucked at each strike and swings out; its neighbours stay still."""
    since = scene.since
    swing = 0.42 * np.exp(-1.6 * since) * np.cos(TURN * 2.5 * since)
    shape = np.cos(0.5 * np.pi * np.clip(scene.x / 0.86, -1, 1))
    moving = np.maximum(np.abs(scene.y - swing * shape) / (1 + 0.3 * np.abs(swing)) - 0.055, np.abs(scene.x) - 0.9)
    ghost = np.maximum(np.abs(scene.y) - 0.42 * np.exp(-1.6 * since) * shape, np.abs(scene.x) - 0.9)
    still = union(*[box(scene.x, scene.y - at, 0.9, 0.025) for at in (-0.62, 0.62)])
    posts = box(np.abs(scene.x) - 0.93, scene.y, 0.09, 0.8, 0.05)
    reach = np.minimum(since, 1 - since)
    u, v = scene.x - 0.3 + 0.6 * scene.traits[0], scene.y + 0.16 + 1.1 * np.minimum(reach * 2.2, 0.5)
    plectrum = trapezoid(u, v + 0.1, 0.17, 0.03, 0.17, 0.03)
    return [Layer(ghost, 1, 0.3), Layer(still, 2), Layer(posts, 1), Layer(moving), Layer(plectrum, 2)]


def flag(scene: Scene) -> list[Layer]:
    """A striped flag waves on its pole; the waves travel outwards and grow."""
    along = np.clip((scene.x + 0.75) / 1.65, 0, 1)
    wave = 0.24 * along**0.8 * np.sin(TURN * (1.15 * along - scene.phase * 0.8))
    y = scene.y + 0.28 - wave
    cloth = box(scene.x - 0.07, y, 0.82, 0.5, 0.03)
    stripes = np.maximum(cloth + 0.01, np.abs(y) - 0.16)
    pole = union(
        capsule(scene.x, scene.y, (-0.8, -0.85), (-0.8, 0.98), 0.055), circle(scene.x + 0.8, scene.y + 0.9, 0.09)
    )
    return [Layer(cloth), Layer(stripes, 1), Layer(pole, 2)]

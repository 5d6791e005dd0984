"""Draw the frames of one clip from a sight and the clip's factors."""

import numpy as np
from jaxtyping import Float, UInt8

from xdc_lab.worlds.demo.backgrounds import paint_background
from xdc_lab.worlds.demo.colours import background_palette, object_palette
from xdc_lab.worlds.demo.factors import Factors
from xdc_lab.worlds.demo.rhythm import Rhythm
from xdc_lab.worlds.demo.sights.shapes import Layer, Scene, Sight
from xdc_lab.worlds.demo.world_settings import WorldSettings

CHUNK_FRAMES = 6  # few enough for the arithmetic to stay in the processor's cache
SHADOW_PX = 3
SIGHT_TRAITS = 12


def draw_frames(
    sight: Sight, factors: Factors, *, rhythm: Rhythm, world: WorldSettings, generator: np.random.Generator
) -> UInt8[np.ndarray, "frames height width 3"]:
    """Draw all frames of a clip: background, shadow, then the sight's layers, anti-aliased and softly lit."""
    count = round(factors.seconds * factors.frame_rate_hz)
    instants = np.arange(count) / factors.frame_rate_hz
    traits = draw_traits(generator)
    return draw_moments(sight, factors, instants, rhythm=rhythm, world=world, traits=traits)


def draw_traits(generator: np.random.Generator) -> Float[np.ndarray, " traits"]:
    """Draw what is never twice the same: of background and camera first, of the sight from `SIGHT_TRAITS` on."""
    return generator.random(18).astype(np.float32)


def draw_moments(
    sight: Sight | None,
    factors: Factors,
    instants: Float[np.ndarray, " frames"],
    *,
    rhythm: Rhythm,
    world: WorldSettings,
    traits: Float[np.ndarray, " traits"],
) -> UInt8[np.ndarray, "frames height width 3"]:
    """Draw the frames at some instants; without a sight the background alone."""
    frames = np.empty((len(instants), world.height_px, world.width_px, 3), np.uint8)
    for start in range(0, len(instants), CHUNK_FRAMES):
        part = slice(start, start + CHUNK_FRAMES)
        frames[part] = _draw(sight, factors, instants[part], rhythm=rhythm, world=world, traits=traits)
    return frames


def _draw(
    sight: Sight | None,
    factors: Factors,
    instants: np.ndarray,
    *,
    rhythm: Rhythm,
    world: WorldSettings,
    traits: np.ndarray,
) -> np.ndarray:
    seconds = _column(instants)
    shake_x, shake_y = _shake(seconds, factors.camera_shake, traits)
    columns = (
        np.arange(world.width_px, dtype=np.float32) + 0.5
    ) / world.height_px - world.width_px / world.height_px / 2
    rows = (np.arange(world.height_px, dtype=np.float32) + 0.5) / world.height_px - 0.5
    x, y = columns[None, None, :] + shake_x, rows[None, :, None] + shake_y
    pixels = paint_background(
        factors.background_kind,
        2 * (x + factors.camera_pan_x * seconds),
        2 * (y + factors.camera_pan_y * seconds),
        seconds,
        palette=background_palette(
            factors.background_hue, lightness=factors.background_lightness, contrast=factors.background_contrast
        ),
        traits=traits[:SIGHT_TRAITS],
    )
    if sight is not None:
        _place(pixels, sight, factors, x, y, rhythm.phase(instants), tuple(map(float, traits[SIGHT_TRAITS:])))
    pixels *= np.float32(255 * factors.brightness)
    return np.moveaxis(np.clip(pixels, 0, 255).astype(np.uint8), 0, -1)


def _place(
    pixels: np.ndarray,
    sight: Sight,
    factors: Factors,
    x: np.ndarray,
    y: np.ndarray,
    phase: np.ndarray,
    traits: tuple[float, ...],
) -> None:
    """Paint a sight where the factors say, in the colours that they say, in place."""
    half = factors.object_size / 2
    x, y = (x - factors.object_x) / half, (y - factors.object_y) / half
    scene = Scene(-x if factors.mirrored else x, y, _column(phase), traits)
    _paint(
        pixels,
        sight(scene),
        y,
        unit_px=half * pixels.shape[2],
        colours=object_palette(
            factors.object_hue, behind=factors.background_lightness, contrast=factors.object_contrast
        ),
    )


def _paint(
    pixels: Float[np.ndarray, "3 frames height width"],
    layers: list[Layer],
    y: np.ndarray,
    *,
    unit_px: float,
    colours: Float[np.ndarray, "colours 3"],
) -> None:
    """Paint layers over pixels in place: a soft shadow of all, then each with light from above and a dark rim."""
    distances = [np.broadcast_to(layer.distance, pixels.shape[1:]) * np.float32(unit_px) for layer in layers]
    outline = np.minimum.reduce(distances)
    shadow = np.clip(0.5 - outline[:, :-SHADOW_PX, :-SHADOW_PX] * np.float32(1 / 7), 0, 1)
    pixels[:, :, SHADOW_PX:, SHADOW_PX:] *= 1 - np.float32(0.35) * shadow
    light = (1.06 - 0.13 * y).astype(np.float32)
    for layer, distance in zip(layers, distances, strict=True):
        coverage = np.clip(np.float32(0.5) - distance, 0, 1) * layer.opacity
        lit = light - np.float32(0.22) * np.clip(1 + distance * np.float32(1 / 3.5), 0, 1)
        lit *= coverage
        kept = 1 - coverage
        for plane, colour in zip(pixels, colours[layer.colour], strict=True):
            plane *= kept
            plane += lit * colour


def _shake(seconds: np.ndarray, amount: float, traits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A hand-held camera: two slow sines per axis."""
    a, b = 6.28 * traits[4], 6.28 * traits[5]
    return (
        amount * (np.sin(5.1 * seconds + a) + 0.6 * np.sin(8.7 * seconds + b)),
        amount * (np.sin(4.3 * seconds + b) + 0.6 * np.sin(9.4 * seconds + a)),
    )


def _column(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32)[:, None, None]

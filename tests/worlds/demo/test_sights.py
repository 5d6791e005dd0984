from dataclasses import replace

import numpy as np
import pytest

from xdc_lab.worlds.demo.backgrounds import BACKGROUNDS, paint_background
from xdc_lab.worlds.demo.colours import background_palette, object_palette, srgb
from xdc_lab.worlds.demo.factors import draw_factors
from xdc_lab.worlds.demo.picture import draw_frames
from xdc_lab.worlds.demo.rhythm import Rhythm, draw_rhythm
from xdc_lab.worlds.demo.sights.catalogue import SIGHTS
from xdc_lab.worlds.demo.sights.shapes import Scene, box, capsule, circle, ellipse, trapezoid, turned
from xdc_lab.worlds.demo.world_settings import WorldSettings

WORLD = WorldSettings()
SIZE = 64


def _scene(phases: list[float]) -> Scene:
    grid = (np.arange(SIZE, dtype=np.float32) + 0.5) / SIZE * 2.4 - 1.2
    phase = np.array(phases, np.float32)[:, None, None]
    ones = np.ones((len(phases), 1, 1), np.float32)
    return Scene(ones * grid[None, None, :], ones * grid[None, :, None], phase, (0.5,) * 6)


def _coverage(sight: str, phases: list[float]) -> np.ndarray:
    scene, painted = _scene(phases), 0.0
    for layer in SIGHTS[sight](scene):
        distance = np.broadcast_to(layer.distance, (len(phases), SIZE, SIZE)) * SIZE / 2.4
        cover = np.clip(0.5 - distance, 0, 1) * layer.opacity
        painted = painted * (1 - cover) + (1 + layer.colour) * cover
    return np.asarray(painted)


@pytest.mark.parametrize("sight", SIGHTS)
def test_a_sight_is_large_moves_and_stays_in_its_frame(sight):
    seen = _coverage(sight, [4.05, 4.3, 4.55, 4.8])
    assert np.isfinite(seen).all()
    assert 0.06 < (seen > 0.5).mean() < 0.75
    assert np.abs(np.diff(seen, axis=0)).mean() > 0.004  # something moves between any two quarters of a beat
    edge = np.concatenate([seen[:, 0], seen[:, -1], seen[:, :, 0], seen[:, :, -1]], axis=1)
    assert edge.mean() < 0.05


@pytest.mark.parametrize("sight", SIGHTS)
def test_a_sight_is_anti_aliased(sight):
    """Every edge passes through partial coverage: a share of pixels is neither in nor out."""
    seen = _coverage(sight, [4.3])
    between = np.abs(seen - np.round(seen)) > 0.05
    assert between.mean() > 0.01


@pytest.mark.parametrize("kind", BACKGROUNDS)
def test_a_background_is_smooth_and_fills_the_frame(kind):
    grid = np.linspace(-1, 1, 96, dtype=np.float32)
    times = np.array([0.0, 2.0], np.float32)[:, None, None]
    pixels = paint_background(
        kind,
        (grid * 1.33)[None, None] + 0.4 * times,
        grid[None, :, None] + 0 * times,
        times,
        palette=background_palette(200.0, lightness=0.5, contrast=0.12),
        traits=np.linspace(0.1, 0.9, 12, dtype=np.float32),
    )
    assert pixels.shape == (3, 2, 96, 96)
    assert pixels.min() >= 0 and pixels.max() <= 1
    assert pixels.std() > 0.01
    assert np.abs(np.diff(pixels, axis=-1)).mean() < 0.02  # not a texture: trials with textures taught nothing
    assert np.abs(pixels[:, 1] - pixels[:, 0]).mean() > 0.005


def test_distances_are_negative_inside_zero_at_the_edge_and_positive_outside():
    x, y = np.array([[[0.01, 0.5, 1.0]]]), np.zeros((1, 1, 1))
    for shape in (
        circle(x, y, 0.5),
        box(x, y, 0.5, 0.3),
        ellipse(x, y, 0.5, 0.3),
        capsule(x, y, (-0.2, 0.0), (0.3, 0.0), 0.2),
        trapezoid(x, y, 0.5, 0.5, 0.4),
    ):
        assert shape[0, 0, 0] < -0.1
        assert shape[0, 0, 1] == pytest.approx(0, abs=0.01)
        assert shape[0, 0, 2] == pytest.approx(0.5, abs=0.2)


def test_a_turned_shape_is_turned_clockwise():
    u, v = turned(np.full((1, 1, 1), 0.0), np.full((1, 1, 1), 1.0), np.pi / 2)  # a point below the origin
    assert (float(u[0, 0, 0]), float(v[0, 0, 0])) == pytest.approx((1.0, 0.0), abs=1e-6)


def test_objects_stand_out_from_any_background():
    for behind in np.linspace(*WORLD.background_lightness, 9):
        for hue in (0.0, 120.0, 240.0):
            palette = object_palette(hue, behind=float(behind), contrast=WORLD.object_contrast[0])
            distance = np.abs(palette[0].mean() - srgb(float(behind), 0.07, hue + 90).mean())
            assert distance > 0.12


def test_frames_have_the_planned_size_and_rate_and_follow_the_seed():
    generator = np.random.default_rng(0)
    factors = replace(draw_factors(generator, world=WORLD), seconds=1.0, frame_rate_hz=25.0)
    rhythm = draw_rhythm(generator, tempo_hz=1.5, jitter=0.05, seconds=1.0)
    first, again, other = (
        draw_frames(SIGHTS["bell"], factors, rhythm=rhythm, world=WORLD, generator=np.random.default_rng(seed))
        for seed in (1, 1, 2)
    )
    assert first.shape == (25, 96, 128, 3) and first.dtype == np.uint8
    assert (first == again).all()
    assert (first != other).any()


def test_a_ball_is_on_the_ground_when_it_strikes():
    """Sight and sound are of one event: the picture's lowest point is the strike of the soundtrack."""
    rhythm = Rhythm(np.arange(-2.0, 5.0), np.ones(7))
    phase = rhythm.phase(np.array([1.0, 1.5]))
    assert phase.tolist() == [3.0, 3.5]
    at_strike, between = SIGHTS["ball"](_scene([3.0]))[2].distance, SIGHTS["ball"](_scene([3.5]))[2].distance
    rows = [int(np.argwhere((d < 0).any(axis=(0, 2))).max()) for d in (at_strike, between)]
    assert rows[0] > rows[1] + SIZE // 4

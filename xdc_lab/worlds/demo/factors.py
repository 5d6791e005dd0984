"""Draw the nuisances of one clip: the table's factor_* columns, which say nothing of the event (but `coupling`)."""

from dataclasses import dataclass

import numpy as np

from xdc_lab.worlds.demo.world_settings import WorldSettings

BACKGROUND_KINDS = ("sky", "hills", "bokeh", "stripes", "tiles", "clouds", "waves")


@dataclass(frozen=True)
class Factors:
    """Everything that varies from clip to clip except the event. Units and ranges are in `WorldSettings`."""

    background_kind: str
    background_hue: float
    background_lightness: float
    background_contrast: float
    object_hue: float
    object_contrast: float
    object_size: float
    object_x: float
    object_y: float
    mirrored: bool
    brightness: float
    camera_pan_x: float
    camera_pan_y: float
    camera_shake: float
    tempo_hz: float
    pitch_semitones: float
    noise_exponent: float
    snr_db: float
    hum_hz: float
    hum_db: float
    gain_db: float
    tilt_db: float
    room_seconds: float
    room_wet: float
    seconds: float
    frame_rate_hz: float
    sample_rate_hz: int


def draw_factors(generator: np.random.Generator, *, world: WorldSettings) -> Factors:
    """Draw the nuisances of one clip, each on its own: independent of the event and of each other."""

    def within(bounds: tuple[float, float]) -> float:
        return round(float(generator.uniform(*bounds)), 4)

    return Factors(
        background_kind=str(generator.choice(BACKGROUND_KINDS)),
        background_hue=within((0.0, 360.0)),
        background_lightness=within(world.background_lightness),
        background_contrast=within(world.background_contrast),
        object_hue=within((0.0, 360.0)),
        object_contrast=within(world.object_contrast),
        object_size=within(world.object_size),
        object_x=within(world.object_x),
        object_y=within(world.object_y),
        mirrored=bool(generator.random() < 0.5),
        brightness=within(world.brightness),
        camera_pan_x=within(world.camera_pan),
        camera_pan_y=within(world.camera_pan),
        camera_shake=within(world.camera_shake),
        tempo_hz=within(world.tempo_hz),
        pitch_semitones=within(world.pitch_semitones),
        noise_exponent=within(world.noise_exponent),
        snr_db=within(world.snr_db),
        hum_hz=float(generator.choice((50.0, 60.0))),
        hum_db=within(world.hum_db),
        gain_db=within(world.gain_db),
        tilt_db=within(world.tilt_db),
        room_seconds=within(world.room_seconds),
        room_wet=within(world.room_wet),
        seconds=within(world.seconds),
        frame_rate_hz=float(generator.choice(world.frame_rates_hz)),
        sample_rate_hz=int(generator.choice(world.sample_rates_hz)),
    )

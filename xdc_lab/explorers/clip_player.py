"""A player for notebooks that shows one clip after the other: video, sound, log-mel (paper 4.1)."""

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from xdc_lab.analysis.palette import PAPER
from xdc_lab.analysis.pictures.clip_drawings import SCALE, sound_drawing
from xdc_lab.analysis.pictures.display import small_png
from xdc_lab.analysis.pictures.lettering import Pen
from xdc_lab.analysis.result import Result, load_result
from xdc_lab.analysis.rows import rows_of
from xdc_lab.errors import DataError, MediaError
from xdc_lab.explorers.previews import ClipSource, Preview, PreviewSettings, make_preview, media_message
from xdc_lab.explorers.renderer import player_module, style
from xdc_lab.extras import imports_of_an_extra
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.decoder import read_waveform

with imports_of_an_extra():
    import anywidget
    import traitlets

# One clip at a time may be larger than the hundreds of an explorer.
LARGE = PreviewSettings(strip_px=144, strip_quality=70, clip_px=240, frame_rate_hz=25.0, crf=24)
TWIN_WIDTH_PX = 900  # of the page
TWIN_WIDTH = round(TWIN_WIDTH_PX * SCALE)


@dataclass(frozen=True, eq=False)
class _Clips:
    """An items table with the numbers of its clips, and a folder of its previews."""

    path: Path
    items: pd.DataFrame
    video_settings: VideoClipSettings
    audio_settings: AudioClipSettings


class ClipPlayer(anywidget.AnyWidget):
    """Play clips in a notebook, one at a time: picture, sound, and the log-mel with a moving head.

    The two windows below the log-mel are what the encoders see and hear when features are extracted: the centre
    clip. Media are decoded when they are shown, so the widget's state is two numbers. Where no kernel runs (GitHub,
    nbconvert, an untrusted notebook) a picture of the clip stands in its place.

    Args:
        clips: a run folder, an opened run, or a checked items table.
        rows: the rows to step through, in this order; default: all.
        row: the first to show; default: the first of `rows`.
        video: what a video clip is; default: the run's, for a table the paper's.
        audio: what an audio clip is; the same.
        twin: whether to draw that picture.

    Raises:
        DataError: if there is no such row.
    """

    _esm = player_module()
    _css = style()
    place = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        clips: str | Path | Result | pd.DataFrame,
        *,
        rows: Sequence[int] | np.ndarray | None = None,
        row: int | None = None,
        video: VideoClipSettings | None = None,
        audio: AudioClipSettings | None = None,
        twin: bool = True,
    ):
        opened = clips if isinstance(clips, Result | pd.DataFrame) else load_result(clips)
        items = opened.items if isinstance(opened, Result) else opened
        self._rows = _demanded_rows(items, rows)
        super().__init__(place=_place(self._rows, row))
        self._result = opened if isinstance(opened, Result) else None
        self._folder = tempfile.TemporaryDirectory(prefix="xdc-lab-player-")
        known = (self._result.video_settings, self._result.audio_settings) if self._result else (None, None)
        self._source: ClipSource = _Clips(
            Path(self._folder.name),
            items,
            video or known[0] or VideoClipSettings(),
            audio or known[1] or AudioClipSettings(),
        )
        self._with_twin = twin
        # Decoding takes a while: done here, it would hold up what the kernel does next.
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="player")
        self.on_msg(self._answer)

    @property
    def row(self) -> int:
        """The row of the items table that is shown; set it to show another one."""
        return self._rows[self.place]

    @row.setter
    def row(self, row: int) -> None:
        self.place = _place(self._rows, row)

    @traitlets.validate("place")
    def _check_place(self, proposal: dict[str, Any]) -> int:
        if not 0 <= proposal["value"] < len(self._rows):
            raise traitlets.TraitError(f"place {proposal['value']}; the places are 0 to {len(self._rows) - 1}")
        return proposal["value"]

    def _answer(self, _: Any, message: dict[str, Any], __: Any) -> None:
        place = message.get("place")
        if message.get("kind") == "clip" and isinstance(place, int) and 0 <= place < len(self._rows):
            self._pool.submit(self._send_clip, place)

    def _send_clip(self, place: int) -> None:
        row = self._rows[place]
        content, data = media_message(self._source, row, settings=LARGE)
        item = rows_of(self._source.items.iloc[[row]])[0]
        clip = {"item": row, "title": _title(item), "facts": self._facts(row, item), "of": len(self._rows)}
        self.send({**content, "place": place, "clip": clip}, data)

    def _facts(self, row: int, item: dict[str, Any]) -> list[tuple[str, str]]:
        """What is known of a clip, in words."""
        facts = [("Row", f"{row}"), ("File", Path(item["path"]).name)]
        if item["duration_seconds"] > 0:
            facts.append(("Length", f"{item['duration_seconds']:.2f} s"))
        if item["width_px"] > 0:
            size = f"{item['width_px']:.0f} x {item['height_px']:.0f} pixels"
            facts.append(("Picture", f"{size}, {item['frame_rate_hz']:g} frames a second"))
        if item["sample_rate_hz"] > 0:
            channels = f"{item['channels']:.0f} {'channel' if item['channels'] == 1 else 'channels'}"
            facts.append(("Sound", f"{item['sample_rate_hz']:,.0f} Hz, {channels}"))
        audio = self._source.audio_settings
        facts.append(("Log-mel", f"{audio.mels} filters x {audio.audio_frames} columns, low notes below"))
        for name in self._result.clusterings if self._result else ():
            assignment = self._result.clusters(name).assignment if self._result else []
            facts.append((f"{name.replace('_', ' ').capitalize()} cluster", f"{assignment[row]}"))
        return facts

    def __repr__(self) -> str:
        title = _title(rows_of(self._source.items.iloc[[self.row]])[0])
        return f"ClipPlayer(row {self.row}, {title!r}, {self.place + 1} of {len(self._rows)} clips)"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        if bundle is None or not self._with_twin:
            return bundle
        data, about = bundle if isinstance(bundle, tuple) else (bundle, {})
        size = {"width": TWIN_WIDTH_PX, "alt": f"the frames, waveform and log-mel of {self!r}"}
        return {**data, "image/png": small_png(_twin(self._source, self.row))}, {**about, "image/png": size}


def _demanded_rows(items: pd.DataFrame, rows: Sequence[int] | np.ndarray | None) -> list[int]:
    wanted = list(range(len(items))) if rows is None else [int(row) for row in rows]
    wrong = [row for row in wanted if not 0 <= row < len(items)]
    if wrong or not wanted:
        asked = f"row {wrong[0]}" if wrong else "no row"
        raise DataError(f"{asked} asked for; the items table has the rows 0 to {len(items) - 1}")
    return wanted


def _place(rows: list[int], row: int | None) -> int:
    if row is not None and row not in rows:
        raise DataError(f"row {row} is none of the {len(rows)} clips of this player")
    return 0 if row is None else rows.index(row)


def _title(item: dict[str, Any]) -> str:
    return item["label"] or Path(item["path"]).name


def _twin(source: ClipSource, row: int) -> Image.Image:
    """The filmstrip above the sound, with axes; for what is missing the reason."""
    preview = make_preview(source, row, settings=LARGE)
    item = rows_of(source.items.iloc[[row]])[0]
    title = " · ".join(text for text in (_title(item), preview.about.get("note", "")) if text)
    parts = [part for part in (_film(preview), _sound(source, item, preview.about, title)) if part]
    twin = Image.new("RGB", (TWIN_WIDTH, sum(part.height for part in parts)), PAPER)
    y = 0
    for part in parts:
        twin.paste(part, (0, y))
        y += part.height
    return twin


def _film(preview: Preview) -> Image.Image | None:
    if "strip" not in preview.files:
        return None
    with Image.open(preview.files["strip"]) as strip:
        size = (TWIN_WIDTH, round(strip.height * TWIN_WIDTH / strip.width))
        return strip.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def _sound(source: ClipSource, item: dict[str, Any], about: dict[str, Any], title: str) -> Image.Image:
    """What the audio encoder hears; of a file that gives no sound, the title with the reason."""
    audio = source.audio_settings
    try:
        heard = read_waveform(
            item["path"],
            start_seconds=about["start"] + about["heard"][0],
            duration_seconds=audio.seconds,
            sample_rate_hz=audio.sample_rate_hz,
        )
        return sound_drawing(heard.samples.numpy(), audio=audio, title=title)
    except MediaError:
        line = Image.new("RGB", (TWIN_WIDTH, 48), PAPER)
        Pen(line).write((12, 12), title, size=18, width=TWIN_WIDTH - 24)
        return line

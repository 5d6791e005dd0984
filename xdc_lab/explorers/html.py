"""Write the explorer of a run as one HTML file, or with its media beside it, that opens offline (paper 5)."""

import base64
import hashlib
import html
import json
import math
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xdc_lab.analysis.result import Result, load_result
from xdc_lab.errors import SettingError, counted
from xdc_lab.explorers.budget import PLAYED, Plan, plan_media, shown_items
from xdc_lab.explorers.payload import build_payload
from xdc_lab.explorers.previews import KINDS, Preview, make_previews
from xdc_lab.explorers.renderer import page_script, style
from xdc_lab.explorers.schema import Payload, check_payload, cut
from xdc_lab.runs.folder import whole_file, write_text

PLAN_BYTES = 8 * 1024  # what is kept of the media, in words
NAMED = 3  # clips without a preview that the printed plan names for each reason
NO_ROOM = "no preview: it was not among what fits into this file's budget"
BUDGET_MB = 20.0  # of one file
BESIDE = "media"  # the folder beside a page that holds no media itself


@dataclass(frozen=True)
class Export:
    """A written explorer: its file, the size of all that was written, and the plan of what it keeps."""

    path: Path
    bytes: int
    plan: tuple[str, ...]


def explore(
    run: str | Path | Result,
    path: str | Path | None = None,
    *,
    budget_mb: float | None = None,
    compare: Sequence[str | Path | Result] = (),
    beside: bool = False,
) -> Path:
    """Write a run's explorer, by default to RUN/report/explorer.html, and print the plan.

    `compare` are other runs on the same clips, to stand beside this one. With media `beside` it, `path` is a folder, by
    default RUN/report/explorer, and the page in it index.html.

    Raises:
        RunError: if the run has no clusters yet.
        SettingError: if not even the clusters fit into the budget.
    """
    result = run if isinstance(run, Result) else load_result(run)
    path = Path(path or result.folder.report / ("explorer" if beside else "explorer.html"))
    page = path / "index.html" if beside else path
    return export_html(result, page, budget_mb=budget_mb, compare=compare, beside=beside).path


def export_html(
    source: str | Path | Result | Payload,
    path: str | Path,
    *,
    budget_mb: float | None = None,
    media: Iterable[str] = KINDS,
    previews: Mapping[int, Preview] | None = None,
    compare: Sequence[str | Path | Result] = (),
    report: Callable[[str], None] = print,
    beside: bool = False,
) -> Export:
    """Write one HTML file with clusters, maps, stories and as much of the media as the budget holds.

    Args:
        source: a run folder, an opened run, or a payload.
        path: the .html file.
        budget_mb: size of all that is written in million bytes; default: `BUDGET_MB`, or none for media beside.
        media: kinds to keep, of `previews.KINDS`; () for none.
        previews: the clips' small media; default: made from the run's files (a payload alone has none).
        compare: other runs on the same clips, to stand beside this one.
        report: told the plan, and what is to know of the maps, a line at a time.
        beside: put the media into a folder `media` beside the page, which reads of it what is looked at.

    Raises:
        RunError: if the run has no clusters yet.
        SettingError: if a kind of media is unknown, or not even the clusters fit into the budget.
    """
    media = _checked(media)
    if isinstance(source, dict):
        payload = check_payload(source)
    else:
        result = source if isinstance(source, Result) else load_result(source)
        payload = build_payload(result, compare=compare)
        if media and previews is None:
            previews = make_previews(result, shown_items(payload))
    previews = previews or {}
    limit_mb = budget_mb if budget_mb is not None else math.inf if beside else BUDGET_MB
    bare = with_media(payload, Plan({}, (), 0), previews)
    room = limit_mb * 1e6 - len(_page(bare, "").encode()) - PLAN_BYTES
    _demand_room(room, limit_mb)
    plan = plan_media(payload, previews, room_bytes=room, media=media, beside=beside)
    payload = with_media(payload, plan, previews)
    written = 0
    if beside:
        written = _write_beside(Path(path).parent / BESIDE, plan, previews)
        payload["media"]["beside"] = list(plan.kept)
        payload["media"]["plan"].append(f"{BESIDE}: {written / 1e6:.1f} MB beside the page; copy both together")
        text = _page(payload, "", beside=True)
    else:
        text = _page(payload, "".join(_block(item, previews[item], kinds) for item, kinds in plan.kept.items()))
    write_text(Path(path), text)
    notes = dict.fromkeys(f"maps: {one['note']}" for one in payload["maps"] if one["note"])
    for line in (*payload["media"]["plan"], *notes):
        report(line)
    return Export(Path(path), len(text.encode()) + written, tuple(payload["media"]["plan"]))


def with_media(payload: Payload, plan: Plan, previews: Mapping[int, Preview]) -> Payload:
    """The payload with the plan, and the reason for each clip that could have no preview."""
    missing = {str(item): cut(preview.reason) for item, preview in previews.items() if preview.reason}
    lines = list(plan.lines) or ["no media: the clips have names and numbers only"]
    lines += _reasons(payload, missing)
    otherwise = NO_ROOM if plan.kept else payload["media"]["otherwise"]
    return {**payload, "media": {"missing": missing, "otherwise": otherwise, "plan": lines}}


def _reasons(payload: Payload, missing: Mapping[str, str]) -> list[str]:
    """A line for each reason why clips have no preview; the page's record has one for each clip."""
    lines = []
    for reason in dict.fromkeys(missing.values()):
        items = sorted(int(item) for item, why in missing.items() if why == reason)
        whole = payload["items"]["named"] is None
        names = [payload["items"]["names"][item] if whole else f"clip {item}" for item in items[:NAMED]]
        more = f" and {len(items) - NAMED:,} more" if len(items) > NAMED else ""
        lines.append(f"no preview of {counted(len(items), 'clip')}: {reason}: {', '.join(names)}{more}")
    return lines


def _checked(media: Iterable[str]) -> tuple[str, ...]:
    media = tuple(media)
    unknown = [kind for kind in media if kind not in KINDS]
    if unknown:
        raise SettingError(f"unknown media {', '.join(unknown)}; a preview has {', '.join(KINDS)}")
    return media


def _demand_room(room: float, budget_mb: float) -> None:
    if room < 0:
        needed = budget_mb - room / 1e6
        raise SettingError(
            f"budget_mb={budget_mb:g} is too small: clusters, maps and names alone take {needed:.1f} MB; "
            f"give {needed + 1:.0f} or more"
        )


def _page(payload: Payload, blocks: str, *, beside: bool = False) -> str:
    code, look = page_script("compare" if "pairs" in payload else "page"), style()
    own = " 'self' file:" if beside else ""  # files beside the page; of a page on a disk none is 'self'
    policy = (
        f"default-src 'none'; script-src '{_digest(code)}'{own}; style-src '{_digest(look)}'; "
        f"img-src blob:; media-src blob:{own}; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(payload['title'])}</title>\n<style>{look}</style>\n</head>\n<body>\n"
        "<noscript>This explorer needs JavaScript; it sends nothing anywhere.</noscript>\n"
        f'<script type="application/json" id="xdc-payload">{inert_json(payload)}</script>\n'
        f"{blocks}<script>{code}</script>\n</body>\n</html>\n"
    )


def _block(item: int, preview: Preview, kinds: Iterable[str]) -> str:
    return f'<script type="text/plain" id="clip-{item}">{_clip_json(preview, kinds)}</script>\n'


def _clip_json(preview: Preview, kinds: Iterable[str], **more: Any) -> str:
    about = {name: value for name, value in preview.about.items() if value not in ("", None)}
    data = {kind: base64.b64encode(preview.files[kind].read_bytes()).decode("ascii") for kind in kinds}
    return inert_json({**about, **data, **more})


def _write_beside(folder: Path, plan: Plan, previews: Mapping[int, Preview]) -> int:
    """Write each clip's pictures as a script, which a page on a disk may read, and what plays as it is; the bytes."""
    written = 0
    for item, kinds in plan.kept.items():
        preview, played = previews[item], [kind for kind in kinds if kind in PLAYED]
        files = {kind: f"{item}{preview.files[kind].suffix}" for kind in played}
        pictures = [kind for kind in kinds if kind not in PLAYED]
        places = {kind: f"{BESIDE}/{name}" for kind, name in files.items()}
        script = f"xdcClip({item},{_clip_json(preview, pictures, files=places)});\n"
        write_text(folder / f"{item}.js", script)
        for kind, name in files.items():
            with whole_file(folder / name) as partial:
                shutil.copyfile(preview.files[kind], partial)
        written += len(script) + sum(preview.size(kind) for kind in played)
    return written


def inert_json(value: Any) -> str:
    r"""JSON that cannot end the element that it stands in, whatever its texts say.

    >>> inert_json("</script>")
    '"\\u003c/script>"'
    """
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"

"""A check as one HTML page to open and to mail: counts, and the worst files with a picture where one decodes."""

import base64
import html
import io
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from xdc_lab.datasets.check import Check
from xdc_lab.datasets.isolation import Limits, Lost, each_in_process
from xdc_lab.errors import MediaError
from xdc_lab.media.findings import PROBLEMS

MISSING = "missing"  # what lists name and is not there, in the tables of counts
_SHOWN = 60  # files with a picture, and names of a list; the tables beside the page have all
_PICTURE_PX = 96
_LIMITS = Limits(seconds=15.0)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 68rem; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse } td, th { padding: .2rem .8rem .2rem 0; text-align: right }
th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere } thead th { border-bottom: 1px solid #8888 }
.files { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem }
.files > div { overflow-wrap: anywhere; font-size: 13px } .files b { display: block; font-weight: 600 }
.picture { display: grid; place-items: center; height: 96px; background: #8882; color: #888; margin-bottom: .3rem }
.picture img { max-height: 96px; max-width: 100% }
.bar { display: flex; height: 10px; border-radius: 5px; overflow: hidden; background: #c2571a }
.bar i { background: #1f77a4 }
"""


def check_page(
    check: Check,
    counts: Mapping[str, Mapping[str, Mapping[str, int]]],
    lists: Mapping[str, Sequence[str]],
    *,
    name: str,
) -> str:
    """The page; it makes no request, and shows every name as it is.

    Args:
        check: what was found.
        counts: by "split" and "label", then by their values: how many are usable and how many have each problem.
        lists: further names, by what is said of them.
        name: of the collection.
    """
    usable, total = len(check.usable), len(check.usable) + len(check.rejected)
    parts = [
        f"<h1>{_text(name)}: {usable:,} of {total:,} items can be used</h1>",
        f'<div class="bar"><i style="width:{100 * usable / total:.2f}%"></i></div>',
        *(_counted(title, counts[column]) for title, column in (("Splits", "split"), ("Labels", "label"))),
        *(_names(f"{said[0].upper()}{said[1:]}: {len(names):,}", names) for said, names in lists.items()),
        _files(check),
    ]
    head = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_text(name)}: check</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
    )
    return f"{head}<body><main>{''.join(filter(None, parts))}</main></body></html>\n"


def _counted(title: str, counts: Mapping[str, Mapping[str, int]]) -> str:
    """A table; what lost most is first."""
    if len(counts) < 2 and "" in counts:
        return ""
    columns = [name for name in ("usable", *PROBLEMS, MISSING) if any(row.get(name) for row in counts.values())]
    head = "".join(f"<th>{_text(name)}</th>" for name in (title.removesuffix("s").lower(), *columns))
    by_loss = sorted(counts.items(), key=lambda item: (-_lost(item[1]), item[0]))
    rows = "".join(
        "".join(
            [
                f"<tr><td>{_text(name or '(none)')}</td>",
                *(f"<td>{row.get(each, 0):,}</td>" for each in columns),
                "</tr>",
            ]
        )
        for name, row in by_loss
    )
    return f"<h2>{title}</h2><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _lost(row: Mapping[str, int]) -> float:
    return 1 - row.get("usable", 0) / max(1, sum(row.values()))


def _names(title: str, names: Sequence[str]) -> str:
    more = f"<p>... and {len(names) - _SHOWN:,} more (check.json names all)</p>" if len(names) > _SHOWN else ""
    listed = "".join(f"<li>{_text(name)}</li>" for name in names[:_SHOWN])
    return f"<h2>{_text(title)}</h2><ul>{listed}</ul>{more}"


def _files(check: Check) -> str:
    """Rejected files, of each problem as many as there is room for."""
    if check.rejected.empty:
        return ""
    each = max(1, _SHOWN // check.rejected["problem"].nunique())
    shown = check.rejected.groupby("problem", sort=False).head(each)
    pictures = _pictures(shown["path"].tolist())
    tiles = "".join(
        f'<div><div class="picture">{pictures[path]}</div><b>{_text(detail or problem)}</b>{_text(path)}</div>'
        for path, problem, detail in zip(shown["path"], shown["problem"], shown["detail"], strict=True)
    )
    left = f" (the first of each problem; rejected.csv has all {len(check.rejected):,})" * (
        len(shown) < len(check.rejected)
    )
    return f'<h2>Files that cannot be used{left}</h2><div class="files">{tiles}</div>'


def _pictures(paths: list[str]) -> dict[str, str]:
    found = dict(each_in_process(first_picture, dict.fromkeys(paths), limits=_LIMITS))
    return {
        path: f'<img alt="" src="data:image/jpeg;base64,{made}">'
        if made and not isinstance(made, Lost)
        else "no picture"
        for path, made in found.items()
    }


def first_picture(path: str) -> str:
    """The first picture of a file as a JPEG in base64; "" where none decodes."""
    from xdc_lab.media.decoder import read_frames  # here: only processes that decode need PyTorch

    try:
        frame = read_frames(path, [0.0], short_side_px=_PICTURE_PX).pixels[0]
    except MediaError:
        return ""
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(frame.permute(1, 2, 0).numpy())).save(file, "JPEG", quality=80)
    return base64.b64encode(file.getvalue()).decode()


def _text(value: object) -> str:
    return html.escape(str(value))

"""Plan what one file keeps of the previews within a size budget; what is dropped is said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from xdc_lab.explorers.previews import KINDS, Preview
from xdc_lab.explorers.schema import Payload

BASE64 = 4 / 3
BLOCK_BYTES = 320  # of a clip's block beside its media: the tag, the JSON, the windows
FIRST = 3  # clips of each cluster that play with their picture before any other clip is heard

PLAYED = ("clip", "sound")  # kinds that a folder beside a page holds as they are; pictures are in scripts

Kept = dict[int, tuple[str, ...]]


@dataclass(frozen=True)
class Plan:
    """What is kept of each clip's media.

    Attributes:
        kept: item -> kinds.
        lines: what was kept and dropped, in words.
        bytes: of all blocks, as they will stand in the file.
    """

    kept: Kept
    lines: tuple[str, ...]
    bytes: int


@dataclass(frozen=True)
class _Wish:
    title: str
    items: tuple[int, ...]
    kinds: tuple[str, ...]


def shown_items(payload: Payload) -> list[int]:
    """Every clip that a page shows without being asked for more: members of clusters and stories."""
    listed = [item for wish in _wishes(payload) for item in wish.items]
    return list(dict.fromkeys(listed))


def plan_media(
    payload: Payload,
    previews: Mapping[int, Preview],
    *,
    room_bytes: float,
    media: Iterable[str] = KINDS,
    beside: bool = False,
) -> Plan:
    """Keep what matters most first: the nearest clips' pictures and log-mels, then their sound, then the rest.

    Everything takes a third more as text in a page; what plays does not where it lies `beside` the page.
    """
    raw = PLAYED if beside else ()
    allowed, kept, spent, lines = set(media), {}, 0, []
    for wish in _wishes(payload):
        kinds = [kind for kind in wish.kinds if kind in allowed]
        wanted = [item for item in wish.items if item in previews and previews[item].files]
        held = 0
        for item in wanted if kinds else ():
            new = [kind for kind in kinds if _adds(kind, kept.get(item, ()), previews[item])]
            old = {"sound"} & {*kept.get(item, ())} if "clip" in new else set()  # the video has it too
            cost = _bytes(previews[item], new, raw) - _bytes(previews[item], old, raw)
            cost += 0 if item in kept else BLOCK_BYTES
            if new and spent + cost > room_bytes:
                continue
            kept[item] = (*(kind for kind in kept.get(item, ()) if kind not in old), *new)
            spent += cost
            held += 1
        if kinds and wish.items:
            lines.append(_line(wish, held, len(wanted), spent))
    return Plan(kept, tuple(lines), spent)


def _line(wish: _Wish, held: int, wanted: int, spent: int) -> str:
    dropped = [f"{wanted - held:,} did not fit"] if wanted > held else []
    dropped += [f"{len(wish.items) - wanted:,} do not decode"] if len(wish.items) > wanted else []
    words = f"{wish.title}: {held:,} of {len(wish.items):,} clips, {spent / 1e6:.1f} MB so far"
    return f"{words} ({', '.join(dropped)})" if dropped else words


def _bytes(preview: Preview, kinds: Iterable[str], raw: Iterable[str]) -> int:
    return sum(round(preview.size(kind) * (1 if kind in raw else BASE64)) for kind in kinds)


def _adds(kind: str, has: tuple[str, ...], preview: Preview) -> bool:
    """Whether a kind is there to be added; sound alone adds nothing to a clip that plays with its picture."""
    return kind in preview.files and kind not in has and not (kind == "sound" and "clip" in has)


def _wishes(payload: Payload) -> list[_Wish]:
    clusters = [cluster for clustering in payload["clusterings"] for cluster in clustering["clusters"]]

    def at(order: str, ranks: range) -> tuple[int, ...]:
        picked = [c[order][rank] for rank in ranks for c in clusters if rank < len(c[order])]
        return tuple(dict.fromkeys(picked))

    longest = max((len(c["nearest"]) for c in clusters), default=0)
    told = tuple(dict.fromkeys(item for story in payload["stories"] for item in story["items"]))
    odd = tuple(row["item"] for row in payload.get("suspects", ()))
    near, rest = range(longest), at("farthest", range(longest)) + at("random", range(longest))
    look, play = ("strip", "mel"), ("clip",)
    return [
        _Wish(f"pictures and spectrograms of the {longest} nearest", at("nearest", near), look),
        _Wish(f"video with sound of the {min(FIRST, longest)} nearest", at("nearest", near[:FIRST]), play),
        _Wish("sound of the other nearest", at("nearest", near[FIRST:]), ("sound",)),
        _Wish("pictures and spectrograms of clips in stories", told, look),
        _Wish("pictures and sound of clips labelled otherwise", odd, (*look, "sound")),
        _Wish("pictures and spectrograms of the farthest and random", tuple(dict.fromkeys(rest)), look),
        _Wish("video with sound of the other nearest", at("nearest", near[FIRST:]), play),
        _Wish("video with sound of all other clips", tuple(dict.fromkeys(told + rest)), play),
    ]

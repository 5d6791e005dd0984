"""Squeezed JavaScript in, the same with short names for what nobody outside can name out."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product
from string import ascii_letters

from xdc_lab.explorers.squeeze import pieces

_NAME = re.compile(r"(?<![\w$])[A-Za-z_$][\w$]*")

# What the browser and the language give: these names are not ours.
GLOBALS = _NAME.findall(
    """Array Boolean Date Error Infinity JSON Map Math NaN Number Object Promise Set String SyntaxError WeakMap
    Float32Array Int16Array Int32Array Uint8Array Uint16Array Uint32Array decodeURIComponent encodeURIComponent
    Blob CustomEvent Element File HTMLElement Image Node ResizeObserver URL URLSearchParams addEventListener atob
    cancelAnimationFrame devicePixelRatio document getComputedStyle localStorage location matchMedia
    requestAnimationFrame setTimeout"""
)
WORDS = _NAME.findall(
    """async await break case catch class const continue default delete do else export extends false finally for
    function get if import in instanceof let new null of return set static super switch this throw true try typeof
    undefined var void while with yield"""
)
_TOKEN = re.compile(r"[A-Za-z_$][\w$]*|\d[\w.]*|\.\.\.|\?\.|\?\?|=>|\S")


def shorten(code: str, *, keep: Iterable[str] = ()) -> str:
    """Give variables, parameters and functions names of two letters, the same name everywhere.

    A name stays if anything else is called so somewhere: a property, a key, a part that is taken out of an object,
    a word of `keep`. So no scope needs to be understood: one name is one name in the whole program.

    >>> shorten("let count=(items)=>items.length;count([1])")
    'let aa=(ab)=>ab.length;aa([1])'
    """
    parts = list(pieces(code))
    flat = "".join(text if is_code else '""' for is_code, text in parts)
    names = Counter(_NAME.findall(flat))
    foreign = {*_foreign(flat), *keep, *GLOBALS, *WORDS}
    ours = [name for name in names if name not in foreign and len(name) > 2]
    ours.sort(key=lambda name: (-names[name] * (len(name) - 2), name))
    free = (a + b for a, b in product(ascii_letters, ascii_letters))
    short = dict(zip(ours, (name for name in free if name not in names and name not in WORDS), strict=False))
    return "".join(
        _NAME.sub(lambda name: short.get(name[0], name[0]), text) if is_code else text
        for is_code, text in parts
    )


def _foreign(code: str) -> Iterator[str]:
    """Names that stand, anywhere, where a property, a key or a part of an object may stand; rather too many."""
    tokens = _TOKEN.findall(code)
    open_brackets, questions = [""], [0]
    for place, token in enumerate(tokens):
        before, after = (
            tokens[place - 1] if place else "",
            tokens[place + 1] if place + 1 < len(tokens) else "",
        )
        if token in ("(", "[", "{"):
            open_brackets.append(token)
            questions.append(0)
        elif token in (")", "]", "}"):
            open_brackets.pop()
            questions.pop()
        elif token == "?":
            questions[-1] += 1
        elif token == ":":
            questions[-1] = max(0, questions[-1] - 1)
        elif _NAME.fullmatch(token):
            is_property = before in (".", "?.") or (before in ("get", "set", "async") and after == "(")
            is_key = after == ":" and not questions[-1]
            in_braces = (
                open_brackets[-1] == "{" and before in ("{", ",", "...") and after in (",", "}", "=", "(")
            )
            if is_property or is_key or in_braces:
                yield token

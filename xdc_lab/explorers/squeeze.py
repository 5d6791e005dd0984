"""JavaScript in, the same without comments and the spaces that nothing needs out: no name changes."""

import re
from collections.abc import Iterator

_OPERATOR = r"[-=+*/<>?:;,(){}\[\]&|!%]"
_SPACES = re.compile(
    "|".join(
        (
            rf"[ \t]*\n[ \t]*(?={_OPERATOR})(?![-+(\[/])",
            r"(?<=[=*<>?:;,({\[&|!%])\s+",
            rf"[ \t]+(?={_OPERATOR})(?![-+])",
            rf"(?<=[)}}\]]) +(?={_OPERATOR})",
        )
    )
)
_LITERAL = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|(?<=[(,=:]) ?/(?![*/])(?:[^/\\\n\[]|\\.|\[[^\]]*\])+/[a-z]*|`""",
    re.DOTALL,
)


_LET = re.compile(r"let[ \[{]")


def squeeze(code: str) -> str:
    r"""Drop comments, indentation and idle spaces, and join declarations; strings, templates and patterns stay.

    >>> print(squeeze('const a = "x  =  y"; // why\nconst b = `  ${ a * 2 }  `;\n'))
    let a="x  =  y",b=`  ${a*2}  `;
    """
    parts, place = [], 0
    while found := _LITERAL.search(code, place):
        parts.append(code[place : found.start()])
        literal, place = (found[0].strip(), found.end()) if found[0] != "`" else _template(code, found.end())
        parts.append("" if literal.startswith(("//", "/*")) else literal)
    parts.append(code[place:])
    return _join(parts)


def pieces(code: str) -> Iterator[tuple[bool, str]]:
    """Split squeezed code at its literals: (is code, text); the holes of a template are code.

    >>> list(pieces("f(`a ${b} c`)"))
    [(True, 'f('), (False, '`a ${'), (True, 'b'), (False, '} c`'), (True, ')')]
    """
    place = 0
    while found := _LITERAL.search(code, place):
        yield True, code[place : found.start()]
        place, text = found.end(), found[0]
        if text == "`":
            text, place = _until_hole(code, place, text)
        yield False, text
        while text.endswith("${"):
            end = _hole_end(code, place)
            yield from pieces(code[place : end - 1])
            text, place = _until_hole(code, end, "}")
            yield False, text
    yield True, code[place:]


def _until_hole(code: str, place: int, words: str) -> tuple[str, int]:
    """The text of a template up to its next hole or its end, and the place after it."""
    while code[place] != "`" and not code.startswith("${", place):
        step = 2 if code[place] == "\\" else 1
        words, place = words + code[place : place + step], place + step
    step = 1 if code[place] == "`" else 2
    return words + code[place : place + step], place + step


def _join(parts: list[str]) -> str:
    """Literals stand at odd places; a mark stands for each while the code around them is squeezed."""
    marks = [f"\ue000{number}\ue001" if part else "" for number, part in enumerate(parts)]
    marked = "".join(
        mark if number % 2 else part for number, (part, mark) in enumerate(zip(parts, marks, strict=True))
    )
    for _ in range(2):
        marked = _SPACES.sub("", marked)
    marked = re.sub(r"(?<![-+]) +(?=[-+])|(?<=[-+]) +(?![-+])", "", marked)  # "a - -b" keeps one
    marked = re.sub(r"\n\s*", "\n", marked)
    marked = re.sub(
        "(?<=[)}\\]\ue001]) +(?=[\\w$\ue000])|(?<=\\w) +(?=\ue000)| +(?=[(])|(?<=[-+]) (?=[(\\d])", "", marked
    )
    marked = re.sub(r"(?<=[;,{(]) *\n|[ \t]*\n(?=[}\])?:.,])", "", marked).strip("\n")
    marked = re.sub(r"(?<=[=,(:?&|;{}])\((\w+)\)=>", r"\1=>", marked).replace(";}", "}")
    marked = re.sub(r"(?<=[-=,(:?&|!;{\[>])\(([a-z][\w.]*)\)(?=[.\[,;)}\]])", r"\1", marked)
    marked = re.sub(r"(?<![\w.$])(true|false)\b(?!:)", lambda word: f"!{int(word[1] == 'false')}", marked)
    marked = _merge_declarations(re.sub(r"(?<![\w.$])const\b", "let", marked))
    marked = marked.replace("}\n", "}")  # the end of a block: statements end with semicolons
    return re.sub("\ue000(\\d+)\ue001", lambda mark: parts[int(mark[1])], marked)


def _merge_declarations(code: str) -> str:
    """`let a=1;let b=2` becomes `let a=1,b=2`; every declaration here ends with a semicolon."""
    out, starts, begin = [], [], 0
    for place, sign in enumerate(code):
        if sign in "([{":
            starts.append(begin)
            begin = place + 1
        elif sign in ")]}":
            begin = starts.pop()
        elif sign in ";\n":
            same = _LET.match(code, begin) and _LET.match(code, place + 1)
            out.append((place, sign == ";" and same))
            begin = place + 1
    for place in reversed([place for place, merges in out if merges]):
        code = f"{code[:place]},{code[place + 4 :].removeprefix(' ')}"
    return code


def _template(code: str, place: int) -> tuple[str, int]:
    """A template literal that was opened before `place`, its holes squeezed, and the place after it; they nest."""
    words = "`"
    while code[place] != "`":
        if code.startswith("${", place):
            end = _hole_end(code, place + 2)
            words += f"${{{squeeze(code[place + 2 : end - 1].strip())}}}"
            place = end
        else:
            step = 2 if code[place] == "\\" else 1
            words, place = words + code[place : place + step], place + step
    return words + "`", place + 1


def _hole_end(code: str, place: int) -> int:
    depth = 1
    while depth:
        sign = code[place]
        depth += (sign == "{") - (sign == "}")
        place += 1
        if sign == "`":
            place = _template(code, place)[1]
        elif sign == '"':
            place = code.index('"', place) + 1
    return place

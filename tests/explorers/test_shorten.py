"""Short names change nothing that a program does, and no name that somebody else gave."""

import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_renderer import CHECKS, NODE, tool

from xdc_lab.explorers.renderer import page_script, player_module, widget_module
from xdc_lab.explorers.shorten import GLOBALS, shorten
from xdc_lab.explorers.squeeze import pieces, squeeze

PROGRAMS = (
    "const total = (values) => values.reduce((sum, value) => sum + value, 0);\nout(total([1, 2, 3]));",
    "const point = { across: 1, down: 2 };\nconst { across, down: far = 7 } = point;\nout(across, far, point.down);",
    "const make = (first, second) => ({ first, second, both() { return first + second; } });\nout(make(1, 2).both());",
    "const flag = true, yes = 'a', none = 'b', other = { yes: 3 };\nout(flag ? yes : none, other.yes, flag ?.5 : 1);",
    "const word = 'in', inner = (text) => `${text} ${`word ${ word + `${text}` } \\${word}`} text`;\nout(inner('x'));",
    "const box = { get size() { return 3; }, set size(value) {} };\nconst size = 4;\nout(box.size, size, box?.size);",
    "const rest = { ...{ kept: 1 }, lost: 2 };\nfor (const [name, value] of Object.entries(rest)) out(name, value);",
    'let state = 0x9e3779b9 | 0;\nconst next = (o) => Math.imul(o, 3);\nout(next(state), /state/.test("state"));',
)


@pytest.mark.parametrize("code", PROGRAMS)
def test_the_same_comes_out(code):
    if NODE is None:
        pytest.skip("no node here")
    outputs = []
    for text in (code, shorten(squeeze(code), keep=["out"])):
        program = f"const out = (...v) => console.log(JSON.stringify(v));\n{text}"
        outputs.append(
            subprocess.run([NODE, "-e", program], capture_output=True, text=True, check=True).stdout
        )
    assert outputs[0] == outputs[1] != ""


def test_what_only_the_program_names_is_short():
    short = shorten("let longest=(items,other)=>{let counted=items.length;return{counted,kept:other}}")
    assert "longest" not in short and "items" not in short and "other" not in short
    assert "counted" in short and "kept" in short  # somebody may ask for them


def test_the_browsers_names_are_kept():
    listed = re.findall(r'"(\w+)"', (CHECKS / "eslint.config.js").read_text().split("];")[0].split("[")[1])
    assert set(listed) <= set(GLOBALS)


@pytest.mark.parametrize(
    ("name", "text"),
    [("page.js", page_script()), ("widget.mjs", widget_module()), ("player.mjs", player_module())],
)
def test_every_name_of_a_bundle_is_known(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    (tmp_path / "eslint.config.js").write_text(
        f"const [, {{ languageOptions }}] = require({str(CHECKS / 'eslint.config.js')!r});\n"
        "module.exports = [{ files: ['**/*.js', '**/*.mjs'], languageOptions, rules: { 'no-undef': 'error' } }];\n"
    )
    command = [tool("eslint"), "-c", str(tmp_path / "eslint.config.js"), str(tmp_path / name)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-500:]


@given(st.text("ab \"'\\${}`xy", max_size=40))
def test_pieces_put_together_are_the_code(words):
    quoted = words.replace("\\", "").replace("`", "").replace("$", "").replace("{", "").replace("}", "")
    code = f'f("{quoted.replace(chr(34), "")}",`a ${{b(`{quoted}`)}} c`)'
    assert "".join(text for _, text in pieces(code)) == code

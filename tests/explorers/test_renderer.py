"""The JavaScript is linted, typed, and stays the same code when it is squeezed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from xdc_lab.explorers.renderer import (
    HOSTS,
    LIMIT_BYTES,
    MODULES,
    STATIC,
    page_script,
    player_module,
    style,
    widget_module,
)
from xdc_lab.explorers.squeeze import squeeze

CHECKS = Path(__file__).parent / "javascript"
ROOT = Path(__file__).parents[2]
NODE = shutil.which("node")


def tool(name: str) -> str:
    """A tool that `npm install --no-package-lock` puts into tests/explorers/javascript."""
    path = CHECKS / "node_modules" / ".bin" / name
    if NODE is None or not path.exists():
        pytest.skip(f"{name} is not here: npm install --no-package-lock --prefix tests/explorers/javascript")
    return str(path)


def test_linter_finds_nothing():
    command = [tool("eslint"), "-c", str(CHECKS / "eslint.config.js"), str(STATIC)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_hold():
    done = subprocess.run([tool("tsc"), "-p", str(CHECKS)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "text"),
    [("page.js", page_script()), ("widget.mjs", widget_module()), ("player.mjs", player_module())],
)
def test_bundles_parse(tmp_path, name, text):
    if NODE is None:
        pytest.skip("no node here")
    (tmp_path / name).write_text(text)
    done = subprocess.run([NODE, "--check", str(tmp_path / name)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_module_is_bundled_and_no_name_twice():
    files = {path.name for path in STATIC.glob("*.js")}
    assert files == {*MODULES, *HOSTS, "types.js"}
    for host, modules in HOSTS.items():
        text = "".join((STATIC / name).read_text() for name in (*modules, host))
        names = re.findall(r"^(?:export )?(?:async )?(?:const|let|function|class) (\w+)", text, re.MULTILINE)
        assert len(names) == len(set(names))


def test_nothing_is_fetched_and_no_html_is_made():
    text = page_script() + player_module() + style()
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|fetch\(|XMLHttp|WebSocket|sendBeacon|@import|url\(http",
        text,
    )


def test_widget_holds_the_limit_too():
    assert len(widget_module().encode()) <= LIMIT_BYTES


@pytest.mark.parametrize(
    "code",
    [
        "const a = 1;\nconst b = a - -2;\nconst c = `x ${ a + `${ b } y` }  z`;\nout(a, b, c);",
        "const { p, q } = { p: 'x', q: 2 };\nif (q) out(p); else { out(q); }\nfor (const [i] of [[1]]) out(i);",
        "const f = (x) => { return x * 2; };\nconst g = async (x) => f(x);\nout(f(2), g, /a {2}b/.test('a  b'));",
        'let n = 0; // two // comments\nwhile (n < 3) {\n  n++;\n}\nout(n, "a // b", n > 1 ? `  ${n}` : null);',
        "let a = 5, b = -2;\nout(a - -b, a++ + +b, - a + 1);\nfunction f() {\n  return false;\n}\nout(f(), !true);",
        "/** @type {any} */\nconst o = { get x() { return 1; }, y: (/** @type {any} */ z) => z };\nout(o.x + +o.y(2));",
    ],
)
def test_squeezed_code_does_the_same(code):
    if NODE is None:
        pytest.skip("no node here")
    outputs = []
    for text in (code, squeeze(code)):
        program = f"const out = (...v) => console.log(JSON.stringify(v));\n{text}"
        outputs.append(
            subprocess.run([NODE, "-e", program], capture_output=True, text=True, check=True).stdout
        )
    assert outputs[0] == outputs[1] != ""
    assert len(squeeze(code)) < len(code)

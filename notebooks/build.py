"""Text in, executed notebooks out: notebooks/text/NN_name.py (jupytext's percent format) -> notebooks/NN_name.ipynb.

    python notebooks/build.py                    # all of them, in order, at the scale that they name
    python notebooks/build.py 03 06              # some of them
    python notebooks/build.py --sources-only     # new text into the notebooks, outputs kept where a cell is unchanged

The text is what is edited and reviewed; the notebook is what people open and what GitHub shows, with its outputs. A
test holds the two together. CI runs the notebooks at the tiny scale: XDC_LAB_SCALE=tiny.
"""

import argparse
import json
import re
import sys
import textwrap
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

HERE = Path(__file__).parent
TEXTS = HERE / "text"
# What shows nothing without a kernel: the pictures beside them stay.
LIVE_ONLY = ("application/vnd.jupyter.widget-view+json",)
STILL = ("image/png", "text/html")
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
LONGEST_LINE = 96  # letters that a page has room for
CHECKED = "nbval-check-output"  # whose output is compared, and stays as it is
CELL_TIMEOUT_SECONDS = 3600
RECORD = "xdc_lab"  # in a notebook's metadata: commit of the code, ids of runs and digests of tables that it showed
ASK = "import json; from xdc_lab.runs.environment import commit; print(json.dumps({'commit': commit(), **lab.given}))"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def read_text(text: Path) -> NotebookNode:
    """A notebook without outputs from its text; its cells have ids that do not change from one build to the next."""
    notebook = jupytext.read(text)
    notebook.metadata = NotebookNode(kernelspec=KERNEL, language_info={"name": "python"})
    for number, cell in enumerate(notebook.cells, start=1):
        cell["id"] = f"cell-{number:02d}"
    return notebook


def build(text: Path, *, execute: bool) -> Path:
    """Write the notebook of a text and return its path."""
    path, notebook = HERE / f"{text.stem}.ipynb", read_text(text)
    if execute:
        notebook.cells.append(nbformat.v4.new_code_cell(ASK))
        client = NotebookClient(notebook, timeout=CELL_TIMEOUT_SECONDS, resources={"metadata": {"path": str(HERE)}})
        client.execute()
        notebook.metadata.pop("widgets", None)
        answer = next(output.text for output in notebook.cells.pop().outputs if output.get("name") == "stdout")
        notebook.metadata[RECORD] = json.loads(answer)
    elif path.is_file():
        keep_outputs(notebook, nbformat.read(path, as_version=4))
    for cell in notebook.cells:
        tidy(cell)
    nbformat.write(notebook, path)
    return path


def keep_outputs(notebook: NotebookNode, before: NotebookNode) -> None:
    """Take over the outputs of cells that are still the same, and the record of what they were made from."""
    if RECORD in before.metadata:
        notebook.metadata[RECORD] = before.metadata[RECORD]
    outputs = {cell.source: cell for cell in before.cells if cell.cell_type == "code"}
    for number, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
        if cell.source in outputs:
            cell.outputs, cell.execution_count = outputs[cell.source].outputs, number


def tidy(cell: NotebookNode) -> None:
    """Drop what is not to be committed: bars, times, addresses in memory, views that need a kernel; wrap long lines."""
    cell.metadata.pop("execution", None)
    if cell.cell_type != "code":
        return
    kept = []
    for output in cell.outputs:
        data = output.get("data", {})
        is_live = any(kind in data for kind in LIVE_ONLY)
        for kind in LIVE_ONLY:
            data.pop(kind, None)
        if "text/plain" in data:
            data["text/plain"] = ADDRESS.sub("", data["text/plain"])
        if output.get("name") == "stdout" and CHECKED not in cell.metadata.get("tags", []):
            output["text"] = in_whole_words(output["text"])
        is_bar = output.get("name") == "stderr" or (is_live and not any(kind in data for kind in STILL))
        if not is_bar:
            kept.append(output)
    cell.outputs = kept


def in_whole_words(text: str) -> str:
    """The same lines, those that no page has room for continued below: pages break them within a word."""
    how = {"subsequent_indent": "    ", "break_long_words": False, "break_on_hyphens": False}
    parts = [
        textwrap.wrap(line, LONGEST_LINE, **how) if len(line) > LONGEST_LINE and " " in line.strip() else [line]
        for line in text.split("\n")
    ]
    return "\n".join(line for part in parts for line in part)


def main() -> None:
    """Build the notebooks that are named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", nargs="*", help="beginnings of names, as 03; default: all")
    parser.add_argument("--sources-only", action="store_true", help="do not execute")
    arguments = parser.parse_args()
    texts = [text for text in sorted(TEXTS.glob("*.py")) if text.name.startswith(tuple(arguments.numbers) or "")]
    if not texts:
        sys.exit(f"no text in {TEXTS} begins with {', '.join(arguments.numbers)}")
    for text in texts:
        started = time.monotonic()
        path = build(text, execute=not arguments.sources_only)
        print(f"{path.name}: {time.monotonic() - started:.0f} s, {path.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main()

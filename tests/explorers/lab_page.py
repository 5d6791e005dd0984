"""What a reader does first in JupyterLab: open the notebook, wait for its kernel, run a cell."""

import re


def open_notebook_page(chromium, address: str, *, width: int, height: int):
    """A page with the notebook of an address, its kernel waiting; what is waited for may take a minute."""
    page = chromium.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(60_000)
    page.goto(address)
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.get_by_text(re.compile(r"\| Idle$")).wait_for()
    return page


def run_first_cell(page) -> None:
    """Click the first cell and press Shift and Enter."""
    page.keyboard.press("Escape")
    page.locator(".jp-Cell").first.click()
    page.keyboard.press("Shift+Enter")

"""Pictures of the widgets for people to look at: `python -m tests.browser.screenshots [folder]`.

Every picture comes in two sizes, 1280 × 720 (a projector) and 390 wide (a telephone), light and dark.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat

from .hands import NARROW, TALL, WIDE
from .page import FLAGS, Notebook, browser_path
from .servers import Server, serve

SIZES = {  # a projector shows JupyterLab; a telephone Notebook 7, without sidebars, as if it were one long screen
    "1280": ("lab", WIDE),
    "390": ("notebook", {**NARROW, "height": TALL}),
}
CELLS = [
    "import fedlearn_edu as fl",
    'fl.question("04")',
    'lab = fl.lab("04")\nlab',
    'fl.exercise("04.1")',
    "lab.run();",
]
NAME = "pictures.ipynb"


def main(folder: Path) -> None:
    """Take all pictures into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    cells = [nbformat.v4.new_code_cell(text) for text in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    with tempfile.TemporaryDirectory() as place, chromium() as browser:
        for size, (app, _) in SIZES.items():
            with serve(app, Path(place, app)) as server:
                nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), server.root / NAME)
                for picture in photograph(browser, server, size, folder):
                    print(picture)


@contextmanager
def chromium() -> Iterator[Any]:
    """The browser that the tests drive."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        yield browser
        browser.close()


def photograph(browser: Any, server: Server, size: str, folder: Path) -> Iterator[Path]:
    """Every widget, and every panel of the lab, in one size."""
    notebook = Notebook(browser.new_context(viewport=SIZES[size][1]).new_page(), server)
    notebook.open(NAME)
    notebook.close_sidebars()
    notebook.run_all()
    for theme in ("light", "dark"):
        notebook.set_theme(theme)
        for kind in ("question", "exercise"):
            yield shot(notebook, notebook.widgets(f".fl-{kind}").first, folder / f"{kind}-{theme}-{size}.png")
        lab = notebook.widgets(".fl-lab", has_text="Lab 04").first
        for tab in lab.get_by_role("tab").all():
            tab.click()
            name = tab.get_attribute("id").rsplit("-", 1)[1]
            yield shot(notebook, lab, folder / f"lab-{name}-{theme}-{size}.png")
    notebook.close()
    notebook.page.context.close()


def shot(notebook: Notebook, widget: Any, path: Path) -> Path:
    """What the screen shows with the widget at its top; on a telephone the whole widget, as one scrolls through it."""
    widget.evaluate("node => node.scrollIntoView({block: 'start'})")
    notebook.page.wait_for_timeout(400)  # transitions end
    if path.stem.endswith("390"):
        widget.screenshot(path=path)
    else:
        notebook.page.screenshot(path=path)
    return path


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots"))

"""One browser and at most one server of each kind for all browser tests; nothing of them outlives this folder.

JupyterLab is loaded once, and shows one notebook after the other: to load it takes longer than most tests.


Playwright's synchronous interface keeps an event loop running in this thread, in which no other test could call
`asyncio.run`: hence the scope "package".
"""

import importlib.util
import os

import pytest

from .hands import WIDE, fresh
from .page import BROWSERS, PATIENCE, Notebook, browser_path
from .servers import serve

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}


def missing():
    """What is not there for a browser test; empty when all is."""
    names = ("playwright", "notebook", "axe_playwright_python")
    packages = [name for name in names if importlib.util.find_spec(name) is None]
    if packages:
        return f"not installed: {', '.join(packages)} (they are in the extra `test`)"
    if browser_path() is None:
        return f"no browser: none of {', '.join(BROWSERS)} is on the path, and FEDLEARN_BROWSER is not set"
    return ""


def require_browser():
    """Skip where there is no browser, with the reason; in CI that would hide a fault, so fail."""
    if reason := missing():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


@pytest.fixture(scope="package")
def browser():
    require_browser()
    from playwright.sync_api import expect, sync_playwright

    from .page import FLAGS

    expect.set_options(timeout=PATIENCE * 1000)

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def lab_server(browser, tmp_path_factory):
    with serve("lab", tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="package")
def notebook_server(browser, tmp_path_factory):
    with serve("notebook", tmp_path_factory.mktemp("notebook")) as server:
        yield server


@pytest.fixture(scope="package")
def pages(browser):
    """A page for each app, made when it is first wanted."""
    made = {}

    def page_of(app):
        if app not in made:
            made[app] = browser.new_context().new_page()
        made[app].set_viewport_size(WIDE)
        made[app].emulate_media(reduced_motion="no-preference")
        return made[app]

    yield page_of
    for page in made.values():
        page.context.close()


@pytest.fixture(scope="module")
def open_notebook(pages):
    """A function (server, name of the notebook) → Notebook, opened and idle; closed after the module's last test."""
    opened = []

    def open_one(server, name):
        opened.append(Notebook(pages(server.app), server))
        opened[-1].open(name)
        return opened[-1]

    yield open_one
    for notebook in opened:
        notebook.close()


@pytest.fixture(scope="module")
def run_cells(open_notebook):
    """A function (server, cells) → Notebook of these cells, each run once."""
    import nbformat

    def run(server, cells):
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells], metadata=KERNEL)
        nbformat.write(made, server.root / "cells.ipynb")
        notebook = open_notebook(server, "cells.ipynb")
        notebook.run_all()
        return notebook

    return run


@pytest.fixture(scope="module")
def page(request, lab_server, run_cells):
    """A notebook of the module's CELLS, run once; a whole chapter runs in `notebooks/` under nbval."""
    return run_cells(lab_server, request.module.CELLS)


@pytest.fixture
def lab(page):
    """The first lab of that notebook, as it opens."""
    return fresh(page.widgets(".fl-lab").first)

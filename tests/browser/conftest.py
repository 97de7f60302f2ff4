"""One browser and at most one server of each kind for all browser tests; nothing of them outlives this folder.

Playwright's synchronous interface keeps an event loop running in this thread, in which no other test could call
`asyncio.run`: hence the scope "package".
"""

import importlib.util
import os

import pytest

from .page import BROWSERS, Notebook, browser_path
from .servers import serve

WIDE, NARROW = {"width": 1280, "height": 720}, {"width": 390, "height": 844}


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
    from playwright.sync_api import sync_playwright

    from .page import FLAGS

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


@pytest.fixture(scope="module")
def open_notebook(browser):
    """A function (server, name of the notebook) → Notebook, opened and idle; closed after the module's last test."""
    opened = []

    def open_one(server, name, viewport=WIDE, **options):
        opened.append(Notebook(browser.new_context(viewport=viewport, **options).new_page(), server))
        opened[-1].open(name)
        return opened[-1]

    yield open_one
    for notebook in opened:
        notebook.close()

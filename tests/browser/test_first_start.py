"""What meets a learner who has never started JupyterLab before: the course, and no question."""

import os
import re
import subprocess
import sys
import time

import pytest

from .hands import WIDE
from .page import PATIENCE
from .servers import CHECKOUT, free_port, stop

ASKED = "Would you like to get notified about official Jupyter news?"


def started(folder, *words):
    """JupyterLab as a learner of this computer starts it for the first time."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "FEDLEARN"))}
    environment = {**inherited, "HOME": str(folder), "USERPROFILE": str(folder), "PYTHONPATH": str(CHECKOUT)}
    port = free_port()
    told = ["--no-browser", "--IdentityProvider.token=", f"--ServerApp.port={port}", "--ServerApp.allow_root=True"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *words, *told], cwd=folder, env=environment, stdout=log, stderr=log
        )
    return process, f"http://127.0.0.1:{port}/lab"


def questions(browser, folder, *words):
    """What JupyterLab asks once it stands there."""
    process, address = started(folder, *words)
    context = browser.new_context(viewport=WIDE)
    try:
        page = opened(context, address, process)
        page.wait_for_selector("#jp-main-dock-panel .lm-TabBar-tab", timeout=PATIENCE * 1000)
        page.wait_for_timeout(3000)  # the question comes when all else is there
        return re.findall(re.escape(ASKED), page.inner_text("body"))
    finally:
        context.close()
        stop(process)


def opened(context, address, process):
    """The page, as soon as the server is up."""
    from playwright.sync_api import Error

    page, deadline = context.new_page(), time.monotonic() + PATIENCE
    while True:
        try:
            page.goto(address)
        except Error:
            if time.monotonic() > deadline or process.poll() is not None:
                raise
            time.sleep(0.3)
        else:
            return page


@pytest.mark.parametrize(
    ("words", "asked"),
    [(("fedlearn_edu.cli", "lab", "--dir", "course"), []), (("jupyterlab",), [ASKED])],
    ids=["the course", "JupyterLab alone"],
)
def test_the_course_opens_without_jupyterlabs_question_about_news(browser, tmp_path, words, asked):
    assert questions(browser, tmp_path, *words) == asked

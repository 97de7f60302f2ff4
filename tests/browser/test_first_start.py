"""What meets a learner who has never started JupyterLab before: the course, and no question."""

import os
import re
import subprocess
import sys

import pytest

from .hands import WIDE
from .page import PATIENCE
from .servers import CHECKOUT, Server, free_port, stop, wait_until_up

ASKED = "Would you like to get notified about official Jupyter news?"


def started(folder, *words):
    """JupyterLab as a learner of this computer starts it for the first time."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "FEDLEARN"))}
    environment = {**inherited, "HOME": str(folder), "USERPROFILE": str(folder), "PYTHONPATH": str(CHECKOUT)}
    server = Server("lab", f"http://127.0.0.1:{(port := free_port())}", folder, folder / "log")
    told = ["--no-browser", "--IdentityProvider.token=", f"--ServerApp.port={port}", "--ServerApp.allow_root=True"]
    command = [sys.executable, "-m", *words, *told]
    with server.log.open("wb") as log:
        return server, subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)


def questions(browser, folder, *words):
    """What JupyterLab asks once it stands there."""
    server, process = started(folder, *words)
    context = browser.new_context(viewport=WIDE)
    try:
        wait_until_up(server, process)
        page = context.new_page()
        page.goto(f"{server.address}/lab")
        page.wait_for_selector("#jp-main-dock-panel .lm-TabBar-tab", timeout=PATIENCE * 1000)
        page.wait_for_timeout(3000)  # the question comes when all else is there
        return re.findall(re.escape(ASKED), page.inner_text("body"))
    finally:
        context.close()
        stop(process)


@pytest.mark.parametrize(
    ("words", "asked"),
    [(("fedlearn_edu.cli", "lab", "--dir", "course"), []), (("jupyterlab",), [ASKED])],
    ids=["the course", "JupyterLab alone"],
)
def test_the_course_opens_without_jupyterlabs_question_about_news(browser, tmp_path, words, asked):
    assert questions(browser, tmp_path, *words) == asked

"""The style tools, run here so that one command checks everything."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]


MYPY = [("mypy", "--platform", system, "fedlearn_edu") for system in ("linux", "darwin", "win32")]


@pytest.mark.parametrize("command", [("ruff", "check", "."), *MYPY], ids=lambda words: " ".join(words[:3]))
def test_the_style_tools_find_nothing(command):
    called = [sys.executable, "-X", "utf8", "-m", *command]
    done = subprocess.run(called, cwd=CHECKOUT, capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

"""CONTRIBUTING.md adds a protocol: here its steps are followed in a copy of the package."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import test_floors

CHECKOUT = Path(__file__).parents[1]


def code_blocks():
    """Pairs (path, code): the file that each step's heading names, and the block below it."""
    text = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    names = re.findall(r"^\*\*\d\. [^*]+\*\*, `([^`]+\.py)`", text, flags=re.MULTILINE)
    blocks = re.findall(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return list(zip(names, blocks, strict=True))


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the package, its data sets and settings, with the guide's two files added."""
    folder = tmp_path_factory.mktemp("contribution")
    shutil.copytree(CHECKOUT / "fedlearn_edu", folder / "fedlearn_edu", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(CHECKOUT / "datasets", folder / "datasets")
    shutil.copy(CHECKOUT / "pyproject.toml", folder)
    for name, code in code_blocks():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(code, encoding="utf-8")
    return folder


def run(tree, *command):
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_guide_shows_a_protocol_and_its_test():
    assert [name for name, _ in code_blocks()] == [
        "fedlearn_edu/protocols/counting.py", "tests/protocols/test_counting.py",
    ]  # fmt: skip


def test_the_guides_protocol_passes_the_guides_tests_and_its_own_example(tree):
    done = run(tree, "pytest", "-q", "-p", "no:cacheprovider", *(name for name, _ in code_blocks()))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed" in done.stdout


def test_the_guides_protocol_keeps_the_rules_it_teaches(tree):
    (_, code), _ = code_blocks()
    assert not test_floors.climbing_imports("protocols.counting", code)
    assert not list(test_floors.long_bodies("protocols.counting", code))
    for command in (["ruff", "check"], ["ruff", "format", "--check"]):
        done = run(tree, *command, *(name for name, _ in code_blocks()))
        assert done.returncode == 0, done.stdout

"""CONTRIBUTING.md adds a protocol and a chapter: here its steps are followed in a copy of the package."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import test_floors
from tests.notebooks import contract

CHECKOUT = Path(__file__).parents[1]


def guide(title):
    """The text below one heading of level 2, up to the next."""
    text = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return re.search(rf"^## {title}[^\n]*\n(.*?)(?=^## |\Z)", text, flags=re.MULTILINE | re.DOTALL)[1]


def code_blocks(title="Add a protocol"):
    """Pairs (path, code): the file that each step's heading names, and the block below it."""
    return re.findall(
        r"^\*\*\d\. [^*]+\*\*, `([^`]+\.py)`(?:(?!^```|^\*\*\d\.).)*^```python\n(.*?)^```$",
        guide(title),
        flags=re.MULTILINE | re.DOTALL,
    )


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
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=tree,
        env=environment,
        capture_output=True,
        encoding="utf-8",
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


# --- add a chapter ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chapter(tree):
    """The copy, with the guide's exercises entered as the guide says."""
    ((name, code),) = code_blocks("Add a chapter")
    (tree / name).write_text(code, encoding="utf-8")
    catalogue = tree / "fedlearn_edu" / "exercises" / "catalogue.py"
    before = catalogue.read_text(encoding="utf-8")
    entered = re.sub(r"MappingProxyType\(\s*\{", r'\g<0>"09": "counting", ', before)
    catalogue.write_text(entered, encoding="utf-8")
    shutil.copytree(CHECKOUT / "tests" / "exercises", tree / "tests" / "exercises")
    return name


def test_the_guides_exercise_passes_what_every_exercise_must(tree, chapter):
    files = ("tests/exercises/test_every_exercise.py", chapter)
    done = run(tree, "pytest", "-v", "-p", "no:cacheprovider", *files, "-k", "09 or counting")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"\[09\.1.*PASSED", done.stdout)) >= 3, "the chapter was not entered"


def test_the_guides_exercise_keeps_the_rules_it_teaches(tree, chapter):
    code = (tree / chapter).read_text(encoding="utf-8")
    assert not test_floors.climbing_imports("exercises.counting", code)
    for command in (["ruff", "check"], ["ruff", "format", "--check"]):
        done = run(tree, *command, chapter)
        assert done.returncode == 0, done.stdout


def test_the_guide_names_the_parts_of_a_chapter_in_the_contracts_order():
    named = re.findall(r"^\| `## ([^`]+)` \|", guide("Add a chapter"), flags=re.MULTILINE)
    assert named == [contract.WORDS["en"][part] for part in contract.SECTIONS]


def test_the_guides_numbers_are_the_contracts():
    text = guide("Add a chapter")
    assert f"at most {contract.LONGEST_CELL} lines" in text and f"At least {contract.FEWEST_CHECKED} cells" in text
    assert "10 to 15" in text and re.search(contract.WORDS["en"]["note"], text)
    assert re.search(contract.WORDS["en"]["minutes"], text)


def test_every_file_the_guide_to_a_chapter_refers_to_is_there():
    for name in set(re.findall(r"`([\w/.]+\.py)`", guide("Add a chapter"))):
        if name.endswith("/counting.py"):
            continue  # those are the ones to be written
        assert (CHECKOUT / name).is_file() or (CHECKOUT / "fedlearn_edu" / "widgets" / name).is_file(), name
    for module in re.findall(r"python -m (tests[\w.]+)", guide("Add a chapter")):
        assert (CHECKOUT / module.replace(".", "/")).with_suffix(".py").is_file(), module

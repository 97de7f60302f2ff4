"""Every protocol has a test, a chapter and a README line; every public name has an example."""

import json
import re
from pathlib import Path

import pytest

import fedlearn_edu as fl

CHECKOUT = Path(__file__).parents[1]
PROTOCOLS = sorted(path.stem for path in (CHECKOUT / "fedlearn_edu" / "protocols").glob("[!_]*.py"))
CONSTRUCTORS = [(module, name) for name, home in fl._HOMES.items() for module in [home.removeprefix("protocols.")]
                if home.startswith("protocols.")]  # fmt: skip


def mentions(text, name):
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def readme():
    return (CHECKOUT / "README.md").read_text(encoding="utf-8")


def notebook_texts():
    for path in sorted((CHECKOUT / "notebooks").rglob("*.ipynb")):
        if ".ipynb_checkpoints" not in path.parts:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            yield "\n".join("".join(cell["source"]) for cell in cells)


def test_there_are_protocols_to_index():
    assert PROTOCOLS and CONSTRUCTORS


@pytest.mark.parametrize("module", PROTOCOLS)
def test_every_protocol_has_a_test_of_its_own(module):
    assert (CHECKOUT / "tests" / "protocols" / f"test_{module}.py").is_file()


@pytest.mark.parametrize("module", PROTOCOLS)
def test_every_protocol_has_a_public_constructor(module):
    """Its own, or, when it is one form of a protocol in several files, that of the file which hands over to it."""
    homes = [home for home, _ in CONSTRUCTORS if home == module or module.startswith(f"{home}_")]
    assert homes, "enter it in the table of __init__.py"


@pytest.mark.parametrize(("module", "name"), CONSTRUCTORS)
def test_every_protocol_has_a_line_in_the_readme(module, name):
    assert [line for line in readme().splitlines() if mentions(line, f"fl.{name}") and line.startswith("|")]


@pytest.mark.parametrize(("module", "name"), CONSTRUCTORS)
def test_every_protocol_appears_in_a_chapter(module, name):
    assert [text for text in notebook_texts() if mentions(text, f"fl.{name}")]


@pytest.mark.parametrize("name", fl.__all__)
def test_every_public_name_has_a_docstring_with_an_example(name):
    assert ">>>" in (getattr(fl, name).__doc__ or "")


def test_the_index_check_tells_a_name_from_a_longer_one():
    assert mentions("call `fl.fedavg(...)`", "fl.fedavg")
    assert not mentions("call `fl.fedavg_2(...)`", "fl.fedavg") and not mentions("pfl.fedavg", "fl.fedavg")


def test_every_chapter_folder_and_file_the_readme_links_to_exists():
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", readme())
    assert links
    assert not [link for link in links if not (CHECKOUT / link).exists()]


def test_the_readmes_example_runs(capsys):
    blocks = re.findall(r"^```python\n(.*?)^```$", readme(), flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    exec(compile(blocks[0], "README.md", "exec"), {})
    accuracy, *table = capsys.readouterr().out.splitlines()
    assert float(accuracy) > 0.9 and table


def test_the_readme_calls_exactly_the_missing_chapters_planned():
    rows = re.findall(r"^\| (\d\d) \|(.*)\|$", readme(), flags=re.MULTILINE)
    assert [number for number, _ in rows] == [f"{number:02d}" for number in range(9)]
    present = {path.name[:2] for path in (CHECKOUT / "notebooks" / "en").glob("*.ipynb")}
    assert {number for number, row in rows if "planned" not in row} == present


def test_the_ci_script_runs_the_readmes_test_command():
    lines = (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = re.findall(r'^pip install -e "\.\[test\]" && pytest$', readme(), flags=re.MULTILINE)
    assert len(commands) == 1
    assert commands[0] in lines

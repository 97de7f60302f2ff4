"""Every protocol has a test, a chapter and a README line; every public name has an example."""

import json
import re
from pathlib import Path
from pkgutil import iter_modules

import pytest

import fedlearn_edu as fl
from fedlearn_edu import crypto

CHECKOUT = Path(__file__).parents[1]
PROTOCOLS = sorted(path.stem for path in (CHECKOUT / "fedlearn_edu" / "protocols").glob("[!_]*.py"))
CONSTRUCTORS = [(module, name) for name, home in fl._HOMES.items() for module in [home.removeprefix("protocols.")]
                if home.startswith("protocols.")]  # fmt: skip


READMES = ("README.md", "README.zh.md")
PLANNED = {"README.md": ("en", "planned"), "README.zh.md": ("zh", "计划中")}  # edition, and what is said there


def mentions(text, name):
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def readme(name="README.md"):
    return (CHECKOUT / name).read_text(encoding="utf-8")


def links_of(name):
    """Places in the checkout that a README links to or shows."""
    return re.findall(r"\]\((?!https?:|#)([^)#]+)", readme(name))


def example_of(name):
    [block] = re.findall(r"^```python\n(.*?)^```$", readme(name), flags=re.MULTILINE | re.DOTALL)
    return block


def chapters_of(name):
    """Pairs (number, the rest of the row) of the table of chapters."""
    return re.findall(r"^\| (\d\d) \|(.*)\|$", readme(name), flags=re.MULTILINE)


def first_cells(name):
    """Of every row of every table, what is no prose: `code`, the numbers of chapters and floors."""
    return re.findall(r"^\| (`[^`]+`|\d+) \|", readme(name), flags=re.MULTILINE)


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


@pytest.mark.parametrize("page", READMES)
@pytest.mark.parametrize(("module", "name"), CONSTRUCTORS)
def test_every_protocol_has_a_line_in_the_readme(module, name, page):
    assert [line for line in readme(page).splitlines() if mentions(line, f"fl.{name}") and line.startswith("|")]


@pytest.mark.parametrize(("module", "name"), CONSTRUCTORS)
def test_every_protocol_appears_in_a_chapter(module, name):
    assert [text for text in notebook_texts() if mentions(text, f"fl.{name}")]


@pytest.mark.parametrize("name", fl.__all__)
def test_every_public_name_has_a_docstring_with_an_example(name):
    assert ">>>" in (getattr(fl, name).__doc__ or "")


def test_every_module_of_crypto_is_introduced_at_its_door():
    about = (crypto.__doc__ or "").partition("What is in it:")[2]
    assert set(re.findall(r"``(\w+)``", about)) == {module.name for module in iter_modules(crypto.__path__)}


def test_the_index_check_tells_a_name_from_a_longer_one():
    assert mentions("call `fl.fedavg(...)`", "fl.fedavg")
    assert not mentions("call `fl.fedavg_2(...)`", "fl.fedavg") and not mentions("pfl.fedavg", "fl.fedavg")


@pytest.mark.parametrize("page", READMES)
def test_every_chapter_folder_and_file_the_readme_links_to_exists(page):
    links = links_of(page)
    assert links
    assert not [link for link in links if not (CHECKOUT / link).exists()]


def test_the_readmes_example_runs(capsys):
    exec(compile(example_of("README.md"), "README.md", "exec"), {})
    accuracy, *table = capsys.readouterr().out.splitlines()
    assert float(accuracy) > 0.9 and table


@pytest.mark.parametrize("page", READMES)
def test_the_readme_calls_exactly_the_missing_chapters_planned(page):
    rows, (edition, planned) = chapters_of(page), PLANNED[page]
    assert [number for number, _ in rows] == [f"{number:02d}" for number in range(9)]
    present = {path.name[:2] for path in (CHECKOUT / "notebooks" / edition).glob("*.ipynb")}
    assert {number for number, row in rows if planned not in row} == present


def test_each_readme_links_to_the_other_near_its_top():
    for page, other in zip(READMES, reversed(READMES), strict=True):
        assert f"]({other})" in "".join(readme(page).splitlines()[:6])


def test_the_chinese_readme_leads_to_the_chinese_edition():
    """To the pages, pictures and files that the English one has, each in Chinese where it exists in Chinese."""
    links = [link for link in links_of("README.zh.md") if link not in READMES]
    english = [link for link in links_of("README.md") if link not in READMES]
    chinese = [in_chinese(link) for link in english]
    assert links == chinese and links != english


def in_chinese(link):
    edition = link.replace("notebooks/en", "notebooks/zh")
    picture = edition.replace(".png", "_zh.png")
    return picture if (CHECKOUT / picture).exists() else edition


def test_both_readmes_have_the_same_sections_tables_and_figures():
    """Headings by their level, rows by their numbers and names, measured times and ratios to the digit."""
    headings, times = r"^(#+) ", r"\| ([\d.]+(?: s)? \| [\d.]+(?: s)? \| \d+) \|$"
    for found in (lambda page: re.findall(headings, readme(page), re.MULTILINE), first_cells,
                  lambda page: re.findall(times, readme(page), re.MULTILINE)):  # fmt: skip
        assert found("README.md") and found("README.md") == found("README.zh.md")


def test_both_readmes_have_the_same_example_but_for_its_comments():
    bare = [re.sub(r" +#.*", "", example_of(page)) for page in READMES]
    assert bare[0] == bare[1] and example_of(READMES[0]) != example_of(READMES[1])


def test_both_readmes_say_how_long_an_installation_takes_and_how_large_it_is():
    english = re.findall(r"^Installing takes some (\d+) s on two cores,.* takes (\d\.\d) GB of disk\.$", readme(), re.M)
    chinese = re.findall(r"^安装在双核机器上约需 (\d+) s，.*占 (\d\.\d) GB 磁盘。$", readme("README.zh.md"), re.M)
    assert len(english) == 1 and english == chinese
    assert int(english[0][0]) <= 120  # what we promise, with the downloads at hand


def test_the_ci_script_runs_the_readmes_test_command():
    lines = (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = re.findall(r'^pip install -e "\.\[test\]" && pytest$', readme(), flags=re.MULTILINE)
    assert len(commands) == 1
    assert commands[0] in lines

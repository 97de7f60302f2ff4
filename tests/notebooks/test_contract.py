"""Every notebook keeps the course's contract, and each rule of it finds a notebook that does not."""

import copy

import pytest

from tests.notebooks import contract
from tests.notebooks.contract import CHAPTER_RULES, NOTEBOOKS, RULES, Page, mirrors

PAGES = [Page.read(path) for path in sorted(NOTEBOOKS.glob("*/*.ipynb")) if ".ipynb_checkpoints" not in path.parts]
CASES = [(page, rule) for page in PAGES for rule in (*RULES, *(CHAPTER_RULES if page.chapter else ()))]


def test_there_are_notebooks_to_judge():
    assert any(page.chapter == "04" for page in PAGES)


@pytest.mark.parametrize(("page", "rule"), CASES, ids=[f"{p.language}/{p.name}-{r.__name__}" for p, r in CASES])
def test_the_notebook_keeps_the_rule(page, rule):
    faults = list(rule(page))
    assert not faults, "\n".join(faults)


def test_every_chinese_notebook_mirrors_the_english_one():
    for page in PAGES:
        if page.language == "zh":
            english = NOTEBOOKS / "en" / f"{page.name}.ipynb"
            assert english.is_file(), f"{page.name} has no English page"
            faults = list(mirrors(Page.read(english), page))
            assert not faults, "\n".join([page.name, *faults])


# --- the rules themselves: a small page that keeps them all, and the ways to break each -------------------------------

TITLE = """# 11 · A page that keeps every rule

By the end of this page you have seen what a rule asks for.

*teaching 10 min · exercises 5 min* · [run on Binder](https://b.example/?urlpath=lab/tree/notebooks/en/11_good.ipynb)
· Chinese edition: planned · background: the article's section on rules"""
LEARN = "## You will learn, you need\n\n- to read\n- to write\n- to reckon\n\n**You need** nothing."
PICTURE = {"output_type": "display_data", "data": {"image/png": "x", "text/plain": "<Figure>"}, "metadata": {}}
TABLE = {"output_type": "display_data", "data": {"text/html": "<table></table>", "text/plain": "a b"}, "metadata": {}}
PRACTICE = "## In practice\n\nFlower, FATE, SecretFlow.\n\n**Further reading.** A book.\n\n**Next:** chapter 12."


def text(name, words, slide="skip"):
    return {"cell_type": "markdown", "id": name, "metadata": {"slideshow": {"slide_type": slide}}, "source": words}


def code(name, words, *outputs, tagged=True):
    printed = {"output_type": "stream", "name": "stdout", "text": "something\n"}
    metadata = {"slideshow": {"slide_type": "skip"}, "tags": ["nbval-check-output"] if tagged else []}
    return {
        "cell_type": "code", "id": name, "metadata": metadata, "source": words, "execution_count": 0,
        "outputs": list(outputs) or [printed],
    }  # fmt: skip


@pytest.fixture
def good():
    cells = [
        text("title", TITLE), text("learn", LEARN), text("predict", "## Predict\n\nWhat will it say?"),
        code("setup", "import fedlearn_edu as fl", tagged=False), code("ask", 'fl.question("11")'),
        code("lab", 'lab = fl.lab("11")'), code("press", "lab.parties = 5\nlab.run()"), code("figure", "1", PICTURE),
        text("figure-words", "*In words:* a line goes up."), code("table", "2", TABLE),
        text("saw", "## Who saw what\n\n### The server"), text("broken", "## What this does not protect"),
        text("exercises", "## Exercises"), code("one", 'fl.exercise("11.1")'), code("two", 'fl.exercise("11.2")'),
        text("again", "## Your predictions, again"), code("revisit", 'fl.question("11", revisit=True)'),
        text("key-points", "## Key points\n\n- one"), text("practice", PRACTICE),
    ]  # fmt: skip
    for number, cell in enumerate([cell for cell in cells if cell["cell_type"] == "code"], start=1):
        cell["execution_count"] = number
    heads = [cell for cell in cells if cell["cell_type"] == "markdown"][:10]
    for minute, cell in enumerate(heads):
        cell["metadata"]["slideshow"]["slide_type"] = "slide"
        words = (
            f"<details><summary>For the teacher · minutes {minute}–{minute + 1}</summary>\n\nExpected wrong answers."
        )
        cells.insert(cells.index(cell) + 1, text(f"{cell['id']}-notes", words, "notes"))
    return Page("11_good", "en", {"cells": cells, "metadata": {"language_info": {"name": "python"}}})


def rewrite(name, old, new):
    """A way to spoil a page: in the cell of this name, put `new` for `old`."""

    def spoil(page):
        cell = next(cell for cell in page.cells if cell["id"] == name)
        assert old in cell["source"]
        cell["source"] = cell["source"].replace(old, new)

    return spoil


def change(name, key, value):
    """A way to spoil a page: in the cell of this name, set a field; "metadata.x" sets one of the metadata."""

    def spoil(page):
        cell = next(cell for cell in page.cells if cell["id"] == name)
        *way, last = key.split(".")
        for step in way:
            cell = cell[step]
        cell[last] = value

    return spoil


def move(name, place):
    def spoil(page):
        cell = next(cell for cell in page.cells if cell["id"] == name)
        page.cells.remove(cell)
        page.cells.insert(place, cell)

    return spoil


def remove(name):
    def spoil(page):
        page.cells[:] = [cell for cell in page.cells if cell["id"] != name]

    return spoil


def newer_python(page):
    page.notebook["metadata"]["language_info"]["version"] = "3.13.1"


ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "x", "traceback": []}
WARNING = {"output_type": "stream", "name": "stderr", "text": "careful\n"}
ELSEWHERE = {"output_type": "stream", "name": "stdout", "text": "/home/ada/data.csv"}
SPOILERS = [
    ("one_title", rewrite("learn", "## You", "# You")),
    ("one_title", rewrite("title", "# 11", "## 11")),
    ("no_skipped_levels", rewrite("saw", "### The", "#### The")),
    ("every_image_has_words", rewrite("figure-words", "*In words:* a", "A")),
    ("every_image_has_words", rewrite("learn", "nothing.", "![](sheep.svg)")),
    ("every_image_has_words", rewrite("learn", "nothing.", '<img src="sheep.svg" alt="">')),
    ("ids_that_a_person_chose", change("saw", "id", "learn")),
    ("ids_that_a_person_chose", change("saw", "id", "deadbeef")),
    ("ids_that_a_person_chose", change("saw", "id", "1b9c2d4e-aa00-4cde-9f00-0123456789ab")),
    ("nothing_of_the_machine", change("saw", "metadata.execution", {"iopub.status.busy": "2024-01-01"})),
    ("nothing_of_the_machine", change("press", "outputs", [ELSEWHERE])),
    ("nothing_of_the_machine", rewrite("press", "5", "open('C:\\\\Users')")),
    ("nothing_of_the_machine", newer_python),
    ("run_from_top_to_bottom", change("press", "execution_count", 77)),
    ("run_from_top_to_bottom", change("press", "execution_count", None)),
    ("no_faults_on_show", change("press", "outputs", [ERROR])),
    ("no_faults_on_show", change("press", "outputs", [WARNING])),
    ("no_faults_on_show", change("press", "metadata.tags", ["raises-exception"])),
    ("short_cells", rewrite("press", "lab.run()", "\n".join("x" * 13))),
    ("checked_cells_have_something_to_check", change("press", "outputs", [])),
    ("checked_cells_have_something_to_check", change("press", "execution_count", None)),
    ("every_cell_knows_its_slide", change("press", "metadata.slideshow", {})),
    ("links_lead_somewhere", rewrite("learn", "nothing.", "[this](../en/no_such_page.ipynb)")),
    ("one_sentence_that_promises", rewrite("title", "asks for.", "asks for. And more.")),
    (
        "one_sentence_that_promises",
        rewrite("title", "asks for.\n", "asks for, and no end\n"),
    ),
    ("minutes_and_links", rewrite("title", "teaching 10 min", "ten minutes")),
    ("minutes_and_links", rewrite("title", "11_good", "10_other")),
    ("minutes_and_links", rewrite("title", "article", "book")),
    ("minutes_and_links", rewrite("title", "Chinese edition: planned", "")),
    ("sections_in_order", rewrite("key-points", "Key points", "Summary")),
    ("sections_in_order", move("broken", 2)),
    ("what_is_learned_and_needed", rewrite("learn", "- to write\n", "")),
    ("what_is_learned_and_needed", rewrite("learn", "**You need**", "It needs")),
    ("predicted_before_anything_is_run", rewrite("ask", "11", "12")),
    ("predicted_before_anything_is_run", remove("revisit")),
    ("predicted_before_anything_is_run", move("press", 1)),
    ("enough_cells_are_checked", lambda page: [cell["metadata"].update(tags=[]) for cell in page.cells[5:]]),
    ("a_lab_and_the_same_without_it", rewrite("lab", "fl.lab", "fl.stage")),
    ("a_lab_and_the_same_without_it", rewrite("press", "lab.run()", "pass")),
    ("a_lab_and_the_same_without_it", remove("figure")),
    ("a_lab_and_the_same_without_it", remove("table")),
    ("two_or_three_exercises", remove("two")),
    ("two_or_three_exercises", rewrite("two", "11.2", "11.3")),
    ("a_deck_for_one_lesson", change("learn", "metadata.slideshow", {"slide_type": "skip"})),
    (
        "a_deck_for_one_lesson",
        lambda page: [
            change(one, "metadata.slideshow", {"slide_type": "slide"})(page)
            for one in ("ask", "lab", "press", "figure", "table", "one")
        ],
    ),
    ("a_deck_for_one_lesson", change("title", "metadata.slideshow", {"slide_type": "skip"})),
    ("a_deck_for_one_lesson", remove("saw-notes")),
    ("a_plan_by_the_minute", rewrite("saw-notes", "minutes 4", "minutes 5")),
    ("a_plan_by_the_minute", rewrite("title-notes", "minutes 0", "minutes 1")),
    ("a_plan_by_the_minute", rewrite("title", "teaching 10", "teaching 11")),
    ("a_plan_by_the_minute", rewrite("saw-notes", "For the teacher", "Note")),
    (
        "a_plan_by_the_minute",
        lambda page: [
            rewrite(cell["id"], "Expected wrong", "Right")(page) for cell in page.cells if cell["id"].endswith("-notes")
        ],
    ),
    ("practice_reading_next", rewrite("practice", "FATE", "LUCK")),
    ("practice_reading_next", rewrite("practice", "**Next:**", "Then")),
    ("practice_reading_next", rewrite("practice", "**Further reading.**", "Books:")),
]


@pytest.mark.parametrize("rule", [*RULES, *CHAPTER_RULES], ids=lambda rule: rule.__name__)
def test_the_good_page_keeps_the_rule(good, rule):
    assert list(rule(good)) == []


@pytest.mark.parametrize(("name", "spoil"), SPOILERS, ids=[f"{n}-{k}" for k, (n, _) in enumerate(SPOILERS)])
def test_a_page_that_breaks_the_rule_is_found(good, name, spoil):
    spoil(good)
    assert list(getattr(contract, name)(good))


def test_every_rule_has_a_page_that_breaks_it():
    assert {rule.__name__ for rule in (*RULES, *CHAPTER_RULES)} == {name for name, _ in SPOILERS}


def test_the_sentence_under_the_lab_is_missed(good):
    for cell in good.cells:
        if cell["id"] in ("press", "figure", "figure-words", "table"):
            cell["outputs"] = [PICTURE, TABLE]
    remove("figure-words")(good)
    assert any("a sentence" in fault for fault in contract.a_lab_and_the_same_without_it(good))


PLANNED = "Chinese edition: planned"


def test_a_page_whose_other_edition_is_there_links_to_it(good, tmp_path):
    page = Page(good.name, "en", good.notebook, tmp_path)
    for language in ("en", "zh"):
        (tmp_path / language).mkdir()
        (tmp_path / language / "11_good.ipynb").touch()
    assert any("other language" in fault for fault in contract.minutes_and_links(page))
    for instead in ("[中文版](../zh/10_other.ipynb)", "../zh/11_good.ipynb"):
        spoilt = Page(good.name, "en", copy.deepcopy(good.notebook), tmp_path)
        rewrite("title", PLANNED, instead)(spoilt)
        assert any("other language" in fault for fault in contract.minutes_and_links(spoilt))
    rewrite("title", PLANNED, "[中文版](../zh/11_good.ipynb)")(page)
    assert not [*contract.minutes_and_links(page), *contract.links_lead_somewhere(page)]


@pytest.fixture
def translated(good):
    page = Page("11_good", "zh", copy.deepcopy(good.notebook))
    for cell in page.cells:
        if cell["cell_type"] == "markdown":
            cell["source"] = "## 中文"
    return page


def test_a_true_mirror_is_found_true(good, translated):
    assert list(mirrors(good, translated)) == []


@pytest.mark.parametrize(
    "spoil",
    [
        rewrite("press", "5", "6"), remove("press"), move("press", 2), change("saw", "source", "## Who saw what"),
        change("press", "metadata.tags", []), change("saw", "metadata.slideshow", {"slide_type": "-"}),
        change("press", "id", "pressed"),
    ],
)  # fmt: skip
def test_a_change_on_one_side_only_is_found(good, translated, spoil):
    spoil(translated)
    assert list(mirrors(good, translated))


def test_both_languages_name_the_same_parts():
    assert contract.WORDS["en"].keys() == contract.WORDS["zh"].keys() >= set(contract.SECTIONS)

"""The map leads to the chapters that are there, and names the others planned, in either language."""

import re

import pytest

from fedlearn_edu import cli
from tests.notebooks.contract import NOTEBOOKS, Page, source

LANGUAGES = {"en": ("planned", "map.svg", 80), "zh": ("计划中", "map_zh.svg", 40)}


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture
def chapters(language):
    return {path.name[:2]: path.name for path in (NOTEBOOKS / language).glob("[0-9][0-9]_*.ipynb")}


def cell(language, name):
    start = Page.read(NOTEBOOKS / language / "00_start_here.ipynb")
    return source(next(one for one in start.cells if one["id"] == name))


def rows(language):
    return dict(re.findall(r"^\| (\d\d) \| (.*?) \|", cell(language, "chapters"), flags=re.MULTILINE))


def test_the_map_has_a_row_for_every_chapter_of_the_course(language):
    assert sorted(rows(language)) == [f"{number:02d}" for number in range(9)]


def test_the_map_links_exactly_the_chapters_that_are_there(language, chapters):
    said = rows(language)
    linked = {number: re.findall(r"\]\(([^)]+)\)", row) for number, row in said.items() if number != "00"}
    assert {number: links for number, links in linked.items() if links} == {
        number: [name] for number, name in chapters.items() if number != "00"
    }
    planned = LANGUAGES[language][0]
    assert all((planned in row) == (number not in chapters) for number, row in said.items())


def test_the_map_puts_a_chapter_after_those_that_its_page_asks_for(language, chapters):
    said = dict(re.findall(r"^\| (\d\d) \|.*\| ([^|]+) \|$", cell(language, "chapters"), flags=re.MULTILINE))
    asked = {}
    for number, name in chapters.items():
        page = Page.read(NOTEBOOKS / language / name)
        needs = "".join(re.findall(r"\*\*(?:You need|你需要)\*\*[^#]*", "\n".join(map(source, page.cells[:8]))))
        asked[number] = sorted(set(re.findall(r"\]\((\d\d)_[^)]*\)", needs)))
    asked = {number: after for number, after in asked.items() if after}
    assert set(asked) >= {"06", "07", "08"}
    assert {number: re.findall(r"\d\d", said[number]) for number in asked} == asked


def test_the_drawn_map_has_every_chapter_and_says_what_it_shows(language):
    _, name, length = LANGUAGES[language]
    drawing = (NOTEBOOKS / "images" / name).read_text(encoding="utf-8")
    assert sorted(re.findall(r">(\d\d) · ", drawing)) == sorted(rows(language))
    assert "<title" in drawing and "<desc" in drawing and "href" not in drawing
    assert re.search(rf"!\[[^]]{{{length},}}\]\(\.\./images/{re.escape(name)}\)", cell(language, "map"))


def test_the_two_drawn_maps_differ_in_their_words_alone():
    drawn = [(NOTEBOOKS / "images" / name).read_text(encoding="utf-8") for _, name, _ in LANGUAGES.values()]
    words = r'(?<=>)[^<\n]+(?=<)|font-family="[^"]*"'
    assert re.sub(words, "", drawn[0]) == re.sub(words, "", drawn[1])


def test_what_comes_next_is_the_next_chapter(language, chapters):
    following = min(number for number in chapters if number > "00")
    assert chapters[following] in cell(language, "next")


def test_the_command_and_the_badge_open_this_page(language):
    assert cli._first_chapter(NOTEBOOKS, language) == f"{language}/00_start_here.ipynb"
    readme = NOTEBOOKS.parent / {"en": "README.md", "zh": "README.zh.md"}[language]
    badge = readme.read_text(encoding="utf-8").splitlines()[2]
    assert f"urlpath=lab/tree/notebooks/{language}/00_start_here.ipynb)" in badge

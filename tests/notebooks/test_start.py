"""The map leads to the chapters that are there, and names the others planned."""

import re

from fedlearn_edu import cli
from tests.notebooks.contract import NOTEBOOKS, Page, source

START = Page.read(NOTEBOOKS / "en" / "00_start_here.ipynb")
CHAPTERS = {path.name[:2]: path.name for path in (NOTEBOOKS / "en").glob("[0-9][0-9]_*.ipynb")}


def cell(name):
    return source(next(one for one in START.cells if one["id"] == name))


def rows():
    return dict(re.findall(r"^\| (\d\d) \| (.*?) \|", cell("chapters"), flags=re.MULTILINE))


def test_the_map_has_a_row_for_every_chapter_of_the_course():
    assert sorted(rows()) == [f"{number:02d}" for number in range(9)]


def test_the_map_links_exactly_the_chapters_that_are_there():
    linked = {number: re.findall(r"\]\(([^)]+)\)", row) for number, row in rows().items() if number != "00"}
    assert {number: links for number, links in linked.items() if links} == {
        number: [name] for number, name in CHAPTERS.items() if number != "00"
    }
    assert all(("planned" in row) == (number not in CHAPTERS) for number, row in rows().items())


def test_the_drawn_map_has_every_chapter_and_says_what_it_shows():
    drawing = (NOTEBOOKS / "images" / "map.svg").read_text(encoding="utf-8")
    assert sorted(re.findall(r">(\d\d) · ", drawing)) == sorted(rows())
    assert "<title" in drawing and "<desc" in drawing and "href" not in drawing
    assert re.search(r"!\[[^]]{80,}\]\(\.\./images/map\.svg\)", cell("map"))


def test_what_comes_next_is_the_next_chapter():
    following = min(number for number in CHAPTERS if number > "00")
    assert CHAPTERS[following] in cell("next")


def test_the_command_and_the_badge_open_this_page():
    readme = (NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")
    assert cli._first_chapter(NOTEBOOKS, "en") == "en/00_start_here.ipynb"
    assert "urlpath=lab/tree/notebooks/en/00_start_here.ipynb)" in readme.splitlines()[2]

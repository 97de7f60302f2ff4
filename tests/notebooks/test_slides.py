"""A chapter exports to a deck for one lesson."""

import re
from html.parser import HTMLParser

import pytest

from fedlearn_edu.publishing.chapters import read_chapter
from fedlearn_edu.publishing.deck import slides_page
from tests.notebooks.contract import NOTEBOOKS, Page, slide_type, slides, source

CHAPTERS = [path for path in sorted(NOTEBOOKS.glob("*/[0-9][0-9]_*.ipynb")) if Page.read(path).chapter]


class Deck(HTMLParser):
    """The sections without a section in them, which is what the audience sees one after another."""

    def __init__(self, html):
        super().__init__()
        self.slides, self.depth = [], 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag == "section":
            self.depth += 1
            if self.depth == 2:
                self.slides.append({"notes": 0, "text": "", "shown": False})
        if tag == "aside" and self.depth == 2 and "notes" in dict(attributes).get("class", ""):
            self.slides[-1]["notes"] += 1
        if tag in ("img", "pre") and self.depth == 2:  # a figure, or a cell
            self.slides[-1]["shown"] = True

    def handle_endtag(self, tag):
        self.depth -= tag == "section"

    def handle_data(self, data):
        if self.depth == 2:
            self.slides[-1]["text"] += data


def words(text):
    """Chinese is written without blanks: two of its characters count as a word.

    >>> len(words("six words, 数据不动模型动 of them"))
    8
    """
    return re.findall(r"[\u4e00-\u9fff]{1,2}|[^\s\u4e00-\u9fff]+", text)


@pytest.fixture(scope="module", params=CHAPTERS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def exported(request):
    html = slides_page(read_chapter(NOTEBOOKS, request.param), NOTEBOOKS)
    return Page.read(request.param), Deck(html)


def test_the_exported_deck_has_the_slides_that_the_contract_counts(exported):
    page, deck = exported
    assert len(deck.slides) == len(slides(page)) and 10 <= len(deck.slides) <= 15


def test_every_exported_slide_has_notes_for_the_speaker_and_something_for_the_room(exported):
    _, deck = exported
    assert all(slide["notes"] == 1 and len(words(slide["text"])) > 15 for slide in deck.slides)


def test_what_is_skipped_is_not_in_the_deck(exported):
    page, deck = exported
    shown = " ".join(" ".join(slide["text"].split()) for slide in deck.slides)
    for number, level, said in page.headings():
        kind = page.cells[number]["metadata"]["slideshow"]["slide_type"]
        if level > 1 and kind == "skip" and not re.search(r"[`*$]", said):
            assert f"{said}¶" not in shown


def test_the_stage_that_the_speaker_is_told_to_play_is_on_a_slide(exported):
    page, _ = exported
    code = [cell for cell in page.cells if cell["cell_type"] == "code"]
    first = next((cell for cell in code if "fl.stage(" in "".join(cell["source"])), None)
    assert first is None or first["metadata"]["slideshow"]["slide_type"] == "fragment"


def test_a_slide_of_text_about_a_widget_has_the_widget_or_its_figure(exported):
    page, deck = exported
    at = [number for number, cell in enumerate(page.cells) if slide_type(cell) in ("slide", "subslide")]
    for slide, first, end in zip(deck.slides, at, [*at[1:], len(page.cells)], strict=True):
        code = [cell for cell in page.cells[first:end] if cell["cell_type"] == "code"]
        if any("fl.lab(" in source(cell) for cell in code) and any(".figure(" in source(cell) for cell in code):
            assert slide["shown"], source(page.cells[first])[:40]

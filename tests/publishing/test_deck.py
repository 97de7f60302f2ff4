"""A chapter as slides: what is on them, and what the speaker gets. A browser looks at their edges elsewhere."""

import re

import nbformat
import pytest

from fedlearn_edu.errors import ArgumentError, PublishingError
from fedlearn_edu.publishing import deck as module
from fedlearn_edu.publishing.chapters import WIDGET_STATE, find_chapter
from fedlearn_edu.publishing.deck import make_slides, slides_page

from .conftest import NOTES, SLIDE, write

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
NOTE = "<details><summary>For the teacher · minutes 2–6</summary>\n\nPoll by *hands*.\n\n</details>"
WIDGET = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "Lab: a line of text"}


def shown(data, kind):
    output = nbformat.v4.new_output("display_data", data)
    return nbformat.v4.new_code_cell("show()", outputs=[output], metadata={"slideshow": {"slide_type": kind}})


@pytest.fixture
def deck(course):
    """A chapter with two slides: text and a note, a lab without its state whose figure stands in a later cell."""
    start = "# 06 · Bank\n\n![map](../images/map.svg) [04](04_hospitals.ipynb)"
    cells = [
        nbformat.v4.new_markdown_cell(start, metadata=SLIDE),
        nbformat.v4.new_markdown_cell(NOTE, metadata=NOTES),
        nbformat.v4.new_markdown_cell("not for the room", metadata={"slideshow": {"slide_type": "skip"}}),
        nbformat.v4.new_markdown_cell("## The lab", metadata=SLIDE),
        shown(WIDGET, "-"),
        shown({"image/png": PIXEL}, "skip"),
    ]
    write(course / "en" / "06_bank.ipynb", nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
    return course


def page(course, tmp_path, language="en", number="06"):
    return make_slides(course, number, language, tmp_path / "slides").read_text(encoding="utf-8")


def test_the_deck_and_its_scripts_stand_in_the_folder(deck, tmp_path):
    made = make_slides(deck, "06", "en", tmp_path / "slides")
    assert made == tmp_path / "slides" / "06_bank.en.html"
    assert (tmp_path / "slides" / "scripts" / "reveal.js").is_file()
    html = made.read_text(encoding="utf-8")
    loaded = re.findall(r'<(?:script|link|img)\b[^>]*?\s(?:src|href)="(?!data:)([^"]*)"', html)
    assert loaded and all(name.startswith("scripts/") for name in loaded)


def test_what_is_skipped_is_not_on_a_slide(deck, tmp_path):
    assert "not for the room" not in page(deck, tmp_path)


def test_notes_are_unfolded_and_give_their_slide_its_minutes(deck, tmp_path):
    html = page(deck, tmp_path)
    [notes] = re.findall(r'<aside class="notes">(.*?)</aside>', html, flags=re.DOTALL)
    assert "<details" not in notes and "<strong>For the teacher · minutes 2–6</strong>" in notes
    assert "<em>hands</em>" in notes and 'data-timing="240"' in html


def test_pictures_are_part_of_the_page_and_links_into_the_course_are_plain_text(deck, tmp_path):
    html = page(deck, tmp_path)
    assert 'src="data:image/svg+xml;base64,' in html and "../images" not in html
    assert "<a>04</a>" in html


def test_a_widget_without_its_state_gives_way_to_its_figure(deck, tmp_path):
    html = page(deck, tmp_path)
    assert f"data:image/png;base64,{PIXEL}" in html and "a line of text" not in html


def test_the_code_of_a_widget_goes_with_it_for_its_figure_may_have_other_settings(deck, tmp_path):
    path = deck / "en" / "06_bank.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[4].source, notebook.cells[5].source = "bank_lab", "other_settings"
    write(path, nbformat.writes(notebook))
    html = page(deck, tmp_path)
    assert PIXEL in html and "bank_lab" not in html and "other_settings" not in html


def test_a_widget_whose_slide_has_no_figure_of_it_leaves_the_slide(deck, tmp_path):
    path = deck / "en" / "06_bank.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(5, nbformat.v4.new_markdown_cell("## Another thing", metadata=SLIDE))
    write(path, nbformat.writes(notebook))
    html = page(deck, tmp_path)
    assert "a line of text" not in html and PIXEL not in html and "Another thing" in html


def test_a_widget_in_a_cell_that_was_given_no_slide_type_leaves_the_slide_too(deck, tmp_path):
    path = deck / "en" / "06_bank.ipynb"
    notebook = nbformat.read(path, as_version=4)
    del notebook.cells[4].metadata["slideshow"], notebook.cells[5]
    write(path, nbformat.writes(notebook))
    assert "a line of text" not in page(deck, tmp_path)


def test_a_widget_with_its_state_stays(deck, tmp_path):
    path = deck / "en" / "06_bank.ipynb"
    notebook = nbformat.read(path, as_version=4)
    model = {"model_name": "AnyModel", "model_module": "anywidget", "state": {}}
    notebook.metadata["widgets"] = {WIDGET_STATE: {"version_major": 2, "version_minor": 0, "state": {"1": model}}}
    write(path, nbformat.writes(notebook))
    html = page(deck, tmp_path)
    assert '"model_id": "1"' in html and PIXEL not in html and 'src="scripts/embed-amd.js"' in html


def test_a_picture_outside_the_course_is_not_taken_in(deck, tmp_path):
    write(tmp_path / "secret.svg", "<svg/>")
    path = deck / "en" / "06_bank.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source = "# 06\n\n![](../../secret.svg)"
    write(path, nbformat.writes(notebook))
    assert 'src="../../secret.svg"' in page(deck, tmp_path)


def test_slides_say_their_language(deck, tmp_path):
    (deck / "zh" / "06_bank.ipynb").write_bytes((deck / "en" / "06_bank.ipynb").read_bytes())
    assert '<html lang="zh">' in page(deck, tmp_path, "zh") and '<html lang="en">' in page(deck, tmp_path)


def test_two_decks_share_a_folder(deck, tmp_path):
    (deck / "zh" / "06_bank.ipynb").write_bytes((deck / "en" / "06_bank.ipynb").read_bytes())
    for language in ("en", "zh", "en"):
        make_slides(deck, "06", language, tmp_path / "slides")
    assert {path.name for path in (tmp_path / "slides").glob("*.html")} == {"06_bank.en.html", "06_bank.zh.html"}


def test_the_saved_chapter_is_not_changed(deck):
    chapter = find_chapter(deck, "06", "en")
    before = nbformat.writes(chapter.notebook)
    slides_page(chapter, deck)
    assert nbformat.writes(chapter.notebook) == before


def test_a_chapter_that_is_not_there_is_told_with_those_that_are(deck, tmp_path):
    with pytest.raises(ArgumentError, match="'09'") as told:
        make_slides(deck, "09", "en", tmp_path)
    assert told.value.remedy == "There are: 00, 04, 06."


def test_a_chapter_without_slides_is_told(deck, tmp_path):
    with pytest.raises(PublishingError, match="has no slides"):
        make_slides(deck, "04", "en", tmp_path / "slides")
    assert not (tmp_path / "slides").exists()


def test_a_strangers_file_is_seen_before_the_chapter_is_run(deck, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "run", lambda *_, **__: pytest.fail("the chapter was run"))
    write(tmp_path / "slides" / "06_bank.en.html", "mine")
    with pytest.raises(ArgumentError, match="06_bank"):
        make_slides(deck, "06", "en", tmp_path / "slides", execute=True)

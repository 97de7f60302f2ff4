"""Chapter 00 as a newcomer has it: the page runs, every control answers to the keyboard; and a class's own settings."""

import re

import pytest

from .hands import choose, expect, fresh, panel, press, slide, soon, until, wide_parts
from .page import settle
from .servers import CHECKOUT

CHAPTER = "00_start_here.ipynb"
TEACHERS = CHECKOUT / "notebooks" / "en" / "teachers"
LARGE = 24  # pixels: 18 points

SLOW = """slow = fl.lab("00")
def preview(answer=slow._preview):
    import time
    time.sleep(0.2)
    answer()
slow._preview = preview
slow"""

# Text of a widget that is smaller than so many pixels, on the screen as it is.
SMALL_TEXT = """([selector, least]) => [...document.querySelectorAll(`${selector} *`)].filter((part) =>
  part.checkVisibility({ visibilityProperty: true }) && !part.closest(".fl-hidden-visually, option") &&
  [...part.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim()) &&
  parseFloat(getComputedStyle(part).fontSize) < least)
  .map((part) => `${part.tagName}.${part.className}: ${part.textContent.slice(0, 40)}`)"""


@pytest.fixture(scope="module")
def chapter(lab_server, open_notebook):
    notebook = open_notebook(lab_server, CHAPTER)
    notebook.run_all()
    return notebook


@pytest.fixture
def lab(chapter):
    return fresh(chapter.widgets(".fl-lab").first)


def test_the_page_runs_from_top_to_bottom_and_the_map_is_drawn(chapter):
    chapter.assert_clean()
    drawn = chapter.page.locator('img[alt^="Nine islands"]')
    soon(lambda: drawn.evaluate("image => image.complete && image.naturalWidth > 500"), True)


def test_the_slider_answers_to_arrow_keys_and_the_sentence_follows(lab):
    knob = slide(lab, "How many pupils", "ArrowRight", 3)
    expect(knob).to_have_value("7")
    expect(lab.locator(".fl-lab-sentence")).to_contain_text("7 pupils call out")


def test_the_list_the_tabs_and_the_eyes_answer_to_the_keyboard(lab):
    choose(lab, "Secrets with", "nobody")
    expect(lab.locator(".fl-lab-sentence")).to_contain_text("the numbers of 3 of 3")
    lab.get_by_role("tab", name="What is called out").press("End")
    expect(lab.get_by_text("of 3 other pupils have given")).to_be_visible()
    shown = panel(lab, "What is called out")
    expect(shown.get_by_text("their own number")).to_be_visible()
    expect(shown.get_by_text("not seen")).to_have_count(0)
    lab.get_by_label("the teacher").press("ArrowRight")
    expect(lab.get_by_label("pupil 1", exact=True)).to_be_checked()
    expect(shown.get_by_text("not seen")).to_have_count(3)


def test_run_plays_and_undo_takes_a_move_back(lab):
    press(lab, "Run")
    until(lab, "finished")
    slide(lab, "Which round it is", "End")
    press(lab, "Undo")
    expect(lab.get_by_label("Which round it is")).to_have_value("1")


def test_run_and_reset_come_after_the_moves_before_them_however_busy_the_kernel_is(chapter):
    chapter.run_cell(SLOW)
    card = chapter.widgets(".fl-lab").last
    slide(card, "How many pupils", "ArrowRight", 5)
    press(card, "Run")
    expect(card.locator(".fl-status")).to_contain_text("Done in")
    expect(card.locator(".fl-lab-sentence")).to_contain_text("9 pupils call out")
    expect(card).to_have_attribute("data-state", "finished")
    slide(card, "How many pupils", "ArrowLeft", 3)
    press(card, "Reset room")
    settle(card.page)
    expect(card.get_by_label("How many pupils")).to_have_value("4")
    expect(card.locator(".fl-lab-sentence")).to_contain_text("4 pupils call out")


def test_a_scene_sets_the_knobs_and_says_what_to_look_at(lab):
    lab.get_by_label("Scene").select_option("two-pupils")
    expect(lab.locator(".fl-lab-sentence")).to_contain_text("the numbers of 1 of 1")
    expect(lab.locator(".fl-lab-help")).to_contain_text("Sum minus mine")


def test_the_stage_opens_with_the_envelopes_of_the_lab(chapter):
    stage = chapter.widgets(".fl-stage").first
    stage.scroll_into_view_if_needed()
    soon(stage.get_by_role("listbox").get_by_role("option").count, lambda rows: rows > 3)


def test_an_answered_question_and_a_solved_exercise_arrive_in_the_table_of_progress(chapter):
    question = chapter.widgets(".fl-question").first
    for prompt, option in ((0, "none; only their sum"), (1, "each learns the other")):
        question.locator("fieldset").nth(prompt).get_by_label(re.compile(option)).check()
    expect(question.get_by_text("2 of 2 answered")).to_be_visible()
    chapter.run_cell("calling.check(lambda own, add, subtract: (own + sum(add) - sum(subtract)) % 1000)")
    expect(chapter.widgets(".fl-exercise").first.get_by_text("✓ solved")).to_be_visible()
    table = chapter.widgets(".fl-progress").first
    press(table, "Refresh")
    expect(table.get_by_role("row", name=re.compile("00.1.*solved"))).to_be_visible()
    expect(table.get_by_role("row", name=re.compile("^00 "))).to_contain_text("2 of 2 answered")


def test_where_solutions_are_kept_back_the_card_offers_none_and_says_who_has_them(chapter):
    chapter.run_cell('fl.set_classroom(hide_solutions=True)\nfl.exercise("04.3")')
    card = chapter.widgets(".fl-exercise").last
    kept, solution = card.get_by_text("Your teacher keeps the solutions."), card.get_by_role("button", name="Solution")
    expect(card.get_by_role("heading").first).to_contain_text("04.3")
    expect(card.get_by_role("button", name="Hint 1 of 3")).to_be_visible()
    expect(kept).to_be_hidden()
    expect(solution).to_be_hidden()
    for number in (1, 2, 3):
        press(card, f"Hint {number} of 3")
    expect(kept).to_be_visible()
    expect(solution).to_be_hidden()
    chapter.run_cell("fl.set_classroom(hide_solutions=False)")


def test_axe_finds_nothing_wrong(lab, chapter):
    faults = chapter.accessibility_faults(".fl-lab, .fl-exercise, .fl-question, .fl-progress")
    assert not faults, "\n".join(faults)


def test_on_a_telephones_screen_nothing_is_wider_than_the_screen(lab, chapter):
    assert not wide_parts(chapter, lab, parts=".fl:not(.fl-stage)")


def test_for_a_projector_no_text_is_smaller_than_18_points(chapter):
    chapter.run_cell("fl.set_classroom(projector=True)\nfrom IPython.display import display")
    chapter.run_cell(
        'display(fl.lab("00"), fl.exercise("00.1"), fl.question("00"), fl.progress(), fl.stage(run, step=2))'
    )
    for kind in ("lab", "exercise", "question", "progress", "stage"):
        expect(chapter.widgets(f".fl-{kind}.fl-projector").first).to_be_visible()
    settle(chapter.page)
    small = chapter.page.evaluate(SMALL_TEXT, [".fl-projector", LARGE])
    chapter.run_cell("fl.set_classroom(projector=False)")
    assert not small


def test_nothing_went_wrong_behind_all_this(chapter):
    chapter.assert_clean()


def test_the_teachers_pages_open_as_text_to_read_and_lead_on(chapter):
    page = chapter.page
    page.get_by_role("link", name="for teachers").last.click()
    expect(page.locator(".jp-MarkdownViewer").get_by_role("heading", name="For teachers")).to_be_visible()
    page.locator(".jp-MarkdownViewer").get_by_role("link", name="One lesson").click()
    expect(page.locator(".jp-MarkdownViewer").get_by_role("heading", name="One lesson: 45 minutes")).to_be_visible()
    page.get_by_role("tab", name="README.md").click()
    page.locator(".jp-MarkdownViewer").get_by_role("link", name="Worksheet").first.click()
    sheet = page.locator("iframe.jp-HTMLViewer-frame, .jp-HTMLViewer iframe").first
    expect(sheet.content_frame.get_by_role("heading", name="Adding what nobody tells")).to_be_visible()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("name", ["worksheet", "exit_ticket", "answer_key"])
def test_a_page_to_print_fits_on_one_sheet(browser, name, paper):
    page = browser.new_page()
    page.goto((TEACHERS / f"{name}.html").as_uri())
    sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper)))
    page.close()
    assert sheets == 1

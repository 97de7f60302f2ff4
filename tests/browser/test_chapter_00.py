"""Chapter 00 as a newcomer has it: the page runs, every control answers to the keyboard; and a class's own settings."""

import re

import pytest

from .conftest import NARROW, WIDE
from .servers import CHECKOUT
from .test_chapter_04 import choose, panel, press, slide, until

CHAPTER = "00_start_here.ipynb"
TEACHERS = CHECKOUT / "notebooks" / "en" / "teachers"
LARGE = 24  # pixels: 18 points

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
    card = chapter.widgets(".fl-lab").first
    press(card, "Reset room")
    until(card, "preview")
    card.get_by_role("button", name="Undo", exact=True, disabled=True).wait_for()
    return card


def test_the_page_runs_from_top_to_bottom_and_the_map_is_drawn(chapter):
    chapter.assert_clean()
    drawn = chapter.page.locator('img[alt^="Nine islands"]')
    assert drawn.evaluate("image => image.complete && image.naturalWidth > 500")


def test_the_slider_answers_to_arrow_keys_and_the_sentence_follows(lab):
    knob = slide(lab, "How many pupils", "ArrowRight", 3)
    assert knob.input_value() == "7"
    lab.locator(".fl-lab-sentence", has_text="7 pupils call out").wait_for()


def test_the_list_the_tabs_and_the_eyes_answer_to_the_keyboard(lab):
    choose(lab, "Secrets with", "nobody")
    lab.locator(".fl-lab-sentence", has_text="the numbers of 3 of 3").wait_for()
    lab.get_by_role("tab", name="What is called out").press("End")
    assert lab.get_by_text("of 3 other pupils have given").is_visible()
    shown = panel(lab, "What is called out")
    assert shown.get_by_text("not seen").count() == 0
    lab.get_by_label("the teacher").press("ArrowRight")
    assert lab.get_by_label("pupil 1", exact=True).is_checked() and shown.get_by_text("not seen").count() == 3


def test_run_plays_and_undo_takes_a_move_back(lab):
    press(lab, "Run")
    until(lab, "finished")
    slide(lab, "Which round it is", "End")
    press(lab, "Undo")
    lab.page.wait_for_function("node => node.value === '1'", arg=lab.get_by_label("Which round it is").element_handle())


def test_a_scene_sets_the_knobs_and_says_what_to_look_at(lab):
    lab.get_by_label("Scene").select_option("two-pupils")
    lab.locator(".fl-lab-sentence", has_text="the numbers of 1 of 1").wait_for()
    assert "Sum minus mine" in lab.locator(".fl-lab-help").inner_text()


def test_the_stage_opens_with_the_envelopes_of_the_lab(chapter):
    stage = chapter.widgets(".fl-stage").first
    stage.scroll_into_view_if_needed()
    assert stage.get_by_role("listbox").get_by_role("option").count() > 3


def test_an_answered_question_and_a_solved_exercise_arrive_in_the_table_of_progress(chapter):
    question = chapter.widgets(".fl-question").first
    for prompt, option in ((0, "none; only their sum"), (1, "each learns the other")):
        question.locator("fieldset").nth(prompt).get_by_label(re.compile(option)).check()
    question.get_by_text("2 of 2 answered").wait_for()
    chapter.run_cell("calling.check(lambda own, add, subtract: (own + sum(add) - sum(subtract)) % 1000)")
    chapter.widgets(".fl-exercise").first.get_by_text("✓ solved").wait_for()
    table = chapter.widgets(".fl-progress").first
    press(table, "Refresh")
    table.get_by_role("row", name=re.compile("00.1.*solved")).wait_for()
    assert "2 of 2 answered" in table.get_by_role("row", name=re.compile("^00 ")).inner_text()


def test_where_solutions_are_kept_back_the_card_offers_none_and_says_who_has_them(chapter):
    chapter.run_cell('fl.set_classroom(hide_solutions=True)\nfl.exercise("04.3")')
    card = chapter.widgets(".fl-exercise").last
    kept = card.get_by_text("Your teacher keeps the solutions.")
    assert not kept.is_visible() and not card.get_by_role("button", name="Solution").is_visible()
    for number in (1, 2, 3):
        press(card, f"Hint {number} of 3")
    kept.wait_for()
    assert not card.get_by_role("button", name="Solution").is_visible()
    chapter.run_cell("fl.set_classroom(hide_solutions=False)")


def test_axe_finds_nothing_wrong(lab, chapter):
    faults = chapter.accessibility_faults(".fl-lab, .fl-exercise, .fl-question, .fl-progress")
    assert not faults, "\n".join(faults)


def test_on_a_telephones_screen_nothing_is_wider_than_the_screen(lab, chapter):
    chapter.page.set_viewport_size(NARROW)
    chapter.close_sidebars()
    wide = []
    for tab in lab.get_by_role("tab").all():
        tab.click()
        wide += chapter.page.evaluate(
            """() => [...document.querySelectorAll(".fl:not(.fl-stage)")]
              .filter((part) => part.offsetParent && part.scrollWidth > part.clientWidth + 1)
              .map((part) => `${part.className}: ${part.scrollWidth}`)"""
        )
    chapter.page.set_viewport_size(WIDE)
    assert not wide


def test_for_a_projector_no_text_is_smaller_than_18_points(chapter):
    chapter.run_cell("fl.set_classroom(projector=True)\nfrom IPython.display import display")
    chapter.run_cell(
        'display(fl.lab("00"), fl.exercise("00.1"), fl.question("00"), fl.progress(), fl.stage(run, step=2))'
    )
    for kind in ("lab", "exercise", "question", "progress", "stage"):
        chapter.widgets(f".fl-{kind}.fl-projector").first.wait_for()
    small = chapter.page.evaluate(SMALL_TEXT, [".fl-projector", LARGE])
    chapter.run_cell("fl.set_classroom(projector=False)")
    assert not small


def test_nothing_went_wrong_behind_all_this(chapter):
    chapter.assert_clean()


def test_the_teachers_pages_open_as_text_to_read_and_lead_on(chapter):
    page = chapter.page
    page.get_by_role("link", name="for teachers").last.click()
    page.locator(".jp-MarkdownViewer").get_by_role("heading", name="For teachers").wait_for()
    page.locator(".jp-MarkdownViewer").get_by_role("link", name="One lesson").click()
    page.locator(".jp-MarkdownViewer").get_by_role("heading", name="One lesson: 45 minutes").wait_for()
    page.get_by_role("tab", name="README.md").click()
    page.locator(".jp-MarkdownViewer").get_by_role("link", name="Worksheet").first.click()
    sheet = page.locator("iframe.jp-HTMLViewer-frame, .jp-HTMLViewer iframe").first
    sheet.content_frame.get_by_role("heading", name="Adding what nobody tells").wait_for()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("name", ["worksheet", "exit_ticket", "answer_key"])
def test_a_page_to_print_fits_on_one_sheet(browser, name, paper):
    page = browser.new_page()
    page.goto((TEACHERS / f"{name}.html").as_uri())
    sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper)))
    page.close()
    assert sheets == 1

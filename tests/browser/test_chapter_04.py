"""Chapter 04 as a learner has it: opened in a browser, run from top to bottom, then played with by keyboard.

Everything runs twice, in JupyterLab and in Notebook 7. The tests of one place share one opened page.
"""

import re
import statistics

import pytest

from fedlearn_edu.exercises.catalogue import find_exercise

from .hands import (
    FAST_ENOUGH,
    choose,
    each_panel,
    expect,
    fresh,
    panel,
    press,
    slide,
    soon,
    time_presses,
    until,
    wide_parts,
)
from .page import settle

CHAPTER = "04_horizontal_hospitals.ipynb"
RUN_AGAIN = """before => {
  const cell = window.jupyterapp.shell.currentWidget.content.widgets[before.index].model;
  return cell.executionCount !== before.count && cell.executionState !== "running";
}"""


@pytest.fixture(scope="module", params=["lab", "notebook"])
def chapter(request, open_notebook):
    """The chapter, opened and run once; the tests share it."""
    notebook = open_notebook(request.getfixturevalue(f"{request.param}_server"), CHAPTER)
    print(f"{request.param}: all cells ran in {notebook.run_all():.0f} s")
    return notebook


@pytest.fixture
def lab(chapter):
    """The chapter's lab, as it opens."""
    card = chapter.widgets(".fl-lab", has_text="Lab 04").first
    return fresh(card)


def test_the_chapter_runs_from_top_to_bottom_without_an_error_or_a_stranger(chapter):
    chapter.assert_clean()
    soon(chapter.widgets().count, lambda widgets: widgets >= 1)


def test_the_doctor_finds_the_page_and_python_to_fit(chapter):
    chapter.run_cell("print(repr(fl.doctor())[-12:], 'page asked:', fl.doctor.__globals__['our_server']() is not None)")
    expect(chapter.page.get_by_text("No problems. page asked: True")).to_be_visible()


def test_arrow_keys_move_the_parties_and_the_chart_and_the_sentence_follow(lab):
    shown, sentence = panel(lab, "Learning"), lab.locator(".fl-lab-sentence")
    before, said = shown.inner_html(), sentence.inner_text()
    knob = slide(lab, "Hospitals", "ArrowRight", 3)
    expect(knob).to_have_value("7")
    expect(knob).to_be_focused()
    soon(shown.inner_html, lambda drawn: drawn != before)
    expect(sentence).not_to_have_text(said)


def test_under_paillier_chosen_by_keyboard_a_run_changes_chart_and_table(lab):
    slide(lab, "Hospitals", "ArrowLeft")
    slide(lab, "Rounds", "Home")
    slide(lab, "Rounds", "ArrowRight")
    choose(lab, "Encryption", "Paill")
    choose(lab, "Key size", "512")
    chart, table = panel(lab, "Learning").inner_html(), panel(lab, "Who saw what").inner_text()
    press(lab, "Run")
    until(lab, "finished")
    soon(panel(lab, "Learning").inner_html, lambda drawn: drawn != chart)
    after = panel(lab, "Who saw what")
    soon(after.inner_text, lambda text: text != table)
    soon(after.get_by_role("table").count, lambda tables: tables >= 1)


def test_a_long_run_says_how_long_it_takes_shows_progress_and_stops_on_cancel(lab):
    choose(lab, "Data", "digits")
    slide(lab, "Hospitals", "End")
    slide(lab, "Rounds", "End")
    choose(lab, "Encryption", "Paillier, text")
    choose(lab, "Key size", "3072")
    expect(lab.get_by_text(re.compile(r"^A run takes .*\d"))).to_be_visible()
    press(lab, "Run")
    until(lab, "running")
    soon(lambda: lab.get_by_role("progressbar").evaluate("bar => bar.value"), lambda done: done > 0)
    press(lab, "Cancel")
    until(lab, "cancelled", seconds=10)
    expect(lab.get_by_role("button", name="Run", exact=True)).to_be_enabled()


def test_tab_visits_every_control_in_order_and_leaves_again(lab):
    wanted = lab.evaluate(
        """node => {
          const open = [...node.querySelectorAll("button, select, input, [tabindex='0']")]
            .filter(part => !part.disabled && part.tabIndex >= 0 && part.offsetParent);
          window.order = open; open[0].focus(); return open.length;
        }"""
    )
    visited = []
    for _ in range(wanted + 1):
        visited.append(lab.page.evaluate("() => window.order.indexOf(document.activeElement)"))
        lab.page.keyboard.press("Tab")
    assert visited == [*range(wanted), -1]


def test_from_key_press_to_changed_lab_it_takes_under_100_ms(lab, record_property):
    panel(lab, "Learning")
    times = time_presses(lab, "Hospitals", turn=8, least=5)
    for name, seen in times.items():
        record_property(name, seen)
    assert statistics.median(times["control"]) < FAST_ENOUGH
    assert min(times["chart"]) < FAST_ENOUGH  # of the best: another program on this computer may slow the others


def test_axe_finds_nothing_wrong_in_any_widget_whichever_panel_of_the_lab_is_open(lab, chapter):
    faults = chapter.accessibility_faults()
    for _ in each_panel(lab):
        faults += chapter.accessibility_faults("[role=tablist], [role=tabpanel]", within=lab)
    assert not faults, "\n".join(faults)


def test_in_the_dark_theme_every_text_of_every_widget_stands_out_from_its_ground(lab, chapter):
    chapter.set_theme("dark")
    faults = chapter.accessibility_faults(".fl", "color-contrast")
    tabs = lab.get_by_role("tab").all()
    for tab in tabs if chapter.server.app == "lab" else tabs[-1:]:  # the colours are the same in both; axe is slow
        tab.click()
        settle(chapter.page)
        faults += chapter.accessibility_faults("[role=tabpanel]", "color-contrast", within=lab)
    chapter.set_theme("light")
    assert not faults, "\n".join(faults)


def test_on_a_telephones_screen_nothing_is_wider_than_the_screen(lab, chapter):
    assert not wide_parts(chapter, lab)


def replace_cell(chapter, beginning, text):
    """Into the code cell that has this line: click, select all, type, Shift-Enter."""
    editor = chapter.page.locator(".jp-CodeCell .cm-content", has_text=beginning).first
    editor.click()
    chapter.page.keyboard.press("ControlOrMeta+a")
    chapter.page.keyboard.insert_text(text)
    before = chapter.page.evaluate(
        """() => {
          const notebook = window.jupyterapp.shell.currentWidget.content;
          return { index: notebook.activeCellIndex, count: notebook.activeCell.model.executionCount };
        }"""
    )
    chapter.page.keyboard.press("Shift+Enter")
    chapter.page.wait_for_function(RUN_AGAIN, arg=before)
    settle(chapter.page)


def test_an_exercise_goes_from_a_wrong_answer_by_a_diagnosis_and_a_hint_to_the_right_one(chapter):
    exercise = find_exercise("04.1")
    wrong = exercise.misconceptions[0]
    card = chapter.widgets(".fl-exercise", has_text="04.1").first
    replace_cell(chapter, f"def {exercise.function}", wrong.solution)
    press(card, "Check")
    expect(card.get_by_text(wrong.sentence)).to_be_visible()
    hint = card.get_by_role("button", name=re.compile("Hint 1 of"))
    hint.focus()
    hint.press("Enter")
    expect(card.get_by_role("button", name=re.compile("Hint 2 of"))).to_be_visible()
    replace_cell(chapter, f"def {exercise.function}", exercise.solution)
    press(card, "Check")
    expect(card.locator(".fl-mark-right")).to_be_visible()
    expect(card.get_by_text(wrong.sentence)).to_have_count(0)


def test_predictions_are_made_by_keyboard_and_judged_at_the_end(chapter):
    first, last = chapter.widgets(".fl-question").first, chapter.widgets(".fl-question").last
    for group in first.get_by_role("group").all():
        group.get_by_role("radio").first.focus()
        chapter.page.keyboard.press("Space")
    expect(first.get_by_text("3 of 3")).to_be_visible()
    show = last.get_by_role("button").first
    show.focus()
    show.press("Enter")
    expect(last.locator(".fl-note").first).to_be_visible()


def test_nothing_went_wrong_behind_all_this(chapter):
    chapter.assert_clean()

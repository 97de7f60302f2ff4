"""Chapter 04 as a learner has it: opened in a browser, run from top to bottom, then played with by keyboard.

Everything runs twice, in JupyterLab and in Notebook 7. The tests of one place share one opened page.
"""

import re
import statistics

import pytest

from fedlearn_edu.exercises.catalogue import find_exercise

CHAPTER = "04_horizontal_hospitals.ipynb"
MOST_PRESSES = 24
FAST_ENOUGH = 100  # milliseconds from a key press to a changed lab

# Counts from the key press itself, in the page, to the frame in which the change is drawn.
STOPWATCH = """([lab, chart]) => {
  const root = typeof lab === "string" ? document.querySelector(lab) : lab;
  const watch = window.watch = {};
  const note = (name) => requestAnimationFrame(() => { watch[name] ??= performance.now() - watch.pressed; });
  root.addEventListener("keydown", () => {
    Object.assign(watch, { pressed: performance.now(), control: undefined, chart: undefined });
  }, true);
  new MutationObserver((changes) => changes.forEach(({ target }) => {
    const part = target.nodeType === 1 ? target : target.parentElement;
    if (part?.closest("output")) note("control");
    if (part?.closest(chart)) note("chart");
  })).observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
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
    card.wait_for()
    press(card, "Reset room")
    card.and_(card.page.locator("[data-state=preview]")).wait_for()
    return card


def press(card, name):
    """Press a button by keyboard."""
    button = card.get_by_role("button", name=name, exact=True)
    button.focus()
    button.press("Enter")


def choose(card, label, typed):
    """Choose from a list by typing the beginning of a line, as browsers let one do."""
    knob = card.get_by_label(label, exact=True)
    knob.focus()
    knob.press_sequentially(typed, delay=20)
    assert knob.evaluate("node => node.selectedOptions[0].text").startswith(typed)


def slide(card, label, key, times=1):
    knob = card.get_by_label(label, exact=True)
    knob.focus()
    for _ in range(times):
        knob.press(key)
    return knob


def until(card, state, seconds=60):
    """Wait until the lab says "finished", "cancelled", …"""
    card.and_(card.page.locator(f"[data-state={state}]")).wait_for(timeout=seconds * 1000)


def panel(card, title):
    """Bring a panel to the front; what it shows."""
    tab = card.get_by_role("tab", name=title, exact=True)
    tab.click()
    return card.get_by_role("tabpanel")


def test_the_chapter_runs_from_top_to_bottom_without_an_error_or_a_stranger(chapter):
    chapter.assert_clean()
    assert chapter.widgets().count() >= 1


def test_the_doctor_finds_the_page_and_python_to_fit(chapter):
    chapter.run_cell("print(repr(fl.doctor())[-12:], 'page asked:', fl.doctor.__globals__['our_server']() is not None)")
    chapter.page.get_by_text("No problems. page asked: True").wait_for()


def test_arrow_keys_move_the_parties_and_the_chart_and_the_sentence_follow(lab):
    before = panel(lab, "Learning").inner_html()
    knob = slide(lab, "Hospitals", "ArrowRight", 3)
    assert knob.input_value() == "7" and knob.evaluate("node => node === document.activeElement")
    lab.page.wait_for_function(
        "([node, before]) => node.innerHTML !== before", arg=[lab.get_by_role("tabpanel").element_handle(), before]
    )


def test_under_paillier_chosen_by_keyboard_a_run_changes_chart_and_table(lab):
    slide(lab, "Hospitals", "ArrowLeft")
    slide(lab, "Rounds", "Home")
    slide(lab, "Rounds", "ArrowRight")
    choose(lab, "Encryption", "Paill")
    choose(lab, "Key size", "512")
    chart, table = panel(lab, "Learning").inner_html(), panel(lab, "Who saw what").inner_text()
    press(lab, "Run")
    until(lab, "finished")
    assert panel(lab, "Learning").inner_html() != chart
    after = panel(lab, "Who saw what")
    assert after.inner_text() != table and after.get_by_role("table").count() >= 1


def test_a_long_run_says_how_long_it_takes_shows_progress_and_stops_on_cancel(lab):
    choose(lab, "Data", "digits")
    slide(lab, "Hospitals", "End")
    slide(lab, "Rounds", "End")
    choose(lab, "Encryption", "Paillier, text")
    choose(lab, "Key size", "3072")
    lab.get_by_text(re.compile(r"^A run takes .*\d")).wait_for()
    press(lab, "Run")
    until(lab, "running")
    lab.page.wait_for_function("node => node.value > 0", arg=lab.get_by_role("progressbar").element_handle())
    press(lab, "Cancel")
    until(lab, "cancelled", seconds=10)
    assert lab.get_by_role("button", name="Run", exact=True).is_enabled()


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


def test_from_key_press_to_changed_lab_it_takes_under_100_ms(lab, chapter, record_property):
    panel(lab, "Learning")
    chapter.page.evaluate(STOPWATCH, [lab.element_handle(), ".fl-panel"])
    times = {"control": [], "chart": []}
    knob = slide(lab, "Hospitals", "Home")
    chapter.page.wait_for_timeout(800)
    for presses in range(1, MOST_PRESSES + 1):
        knob.press("ArrowRight" if presses % 16 < 9 else "ArrowLeft")
        chapter.page.wait_for_function("() => window.watch.chart !== undefined && window.watch.control !== undefined")
        for name, seen in times.items():
            seen.append(chapter.page.evaluate("name => window.watch[name]", name))
        chapter.page.wait_for_timeout(700)  # what the kernel computes when the knob has come to rest is over
        if presses >= 8 and min(times["chart"]) < FAST_ENOUGH:
            break
    for name, seen in times.items():
        record_property(name, seen)
        print(f"{chapter.server.app}: key press → {name} drawn: median {statistics.median(seen):.0f} ms, "
              f"from {min(seen):.0f} to {max(seen):.0f}")  # fmt: skip
    assert statistics.median(times["control"]) < FAST_ENOUGH
    assert min(times["chart"]) < FAST_ENOUGH  # of the best: another program on this computer may slow the others


def test_axe_finds_nothing_wrong_in_any_widget_whichever_panel_of_the_lab_is_open(lab, chapter):
    faults = chapter.accessibility_faults()
    tabs = lab.get_by_role("tab").all()
    for tab in tabs:
        tab.click()
        faults += chapter.accessibility_faults(".fl-lab [role=tabpanel]")
    assert len(tabs) > 1 and not faults, "\n".join(faults)


def test_in_the_dark_theme_every_text_of_every_widget_stands_out_from_its_ground(lab, chapter):
    chapter.set_theme("dark")
    faults = chapter.accessibility_faults(".fl", "color-contrast")
    tabs = lab.get_by_role("tab").all()
    for tab in tabs if chapter.server.app == "lab" else tabs[-1:]:  # the colours are the same in both; axe is slow
        tab.click()
        faults += chapter.accessibility_faults(".fl-lab [role=tabpanel]", "color-contrast")
    chapter.set_theme("light")
    assert not faults, "\n".join(faults)


def test_on_a_telephones_screen_nothing_is_wider_than_the_screen(lab, chapter):
    before = chapter.page.viewport_size
    chapter.page.set_viewport_size({"width": 390, "height": 844})
    chapter.close_sidebars()
    chapter.page.wait_for_timeout(300)
    wide = chapter.page.evaluate(
        """() => [...document.querySelectorAll(".fl")]
          .filter(part => part.offsetParent)
          .filter(part => part.scrollWidth > part.clientWidth + 1 || part.getBoundingClientRect().right > innerWidth)
          .map(part => `${part.className}: ${part.scrollWidth} wide`)"""
    )
    chapter.page.set_viewport_size(before)
    assert not wide


def replace_cell(chapter, beginning, text):
    """Into the code cell that has this line: click, select all, type, Shift-Enter."""
    editor = chapter.page.locator(".jp-CodeCell .cm-content", has_text=beginning).first
    editor.click()
    chapter.page.keyboard.press("ControlOrMeta+a")
    chapter.page.keyboard.insert_text(text)
    chapter.page.keyboard.press("Shift+Enter")
    chapter.wait_until_idle()


def test_an_exercise_goes_from_a_wrong_answer_by_a_diagnosis_and_a_hint_to_the_right_one(chapter):
    exercise = find_exercise("04.1")
    wrong = exercise.misconceptions[0]
    card = chapter.widgets(".fl-exercise", has_text="04.1").first
    replace_cell(chapter, f"def {exercise.function}", wrong.solution)
    press(card, "Check")
    card.get_by_text(wrong.sentence).wait_for()
    hint = card.get_by_role("button", name=re.compile("Hint 1 of"))
    hint.focus()
    hint.press("Enter")
    card.get_by_role("button", name=re.compile("Hint 2 of")).wait_for()
    replace_cell(chapter, f"def {exercise.function}", exercise.solution)
    press(card, "Check")
    card.locator(".fl-mark-right").wait_for()
    assert not card.get_by_text(wrong.sentence).count()


def test_predictions_are_made_by_keyboard_and_judged_at_the_end(chapter):
    first, last = chapter.widgets(".fl-question").first, chapter.widgets(".fl-question").last
    for group in first.get_by_role("group").all():
        group.get_by_role("radio").first.focus()
        chapter.page.keyboard.press("Space")
    first.get_by_text("3 of 3").wait_for()
    button = last.get_by_role("button")
    if button.count() and button.first.is_visible():
        button.first.focus()
        button.first.press("Enter")
    last.locator(".fl-note").first.wait_for()


def test_nothing_went_wrong_behind_all_this(chapter):
    chapter.assert_clean()

"""Chapter 01's lab in JupyterLab: thirty dots fly together, a seat is a hospital, and every knob answers at once."""

import statistics

import nbformat
import pytest

from .test_chapter_04 import FAST_ENOUGH, MOST_PRESSES, STOPWATCH, panel, press, slide

NAME = "lab_01.ipynb"
CELLS = ["import fedlearn_edu as fl", 'fl.lab("01")', 'fl.question("01")', 'fl.exercise("01.1")']
DOTS = "() => [...document.querySelectorAll('.fl-cloud-dot')].map(dot => dot.style.transform)"


@pytest.fixture(scope="module")
def page(lab_server, open_notebook):
    """A notebook with the chapter's widgets, run once; the whole chapter runs in `notebooks/` under nbval."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [nbformat.v4.new_code_cell(text) for text in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), lab_server.root / NAME)
    notebook = open_notebook(lab_server, NAME)
    notebook.run_all()
    return notebook


@pytest.fixture
def lab(page):
    card = page.widgets(".fl-lab").first
    slide(card, "Hospitals", "ArrowLeft")  # something to undo: when there is nothing any more, the kernel has answered
    card.get_by_role("button", name="Undo", exact=True, disabled=False).wait_for()
    press(card, "Reset room")
    card.get_by_role("button", name="Undo", exact=True, disabled=True).wait_for()
    return card


def test_thirty_dots_fly_into_one_place_when_the_records_are_pooled_and_apart_again(lab, page):
    panel(lab, "Thirty dots")
    apart = page.page.evaluate(DOTS)
    assert len(apart) == 30 and len(set(apart)) > 20
    box = lab.get_by_label("Pool the records: all rows in one place")
    box.focus()
    box.press("Space")
    assert len(set(page.page.evaluate(DOTS))) == 1
    lab.get_by_text("one place with all 300 records").wait_for()
    box.press("Space")
    assert page.page.evaluate(DOTS) == apart


def test_the_dots_move_through_the_air_unless_motion_is_unwanted(lab, page):
    panel(lab, "Thirty dots")
    seconds = "() => getComputedStyle(document.querySelector('.fl-cloud-dot')).transitionDuration"
    assert page.page.evaluate(seconds) == "0.7s"
    page.page.emulate_media(reduced_motion="reduce")
    assert page.page.evaluate(seconds) == "0s"
    page.page.emulate_media(reduced_motion="no-preference")


def test_a_seat_number_chosen_by_keyboard_changes_whose_missed_cancers_are_counted(lab):
    shown = panel(lab, "You are the hospital")
    shown.get_by_text("of 63 cancers missed by hospital 7, which is yours").wait_for()
    slide(lab, "Your seat", "ArrowRight", 2)
    shown.get_by_text("of 63 cancers missed by hospital 9, which is yours").wait_for()
    assert lab.locator(".fl-page-you .fl-is-x").count() > 0


def test_there_is_no_run_button_where_nothing_travels(lab):
    assert not lab.get_by_role("button", name="Run", exact=True).count()
    assert not lab.get_by_role("progressbar").count()


@pytest.mark.parametrize(
    ("tab", "label"),
    [
        ("More rows", "Rows each"),
        ("More rows", "Skew"),
        ("Thirty dots", "Hospitals"),
        ("You are the hospital", "Your seat"),
    ],
)
def test_from_key_press_to_changed_lab_it_takes_under_100_ms(lab, page, record_property, tab, label):
    panel(lab, tab)
    page.page.evaluate(STOPWATCH, [".fl-lab", ".fl-panel"])
    knob = slide(lab, label, "Home")
    page.page.wait_for_timeout(400)
    times = []
    for presses in range(MOST_PRESSES):
        knob.press("ArrowRight" if presses % 8 < 4 else "ArrowLeft")
        page.page.wait_for_function("() => window.watch.chart !== undefined && window.watch.control !== undefined")
        times.append(page.page.evaluate("() => window.watch.chart"))
        page.page.wait_for_timeout(400)  # what the kernel computes when the knob has come to rest is over
        if presses >= 3 and min(times) < FAST_ENOUGH:
            break
    record_property(label, times)
    print(f"{label}: key press → chart drawn: median {statistics.median(times):.0f} ms, from {min(times):.0f} to "
          f"{max(times):.0f}")  # fmt: skip
    assert min(times) < FAST_ENOUGH  # of the best: another program on this computer may slow the others


def test_axe_finds_nothing_wrong_whichever_panel_is_open_in_light_and_dark(lab, page):
    faults = []
    for theme, rules in (("light", ()), ("dark", ("color-contrast",))):
        page.set_theme(theme)
        for tab in lab.get_by_role("tab").all():
            tab.click()
            faults += page.accessibility_faults(".fl-lab", *rules)
    page.set_theme("light")
    assert not faults, "\n".join(faults)


def test_on_a_telephones_screen_nothing_is_wider_than_the_screen(lab, page):
    before = page.page.viewport_size
    page.page.set_viewport_size({"width": 390, "height": 844})
    page.close_sidebars()
    wide = []
    for tab in lab.get_by_role("tab").all():
        tab.click()
        page.page.wait_for_timeout(100)
        wide += page.page.evaluate(
            """() => [...document.querySelectorAll(".fl")]
              .filter(part => part.offsetParent && part.scrollWidth > part.clientWidth + 1)
              .map(part => `${part.className}: ${part.scrollWidth}`)"""
        )
    page.page.set_viewport_size(before)
    assert not wide


def test_nothing_went_wrong_behind_all_this(page):
    page.assert_clean()

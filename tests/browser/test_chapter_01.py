"""Chapter 01's lab in JupyterLab: thirty dots fly together, a seat is a hospital, and every knob answers at once."""

import pytest

from .hands import FAST_ENOUGH, expect, faults_on_every_panel, panel, slide, soon, time_presses, wide_parts

CELLS = ["import fedlearn_edu as fl", 'fl.lab("01")', 'fl.question("01")', 'fl.exercise("01.1")']
DOTS = "() => [...document.querySelectorAll('.fl-cloud-dot')].map(dot => dot.style.transform)"


def test_thirty_dots_fly_into_one_place_when_the_records_are_pooled_and_apart_again(lab, page):
    panel(lab, "Thirty dots")
    apart = soon(lambda: page.page.evaluate(DOTS), lambda dots: len(dots) == 30 and len(set(dots)) > 20)
    box = lab.get_by_label("Pool the records: all rows in one place")
    box.focus()
    box.press("Space")
    soon(lambda: len(set(page.page.evaluate(DOTS))), 1)
    expect(lab.get_by_text("one place with all 300 records")).to_be_visible()
    box.press("Space")
    soon(lambda: page.page.evaluate(DOTS), apart)


def test_the_dots_move_through_the_air_unless_motion_is_unwanted(lab, page):
    panel(lab, "Thirty dots")
    dot = lab.locator(".fl-cloud-dot").first
    expect(dot).to_have_css("transition-duration", "0.7s")
    page.page.emulate_media(reduced_motion="reduce")
    expect(dot).to_have_css("transition-duration", "0s")
    page.page.emulate_media(reduced_motion="no-preference")


def test_a_seat_number_chosen_by_keyboard_changes_whose_missed_cancers_are_counted(lab):
    shown = panel(lab, "You are the hospital")
    expect(shown.get_by_text("of 63 cancers missed by hospital 7, which is yours")).to_be_visible()
    slide(lab, "Your seat", "ArrowRight", 2)
    expect(shown.get_by_text("of 63 cancers missed by hospital 9, which is yours")).to_be_visible()
    soon(lab.locator(".fl-page-you .fl-is-x").count, lambda marks: marks > 0)


def test_there_is_no_run_button_where_nothing_travels(lab):
    expect(lab.get_by_role("button", name="Reset room")).to_be_visible()
    expect(lab.get_by_role("button", name="Run", exact=True)).to_have_count(0)
    expect(lab.get_by_role("progressbar")).to_have_count(0)


@pytest.mark.parametrize(
    ("tab", "label"),
    [
        ("More rows", "Rows each"),
        ("More rows", "Skew"),
        ("Thirty dots", "Hospitals"),
        ("You are the hospital", "Your seat"),
    ],
)
def test_from_key_press_to_changed_lab_it_takes_under_100_ms(lab, record_property, tab, label):
    panel(lab, tab)
    times = time_presses(lab, label, turn=4, least=3)
    record_property(label, times["chart"])
    assert min(times["chart"]) < FAST_ENOUGH  # of the best: another program on this computer may slow the others


def test_axe_finds_nothing_wrong_whichever_panel_is_open_in_light_and_dark(lab, page):
    faults = faults_on_every_panel(page, lab)
    page.set_theme("dark")
    faults += faults_on_every_panel(page, lab, "color-contrast")
    page.set_theme("light")
    assert not faults, "\n".join(faults)


def test_on_a_telephones_screen_nothing_is_wider_than_the_screen(lab, page):
    assert not wide_parts(page, lab)


def test_nothing_went_wrong_behind_all_this(page):
    page.assert_clean()

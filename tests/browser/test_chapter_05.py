"""Chapter 05's lab in JupyterLab: eyes, paint by mouse and keyboard, the counter that runs in the page."""

from hashlib import sha256

import nbformat
import pytest

from fedlearn_edu.widgets.labs.alignment_panels import PHONE, SALT, P, power_mod, to_group

from .test_chapter_04 import panel, press, slide, until

NAME = "lab_05.ipynb"
CELLS = ["import fedlearn_edu as fl", 'fl.lab("05")', 'fl.question("05")', 'fl.exercise("05.1")']


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
    slide(card, "Guesses slipped in", "ArrowRight")  # something to undo; when there is nothing any more, it was reset
    card.get_by_role("button", name="Undo", exact=True, disabled=False).wait_for()
    press(card, "Reset room")
    card.get_by_role("button", name="Undo", exact=True, disabled=True).wait_for()
    panel(card, "Who finds out whom")
    return card


def counts(lab):
    return [item.inner_text().splitlines() for item in lab.locator(".fl-regions li").all()]


def dots(lab, state):
    return lab.locator(f".fl-customer-{state}").count()


def pots(lab):
    return [int(one) for one in lab.locator(".fl-paint-number").all_text_contents()]


# --- who finds out whom


def test_other_eyes_see_other_customers_at_once(lab):
    lab.get_by_text("40 tax office only").wait_for()
    assert (dots(lab, "known"), dots(lab, "common"), dots(lab, "sealed"), dots(lab, "found")) == (40, 160, 40, 0)
    lab.get_by_label("an eavesdropper").check()
    assert (dots(lab, "known"), dots(lab, "common"), dots(lab, "sealed")) == (0, 0, 240)
    assert lab.locator(".fl-chart-customers svg").get_attribute("aria-label").startswith("The customers with an eaves")


def test_plain_hashes_are_played_attacked_and_crossed_out(lab):
    lab.get_by_label("Method").select_option(label="plain hashes: to be broken")
    press(lab, "Run")
    until(lab, "finished")
    lab.get_by_text("Played, and the attack was run.").wait_for()
    assert dots(lab, "found") == 40 and counts(lab)[2] == ["✕ 40 tax office only", "40 of 40 known by name"]
    lab.get_by_label("Method").select_option(label="ECDH: blinded points")
    press(lab, "Run")
    lab.get_by_text("Played, and the attack was run. Trying all 2,000 codes of the register finds nobody").wait_for()
    assert dots(lab, "found") == 0
    table = panel(lab, "What travels").locator("tbody tr")
    assert table.count() == 4 and "a·H(x)" in table.first.inner_text()


def test_the_boxes_follow_the_sliders(lab):
    slide(lab, "Bank", "End")
    lab.get_by_text("bank: a list of 300").wait_for()
    slide(lab, "Common", "Home")
    lab.get_by_text("◆ 0 common").wait_for()
    assert dots(lab, "known") == 300 and dots(lab, "sealed") == 200


# --- paint


def test_both_orders_end_in_one_colour_for_one_customer(lab):
    mixers = panel(lab, "Two paint mixers")
    ann, end = to_group("Ann"), power_mod(to_group("Ann"), 5, 9)
    assert pots(mixers) == [ann, pow(ann, 5, P), end, ann, pow(ann, 9, P), end]
    assert mixers.locator(".fl-mix-verdict").text_content() == "="


def test_paint_is_mixed_in_the_page_by_keyboard_and_says_what_the_colours_say(lab):
    mixers = panel(lab, "Two paint mixers")
    mixers.get_by_label("Cem").nth(1).check()
    slide(mixers, "The bank's secret a", "ArrowRight", 2)
    ann, cem = to_group("Ann"), to_group("Cem")
    ends = power_mod(ann, 7, 9), power_mod(cem, 9, 7)
    assert pots(mixers) == [ann, pow(ann, 7, P), ends[0], cem, pow(cem, 9, P), ends[1]]
    assert mixers.locator(".fl-mix-verdict").text_content() == "≠"
    said = mixers.locator(".fl-mixers-said").inner_text()
    assert said.startswith(f"{ends[0]} and {ends[1]}: other colours, so other customers, Ann and Cem")
    assert said in mixers.locator(".fl-chart-mixers svg").get_attribute("aria-label")


# --- crack me


def test_the_page_hashes_as_python_does_and_finds_the_number_again(lab):
    crack = panel(lab, "Crack me")
    field = crack.get_by_label("A made-up phone number")
    field.fill(PHONE)
    assert crack.locator(".fl-digest").inner_text().endswith(sha256(PHONE.encode()).hexdigest())
    field.press("Enter")
    crack.get_by_text(f"Found: {PHONE}, after {int(PHONE[5:]) + 1:,} tries").wait_for()
    crack.get_by_label("Salted, and the attacker knows the salt").check()
    assert crack.locator(".fl-digest").inner_text().endswith(sha256((SALT + PHONE).encode()).hexdigest())
    press(crack, "Find it")
    crack.get_by_text(f"Found: {PHONE}, after").wait_for()


def test_a_long_search_goes_on_while_other_controls_answer_and_can_be_stopped(lab):
    crack = panel(lab, "Crack me")
    crack.get_by_label("A made-up phone number").fill("10099999999")
    slide(crack, "Known digits", "Home")  # 100 million numbers
    press(crack, "Find it")
    crack.page.wait_for_function("() => document.querySelector('.fl-crack progress').value > 0")
    first = crack.locator(".fl-crack-counter").inner_text()
    panel(lab, "Two paint mixers")
    slide(lab, "The bank's secret a", "ArrowRight")
    assert lab.locator(".fl-paint-number").nth(1).text_content() == str(pow(to_group("Ann"), 6, P))
    crack = panel(lab, "Crack me")
    assert crack.locator(".fl-crack-counter").inner_text() != first
    press(crack, "Stop")
    crack.get_by_text("Stopped.").wait_for()
    at = crack.locator(".fl-crack-counter").inner_text()
    crack.page.wait_for_timeout(150)
    assert crack.locator(".fl-crack-counter").inner_text() == at
    assert crack.get_by_role("button", name="Find it").is_enabled()


@pytest.mark.parametrize("typed", ["1005520123", "1005520123x", ""])
def test_what_is_no_number_is_said_and_cannot_be_searched(lab, typed):
    crack = panel(lab, "Crack me")
    field = crack.get_by_label("A made-up phone number")
    field.fill(typed)
    assert field.get_attribute("aria-invalid") == "true"
    assert crack.locator(".fl-digest").inner_text() == "Type 11 digits, and nothing else."
    assert crack.get_by_role("button", name="Find it").is_disabled()


# --- the whole


def test_axe_finds_nothing_wrong_whichever_panel_is_open(lab, page):
    faults = []
    for tab in lab.get_by_role("tab").all():
        tab.click()
        faults += page.accessibility_faults(".fl-lab")
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

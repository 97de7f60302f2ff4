"""Chapter 05's lab in JupyterLab: eyes, paint by mouse and keyboard, the counter that runs in the page."""

import re
from hashlib import sha256

import pytest

from fedlearn_edu.widgets.labs.alignment_panels import PHONE, SALT, P, power_mod, to_group

from .hands import (
    begins,
    expect,
    faults_on_every_panel,
    lie_over_each_other,
    panel,
    press,
    rows_of_tabs,
    slide,
    soon,
    until,
    wide_parts,
)  # fmt: skip

LONG = 60_000  # milliseconds for a search
CELLS = ["import fedlearn_edu as fl", 'fl.lab("05")', 'fl.question("05")', 'fl.exercise("05.1")']


def ends_with(digest):
    return re.compile(re.escape(digest) + r"\s*$")


def counts(lab):
    return [item.inner_text().splitlines() for item in lab.locator(".fl-regions li").all()]


def customers(lab, **counts):
    """So many customers are drawn as known, common, sealed, found."""
    for state, count in counts.items():
        expect(lab.locator(f".fl-customer-{state}")).to_have_count(count)


def pots(lab, numbers):
    """The numbers of the pots of paint."""
    expect(lab.locator(".fl-paint-number")).to_have_text([str(number) for number in numbers])


def test_the_names_of_all_panels_stand_in_one_line(lab):
    assert rows_of_tabs(lab) == 1


# --- who finds out whom


def test_other_eyes_see_other_customers_at_once(lab):
    expect(lab.get_by_text("40 tax office only")).to_be_visible()
    customers(lab, known=40, common=160, sealed=40, found=0)
    lab.get_by_label("an eavesdropper").check()
    customers(lab, sealed=240, known=0, common=0)
    drawing = lab.locator(".fl-chart-customers svg")
    expect(drawing).to_have_attribute("aria-label", begins("The customers with an eaves"))


def test_plain_hashes_are_played_attacked_and_crossed_out(lab):
    lab.get_by_label("Method").select_option(label="plain hashes: to be broken")
    press(lab, "Run")
    until(lab, "finished")
    expect(lab.get_by_text("Played, and the attack was run.")).to_be_visible()
    customers(lab, found=40)
    soon(lambda: counts(lab)[2], ["✕ 40 tax office only", "40 of 40 known by name"])
    lab.get_by_label("Method").select_option(label="ECDH: blinded points")
    press(lab, "Run")
    nobody = "Played, and the attack was run. Trying all 2,000 codes of the register finds nobody"
    expect(lab.get_by_text(nobody)).to_be_visible()
    customers(lab, found=0)
    table = panel(lab, "What travels").locator("tbody tr")
    expect(table).to_have_count(4)
    expect(table.first).to_contain_text("a·H(x)")


def test_the_boxes_follow_the_sliders(lab):
    slide(lab, "Bank", "End")
    expect(lab.get_by_text("bank: a list of 300")).to_be_visible()
    slide(lab, "Common", "Home")
    expect(lab.get_by_text("◆ 0 common")).to_be_visible()
    customers(lab, known=300, sealed=200)


# --- paint


def test_both_orders_end_in_one_colour_for_one_customer(lab):
    mixers = panel(lab, "Two paint mixers")
    ann, end = to_group("Ann"), power_mod(to_group("Ann"), 5, 9)
    pots(mixers, [ann, pow(ann, 5, P), end, ann, pow(ann, 9, P), end])
    expect(mixers.locator(".fl-mix-verdict")).to_have_text("=")


def test_paint_is_mixed_in_the_page_by_keyboard_and_says_what_the_colours_say(lab):
    mixers = panel(lab, "Two paint mixers")
    mixers.get_by_label("Cem").nth(1).check()
    slide(mixers, "The bank's secret a", "ArrowRight", 2)
    ann, cem = to_group("Ann"), to_group("Cem")
    ends = power_mod(ann, 7, 9), power_mod(cem, 9, 7)
    pots(mixers, [ann, pow(ann, 7, P), ends[0], cem, pow(cem, 9, P), ends[1]])
    expect(mixers.locator(".fl-mix-verdict")).to_have_text("≠")
    said = mixers.locator(".fl-mixers-said")
    expect(said).to_have_text(begins(f"{ends[0]} and {ends[1]}: other colours, so other customers, Ann and Cem"))
    drawing = mixers.locator(".fl-chart-mixers svg")
    expect(drawing).to_have_attribute("aria-label", re.compile(re.escape(said.inner_text())))


# --- crack me


def test_the_page_hashes_as_python_does_and_finds_the_number_again(lab):
    crack = panel(lab, "Crack me")
    field = crack.get_by_label("A made-up phone number")
    field.fill(PHONE)
    expect(crack.locator(".fl-digest")).to_have_text(ends_with(sha256(PHONE.encode()).hexdigest()))
    field.press("Enter")
    expect(crack.get_by_text(f"Found: {PHONE}, after {int(PHONE[5:]) + 1:,} tries")).to_be_visible(timeout=LONG)
    crack.get_by_label("Salted, and the attacker knows the salt").check()
    expect(crack.locator(".fl-digest")).to_have_text(ends_with(sha256((SALT + PHONE).encode()).hexdigest()))
    press(crack, "Find it")
    expect(crack.get_by_text(f"Found: {PHONE}, after")).to_be_visible(timeout=LONG)


def test_a_long_search_goes_on_while_other_controls_answer_and_can_be_stopped(lab):
    crack = panel(lab, "Crack me")
    crack.get_by_label("A made-up phone number").fill("10099999999")
    slide(crack, "Known digits", "Home")  # 100 million numbers
    press(crack, "Find it")
    counter = crack.locator(".fl-crack-counter")
    soon(lambda: crack.get_by_role("progressbar").evaluate("bar => bar.value"), lambda done: done > 0)
    first = counter.inner_text()
    panel(lab, "Two paint mixers")
    slide(lab, "The bank's secret a", "ArrowRight")
    expect(lab.locator(".fl-paint-number").nth(1)).to_have_text(str(pow(to_group("Ann"), 6, P)))
    crack = panel(lab, "Crack me")
    soon(counter.inner_text, lambda text: text != first)
    press(crack, "Stop")
    expect(crack.get_by_text("Stopped.")).to_be_visible()
    at = counter.inner_text()
    crack.page.wait_for_timeout(150)
    assert counter.inner_text() == at
    expect(crack.get_by_role("button", name="Find it")).to_be_enabled()


@pytest.mark.parametrize("typed", ["1005520123", "1005520123x", ""])
def test_what_is_no_number_is_said_and_cannot_be_searched(lab, typed):
    crack = panel(lab, "Crack me")
    field = crack.get_by_label("A made-up phone number")
    field.fill(typed)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(crack.locator(".fl-digest")).to_have_text("Type 11 digits, and nothing else.")
    expect(crack.get_by_role("button", name="Find it")).to_be_disabled()


# --- the whole


def test_axe_finds_nothing_wrong_whichever_panel_is_open(lab, page):
    faults = faults_on_every_panel(page, lab)
    assert not faults, "\n".join(faults)


def test_on_a_telephones_screen_nothing_is_wider_than_the_screen(lab, page):
    assert not wide_parts(page, lab)


def test_on_a_telephones_screen_both_names_can_be_read(lab, page):
    assert not lie_over_each_other(page, lab.locator(".fl-bracket-name-0"), lab.locator(".fl-bracket-name-1"))


def test_on_a_telephones_screen_a_secret_stands_between_two_pots(lab, page):
    panel(lab, "Two paint mixers")
    slide(lab, "The tax office's secret b", "End")
    for secret in range(4):  # two lanes of three pots, and a secret on each arrow
        text, pot = lab.locator(".fl-mix-secret").nth(secret), secret + secret // 2
        for beside in (pot, pot + 1):
            assert not lie_over_each_other(page, text, lab.locator("rect.fl-paint").nth(beside)), (secret, beside)


def test_nothing_went_wrong_behind_all_this(page):
    page.assert_clean()

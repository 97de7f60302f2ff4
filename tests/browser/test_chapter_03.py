"""Chapter 03's lab in JupyterLab: table by mouse and keyboard, guess, slots; on a screen and on a telephone."""

import re

from .hands import begins, expect, faults_on_every_panel, panel, press, slide, soon, until, wide_parts

CELLS = ["import fedlearn_edu as fl", 'fl.lab("03")', 'fl.question("03")', 'fl.exercise("03.1")']


def says(lab, text):
    """The sentence under the table begins so."""
    expect(lab.locator(".fl-grid-said")).to_have_text(begins(text))


def cell(lab, number):
    return lab.locator(".fl-grid-table").get_by_role("button", name=re.compile(rf"^{number}\b"))


def test_two_clicked_ciphertexts_light_their_product_up(lab):
    cell(lab, 31).click()
    cell(lab, 8).click()
    says(lab, "31 · 8 mod 225 = 23. Columns: 2 + 12 mod 15 = 14.")
    expect(cell(lab, 23)).to_have_attribute("data-part", "=")
    expect(lab.get_by_label("First ciphertext")).to_have_attribute("aria-valuetext", "31")


def test_the_table_is_one_tab_stop_and_arrows_and_enter_choose_in_it(lab):
    cell(lab, 1).click()
    start = cell(lab, 1)
    start.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        lab.page.keyboard.press(key)
    says(lab, "1 · 158 mod 225 = 158. Columns: 0 + 2 mod 15 = 2.")
    expect(lab.locator(".fl-grid-table button[tabindex='0']")).to_have_count(1)


def test_sliders_choose_the_same_as_clicks(lab):
    slide(lab, "First ciphertext", "Home")
    slide(lab, "Second ciphertext", "End")
    says(lab, "1 · 14 mod 225 = 14.")


def test_with_hidden_columns_neither_text_nor_labels_nor_order_tell_a_column(lab):
    said, buttons = lab.locator(".fl-grid-said"), lab.locator(".fl-grid-table button")
    expect(said).to_contain_text("Columns")
    lab.get_by_label("Hide the columns: what the server sees").check()
    expect(said).not_to_contain_text("Columns")
    shown = soon(lambda: [int(number) for number in buttons.all_inner_texts()], lambda read: read == sorted(read))
    assert len(shown) > 100
    labels = buttons.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    assert len(labels) == len(shown) and "column" not in " ".join(labels)


def test_a_guess_is_confirmed_without_re_randomising_and_not_with_it(lab):
    lab.get_by_label("Re-randomise what is computed").uncheck()
    press(lab, "Run")
    until(lab, "finished")
    cells = panel(lab, "Guess what is inside")
    expect(cells.get_by_text("d = −2 fits to the last bit")).to_be_visible()
    soon(lambda: cells.locator(".fl-strip li.fl-bad").inner_text().split(), ["−2", "="])
    lab.get_by_label("Re-randomise what is computed").check()
    press(lab, "Run")
    expect(lab.get_by_text("None of 41 guesses fits.")).to_be_visible()
    expect(cells.locator(".fl-strip li.fl-bad")).to_have_count(0)


def test_dragging_the_slot_width_shows_what_fits_and_what_runs_over(lab):
    slots = panel(lab, "Packing")
    lab.get_by_label("300", exact=True).check()
    expect(slots.get_by_text("It fits")).to_be_visible()
    expect(slots.locator(".fl-strip li.fl-good")).to_have_count(5)
    slide(lab, "Slot width", "ArrowLeft", 2)  # 32 bits
    expect(slots.get_by_text("Too narrow")).to_be_visible()
    expect(slots.locator(".fl-strip li.fl-bad")).to_have_count(4)


def test_axe_finds_nothing_wrong_whichever_panel_is_open(lab, page):
    faults = faults_on_every_panel(page, lab)
    assert not faults, "\n".join(faults)


def test_on_a_telephones_screen_nothing_is_wider_than_the_screen(lab, page):
    assert not wide_parts(page, lab)


def test_nothing_went_wrong_behind_all_this(page):
    page.assert_clean()

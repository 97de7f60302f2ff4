"""Chapter 03's lab in JupyterLab: table by mouse and keyboard, guess, slots; on a screen and on a telephone."""

import re

import nbformat
import pytest

from .test_chapter_04 import panel, press, slide, until

NAME = "lab_03.ipynb"
CELLS = ["import fedlearn_edu as fl", 'fl.lab("03")', 'fl.question("03")', 'fl.exercise("03.1")']


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
    slide(
        card, "Tax office", "ArrowRight"
    )  # something to undo: when there is nothing any more, the kernel has answered
    card.get_by_role("button", name="Undo", exact=True, disabled=False).wait_for()
    press(card, "Reset room")
    card.get_by_role("button", name="Undo", exact=True, disabled=True).wait_for()
    panel(card, "The cipher on a page")
    return card


def said(lab):
    return lab.locator(".fl-grid-said").inner_text()


def cell(lab, number):
    return lab.locator(".fl-grid-table").get_by_role("button", name=re.compile(rf"^{number}\b"))


def test_two_clicked_ciphertexts_light_their_product_up(lab):
    cell(lab, 31).click()
    cell(lab, 8).click()
    assert said(lab).startswith("31 · 8 mod 225 = 23. Columns: 2 + 12 mod 15 = 14.")
    assert cell(lab, 23).get_attribute("data-part") == "="
    assert lab.get_by_label("First ciphertext").get_attribute("aria-valuetext") == "31"


def test_the_table_is_one_tab_stop_and_arrows_and_enter_choose_in_it(lab):
    cell(lab, 1).click()
    start = cell(lab, 1)
    start.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        lab.page.keyboard.press(key)
    assert said(lab).startswith("1 · 158 mod 225 = 158. Columns: 0 + 2 mod 15 = 2.")
    assert lab.locator(".fl-grid-table button[tabindex='0']").count() == 1


def test_sliders_choose_the_same_as_clicks(lab):
    slide(lab, "First ciphertext", "Home")
    slide(lab, "Second ciphertext", "End")
    assert said(lab).startswith("1 · 14 mod 225 = 14.")


def test_with_hidden_columns_neither_text_nor_labels_nor_order_tell_a_column(lab):
    before = said(lab)
    lab.get_by_label("Hide the columns: what the server sees").check()
    lab.page.wait_for_function(
        "before => !document.querySelector('.fl-grid-said').innerText.includes('Columns')", arg=before
    )
    buttons = lab.locator(".fl-grid-table button").all()
    assert [int(one.inner_text()) for one in buttons] == sorted(int(one.inner_text()) for one in buttons)
    assert "column" not in " ".join(one.get_attribute("aria-label") for one in buttons[:30])


def test_a_guess_is_confirmed_without_re_randomising_and_not_with_it(lab):
    lab.get_by_label("Re-randomise what is computed").uncheck()
    press(lab, "Run")
    until(lab, "finished")
    cells = panel(lab, "Guess what is inside")
    cells.get_by_text("d = −2 fits to the last bit").wait_for()
    assert cells.locator(".fl-strip li.fl-bad").inner_text().split() == ["−2", "="]
    lab.get_by_label("Re-randomise what is computed").check()
    press(lab, "Run")
    lab.get_by_text("None of 41 guesses fits.").wait_for()
    assert not cells.locator(".fl-strip li.fl-bad").count()


def test_dragging_the_slot_width_shows_what_fits_and_what_runs_over(lab):
    slots = panel(lab, "Packing")
    lab.get_by_label("300", exact=True).check()
    slots.get_by_text("It fits").wait_for()
    assert slots.locator(".fl-strip li.fl-good").count() == 5
    slide(lab, "Slot width", "ArrowLeft", 2)  # 32 bits
    slots.get_by_text("Too narrow").wait_for()
    assert slots.locator(".fl-strip li.fl-bad").count() == 4


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

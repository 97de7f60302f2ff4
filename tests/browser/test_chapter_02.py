"""Chapter 02's labs in JupyterLab: meadow and images by keyboard, the plane by mouse and keys, the cards."""

import re

import nbformat
import pytest

from .test_chapter_04 import choose, panel, press, slide, until

NAME = "lab_02.ipynb"
CELLS = ["import fedlearn_edu as fl", 'fl.lab("02")', 'fl.lab("02-which")', 'fl.question("02")', 'fl.exercise("02.1")']


@pytest.fixture(scope="module")
def page(lab_server, open_notebook):
    """A notebook with the chapter's widgets, run once; the whole chapter runs in `notebooks/` under nbval."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [nbformat.v4.new_code_cell(text) for text in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), lab_server.root / NAME)
    notebook = open_notebook(lab_server, NAME)
    notebook.run_all()
    return notebook


def fresh(page, card, label, first):
    """The lab as it opens: when there is nothing to undo any more, the kernel has answered."""
    slide(card, label, "ArrowLeft")
    card.get_by_role("button", name="Undo", exact=True, disabled=False).wait_for()
    page.wait_until_idle()  # a slider's last position is sent when the kernel has dealt with the one before
    card.page.wait_for_timeout(200)
    press(card, "Reset room")
    card.get_by_role("button", name="Undo", exact=True, disabled=True).wait_for()
    panel(card, first)
    return card


@pytest.fixture
def sheep(page):
    return fresh(page, page.widgets(".fl-lab").first, "Pastures", "What it remembers")


@pytest.fixture
def which(page):
    return fresh(page, page.widgets(".fl-lab").nth(1), "People in common", "Two tables")


def meadow(card, pasture):
    """The percents in one line of the meadow."""
    line = card.locator(".fl-meadow tbody tr").nth(pasture - 1)
    return [int(cell) for cell in line.locator(".fl-known").all_inner_texts()]


def name_of(card):
    return card.locator(".fl-plane-name").inner_text()


def test_the_meadow_shows_that_the_first_pasture_is_forgotten_after_the_second(sheep):
    assert meadow(sheep, 1) == [100, 0, 0, 0, 0]
    assert sheep.locator(".fl-sheep").count() == 5


def test_with_skew_0_by_keyboard_the_grass_stands_everywhere(sheep):
    slide(sheep, "Skew", "Home")
    sheep.get_by_text("Nothing much is forgotten").wait_for()
    assert min(meadow(sheep, 1)) > 80


def test_lambs_run_and_know_every_pasture(sheep):
    choose(sheep, "Who grazes", "a lamb each")
    slide(sheep, "Tours", "End")
    press(sheep, "Run")
    until(sheep, "finished")
    assert all(meadow(sheep, k)[-1] > 60 for k in range(1, 6)) and len(meadow(sheep, 1)) == 4


def test_dragging_the_images_from_one_to_twenty_turns_a_copy_into_a_crowd(sheep):
    shown = panel(sheep, "One image as grass")
    assert shown.locator(".fl-number-block strong").inner_text().endswith(("⁻¹⁸", "⁻¹⁷", "⁻¹⁶", "⁻¹⁵")) or (
        shown.locator(".fl-number-block strong").inner_text() == "0"
    )
    slide(sheep, "Images on the pasture", "End")
    shown.get_by_text("20 melt into one").wait_for()
    assert shown.locator(".fl-pictures").first.locator(".fl-picture").count() == 20
    assert float(shown.locator(".fl-number-block strong").inner_text()) > 0.05


def test_what_the_sheep_carries_is_overwritten_from_pasture_to_pasture(sheep):
    shown = panel(sheep, "What the sheep carries")
    before = shown.locator(".fl-pictures").first.locator("svg").first.inner_html()
    slide(sheep, "Look at the sheep after pasture", "ArrowRight")
    shown.get_by_text(re.compile("W after pasture 2")).wait_for()
    assert shown.locator(".fl-pictures").first.locator("svg").first.inner_html() != before


def test_the_second_table_is_dragged_by_mouse_and_the_name_follows(which):
    assert name_of(which).startswith("Horizontal")
    which.locator(".fl-plane-grip").scroll_into_view_if_needed()
    grip, mouse = which.locator(".fl-plane-grip").bounding_box(), which.page.mouse
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + grip["width"] * 0.85, y - grip["height"] * 0.85, steps=8)
    mouse.up()
    assert name_of(which).startswith("Vertical")
    assert int(which.get_by_label("People in common", exact=True).input_value()) > 80
    mouse.move(x, y)  # released: it follows no more
    assert name_of(which).startswith("Vertical")
    which.get_by_text(re.compile("columns in common: vertical")).wait_for()  # and the kernel's sentence follows


def test_arrow_keys_move_the_second_table_and_stop_at_its_ends(which):
    grip = which.locator(".fl-plane-grip")
    grip.focus()
    for _ in range(25):
        grip.press("ArrowRight")
    assert which.get_by_label("Columns in common", exact=True).input_value() == "0"
    assert name_of(which).startswith("Federated transfer")
    for _ in range(4):
        grip.press("ArrowDown")
    assert name_of(which).startswith("Nothing") and "no bridge" in grip.get_attribute("aria-valuetext")
    which.get_by_text("0 % of the people and 0 % of the columns").wait_for()  # and the kernel's sentence follows


def test_the_sliders_move_the_table(which):
    before = which.locator(".fl-plane-second").get_attribute("x")
    slide(which, "Columns in common", "Home")
    assert which.locator(".fl-plane-second").get_attribute("x") != before


def test_cards_are_sorted_by_keyboard_and_say_why(which):
    panel(which, "Six cards to sort")
    card = which.locator(".fl-sort").first
    card.get_by_label("vertical", exact=True).focus()
    card.page.keyboard.press("Space")
    card.get_by_text("Not quite.").wait_for()
    card.page.keyboard.press("ArrowLeft")
    card.get_by_text("Right. Same columns").wait_for()
    which.get_by_text("1 of 6 sorted.").wait_for()


def test_axe_finds_nothing_wrong_whichever_panel_is_open_light_or_dark(sheep, which, page):
    faults = []
    for card in (sheep, which):
        for tab in card.get_by_role("tab").all():
            tab.click()
            faults += page.accessibility_faults(".fl-lab")
    page.set_theme("dark")
    for card in (sheep, which):
        for tab in card.get_by_role("tab").all():
            tab.click()
            faults += page.accessibility_faults(".fl-lab [role=tabpanel]", "color-contrast")
    page.set_theme("light")
    assert not faults, "\n".join(faults)


def test_on_a_telephones_screen_nothing_is_wider_than_the_screen(sheep, which, page):
    before = page.page.viewport_size
    page.page.set_viewport_size({"width": 390, "height": 844})
    page.close_sidebars()
    wide = []
    for card in (sheep, which):
        for tab in card.get_by_role("tab").all():
            tab.click()
            page.page.wait_for_timeout(100)
            wide += page.page.evaluate(
                """() => [...document.querySelectorAll(".fl, .fl .fl-page > *")]
                  .filter(part => part.offsetParent && part.scrollWidth > part.clientWidth + 1)
                  .map(part => `${part.className}: ${part.scrollWidth}`)"""
            )
    page.page.set_viewport_size(before)
    assert not wide


def test_nothing_went_wrong_behind_all_this(page):
    page.assert_clean()

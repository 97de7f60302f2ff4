"""Chapter 02's labs in JupyterLab: meadow and images by keyboard, the plane by mouse and keys, the cards."""

import re

import pytest

from .hands import begins, choose, expect, faults_on_every_panel, fresh, panel, press, slide, soon, until, wide_parts
from .page import settle

CELLS = ["import fedlearn_edu as fl", 'fl.lab("02")', 'fl.lab("02-which")', 'fl.question("02")', 'fl.exercise("02.1")']


# Whether the sheep in a cell and the cell's number meet.
COVERED = """cells => cells.map(cell => {
  const digits = document.createRange();
  digits.selectNodeContents(cell.querySelector(".fl-known"));
  const sheep = cell.querySelector(".fl-sheep").getBoundingClientRect(), number = digits.getBoundingClientRect();
  const side = sheep.right > number.left && number.right > sheep.left;
  return side && sheep.bottom > number.top && number.bottom > sheep.top;
})"""


@pytest.fixture
def sheep(page):
    return fresh(page.widgets(".fl-lab").first)


@pytest.fixture
def which(page):
    return fresh(page.widgets(".fl-lab").nth(1))


def meadow(card, pasture):
    """The percents in one line of the meadow."""
    line = card.locator(".fl-meadow tbody tr").nth(pasture - 1)
    return [int(cell) for cell in line.locator(".fl-known").all_inner_texts()]


def name_of(card):
    return card.locator(".fl-plane-name")


def test_the_meadow_shows_that_the_first_pasture_is_forgotten_after_the_second(sheep):
    soon(lambda: meadow(sheep, 1), [100, 0, 0, 0, 0])
    expect(sheep.locator(".fl-sheep")).to_have_count(5)


def test_with_skew_0_by_keyboard_the_grass_stands_everywhere(sheep):
    slide(sheep, "Skew", "Home")
    expect(sheep.get_by_text("Nothing much is forgotten")).to_be_visible()
    soon(lambda: meadow(sheep, 1), lambda percents: min(percents) > 80)


@pytest.mark.parametrize(("grass", "tours"), [("digits", 4), ("breast cancer", 1)])
def test_the_meadow_names_every_pasture_and_its_grass_in_full(sheep, grass, tours):
    choose(sheep, "Grass", grass)
    slide(sheep, "Tours", "ArrowRight", times=tours - 1)
    soon(lambda: len(meadow(sheep, 1)), 5 * tours)
    cut = "names => names.filter(name => name.scrollWidth > name.clientWidth).map(name => name.innerText)"
    assert sheep.locator(".fl-meadow tbody th").evaluate_all(cut) == []


def test_with_ten_pastures_and_four_tours_no_sheep_stands_on_a_number(sheep):
    slide(sheep, "Pastures", "End")
    slide(sheep, "Tours", "End")
    soon(lambda: len(meadow(sheep, 1)), 40)
    grazed = sheep.locator(".fl-grazed")
    expect(grazed).to_have_count(40)
    assert not any(grazed.evaluate_all(COVERED))


def test_what_a_knob_is_stays_to_be_read_while_it_moves(sheep):
    line, knob = sheep.locator(".fl-lab-help"), sheep.get_by_label("Pastures", exact=True)
    knob.focus()
    said = line.inner_text()
    knob.press("ArrowRight")
    expect(sheep.get_by_label("Scene", exact=True)).to_have_value("")  # the scene has ended, and with it its note
    assert line.inner_text() == said
    press(sheep, "Run")  # one is no more at the knob
    expect(line).to_have_text("Go to a knob to read what it does.")


def test_lambs_run_and_know_every_pasture(sheep):
    choose(sheep, "Who grazes", "a lamb each")
    slide(sheep, "Tours", "End")
    press(sheep, "Run")
    until(sheep, "finished")
    soon(lambda: len(meadow(sheep, 1)), 4)
    for pasture in range(1, 6):
        soon(lambda at=pasture: meadow(sheep, at)[-1], lambda known: known > 60)


def test_dragging_the_images_from_one_to_twenty_turns_a_copy_into_a_crowd(sheep):
    shown = panel(sheep, "One image as grass")
    number = shown.locator(".fl-number-block strong")
    expect(number).to_have_text(re.compile(r"^\s*(0|.*⁻¹[⁵-⁸])\s*$"))
    slide(sheep, "Images on the pasture", "End")
    expect(shown.get_by_text("20 melt into one")).to_be_visible()
    expect(shown.locator(".fl-pictures").first.locator(".fl-picture")).to_have_count(20)
    soon(lambda: float(number.inner_text()), lambda error: error > 0.05)


def test_what_the_sheep_carries_is_overwritten_from_pasture_to_pasture(sheep):
    carried = panel(sheep, "What the sheep carries").locator(".fl-pictures").first.locator("svg").first
    before = carried.inner_html()
    slide(sheep, "Look at the sheep after pasture", "ArrowRight")
    expect(sheep.get_by_role("tabpanel").get_by_text("W after pasture 2")).to_be_visible()
    soon(carried.inner_html, lambda drawn: drawn != before)


def test_the_second_table_is_dragged_by_mouse_and_the_name_follows(which):
    expect(name_of(which)).to_have_text(begins("Horizontal"))
    which.locator(".fl-plane-grip").scroll_into_view_if_needed()
    grip, mouse = which.locator(".fl-plane-grip").bounding_box(), which.page.mouse
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + grip["width"] * 0.85, y - grip["height"] * 0.85, steps=8)
    mouse.up()
    expect(name_of(which)).to_have_text(begins("Vertical"))
    people = which.get_by_label("People in common", exact=True)
    common = soon(people.input_value, lambda value: int(value) > 80)
    mouse.move(x + grip["width"] * 0.5, y - grip["height"] * 0.5)  # released: it follows no more
    expect(which.get_by_text("columns in common: vertical")).to_be_visible()  # and the kernel's sentence follows
    settle(which.page)
    expect(name_of(which)).to_have_text(begins("Vertical"))
    expect(people).to_have_value(common)


def test_arrow_keys_move_the_second_table_and_stop_at_its_ends(which):
    grip = which.locator(".fl-plane-grip")
    grip.focus()
    for _ in range(25):
        grip.press("ArrowRight")
    expect(which.get_by_label("Columns in common", exact=True)).to_have_value("0")
    expect(name_of(which)).to_have_text(begins("Federated transfer"))
    for _ in range(4):
        grip.press("ArrowDown")
    expect(name_of(which)).to_have_text(begins("Nothing"))
    expect(grip).to_have_attribute("aria-valuetext", re.compile("no bridge"))
    expect(which.get_by_text("0 % of the people and 0 % of the columns")).to_be_visible()  # and the kernel's sentence


def test_the_sliders_move_the_table(which):
    table = which.locator(".fl-plane-second")
    before = table.get_attribute("x")
    slide(which, "Columns in common", "Home")
    expect(table).not_to_have_attribute("x", before)


def test_cards_are_sorted_by_keyboard_and_say_why(which):
    panel(which, "Six cards to sort")
    card = which.locator(".fl-sort").first
    card.get_by_label("vertical", exact=True).focus()
    card.page.keyboard.press("Space")
    expect(card.get_by_text("Not quite.")).to_be_visible()
    card.page.keyboard.press("ArrowLeft")
    expect(card.get_by_text("Right. Same columns")).to_be_visible()
    expect(which.get_by_text("1 of 6 sorted.")).to_be_visible()


def test_axe_finds_nothing_wrong_whichever_panel_is_open_light_or_dark(sheep, which, page):
    faults = [fault for card in (sheep, which) for fault in faults_on_every_panel(page, card)]
    page.set_theme("dark")
    faults += [fault for card in (sheep, which) for fault in faults_on_every_panel(page, card, "color-contrast")]
    page.set_theme("light")
    assert not faults, "\n".join(faults)


def test_on_a_telephones_screen_nothing_is_wider_than_the_screen(sheep, which, page):
    assert not wide_parts(page, sheep, which, parts=".fl, .fl .fl-page > *")


def test_nothing_went_wrong_behind_all_this(page):
    page.assert_clean()

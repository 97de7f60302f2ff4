"""Chapter 06's lab in JupyterLab: two circles by mouse and keyboard, the mask's slider, the run, the guard."""

import nbformat
import pytest

from .test_chapter_04 import panel, press, slide, until

NAME = "lab_06.ipynb"
CELLS = ["import fedlearn_edu as fl", 'fl.lab("06")', 'fl.question("06")', 'fl.exercise("06.1")']


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
    slide(card, "The bank's columns", "ArrowLeft")  # something to undo; when there is nothing any more, it was reset
    card.get_by_role("button", name="Undo", exact=True, disabled=False).wait_for()
    press(card, "Reset room")
    card.get_by_role("button", name="Undo", exact=True, disabled=True).wait_for()
    panel(card, "What it is worth")
    return card


def bars(lab):
    """The areas under the curve, as the bars have them in words."""
    return [float(one) for one in lab.locator(".fl-chart-bars .fl-value").all_text_contents()]


def moves_the_bars(lab, action):
    before = bars(lab)
    action()
    lab.page.wait_for_function(
        """before => [...document.querySelector(".fl-page-worth .fl-chart-bars").querySelectorAll(".fl-value")]
          .some((node, k) => Number(node.textContent) !== before[k])""",
        arg=before,
    )
    return before, bars(lab)


def small_key(lab):
    lab.get_by_label("Key size").select_option(label="512 bits: classroom only, insecure")


# --- what it is worth


def test_taking_columns_away_makes_the_bar_of_both_shorter(lab):
    before, after = moves_the_bars(lab, lambda: slide(lab, "The tax office's columns", "Home"))
    assert before[:3] == [0.72, 0.75, 0.82] and after[0] == 0.72 and after[2] < 0.78
    assert lab.locator(".fl-page-worth td").get_by_text("Income", exact=True).is_visible()


def test_the_circle_is_moved_by_keyboard_and_the_slider_beside_it_follows(lab):
    grip = lab.get_by_role("slider", name="Common customers: drag the tax office")
    grip.focus()
    before, after = moves_the_bars(lab, lambda: grip.press("End"))
    assert grip.get_attribute("aria-valuenow") == "5" and after[3] < before[3] - 0.04
    assert lab.get_by_label("Common customers", exact=True).input_value() == "5"
    assert lab.locator(".fl-venn-common-text").text_content() == "223 common"
    grip.press("ArrowLeft")
    assert grip.get_attribute("aria-valuetext") == "10 % of all customers are common"


def test_the_circle_is_dragged_by_the_mouse(lab, page):
    circle = lab.locator(".fl-venn-grip")
    circle.scroll_into_view_if_needed()
    box = circle.bounding_box()
    x, y = box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x + 30, y, steps=4)
    page.page.mouse.up()
    moved = int(circle.get_attribute("aria-valuenow"))
    assert 5 <= moved < 60
    assert lab.get_by_label("Common customers", exact=True).input_value() == str(moved)


# --- what the coordinator sees


def test_sliding_the_mask_from_uniform_to_none_turns_static_into_the_truth(lab):
    screen = panel(lab, "What the coordinator sees")
    screen.get_by_text("Nothing can be told from it").wait_for()
    assert screen.locator(".fl-static").count() == 17
    slide(lab, "Mask on each gradient", "Home")
    screen.get_by_text("Without a mask the coordinator reads every gradient: Job = part-time matters most.").wait_for()
    assert screen.locator(".fl-static").count() == 0
    both = screen.evaluate(
        """node => [".fl-screen-bar", ".fl-screen-truth"].map(look =>
          [...node.querySelectorAll(look)].map(bar => [bar.getAttribute("x"), bar.getAttribute("width")]))"""
    )
    assert both[0] == both[1] and len(both[0]) == 17


def test_a_run_shows_what_was_really_decrypted_and_its_messages(lab):
    small_key(lab)
    slide(lab, "Mask on each gradient", "Home")
    slide(lab, "Mask on each gradient", "ArrowRight")
    press(lab, "Run")
    until(lab, "finished")
    screen = panel(lab, "What the coordinator sees")
    screen.get_by_text("Played. Masks of ±1 on gradients of up to 107").wait_for()
    steps = panel(lab, "The four steps")
    assert steps.get_by_text("gradient, small mask", exact=True).count() == 2
    panel(lab, "Loss").get_by_text("Encryption changes nothing.").wait_for()


def test_without_a_coordinator_the_other_party_decrypts(lab):
    small_key(lab)
    lab.get_by_label("Who decrypts").select_option(label="nobody else: two keys")
    press(lab, "Run")
    until(lab, "finished")
    panel(lab, "What the coordinator sees").get_by_text("the other party sees static").wait_for()
    rows = panel(lab, "The four steps").locator("tbody tr")
    assert "coordinator" not in " ".join(rows.nth(k).inner_text() for k in range(12))


def test_the_guards_refusal_is_said_where_everybody_looks(lab):
    small_key(lab)
    slide(lab, "The tax office's columns", "End")
    press(lab, "Run")
    until(lab, "failed")
    lab.locator(".fl-lab-problem").get_by_text("Marital = separated: only 3 of 200 rows").wait_for()


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

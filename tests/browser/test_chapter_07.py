"""Chapter 07's lab in JupyterLab: clouds that follow a slider, rounds that are played, a run, what the source sees."""

import nbformat
import pytest

from .test_chapter_04 import panel, press, slide, until

NAME = "lab_07.ipynb"
CELLS = ["import fedlearn_edu as fl", 'fl.lab("07")', 'fl.question("07")', 'fl.exercise("07.1")']


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
    slide(card, "Deal", "ArrowRight")  # something to undo; when there is nothing any more, it was reset
    card.get_by_role("button", name="Undo", exact=True, disabled=False).wait_for()
    press(card, "Reset room")
    card.get_by_role("button", name="Undo", exact=True, disabled=True).wait_for()
    panel(card, "Two clouds")
    return card


def marks(lab, look):
    return lab.locator(f".fl-chart-clouds > svg .fl-clouds-{look}")


def at(lab):
    return marks(lab, "target").evaluate_all("marks => marks.map(mark => mark.style.transform)")


# --- two clouds


def test_every_image_is_there_twice_and_filled_marks_are_odd(lab):
    assert marks(lab, "source").count() == marks(lab, "target").count() == 40
    assert marks(lab, "source.fl-is-odd").count() == marks(lab, "source.fl-is-even").count() == 20
    assert marks(lab, "target.fl-is-odd").count() + marks(lab, "target.fl-is-even").count() == 40
    assert lab.locator(".fl-clouds-thread").count() == 40
    assert lab.locator(".fl-chart-clouds > svg").get_attribute("aria-label").startswith("Forty images, each seen twice")


def test_without_an_overlap_nobody_knows_and_colours_arrive_as_it_grows(lab):
    slide(lab, "Overlap", "Home")
    lab.get_by_text("No image in common").wait_for()
    assert marks(lab, "target.fl-is-nobody").count() == 40
    before = at(lab)
    slide(lab, "Overlap", "End")
    lab.get_by_text("With 200 common images").wait_for()
    assert marks(lab, "target.fl-is-nobody").count() == 0 and at(lab) != before


def test_the_round_is_chosen_in_the_page_and_said_in_words(lab):
    said = lab.locator(".fl-clouds-said")
    last, words = at(lab), said.inner_text()
    assert words.startswith("round 8: the halves of an image lie 0.")
    slide(lab, "Round", "Home")
    assert at(lab) != last and said.inner_text().startswith("start: the halves of an image lie 1.")
    assert said.inner_text() in lab.locator(".fl-chart-clouds > svg").first.get_attribute("aria-label")
    slide(lab, "Round", "End")
    assert at(lab) == last and said.inner_text() == words


def test_the_rounds_are_played_from_the_start_to_the_end(lab):
    last = at(lab)
    press(lab, "Play the rounds")
    said = lab.locator(".fl-clouds-said")
    assert said.inner_text().startswith("start")
    lab.page.wait_for_function("() => document.querySelector('.fl-clouds-said').textContent.startsWith('round 2')")
    lab.page.wait_for_function("() => document.querySelector('.fl-clouds-said').textContent.startsWith('round 8')")
    assert at(lab) == last and lab.get_by_role("slider", name="Round").input_value() == "8"


def test_a_run_under_encryption_ends_where_the_preview_said(lab):
    slide(lab, "Overlap", "ArrowLeft", 12)
    lab.get_by_text("With 40 common images").wait_for()
    words = lab.locator(".fl-lab-sentence").inner_text()
    press(lab, "Run")
    until(lab, "finished")
    assert lab.locator(".fl-lab-sentence").inner_text() == words
    rows = panel(lab, "What the source sees").locator("tbody tr")
    assert "masked gradient" in " ".join(rows.all_inner_texts())


def test_two_different_orders_are_called_nonsense(lab):
    lab.get_by_label("Other order at the target").check()
    lab.get_by_text("it learned nonsense").wait_for()


# --- the honest curve, and what the source sees


def test_the_verdict_follows_the_labels(lab):
    curve = panel(lab, "The honest curve")
    curve.get_by_text("without a label; with 20 labels of its own").wait_for()
    lab.get_by_label("Own labels").select_option(label="100 labels")
    curve.get_by_text("local wins").wait_for()


def test_row_by_row_every_place_is_crossed_and_the_picture_stays_where_it_is(lab):
    panel(lab, "What the source sees")
    seen = lab.locator(".fl-page-seen")
    assert seen.locator("svg > .fl-clouds-found").count() == 0
    top = seen.locator(".fl-chart-clouds").bounding_box()["y"]
    seen.get_by_label("a gradient for each image").check()
    assert seen.locator(".fl-chart-clouds > svg > .fl-clouds-found").count() == 40
    assert seen.locator(".fl-number-block strong").first.inner_text() == "100"
    assert abs(seen.locator(".fl-chart-clouds").bounding_box()["y"] - top) < 1


def test_too_few_common_images_are_refused_by_run(lab):
    slide(lab, "Overlap", "ArrowLeft", 16)
    lab.get_by_text("With 20 common images").wait_for()
    press(lab, "Run")
    lab.get_by_role("alert").get_by_text("20 common rows of 2 dimensions").wait_for()


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

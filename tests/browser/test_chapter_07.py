"""Chapter 07's lab in JupyterLab: clouds that follow a slider, rounds that are played, a run, what the source sees."""

import re

from .hands import begins, expect, faults_on_every_panel, panel, press, slide, soon, until, wide_parts

# The page's own clock goes ten times as fast; and what the cloud says of itself is written down.
HASTE = """lab => {
  const { setInterval } = window, said = lab.querySelector(".fl-clouds-said"), told = window.told = [];
  const watch = new MutationObserver(() => told.push(said.textContent.split(":")[0]));
  watch.observe(said, { childList: true, characterData: true, subtree: true });
  window.setInterval = (act, milliseconds, ...more) => setInterval(act, milliseconds / 10, ...more);
  window.calmly = () => { window.setInterval = setInterval; watch.disconnect(); };
}"""
FROM_THE_TOP = "part => part.getBoundingClientRect().top - part.closest('.fl-lab').getBoundingClientRect().top"
CELLS = ["import fedlearn_edu as fl", 'fl.lab("07")', 'fl.question("07")', 'fl.exercise("07.1")']


def marks(lab, look):
    return lab.locator(f".fl-chart-clouds > svg .fl-clouds-{look}")


def at(lab):
    return marks(lab, "target").evaluate_all("marks => marks.map(mark => mark.style.transform)")


# --- two clouds


def test_every_image_is_there_twice_and_filled_marks_are_odd(lab):
    for look, count in (("source", 40), ("target", 40), ("source.fl-is-odd", 20), ("source.fl-is-even", 20)):
        expect(marks(lab, look)).to_have_count(count)
    expect(marks(lab, "target.fl-is-odd").or_(marks(lab, "target.fl-is-even"))).to_have_count(40)
    expect(lab.locator(".fl-clouds-thread")).to_have_count(40)
    drawing = lab.locator(".fl-chart-clouds > svg").first
    expect(drawing).to_have_attribute("aria-label", begins("Forty images, each seen twice"))


def test_without_an_overlap_nobody_knows_and_colours_arrive_as_it_grows(lab):
    slide(lab, "Overlap", "Home")
    expect(lab.get_by_text("No image in common")).to_be_visible()
    expect(marks(lab, "target.fl-is-nobody")).to_have_count(40)
    before = at(lab)
    slide(lab, "Overlap", "End")
    expect(lab.get_by_text("With 200 common images")).to_be_visible()
    expect(marks(lab, "target.fl-is-nobody")).to_have_count(0)
    soon(lambda: at(lab), lambda places: places != before)


def test_the_round_is_chosen_in_the_page_and_said_in_words(lab):
    said, drawing = lab.locator(".fl-clouds-said"), lab.locator(".fl-chart-clouds > svg").first
    expect(said).to_have_text(begins("round 8: the halves of an image lie 0."))
    last, words = at(lab), said.inner_text()
    slide(lab, "Round", "Home")
    expect(said).to_have_text(begins("start: the halves of an image lie 1."))
    soon(lambda: at(lab), lambda places: places != last)
    expect(drawing).to_have_attribute("aria-label", re.compile(re.escape(said.inner_text())))
    slide(lab, "Round", "End")
    expect(said).to_have_text(words)
    soon(lambda: at(lab), last)


def test_the_rounds_are_played_from_the_start_to_the_end(lab):
    last = at(lab)
    lab.evaluate(HASTE)
    press(lab, "Play the rounds")
    soon(lambda: lab.evaluate("() => window.told"), ["start", *(f"round {number}" for number in range(1, 9))])
    lab.evaluate("() => window.calmly()")
    soon(lambda: at(lab), last)
    expect(lab.get_by_role("slider", name="Round")).to_have_value("8")


def test_a_run_under_encryption_ends_where_the_preview_said(lab):
    slide(lab, "Overlap", "ArrowLeft", 12)
    expect(lab.get_by_text("With 40 common images")).to_be_visible()
    words = lab.locator(".fl-lab-sentence").inner_text()
    press(lab, "Run")
    until(lab, "finished")
    expect(lab.locator(".fl-lab-sentence")).to_have_text(words)
    messages = panel(lab, "What the source sees").locator("tbody").filter(has_text="masked gradient")
    expect(messages).to_be_visible()


def test_two_different_orders_are_called_nonsense(lab):
    lab.get_by_label("Other order at the target").check()
    expect(lab.get_by_text("it learned nonsense")).to_be_visible()


# --- the honest curve, and what the source sees


def test_the_verdict_follows_the_labels(lab):
    curve = panel(lab, "The honest curve")
    expect(curve.get_by_text("without a label; with 20 labels of its own")).to_be_visible()
    lab.get_by_label("Own labels").select_option(label="100 labels")
    expect(curve.get_by_text("local wins")).to_be_visible()


def test_row_by_row_every_place_is_crossed_and_the_picture_stays_where_it_is(lab):
    panel(lab, "What the source sees")
    seen = lab.locator(".fl-page-seen")
    picture, crosses = seen.locator(".fl-chart-clouds"), seen.locator(".fl-chart-clouds > svg > .fl-clouds-found")
    expect(picture).to_be_visible()
    expect(crosses).to_have_count(0)
    top = picture.evaluate(FROM_THE_TOP)
    seen.get_by_label("a gradient for each image").check()
    expect(crosses).to_have_count(40)
    expect(seen.locator(".fl-number-block strong").first).to_have_text("100")
    soon(lambda: abs(picture.evaluate(FROM_THE_TOP) - top), lambda moved: moved < 1)


def test_too_few_common_images_are_refused_by_run(lab):
    slide(lab, "Overlap", "ArrowLeft", 16)
    expect(lab.get_by_text("With 20 common images")).to_be_visible()
    press(lab, "Run")
    expect(lab.get_by_role("alert").get_by_text("20 common rows of 2 dimensions")).to_be_visible()


# --- the whole


def test_axe_finds_nothing_wrong_whichever_panel_is_open(lab, page):
    faults = faults_on_every_panel(page, lab)
    assert not faults, "\n".join(faults)


def test_on_a_telephones_screen_nothing_is_wider_than_the_screen(lab, page):
    assert not wide_parts(page, lab)


def test_nothing_went_wrong_behind_all_this(page):
    page.assert_clean()

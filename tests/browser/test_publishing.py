"""What `fedlearn-edu export` and `fedlearn-edu slides` make, opened from the disk: nobody to ask, and no network."""

import os

import pytest

from fedlearn_edu.course import course_folder
from fedlearn_edu.publishing.deck import make_slides
from fedlearn_edu.publishing.scripts import VARIABLE

from .export import PAGE, export, npm
from .hands import WIDE, expect, soon

CELLS = {
    "en": [
        "import fedlearn_edu as fl\n"
        'hospitals = fl.split_rows(fl.load("breast_cancer"), parties=3, seed=1)\n'
        "run = fl.play(fl.fedavg(hospitals, rounds=2, learning_rate=1e-6, aggregation=fl.paillier_sum(key_bits=256)))",
        'fl.stage(run, eyes="server", round=1, step=2)',
    ],
    "zh": ['import fedlearn_edu as fl\nfl.question("04")'],
}
SMALLEST = 17  # pixels of type, on a slide of 720
# Every slide with all its fragments: how far its parts reach down and to the right, and its smallest type.
EDGES = """() => Reveal.getSlides().map(slide => {
  const { h, v } = Reveal.getIndices(slide);
  Reveal.slide(h, v, 99);
  const parts = [...slide.querySelectorAll(":scope > :not(aside), :scope > :not(aside) *")];
  const shown = parts.filter(part => part.offsetHeight && !part.closest("mjx-assistive-mml"));
  const typed = shown.filter(part => [...part.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
  const most = side => Math.max(...shown.map(part => part.getBoundingClientRect()[side]));
  const sizes = typed.map(part => parseFloat(getComputedStyle(part).fontSize) * (part.currentCSSZoom ?? 1));
  return { said: slide.innerText.slice(0, 40), bottom: most("bottom"), right: most("right"), type: Math.min(...sizes) };
})"""

# Every slide before a fragment of it is called for: its heading, and how much else is seen of it.
BEGINNINGS = """() => Reveal.getSlides().map(slide => {
  const { h, v } = Reveal.getIndices(slide);
  Reveal.slide(h, v, -1);
  const parts = [...slide.querySelectorAll("p, li, pre, table, img")].filter(part => part.offsetHeight);
  const seen = parts.filter(part => !part.closest("aside, .fragment:not(.visible)"));
  return { said: slide.querySelector("h1, h2, h3")?.innerText, seen: seen.length };
})"""
# What stands on every slide, from its top to its foot.
STANDS = """() => Reveal.getSlides().map(slide =>
  [...slide.querySelectorAll("h1, h2, h3, p, pre, table, img")].filter(part => !part.closest("aside"))
    .map(part => /^H/.test(part.tagName) ? part.innerText.replace("¶", "").trim() : part.tagName))"""


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """Scripts are fetched into a folder of the test's own."""
    if npm() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("not installed: npm, which fetches the scripts of pages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def opened(browser):
    """A page, every address that it has asked for, and what went wrong in it."""
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.asked, page.wrong = [], []
    context.on("request", lambda request: page.asked.append(request.url))
    page.on("requestfailed", lambda request: page.wrong.append(request.url))
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    yield page
    context.close()


@pytest.fixture(scope="module")
def site(scripts, tmp_path_factory):
    """A course of one chapter in each language, run and exported."""
    return export(CELLS, tmp_path_factory.mktemp("exported"))


def assert_nothing_was_asked(page):
    assert page.asked and not [one for one in page.asked if not one.startswith(("file:", "blob:", "data:"))]
    assert not page.wrong


def position(card):
    return int(card.locator(".fl-stage-place").inner_text().split("/")[0])


def test_an_exported_stage_plays_and_opens_envelopes_without_a_kernel_or_a_network(opened, site):
    opened.goto((site / "en" / f"{PAGE}.html").as_uri())
    card = opened.locator(".fl-stage")
    card.wait_for()
    before = position(card)
    card.get_by_role("button", name="Play").click()
    soon(lambda: position(card), lambda at: at > before)
    card.get_by_role("button", name="Pause").click()
    card.get_by_label("Jump to").select_option(label="Round 1 · step 3: every party uploads [[W_k]]")
    card.locator(".fl-letter").first.press("Enter")
    expect(card.locator(".fl-opened")).to_contain_text("These eyes see only the ciphertext")
    expect(card.locator(".fl-opened")).to_contain_text("who holds hospital 1's private key")
    expect(opened.locator("mjx-container")).to_have_count(1)  # W = 1, set as a formula
    assert_nothing_was_asked(opened)


def test_from_the_contents_one_comes_to_a_chapter_and_from_there_to_the_other_language(opened, site):
    opened.goto((site / "index.html").as_uri())
    opened.get_by_role("link", name="04 · A page").click()
    expect(opened.locator(".fl-stage")).to_be_visible()  # whoever leaves before breaks a request off
    opened.get_by_role("main").get_by_role("link", name="中文").click()
    expect(opened.locator("html")).to_have_attribute("lang", "zh")
    expect(opened.locator(".fl-question")).to_contain_text("先猜一猜")
    opened.get_by_role("link", name="目录").first.click()
    expect(opened.get_by_role("heading", level=1)).to_be_visible()
    assert_nothing_was_asked(opened)


@pytest.fixture(scope="module")
def deck(scripts, tmp_path_factory):
    """A function: open a page with the slides of a chapter, 06 unless another is wanted, in a language."""
    folder = tmp_path_factory.mktemp("slides")

    def show(page, language, number="06"):
        page.goto(make_slides(course_folder("notebooks"), number, language, folder).as_uri())
        page.locator("html[data-deck=ready]").wait_for(state="attached")

    return show


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_cut_off_a_slide_and_the_back_row_can_read_it(opened, deck, language):
    deck(opened, language)
    slides = opened.evaluate(EDGES)
    assert len(slides) >= 10
    assert not [one for one in slides if one["bottom"] > 720 or one["right"] > 1280 or one["type"] < SMALLEST]
    assert_nothing_was_asked(opened)


@pytest.mark.parametrize(("number", "language"), [("04", "en"), ("06", "zh")])
def test_no_slide_begins_with_nothing_but_its_heading(opened, deck, number, language):
    deck(opened, language, number)
    slides = opened.evaluate(BEGINNINGS)
    assert len(slides) >= 10 and not [one["said"] for one in slides if not one["seen"]]


def test_the_figure_of_a_widget_stands_under_the_text_about_it(opened, deck):
    deck(opened, "en", "04")
    slides = opened.evaluate(STANDS)
    assert ["The lab", "P", "IMG"] in slides
    assert ["Who saw what", "P", "IMG"] in slides


def test_a_cell_and_its_table_stay_together_when_a_slide_can_hold_both(opened, deck):
    deck(opened, "zh", "06")
    assert ["谁看到了什么", "PRE", "TABLE"] in opened.evaluate(STANDS)


def test_the_speakers_window_shows_the_notes_with_their_minutes(opened, deck):
    deck(opened, "en")
    with opened.expect_popup() as popup:
        opened.keyboard.press("s")
    notes = popup.value.locator(".speaker-controls-notes")
    expect(notes).to_contain_text("minutes 0–2")
    for minutes in ("2–6", "6–8"):  # the second one's note stands behind a fragment that is not shown yet
        opened.keyboard.press("ArrowRight")
        expect(notes).to_contain_text(f"minutes {minutes}")
    popup.value.close()
    assert_nothing_was_asked(opened)


@pytest.fixture(scope="module")
def alive(scripts, tmp_path_factory):
    """The slides of chapter 07, which has been run: a lab and a stage stand on them."""
    return make_slides(course_folder("notebooks"), "07", "en", tmp_path_factory.mktemp("alive"), execute=True)


def turned_to(page, deck, kind):
    """The slide with a widget; the widget."""
    page.goto(deck.as_uri())
    page.locator("html[data-deck=ready]").wait_for(state="attached")
    card = page.locator(f".slides .fl-{kind}")
    card.evaluate("""node => {
      const { h, v } = Reveal.getIndices(node.closest(".slides > section > section"));
      Reveal.slide(h, v, 99);
    }""")
    expect(card).to_be_visible()
    return card


def on_the_slide(part):
    box = part.bounding_box()
    return box["y"] >= 0 and box["y"] + box["height"] <= 720 and box["x"] + box["width"] <= 1280


def test_an_opened_envelope_is_on_the_slide_beside_the_scene(opened, alive):
    card = turned_to(opened, alive, "stage")
    card.get_by_label("Jump to").select_option(index=3)
    while not card.locator(".fl-letter").count():
        card.get_by_role("button", name="Forward").click()
    card.locator(".fl-letter").first.press("Enter")
    expect(card.locator(".fl-opened")).to_contain_text("Protected by")
    assert on_the_slide(card.locator(".fl-scene")) and on_the_slide(card.locator(".fl-opened"))
    edge = card.locator(".fl-opened").evaluate("part => part.getBoundingClientRect().bottom")
    read = card.locator(".fl-opened dd").last.bounding_box()  # what these eyes can read is seen without scrolling
    assert read["y"] + read["height"] <= edge
    assert_nothing_was_asked(opened)


def test_every_panel_of_a_lab_can_be_reached_on_its_slide_in_type_for_the_back_row(opened, alive):
    card = turned_to(opened, alive, "lab")
    for tab in card.get_by_role("tab").all():
        tab.click()
        assert on_the_slide(card)
        card.locator(".fl-lab-sentence").scroll_into_view_if_needed()
        assert on_the_slide(card.locator(".fl-lab-sentence"))
        tab.scroll_into_view_if_needed()
    size = card.evaluate("card => parseFloat(getComputedStyle(card).fontSize) * card.currentCSSZoom")
    assert size > SMALLEST
    assert_nothing_was_asked(opened)

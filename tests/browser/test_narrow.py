"""Labs alone on a page, in English and in Chinese: texts have room, also on what a telephone leaves to them."""

import pytest

import fedlearn_edu as fl
from fedlearn_edu.i18n import LANGUAGES, speaking

from .bare import bare_page
from .hands import WIDE, expect

NARROW = {"width": 274, "height": 800}  # JupyterLab on a telephone
# Which of these texts lie over something else that the chart has drawn.
MEET = """(lab, [texts, others]) => {
  const boxes = selector => [...lab.querySelectorAll(selector)].map(one => [one, one.getBoundingClientRect()]);
  const beside = (one, other) => one.right <= other.left || one.bottom <= other.top;
  return boxes(texts).flatMap(([text, one]) => boxes(others)
    .filter(([part, other]) => part !== text && !beside(one, other) && !beside(other, one))
    .map(([part]) => `${text.textContent} meets ${part.textContent || part.getAttribute("class")}`));
}"""
# Which lines of a list are longer than it, less its arrow and its edges.
CLIPPED = """list => {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = getComputedStyle(list).font;
  return [...list.options].map(one => one.text).filter(text => pen.measureText(text).width > list.clientWidth - 36);
}"""


@pytest.fixture
def shown(browser):
    """A function (chapter, panel, size) → the lab on a page of its own."""
    opened = []

    def show(chapter, panel, size):
        lab = fl.lab(chapter)
        lab.panel = panel
        opened.append(bare_page(browser, lab))
        opened[-1].set_viewport_size(size)
        opened[-1].wait_for_function("width => window.innerWidth === width", arg=size["width"])
        opened[-1].evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return opened[-1].locator(".fl-lab")

    yield show
    for page in opened:
        page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_the_way_to_a_million_no_curve_runs_through_a_text(shown, language):
    with speaking(language):
        lab = shown("08", "million", NARROW)
    expect(lab.locator(".fl-growth-name")).to_have_count(5)
    chart = ".fl-chart-growth > svg"
    texts = f".fl-growth-name, .fl-growth-count, {chart} .fl-tick"
    assert lab.evaluate(MEET, [texts, f".fl-growth-full, {chart} .fl-marker, {texts}"]) == []


@pytest.mark.parametrize("chapter", ["03", "04", "06"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_of_keys_says_all_of_its_words(shown, chapter, language):
    with speaking(language):
        lab = shown(chapter, fl.lab(chapter).panel, WIDE)
    keys = lab.locator("select").filter(has_text="2048")
    assert keys.count() == 1 and keys.evaluate(CLIPPED) == []

"""A Chinese chapter in JupyterLab: it runs, its lab, stage and cards speak Chinese, and no sign is a box."""

import re
from functools import partial

import pytest

from .hands import NARROW, WIDE, WIDE_PARTS, expect, press, soon, until
from .page import settle

CHAPTER = "zh/04_horizontal_hospitals.ipynb"
CHINESE = re.compile("[\u4e00-\u9fff]")
ENGLISH_WORDS = re.compile(r"\b(?:the|and|with|hospital|server|rounds?|step|of|is)\b", re.IGNORECASE)
FOREIGN = re.compile("[\u4e00-\u9fff”）][.,;:]|[,;:] ?[\u4e00-\u9fff]|。[. ]")  # English signs beside Chinese
QUOTED = re.compile('"[^"]*"')  # what a learner types, "hospital 1", is the same in every edition
# Text that a learner reads in a widget, code aside.
READ = """selector => [...document.querySelectorAll(`${selector} *`)]
  .filter((part) => !part.closest("pre, code, svg [aria-hidden], .fl-hidden-visually"))
  .flatMap((part) => [...part.childNodes].filter((child) => child.nodeType === 3))
  .map((text) => text.textContent.trim()).filter(Boolean)"""


@pytest.fixture(scope="module")
def chapter(lab_server, open_notebook):
    notebook = open_notebook(lab_server, CHAPTER)
    notebook.run_all()
    return notebook


@pytest.fixture
def lab(chapter):
    return chapter.widgets(".fl-lab").last  # the first one is "which federation?", which plays nothing


def test_the_chapter_runs_from_top_to_bottom(chapter):
    chapter.assert_clean()


@pytest.mark.parametrize("kind", [".fl-lab", ".fl-stage", ".fl-question", ".fl-exercise"])
def test_what_a_learner_reads_in_a_widget_is_chinese(chapter, kind):
    read = partial(chapter.page.evaluate, READ, kind)
    texts = soon(read, lambda texts: sum(bool(CHINESE.search(text)) for text in texts) > 10)
    assert not [text for text in texts if ENGLISH_WORDS.search(QUOTED.sub("", text))]


def test_a_chart_is_told_in_chinese_signs(chapter):
    labels = "() => [...document.querySelectorAll('.fl [aria-label]')].map((part) => part.getAttribute('aria-label'))"
    told = soon(partial(chapter.page.evaluate, labels), lambda told: any("。" in text for text in told))
    assert not [text for text in told if FOREIGN.search(text)]


def test_the_widgets_say_in_which_language_they_are(chapter):
    said = chapter.page.evaluate("() => [...document.querySelectorAll('.fl[lang]')].map((part) => part.lang)")
    assert len(said) > 4 and set(said) == {"zh"}


def test_the_lab_plays_in_chinese(lab):
    press(lab, "恢复初始状态")
    settle(lab.page)
    press(lab, "运行")
    until(lab, "finished")
    expect(lab.locator(".fl-lab-sentence")).to_contain_text(CHINESE)


def test_axe_finds_nothing_wrong(chapter):
    faults = chapter.accessibility_faults()
    assert not faults, "\n".join(faults)


def test_on_a_telephone_nothing_is_wider_than_the_screen(chapter, lab):
    chapter.close_sidebars()
    chapter.resize(NARROW)
    lab.scroll_into_view_if_needed()
    wide = chapter.page.evaluate(WIDE_PARTS, ".fl:not(.fl-stage)")
    chapter.resize(WIDE)
    assert not wide


def test_each_ciphertext_is_told_in_chinese_signs(lab_server, run_cells):
    cells = ["import fedlearn_edu as fl", 'fl.set_language("zh")', 'fl.lab("03")']
    told = run_cells(lab_server, cells).widgets(".fl-lab").get_by_role("button", name=re.compile("在第 .+ 列"))
    expect(told).to_have_count(120)
    labels = [one.get_attribute("aria-label") for one in told.all()]
    assert not [text for text in labels if FOREIGN.search(text)] and any("乘积" in text for text in labels)

"""What a learner's hands and eyes do with a widget: keys, lists, tabs; and the patience to wait for an answer.

The page answers a key in the same moment or in the next frame, the kernel some milliseconds later, and much later on a
busy computer. So no test asks what stands there right now: `expect` and `soon` ask again until it does, or until
PATIENCE is over. What must not be there is looked for only when something else has shown that the answer has come, or
after `settle`: then the kernel has answered everything.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from .page import PATIENCE, Notebook, settle

WIDE = {"width": 1280, "height": 720}  # a projector
NARROW = {"width": 390, "height": 844}  # a telephone
TALL = 2600  # and all that one scrolls through on it, in one picture
MOST_PRESSES = 24
FAST_ENOUGH = 100  # milliseconds from a key press to a changed lab
REST = 0.7  # seconds until what waits for the knobs to rest is there, where anything waits

# Counts from the key press itself, in the page, to the frame in which the change is drawn.
STOPWATCH = """(root) => {
  const watch = window.watch = {};
  const note = (name) => requestAnimationFrame(() => { watch[name] ??= performance.now() - watch.pressed; });
  root.addEventListener("keydown", () => {
    Object.assign(watch, { pressed: performance.now(), control: undefined, chart: undefined });
  }, true);
  new MutationObserver((changes) => changes.forEach(({ target }) => {
    const part = target.nodeType === 1 ? target : target.parentElement;
    if (part?.closest("output")) note("control");
    if (part?.closest(".fl-panel")) note("chart");
  })).observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
}"""
WIDE_PARTS = """(selector) => [...document.querySelectorAll(selector)].filter((part) => part.offsetParent)
  .filter((part) => part.scrollWidth > part.clientWidth + 1 || part.getBoundingClientRect().right > innerWidth + 1)
  .map((part) => `${part.className}: ${part.scrollWidth} wide`)"""


def expect(thing: Any) -> Any:
    """Playwright's waiting assertions; their patience is set where the browser is started."""
    from playwright.sync_api import expect as waiting

    return waiting(thing)


def soon(read: Callable[[], Any], wanted: Any) -> Any:
    """Read until it is what is wanted, a value or a condition; answer what was read. For what no locator can say."""
    holds = wanted if callable(wanted) else wanted.__eq__
    deadline = time.monotonic() + PATIENCE
    while not holds(found := read()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert holds(found), f"{found!r}, after {PATIENCE} s" + ("" if callable(wanted) else f"; wanted: {wanted!r}")
    return found


def begins(text: str) -> re.Pattern[str]:
    """For `to_have_text`: what begins so."""
    return re.compile(r"^\s*" + re.escape(text))


# --- hands


def press(card: Any, name: str) -> None:
    """Press a button by keyboard, once it can be pressed."""
    button = card.get_by_role("button", name=name, exact=True)
    expect(button).to_be_enabled()
    button.focus()
    button.press("Enter")


def choose(card: Any, label: str, typed: str) -> None:
    """Choose from a list by typing the beginning of a line, as browsers let one do: without a pause of a second."""
    knob = card.get_by_label(label, exact=True)
    for _ in range(3):
        knob.focus()
        knob.press_sequentially(typed)
        if knob.evaluate("node => node.selectedOptions[0].text").startswith(typed):
            return
        card.page.wait_for_timeout(1200)  # the computer was so busy that it took the word for two
    raise AssertionError(f"{typed} cannot be chosen: {knob.inner_text()}")


def slide(card: Any, label: str, key: str, times: int = 1) -> Any:
    """Press a key some times at a slider; answer the slider."""
    knob = card.get_by_label(label, exact=True)
    knob.focus()
    for _ in range(times):
        knob.press(key)
    return knob


def panel(card: Any, title: str) -> Any:
    """Bring a panel to the front; what it shows, once the kernel has drawn it for the settings in force."""
    card.get_by_role("tab", name=title, exact=True).click()
    expect(card.get_by_role("tab", name=title, exact=True, selected=True)).to_be_visible()
    settle(card.page)
    return card.get_by_role("tabpanel")


def fresh(card: Any) -> Any:
    """The lab as it opens: nothing is moved, nothing can be undone, the first panel is in front."""
    card.page.mouse.move(0, 0)  # a knob under the mouse would show its help
    press(card, "Reset room")
    settle(card.page)
    expect(card.get_by_role("button", name="Undo", exact=True)).to_be_disabled()
    return card


def until(card: Any, state: str, seconds: float = 60) -> None:
    """Wait until the lab says "finished", "cancelled", …"""
    expect(card).to_have_attribute("data-state", state, timeout=seconds * 1000)


# --- eyes


def faults_on_every_panel(notebook: Notebook, card: Any, *rules: str) -> list[str]:
    """What axe finds wrong in the lab: all of it with the first panel in front, then the other panels in turn."""
    faults, parts = [], ".fl-lab"
    for _ in each_panel(card):
        faults += notebook.accessibility_faults(parts, *rules, within=card)
        parts = "[role=tablist], [role=tabpanel]"
    return faults


def rows_of_tabs(card: Any) -> int:
    """How many lines the names of the panels take."""
    return len({round(tab.bounding_box()["y"]) for tab in card.get_by_role("tab").all()})


def wide_parts(notebook: Notebook, *cards: Any, parts: str = ".fl") -> list[str]:
    """What is wider than a telephone's screen, whichever panel is open."""
    before = notebook.page.viewport_size
    notebook.close_sidebars()
    notebook.resize(NARROW)
    try:
        found = [notebook.page.evaluate(WIDE_PARTS, parts) for card in cards for _ in each_panel(card)]
        return [part for parts in found for part in parts]
    finally:
        notebook.resize(before)


def lie_over_each_other(notebook: Notebook, first: Any, second: Any) -> bool:
    """Whether two texts meet on a telephone's screen."""
    before = notebook.page.viewport_size
    notebook.close_sidebars()
    notebook.resize(NARROW)
    try:
        one, other = first.bounding_box(), second.bounding_box()
    finally:
        notebook.resize(before)
    return all(one[at] < other[at] + other[size] and other[at] < one[at] + one[size]
               for at, size in (("x", "width"), ("y", "height")))  # fmt: skip


def each_panel(card: Any) -> Iterable[Any]:
    """Every panel, brought to the front one after the other."""
    return (panel(card, title) for title in tab_titles(card))


def tab_titles(card: Any) -> list[str]:
    """The names of a lab's panels."""
    titles = card.get_by_role("tab").all_text_contents()
    assert titles, "a lab has panels"
    return titles


# --- a stopwatch


def time_presses(card: Any, label: str, turn: int, least: int) -> dict[str, list[float]]:
    """Press arrow keys at a slider, `turn` times forth and so often back: milliseconds to a changed control, and chart.

    At least so many presses; more while none was fast enough, for another program on this computer may slow some.
    """
    page, times = card.page, {"control": [], "chart": []}
    card.evaluate(STOPWATCH)
    drawn = page.evaluate("() => window.drawn")
    knob = slide(card, label, "Home")
    rest(page, drawn)
    for presses in range(MOST_PRESSES):
        drawn = page.evaluate("() => window.drawn")
        knob.press("ArrowRight" if presses % (2 * turn) < turn else "ArrowLeft")
        page.wait_for_function("() => window.watch.chart !== undefined && window.watch.control !== undefined")
        for name, seen in times.items():
            seen.append(page.evaluate("name => window.watch[name]", name))
        rest(page, drawn)
        if presses + 1 >= least and min(times["chart"]) < FAST_ENOUGH:
            break
    for name, seen in times.items():
        print(f"{label}: key press → {name} drawn: median {statistics.median(seen):.0f} ms, "
              f"from {min(seen):.0f} to {max(seen):.0f}")  # fmt: skip
    return times


def rest(page: Any, drawn: int) -> None:
    """Wait for both answers to a move, the preview and at rest the other panels: or the next move seems answered."""
    from playwright.sync_api import TimeoutError

    settle(page)
    with suppress(TimeoutError):  # where the move changes nothing on the other panels, there is only one
        page.wait_for_function("drawn => window.drawn > drawn + 1", arg=drawn, timeout=REST * 1000)

"""The stage in a browser: alone on a page, where it is measured; in JupyterLab and Notebook 7; in exported HTML."""

import importlib.util
import os
import socket
import statistics
import subprocess
import sys
import time

import nbformat
import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.i18n import VARIABLE
from fedlearn_edu.wire.run import play

from ..widgets.test_stage import asking, long_transcript
from ..wire.small_protocols import mean_age, wages
from .bare import bare_page
from .conftest import KERNEL
from .hands import FAST_ENOUGH, begins, expect, soon
from .page import axe, settle
from .servers import environment, free_port, stop

FRAME = 20  # milliseconds: the median frame on a busy machine; 16.7 is 60 a second
OPENS = 1000  # milliseconds for 10,000 messages, in the page
TRIES = 4  # a measurement is the best of so many: other work on the machine delays some

# Pastures that lie over each other, or stick out of the scene.
MEET = """scene => {
  const room = scene.getBoundingClientRect();
  const boxes = [...scene.querySelectorAll(".s-pasture")].map(one => one.getBoundingClientRect());
  const beside = (one, other) => one.right <= other.left || one.bottom <= other.top;
  const over = (one, other) => !beside(one, other) && !beside(other, one);
  return boxes.flatMap((one, k) => [
    ...(one.left < room.left || one.right > room.right ? [`${k + 1} sticks out`] : []),
    ...boxes.slice(k + 1).flatMap((other, j) => over(one, other) ? [`${k + 1} meets ${k + j + 2}`] : []),
  ]);
}"""
FRAMES = """milliseconds => new Promise(done => {
  const times = [];
  const note = time => {
    times.push(time);
    if (time - times[0] < milliseconds) requestAnimationFrame(note);
    else done(times.slice(1).map((one, k) => one - times[k]));
  };
  requestAnimationFrame(note);
})"""
PRESSED = """() => {
  const scene = document.querySelector(".fl-scene"), sentence = document.querySelector(".fl-stage-sentence");
  scene.focus();
  scene.addEventListener("keydown", () => { window.pressed = performance.now(); }, { capture: true });
  new MutationObserver(() => requestAnimationFrame(() => {
    (window.redrawn ??= []).push(performance.now() - window.pressed); }))
    .observe(sentence, { childList: true, characterData: true, subtree: true });
}"""
SAID = """views => views.map(([eyes, position]) => {
  model.set("eyes", eyes);
  model.set("position", position);
  return document.querySelector(".fl-stage-sentence").textContent;
})"""
CLIPPED = """() => {
  const { scrollHeight, clientHeight } = document.querySelector(".fl-stage-sentence");
  return Math.max(0, scrollHeight - clientHeight - 1);
}"""
# Presses a button, and counts in the same moment what moves: envelopes, and anything at all.
MOVING = """button => {
  button.click();
  const envelopes = [...document.querySelectorAll(".fl-letter")].flatMap(node => node.getAnimations());
  return [envelopes.length, document.getAnimations().length];
}"""
WHERE = "() => window.model.get('position')"


def federated(parties=12, rounds=2):
    names = [f"hospital {number}" for number in range(1, parties + 1)]
    transcript = fl.Transcript((*names, "server"))
    numbers = np.arange(31.0)
    for round in range(1, rounds + 1):
        for name in names:
            transcript.add_work(party=name, label="train on own rows", seconds=0.1, round=round, step=1)
        for step, label in ((3, "update"), (5, "new weights")):
            for name in names:
                sender, receiver = (name, "server") if step == 3 else ("server", name)
                what = {"sender": sender, "receiver": receiver, "label": label, "value": numbers, "body": bytes(300)}
                transcript.add_message(**what, seconds=0.0, round=round, step=step)
    return transcript


@pytest.fixture
def bare(browser):
    """A function (stage, options of the page) → page; closed after the test, which fails on any error in the page."""
    pages = []

    def open_one(shown, **options):
        pages.append(bare_page(browser, shown, **options))
        return pages[-1]

    yield open_one
    for page in pages:
        page.context.close()
        assert not page.faults


# --- alone on a page: how fast, and what it says


@pytest.mark.parametrize("theme", ["plain", "pastures"])
def test_twelve_parties_play_at_sixty_frames_a_second(bare, theme):
    page = bare(fl.stage(federated(), theme=theme, round=1, step=1))
    page.evaluate("() => { model.set('speed', 2); model.set('playing', true); }")
    expect(page.locator(".fl-letter")).to_have_count(12)
    moving = page.evaluate("() => document.getAnimations().length")
    assert moving <= 24, "each animation may be a layer of its own: a sheep moves as one"
    for _ in range(TRIES):
        frames = sorted(page.evaluate(FRAMES, 1200))
        typical, slow = statistics.median(frames), frames[int(0.95 * len(frames))]
        print(f"{theme}: {1000 / typical:.0f} frames a second, 95 of 100 frames within {slow:.0f} ms")
        if typical <= FRAME:
            break
    assert typical <= FRAME
    soon(lambda: page.evaluate(WHERE), lambda position: position > 12)


def test_ten_thousand_messages_open_within_a_second_and_few_of_their_rows_are_in_the_page(bare):
    shown = fl.stage(long_transcript())
    for _ in range(TRIES):
        page = bare(shown)
        opened = page.evaluate("() => window.opened")
        print(f"10,000 messages open in {opened:.0f} ms")
        if opened < OPENS:
            break
    assert opened < OPENS
    rows = page.locator(".fl-row-of")
    soon(rows.count, lambda count: 5 < count < 60)
    expect(rows.first).to_have_attribute("aria-setsize", "10000")
    page.get_by_role("listbox").focus()
    page.keyboard.press("End")
    last = page.locator(".fl-row-of[aria-selected=true]")
    expect(last).to_have_attribute("aria-posinset", "10000")
    expect(last).to_be_visible()
    expect(page.get_by_role("listbox")).to_have_attribute("aria-activedescendant", last.get_attribute("id"))
    soon(rows.count, lambda count: 5 < count < 60)


def test_a_key_redraws_at_once(bare):
    page = bare(fl.stage(federated()))
    page.evaluate(PRESSED)
    for presses in range(1, 7):
        page.keyboard.press("ArrowRight")
        page.wait_for_function("presses => window.redrawn?.length === presses", arg=presses)
    times = sorted(page.evaluate("() => window.redrawn"))
    print(f"key press to redraw: {times[0]:.0f} to {times[-1]:.0f} ms")
    assert len(times) == 6 and times[1] < FAST_ENOUGH  # not the median: other work on the machine delays some


@pytest.mark.parametrize("protocol", [mean_age, wages])
def test_the_browser_says_word_for_word_what_python_says(bare, protocol):
    says_the_same(bare, fl.stage(play(protocol())))


def test_a_question_ends_with_one_sign_in_the_browser_too(bare):
    says_the_same(bare, fl.stage(asking()))


def test_the_browser_says_it_word_for_word_in_chinese_too(bare, monkeypatch):
    monkeypatch.setenv(VARIABLE, "zh")
    shown = fl.stage(federated(parties=3, rounds=1))
    says_the_same(bare, shown)
    shown.position = 6  # all three have uploaded
    assert "医院 1、医院 2、医院 3 向服务器发送" in shown.sentence()


def says_the_same(bare, shown):
    page = bare(shown)
    names = [one["name"] for one in shown.declared["eyes"]]
    views = [(eyes, position) for eyes in names for position in range(len(shown.transcript.entries) + 1)]
    for (eyes, position), said in zip(views, page.evaluate(SAID, views), strict=True):
        shown.eyes, shown.position = eyes, position
        assert said == shown.sentence()


def test_it_is_whole_when_it_was_drawn_before_it_stood_in_the_page(bare):
    page = bare(fl.stage(federated(), round=1, step=3))
    page.evaluate(
        """() => {
          const later = document.createElement("div");
          window.widget.render({ model, el: later });
          document.getElementById("widget").replaceChildren(later);
        }"""
    )
    expect(page.locator(".fl-row-of[aria-selected=true]")).to_be_visible()
    letters = page.locator(".fl-letter")
    expect(letters).to_have_count(12)
    soon(lambda: len(set(letters.evaluate_all("nodes => nodes.map(node => node.style.transform)"))), 12)
    page.evaluate("() => model.set('position', model.get('position') + 1)")
    expect(page.locator(".fl-stage-sentence")).to_contain_text("new weights")


@pytest.mark.parametrize("still", [True, False])
def test_who_wants_no_motion_gets_cuts(bare, still):
    page = bare(
        fl.stage(federated(), theme="pastures", round=1, step=1), reduced_motion="reduce" if still else "no-preference"
    )
    envelopes, all_parts = page.get_by_role("button", name="Step forward").evaluate(MOVING)
    expect(page.locator(".fl-letter")).to_have_count(12)
    assert (envelopes == 0) == (all_parts == 0) == still


def test_a_hundred_parties_stay_readable(bare):
    page = bare(fl.stage(federated(100, 1), round=1, step=3))
    expect(page.locator(".fl-letter")).to_have_count(40)
    expect(page.get_by_text("and 60 more, in the list")).to_be_visible()
    page.evaluate(FRAMES, 0)
    outside = page.locator(".fl-scene").evaluate(
        """scene => { const room = scene.getBoundingClientRect();
        return [...scene.querySelectorAll(".fl-picture-of svg")].filter(one => {
          const box = one.getBoundingClientRect();
          return box.left < room.left || box.right > room.right || box.top < room.top || box.bottom > room.bottom;
        }).length; }"""
    )
    assert outside == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_twelve_parties_with_their_names_stand_inside_the_scene(bare, width):
    page = bare(fl.stage(federated(), theme="pastures", round=1, step=3))
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_function("width => window.innerWidth === width", arg=width)
    page.evaluate(FRAMES, 50)
    expect(page.locator(".fl-name")).to_have_count(13)
    outside = page.locator(".fl-scene").evaluate(
        """scene => { const room = scene.getBoundingClientRect();
        return [...scene.querySelectorAll(".fl-name, .fl-letter svg")].filter(one => {
          const box = one.getBoundingClientRect();
          const beside = box.left < room.left - 1 || box.right > room.right + 1;
          return beside || box.top < room.top || box.bottom > room.bottom;
        }).map(one => one.textContent); }"""
    )
    assert outside == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("width", [274, 390, 1280])
def test_five_pastures_do_not_meet_and_keep_inside_the_scene(bare, width):
    pastures = fl.split_rows(fl.load("breast_cancer"), parties=5, seed=7)
    page = bare(fl.stage(fl.play(fl.travelling(pastures, tours=1, local_epochs=1, seed=0)), theme="pastures"))
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_function("width => window.innerWidth === width", arg=width)
    page.evaluate(FRAMES, 50)
    assert page.locator(".s-pasture").count() == 5
    assert page.locator(".fl-scene").evaluate(MEET) == []


def test_on_a_telephones_screen_the_sentence_is_whole(bare):
    page = bare(fl.stage(asking("may anybody who reads this sentence " * 12 + "?"), round=1, step=1))
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("() => window.innerWidth === 390")
    expect(page.locator(".fl-stage-sentence")).to_contain_text("may anybody")
    assert page.evaluate(CLIPPED) == 0


@pytest.mark.parametrize(
    ("theme", "light"), [("plain", True), ("plain", False), ("pastures", True), ("pastures", False)]
)
def test_axe_finds_nothing(bare, theme, light):
    shown = fl.stage(play(wages()), theme=theme)
    shown.jump(step=2)
    shown.forward()
    shown.opened = shown.beat.messages[0].number
    page = bare(shown)
    page.evaluate("light => { document.body.dataset.jpThemeLight = light; }", light)
    for eyes in ("everyone", "bank"):
        page.evaluate("eyes => model.set('eyes', eyes)", eyes)
        found = axe(page, ".fl")["violations"]
        assert not found, [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


# --- in JupyterLab and Notebook 7


CELLS = [
    """import warnings
import fedlearn_edu as fl
warnings.simplefilter("ignore")
hospitals = fl.split_rows(fl.load("breast_cancer"), parties=4, seed=1)
hospitals = fl.play(fl.standardise(hospitals, aggregation=fl.plain_sum())).result
protocol = fl.fedavg(hospitals, rounds=1, aggregation=fl.paillier_sum(key_bits=512))
run = fl.play(protocol)""",
    "played = fl.stage(run, round=1, step=2)\nplayed",
    "live = fl.stage(protocol)\nlive",
]


@pytest.fixture(scope="module", params=["lab", "notebook"])
def notebook(request, run_cells):
    return run_cells(request.getfixturevalue(f"{request.param}_server"), CELLS)


@pytest.fixture
def played(notebook):
    card = notebook.widgets(".fl-stage").first
    expect(card).to_be_visible()
    card.scroll_into_view_if_needed()
    return card


def place(card):
    return card.locator(".fl-stage-place")


def position(card):
    return int(place(card).text_content().split("/")[0])


def sentence(card):
    return card.locator(".fl-stage-sentence")


def scene(card):
    return card.get_by_role("group", name="Scene")


def test_by_keyboard_it_steps_opens_an_envelope_and_changes_eyes(notebook, played):
    scene(played).focus()
    notebook.page.keyboard.press("ArrowRight")
    expect(sentence(played)).to_contain_text("every party uploads")
    at = place(played).text_content()
    notebook.page.keyboard.press("ArrowRight")
    expect(place(played)).not_to_have_text(at)
    notebook.page.keyboard.press("ArrowLeft")
    expect(place(played)).to_have_text(at)
    envelope = played.get_by_role("button", name="encrypted update, from hospital 2 to server, closed")
    envelope.focus()
    notebook.page.keyboard.press("Enter")
    letter = played.locator(".fl-opened")
    expect(letter).to_contain_text("who holds hospital 1's private key: hospital 1, hospital 2, hospital 3, hospital 4",
                                   use_inner_text=True)  # fmt: skip
    expect(letter).to_contain_text("First bytes (64 of ")
    expect(letter).to_contain_text("not readable without the private key")
    terms = letter.locator("dt")  # Lab's own style would give each a fifth of its place
    assert min(terms.evaluate_all("terms => terms.map(one => one.clientWidth)")) > 60
    eyes = played.get_by_label("Eyes", exact=True)
    for name, seen in {
        "server": "These eyes see only the ciphertext",
        "hospital 3": "hospital 3 never sees this message",
    }.items():
        eyes.focus()
        eyes.select_option(name)
        expect(letter).to_contain_text(seen)
    notebook.page.keyboard.press("Escape")
    expect(letter).to_be_hidden()
    eyes.select_option("everyone")
    settle(notebook.page)
    notebook.assert_clean()


def test_it_plays_and_pauses_by_the_space_bar_and_the_kernel_follows(notebook, played):
    played.get_by_role("button", name="To the beginning").click()
    played.get_by_label("Speed").select_option("4")
    scene(played).focus()
    notebook.page.keyboard.press(" ")
    soon(lambda: position(played), lambda at: at > 12)
    notebook.page.keyboard.press(" ")
    expect(played.get_by_role("button", name="Play")).to_be_visible()
    at = position(played)
    settle(notebook.page)  # a cell may overtake the last moves, which wait until the kernel has answered those before
    notebook.run_cell("print('the kernel is at', played.position, played.playing)")
    expect(notebook.page.get_by_text(f"the kernel is at {at} False")).to_be_visible()
    notebook.run_cell("played.position = 3")
    expect(place(played)).to_have_text(begins("3 /"))


def test_a_run_is_stepped_and_played_to_its_end(notebook):
    card = notebook.widgets(".fl-stage").nth(1)
    card.scroll_into_view_if_needed()
    expect(place(card)).to_have_text(begins("0 / 0"))
    scene(card).focus()
    for step in (1, 2):
        notebook.page.keyboard.press("ArrowRight")
        expect(place(card)).to_have_text(begins(f"{step} / {step}"))
    card.get_by_role("button", name="To the end").click()
    expect(place(card)).not_to_contain_text("…")
    notebook.run_cell("print('the run is', live._run.state, live.position == len(live.transcript.entries))")
    expect(notebook.page.get_by_text("the run is finished True")).to_be_visible()
    notebook.assert_clean()


# --- in Voila


@pytest.fixture(scope="module")
def voila(browser, tmp_path_factory):
    """The same notebook served by Voila: only outputs, and a kernel behind them."""
    if importlib.util.find_spec("voila") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("not installed: voila (it is in the extra `test`)")
    folder, port = tmp_path_factory.mktemp("voila"), free_port()
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), folder / "stage.ipynb")
    told = ["--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1", "--Voila.log_level=ERROR"]
    command = [sys.executable, "-m", "voila", "stage.ipynb", *told]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment(folder), stdout=log, stderr=log)
        try:
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            # Voila's own page wants an icon font from a CDN; the stage does not
            page.route(lambda address: not address.startswith(f"http://127.0.0.1:{port}/"), lambda route: route.abort())
            wait_for_port(port, process)
            page.goto(f"http://127.0.0.1:{port}/", timeout=60_000)
            page.locator(".fl-stage").nth(1).wait_for(timeout=60_000)
            yield page
            page.context.close()
        finally:
            stop(process)


def wait_for_port(port, process, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("Voila did not come up")


def test_in_voila_it_steps_what_was_played_and_plays_a_run(voila):
    played, live = voila.locator(".fl-stage").nth(0), voila.locator(".fl-stage").nth(1)
    scene(played).focus()
    voila.keyboard.press("ArrowRight")
    expect(sentence(played)).to_contain_text("every party uploads")
    scene(live).focus()
    voila.keyboard.press("ArrowRight")
    expect(place(live)).to_contain_text("1 / 1")

"""Chapter 08 in JupyterLab: all of it runs, Flower in this process included; then its lab, by mouse and keyboard."""

import time

import pytest

from .hands import (
    FAST_ENOUGH,
    choose,
    expect,
    faults_on_every_panel,
    fresh,
    panel,
    press,
    rows_of_tabs,
    slide,
    soon,
    time_presses,
    until,
    wide_parts,
)

CHAPTER = "08_leaving_the_classroom.ipynb"
DEATH, RELAY, MILLION = "A death in the round", "What the relay reads", "From three to a million"


@pytest.fixture(scope="module")
def chapter(lab_server, open_notebook):
    """The chapter, opened and run once; the tests share it."""
    notebook = open_notebook(lab_server, CHAPTER)
    print(f"all cells ran in {notebook.run_all():.0f} s")
    return notebook


@pytest.fixture
def lab(chapter):
    return fresh(chapter.widgets(".fl-lab").first)


def crosses(lab):
    """Where lives end: how far along the timeline, from 0 to 1, hospital by hospital."""
    return lab.locator(".fl-chart-timeline").evaluate(
        """chart => {
          const lives = [...chart.querySelectorAll(".fl-life")].map(line => line.getBoundingClientRect());
          const [left, right] = [Math.min(...lives.map(box => box.left)), Math.max(...lives.map(box => box.right))];
          return lives.map(box => Math.round(8 * (box.right - left) / (right - left)));
        }"""
    )


def cells(part, title):
    """A table's rows as texts."""
    rows = part.locator(".fl-table", has_text=title).locator("tbody tr").all()
    return [row.locator("th, td").all_inner_texts() for row in rows]


def test_the_names_of_all_panels_stand_in_one_line(lab):
    assert rows_of_tabs(lab) == 1


def test_the_chapter_runs_from_top_to_bottom_without_an_error_or_a_stranger(chapter):
    chapter.assert_clean()
    expect(chapter.widgets(".fl-lab")).to_have_count(1)


# --- a death in the round


def test_a_hospital_that_is_killed_by_keyboard_ends_in_a_cross_and_the_round_goes_on_without_it(lab):
    slide(lab, "Which hospital dies", "ArrowRight", 2)
    soon(lambda: crosses(lab), [8, 4, 8, 8])  # of eight columns, "3 upload" is the fifth
    expect(lab.locator(".fl-life-death")).to_have_count(2)  # and one in the legend
    slide(lab, "… before", "ArrowUp", 3)  # keys, train on, encrypt, upload
    soon(lambda: crosses(lab), [8, 0, 8, 8])
    slide(lab, "… before", "ArrowDown", 3)
    press(lab, "Run")
    until(lab, "finished")
    expect(lab.get_by_text("Who is there when (played)")).to_be_visible()
    rounds = soon(lambda: cells(panel(lab, DEATH), "Round by round"), lambda rows: len(rows) == 3)
    assert [row[1] for row in rounds] == ["4 of 4", "3 of 4", "3 of 4"]
    assert [row[2] for row in rounds] == ["113 rows", "85 rows", "85 rows"]
    expect(lab.locator(".fl-note").get_by_text("3 open their shares of the mask key")).to_be_visible()


def test_when_too_few_are_left_the_timeline_is_hatched_and_nobody_calls_it_a_fault(lab):
    slide(lab, "Which hospital dies", "ArrowRight", 2)
    slide(lab, "And who else dies", "End")
    expect(lab.locator(".fl-life-stop-name")).to_have_text("stops here")
    press(lab, "Run")
    until(lab, "failed")
    expect(lab.locator(".fl-status-text")).to_contain_text("2 of 4 parties are left to open the sum in round 2")
    expect(lab.locator(".fl-lab-problem")).to_be_empty()
    expect(lab.locator(".fl-lab-sentence")).to_contain_text("The model of round 1 stays.")
    slide(lab, "And who else dies", "Home")
    expect(lab.locator(".fl-life-stop-name")).to_have_count(0)


def test_a_knob_that_does_nothing_is_greyed_out(lab):
    expect(lab.get_by_label("… before", exact=True)).to_be_disabled()
    slide(lab, "Which hospital dies", "ArrowRight")
    expect(lab.get_by_label("… before", exact=True)).to_be_enabled()
    expect(lab.get_by_label("… that one before", exact=True)).to_be_disabled()


def test_the_last_hospitals_death_goes_with_it_when_there_are_fewer(lab):
    slide(lab, "Hospitals", "End")
    slide(lab, "Which hospital dies", "End")
    soon(lambda: crosses(lab), [8] * 7 + [4])
    slide(lab, "Hospitals", "Home")
    soon(lambda: crosses(lab), [8, 8, 4])
    expect(lab.get_by_label("Which hospital dies", exact=True)).to_have_value("3")


def test_a_scene_of_paillier_is_played_within_five_seconds_and_stops_where_the_keys_are_missing(lab):
    for _ in range(3):  # the best of three: another program on this computer may slow the others
        start = time.monotonic()
        fresh(lab).get_by_label("Scene", exact=True).select_option(label="Paillier: the key holder dies")
        until(lab, "failed")
        if (seconds := time.monotonic() - start) < 5:
            break
    assert seconds < 5
    expect(lab.locator(".fl-lab-sentence")).to_contain_text("It was to make the keys: nobody can encrypt.")
    choose(lab, "… before", "step 3")
    press(lab, "Run")
    until(lab, "finished")
    soon(lambda: crosses(lab), [4, 8, 8, 8])
    expect(lab.locator(".fl-note").get_by_text("everybody has had them since step 0")).to_be_visible()


# --- what the relay reads


def test_a_seal_takes_the_weights_from_the_relay_and_leaves_it_the_envelopes(lab):
    lab.get_by_label("Scene", exact=True).select_option(label="TLS only: the relay reads along")
    until(lab, "finished")
    letters = panel(lab, RELAY)
    opened = cells(letters, "Letters of round 2")
    assert [row[4] for row in opened] == ["update", "new values"] and opened[0][5].startswith("rows: 29; update: 0.")
    letters.get_by_label("TLS, and letters sealed").check()
    expect(letters.locator(".fl-number-block strong")).to_have_text("0")
    closed = cells(letters, "Letters of round 2")
    assert [row[:3] for row in closed] == [row[:3] for row in opened]
    assert [row[4] for row in closed] == ["sealed"] * 2
    assert all(len(bytes.fromhex(row[5].removesuffix(" …"))) == 12 for row in closed)
    letters.get_by_label("TLS only: letters open").check()
    expect(letters.get_by_text(opened[0][5])).to_be_visible()


def test_under_masks_the_planned_letters_are_listed_and_then_they_travel(lab):
    letters = panel(lab, RELAY)
    planned = cells(letters, "as planned: press Run")
    assert len(planned) == 8 and {row[3] for row in planned} == {"–"}
    press(lab, "Run")
    until(lab, "finished")
    sent = soon(lambda: cells(letters, "in the order in which they pass"), lambda rows: len(rows) == 8)
    assert [row[:3] + row[4:5] for row in sent] == [row[:3] + row[4:5] for row in planned]
    assert "looks like noise" in next(row[5] for row in sent if row[4] == "masked update")


# --- from three to a million


def test_smaller_groups_make_a_flatter_curve_at_once_and_a_smaller_crowd(lab):
    million = panel(lab, MILLION)
    expect(million.get_by_text("nobody's: the server reads the mean of every 100")).to_be_visible()
    before = heights(lab)
    million.get_by_label("10", exact=True).check()
    expect(million.get_by_text("nobody's: the server reads the mean of every 10", exact=True)).to_be_visible()
    after = heights(lab)
    assert after[3] < before[3] - 10 and after[:3] == before[:3]
    expect(lab.get_by_role("button", name="Undo", exact=True)).to_be_enabled()


def test_with_a_million_numbers_all_curves_but_one_bend_together_and_the_line_is_met_sooner(lab):
    million = panel(lab, MILLION)
    expect(million.locator(".fl-growth-count").get_by_text("3,700")).to_be_visible()
    million.get_by_label("1,000,000", exact=True).check()
    expect(million.get_by_text("What each way costs, with 1,000,000 numbers")).to_be_visible()
    expect(million.locator(".fl-growth-full")).to_have_count(4)
    first = cells(million, "What each way costs")[0]
    assert first[1] == "16,000,040·K" and first[2] == "470 clients"


def heights(lab):
    """How high each curve ends over the chart's lower edge, in pixels."""
    return lab.locator(".fl-chart-growth svg").first.evaluate(
        """chart => [...chart.querySelectorAll(".fl-curve")].map(curve => {
          const end = curve.getAttribute("d").split("L").at(-1).split(" ")[1];
          return Math.round(Number(chart.getAttribute("height")) - Number(end));
        })"""
    )


# --- the whole


def test_from_key_press_to_changed_timeline_it_takes_under_100_ms(lab):
    times = time_presses(lab, "Hospitals", turn=5, least=6)
    assert min(times["control"]) < FAST_ENOUGH and min(times["chart"]) < FAST_ENOUGH


def test_axe_finds_nothing_wrong_whichever_panel_is_open(lab, chapter):
    faults = faults_on_every_panel(chapter, lab)
    assert not faults, "\n".join(faults)


def test_in_the_dark_every_text_stands_out_from_its_ground(lab, chapter):
    chapter.set_theme("dark")
    faults = faults_on_every_panel(chapter, lab, "color-contrast")
    chapter.set_theme("light")
    assert not faults, "\n".join(faults)


def test_on_a_telephones_screen_nothing_is_wider_than_the_screen(lab, chapter):
    assert not wide_parts(chapter, lab)


def test_on_a_projector_every_letter_is_large_and_nothing_is_wider_than_the_screen(lab, chapter):
    press(lab, "Projector")
    for title in (DEATH, RELAY, MILLION):
        part = panel(lab, title)
        small = part.evaluate(
            """node => [...node.querySelectorAll("*")].filter(one => one.offsetParent !== null || one.closest("svg"))
              .filter(one => [...one.childNodes].some(text => text.nodeType === 3 && text.data.trim()))
              .filter(one => parseFloat(getComputedStyle(one).fontSize) < 24).map(one => one.textContent)"""
        )
        wide = part.evaluate("node => node.scrollWidth - node.clientWidth")
        assert not small and wide <= 1, title
    press(lab, "Projector")


def test_nothing_went_wrong_behind_all_this(chapter):
    chapter.assert_clean()

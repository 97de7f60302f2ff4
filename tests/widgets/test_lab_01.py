"""Chapter 01's lab: what is shown is what the hospitals' own models do, and every knob does what it says."""

import time

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.learning.islands import mark_islands, train_islands
from fedlearn_edu.widgets.labs.islands import MORE_SIZES, SIZES, Chapter, Settings


@pytest.fixture(scope="module")
def chapter():
    return Chapter()


@pytest.fixture(scope="module")
def opened():
    return fl.lab("01")


@pytest.fixture
def lab(opened):
    opened.reset()
    return opened


def state(chapter, **changed):
    return chapter.expected(
        Settings(**{"hospitals": 30, "rows": 10, "skew": 0.0, "seat": 7, "pooled": False} | changed)
    )


def blocks(lab, panel):
    lab.panel = panel
    return {block["key"]: block for block in lab.shown["panels"][panel]}


def rows_of(X):
    return [row.tobytes() for row in X.reshape(-1, X.shape[-1])]


@pytest.mark.parametrize("changed", [{}, {"skew": 1.0}, {"hospitals": 3, "rows": 40}, {"rows": 40}])
def test_no_patient_is_at_two_hospitals_and_none_sits_the_exam(chapter, changed):
    here = state(chapter, **changed)
    dealt = rows_of(here.X)
    assert len(set(dealt)) == len(dealt) == here.hospitals * here.rows
    assert not set(dealt) & set(rows_of(here.exam.features))


def test_every_dot_is_a_model_of_that_hospitals_rows_on_the_common_exam(chapter, lab):
    here, dots = state(chapter), blocks(lab, "dots")["cloud"]["dots"]
    assert len(dots) == 30
    for place in (0, 6, 29):
        alone = mark_islands(train_islands(here.X[place], here.y[place]), here.exam.features, here.exam.labels)
        assert dots[place] == pytest.approx([float(alone.accuracy), float(alone.missed)], abs=1e-4)


def test_the_pooled_dot_is_one_model_of_all_rows_and_not_the_mean_of_the_dots(chapter, lab):
    here, cloud = state(chapter), blocks(lab, "dots")["cloud"]
    p = here.X.shape[2]
    model = train_islands(here.X.reshape(-1, p), here.y.reshape(-1))
    marks = mark_islands(model, here.exam.features, here.exam.labels)
    assert cloud["pooled"] == pytest.approx([float(marks.accuracy), float(marks.missed)], abs=1e-4)
    assert cloud["pooled"][0] > np.mean(cloud["dots"], axis=0)[0] + 0.05


def test_thirty_hospitals_of_ten_scatter_and_pools_of_three_hundred_stand_close_together(lab):
    alone, pools = blocks(lab, "dots")["cloud"]["boxes"]
    for axis in ("x", "y"):
        assert alone[axis][1] - alone[axis][0] > 3 * (pools[axis][1] - pools[axis][0])


def test_four_hundred_patients_fill_only_so_many_hospitals_and_the_lab_says_so(lab):
    lab.rows = 40
    dots = blocks(lab, "dots")
    assert len(dots["cloud"]["dots"]) == 10 and "they fill 10 hospitals, not 30" in dots["few"]["text"]
    lab.rows = 10
    assert "few" not in blocks(lab, "dots")


def test_a_seat_has_a_hospital_even_when_there_are_fewer_hospitals_than_seats(lab):
    lab.hospitals, lab.seat = 8, 40
    assert blocks(lab, "dots")["cloud"]["you"] == 39 % 8 == 7


def test_what_a_pupil_reads_about_the_missed_cancers_is_what_the_dot_says(lab):
    lab.seat = 12
    you, cloud = blocks(lab, "you"), blocks(lab, "dots")["cloud"]
    lost, marks = int(you["lost"]["number"]), [box["marks"] for box in you["you"]["boxes"]]
    assert marks[1].count("x") == lost and marks[2].count("x") == int(you["all"]["number"])
    assert len(marks[1]) == len(marks[2]) == 63 and len(marks[0]) == 10
    assert cloud["dots"][11][1] == pytest.approx(lost / 63, abs=1e-4)


def test_at_skew_one_a_hospital_has_patients_of_one_kind_and_no_curve_goes_up(lab):
    lab.skew = 1.0
    holdings = [set(box["marks"]) for box in blocks(lab, "dots")["holdings"]["boxes"]]
    assert sum(len(kinds) == 1 for kinds in holdings) >= len(holdings) - 1
    alone = blocks(lab, "rows")["twin"]["parts"][0]["series"][1]["mean"]
    assert len(set(alone)) == 1 and len(alone) == len(SIZES)


def test_the_two_charts_share_one_axis_and_both_marks_lie_on_it(lab):
    lab.skew = 0.5
    twin = blocks(lab, "rows")["twin"]
    assert twin["x"] == list(MORE_SIZES) and [mark["x"] for mark in twin["marks"]] == [10, 300]
    for part in twin["parts"]:
        for one in part["series"]:
            assert all(
                low <= mean <= high for low, mean, high in zip(one["low"], one["mean"], one["high"], strict=True)
            )


def test_rows_of_one_kind_are_said_to_be_worth_few_of_everybodys_only_where_they_are(lab):
    said = {}
    for skew in (0.0, 0.3, 0.9, 1.0):
        lab.skew = skew
        said[skew] = blocks(lab, "rows")["rows"]["text"]
    assert "misses" in said[0.0] and "misses" in said[0.3]
    assert "With skew 0.9, 120 rows" in said[0.9] and "worth as much as 5 of everybody's" in said[1.0]


@pytest.mark.parametrize("panel", ["rows", "dots", "you"])
def test_every_panel_is_drawn_on_paper_and_says_itself_in_words(lab, panel):
    figure = lab.figure(panel)
    assert len(figure.figure.axes) >= 1 and "One model of all 300 records" in figure.alt


def test_the_table_has_what_the_sentence_says(lab):
    table = lab.table()
    assert f"{table['accuracy'].iloc[0]:.1%} on average" in lab.sentence()
    assert f"misses {table['missed cancers'].iloc[-1]:.1%}." in lab.sentence()
    assert table["rows"].tolist() == [10, 10, 10, 10, 300]


@pytest.mark.parametrize("name", ["start", "thirty-dots", "pooled", "you", "more-patients", "one-suburb"])
def test_every_scene_is_there_at_once(opened, name):
    start = time.perf_counter()
    opened.show_scene(name)
    assert time.perf_counter() - start < 5 and opened.scene == name


def test_there_is_nothing_to_run(lab):
    assert not lab.declared["runs"]


def test_whatever_knob_is_moved_the_answer_takes_less_than_the_screen_allows():
    lab = fl.lab("01")
    for panel in ("rows", "dots", "you"):
        for knob, places in {
            "rows": (15, 20, 25),
            "hospitals": (29, 28, 27),
            "skew": (0.1, 0.2, 0.3),
            "seat": (8, 9, 10),
        }.items():
            lab.reset()
            lab.panel = panel
            assert min(seconds_to_move(lab, knob, place) for place in places) < 0.1, (panel, knob)


def seconds_to_move(lab, knob, place):
    start = time.process_time()
    setattr(lab, knob, place)
    return time.process_time() - start


def test_a_skew_between_two_positions_shows_the_nearest_curve(chapter):
    assert state(chapter, skew=0.32).curve is state(chapter, skew=0.3).curve
    assert state(chapter, skew=0.02).curve is state(chapter).fair_curve

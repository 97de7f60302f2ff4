"""Chapter 06's lab: areas against scikit-learn's, the preview against the run, what a mask leaves to be read."""

from itertools import pairwise

import numpy as np
import pytest

from fedlearn_edu.errors import ArgumentError, UnsafeBatch
from fedlearn_edu.learning.metrics import auc as judged
from fedlearn_edu.widgets.lab import lab
from fedlearn_edu.widgets.labs.vertical import declare
from fedlearn_edu.widgets.labs.vertical_drawings import apart
from fedlearn_edu.widgets.labs.vertical_panels import MASKS, UNIFORM, power_of_ten
from fedlearn_edu.widgets.labs.vertical_preview import AT_BANK, AT_TAX, Credit, auc, labels_of

pytestmark = pytest.mark.filterwarnings("ignore:.*bits.*")  # toys are meant


@pytest.fixture(scope="module")
def credit():
    return Credit()


@pytest.fixture
def room():
    laboratory = lab("06")
    laboratory.key_bits, laboratory.rows, laboratory.epochs = 512, 200, 2
    return laboratory


def screen(laboratory):
    return laboratory.shown["panels"]["screen"]


def seen(laboratory):
    """What is seen beside the truth, column by column, in parts of the widest bar."""
    rows = screen(laboratory)[0]["rows"]
    return np.array([row["seen"] for row in rows]), np.array([row["truth"] for row in rows])


# --- what it is worth


def test_the_quick_area_is_the_area_ties_and_all():
    rng = np.random.default_rng(0)
    y, scores = rng.integers(0, 2, 500), rng.integers(0, 20, 500).astype(float)
    assert auc(y, scores) == pytest.approx(judged(y, scores), abs=1e-12)


def test_areas_are_within_a_hundredth_of_logistic_regression_on_the_joined_table(credit):
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score

    worth, bad = credit.worth(100, AT_BANK, AT_TAX), labels_of(credit.table)
    places = {"bank": slice(AT_BANK), "tax_office": slice(AT_BANK, -1), "together": slice(-1)}
    for name, columns in places.items():
        model = LogisticRegression(max_iter=1000)
        area = cross_val_score(model, credit.X[:, columns], bad, cv=10, scoring="roc_auc").mean()
        assert getattr(worth, name) == pytest.approx(area, abs=0.012)


def test_nobodys_score_comes_from_a_model_that_was_trained_with_the_row(credit):
    columns, before = range(AT_BANK), credit.scores(1000, range(AT_BANK))
    other = Credit()
    other.t[credit.fold == 3] *= -1  # the labels of fold 3 are turned round
    after = other.scores(1000, columns)
    assert np.allclose(before[credit.fold == 3], after[credit.fold == 3], rtol=1e-9)
    assert not np.allclose(before[credit.fold == 4], after[credit.fold == 4])


def test_more_columns_and_more_common_customers_are_worth_more(credit):
    assert credit.worth(80, 7, 1).together < credit.worth(80, 7, 15).together - 0.05
    few, many = credit.worth(5, 7, 15), credit.worth(80, 7, 15)
    assert few.together < many.together and few.everybody < many.everybody - 0.05
    assert credit.worth(100, 7, 15).everybody == credit.worth(100, 7, 15).together


@pytest.mark.parametrize("overlap", range(5, 101, 5))
def test_customers_are_dealt_as_split_columns_deals_them(credit, overlap):
    import fedlearn_edu as fl

    bank, tax_office = fl.split_columns(credit.table, overlap=overlap / 100, seed=1)
    common = len(set(bank.data.ids) & set(tax_office.data.ids))
    assert credit.counts(overlap) == (bank.data.rows - common, common, tax_office.data.rows - common)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.89])
def test_the_lens_of_two_circles_is_as_large_as_the_share(share):
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (200_000, 2))
    inside = points[(points**2).sum(axis=1) < 1]
    both = ((inside - [apart(share), 0]) ** 2).sum(axis=1) < 1
    assert both.mean() == pytest.approx(share, abs=0.005)


# --- the run is what the preview said


@pytest.mark.parametrize("coordinator", ["coordinator", "none"])
def test_the_encrypted_runs_dots_land_on_the_line_of_the_joined_table(room, coordinator):
    room.coordinator = coordinator
    run = room.run()
    line, dots = (one["values"] for one in room.shown["panels"]["loss"][0]["series"])
    assert dots == pytest.approx(line, abs=1e-4) and len(dots) == 2
    assert np.allclose(run.history["loss"], line, atol=1e-4)
    assert "Encryption changes nothing" in room.shown["panels"]["loss"][2]["text"]


@pytest.mark.parametrize("coordinator", ["coordinator", "none"])
def test_the_planned_messages_are_those_that_travel(room, coordinator):
    room.coordinator = coordinator
    planned = next(one for one in room.shown["panels"]["steps"] if one["key"] == "messages")["rows"]
    room.run()
    played = next(one for one in room.shown["panels"]["steps"] if one["key"] == "messages")["rows"]
    assert sorted(row[:5] for row in planned) == sorted(row[:5] for row in played)


def test_runs_are_compared_in_messages_bytes_and_seconds(room):
    room.run()
    room.coordinator = "none"
    room.run()
    runs = next(one for one in room.shown["panels"]["steps"] if one["key"] == "runs")["rows"]
    assert [row[0] for row in runs] == ["a coordinator", "nobody else: two keys"]
    assert runs[0][4] > runs[1][4]


# --- what the coordinator sees


@pytest.mark.parametrize("coordinator", ["coordinator", "none"])
def test_without_a_mask_the_truth_is_on_the_screen(room, coordinator):
    room.mask, room.coordinator = 0, coordinator
    room.run()
    bars, truth = seen(room)
    assert np.allclose(bars, truth, atol=2e-4) and screen(room)[1]["number"] == "0%"
    assert "Job = part-time matters most" in room.sentence()


def test_a_mask_of_one_hides_nothing_and_of_a_thousand_only_while_rows_are_few(room):
    room.mask = 1
    room.run()
    bars, truth = seen(room)
    assert np.allclose(bars, truth, atol=1.5 / 100) and int(screen(room)[1]["number"].strip("%")) < 5
    room.mask = MASKS.index(1000)
    room.run()
    assert int(screen(room)[1]["number"].strip("%")) > 100


def test_under_a_uniform_mask_the_screen_shows_static_whatever_the_truth(room):
    shown = []
    for _ in range(4):
        room.run()
        shown.append(seen(room)[0])
    bars = np.array(shown)
    assert np.abs(bars).mean() == pytest.approx(0.5, abs=0.2) and np.abs(bars).max() > 0.8
    assert all((one != other).mean() > 0.5 for one, other in pairwise(bars))  # fresh in every run
    assert screen(room)[1]["number"] == "static" and "sees static" in room.sentence()


@pytest.mark.parametrize("coordinator", ["coordinator", "none"])
def test_a_mask_used_twice_shows_how_gradients_changed(room, coordinator):
    room.reuse, room.coordinator = True, coordinator
    room.run()
    bars, truth = seen(room)
    assert np.allclose(bars, truth, atol=2e-4)
    assert "reads how each gradient changed" in room.sentence()
    room.epochs = 1  # used once, however it is called
    room.run()
    assert screen(room)[1]["number"] == "static"


@pytest.mark.parametrize("mask", range(UNIFORM + 1))
def test_the_preview_says_of_every_mask_what_the_run_will_say(room, mask):
    room.mask = mask
    before = room.sentence()
    room.run()
    assert ("static" in before) == ("static" in room.sentence()) == (mask == UNIFORM)


@pytest.mark.parametrize(("share", "text"), [(0.5, "4·10⁵⁹⁶"), (-0.003, "−3·10⁵⁹⁴"), (0.22, "2·10⁵⁹⁶"), (0.0, "0")])
def test_numbers_beyond_all_floats_are_told_in_powers_of_ten(share, text):
    assert power_of_ten(share, 2048) == text


# --- the lab


def test_the_guard_refuses_columns_with_rare_values_and_the_lab_says_so(room):
    room.tax_columns = AT_TAX
    with pytest.raises(UnsafeBatch, match="Marital = separated: only 3 of 200 rows"):
        room.run()
    assert "Marital = separated" in room.problem["text"] and room.status["state"] == "failed"


def test_no_more_rows_train_than_are_common(room):
    room.overlap, room.rows = 5, 800
    room.panel = "loss"
    assert "over 223 customers" in room.shown["panels"]["loss"][0]["title"]


@pytest.mark.parametrize("scene", [one.name for one in declare().scenes])
def test_every_scene_opens_and_every_panel_is_drawn_with_words(scene):
    laboratory = lab("06", scene=scene)
    assert laboratory.scene == scene
    for panel in ("worth", "screen", "steps", "loss"):
        assert len(laboratory.figure(panel).alt) > 60


def test_a_column_more_than_there_are_is_refused():
    with pytest.raises(ArgumentError, match="tax_columns goes from 1 to 15"):
        lab("06").tax_columns = 16

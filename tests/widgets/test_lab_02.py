"""Chapter 02's labs: previews are what the protocols compute, the meadow tells who is forgotten, the name follows."""

import json

import numpy as np
import pytest

from fedlearn_edu.errors import ArgumentError, ProtocolError
from fedlearn_edu.widgets.lab import lab
from fedlearn_edu.widgets.labs.pastures import MOST_IMAGES, Fields
from fedlearn_edu.widgets.labs.travelling import declare
from fedlearn_edu.widgets.labs.which import KINDS, STEP, cards, declare as declare_which, federation


def block(laboratory, panel, key):
    laboratory.figure(panel)  # makes up what waited
    return next(one for one in laboratory.shown["panels"][panel] if one["key"] == key)


def grass(laboratory):
    """Percents: pastures by visits."""
    return np.array([row["cells"] for row in block(laboratory, "memory", "meadow")["rows"]])


# ----------------------------------------------------------------------------------------------- the sheep


@pytest.mark.parametrize(
    "settings",
    [
        {"how": "sheep", "tours": 2, "pastures": 3},
        {"how": "lambs", "tours": 2, "pastures": 4, "skew": 0.5},
        {"how": "sheep", "data": "breast_cancer", "pastures": 4},
        {"how": "lambs", "data": "breast_cancer", "tours": 3},
    ],
    ids=["sheep", "lambs", "sheep on breast cancer", "lambs on breast cancer"],
)
def test_the_preview_is_what_the_protocol_computes(settings):
    laboratory = lab("02")
    for name, value in settings.items():
        setattr(laboratory, name, value)
    expected = laboratory._spec.expected(laboratory._moment.settings)
    preview = expected.lambs if settings["how"] == "lambs" else expected.sheep
    run = laboratory.run()
    assert run.state == "finished"
    assert np.abs(np.array(run.reported("weights")) - preview).max() < 1e-9


def test_on_skewed_digits_only_the_grass_that_was_just_eaten_is_known():
    known = grass(lab("02"))
    assert (np.diag(known) > 90).all() and (known[~np.eye(5, dtype=bool)] < 5).all()


def test_where_all_pastures_are_alike_nothing_is_forgotten():
    laboratory = lab("02", scene="alike")
    assert grass(laboratory)[:, -1].min() > 80
    assert block(laboratory, "memory", "memory")["tone"] == "good"


def test_on_breast_cancer_hardly_anything_is_forgotten():
    assert grass(lab("02", scene="breast-cancer"))[:, -1].min() > 75


def test_averaged_lambs_know_every_pasture():
    laboratory = lab("02", scene="lambs")
    assert laboratory.status["state"] == "finished"
    assert grass(laboratory)[:, -1].min() > 60 and grass(laboratory).shape == (5, 4)


def test_during_a_run_the_meadow_shows_the_visits_so_far_and_no_others():
    laboratory = lab("02")
    run = laboratory._begin()
    run.through(round=2, step=1)
    laboratory._look(run)
    run.next()
    while len(run.reported("weights")) < 2:
        run.next()
    laboratory._show(laboratory._moment)
    cells = block(laboratory, "memory", "meadow")["rows"][0]["cells"]
    assert cells[:2] == [100, 0] and cells[2:] == [None] * 3
    laboratory.cancel()


def test_the_sheep_stands_where_it_grazes_and_lambs_stand_everywhere():
    laboratory = lab("02", scene="tours")
    assert block(laboratory, "memory", "meadow")["visited"] == [0, 1, 2, 3, 4] * 4
    laboratory.how = "lambs"
    assert block(laboratory, "memory", "meadow")["visited"] == [-1] * 4


def test_the_table_holds_the_numbers_of_the_meadows_last_column():
    laboratory = lab("02", scene="tours")
    shown = [row["cells"][-1] for row in block(laboratory, "memory", "meadow")["rows"]]
    assert np.allclose(laboratory.table()["one sheep"].to_numpy()[:-1] * 100, shown, atol=0.51)


def test_the_carried_pictures_have_a_case_for_every_pasture_of_the_tour():
    laboratory = lab("02", scene="carries")
    laboratory.pastures = 7
    assert list(block(laboratory, "carries", "after")["cases"]) == [str(k) for k in range(1, 8)]
    laboratory.after = 7
    laboratory.pastures = 4
    assert laboratory.after == 4


def test_weights_of_breast_cancer_are_no_pictures_and_the_panel_says_so():
    assert block(lab("02", scene="breast-cancer"), "carries", "digits")["is"] == "note"


def test_one_image_is_recovered_to_the_last_digits_and_a_crowd_is_not():
    found = Fields().only_grass()
    assert len(found) == MOST_IMAGES and found[0].error < 1e-12
    assert all(one.error > 0.05 for one in found[1:])
    labels = {int(np.argmin(np.abs(found[0].images - found[0].picture).sum(axis=1)))}
    assert labels == {0}


def test_the_error_is_measured_to_the_nearest_image():
    found = Fields().only_grass()[4]
    assert found.error == min(float(np.abs(image - found.picture).mean()) for image in found.images)


@pytest.mark.parametrize("scene", [one.name for one in declare().scenes])
def test_every_scene_opens_and_every_panel_is_drawn_with_words(scene):
    laboratory = lab("02", scene=scene)
    assert laboratory.scene == scene
    for panel in ("memory", "curves", "carries", "image"):
        assert len(laboratory.figure(panel).alt) > 60


@pytest.mark.parametrize(("knob", "value"), [("pastures", 1), ("pastures", 11), ("skew", 1.5), ("how", "goat")])
def test_a_value_out_of_range_is_refused_and_nothing_is_lost(knob, value):
    laboratory = lab("02")
    before = laboratory.settings
    with pytest.raises(ArgumentError):
        setattr(laboratory, knob, value)
    assert laboratory.settings == before


@pytest.mark.parametrize("name", ["02", "02-which"])
def test_the_state_is_small_and_plain(name):
    laboratory = lab(name)
    if name == "02":
        laboratory.pastures, laboratory.tours = 10, 4
    laboratory._complete()
    assert len(json.dumps(laboratory.shown)) < 150_000


# ----------------------------------------------------------------------------------------------- which federation


@pytest.mark.parametrize(
    ("people", "columns", "name"),
    [
        (0, 100, "horizontal"), (10, 90, "horizontal"), (45, 50, "horizontal"), (100, 0, "vertical"),
        (50, 45, "vertical"), (20, 0, "transfer"), (0, 5, "transfer"), (45, 45, "transfer"), (0, 0, "nothing"),
        (100, 100, "same"), (60, 80, "either"),
    ],
)  # fmt: skip
def test_what_is_in_common_gives_the_federation_its_name(people, columns, name):
    assert federation(people, columns).name == name


def test_the_browser_looks_up_the_same_name_for_every_position_of_the_knobs():
    plane = block(lab("02-which"), "plane", "plane")
    for people in range(0, 101, STEP):
        for columns in range(0, 101, STEP):
            found = plane["federations"][plane["zones"][people // STEP][columns // STEP]]
            assert found["title"] == federation(people, columns).title


def test_the_sentence_follows_the_knobs():
    laboratory = lab("02-which")
    assert "horizontal" in laboratory.sentence()
    laboratory.people, laboratory.columns = 80, 5
    assert "80 %" in laboratory.sentence() and "vertical" in laboratory.sentence()


def test_six_cards_two_of_each_kind_and_every_choice_is_answered():
    drawn = cards()
    assert sorted(card.right for card in drawn) == sorted(2 * list(KINDS))
    for card in drawn:
        answers = [card.answer(kind) for kind in KINDS]
        assert all(answers) and len(set(answers)) == 3 and card.answer(card.right) == card.why
        wrong = [card.answer(kind) for kind in KINDS if kind != card.right]
        assert all(text.startswith("Not ") for text in wrong)


def test_a_card_is_a_knob_and_a_choice_that_is_none_is_refused():
    laboratory = lab("02-which")
    laboratory.hospitals = "vertical"
    assert laboratory.settings["hospitals"] == "vertical"
    with pytest.raises(ArgumentError):
        laboratory.hospitals = "diagonal"


def test_it_plays_no_protocol_and_says_so():
    with pytest.raises(ProtocolError, match="plays no protocol"):
        lab("02-which").run()


@pytest.mark.parametrize("scene", [one.name for one in declare_which().scenes])
def test_every_scene_of_the_plane_opens_and_is_drawn(scene):
    laboratory = lab("02-which", scene=scene)
    assert laboratory.scene == scene
    for panel in ("plane", "cards"):
        assert len(laboratory.figure(panel).alt) > 40

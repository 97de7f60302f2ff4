"""Chapter 00's lab: the sum is right whatever the secrets, a called number is uniform, and what leaks is said."""

import numpy as np
import pytest

from fedlearn_edu.widgets.lab import lab
from fedlearn_edu.widgets.labs.paper_round import MODULUS, masked, new_secret, pairs_of, paper_round
from fedlearn_edu.widgets.labs.practice import NUMBERS, groups_of, one_round
from fedlearn_edu.wire.endpoint import play_apart
from fedlearn_edu.wire.run import play

SIZES = [(pupils, partners) for pupils in (2, 3, 5, 12) for partners in ("all", "one", "none")]


def blocks(laboratory, panel):
    return {block["key"]: block for block in laboratory.shown["panels"][panel]}


def worked_out(laboratory):
    """What the lab says of each other pupil whose number pupil 1 knows."""
    rows = blocks(laboratory, "deduce")["told"]["rows"]
    return {who: int(what.rsplit(" ", 1)[1]) for who, what in rows if "itself" in what}


@pytest.mark.parametrize(("pupils", "partners"), SIZES)
def test_played_or_previewed_the_sum_is_exact(pupils, partners):
    total = sum(NUMBERS[:pupils])
    assert total < MODULUS
    assert play(paper_round(NUMBERS[:pupils], pairs_of(pupils, partners))).result[1] == total
    assert {one_round(pupils, partners, number).total for number in range(1, 21)} == {total}


def test_played_apart_every_pupil_learns_the_same_sum():
    apart = play_apart(paper_round([1, 20, 300], pairs_of(3, "all")))
    assert {part.result[1] for part in apart.parts.values()} == {321}


def test_with_a_partner_what_is_called_out_is_uniform_and_without_one_it_is_the_number():
    called = [masked(41, [new_secret(0)], [new_secret(0)]) for _ in range(20_000)]
    counts = np.bincount(np.array(called) // 100, minlength=10)
    assert len(counts) == 10 and ((counts - 2000) ** 2 / 2000).sum() < 60  # χ², 9 degrees of freedom: one in 10⁹
    assert play(paper_round([41, 12], ())).result[0] == [41, 12]


@pytest.mark.parametrize(("pupils", "partners"), SIZES)
def test_what_pupil_1_works_out_is_what_the_called_numbers_give_away_and_no_more(pupils, partners):
    """Who a called number cancels with is who it is linked to by secrets: found here by adding up every subset."""
    rounds = [one_round(pupils, partners, number).called for number in range(1, 13)]
    groups = {group for group in groups_of(pupils, partners)}
    constant = set()
    for bits in range(1, 2**pupils):
        members = tuple(place for place in range(pupils) if bits >> place & 1)
        if len({sum(called[place] for place in members) % MODULUS for called in rounds}) == 1:
            constant.add(members)
    smallest = {one for one in constant if not any(set(other) < set(one) for other in constant)}
    assert smallest == groups


@pytest.mark.parametrize(
    ("settings", "known"),
    [
        ({"pupils": 4}, {}), ({"pupils": 2}, {"pupil 2": NUMBERS[1]}),
        ({"pupils": 5, "partners": "one"}, {"pupil 2": NUMBERS[1], "pupil 5": NUMBERS[4]}),
        ({"pupils": 4, "partners": "one"}, {"pupil 2": NUMBERS[1]}),
        ({"pupils": 3, "partners": "none"}, {"pupil 2": NUMBERS[1], "pupil 3": NUMBERS[2]}),
    ],
)  # fmt: skip
def test_the_lab_names_those_whose_number_pupil_1_knows(settings, known):
    laboratory = lab("00")
    for name, value in settings.items():
        setattr(laboratory, name, value)
    assert worked_out(laboratory) == known
    assert blocks(laboratory, "deduce")["exact"]["number"] == str(len(known))
    assert ("nobody's number" in laboratory.sentence()) == (not known)


@pytest.mark.parametrize(("eyes", "seen"), [("all", 4), ("one", 1), ("nobody", 0)])
def test_eyes_hide_the_numbers_that_they_cannot_see(eyes, seen):
    rows = blocks(lab("00"), "called")["own"]["cases"][eyes][0]["rows"]
    assert sum(row["value"] is not None for row in rows) == seen
    assert [row["text"] for row in rows[seen:]] == ["not seen"] * (4 - seen)


def test_run_shows_the_numbers_that_were_really_called_out():
    laboratory = lab("00")
    run = laboratory.run()
    shown = [row["value"] for row in blocks(laboratory, "called")["called"]["rows"]]
    assert shown == run.result[0] and list(laboratory.table()["called out"]) == shown
    assert run.transcript.seen_by("pupil 2").shape[0]


@pytest.mark.parametrize("scene", lab("00").scenes)
def test_every_scene_opens_at_once_and_ends_well(scene):
    laboratory = lab("00", scene=scene)
    assert laboratory.status["state"] in ("preview", "finished") and laboratory.scene == scene
    for panel in ("called", "rounds", "deduce"):
        assert laboratory.figure(panel).alt


def test_without_secrets_nothing_changes_from_round_to_round():
    laboratory = lab("00")
    laboratory.partners = "none"
    first, total = (one["values"] for one in blocks(laboratory, "rounds")["rounds"]["series"])
    assert set(first) == {NUMBERS[0]} and len(set(total)) == 1


@pytest.mark.parametrize("pupils", [2, 12])
def test_the_forecast_is_what_a_run_takes(pupils):
    protocol = paper_round(NUMBERS[:pupils], pairs_of(pupils, "all"))
    sizes = [message.size for message in play(protocol).transcript.messages]
    assert protocol.estimate().messages == len(sizes) and sum(sizes) <= protocol.estimate().bytes

"""Chapter 08's lab: stories against the real protocol, letters against a real relay's, curves against forecasts."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from fedlearn_edu.errors import ArgumentError, Cancelled, PartyDropped, TooFewSurvivors
from fedlearn_edu.i18n import speaking
from fedlearn_edu.protocols.aggregation import plain_sum
from fedlearn_edu.protocols.masked_aggregation import masked_sum
from fedlearn_edu.protocols.paillier_aggregation import paillier_sum
from fedlearn_edu.widgets.lab import lab
from fedlearn_edu.widgets.labs.leaving import AGGREGATIONS, Chapter, deaths, declare, faults
from fedlearn_edu.widgets.labs.leaving_panels import carried
from fedlearn_edu.widgets.labs.leaving_scale import CLIENTS, GROUPS, LINK, MINUTE, ROWS_A_CLIENT, SIZES, curves, formula
from fedlearn_edu.widgets.labs.leaving_story import STEPS, foretold, living
from fedlearn_edu.widgets.labs.spec import Settings
from fedlearn_edu.wire.correspondent import Correspondent
from fedlearn_edu.wire.relay import Relay
from fedlearn_edu.wire.run import Run

PANELS = ("death", "relay", "million")


@pytest.fixture
def room():
    return lab("08")


@pytest.fixture(scope="module")
def chapter():
    return Chapter()


def blocks(laboratory, panel):
    return {one["key"]: one for one in laboratory.shown["panels"][panel]}


def rows(laboratory, key):
    return blocks(laboratory, "death")[key]["rows"]


def letters(laboratory, way):
    return {one["key"]: one for one in blocks(laboratory, "relay")["relay"]["cases"][way]}


def settings(**chosen):
    return Settings(**{knob.name: knob.default for knob in declare().knobs} | chosen)


def killed(laboratory, **chosen):
    for name, value in chosen.items():
        setattr(laboratory, name, value)
    return laboratory.run()


# --- what is foretold is what the protocol does


def ending_of(chapter, s):
    """The finished run, or the run and the error that it stopped with."""
    run = Run(chapter.protocol(s), faults=faults(s))
    try:
        return run.finish(), None
    except (TooFewSurvivors, PartyDropped) as error:
        return run, error


def assert_it_was_foretold(chapter, s):
    preview, (run, error) = chapter.expected(s), ending_of(chapter, s)
    story = preview.story
    assert (error is None) == (story.stop is None), error
    weights = run.reported("weights")
    assert len(weights) == len(story.counted) and np.allclose(preview.weights, weights or preview.weights, atol=1e-6)
    if isinstance(error, TooFewSurvivors):
        stop, doing = story.stop, "share secrets" if story.stop.step == 2 else "open the sum"
        told = f"{stop.left} of {s.hospitals} parties are left to {doing} in round {stop.round}"
        assert error.problem == f"{told}; it takes {stop.needed}."
    for t, uploaded in enumerate(story.uploads, start=1):
        sent = [m.sender for m in run.transcript.messages if m.step == 3 and m.round == t]
        assert sent == [f"hospital {place + 1}" for place in uploaded]
    opened = [m.sender for m in run.transcript.messages if (m.round, m.label) == (2, "shares")]
    assert opened == [f"hospital {place + 1}" for place in story.openers]


@pytest.mark.parametrize("hospitals", [3, 4, 5])
@pytest.mark.parametrize("before", STEPS)
@pytest.mark.parametrize("encryption", ["none", "masks"])
def test_one_death_ends_as_foretold_whoever_dies_and_whenever(chapter, hospitals, before, encryption):
    for dies in range(hospitals + 1):
        chosen = settings(hospitals=hospitals, encryption=encryption, dies=dies, before=before)
        assert_it_was_foretold(chapter, chosen)


@pytest.mark.parametrize(("before", "second_before"), list(product(STEPS, STEPS)))
@pytest.mark.parametrize("hospitals", [4, 7])
def test_two_deaths_under_masks_end_as_foretold(chapter, hospitals, before, second_before):
    chosen = {"dies": 1, "before": before, "second": hospitals, "second_before": second_before}
    assert_it_was_foretold(chapter, settings(hospitals=hospitals, **chosen))


@pytest.mark.filterwarnings("ignore:.*512 bits.*")
@pytest.mark.parametrize(("dies", "before"), [(0, 3), (1, 0), (1, 2), (1, 5), (2, 0), (2, 3), (3, 4)])
def test_under_paillier_only_who_makes_the_keys_cannot_be_spared(chapter, monkeypatch, dies, before):
    monkeypatch.setitem(AGGREGATIONS, "paillier", lambda: paillier_sum(512))  # a toy: the story is the same
    assert_it_was_foretold(chapter, settings(hospitals=3, encryption="paillier", dies=dies, before=before))


@pytest.mark.parametrize("hospitals", range(3, 9))
def test_as_many_must_be_left_as_the_protocol_says(chapter, hospitals):
    for gone in range(1, 3):
        left = hospitals - gone
        dead = {place: 3 for place in range(gone)}
        enough = left >= max(2 * hospitals // 3 + 1, 3)
        assert (foretold(hospitals, "masks", dead).stop is None) == enough
        assert foretold(hospitals, "none", dead).stop is None


def test_who_dies_in_step_0_was_never_there_and_nobody_comes_back():
    for step in STEPS:
        assert living(3, {1: 0}, 2 if step else 0, step) == (0, 2)
    for dies, later in product(STEPS[1:], STEPS[1:]):
        here = living(2, {0: dies}, 2, later)
        assert (0 not in here) == (STEPS.index(later) >= STEPS.index(dies))
    assert living(2, {0: 5}, 1, 5) == (0, 1) and living(2, {0: 5}, 3, 7) == (1,)


def test_a_hospital_dies_once_and_the_first_knob_says_when():
    assert deaths(settings(dies=2, before=2, second=2, second_before=4)) == {1: 2}


# --- the panel


def test_the_mean_is_divided_by_the_rows_of_those_who_answered(room):
    killed(room, dies=2)
    held = room._moment.expected.room.rows
    found = room.table()
    assert found["divided by"].tolist() == [held.sum(), held.sum() - held[1], held.sum() - held[1]]
    assert found["in the mean"].tolist() == [4, 3, 3]
    assert found["weights off"].iloc[0] == 0 < found["weights off"].iloc[1]
    factor = 1 - held[1] / held.sum()
    assert [row[-1] for row in rows(room, "rounds")] == ["–", *[f"× {factor:.2f}"] * 2]


def test_to_divide_by_the_old_n_shrinks_every_weight_by_that_factor(room):
    run = killed(room, dies=2, encryption="none")
    held = room._moment.expected.room.rows
    uploads = [run.held_by(f"hospital {k}")["leave it as it is"] for k in (1, 3, 4)]  # of the last round
    wrong = sum(one["rows"] * one["update"] for one in uploads) / held.sum()
    assert np.allclose(wrong, (1 - held[1] / held.sum()) * run.reported("weights")[-1])


@pytest.mark.parametrize(
    "chosen",
    [
        {}, {"dies": 2}, {"dies": 2, "before": 4}, {"dies": 1, "before": 0}, {"dies": 2, "second": 4},
        {"encryption": "none", "dies": 3, "before": 5},
    ],
)  # fmt: skip
def test_a_run_changes_nothing_of_what_the_preview_showed_but_the_word_for_it(room, chosen):
    for name, value in chosen.items():
        setattr(room, name, value)
    before, table = blocks(room, "death"), room.table()
    room.run()
    after = blocks(room, "death")
    assert before["timeline"]["title"].endswith("(foretold)") and after["timeline"]["title"].endswith("(played)")
    assert before["timeline"] | {"title": ""} == after["timeline"] | {"title": ""}
    assert before["rounds"] == after["rounds"] and np.allclose(table, room.table(), atol=1e-4)


def test_a_table_after_a_run_tells_of_the_run_and_not_of_the_preview(room, monkeypatch):
    monkeypatch.setattr("fedlearn_edu.widgets.labs.leaving.faults", lambda s: [])
    room = lab("08")
    killed(room, dies=2)  # and the order never came
    assert room.table()["in the mean"].tolist() == [4, 4, 4] and room.table()["weights off"].max() == 0


def test_the_timeline_ends_where_a_hospital_dies_and_says_what_the_others_do(room):
    room.dies, room.before = 2, 3
    lives = rows(room, "timeline")
    words = [column["word"] for column in blocks(room, "death")["timeline"]["columns"]]
    assert [life["dies"] for life in lives] == [None, words.index("upload"), None, None]
    assert lives[1]["doings"] == [[1, "mean"]]
    assert lives[0]["doings"] == [[1, "mean"], [4, "upload"], [5, "shares"], [6, "mean"], [7, "mean"]]
    room.before = 5  # it uploads and opens shares, and never hears of the mean
    assert rows(room, "timeline")[1]["doings"] == [[1, "mean"], [4, "upload"], [5, "shares"]]
    room.encryption = "none"
    assert not any("shares" in mark for life in rows(room, "timeline") for mark in life["doings"])


def test_too_few_survivors_are_an_ending_and_no_crash(room):
    run = killed(room, dies=2, second=4)
    assert run.state == room.status["state"] == "failed" and room.problem == {}
    assert "2 of 4 parties are left to open the sum in round 2; it takes 3." in room.status["text"]
    assert "The protocol stops, and the sum stays closed. The model of round 1 stays." in room.sentence()
    assert "the sum stays closed" in blocks(room, "death")["outcome"]["text"]
    timeline = blocks(room, "death")["timeline"]
    assert timeline["columns"][timeline["stop"]]["word"] == "add up"
    assert timeline["alt"].endswith("Hospital 4 is gone from “add up” on. Everything stops at “add up”.")
    assert [row[1] for row in rows(room, "rounds")] == ["4 of 4", "–", "–"]
    room.second = 0
    assert room.run().state == "finished"


def test_an_ending_names_the_hospital_and_its_message_in_the_language_of_the_lab():
    with speaking("zh"):
        room = lab("08")
        room.encryption, room.dies, room.before = "paillier", 1, 0
        room.run()
        assert room.status["state"] == "failed"
        assert "医院 1" in room.status["text"] and "“Paillier 公钥”" in room.status["text"]
        assert "hospital" not in room.status["text"] and "public key" not in room.status["text"]


def test_what_is_no_ending_of_the_lab_is_raised_and_complained_of(room):
    room._spec = replace(room._spec, endings=(PartyDropped,))
    with pytest.raises(TooFewSurvivors):
        killed(room, dies=2, second=4)
    assert "it takes 3" in room.problem["text"]


def test_a_cancelled_run_says_so(room):
    run = room._begin()
    room._stopped(run, Cancelled("The run was cancelled."))
    assert room.status["state"] == "cancelled"
    assert blocks(room, "death")["timeline"]["title"].endswith("(foretold)")


def test_a_ninth_hospital_or_one_that_is_not_there_is_refused(room):
    with pytest.raises(ArgumentError, match="hospitals goes from 3 to 8"):
        room.hospitals = 9
    with pytest.raises(ArgumentError, match="no more than hospitals"):
        room.dies = 5


def test_the_same_deaths_are_told_under_every_protection(room):
    killed(room, dies=1, before=0)
    assert [row[1] for row in rows(room, "others")] == [
        "goes on; in the mean: 3, 3, 3", "goes on; in the mean: 3, 3, 3", "never begins: nobody has keys",
    ]  # fmt: skip


def test_two_who_are_left_are_warned_of_each_other(room):
    killed(room, encryption="none", dies=1, second=2, second_before=3)
    assert "Two are left: the mean minus mine is yours." in blocks(room, "death")["outcome"]["text"]
    killed(room, hospitals=3)
    assert "One is left: the mean is its own model." in blocks(room, "death")["outcome"]["text"]


# --- what the relay reads


def relayed(protocol, orders, sealed):
    """The envelopes of a real relay, as (sender, receiver, size), in no order."""
    nodes = [Correspondent(protocol, name, sealed=sealed, faults=orders) for name in protocol.names]
    relay = Relay(dict(enumerate(node.hello() for node in nodes)), protocol)
    relay.carry(lambda mail: {number: nodes[number].turn(one) for number, one in mail.items()})
    return [(one.sender, one.receiver, one.size) for one in relay.envelopes]


def to_the_living(ends):
    """Without those that are written to hospital 2 before anybody knows that it is gone: only a relay has them."""
    return sorted((sender, receiver) for sender, receiver in ends if receiver != "hospital 2")


@pytest.mark.parametrize("encryption", ["none", "masks"])
@pytest.mark.parametrize("way", ["open", "sealed"])
def test_the_letters_are_as_large_as_those_of_a_real_relay(room, chapter, encryption, way):
    run = killed(room, encryption=encryption, dies=2)
    moment, closed = room._moment, way == "sealed"
    others = relayed(chapter.protocol(moment.settings), faults(moment.settings), sealed=closed)
    for one in carried(moment):
        others.remove((one.sender, one.receiver, one.sealed_size if closed else one.size))
    elsewhere = [(m.sender, m.receiver) for m in run.transcript.messages if m.round != 2]
    assert to_the_living(one[:2] for one in others) == to_the_living(elsewhere)


def test_open_letters_in_the_clear_show_row_counts_and_weights_and_sealed_ones_only_bytes(room):
    run = killed(room, encryption="none", dies=2)
    held = room._moment.expected.room.rows
    first, *_ = letters(room, "open")["envelopes"]["rows"]
    assert first[:3] == ["hospital 1, 3, 4", "server", "3"] and first[4] == "update"
    update = next(m for m in run.transcript.messages if (m.round, m.step) == (2, 3))
    assert first[5] == run.transcript.reading(update, "eavesdropper") and f"rows: {held[0]};" in first[5]
    for row in letters(room, "sealed")["envelopes"]["rows"]:
        assert row[4] == "sealed" and bytes.fromhex(row[5].removesuffix(" …")) not in update.body


def test_sealed_letters_are_noise_that_never_comes_again(room):
    heads = []
    for _ in range(2):
        killed(room, encryption="none")
        heads += [row[5] for row in letters(room, "sealed")["envelopes"]["rows"]]
    assert len(set(heads)) == len(heads) == 4


def test_the_relay_opens_all_letters_or_none(room):
    run = killed(room)
    count = sum(m.round == 2 for m in run.transcript.messages)
    assert (letters(room, "open")["read"]["number"], letters(room, "sealed")["read"]["number"]) == (str(count), "0")
    assert f"{count} letters of round 2" in letters(room, "sealed")["read"]["text"]
    assert sum(int(row[2]) for row in letters(room, "open")["envelopes"]["rows"]) == count


def test_under_masks_even_an_open_upload_is_noise(room):
    killed(room)
    upload = next(row for row in letters(room, "open")["envelopes"]["rows"] if row[4] == "masked update")
    assert "looks like noise" in upload[5] and "every weight" not in letters(room, "open")["reads"]["text"]


@pytest.mark.parametrize("encryption", ["none", "masks"])
def test_the_planned_letters_are_those_that_travel(room, encryption):
    room.encryption = encryption
    plan = [[*row[:3], row[4]] for row in letters(room, "open")["envelopes"]["rows"]]
    assert {row[3] for row in letters(room, "open")["envelopes"]["rows"]} == {"–"}
    room.run()
    assert [[*row[:3], row[4]] for row in letters(room, "open")["envelopes"]["rows"]] == plan


# --- from three to a million


def test_curves_are_the_forecasts_of_a_round():
    for clients, numbers in product((3, 100, 1000), SIZES):
        found = {one.name: one.bytes(clients, numbers, 10) for one in curves()}
        total = ROWS_A_CLIENT * clients
        one, two = (paillier_sum().forecast(clients, numbers, t, total=total)[1] for t in (1, 2))
        assert found["plain"] == plain_sum().forecast(clients, numbers, 1)[1]
        assert found["masks"] == masked_sum().forecast(clients, numbers, 1)[1]
        assert found["paillier"] == two - one


@pytest.mark.parametrize("clients", [3, 9, 10, 19, 20, 25, 1000, 1009])
@pytest.mark.parametrize("group", [10, 30])
def test_groups_leave_nobody_out_and_are_never_smaller_than_they_should_be(clients, group):
    (grouped,) = (one for one in curves() if one.grouped)
    groups = max(1, clients // group)
    sizes = [clients // groups + (k < clients % groups) for k in range(groups)]
    assert sum(sizes) == clients and min(sizes) >= min(group, clients)
    assert grouped.bytes(clients, 31, group) == sum(masked_sum().forecast(size, 31, 1)[1] for size in sizes)


@pytest.mark.parametrize("numbers", SIZES)
@pytest.mark.parametrize("group", GROUPS)
def test_the_formulas_in_the_table_give_the_curves_at_a_million(numbers, group):
    for one in curves():
        text = formula(one, numbers, group).replace("K²", "K*K").replace("·", "*").replace(",", "")
        found = one.bytes(CLIENTS[-1], numbers, group)  # where groups of 30 leave ten over, a little more
        assert 0 <= found - eval(text, {"K": CLIENTS[-1]}) <= (found / 1e4 if CLIENTS[-1] % group else 0)


def test_a_minute_of_the_link_is_full_where_it_is_said_to_be():
    assert MINUTE == 60 * LINK == 7.5e9
    for one, numbers in product(curves(), SIZES):
        full = one.a_minute(numbers, 100)
        if full:
            assert one.bytes(full, numbers, 100) <= MINUTE < one.bytes(full + 1, numbers, 100)
        else:
            assert one.bytes(3, numbers, 100) > MINUTE


def test_every_position_of_the_two_knobs_has_curves_and_a_table(room):
    panel = blocks(room, "million")
    for numbers, group in product(SIZES, GROUPS):
        (cost,) = panel["by numbers"]["cases"][str(numbers)][0]["cases"][str(group)]
        assert len(cost["rows"]) == 4 and f"{numbers:,}" in cost["title"]
        for curve in panel["growth"]["curves"]:
            key = " ".join(str({"numbers": numbers, "group": group}[name]) for name in curve["by"])
            assert len(curve["at"][key]) == len(CLIENTS) and min(curve["at"][key]) > panel["growth"]["floor"]
            assert max(curve["at"][key]) < panel["growth"]["top"]


# --- the lab


@pytest.mark.parametrize("scene", [one.name for one in declare().scenes])
def test_every_scene_opens_and_every_panel_is_drawn_with_words(scene):
    laboratory = lab("08", scene=scene)
    assert laboratory.scene == scene and not laboratory.problem
    for panel in PANELS:
        assert len(laboratory.figure(panel).alt) > 60


@pytest.mark.parametrize(
    ("scene", "state"),
    [
        ("nobody-dies", "preview"), ("one-dies", "finished"), ("after-upload", "finished"), ("sealed", "finished"),
        ("key-holder", "failed"), ("too-few", "failed"),
    ],
)  # fmt: skip
def test_scenes_end_as_their_names_say(scene, state):
    assert lab("08", scene=scene).status["state"] == state


@pytest.mark.parametrize("hospitals", [4, 8])
@pytest.mark.parametrize("encryption", ["none", "masks", "paillier"])
def test_no_run_of_a_class_takes_five_seconds(room, hospitals, encryption):
    room.hospitals, room.encryption = hospitals, encryption
    assert room.estimate().seconds < 5


def test_fewer_hospitals_take_the_deaths_along(room):
    room.hospitals, room.dies, room.second = 8, 8, 7
    room.hospitals = 5
    assert (room.dies, room.second) == (5, 5)


def test_the_lab_needs_no_flower():
    import sys

    before = {name for name in sys.modules if name.partition(".")[0] == "flwr"}
    lab("08", scene="tls-only")
    assert {name for name in sys.modules if name.partition(".")[0] == "flwr"} == before

"""The travelling model, held against a plain loop; what travels, what is forgotten, and who may go missing."""

import pickle
from time import perf_counter

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.errors import ArgumentError, PartyDropped
from fedlearn_edu.learning import LogisticRegression, make_model, train_locally
from fedlearn_edu.wire.endpoint import play_apart
from fedlearn_edu.wire.faults import Drop

from ..oracles import assert_same_messages, find_planted, headers

SETTINGS = {"tours": 2, "local_epochs": 3, "learning_rate": 0.5, "l2": 0.01, "seed": 4}


@pytest.fixture(scope="module")
def pastures():
    """Digits with different labels at each pasture, pixels from 0 to 1."""
    digits = fl.load("digits")
    digits = fl.Scaling(np.zeros(64), np.full(64, 16.0)).apply(digits)
    return fl.split_rows(digits, parties=5, skew=1.0, seed=3, name="pasture", missing_classes="allow")


@pytest.fixture(scope="module")
def run(pastures):
    return fl.play(fl.travelling(pastures, **SETTINGS))


def loop(pastures, model, tours=2, local_epochs=3, batch_size=None, learning_rate=0.5, l2=0.01, seed=4):
    """The weights after every visit, by a plain loop."""
    weights, visited = model.start(np.random.default_rng(seed)), []
    for visit, pasture in enumerate([p for _ in range(tours) for p in pastures], start=1):
        weights = train_locally(
            model, weights, pasture.data.features, pasture.data.labels, epochs=local_epochs, batch_size=batch_size,
            learning_rate=learning_rate, l2=l2, rng=np.random.default_rng([seed, visit]),
        )  # fmt: skip
        visited.append(weights)
    return visited


# ----------------------------------------------------------------------------------------------- exact


def test_every_visit_gives_exactly_the_weights_of_a_plain_loop(run, pastures):
    expected = loop(pastures, make_model("softmax", 64, 10))
    assert len(expected) == 10
    assert all(np.array_equal(one, other) for one, other in zip(run.reported("weights"), expected, strict=True))
    assert np.array_equal(run.result.weights, expected[-1])


def test_batches_and_hidden_units_follow_the_seed(pastures):
    settings = {"tours": 1, "local_epochs": 1, "batch_size": 32, "learning_rate": 0.1, "seed": 9}
    played = fl.play(fl.travelling(pastures, "network", hidden=5, **settings)).result.weights
    assert np.array_equal(played, loop(pastures, make_model("network", 64, 10, 5), l2=0.0, **settings)[-1])


def test_a_round_is_a_visit_and_history_says_whose_it_was(run, pastures):
    history = run.history
    assert history["party"].tolist() == [p.name for p in pastures] * 2
    for pasture, weights, loss in zip(pastures, run.reported("weights"), history["loss_on_leaving"], strict=False):
        own = make_model("softmax", 64, 10).loss(weights, pasture.data.features, pasture.data.labels, 0.01)
        assert loss == pytest.approx(own, abs=1e-12)


def test_where_pastures_differ_the_first_is_forgotten_after_the_second(pastures):
    first, second = pastures[:2]
    one, two, *_ = fl.play(fl.travelling(pastures)).reported("weights")
    model, grass = make_model("softmax", 64, 10), first.data
    assert np.mean(model.predict(one, grass) == grass.labels) > 0.9
    assert np.mean(model.predict(two, grass) == grass.labels) < 0.1
    assert np.mean(model.predict(two, second.data) == second.data.labels) > 0.9


def test_where_pastures_are_alike_nothing_is_forgotten():
    digits = fl.Scaling(np.zeros(64), np.full(64, 16.0)).apply(fl.load("digits"))
    pastures = fl.split_rows(digits, parties=4, seed=3, name="pasture")
    assert min(fl.play(fl.travelling(pastures)).result.accuracy(p.data) for p in pastures) > 0.9


# ----------------------------------------------------------------------------------------------- leak


def test_no_raw_row_ever_crosses_the_wire(run, pastures):
    # Pixels are multiples of 1/16, of which weights may be some by chance: so rows are searched as whole stretches.
    stretch = 8
    for pasture in pastures:
        rows = pasture.data.features
        for message in run.transcript.messages:
            numbers = np.frombuffer(message.body[-8 * 650 :], dtype="<f8")
            windows = np.lib.stride_tricks.sliding_window_view(numbers, stretch)
            wanted = rows[:, 24 : 24 + stretch]
            assert not (windows[None, :, :] == wanted[:, None, :]).all(axis=2).any()


def test_the_weights_do_cross_it_in_the_clear(run, pastures):
    found = find_planted(run.transcript, run.reported("weights")[:-1])
    passed_on = [m.number for m in run.transcript.messages if m.step == 2]
    assert len(passed_on) == 9 and {(number, "float64") for number in passed_on} <= set(found)


def test_a_row_that_is_sent_is_found_by_the_same_search(pastures):
    planted = pastures[0].data.features[0].copy() + 0.1234567
    pasture = fl.Party("leaky", pastures[0].data)
    leak = fl.Protocol(leaky_text, {"leaky": pasture, "other": fl.Party("other")})
    assert find_planted(fl.play(leak).transcript, planted)


def leaky_text(leaky, other):
    row_at_leaky = yield fl.Local(leaky, "a row", first_row, step=1)
    return (yield fl.Send(row_at_leaky, other, "row", step=2))


def first_row(data):
    return data.features[0] + 0.1234567


def test_real_valued_rows_never_cross_the_wire():
    table = fl.load("breast_cancer")
    table = fl.Scaling(table.features.mean(axis=0), table.features.std(axis=0)).apply(table)
    parties = fl.split_rows(table, parties=3, skew=0.5, seed=1)
    run = fl.play(fl.travelling(parties, local_epochs=2))
    assert find_planted(run.transcript, table.features) == []


# ----------------------------------------------------------------------------------------------- projection, codec


def test_one_process_a_party_gives_the_same_result_and_the_same_messages(run, pastures):
    apart = play_apart(run.protocol, patience=60)
    for pasture in pastures:
        part = apart.parts[pasture.name]
        assert part.error is None and np.array_equal(part.result.weights, run.result.weights)
    assert_same_messages(run.transcript, apart.transcript, ["model", "finished model"])


def test_labels_steps_and_sizes_do_not_depend_on_what_is_in_them(run, pastures):
    still = fl.travelling(pastures, **{**SETTINGS, "learning_rate": 1e-9})
    assert headers(fl.play(still).transcript) == headers(run.transcript)


def test_every_message_has_a_step_that_the_text_names(run):
    named = {step.number for step in run.protocol.steps}
    assert named == {0, 1, 2, 3} and {m.step for m in run.transcript.messages} == {2, 3}


def test_a_partys_process_is_given_its_own_rows_only(pastures):
    first, *others = pastures
    protocol = fl.travelling(pastures)
    handed_over = [pickle.dumps(protocol.only(name)) for name in (first.name, others[0].name)]
    own = first.data.features.tobytes()[64:256]
    assert own in handed_over[0] and own not in handed_over[1]


# ----------------------------------------------------------------------------------------------- drop-outs


@pytest.mark.parametrize(
    ("name", "visit", "step"), [("pasture 3", 3, 2), ("pasture 1", 6, 2), ("pasture 2", 2, 1), ("pasture 5", 10, 3)]
)
def test_a_run_without_one_of_its_parties_ends_and_names_it(pastures, name, visit, step):
    protocol = fl.travelling(pastures, **SETTINGS)
    with pytest.raises(PartyDropped, match=f"{name} is gone") as caught:
        fl.play(protocol, faults=[Drop(name, round=visit, before_step=step)])
    assert caught.value.party == name


def test_who_is_gone_when_the_finished_model_is_sent_goes_without_it(run, pastures):
    without = fl.play(run.protocol, faults=[Drop("pasture 1", round=10, before_step=3)])
    assert np.array_equal(without.result.weights, run.result.weights)
    assert "keep the model" not in without.held_by("pasture 1")


# ----------------------------------------------------------------------------------------------- arguments


WRONG = {
    "no tour": {"tours": 0},
    "half a tour": {"tours": 1.5},
    "tours that are a truth value": {"tours": True},
    "no local epoch": {"local_epochs": 0},
    "an empty batch": {"batch_size": 0},
    "no step": {"learning_rate": 0.0},
    "a text for a step": {"learning_rate": "fast"},
    "a truth value for a step": {"learning_rate": True},
    "a negative penalty": {"l2": -0.1},
    "an unknown model": {"model": "forest"},
    "a model for other columns": {"model": LogisticRegression(columns=3)},
    "something that is no model": {"model": 7},
    "a negative seed": {"seed": -1},
    "no hidden unit": {"model": "network", "hidden": 0},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_wrong_arguments_are_refused_at_once_with_what_to_do(wrong, pastures):
    with pytest.raises(ArgumentError) as caught:
        fl.travelling(pastures, **wrong)
    assert caught.value.problem and caught.value.remedy


@pytest.mark.parametrize(
    "which", ["one party alone", "no party", "a party without rows", "other columns", "two of one name",
              "a table instead of a party"],
)  # fmt: skip
def test_parties_that_do_not_fit_together_are_refused_with_what_to_do(which, pastures):
    first, second, *_ = pastures
    parties = {
        "one party alone": [first],
        "no party": [],
        "a party without rows": [first, fl.Party("empty")],
        "other columns": [first, fl.Party("other", fl.load("breast_cancer"))],
        "two of one name": [first, first],
        "a table instead of a party": [first, second.data],
    }[which]
    with pytest.raises(ArgumentError) as caught:
        fl.travelling(parties)
    assert caught.value.problem and caught.value.remedy


def test_an_estimate_is_right_within_a_tenth_of_the_bytes_and_a_third_of_the_seconds(pastures):
    protocol, ratios = fl.travelling(pastures, tours=3), []
    for _ in range(4):  # a busy machine may spoil one measurement
        estimate, start = protocol.estimate(), perf_counter()
        run = fl.play(protocol)
        ratios.append(estimate.seconds / (perf_counter() - start))
        if 1 / 3 <= ratios[-1] <= 3:
            break
    assert 1 / 3 <= ratios[-1] <= 3, ratios
    assert estimate.bytes == pytest.approx(sum(m.size for m in run.transcript.messages), rel=0.1)
    assert estimate.messages == len(run.transcript)

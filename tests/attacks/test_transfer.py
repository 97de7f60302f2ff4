"""What the source computes of the target's rows, and when it cannot."""

import warnings

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.attacks.transfer import (
    labels_from_weight_gradient,
    places_from_row_gradients,
    places_from_weight_gradient,
    told_by_the_loss,
)
from fedlearn_edu.errors import ArgumentError, UnsafeBatch
from fedlearn_edu.learning.transfer_loss import TransferPlan, row_gradients, transfer_loss


def places(rng, rows, d=3):
    return np.tanh(rng.normal(size=(rows, d)))


@pytest.mark.parametrize("distance", [True, False])
def test_gradients_row_by_row_give_every_place_of_the_target_away_exactly(distance):
    rng, plan = np.random.default_rng(1), TransferPlan(dimensions=3, alignment=0.01, distance=distance)
    own, others, y = places(rng, 50), places(rng, 40), rng.choice([-1.0, 1.0], 50)
    gradients, _ = row_gradients(own, others, y, plan)
    assert np.abs(places_from_row_gradients(gradients, own, y, 40, plan) - others).max() < 1e-10


def test_without_a_row_of_its_own_or_an_alignment_this_way_is_closed():
    rng, plan = np.random.default_rng(1), TransferPlan(dimensions=3)
    own, y = places(rng, 40), np.ones(40)
    with pytest.raises(ArgumentError, match="0 rows that are not common"):
        places_from_row_gradients(own, own, y, 40, plan)
    with pytest.raises(ArgumentError, match="alignment=0 "):
        places_from_row_gradients(own, own, y, 30, TransferPlan(dimensions=3, alignment=0.0))


def one_round(common, **settings):
    source, target = fl.split_both(fl.load("digits"), overlap=0.05, seed=7)
    halves = [half.take(range(common)) for half in fl.in_common(source, target)]
    settings = {"dimensions": 2, "iterations": 1, "key_bits": 256, "alignment": 0.1, **settings}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fl.play(fl.transfer(source, target, common=halves, **settings))


def test_few_common_rows_are_solved_for_from_a_run_with_uniform_masks():
    run = one_round(10, guard=False)
    held, plan = run.held_by("source"), run.protocol.arguments["setting"].plan
    found = places_from_weight_gradient(held["gradient, its mask off"], held["start"], 10, plan)
    true = run.held_by("target")["represent common rows"]
    assert np.abs(found - true).max() < 1e-3
    guess = held["represent its rows"][:10]
    assert np.abs(guess - true).max() > 0.5  # its own places would not have done


def test_many_common_rows_leave_more_unknowns_than_equations_and_few_are_refused_by_the_guard():
    run = one_round(40)
    held, plan = run.held_by("source"), run.protocol.arguments["setting"].plan
    with pytest.raises(ArgumentError, match="41 unknowns meet"):
        places_from_weight_gradient(held["gradient, its mask off"], held["start"], 40, plan)
    with pytest.raises(UnsafeBatch):
        one_round(10)


def labels_guessed(**settings):
    """The share of 90 common rows whose label the target finds from its gradient of round 1, up to the sign."""
    source, target = fl.split_both(fl.load("digits"), overlap=0.05, seed=3)
    common = fl.in_common(source, target)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = fl.play(fl.transfer(source, target, common=common, iterations=1, key_bits=256, **settings))
    held, plan = run.held_by("target"), run.protocol.arguments["setting"].plan
    guessed = labels_from_weight_gradient(held["gradient, its mask off"], held["start"], plan)
    right = float(np.mean(guessed == 2.0 * common[0].data.labels - 1))
    return max(right, 1 - right)


def test_without_alignment_a_gradient_gives_the_labels_away_and_the_guard_refuses_that():
    assert labels_guessed(alignment=0.0, guard=False) == 1.0
    with pytest.raises(UnsafeBatch, match="without alignment"):
        labels_guessed(alignment=0.0)


def test_with_hardly_any_alignment_nearly_all_labels_come_out_and_the_guard_refuses_that_too():
    assert labels_guessed(alignment=0.001, guard=False) > 0.9
    with pytest.raises(UnsafeBatch, match=r"alignment of 0.001, nearly none, hide 98 numbers"):
        labels_guessed(alignment=0.001)


def test_with_alignment_the_guard_lets_pass_what_still_tells_something_of_the_labels():
    assert labels_guessed(alignment=0.01) > 0.65
    assert labels_guessed(alignment=0.5) < 0.65


def exact_numbers(equations, numbers):
    """What follows exactly from more unknowns than equations: the unknowns that some combination has alone."""
    inverse = np.linalg.pinv(equations, rcond=1e-9)
    alone = np.isclose(np.diag(inverse @ equations), 1.0, atol=1e-7)
    return {int(k): float(value) for k, value in enumerate(inverse @ numbers) if alone[k]}


def digits_run(guard, seed):
    """359 common rows; some pixels are not blank in one of them alone."""
    source, target = fl.split_both(fl.load("digits"), overlap=0.2, seed=seed)
    common, settings = fl.in_common(source, target), {"dimensions": 2, "iterations": 1, "key_bits": 256}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fl.play(fl.transfer(source, target, common=common, guard=guard, **settings))


def seen_by(run, party):
    held, plan = run.held_by(party), run.protocol.arguments["setting"].plan
    side = held["start"]
    T = side.encoder.network.slopes(side.encoder.weights, side.X)
    return held["gradient, its mask off"].reshape(plan.dimensions, -1), T, side, plan


@pytest.mark.parametrize("guarded", [True, False])
def test_a_pixel_blank_in_all_rows_but_one_shows_the_source_that_rows_place_and_the_guard_leaves_it_out(guarded):
    run = digits_run(guarded, seed=7)
    (gradient, T, side, plan), N, found = seen_by(run, "source"), 359, []
    true = run.held_by("target")["represent common rows"]
    for k in range(plan.dimensions):
        a = side.y @ T[k] / len(side.X)
        equations = np.column_stack([a, plan.cross * T[k][:N].T])  # unknown: s_k, and the target's places
        found += [value - true[i - 1, k] for i, value in exact_numbers(equations, gradient[k]).items() if i]
    assert (found == []) == guarded
    assert guarded or np.abs(found).max() < 0.01


@pytest.mark.parametrize("guarded", [True, False])
def test_such_a_pixel_shows_the_target_what_the_source_sent_for_that_row_and_the_guard_leaves_it_out(guarded):
    run = digits_run(guarded, seed=10)
    gradient, T, side, plan = seen_by(run, "target")
    source = run.held_by("source")["start"]
    U, V, y, N = source.places(), side.places(), source.y, 359
    Phi, found = y @ U / len(U), []
    true = (0.25 * (V @ Phi) - 0.5 * y[:N])[:, None] * Phi + plan.cross * U[:N]
    for k in range(plan.dimensions):
        found += [value - true[i, k] for i, value in exact_numbers(T[k].T, gradient[k]).items()]
    assert (found == []) == guarded
    assert guarded or np.abs(found).max() < 0.01


@pytest.mark.parametrize("guarded", [True, False])
def test_what_was_left_out_is_named_and_moves_nothing_in_a_prediction(guarded):
    run = digits_run(guarded, seed=7)
    for encoder in run.result.values():
        assert bool(encoder.left_out) == guarded
        rows = np.random.default_rng(0).uniform(0, 16, (5, 32))
        other = rows + np.isin(encoder.columns, encoder.left_out)
        assert np.array_equal(encoder.represent(rows), encoder.represent(other))


def test_labels_of_more_rows_than_weights_are_not_solved_for():
    run = one_round(70, dimensions=2)
    held, plan = run.held_by("target"), run.protocol.arguments["setting"].plan
    with pytest.raises(ArgumentError, match="71 unknowns meet 66 equations"):
        labels_from_weight_gradient(held["gradient, its mask off"], held["start"], plan)


def test_the_limits_that_the_loss_tells_hold_and_sink_as_the_maps_approach():
    rng, plan = np.random.default_rng(2), TransferPlan(dimensions=3, alignment=0.4)
    own, y = places(rng, 30), rng.choice([-1.0, 1.0], 30)
    far, near = places(rng, 20), own[:20] + 0.05
    told = told_by_the_loss([transfer_loss(own, one, y, plan) for one in (far, near)], plan)
    Phi = y @ own / 30
    for limit, others in zip(told, (far, near), strict=True):
        assert np.sum((own[:20] - others) ** 2, axis=1).mean() <= limit.distance
        assert np.mean((others @ Phi - 2 * y[:20]) ** 2) <= limit.misfit
    assert told[1].distance < told[0].distance
    with pytest.raises(ArgumentError, match="product"):
        told_by_the_loss([0.7], TransferPlan(distance=False))

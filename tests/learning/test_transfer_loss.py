"""The loss of transfer learning and its gradients, against finite differences and against a computation by hand."""

import math

import numpy as np
import pytest

from fedlearn_edu.errors import ArgumentError, Diverged
from fedlearn_edu.learning.representation import Encoder, Representation
from fedlearn_edu.learning.transfer_loss import (
    TransferPlan,
    factors_of_source,
    factors_of_target,
    own_pull,
    prototype,
    row_gradients,
    train_plainly,
    transfer_loss,
)

COMMON = 5


def sides(plan, seed=1):
    """Nine labelled rows of four columns at the source, five common rows of six columns at the target."""
    rng = np.random.default_rng(seed)
    source, target = Representation(4, plan.dimensions), Representation(6, plan.dimensions)
    numbers = [rng.standard_normal(shape) for shape in ((9, 4), (COMMON, 6), source.size, target.size)]
    return source, target, *numbers, np.sign(rng.standard_normal(9))


def whole_loss(plan, source, target, X, Z, w, v, y):
    """The loss as the formula says it, row by row, without the library's own."""

    def places(rows, weights, p):
        W, b = weights[: -plan.dimensions].reshape(plan.dimensions, p), weights[-plan.dimensions :]
        return [[math.tanh(sum(a * c for a, c in zip(Wl, x, strict=True)) + bl) for Wl, bl in zip(W, b, strict=True)]
                for x in rows]  # fmt: skip

    U, V = places(X, w, 4), places(Z, v, 6)
    Phi = [sum(yi * ui[k] for yi, ui in zip(y, U, strict=True)) / len(y) for k in range(plan.dimensions)]
    total = 0.0
    for i in range(COMMON):
        phi = sum(a * b for a, b in zip(Phi, V[i], strict=True))
        total += math.log(2) - 0.5 * y[i] * phi + phi**2 / 8
        if plan.distance:
            total += plan.alignment * sum((a - b) ** 2 for a, b in zip(U[i], V[i], strict=True))
        else:
            total -= plan.alignment * sum(a * b for a, b in zip(U[i], V[i], strict=True))
    squares = sum(float(a) ** 2 for a in [*w[: -plan.dimensions], *v[: -plan.dimensions]])
    return total / COMMON + plan.l2 / 2 * squares


def differences(function, weights, step=1e-6):
    return np.array([(function(weights + e) - function(weights - e)) / (2 * step) for e in step * np.eye(len(weights))])


@pytest.mark.parametrize("distance", [True, False])
def test_the_loss_is_the_formula_and_the_gradients_are_its_finite_differences(distance):
    plan = TransferPlan(dimensions=3, alignment=0.2, l2=0.05, distance=distance)
    source, target, X, Z, w, v, y = sides(plan)
    U, V = source.of(w, X), target.of(v, Z)
    loss = transfer_loss(U, V, y, plan, plan.penalty(source, w) + plan.penalty(target, v))
    assert loss == pytest.approx(whole_loss(plan, source, target, X, Z, w, v, y), abs=1e-14)
    G, H = row_gradients(U, V, y, plan)
    at_source = source.pull_back(w, X, G) + plan.l2 * source.penalised(w)
    at_target = target.pull_back(v, Z, H) + plan.l2 * target.penalised(v)
    here = differences(lambda u: whole_loss(plan, source, target, X, Z, u, v, y), w)
    there = differences(lambda u: whole_loss(plan, source, target, X, Z, w, u, y), v)
    assert np.abs(at_source - here).max() < 1e-8 and np.abs(at_target - there).max() < 1e-8


@pytest.mark.parametrize("distance", [True, False])
def test_factors_times_what_crosses_and_the_own_pull_give_the_gradients(distance):
    plan = TransferPlan(dimensions=3, alignment=0.2, distance=distance)
    source, target, X, Z, w, v, y = sides(plan)
    U, V = source.of(w, X), target.of(v, Z)
    Phi, (G, H) = prototype(U, y), row_gradients(U, V, y, plan)

    def product(factors, square, rows):
        pairs = zip(factors.square, factors.rows, square.T, rows.T, strict=True)
        return [s.T @ m + r.T @ c for s, r, m, c in pairs]

    from_target = product(factors_of_source(source.slopes(w, X), Phi, y, COMMON, plan), V.T @ V, V)
    mixed = -0.5 * y[:COMMON, None] * Phi + plan.cross * U[:COMMON]
    from_source = product(factors_of_target(target.slopes(v, Z), V), 0.25 * np.outer(Phi, Phi), mixed)
    at_source = source.packed(from_target) + own_pull(w, X[:COMMON], U[:COMMON], source, plan)
    at_target = target.packed(from_source) + own_pull(v, Z, V, target, plan)
    assert np.allclose(at_source / COMMON, source.pull_back(w, X, G), atol=1e-15)
    assert np.allclose(at_target / COMMON, target.pull_back(v, Z, H), atol=1e-15)


def test_slopes_are_the_jacobians():
    network, rng = Representation(4, 3), np.random.default_rng(2)
    w, X = rng.standard_normal(network.size), rng.standard_normal((2, 4))
    T = network.slopes(w, X)  # (d, N, p + 1)
    for i in range(2):
        for k in range(3):
            own = np.zeros((3, 5))
            own[k] = T[k, i]
            moved = differences(lambda u, i=i, k=k: network.of(u, X)[i, k], w)
            assert np.allclose(network.packed(own), moved, atol=1e-9)


def test_training_lowers_the_loss_and_a_small_change_ends_it():
    plan = TransferPlan(dimensions=3, iterations=200, learning_rate=0.5, tolerance=1e-3)
    _, _, X, Z, *_, y = sides(plan)
    moments = train_plainly(X, y, Z, plan)
    losses = [moment.loss for moment in moments]
    assert losses == sorted(losses, reverse=True) and len(losses) < 200
    assert abs(losses[-3] - losses[-2]) < 1e-3 <= abs(losses[-4] - losses[-3])


def test_without_tolerance_every_iteration_is_done():
    plan = TransferPlan(dimensions=3, iterations=7, learning_rate=1e-9, tolerance=0)
    _, _, X, Z, *_, y = sides(plan)
    assert len(train_plainly(X, y, Z, plan)) == 8


def test_steps_that_are_too_large_are_called_diverging():
    plan = TransferPlan(dimensions=3, learning_rate=1000.0, l2=0.01)
    _, _, X, Z, *_, y = sides(plan)
    with pytest.raises(Diverged, match="learning_rate=1000"):
        train_plainly(X, y, Z, plan)


@pytest.mark.parametrize("wrong", [{"dimensions": 0}, {"iterations": 1.5}, {"learning_rate": 0}, {"alignment": -1},
                                   {"l2": float("nan")}, {"tolerance": "no"}, {"seed": True}])  # fmt: skip
def test_arguments_out_of_their_range_are_refused(wrong):
    with pytest.raises(ArgumentError, match=next(iter(wrong))):
        TransferPlan(**wrong)


def test_an_encoder_finds_its_columns_by_name_in_a_larger_table():
    from fedlearn_edu.data import load

    table = load("breast_cancer")
    columns = (table.columns[7], table.columns[2])
    encoder = Encoder("target", columns, np.zeros(2), np.ones(2), Representation(2, 3), np.ones(9))
    assert np.array_equal(encoder.standardised(table), table.features[:, [7, 2]])
    with pytest.raises(ArgumentError, match="mean radius"):
        Encoder("target", ("mean radius",), np.zeros(1), np.ones(1), Representation(1, 1), np.ones(2)).represent(
            load("digits")
        )

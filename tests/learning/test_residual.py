"""One core for linear and logistic regression, and when it has run away."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from fedlearn_edu.errors import ArgumentError, Diverged
from fedlearn_edu.learning.residual import LINEAR, LOGISTIC, Descent, Part, train_joined

MODELS = {"linear": LINEAR, "logistic": LOGISTIC}


def case(kind, rows=30, columns=4):
    rng = np.random.default_rng(1)
    X = rng.standard_normal((rows, columns))
    z = X @ rng.standard_normal(columns)
    return X, (np.clip(np.rint(z + 3), 0, 6) if kind == "linear" else z > 0).astype(int)


def descent(kind="linear", rows=30, epochs=1, batch_size=None, learning_rate=0.1, l2=0.0):
    return Descent(MODELS[kind], rows, epochs, batch_size, learning_rate, l2)


def taylor(z, y):
    """Of log(1 + e^−yz) at z = 0, as the paper has it; y = ±1."""
    return np.log(2) - y * z / 2 + z**2 / 8


@given(st.floats(-3, 3), st.sampled_from([0, 1]))
def test_the_logistic_loss_is_the_taylor_polynomial_written_as_a_square(z, label):
    d = z - LOGISTIC.targets([label])[0]
    assert LOGISTIC.loss(d**2) == pytest.approx(taylor(z, 2 * label - 1))


def test_the_polynomial_is_near_the_true_loss_up_to_two_and_far_from_it_at_six():
    def off(z):
        return abs(taylor(z, 1) - np.logaddexp(0, -z))

    assert off(1.0) < 0.01 and off(2.0) < 0.07 and off(6.0) > 1.0


@pytest.mark.parametrize("kind", list(MODELS))
def test_a_step_follows_the_gradient_of_the_loss_with_its_penalty(kind):
    X, y = case(kind)
    weights, model = np.array([0.3, -0.2, 0.1, 0.4]), MODELS[kind]

    def objective(w, b):
        return model.loss(np.mean((X @ w + b - model.targets(y)) ** 2)) + 0.05 / 2 * w @ w

    d, eps = X @ weights + 0.2 - model.targets(y), 1e-6
    after = descent(kind, l2=0.05, learning_rate=1.0).step(
        Part(tuple("abcd"), weights, 0.2), np.append(X.T @ d, d.sum()), len(X)
    )
    for j in range(4):
        nudge = eps * np.eye(4)[j]
        slope = (objective(weights + nudge, 0.2) - objective(weights - nudge, 0.2)) / (2 * eps)
        assert after.weights[j] == pytest.approx(weights[j] - slope, abs=1e-6)
    slope = (objective(weights, 0.2 + eps) - objective(weights, 0.2 - eps)) / (2 * eps)  # no penalty on the intercept
    assert after.intercept == pytest.approx(0.2 - slope, abs=1e-6)


def test_a_feature_holders_part_has_no_intercept_and_takes_no_step_in_one():
    after = descent().step(Part(("a",), [1.0]), np.array([30.0]), 30)
    assert after.intercept is None and after.weights.tolist() == [0.9]


@given(st.integers(1, 200), st.integers(1, 250))
@settings(max_examples=60)
def test_batches_cover_all_rows_once_in_order_and_differ_by_one_row_at_most(rows, batch_size):
    batches = descent(rows=rows, batch_size=batch_size).batches
    assert [i for begin, end in batches for i in range(begin, end)] == list(range(rows))
    sizes = {end - begin for begin, end in batches}
    assert max(sizes) <= batch_size and max(sizes) - min(sizes) <= 1


def test_joined_training_finds_the_least_squares_solution():
    X, y = case("linear")
    part, losses = train_joined(X, y, descent(epochs=400, learning_rate=0.3))
    best = np.linalg.lstsq(np.column_stack([X, np.ones(30)]), y.astype(float), rcond=None)[0]
    assert [*part.weights, part.intercept] == pytest.approx(best.tolist(), abs=1e-6)
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(losses))


@pytest.mark.parametrize("square", [float("nan"), float("inf"), 30 * 10.1 * 4])
def test_a_loss_that_is_no_number_or_ten_times_that_of_knowing_nothing_has_run_away(square):
    y = np.array([0, 1] * 15)  # targets ±2, so mean t² = 4
    assert descent("logistic").runs_away(square, 30, y)
    assert not descent("logistic").runs_away(30 * 10 * 4, 30, y)


def test_joined_training_that_runs_away_says_in_which_round_and_what_to_do():
    with pytest.raises(Diverged, match="ran away in round") as caught:
        train_joined(*case("logistic"), descent("logistic", epochs=50, learning_rate=30.0))
    assert "learning_rate=30" in caught.value.remedy and "standardised" in caught.value.remedy


@pytest.mark.parametrize(
    "settings",
    [{"epochs": 0}, {"epochs": 1.5}, {"batch_size": 0}, {"learning_rate": 0}, {"learning_rate": "1"}, {"l2": -1},
     {"l2": None}, {"rows": 0}, {"rows": None}, {"learning_rate": True}],
)  # fmt: skip
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ArgumentError):
        descent(**settings)


def test_a_part_cannot_be_changed_and_shows_a_few_of_its_weights():
    part = Part(tuple("abcdefgh"), np.arange(8.0))
    with pytest.raises(ValueError, match="read-only"):
        part.weights[0] = 1.0
    assert repr(part) == "Part(a: 0, b: 1, c: 2, d: 3, e: 4, … (8 in all))"
    with pytest.raises(ArgumentError, match="one for each"):
        Part(("a",), [1.0, 2.0])

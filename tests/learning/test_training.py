"""Gradient descent: exact where it should be, repeatable where it draws, and honest when it runs away."""

import numpy as np
import pytest

from fedlearn_edu.data import Scaling, load, split_rows, split_train_test
from fedlearn_edu.errors import ArgumentError, Diverged
from fedlearn_edu.learning import (
    LinearRegression,
    LogisticRegression,
    SoftmaxRegression,
    train_locally,
    train_pooled,
    training,
)
from fedlearn_edu.learning.models import make_model

SETTINGS = dict(epochs=1, batch_size=None, learning_rate=0.5, l2=0.1, rng=None)


def rows(seed=0, count=20):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, 3)), rng.integers(0, 2, count)


def standardised_split(name, seed=7):
    train, test = split_train_test(load(name), seed=seed)
    scaling = Scaling(train.features.mean(axis=0), train.features.std(axis=0))
    return scaling.apply(train), scaling.apply(test)


class Watched:
    """A model that remembers the rows of each step; their numbers are in the only column."""

    columns, size, name = 1, 2, "watched"

    def __init__(self):
        self.seen = []

    def gradient(self, weights, X, y, l2=0.0):
        assert np.array_equal(X[:, 0], y)  # rows and labels stay together
        self.seen.append(X[:, 0].astype(int).tolist())
        return np.zeros(2)


def watch(count, **options):
    model = Watched()
    train_locally(model, np.zeros(2), np.arange(count)[:, None], np.arange(count), **(SETTINGS | options))
    return model.seen


def test_full_batch_epochs_are_exactly_gradient_descent():
    model, (X, y), w = LogisticRegression(3), rows(), np.array([0.1, -0.2, 0.3, 0.4])
    expected = w.copy()
    for _ in range(4):
        expected = expected - 0.5 * model.gradient(expected, X, y, 0.1)
    assert np.array_equal(train_locally(model, w, X, y, **(SETTINGS | {"epochs": 4})), expected)


def test_one_full_batch_step_at_each_party_averages_to_one_pooled_step():
    train, _ = standardised_split("breast_cancer")
    model, start = LogisticRegression(30), np.random.default_rng(1).normal(size=31)
    hospitals = split_rows(train, 4, skew=0.5, sizes=(4, 2, 1, 1))
    mean = sum(
        p.data.rows / train.rows * train_locally(model, start, p.data.features, p.data.labels, **SETTINGS)
        for p in hospitals
    )
    pooled = train_locally(model, start, train.features, train.labels, **SETTINGS)
    assert np.allclose(mean, pooled, rtol=0, atol=1e-13)


def test_the_start_is_left_as_it_is():
    w, (X, y) = np.zeros(4), rows()
    after = train_locally(LogisticRegression(3), w, X, y, **SETTINGS)
    assert not w.any() and after.any()


@pytest.mark.parametrize("batch_size", [None, 20, 100])
def test_full_batches_draw_nothing(batch_size):
    rng = np.random.default_rng(3)
    train_locally(LogisticRegression(3), np.zeros(4), *rows(), **(SETTINGS | {"batch_size": batch_size, "rng": rng}))
    assert rng.bit_generator.state == np.random.default_rng(3).bit_generator.state


def test_every_epoch_uses_every_row_once_in_a_new_order_with_a_smaller_last_batch():
    seen = watch(10, epochs=2, batch_size=4, rng=np.random.default_rng(0))
    assert [len(batch) for batch in seen] == [4, 4, 2] * 2
    first, second = np.concatenate(seen[:3]).tolist(), np.concatenate(seen[3:]).tolist()
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second


def test_equal_seeds_train_equally_and_others_do_not():
    model, (X, y) = LogisticRegression(3), rows()
    ends = [
        train_locally(
            model, np.zeros(4), X, y, **(SETTINGS | {"batch_size": 3, "rng": np.random.default_rng(seed), "epochs": 2})
        )
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(ends[0], ends[1]) and not np.array_equal(ends[0], ends[2])


@pytest.mark.filterwarnings("error")
def test_training_that_runs_away_says_lower_the_learning_rate():
    X, y = rows()
    with pytest.raises(Diverged, match=r"learning_rate=1000 .*\n.*Lower the learning rate"):
        train_locally(LinearRegression(3), np.zeros(4), X, y, **(SETTINGS | {"learning_rate": 1000.0, "epochs": 500}))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs"), ({"epochs": 1.5}, "epochs"), ({"epochs": True}, "epochs"),
        ({"epochs": None}, "epochs"), ({"batch_size": 0}, "batch_size"), ({"batch_size": 2.5}, "batch_size"),
        ({"learning_rate": 0}, "learning_rate"), ({"learning_rate": -1}, "learning_rate"),
        ({"learning_rate": "fast"}, "learning_rate"), ({"learning_rate": True}, "learning_rate"), ({"l2": "0"}, "l2"),
        ({"learning_rate": float("nan")}, "learning_rate"), ({"l2": -0.1}, "l2"), ({"l2": float("inf")}, "l2"),
        ({"batch_size": 5}, "rng was None"),
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        train_locally(LogisticRegression(3), np.zeros(4), *rows(), **(SETTINGS | options))


def test_pooled_training_learns_breast_cancer_and_digits():
    for name, model, rate, least in (("breast_cancer", "logistic", 0.5, 0.95), ("digits", "softmax", 0.5, 0.93)):
        train, test = standardised_split(name)
        assert train_pooled(train, model, learning_rate=rate).accuracy(test) > least


def test_the_network_learns_digits():
    train, test = standardised_split("digits")
    assert train_pooled(train, "network", epochs=15, batch_size=32, learning_rate=0.2).accuracy(test) > 0.9


def test_pooled_training_depends_on_the_seed_alone():
    train, _ = standardised_split("digits")
    ends = [train_pooled(train, "network", epochs=1, batch_size=64, seed=seed).weights for seed in (1, 1, 2)]
    assert np.array_equal(ends[0], ends[1]) and not np.array_equal(ends[0], ends[2])


def test_pooled_training_takes_a_model_as_well_as_its_name():
    train, _ = standardised_split("digits")
    ends = [train_pooled(train, model, epochs=2).weights for model in ("softmax", SoftmaxRegression(64, 10))]
    assert np.array_equal(*ends)


def test_pooled_training_needs_labels():
    with pytest.raises(ArgumentError, match="labels"):
        train_pooled(np.zeros((3, 2)))


@pytest.mark.parametrize(("first", "told"), [(0.008, 0.0001), (0.5, 0.5)])
def test_a_short_epoch_is_timed_over_ten_because_a_first_call_pays_for_more(monkeypatch, first, told):
    seconds = {1: first, 10: 0.001}
    monkeypatch.setattr(training, "_seconds", lambda *_, epochs: seconds[epochs])
    model, settings = make_model("logistic", columns=2, classes=2), training.LocalTraining(1, None, 0.5, 0.0, 0)
    assert training.seconds_of_an_epoch(model, settings, rows=10) == pytest.approx(told)

"""Many fits at once are the same as one after the other, and the same as scikit-learn's."""

import numpy as np
import pytest

from fedlearn_edu.data import load
from fedlearn_edu.errors import ArgumentError
from fedlearn_edu.learning.islands import learning_curve, mark_islands, train_islands
from fedlearn_edu.learning.metrics import accuracy, missed


@pytest.fixture(scope="module")
def table():
    found = load("breast_cancer")
    return found.features, found.labels


def islands(table, count, rows, seed=0):
    """(count, rows, p) and (count, rows): patients dealt at random, nobody twice."""
    X, y = table
    dealt = np.random.default_rng(seed).permutation(len(X))[: count * rows].reshape(count, rows)
    return X[dealt], y[dealt]


@pytest.mark.parametrize(("count", "rows"), [(20, 10), (6, 60), (1, 400)])
def test_every_island_learns_what_scikit_learn_learns_from_the_same_standardised_rows(table, count, rows):
    from sklearn.linear_model import LogisticRegression

    X, y = islands(table, count, rows)
    for own_X, own_y, weights in zip(X, y, train_islands(X, y, penalty=1.0), strict=True):
        mean, scale = own_X.mean(axis=0), own_X.std(axis=0)
        theirs = LogisticRegression(C=1.0, tol=1e-9, max_iter=5000).fit((own_X - mean) / scale, own_y)
        ours = np.append(weights[:-1] * scale, weights[-1] + weights[:-1] @ mean)
        assert np.abs(ours - np.append(theirs.coef_[0], theirs.intercept_)).max() < 1e-4


def test_a_larger_penalty_makes_smaller_weights(table):
    X, y = islands(table, 3, 40)
    small, large = (train_islands(X / X.std(axis=1, keepdims=True), y, penalty=p)[:, :-1] for p in (0.1, 10.0))
    assert (np.linalg.norm(large, axis=1) < 0.5 * np.linalg.norm(small, axis=1)).all()


def test_islands_trained_together_are_the_islands_trained_one_by_one(table):
    X, y = islands(table, 8, 25)
    together = train_islands(X.reshape(2, 4, 25, -1), y.reshape(2, 4, 25)).reshape(8, -1)
    alone = np.array([train_islands(one, labels) for one, labels in zip(X, y, strict=True)])
    assert np.allclose(together, alone, rtol=1e-3, atol=1e-6)


def test_an_island_that_has_seen_one_class_calls_everybody_that_and_spoils_no_other_island(table):
    X, y = islands(table, 3, 30)
    y = y.copy()
    y[0], y[1] = 0, 1
    weights = train_islands(X, y)
    called = mark_islands(weights, *table).called
    assert not called[0].any() and called[1].all() and np.isfinite(weights).all()
    assert np.allclose(weights[2], train_islands(X[2], y[2]), rtol=1e-3, atol=1e-6)


def test_a_constant_column_is_no_division_by_zero(table):
    X, y = islands(table, 2, 20)
    X = X.copy()
    X[:, :, 3] = 7.0
    assert np.isfinite(train_islands(X, y)).all()


def test_marks_are_those_of_the_metrics(table):
    X, y = table
    marks = mark_islands(train_islands(*islands(table, 5, 12)), X, y)
    for called, right, lost in zip(marks.called, marks.accuracy, marks.missed, strict=True):
        assert right == pytest.approx(accuracy(y, called)) and lost == pytest.approx(missed(y, called))


def test_with_an_exam_for_each_model_every_model_sits_its_own(table):
    X, y = islands(table, 4, 100)
    weights = train_islands(*islands(table, 4, 12, seed=1))
    each = [mark_islands(w, own_X, own_y).accuracy for w, own_X, own_y in zip(weights, X, y, strict=True)]
    assert np.array_equal(mark_islands(weights, X, y).accuracy, each)


def test_with_ten_rows_accuracy_sounds_fine_while_a_fifth_of_the_cancers_is_missed_and_with_400_a_twentieth(table):
    curve = learning_curve(*table, rows=(10, 400), splits=60)
    ten, four_hundred = curve.accuracy.mean(axis=1), curve.missed.mean(axis=1)
    assert ten == pytest.approx([0.89, 0.975], abs=0.01) and four_hundred == pytest.approx([0.2, 0.045], abs=0.02)


def test_nobody_who_sits_the_exam_was_trained_with(table, monkeypatch):
    X, y = table
    numbered = np.c_[np.arange(float(len(X))), X]
    from fedlearn_edu.learning import islands as module

    met = []
    monkeypatch.setattr(module, "train_islands", lambda X, y, p: met.append(X[..., 0]) or train_islands(X, y, p))
    monkeypatch.setattr(module, "mark_islands", lambda w, X, y: met.append(X[..., 0]) or mark_islands(w, X, y))
    module.learning_curve(numbered, y, rows=(50, 400), splits=4, skew=0.0)
    for trained, examined in zip(met[::2], met[1::2], strict=True):
        assert trained.shape[0] == 4 and not [s for s in range(4) if set(trained[s]) & set(examined[s])]


def test_skewed_islands_get_no_better_by_more_rows_of_the_same_kind(table):
    fair = learning_curve(*table, rows=(12, 120), splits=20)
    skewed = learning_curve(*table, rows=(12, 120), splits=20, skew=1.0)
    assert fair.accuracy[1].mean() > fair.accuracy[0].mean() + 0.03
    assert np.array_equal(skewed.accuracy[0], skewed.accuracy[1])


def test_ten_times_as_many_patients_from_one_suburb_miss_more_than_the_few_from_the_whole_town(table):
    suburb = learning_curve(*table, rows=(20, 200), share=0.05)
    town = learning_curve(*table, rows=(20, 200))
    assert suburb.missed[1].mean() > town.missed[0].mean() > 2 * town.missed[1].mean()


def test_an_island_with_a_given_share_has_exactly_that_share(table, monkeypatch):
    from fedlearn_edu.learning import islands as module

    met = []
    monkeypatch.setattr(module, "train_islands", lambda X, y, p: met.append(y) or train_islands(X, y, p))
    module.learning_curve(*table, rows=(20, 200), share=0.05, splits=3)
    assert [y.sum(axis=1).tolist() for y in met] == [[1, 1, 1], [10, 10, 10]]


def test_a_curve_is_the_same_every_time_and_another_with_another_seed(table):
    first, again, other = (learning_curve(*table, rows=(20,), splits=5, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.accuracy, again.accuracy) and not np.array_equal(first.accuracy, other.accuracy)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda X, y: train_islands(X, y[:3]), "shape"),
        (lambda X, y: train_islands(X, y + 1), "neither 0 nor 1"),
        (lambda X, y: train_islands(X, y, penalty=0), "penalty"),
        (lambda X, y: mark_islands(np.zeros(31), X, 0 * y), "no row of class 1"),
        (lambda X, y: learning_curve(X, y, rows=(401,)), "401"),
        (lambda X, y: learning_curve(X, y, rows=(10,), skew=1.5), "1.5"),
        (lambda X, y: learning_curve(X, y, rows=(300,), skew=1.0), "nearer to the table's"),
        (lambda X, y: learning_curve(X, y, rows=(300,), share=0.9), "nearer to the table's"),
        (lambda X, y: learning_curve(X, y, rows=(30,), share=-0.1), "-0.1"),
        (lambda X, y: learning_curve(X, y, rows=(30,), share=0.1, skew=0.5), "one of the two"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(table, call, said):
    with pytest.raises(ArgumentError, match=said):
        call(*table)

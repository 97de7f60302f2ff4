"""Metrics: against scikit-learn, against each other, and where they have no value."""

import numpy as np
import pytest
from sklearn import metrics as theirs

from fedlearn_edu.errors import ArgumentError
from fedlearn_edu.learning import accuracy, auc, log_loss, mean_squared_error, missed, recall


@pytest.fixture
def drawn():
    rng = np.random.default_rng(0)
    y, scores = rng.integers(0, 2, 200), np.round(rng.normal(size=200), 1)  # rounded, so that some scores tie
    return y, scores


def test_all_agree_with_scikit_learn(drawn):
    y, scores = drawn
    called = (scores > 0).astype(int)
    P = np.stack([1 / (1 + np.exp(scores)), 1 / (1 + np.exp(-scores))], axis=1)
    assert np.isclose(accuracy(y, called), theirs.accuracy_score(y, called))
    for positive in (0, 1):
        assert np.isclose(recall(y, called, positive), theirs.recall_score(y, called, pos_label=positive))
    assert np.isclose(log_loss(y, P), theirs.log_loss(y, P))
    assert np.isclose(auc(y, scores), theirs.roc_auc_score(y, scores))
    assert np.isclose(mean_squared_error(y, scores), theirs.mean_squared_error(y, scores))


def test_auc_is_the_share_of_pairs_in_the_right_order(drawn):
    y, scores = drawn
    pairs = scores[y == 1][:, None] - scores[y == 0]  # (positives, negatives)
    assert np.isclose(auc(y, scores), np.mean((pairs > 0) + 0.5 * (pairs == 0)))


def test_missed_counts_positives_only():
    assert missed([1, 1, 0, 0], [0, 0, 0, 0]) == 1
    assert missed([1, 1, 0, 0], [1, 1, 1, 1]) == 0


def test_a_sure_mistake_costs_much_and_not_infinity():
    assert 30 < log_loss([0], [[0.0, 1.0]]) < 40


@pytest.mark.parametrize("metric", [recall, missed])
def test_recall_without_positives_is_refused(metric):
    with pytest.raises(ArgumentError, match="No row is of class 1"):
        metric([0, 0], [0, 1])


@pytest.mark.parametrize("y", [[0, 0], [1, 1], [0, 2], [-1, 1]])
def test_auc_without_both_classes_is_refused(y):
    with pytest.raises(ArgumentError, match="AUC"):
        auc(y, [0.1, 0.2])


@pytest.mark.parametrize("metric", [accuracy, recall, missed, auc, mean_squared_error])
def test_shapes_that_would_broadcast_are_refused(metric):
    y = np.array([0, 1, 1])
    for other in (y[:, None], y[:2], 1):
        with pytest.raises(ArgumentError, match="shapes"):
            metric(y, other)
    with pytest.raises(ArgumentError, match="shapes"):
        metric([], [])


@pytest.mark.parametrize(("y", "P"), [([0, 1], [0.1, 0.9]), ([0], [[1, 0], [0, 1]]), ([2], [[1, 0]]), ([-1], [[1, 0]])])
def test_log_loss_refuses_what_does_not_fit(y, P):
    with pytest.raises(ArgumentError):
        log_loss(y, P)

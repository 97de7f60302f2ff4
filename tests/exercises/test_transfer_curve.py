"""The honest curve: what transfer learning is worth at the target, against what it could learn alone."""

from statistics import mean

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.exercises.transfer_curve import accuracy_of, honest_curve, scene
from fedlearn_edu.learning.transfer_loss import Moment, TransferPlan, train_plainly


@pytest.fixture(scope="module")
def curve():
    rows = honest_curve(overlaps=(0.05, 0.2), seeds=(0, 1, 2))
    ways = {(row["overlap"], row["way"]) for row in rows}
    return {key: mean(r["accuracy"] for r in rows if (r["overlap"], r["way"]) == key) for key in ways}


def test_with_a_fifth_in_common_transfer_beats_fifty_labels_of_the_targets_own(curve):
    assert curve[0.2, "transfer"] > curve[0.2, "50 labels of its own"] + 0.02
    assert curve[0.05, "transfer"] > curve[0.05, "20 labels of its own"] + 0.02


def test_it_is_worth_a_little_less_than_the_labels_themselves_and_loses_against_two_hundred(curve):
    for overlap in (0.05, 0.2):
        given = curve[overlap, "the same labels, given"]
        assert given - 0.05 < curve[overlap, "transfer"] < given + 0.03
    assert curve[0.05, "transfer"] < curve[0.05, "200 labels of its own"]


def test_more_common_rows_help():
    rows = honest_curve(overlaps=(0.05, 0.4), seeds=range(5), own_labels=())
    few, many = ([r["accuracy"] for r in rows if (r["overlap"], r["way"]) == (o, "transfer")] for o in (0.05, 0.4))
    assert mean(many) > mean(few) + 0.03 and max(many) - min(many) < max(few) - min(few)


def test_no_row_of_the_exam_was_seen_in_training_and_common_rows_are_the_same_pictures():
    of = scene("digits", overlap=0.3, seed=2)
    digits = fl.two_classes(fl.load("digits"))
    assert len(of.exam) + len(of.X_source) + len(of.X_target) - of.common == digits.rows
    assert np.array_equal(of.y[: of.common], of.truth[: of.common])
    assert abs(of.X_target.mean()) < 1e-12 and abs(of.X_source.mean()) < 1e-12


def test_weights_of_a_coin_know_nothing():
    of, plan = scene("digits", overlap=0.2), TransferPlan()
    first = train_plainly(of.X_source, of.y, of.X_target[: of.common], TransferPlan(iterations=1))[0]
    assert accuracy_of(Moment(0.0, first.source, np.zeros_like(first.target)), of, plan) == np.mean(of.answers < 0)


def test_the_protocol_with_its_prediction_lands_on_the_curve(recwarn):
    training, exam = fl.split_train_test(fl.two_classes(fl.load("digits")), seed=0)
    source, target = fl.split_both(training, overlap=0.06, seed=0)
    plan = TransferPlan(dimensions=4, iterations=6)
    protocol = fl.transfer(
        source, target, common=fl.in_common(source, target), dimensions=4, iterations=6, key_bits=256
    )
    encoders = fl.play(protocol).result
    classes = fl.play(fl.transfer_predict(encoders, exam, key_bits=256)).result
    of = scene("digits", overlap=0.06, seed=0)
    last = train_plainly(of.X_source, of.y, of.X_target[: of.common], plan)[-1]
    assert float(np.mean(classes == exam.labels)) == pytest.approx(accuracy_of(last, of, plan), abs=1 / exam.rows)

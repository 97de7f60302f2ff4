"""Each attack works where its protection is missing, and finds nothing where it is not."""

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.attacks.vertical import (
    change_of_gradients,
    gradients_in_sight,
    labels_at_the_start,
    labels_by_trying,
    open_residuals,
    others_share,
    pick_one_out,
    solve_for_residuals,
    sum_over_rows,
)
from fedlearn_edu.data import Party
from fedlearn_edu.errors import ArgumentError, UnsafeBatch

from ..protocols.vertical_cases import labelled, parties, target, training_in_integers

pytestmark = pytest.mark.filterwarnings("ignore::fedlearn_edu.crypto.paillier.InsecureKeyWarning")
SETTINGS = {"epochs": 3, "learning_rate": 0.4, "l2": 0.0}


def played(mask="uniform", people=None, coordinator="coordinator", **settings):
    people = people or parties(2)
    return labelled(
        fl.vertical_logistic(*people, mask=mask, coordinator=coordinator, key_bits=256, **{**SETTINGS, **settings})
    )


def key_of(run, party="coordinator"):
    return run.held_by(party)["its private half"]


def true_gradients(t, people=None):
    rounds = list(training_in_integers("logistic", people or parties(2), **SETTINGS))
    named = zip(("bank", "tax office"), rounds[t - 1][2], strict=True)
    return {name: np.array([s / 2**64 for s in sums]) for name, sums in named}


# ----------------------------------------------------------------------------------------------- the coordinator


def test_without_a_mask_the_coordinator_reads_every_gradient_exactly():
    run = played("none")
    for t in (1, 3):
        seen = gradients_in_sight(run.transcript, key_of(run), round=t)
        for name, gradient in true_gradients(t).items():
            assert seen[name].tolist() == gradient.tolist()


def test_a_small_mask_blurs_them_by_no_more_than_itself():
    run = played(1.0)
    seen = gradients_in_sight(run.transcript, key_of(run), round=1)
    for name, gradient in true_gradients(1).items():
        off = np.abs(seen[name] - gradient)
        assert 0 < off.max() <= 1.0 and off.max() < np.abs(gradient).max() / 5


def test_under_a_uniform_mask_the_coordinator_reads_static():
    run = played()
    seen = gradients_in_sight(run.transcript, key_of(run), round=1)
    assert min(np.abs(values).min() for values in seen.values()) > 1e30


def test_numbers_beyond_all_floats_are_infinite_not_an_error():
    run = labelled(fl.vertical_logistic(*parties(2, rows=40), epochs=1))
    assert np.isinf(gradients_in_sight(run.transcript, key_of(run), round=1)["bank"]).all()


def test_under_a_reused_mask_the_coordinator_reads_how_gradients_changed_and_not_what_they_are():
    run = played("reused")
    change = change_of_gradients(run.transcript, key_of(run), rounds=(1, 3))
    for name in ("bank", "tax office"):
        assert change[name] == pytest.approx(true_gradients(3)[name] - true_gradients(1)[name], rel=1e-12)
    assert np.abs(gradients_in_sight(run.transcript, key_of(run), round=1)["bank"]).min() > 1e30


def test_under_fresh_masks_the_same_difference_is_static():
    run = played()
    change = change_of_gradients(run.transcript, key_of(run), rounds=(1, 3))
    assert min(np.abs(values).min() for values in change.values()) > 1e30


def test_with_a_feature_holder_the_coordinator_opens_every_residual_and_so_every_label():
    run, (bank, _) = played(), parties(2)
    first = open_residuals(run.transcript, key_of(run), round=1)
    assert first == pytest.approx(-target("logistic", bank.data.labels))
    assert labels_at_the_start(first).tolist() == bank.data.labels.tolist()
    (_, d, *_) = list(training_in_integers("logistic", parties(2), **SETTINGS))[2]
    assert open_residuals(run.transcript, key_of(run), round=3).tolist() == [e / 2**40 for e in d]


def test_the_coordinator_alone_received_no_residuals():
    received = played().transcript.seen_by("coordinator")["what"]
    assert "encrypted residuals" not in set(received)


def test_without_a_coordinator_there_is_nobody_to_open_residuals():
    run = played(coordinator=None)
    for name in ("bank", "tax office"):
        with pytest.raises(ArgumentError, match="residuals"):
            open_residuals(run.transcript, key_of(run, name), round=1)


def test_without_a_coordinator_and_a_mask_each_reads_the_others_gradient():
    run = played("none", coordinator=None)
    for name, other in (("bank", "tax office"), ("tax office", "bank")):
        seen = gradients_in_sight(run.transcript, key_of(run, name), round=2)
        assert set(seen) == {other} and seen[other].tolist() == true_gradients(2)[other].tolist()


@pytest.mark.parametrize("attack", [gradients_in_sight, open_residuals])
def test_a_transcript_of_heads_or_another_key_opens_nothing(attack):
    run, other = played(), played()
    with pytest.raises(ArgumentError, match="key"):
        attack(run.transcript, key_of(other), round=1)
    heads = fl.play(run.protocol, keep="heads")
    with pytest.raises(ArgumentError, match="keep"):
        attack(heads.transcript, key_of(heads), round=1)


# ----------------------------------------------------------------------------------------------- one party alone


def small_batch(rows=4):
    """A tax office with as many columns as the batch has rows."""
    rng, (bank, tax_office) = np.random.default_rng(5), parties(2, rows=rows)
    X = rng.standard_normal((rows, rows))
    return bank, Party("tax office", tax_office.data.with_features(X, [f"x{j}" for j in range(rows)]))


def own_gradient(run, party, t):
    return np.array(run.held("take the mask off", t)[party], dtype=float) / 2.0**64


def test_from_a_small_batch_the_feature_holder_solves_for_every_label():
    people = small_batch()
    run = played(people=people, guard=False)
    residuals = solve_for_residuals(people[1].data.features, own_gradient(run, "tax office", 1))
    assert labels_at_the_start(residuals).tolist() == people[0].data.labels.tolist()


def test_from_a_small_batch_the_label_holder_solves_for_the_others_share_of_every_score():
    bank, tax_office = parties(2, rows=4)
    run = played(people=(bank, tax_office), guard=False)
    X = np.column_stack([bank.data.features, np.ones(4)])  # three columns and the intercept
    residuals = solve_for_residuals(X, own_gradient(run, "bank", 3))
    own = np.array(run.held("its share u − t", 3)["bank"]) / 2.0**40
    theirs = np.array(run.held("its share u", 3)["tax office"]) / 2.0**40
    assert np.abs(theirs).max() > 0.05
    assert others_share(residuals, own) == pytest.approx(theirs, abs=1e-4)


def test_the_guard_refuses_those_batches():
    with pytest.raises(UnsafeBatch):
        played(people=small_batch())
    with pytest.raises(UnsafeBatch):
        played(people=parties(2, rows=4))


def test_from_a_batch_that_passes_the_guard_no_real_numbers_are_solved_for():
    people = parties(2)
    run = played(people=people)
    with pytest.raises(ArgumentError, match="many solutions"):
        solve_for_residuals(people[1].data.features, own_gradient(run, "tax office", 1))


@pytest.mark.parametrize(("rows", "columns"), [(20, 1), (32, 2), (33, 3)])
def test_labels_of_a_batch_that_passes_the_guard_are_found_by_trying(rows, columns):
    bank, tax_office = parties(2, rows=rows)
    X = np.random.default_rng(rows).standard_normal((rows, columns))
    tax_office = Party("tax office", tax_office.data.with_features(X, [f"x{j}" for j in range(columns)]))
    run = played(people=(bank, tax_office), epochs=2)
    assert "UNSAFE" not in run.protocol.title
    assert labels_by_trying(X, own_gradient(run, "tax office", 1)).tolist() == bank.data.labels.tolist()
    with pytest.raises(ArgumentError, match="No ways"):  # in round 2 the residuals are any numbers
        labels_by_trying(X, own_gradient(run, "tax office", 2))


def test_a_column_that_tells_too_few_bits_has_many_labellings_and_too_many_rows_are_not_tried():
    X = np.arange(24.0)[:, None]
    with pytest.raises(ArgumentError, match=r"[0-9]+ ways of labelling 24 rows"):
        labels_by_trying(X, [0.0])
    with pytest.raises(ArgumentError, match="45 rows"):
        labels_by_trying(np.ones((45, 1)), [0.0])


def test_a_rare_category_gives_the_sum_over_its_rows_and_the_guard_refuses_it():
    bank, tax_office = parties(2)
    few = [3, 30, 44]
    marks = np.isin(np.arange(60), few).astype(float)
    table = tax_office.data.with_features(np.column_stack([tax_office.data.features, marks]), ("x", "y", "rare"))
    people = bank, Party("tax office", table)
    run = played(people=people, guard=False)
    total = sum_over_rows(table.features, own_gradient(run, "tax office", 1), few)
    assert total == pytest.approx(-target("logistic", bank.data.labels)[few].sum())
    with pytest.raises(UnsafeBatch, match="rare: only 3 of 60"):
        played(people=people)


@pytest.mark.parametrize("row", [0, 17, 59])
def test_the_attack_that_passes_the_guard_two_columns_that_differ_in_one_row_give_that_customers_label(row):
    bank, tax_office = parties(2)
    picked = Party("tax office", pick_one_out(tax_office.data, row))
    run = played(people=(bank, picked))  # the guard is on
    residual = sum_over_rows(picked.data.features, own_gradient(run, "tax office", 1), [row])
    assert residual == pytest.approx(-target("logistic", bank.data.labels)[row], abs=1e-6)
    assert labels_at_the_start([residual]).tolist() == [bank.data.labels[row]]


def test_columns_that_mark_nobody_give_no_sum():
    people = parties(2)
    with pytest.raises(ArgumentError, match="No combination"):
        sum_over_rows(people[1].data.features, [1.0, 2.0], [5])


def test_from_a_joint_prediction_the_label_holder_subtracts_to_the_others_share():
    people = parties(2)
    parts = played(people=people).result
    scores = fl.play(fl.vertical_predict(parts, *people, key_bits=256)).result
    theirs = others_share(scores, parts["bank"].share(people[0].data.features))
    assert theirs == pytest.approx(parts["tax office"].share(people[1].data.features), abs=1e-9)

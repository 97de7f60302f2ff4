"""Between two: each gradient under the other's key and a mask, and nobody else at the table.

What both forms have in common, the numbers first of all, is in test_vertical.py, which plays this form, too.
"""

import pytest

import fedlearn_edu as fl
from fedlearn_edu.crypto.paillier import EncryptedVector
from fedlearn_edu.learning import auc
from fedlearn_edu.protocols import vertical_without_coordinator

from ..oracles import decoded, received
from .vertical_cases import LEARNING, labelled, parties, protocol_for, training_in_integers

LEARN = LEARNING["logistic"]


@pytest.fixture(scope="module")
def run():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return labelled(protocol_for("logistic", "no coordinator", key_bits=256))


def owner(run, vector):
    return next(name for name, keys in run._private_keys.items() if any(k.public == vector.public_key for k in keys))


def test_a_round_has_exactly_the_messages_of_the_articles_four_steps(run):
    sent = [(m.step, m.sender, m.receiver, m.label) for m in run.transcript.messages if m.round == 2]
    bank, tax = "bank", "tax office"
    assert sent == [
        (2, tax, bank, "encrypted share"), (2, bank, tax, "encrypted share"), (2, tax, bank, "encrypted square"),
        (3, tax, bank, "masked gradient"), (3, bank, tax, "masked gradient"), (3, bank, tax, "masked loss"),
        (4, bank, tax, "masked gradient, decrypted"), (4, tax, bank, "masked gradient, decrypted"),
        (4, tax, bank, "masked loss, decrypted"), (4, bank, tax, "go on"),
    ]  # fmt: skip
    assert run.protocol.names == ("bank", "tax office")


def test_each_makes_a_key_of_its_own_and_only_public_halves_travel(run):
    keys = {name: {key.public for key in held} for name, held in run._private_keys.items()}
    assert [len(held) for held in keys.values()] == [1, 1] and keys["bank"] != keys["tax office"]
    assert {m.label for m in run.transcript.messages if m.step == 1} == {
        "public key of bank", "public key of tax office",
    }  # fmt: skip


def test_shares_travel_under_ones_own_key_and_gradients_under_the_others(run):
    for message, value in decoded(run.transcript):
        if isinstance(value, EncryptedVector):
            own = message.label in ("encrypted share", "encrypted square")
            assert owner(run, value) == (message.sender if own else message.receiver), message
            assert value.masked == (not own)


def test_what_each_decrypts_for_the_other_is_the_others_gradient_under_the_others_mask(run):
    (_, _, sums, square, _, _), *_ = training_in_integers("logistic", parties(2), **LEARN)
    masks, loss_mask = run.held("draw a mask", 1), run.held("draw a mask for the loss", 1)["bank"]
    gradients = received(run.transcript, "masked gradient", 1)
    for name, mine in zip(("bank", "tax office"), sums, strict=True):
        vector = gradients[name]
        key = run._private_keys[owner(run, vector)][0]
        n = vector.public_key.n
        assert vector.decrypt_raw(key) == [(s + r) % n for s, r in zip(mine, masks[name], strict=True)]
    (loss,) = received(run.transcript, "masked loss", 1).values()
    key = run._private_keys["tax office"][0]
    assert loss.decrypt_raw(key) == [(square + loss_mask[0]) % loss.public_key.n]


def test_the_mask_of_the_loss_is_fresh_every_round_even_where_the_others_are_left_out():
    run = labelled(protocol_for("logistic", "no coordinator", key_bits=256, mask="none"))
    drawn = [value[0] for _, _, label, value in run.everything if label == "draw a mask for the loss"]
    assert len(set(drawn)) == 3 and min(drawn) > 2**200
    assert all(v.masked for v in received(run.transcript, "masked loss").values())


def test_without_masks_each_reads_the_others_gradient_in_what_it_decrypts():
    run = labelled(protocol_for("logistic", "no coordinator", key_bits=256, mask="none"))
    for name in ("bank", "tax office"):
        seen = run.transcript.seen_by(name)
        assert seen["could read"][seen["what"] == "gradient without mask"].str.contains("decrypts to -?[0-9]").all()


def test_the_residuals_never_leave_the_party_that_made_them(run):
    label = "residuals under the other's key"
    made = [set(v.ciphertexts) for _, t, name, v in run.everything if name == label and t > 1]  # at weights 0, u is 0
    sent = {c for _, v in decoded(run.transcript) if isinstance(v, EncryptedVector) for c in v.ciphertexts}
    assert len(made) == 4 and not any(ciphertexts & sent for ciphertexts in made)


def test_a_loss_that_was_not_masked_is_refused_by_nobody_but_this_test(monkeypatch):
    """The control of the test above: with the mask of the loss left out, the feature holder reads it."""
    monkeypatch.setattr(vertical_without_coordinator, "draw_raw_mask", lambda key, count: [0] * count)
    run = labelled(protocol_for("logistic", "no coordinator", key_bits=256))
    (_, _, _, square, _, _), *_ = training_in_integers("logistic", parties(2), **LEARN)
    (loss,) = received(run.transcript, "masked loss", 1).values()
    key = run._private_keys["tax office"][0]
    assert loss.decrypt_raw(key) == [square]


def test_both_forms_give_the_same_weights_to_the_last_bit(run):
    other = labelled(protocol_for("logistic", "coordinator", key_bits=256))
    for name in ("bank", "tax office"):
        assert run.result[name].weights.tolist() == other.result[name].weights.tolist()
    assert run.history["loss"].tolist() == pytest.approx(other.history["loss"].tolist(), rel=1e-15)


def test_two_parties_without_coordinator_rank_new_rows_as_well_as_with_one():
    known, new = parties(2, rows=200), parties(2, rows=200)
    parts = fl.play(fl.vertical_logistic(*known, coordinator=None, key_bits=256, epochs=6)).result
    scores = fl.play(fl.vertical_predict(parts, *new, coordinator=None, key_bits=256)).result
    assert auc(new[0].data.labels, scores) > 0.97

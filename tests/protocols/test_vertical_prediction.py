"""The joint score of new rows: exact, and readable by the label holder alone."""

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.crypto.paillier import EncryptedVector, PublicKey
from fedlearn_edu.data import Party
from fedlearn_edu.errors import ArgumentError, DataError
from fedlearn_edu.learning.residual import Part
from fedlearn_edu.protocols import vertical_prediction

from ..oracles import assert_same_messages, decoded, find_planted, fixed, leaves, received
from .vertical_cases import FORMS, labelled, parties


def model_for(people, seed=3):
    rng = np.random.default_rng(seed)
    weights = [rng.standard_normal(len(p.data.columns)) for p in people]
    return {
        p.name: Part(p.data.columns, w, 0.3 if k == 0 else None)
        for k, (p, w) in enumerate(zip(people, weights, strict=True))
    }


def protocol_for(form, rows=40, **settings):
    count, coordinator = FORMS[form]
    people = parties(count, rows)
    return fl.vertical_predict(model_for(people), *people, coordinator=coordinator, key_bits=256, **settings)


def shares_of(form, rows=40):
    people = parties(FORMS[form][0], rows)
    model = model_for(people)
    return [model[p.name].share(p.data.features) for p in people]


@pytest.fixture(scope="module", params=list(FORMS))
def form(request):
    return request.param


@pytest.fixture(scope="module")
def run(form):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return labelled(protocol_for(form))


def test_the_scores_are_the_sum_of_the_quantised_shares_exactly(run, form):
    whole = [sum(column) for column in zip(*(fixed(u, 40) for u in shares_of(form)), strict=True)]
    assert run.result.tolist() == [z / 2**40 for z in whole]
    assert np.abs(run.result - sum(shares_of(form))).max() < 1e-10


def test_the_key_holder_sees_masked_numbers_and_nothing_else(run, form):
    holder = FORMS[form][1] or "tax office"
    seen = [leaf for _, value in decoded(run.transcript, holder) for leaf in leaves(value)]
    assert len(seen) == 1 and isinstance(seen[0], EncryptedVector) and seen[0].masked
    (mask,) = run.held("draw a mask").values()
    key = run._private_keys[holder][0]
    scores = [sum(column) for column in zip(*(fixed(u, 40) for u in shares_of(form)), strict=True)]
    n = key.public.n
    assert seen[0].decrypt_raw(key) == [(z + r) % n for z, r in zip(scores, mask, strict=True)]
    assert len(set(mask)) == 40


def test_no_share_and_no_score_crosses_readable(run, form):
    assert not find_planted(run.transcript, [*shares_of(form), run.result], (24, 40))


def test_the_same_search_finds_the_scores_when_the_mask_is_left_out(monkeypatch, form):
    monkeypatch.setattr(vertical_prediction, "draw_raw_mask", lambda key, count: [0] * count)
    run = labelled(protocol_for(form))
    found = {label for number, _ in find_planted(run.transcript, [*shares_of(form), run.result], (24, 40))
             for label in [m.label for m in run.transcript.messages if m.number == number]}  # fmt: skip
    assert found == {"masked scores, decrypted"}


def test_two_predictions_of_the_same_rows_share_no_ciphertext_and_no_mask(form):
    one, other = (labelled(protocol_for(form)) for _ in range(2))
    ciphertexts = [
        {c for _, v in decoded(run.transcript) if isinstance(v, EncryptedVector) for c in v.ciphertexts}
        for run in (one, other)
    ]
    assert not ciphertexts[0] & ciphertexts[1]
    assert one.result.tolist() == other.result.tolist()


@pytest.mark.parametrize("form", ["coordinator", "no coordinator"])
def test_played_by_one_process_for_each_party_only_the_label_holder_has_the_scores(form):
    protocol = protocol_for(form)
    whole, apart = fl.play(protocol), fl.play_apart(protocol)
    assert {name: part.error for name, part in apart.parts.items()} == dict.fromkeys(protocol.names)
    results = {name: part.result for name, part in apart.parts.items()}
    assert results.pop("bank").tolist() == whole.result.tolist()
    assert set(map(type, results.values())) == {type(None)}
    assert_same_messages(whole.transcript, apart.transcript)


def test_the_sum_is_re_randomised_by_the_mask_though_nothing_was_multiplied(run):
    (arrived,) = received(run.transcript, "encrypted share", receiver="bank").values()
    (closed,) = received(run.transcript, "masked scores").values()
    share, mask = run.held("its share u")["bank"], run.held("draw a mask")["bank"]
    n = arrived.public_key.n
    made = {int(c * (1 + (u + r) * n) % n**2) for c, u, r in zip(arrived.ciphertexts, share, mask, strict=True)}
    assert not made & {int(c) for c in closed.ciphertexts}


def test_every_party_needs_its_part_and_the_columns_of_its_part():
    people = parties(2)
    model = model_for(people)
    with pytest.raises(ArgumentError, match="'tax office' has no part of the model; bank have"):
        fl.vertical_predict({"bank": model["bank"]}, *people)
    renamed = Party("tax office", people[1].data.with_features(people[1].data.features, ("x", "y")))
    with pytest.raises(ArgumentError, match="in the same order"):
        fl.vertical_predict(model, people[0], renamed)
    with pytest.raises(DataError, match=r"fl\.align\(bank, tax_office\)"):
        fl.vertical_predict(model, people[0], people[1].take(range(10)))
    with pytest.raises(ArgumentError, match="2048"):
        fl.vertical_predict(model, *people, key_bits=100)


def test_the_label_holder_needs_no_labels_for_new_rows():
    from dataclasses import replace

    bank, tax_office = parties(2)
    unlabelled = Party("bank", replace(bank.data, labels=None, classes=()))
    protocol = fl.vertical_predict(model_for([bank, tax_office]), unlabelled, tax_office, key_bits=256)
    assert fl.play(protocol).result.shape == (60,)


def test_the_wire_sees_one_public_key(run, form):
    keys = {leaf for _, value in decoded(run.transcript) for leaf in leaves(value) if isinstance(leaf, PublicKey)}
    assert len(keys) == 1


def test_the_estimate_counts_every_message_and_comes_near_in_bytes(form, run):
    estimate = run.protocol.estimate()
    assert estimate.messages == len(run.transcript)
    assert estimate.bytes == pytest.approx(sum(m.size for m in run.transcript.messages), rel=0.1)

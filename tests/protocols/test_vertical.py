"""Vertical learning computes what the joined table would, and every party sees what it may and nothing else."""

import json
import math
import secrets
from dataclasses import replace

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.crypto.joint_sums import MaskRule
from fedlearn_edu.crypto.paillier import EncryptedVector, PublicKey, remove_raw_mask
from fedlearn_edu.data import Alignment, Party
from fedlearn_edu.data.six_customers import six_customers
from fedlearn_edu.errors import ArgumentError, DataError, Diverged, RangeError, UnsafeBatch
from fedlearn_edu.learning import auc
from fedlearn_edu.learning.residual import LOGISTIC, Descent, train_joined
from fedlearn_edu.protocols import _vertical

from ..oracles import assert_same_messages, decoded, find_planted, leaves, looks_uniform, received
from .vertical_cases import (
    FORMS,
    LEARNING,
    joined,
    labelled,
    loss_from,
    parties,
    protocol_for,
    target,
    training_in_integers,
)


@pytest.fixture(scope="module", params=["linear", "logistic"])
def kind(request):
    return request.param


@pytest.fixture(scope="module", params=list(FORMS))
def form(request):
    return request.param


@pytest.fixture(scope="module")
def run(kind, form):
    """Three rounds, full batch, 512 bits: linear and logistic, two parties and four, with and without coordinator."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return labelled(protocol_for(kind, form))


def people_of(run):
    first, *others = (party for party in run.protocol.parties if party.data is not None)
    return [first, *others]


def in_integers(run, kind):
    return training_in_integers(kind, people_of(run), **LEARNING[kind])


def private_keys(run):
    return {key.public: key for keys in run._private_keys.values() for key in keys}


# ----------------------------------------------------------------------------------------------- exact


def test_unmasked_gradients_equal_python_integers_in_every_round(run, kind):
    for t, (_, _, sums, _, _, _) in enumerate(in_integers(run, kind), start=1):
        found = run.held("take the mask off", t)
        assert [found[party.name] for party in people_of(run)] == sums


def test_what_the_key_holder_decrypts_is_gradient_plus_mask_mod_n(run, kind):
    keys, (*_, last) = private_keys(run), in_integers(run, kind)
    masks = run.held("draw a mask", 3)
    for party, sums in zip(people_of(run), last[2], strict=True):
        (vector,) = [v for s, v in received(run.transcript, "masked gradient", 3).items() if s == party.name]
        seen = vector.decrypt_raw(keys[vector.public_key])
        n = vector.public_key.n
        assert seen == [(s + r) % n for s, r in zip(sums, masks[party.name], strict=True)]
        assert remove_raw_mask(seen, masks[party.name], vector.public_key) == sums


def test_the_decrypted_loss_equals_the_integer_sum_of_squares(run, kind, form):
    keys = private_keys(run)
    for t, (*_, square, _, _) in enumerate(in_integers(run, kind), start=1):
        label = "encrypted loss" if FORMS[form][1] else "masked loss"
        (vector,) = received(run.transcript, label, t).values()
        (seen,) = vector.decrypt_raw(keys[vector.public_key])
        mask = 0 if FORMS[form][1] else run.held("draw a mask for the loss", t)["bank"][0]
        assert (seen - mask) % vector.public_key.n == square
        assert run.history["loss"][t] == pytest.approx(loss_from(kind, square, 60), rel=1e-15)


def test_encrypted_shares_and_residuals_decrypt_to_the_quantised_numbers(run, kind, form):
    if not FORMS[form][1]:
        pytest.skip("residuals never travel there")
    keys = private_keys(run)
    for t, (shares, d, *_) in enumerate(in_integers(run, kind), start=1):
        (residuals,) = {tuple(v.decrypt(keys[v.public_key])) for v in
                        received(run.transcript, "encrypted residuals", t).values()}  # fmt: skip
        assert list(residuals) == d
        chain, so_far = received(run.transcript, "encrypted share", t), [0] * 60
        for party, share in zip(people_of(run)[1:], shares[1:], strict=True):
            so_far = [a + b for a, b in zip(so_far, share, strict=True)]
            assert chain[party.name].decrypt(keys[chain[party.name].public_key]) == so_far


def test_the_weights_are_those_of_integer_arithmetic_bit_for_bit(run, kind):
    (*_, (*_, (weights, intercept))) = in_integers(run, kind)
    for k, party in enumerate(people_of(run)):
        part = run.result[party.name]
        assert part.weights.tolist() == weights[k].tolist()
        assert part.intercept == (intercept if k == 0 else None)


# ----------------------------------------------------------------------------------------------- float


def test_every_round_differs_from_float64_by_no_more_than_the_scales_allow(run, kind):
    people, t_all = people_of(run), target(kind, people_of(run)[0].data.labels)
    X, factor = joined(people), {"linear": 1.0, "logistic": 0.25}[kind]
    edges = np.cumsum([0, *(len(p.data.columns) for p in people)])
    for t, (*_, before, _) in enumerate(in_integers(run, kind), start=1):
        w = np.concatenate([*before[0], [before[1]]])
        d = X @ w - t_all
        off_d = len(people) * 2.0**-41  # every share is rounded once
        slack = 1e-12 * (np.abs(X).T @ np.abs(d)).max()  # of float64 itself
        bound = len(X) * np.abs(d).max() * 2.0**-25 + np.abs(X).sum(axis=0) * off_d + len(X) * 2.0**-60 + slack
        exact = X.T @ d
        for k, party in enumerate(people):
            sums = np.array(run.held("take the mask off", t)[party.name]) / 2.0**64
            mine = [*range(edges[k], edges[k + 1]), *([len(w) - 1] if k == 0 else [])]
            assert (np.abs(sums - exact[mine]) <= bound[mine]).all()
        mean = np.mean(d**2)
        loss = mean / 2 if kind == "linear" else mean / 8 + math.log(2) - 0.5
        assert abs(run.history["loss"][t] - loss) <= factor * (2 * np.abs(d).mean() * off_d + off_d**2) + 1e-12
        if t == 3:
            slopes = factor * exact / len(X)
            penalty = LEARNING[kind]["l2"] * np.append(w[:-1], 0.0)
            after = w - LEARNING[kind]["learning_rate"] * (slopes + penalty)
            got = np.concatenate([run.result[p.name].weights for p in people] + [[run.result["bank"].intercept]])
            assert np.abs(got - after).max() <= LEARNING[kind]["learning_rate"] * factor * bound.max() / len(X) + 1e-12


def test_the_loss_falls_in_every_round_and_stays_near_the_joined_tables(run, kind):
    people = people_of(run)
    descent = Descent(_model(kind), 60, batch_size=None, **LEARNING[kind])
    part, losses = train_joined(joined(people)[:, :-1], people[0].data.labels, descent)
    assert run.history["loss"].is_monotonic_decreasing
    assert run.history["loss"].tolist() == pytest.approx(losses, abs=1e-6)
    together = np.concatenate([run.result[p.name].weights for p in people])
    assert together == pytest.approx(part.weights, abs=1e-6)


def _model(kind):
    from fedlearn_edu.learning.residual import LINEAR

    return {"linear": LINEAR, "logistic": LOGISTIC}[kind]


def test_fixed_mini_batches_are_the_same_blocks_in_every_epoch_and_exact():
    people = parties(2, rows=70)
    settings = {**LEARNING["logistic"], "epochs": 2}
    run = labelled(fl.vertical_logistic(*people, key_bits=256, batch_size=24, **settings))
    rounds = list(training_in_integers("logistic", people, batch_size=24, **settings))
    assert len(rounds) == 6 and run.history["epoch"].tolist() == [1, 1, 1, 2, 2, 2]
    for t, (_, d, sums, *_) in enumerate(rounds, start=1):
        assert len(d) in (23, 24)
        assert [run.held("take the mask off", t)[p.name] for p in people] == sums
    assert run.result["bank"].weights.tolist() == rounds[-1][-1][0][0].tolist()


def test_one_customer_by_hand_nine_plus_four_minus_twelve_is_one():
    """u_A = 3, u_B = 2, y = 4: L_A + L_B + L_AB, each part as its party makes it."""
    from fedlearn_edu.crypto.chunks import complete
    from fedlearn_edu.crypto.joint_sums import adding_square, encrypting_share, encrypting_square
    from fedlearn_edu.crypto.paillier import decode, generate_keys

    keys = generate_keys(256)
    share, square = complete(encrypting_share([3.0], keys.public)), complete(encrypting_square([3.0], keys.public))
    total = complete(adding_square(square, share, [2.0 - 4.0]))
    assert decode(square.decrypt(keys.private), 80).tolist() == [9.0]
    assert decode(total.decrypt(keys.private), 80).tolist() == [9.0 + 4.0 - 12.0]


def test_at_full_size_the_same_numbers_come_out():
    """2048 bits, the default, once."""
    people = parties(2, rows=24, numbers=True)
    run = labelled(fl.vertical_linear(*people, epochs=1, guard=False))
    (round,) = training_in_integers("linear", people, epochs=1, learning_rate=0.1, l2=0.0)
    assert [run.held("take the mask off", 1)[p.name] for p in people] == round[2]
    assert "2048" in run.protocol.title and "UNSAFE: no guard" in run.protocol.title


def test_the_auc_on_held_out_rows_is_that_of_scikit_learn_on_the_joined_table():
    from sklearn.linear_model import LogisticRegression

    train, exam = fl.split_train_test(fl.load("bank_tax"), seed=2)
    known = [p.standardised() for p in fl.play(fl.align(*fl.split_columns(train, seed=2))).result]
    new = fl.play(fl.align(*fl.split_columns(exam, overlap=1, seed=3))).result
    new = [party.standardised(like=like) for party, like in zip(new, known, strict=True)]
    parts = fl.play(fl.vertical_logistic(*known, epochs=8, learning_rate=2.0, key_bits=256)).result
    scores = fl.play(fl.vertical_predict(parts, *new, key_bits=256)).result
    labels, y = new[0].data.labels, known[0].data.labels

    def by_scikit(*places):
        X, Z = (np.hstack([side[k].data.features for k in places]) for side in (known, new))
        return auc(labels, LogisticRegression(max_iter=1000).fit(X, y).decision_function(Z))

    bank, tax_office, together = by_scikit(0), by_scikit(1), by_scikit(0, 1)
    assert auc(labels, scores) > together - 0.01
    assert max(bank, tax_office) < together - 0.05
    assert auc(labels, scores) > max(bank, tax_office) + 0.05


# ----------------------------------------------------------------------------------------------- who sees what


def is_key_holders(run, vector, receiver):
    return any(key.public == vector.public_key for key in run._private_keys[receiver])


def test_a_feature_holder_reads_nothing_but_its_own_masked_gradient(run, form):
    for holder in people_of(run)[1:]:
        for message, value in decoded(run.transcript, holder.name):
            for leaf in leaves(value):
                if isinstance(leaf, EncryptedVector) and is_key_holders(run, leaf, holder.name):
                    assert form == "no coordinator" and leaf.masked and message.label in LABELS_MASKED
                elif isinstance(leaf, bytes):
                    assert message.label in ("masked gradient, decrypted",)
                else:
                    assert isinstance(leaf, EncryptedVector | PublicKey | bool), (message, type(leaf))


LABELS_MASKED = ("masked gradient", "masked loss")


def test_the_label_holder_reads_the_loss_and_its_own_masked_gradient_and_nothing_else(run, form):
    numbers = 0
    for message, value in decoded(run.transcript, "bank"):
        for leaf in leaves(value):
            if isinstance(leaf, EncryptedVector) and is_key_holders(run, leaf, "bank"):
                assert form == "no coordinator" and leaf.masked and message.label in LABELS_MASKED
            elif isinstance(leaf, bytes):
                assert message.label in ("masked gradient, decrypted", "masked loss, decrypted")
            elif isinstance(leaf, float):
                numbers += 1
                assert message.label == "loss, Σd²"
            else:
                assert isinstance(leaf, EncryptedVector | PublicKey | bool), (message, type(leaf))
    assert numbers == (3 if FORMS[form][1] else 0)


def test_the_coordinator_sees_masked_gradients_and_the_loss_and_nothing_else(run, form):
    if not FORMS[form][1]:
        pytest.skip("there is none")
    seen = {}
    for message, value in decoded(run.transcript, "coordinator"):
        for leaf in leaves(value):
            if isinstance(leaf, EncryptedVector):
                assert leaf.masked or (message.label == "encrypted loss" and len(leaf) == 1), message
                assert is_key_holders(run, leaf, "coordinator")
            else:
                assert isinstance(leaf, bool)
            seen[message.label] = seen.get(message.label, 0) + 1
    assert seen == {"masked gradient": 3 * len(people_of(run)), "encrypted loss": 3, "go on": 3,
                    "batches are large enough": len(people_of(run))}  # fmt: skip


def test_the_same_walk_is_not_content_without_the_mask():
    run = labelled(protocol_for("logistic", "coordinator", key_bits=256, mask="none"))
    plain = [v for _, v in decoded(run.transcript, "coordinator") if isinstance(v, EncryptedVector) and not v.masked]
    assert len(plain) == 9
    readings = run.transcript.seen_by("coordinator")
    assert readings["could read"][readings["what"] == "gradient without mask"].str.contains("decrypts to").all()


def find_secrets(run, kind):
    """Columns, shares, residuals, weights and gradients of all rounds that stand readable in a message."""
    found = find_planted(run.transcript, telling(p.data.features for p in people_of(run)), (24,))
    for shares, d, sums, _, before, _ in in_integers(run, kind):
        at_40 = [np.array(u, dtype=float) / 2.0**40 for u in (*shares, d)]
        found += find_planted(run.transcript, telling([*at_40, *before[0]]), (24, 40))
        found += find_planted(run.transcript, telling(np.array(s, dtype=float) / 2.0**64 for s in sums), (64,))
    return {(label_of(run, number), form) for number, form in found}


def telling(parts):
    """In one row; whole numbers, such as −t at weights 0, stand in any message by chance."""
    values = np.concatenate([np.ravel(part) for part in parts])
    return values[values * 2**8 % 1 != 0]


def label_of(run, number):
    return next(message.label for message in run.transcript.messages if message.number == number)


def test_no_column_share_residual_gradient_or_weight_crosses_readable(run, kind):
    assert not find_secrets(run, kind)


@pytest.mark.parametrize("kind_of_model", ["linear", "logistic"])
def test_the_same_search_finds_the_gradient_when_the_mask_is_left_out(kind_of_model):
    run = labelled(protocol_for(kind_of_model, "coordinator", key_bits=256, mask="none"))
    assert {label for label, _ in find_secrets(run, kind_of_model)} == {"gradient without mask, decrypted"}


def nothing_random(key, count):
    yield count, count
    return [1] * count


def test_the_same_search_finds_shares_that_were_encrypted_without_randomness(monkeypatch):
    monkeypatch.setattr(PublicKey, "random_factors", nothing_random)
    run = labelled(protocol_for("linear", "coordinator", key_bits=256))
    assert ("encrypted share", "a ciphertext without randomness") in find_secrets(run, "linear")


def test_no_private_key_and_no_customers_id_is_in_any_message(run):
    text = run.transcript.to_json(bodies=True)
    for key in private_keys(run).values():
        bodies = b"".join(m.body for m in run.transcript.messages)
        for prime in (key.p, key.q):
            assert str(prime) not in text and prime.to_bytes(prime.bit_length() // 8, "big") not in bodies
    ids = set(people_of(run)[0].data.ids.tolist())
    assert not ids & {leaf for _, v in decoded(run.transcript) for leaf in leaves(v) if isinstance(leaf, str)}


def test_sizes_bounds_and_scales_do_not_depend_on_the_numbers():
    def shown(factor):
        table, other = parties(2)
        scaled = Party("tax office", other.data.with_features(factor * other.data.features))
        run = fl.play(fl.vertical_logistic(table, scaled, key_bits=512, **LEARNING["logistic"]))
        vectors = [v for _, v in decoded(run.transcript) if isinstance(v, EncryptedVector)]
        n = {v.public_key.n for v in vectors}.pop()
        bounds = [(v.scale_bits, "n" if v.bound == n - 1 else v.bound, len(v)) for v in vectors]
        return bounds, [m.size for m in run.transcript.messages]

    assert shown(1.0) == shown(0.01)


# ----------------------------------------------------------------------------------------------- traps: masks


def test_masks_are_fresh_for_every_party_and_round_and_never_shared(run):
    drawn = [value for _, _, label, value in run.everything if label.startswith("draw a mask")]
    elements = [element for mask in drawn for element in mask]
    assert len(elements) == len(set(elements)) > 3 * len(people_of(run))


def test_a_mask_is_uniform_in_z_n_and_a_small_one_is_not():
    keys = [
        key for keys in labelled(protocol_for("logistic", "coordinator", 256))._private_keys.values() for key in keys
    ]
    public = keys[0].public

    def low_bytes(drawn):
        return b"".join((m % 2**240).to_bytes(30, "big") for m in drawn)

    def reaches_all_of_z_n(drawn):  # each of 64 equal parts of Z_n gets its share; of 27,000, 422
        counts = np.bincount([m * 64 // public.n for m in drawn], minlength=64)
        return bool(np.abs(counts - 27_000 / 64).max() < 6 * (27_000 / 64) ** 0.5)

    for rule, uniform in ((MaskRule("uniform"), True), (MaskRule(1.0), False), (MaskRule("none"), False)):
        drawn = rule.draw(public, 27_000)
        assert looks_uniform(low_bytes(drawn)) == reaches_all_of_z_n(drawn) == uniform
    short = [secrets.randbelow(2**250) for _ in range(27_000)]  # the low bits do not show it
    assert looks_uniform(low_bytes(short)) and not reaches_all_of_z_n(short)


@pytest.mark.parametrize("place", ["0", "n/3", "n/2", "n-1"])
def test_masks_anywhere_in_z_n_come_off_exactly(monkeypatch, place):
    def corner(rule, key, length):
        return [{"0": 0, "n/3": key.n // 3, "n/2": key.n // 2, "n-1": key.n - 1}[place]] * length

    monkeypatch.setattr(MaskRule, "draw", corner)
    people = parties(2)
    run = labelled(fl.vertical_logistic(*people, key_bits=256, epochs=1))
    (round,) = training_in_integers("logistic", people, epochs=1, learning_rate=0.5, l2=0.0)
    assert [run.held("take the mask off", 1)[p.name] for p in people] == round[2]


def test_a_reused_mask_is_only_drawn_once_and_the_run_is_called_unsafe():
    run = labelled(protocol_for("logistic", "coordinator", key_bits=256, mask="reused"))
    assert len([1 for *_, label, _ in run.everything if label == "draw a mask"]) == 2
    assert "UNSAFE: one mask for all rounds" in run.protocol.title
    assert run.transcript.table()["what"].str.contains("gradient, reused mask").any()


@pytest.mark.parametrize(
    ("mask", "words", "label"),
    [("none", "no mask", "gradient without mask"), (0.5, "masks of at most ±0.5", "gradient, small mask")],
)
@pytest.mark.parametrize("coordinator", ["coordinator", None])
def test_an_unsafe_mask_says_so_in_title_and_transcript_and_changes_no_result(mask, words, label, coordinator):
    form = "coordinator" if coordinator else "no coordinator"
    run = labelled(protocol_for("logistic", form, key_bits=256, mask=mask))
    safe = labelled(protocol_for("logistic", form, key_bits=256))
    assert f"UNSAFE: {words}" in run.protocol.title
    assert label in set(run.transcript.table()["what"])
    assert run.result["tax office"].weights.tolist() == safe.result["tax office"].weights.tolist()
    assert "UNSAFE" not in safe.protocol.title


@pytest.mark.parametrize("mask", [0, -1.0, True, None, "small", float("nan"), 2.0**60])
def test_other_masks_are_refused(mask):
    with pytest.raises(ArgumentError, match="mask="):
        protocol_for("logistic", "coordinator", mask=mask)


# ----------------------------------------------------------------------------------------------- traps: randomness


def test_every_computed_ciphertext_is_re_randomised_before_it_leaves(run):
    """What A and B sent, and B's own numbers, do not make the message that B sent."""
    public_bits = {}
    for t in (1, 2, 3):
        sent = received(run.transcript, "encrypted share", t, "bank")
        residuals = received(run.transcript, "encrypted residuals", t)
        for arrived in sent.values():
            own, n = run.held("its share u − t", t)["bank"], arrived.public_key.n
            made = {int(c * (1 + u * n) % n**2) for c, u in zip(arrived.ciphertexts, own, strict=True)}
            for vector in residuals.values():
                assert not made & {int(c) for c in vector.ciphertexts}
            public_bits[t] = n
    assert set(public_bits) == {1, 2, 3} or "no coordinator" in run.protocol.title


def test_what_goes_to_the_key_holder_got_r_to_the_n_from_all_of_z_n(monkeypatch, form):
    drawn, whole = [], PublicKey.uniform_factors
    monkeypatch.setattr(PublicKey, "uniform_factors", lambda key, count: drawn.append(count) or whole(key, count))
    run = labelled(protocol_for("logistic", form, key_bits=256))
    people = people_of(run)
    gradients = sum(len(p.data.columns) for p in people) + 1
    squares = len(people) - 1  # made by adding: every party but the first
    assert sum(drawn) == 3 * (gradients + squares)


def test_the_wire_refuses_residuals_that_were_not_re_randomised(monkeypatch):
    def left_as_it_is(vector, **_):
        yield 1, 1
        return vector

    monkeypatch.setattr(_vertical, "re_randomising", left_as_it_is)
    with pytest.raises(fl.errors.ProtocolError, match="re-randomised"):
        labelled(protocol_for("logistic", "coordinator", key_bits=256))


def test_no_ciphertext_travels_twice_except_the_residuals_that_several_receive(run):
    seen = {}
    for message, value in decoded(run.transcript):
        for leaf in leaves(value):
            if isinstance(leaf, EncryptedVector):
                for c in leaf.ciphertexts:
                    seen.setdefault(c, set()).add((message.round, message.label))
    assert all(len(places) == 1 for places in seen.values())


# ----------------------------------------------------------------------------------------------- projection


def test_played_by_one_process_for_each_party_the_same_numbers_and_messages_come_out(kind, form):
    if (kind, form) == ("linear", "no coordinator"):
        pytest.skip("logistic shows it")
    protocol = protocol_for(kind, form, key_bits=256, epochs=2)
    whole, apart = fl.play(protocol), fl.play_apart(protocol)
    for name, part in apart.parts.items():
        assert part.error is None
        own = {} if name == "coordinator" else {name: whole.result[name].weights.tolist()}
        assert {k: v.weights.tolist() for k, v in part.result.items()} == own
    labels = ("go on", "loss, Σd²") if FORMS[form][1] else ("go on",)
    assert_same_messages(whole.transcript, apart.transcript, labels)


# ----------------------------------------------------------------------------------------------- diverging


@pytest.mark.parametrize("coordinator", ["coordinator", None])
def test_a_run_whose_steps_are_too_large_ends_with_the_reason_and_keeps_its_curve(coordinator):
    form = "coordinator" if coordinator else "no coordinator"
    run = fl.Run(protocol_for("logistic", form, key_bits=256, learning_rate=40.0, epochs=9))
    with pytest.raises(Diverged, match="ran away in round") as caught:
        run.finish()
    assert "learning_rate=40" in caught.value.remedy and "standardised" in caught.value.remedy
    assert run.state == "failed" and 1 <= len(run.history) < 9
    assert run.history["loss"].max() < 10


def test_every_process_learns_that_the_loss_ran_away_and_no_more():
    apart = fl.play_apart(protocol_for("logistic", "coordinator", key_bits=256, learning_rate=40.0, epochs=9))
    errors = {name: part.error for name, part in apart.parts.items()}
    assert {type(error) for error in errors.values()} == {Diverged}
    assert len({str(error) for error in errors.values()}) == 1


def test_scores_beyond_all_bounds_end_the_run_as_diverged():
    with pytest.raises(Diverged, match="beyond all bounds"):
        labelled(protocol_for("linear", "coordinator", key_bits=256, learning_rate=1e9, epochs=9))


@pytest.mark.parametrize("coordinator", ["coordinator", None])
def test_labels_beyond_the_bound_are_named_with_the_remedy_and_are_no_divergence(coordinator):
    bank, tax_office = parties(2)
    many = 70_000 * (np.arange(60) % 2)
    table = replace(bank.data, labels=many, classes=tuple(str(k) for k in range(70_001)))
    with pytest.raises(RangeError, match="labels go beyond ±65,536") as caught:
        fl.play(fl.vertical_linear(Party("bank", table), tax_office, coordinator=coordinator, key_bits=256))
    assert "Standardise the labels" in caught.value.remedy


def test_a_column_beyond_the_bound_is_refused_with_the_remedy():
    bank, tax_office = parties(2)
    huge = Party("tax office", tax_office.data.with_features(1e7 * tax_office.data.features))
    with pytest.raises(RangeError, match="limit") as caught:
        fl.play(fl.vertical_logistic(bank, huge, key_bits=256))
    assert "standardised()" in caught.value.remedy


# ----------------------------------------------------------------------------------------------- guard


def of_rank(rows, at_bank, at_tax_office):
    rng = np.random.default_rng(0)
    bank, tax_office = parties(2, rows=rows)
    tables = [(bank, rng.standard_normal((rows, at_bank))), (tax_office, rng.standard_normal((rows, at_tax_office)))]
    return [Party(p.name, p.data.with_features(X, [f"{j}" for j in range(X.shape[1])])) for p, X in tables]


@pytest.mark.parametrize(
    ("ranks", "enough"), [((10, 2), 13), ((2, 11), 13)], ids=["the bank, with its intercept", "the tax office"]
)
def test_a_batch_with_as_many_rows_as_independent_columns_and_one_is_refused_by_either_party(ranks, enough):
    with pytest.raises(UnsafeBatch, match="12 rows, and 11 independent columns"):
        fl.play(fl.vertical_logistic(*of_rank(12, *ranks), key_bits=256))
    assert fl.play(fl.vertical_logistic(*of_rank(enough, *ranks), key_bits=256, epochs=1)).state == "finished"


def test_a_column_that_others_make_up_does_not_count_as_independent():
    bank, tax_office = of_rank(12, 2, 10)
    X = np.column_stack([tax_office.data.features, tax_office.data.features.sum(axis=1)])
    tax_office = Party("tax office", tax_office.data.with_features(X, [str(j) for j in range(11)]))
    assert fl.play(fl.vertical_logistic(bank, tax_office, key_bits=256, epochs=1)).state == "finished"


def with_category(rows, count):
    bank, tax_office = parties(2, rows=rows)
    X = np.column_stack([tax_office.data.features, (np.arange(rows) < count).astype(float)])
    return bank, Party("tax office", tax_office.data.with_features(X, ("x", "y", "Home = rent"))).standardised()


def test_a_category_of_fewer_than_ten_rows_is_refused_by_name_and_ten_are_enough():
    with pytest.raises(UnsafeBatch, match="Home = rent: only 9 of 60 rows"):
        fl.play(fl.vertical_logistic(*with_category(60, 9), key_bits=256))
    assert fl.play(fl.vertical_logistic(*with_category(60, 10), key_bits=256, epochs=1)).state == "finished"


def test_the_guard_looks_at_every_batch():
    with pytest.raises(UnsafeBatch, match="Home = rent"):
        fl.play(fl.vertical_logistic(*with_category(60, 30 + 5), key_bits=256, batch_size=30))


def test_a_refusal_tells_the_others_that_and_not_why():
    apart = fl.play_apart(fl.vertical_logistic(*with_category(60, 9), key_bits=256))
    errors = {name: str(part.error) for name, part in apart.parts.items()}
    assert "Home" in errors["tax office"] and "Home" not in errors["bank"] + errors["coordinator"]
    assert all(isinstance(part.error, UnsafeBatch) for part in apart.parts.values())
    assert not any("Home" in json.dumps(str(m)) for m in apart.transcript.messages)


def test_nothing_was_encrypted_before_the_guard_had_looked():
    run = fl.Run(fl.vertical_logistic(*with_category(60, 9), key_bits=256))
    with pytest.raises(UnsafeBatch):
        run.finish()
    assert not any(isinstance(value, EncryptedVector | PublicKey) for _, value in decoded(run.transcript))


def test_without_the_guard_a_run_goes_on_and_is_called_unsafe():
    run = fl.play(fl.vertical_logistic(*with_category(60, 9), key_bits=256, guard=False, epochs=1))
    assert "UNSAFE: no guard" in run.protocol.title
    assert "batches are large enough" not in set(run.transcript.table()["what"])


# ----------------------------------------------------------------------------------------------- arguments


def test_parties_that_joined_before_aligning_are_refused():
    bank, tax_office = fl.split_columns(fl.load("breast_cancer"), seed=1)
    with pytest.raises(DataError, match=r"fl\.align\(bank, tax_office\)"):
        fl.vertical_logistic(bank, tax_office.take(range(tax_office.data.rows - 1)))
    aligned, _ = fl.play(fl.align(bank, tax_office)).result
    with pytest.raises(DataError, match="not aligned in one run"):
        fl.vertical_logistic(aligned, tax_office)


def test_an_alignment_that_told_one_party_alone_is_refused():
    one, other = parties(2)
    mark = Alignment("9f2c7e01a4b35d68", ("bank", "tax office"), revealed_to="first")
    with pytest.raises(DataError, match="told one party alone"):
        fl.vertical_logistic(Party("bank", one.data, alignment=mark), Party("tax office", other.data, alignment=mark))


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda b, t: fl.vertical_logistic(b), "is alone"),
        (lambda b, t: fl.vertical_logistic(t, b), "has no labels"),
        (lambda b, t: fl.vertical_logistic(b, t.data), "A party is a fl.Party, and tax office: 60 rows"),
        (lambda b, t: fl.vertical_logistic(b, t, coordinator="bank"), "coordinator="),
        (lambda b, t: fl.vertical_logistic(b, t, coordinator=3), "coordinator="),
        (lambda b, t: fl.vertical_logistic(b, t, Party("x", t.data), coordinator=None), "two parties learn"),
        (lambda b, t: fl.vertical_logistic(b, t, epochs=0), "epochs"),
        (lambda b, t: fl.vertical_logistic(b, t, batch_size=0), "batch_size"),
        (lambda b, t: fl.vertical_logistic(b, t, learning_rate="fast"), "learning_rate"),
        (lambda b, t: fl.vertical_logistic(b, t, learning_rate=-1.0), "learning_rate"),
        (lambda b, t: fl.vertical_logistic(b, t, l2=-1.0), "l2"),
        (lambda b, t: fl.vertical_logistic(b, t, key_bits=1000), "2048, 3072, 4096"),
        (lambda b, t: fl.vertical_logistic(b, t, key_bits=2048.0), "2048, 3072, 4096"),
        (lambda b, t: fl.vertical_logistic(b, t, guard="off"), "guard"),
        (lambda b, t: fl.vertical_logistic(b, Party("bank", t.data)), "Two parties are called 'bank'"),
    ],
)
def test_arguments_out_of_range_are_refused_before_the_first_step(make, match):
    with pytest.raises(ArgumentError, match=match):
        make(*parties(2))


def test_logistic_regression_refuses_three_classes():
    bank, tax_office = parties(2, numbers=True)
    with pytest.raises(ArgumentError, match="2 classes apart, not 11"):
        fl.vertical_logistic(bank, tax_office)


def test_the_steps_are_numbered_as_in_the_article_and_the_docstring():
    protocol = protocol_for("logistic", "coordinator")
    assert [step.number for step in protocol.steps] == [0, 1, 2, 3, 4]
    assert {word.step for _, word in protocol.rehearse() if word.step is not None} == {0, 1, 2, 3, 4}
    assert protocol.roles["label_holder"] == ("bank",) and protocol.roles["coordinator"] == ("coordinator",)


def test_the_estimate_counts_every_message_and_comes_near_in_bytes(form):
    protocol = protocol_for("logistic", form)
    run, estimate = fl.play(protocol), protocol.estimate()
    assert estimate.messages == len(run.transcript)
    assert estimate.bytes == pytest.approx(sum(m.size for m in run.transcript.messages), rel=0.1)


def test_a_run_can_be_cancelled_between_two_pieces_of_one_encryption():
    run = fl.Run(protocol_for("logistic", "coordinator", key_bits=1024, rows=400))
    with pytest.raises(fl.errors.Cancelled):
        run.finish(progress=lambda run: run.doing.endswith("encrypt its share") and run.cancel())
    assert run.state == "cancelled" and not received(run.transcript, "encrypted share")


def test_the_six_customers_of_the_chapter_by_hand():
    bank, tax_office = six_customers()
    run = labelled(fl.vertical_linear(bank, tax_office, epochs=1, learning_rate=0.1, key_bits=256, guard=False))
    assert run.history["loss"][1] == (16 + 9 + 36 + 1 + 49 + 4) / 12  # ½·mean y²: at weights 0 the residual is −y
    sums = {name: (np.array(v) / 2.0**64).tolist() for name, v in run.held("take the mask off", 1).items()}
    assert sums == {"bank": [-31.0, -32.0, -23.0], "tax office": [-45.0, -26.0]}  # 1·4 + 0·3 + 2·6 + 1·1 + 2·7 + 0·2
    assert run.result["bank"].weights == pytest.approx([3.1 / 6, 3.2 / 6])
    assert run.result["bank"].intercept == pytest.approx(2.3 / 6)
    assert run.result["tax office"].weights == pytest.approx([4.5 / 6, 2.6 / 6])


@pytest.mark.parametrize("gone", ["tax office", "bank", "coordinator"])
def test_without_one_of_its_parties_a_run_ends_and_says_who_is_gone(gone):
    protocol = protocol_for("logistic", "coordinator", key_bits=256)
    with pytest.raises(fl.errors.PartyDropped, match=gone):
        fl.play(protocol, faults=[fl.Drop(gone, round=2, before_step=4 if gone == "coordinator" else 2)])

"""Prediction by transfer: the target learns classes, the source scores, and nobody a row."""

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.crypto.joint_sums import residues_from_bytes
from fedlearn_edu.crypto.paillier import EncryptedVector, PublicKey, decode
from fedlearn_edu.errors import ArgumentError
from fedlearn_edu.learning.representation import Encoder, Representation
from fedlearn_edu.wire.endpoint import play_apart

from ..oracles import assert_same_messages, decoded, find_planted, fixed, leaves, remembered

ROWS = 40


@pytest.fixture(scope="module")
def encoders():
    rng = np.random.default_rng(5)
    network = Representation(3, 4)
    names = ("x", "y", "z")
    source = Encoder("shop", ("a",), np.zeros(1), np.ones(1), Representation(1, 4), np.zeros(8), rng.normal(size=4))
    target = Encoder("cinema", names, np.array([1.0, 2, 3]), np.array([2.0, 1, 5]), network, rng.normal(size=16))
    return {"source": source, "target": target}


@pytest.fixture(scope="module")
def rows():
    X = 3 * np.random.default_rng(6).normal(size=(ROWS, 4))
    return fl.Dataset("new", X, None, [f"row {i}" for i in range(ROWS)], ("z", "w", "x", "y"))


@pytest.fixture(scope="module")
def run(encoders, rows):
    return remembered(fl.transfer_predict(encoders, rows))  # 2048 bits


def scores_of(encoders, rows):
    X = rows.features[:, [2, 3, 0]]  # x, y, z
    target = encoders["target"]
    W, b = target.weights[:12].reshape(4, 3), target.weights[12:]
    return np.tanh((X - [1, 2, 3]) / [2, 1, 5] @ W.T + b), encoders["source"].prototype


def test_the_target_gets_the_class_that_the_score_in_the_clear_has(run, encoders, rows):
    U, Phi = scores_of(encoders, rows)
    assert np.array_equal(run.result, U @ Phi > 0)
    assert 0 < run.result.sum() < ROWS


def test_the_source_learns_each_score_exactly_to_the_encoding(run, encoders, rows):
    U, Phi = scores_of(encoders, rows)
    whole = [sum(f * u for f, u in zip(fixed(Phi), fixed(row, 40), strict=True)) for row in U]
    assert np.array_equal(run.held_by("shop")["scores, their masks off"], decode(whole, 64))


def test_the_target_decrypts_noise_and_learns_nothing_but_classes(run, encoders, rows):
    U, Phi = scores_of(encoders, rows)
    key = run.held_by("cinema")["its public half"]
    residues = residues_from_bytes(run.held_by("cinema")["decrypt"], key)
    assert len(residues) == 3  # sixteen scores in each
    assert not set(residues) & {(f % key.n) for f in fixed(U @ Phi, 64)}
    assert all(residue.bit_length() > 1900 for residue in residues)
    came = {(m.label, type(leaf)) for m, v in decoded(run.transcript, "cinema") for leaf in leaves(v)}
    assert came == {("masked scores", EncryptedVector), ("classes", np.ndarray)}


def test_no_row_no_place_no_score_and_no_direction_crosses_the_wire(run, encoders, rows):
    U, Phi = scores_of(encoders, rows)
    secrets = np.concatenate([rows.features.ravel(), U.ravel(), U @ Phi, Phi, encoders["target"].weights])
    assert find_planted(run.transcript, secrets[np.abs(secrets) > 1e-3], scales=(24, 40, 64)) == []


def test_without_a_mask_the_target_reads_the_scores_and_the_title_says_so(encoders, rows):
    bare = fl.play(fl.transfer_predict(encoders, rows, key_bits=256, mask="none"))
    U, Phi = scores_of(encoders, rows)
    key = bare.held_by("cinema")["its public half"]
    seen = decode(key.centred(residues_from_bytes(bare.held_by("cinema")["decrypt"], key)), 64)
    assert np.allclose(seen, U @ Phi, atol=1e-6)
    assert "UNSAFE: no mask" in bare.protocol.title


def test_the_scores_go_back_with_randomness_that_the_key_holder_cannot_tell(monkeypatch, encoders, rows):
    counted = []

    def counting(key, count, honest=PublicKey.uniform_factors):
        counted.append(count)
        return honest(key, count)

    monkeypatch.setattr(PublicKey, "uniform_factors", counting)
    fl.play(fl.transfer_predict(encoders, rows, key_bits=256))
    assert counted == [ROWS // 2]  # two scores in each ciphertext


def test_one_process_for_each_party_gives_the_same_classes_and_messages(run, encoders, rows):
    protocol = fl.transfer_predict(encoders, rows, key_bits=256)
    whole, apart = fl.play(protocol), play_apart(protocol, patience=60)
    assert np.array_equal(apart.parts["cinema"].result, run.result)
    assert_same_messages(whole.transcript, apart.transcript, same_bodies=["classes"])


def test_the_estimate_counts_messages_and_comes_near_the_bytes(run):
    estimate, size = run.protocol.estimate(), sum(message.size for message in run.transcript.messages)
    assert estimate.messages == len(run.transcript) == 5
    assert 0.9 * size < estimate.bytes < 1.1 * size


def test_what_is_missing_is_named(encoders, rows):
    with pytest.raises(ArgumentError, match="encoders of source and target"):
        fl.transfer_predict({"target": encoders["target"]}, rows)
    with pytest.raises(ArgumentError, match="encoders of source and target"):
        fl.transfer_predict({"source": encoders["target"], "target": encoders["target"]}, rows)
    with pytest.raises(ArgumentError, match="no row"):
        fl.transfer_predict(encoders, rows.take([]))
    with pytest.raises(ArgumentError, match="column 'x'"):
        fl.transfer_predict(encoders, fl.load("digits"))

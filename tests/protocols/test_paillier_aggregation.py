"""Under Paillier the server adds what it cannot read, and nothing on the wire helps it to."""

import base64
import json

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.crypto.paillier import EncryptedVector, PublicKey
from fedlearn_edu.crypto.sealing import AgreementKeyPair, SealedBox
from fedlearn_edu.errors import ArgumentError, PartyDropped, ProtocolError, SlotOverflow
from fedlearn_edu.protocols import paillier_aggregation
from fedlearn_edu.wire.codec import KeyRing, encode
from fedlearn_edu.wire.faults import Drop

from ..oracles import decoded, find_planted, fixed, leaves, mean_in_integers, received, remembered
from .cases import LEARNING, mean_protocol, rows_of, training_in_integers

VECTORS = [np.array([0.71, -3.5, 2e-7]), np.array([-1.25, 0.0, 1.0]), np.array([1e6, 1 / 3, -1e-3])]
ROWS = [5, 1, 200]


def private_key_of(run):
    """What the first party holds; a test may look where the server cannot."""
    return run._private_keys[run.protocol.names[0]][0]


def aggregation(packed=True):
    """A toy, with room for the million in VECTORS."""
    return fl.paillier_sum(key_bits=256, packed=packed, value_bits=24)


def play_mean(vectors=VECTORS, rows=ROWS, packed=True, **options):
    return remembered(mean_protocol(vectors, aggregation(packed), rows, **options))


# ----------------------------------------------------------------------------------------------- exact


def test_the_decrypted_integers_equal_python_integers_in_every_round(paillier_run, hospitals):
    private = private_key_of(paillier_run)
    for t, (_, sums, total, _) in enumerate(training_in_integers(hospitals), start=1):
        for arrived in received(paillier_run.transcript, "encrypted sum", t, "hospital 4").values():
            assert arrived["rows"] == total
            assert arrived["update"].decrypt(private) == sums


def test_every_upload_decrypts_to_the_quantised_update(paillier_run, hospitals):
    private, rows = private_key_of(paillier_run), rows_of(hospitals)
    updates, *_ = next(training_in_integers(hospitals))
    uploads = received(paillier_run.transcript, "encrypted update", 1)
    assert set(uploads) == set(rows)
    for name, upload in uploads.items():
        assert upload["rows"] == rows[name]
        assert upload["update"].decrypt(private) == fixed(updates[name])


@pytest.mark.parametrize("packed", [True, False])
def test_the_mean_is_the_integer_sum_divided_once(packed):
    names = [f"party {i}" for i in (1, 2, 3)]
    *_, mean = mean_in_integers(dict(zip(names, VECTORS, strict=True)), dict(zip(names, ROWS, strict=True)))
    results = play_mean(packed=packed).result
    assert all(np.array_equal(results[name], mean) for name in names)


# ----------------------------------------------------------------------------------------------- who sees what


def assert_only_closed_things(view):
    """Ciphertexts, public keys, sealed blobs, counts; a public key for sealing is 32 bytes."""
    for message, value in view:
        for leaf in leaves(value):
            allowed = isinstance(leaf, EncryptedVector | PublicKey | SealedBox) or type(leaf) is int
            sealing_key = isinstance(leaf, bytes) and len(leaf) == 32 and message.round == 0
            assert allowed or sealing_key, (message, type(leaf))


def test_the_server_sees_ciphertexts_public_keys_sealed_blobs_and_counts_and_nothing_else(paillier_run, hospitals):
    view = decoded(paillier_run.transcript, "server")
    assert_only_closed_things(view)
    counts = {leaf for _, value in view for leaf in leaves(value) if type(leaf) is int}
    assert counts == set(rows_of(hospitals).values())
    sealing_keys = {leaf for _, value in view for leaf in leaves(value) if isinstance(leaf, bytes)}
    pairs = [v for _, v in paillier_run.everything if isinstance(v, AgreementKeyPair)]
    assert {pair.public for pair in pairs} >= sealing_keys - sealed_from(view)
    assert "server" not in {party for party, v in paillier_run.everything if isinstance(v, AgreementKeyPair)}
    assert paillier_run._private_keys["server"] == []


def sealed_from(view):
    return {value["from"] for message, value in view if message.label == "private key, sealed for each"}


def test_the_same_walk_is_not_content_with_a_plain_sum(plain_run):
    with pytest.raises(AssertionError):
        assert_only_closed_things(decoded(plain_run.transcript, "server"))


def test_the_servers_readings_hold_no_decrypted_number(paillier_run):
    readings = paillier_run.transcript.seen_by("server")["could read"]
    assert not readings.str.contains("decrypts").any()
    assert paillier_run.transcript.seen_by("hospital 2")["could read"].str.contains("decrypts to").any()


def secrets_in(run):
    """Everything that must stay inside, as bytes: p, q, the sealed message, λ, private halves of agreement keys."""
    key = private_key_of(run)
    order = (key.p - 1) * (key.q - 1)
    numbers = [key.p, key.q, order]
    raw = [n.to_bytes((n.bit_length() + 7) // 8, end) for n in numbers for end in ("big", "little")]
    agreements = [v.private for _, v in run.everything if isinstance(v, AgreementKeyPair)]
    assert len(agreements) == len(run.protocol.parties) - 2
    return [*raw, key.to_bytes(), *agreements], [str(number) for number in numbers]


def find_secrets(text, run):
    """Search an export and the bodies in it, as bytes, hexadecimal, base64 at every offset, and decimals."""
    raw, decimals = secrets_in(run)
    entries = json.loads(text)["entries"]
    bodies = [base64.b64decode(e["body"]) for e in entries if e.get("body")] + [
        bytes.fromhex(e["head"]) for e in entries if "head" in e
    ]
    whole = text.encode() + b"\n" + b"\n".join(bodies)
    spelled = [form for secret in raw for form in (secret, secret.hex().encode(), secret.hex().upper().encode())]
    for secret in raw:
        for shift in range(3):  # base64 spells three bytes at a time; its ends depend on the neighbours
            inner = secret[shift : shift + (len(secret) - shift) // 3 * 3]
            spelled += [base64.b64encode(inner), base64.urlsafe_b64encode(inner)]
    return [form for form in [*spelled, *(d.encode() for d in decimals)] if form in whole]


@pytest.mark.parametrize("readings_of", [(), ("server", "hospital 1", "hospital 2", "eavesdropper")])
def test_an_exported_transcript_holds_no_private_key(paillier_run, readings_of):
    assert find_secrets(paillier_run.transcript.to_json(bodies=True, readings_of=readings_of), paillier_run) == []
    assert find_secrets(paillier_run.transcript.to_json(readings_of=readings_of), paillier_run) == []


@pytest.mark.parametrize(
    "spell",
    [
        lambda key: key.to_bytes(), lambda key: b"x" + key.to_bytes(), lambda key: [key.p], lambda key: str(key.q),
        lambda key: key.to_bytes().hex(), lambda key: "ab" + base64.b64encode(key.to_bytes()).decode(),
    ],
)  # fmt: skip
def test_the_same_search_finds_a_private_key_that_travelled(spell):
    run = play_mean()
    given_away = encode(spell(private_key_of(run)), KeyRing())
    offer = {"sender": "party 1", "receiver": "server", "label": "oh no", "value": None}
    run.transcript.add_message(**offer, body=given_away, seconds=0.0)
    assert find_secrets(run.transcript.to_json(bodies=True), run)


def test_every_run_makes_its_own_key():
    assert private_key_of(play_mean()).p != private_key_of(play_mean()).p


# ----------------------------------------------------------------------------------------------- traps


def test_the_sum_leaves_the_server_re_randomised(paillier_run):
    # Without that step anybody who has the uploads can recompute Π c_k^n_k and so test guesses of the counts.
    for t in range(1, LEARNING["rounds"] + 1):
        uploads = received(paillier_run.transcript, "encrypted update", t)
        (arrived,) = received(paillier_run.transcript, "encrypted sum", t, "hospital 1").values()
        computed = product_of(uploads)
        assert not set(arrived["update"].ciphertexts) & set(computed)


def product_of(uploads):
    modulus = next(iter(uploads.values()))["update"].public_key.n_squared
    products = [1] * len(next(iter(uploads.values()))["update"].ciphertexts)
    for upload in uploads.values():
        powers = [pow(c, upload["rows"], modulus) for c in upload["update"].ciphertexts]
        products = [product * power % modulus for product, power in zip(products, powers, strict=True)]
    return products


def test_two_sums_of_the_same_uploads_differ_in_every_ciphertext_and_decrypt_alike():
    run = play_mean()
    uploads, private = received(run.transcript, "encrypted update"), private_key_of(run)
    one, other = (finished(paillier_aggregation.encrypted_sum(None, uploads))["update"] for _ in range(2))
    assert not set(one.ciphertexts) & set(other.ciphertexts)
    assert one.decrypt(private) == other.decrypt(private)
    assert one.fresh


def finished(work):
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def test_a_sum_that_was_not_re_randomised_is_refused_by_the_wire(monkeypatch):
    def left_as_it_is(vector):
        yield 1, 1
        return vector

    monkeypatch.setattr(paillier_aggregation, "re_randomising", left_as_it_is)
    with pytest.raises(ProtocolError, match="re-randomised"):
        play_mean()


@pytest.mark.parametrize(("packed", "ciphertexts"), [(True, 5), (False, 20)])  # 56-bit slots, 4 in 255 bits
def test_every_ciphertext_is_different_though_the_numbers_are_equal(packed, ciphertexts):
    run = play_mean([np.zeros(20)] * 3, [1, 1, 1], packed, rounds=2)
    seen = [
        c
        for message, value in decoded(run.transcript)
        if message.receiver in ("server", "party 1")  # the sum goes out alike to all three
        for leaf in leaves(value)
        if isinstance(leaf, EncryptedVector)
        for c in leaf.ciphertexts
    ]
    assert len(seen) == len(set(seen)) == 2 * 4 * ciphertexts


@pytest.mark.parametrize("packed", [True, False])
def test_scale_bound_and_size_do_not_depend_on_the_numbers(packed):
    def shown(factor):
        run = play_mean([factor * vector for vector in VECTORS], packed=packed)
        vectors = [leaf for _, value in decoded(run.transcript) for leaf in leaves(value)]
        return [(v.scale_bits, v.bound, len(v), v.packing) for v in vectors if isinstance(v, EncryptedVector)]

    assert shown(1e-9) == shown(1.0) == shown(10.0)
    assert {scale for scale, *_ in shown(1.0)} == {24}


def nothing_random(key, count):
    yield count, count
    return [1] * count


@pytest.mark.parametrize("packed", [True, False])
def test_planted_vectors_cross_neither_as_plaintext_nor_as_ciphertexts_without_randomness(packed, monkeypatch):
    assert find_planted(play_mean(packed=packed).transcript, VECTORS, factors=(1, *ROWS)) == []
    monkeypatch.setattr(PublicKey, "random_factors", nothing_random)
    found = {form for _, form in find_planted(play_mean(packed=packed).transcript, VECTORS, factors=(1, *ROWS))}
    assert "a ciphertext without randomness" in found


# ----------------------------------------------------------------------------------------------- set-up, arguments


def test_without_the_first_party_there_are_no_keys_and_the_run_says_so():
    protocol = mean_protocol(VECTORS, fl.paillier_sum(key_bits=256), ROWS)
    with pytest.raises(PartyDropped, match="party 1"):
        fl.play(protocol, faults=[Drop("party 1", round=0, before_step=0)])


def test_after_the_set_up_the_first_party_may_leave_like_any_other():
    protocol = mean_protocol(VECTORS, aggregation(), ROWS)
    result = fl.play(protocol, faults=[Drop("party 1", round=1, before_step=2)]).result
    left = {"party 2": VECTORS[1], "party 3": VECTORS[2]}
    assert np.array_equal(result["party 3"], mean_in_integers(left, {"party 2": 1, "party 3": 200})[2])


def test_one_party_alone_is_its_own_mean():
    assert np.array_equal(play_mean(VECTORS[:1], [3]).result["party 1"], np.array(fixed(VECTORS[0])) / 2.0**24)


def test_a_size_in_numpys_numbers_gives_the_same_protocol(hospitals):
    one, other = (fl.fedavg(hospitals, aggregation=fl.paillier_sum(bits)) for bits in (256, np.int64(256)))
    assert one.fingerprint() == other.fingerprint() and one.title == other.title


@pytest.mark.parametrize("key_bits", [0, 255, 1536, "2048", 2048.0, 2048.5, None, True])
def test_other_key_sizes_are_refused_with_the_list_of_sizes(key_bits):
    with pytest.raises(ArgumentError, match="2048, 3072, 4096"):
        fl.paillier_sum(key_bits=key_bits)


@pytest.mark.parametrize("value_bits", [0, 65, 10.0, "10", True, None])
def test_a_range_that_is_no_number_of_bits_is_refused(value_bits):
    with pytest.raises(ArgumentError, match="value_bits goes from 1 to 64"):
        fl.paillier_sum(value_bits=value_bits)


def test_a_toy_key_is_called_insecure_where_it_is_used():
    assert "classroom only, insecure" in fl.paillier_sum(key_bits=512).name
    assert "insecure" not in fl.paillier_sum().name and "2048" in fl.paillier_sum().name


def test_a_number_beyond_the_limit_is_refused_before_anything_is_sent():
    with pytest.raises(fl.errors.RangeError, match="position 0"):
        play_mean([np.array([2.0**41]), np.array([0.0])], [1, 1], packed=False)


def test_a_number_that_leaves_its_slot_is_refused_by_its_own_party_with_the_range_that_it_needs():
    run = fl.Run(mean_protocol([np.array([0.5, 1e6]), np.zeros(2)], fl.paillier_sum(key_bits=256), [300, 155]))
    with pytest.raises(SlotOverflow, match=r"48-bit slots for 455 .* ±18436, but numbers reach 1000000") as caught:
        run.finish()
    assert "paillier_sum(value_bits=20)" in caught.value.remedy
    assert not received(run.transcript, "encrypted update")
    wider = fl.paillier_sum(key_bits=256, value_bits=20)
    mean = fl.play(mean_protocol([np.array([0.5, 1e6]), np.zeros(2)], wider, [300, 155])).result["party 2"]
    assert np.array_equal(mean, np.array([150 * 2**24, 300_000_000 * 2**24]) / (455 * 2**24))


def test_the_largest_number_below_two_to_the_value_bits_fits_for_any_number_of_rows():
    largest = 2.0**10 - 2.0**-24
    for rows in ([1], [4096, 4096], [8192, 1], [2**20 + 1, 3]):
        run = fl.play(mean_protocol([np.full(6, -largest)] * len(rows), fl.paillier_sum(key_bits=256), rows))
        assert np.array_equal(run.result["party 1"], np.full(6, -largest))


def test_textbook_needs_no_total_of_rows_and_packing_tells_the_parties_no_more_than_the_sum_does():
    packed, textbook = play_mean(), play_mean(packed=False)
    (total,) = {value for message, value in decoded(packed.transcript) if message.label == "rows in all"}
    (arrived,) = received(packed.transcript, "encrypted sum", 1, "party 1").values()
    assert total == arrived["rows"] == sum(ROWS)
    assert not [m for m in textbook.transcript.messages if m.label in ("row count", "rows in all")]


def test_more_rows_than_were_announced_overflow_at_the_server_and_are_refused(monkeypatch):
    monkeypatch.setattr(paillier_aggregation, "total_of", lambda _, counts: 10)
    with pytest.raises(SlotOverflow, match="may reach"):
        play_mean([np.ones(2)] * 3, [10, 10, 10])


def test_a_row_count_below_one_is_refused_by_the_server():
    with pytest.raises(ProtocolError, match="party 2 claims 0 rows"):
        play_mean(VECTORS, [5, 0, 7])

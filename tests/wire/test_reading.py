"""A reading is short, says what a receiver can make of a payload, and never ends a run."""

import numpy as np
import pytest
from hypothesis import given, settings

from fedlearn_edu.crypto.elements import Elements
from fedlearn_edu.crypto.masks import MaskedVector, Share, to_ring
from fedlearn_edu.crypto.paillier import EncryptedVector
from fedlearn_edu.crypto.sealing import SealedBox
from fedlearn_edu.wire.reading import LONGEST, kind_of, protections_in, public_keys_in, reading_of

from .test_codec import payload


@settings(max_examples=200, deadline=None)
@given(payload)
def test_every_payload_has_a_short_kind_and_a_short_reading(value):
    assert len(kind_of(value)) <= LONGEST and len(reading_of(value, ())) <= LONGEST


def test_a_number_too_long_to_be_written_has_a_reading():
    assert reading_of(2**100_000, ()) == "a number of 100,001 bits"
    assert reading_of([7, -(2**20_000)], ()) == "7, a number of 20,001 bits"


@pytest.mark.parametrize(
    ("value", "kind", "reading"),
    [
        (5, "a number", "5"),
        (True, "yes or no", "True"),
        (None, "nothing", "None"),
        ({}, "nothing", "{}"),
        ("abc", "text", "abc"),
        (bytes(20), "20 bytes", "0000000000000000… (20 bytes)"),
        ([1], "1 number", "1"),
        (["a", "b"], "2 items", "a, b"),
        (np.arange(5), "5 numbers", "0, 1, 2, … (5 in all)"),
        (MaskedVector(to_ring([1, 2])), "2 masked numbers", "1, 2 (masked: looks like noise)"),
        (SealedBox("tax", bytes(30)), "a sealed box", "30 sealed bytes for tax"),
        (Elements("hash", 4, b"\1\2\3\4"), "1 hash", "1 hash: 01020304…"),
        (
            Elements("point", 4, bytes(16)),
            "4 blinded points",
            "4 blinded points: 00000000…, 00000000…, 00000000…, … (blinded: looks like noise)",
        ),
        (Elements("tag", 32, b""), "0 tags", "0 tags"),
        (Share(3, 12345), "a secret share", "secret share number 3"),
        ({"rows": 2, "sums": [0.5, 1.5]}, "rows: a number; sums: 2 numbers", "rows: 2; sums: 0.5, 1.5"),
    ],
)
def test_what_is_said_of_each_kind_of_payload(value, kind, reading):
    assert (kind_of(value), reading_of(value, ())) == (kind, reading)


def test_packed_ciphertexts_are_counted_and_read_by_their_numbers(keys, other_keys):
    vector = EncryptedVector.encrypt(np.arange(12) / 4, keys.public, slot_bits=48)
    assert kind_of({"w": vector}) == "w: 12 numbers in 3 ciphertexts"
    assert kind_of(EncryptedVector.encrypt([0.5], keys.public, slot_bits=48)) == "1 number in 1 ciphertext"
    unread = "w: 12 numbers in 3 ciphertexts, not readable without the private key"
    assert reading_of({"w": vector}, [other_keys.private]) == unread
    assert reading_of({"w": vector}, [keys.private]) == "w: decrypts to 0, 0.25, 0.5, … (12 in all)"


def test_ciphertexts_are_read_with_their_own_private_key_only(keys, other_keys):
    vector = EncryptedVector.encrypt([0.5, -1.0, 2.0, 3.0], keys.public, limit=8)
    assert kind_of(vector) == "4 ciphertexts"
    for held in ([], [other_keys.private]):
        assert reading_of({"w": vector}, held) == "w: 4 ciphertexts, not readable without the private key"
    assert reading_of(vector, [other_keys.private, keys.private]) == "decrypts to 0.5, -1, 2, … (4 in all)"


def test_protections_and_keys_are_found_however_deep_they_are(keys):
    vector = EncryptedVector.encrypt([0.5], keys.public, limit=8)
    nested = {"a": [vector, {"b": (SealedBox("tax", b""), MaskedVector(to_ring([1])))}], "k": [keys.public], "n": 5}
    assert list(protections_in(nested)) == [
        f"Paillier {keys.public.fingerprint}", "sealed for tax", "one-time masks",
    ]  # fmt: skip
    assert list(public_keys_in(nested)) == [keys.public]

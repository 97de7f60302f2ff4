"""A search that finds nothing proves something only when it would have found it."""

import struct

import numpy as np
import pytest

from fedlearn_edu.crypto.masks import MaskedVector, to_ring
from fedlearn_edu.crypto.paillier import EncryptedVector, generate_keys
from fedlearn_edu.wire.codec import KeyRing, encode
from fedlearn_edu.wire.transcript import Transcript

from ..oracles import assert_same_messages, find_planted, fixed, looks_uniform

PLANTED = np.array([0.7351928374650192, -12.918273645546372, 3.1231231231231233])
KEY = generate_keys(2048).public


def transcript_of(*values):
    transcript, keys = Transcript(("one", "other")), KeyRing()
    for value in values:
        body = encode(value, keys)
        transcript.add_message(sender="one", receiver="other", label="x", value=value, body=body, seconds=0.0)
    return transcript


def without_randomness(integers):
    ciphertexts = tuple((1 + (m % KEY.n) * KEY.n) % KEY.n_squared for m in integers)
    return EncryptedVector(KEY, ciphertexts, 24, 2**64, fresh=True)


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("float64", PLANTED),
        ("float64 backwards", {"deep": [{"inside": float(PLANTED[1])}]}),
        ("float64", b"junk" + struct.pack("<d", PLANTED[2]) + b"junk"),
        ("float64 backwards", b"junk" + struct.pack(">d", PLANTED[0])),
        ("float32", PLANTED.astype(np.float32)),
        ("float32 backwards", PLANTED.astype(">f4").tobytes()),
        ("float32 in float64", PLANTED.astype(np.float32).astype(np.float64)),
        ("text", f"the weight is {PLANTED[0]!r}"),
        ("text", f"{PLANTED[1]:.6f}"),
        ("text", f"{PLANTED[1]:.7g}"),
        ("text", str(fixed(PLANTED)[1])),
        ("a number", fixed(PLANTED)[2]),
        ("a number", np.array(fixed(PLANTED), dtype=np.int32)),
        ("integer", struct.pack("<q", fixed(PLANTED)[1])),
        ("integer backwards", struct.pack(">q", fixed(PLANTED)[1])),
        ("an upload without mask", MaskedVector(to_ring(fixed(PLANTED)))),
        ("a ciphertext without randomness", without_randomness(fixed(PLANTED))),
    ],
)
def test_the_search_finds_a_planted_number_in_every_form(form, value):
    noise = np.random.default_rng(0).bytes(10_000)
    transcript = transcript_of([KEY, noise], {"rows": 107, "this": value})
    assert [found for number, found in find_planted(transcript, PLANTED) if number == 2].count(form) == 1
    assert [number for number, _ in find_planted(transcript, PLANTED) if number == 1] == []


def test_the_search_finds_a_weighted_number_and_other_scales():
    assert find_planted(transcript_of(107 * PLANTED), PLANTED, factors=(1, 107))
    assert find_planted(transcript_of(fixed(107 * PLANTED)), PLANTED, factors=(1, 107))
    assert find_planted(transcript_of(fixed(PLANTED, 40)), PLANTED, scales=(24, 40))
    assert not find_planted(transcript_of(fixed(PLANTED, 40)), PLANTED, scales=(24,))


def test_the_search_finds_nothing_in_what_is_well_encrypted():
    transcript = transcript_of(KEY, EncryptedVector.encrypt(PLANTED, KEY), 107, "hospital 1", np.arange(40))
    assert find_planted(transcript, PLANTED) == []


def test_a_small_bias_is_no_uniform_noise():
    noise = np.random.default_rng(0).integers(2**64, size=100_000, dtype=np.uint64)
    assert looks_uniform(noise)
    assert not looks_uniform(noise & ~np.uint64(1))  # the lowest bit of every number is clear
    assert not looks_uniform(noise[:, None] // np.uint64(2))
    with pytest.raises(AssertionError, match="too short"):
        looks_uniform(noise[:99])


def test_messages_of_other_sizes_or_with_other_bodies_are_not_the_same():
    one = transcript_of(1, PLANTED)
    assert_same_messages(one, transcript_of(2, PLANTED))
    assert_same_messages(one, transcript_of(1, PLANTED), same_bodies=["x"])
    for other, bodies in [
        (transcript_of(1, PLANTED[:2]), ()),
        (transcript_of(1), ()),
        (transcript_of(2, PLANTED), ["x"]),
        (transcript_of(1, PLANTED), ["a label that never travelled"]),
    ]:
        with pytest.raises(AssertionError):
            assert_same_messages(one, other, same_bodies=bodies)

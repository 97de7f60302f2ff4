"""Payload to bytes and back, and what happens to bytes that nobody honest has sent."""

import contextlib
import datetime
import struct
import tracemalloc
from dataclasses import replace

import msgpack
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.extra import numpy as arrays

from fedlearn_edu.crypto.blind_signature import AskedIds, generate_signing_key
from fedlearn_edu.crypto.blinding import generate_blinding_key
from fedlearn_edu.crypto.circle import RoundSecrets
from fedlearn_edu.crypto.elements import KINDS, Elements
from fedlearn_edu.crypto.masks import MERSENNE_521, MaskedVector, Share, split, to_ring
from fedlearn_edu.crypto.paillier import EncryptedVector, PublicKey
from fedlearn_edu.crypto.sealing import SealedBox, generate_agreement_key
from fedlearn_edu.errors import ProtocolError, WireError
from fedlearn_edu.wire import codec
from fedlearn_edu.wire.codec import ARRAY_TYPES, MAX_DEPTH, KeyRing, decode, encode

from ..clock import least_seconds

HEAD_LENGTHS = {"array32": b"\xdd", "map32": b"\xdf", "str32": b"\xdb", "bin32": b"\xc6", "ext32": b"\xc9"}
ARRAY_EXT, KEY_EXT, VECTOR_EXT, BOX_EXT, MASKED_EXT, SHARE_EXT, ELEMENTS_EXT = range(2, 9)

any_array = st.sampled_from(ARRAY_TYPES).flatmap(
    lambda kind: arrays.arrays(np.dtype(kind), arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
)
leaf = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | any_array
payload = st.recursive(
    leaf, lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(), part, max_size=4), max_leaves=12
)
fuzz = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def round_trip(value, sender=None, receiver=None):
    sender = sender or KeyRing()
    return decode(encode(value, sender), receiver or sender)


def equal(one, other):
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and one.shape == other.shape and (
            one.tobytes() == other.tobytes()
        )  # fmt: skip
    if isinstance(one, list):
        return type(other) is list and len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, dict):
        return type(other) is dict and list(one) == list(other) and all(equal(one[key], other[key]) for key in one)
    return type(one) is type(other) and (one == other or one != one)


def known(*keys):
    ring = KeyRing()
    for key in keys:
        ring.add(key)
    return ring


def everything(keys):
    """A payload with every type in it, and its bytes."""
    box = SealedBox("tax office", bytes(range(40)))
    value = {
        "plain": [None, True, -5, 2**70, -(2**200), 0.5, "text Σ", b"bytes", []],
        "array": np.arange(6, dtype="<f4").reshape(2, 3),
        "flags": np.array([True, False]),
        "key": keys.public,
        "vector": EncryptedVector.encrypt([1.5, -2.0], keys.public, limit=8),
        "packed": EncryptedVector.encrypt([1.5, -2.0, 0.0, 1.0, 2.0, 3.0], keys.public, slot_bits=48),
        "box": box,
        "masked": MaskedVector(to_ring([1, -1, 7])),
        "share": split(bytes(range(32)), 2, 3)[1],
        "points": Elements("point", 32, bytes(range(64))),
    }
    return value, encode(value, KeyRing())


def may_be_refused(body, ring):
    """Hostile bytes may be a message by chance; if not, only these two errors may come of them."""
    with contextlib.suppress(WireError, ProtocolError):
        decode(body, ring)


# --- what may travel


@fuzz
@given(payload)
def test_every_plain_payload_arrives_as_it_was_sent(value):
    assert equal(value, round_trip(value))


@pytest.mark.parametrize("kind", ARRAY_TYPES)
def test_every_type_of_array_arrives_with_its_shape_and_cannot_be_changed(kind):
    sent = np.ones((2, 0, 3), dtype=kind), np.ones((2, 3), dtype=kind), np.ones((), dtype=kind)
    for array, arrived in zip(sent, round_trip(list(sent)), strict=True):
        assert equal(array, arrived)
        with pytest.raises(ValueError, match="read-only"):
            arrived[...] = 0


def test_an_array_arrives_the_same_whatever_its_layout_in_memory():
    big_endian = np.arange(6, dtype=">i4").reshape(2, 3)
    sliced = np.arange(20.0).reshape(4, 5)[::2, ::-1]
    assert round_trip(big_endian).tolist() == big_endian.tolist()
    assert round_trip(sliced).tolist() == sliced.tolist()
    assert encode(sliced, KeyRing()) == encode(sliced.copy(), KeyRing())


def test_numpys_own_numbers_and_texts_arrive_as_pythons():
    sent = [np.float32(0.5), np.int64(-3), np.bool_(True), np.str_("id 7"), np.bytes_(b"x"), np.uint64(2**64 - 1)]
    arrived = round_trip(sent)
    assert arrived == [0.5, -3, True, "id 7", b"x", 2**64 - 1]
    assert [type(value) for value in arrived] == [float, int, bool, str, bytes, int]


def test_a_tuple_arrives_as_a_list():
    assert round_trip((1, (2, 3))) == [1, [2, 3]]


def test_everything_that_is_encrypted_masked_or_sealed_arrives_as_it_was_sent(keys):
    value, body = everything(keys)
    arrived = decode(body, KeyRing())
    for name in ("key", "vector", "packed", "box", "masked", "share", "points"):
        assert arrived[name] == value[name]
    assert arrived["vector"].bound == value["vector"].bound
    assert arrived["vector"].decrypt(keys.private) == value["vector"].decrypt(keys.private)
    assert arrived["share"].value == value["share"].value


def test_a_received_ciphertext_counts_as_not_fresh(keys):
    sent = EncryptedVector.encrypt([1.0], keys.public, limit=8)
    assert sent.fresh and not round_trip(sent, known(keys.public)).fresh


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(st.integers(-8, 8), min_size=3, max_size=3))
def test_ciphertexts_have_a_fixed_width_whatever_is_in_them(keys, numbers):
    vector = EncryptedVector.encrypt(numbers, keys.public, limit=8)
    smallest = replace(vector, ciphertexts=(1, 1, 1), fresh=True)
    sizes = {len(encode(each, known(keys.public))) for each in (vector, smallest)}
    assert sizes == {len(encode(EncryptedVector.encrypt([0, 0, 0], keys.public, limit=8), known(keys.public)))}


def test_shares_masked_vectors_and_keys_have_a_fixed_width_whatever_is_in_them(keys, other_keys):
    def sizes(values):
        return {len(encode(value, KeyRing())) for value in values}

    assert len(sizes([Share(1, 0), Share(1, MERSENNE_521 - 1), Share(65535, 5)])) == 1
    assert len(sizes([MaskedVector(to_ring([0])), MaskedVector(to_ring([-1]))])) == 1
    assert len(sizes([keys.public, other_keys.public])) == 1


@pytest.mark.parametrize("kind", [name for name, _ in KINDS])
def test_elements_arrive_as_they_were_sent_in_a_width_that_their_bytes_do_not_change(kind):
    some, others = Elements(kind, 32, bytes(96)), Elements(kind, 32, bytes(range(96)))
    assert round_trip(others) == others and round_trip(Elements(kind, 256, b"")) == Elements(kind, 256, b"")
    assert len(encode(some, KeyRing())) == len(encode(others, KeyRing()))


def test_a_public_key_joins_the_rings_of_sender_and_receiver_and_only_then_its_vectors_can_be_read(keys):
    sender, receiver = KeyRing(), KeyRing()
    vector = EncryptedVector.encrypt([1.0], keys.public, limit=8)
    with pytest.raises(ProtocolError, match="never got this key"):
        decode(encode(vector, sender), receiver)
    assert not receiver.known
    decode(encode(keys.public, sender), receiver)
    assert sender.known == receiver.known == {keys.public.fingerprint: keys.public}
    assert decode(encode(vector, sender), receiver) == vector


# --- what must not travel


def never_to_travel(keys):
    return {
        "private key": keys.private,
        "key pair": keys,
        "agreement key pair": generate_agreement_key(),
        "secrets of a round": RoundSecrets.draw(),
        "blinding key": generate_blinding_key(),
        "signing key": generate_signing_key(2048),
    }


@pytest.mark.parametrize(
    "name", ["private key", "key pair", "agreement key pair", "secrets of a round", "blinding key", "signing key"]
)
def test_a_private_key_never_becomes_bytes_however_deep_it_hides(keys, name):
    secret = never_to_travel(keys)[name]
    for value in (secret, [secret], {"a": [1, (secret,)]}):
        with pytest.raises(ProtocolError, match="private key never travels"):
            encode(value, KeyRing())


def test_a_private_key_inside_an_array_or_an_object_has_no_form_on_the_wire(keys):
    boxed = np.array([keys.private], dtype=object)
    what_opens_blinded_ids = AskedIds(Elements("number", 256, b""), ())
    for value in (boxed, {1: 2}.items(), lambda: keys, what_opens_blinded_ids):
        with pytest.raises(WireError, match="no form on the wire"):
            encode(value, KeyRing())


def test_a_computed_ciphertext_is_refused_until_it_is_re_randomised(keys):
    one = EncryptedVector.encrypt([1.0], keys.public, limit=8)
    for computed in (one + one, one * 2, round_trip(one, known(keys.public))):
        with pytest.raises(ProtocolError, match="without being re-randomised"):
            encode({"sum": [computed]}, known(keys.public))
        assert encode(computed.re_randomised(), known(keys.public))


@pytest.mark.parametrize(
    "value",
    [
        object(), {1, 2}, 1j, datetime.date(2020, 1, 1), print, np.datetime64("2020-01-01"), np.longdouble(1.5),
        np.array(["text"]), np.array([1j]), np.array([0.5], dtype=np.float16), np.array([(1, 2)], dtype="i4,i4"),
        {1: "number as key"}, {b"bytes": 1}, {None: 1}, "\ud800", slice(3), ..., iter([1]),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_has_no_form_on_the_wire_is_refused(value):
    for wrapped in (value, [value], {"part": value}):
        with pytest.raises(WireError):
            encode(wrapped, KeyRing())


def test_a_list_that_holds_itself_is_refused():
    endless = []
    endless.append(endless)
    with pytest.raises(WireError, match="nests deeper"):
        encode(endless, KeyRing())


def test_the_deepest_payload_that_can_be_sent_can_be_read_and_one_deeper_cannot_be_sent():
    nested = 5
    for _ in range(MAX_DEPTH):
        nested = [nested]
    assert round_trip(nested) == nested
    with pytest.raises(WireError, match="nests deeper"):
        encode([nested], KeyRing())


def test_a_message_beyond_the_limit_is_refused_at_both_ends(monkeypatch):
    body = encode(bytes(100), KeyRing())
    monkeypatch.setattr(codec, "MAX_BODY", 50)
    with pytest.raises(WireError, match="longer than 50"):
        encode(bytes(100), KeyRing())
    with pytest.raises(WireError, match="longer than 50"):
        decode(body, KeyRing())


# --- hostile bytes


@fuzz
@given(st.binary(max_size=200))
def test_random_bytes_are_a_message_or_a_wire_error(body):
    may_be_refused(body, KeyRing())


@fuzz
@given(code=st.integers(0, 127), data=st.binary(max_size=120))
def test_random_bytes_in_any_extension_type_are_a_value_or_a_wire_error(keys, code, data):
    may_be_refused(msgpack.packb(msgpack.ExtType(code, data)), known(keys.public))


@fuzz
@given(data=st.data())
def test_a_mutated_message_is_a_message_or_a_wire_error(keys, data):
    _, body = everything(keys)
    changed = bytearray(body)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(changed) - 1))
        how = data.draw(st.sampled_from(["set", "insert", "delete", "claim"]))
        if how == "set":
            changed[place] = data.draw(st.integers(0, 255))
        elif how == "insert":
            changed[place:place] = data.draw(st.binary(min_size=1, max_size=8))
        elif how == "delete" and len(changed) > 9:
            del changed[place : place + data.draw(st.integers(1, 8))]
        else:
            changed[place : place + 5] = data.draw(st.sampled_from(list(HEAD_LENGTHS.values()))) + b"\xff" * 4
    may_be_refused(bytes(changed), KeyRing())


def test_every_truncation_of_a_message_is_a_wire_error(keys):
    _, body = everything(keys)
    for length in range(len(body)):
        with pytest.raises(WireError):
            decode(body[:length], KeyRing())


@pytest.mark.parametrize("extra", [b"\x00", b"\xc0", b"\xdd\xff\xff\xff\xff", bytes(1000)])
def test_bytes_after_the_end_of_a_message_are_refused(extra):
    with pytest.raises(WireError, match="ends after"):
        decode(encode([1, 2], KeyRing()) + extra, KeyRing())


def hostile_claims():
    for name, head in HEAD_LENGTHS.items():
        for claim in (2**32 - 1, 2**31, 2**24):
            yield pytest.param(head + struct.pack(">I", claim), id=f"{name} of {claim}")
            yield pytest.param(head + struct.pack(">I", claim) + bytes(1000), id=f"{name} of {claim}, 1000 there")
    for depth in (10, MAX_DEPTH, MAX_DEPTH + 1, 5000):
        yield pytest.param(b"\xdd\xff\xff\xff\xff" * depth, id=f"{depth} arrays in each other, each of 2^32−1")
        yield pytest.param(b"\xdf\xff\xff\xff\xff\xa1x" * depth, id=f"{depth} maps in each other, each of 2^32−1")
    yield pytest.param(b"\x91" * 100_000 + b"\xc0", id="100,000 arrays in each other")
    yield pytest.param((b"\x81\xa1x") * 100_000 + b"\xc0", id="100,000 maps in each other")
    yield pytest.param(b"\x81" * 100_000, id="maps as keys of maps")


@pytest.mark.parametrize("body", list(hostile_claims()))
def test_a_claimed_length_costs_neither_memory_nor_time(body):
    def refused():
        with pytest.raises(WireError):
            decode(body, KeyRing())

    tracemalloc.start()
    try:
        assert least_seconds(refused) < 2
        assert tracemalloc.get_traced_memory()[1] < 2**20 + 20 * len(body)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("body", [b"\x95\x01\x02", b"\x91\x95\x01\x02", b"\xdd\x00\x00\x00\x05\x01\x02"])
def test_a_claimed_length_is_held_against_what_is_there_before_anything_is_read(body):
    with pytest.raises(WireError, match="claims 5 elements, and 2 bytes are left"):
        decode(body, KeyRing())


@pytest.mark.parametrize("value", [b"\x90", b"\x80", b"\xc0", b"\x01"], ids=["lists", "dicts", "nothings", "numbers"])
def test_small_bytes_cannot_become_gigabytes_of_objects(monkeypatch, value):
    monkeypatch.setattr(codec, "MAX_VALUES", 1000)
    for body in (
        b"\xdd" + struct.pack(">I", 1001) + value * 1001,
        b"\x92" + (b"\xdc" + struct.pack(">H", 500) + value * 500) * 2,
    ):
        with pytest.raises(WireError, match="more than 1,000 values"):
            decode(body, KeyRing())
    assert len(decode(b"\xdc" + struct.pack(">H", 1000) + value * 1000, KeyRing())) == 1000


def test_the_limit_on_values_keeps_the_largest_message_below_half_a_gigabyte():
    heaviest = 64 + 16  # an empty dict, and its place in a list that grows
    assert codec.MAX_VALUES * heaviest < 2**29


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\x82\xa1x\x01\xa1x\x02", id="a key twice"),
        pytest.param(b"\x81\x01\x02", id="a number as key"),
        pytest.param(b"\x81\xc4\x01x\x02", id="bytes as key"),
        pytest.param(b"\x81\x91\x01\x02", id="a list as key"),
        pytest.param(b"\xd6\xff\x00\x00\x00\x01", id="a 32-bit time stamp"),
        pytest.param(b"\xd7\xff" + bytes(8), id="a 64-bit time stamp"),
        pytest.param(b"\xc7\x0c\xff" + bytes(12), id="a 96-bit time stamp"),
        pytest.param(b"\xc7\x03\xff" + bytes(3), id="a time stamp of 3 bytes"),
        pytest.param(b"\x91\xd6\xff\x00\x00\x00\x01", id="a time stamp in a list"),
        pytest.param(b"\xd4\x63\x00", id="an unknown extension"),
        pytest.param(b"\xc1", id="the byte that is never used"),
        pytest.param(b"\xa2\xff\xfe", id="text that is not UTF-8"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_no_protocol_sends_is_refused(body):
    with pytest.raises(WireError):
        decode(body, KeyRing())


def test_a_long_hostile_key_is_not_repeated_in_the_error():
    with pytest.raises(WireError) as caught:
        decode(b"\x81\xc6" + struct.pack(">I", 10**6) + bytes(10**6) + b"\x01", KeyRing())
    assert len(str(caught.value)) < 1000


def extension(code, data):
    return msgpack.packb(msgpack.ExtType(code, data))


def array_of(kind, shape, data):
    return extension(ARRAY_EXT, struct.pack(f"<BB{len(shape)}Q", kind, len(shape), *shape) + data)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(extension(ARRAY_EXT, b""), id="no head"),
        pytest.param(array_of(99, (1,), bytes(8)), id="unknown type"),
        pytest.param(extension(ARRAY_EXT, struct.pack("<BB", 10, 200)), id="200 dimensions"),
        pytest.param(array_of(10, (2,), bytes(8)), id="too few bytes"),
        pytest.param(array_of(10, (1,), bytes(16)), id="too many bytes"),
        pytest.param(array_of(10, (2**63, 2), b""), id="a shape that wraps around to nothing"),
        pytest.param(array_of(10, (2**64 - 1, 2**64 - 1, 0), b""), id="an empty array of endless sides"),
        pytest.param(array_of(10, (0, *[2**27] * 7), b""), id="an empty array of seven long sides"),
        pytest.param(array_of(0, (2,), b"\x01\x02"), id="a truth value of 2"),
    ],
)
def test_an_array_that_lies_about_itself_is_refused(body):
    with pytest.raises(WireError):
        decode(body, KeyRing())


def test_checking_a_long_array_of_truth_values_is_fast():
    body = encode(np.ones(20_000_000, dtype=bool), KeyRing())
    assert decode(body, KeyRing()).all()
    assert least_seconds(lambda: decode(body, KeyRing())) < 1


def vector_of(keys, **changes):
    parts = {"fingerprint": bytes.fromhex(keys.public.fingerprint), "scale": 24, "bound": b"\x10", "body": b""}
    parts |= {"slots": b"\x00", **changes}
    width = changes.get("width", len(parts["bound"]))
    head = parts["fingerprint"] + struct.pack("<HH", parts["scale"], width) + parts["slots"]
    return extension(VECTOR_EXT, head + parts["bound"] + parts["body"])


def in_slots(slot_bytes, length):
    return struct.pack("<BI", slot_bytes, length)


def test_an_encrypted_vector_that_breaks_its_own_rules_is_refused(keys):
    ring, width = known(keys.public), 2 * keys.public.key_bits // 8
    assert len(decode(vector_of(keys, body=(5).to_bytes(width, "big")), ring)) == 1  # the control
    hostile = {
        "half a ciphertext": vector_of(keys, body=bytes(width // 2)),
        "zero, which is no unit": vector_of(keys, body=bytes(width)),
        "beyond n squared": vector_of(keys, body=b"\xff" * width),
        "a factor of n": vector_of(keys, body=keys.private.p.to_bytes(width, "big")),
        "an odd scale": vector_of(keys, scale=23),
        "an endless scale": vector_of(keys, scale=65532),
        "a negative bound": vector_of(keys, bound=b"\xff"),
        "a bound beyond n": vector_of(keys, bound=b"\x01" + bytes(40)),
        "a bound that is not there": vector_of(keys, width=5000),
        "a head of seven bytes": extension(VECTOR_EXT, bytes.fromhex(keys.public.fingerprint) + bytes(3)),
    }
    for name, body in hostile.items():
        with pytest.raises(WireError):
            decode(body, ring)
            pytest.fail(name)


def test_a_packed_vector_that_breaks_its_own_rules_is_refused(keys):
    ring, unit = known(keys.public), (5).to_bytes(2 * keys.public.key_bits // 8, "big")
    arrived = decode(vector_of(keys, slots=in_slots(6, 5), body=unit), ring)  # the control: 5 slots of 48 bits in 255
    assert (len(arrived), arrived.packing.slot_bits, len(arrived.ciphertexts)) == (5, 48, 1)
    hostile = {
        "no number in a ciphertext": vector_of(keys, slots=in_slots(6, 0), body=unit),
        "six numbers in five slots": vector_of(keys, slots=in_slots(6, 6), body=unit),
        "five numbers in ten slots": vector_of(keys, slots=in_slots(6, 5), body=unit * 2),
        "four thousand million numbers": vector_of(keys, slots=in_slots(6, 2**32 - 1), body=unit),
        "slots of one byte": vector_of(keys, slots=in_slots(1, 1), body=unit),
        "slots as wide as the key": vector_of(keys, slots=in_slots(32, 1), body=unit),
        "a bound beyond its slot": vector_of(keys, slots=in_slots(6, 5), bound=b"\x00\x80" + bytes(5), body=unit),
        "a bound that the slot cannot hold by one": vector_of(
            keys, slots=in_slots(6, 5), bound=(2**47).to_bytes(7, "big"), body=unit
        ),
        "a head without its length": extension(VECTOR_EXT, bytes.fromhex(keys.public.fingerprint) + b"\x18\0\0\0\x06"),
    }
    for name, body in hostile.items():
        with pytest.raises(WireError):
            decode(body, ring)
            pytest.fail(name)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(st.floats(-1000, 1000), max_size=12), slot_bits=st.sampled_from([40, 48, 64, 80]))
def test_a_packed_vector_arrives_as_it_was_sent_in_a_width_that_its_numbers_do_not_change(keys, numbers, slot_bits):
    def sent(values):
        return EncryptedVector.encrypt(values, keys.public, slot_bits=slot_bits, summands=3)

    vector, zeros, ring = sent(numbers), sent([0.0] * len(numbers)), known(keys.public)
    arrived = decode(encode(vector, ring), ring)
    assert arrived == vector and arrived.decrypt(keys.private) == vector.decrypt(keys.private)
    assert len(encode(vector, ring)) == len(encode(zeros, ring))


@pytest.mark.parametrize("bits", [8, 64, 128, 255, 300])
def test_a_number_of_no_key_size_is_no_public_key(bits):
    with pytest.raises(WireError):
        decode(extension(KEY_EXT, foreign((1 << (bits - 1)) + 1, (bits + 7) // 8)), KeyRing())


def foreign(n, width=32):
    """The bytes of a key without h_s."""
    return n.to_bytes(width, "big") + bytes(2 * width)


def test_a_key_that_is_prime_even_or_padded_is_refused(keys):
    n = keys.public.n
    assert decode(extension(KEY_EXT, foreign(n)), KeyRing()) == keys.public  # the control
    for data in (foreign(2**255 + 95), foreign(n - 1), b"\x00" + foreign(n), foreign(n)[:32], foreign(n)[:-1], b""):
        with pytest.raises(WireError):
            decode(extension(KEY_EXT, data), KeyRing())


def test_a_key_arrives_with_its_h_s_and_a_second_h_s_for_it_is_refused(keys):
    ring = KeyRing()
    assert decode(extension(KEY_EXT, foreign(keys.public.n)), ring).h_s is None
    assert decode(encode(keys.public, KeyRing()), ring).h_s == keys.public.h_s
    assert ring.find(keys.public.fingerprint).h_s == keys.public.h_s
    another = PublicKey(keys.public.n, pow(keys.public.h_s, 3, keys.public.n**2))
    with pytest.raises(ProtocolError, match="two different h_s"):
        decode(encode(another, KeyRing()), ring)


def test_an_h_s_that_would_hide_nothing_is_refused(keys):
    n = keys.public.n
    for h_s in (1, n - 1, n + 1, 1 + 5 * n, n * n - 1, n, keys.private.p, n * n + 4):
        with pytest.raises(WireError):
            decode(extension(KEY_EXT, n.to_bytes(32, "big") + h_s.to_bytes(64, "big")), KeyRing())
            pytest.fail(str(h_s))


def test_a_key_ring_has_an_end(keys, monkeypatch):
    monkeypatch.setattr(codec, "MAX_KEYS", 1)
    ring = known(keys.public)
    assert decode(extension(KEY_EXT, keys.public.to_bytes()), ring) == keys.public
    n = keys.public.n
    with pytest.raises(WireError, match="knows 1 public keys already"):
        decode(extension(KEY_EXT, foreign(n + 2)), ring)


def test_a_key_that_is_known_is_not_checked_again(keys):
    body = encode([keys.public] * 2000, KeyRing())
    assert least_seconds(lambda: decode(body, KeyRing())) < 1


def test_a_second_key_with_the_fingerprint_of_a_known_one_is_refused(keys, other_keys):
    ring = known(keys.public)
    twin = PublicKey(other_keys.public.n)
    vars(twin)["fingerprint"] = keys.public.fingerprint  # 2^32 tries would find one
    with pytest.raises(ProtocolError, match="Two different keys"):
        ring.add(twin)
    assert ring.find(keys.public.fingerprint) == keys.public


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(extension(BOX_EXT, b""), id="a box of nothing"),
        pytest.param(extension(BOX_EXT, b"\xff\xff" + b"name"), id="a box shorter than its name"),
        pytest.param(extension(BOX_EXT, b"\x02\x00\xff\xfe" + bytes(28)), id="a box for no text"),
        pytest.param(extension(MASKED_EXT, bytes(7)), id="seven bytes of a masked vector"),
        pytest.param(extension(SHARE_EXT, bytes(68)), id="a share with index 0"),
        pytest.param(extension(SHARE_EXT, b"\x01\x00" + b"\xff" * 66), id="a share beyond its field"),
        pytest.param(extension(SHARE_EXT, bytes(67)), id="a share of the wrong length"),
        pytest.param(extension(ELEMENTS_EXT, b""), id="elements of nothing"),
        pytest.param(extension(ELEMENTS_EXT, b"\0\x20"), id="half a head of elements"),
        pytest.param(extension(ELEMENTS_EXT, b"\x05\x20\0" + bytes(32)), id="elements of an unknown kind"),
        pytest.param(extension(ELEMENTS_EXT, b"\0\0\0" + bytes(32)), id="elements without a width"),
        pytest.param(extension(ELEMENTS_EXT, b"\0\x20\0" + bytes(33)), id="a point and a byte"),
    ],
)
def test_elements_boxes_shares_and_masked_vectors_that_break_their_rules_are_refused(body):
    with pytest.raises(WireError):
        decode(body, KeyRing())

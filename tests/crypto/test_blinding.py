"""Hashing to Curve25519 and blinding: published vectors, and what an honest party never sends."""

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given, settings, strategies as st

from fedlearn_edu.crypto.blinding import (
    PRIME,
    SMALL_ORDER,
    BlindingKey,
    blinding,
    blinding_again,
    check_point,
    complete,
    generate_blinding_key,
    hash_to_curve,
    on_curve,
)
from fedlearn_edu.crypto.elements import Elements
from fedlearn_edu.crypto.identifiers import id_bytes
from fedlearn_edu.errors import ArgumentError, PointRefused

from ..oracles import looks_uniform

BASE = (9).to_bytes(32, "little")  # the u-coordinate of G


def point_of(u):
    return int(u).to_bytes(32, "little")


def number_of(point):
    return int.from_bytes(point, "little")


def multiplied(secret, *points):
    return list(complete(blinding_again(Elements.of("point", list(points)), BlindingKey(secret))))


def plain_x25519(secret, point):
    """What X25519 alone says, which asks no questions."""
    return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(point))


# ----------------------------------------------------------------------------------------------- RFC 7748


def test_the_first_vector_of_rfc_7748_comes_out_and_the_second_is_no_honest_point():
    """Section 5.2: the u of the second has its top bit set and lies on the twist, so X25519 takes it, and we do not."""
    scalar = bytes.fromhex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4")
    point = bytes.fromhex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")
    assert multiplied(scalar, point)[0].hex() == "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
    scalar = bytes.fromhex("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d")
    point = bytes.fromhex("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493")
    assert plain_x25519(scalar, point).hex() == "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
    for sent, why in ((point, "below p"), (point_of(number_of(point) % 2**255), "twist")):
        with pytest.raises(PointRefused, match=why):
            multiplied(scalar, sent)


def test_a_thousand_rounds_of_the_iterated_vector_come_out():
    """Section 5.2: k, u = k·u, k; every point on the way is a multiple of G."""
    k = u = BASE
    results = {}
    for count in range(1, 1001):
        k, u = multiplied(k, u)[0], k
        results[count] = k.hex()
    assert results[1] == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"
    assert results[1000] == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"


def test_the_key_agreement_of_rfc_7748_gives_the_same_in_either_order():
    """Section 6.1."""
    alice = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
    bob = bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
    shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
    a, b = multiplied(alice, BASE), multiplied(bob, BASE)
    assert a[0].hex() == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    assert multiplied(alice, *b)[0].hex() == multiplied(bob, *a)[0].hex() == shared


# ----------------------------------------------------------------------------------------------- hashing


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40))
def test_every_identifier_hashes_to_a_point_that_an_honest_party_may_send(identifier):
    point = hash_to_curve(identifier)
    check_point(point)
    assert point == hash_to_curve(identifier) and number_of(point) < PRIME


def test_hashed_points_look_uniform_and_so_do_blinded_ones():
    ids = [b"text:%d" % number for number in range(26_000)]
    hashed = [hash_to_curve(one) for one in ids]
    blinded = complete(blinding(ids, generate_blinding_key()))
    for points in (hashed, list(blinded)):
        assert len(set(points)) == len(ids)
        assert looks_uniform(b"".join(point[:31] for point in points))  # the last byte has seven bits


def test_any_32_bytes_instead_of_a_hash_to_the_curve_would_leave_one_bit_of_each_id_readable():
    key = generate_blinding_key()
    raw = [sha256(b"%d" % number).digest()[:31] + b"\1" for number in range(200)]
    sides = [on_curve(number_of(one)) for one in raw]
    assert 60 < sum(sides) < 140
    assert [on_curve(number_of(plain_x25519(key.secret, one))) for one in raw] == sides
    honest = complete(blinding([b"%d" % number for number in range(200)], key))
    assert all(on_curve(number_of(one)) for one in honest)


def test_the_number_of_tries_is_that_of_a_coin():
    """The Legendre symbol: half of all numbers are on the curve. A wrong test would show here."""
    count = sum(on_curve(number) for number in range(2, 20_002))
    assert abs(count - 10_000) < 500  # seven deviations of a fair coin


# ----------------------------------------------------------------------------------------------- blinding


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=8).filter(lambda text: text.isprintable()), unique=True, max_size=5))
def test_two_blindings_give_the_same_in_either_order_and_keep_the_order_of_the_ids(ids):
    one, other, written = generate_blinding_key(), generate_blinding_key(), id_bytes(ids)
    there = complete(blinding_again(complete(blinding(written, one)), other))
    back = complete(blinding_again(complete(blinding(written[::-1], other)), one))
    assert list(there) == list(back)[::-1]
    assert len({*there}) == len({*written})


def test_another_key_gives_other_points_and_no_key_shows_itself():
    ids = id_bytes(["ann"])
    one, other = generate_blinding_key(), generate_blinding_key()
    assert one != other and complete(blinding(ids, one)) != complete(blinding(ids, other))
    assert repr(one) == "BlindingKey()"
    for wrong in (b"short", "x" * 32, bytes(33)):
        with pytest.raises(ArgumentError, match="32 bytes"):
            BlindingKey(wrong)


def test_long_blinding_tells_its_progress_and_can_stop_between_pieces():
    work = blinding([b"%d" % number for number in range(20_000)], generate_blinding_key())
    done, total = next(work)
    assert 0 < done < total == 20_000
    work.close()


# ----------------------------------------------------------------------------------------------- refusals


def hostile_points():
    honest = hash_to_curve(b"text:ann")
    yield "a byte too few", honest[:31], "31 bytes"
    yield "a byte too many", honest + b"\0", "33 bytes"
    yield "nothing", b"", "0 bytes"
    yield "the twist", point_of(2), "twist"
    yield "minus one, of order 4 on the twist", point_of(PRIME - 1), "twist"
    for number in SMALL_ORDER:
        yield f"small order, {number % 1000}", point_of(number), "small order"
    for number in (0, 1, 9, 18):
        yield f"p + {number}", point_of(PRIME + number), "below p"
    yield "its top bit set", honest[:31] + bytes([honest[31] | 128]), "below p"


@pytest.mark.parametrize(("point", "why"), [pytest.param(p, why, id=name) for name, p, why in hostile_points()])
def test_a_point_that_no_honest_party_sends_is_refused(point, why):
    with pytest.raises(PointRefused, match=why) as caught:
        check_point(point)
    assert caught.value.remedy


def test_one_bad_point_among_good_ones_is_refused_before_anything_is_sent_back():
    good = [hash_to_curve(b"%d" % number) for number in range(3)]
    for bad in (point_of(2), point_of(1), point_of(PRIME + 9)):
        with pytest.raises(PointRefused):
            complete(blinding_again(Elements.of("point", [*good, bad]), generate_blinding_key()))


def test_small_order_on_the_curve_is_what_the_list_says_and_x25519_gives_zero_for_it():
    """8·P = 0 for exactly these: u = 0, then u = ±1 with 4·P = 0, then the roots of a doubling that reaches u = 1."""
    p = int(PRIME)
    doubled_to_one = {
        u for u in SMALL_ORDER[2:] if (u * u - 1) ** 2 % p == 4 * u * (u * u + 486662 * u + 1) % p
    }  # u(2P) = (u² − 1)² / (4u(u² + Au + 1)) = 1
    assert doubled_to_one == set(SMALL_ORDER[2:]) and len(doubled_to_one) == 2
    for number in SMALL_ORDER:
        with pytest.raises(ValueError, match="shared key"):
            plain_x25519(generate_blinding_key().secret, point_of(number))


@pytest.mark.parametrize("kind", ["tag", "hash", "number"])
def test_elements_of_another_kind_are_no_points(kind):
    with pytest.raises(PointRefused):
        complete(blinding_again(Elements.of(kind, [hash_to_curve(b"ann")]), generate_blinding_key()))


@pytest.mark.parametrize("came", [None, 7, [bytes(32)], bytes(32), {"kind": "point"}])
def test_what_is_no_list_of_elements_is_refused_as_points(came):
    with pytest.raises(PointRefused, match=type(came).__name__):
        complete(blinding_again(came, generate_blinding_key()))


def test_points_of_another_width_are_refused():
    with pytest.raises(PointRefused):
        complete(blinding_again(Elements("point", 16, bytes(32)), generate_blinding_key()))


def test_no_points_blind_to_no_points():
    key = generate_blinding_key()
    nothing = complete(blinding([], key))
    assert len(nothing) == 0 and complete(blinding_again(nothing, key)) == nothing

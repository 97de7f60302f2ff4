"""Exact arithmetic under encryption, and one test for every trap: each fails when its trap is opened again."""

import pickle
import warnings

import gmpy2
import numpy as np
import phe
import pytest
from hypothesis import given, settings, strategies as st

from fedlearn_edu.crypto import chunks, paillier
from fedlearn_edu.crypto.chunks import complete
from fedlearn_edu.crypto.fixed_point import decode, encode
from fedlearn_edu.crypto.paillier import (
    EncryptedVector,
    InsecureKeyWarning,
    KeyPair,
    PrivateKey,
    PublicKey,
    adding,
    adding_raw_mask,
    decrypting,
    draw_raw_mask,
    encrypting,
    encrypting_integers,
    generate_keys,
    multiplying,
    multiplying_matrix,
    re_randomising,
    remove_raw_mask,
)
from fedlearn_edu.crypto.paillier_keys import TABLE_PAYS_AFTER
from fedlearn_edu.crypto.powers import powers
from fedlearn_edu.errors import ArgumentError, CryptoError, KeyMismatch, RangeError, ScaleMismatch

exactly = settings(deadline=None, max_examples=40)


def vector_of(integers, keys, scale_bits=0, bound=2**60):
    return EncryptedVector.encrypt_integers(integers, keys.public, scale_bits, bound)


# ----------------------------------------------------------------------------------------------- keys


def test_the_default_key_is_a_real_one_and_gives_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        keys = generate_keys()
    assert keys.public.key_bits == 2048
    assert keys.public.name == f"Paillier key {keys.public.fingerprint}, 2048 bits"


@pytest.mark.parametrize("bits", [256, 512])
def test_a_toy_key_says_so_when_made_and_in_its_name(bits):
    with pytest.warns(InsecureKeyWarning, match=f"{bits} bits is classroom only, insecure"):
        keys = generate_keys(bits)
    assert keys.public.key_bits == bits and keys.public.name.endswith("classroom only, insecure")
    vector = EncryptedVector.encrypt([1.0], keys.public)
    assert vector.protection == keys.public.name and "classroom only, insecure" in repr(vector)


@pytest.mark.parametrize("bits", [0, 128, 2047, 2049, 8192, "2048", 2048.0, None, True])
def test_other_key_sizes_are_refused(bits):
    with pytest.raises(ArgumentError, match="2048"):
        generate_keys(bits)


def test_a_public_key_travels_in_fixed_width_with_its_h_s_or_zeros(keys, small_keys):
    for pair, width in [(keys, 192), (small_keys, 96)]:
        foreign = PublicKey(pair.public.n)
        for key in (pair.public, foreign):
            again = PublicKey.from_bytes(key.to_bytes())
            assert len(key.to_bytes()) == width and again == key and again.h_s == key.h_s
        assert foreign.to_bytes()[width // 3 :] == bytes(2 * width // 3)


def test_a_received_key_that_cannot_be_one_is_refused(keys):
    prime = int(gmpy2.next_prime(2**511))
    square = int(gmpy2.next_prime(2**255 + 2**254)) ** 2
    three = next(n for n in range(2**511 + 1, 2**511 + 10, 2) if n % 3 == 0)
    for n in [2**511, 2**511 + 2, prime, square, three, keys.public.n >> 8, 0, 1, -keys.public.n]:
        with pytest.raises(CryptoError):
            PublicKey(n)
        if n >= 0:
            with pytest.raises(CryptoError):
                PublicKey.from_bytes(n.to_bytes(64, "big") + bytes(128))
    whole = keys.public.to_bytes()
    for data in (b"", b"\0" + whole, whole[1:], whole[:64], whole + bytes(3)):
        with pytest.raises(CryptoError):
            PublicKey.from_bytes(data)


def test_a_fingerprint_tells_keys_apart(keys, other_keys):
    assert len(keys.public.fingerprint) == 8 and int(keys.public.fingerprint, 16) >= 0
    assert keys.public.fingerprint != other_keys.public.fingerprint
    assert PublicKey(keys.public.n).fingerprint == keys.public.fingerprint


def test_a_private_key_never_shows_its_primes(keys):
    for shown in (repr(keys), str(keys), repr(keys.private), str(keys.private), f"{keys.private}"):
        assert "hidden" in shown
        for secret in (keys.private.p, keys.private.q):
            assert str(secret) not in shown and f"{secret:x}" not in shown


def test_a_private_key_survives_its_bytes_and_fits_its_public_key_only(keys, other_keys):
    data = keys.private.to_bytes()
    assert len(data) == 64 and PrivateKey.from_bytes(data, keys.public) == keys.private
    n = keys.public.n
    for wrong in [b"", data[:-1], bytes([data[0] ^ 1]) + data[1:], (1).to_bytes(64, "big") + n.to_bytes(64, "big")]:
        with pytest.raises(KeyMismatch):
            PrivateKey.from_bytes(wrong, keys.public)
    with pytest.raises(KeyMismatch):
        PrivateKey.from_bytes(data, other_keys.public)


def test_keys_and_vectors_can_be_hashed_and_pickled(keys):
    vector = vector_of([1], keys)
    for thing in (keys, keys.public, keys.private, vector):
        assert pickle.loads(pickle.dumps(thing)) == thing and hash(thing) == hash(pickle.loads(pickle.dumps(thing)))
    assert isinstance(pickle.loads(pickle.dumps(keys)), KeyPair)


# ----------------------------------------------------------------------------------------------- arithmetic


@exactly
@given(st.lists(st.floats(-(2**40), 2**40), max_size=4), st.sampled_from([0, 24, 40]))
def test_decryption_gives_back_the_encoded_integers_exactly(keys, values, scale_bits):
    vector = EncryptedVector.encrypt(values, keys.public, scale_bits)
    assert vector.decrypt(keys.private) == encode(values, scale_bits)
    assert vector.bound == 2**40 * 2**scale_bits and len(vector) == len(values) and vector.fresh


@exactly
@given(st.lists(st.tuples(*[st.integers(-(2**60), 2**60)] * 2), min_size=1, max_size=4), st.integers(-(2**40), 2**40))
def test_encrypted_arithmetic_equals_integer_arithmetic_exactly(keys, pairs, factor):
    first, second = ([pair[i] for pair in pairs] for i in range(2))
    result = vector_of(first, keys) * factor + vector_of(second, keys)
    assert result.decrypt(keys.private) == [a * factor + b for a, b in pairs]
    assert result.re_randomised().decrypt(keys.private) == result.decrypt(keys.private)
    assert result.bound == 2**60 * abs(factor) + 2**60


@pytest.mark.parametrize("factor", [0, 1, -1, 3, -3, np.int64(-3), np.uint8(3), np.int32(0)])
def test_every_kind_of_whole_number_multiplies_from_both_sides(keys, factor):
    vector = vector_of([5, -7, 0], keys, scale_bits=24)
    for scaled in (vector * factor, factor * vector):
        assert scaled.decrypt(keys.private) == [5 * int(factor), -7 * int(factor), 0]
        assert scaled.scale_bits == 24 and scaled.bound == vector.bound * abs(int(factor)) and type(scaled.bound) is int


@pytest.mark.parametrize("factor", [True, np.True_, 0.5, 2.0, np.float32(2), 1j, "2", None, np.array([1, 2])])
def test_a_factor_that_is_no_whole_number_is_refused_with_the_reason(keys, factor):
    vector = vector_of([5], keys)
    for refused in (lambda: vector * factor, lambda: factor * vector):
        with pytest.raises(ArgumentError, match="encode once"):
            refused()


def test_two_encrypted_vectors_do_not_multiply(keys):
    with pytest.raises(ArgumentError, match="EncryptedVector"):
        vector_of([1], keys) * vector_of([1], keys)


@pytest.mark.parametrize("summand", [1, 1.0, [1], np.array([1]), None])
def test_a_plain_summand_is_refused(keys, summand):
    vector = vector_of([1], keys)
    for refused in (lambda: vector + summand, lambda: summand + vector):
        with pytest.raises(ArgumentError, match="Encrypt it first"):
            refused()


def test_vectors_under_different_keys_do_not_add(keys, other_keys, small_keys):
    for other in (other_keys, small_keys):
        with pytest.raises(KeyMismatch, match=other.public.fingerprint):
            vector_of([1], keys) + vector_of([1], other)


def test_vectors_of_different_length_do_not_add(keys):
    with pytest.raises(ArgumentError, match="2 numbers, the other 1"):
        vector_of([1, 2], keys) + vector_of([1], keys)


def test_the_wrong_private_key_is_refused_at_once(keys, other_keys):
    vector = vector_of([1], keys)
    for refused in (vector.decrypt, vector.decrypt_raw, lambda key: decrypting(vector, key)):
        with pytest.raises(KeyMismatch, match=other_keys.public.fingerprint):
            refused(other_keys.private)


# ----------------------------------------------------------------------------------------------- trap: determinism


def test_two_encryptions_of_one_value_differ(keys):
    vector = vector_of([5] * 20, keys)
    assert len({*vector.ciphertexts, *vector_of([5] * 20, keys).ciphertexts}) == 40


def test_under_a_foreign_key_the_randomness_is_a_unit_drawn_from_all_of_z_n(keys, monkeypatch):
    n, n_squared = keys.public.n, keys.public.n_squared
    draws, asked = iter([0, keys.private.p, 5]), []  # 0 and p are no units, and must be drawn again
    monkeypatch.setattr(paillier.secrets, "randbelow", lambda below: asked.append(below) or next(draws))
    vector = EncryptedVector.encrypt_integers([7], PublicKey(n), 0, 10)
    assert vector.ciphertexts == (pow(1 + n, 7, n_squared) * pow(5, n, n_squared) % n_squared,)
    assert asked == [n, n, n]


def guess_confirmed(known, seen, guess, modulus):
    return pow(known, guess, modulus) == seen % modulus


def test_only_a_fresh_encryption_or_a_re_randomised_vector_calls_itself_fresh(keys):
    vector = vector_of([5], keys)
    assert vector.fresh and vector.re_randomised().fresh and vector.add_raw_mask([3]).fresh
    computed = [
        vector + vector,
        vector * 3,
        3 * vector,
        vector * 1,
        vector.times_encoded(3, 24),
        vector.times_matrix([[3]], 0, 3),
        EncryptedVector.from_bytes(vector.to_bytes(), keys.public, 0, 2**60),
        EncryptedVector.from_phe(vector.to_phe(), 0, 2**60),
    ]
    assert not any(result.fresh for result in computed)
    assert all(result.re_randomised().fresh for result in computed)


def test_a_guessed_factor_is_not_confirmed_after_re_randomising(keys):
    known = vector_of([5, 6, 7], keys)
    seen = (known * 42).re_randomised()
    for modulus in (keys.public.n_squared, keys.public.n):
        for before, after in zip(known.ciphertexts, seen.ciphertexts, strict=True):
            assert not guess_confirmed(before, after, 42, modulus)


def test_positive_control_without_re_randomising_the_guess_is_confirmed(keys):
    known = vector_of([5], keys)
    seen = known * 42
    confirmed = [
        g
        for g in range(100)
        if guess_confirmed(known.ciphertexts[0], seen.ciphertexts[0], g, known.public_key.n_squared)
    ]
    assert confirmed == [42]


def test_a_guessed_factor_is_not_confirmed_through_a_mask(keys):
    known = vector_of([5, 6], keys)
    seen = (known * 42).add_raw_mask(draw_raw_mask(keys.public, 2))
    for before, after in zip(known.ciphertexts, seen.ciphertexts, strict=True):
        assert not guess_confirmed(before, after, 42, keys.public.n)


def test_positive_control_a_mask_without_randomness_of_its_own_confirms_the_guess(keys):
    n, n_squared = keys.public.n, keys.public.n_squared
    known = vector_of([5], keys).ciphertexts[0]
    (mask,) = draw_raw_mask(keys.public, 1)
    seen = pow(known, 42, n_squared) * (1 + n * mask) % n_squared
    assert [g for g in range(100) if guess_confirmed(known, seen, g, n)] == [42]


def test_re_randomising_changes_every_ciphertext_and_nothing_else(keys):
    vector = vector_of([5, -6, 0], keys, scale_bits=24)
    again = vector.re_randomised()
    assert not set(vector.ciphertexts) & set(again.ciphertexts)
    assert again.decrypt(keys.private) == [5, -6, 0]
    assert (again.public_key, again.scale_bits, again.bound) == (vector.public_key, vector.scale_bits, vector.bound)


# ----------------------------------------------------------------------------------------------- trap: exponent, scale

MAGNITUDES = [0.0, 1e-6, -1e-6, 0.1, 1.0, 1000.0, -1e9]


@exactly
@given(st.lists(st.floats(-(2**40), 2**40), max_size=4), st.sampled_from([0, 4, 24, 40]))
def test_the_exponent_that_phe_shows_never_depends_on_the_value(keys, values, scale_bits):
    vector = EncryptedVector.encrypt(values, keys.public, scale_bits)
    assert all(number.exponent == -scale_bits // 4 for number in vector.to_phe())


def test_positive_control_phe_alone_shows_the_magnitude(keys):
    assert len({keys.public.phe.encrypt(value).exponent for value in MAGNITUDES}) > 3


def test_nothing_public_about_a_vector_depends_on_its_values(keys):
    public = set()
    for value in MAGNITUDES:
        vector = EncryptedVector.encrypt([value], keys.public)
        public.add((len(vector), vector.scale_bits, vector.bound, vector.fresh, len(vector.to_bytes()), repr(vector)))
    assert len(public) == 1


def test_unequal_scales_do_not_add_and_a_product_has_the_sum_of_the_scales(keys):
    at_40, at_64 = vector_of([1 << 40], keys, 40), vector_of([1 << 60], keys, 64)
    with pytest.raises(ScaleMismatch, match="40 scale bits, the other 64"):
        at_40 + at_64
    product = at_40.times_encoded(encode([-0.5], 24)[0], 24)
    assert product.scale_bits == 64 and product.bound == at_40.bound * 2**23
    assert decode((product + at_64).decrypt(keys.private), 64) == [-0.5 + 2.0**-4]


@pytest.mark.parametrize("scale_bits", [1, 22, 25, -4, 24.0])
def test_scales_under_paillier_are_multiples_of_four(keys, scale_bits):
    with pytest.raises(ArgumentError):
        EncryptedVector.encrypt([1.0], keys.public, scale_bits)
    with pytest.raises(ArgumentError):
        vector_of([1], keys).times_encoded(1, scale_bits)


# ----------------------------------------------------------------------------------------------- trap: overflow


@exactly
@given(st.sampled_from([1, -1]), st.integers(0, 2**70))
def test_an_integer_at_the_bound_is_accepted_and_one_past_it_is_refused(keys, sign, bound):
    assert vector_of([sign * bound], keys, bound=bound).decrypt(keys.private) == [sign * bound]
    with pytest.raises(RangeError, match="position 1 is"):
        vector_of([0, sign * (bound + 1)], keys, bound=bound)


def test_a_value_beyond_its_limit_is_refused_by_position_and_value(keys):
    with pytest.raises(RangeError, match=r"position 1 is 8\.5.*±8"):
        EncryptedVector.encrypt([0.0, 8.5], keys.public, limit=8)


def test_the_widest_bound_holds_and_the_next_is_refused_not_wrapped(keys):
    room = keys.public.n // 3
    assert vector_of([room - 1, 1 - room], keys, bound=room - 1).decrypt(keys.private) == [room - 1, 1 - room]
    with pytest.raises(RangeError, match="room below n/3"):
        vector_of([0], keys, bound=room)
    with pytest.raises(RangeError, match="room below n/3"):
        EncryptedVector.encrypt([0.0], keys.public, 0, limit=room)


def test_a_sum_that_could_overflow_is_refused_before_it_is_computed(keys, request):
    room = keys.public.n // 3
    half = vector_of([room // 2], keys, bound=room // 2)
    rest = vector_of([room - 1 - room // 2], keys, bound=room - 1 - room // 2)
    more = vector_of([0], keys, bound=room - room // 2)
    assert (half + rest).decrypt(keys.private) == [room - 1]
    request.getfixturevalue("nothing_is_computed")
    with pytest.raises(RangeError, match=r"sum may reach ±2\^5\d\d.*n/3"):
        half + more


def test_a_product_that_could_overflow_is_refused_before_it_is_computed(keys, request):
    largest = (keys.public.n // 3 - 1) // 2**100
    vector = vector_of([2**100, -(2**100)], keys, bound=2**100)
    assert (vector * -largest).decrypt(keys.private) == [-largest * 2**100, largest * 2**100]
    request.getfixturevalue("nothing_is_computed")
    for refused in (
        lambda: vector * (largest + 1),
        lambda: vector * -(largest + 1),
        lambda: vector.times_encoded(largest + 1, 4),
    ):
        with pytest.raises(RangeError, match="product may reach"):
            refused()


def test_the_bound_is_never_read_from_the_values(keys):
    assert vector_of([0], keys).bound == vector_of([2**60], keys).bound == 2**60
    assert (vector_of([1], keys) + vector_of([-1], keys)).bound == 2**61


def test_a_broken_promise_about_the_bound_is_noticed_at_decryption(keys):
    honest = vector_of([100, 7], keys, bound=100)
    lying = EncryptedVector.from_bytes(honest.to_bytes(), keys.public, 0, bound=99)
    with pytest.raises(RangeError, match="position 0 is 100, beyond its bound ±99"):
        lying.decrypt(keys.private)


@pytest.mark.parametrize("bound", [-1, "n", "n + 1"])
def test_a_bound_outside_the_plaintexts_is_refused(keys, bound):
    number = {"n": keys.public.n, "n + 1": keys.public.n + 1}.get(bound, bound)
    with pytest.raises(RangeError):
        EncryptedVector.from_bytes(b"", keys.public, 0, number)


# ----------------------------------------------------------------------------------------------- known summands


@exactly
@given(st.lists(st.tuples(*[st.integers(-(2**60), 2**60)] * 2), min_size=1, max_size=4))
def test_known_integers_are_added_exactly_and_leave_the_sum_to_be_re_randomised(keys, pairs):
    ours, theirs = zip(*pairs, strict=True)
    total = vector_of(ours, keys).plus_integers(theirs, 2**60)
    assert total.decrypt(keys.private) == [a + b for a, b in pairs]
    assert total.bound == 2**61 and not total.fresh


def test_known_integers_beyond_their_bound_or_the_room_or_of_another_length_are_refused(keys):
    vector = vector_of([1, 2], keys)
    for refused, match in (
        (lambda: vector.plus_integers([1, 11], 10), "position 1 is 11"),
        (lambda: vector.plus_integers([1, 1], keys.public.n // 3), "sum may reach"),
    ):
        with pytest.raises(RangeError, match=match):
            refused()
    with pytest.raises(ArgumentError, match="1 integers meet 2"):
        vector.plus_integers([1], 10)
    with pytest.raises(ArgumentError, match="integer is needed"):
        vector.plus_integers([1, 0.5], 10)


# ----------------------------------------------------------------------------------------------- trap: the key holder


def r_to_the_n_seen(monkeypatch):
    """Every power that is taken, as (bases, exponent)."""
    seen = []

    def watched(bases, exponent, modulus):
        seen.append((list(bases), exponent))
        return powers(bases, exponent, modulus)

    monkeypatch.setattr("fedlearn_edu.crypto.paillier_keys.powers", watched)
    return seen


@pytest.mark.parametrize(
    "work", [lambda v: v.re_randomised(for_key_holder=True), lambda v: v.add_raw_mask([1, 2])], ids=["plain", "masked"]
)
def test_what_goes_to_the_key_holder_gets_r_to_the_n_for_fresh_r_uniform_in_z_n(keys, monkeypatch, work):
    vector, seen = vector_of([3, -4], keys), r_to_the_n_seen(monkeypatch)
    assert work(vector).fresh
    assert {exponent for _, exponent in seen} == {keys.public.n}
    units = [base for bases, _ in seen for base in bases]
    assert len(set(units)) == 2 and max(units).bit_length() > keys.public.key_bits - 60


@pytest.mark.parametrize(
    "work", [lambda v: v.re_randomised(), lambda v: v.add_raw_mask([1, 2], for_key_holder=False)]
)  # fmt: skip
def test_otherwise_the_fast_randomness_serves(keys, monkeypatch, work):
    vector, seen = vector_of([3, -4], keys), r_to_the_n_seen(monkeypatch)
    assert work(vector).fresh and not seen


def test_re_randomised_for_the_key_holder_the_numbers_stay(keys):
    vector = vector_of([3, -4], keys)
    again = vector.re_randomised(for_key_holder=True)
    assert again.decrypt(keys.private) == [3, -4] and not set(again.ciphertexts) & set(vector.ciphertexts)


# ----------------------------------------------------------------------------------------------- trap: masks


def corners(n):
    return [0, 1, n // 3, n // 3 + 1, n // 2, n // 2 + 1, 2 * n // 3, n - 1]


@pytest.mark.parametrize("value", [0, 1, -1, 2**60, -(2**60)])
def test_masks_anywhere_in_z_n_come_off_exactly(keys, value):
    mask = corners(keys.public.n)
    masked = vector_of([value] * len(mask), keys).add_raw_mask(mask)
    seen = masked.decrypt_raw(keys.private)
    assert seen == [(value + element) % keys.public.n for element in mask]
    assert remove_raw_mask(seen, mask, keys.public) == [value] * len(mask)


@exactly
@given(st.lists(st.integers(-(2**60), 2**60), max_size=5))
def test_drawn_masks_come_off_exactly(keys, values):
    mask = draw_raw_mask(keys.public, len(values))
    seen = vector_of(values, keys).add_raw_mask(mask).decrypt_raw(keys.private)
    assert remove_raw_mask(seen, mask, keys.public) == values


def test_positive_control_phe_refuses_masks_in_the_middle_third(keys):
    masked = vector_of([1], keys).add_raw_mask([keys.public.n // 2])
    with pytest.raises(OverflowError):
        keys.private.phe.decrypt(masked.to_phe()[0])


def test_a_masked_vector_has_no_signed_reading_and_no_more_arithmetic(keys):
    vector = vector_of([1], keys)
    masked = vector.add_raw_mask([0])
    assert masked.masked and not vector.masked and masked.bound == keys.public.n - 1
    assert EncryptedVector.from_bytes(masked.to_bytes(), keys.public, 0, masked.bound).masked
    for refused in (
        lambda: masked.decrypt(keys.private),
        lambda: masked + vector,
        lambda: vector + masked,
        lambda: masked * 1,
    ):
        with pytest.raises(RangeError, match="mask"):
            refused()


def test_drawn_masks_are_fresh_and_reach_all_thirds_of_z_n(keys):
    n = keys.public.n
    first, second = draw_raw_mask(keys.public, 300), draw_raw_mask(keys.public, 300)
    assert len({*first, *second}) == 600
    thirds = np.bincount([3 * element // n for element in first + second], minlength=3)
    assert thirds.min() > 120 and all(0 <= element < n for element in first)  # 200 ± 11.5 expected: 7 deviations


def test_a_masked_number_tells_nothing_and_a_reused_mask_tells_the_difference(keys):
    n = keys.public.n
    mask = draw_raw_mask(keys.public, 1)
    (first,), (second,) = (vector_of([g], keys).add_raw_mask(mask).decrypt_raw(keys.private) for g in (1000, 1042))
    assert (second - first) % n == 42  # what a reused mask gives away
    (fresh,) = vector_of([1042], keys).add_raw_mask(draw_raw_mask(keys.public, 1)).decrypt_raw(keys.private)
    assert (fresh - first) % n > 2**64


@pytest.mark.parametrize("element", [0.5, 1024.0, np.float64(3), True, "1"])
def test_a_mask_that_is_no_integer_is_refused(keys, element):
    with pytest.raises(ArgumentError, match="mask at position 0"):
        vector_of([1], keys).add_raw_mask([element])


def test_a_mask_outside_z_n_of_the_key_is_refused(keys, small_keys):
    foreign = [keys.public.n // 2]  # uniform modulo another, larger key
    for mask, pair in [(foreign, small_keys), ([keys.public.n], keys), ([-1], keys)]:
        with pytest.raises(RangeError, match="outside Z_n"):
            vector_of([1], pair).add_raw_mask(mask)
        for arguments in ([mask, [0]], [[0], mask]):
            with pytest.raises(RangeError, match="outside Z_n"):
                remove_raw_mask(*arguments, pair.public)


def test_a_mask_of_another_length_is_refused(keys):
    for refused in (
        lambda: vector_of([1, 2], keys).add_raw_mask([1]),
        lambda: remove_raw_mask([1, 2], [1], keys.public),
        lambda: remove_raw_mask([1], [1, 2], keys.public),
    ):
        with pytest.raises(ArgumentError, match="mask"):
            refused()


# ----------------------------------------------------------------------------------------------- trap: NumPy scalars


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.int32, np.int64, np.uint64])
def test_numpy_arrays_and_scalars_are_cast_once(keys, dtype):
    for values in (np.array([1, 2], dtype), [dtype(1), dtype(2)]):
        vector = EncryptedVector.encrypt(values, keys.public, scale_bits=8)
        assert vector.decrypt(keys.private) == [256, 512]
        assert {type(ciphertext) for ciphertext in vector.ciphertexts} == {gmpy2.mpz}
        assert {type(number) for number in vector.decrypt(keys.private)} == {int}
    if np.issubdtype(dtype, np.integer):
        assert vector_of(np.array([1, 2], dtype), keys).decrypt(keys.private) == [1, 2]


def test_positive_control_phe_alone_refuses_numpy_scalars(keys):
    for scalar in (np.float32(1), np.int64(1)):
        with pytest.raises(TypeError):
            keys.public.phe.encrypt(scalar)


# ----------------------------------------------------------------------------------------------- bytes and phe


def test_ciphertexts_have_fixed_width_whatever_is_in_them(keys):
    for values in ([0], [1], [-(2**60)], [2**60]):
        vector = vector_of(values, keys)
        assert vector.ciphertext_bytes == len(vector.to_bytes()) == 128
    small = EncryptedVector(keys.public, (1, keys.public.n_squared - 1), 0, 0)
    assert small.to_bytes()[:128] == (1).to_bytes(128, "big") and len(small.to_bytes()) == 256


def test_a_vector_survives_its_bytes(keys):
    vector = vector_of([1, -2, 3], keys, scale_bits=24)
    again = EncryptedVector.from_bytes(vector.to_bytes(), keys.public, 24, vector.bound)
    assert again == vector and again.decrypt(keys.private) == [1, -2, 3]
    assert len(EncryptedVector.from_bytes(b"", keys.public, 24, 0)) == 0


@pytest.mark.parametrize("position", [0, 1, 2])
def test_what_is_no_ciphertext_is_refused(keys, position):
    n, p, n_squared = keys.public.n, keys.private.p, keys.public.n_squared
    good = list(vector_of([1, 2, 3], keys).ciphertexts)
    for bad in (0, n, p, 5 * p, n_squared, n_squared + 1, 2**1024 - 1):
        numbers = [*good[:position], bad, *good[position + 1 :]]
        data = b"".join(number.to_bytes(128, "big") for number in numbers)
        with pytest.raises(CryptoError, match="no ciphertext under"):
            EncryptedVector.from_bytes(data, keys.public, 0, 10)
    for data in (b"x", bytes(127), bytes(129)):
        with pytest.raises(CryptoError, match="128 bytes each"):
            EncryptedVector.from_bytes(data, keys.public, 0, 10)


@exactly
@given(st.lists(st.floats(-1000, 1000, width=32), min_size=1, max_size=3))
def test_phe_reads_our_vectors(keys, values):
    ours = EncryptedVector.encrypt(values, keys.public, 24)
    assert [keys.private.phe.decrypt(number) for number in ours.to_phe()] == list(decode(encode(values)))
    theirs = [number + number * 3 for number in ours.to_phe()]
    assert [keys.private.phe.decrypt(number) for number in theirs] == list(4 * decode(encode(values)))


@exactly
@given(st.lists(st.integers(-(2**30), 2**30), min_size=1, max_size=3))
def test_we_read_phe_numbers(keys, integers):
    encoded = [phe.EncodedNumber(keys.public.phe, integer % keys.public.n, -6) for integer in integers]
    numbers = [keys.public.phe.encrypt(number) for number in encoded]
    vector = EncryptedVector.from_phe(numbers, 24, 2**30)
    assert vector.decrypt(keys.private) == integers and vector.public_key == keys.public
    assert (vector * 2 + vector_of(integers, keys, 24)).decrypt(keys.private) == [3 * integer for integer in integers]


def test_phe_re_randomises_what_is_not_fresh_and_only_that(keys):
    fresh = vector_of([5], keys)
    computed = fresh * 3
    assert fresh.to_phe()[0].ciphertext() == fresh.ciphertexts[0]
    assert computed.to_phe()[0].ciphertext() != computed.ciphertexts[0]
    assert computed.to_phe()[0].ciphertext(be_secure=False) == computed.ciphertexts[0]


def test_phe_numbers_that_do_not_fit_together_are_refused(keys, other_keys):
    at_6, at_5 = (keys.public.phe.encrypt(phe.EncodedNumber(keys.public.phe, 1, e)) for e in (-6, -5))
    foreign = other_keys.public.phe.encrypt(phe.EncodedNumber(other_keys.public.phe, 1, -6))
    for numbers, error in [([at_6, at_5], ScaleMismatch), ([at_5], ScaleMismatch), ([at_6, foreign], KeyMismatch)]:
        with pytest.raises(error):
            EncryptedVector.from_phe(numbers, 24, 10)
    with pytest.raises(ArgumentError):
        EncryptedVector.from_phe([], 24, 10)
    with pytest.raises(CryptoError):
        EncryptedVector.from_phe([phe.EncryptedNumber(keys.public.phe, 0, -6)], 24, 10)


# ----------------------------------------------------------------------------------------------- long work


def test_all_long_work_comes_in_chunks(keys, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK_SECONDS", 0.0)
    vector = vector_of([1, 2, 3], keys)
    complete(keys.public.random_factors(TABLE_PAYS_AFTER))  # so that no table is left to be built below
    works = [
        encrypting([1.0, 2.0, 3.0], keys.public),
        encrypting_integers([1, 2, 3], keys.public, 0, 10),
        decrypting(vector, keys.private),
        re_randomising(vector),
        adding(vector, vector),
        multiplying(vector, 5),
        multiplying_matrix(vector, np.ones((3, 3), dtype=int), 0, 1),
        adding_raw_mask(vector, [1, 2, 3]),
    ]
    for work in works:
        assert list(work) == [(1, 3), (2, 3), (3, 3)]
    assert complete(decrypting(complete(adding(vector, vector)), keys.private)) == [2, 4, 6]


def test_arguments_are_refused_when_the_work_is_made_not_when_it_starts(keys, other_keys):
    vector = vector_of([1], keys)
    for refused, error in [
        (lambda: encrypting([float("nan")], keys.public), RangeError),
        (lambda: adding(vector, vector_of([1], other_keys)), KeyMismatch),
        (lambda: multiplying(vector, 0.5), ArgumentError),
        (lambda: multiplying_matrix(vector, [[0.5]], 0, 1), ArgumentError),
        (lambda: adding_raw_mask(vector, [-1]), RangeError),
    ]:
        with pytest.raises(error):
            refused()

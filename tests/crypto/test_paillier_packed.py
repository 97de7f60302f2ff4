"""Packed vectors compute what textbook ones do; a slot that could run over is refused before anything is computed."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from fedlearn_edu.crypto.fixed_point import decode, encode, encode_matrix
from fedlearn_edu.crypto.paillier import EncryptedVector, draw_raw_mask, slot_bits_for
from fedlearn_edu.errors import ArgumentError, CryptoError, KeyMismatch, RangeError, ScaleMismatch, SlotOverflow

exactly = settings(deadline=None, max_examples=40)


def packed(values, keys, slot_bits=48, **options):
    return EncryptedVector.encrypt(values, keys.public, slot_bits=slot_bits, **options)


# ----------------------------------------------------------------------------------------------- arithmetic


@exactly
@given(
    st.lists(st.tuples(*[st.floats(-1000, 1000)] * 2), max_size=25),
    st.integers(-20, 20),
    st.sampled_from([48, 56, 64, 72, 128]),
)
def test_packed_equals_textbook_equals_python_integers(keys, pairs, factor, slot_bits):
    first, second = ([pair[i] for pair in pairs] for i in range(2))
    expected = [factor * a + b for a, b in zip(encode(first), encode(second), strict=True)]
    for options in ({}, {"slot_bits": slot_bits, "summands": 21}):
        one, other = (EncryptedVector.encrypt(values, keys.public, **options) for values in (first, second))
        result = one * factor + other
        assert result.decrypt(keys.private) == expected and len(result) == len(pairs) and result.scale_bits == 24
        assert result.re_randomised().decrypt(keys.private) == expected


@exactly
@given(st.integers(1, 2**20), st.sampled_from([48, 56, 64]))
def test_as_many_summands_as_promised_fit_at_the_bound_and_one_more_is_refused(keys, summands, slot_bits):
    room = (2 ** (slot_bits - 1) - 1) // summands
    largest = Fraction(room, 2**24)
    vector = packed([largest, -largest, 0], keys, slot_bits, summands=summands)
    assert vector.bound == room
    assert (vector * summands).decrypt(keys.private) == [summands * room, -summands * room, 0]
    assert ((vector * (summands - 1)) + vector).decrypt(keys.private)[0] == summands * room
    too_many = 2 ** (slot_bits - 1) // room + 1
    with pytest.raises(SlotOverflow, match="may reach"):
        vector * too_many


def test_the_message_names_the_slots_the_summands_the_room_and_the_numbers(keys):
    with pytest.raises(SlotOverflow) as caught:
        packed([1.0, 16384.0], keys, summands=1200)
    assert str(caught.value) == (
        "48-bit slots for 1200 summands leave room for ±6990, but numbers reach 16384.\n"
        "    Use slot_bits=56, or clip the numbers to ±6990."
    )
    assert packed([1.0, 16384.0], keys, 56, summands=1200).decrypt(keys.private) == [2**24, 2**38]
    assert packed([1.0, 6990.0], keys, summands=1200).decrypt(keys.private) == [2**24, 6990 * 2**24]


def test_a_limit_that_does_not_fit_so_many_summands_is_refused_whatever_the_numbers_are(keys):
    assert packed([0.5], keys, limit=6990, summands=1200).bound == 6990 * 2**24
    with pytest.raises(SlotOverflow, match="6990, but numbers reach 6991"):
        packed([0.5], keys, limit=6991, summands=1200)
    with pytest.raises(RangeError, match=r"position 0 is 8\.5, and the limit is ±8"):
        packed([8.5], keys, limit=8)


def test_a_sum_or_product_that_could_leave_its_slot_is_refused_before_it_is_computed(keys, request):
    three = packed([1.0, -1.0], keys, summands=3)
    alone = packed([1.0, -1.0], keys)
    request.getfixturevalue("nothing_is_computed")
    for refused in (
        lambda: three * 4, lambda: three * -4, lambda: alone + alone, lambda: alone + three, lambda: alone * 2,
        lambda: three.times_encoded(4, 24), lambda: three.times_encoded(1, 24, factor_bound=4),
        lambda: packed([2.0**24], keys), lambda: packed([1.0], keys, summands=2**30),
    ):  # fmt: skip
        with pytest.raises(SlotOverflow):
            refused()


def test_the_bound_is_never_read_from_the_numbers(keys):
    assert packed([0.0], keys, summands=7).bound == packed([900.0], keys, summands=7).bound
    assert packed([0.0], keys, limit=5).bound == packed([5.0], keys, limit=5).bound == 5 * 2**24


@pytest.mark.parametrize("factor", [0.5, 2.0, np.float32(2), np.float64(3), True, "2", None])
def test_a_packed_vector_times_a_float_is_refused(keys, factor):
    vector = packed([1.0], keys, summands=5)
    for refused in (lambda: vector * factor, lambda: factor * vector):
        with pytest.raises(ArgumentError, match="whole number"):
            refused()


def test_packed_vectors_add_only_to_vectors_packed_alike(keys, other_keys):
    vector = packed([1.0, 2.0], keys, summands=9)
    for other, error in [
        (EncryptedVector.encrypt([1.0, 2.0], keys.public, limit=4), ArgumentError),
        (packed([1.0, 2.0], keys, 56, limit=4), ArgumentError),
        (packed([1.0, 2.0, 3.0], keys, summands=9), ArgumentError),
        (packed([1.0, 2.0], other_keys, summands=9), KeyMismatch),
        (packed([1.0, 2.0], keys, scale_bits=20, summands=9), ScaleMismatch),
    ]:
        for refused in (lambda other=other: vector + other, lambda other=other: other + vector):
            with pytest.raises(error):
                refused()


def test_a_packed_vector_takes_neither_a_mask_nor_a_matrix(keys):
    vector = packed([1.0], keys, summands=5)
    with pytest.raises(ArgumentError, match="takes no mask"):
        vector.add_raw_mask(draw_raw_mask(keys.public, 1))
    with pytest.raises(ArgumentError, match="no single numbers"):
        vector.times_matrix([[1]], 0, 1)
    assert not vector.masked


@pytest.mark.parametrize("summands", [0, -1, 1.5, "3", True, None])
def test_summands_are_a_count(keys, summands):
    with pytest.raises(ArgumentError, match="summands"):
        packed([1.0], keys, summands=summands)


def test_textbook_vectors_honour_a_number_of_summands_too(keys):
    room = keys.public.n // 3 // 2**64  # of vectors with the limit 2^40 at 24 bits
    assert EncryptedVector.encrypt([1.0], keys.public, summands=room).bound == 2**64
    with pytest.raises(RangeError, match="n/3"):
        EncryptedVector.encrypt([1.0], keys.public, summands=room + 1)


# ----------------------------------------------------------------------------------------------- ciphertexts, bytes


def test_unused_slots_hide_like_used_ones_and_two_encryptions_differ(keys):
    seen = [c for _ in range(20) for c in packed([5.0] * 12, keys).ciphertexts]
    assert len(seen) == len(set(seen)) == 40  # 10 slots in 511 bits, and 2 in the second ciphertext
    again = packed([5.0] * 12, keys, summands=2)
    assert not set(again.ciphertexts) & set(again.re_randomised().ciphertexts)


def test_sums_and_products_are_not_fresh_until_they_are_re_randomised(keys):
    vector = packed([5.0], keys, summands=9)
    read = EncryptedVector.from_bytes(vector.to_bytes(), keys.public, 24, vector.bound, vector.packing)
    for computed in (vector + vector, vector * 3, vector * 1, vector.times_encoded(3, 24), read):
        assert not computed.fresh and computed.re_randomised().fresh and computed.packing == vector.packing
    assert vector.fresh


def test_a_guessed_row_count_is_not_confirmed_after_re_randomising(keys):
    known, n_squared = packed([5.0, 6.0], keys, summands=100), keys.public.n_squared
    product = known * 42
    for modulus in (n_squared, keys.public.n):
        assert pow(known.ciphertexts[0], 42, modulus) == product.ciphertexts[0] % modulus  # the control
        assert pow(known.ciphertexts[0], 42, modulus) != product.re_randomised().ciphertexts[0] % modulus


def test_a_packed_vector_survives_its_bytes_and_only_in_its_own_packing(keys):
    vector = packed(np.arange(25.0), keys)
    again = EncryptedVector.from_bytes(vector.to_bytes(), keys.public, 24, vector.bound, vector.packing)
    assert again == vector and again.decrypt(keys.private) == vector.decrypt(keys.private)
    other = packed(np.arange(5.0), keys).packing
    with pytest.raises(CryptoError, match="5 numbers in 48-bit slots take 1 ciphertexts"):
        EncryptedVector.from_bytes(vector.to_bytes(), keys.public, 24, vector.bound, other)
    with pytest.raises(SlotOverflow):
        EncryptedVector.from_bytes(vector.to_bytes(), keys.public, 24, 2**47, vector.packing)


def test_a_broken_promise_is_noticed_at_decryption(keys):
    honest = packed([100.0, 7.0], keys, limit=100)
    lying = EncryptedVector.from_bytes(honest.to_bytes(), keys.public, 24, 99 * 2**24, honest.packing)
    with pytest.raises(RangeError, match=r"position 0 .* beyond its bound"):
        lying.decrypt(keys.private)
    unpacked = EncryptedVector.encrypt([2.0**40], keys.public)  # not packed at all, and said to be
    for length in (1, 2):
        claimed = packed([0.0] * length, keys).packing
        lying = EncryptedVector.from_bytes(unpacked.to_bytes(), keys.public, 24, 2**47 - 1, claimed)
        if length == 1:
            with pytest.raises(RangeError, match="no row of"):
                lying.decrypt(keys.private)


def test_phe_reads_a_packed_ciphertext_as_one_integer(keys):
    vector = packed([1.0, -2.0, 0.5], keys, summands=2)
    (number,) = (vector + vector).re_randomised().to_phe()
    assert number.exponent == 0
    assert keys.private.phe.decrypt(number) == 2 * (2**24 - 2 * 2 ** (24 + 48) + 2 ** (23 + 96))


def test_a_head_holds_the_first_numbers(keys):
    vector = packed(np.arange(25.0), keys)
    for count, length in [(0, 0), (1, 10), (10, 10), (11, 20), (24, 25), (99, 25)]:
        head = vector.head(count)
        assert len(head) == length and decode(head.decrypt(keys.private)).tolist() == list(range(length))
    assert len(EncryptedVector.encrypt([1, 2, 3], keys.public).head(2)) == 2


def test_a_width_from_public_totals_carries_the_sum_of_all_rows(keys):
    rows = [300, 155, 1, 7736]
    width = slot_bits_for(sum(rows))
    largest = 2.0**10 - 2.0**-24
    vectors = [packed([largest, -largest], keys, width, summands=sum(rows)) for _ in rows]
    total = vectors[0] * rows[0]
    for vector, count in zip(vectors[1:], rows[1:], strict=True):
        total = total + vector * count
    assert width == 48 and total.decrypt(keys.private) == [8192 * (2**34 - 1), -8192 * (2**34 - 1)]


# ----------------------------------------------------------------------------------------------- times a matrix


@exactly
@given(st.data(), st.integers(0, 5), st.integers(0, 3), st.sampled_from([1, 7, 15, 24, 39, 59]))
def test_a_vector_times_a_matrix_equals_integer_arithmetic_at_the_bounds(keys, data, rows, columns, bits):
    top, largest = 2**60, 2**bits
    numbers = data.draw(
        st.lists(st.sampled_from([0, top, -top]) | st.integers(-top, top), min_size=rows, max_size=rows)
    )
    some = st.sampled_from([0, largest, -largest]) | st.integers(-largest, largest)
    cells = data.draw(st.lists(some, min_size=rows * columns, max_size=rows * columns))
    X = np.array(cells, dtype=np.int64).reshape(rows, columns)
    vector = EncryptedVector.encrypt_integers(numbers, keys.public, 40, top)
    result = vector.times_matrix(X, 24, largest)
    assert result.decrypt(keys.private) == [sum(v * int(x) for v, x in zip(numbers, column)) for column in X.T]  # noqa: B905
    assert (result.scale_bits, result.bound, result.fresh) == (64, rows * top * largest, False)
    assert result.re_randomised().decrypt(keys.private) == result.decrypt(keys.private)


def test_a_gradient_is_the_one_of_floats_within_the_bound_of_its_scales(keys):
    rng = np.random.default_rng(5)
    X, d = rng.normal(size=(30, 4)).clip(-4, 4), rng.normal(size=30).clip(-8, 8)
    residuals = EncryptedVector.encrypt(d, keys.public, scale_bits=40, limit=8)
    gradient = residuals.times_matrix(encode_matrix(X, 24, limit=4), 24, 4 * 2**24)
    seen = decode(gradient.decrypt(keys.private), gradient.scale_bits)
    assert np.abs(seen - X.T @ d).max() <= 30 * 8 * 2.0**-25 + np.abs(X).sum(axis=0).max() * 2.0**-41 + 1e-12


def test_nothing_public_about_a_product_depends_on_secret_factors(keys):
    vector = EncryptedVector.encrypt([1.0, 2.0], keys.public, limit=4)
    products = [vector.times_matrix(np.full((2, 3), x), 24, 2**20) for x in (0, 1, -(2**20))]
    assert len({(len(p), p.bound, p.scale_bits, p.fresh, len(p.to_bytes())) for p in products}) == 1
    scaled = [vector.times_encoded(x, 24, factor_bound=2**20) for x in (0, 1, -(2**20))]
    assert {p.bound for p in scaled} == {vector.bound * 2**20}


def test_positive_control_without_a_public_bound_the_factor_can_be_read_from_the_product(keys):
    vector = EncryptedVector.encrypt([1.0], keys.public, limit=4)
    assert vector.times_encoded(-12345, 24).re_randomised().bound // vector.bound == 12345


def test_guessed_factors_of_a_matrix_are_confirmed_before_re_randomising_and_not_after(keys):
    known, n_squared = EncryptedVector.encrypt([5.0, 6.0], keys.public, limit=8), keys.public.n_squared
    product = known.times_matrix([[3], [-2]], 24, 4)
    c, k = known.ciphertexts
    guess = pow(c, 3, n_squared) * pow(k, -2, n_squared) % n_squared
    assert product.ciphertexts == (guess,)
    after = product.re_randomised().ciphertexts[0]
    assert all(after % modulus != guess % modulus for modulus in (n_squared, keys.public.n))


def test_a_matrix_that_could_overflow_or_breaks_its_bound_is_refused_before_it_is_computed(keys, request):
    vector = EncryptedVector.encrypt_integers([1, 2], keys.public, 0, 2**60)
    room = (keys.public.n // 3 - 1) // (2 * 2**60)
    request.getfixturevalue("nothing_is_computed")
    for matrix, bound, match in [
        ([[5], [6]], 5, "reaches ±6, and factor_bound is 5"),
        ([[5], [-6]], 5, "reaches ±6"),
        ([[-(2**63)], [0]], 5, "factor_bound"),
        ([[1], [1]], 2**60, "must be below 2"),
        ([[1], [1]], 5.0, "factor_bound is 5.0"),
        ([[1], [1]], True, "factor_bound"),
    ]:
        with pytest.raises(RangeError, match=match):
            vector.times_matrix(matrix, 0, bound)
    large = EncryptedVector(keys.public, vector.ciphertexts, 0, room * 2**60)
    with pytest.raises(RangeError, match="product may reach"):
        large.times_matrix([[1], [1]], 0, 2**59)


@pytest.mark.parametrize(
    "matrix",
    [[[0.5], [1.0]], [[1], [2], [3]], [1, 2], [[[1]], [[2]]], np.ones((2, 2)), [[True], [False]], "ab", None,
     np.array([[1], [2]], dtype=object)],
)  # fmt: skip
def test_what_is_no_matrix_of_integers_with_a_row_for_each_number_is_refused(keys, matrix):
    with pytest.raises(ArgumentError, match="matrix of 2 rows of integers"):
        EncryptedVector.encrypt([1.0, 2.0], keys.public, limit=4).times_matrix(matrix, 0, 10)

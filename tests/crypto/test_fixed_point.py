import math
import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st

from fedlearn_edu.crypto.fixed_point import WEIGHT_BITS, as_integers, decode, encode, encode_matrix
from fedlearn_edu.errors import ArgumentError, RangeError

finite = st.floats(allow_nan=False, allow_infinity=False)
scales = st.integers(0, 1200)


@given(st.lists(st.one_of(finite, st.integers(), st.fractions())), scales)
def test_encoding_is_the_exact_product_rounded_half_to_even(values, scale_bits):
    assert encode(values, scale_bits) == [round(Fraction(value) * 2**scale_bits) for value in values]


@pytest.mark.parametrize(("value", "integer"), [(0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2), (0.1, 0)])
def test_ties_go_to_the_even_integer(value, integer):
    assert encode([value], scale_bits=0) == [integer]


@given(st.lists(st.floats(-1e6, 1e6)))
def test_a_round_trip_costs_at_most_half_a_step(values):
    assert np.all(np.abs(decode(encode(values)) - values) <= 2.0 ** -(WEIGHT_BITS + 1))


@given(st.lists(st.floats(-1e6, 1e6, width=32)))
def test_numbers_on_the_grid_survive_exactly(values):
    assert decode(encode(values, 200), 200).tolist() == values


@given(st.lists(st.integers()), st.integers(0, 100), st.integers(1, 10**6))
def test_decoding_is_the_exact_quotient_correctly_rounded(integers, scale_bits, divisor):
    exact = [float(Fraction(integer, divisor << scale_bits)) for integer in integers]
    assert decode(integers, scale_bits, divisor).tolist() == exact


def test_a_huge_integer_that_fits_after_division_is_decoded():
    assert decode([3 << 5000], 5000).tolist() == [3.0]


def test_a_quotient_beyond_float64_is_refused_not_infinite():
    with pytest.raises(RangeError, match="position 1 has 2001 bits"):
        decode([1, 1 << 2000], 24)


@pytest.mark.parametrize(
    "dtype", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "g", ">i4", ">f4", "<f8", "O"]
)
def test_every_real_dtype_is_accepted(dtype):
    assert encode(np.array([3, 5], dtype=dtype), 4) == [48, 80]
    assert encode(np.array([3, 5], dtype=dtype)[0], 4) == [48]
    assert encode(list(np.array([3, 5], dtype=dtype)), 4) == [48, 80]


def test_encoded_numbers_are_python_integers_whatever_came_in():
    mixed = [np.float32(0.5), np.int64(-2), 3, 4.0, Fraction(1, 2), np.longdouble(0.25)]
    assert {type(integer) for integer in encode(mixed)} == {int}


def test_a_wide_float_and_a_wide_integer_lose_nothing():
    wide = np.longdouble(1) + np.longdouble(2) ** -63
    assert encode([wide], 63) == [round(Fraction(*map(int, wide.as_integer_ratio())) * 2**63)]
    assert encode([2**70 + 1, 0.5], 1) == [2**71 + 2, 1]
    assert encode(np.array([2**63 + 1], dtype=np.uint64), 0) == [2**63 + 1]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan"), np.longdouble("inf")])
def test_what_is_not_finite_is_refused_by_position_and_value(value):
    with pytest.raises(RangeError, match=rf"position 2 is {value}"):
        encode([0.0, 1.0, value])


@pytest.mark.parametrize("value", [True, np.True_, 1j, np.complex64(1), "1.5", b"1", None, [1.0]])
def test_what_is_no_real_number_is_refused_by_position(value):
    with pytest.raises(ArgumentError, match="position 1 is"):
        encode([0.0, value])


@pytest.mark.parametrize("values", ["", "12", b"12", {1: 2}, {1.0}, None, object(), np.ones((2, 2)), True])
def test_what_is_no_vector_is_refused(values):
    with pytest.raises(ArgumentError):
        encode(values)


@given(st.integers(0, 2**60))
def test_the_limit_itself_is_accepted_and_the_next_float_is_refused(limit):
    edge = float(limit)
    assert encode([edge, -edge], 8, limit=edge) == [limit_at(edge), -limit_at(edge)]
    beyond = math.nextafter(edge, math.inf)
    for value in (beyond, -beyond):
        with pytest.raises(RangeError, match="position 1") as refusal:
            encode([0.0, value], 8, limit=edge)
        assert str(value) in str(refusal.value) and str(edge) in str(refusal.value)


def limit_at(edge):
    return round(Fraction(edge) * 2**8)


@pytest.mark.parametrize(
    ("value", "limit"),
    [
        (np.int8(-128), 100),
        (8.001, np.float16(8)),
        (2**53 + 1, float(2**53)),
        (np.nextafter(np.longdouble(1), 2), 1),
    ],
)
def test_limits_are_compared_exactly_whatever_the_type(value, limit):
    with pytest.raises(RangeError, match="limit"):
        encode([value], limit=limit)


def test_a_small_float_type_meets_a_large_limit_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert encode([np.float16(1)], 4, limit=2**40) == [16]


@given(finite, st.floats(0, 1e300), scales)
def test_no_encoded_number_exceeds_the_encoded_limit(value, limit, scale_bits):
    if abs(value) <= limit:
        assert abs(encode([value], scale_bits, limit)[0]) <= encode([limit], scale_bits)[0]


@pytest.mark.parametrize("scale_bits", [-1, 1.0, True, None, "24"])
def test_a_scale_is_a_whole_number_from_zero_up(scale_bits):
    with pytest.raises(ArgumentError, match="scale_bits"):
        encode([1.0], scale_bits)
    with pytest.raises(ArgumentError, match="scale_bits"):
        decode([1], scale_bits)


@pytest.mark.parametrize("divisor", [0, -1, 2.0, True])
def test_a_divisor_is_a_whole_number_from_one_up(divisor):
    with pytest.raises(ArgumentError, match="divisor"):
        decode([1], 24, divisor)


@pytest.mark.parametrize("value", [1.0, np.float32(1), True, np.True_, "1", None])
def test_only_integers_pass_as_integers(value):
    with pytest.raises(ArgumentError, match="position 1"):
        as_integers([1, value])


def test_a_decoded_vector_is_float64_even_when_empty():
    assert decode([]).dtype == decode([1]).dtype == np.float64 and decode([]).shape == (0,)


# ----------------------------------------------------------------------------------------------- arrays at once

tricky = st.sampled_from([0.5, -0.5, 1.5, 2.5, 2.0**-25, 3 * 2.0**-25, 5e-324, -0.0, 2.0**37, 2.0**39, 2.0**61, 1e300])


@given(st.lists(st.floats(-(2**40), 2**40) | tricky, max_size=8), st.sampled_from([0, 4, 24, 40, 64, 2000]))
def test_an_array_is_encoded_as_its_numbers_are_one_by_one(values, scale_bits):
    assert encode(np.array(values, dtype=np.float64), scale_bits) == encode(values, scale_bits)


@given(st.floats(-100, 100), st.sampled_from([8, 8.0, np.float16(8), np.int8(8), Fraction(17, 2)]))
def test_an_array_meets_the_same_limit_as_its_numbers(value, limit):
    try:
        expected = encode([value], 24, limit)
    except RangeError as error:
        with pytest.raises(RangeError) as caught:
            encode(np.array([value]), 24, limit)
        assert str(caught.value) == str(error)
    else:
        assert encode(np.array([value]), 24, limit) == expected


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_array_with_a_number_that_is_not_finite_is_refused_by_position(bad):
    with pytest.raises(RangeError, match="position 2"):
        encode(np.array([0.0, 1.0, bad]))


def test_a_matrix_is_encoded_element_by_element():
    X = np.array([[0.5, -1.25], [2.0**-25, 3.0], [0.0, 1e-3]])
    assert encode_matrix(X, 24).tolist() == [encode(row, 24) for row in X.tolist()]
    assert encode_matrix(np.zeros((0, 3))).shape == (0, 3) and encode_matrix(X).dtype == np.int64


def test_a_matrix_beyond_its_limit_or_64_bits_is_refused():
    with pytest.raises(RangeError, match="position 3"):
        encode_matrix([[1.0, 2.0], [3.0, 9.0]], 24, limit=8)
    with pytest.raises(RangeError, match="63 bits"):
        encode_matrix([[2.0**40]], 24)
    for no_matrix in ([1.0, 2.0], 3.0, np.zeros((2, 2, 2))):
        with pytest.raises(ArgumentError, match="matrix is needed"):
            encode_matrix(no_matrix)

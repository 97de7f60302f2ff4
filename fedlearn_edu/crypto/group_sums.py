"""Sums over groups of ciphertexts: what transfer learning computes on what it cannot read.

A party receives a symmetric d × d matrix [[M]], as its upper triangle, and N rows [[v_i]] of d numbers, and multiplies
them with real numbers of its own:

    for each dimension l    Σ_m s_lm·[[M_ml]] + Σ_i r_li·[[v_il]]       at 40 + 24 bits; s_lm and r_li: (K,)
    one sum over all        Σ f·[[M]] + Σ g·[[v]]                       at 40 + 40 bits
    each row by itself      [[v_i]]·w                                   at 40 + 24 bits

>>> keys = generate_keys()
>>> M, v = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[0.5, -0.5], [1.0, 0.0], [0.0, 0.25]])
>>> square, rows = complete(encrypting_numbers(triangle(M), keys.public)), complete(encrypting_numbers(v, keys.public))
>>> ones = np.ones((2, 2, 1)), np.ones((2, 3, 1))                          # s and r for K = 1
>>> sums = complete(summing_by_dimension(square, rows, *ones))
>>> decode(sums.decrypt(keys.private), sums.scale_bits)                    # 2 + 1 + 0.5 + 1, and 1 + 3 − 0.5 + 0.25
array([4.5 , 3.75])

Several sums fold into one ciphertext, so that a mask, new randomness and decryption are needed once for all of them:

    [[Σ_k s_k·2^(w·k)]] = Π_k [[s_k]]^(2^(w·k))                         w bits are wider than any sum

>>> width, in_one = slots(terms=5, key_bits=2048)
>>> folded = complete(folding(sums, width, in_one))
>>> len(folded), unfolded(folded.decrypt(keys.private), 2, width, in_one) == sums.decrypt(keys.private)
(1, True)

Only the numbers' public limits go into bounds. Each real number is rounded once, to 2^−40 or to 2^−24; the rest is
exact. Nothing that these functions return is fresh.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from gmpy2 import mpz, powmod
from numpy.typing import NDArray

from ..errors import ArgumentError, SlotOverflow
from .chunks import Work, complete, in_chunks
from .fixed_point import decode, encode, encode_matrix
from .paillier import EncryptedVector, PublicKey, adding, encrypting_integers, generate_keys
from .paillier_checks import check_room, checked_matrix, common_key
from .powers import products_of_powers

__all__ = [
    "FACTOR_BITS",
    "FACTOR_LIMIT",
    "NUMBER_BITS",
    "NUMBER_LIMIT",
    "SUM_BITS",
    "TOTAL_BITS",
    "complete",
    "decode",
    "encrypting_numbers",
    "encrypting_total",
    "folding",
    "generate_keys",
    "multiplying_groups",
    "slots",
    "summing_all",
    "summing_by_dimension",
    "summing_each_row",
    "triangle",
    "unfolded",
]

NUMBER_BITS, FACTOR_BITS, TOTAL_FACTOR_BITS = 40, 24, 40  # scales are public constants, multiples of 4
SUM_BITS, TOTAL_BITS = NUMBER_BITS + FACTOR_BITS, NUMBER_BITS + TOTAL_FACTOR_BITS
NUMBER_LIMIT, FACTOR_LIMIT, TOTAL_FACTOR_LIMIT, TOTAL_LIMIT = 2**24, 2**32, 2**16, 2**40  # public bounds
NUMBER_BOUND, FACTOR_BOUND = NUMBER_LIMIT << NUMBER_BITS, FACTOR_LIMIT << FACTOR_BITS
TOTAL_FACTOR_BOUND, TOTAL_BOUND = TOTAL_FACTOR_LIMIT << TOTAL_FACTOR_BITS, TOTAL_LIMIT << TOTAL_BITS


def triangle(M: Any) -> NDArray[np.float64]:
    """The upper triangle of a symmetric matrix, row by row: d·(d + 1)/2 numbers instead of d².

    >>> triangle([[1.0, 2.0], [2.0, 3.0]])
    array([1., 2., 3.])
    """
    M = np.asarray(M, dtype=np.float64)
    return np.asarray(M[np.triu_indices(len(M))])


def encrypting_numbers(values: Any, key: PublicKey) -> Work[EncryptedVector]:
    """Make [[v]] of an array, row by row; refuse what is beyond ±2^24.

    Raises
    ------
    RangeError
        a number is not finite, or beyond the limit
    """
    integers = encode(np.asarray(values, dtype=np.float64).ravel(), NUMBER_BITS, NUMBER_LIMIT)
    return encrypting_integers(integers, key, NUMBER_BITS, NUMBER_BOUND)


def encrypting_total(value: float, key: PublicKey) -> Work[EncryptedVector]:
    """Make [[x]], (1,), of a number that will join a sum over all.

    Raises
    ------
    RangeError
        the number is not finite, or beyond ±2^40
    """
    return encrypting_integers(encode([float(value)], TOTAL_BITS, TOTAL_LIMIT), key, TOTAL_BITS, TOTAL_BOUND)


def summing_by_dimension(
    square: EncryptedVector, rows: EncryptedVector, by_square: NDArray[np.float64], by_row: NDArray[np.float64]
) -> Work[EncryptedVector]:
    """Sum over [[M]] and [[v]] with factors of their own for every dimension: (d·K,), dimension by dimension.

    Parameters
    ----------
    square : the upper triangle of a symmetric d × d matrix
    rows : N·d numbers, row by row
    by_square, by_row : (d, d, K) and (d, N, K); by_square[l, m] goes with M_ml, by_row[l, i] with v_il

    Raises
    ------
    ArgumentError
        the shapes do not fit
    RangeError
        a factor is not finite, or beyond ±2^32; or the key has no room
    """
    d, N = by_row.shape[:2]
    places = _places(d)  # of M_ml in the triangle, (d, d)
    if by_square.shape[:2] != (d, d) or len(square) != d * (d + 1) // 2 or len(rows) != N * d:
        raise ArgumentError(
            f"{len(square)} and {len(rows)} ciphertexts meet factors for {N} rows of {d} dimensions.",
            "Send d·(d + 1)/2 numbers of the triangle, and N·d of the rows.",
        )
    both = _joined(square, rows)
    groups = [[*places[:, m], *range(len(square) + m, len(both), d)] for m in range(d)]
    factors = [
        encode_matrix(np.concatenate(pair), FACTOR_BITS, FACTOR_LIMIT) for pair in zip(by_square, by_row, strict=True)
    ]
    return multiplying_groups(both, groups, factors, FACTOR_BITS, FACTOR_BOUND)


def summing_all(
    square: EncryptedVector, rows: EncryptedVector, own: EncryptedVector, by_square: Any, by_row: Any
) -> Work[EncryptedVector]:
    """Sum over everything, and add the other's own total: Σ_ml f_ml·[[M_ml]] + Σ_il g_il·[[v_il]] + [[x]], (1,).

    Parameters
    ----------
    square, rows : as for `summing_by_dimension`
    own : from `encrypting_total`
    by_square, by_row : (d, d) symmetric, and (N, d)
    """
    F = np.asarray(by_square, dtype=np.float64)
    twice = triangle(2 * F - np.diag(np.diag(F)))  # off the diagonal a number stands for two
    factors = np.concatenate([twice, np.ravel(by_row)])[:, None]
    encoded = encode_matrix(factors, TOTAL_FACTOR_BITS, TOTAL_FACTOR_LIMIT)
    both = _joined(square, rows)
    total = yield from multiplying_groups(both, [range(len(both))], [encoded], TOTAL_FACTOR_BITS, TOTAL_FACTOR_BOUND)
    return (yield from adding(total, own))


def summing_each_row(rows: EncryptedVector, weights: NDArray[np.float64]) -> Work[EncryptedVector]:
    """Make [[v_i]]·w for every row, (N,), from N·d numbers and w, (d,)."""
    d = len(weights)
    factors = encode_matrix(weights[:, None], FACTOR_BITS, FACTOR_LIMIT)
    groups = [range(start, start + d) for start in range(0, len(rows), d)]
    return multiplying_groups(rows, groups, [factors] * len(groups), FACTOR_BITS, FACTOR_BOUND)


def slots(terms: int, key_bits: int) -> tuple[int, int]:
    """How wide a slot must be for a sum by dimension or by row, of so many terms; and how many fit one plaintext.

    >>> slots(terms=208, key_bits=2048), slots(terms=208, key_bits=256)
    ((129, 15), (129, 1))
    """
    width = (terms * NUMBER_BOUND * FACTOR_BOUND).bit_length() + 1
    return width, max(1, (key_bits - 3) // width)  # below n/4 in all


def folding(vector: EncryptedVector, width: int, in_one: int) -> Work[EncryptedVector]:
    """Put neighbours into one plaintext, `in_one` at a time: Σ_k s_k·2^(width·k).

    Raises
    ------
    SlotOverflow
        a number may be wider than a slot
    """
    if in_one == 1:
        return _as_it_is(vector)
    if vector.bound >> (width - 1):
        raise SlotOverflow(f"Numbers of {vector.bound.bit_length()} bits do not fit {width}.", "Use slots(terms).")
    bound = sum(vector.bound << (width * k) for k in range(in_one))
    check_room(bound, vector, "This folded sum")
    shares = [vector.ciphertexts[start : start + in_one] for start in range(0, len(vector), in_one)]
    return _folded(replace(vector, ciphertexts=(), bound=bound, fresh=False), shares, width)


def unfolded(integers: Sequence[int], length: int, width: int, in_one: int) -> list[int]:
    """Read `length` signed numbers out of what `folding` made.

    >>> unfolded([3 * 256 - 5], 2, width=8, in_one=2)
    [-5, 3]
    """
    if in_one == 1:
        return list(integers)
    half: int = 1 << (width - 1)
    found: list[int] = []
    for rest in integers:
        for _ in range(min(in_one, length - len(found))):
            low = ((rest + half) & ((1 << width) - 1)) - half
            found.append(low)
            rest = (rest - low) >> width
    return found


def multiplying_groups(
    vector: EncryptedVector,
    groups: Sequence[Sequence[int]],
    matrices: Sequence[Any],
    scale_bits: int,
    factor_bound: int,
) -> Work[EncryptedVector]:
    """Multiply each group of ciphertexts by a matrix of its own: X_gᵀ[[v_g]], one after the other.

    Like `EncryptedVector.times_matrix`, for parts of a vector; a ciphertext may stand in several groups.

    Parameters
    ----------
    vector : not packed
    groups : for each, the places of its numbers in the vector
    matrices : for each, integers of shape (len(group), K)
    scale_bits, factor_bound : of the matrices; both public
    """
    if vector.packing or len(groups) != len(matrices):
        raise ArgumentError(f"{len(groups)} groups meet {len(matrices)} matrices.", "Give one each, and do not pack.")
    exponents = [checked_matrix(X, len(group), factor_bound) for group, X in zip(groups, matrices, strict=True)]
    bound = max(map(len, groups)) * vector.bound * factor_bound  # of public numbers alone
    check_room(bound, vector, "This product")
    empty = replace(vector, ciphertexts=(), bound=bound, scale_bits=vector.scale_bits + scale_bits, fresh=False)
    return _multiplied(vector, groups, exponents, empty)


def _multiplied(
    vector: EncryptedVector, groups: Sequence[Sequence[int]], exponents: list[NDArray[np.int64]], empty: EncryptedVector
) -> Work[EncryptedVector]:
    found: list[mpz] = []
    for number, (group, X) in enumerate(zip(groups, exponents, strict=True)):
        work = products_of_powers([vector.ciphertexts[place] for place in group], X, mpz(vector.public_key.n))
        found += yield from _counted(work, number, len(groups))
    return replace(empty, ciphertexts=tuple(found))


def _as_it_is(vector: EncryptedVector) -> Work[EncryptedVector]:
    yield len(vector), len(vector)
    return vector


def _folded(empty: EncryptedVector, shares: list[tuple[mpz, ...]], width: int) -> Work[EncryptedVector]:
    modulus, step = empty.public_key.n_squared, mpz(1) << width

    def one(share: tuple[mpz, ...]) -> mpz:
        product = mpz(1)
        for ciphertext in reversed(share):  # Horner's rule
            product = powmod(product, step, modulus) * ciphertext % modulus
        return product

    ciphertexts = yield from in_chunks(one, shares)
    return replace(empty, ciphertexts=tuple(ciphertexts))


def _counted(work: Work[list[mpz]], done: int, total: int) -> Work[list[mpz]]:
    """The same work, counting groups."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            found: list[mpz] = end.value
            return found
        yield done, total


def _joined(one: EncryptedVector, other: EncryptedVector) -> EncryptedVector:
    """Both, one after the other; keys, scales and bounds must be the same."""
    common_key(replace(one, ciphertexts=()), replace(other, ciphertexts=()))
    if one.bound != other.bound:
        raise ArgumentError("The two vectors have different bounds.", "Encrypt both with encrypting_numbers.")
    return replace(one, ciphertexts=one.ciphertexts + other.ciphertexts, fresh=one.fresh and other.fresh)


def _places(d: int) -> NDArray[np.int64]:
    """Where M_ml stands in the triangle, (d, d)."""
    places = np.zeros((d, d), dtype=np.int64)
    places[np.triu_indices(d)] = np.arange(d * (d + 1) // 2)
    return np.maximum(places, places.T)

"""Powers and products modulo n², which is all the work that Paillier does, in three fast forms.

>>> n = mpz(293 * 433)
>>> powers([mpz(2), mpz(3)], mpz(10), n**2)  # many bases, one exponent: in threads
[mpz(1024), mpz(59049)]
>>> table = FixedBase(mpz(2), n, exponent_bits=16)
>>> complete(table.building())
>>> table.power(10)  # one base, many exponents: a table
mpz(1024)
>>> complete(products_of_powers([mpz(2), mpz(3)], np.array([[3], [-1]]), n)) == [8 * invert(3, n**2) % n**2]
True

**Half of every second factor.** An element of Z_{n²} that has an inverse is a·(1 + n·s), with a and s below n. In a
product of many of them the factors 1 + n·s are powers of 1 + n, so their s add up, which costs nothing; what is left is
to multiply by the a, numbers of half the size. At 2048 bits, through gmpy2, on one core of an AMD EPYC:

    x·y mod n²                                            5.1 µs
    x·a mod n² with a < n                                 3.0 µs
    x·(a·b) mod n² with a, b < n                          a sixth less for each of the two, taken here
    (low + n·high)·a, the two halves of x kept apart      3.6 µs
    the same for two general pairs                        4.3 µs

**Threads.** gmpy2 lets go of Python's lock in `powmod_base_list` and `powmod_exp_list`, which therefore run on every
core. A single product is too short for that: two threads of such products took half as long again as one after the
other, with `allow_release_gil` or without.

References
----------
Brickell, Gordon, McCurley, Wilson: Fast Exponentiation with Precomputation. EUROCRYPT 1992. (the table)
Pippenger: On the Evaluation of Powers and Related Problems. FOCS 1976. (many powers in one product)
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import zip_longest
from operator import mul
from time import perf_counter

import gmpy2
import numpy as np
from gmpy2 import invert, mpz, powmod
from numpy.typing import NDArray

from . import chunks
from .chunks import Item, Result, Work, complete, in_chunks

__all__ = ["FixedBase", "complete", "invert", "mpz", "on_every_core", "powers", "powers_of", "products_of_powers"]

WINDOW_BITS = 8  # a table of 2^8 entries a window; a window of an exponent is then one of its bytes
LARGEST_FACTOR_BITS = 60  # of a factor in a matrix: signed digits of it fit 64-bit integers


def powers(bases: Sequence[mpz], exponent: mpz, modulus: mpz) -> list[mpz]:
    """Raise many bases to one power, on every core.

    >>> powers([mpz(3), mpz(5)], mpz(2), mpz(7))
    [mpz(2), mpz(4)]
    """
    return on_every_core(lambda part: gmpy2.powmod_base_list(part, exponent, modulus), bases)


def powers_of(base: mpz, exponents: Sequence[mpz], modulus: mpz) -> list[mpz]:
    """Raise one base to many powers, on every core.

    >>> powers_of(mpz(3), [mpz(1), mpz(2)], mpz(7))
    [mpz(3), mpz(2)]
    """
    return on_every_core(lambda part: gmpy2.powmod_exp_list(base, part, modulus), exponents)


class FixedBase:
    """A table of powers of one base: every power costs a product for each byte of its exponent, and no squaring.

    >>> table = FixedBase(mpz(3), mpz(293 * 433), exponent_bits=16)
    >>> complete(table.building())
    >>> table.power(258) == powmod(3, 258, (293 * 433) ** 2)
    True

    Parameters
    ----------
    base
        an element of Z_{n²} that has an inverse
    n
        the modulus is n²
    exponent_bits
        of the largest exponent; the table takes exponent_bits/8 · 255 entries of the size of n², 17 MB for 1024 bits
        under a key of 2048
    """

    def __init__(self, base: mpz, n: mpz, exponent_bits: int) -> None:
        self.base, self.n, self.exponent_bytes = mpz(base), mpz(n), -(-exponent_bits // WINDOW_BITS)
        self.rows: list[list[tuple[mpz, mpz]]] = []

    def building(self) -> Work[None]:
        """Fill the table: row w holds base^(k·256^w) for k = 0 … 255, each as (a, s)."""
        rows: list[list[tuple[mpz, mpz]]] = []
        residue, log = halves(self.base, self.n)
        inverse, due = invert(residue, self.n), perf_counter() + chunks.CHUNK_SECONDS
        while len(rows) < self.exponent_bytes:
            row, (residue, log, inverse) = self._row(residue, log, inverse)
            rows.append(row)
            if perf_counter() >= due:
                yield len(rows), self.exponent_bytes
                due = perf_counter() + chunks.CHUNK_SECONDS
        self.rows = rows  # only now, for a work that was cancelled leaves no half table

    def _row(self, first: mpz, step: mpz, inverse: mpz) -> tuple[list[tuple[mpz, mpz]], tuple[mpz, mpz, mpz]]:
        """Powers 0 … 255 of first·(1 + n·step), and power 256 with its inverse, from which the next row starts."""
        n, (residue, log, inverse_power) = self.n, (first, step, inverse)
        row = [(mpz(1), mpz(0)), (residue, log)]
        for _ in range(2, 2**WINDOW_BITS + 1):
            carry, residue = divmod(residue * first, n)
            inverse_power = inverse_power * inverse % n
            log = (log + step + carry * inverse_power) % n  # r + n·q = r·(1 + n·q/r)
            row.append((residue, log))
        return row[:-1], (residue, log, inverse_power)

    def power(self, exponent: int) -> mpz:
        """Give base^exponent mod n²."""
        digits, modulus = exponent.to_bytes(self.exponent_bytes, "little"), self.n * self.n
        residues, logs = zip(*(row[digit] for row, digit in zip(self.rows, digits, strict=True)), strict=True)
        log = sum(logs) % self.n
        return times_residues(mpz(1), residues, modulus) * (1 + self.n * log) % modulus


def products_of_powers(bases: Sequence[mpz], exponents: NDArray[np.int64], n: mpz) -> Work[list[mpz]]:
    """Compute Π_i bases[i]^exponents[i, j] mod n² for every column j of a matrix of signed exponents.

    Exponents are cut into signed digits. For one digit place, let S_k be the product of the bases whose digit is at
    least k: then Π base^digit = S_1·S_2·…·S_max, and going down from the largest k each base enters S once. So a
    column costs a product a base and place, whatever the digits are, and a power of its own for no base.

    >>> complete(products_of_powers([mpz(2), mpz(3)], np.array([[3, 0], [1, -2]]), mpz(293 * 433)))[0]
    mpz(24)

    Parameters
    ----------
    bases
        shape (N,), elements of Z_{n²} that have inverses
    exponents
        shape (N, p), |exponent| < 2^60
    n
        the modulus is n²
    """
    factors = _both_signs(bases, n)
    bits = int(np.abs(exponents).max(initial=0)).bit_length()
    width = _digit_bits(len(bases), bits)
    return (yield from in_chunks(partial(_product_of_powers, factors, width=width, n=n), list(exponents.T)))


def random_unit(n: mpz) -> mpz:
    """A number uniform in Z_n*: drawn again when it shares a factor with n, which never happens with a real key.

    >>> random_unit(mpz(15)) in {1, 2, 4, 7, 8, 11, 13, 14}
    True
    """
    while gmpy2.gcd(r := mpz(secrets.randbelow(int(n))), n) != 1:
        pass  # with a real key it would mean that a factor of n was guessed
    return r


def seconds_of_a_power(bits: int) -> float:
    """Time one r^n mod n² for an n of so many bits, the unit of textbook Paillier; the numbers have no meaning.

    >>> 0 < seconds_of_a_power(256) < 1
    True
    """
    n, seconds = mpz(2) ** bits - 159, []
    for _ in range(3):  # the quickest of three: the others were disturbed
        start = perf_counter()
        powmod(mpz(3) ** 200, n, n * n)
        seconds.append(perf_counter() - start)
    return min(seconds)


def times_residues(product: mpz, residues: Sequence[mpz], modulus: mpz) -> mpz:
    """Multiply by many numbers of half the size, two at a time.

    >>> times_residues(mpz(2), [mpz(3), mpz(5), mpz(7)], mpz(100))
    mpz(10)
    """
    for one, other in zip_longest(residues[::2], residues[1::2], fillvalue=1):
        product = product * (one * other) % modulus
    return product


def halves(element: mpz, n: mpz) -> tuple[mpz, mpz]:
    """Write an element as a·(1 + n·s) mod n²: answer (a, s).

    >>> halves(mpz(7) * (1 + 15 * 4), mpz(15))
    (mpz(7), mpz(4))
    """
    high, residue = divmod(element, n)
    return residue, high * invert(residue, n) % n


def _both_signs(bases: Sequence[mpz], n: mpz) -> tuple[list[mpz], list[mpz], list[mpz], list[mpz]]:
    """Lists of a, u, s and v with base = a·(1 + n·s) and 1/base = u·(1 − n·(s + v)), where a·u = 1 + n·v."""
    highs, residues = map(list, zip(*(divmod(base, n) for base in bases), strict=True)) if bases else ([], [])
    inverses = _inverses(residues, n)
    pairs = list(zip(residues, inverses, strict=True))
    logs = [high * inverse % n for high, inverse in zip(highs, inverses, strict=True)]
    return residues, inverses, logs, [residue * inverse // n for residue, inverse in pairs]


def _inverses(residues: Sequence[mpz], n: mpz) -> list[mpz]:
    """One inversion for all of them, and three products each: Montgomery's trick."""
    before = [mpz(1)]
    for residue in residues:
        before.append(before[-1] * residue % n)
    inverse, found = invert(before.pop(), n), []
    for residue in reversed(residues):
        found.append(inverse * before.pop() % n)
        inverse = inverse * residue % n
    return found[::-1]


def _product_of_powers(
    factors: tuple[list[mpz], list[mpz], list[mpz], list[mpz]], exponents: NDArray[np.int64], width: int, n: mpz
) -> mpz:
    """One column: Horner's rule over the digit places, the highest first."""
    residues, inverses, logs, inverse_logs = factors
    result, negative, modulus = mpz(1), np.zeros_like(exponents), n * n
    places = _signed_digits(exponents, width)
    for place in reversed(range(len(places))):
        negative += np.maximum(-places[place], 0) << (width * place)
        product = _product_of_small_powers(places[place], residues, inverses, modulus)
        result = powmod(result, 1 << width, modulus) * product % modulus
    log = sum(map(mul, exponents.tolist(), logs)) - sum(map(mul, negative.tolist(), inverse_logs))
    return result * (1 + n * (log % n)) % modulus


def _product_of_small_powers(
    digits: NDArray[np.int64], residues: Sequence[mpz], inverses: Sequence[mpz], modulus: mpz
) -> mpz:
    """Π residue^digit; for a negative digit the inverse stands for the residue."""
    sizes = np.abs(digits)
    buckets: list[list[mpz]] = [[] for _ in range(int(sizes.max(initial=0)) + 1)]
    for digit, size, residue, inverse in zip(digits.tolist(), sizes.tolist(), residues, inverses, strict=True):
        buckets[size].append(residue if digit > 0 else inverse)
    product, at_least = mpz(1), mpz(1)
    for bucket in reversed(buckets[1:]):  # from the largest digit down; bucket 0 stays out
        at_least = times_residues(at_least, bucket, modulus)
        product = product * at_least % modulus
    return product


def _signed_digits(exponents: NDArray[np.int64], width: int) -> list[NDArray[np.int64]]:
    """Digits d with exponent = Σ d_w·2^(width·w), each from −2^(width−1) to 2^(width−1); the lowest first."""
    half, rest, places = 1 << (width - 1), exponents, []
    while np.abs(rest).max(initial=0) > half:
        digits = ((rest + half) & ((1 << width) - 1)) - half
        places.append(digits)
        rest = (rest - digits) >> width
    return [*places, rest]


def _digit_bits(bases: int, exponent_bits: int) -> int:
    """The width of digits that needs the least work: a place takes a product for each base, and 1.7 for each size."""

    def work(width: int) -> float:
        places = -(-(exponent_bits + 1) // width)
        return places * (bases + 1.7 * (1 << (width - 1)))

    return min(range(1, 17), key=work)


def on_every_core(function: Callable[[list[Item]], list[Result]], items: Sequence[Item]) -> list[Result]:
    """Give each core its share of the items; what the function calls must let go of Python's lock to gain by it.

    >>> on_every_core(lambda part: [2 * item for item in part], [mpz(1), mpz(2), mpz(3)])
    [mpz(2), mpz(4), mpz(6)]
    """
    items, cores = list(items), os.cpu_count() or 1
    if min(cores, len(items)) < 2:
        return function(items) if items else []
    share = -(-len(items) // cores)
    parts = [items[start : start + share] for start in range(0, len(items), share)]
    with ThreadPoolExecutor(len(parts)) as pool:
        return [result for part in pool.map(function, parts) for result in part]

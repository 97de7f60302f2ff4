"""Real numbers as integers at a public scale, and back.

>>> encode([0.5, -3, 0.1], scale_bits=4)
[8, -48, 2]
>>> decode([8, -48, 2], scale_bits=4)
array([ 0.5  , -3.   ,  0.125])

Encryption and masks work on integers, so a real number v travels as the integer nearest to v·2^f. The scale f is a
public constant of the protocol and is never read from the numbers: a scale that follows the number tells how large
the number is. Encoding costs at most half a step, ½·2^−f, a number; everything after it is exact integer arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Set
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..arguments import is_whole
from ..errors import ArgumentError, RangeError

Number: TypeAlias = int | float | np.integer[Any] | np.floating[Any] | Fraction

WEIGHT_BITS = 24
"""The scale of model weights: steps of 2^−24 ≈ 6·10^−8, the resolution of a float32 between ½ and 1."""


def encode(values: Any, scale_bits: int = WEIGHT_BITS, limit: Number | None = None) -> list[int]:
    """Round each v·2^scale_bits to the nearest integer, half to even, without any other error.

    >>> encode([1.5, -0.25], scale_bits=8)
    [384, -64]
    >>> encode(2.0, scale_bits=8)  # a single number is a vector of one
    [512]
    >>> encode([0.5, 8.5], scale_bits=8, limit=8)
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.RangeError: The number at position 1 is 8.5, and the limit is ±8.
        Clip the numbers to ±8, or agree on a larger limit.

    Parameters
    ----------
    values
        shape (N,), or one number: Python or NumPy integers and floats of any width, or fractions
    scale_bits
        f, a public constant of the protocol; the step is 2^−f
    limit
        public bound on |v|, in the units of the values; None for no bound

    Returns
    -------
    list of int
        N Python integers, signed, of any size

    Raises
    ------
    RangeError
        a value is not finite, or lies beyond the limit
    ArgumentError
        a value is no real number (truth values and text are refused), the array has more than one dimension, or
        scale_bits is no whole number from 0 up
    """
    scale_bits = check_scale(scale_bits)
    quickly = _encode_floats(values, scale_bits, limit)
    if quickly is not None:
        return quickly
    numbers = [_python_number(v, f"number at position {i}") for i, v in enumerate(_as_vector(values))]
    if limit is not None:
        _check_limit(numbers, _python_number(limit, "limit"))
    return [_nearest_integer(number, scale_bits) for number in numbers]


def encode_matrix(values: Any, scale_bits: int = WEIGHT_BITS, limit: Number | None = None) -> NDArray[np.int64]:
    """Encode a matrix of real numbers as 64-bit integers: each element as `encode` does.

    >>> encode_matrix([[0.5, -1.0], [0.25, 2.0]], scale_bits=4)
    array([[  8, -16],
           [  4,  32]])

    Parameters
    ----------
    values
        shape (N, p)
    scale_bits, limit
        as for `encode`

    Returns
    -------
    array of int64
        shape (N, p)

    Raises
    ------
    RangeError
        a value is not finite, lies beyond the limit, or needs more than 63 bits at this scale
    ArgumentError
        a value is no real number, or the array is no matrix
    """
    matrix = np.asarray(values)
    if matrix.ndim != 2:
        raise ArgumentError(f"A matrix is needed, and an array of shape {matrix.shape} was given.", "Use X[:, None].")
    try:
        return np.array(encode(matrix.ravel(), scale_bits, limit), dtype=np.int64).reshape(matrix.shape)
    except OverflowError:
        raise RangeError(
            f"At {scale_bits} scale bits a number needs more than 63 bits.", "Use a smaller scale."
        ) from None


def decode(integers: Iterable[Any], scale_bits: int = WEIGHT_BITS, divisor: int = 1) -> NDArray[np.float64]:
    """Turn integers back into real numbers: integer / (divisor·2^scale_bits), correctly rounded.

    >>> decode([384, -64], scale_bits=8)
    array([ 1.5 , -0.25])
    >>> decode([384 * 10], scale_bits=8, divisor=10)  # a mean: the sum of ten, divided after decryption
    array([1.5])

    Parameters
    ----------
    integers
        shape (N,), Python or NumPy integers of any size
    scale_bits
        f, the scale that they carry
    divisor
        whole number from 1 up, for a mean

    Returns
    -------
    array of float64
        shape (N,)

    Raises
    ------
    RangeError
        the quotient is larger than a float64 can hold
    ArgumentError
        an element is no integer, or the divisor is no whole number from 1 up
    """
    whole = as_integers(integers)
    denominator = _check_divisor(divisor) << check_scale(scale_bits)
    quotients = [_quotient(position, integer, denominator) for position, integer in enumerate(whole)]
    return np.array(quotients, dtype=np.float64)


def as_integers(values: Iterable[Any], what: str = "number") -> list[int]:
    """Cast Python and NumPy integers to Python integers, once and exactly; refuse everything else.

    >>> as_integers(np.array([3, -4], dtype=np.int32))
    [3, -4]

    Raises
    ------
    ArgumentError
        an element is no integer (floats and truth values are refused), named with its position
    """
    if isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype.kind in "iu":
        whole: list[int] = values.tolist()
        return whole
    for position, value in enumerate(values := _listed(values)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise ArgumentError(
                f"The {what} at position {position} is {_shown(value)}, and an integer is needed.",
                "Encode real numbers first: fixed_point.encode(values, scale_bits).",
            )
    return [int(value) for value in values]


def check_scale(scale_bits: Any) -> int:
    """Hand back scale_bits as a Python integer.

    >>> check_scale(np.int64(24))
    24

    Raises
    ------
    ArgumentError
        it is no whole number from 0 up
    """
    if not is_whole(scale_bits, 0):
        raise ArgumentError(
            f"scale_bits is a whole number from 0 up, and was {_shown(scale_bits)}.", "Use 24 for weights."
        )
    return int(scale_bits)


def _listed(values: Any) -> list[Any]:
    """List the elements of a vector; what is no vector is refused, not iterated over by accident."""
    if isinstance(values, np.ndarray):
        if values.ndim > 1:
            raise ArgumentError(
                f"A vector is needed, and an array of shape {values.shape} was given.", "Use array.ravel()."
            )
        return list(np.atleast_1d(values).tolist())
    if isinstance(values, str | bytes | bytearray | Mapping | Set) or not isinstance(values, Iterable):
        raise ArgumentError(
            f"A vector of numbers is needed, and {_shown(values)} was given.", "Use a list or a NumPy array."
        )
    return list(values)


def _as_vector(values: Any) -> list[Any]:
    if isinstance(values, int | float | complex | np.generic | Fraction):
        return [values]
    return _listed(values)


def _python_number(value: Any, what: str) -> Any:
    """Cast exactly to a number of Python's own: to NumPy, 8.001 ≤ np.float16(8), and |np.int8(−128)| = −128."""
    number: Any = value.item() if isinstance(value, np.generic) else value
    wide = isinstance(value, np.longdouble)  # item() leaves it as it is, and math would squeeze it into a float
    if isinstance(number, bool) or not (wide or isinstance(number, int | float | Fraction)):
        raise ArgumentError(
            f"The {what} is {_shown(value)}, and a real number is needed.",
            "Convert it first: float(value), or int(value) for a truth value.",
        )
    if (wide and not np.isfinite(value)) or (isinstance(number, float) and not math.isfinite(number)):
        raise RangeError(
            f"The {what} is {number}, which has no fixed-point form.",
            "Find where it comes from: a diverging step, or a missing value in the data.",
        )
    return Fraction(*value.as_integer_ratio()) if wide else number


def _encode_floats(values: Any, scale_bits: int, limit: Number | None) -> list[int] | None:
    """Encode an array of float64 at once; None where anything is unusual, for the slow way to look at it."""
    if not (isinstance(values, np.ndarray) and values.dtype == np.float64 and values.ndim == 1 and scale_bits < 1000):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.ldexp(values, scale_bits)  # exact: a power of two
    largest = np.abs(scaled).max(initial=0.0)
    too_large = limit is not None and float(np.abs(values).max(initial=0.0)) > _python_number(limit, "limit")
    if too_large or not largest < 2.0**62:
        return None
    whole: list[int] = np.rint(scaled).astype(np.int64).tolist()  # half to even
    return whole


def _check_limit(numbers: list[Any], limit: Any) -> None:
    for position, number in enumerate(numbers):
        if abs(number) > limit:
            raise RangeError(
                f"The number at position {position} is {number}, and the limit is ±{limit}.",
                f"Clip the numbers to ±{limit}, or agree on a larger limit.",
            )


def _nearest_integer(number: Any, scale_bits: int) -> int:
    if isinstance(number, int):
        return number << scale_bits
    if isinstance(number, float):
        try:
            return round(math.ldexp(number, scale_bits))  # both exact: a power of two, then half to even
        except OverflowError:
            pass  # scaled, it is beyond floats; the fraction below is exact at any size
    numerator, denominator = number.as_integer_ratio()
    return round(Fraction(numerator << scale_bits, denominator))


def _quotient(position: int, integer: int, denominator: int) -> float:
    try:
        return integer / denominator  # Python's division of integers is correctly rounded at any size
    except OverflowError:
        raise RangeError(
            f"The integer at position {position} has {integer.bit_length()} bits, and its quotient fits no float64.",
            "Check the scale and the key: this is what a wrongly decrypted or still masked number looks like.",
        ) from None


def _check_divisor(divisor: Any) -> int:
    if not is_whole(divisor, 1):
        raise ArgumentError(f"The divisor is a whole number from 1 up, and was {_shown(divisor)}.", "Use Σ n_k.")
    return int(divisor)


def _shown(value: Any) -> str:
    """Show a value, shortened, with its type, for an error message."""
    text = repr(value)
    return f"{text if len(text) <= 40 else text[:37] + '…'} ({type(value).__name__})"

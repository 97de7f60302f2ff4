"""Is an argument a whole number, and in its range? Asked everywhere in the same words.

>>> is_whole(3), is_whole(3.0), is_whole(True), is_whole(3, least=5)
(True, False, False, False)
"""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any, TypeGuard

from .errors import ArgumentError


def is_whole(value: object, least: float = -math.inf, most: float = math.inf) -> TypeGuard[int]:
    """Whether a value is a whole number, Python's or NumPy's, from `least` to `most`; True and False are none."""
    return isinstance(value, Integral) and not isinstance(value, bool) and least <= int(value) <= most


def check_whole(name: str, value: Any, least: int) -> int:
    """A whole number that is large enough, or an error that says what was given.

    >>> check_whole("rounds", 10, least=1)
    10
    >>> check_whole("rounds", 0, least=1)
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.ArgumentError: rounds is a whole number from 1 up, and was 0.
        Use rounds=5.

    Raises
    ------
    ArgumentError
        it is none, or below the least
    """
    if not is_whole(value, least):
        raise ArgumentError(f"{name} is a whole number from {least} up, and was {value!r}.", f"Use {name}={least + 4}.")
    return int(value)


def shortened(value: object, most: int = 60) -> str:
    """How Python writes a value, for an error: cut off with an ellipsis when that is long.

    >>> shortened([1, 2]), shortened("a" * 100, most=10)
    ('[1, 2]', "'aaaaaaaa…")
    """
    written = repr(value)
    return written if len(written) <= most else f"{written[: most - 1]}…"

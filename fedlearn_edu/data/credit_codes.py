"""Unified social credit codes: ids that can be counted through.

>>> from fedlearn_edu.data.credit_codes import credit_code, is_credit_code
>>> credit_code(4711)
'92990101MA0471116R'
>>> is_credit_code("92990101MA0471116R"), is_credit_code("92990101MA0471116T")
(True, False)

In China every firm and every self-employed person has such a code of 18 characters:

    9           registered by the market regulator
    2           a self-employed person's business
    990101      the region: no region of this number exists, so no code made here is anybody's
    MA047111 6  the register's own number, eight characters and a check character
    R           a check character over all that

A check character catches slips of the pen. It adds nothing to guess: whoever knows the region can write down every
code of its register. Here that is `REGISTER_SIZE` of them, a second's work.

References
----------
GB 32100-2015, the coding rule of the unified social credit identifier for legal entities and other organisations.
GB 11714, rules of coding for the representation of organisations (the check character inside).
"""

from __future__ import annotations

from ..arguments import is_whole
from ..errors import ArgumentError

REGISTER_SIZE = 100_000
_HEAD = "92990101"
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # 31 signs: no I, O, S, V, Z, which look like others
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def credit_code(number: int) -> str:
    """The code of one entry of the made-up register, from 0 to 99,999.

    >>> from fedlearn_edu.data.credit_codes import credit_code
    >>> credit_code(0), credit_code(1)
    ('92990101MA00000159', '92990101MA0000111J')

    Raises
    ------
    ArgumentError
        The register has no such entry.
    """
    if not is_whole(number, 0, REGISTER_SIZE - 1):
        raise ArgumentError(
            f"The register's entries are the whole numbers from 0 to {REGISTER_SIZE - 1}, and this was {number!r}.",
            "Use credit_code(4711).",
        )
    inner = f"MA{number:05d}1"
    body = _HEAD + inner + _inner_check(inner)
    return body + _outer_check(body)


def every_credit_code() -> list[str]:
    """All codes of the register: what anyone can write down who knows the rule.

    >>> from fedlearn_edu.data.credit_codes import every_credit_code
    >>> len(every_credit_code())
    100000
    """
    return [credit_code(number) for number in range(REGISTER_SIZE)]


def is_credit_code(text: str) -> bool:
    """Whether a text is a credit code by form and by both check characters, of any region.

    >>> from fedlearn_edu.data.credit_codes import is_credit_code
    >>> is_credit_code("91110000600O37341L")
    False
    """
    well_formed = len(text) == 18 and set(text) <= set(_ALPHABET)
    return well_formed and text[16] == _inner_check(text[8:16]) and text[17] == _outer_check(text[:17])


def _inner_check(text: str) -> str:
    """GB 11714: 11 − Σ wᵢ·cᵢ mod 11, where A is 10, B is 11, …"""
    total = sum(weight * int(sign, 36) for weight, sign in zip(_INNER_WEIGHTS, text, strict=True))
    return "0123456789X0"[11 - total % 11]


def _outer_check(text: str) -> str:
    """GB 32100: 31 − Σ 3ⁱ·cᵢ mod 31, in the alphabet of 31 signs."""
    total = sum(weight * _ALPHABET.index(sign) for weight, sign in zip(_WEIGHTS, text, strict=True))
    return _ALPHABET[-total % 31]

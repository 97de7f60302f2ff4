"""Chapter 00's small play: a class adds up its numbers, and nobody tells theirs.

    step 0   pupil ──a secret from 0 to 999──> partner
    step 1   each adds the secrets that it made up, subtracts those that it received      mod 1000
    step 2   pupil ──the three digits that came out──> everybody
    step 3   everybody adds up what was called out                                        mod 1000

Who learns what: everybody, the sum. A number that is called out is uniform from 0 to 999, as long as its pupil has a
partner who keeps quiet. Whom it trusts: the partners. What it does not do: protect the sum itself (with two pupils, sum
minus mine is yours), or keep a whispered secret from who stands close; chapter 04 agrees on secrets in public.

Source: the pairwise masks of Bonawitz et al., Practical Secure Aggregation for Privacy-Preserving Machine Learning,
CCS 2017, reduced to what a class can do with pencil and paper.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from ...wire.choreography import Announce, At, Local, Protocol, Seat, Send, Text

MODULUS = 1000  # three digits
SECONDS_A_MESSAGE, BYTES_A_MESSAGE = 0.0002, 3  # numbers below 256 take a byte less
Pairs = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Pupil:
    """A pupil and the number that it keeps."""

    name: str
    data: int


def pairs_of(pupils: int, partners: str) -> Pairs:
    """
    >>> pairs_of(5, "one"), pairs_of(3, "all"), pairs_of(3, "none")
    (((0, 1), (2, 3)), ((0, 1), (0, 2), (1, 2)), ())

    Who agrees on a secret with whom, by places from 0: the first of a pair adds it, the second subtracts it.
    """
    if partners == "all":
        return tuple(combinations(range(pupils), 2))
    return tuple((place, place + 1) for place in range(0, pupils - 1, 2)) if partners == "one" else ()


def paper_round(numbers: Sequence[int], pairs: Pairs) -> Protocol:
    """The play, ready to be played.

    >>> from fedlearn_edu.wire.run import play
    >>> called, total = play(paper_round([41, 12, 30], pairs_of(3, "all"))).result
    >>> total, total == sum(called) % 1000
    (83, True)

    Parameters
    ----------
    numbers : one for each pupil, from 0 to 999
    pairs : places of those who agree on a secret
    """
    pupils = [Pupil(f"pupil {place}", number) for place, number in enumerate(numbers, start=1)]
    messages = len(pairs) + len(pupils) * (len(pupils) - 1)
    forecast = (SECONDS_A_MESSAGE * messages, BYTES_A_MESSAGE * messages)
    return Protocol(
        paper_round_text, {"pupils": pupils, "pairs": pairs}, title="paper round", forecast=lambda: forecast
    )


def paper_round_text(pupils: Sequence[Seat], pairs: Pairs) -> Text:
    """The sum of all numbers mod 1000, and none of them.

    0. every pair agrees on a secret number
    1. the first of each pair adds it, the second subtracts it
    2. everybody calls out what came out
    3. everybody adds up what was called out
    """
    added: list[list[At]] = [[] for _ in pupils]
    subtracted: list[list[At]] = [[] for _ in pupils]
    for first, second in pairs:
        secret_at_first = yield Local(pupils[first], "make up a secret", new_secret, step=0)
        secret_at_second = yield Send(secret_at_first, pupils[second], "secret number", step=0)
        added[first].append(secret_at_first)
        subtracted[second].append(secret_at_second)
    called = []
    for place, pupil in enumerate(pupils):
        number_at_pupil = yield Local(pupil, "add and subtract", masked, added[place], subtracted[place], step=1)
        called.append((yield Announce(number_at_pupil, "called out", step=2, rehearsal=0)))
    return called, sum(called) % MODULUS


def new_secret(_: int) -> int:
    return secrets.randbelow(MODULUS)


def masked(number: int, added: Sequence[int], subtracted: Sequence[int]) -> int:
    """
    >>> masked(41, added=[700], subtracted=[900])                         # 41 + 700 − 900 = −159, and 1000 more
    841

    What a pupil calls out.
    """
    return (number + sum(added) - sum(subtracted)) % MODULUS

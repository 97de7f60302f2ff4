"""Chapter 05: the second blinding, the leak in sha(x)·G, what a size tells; and the three predictions.

>>> [exercise.title for exercise in EXERCISES]
['The second blinding', 'One known customer', 'Only the size']

Points are numbers mod p here, and blinding is raising to a secret power: the same rules as on a curve, and Python's
own `pow` is enough. A p of 31 bits is a toy: logarithms are easy to find.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import Any

import numpy as np

from ..arguments import is_whole
from ..data.credit_codes import credit_code
from ..i18n import say
from .answers import came_and_expected
from .exercise import Answer, Case, Exercise, Misconception, WrongForm, described
from .question import Option, Prompt, Question

P, Q = 2_000_000_579, 1_000_000_289  # P = 2·Q + 1, both prime: the squares mod P are a group of order Q
G = 4


def exponent(identity: str) -> int:
    """An identifier as a number from 1 to Q − 1.

    >>> 0 < exponent("ann") < Q
    True
    """
    return int.from_bytes(sha256(identity.encode()).digest(), "big") % (Q - 1) + 1


def to_group(identity: str) -> int:
    """An identifier as a square mod P whose logarithm nobody was told.

    >>> pow(to_group("ann"), Q, P)
    1
    """
    return pow(exponent(identity), 2, P)


# --- 05.1 the second blinding -------------------------------------------------------------------------------------


def blinding_cases() -> list[Case]:
    """What the bank sent, what the tax office has, and its secret; long lists, so that no shuffle is the old order."""
    return [
        _blinding_case("14 and 12 customers", range(14), range(8, 20), 65_537),
        _blinding_case("12 and 20 customers", range(100, 112), range(105, 125), 123_456_789),
        _blinding_case("nobody in common", range(200, 212), range(300, 313), 999_999_937),
    ]


def _blinding_case(name: str, bank: Iterable[int], tax_office: Iterable[int], b: int) -> Case:
    received = [pow(to_group(credit_code(k)), 31_337, P) for k in bank]
    own = [to_group(credit_code(k)) for k in tax_office]
    wanted = {
        "the bank's, again": [pow(c, b, P) for c in received],
        "your own": sorted(pow(c, b, P) for c in own),
        "order of your own": "hidden",
    }
    return Case(name, (received, own, b, P), wanted)


def read_blinded(answer: Any, case: Case) -> dict[str, Any]:
    """Both lists; of the second one the values, and whether its order is that of the table, or of the open points."""
    received, own, b, p = case.arguments
    if not isinstance(answer, list | tuple) or len(answer) != 2:
        raise WrongForm(say("Your function returned {what}. Return two lists.", what=described(answer)))
    lists = [_numbers(one) for one in answer]
    for found, sent in zip(lists, (received, own), strict=True):
        if len(found) != len(sent):
            text = "A list of {came} came where {wanted} points were to be blinded."
            raise WrongForm(say(text, came=len(found), wanted=len(sent)))
    once = [pow(c, b, p) for c in own]
    sorted_open = [pow(c, b, p) for c in sorted(own)]
    order = "of the table" if lists[1] in (once, once[::-1], own, own[::-1]) else "hidden"
    order = "of the open points" if lists[1] in (sorted_open, sorted_open[::-1]) else order
    return {"the bank's, again": lists[0], "your own": sorted(lists[1]), "order of your own": order}


def _numbers(answer: Any) -> list[int]:
    if not isinstance(answer, list | tuple) or not all(isinstance(c, int | np.integer) for c in answer):
        raise WrongForm(say("One of the two is {what}. Return two lists of whole numbers.", what=described(answer)))
    return [int(c) for c in answer]


def _unshuffled(answers: Mapping[str, Answer]) -> bool:
    return _only_in_order(answers, "of the table")


def _sorted_open(answers: Mapping[str, Answer]) -> bool:
    return _only_in_order(answers, "of the open points")


def _only_in_order(answers: Mapping[str, Answer], order: str) -> bool:
    """Every value right, and somewhere this order."""
    values = came_and_expected(answers, dict)
    right = [all(v[part] == e[part] for part in ("the bank's, again", "your own")) for v, e in values]
    return len(right) == len(answers) and all(right) and any(v["order of your own"] == order for v, _ in values)


def _shuffled_the_banks(answers: Mapping[str, Answer]) -> bool:
    values = came_and_expected(answers, dict)
    parts = [(v["the bank's, again"], e["the bank's, again"]) for v, e in values]
    return len(parts) == len(answers) and all(v != e and sorted(v) == sorted(e) for v, e in parts)


SECOND_BLINDING = Exercise(
    id="05.1",
    title="The second blinding",
    task="""
You are the **tax office**. The bank sent `received`: its customers' points, each already raised to the bank's secret
power. `own` are the points of your own customers, not yet blinded, in the order of your table.

Write `answer(received, own, b, p)`. Return **two lists**:

- the bank's points, blinded again with your secret b, so that the bank still knows which of them is which
- your own points, blinded once, in an order that tells the bank nothing

To blind c is `pow(c, b, p)`; `import random` (or `secrets`) inside your function, if you need it.
""",
    stub='''
def answer(received, own, b, p):
    """received: [H(x)^a, ...], own: [H(y), ...]. Return ([H(x)^(a·b), ...], [H(y)^b, ...])."""
    ...
''',
    function="answer",
    cases=blinding_cases,
    read=read_blinded,
    misconceptions=(
        Misconception(
            "did not shuffle",
            "You did not shuffle: positions give away who is who. If your table is sorted by code, or by the day of "
            "registration, the bank places every stranger between two customers that it knows.",
            """
def answer(received, own, b, p):
    return [pow(c, b, p) for c in received], [pow(c, b, p) for c in own]
""",
            shown_by=_unshuffled,
        ),
        Misconception(
            "sorted before blinding",
            "You sorted before you blinded. Everybody can work out H(y), and so this order, too: the bank places every "
            "stranger between two customers that it knows. Blind first, then sort.",
            """
def answer(received, own, b, p):
    return [pow(c, b, p) for c in received], [pow(c, b, p) for c in sorted(own)]
""",
            shown_by=_sorted_open,
        ),
        Misconception(
            "shuffled the bank's",
            "You shuffled the bank's points: now the bank cannot tell which of them are the common ones. Keep their "
            "order; shuffle your own.",
            """
def answer(received, own, b, p):
    return sorted(pow(c, b, p) for c in received), sorted(pow(c, b, p) for c in own)
""",
            shown_by=_shuffled_the_banks,
        ),
        Misconception(
            "own points open",
            "You sent your own points without b: the bank hashes every code of the register and compares.",
            """
def answer(received, own, b, p):
    return [pow(c, b, p) for c in received], sorted(own)
""",
        ),
        Misconception(
            "multiplied by b",
            "You multiplied by b: the bank divides what came back by what it sent, and has b. Raise to the power b.",
            """
def answer(received, own, b, p):
    return [c * b % p for c in received], sorted(c * b % p for c in own)
""",
        ),
    ),
    hints=(
        "Two lists, two orders. Which order must the bank find again, and which must it not?",
        "`[pow(c, b, p) for c in received]` keeps the order. For your own: blind, then bring into an order that does "
        "not come from your table.",
        "`sorted(...)` of blinded points is such an order; so is `random.sample(points, len(points))`.",
    ),
    solution="""
def answer(received, own, b, p):
    again = [pow(c, b, p) for c in received]         # the bank's order: it must find its own again
    once = sorted(pow(c, b, p) for c in own)         # sorted by blinded point, which tells nothing about the table
    return again, once
""",
    explanation="""
(H(x)^a)^b = (H(x)^b)^a: the bank raises your second list to the power a and looks for equal numbers. It can tell which
of *its* customers are common, because the first list kept the bank's order; your others are numbers in an order of
their own. `fl.align` draws a fresh secret order with random bytes.
""",
    large_powers=True,
)


# --- 05.2 one known customer --------------------------------------------------------------------------------------


def known_cases() -> list[Case]:
    """The colleague's list, one customer in it, and candidates of whom some are in it."""
    return [
        _known_case("40 candidates", range(0, 60, 3), range(40), 777_777_777),
        _known_case("300 candidates", range(7, 400, 11), range(300), 424_242_424),
        _known_case("nobody else", range(0, 200, 50), range(151, 190), 135_791_113),
    ]


def _known_case(name: str, there: range, candidates: range, b: int) -> Case:
    ids = [credit_code(k) for k in there]
    sent = [pow(G, exponent(one) * b, P) for one in ids]
    tried = [credit_code(k) for k in candidates]
    arguments = (sorted(sent), ids[-1], sent[-1], tried, exponent, (G, P, Q))
    return Case(name, arguments, {"g^b": pow(G, b, P), "there": sorted(set(ids) & set(tried))})


def read_found(answer: Any, case: Case) -> dict[str, Any]:
    """A number, and identifiers in any order."""
    if not isinstance(answer, list | tuple) or len(answer) != 2:
        raise WrongForm(say("Your function returned {what}. Return g^b and a list of ids.", what=described(answer)))
    number, ids = answer
    if not is_whole(number):
        raise WrongForm(say("For g^b came {what}. Return a whole number.", what=described(number)))
    return {"g^b": int(number), "there": _identifiers(ids)}


def _identifiers(ids: Any) -> list[str]:
    if not isinstance(ids, list | tuple | set | frozenset) or not all(isinstance(one, str) for one in ids):
        raise WrongForm(say("For the ids came {what}. Return a list of ids.", what=described(ids)))
    return sorted(set(ids))


ONE_KNOWN = Exercise(
    id="05.2",
    title="One known customer",
    task="""
A colleague at the tax office needs a point for each code, and takes G times the hash: here g^sha(x) mod p. Then he
blinds with the secret b, so he sends g^(sha(y)·b) for each customer y: `sent`. "Nobody can find b", he says, and on a
real curve that is true.

You are the **curious bank**. You know one customer whom both have, `known`, and which of the numbers is that one:
`point`. Write `who_is_there(sent, known, point, candidates, exponent, group)`. Return **two things**: g^b, which
you can find without b, and the list of those `candidates` that were sent.

- `exponent(x)` is sha(x) as a number, the same for everybody; `group` is `(g, p, q)`, with g^q = 1 mod p
- `pow(e, -1, q)` is 1/e mod q
""",
    stub='''
def who_is_there(sent, known, point, candidates, exponent, group):
    """sent: [g^(sha(y)·b), ...], point: g^(sha(known)·b). Return g^b and the ids among candidates that were sent."""
    g, p, q = group
    ...
''',
    function="who_is_there",
    cases=known_cases,
    read=read_found,
    misconceptions=(
        Misconception(
            "without b",
            "You compared hashes that lack b. The known customer gives you g^b: take its hash out of the exponent of "
            "`point`.",
            """
def who_is_there(sent, known, point, candidates, exponent, group):
    g, p, q = group
    return g, [x for x in candidates if pow(g, exponent(x), p) in sent]
""",
        ),
        Misconception(
            "inverse mod p",
            "You inverted the hash mod p. It stands in an exponent, and exponents go round at q: g^q = 1. Take the "
            "inverse mod q.",
            """
def who_is_there(sent, known, point, candidates, exponent, group):
    g, p, q = group
    g_b = pow(point, pow(exponent(known), -1, p), p)
    return g_b, [x for x in candidates if pow(g_b, exponent(x), p) in sent]
""",
        ),
        Misconception(
            "divided",
            "You divided the number by the hash. The hash stands in the exponent: raise to the power 1/sha(x) mod q.",
            """
def who_is_there(sent, known, point, candidates, exponent, group):
    g, p, q = group
    g_b = point * pow(exponent(known), -1, p) % p
    return g_b, [x for x in candidates if pow(g_b, exponent(x), p) in sent]
""",
        ),
        Misconception(
            "point for g^b",
            "You took `point` for g^b. It is g^(sha(known)·b): the hash of the known customer is still in it.",
            """
def who_is_there(sent, known, point, candidates, exponent, group):
    g, p, q = group
    return point, [x for x in candidates if pow(point, exponent(x), p) in sent]
""",
        ),
    ),
    hints=(
        "What is `point`? g^(sha(known)·b). You know sha(known). What is left when you take it out of the exponent?",
        "`g_b = pow(point, pow(exponent(known), -1, q), p)` is g^b. You have not found b, and do not need it.",
        "For each candidate x: is `pow(g_b, exponent(x), p)` in the list?",
    ),
    solution="""
def who_is_there(sent, known, point, candidates, exponent, group):
    g, p, q = group
    g_b = pow(point, pow(exponent(known), -1, q), p)         # (g^(sha(x)·b))^(1/sha(x)) = g^b
    there = set(sent)
    return g_b, [x for x in candidates if pow(g_b, exponent(x), p) in there]
""",
    explanation="""
You hashed to a number and multiplied G: one known id unlocks a dictionary. g^b plays the part of a salt that the bank
has found out, and then it is the dictionary attack again. A hash *to the curve* has no exponent that anybody knows, so
there is nothing to divide out: `hash_to_curve` tries numbers until one is a point, instead of multiplying G.
""",
    large_powers=True,
)


# --- 05.3 only the size -------------------------------------------------------------------------------------------


class AlignmentsUsedUp(Exception):
    """The tax office takes part no more."""


class Sizes:
    """A tax office that tells how many of a list are its customers, and nothing else; a limited number of times.

    >>> size = Sizes({"ann", "bo"}, limit=2)
    >>> size(["ann", "cem"]), size(["cem"])
    (1, 0)
    >>> size(["ann"])
    Traceback (most recent call last):
        ...
    fedlearn_edu.exercises.alignment.AlignmentsUsedUp: the tax office allows 2 alignments, and this was one more
    """

    def __init__(self, customers: Collection[str], limit: int) -> None:
        self._customers, self._limit, self._left = frozenset(customers), limit, limit

    def __call__(self, ids: Iterable[str]) -> int:
        if self._left == 0:
            raise AlignmentsUsedUp(f"the tax office allows {self._limit} alignments, and this was one more")
        self._left -= 1
        return len(self._customers.intersection(ids))


ALLOWED = 40


def size_cases() -> list[Case]:
    """Few among many, none, all, and some."""
    return [
        _size_case("3 of 64", 64, (5, 6, 41)), _size_case("3 of 64, far apart", 64, (0, 31, 63)),
        _size_case("none of 64", 64, ()), _size_case("1 of 64", 64, (50,)), _size_case("all of 10", 10, range(10)),
        _size_case("4 of 10", 10, (1, 2, 7, 9)),
    ]  # fmt: skip


def _size_case(name: str, suspects: int, customers: Iterable[int]) -> Case:
    codes = [credit_code(5000 + k) for k in range(suspects)]
    there = [codes[k] for k in customers]
    return Case(name, (codes, Sizes(there, ALLOWED)), sorted(there))


def read_customers(answer: Any, case: Case) -> list[str]:
    """Identifiers, in any order."""
    return _identifiers(answer)


ONLY_THE_SIZE = Exercise(
    id="05.3",
    title="Only the size",
    task=f"""
"Then let the alignment tell nobody who is common", says the tax office, "only **how many**." Such protocols exist.

You are the curious bank again, with a list of `suspects`. `size(ids)` runs one alignment and returns how many of these
ids are customers of the tax office. It allows **{ALLOWED}** alignments; there are up to 64 suspects.

Write `customers_among(suspects, size)`. Return the list of those who are customers.
""",
    stub='''
def customers_among(suspects, size):
    """suspects: [id, ...]; size(ids): how many of them are customers. Return those who are."""
    ...
''',
    function="customers_among",
    cases=size_cases,
    read=read_customers,
    misconceptions=(
        Misconception(
            "one by one",
            "You used up the alignments. Ask for half of the list at once: a half without customers needs no further "
            "question.",
            """
def customers_among(suspects, size):
    return [one for one in suspects if size([one])]
""",
            shown_by=lambda answers: any(isinstance(a.outcome.error, AlignmentsUsedUp) for a in answers.values()),
        ),
        Misconception(
            "everybody",
            "A size above 0 says that somebody is there, not who. Split the list, and ask for the halves.",
            """
def customers_among(suspects, size):
    return list(suspects) if size(suspects) else []
""",
        ),
        Misconception(
            "the first ones",
            "The size says how many, not which ones: you took the first of the list. Split it, and ask for the halves.",
            """
def customers_among(suspects, size):
    return suspects[:size(suspects)]
""",
        ),
    ),
    hints=(
        "What do you know when `size` of a list is 0? And when it is as large as the list?",
        "Otherwise split the list in two and ask for each half: a function that calls itself.",
        "`half = len(suspects) // 2`, then `customers_among(suspects[:half], size) + customers_among(suspects[half:], "
        "size)`.",
    ),
    solution="""
def customers_among(suspects, size):
    count = size(suspects)
    if count == 0:
        return []
    if count == len(suspects):
        return list(suspects)
    half = len(suspects) // 2
    return customers_among(suspects[:half], size) + customers_among(suspects[half:], size)
""",
    explanation="""
The size of the intersection answers a question that the other side chooses. Two lists that differ in one code give two
sizes, and their difference is that customer. Hiding the ids does not help: what helps is to limit who asks, how often,
and with which lists, and to look at what comes.
""",
)


EXERCISES = (SECOND_BLINDING, ONE_KNOWN, ONLY_THE_SIZE)

QUESTION = Question(
    chapter="05",
    title="Predict",
    prompts=(
        Prompt(
            "Bank and tax office hash every credit code with SHA-256 and a secret salt that both know, and compare the "
            "hashes. Who can find out which codes are on the other's list, beyond the common ones?",
            (
                Option("nobody: SHA-256 cannot be inverted",
                       "Nobody computes backwards. One hashes all 100,000 codes of the register, and compares."),
                Option("nobody: the salt is secret",
                       "You salted the hash: the other party knows the salt. It keeps outsiders away, not the one that "
                       "you are afraid of."),
                Option("each of the two",
                       "Each knows the salt and can write down every code. It takes less than a second."),
            ),
            right=2,
        ),
        Prompt(
            "To blind a code, one needs a point on a curve. A colleague takes sha(code)·G, with the public point G, "
            "and blinds it with the secret b. Is that safe?",
            (
                Option("yes: nobody finds b",
                       "You hashed to a number and multiplied G: one known id unlocks a dictionary. b is not needed, "
                       "b·G is enough."),
                Option("yes, if the list is shuffled",
                       "Shuffling hides the order. One known id gives b·G, and then every code can be tried."),
                Option("no: one common customer opens the list",
                       "Divide the known hash out: b·G is left, and sha(x)·(b·G) can be computed for every code x."),
            ),
            right=2,
        ),
        Prompt(
            "Both used a proper alignment (blinded points). What does the bank know afterwards about the tax office's "
            "other customers, those that are not common?",
            (
                Option("nothing at all",
                       "It counted the points that came: the length of the list is known. And whoever is on the bank's "
                       "list and not common is not with the tax office."),
                Option("how many there are",
                       "As many as points came, less the common ones. That, and the intersection, is what every such "
                       "protocol tells."),
                Option("who they are",
                       "Not without b: for each code the bank would have to compute b·H(code)."),
            ),
            right=1,
        ),
    ),
)  # fmt: skip

"""Chapter 03: open a sum, choose a slot width, equal salaries; and the three predictions.

>>> [exercise.title for exercise in EXERCISES]
['Open the sum', 'A slot for 300 parties', 'Equal salaries, equal ciphertexts']

The keys are toys (classroom only, insecure): small enough to print, and to try every wrong way on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import gcd, lcm
from typing import Any

import numpy as np

from ..crypto.packing import slot_bits_for
from ..crypto.paillier_keys import PrivateKey
from ..i18n import say
from .answers import read_whole, toy_keys
from .exercise import Answer, Case, Exercise, Misconception, Shown, WrongForm, described
from .question import Option, Prompt, Question

# --- 03.1 open the sum --------------------------------------------------------------------------------------------

TOY_PRIMES = (293, 433)


def sum_cases() -> list[Case]:
    """Ciphertexts of salary changes, under n = 15 and n = 293 · 433; the learner opens their sum."""
    return [
        _sum_case("one number", (3, 5), [6], [2]),
        _sum_case("two numbers, n = 15", (3, 5), [4, 2], [2, 7]),
        _sum_case("a cut, n = 15", (3, 5), [2, -3], [4, 13]),
        _sum_case("three raises", TOY_PRIMES, [300, 150, 45], [1234, 77, 50_001]),
        _sum_case("raises and a cut", TOY_PRIMES, [300, -450], [8, 999]),
    ]


def _sum_case(name: str, primes: tuple[int, int], changes: Sequence[int], units: Sequence[int]) -> Case:
    p, q = primes
    n, secret = p * q, lcm(p - 1, q - 1)
    pairs = zip(changes, units, strict=True)
    ciphertexts = [pow(1 + n, m, n * n) * pow(r, n, n * n) % (n * n) for m, r in pairs]
    return Case(name, (ciphertexts, n, secret, pow(secret, -1, n)), sum(changes))


OPEN_THE_SUM = Exercise(
    id="03.1",
    title="Open the sum",
    task="""
You are the **key holder**. `ciphertexts` are the encrypted changes of some salaries: raises are positive, cuts are
negative. You may know their **sum**, and you open one ciphertext only.

Write `open_sum(ciphertexts, n, lam, mu)` and return the sum, with its sign. Plain Python, `pow(a, b, m)` for powers.

- first make one ciphertext of them all
- then decrypt it: L(c^λ mod n²) · μ mod n, with L(x) = (x − 1) / n
- the sum is small, and may be negative
""",
    stub='''
def open_sum(ciphertexts, n, lam, mu):
    """ciphertexts: [c_1, c_2, ...] in Z_{n²}. Return the signed sum of what is in them."""
    ...
''',
    function="open_sum",
    cases=sum_cases,
    read=read_whole,
    misconceptions=(
        Misconception(
            "added ciphertexts",
            "You added the ciphertexts; Paillier adds the plaintexts when you multiply ciphertexts mod n².",
            """
def open_sum(ciphertexts, n, lam, mu):
    c = sum(ciphertexts) % (n * n)
    m = (pow(c, lam, n * n) - 1) // n * mu % n
    return m - n if m > n // 2 else m
""",
        ),
        Misconception(
            "upper half",
            "Negatives sit in the upper half: 14 means −1 when n = 15. Subtract n from what is larger than n/2.",
            """
def open_sum(ciphertexts, n, lam, mu):
    c = 1
    for one in ciphertexts:
        c = c * one % (n * n)
    return (pow(c, lam, n * n) - 1) // n * mu % n
""",
        ),
        Misconception(
            "power mod n",
            "You took the power mod n, and every c^λ is 1 there. Ciphertexts live mod n²: the plaintext is in the part "
            "above n.",
            """
def open_sum(ciphertexts, n, lam, mu):
    c = 1
    for one in ciphertexts:
        c = c * one % (n * n)
    m = (pow(c, lam, n) - 1) // n * mu % n
    return m - n if m > n // 2 else m
""",
        ),
        Misconception(
            "without μ",
            "You left out μ. After the power and L there stands λ·m; μ = 1/λ mod n takes the λ off.",
            """
def open_sum(ciphertexts, n, lam, mu):
    c = 1
    for one in ciphertexts:
        c = c * one % (n * n)
    m = (pow(c, lam, n * n) - 1) // n % n
    return m - n if m > n // 2 else m
""",
        ),
        Misconception(
            "only the first",
            "You opened the first ciphertext only. Multiply them all, mod n², and open the product.",
            """
def open_sum(ciphertexts, n, lam, mu):
    m = (pow(ciphertexts[0], lam, n * n) - 1) // n * mu % n
    return m - n if m > n // 2 else m
""",
        ),
    ),
    hints=(
        "Which operation on ciphertexts adds the plaintexts? Look at the table of n = 15 again.",
        "Multiply all ciphertexts mod n², raise the product to the power λ mod n², subtract 1, divide by n, multiply "
        "by μ, take it mod n.",
        "For n = 15, plaintexts 0 … 7 are themselves, and 8 … 14 are −7 … −1: `m - n if m > n // 2 else m`.",
    ),
    solution="""
def open_sum(ciphertexts, n, lam, mu):
    c = 1
    for one in ciphertexts:
        c = c * one % (n * n)                        # multiplying ciphertexts adds plaintexts
    m = (pow(c, lam, n * n) - 1) // n * mu % n       # L(c^λ mod n²) · μ mod n
    return m - n if m > n // 2 else m                # the upper half is negative
""",
    explanation="""
c^λ kills the randomness, because (r^n)^λ = 1 mod n². What is left is (1 + n)^(λ·m) = 1 + n·λ·m mod n², so L gives λ·m,
and μ gives m. The key holder opened one ciphertext and saw one number: the single changes stayed closed.
""",
)


# --- 03.2 a slot for 300 parties ----------------------------------------------------------------------------------

SITUATIONS = (  # parties, rows at each, bits before the point, bits after it
    (300, 1, 10, 24), (300, 27, 10, 24), (300, 40, 10, 24), (2, 1, 4, 10), (300, 30, 1, 4), (5, 1, 2, 11),
    (1, 1, 8, 16), (1, 1, 3, 4),
)  # fmt: skip


def slot_cases() -> list[Case]:
    """Situations that differ in whether the sign, the rows, the rounding up and the whole byte matter."""
    cases = []
    for parties, rows, value_bits, scale_bits in SITUATIONS:
        wanted = slot_bits_for(parties * rows, value_bits=value_bits, scale_bits=scale_bits)
        name = f"{parties} parties, rows of each: {rows}, {value_bits} + {scale_bits} bits"
        cases.append(Case(name, (parties, rows, value_bits, scale_bits), wanted))
    return cases


A_SLOT = Exercise(
    id="03.2",
    title="A slot for 300 parties",
    task="""
300 hospitals upload packed weights, and the server adds each upload as often as the hospital has rows. A sum that
leaves its slot spoils its neighbour, and nobody sees it. A slot that is wider than needed costs bytes in every message.

Write `slot_width(parties, rows, value_bits, scale_bits)`. Return the least width in bits, a **multiple of 8**, and at
least 16.

- there are `parties` hospitals with `rows` rows each
- every weight is below 2^value_bits in absolute value, and may be **negative**
- it is kept in steps of 2^−scale_bits
""",
    stub='''
def slot_width(parties, rows, value_bits, scale_bits):
    """How many bits must a slot have? A multiple of 8, at least 16."""
    ...
''',
    function="slot_width",
    cases=slot_cases,
    read=read_whole,
    misconceptions=(
        Misconception(
            "one number only",
            "You made room for one number, and not for the sum: each doubling of the number of summands needs one bit "
            "more.",
            """
def slot_width(parties, rows, value_bits, scale_bits):
    return max(16, -(-(1 + value_bits + scale_bits) // 8) * 8)
""",
        ),
        Misconception(
            "parties instead of rows",
            "You counted each party once, and the server counts it as often as it has rows: the sum has "
            "parties · rows summands.",
            """
def slot_width(parties, rows, value_bits, scale_bits):
    bits = 1 + value_bits + scale_bits + (parties - 1).bit_length()
    return max(16, -(-bits // 8) * 8)
""",
        ),
        Misconception(
            "no sign",
            "You forgot the sign: weights are negative, too, and −1 needs a bit that 1 does not show.",
            """
def slot_width(parties, rows, value_bits, scale_bits):
    bits = value_bits + scale_bits + (parties * rows - 1).bit_length()
    return max(16, -(-bits // 8) * 8)
""",
        ),
        Misconception(
            "no steps",
            "You forgot the bits after the point: a weight travels as a whole number of steps of 2^−scale_bits.",
            """
def slot_width(parties, rows, value_bits, scale_bits):
    bits = 1 + value_bits + (parties * rows - 1).bit_length()
    return max(16, -(-bits // 8) * 8)
""",
        ),
        Misconception(
            "rounded down",
            "You rounded the logarithm down: 300 summands need 9 bits, because 2^8 is only 256.",
            """
def slot_width(parties, rows, value_bits, scale_bits):
    bits = 1 + value_bits + scale_bits + (parties * rows).bit_length() - 1
    return max(16, -(-bits // 8) * 8)
""",
        ),
        Misconception(
            "no whole byte",
            "Right, and not rounded: return the next multiple of 8, and 16 at least.",
            """
def slot_width(parties, rows, value_bits, scale_bits):
    return 1 + value_bits + scale_bits + (parties * rows - 1).bit_length()
""",
        ),
    ),
    hints=(
        "How large can the sum get, if every number is below 2^value_bits? How many bits is that, in steps of "
        "2^−scale_bits?",
        "sign + value_bits + scale_bits + ⌈log₂(parties · rows)⌉. In Python ⌈log₂ k⌉ is `(k - 1).bit_length()`.",
        "Round up to whole bytes: `-(-bits // 8) * 8`, and take `max(16, …)`.",
    ),
    solution="""
def slot_width(parties, rows, value_bits, scale_bits):
    bits = 1 + value_bits + scale_bits + (parties * rows - 1).bit_length()
    return max(16, -(-bits // 8) * 8)                # whole bytes
""",
    explanation="""
300 hospitals with 27 rows each are 8,100 summands: 1 + 10 + 24 + 13 = 48 bits, and 42 such slots share a 2048-bit
plaintext. With 40 rows each it is 56 bits and 36 slots. The width is made of public totals, never of the numbers
themselves: a width that follows the weights tells how large they are. `slot_bits_for` of the library does the same.
""",
)


# --- 03.3 equal salaries ------------------------------------------------------------------------------------------

PAYROLL = (2800, 3100, 2800, 4250)


def payroll_cases() -> list[Case]:
    """One payroll, twice, and another one; what has been seen of r is remembered over the cases of one check."""
    keys = toy_keys()
    known: tuple[PrivateKey, set[int]] = (keys.private, set())
    payrolls = {"January": PAYROLL, "February, the same salaries": PAYROLL, "another office": (1, 0, 5000, 0, 0)}
    return [
        Case(month, (list(salaries), keys.public.n), {"opens to": list(salaries), "r": "fresh"}, known)
        for month, salaries in payrolls.items()
    ]


def read_payroll(answer: Any, case: Case) -> dict[str, Any]:
    """Open the ciphertexts as the accountant does; then look at them as anybody can: c mod n is r^n mod n."""
    salaries, n = case.arguments
    if not isinstance(answer, list | tuple) or not all(isinstance(c, int | np.integer) for c in answer):
        raise WrongForm(say("Your function returned {what}. Return a list of ciphertexts.", what=described(answer)))
    if len(answer) != len(salaries):
        text = "There are {wanted} salaries, and {came} ciphertexts came."
        raise WrongForm(say(text, wanted=len(salaries), came=len(answer)))
    if any(not 0 < c < n * n or gcd(int(c), n) != 1 for c in answer):
        raise WrongForm(say("A ciphertext is a number from 1 to n² − 1 without a common factor with n."))
    private: PrivateKey = case.known[0]
    opened = [private.decrypt_raw(int(c)) for c in answer]
    return {"opens to": opened, "r": _randomness([int(c) % n for c in answer], salaries, case.known[1])}


def _randomness(traces: Sequence[int], salaries: Sequence[int], seen: set[int]) -> str:
    """What r^n mod n, which everybody can compute, tells about the r of these ciphertexts."""
    before, repeated = seen.intersection(traces), len(set(traces)) < len(traces)
    seen.update(traces)
    if set(traces) == {1}:
        return "none"
    if len(set(traces)) == 1 and len(traces) > 1:
        return "one for all"
    by_salary = len(set(zip(traces, salaries, strict=True))) == len(set(traces)) == len(set(salaries))
    if repeated and by_salary:
        return "made of the salary"
    if repeated:
        return "repeated"
    return "the same as last time" if before else "fresh"


def _randomness_was(*findings: str) -> Shown:
    """Whether the answers' randomness was found to be one of these somewhere."""

    def shown(answers: Mapping[str, Answer]) -> bool:
        return any(isinstance(a.value, Mapping) and a.value["r"] in findings for a in answers.values())

    return shown


def _opens_wrongly(answers: Mapping[str, Answer]) -> bool:
    """Fresh randomness, and other salaries than were put in."""
    read = [answer.value for answer in answers.values() if isinstance(answer.value, Mapping)]
    return bool(read) and any(
        answer.value["opens to"] != answer.case.expected["opens to"]
        for answer in answers.values()
        if isinstance(answer.value, Mapping)
    )


EQUAL_SALARIES = Exercise(
    id="03.3",
    title="Equal salaries, equal ciphertexts",
    task="""
A colleague's payroll program encrypts every salary. Ann and Cem found out that they earn the same: their ciphertexts
were equal. This is the program:

`r = 1 + secrets.randbelow(n - 1)` once, at the top; then, for each salary m,
`(1 + m * n) * pow(r, n, n * n) % (n * n)`

Find out why, and write `encrypt_all(salaries, n)` so that it cannot happen. Return the list of ciphertexts, in order.

- `import secrets` inside your function, or in a cell above
- a salary is a whole number below n; n is a toy of 256 bits
- next month the same salaries must look different, too
""",
    stub='''
def encrypt_all(salaries, n):
    """salaries: [m_1, m_2, ...]. Return [c_1, c_2, ...], each one (1 + n)^m · r^n mod n²."""
    ...
''',
    function="encrypt_all",
    cases=payroll_cases,
    read=read_payroll,
    misconceptions=(
        Misconception(
            "no randomness",
            "There is no r in it, or r = 1: then (c − 1)/n is the salary, and everybody reads it.",
            """
def encrypt_all(salaries, n):
    return [(1 + m * n) % (n * n) for m in salaries]
""",
            shown_by=_randomness_was("none"),
        ),
        Misconception(
            "one r for all",
            "You reused r: equal salaries, equal ciphertexts. And unequal ones divide to 1 + n·(difference). Draw a "
            "fresh r for every number.",
            """
def encrypt_all(salaries, n):
    import secrets
    r = 1 + secrets.randbelow(n - 1)
    return [(1 + m * n) * pow(r, n, n * n) % (n * n) for m in salaries]
""",
            shown_by=_randomness_was("one for all", "repeated"),
        ),
        Misconception(
            "r made of the salary",
            "You made r from the salary: the same salary gives the same r, so the same ciphertext, and everybody can "
            "try salaries out. Take r from `secrets`.",
            """
def encrypt_all(salaries, n):
    return [(1 + m * n) * pow(2 + 7 * m, n, n * n) % (n * n) for m in salaries]
""",
            shown_by=_randomness_was("made of the salary"),
        ),
        Misconception(
            "the same again",
            "In February the same r came again: a seed, or a list of r made beforehand. Who keeps January's "
            "ciphertexts sees who got a raise, and how much. Take r from `secrets`.",
            """
def encrypt_all(salaries, n):
    import random
    draw = random.Random(7)
    return [(1 + m * n) * pow(draw.randrange(1, n), n, n * n) % (n * n) for m in salaries]
""",
            shown_by=_randomness_was("the same as last time"),
        ),
        Misconception(
            "opens to something else",
            "The randomness is fresh, but the ciphertexts do not open to the salaries. The random factor must be an "
            "n-th power, r^n mod n²: nothing else vanishes when it is decrypted.",
            """
def encrypt_all(salaries, n):
    import secrets
    return [(1 + m * n) * (1 + secrets.randbelow(n - 1)) % (n * n) for m in salaries]
""",
            shown_by=_opens_wrongly,
        ),
    ),
    hints=(
        "In c = (1 + n)^m · r^n mod n² there are two inputs, m and r. When are two ciphertexts equal?",
        "Everything depends on the line where r is drawn: once for the payroll, or once for each salary?",
        "Move `r = 1 + secrets.randbelow(n - 1)` into the loop.",
    ),
    solution="""
def encrypt_all(salaries, n):
    import secrets
    ciphertexts = []
    for m in salaries:
        r = 1 + secrets.randbelow(n - 1)             # a fresh one for every number
        ciphertexts.append((1 + m * n) * pow(r, n, n * n) % (n * n))
    return ciphertexts
""",
    explanation="""
With one r for all, c₁/c₂ = 1 + n·(m₁ − m₂) mod n²: not only equality shows, but every difference. Fresh r are what
makes two encryptions of one number look unrelated, and `re_randomised()` gives a computed ciphertext a fresh one, too.
""",
    large_powers=True,
)


EXERCISES = (OPEN_THE_SUM, A_SLOT, EQUAL_SALARIES)

QUESTION = Question(
    chapter="03",
    title="Predict",
    prompts=(
        Prompt(
            "[[x]] and [[y]] are Paillier ciphertexts. You multiply the two numbers. What is in the product?",
            (
                Option("x·y",
                       "You multiplied two ciphertexts hoping for xy: you got x+y. No operation on two Paillier "
                       "ciphertexts gives xy."),
                Option("x + y",
                       "(1+n)^x · (1+n)^y = (1+n)^(x+y): exponents add when powers are multiplied."),
                Option("nothing that makes sense",
                       "It opens cleanly, to x + y. If you meant to add the ciphertexts: that gives nothing."),
            ),
            right=1,
        ),
        Prompt(
            "Two people earn the same, and each salary is encrypted under the same public key. Are the two ciphertexts "
            "equal?",
            (
                Option("yes, always",
                       "Then anybody could encrypt every likely salary and compare. A fresh random r goes into each "
                       "encryption."),
                Option("only if somebody made a mistake",
                       "A reused r is the mistake: equal salaries, equal ciphertexts."),
                Option("it depends on the key size",
                       "The size decides how hard it is to open them. What makes two encryptions differ is r."),
            ),
            right=1,
        ),
        Prompt(
            "n = 15. A ciphertext decrypts to 14, and everybody agreed that numbers may be negative. What was meant?",
            (
                Option("14",
                       "Negatives sit in the upper half: 14 means −1 when n = 15."),
                Option("−14",
                       "There are only 15 plaintexts, 0 to 14. The one before 0 is 14."),
                Option("−1",
                       "14 + 1 = 15 = 0 mod 15, so 14 does what −1 does."),
            ),
            right=2,
        ),
    ),
)  # fmt: skip

"""Chapter 06: form [[d]], find the reused mask, weigh the coordinator; and the three predictions.

>>> [exercise.title for exercise in EXERCISES]
['Form the residuals', 'Find the reused mask', 'Weigh the coordinator']

Keys are toys (256 bits, classroom only, insecure); the vectors are the library's own.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from ..arguments import is_whole
from ..crypto.joint_sums import GRADIENT_BITS
from ..crypto.paillier import EncryptedVector, KeyPair
from ..i18n import say
from .answers import came_and_expected, claims, read_truth, toy_keys
from .exercise import Answer, Case, Exercise, Misconception, WrongForm, described
from .question import Option, Prompt, Question

BOUND = 1000  # public: shares and labels are smaller


# --- 06.1 form the residuals --------------------------------------------------------------------------------------


def residual_cases() -> list[Case]:
    """What the tax office sent, and the bank's own table, in an order of its own."""
    keys = toy_keys()
    return [
        _residual_case(keys, "three customers", [3, -1, 5], [2, 7, -4], [4, 6, 1], [1, 2, 0]),
        _residual_case(keys, "five customers", [2, 0, -3, 8, 1], [1, 1, -1, 4, 2], [3, 0, -4, 9, 7], [4, 2, 0, 3, 1]),
        _residual_case(keys, "in the same order", [6, 2], [-5, 3], [2, 2], [0, 1]),
    ]


def _residual_case(
    keys: KeyPair, name: str, shares: list[int], own: list[int], labels: list[int], places: list[int]
) -> Case:
    """`places` says which of the tax office's customers stands where in the bank's table."""
    ids = [f"customer {k}" for k in (30, 11, 47, 25, 8)[: len(shares)]]  # in no order that sorting would find
    sent = EncryptedVector.encrypt_integers(shares, keys.public, scale_bits=0, bound=BOUND)
    table = ([ids[k] for k in places], [own[k] for k in places], [labels[k] for k in places])
    expected = [u + v - y for u, v, y in zip(shares, own, labels, strict=True)]
    return Case(name, (sent, ids, *table), expected, known=keys.private)


def read_residuals(answer: Any, case: Case) -> list[int]:
    """Do what nobody in the protocol does with [[d]]: decrypt it."""
    if not isinstance(answer, EncryptedVector):
        raise WrongForm(say("Your function returned {what}. Return an encrypted vector.", what=described(answer)))
    if len(answer) != len(case.arguments[1]):
        text = "There are {wanted} customers, and your vector has {came} numbers."
        raise WrongForm(say(text, wanted=len(case.arguments[1]), came=len(answer)))
    return [int(d) for d in answer.decrypt(case.known)]


FORM_RESIDUALS = Exercise(
    id="06.1",
    title="Form the residuals",
    task="""
You are the **bank**, the label holder. The tax office sent `encrypted_u`, its shares [[u]] under the coordinator's
key, one for each customer in `ids`. In your own table stand `own_ids`, your shares `own_u` and the labels `y`, in the
order of your own table.

Write `residuals(encrypted_u, ids, own_ids, own_u, y)`. Return **[[d]]**, the encrypted residuals of linear regression,
d = u + own_u − y, one for each customer **in the order of `ids`**.

- all numbers are whole; `encrypted_u.plus_integers(numbers, bound=1000)` adds known numbers to encrypted ones
""",
    stub='''
def residuals(encrypted_u, ids, own_ids, own_u, y):
    """encrypted_u: [[u]] in the order of ids; own_u, y: lists in the order of own_ids. Return [[d]]."""
    ...
''',
    function="residuals",
    cases=residual_cases,
    read=read_residuals,
    misconceptions=(
        Misconception(
            "not aligned",
            "You joined before sorting both sides by aligned id: no error, but strangers' incomes meet strangers' "
            "loans. Find for each id the place where it stands in your own table.",
            """
def residuals(encrypted_u, ids, own_ids, own_u, y):
    return encrypted_u.plus_integers([u - label for u, label in zip(own_u, y)], bound=1000)
""",
        ),
        Misconception(
            "no labels",
            "You sent the score z, not the residual. Without the labels the gradient knows nothing of what to learn: "
            "subtract y.",
            """
def residuals(encrypted_u, ids, own_ids, own_u, y):
    place = {one: k for k, one in enumerate(own_ids)}
    return encrypted_u.plus_integers([own_u[place[one]] for one in ids], bound=1000)
""",
        ),
        Misconception(
            "labels added",
            "You added the labels. A residual is the score less the label: too high a score must give a positive d.",
            """
def residuals(encrypted_u, ids, own_ids, own_u, y):
    place = {one: k for k, one in enumerate(own_ids)}
    return encrypted_u.plus_integers([own_u[place[one]] + y[place[one]] for one in ids], bound=1000)
""",
        ),
        Misconception(
            "labels alone",
            "You left your own share out. The score is the sum of both shares, u + own_u.",
            """
def residuals(encrypted_u, ids, own_ids, own_u, y):
    place = {one: k for k, one in enumerate(own_ids)}
    return encrypted_u.plus_integers([-y[place[one]] for one in ids], bound=1000)
""",
        ),
        Misconception(
            "u subtracted",
            "You turned the tax office's share round. The score is the sum of both shares: add own_u − y to [[u]].",
            """
def residuals(encrypted_u, ids, own_ids, own_u, y):
    place = {one: k for k, one in enumerate(own_ids)}
    return (encrypted_u * -1).plus_integers([own_u[place[one]] - y[place[one]] for one in ids], bound=1000)
""",
        ),
    ),
    hints=(
        "Which customer is the first number in [[u]] about? And the first one in your own table?",
        "`place = {one: k for k, one in enumerate(own_ids)}` says where a customer stands in your table.",
        "For each id in `ids` compute `own_u[place[id]] - y[place[id]]`, and add that list with `plus_integers`.",
    ),
    solution="""
def residuals(encrypted_u, ids, own_ids, own_u, y):
    place = {one: k for k, one in enumerate(own_ids)}
    known = [own_u[place[one]] - y[place[one]] for one in ids]       # own_u − y, in the order of ids
    return encrypted_u.plus_integers(known, bound=1000)              # [[d]] = [[u]] · (1 + n)^(own_u − y)
""",
    explanation="""
You have computed what you cannot read: [[u]] came from the tax office, and the key is the coordinator's. In `fl.align`
both tables come out in one order, so that nobody has to look ids up, and none has to travel again. Before [[d]] leaves
the bank, the library re-randomises it: else the tax office, who knows [[u]], could test guesses for own_u − y.
""",
)


# --- 06.2 find the reused mask ------------------------------------------------------------------------------------

N = (2**127 - 1) * (2**89 - 1)  # two primes: an n of 216 bits, a toy
STEP = 2**GRADIENT_BITS


def mask_cases() -> list[Case]:
    """What the coordinator decrypts in some rounds; two of them under one mask."""
    return [
        _mask_case("three rounds", [[4.5, -2.0], [3.25, -0.5], [1.0, 0.125]], (1, 2)),
        _mask_case("five rounds", [[9.0, 1.0, -7.5], [6.0, 2.0, -5.0], [5.5, 2.5, -4.0], [4.0, 3.5, -1.5],
                                   [0.25, 3.75, -1.0]], (0, 3)),
        _mask_case("two rounds", [[-12.0], [-3.0]], (0, 1), low=True),
    ]  # fmt: skip


def _mask_case(name: str, gradients: Sequence[Sequence[float]], pair: tuple[int, int], low: bool = False) -> Case:
    early, late = pair
    masks = [[secrets.randbelow(N) for _ in one] for one in gradients]
    if low:  # the earlier sum falls below 0, and comes out at the top of Z_n; the later one does not
        masks[early] = [5 * STEP for _ in gradients[early]]
    masks[late] = masks[early]
    seen = [[(round(g * STEP) + r) % N for g, r in zip(*both, strict=True)]
            for both in zip(gradients, masks, strict=True)]  # fmt: skip
    change = [b - a for a, b in zip(gradients[early], gradients[late], strict=True)]
    return Case(name, (seen, N, STEP), {"rounds": pair, "change": change})


def read_change(answer: Any, case: Case) -> dict[str, Any]:
    """Two rounds, and as many numbers as there are columns."""
    if not isinstance(answer, list | tuple) or len(answer) != 2 or not _is_pair(answer[0]):
        text = "Your function returned {what}. Return two rounds, counted from 0, and the list of changes."
        raise WrongForm(say(text, what=described(answer)))
    (one, other), change = answer
    if one == other:
        raise WrongForm(say("You compared round {round} with itself.", round=one))
    numbers = np.asarray([float(c) for c in change])
    if numbers.shape != (len(case.arguments[0][0]),):
        text = "A gradient has {wanted} columns here, and your list of changes {came} numbers."
        raise WrongForm(say(text, wanted=len(case.arguments[0][0]), came=numbers.size))
    turned = numbers if one < other else -numbers
    return {"rounds": (min(one, other), max(one, other)), "change": [float(c) for c in turned]}


def _is_pair(rounds: Any) -> bool:
    return isinstance(rounds, list | tuple) and len(rounds) == 2 and all(map(is_whole, rounds))


def _rounds_but_not_change(answers: Mapping[str, Answer]) -> bool:
    """The two rounds found everywhere, and numbers as large as n somewhere."""
    values = came_and_expected(answers, dict)
    found = len(values) == len(answers) and all(v["rounds"] == e["rounds"] for v, e in values)
    return found and any(abs(number) > 2**100 for value, _ in values for number in value["change"])


FIND_MASK = Exercise(
    id="06.2",
    title="Find the reused mask",
    task="""
You are the **coordinator**. In each round you decrypt the tax office's masked gradient, (g + R) mod n for each column,
and you should see static. `seen` is the list of rounds, each a list of such numbers. But in **two of the rounds** the
tax office used the same mask R.

Write `find(seen, n, step)`. Return the two rounds, counted from 0, the earlier first, and **how the gradient changed**
from the earlier to the later, one number for each column, as in `((0, 2), [0.5, -1.25])`.

- a gradient g travels as the whole number round(g · step), with step = 2⁶⁴; gradients are smaller than 1,000
""",
    stub='''
def find(seen, n, step):
    """seen: one list of numbers below n for each round. Return ((early, late), [change of each column])."""
    ...
''',
    function="find",
    cases=mask_cases,
    read=read_change,
    misconceptions=(
        Misconception(
            "equal numbers",
            "You looked for the same number twice. The mask is the same, the gradient under it is not: look at "
            "differences.",
            """
def find(seen, n, step):
    for i in range(len(seen)):
        for j in range(i + 1, len(seen)):
            if seen[i] == seen[j]:
                return (i, j), [0.0 for _ in seen[i]]
    return (0, 1), [0.0 for _ in seen[0]]
""",
        ),
        Misconception(
            "not mod n",
            "You subtracted without mod n. A sum that passed n began again at 0, and one below 0 stands at the top: "
            "take the difference mod n first.",
            """
def find(seen, n, step):
    def size(pair):
        return max(abs(b - a) for a, b in zip(seen[pair[0]], seen[pair[1]]))
    pairs = [(i, j) for i in range(len(seen)) for j in range(i + 1, len(seen))]
    i, j = min(pairs, key=size)
    return (i, j), [(b - a) / step for a, b in zip(seen[i], seen[j])]
""",
        ),
        Misconception(
            "negatives in the upper half",
            "A difference mod n is between 0 and n, and the gradient fell: negatives sit in the upper half. Subtract n "
            "from what is above n/2.",
            """
def find(seen, n, step):
    for i in range(len(seen)):
        for j in range(i + 1, len(seen)):
            gaps = [(b - a) % n for a, b in zip(seen[i], seen[j])]
            if all(min(gap, n - gap) < 2000 * step for gap in gaps):
                return (i, j), [gap / step for gap in gaps]
""",
            shown_by=_rounds_but_not_change,
        ),
        Misconception(
            "scale",
            "These are whole numbers at the scale of the gradient: divide by step.",
            """
def find(seen, n, step):
    for i in range(len(seen)):
        for j in range(i + 1, len(seen)):
            gaps = [(b - a) % n for a, b in zip(seen[i], seen[j])]
            gaps = [gap - n if gap > n // 2 else gap for gap in gaps]
            if all(abs(gap) < 2000 * step for gap in gaps):
                return (i, j), [float(gap) for gap in gaps]
""",
        ),
    ),
    hints=(
        "(g₂ + R) − (g₁ + R) = g₂ − g₁. How large is such a difference, and how large is one of two different masks?",
        "Take every pair of rounds, and `(b - a) % n` for each column. What is above n/2 is negative: subtract n.",
        "The pair whose differences are all smaller than 2000 · step shares its mask. Divide them by step.",
    ),
    solution="""
def find(seen, n, step):
    for i in range(len(seen)):
        for j in range(i + 1, len(seen)):
            gaps = [(b - a) % n for a, b in zip(seen[i], seen[j])]          # (g₂ + R) − (g₁ + R) mod n
            gaps = [gap - n if gap > n // 2 else gap for gap in gaps]       # the upper half is negative
            if all(abs(gap) < 2000 * step for gap in gaps):                 # static would be far larger
                return (i, j), [gap / step for gap in gaps]
""",
    explanation="""
You used the same mask twice: C read how your gradient changed. A mask hides because each value of g + R is as likely
as any other; that is true once. With n of 2048 bits two fresh masks come so close with a chance of about 1 in 2¹⁹⁷⁰,
so the coordinator cannot be wrong. `fl.vertical_linear(…, mask="reused")` makes this mistake for you.
""",
)


# --- 06.3 weigh the coordinator -----------------------------------------------------------------------------------

BANK, TAX, COORDINATOR = "bank", "tax office", "coordinator"
RESIDUALS, GRADIENT, LOSS = "residuals", "gradient", "loss"
IN_WORDS = {RESIDUALS: "the residuals", GRADIENT: "the gradient of the tax office", LOSS: "the loss"}


def weighing_cases() -> list[Case]:
    """Everybody alone, and with the coordinator: the residuals, the tax office's gradient, the loss."""
    asked: list[tuple[tuple[str, ...], str, str, bool]] = []
    for mask in ("uniform", "none"):
        for who in ((COORDINATOR,), (BANK,), (COORDINATOR, BANK)):
            asked.append((who, GRADIENT, mask, True))
        asked.append(((BANK,), GRADIENT, mask, False))
    for who in ((COORDINATOR,), (BANK,), (TAX,), (COORDINATOR, TAX), (COORDINATOR, BANK)):
        asked.append((who, RESIDUALS, "uniform", True))
    asked += [((BANK,), RESIDUALS, "uniform", False), ((TAX,), RESIDUALS, "uniform", False)]
    asked += [((who,), LOSS, "uniform", True) for who in (COORDINATOR, BANK, TAX)]
    asked += [((who,), LOSS, "uniform", False) for who in (BANK, TAX)]
    return [_weighing_case(*one) for one in asked]


def _weighing_case(who: Collection[str], what: str, mask: str, coordinator: bool) -> Case:
    form = "with a coordinator" if coordinator else "without a coordinator"
    name = f"{', '.join(who)}: {IN_WORDS[what]}, {form}, mask {mask}"
    known = (frozenset(who), what, mask, coordinator)
    return Case(name, (set(who), what, mask, coordinator), can_read(set(who), what, mask, coordinator), known)


def can_read(who: Collection[str], what: str, mask: str, coordinator: bool) -> bool:
    """Whether these, together, have both the message and the key to it.

    >>> can_read({"coordinator"}, "residuals", "uniform", True), can_read({"coordinator", "bank"}, "loss", "none", True)
    (False, True)
    """
    if what == LOSS:  # C decrypts it and returns it to the label holder; without C it travels under a mask
        return BANK in who or COORDINATOR in who
    key_holder = COORDINATOR if coordinator else BANK  # of the key under which the tax office's gradient travels
    if what == GRADIENT:
        return key_holder in who and mask == "none"
    return coordinator and COORDINATOR in who and len(set(who)) > 1  # [[d]] lies at bank and tax office alone


WEIGH = Exercise(
    id="06.3",
    title="Weigh the coordinator",
    task="""
Bank (label holder) and tax office (feature holder) train together, with a coordinator or without. Some of them put
together all that they hold: **can they read** what they should not?

Write `can_read(who, what, mask, coordinator)` and return `True` or `False`.

- `who`: a set of names, one or two of "bank", "tax office", "coordinator"
- `what`: "residuals" (d of every customer in a round), "gradient" (that of the **tax office**), or "loss"
- `mask`: "uniform" or "none": what the gradients are sent under
- `coordinator`: True, or False for the form without one, in which each of the two has a key pair

Nobody solves equations or guesses here: can they *decrypt* it, from messages that they really get?
""",
    stub='''
def can_read(who, what, mask, coordinator):
    """Do these parties together have the message, and the key to it? True or False."""
    ...
''',
    function="can_read",
    cases=weighing_cases,
    read=read_truth,
    misconceptions=(
        Misconception(
            "encryption hides from C",
            "C holds the key, so encryption alone hides nothing from C. What hides the gradient from C is the mask.",
            """
def can_read(who, what, mask, coordinator):
    if what == "loss":
        return "bank" in who or "coordinator" in who
    if what == "gradient":
        return not coordinator and "bank" in who and mask == "none"
    return coordinator and "coordinator" in who and len(who) > 1
""",
            shown_by=claims(False, (frozenset({COORDINATOR}), GRADIENT, "none", True)),
        ),
        Misconception(
            "the key opens all",
            "You let the coordinator read the residuals. The key opens what C *receives*, and [[d]] goes from the bank "
            "to the tax office: C alone never gets it.",
            """
def can_read(who, what, mask, coordinator):
    if what == "loss":
        return "bank" in who or "coordinator" in who
    if what == "gradient":
        return ("coordinator" if coordinator else "bank") in who and mask == "none"
    return "coordinator" in who
""",
            shown_by=claims(True, (frozenset({COORDINATOR}), RESIDUALS, "uniform", True)),
        ),
        Misconception(
            "no collusion",
            "You asked each one alone. The coordinator has the key, its friend has [[d]]: together they read every "
            "residual, and so every label. That is the price of a coordinator.",
            """
def can_read(who, what, mask, coordinator):
    if what == "loss":
        return "bank" in who or "coordinator" in who
    if what == "gradient":
        return ("coordinator" if coordinator else "bank") in who and mask == "none"
    return False
""",
            shown_by=claims(False, (frozenset({COORDINATOR, TAX}), RESIDUALS, "uniform", True)),
        ),
        Misconception(
            "nobody has the key",
            "You thought that without a coordinator nobody can decrypt. The tax office's gradient travels under the "
            "*bank's* key then: without a mask the bank reads it.",
            """
def can_read(who, what, mask, coordinator):
    if what == "loss":
        return "bank" in who or "coordinator" in who
    if not coordinator:
        return False
    if what == "gradient":
        return "coordinator" in who and mask == "none"
    return "coordinator" in who and len(who) > 1
""",
            shown_by=claims(False, (frozenset({BANK}), GRADIENT, "none", False)),
        ),
        Misconception(
            "mask opened by the key",
            "You opened the mask with the key. Decrypted, g + R mod n is as likely to be one number as any other: R is "
            "known to the tax office alone.",
            """
def can_read(who, what, mask, coordinator):
    if what == "loss":
        return "bank" in who or "coordinator" in who
    if what == "gradient":
        return ("coordinator" if coordinator else "bank") in who
    return coordinator and "coordinator" in who and len(who) > 1
""",
            shown_by=claims(True, (frozenset({COORDINATOR}), GRADIENT, "uniform", True)),
        ),
        Misconception(
            "the loss for all",
            "You told the tax office the loss. It hears *go on* or *stop*: the loss goes to the bank, which has the "
            "labels.",
            """
def can_read(who, what, mask, coordinator):
    if what == "loss":
        return True
    if what == "gradient":
        return ("coordinator" if coordinator else "bank") in who and mask == "none"
    return coordinator and "coordinator" in who and len(who) > 1
""",
            shown_by=claims(True, (frozenset({TAX}), LOSS, "uniform", True)),
        ),
    ),
    hints=(
        "Two questions each time: who receives the message, and who has the key under which it is encrypted?",
        "[[d]] lies at bank and tax office, its key at the coordinator. The tax office's gradient goes to the "
        "coordinator; without one, to the bank, under the bank's key.",
        "The residuals: True if the coordinator and one of the others are in `who`. The gradient: True if there is no "
        "mask and whoever decrypts it is in `who`. The loss: the bank or the coordinator.",
    ),
    solution="""
def can_read(who, what, mask, coordinator):
    if what == "loss":
        return "bank" in who or "coordinator" in who            # decrypted by C, and returned to the bank
    if what == "gradient":
        decrypts = "coordinator" if coordinator else "bank"     # the other side of the tax office
        return decrypts in who and mask == "none"
    return coordinator and "coordinator" in who and len(who) > 1    # the key of one, the message of the other
""",
    explanation="""
A coordinator is simple: one key, and any number of feature holders. Its price is a third party that nobody may bribe:
with one of the two it reads every residual, and in the first round the residuals are the labels. Without one there is
nobody to bribe; it takes two key pairs, about as many bytes, and serves two parties only.
""",
)


EXERCISES = (FORM_RESIDUALS, FIND_MASK, WEIGH)

QUESTION = Question(
    chapter="06",
    title="Predict",
    prompts=(
        Prompt(
            "The bank ranks bad loans with an AUC of about 0.73, the tax office would reach 0.76 on its own columns. "
            "What do they reach with all columns together?",
            (
                Option("about 0.75: the mean of the two",
                       "A joint model is no mean of two models: it weighs columns against each other that never met."),
                Option("about 0.83",
                       "Each side knows what the other does not. That is what vertical learning is for."),
                Option("0.99: two halves make a whole",
                       "They know more together, and a loan still has a future that nobody knows."),
            ),
            right=1,
        ),
        Prompt(
            "Every gradient goes to the coordinator encrypted, and the coordinator decrypts it. What keeps it from "
            "reading “Income matters”?",
            (
                Option("the encryption",
                       "C holds the key, so encryption alone hides nothing from C."),
                Option("a random number added to each gradient, between −1 and 1",
                       "Gradients over thousands of rows are hundreds: ±1 leaves them as they are."),
                Option("a random number, uniform among all that the key can hold",
                       "Then every decrypted number is as likely as any other: static."),
            ),
            right=2,
        ),
        Prompt(
            "The tax office draws its masks once and uses them in every round: it saves time. What does the "
            "coordinator learn?",
            (
                Option("nothing: the masks are still random",
                       "You used the same mask twice: C read how your gradient changed. The difference of two masked "
                       "gradients has no mask."),
                Option("how each gradient changed from round to round",
                       "(g₂ + R) − (g₁ + R) = g₂ − g₁."),
                Option("the tax office's incomes",
                       "Not from the changes alone: they are sums over all rows."),
            ),
            right=1,
        ),
    ),
)  # fmt: skip

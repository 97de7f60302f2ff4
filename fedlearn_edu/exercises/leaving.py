"""Chapter 08: divide by those who answered, open the relay's letters, plan for a million phones; three predictions.

>>> [exercise.title for exercise in EXERCISES]
['Divide by those who answered', 'Open the letters', 'Plan the groups']
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from ..i18n import say
from .answers import claims, read_truth
from .exercise import Answer, Case, Exercise, Misconception, Shown, WrongForm, described
from .question import Option, Prompt, Question

# --- 08.1 divide by those who answered ----------------------------------------------------------------------------

TOO_FEW = "two of four are left"
ROWS = {"hospital 1": 29, "hospital 2": 28, "hospital 3": 28, "hospital 4": 28}
SEVEN = {f"hospital {k}": rows for k, rows in enumerate((400, 10, 10, 100, 80, 60, 40), start=1)}


def sum_cases() -> list[Case]:
    """Rounds of which some hospitals did not come to the end."""
    return [
        _sum_case("all four answer", ROWS, (1, 2, 3, 4), 3),
        _sum_case("hospital 2 is gone", ROWS, (1, 3, 4), 3),
        _sum_case(TOO_FEW, ROWS, (1, 3), 3),
        _sum_case("one of seven is gone", SEVEN, (2, 3, 4, 5, 6, 7), 5),
    ]


def _sum_case(name: str, rows: Mapping[str, int], numbers: Sequence[int], fewest: int) -> Case:
    uploaded = [f"hospital {number}" for number in numbers]
    weights = {f"hospital {k}": np.array([k - 2.5, 0.5 * k, 1 / k]) for k in range(1, len(rows) + 1)}
    total = np.sum([rows[who] * weights[who] for who in uploaded], axis=0)
    mean = total / sum(rows[who] for who in uploaded)
    return Case(name, (total, dict(rows), uploaded, fewest), mean if len(uploaded) >= fewest else None)


def read_weights(answer: Any, case: Case) -> np.ndarray | None:
    """As many weights as there are in the sum, or None."""
    if answer is None:
        return None
    try:
        numbers = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.empty(0)
    if numbers.shape != case.arguments[0].shape:
        text = "Your function returned {what}. Return an array of {count} weights, or None."
        raise WrongForm(say(text, what=described(answer), count=case.arguments[0].size))
    return numbers


def _opened_too_few(answers: Mapping[str, Answer]) -> bool:
    others = all(answer.right for name, answer in answers.items() if name != TOO_FEW)
    return others and answers[TOO_FEW].value is not None and not answers[TOO_FEW].form


DIVIDE = Exercise(
    id="08.1",
    title="Divide by those who answered",
    task="""
You are the **server**, under masks. The masks are off: `total` is Σ n_k·W_k over the hospitals that **uploaded**, and
they alone. Somebody may have gone after the round began.

Write `new_weights(total, rows, uploaded, fewest)` and return the weighted mean W, an array.

- `rows` says of every hospital that began the round how many rows it has: `{"hospital 1": 29, …}`
- `uploaded` is the list of those whose upload came
- when fewer than `fewest` uploaded, nothing may be opened: return `None`
""",
    stub='''
def new_weights(total, rows, uploaded, fewest):
    """total: Σ n_k·W_k over `uploaded`; rows: {name: n_k} of all who began. Return W, or None."""
    ...
''',
    function="new_weights",
    cases=sum_cases,
    read=read_weights,
    misconceptions=(
        Misconception(
            "old n",
            "You dropped a client but still divided by the old n. The sum lacks its rows, so the divisor must lack "
            "them, too: else every weight comes out too small.",
            """
def new_weights(total, rows, uploaded, fewest):
    if len(uploaded) < fewest:
        return None
    return total / sum(rows.values())
""",
        ),
        Misconception(
            "heads, not rows",
            "You divided by the number of hospitals. Each counts by its rows: the sum is Σ n_k·W_k, so the divisor is "
            "Σ n_k.",
            """
def new_weights(total, rows, uploaded, fewest):
    if len(uploaded) < fewest:
        return None
    return total / len(uploaded)
""",
        ),
        Misconception(
            "opened with too few",
            "You opened a sum of two. With so few left a sum tells what each of them sent: below `fewest`, nothing is "
            "opened.",
            """
def new_weights(total, rows, uploaded, fewest):
    return total / sum(rows[name] for name in uploaded)
""",
            shown_by=_opened_too_few,
        ),
        Misconception(
            "one death ends it",
            "You gave the round up as soon as one was missing. That is what the shares are for: as long as `fewest` "
            "are left, it goes on without the others.",
            """
def new_weights(total, rows, uploaded, fewest):
    if len(uploaded) < len(rows):
        return None
    return total / sum(rows.values())
""",
        ),
        Misconception(
            "one too many asked for",
            "It takes `fewest`, and so many are there: that is enough.",
            """
def new_weights(total, rows, uploaded, fewest):
    if len(uploaded) <= fewest:
        return None
    return total / sum(rows[name] for name in uploaded)
""",
        ),
    ),
    hints=(
        "Whose rows are in the sum? Whose are in `rows`?",
        "First look whether `len(uploaded)` is at least `fewest`; if not, return None.",
        "Divide `total` by `sum(rows[name] for name in uploaded)`.",
    ),
    solution="""
def new_weights(total, rows, uploaded, fewest):
    if len(uploaded) < fewest:
        return None                                    # TooFewSurvivors: nothing is opened
    return total / sum(rows[name] for name in uploaded)    # Σ n_k·W_k / Σ n_k, over the same hospitals
""",
    explanation="""
In `fl.masked_sum` nobody can make this mistake: n_k travels under the mask as one more number, next to n_k·W_k. Who is
missing above is missing below. The wrong divisor raises no error, and a logistic model ranks as before, for all weights
shrink alike; but they are not the weights that anybody trained.
""",
)


# --- 08.2 open the letters ----------------------------------------------------------------------------------------

LINE, RELAY, RECEIVER, OTHER = "eavesdropper", "relay", "receiver", "another node"
LETTER, ENVELOPE = "letter", "envelope"


def letter_cases() -> list[Case]:
    """Everybody's eyes, on letter and envelope, with and without TLS, with and without a seal."""
    return [_letter_case(*one) for one in product((LINE, RELAY, RECEIVER, OTHER), (LETTER, ENVELOPE), *_BOTH)]


_BOTH = ((True, False), (True, False))


def _letter_case(who: str, what: str, tls: bool, sealed: bool) -> Case:
    lines = "TLS" if tls else "no TLS"
    name = f"{who}, the {what}: {lines}, {'sealed' if sealed else 'not sealed'}"
    return Case(name, (who, what, tls, sealed), can_read(who, what, tls, sealed), (who, what, tls, sealed))


def can_read(who: str, what: str, tls: bool, sealed: bool) -> bool:
    """Whether these eyes read what passes.

    >>> can_read("relay", "letter", tls=True, sealed=False), can_read("relay", "letter", tls=True, sealed=True)
    (True, False)
    """
    if who == OTHER:
        return False  # nothing is brought to it
    if who == RECEIVER:
        return True
    in_the_open = who == RELAY or not tls  # TLS ends at the relay
    return in_the_open and (what == ENVELOPE or not sealed)


OPEN_LETTERS = Exercise(
    id="08.2",
    title="Open the letters",
    task="""
The bank writes to the tax office. Its letter goes over a line to Flower's server, which **relays** it over a second
line. Who can read what?

Write `can_read(who, what, tls, sealed)` and return `True` or `False`.

- `who`: "eavesdropper" (listens on one of the lines), "relay" (whoever runs the server), "receiver" (the tax office),
  or "another node" (registered, with a valid key; the relay brings it no letter of these two)
- `what`: "letter" (what the bank wrote) or "envelope" (from whom, to whom, how many bytes)
- `tls`: whether both lines use TLS
- `sealed`: whether the bank closes its letters for the tax office
""",
    stub='''
def can_read(who, what, tls, sealed):
    """Could `who` read this part of what passes? True or False."""
    ...
''',
    function="can_read",
    cases=letter_cases,
    read=read_truth,
    misconceptions=(
        Misconception(
            "TLS hides from the relay",
            "TLS ends at the server: it hides nothing from it. The relay has both keys of its two lines; what closes a "
            "letter for it is the seal.",
            """
def can_read(who, what, tls, sealed):
    if who == "another node":
        return False
    if who == "receiver":
        return True
    if what == "envelope":
        return who == "relay" or not tls
    return not (tls or sealed)
""",
            shown_by=claims(False, (RELAY, LETTER, True, False)),
        ),
        Misconception(
            "sealed envelopes",
            "You sealed the envelope with the letter. The relay must read to whom a letter goes, and it can count "
            "bytes: who writes to whom, when and how much, it always knows.",
            """
def can_read(who, what, tls, sealed):
    if who == "another node":
        return False
    if who == "receiver":
        return True
    return (who == "relay" or not tls) and not sealed
""",
            shown_by=claims(False, (RELAY, ENVELOPE, True, True)),
        ),
        Misconception(
            "a seal needs TLS",
            "You opened a sealed letter because the line had no TLS. The seal is from party to party: it holds on any "
            "line.",
            """
def can_read(who, what, tls, sealed):
    if who == "another node":
        return False
    if who == "receiver":
        return True
    if who == "eavesdropper":
        return not tls
    return what == "envelope" or not sealed
""",
            shown_by=claims(True, (LINE, LETTER, False, True)),
        ),
        Misconception(
            "registered nodes read all",
            "You let another registered node read along. A key says who may take part; it brings nobody else's "
            "letters.",
            """
def can_read(who, what, tls, sealed):
    if who == "receiver":
        return True
    if who == "another node":
        return what == "envelope" or not sealed
    return (who == "relay" or not tls) and (what == "envelope" or not sealed)
""",
            shown_by=claims(True, (OTHER, LETTER, True, False)),
        ),
        Misconception(
            "closed for the receiver",
            "You closed the letter for the tax office, too. It is sealed for nobody else, and the tax office has the "
            "key.",
            """
def can_read(who, what, tls, sealed):
    if who == "another node":
        return False
    if who == "receiver":
        return what == "envelope" or not sealed
    return (who == "relay" or not tls) and (what == "envelope" or not sealed)
""",
            shown_by=claims(False, (RECEIVER, LETTER, True, True)),
        ),
    ),
    hints=(
        "Draw the way: bank, line, relay, line, tax office. On which stretch does TLS protect, and from whom?",
        "For the eavesdropper everything is open only without TLS. For the relay TLS changes nothing.",
        "The receiver: True. Another node: False. The relay, and an eavesdropper without TLS: the envelope always, the "
        "letter if it is not sealed. An eavesdropper with TLS: nothing.",
    ),
    solution="""
def can_read(who, what, tls, sealed):
    if who in ("receiver", "another node"):
        return who == "receiver"
    in_the_open = who == "relay" or not tls            # TLS protects the lines, and ends at the relay
    return in_the_open and (what == "envelope" or not sealed)
""",
    explanation="""
Two protections, two stretches of the way: TLS from computer to computer, the seal from party to party. Under TLS an
eavesdropper still sees which computer talks to the server, when, and about how much. And the relay keeps what it always
had: envelopes. From their sizes alone one counts customers, as this chapter shows.
""",
)


# --- 08.3 plan the groups -----------------------------------------------------------------------------------------

SMALLEST = 3  # in a smaller group a sum tells what each one sent
MILLION, SMALL_LIMIT, ROOMY = "a million phones", "a limit too small for three", "a limit for more than there are"


def plan_cases() -> list[Case]:
    """Phones, bytes for each of a group, bytes that do not depend on it, and a phone's limit."""
    asked = {
        MILLION: (1_000_000, 550, 10_000, 100_000),
        "twelve hospitals": (12, 550, 262, 5_000),
        SMALL_LIMIT: (1_000, 550, 10_000, 11_200),
        ROOMY: (20, 550, 262, 1_000_000),
        "exactly at the limit": (500, 500, 1_000, 51_000),
    }
    return [Case(name, numbers, plan(*numbers)) for name, numbers in asked.items()]


def plan(phones: int, each: int, fixed: int, limit: int) -> tuple[int, int | None]:
    """Bytes of all phones together in one group, and the largest group that keeps a phone within its limit.

    >>> plan(1_000_000, each=550, fixed=10_000, limit=100_000)
    (550010000000000, 163)
    """
    group = min((limit - fixed) // each, phones)
    return phones * (fixed + each * phones), group if group >= SMALLEST else None


def read_plan(answer: Any, case: Case) -> tuple[int, int | None]:
    """A whole number of bytes, and a whole number of phones or None."""
    if not isinstance(answer, list | tuple) or len(answer) != 2 or not _whole(answer[0]):
        text = "Your function returned {what}. Return two whole numbers, or a whole number and None."
        raise WrongForm(say(text, what=described(answer)))
    if answer[1] is not None and not _whole(answer[1]):
        text = "The size of a group came as {what}. Return a whole number, or None."
        raise WrongForm(say(text, what=described(answer[1])))
    return int(answer[0]), None if answer[1] is None else int(answer[1])


def _whole(number: Any) -> bool:
    plain = isinstance(number, int | float | np.integer | np.floating) and not isinstance(number, bool)
    return plain and float(number).is_integer()


def _bytes(count: Callable[[int, int, int], int]) -> Shown:
    """Whether the first number is counted in this way, in all cases."""

    def shown(answers: Mapping[str, Answer]) -> bool:
        pairs = [(a.value, a.case.arguments) for a in answers.values() if isinstance(a.value, tuple)]
        return len(pairs) == len(answers) and all(value[0] == count(*asked[:3]) for value, asked in pairs)

    return shown


PLAN = Exercise(
    id="08.3",
    title="Plan the groups",
    task="""
Under pairwise masks a phone exchanges keys and shares with every other of its group. In a group of m phones **one
phone** sends and receives `fixed + each·m` bytes a round.

Write `plan(phones, each, fixed, limit)` and return two whole numbers, `(together, group)`:

- `together`: the bytes of **all phones together** in one round, when all of them are **one** group
- `group`: the size of the **largest** group in which one phone stays within `limit` bytes a round. It cannot be larger
  than `phones`. When it would be smaller than three, return `None` for it: with two, the sum minus mine is yours
""",
    stub='''
def plan(phones, each, fixed, limit):
    """Return (bytes of all phones in one group, size of the largest group within a phone's limit or None)."""
    ...
''',
    function="plan",
    cases=plan_cases,
    read=read_plan,
    misconceptions=(
        Misconception(
            "one phone's bytes",
            "You counted one phone. All of them pay: multiply by `phones` once more, and the bytes grow with the "
            "square.",
            """
def plan(phones, each, fixed, limit):
    group = min((limit - fixed) // each, phones)
    return fixed + each * phones, group if group >= 3 else None
""",
            shown_by=_bytes(lambda phones, each, fixed: fixed + each * phones),
        ),
        Misconception(
            "a line, not a square",
            "You let the bytes grow like the number of phones. Under masks every phone has to do with every other: "
            "twice the phones, four times the bytes.",
            """
def plan(phones, each, fixed, limit):
    group = min((limit - fixed) // each, phones)
    return phones * (fixed + each), group if group >= 3 else None
""",
            shown_by=_bytes(lambda phones, each, fixed: phones * (fixed + each)),
        ),
        Misconception(
            "rounded up",
            "You rounded up: with one phone more than fits, each goes over its limit.",
            """
def plan(phones, each, fixed, limit):
    group = min(-(-(limit - fixed) // each), phones)
    return phones * (fixed + each * phones), group if group >= 3 else None
""",
        ),
        Misconception(
            "the limit of a group",
            "You shared the limit among the group. It holds for one phone: fixed + each·m must not be more than limit.",
            """
def plan(phones, each, fixed, limit):
    group = 0
    while group < phones and (group + 1) * (fixed + each * (group + 1)) <= limit:
        group += 1
    return phones * (fixed + each * phones), group if group >= 3 else None
""",
        ),
        Misconception(
            "a group of two",
            "You made a group of fewer than three. It hides nothing: with two, the sum minus mine is yours.",
            """
def plan(phones, each, fixed, limit):
    return phones * (fixed + each * phones), min((limit - fixed) // each, phones)
""",
        ),
        Misconception(
            "more than there are",
            "Your group is larger than the number of phones.",
            """
def plan(phones, each, fixed, limit):
    group = (limit - fixed) // each
    return phones * (fixed + each * phones), group if group >= 3 else None
""",
        ),
    ),
    hints=(
        "With m = phones, how many bytes does one phone move? And all of them?",
        "Solve fixed + each·m ≤ limit for m, and round down: `(limit - fixed) // each`.",
        "`group = min((limit - fixed) // each, phones)`; below three it is None. Together: "
        "`phones * (fixed + each * phones)`.",
    ),
    solution="""
def plan(phones, each, fixed, limit):
    together = phones * (fixed + each * phones)        # every phone has to do with every other
    group = min((limit - fixed) // each, phones)       # fixed + each·m ≤ limit, rounded down
    return together, group if group >= 3 else None
""",
    explanation="""
One group of a million phones would move 550 terabytes a round. In groups of m the bytes grow like the number of
phones: each pays for its own group only. What it costs: a sum now hides its members among m, not among a million; and
in a small group a few who drop out are soon too many.
""",
)


EXERCISES = (DIVIDE, OPEN_LETTERS, PLAN)

QUESTION = Question(
    chapter="08",
    title="Predict",
    prompts=(
        Prompt(
            "Four hospitals add up under masks. Hospital 2 is switched off after it has shared its secrets and before "
            "it uploads. What becomes of the round?",
            (
                Option("it is lost: hospital 2's masks stay in the sum for ever",
                       "They would; but three of the four hold enough shares of its mask key to take them off."),
                Option("the sum of three is opened, and divided by the rows of all four, as agreed",
                       "You dropped a client but still divided by the old n: every weight would come out too small."),
                Option("the sum of three is opened, and divided by the rows of those three",
                       "Three of four are enough to take the missing one's masks off, and its rows are missing above "
                       "and below."),
            ),
            right=2,
        ),
        Prompt(
            "All lines use TLS. The bank writes to the tax office through Flower's server. What can whoever runs that "
            "server read?",
            (
                Option("nothing: TLS encrypts",
                       "TLS ends at the server: it hides nothing from it. It protects the two lines, and this is "
                       "between them."),
                Option("everything, unless the bank closes its letter for the tax office itself",
                       "Then it still reads the envelope: from whom, to whom, how many bytes."),
                Option("nothing, as long as only registered nodes take part",
                       "Authentication says who may come in. The server is in."),
            ),
            right=1,
        ),
        Prompt(
            "Every node has a registered key, every letter is sealed, every upload is masked. Hospital 4 turns its "
            "records upside down. Who notices?",
            (
                Option("the SuperLink: its signature will not fit",
                       "Authentication stops strangers, not poisoners. The signature fits: it is hospital 4."),
                Option("the server: its upload looks odd",
                       "Under masks every upload looks like noise. What hides the honest hides the liar."),
                Option("nobody, until somebody tries the model",
                       "Keys say who speaks, not whether it is true; and masks hide exactly what a check would need."),
            ),
            right=2,
        ),
    ),
)  # fmt: skip

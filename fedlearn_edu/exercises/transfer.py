"""Chapter 07: align two lists, sum before it is opened, know when not to; and the three predictions.

>>> [exercise.title for exercise in EXERCISES]
['The same picture in both', 'What may be opened', 'Where is the break-even?']

Keys are toys (256 bits, classroom only, insecure); the vectors are the library's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..arguments import is_whole
from ..crypto.paillier import EncryptedVector, KeyPair, draw_raw_mask
from ..i18n import say
from .answers import came_and_expected, toy_keys
from .exercise import Answer, Case, Exercise, Misconception, Shown, WrongForm, described
from .question import Option, Prompt, Question

LIMIT = 1000  # public: gradients are smaller
SMALL = 2**64  # a mask below this leaves the end of the sum to be read


# --- 07.1 the same picture in both --------------------------------------------------------------------------------


def row_cases() -> list[Case]:
    """Two lists of ids, each in an order of its own, with strangers in between."""
    return [
        _row_case("three in common", ["p7", "p2", "p9", "p4"], ["p4", "p1", "p7", "p2"]),
        _row_case("in the same order", ["p1", "p5", "p3"], ["p1", "p5", "p8"]),
        _row_case("turned round", ["p6", "p3", "p8", "p5", "p1"], ["p1", "p2", "p5", "p8", "p3"]),
    ]


def _row_case(name: str, source: list[str], target: list[str]) -> Case:
    pairs = sorted([source.index(one), target.index(one)] for one in set(source) & set(target))
    return Case(name, (source, target), pairs)


def read_pairs(answer: Any, case: Case) -> list[list[int]]:
    """Which row meets which, in whatever order they are listed."""
    if not isinstance(answer, list | tuple) or len(answer) != 2:
        raise WrongForm(say("Your function returned {what}. Return two lists of places.", what=described(answer)))
    sides = [list(side) for side in answer]
    if len(sides[0]) != len(sides[1]):
        text = "Your first list has {first} places, and your second {second}."
        raise WrongForm(say(text, first=len(sides[0]), second=len(sides[1])))
    if not all(isinstance(one, int | np.integer) for side in sides for one in side):
        raise WrongForm(say("A place is a whole number, counted from 0: return places, not ids."))
    return sorted([int(i), int(j)] for i, j in zip(*sides, strict=True))


def _same_rows_other_partners(answers: Mapping[str, Answer]) -> bool:
    """Everywhere the common rows of both sides, and somewhere with other partners."""

    def rows(pairs: Any) -> list[list[int]]:
        return [sorted(side) for side in zip(*pairs, strict=True)]

    values = [(value, expected) for value, expected in came_and_expected(answers, list) if value]
    strangers = any(value != expected for value, expected in values)
    return strangers and len(values) == len(answers) and all(rows(v) == rows(e) for v, e in values)


SAME_ROWS = Exercise(
    id="07.1",
    title="The same picture in both",
    task="""
Source and target each have a list of ids, in an order of its own: `source_ids` and `target_ids`. (What an alignment
finds without showing strangers, you may compare here in the clear.)

Write `common_rows(source_ids, target_ids)`. Return **two lists of places**, counted from 0: where the common images
stand at the source, and where they stand at the target, so that row k of both is **the same image**. Any common order
will do.
""",
    stub='''
def common_rows(source_ids, target_ids):
    """Two lists of ids. Return (places at the source, places at the target), the same image at the same k."""
    ...
''',
    function="common_rows",
    cases=row_cases,
    read=read_pairs,
    misconceptions=(
        Misconception(
            "two orders",
            "You aligned the overlap in two different orders: it runs, and learns nonsense. For each place at the "
            "source, find where the *same id* stands at the target.",
            """
def common_rows(source_ids, target_ids):
    both = set(source_ids) & set(target_ids)
    return ([k for k, one in enumerate(source_ids) if one in both],
            [k for k, one in enumerate(target_ids) if one in both])
""",
            shown_by=_same_rows_other_partners,
        ),
        Misconception(
            "the first rows",
            "You took the first rows of both. Rows with the same number are not the same image: only the ids say "
            "which are.",
            """
def common_rows(source_ids, target_ids):
    count = len(set(source_ids) & set(target_ids))
    return list(range(count)), list(range(count))
""",
        ),
        Misconception(
            "already aligned",
            "You kept only images that happen to stand at the same place in both lists. The others are common, too, "
            "and the overlap is scarce.",
            """
def common_rows(source_ids, target_ids):
    places = [k for k, (a, b) in enumerate(zip(source_ids, target_ids)) if a == b]
    return places, places
""",
        ),
    ),
    hints=(
        "Take one order for both sides: that of the source's list, or the alphabet.",
        "`common = [one for one in source_ids if one in target_ids]` is such an order.",
        "Then `[source_ids.index(one) for one in common]`, and the same with `target_ids`.",
    ),
    solution="""
def common_rows(source_ids, target_ids):
    common = [one for one in source_ids if one in set(target_ids)]      # one order for both sides
    return [source_ids.index(one) for one in common], [target_ids.index(one) for one in common]
""",
    explanation="""
The loss pulls row k of the source and row k of the target together. When they are two different images, a label of one
teaches the other half of another: nothing raises an error, and what is learned is worth a coin. Tick *Other order at
the target* in the lab. `fl.align` returns both tables in one order, so that no id has to travel again.
""",
)


# --- 07.2 what may be opened --------------------------------------------------------------------------------------


def opening_cases() -> list[Case]:
    """Encrypted gradients of some rows, how the rows move with each weight, and a mask for each weight."""
    keys = toy_keys()
    return [
        _opening_case(keys, "two rows, three weights", [3, -2], [[1, 0, 2], [4, 1, -1]]),
        _opening_case(keys, "three rows, four weights", [5, 1, -7], [[1, 2, 0, 1], [0, -3, 1, 1], [2, 2, 2, 0]]),
        _opening_case(keys, "one row, two weights", [-4], [[3, -1]]),
    ]


def _opening_case(keys: KeyPair, name: str, gradients: list[int], slopes: list[list[int]]) -> Case:
    encrypted = EncryptedVector.encrypt_integers(gradients, keys.public, scale_bits=0, bound=LIMIT)
    sums = [sum(g * row[k] for g, row in zip(gradients, slopes, strict=True)) for k in range(len(slopes[0]))]
    masks = draw_raw_mask(keys.public, len(sums))
    n = int(keys.public.n)
    expected = [(total + mask) % n for total, mask in zip(sums, masks, strict=True)]
    return Case(name, (encrypted, slopes, masks), expected, known=(keys.private, sums, n))


def read_opened(answer: Any, case: Case) -> list[int] | str:
    """What the target decrypts; "row by row" for as many numbers as there are rows, or vectors."""
    rows, private = len(case.arguments[1]), case.known[0]
    several = isinstance(answer, list | tuple) and answer and all(isinstance(a, EncryptedVector) for a in answer)
    if several or (isinstance(answer, EncryptedVector) and len(answer) == rows):
        return "row by row"
    if not isinstance(answer, EncryptedVector):
        raise WrongForm(say("Your function returned {what}. Return an encrypted vector.", what=described(answer)))
    if len(answer) != len(case.expected):
        text = "There are {wanted} weights, and your vector has {came} numbers."
        raise WrongForm(say(text, wanted=len(case.expected), came=len(answer)))
    return [int(number) for number in answer.decrypt_raw(private)]


def _row_by_row(answers: Mapping[str, Answer]) -> bool:
    return all(answer.value == "row by row" for answer in answers.values())


def _hides_with_less_than(most: int, least: int) -> Shown:
    """Whether the sums are there in every case, and what was added to them is from `least` up to below `most`."""

    def shown(answers: Mapping[str, Answer]) -> bool:
        for answer in answers.values():
            if not isinstance(answer.value, list):
                return False
            _, sums, n = answer.case.known
            added = [(seen - total) % n for seen, total in zip(answer.value, sums, strict=True)]
            if not all(least <= min(one, n - one) < most for one in added):
                return False
        return True

    return shown


WHAT_MAY_BE_OPENED = Exercise(
    id="07.2",
    title="What may be opened",
    task="""
You are the **source**, with one dimension. For each common row i you hold [[g_i]], the gradient of the loss for that
row's place, under the **target's** key, and you know how the place moves with each of your weights: `slopes[i][k]`.
The target will decrypt what you send it, and return it; then you take your masks off.

Write `to_be_opened(encrypted_g, slopes, masks)`. Return what you send: **one encrypted number for each weight**,
Σ_i slopes[i][k] · g_i, with `masks[k]` added.

- `vector.times_matrix(slopes, scale_bits=0, factor_bound=10)` makes such sums, `vector.add_raw_mask(masks)` adds masks
  mod n
""",
    stub='''
def to_be_opened(encrypted_g, slopes, masks):
    """encrypted_g: [[g_i]], N numbers; slopes: N rows of P; masks: P numbers below n. Return P encrypted numbers."""
    ...
''',
    function="to_be_opened",
    cases=opening_cases,
    read=read_opened,
    misconceptions=(
        Misconception(
            "row by row",
            "You unmasked per-sample gradients: sum them into the gradient of the weights first, or the source, that "
            "is you, recovers the target's points. The mask is yours, so you take it off, and hold one gradient for "
            "each row.",
            """
def to_be_opened(encrypted_g, slopes, masks):
    return encrypted_g.add_raw_mask(masks[: len(encrypted_g)])
""",
            shown_by=_row_by_row,
        ),
        Misconception(
            "no mask",
            "You sent the sums without a mask. The target holds the key, so it reads your gradient, and what it tells "
            "of your labels. No accuracy changes: only the transcript shows it.",
            """
def to_be_opened(encrypted_g, slopes, masks):
    return encrypted_g.times_matrix(slopes, scale_bits=0, factor_bound=10).re_randomised()
""",
            shown_by=_hides_with_less_than(1, 0),
        ),
        Misconception(
            "a small mask",
            "You made the mask smaller. A sum under a small mask can still be read in its leading digits: only a mask "
            "uniform among all numbers below n makes static.",
            """
def to_be_opened(encrypted_g, slopes, masks):
    sums = encrypted_g.times_matrix(slopes, scale_bits=0, factor_bound=10)
    return sums.add_raw_mask([mask % 100 + 1 for mask in masks])
""",
            shown_by=_hides_with_less_than(SMALL, 1),
        ),
    ),
    hints=(
        "How many numbers may you see at the end: one for each row, or one for each weight?",
        "`encrypted_g.times_matrix(slopes, scale_bits=0, factor_bound=10)` has one number for each weight.",
        "Add the masks to *that*: `.add_raw_mask(masks)`.",
    ),
    solution="""
def to_be_opened(encrypted_g, slopes, masks):
    sums = encrypted_g.times_matrix(slopes, scale_bits=0, factor_bound=10)      # Σ_i slopes[i][k]·[[g_i]]
    return sums.add_raw_mask(masks)                                             # fresh, uniform mod n
""",
    explanation="""
The mask hides the gradient from the *target*, who decrypts. It hides nothing from you, who take it off: there only the
sum over rows helps, and only while there are more unknown places than weights. Hence the guard on small overlaps.
""",
)


# --- 07.3 where is the break-even? --------------------------------------------------------------------------------

TRANSFER = {  # accuracies of five deals
    20: [0.68, 0.72, 0.61, 0.80, 0.64], 70: [0.76, 0.71, 0.74, 0.72, 0.75], 150: [0.79, 0.78, 0.75, 0.80, 0.78],
}  # fmt: skip
ALONE = {
    20: [0.66, 0.70, 0.64, 0.71, 0.65], 50: [0.74, 0.77, 0.72, 0.76, 0.78], 200: [0.83, 0.84, 0.82, 0.84, 0.83],
}  # fmt: skip


def even_cases() -> list[Case]:
    """For some numbers of own labels, from how many common images transfer is better."""
    return [_even_case(f"{labels} labels of its own", TRANSFER, ALONE, labels) for labels in ALONE]


def _even_case(name: str, transfer: Any, alone: Any, labels: int) -> Case:
    better = [n for n in sorted(transfer) if np.mean(transfer[n]) > np.mean(alone[labels])]
    return Case(name, (transfer, alone, labels), better[0] if better else "never")


def read_even(answer: Any, case: Case) -> int | str:
    """A number of common images, or "never"."""
    if isinstance(answer, str) and answer == "never":
        return answer
    if not is_whole(answer):
        text = 'Your function returned {what}. Return a number of common images, or "never".'
        raise WrongForm(say(text, what=described(answer)))
    return int(answer)


def _never_never(answers: Mapping[str, Answer]) -> bool:
    """Right wherever transfer pays, and a number where it does not."""
    return all(
        (answer.value == answer.case.expected) == (answer.case.expected != "never") and isinstance(answer.value, int)
        for answer in answers.values()
    )  # fmt: skip


BREAK_EVEN = Exercise(
    id="07.3",
    title="Where is the break-even?",
    task="""
`transfer` says how accurate the target became through so many common images, in five deals; `alone` how accurate it
became with so many labels of its own, without any source: dicts from a number to five accuracies, as in
`{20: [0.68, 0.72, 0.61, 0.80, 0.64], …}`.

Write `break_even(transfer, alone, labels)`. Return the **smallest number of common images** with which transfer is
better on average than `labels` labels of its own, or `"never"`.
""",
    stub='''
def break_even(transfer, alone, labels):
    """transfer, alone: {count: [accuracy, ...]}. Return a count of common images, or "never"."""
    ...
''',
    function="break_even",
    cases=even_cases,
    read=read_even,
    misconceptions=(
        Misconception(
            "transfer always",
            "Where the target's own labels suffice, local wins. With 200 labels of its own no overlap that "
            "was measured is better, and the honest answer is “never”.",
            """
def break_even(transfer, alone, labels):
    def mean(numbers):
        return sum(numbers) / len(numbers)
    better = [n for n in sorted(transfer) if mean(transfer[n]) > mean(alone[labels])]
    return better[0] if better else max(transfer)
""",
            shown_by=_never_never,
        ),
        Misconception(
            "the best deal",
            "You compared the best deals. With twenty common images one deal of five reached 0.80, by luck; the mean "
            "is 0.69.",
            """
def break_even(transfer, alone, labels):
    better = [n for n in sorted(transfer) if max(transfer[n]) > max(alone[labels])]
    return better[0] if better else "never"
""",
        ),
        Misconception(
            "rows against labels",
            "You compared how many images with how many labels. An image in common is not a label: look at the "
            "accuracies.",
            """
def break_even(transfer, alone, labels):
    better = [n for n in sorted(transfer) if n >= labels]
    return better[0] if better else "never"
""",
        ),
    ),
    hints=(
        "Which one number stands for five deals?",
        "Go through `sorted(transfer)` and compare the mean of `transfer[n]` with the mean of `alone[labels]`.",
        'Return the first n that is better; when the loop has ended without one, return "never".',
    ),
    solution="""
def break_even(transfer, alone, labels):
    def mean(numbers):
        return sum(numbers) / len(numbers)
    for n in sorted(transfer):
        if mean(transfer[n]) > mean(alone[labels]):
            return n
    return "never"
""",
    explanation="""
Transfer is for a target whose labels are dear: it hands on what the source's labels say about the common rows, and a
little gets lost on the way. Measure what labels of one's own would do before a protocol is planned, and with several
deals: the spread is as wide as the gain.
""",
)


EXERCISES = (SAME_ROWS, WHAT_MAY_BE_OPENED, BREAK_EVEN)

QUESTION = Question(
    chapter="07",
    title="Predict",
    prompts=(
        Prompt(
            "The source has left halves of digits, with labels: odd or even. The target has right halves, and not one "
            "label. A hundred images lie with both. Can the target learn to tell odd from even?",
            (
                Option("no: nobody learns without labels",
                       "The labels stay at the source; what they say about the common images comes through."),
                Option("yes, nearly as well as if the hundred labels were handed over",
                       "About five points below, on average over ten deals."),
                Option("yes, and better than the source: it has two networks",
                       "The target sees half an image, as the source does, and learns through a hundred of them."),
            ),
            right=1,
        ),
        Prompt(
            "The target now buys labels for a hundred images of its own. What is better?",
            (
                Option("transfer through the hundred common images: two know more than one",
                       "Where the target's own labels suffice, local wins."),
                Option("training alone, on its hundred labels",
                       "A label of one's own says more than one that comes through an alignment."),
                Option("it cannot be known beforehand, so transfer",
                       "It can be measured, and was: by the honest curve, over ten deals."),
            ),
            right=1,
        ),
        Prompt(
            "For its gradient, the source sends masked encrypted numbers to the target, which decrypts and returns "
            "them. It sends one for each common image and adds them up afterwards. What does the source learn?",
            (
                Option("nothing: everything was masked",
                       "You unmasked per-sample gradients: sum them into the gradient of the weights first, or the "
                       "source recovers the target's points. The masks are the source's own."),
                Option("where the target's network puts every common image, exactly",
                       "A gradient of a row that is not common tells what all share; what is left of a common one is "
                       "the target's place."),
                Option("the target's right halves",
                       "Not the pixels: W of the target stays at the target. But equal images have equal places."),
            ),
            right=1,
        ),
    ),
)  # fmt: skip

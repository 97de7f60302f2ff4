"""Chapter 00: an exercise to practise on, and a question that nobody has to know the answer to.

>>> [exercise.title for exercise in EXERCISES]
['Call out a number']
"""

from __future__ import annotations

from .answers import read_whole
from .exercise import Case, Exercise, Misconception
from .question import Option, Prompt, Question


def calls() -> list[Case]:
    """Own number, secrets to add, secrets to subtract; the sum stays in range, runs over, and falls below zero."""
    return [
        Case("no partner", (41, [], []), 41),
        Case("two secrets to add", (12, [300, 25], []), 337),
        Case("over 999", (67, [950], [2]), 15),
        Case("below zero", (8, [5], [40]), 973),
    ]


CALL_OUT = Exercise(
    id="00.1",
    title="Call out a number",
    task="""
You are a **pupil** in the paper round. You have a number of your own, and secrets that you share with others: some of
them you add, some you subtract.

Write `call_out(own, add, subtract)` and return what you call out: a whole number from 0 to 999.

- `own` is a number, `add` and `subtract` are lists of numbers
- Python's `%` always answers from 0 up: `-3 % 1000` is 997
""",
    stub='''
def call_out(own, add, subtract):
    """own: a number; add, subtract: lists of secrets. Return three digits: 0 to 999."""
    ...
''',
    function="call_out",
    cases=calls,
    read=read_whole,
    misconceptions=(
        Misconception(
            "not mod 1000",
            "You forgot the three digits: below zero and over 999 the number goes round, so take it mod 1000.",
            "def call_out(own, add, subtract):\n    return own + sum(add) - sum(subtract)\n",
        ),
        Misconception(
            "all added",
            "You added every secret. Of each pair one adds and the other subtracts, or nothing cancels in the sum.",
            "def call_out(own, add, subtract):\n    return (own + sum(add) + sum(subtract)) % 1000\n",
        ),
        Misconception(
            "no mask",
            "You called out your own number. Everybody knows it now.",
            "def call_out(own, add, subtract):\n    return own\n",
        ),
        Misconception(
            "own number left out",
            "You called out your secrets only. The sum of the class would be 0: put your own number in.",
            "def call_out(own, add, subtract):\n    return (sum(add) - sum(subtract)) % 1000\n",
        ),
    ),
    hints=(
        "`sum(add)` adds up a list.",
        "Your own number, plus the secrets to add, minus those to subtract. Then keep three digits.",
        "Three digits are what `% 1000` leaves, also of a negative number.",
    ),
    solution="""
def call_out(own, add, subtract):
    return (own + sum(add) - sum(subtract)) % 1000
""",
    explanation="Each secret is added once and subtracted once, so it is gone from the sum of the class; and because "
    "it is uniform from 0 to 999, so is what you call out.",
)

EXERCISES = (CALL_OUT,)

QUESTION = Question(
    chapter="00",
    title="Predict",
    prompts=(
        Prompt(
            "Four pupils hide their numbers under secrets, as in the lab, and call out what comes out. Of the four "
            "numbers called out, which one is closest to the truth?",
            (
                Option("the smallest", "A small number is as likely as a large one, whatever is under it."),
                Option("the one of who had the best secret", "All secrets are alike: uniform from 0 to 999."),
                Option(
                    "none; only their sum tells something",
                    "Every single one is uniform. The secrets cancel in the sum, and nowhere else.",
                ),
            ),
            right=2,
        ),
        Prompt(
            "And when only two pupils take part?",
            (
                Option(
                    "the same: nobody learns anything but the sum",
                    "True, and too much: one of the two takes its own number off the sum, and the other's is left.",
                ),
                Option(
                    "each learns the other's number",
                    "Sum minus mine is yours. You will meet this again in chapter 04, with two hospitals.",
                ),
            ),
            right=1,
        ),
    ),
)

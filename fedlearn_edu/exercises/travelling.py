"""Chapter 02: what is left of each pasture, how lambs are averaged, what two weight vectors give away; the predictions.

>>> [exercise.title for exercise in EXERCISES]
['What is left', 'Average the lambs', 'What the sheep carries']

The first exercise judges real runs of `travelling`; the lambs are small networks; the images come from the digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from ..data.datasets import Dataset, load
from ..data.partition import split_rows
from ..data.party import Scaling
from ..i18n import say
from ..learning.averaging import weighted_mean
from ..learning.models import Model, SmallNetwork, SoftmaxRegression
from ..learning.training import train_locally
from ..protocols.travelling import travelling
from ..wire.run import play
from .exercise import Answer, Case, Exercise, Misconception, WrongForm, described
from .question import Option, Prompt, Question

Grass = tuple[np.ndarray, np.ndarray]
STEP = 0.5


def images(rows: int) -> Dataset:
    """Digits with pixels from 0 to 1.

    >>> images(100).features.max()
    np.float64(1.0)
    """
    table = load("digits").take(range(rows))
    return Scaling(np.zeros(64), np.full(64, 16.0)).apply(table)


def trained(model: Model, start: np.ndarray, X: np.ndarray, y: np.ndarray, epochs: int) -> np.ndarray:
    """Full-batch steps without a penalty."""
    return train_locally(model, start, X, y, epochs=epochs, batch_size=None, learning_rate=STEP, l2=0.0, rng=None)


# --- 02.1 what is left --------------------------------------------------------------------------------------------


def tours_cases() -> list[Case]:
    """Two real runs: three pastures once, and four pastures twice."""
    return [_tour_case(pastures=3, tours=1, skew=1.0), _tour_case(pastures=4, tours=2, skew=0.9)]


def _tour_case(pastures: int, tours: int, skew: float) -> Case:
    fields = split_rows(images(400), pastures, skew, seed=2, name="pasture", missing_classes="allow")
    run = play(travelling(fields, tours=tours, local_epochs=15, learning_rate=STEP))
    visits, grass = run.reported("weights"), [field.data for field in fields if field.data is not None]
    accuracy = partial(share_right, run.result.model)
    expected = [accuracy(visits[-1], table) for table in grass]
    name = f"{pastures} pastures, {tours} tours" if tours > 1 else f"{pastures} pastures, one tour"
    return Case(name, (visits, grass, accuracy), expected)


def share_right(model: Model, weights: np.ndarray, table: Dataset) -> float:
    """The share of rows that these weights get right."""
    return float(np.mean(model.predict(weights, table.features) == np.asarray(table.labels)))


def read_shares(answer: Any, case: Case) -> np.ndarray:
    """One share for each pasture."""
    wanted = len(case.arguments[1])
    try:
        shares = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        text = "Your function returned {what}. Return a list with one share for each pasture."
        raise WrongForm(say(text, what=described(answer))) from None
    if shares.shape != (wanted,):
        text = "Return a list of {wanted} shares, one for each pasture; yours is {what}."
        raise WrongForm(say(text, wanted=wanted, what=described(answer)))
    return shares


WHAT_IS_LEFT = Exercise(
    id="02.1",
    title="What is left",
    task="""
A sheep has been on tour. `visits` is a list of its weights after every visit, `grass` a list of the pastures' tables in
the order of the tour; with two tours there are twice as many visits as pastures. `accuracy(weights, table)` is the
share of rows of a table that these weights get right.

Write `still_known(visits, grass, accuracy)`. Return a list: for **each pasture**, the share of its own rows that the
sheep gets right **when the journey is over**.
""",
    stub='''
def still_known(visits, grass, accuracy):
    """Return a list: for each pasture, the share of its rows that is right at the end."""
    ...
''',
    function="still_known",
    cases=tours_cases,
    read=read_shares,
    misconceptions=(
        Misconception(
            "counted visits",
            "You counted pastures visited; test the first pasture's grass after the last. Right after its own visit "
            "every pasture is known, and that says nothing about what is left at the end.",
            """
def still_known(visits, grass, accuracy):
    return [accuracy(weights, table) for weights, table in zip(visits, grass)]
""",
        ),
        Misconception(
            "last own visit",
            "You tested each pasture when the sheep knew it best. Others came after it: use the weights of the very "
            "last visit for all.",
            """
def still_known(visits, grass, accuracy):
    return [accuracy(weights, table) for weights, table in zip(visits[-len(grass):], grass)]
""",
            cases=("4 pastures, 2 tours",),
        ),
        Misconception(
            "fresh grass",
            "You tested the grass that was eaten last, for every pasture. Of course it knows that; test each pasture's "
            "own rows.",
            """
def still_known(visits, grass, accuracy):
    return [accuracy(visits[-1], grass[-1]) for _ in grass]
""",
        ),
        Misconception(
            "first tour only",
            "You stopped after the first tour. The journey is over after the last visit of all.",
            """
def still_known(visits, grass, accuracy):
    return [accuracy(visits[len(grass) - 1], table) for table in grass]
""",
        ),
    ),
    hints=(
        "Which weights does the sheep carry when the journey is over?",
        "`visits[-1]` are the weights after the last visit. On whose rows do they have to be tested?",
        "Go through `grass`, and test `visits[-1]` on each table.",
    ),
    solution="""
def still_known(visits, grass, accuracy):
    return [accuracy(visits[-1], table) for table in grass]    # the last weights, on everybody's rows
""",
    explanation="""
A visit improves the weights for the rows of that pasture, whatever it costs the others. So a report that tests every
pasture after its own visit looks splendid, and the model at the end knows little more than the last pasture.
""",
)


# --- 02.2 average the lambs ---------------------------------------------------------------------------------------

FLOCK = SmallNetwork(columns=64, hidden=4, classes=10)


def born(seed: int) -> np.ndarray:
    """The weights of a new lamb: small random numbers.

    >>> born(0).shape
    (310,)
    """
    return FLOCK.start(np.random.default_rng(seed))


def raise_lamb(start: np.ndarray, grass: Grass) -> np.ndarray:
    """What becomes of a lamb on a pasture."""
    X, y = grass
    return trained(FLOCK, np.asarray(start, dtype=float), np.asarray(X), np.asarray(y), epochs=5)


def flock_cases() -> list[Case]:
    """Pastures of unequal size."""
    return [_flock_case([120, 40]), _flock_case([60, 30, 90])]


def _flock_case(rows: list[int]) -> Case:
    table = images(sum(rows))
    cuts = np.split(np.arange(table.rows), np.cumsum(rows)[:-1])
    pastures = [(table.features[cut], np.asarray(table.labels)[cut]) for cut in cuts]
    lambs = {f"{k}": raise_lamb(born(0), grass) for k, grass in enumerate(pastures)}
    expected = weighted_mean(lambs, {f"{k}": n for k, n in enumerate(rows)})
    return Case(f"pastures with {', '.join(map(str, rows))} rows", (pastures, born, raise_lamb), expected)


def read_lamb(answer: Any, case: Case) -> np.ndarray:
    """A weight vector of a lamb."""
    return _vector(answer, FLOCK.size, say("the averaged weights"))


def _vector(answer: Any, size: int, wanted: str) -> np.ndarray:
    try:
        vector = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        vector = np.empty(0)
    if vector.shape != (size,):
        text = "Your function returned {what}. Return {wanted}: an array of {size} numbers."
        raise WrongForm(say(text, what=described(answer), wanted=wanted, size=size))
    return vector


DIFFERENT_PARENTS = (
    "You averaged lambs with different parents: weights average sensibly only from a common start. Two networks that "
    "know the same may keep it in different hidden units, and the mean of the two knows it in neither."
)
AVERAGE_THE_LAMBS = Exercise(
    id="02.2",
    title="Average the lambs",
    task="""
You are the **shepherd**. `pastures` is a list with a pair `(X, y)` for each pasture: its images and labels.
`born(seed)` gives the weights of a new lamb, and `raise_lamb(start, pasture)` what becomes of a lamb that starts with
these weights on that pasture.

Write `shepherd(pastures, born, raise_lamb)`. Raise a lamb on every pasture, all of the flock `born(0)`, and return
their average, in which every *row* counts alike: Σ (n_k/n) W_k.
""",
    stub='''
def shepherd(pastures, born, raise_lamb):
    """Return the weights of the averaged lamb."""
    ...
''',
    function="shepherd",
    cases=flock_cases,
    read=read_lamb,
    misconceptions=(
        Misconception(
            "different parents",
            DIFFERENT_PARENTS,
            """
def shepherd(pastures, born, raise_lamb):
    n = sum(len(X) for X, _ in pastures)
    return sum(len(p[0]) / n * raise_lamb(born(k), p) for k, p in enumerate(pastures))
""",
        ),
        Misconception(
            "different parents, unweighted",
            DIFFERENT_PARENTS + " And weight them by rows.",
            """
def shepherd(pastures, born, raise_lamb):
    return sum(raise_lamb(born(k), p) for k, p in enumerate(pastures)) / len(pastures)
""",
        ),
        Misconception(
            "unweighted mean",
            "You averaged the lambs without weighting by rows: a pasture with 120 rows counts three times as much as "
            "one with 40.",
            """
def shepherd(pastures, born, raise_lamb):
    return sum(raise_lamb(born(0), p) for p in pastures) / len(pastures)
""",
        ),
        Misconception(
            "one sheep",
            "You sent one sheep round: each lamb started where the one before had stopped. Let all of them start with "
            "born(0), and average.",
            """
def shepherd(pastures, born, raise_lamb):
    weights = born(0)
    for pasture in pastures:
        weights = raise_lamb(weights, pasture)
    return weights
""",
        ),
        Misconception(
            "joined grass",
            "You carried the grass together in one place. Then nobody needs to average; but the grass may not leave "
            "its pasture.",
            """
def shepherd(pastures, born, raise_lamb):
    X = np.concatenate([X for X, _ in pastures])
    y = np.concatenate([y for _, y in pastures])
    return raise_lamb(born(0), (X, y))
""",
        ),
    ),
    hints=(
        "How many different starts does a flock have?",
        "Call `born(0)` once, and raise every lamb from it. A pasture's number of rows is `len(X)`.",
        "Add up `len(X) / n * raise_lamb(start, (X, y))` over the pastures, with n the number of all rows.",
    ),
    solution="""
def shepherd(pastures, born, raise_lamb):
    start = born(0)                                                   # one flock
    n = sum(len(X) for X, _ in pastures)
    return sum(len(X) / n * raise_lamb(start, (X, y)) for X, y in pastures)
""",
    explanation="""
This is one round of federated averaging. The next round starts all lambs from the average, so they stay of one flock
for ever; that is why FedAvg sends the average back to everybody.
""",
)


# --- 02.3 what the sheep carries ----------------------------------------------------------------------------------

CARRIER = SoftmaxRegression(columns=64, classes=10)


def carrying_cases() -> list[Case]:
    """Three pastures of a single image, visited by a sheep that knows something already."""
    return [_carrying_case(place, epochs) for place, epochs in ((4, 1), (57, 20), (130, 5))]


def _carrying_case(place: int, epochs: int) -> Case:
    table = images(200)
    X, y = table.features, np.asarray(table.labels)
    before = trained(CARRIER, np.zeros(CARRIER.size), X[150:], y[150:], epochs=3)
    after = trained(CARRIER, before, X[[place]], y[[place]], epochs=epochs)
    return Case(f"image {place}, passes: {epochs}", (before, after), X[place])


def read_image(answer: Any, case: Case) -> np.ndarray:
    """64 pixels."""
    if isinstance(answer, np.ndarray) and answer.shape == (8, 8):
        answer = answer.ravel()
    return _vector(answer, 64, say("the image"))


def _all_zero(answers: Mapping[str, Answer]) -> bool:
    return all(
        isinstance(one.value, np.ndarray) and one.value.size > 0 and not np.any(one.value) for one in answers.values()
    )


WHAT_IT_CARRIES = Exercise(
    id="02.3",
    title="What the sheep carries",
    task="""
A pasture has one single image. You know the sheep's weights `before` it went there and `after` it came back: two
vectors of 650 numbers, first the ten rows of W with 64 weights each, one row after another, then the ten intercepts b.

Write `image(before, after)`. Return the 64 pixels.

- a step of gradient descent adds −η·d·x to a row of W, and −η·d to its intercept: x is the image, and d a number that
  you do not know
""",
    stub='''
def image(before, after):
    """before, after: arrays of 650 numbers. Return the 64 pixels of the pasture's only image."""
    ...
''',
    function="image",
    cases=carrying_cases,
    read=read_image,
    misconceptions=(
        Misconception(
            "nothing left",
            "You said nothing left the pasture: the weights did. And what changed in them is made of the image.",
            "def image(before, after):\n    return np.zeros(64)\n",
            shown_by=_all_zero,
        ),
        Misconception(
            "not subtracted",
            "You read the weights as they came out. They also hold what the sheep knew before: take the difference.",
            """
def image(before, after):
    return after[:64] / after[640]
""",
        ),
        Misconception(
            "not divided",
            "You took the change of a row of W as it is: that is the image times −η·d. The intercept of that class has "
            "changed by −η·d, so divide by it.",
            """
def image(before, after):
    return (after - before)[:64]
""",
        ),
        Misconception(
            "another intercept",
            "You divided the change of one class by the intercept of another: each class has a d of its own.",
            """
def image(before, after):
    change = after - before
    return change[:64] / change[-1]
""",
        ),
        Misconception(
            "columns for rows",
            "You cut W into columns. The vector holds ten rows of 64 weights, one after another: reshape it to (10, "
            "64).",
            """
def image(before, after):
    change = after - before
    return change[:640].reshape(64, 10)[:, 0] / change[640]
""",
        ),
    ),
    hints=(
        "Subtract first: what did this visit change?",
        "For class k, ΔW_k = −η·d·x and Δb_k = −η·d. What is left when you divide one by the other?",
        "With `change = after - before`, row k of ΔW is `change[64 * k : 64 * (k + 1)]`, and Δb_k is `change[640 + "
        "k]`.",
    ),
    solution="""
def image(before, after):
    change = after - before
    return change[:64] / change[640]             # ΔW_0 / Δb_0: any class will do
""",
    explanation="""
Every step adds a multiple of the same image to each row of W, and the same multiple of 1 to its intercept; so the
quotient is the image after any number of steps. With more images it is a mean of them, and one needs cleverer attacks,
or a pasture with few rows. Rows that stay at home are not the same as rows that nobody can see.
""",
)

EXERCISES = (WHAT_IS_LEFT, AVERAGE_THE_LAMBS, WHAT_IT_CARRIES)

QUESTION = Question(
    chapter="02",
    title="Predict",
    prompts=(
        Prompt(
            "A model learns on pasture 1, where only zeros and ones grow, until it gets nearly all of them right. Then "
            "it learns on pasture 2, where only twos and threes grow. How many of pasture 1's rows does it get "
            "right now?",
            (
                Option("nearly all, it has learned them",
                       "You counted pastures visited; test the first pasture's grass after the last. On pasture 2 "
                       "nobody spoke for zeros and ones."),
                Option("about half",
                       "Less. Every step on pasture 2 makes the other eight digits less likely, zeros and ones among "
                       "them."),
                Option("none",
                       "Not a zero and not a one. Every step on pasture 2 makes the other eight digits less likely, "
                       "and with the ink that all digits share it does so for every image."),
            ),
            right=2,
        ),
        Prompt(
            "Each of five pastures raises a model of its own, a small network with hidden units. Somebody averages the "
            "five weight vectors. When is the average any good?",
            (
                Option("always: the mean of five good models is a good model",
                       "You averaged lambs with different parents: weights average sensibly only from a common start."),
                Option("when all five started with the same weights",
                       "Then each hidden unit means the same to all of them, more or less, and can be averaged."),
                Option("never: weights cannot be averaged",
                       "They can, from a common start: that is what federated averaging does."),
            ),
            right=1,
        ),
        Prompt(
            "A pasture holds one single image. The model trains there and moves on. What can somebody learn who saw "
            "the weights before and after?",
            (
                Option("nothing: the image never left the pasture",
                       "You said nothing left the pasture: the weights did, and their change is made of the image."),
                Option("which digit it was",
                       "More than that: the change is the image, times a number that can be divided out."),
                Option("the image, pixel by pixel",
                       "ΔW of a class, divided by its Δb, is the image, but for the last digits of a float."),
            ),
            right=2,
        ),
    ),
)  # fmt: skip

"""Chapter 01: one model is not the mean of ten, one exam for all, more rows or other rows; and the three predictions.

>>> [exercise.title for exercise in EXERCISES]
['What pooling would give', 'The same exam', 'More rows, or other rows?']

The cases deal the patients of `breast_cancer`. The learner's functions get `train`, which makes a model of rows, and
the expected answers come from the same `train`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..data.datasets import load
from ..i18n import say
from ..learning.islands import train_islands
from .exercise import Case, Exercise, Misconception, WrongForm, described
from .question import Option, Prompt, Question

Rows = tuple[np.ndarray, np.ndarray]  # X (n, p), y (n,)
Trained = Callable[[Any], np.ndarray]
EXAM = 169


def train(X: Any, y: Any) -> Trained:
    """Logistic regression on these rows; what comes back calls rows 0 (benign) or 1 (malignant).

    >>> model = train([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    >>> model([[0.5], [9.0]])
    array([0, 1])
    """
    weights = train_islands(X, y)

    def model(rows: Any) -> np.ndarray:
        scores = np.asarray(rows, dtype=float) @ weights[:-1] + weights[-1]  # (N,)
        return np.asarray(scores > 0, dtype=np.int64)

    return model


def patients(seed: int) -> tuple[Rows, Rows]:
    """Everybody in an order of their own, and an exam that nobody trains with.

    >>> (X, y), exam = patients(0)
    >>> X.shape, len(exam[1])
    ((400, 30), 169)
    """
    table = load("breast_cancer")
    assert table.labels is not None
    order = np.random.default_rng(seed).permutation(table.rows)
    X, y = table.features[order], table.labels[order]
    return (X[EXAM:], y[EXAM:]), (X[:EXAM], y[:EXAM])


def dealt(rows: Rows, sizes: Sequence[int]) -> list[Rows]:
    """The first rows, so many at a time.

    >>> [len(y) for _, y in dealt(patients(0)[0], [20, 30])]
    [20, 30]
    """
    ends = np.cumsum(sizes)
    return [(rows[0][end - size : end], rows[1][end - size : end]) for size, end in zip(sizes, ends, strict=True)]


def joined(parts: Sequence[Rows]) -> Rows:
    """Several tables as one."""
    return np.concatenate([X for X, _ in parts]), np.concatenate([y for _, y in parts])


def missed_by(model: Trained, exam: Rows) -> float:
    """Of the cancers in an exam, the share that a model calls benign."""
    return float(np.mean(model(exam[0])[exam[1] == 1] == 0))


# --- 01.1 what pooling would give ---------------------------------------------------------------------------------


def pooling_cases() -> list[Case]:
    """Ten equal islands, and five unequal ones."""
    return [_pooling_case(2, [20] * 10), _pooling_case(5, [10, 20, 30, 40, 50])]


def _pooling_case(seed: int, sizes: Sequence[int]) -> Case:
    everyone, exam = patients(seed)
    islands = dealt(everyone, sizes)
    expected = float(np.mean(train(*joined(islands))(exam[0]) == exam[1]))
    return Case(f"{len(sizes)} islands, {sum(sizes)} rows", (islands, exam, train), expected)


def read_share(answer: Any, case: Case) -> float:
    """A number from 0 to 1."""
    if isinstance(answer, bool) or not isinstance(answer, int | float | np.number) or not 0 <= answer <= 1:
        wanted = "Your function returned {what}. Return one number from 0 to 1: the share of the exam that is right."
        raise WrongForm(say(wanted, what=described(answer)))
    return float(answer)


WHAT_POOLING_GIVES = Exercise(
    id="01.1",
    title="What pooling would give",
    task="""
Ten hospitals ask what they would gain if their records lay in one table. You are allowed to look, once.

Write `pooled_accuracy(islands, exam, train)` and return the accuracy, on the exam, of **one model that saw all rows**.

- `islands` is a list of pairs `(X, y)`, one for each hospital: measurements, and 1 for malignant
- `exam` is a pair `(X, y)` of patients that nobody trains with
- `train(X, y)` makes a model of rows, and `model(X)` calls each row 0 or 1
""",
    stub='''
def pooled_accuracy(islands, exam, train):
    """islands: [(X_1, y_1), (X_2, y_2), ...]. Return the accuracy of one model that saw all rows."""
    ...
''',
    function="pooled_accuracy",
    cases=pooling_cases,
    read=read_share,
    misconceptions=(
        Misconception(
            "averaged accuracies",
            "You averaged the islands' accuracies: ten models that each saw 20 rows are not one model that saw 200.",
            """
def pooled_accuracy(islands, exam, train):
    X, y = exam
    return sum((train(*island)(X) == y).mean() for island in islands) / len(islands)
""",
        ),
        Misconception(
            "weighted accuracies",
            "You averaged the islands' accuracies by rows. The weights are fair, and they still average small models: "
            "ten models that each saw 20 rows are not one model that saw 200.",
            """
def pooled_accuracy(islands, exam, train):
    X, y = exam
    marks = [(train(*island)(X) == y).mean() * len(island[1]) for island in islands]
    return sum(marks) / sum(len(island[1]) for island in islands)
""",
        ),
        Misconception(
            "majority vote",
            "You let the islands' models vote. A vote is better than a voter, and it is no model: each voter still saw "
            "its own rows only. Join the rows, then train once.",
            """
import numpy as np

def pooled_accuracy(islands, exam, train):
    X, y = exam
    votes = np.mean([train(*island)(X) for island in islands], axis=0)
    return ((votes > 0.5) == y).mean()
""",
        ),
        Misconception(
            "best island",
            "You took the best island. Which one that is shows only after the exam, and it has seen no more rows than "
            "the others.",
            """
def pooled_accuracy(islands, exam, train):
    X, y = exam
    return max((train(*island)(X) == y).mean() for island in islands)
""",
        ),
        Misconception(
            "marked on its own rows",
            "You marked the model on the rows that it learned from. That says how well it remembers; the exam says "
            "what it has learned.",
            """
import numpy as np

def pooled_accuracy(islands, exam, train):
    X = np.concatenate([X for X, _ in islands])
    y = np.concatenate([y for _, y in islands])
    return (train(X, y)(X) == y).mean()
""",
        ),
        Misconception(
            "trained on the exam",
            "You trained with the exam's rows. A model that has seen the answers passes every exam.",
            """
import numpy as np

def pooled_accuracy(islands, exam, train):
    X = np.concatenate([X for X, _ in [*islands, exam]])
    y = np.concatenate([y for _, y in [*islands, exam]])
    return (train(X, y)(exam[0]) == exam[1]).mean()
""",
        ),
    ),
    hints=(
        "How many models are trained in the end: ten, or one?",
        "First make one table: `np.concatenate([X for X, _ in islands])` puts the islands' rows under each other, and "
        "the same goes for y.",
        "`model = train(X, y)` with the joined rows, then the share of `model(exam[0]) == exam[1]` that is true.",
    ),
    solution="""
import numpy as np

def pooled_accuracy(islands, exam, train):
    X = np.concatenate([X for X, _ in islands])
    y = np.concatenate([y for _, y in islands])      # one table, which no law would let them make
    model = train(X, y)                              # one model
    return (model(exam[0]) == exam[1]).mean()
""",
    explanation="""
A mean of accuracies describes the islands as they are. Pooling makes another model: it has seen ten times the rows, and
each of its weights rests on all of them. Chapter 04 gets near it without making the table.
""",
)


# --- 01.2 the same exam -------------------------------------------------------------------------------------------


def exam_cases() -> list[Case]:
    """Hospitals that each kept some of their rows for a test."""
    return [_exam_case(10, [20, 20, 20]), _exam_case(8, [12, 24, 36, 24])]


def _exam_case(seed: int, sizes: Sequence[int]) -> Case:
    learned, kept = dealt(patients(seed)[0], sizes), dealt(patients(seed)[1], sizes)
    names = [f"hospital {k}" for k in range(1, len(sizes) + 1)]
    hospitals = dict(zip(names, zip(learned, kept, strict=True), strict=True))
    exam = joined(kept)
    expected = {name: missed_by(train(*own), exam) for name, own in zip(names, learned, strict=True)}
    return Case(f"{len(sizes)} hospitals", (hospitals, train), expected | {"pooled": missed_by(train(*joined(learned)),
                exam)})  # fmt: skip


def read_shares(answer: Any, case: Case) -> dict[str, float]:
    """A share for every hospital, and one for the pool."""
    wanted = [*case.arguments[0], "pooled"]
    if not isinstance(answer, Mapping):
        text = "Your function returned {what}. Return a dictionary: a share for each of {names}."
        raise WrongForm(say(text, what=described(answer), names=", ".join(wanted)))
    if set(answer) != set(wanted):
        text = "Your dictionary has {came}; it should have {names}."
        raise WrongForm(say(text, came=", ".join(map(str, answer)) or say("nothing"), names=", ".join(wanted)))
    return {name: float(answer[name]) for name in wanted}


_COMPARE = """
import numpy as np

def compare(hospitals, train):
    def missed(model, X, y):
        return {missed}
    def join(parts):
        return np.concatenate([X for X, _ in parts]), np.concatenate([y for _, y in parts])
    pool, exam = join([own for own, _ in hospitals.values()]), join([kept for _, kept in hospitals.values()])
{rest}
"""
_RIGHT_SHARE = "(model(X)[y == 1] == 0).mean()"
_RIGHT_REST = """    shares = {name: missed(train(*own), *exam) for name, (own, _) in hospitals.items()}
    return shares | {"pooled": missed(train(*pool), *exam)}"""


def _comparing(missed: str = _RIGHT_SHARE, rest: str = _RIGHT_REST) -> str:
    return _COMPARE.replace("{missed}", missed).replace("{rest}", rest)


THE_SAME_EXAM = Exercise(
    id="01.2",
    title="The same exam",
    task="""
Each hospital trained on some of its records and **kept** others for a test. Now somebody wants a fair table: which
share of the cancers does each hospital's own model miss, and which share would a pooled model miss?

Write `compare(hospitals, train)`. Return a dictionary with a share for each hospital, by name, and one for `"pooled"`.

- `hospitals["hospital 1"]` is a pair `(own, kept)`; both are pairs `(X, y)`, and 1 is malignant
- a model learns from `own` rows only; the pooled model from the own rows of all
- `train(X, y)` makes a model, and `model(X)` calls each row 0 or 1
- *missed* is the share of the malignant rows that are called 0
""",
    stub='''
def compare(hospitals, train):
    """hospitals: {name: ((X, y) to learn from, (X, y) kept)}. Return {name: share missed, "pooled": ...}."""
    ...
''',
    function="compare",
    cases=exam_cases,
    read=read_shares,
    misconceptions=(
        Misconception(
            "different exams",
            "You compared different test rows; islands and pooled must sit the same exam. A hospital with three kept "
            "cancers misses a third or nothing, and that says little about its model.",
            _comparing(
                rest="""    shares = {name: missed(train(*own), *kept) for name, (own, kept) in hospitals.items()}
    return shares | {"pooled": missed(train(*pool), *exam)}"""
            ),
        ),
        Misconception(
            "everybody marks itself",
            "You compared different test rows: each model sat an exam of the rows that it had learned from, where a "
            "small island forgets nothing. Islands and pooled must sit the same exam, of kept rows.",
            _comparing(
                rest="""    shares = {name: missed(train(*own), *own) for name, (own, _) in hospitals.items()}
    return shares | {"pooled": missed(train(*pool), *pool)}"""
            ),
        ),
        Misconception(
            "pool trained on the exam",
            "Your pooled model learned from the kept rows, too. Then it knows the exam, and the hospitals do not.",
            _comparing(
                rest="""    everything = join([pool, exam])
    shares = {name: missed(train(*own), *exam) for name, (own, _) in hospitals.items()}
    return shares | {"pooled": missed(train(*everything), *exam)}"""
            ),
        ),
        Misconception(
            "errors of every kind",
            "You counted errors of every kind. A cancer that is called benign and a false alarm are not the same "
            "mistake: divide the missed cancers by the cancers.",
            _comparing(missed="(model(X) != y).mean()"),
        ),
        Misconception(
            "share of all rows",
            "You divided the missed cancers by all patients. Most patients have no cancer to miss: divide by the "
            "cancers.",
            _comparing(missed="((model(X) == 0) & (y == 1)).mean()"),
        ),
        Misconception(
            "found, not missed",
            "You returned the share that was found. Missed is the rest.",
            _comparing(missed="(model(X)[y == 1] == 1).mean()"),
        ),
    ),
    hints=(
        "Two models can be compared when they answered the same questions. Which rows has nobody learned from?",
        "Make one exam of all kept rows with `np.concatenate`, and one pool of all own rows. Every model, the pooled "
        "one too, sits that exam.",
        "For a model and the exam's X and y: `(model(X)[y == 1] == 0).mean()`.",
    ),
    solution="""
import numpy as np

def compare(hospitals, train):
    def join(parts):
        return np.concatenate([X for X, _ in parts]), np.concatenate([y for _, y in parts])

    X, y = join([kept for _, kept in hospitals.values()])              # one exam for everybody
    models = {name: train(*own) for name, (own, _) in hospitals.items()}
    models["pooled"] = train(*join([own for own, _ in hospitals.values()]))
    return {name: (model(X)[y == 1] == 0).mean() for name, model in models.items()}
""",
    explanation="""
An exam of one hospital's kept rows holds a handful of cancers, and it has that hospital's own mixture of patients. So
differences between exams look like differences between models. In the course one exam is put aside before anything is
dealt. Real hospitals cannot lay their kept rows together either; they exchange counts, as chapter 04 exchanges sums.
""",
)


# --- 01.3 more rows, or other rows? -------------------------------------------------------------------------------

SAME, TOWN, FEW = "200 more from your suburb", "40 from the whole town", "40 more from the town"
MANY = "200 more from the town"
FEW_CANCERS = 0.05  # of the suburb's lumps one in twenty is malignant; in the whole table it is 37 in a hundred


def offer_cases() -> list[Case]:
    """Two hospitals in a suburb with few cancers, and between them one that draws from the whole town."""
    return [
        _suburb_case("a suburb where one lump in twenty is malignant", 7),
        _town_case("a hospital for the whole town", 3),
        _suburb_case("another such suburb", 5),
    ]


def _suburb_case(name: str, seed: int) -> Case:
    everyone, exam = patients(seed)
    own, rest = suburb(everyone, 20)
    same, rest = suburb(rest, 200)
    others = np.random.default_rng(seed).permutation(len(rest[1]))[:40]
    return _offer_case(name, own, {SAME: same, TOWN: (rest[0][others], rest[1][others])}, exam)


def _town_case(name: str, seed: int) -> Case:
    everyone, exam = patients(seed)
    own, few, many = dealt(everyone, [20, 40, 200])
    return _offer_case(name, own, {FEW: few, MANY: many}, exam)


def _offer_case(name: str, own: Rows, offers: Mapping[str, Rows], exam: Rows) -> Case:
    missed = {offer: missed_by(train(*joined([own, rows])), exam) for offer, rows in offers.items()}
    return Case(name, (own, offers, exam, train), min(missed, key=lambda offer: missed[offer]))


def suburb(rows: Rows, count: int) -> tuple[Rows, Rows]:
    """So many patients of a suburb with few cancers, and everybody else.

    >>> (X, y), rest = suburb(patients(0)[0], 200)
    >>> int(y.sum()), len(rest[1])
    (10, 200)
    """
    X, y = rows
    cancers = round(FEW_CANCERS * count)
    here = np.concatenate([np.flatnonzero(y == 1)[:cancers], np.flatnonzero(y == 0)[: count - cancers]])
    others = np.setdiff1d(np.arange(len(y)), here)
    return (X[here], y[here]), (X[others], y[others])


def read_offer(answer: Any, case: Case) -> str:
    """The name of an offer."""
    offers = case.arguments[1]
    if not isinstance(answer, str) or answer not in offers:
        wanted = "Your function returned {what}. Return the name of an offer: {names}."
        raise WrongForm(say(wanted, what=described(answer), names=", ".join(map(repr, offers))))
    return str(answer)  # NumPy has a type of its own for texts


_CHOOSE = """
import numpy as np

def choose(own, offers, exam, train):
    def after(offer):
        X, y = offers[offer]
        return train(np.concatenate([own[0], X]), np.concatenate([own[1], y]))
    X, y = {judge}
    return {best}
"""


def _choosing(judge: str, best: str) -> str:
    return _CHOOSE.replace("{judge}", judge).replace("{best}", best)


MORE_OR_OTHER = Exercise(
    id="01.3",
    title="More rows, or other rows?",
    task="""
A hospital may add records to its own 20, from one of two offers. Which one makes it miss the fewest cancers among
**all** patients of the town?

Write `choose(own, offers, exam, train)` and return the name of the better offer.

- `own` is a pair `(X, y)`; `offers` is a dictionary from a name to a pair `(X, y)`; 1 is malignant
- `exam` is a pair `(X, y)`: patients from all over the town, whom nobody trains with
- `train(X, y)` makes a model, and `model(X)` calls each row 0 or 1
""",
    stub='''
def choose(own, offers, exam, train):
    """offers: {name: (X, y)}. Return the name of the offer after which the fewest cancers are missed."""
    ...
''',
    function="choose",
    cases=offer_cases,
    read=read_offer,
    misconceptions=(
        Misconception(
            "more rows cure bias",
            "You added rows to cure bias: ten times as many patients from one suburb is still one suburb. More rows "
            "cure variance, the luck of a small draw.",
            "def choose(own, offers, exam, train):\n    return max(offers, key=lambda offer: len(offers[offer][1]))\n",
        ),
        Misconception(
            "judged at home",
            "You judged on the hospital's own patients, and they come from the same suburb: there a biased model looks "
            "perfect. Judge on the exam.",
            _choosing("own", "min(offers, key=lambda offer: (after(offer)(X)[y == 1] == 0).sum())"),
        ),
        Misconception(
            "accuracy instead of missed",
            "You chose by accuracy. In one of the cases the offer with the better accuracy misses more cancers: most "
            "patients are benign, and accuracy counts them.",
            _choosing("exam", "max(offers, key=lambda offer: (after(offer)(X) == y).mean())"),
        ),
        Misconception(
            "other rows are always better",
            "You took the fewer rows every time. Where the hospital draws from the whole town already, nothing is "
            "biased, and more rows cure the luck of the draw.",
            "def choose(own, offers, exam, train):\n    return min(offers, key=lambda offer: len(offers[offer][1]))\n",
        ),
    ),
    hints=(
        "Do not guess by size: train once for each offer, and look.",
        "A model after an offer has learned from own rows and offered rows together: `np.concatenate`. Where should "
        "it be marked: at home, or among all patients?",
        "For each offer: join, train, and count `(model(exam[0])[exam[1] == 1] == 0).mean()`. Return the name with the "
        "smallest one.",
    ),
    solution="""
import numpy as np

def choose(own, offers, exam, train):
    missed = {}
    for name, (X, y) in offers.items():
        model = train(np.concatenate([own[0], X]), np.concatenate([own[1], y]))
        missed[name] = (model(exam[0])[exam[1] == 1] == 0).mean()      # among all patients, not at home
    return min(missed, key=missed.get)
""",
    explanation="""
A small draw errs by luck: variance, which more rows of any kind cure. A draw from one suburb errs by its origin: bias,
which more rows of the same kind leave. Only an exam from outside can tell the two apart. Federated learning brings rows
from other places without moving them; it cannot bring patients whom no hospital sees.
""",
)


EXERCISES = (WHAT_POOLING_GIVES, THE_SAME_EXAM, MORE_OR_OTHER)

QUESTION = Question(
    chapter="01",
    title="Predict",
    prompts=(
        Prompt(
            "A hospital trains on ten patients, and its model gets 89 % of an exam right. Of a hundred cancers, how "
            "many does it miss?",
            (
                Option(
                    "hardly any, because cancers are the clear cases",
                    "With about four cancers to learn from, a model knows few of the ways they look.",
                ),
                Option(
                    "about 10, as 11 % of its answers are wrong",
                    "Accuracy counts everybody, and most patients are benign. Ten rows hold about four cancers to "
                    "learn from, so the mistakes gather there.",
                ),
                Option(
                    "about 20",
                    "One in five, over sixty repeated draws; some hospitals miss more than half.",
                ),
            ),
            right=2,
        ),
        Prompt(
            "Ten hospitals with 20 patients each have models with an accuracy of 92 % on average. One model that saw "
            "all 200 patients would get …",
            (
                Option(
                    "92 %, for it is the same patients",
                    "You averaged the islands' accuracies: ten models that each saw 20 rows are not one model that "
                    "saw 200.",
                ),
                Option(
                    "97 %",
                    "Every weight rests on ten times the rows, so the luck of the draw shrinks.",
                ),
                Option(
                    "100 %, for it has seen everything",
                    "It has seen 200 patients, and the exam asks about others.",
                ),
            ),
            right=1,
        ),
        Prompt(
            "A hospital sits in a suburb where one lump in twenty is malignant. It collects 200 patients instead of "
            "20, all from there. Compared with a hospital that has 20 patients from the whole town, it misses …",
            (
                Option(
                    "more cancers",
                    "A fifth of them against a sixth, as this chapter measures. More rows cure the luck of the draw; "
                    "they leave where the draw came from.",
                ),
                Option(
                    "about half as many cancers",
                    "That would be so if only luck were to blame. Ten times as many patients from one suburb is still"
                    " one suburb.",
                ),
                Option(
                    "far fewer cancers: ten times the rows",
                    "You added rows to cure bias: ten times as many patients from one suburb is still one suburb.",
                ),
            ),
            right=0,
        ),
    ),
)

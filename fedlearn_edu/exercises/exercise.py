"""An exercise: a task, a function to write, and a check that knows the usual ways to get it wrong.

>>> from fedlearn_edu.exercises.catalogue import find_exercise
>>> exercise = find_exercise("04.1")
>>> exercise.title, exercise.function
('Weights by rows', 'add_up')
>>> def add_up(uploads):
...     total = uploads[0][1]
...     for _, vector in uploads[1:]:
...         total = total + vector
...     return len(uploads), total
>>> exercise.check(add_up)
✗ You averaged without weighting by rows. A hospital with 100 rows counts ten times as much as one with 10.

The check calls the function with real objects of the library, and compares what comes back with what the protocol
itself makes of them. A misconception is recognised when the function answers as a wrong solution that shows it does.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from ..i18n import retell, say, sentences
from .sandbox import SECONDS, Outcome, power_without_modulus, run, solution_function

State = Literal["right", "wrong", "not yet"]
SIGNS = {"right": "✓", "wrong": "✗", "not yet": "…"}
TOLERANCE = 1e-5
MOST_BITS = 200  # of a whole number that is shown digit by digit, some sixty digits


class WrongForm(Exception):
    """An answer of another type or shape than the task asks for; the message says what came and what was wanted."""


@dataclass(frozen=True)
class Case:
    """One call of the learner's function.

    >>> Case("two and two", (2, 2), 4).expected
    4

    Parameters
    ----------
    name : what a learner reads when this case goes wrong
    arguments : of the call
    expected : what `Exercise.read` makes of a right answer
    known : what `read` needs beside the answer, for example a private key
    """

    name: str
    arguments: tuple[Any, ...]
    expected: Any
    known: Any = None


@dataclass(frozen=True)
class Answer:
    """What a function made of one case, read; or why it cannot be read."""

    case: Case
    value: Any = None
    outcome: Outcome = field(default_factory=Outcome)
    form: str = ""  # what is wrong with its type or shape

    @property
    def right(self) -> bool:
        """Whether it is what was expected."""
        return not self.form and self.outcome.error is None and same(self.value, self.case.expected)

    def like(self, other: Answer) -> bool:
        """Whether two functions did the same with a case: the same value, or an error of the same kind and place."""
        mine, theirs = self.outcome, other.outcome
        if mine.error is not None or theirs.error is not None:
            return type(mine.error) is type(theirs.error) and mine.raised_in == theirs.raised_in
        if self.form or other.form:
            return bool(self.form) and self.form == other.form
        return same(self.value, other.value)


Shown: TypeAlias = Callable[[Mapping[str, Answer]], bool]
"""Whether answers, by the names of their cases, show a misconception."""


@dataclass(frozen=True)
class Misconception:
    """A usual way to get it wrong.

    >>> Misconception("off by one", "You counted from one.", "def f(x): return x + 1").name
    'off by one'

    Parameters
    ----------
    name : short, for tests and for progress
    sentence : what a learner reads: what they did, and why it is not so
    solution : source text of a function that shows it
    shown_by : recognises it in the answers, by name of case; None: they are those of `solution`
    cases : with `shown_by` None, the names of the cases to compare; none: all
    """

    name: str
    sentence: str
    solution: str
    shown_by: Shown | None = None
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a check found.

    >>> Verdict("wrong", "You counted from one.", "off by one", "Case “two”: 3 came, 2 was expected.")
    ✗ You counted from one.
      Case “two”: 3 came, 2 was expected.

    Parameters
    ----------
    state : "right", "wrong", or "not yet" for a stub
    sentence : what to read first
    misconception : its name, when one was recognised
    details : the case, or the line of the learner's that failed
    printed : what the function printed
    """

    state: State
    sentence: str
    misconception: str | None = None
    details: str = ""
    printed: str = ""

    @property
    def right(self) -> bool:
        """Whether the exercise is solved."""
        return self.state == "right"

    def __repr__(self) -> str:
        printed = say("Your function printed:") + "\n" + self.printed.rstrip() if self.printed else ""
        more = "\n".join(text for text in (self.details, printed) if text)
        return f"{SIGNS[self.state]} {self.sentence}" + "".join(f"\n  {line}" for line in more.splitlines())


@dataclass(frozen=True)
class Exercise:
    """A task for a chapter. All texts are English; `say` translates them when they are shown.

    >>> from fedlearn_edu.exercises.catalogue import find_exercise
    >>> exercise = find_exercise("04.3")
    >>> exercise.check(exercise.solved()).right, len(exercise.hints)
    (True, 3)

    Parameters
    ----------
    id : chapter and number, as in "04.1"
    title, task : the task in light Markdown (paragraphs, lists, `code`, **bold**)
    stub : source text to start from
    function : name of the learner's function
    cases : makes the calls; made anew for every check, with fresh keys
    read : makes a comparable value of an answer, or raises `WrongForm`
    misconceptions : in the order in which they are looked for
    hints : three, each saying more
    solution, explanation : source text of the reference solution, and why it is so
    large_powers : a power that is not taken mod something would never come back, nor could it be stopped
    """

    id: str
    title: str
    task: str
    stub: str
    function: str
    cases: Callable[[], Sequence[Case]]
    read: Callable[[Any, Case], Any]
    misconceptions: tuple[Misconception, ...]
    hints: tuple[str, str, str]
    solution: str
    explanation: str
    large_powers: bool = False

    def check(self, function: Any, seconds: float = SECONDS) -> Verdict:
        """Judge a function. Never raises, whatever the function does.

        >>> from fedlearn_edu.exercises.catalogue import find_exercise
        >>> find_exercise("04.1").check(lambda uploads: ...).state
        'not yet'
        """
        if not callable(function):
            return Verdict("not yet", say("Not yet: give the check the function {name} itself.", name=self.function))
        cases = self.cases()
        problem = _misfit(function, cases[0].arguments, self.function)
        if problem:
            return Verdict("wrong", problem)
        if self.large_powers and (place := power_without_modulus(function)):
            text = say("Write pow(x, e, m). x ** e % m works out the whole power first, which takes hours.")
            return Verdict("wrong", text, None, say("Your line {number}: {line}", **place))
        outcomes = run(function, [case.arguments for case in cases], seconds)
        printed = next((outcome.printed for outcome in outcomes if outcome.printed), "")
        if outcomes[-1].timed_out:
            return Verdict("wrong", _too_long(seconds), None, _left_behind(outcomes[-1]), printed)
        if all(_is_stub(outcome) for outcome in outcomes):
            return Verdict("not yet", self._nothing(function, outcomes), printed=printed)
        answers = self._answers(cases, outcomes)
        return self._judged(answers, printed)

    def solved(self) -> Callable[..., Any]:
        """Make the reference solution's function."""
        return solution_function(self.solution, self.function, f"solution of {self.id}")

    def stub_function(self) -> Callable[..., Any]:
        """Make the stub's function."""
        return solution_function(self.stub, self.function, f"stub of {self.id}")

    def texts(self) -> list[str]:
        """List every text of it that a learner reads, for translators."""
        sentences = [one.sentence for one in self.misconceptions]
        return [self.title, self.task, *self.hints, self.explanation, *sentences]

    def _nothing(self, function: Callable[..., Any], outcomes: Sequence[Outcome]) -> str:
        """What to say when nothing came back: from a stub, or from a function that forgets to return."""
        stubs = [_instructions(self.stub_function()), _instructions(lambda: None)]
        written = _instructions(function) not in [b"", *stubs]
        if written and all(one.error is one.value is None for one in outcomes):
            text = "Not yet: {name} returns nothing. End it with return: the check cannot see what is only printed."
            return say(text, name=self.function)
        return say("Not yet: {name} returns nothing so far. Replace the “...” and run the cell.", name=self.function)

    def _answers(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Answer]:
        return {case.name: self._answer(case, outcome) for case, outcome in zip(cases, outcomes, strict=True)}

    def _answer(self, case: Case, outcome: Outcome) -> Answer:
        if outcome.error is not None:
            return Answer(case, outcome=outcome)
        try:
            return Answer(case, self.read(outcome.value, case), outcome)
        except WrongForm as problem:
            return Answer(case, outcome=outcome, form=str(problem))
        except Exception as error:  # an answer can be odd in ways that nobody thought of
            text = say("{what} cannot be read: {error}", what=described(outcome.value), error=error)
            return Answer(case, outcome=outcome, form=text)

    def _judged(self, answers: Mapping[str, Answer], printed: str) -> Verdict:
        wrong = next((answer for answer in answers.values() if not answer.right), None)
        if wrong is None:
            return Verdict("right", say("Right, in all {count} cases.", count=len(answers)), printed=printed)
        found = next((one for one in self.misconceptions if self._shows(one, answers)), None)
        if found is not None:
            return Verdict("wrong", say(found.sentence), found.name, _place(wrong.outcome), printed)
        return Verdict("wrong", *_unrecognised(wrong), printed=printed)

    def _shows(self, misconception: Misconception, answers: Mapping[str, Answer]) -> bool:
        if misconception.shown_by is not None:
            return misconception.shown_by(answers)
        function = solution_function(misconception.solution, self.function, misconception.name)
        compared = [answers[name] for name in misconception.cases or answers]
        outcomes = run(function, [answer.case.arguments for answer in compared])
        shown = self._answers([answer.case for answer in compared], outcomes)
        return all(answer.like(shown[answer.case.name]) for answer in compared)


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal; numbers, up to rounding; very long integers and bytes, exactly.

    >>> same({"a": np.array([1.0, 2.0])}, {"a": np.array([1.0, 2.0 + 1e-9])}), same([1, 2], [1, 2, 3])
    (True, False)
    >>> same([2**70, 3], [2**70, 3]), same(2**70, 2**70 + 1), same([b"x"], [b"y"])
    (True, False, False)
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, bool | str | bytes | None) or isinstance(other, bool | str | bytes | None):
        return type(one) is type(other) and bool(one == other)
    first, second = np.asarray(one), np.asarray(other)
    if first.shape != second.shape or {first.dtype.kind, second.dtype.kind} & set("OSU"):
        return bool(np.array_equal(first, second))
    return bool(np.allclose(first, second, rtol=0, atol=TOLERANCE))


def described(value: Any) -> str:
    """What a value is, for a sentence about its form.

    >>> described(np.zeros((3, 2))), described((1, "a")), described(None)
    ('an array of shape (3, 2)', 'a tuple of 2', 'None')
    >>> described(-12), described(10**400)
    ('-12', 'a number of 401 digits')
    """
    if isinstance(value, np.ndarray):
        return say("an array of shape {shape}", shape=value.shape)
    if isinstance(value, list | tuple | dict | set):
        return say("a {kind} of {count}", kind=type(value).__name__, count=len(value))
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        return _too_long_to_read(value)
    if value is None or isinstance(value, bool | int | float | np.number):
        return f"{value}"
    text = f"{value!r}"
    return (
        text if len(text) <= 80 and isinstance(value, str) else say("a thing of type {kind}", kind=type(value).__name__)
    )


def _instructions(function: Callable[..., Any]) -> bytes:
    """What a function's code does, without the places of its constants: a docstring moves them."""
    code = getattr(function, "__code__", None)
    return b"" if code is None else code.co_code[::2]  # every other byte is an instruction


def _too_long_to_read(number: int) -> str:
    try:
        return say("a number of {count} digits", count=len(str(abs(number))))
    except ValueError:  # Python writes no such number
        return say("a number of thousands of digits")


def _misfit(function: Callable[..., Any], arguments: tuple[Any, ...], name: str) -> str:
    """Say when the function takes another number of arguments than it will be given."""
    try:
        signature = inspect.signature(function)
        signature.bind(*arguments)
    except ValueError:  # some built-in functions tell nothing about themselves
        return ""
    except TypeError:
        if len(arguments) == 1:
            return say("{name} is called with one argument; yours takes {yours}.", name=name, yours=signature)
        return say("{name} is called with {count} arguments; yours takes {yours}.", name=name, count=len(arguments),
                   yours=signature)  # fmt: skip
    return ""


def _is_stub(outcome: Outcome) -> bool:
    if outcome.error is not None:
        return isinstance(outcome.error, NotImplementedError)
    return outcome.value is None or outcome.value is ... or outcome.value is NotImplemented


def _too_long(seconds: float) -> str:
    text = "Your function had not come back after {seconds:.2g} s, and was stopped. Is there a loop that never ends?"
    return say(text, seconds=seconds)


def _left_behind(outcome: Outcome) -> str:
    return say("It could not be stopped and is still at work: restart the kernel.") if outcome.left_behind else ""


def _unrecognised(wrong: Answer) -> tuple[str, None, str]:
    """Sentence, no misconception, details: an error, a wrong form, or a wrong value."""
    where = say("In the case “{case}”.", case=retell(wrong.case.name))
    if wrong.outcome.error is not None:
        error = wrong.outcome.error
        text = f"{type(error).__name__}: {error}".rstrip(": ")
        return _place(wrong.outcome) or say("Your function raised an error."), None, f"{text}\n{where}"
    if wrong.form:
        return wrong.form, None, where
    return say("Not right yet, and not a mistake that this check knows."), None, sentences(where, _compared(wrong))


def _place(outcome: Outcome) -> str:
    """Say at which of the learner's lines an error came up; nothing when there was none."""
    if outcome.line is None:
        return ""
    number, line = outcome.line
    if not line:
        return say("Your function stopped at its line {number}.", number=number)
    return say("Your function stopped at its line {number}: {line}", number=number, line=line)


def _compared(wrong: Answer) -> str:
    return say("Expected {expected}; your answer came to {value}.", expected=_brief(wrong.case.expected),
               value=_brief(wrong.value))  # fmt: skip


def _brief(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {_brief(part)}" for key, part in value.items()) + "}"
    array = np.asarray(value)
    if array.ndim == 1 and array.dtype.kind == "f":
        shown = ", ".join(f"{number:.4f}" for number in array[:3])
        return f"[{shown}, …]" if array.size > 3 else f"[{shown}]"
    try:
        return described(value) if isinstance(value, int) else str(value)
    except ValueError:  # Python writes no such number
        return described(value)

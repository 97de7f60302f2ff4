"""An exercise in a notebook: the task, a check of the learner's function, hints, and in the end a solution.

>>> card = exercise("04.1")
>>> card
Exercise 04.1: Weights by rows
>>> def add_up(uploads):
...     ...
>>> card.check(add_up)
… Not yet: add_up returns nothing so far. Replace the “...” and run the cell.
"""

from __future__ import annotations

import html
import sys
from collections.abc import Callable, Mapping
from typing import Any

import traitlets

from ..classroom import solutions_are_hidden
from ..exercises.catalogue import find_exercise
from ..exercises.exercise import SIGNS, Exercise, Verdict
from ..exercises.progress import Progress, ProgressStore, Tried
from ..i18n import say
from .card import Card
from .rich_text import as_html, blocks


def exercise(
    identity: str,
    *,
    solutions: bool | None = None,
    namespace: Mapping[str, Any] | None = None,
    store: ProgressStore | None = None,
) -> ExerciseCard:
    """Show an exercise.

    >>> import fedlearn_edu as fl
    >>> fl.exercise("04.2").check(lambda eyes, message, scheme: None).state
    'not yet'

    Parameters
    ----------
    identity : chapter and number, as in "04.1"
    solutions : whether the reference solution can be had; None: as `set_classroom` says
    namespace : where the learner's function is looked for by name; None: the notebook's own
    store : where progress is kept; None: the usual file

    Returns
    -------
    ExerciseCard
        shown as a widget; `.check(function)` judges from a cell, and never raises

    Raises
    ------
    ArgumentError
        there is no such exercise
    """
    if solutions is None:
        solutions = not solutions_are_hidden()
    return ExerciseCard(find_exercise(identity), bool(solutions), namespace, store or ProgressStore())


class ExerciseCard(Card):
    """The widget. What the learner sees is in the traits, and nothing of the solution before it is shown."""

    scripts = ("exercise.js",)

    content = traitlets.Dict().tag(sync=True)
    mark = traitlets.Unicode("new").tag(sync=True)  # "new", "tried", "right"
    verdict = traitlets.Dict().tag(sync=True)
    hints = traitlets.List(traitlets.Any()).tag(sync=True)  # those shown so far
    hints_in_all = traitlets.Int().tag(sync=True)
    solutions = traitlets.Bool().tag(sync=True)
    solution_ready = traitlets.Bool().tag(sync=True)
    solution = traitlets.Dict().tag(sync=True)

    def __init__(
        self, exercise: Exercise, solutions: bool, namespace: Mapping[str, Any] | None, store: ProgressStore
    ) -> None:
        self._exercise, self._namespace, self._store = exercise, namespace, store
        self._checked: Any = None
        super().__init__(
            content={
                "id": exercise.id,
                "title": say(exercise.title),
                "task": blocks(say(exercise.task)),
                "stub": exercise.stub.strip(),
                "function": exercise.function,
            },
            hints_in_all=len(exercise.hints), solutions=solutions, words=_words(exercise),
        )  # fmt: skip
        self._show_progress(store.load())

    def __repr__(self) -> str:
        return f"{say('Exercise')} {self._exercise.id}: {say(self._exercise.title)}"

    def does(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        """Name what a front end may ask for."""
        return {
            "check": lambda _: self.check(),
            "hint": lambda _: self.hint(),
            "solution": lambda _: self.show_solution(),
        }

    def check(self, function: Any = None) -> Verdict:
        """Judge a function, or without one the notebook's function of the right name. Never raises."""
        found = self._wanted() if function is None else function
        verdict = found if isinstance(found, Verdict) else self._exercise.check(found)
        again, self._checked = found is self._checked, found
        if verdict.state != "not yet" and not again:  # a cell and the button may both check the same function
            self._show_progress(self._store.tried(self._exercise.id, right=verdict.right))
        self.verdict = {
            "state": verdict.state, "sign": SIGNS[verdict.state], "sentence": verdict.sentence,
            "misconception": verdict.misconception or "", "details": verdict.details, "printed": verdict.printed,
            # what we wrote has marks; what holds a learner's own values stays as it is, stars and all
            "blocks": blocks(verdict.sentence) if verdict.misconception else [],
        }  # fmt: skip
        return verdict

    def hint(self) -> str:
        """Show the next hint, and answer it; after the last one, the last one."""
        shown = min(len(self.hints) + 1, self.hints_in_all)
        self._show_progress(self._store.hinted(self._exercise.id, shown), hints=shown)
        return say(self._exercise.hints[shown - 1])

    def show_solution(self) -> str:
        """Show the reference solution, once it may be shown; answer it, or why not yet."""
        if not self.solutions:
            self.notice = say("Your teacher keeps the solutions.")
        elif not self.solution_ready:
            self.notice = say("The solution comes after the third hint, or after a right answer.")
        else:
            code, explanation = self._exercise.solution.strip(), say(self._exercise.explanation)
            self.solution = {"code": code, "explanation": blocks(explanation)}
            return code
        return self.notice

    def static_html(self) -> str:
        """Write title, task and stub for places without widgets."""
        title, stub = html.escape(f"{self!r}"), html.escape(self._exercise.stub.strip())
        return f"<p><strong>{title}</strong></p>{as_html(self.content['task'])}<pre>{stub}</pre>"

    def _wanted(self) -> Any:
        """The notebook's function, or a verdict that says that there is none."""
        namespace = self._namespace if self._namespace is not None else _notebook_names()
        if self._exercise.function in namespace:
            return namespace[self._exercise.function]
        text = "Not yet: there is no function {name} in this notebook. Run the cell that defines it, then check again."
        return Verdict("not yet", say(text, name=self._exercise.function))

    def _show_progress(self, progress: Progress, hints: int = 0) -> None:
        tried = progress.exercises.get(self._exercise.id, Tried())
        shown = max(hints, len(self.hints), min(tried.hints, self.hints_in_all))
        self.hints = [blocks(say(hint)) for hint in self._exercise.hints[:shown]]
        self.mark = "right" if tried.right_at else "tried" if tried.tries else "new"
        self.solution_ready = self.mark == "right" or shown == self.hints_in_all
        self.notice = self._store.notice


def _notebook_names() -> Mapping[str, Any]:
    """What the learner has defined, when this runs in IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell.user_ns if shell is not None else {}


def _words(exercise: Exercise) -> dict[str, str]:
    """Everything the front end says by itself."""
    return {
        "exercise": say("Exercise"),
        "new": say("not tried yet"),
        "tried": say("tried"),
        "right": say("solved"),
        "where": say("Fill in {name} in the cell below, run that cell, and check.", name=exercise.function),
        "stub": say("The stub, to copy"),
        "copy": say("Copy the stub"),
        "copied": say("Copied. Paste it into an empty cell."),
        "select": say("Selected. Press Ctrl+C (on a Mac ⌘C) to copy it."),
        "check": say("Check"),
        "checking": say("Checking…"),
        "hint": say("Hint {number} of {all}", number="{number}", all="{all}"),
        "no_more_hints": say("No more hints"),
        "hints": say("Hints"),
        "solution": say("Solution"),
        "a_solution": say("A solution"),
        "kept": say("Your teacher keeps the solutions."),
        "solution_later": say("after the third hint, or after a right answer"),
        "printed": say("Your function printed:"),
        "silence": say("No answer from the kernel. It may be busy; or run the cell of this exercise once more."),
    }

"""Where the exercises and questions are: one module a chapter, read when it is first asked for.

>>> [exercise.id for exercise in exercises_of("04")]
['04.1', '04.2', '04.3']
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import Any

from ..errors import ArgumentError
from .exercise import Exercise
from .question import Question

CHAPTERS = MappingProxyType(
    {
        "00": "practice",
        "01": "islands",
        "02": "travelling",
        "03": "paillier",
        "04": "horizontal",
        "05": "alignment",
        "06": "vertical",
        "07": "transfer",
        "08": "leaving",
    }
)
"""Chapter → the module with its `EXERCISES` and its `QUESTION`."""


def exercises_of(chapter: str) -> tuple[Exercise, ...]:
    """The exercises of a chapter, in order.

    >>> exercises_of("04")[2].title
    'What a sum tells'

    Raises
    ------
    ArgumentError
        the chapter has none
    """
    exercises: tuple[Exercise, ...] = _module(chapter).EXERCISES
    return exercises


def find_exercise(identity: str) -> Exercise:
    """The exercise of this name: chapter, dot, number.

    >>> find_exercise("04.9")
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.ArgumentError: There is no exercise '04.9'.
        Chapter 04 has 04.1, 04.2, 04.3.

    Raises
    ------
    ArgumentError
        there is none
    """
    chapter = str(identity).partition(".")[0]
    found = {exercise.id: exercise for exercise in exercises_of(chapter)}
    if identity not in found:
        raise ArgumentError(f"There is no exercise {identity!r}.", f"Chapter {chapter} has {', '.join(found)}.")
    return found[identity]


def find_question(chapter: str) -> Question:
    """The prediction of a chapter.

    >>> find_question("4")
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.ArgumentError: No chapter '4' has exercises or questions.
        Use two digits; there are some for 00, ...

    Raises
    ------
    ArgumentError
        the chapter has none
    """
    question: Question = _module(chapter).QUESTION
    return question


def _module(chapter: str) -> Any:
    if chapter not in CHAPTERS:
        raise ArgumentError(
            f"No chapter {chapter!r} has exercises or questions.",
            f"Use two digits; there are some for {', '.join(CHAPTERS)}.",
        )
    return import_module(f".{CHAPTERS[chapter]}", __package__)

"""A question to be answered before the chapter is run, and met again at its end.

>>> from fedlearn_edu.exercises.catalogue import find_question
>>> question = find_question("04")
>>> len(question.prompts), question.prompts[1].right
(3, 2)
>>> question.prompts[1].judged(1).startswith("The server has no key.")
True
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ArgumentError

LETTERS = "abcdef"


@dataclass(frozen=True)
class Option:
    """One answer to choose, and why it is right, or why it is wrong."""

    text: str
    why: str


@dataclass(frozen=True)
class Prompt:
    """One question.

    >>> Prompt("2 + 2?", (Option("3", "One too few."), Option("4", "Count.")), right=1).judged(0)
    'One too few.'

    Parameters
    ----------
    text : the question
    options : from two to six
    right : place of the right one, from 0

    Raises
    ------
    ArgumentError
        there are too few options or too many, or none is the right one
    """

    text: str
    options: tuple[Option, ...]
    right: int

    def __post_init__(self) -> None:
        if not 2 <= len(self.options) <= len(LETTERS):
            raise ArgumentError(f"A question has {len(self.options)} options.", f"Give 2 to {len(LETTERS)}.")
        if not 0 <= self.right < len(self.options):
            raise ArgumentError(f"The right option is number {self.right}.", "Count them from 0.")

    def judged(self, choice: int) -> str:
        """Say why a choice is right or wrong."""
        return self.options[choice].why


@dataclass(frozen=True)
class Question:
    """A chapter's prediction. All texts are English; `say` translates them when they are shown.

    >>> from fedlearn_edu.exercises.catalogue import find_question
    >>> find_question("04").chapter
    '04'
    """

    chapter: str
    title: str
    prompts: tuple[Prompt, ...]

    def texts(self) -> list[str]:
        """List every text of it that a learner reads, for translators."""
        options = [option for prompt in self.prompts for option in prompt.options]
        return [self.title, *(prompt.text for prompt in self.prompts), *(t for o in options for t in (o.text, o.why))]

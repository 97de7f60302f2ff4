"""What exercises of several chapters ask for: a whole number, True or False; and toy keys to ask it with.

>>> case = Case("two and two", (2, 2), 4)
>>> read_whole(np.int64(4), case), read_truth(np.True_, case)
(4, True)
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from ..arguments import is_whole
from ..crypto.paillier_keys import KeyPair, generate_keys
from ..i18n import say
from .exercise import Answer, Case, Shown, WrongForm, described


def read_whole(answer: Any, case: Case) -> int:
    """A whole number, and nothing else."""
    if not is_whole(answer):
        raise WrongForm(say("Your function returned {what}. Return a whole number.", what=described(answer)))
    return int(answer)


def read_truth(answer: Any, case: Case) -> bool:
    """True or False, and nothing else."""
    if not isinstance(answer, bool | np.bool_):
        raise WrongForm(say("Your function returned {what}. Return True or False.", what=described(answer)))
    return bool(answer)


def by_question(answers: Mapping[str, Answer]) -> dict[Any, Any]:
    """What the function said to each question, where a case's `known` is the question."""
    return {answer.case.known: answer.value for answer in answers.values()}


def came_and_expected(answers: Mapping[str, Answer], kind: type) -> list[tuple[Any, Any]]:
    """What was read of the answers, and what was expected, for those that could be read as this kind of thing."""
    return [(answer.value, answer.case.expected) for answer in answers.values() if isinstance(answer.value, kind)]


def claims(claim: bool, *questions: Hashable) -> Shown:
    """Whether the function says so to all of these questions."""
    return lambda answers: all(by_question(answers)[question] is claim for question in questions)


def toy_keys() -> KeyPair:
    """Paillier keys of 256 bits: classroom only, insecure; an exercise says so itself, and needs no warning.

    >>> toy_keys().public.key_bits
    256
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return generate_keys(256)

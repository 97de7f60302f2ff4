"""The labs' declarations, one file a chapter: knobs, protocol, charts, scenes. The lab itself is `widgets/lab.py`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ...errors import ArgumentError

if TYPE_CHECKING:
    from .spec import LabSpec

CHAPTERS = {  # lab → the module that declares it: a chapter's number, and a word for a further lab ("02-which")
    "00": "practice",
    "01": "islands",
    "02": "travelling",
    "02-which": "which",
    "03": "paillier",
    "04": "horizontal",
    "05": "alignment",
    "06": "vertical",
    "07": "transfer",
    "08": "leaving",
}


def spec_of(chapter: str) -> LabSpec:
    """The declaration of a chapter's lab, in the language in force.

    >>> spec_of("04").chapter
    '04'
    >>> spec_of("4")
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.ArgumentError: There is no lab '4'.
        Use one of: "00", ...

    Raises
    ------
    ArgumentError
        no lab has that chapter's number
    """
    if chapter not in CHAPTERS:
        known = ", ".join(f'"{number}"' for number in CHAPTERS)
        raise ArgumentError(f"There is no lab {chapter!r}.", f"Use one of: {known}.")
    declared: LabSpec = import_module(f".{CHAPTERS[chapter]}", __name__).declare()
    return declared

"""The language of what learners read on screens: English is in the code, other languages are gettext catalogues.

>>> set_language("en")
>>> say("Run")
'Run'

The language is FEDLEARN_LANG, or what `set_language` was told; never the computer's locale, which on Binder is English
for everybody.
"""

from __future__ import annotations

import gettext
import os
from pathlib import Path

from .errors import ArgumentError

LANGUAGES = ("en", "zh")
VARIABLE = "FEDLEARN_LANG"


def set_language(language: str) -> None:
    """Choose the language of labs, questions, exercises and hints.

    >>> set_language("fr")
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.ArgumentError: There is no language 'fr'.
        Use one of: en, zh.

    Raises
    ------
    ArgumentError
        an unknown language
    """
    if language not in LANGUAGES:
        raise ArgumentError(f"There is no language {language!r}.", f"Use one of: {', '.join(LANGUAGES)}.")
    os.environ[VARIABLE] = language  # processes that this one starts speak it, too


def language() -> str:
    """The language in force."""
    wanted = os.environ.get(VARIABLE, "en")
    return wanted if wanted in LANGUAGES else "en"


def say(text: str, **values: object) -> str:
    """The text in the language in force, with `{names}` filled in."""
    if language() != "en":  # English is what the code says
        folder = Path(__file__).with_name("locale")
        text = gettext.translation("fedlearn_edu", folder, [language()], fallback=True).gettext(text)
    return text.format(**values) if values else text

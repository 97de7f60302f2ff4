"""The language of what learners read on screens: English is in the code, other languages are gettext catalogues.

>>> set_language("en")
>>> say("Run")
'Run'
>>> set_language(None)

The language is what `set_language` was told, or FEDLEARN_LANG; else that of the notebook, by its folder: a chapter in
`notebooks/zh` speaks Chinese. It is never the computer's locale, which on Binder is English for everybody.

A text goes through `say` where it is shown, never at import: the language can change at any time. A text that is data
as well, an error's sentence or a message's label, stays English where programs read it, and is told by `retell` where
a person does.
"""

from __future__ import annotations

import gettext
import os
import re
import string
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from .errors import ArgumentError

LANGUAGES = ("en", "zh")
CATALOGUES = Path(__file__).with_name("locale")
VARIABLE = "FEDLEARN_LANG"
NOTEBOOK = "JPY_SESSION_NAME"  # Jupyter tells a kernel so where its notebook is
_FOR_NOW: ContextVar[str] = ContextVar("language for now", default="")
NAMES = (  # of the course's parties: data, by which code finds them; a number may stand behind
    "hospital", "pasture", "phone", "pupil", "island", "bank", "tax office", "server", "coordinator", "source",
    "target", "shepherd", "judge", "eavesdropper", "everyone",
)  # fmt: skip
NUMBERED = re.compile(r"(.+) (\d+)", re.DOTALL)
SIGNS = {"zh": {"; ": "；", ": ": "：", ", ": "、"}}  # how another language puts a list together
WORD = re.compile(r"(?!\b[0-9a-f]{8,}\b)\b[A-Za-z]{2,}")
QUOTED = re.compile("'([^']+)'")
HOLE = re.compile(r"(?<!\{)\{(\d+)\}(?!\})")
A_SENTENCE = 20  # letters of a template outside its holes: nobody's name or value has them by chance
CHINESE = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"  # characters, and their punctuation
APART = {"en": (" ", ", "), "zh": ("", "、")}  # what stands between sentences, and between the names of a list
NEEDLESS = re.compile(rf"(?<={CHINESE})(?: \0|\0 \0?)(?={CHINESE})")  # a blank beside the edge of what was filled in


def set_language(language: str | None) -> None:
    """Choose the language of labs, questions, exercises and hints.

    >>> set_language("fr")
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.ArgumentError: There is no language 'fr'.
        Use one of: en, zh.

    Parameters
    ----------
    language : "en" or "zh"; None: that of the notebook's own edition

    Raises
    ------
    ArgumentError
        an unknown language
    """
    if language is None:
        os.environ.pop(VARIABLE, None)
        return
    if language not in LANGUAGES:
        raise ArgumentError(f"There is no language {language!r}.", f"Use one of: {', '.join(LANGUAGES)}.")
    os.environ[VARIABLE] = language  # processes that this one starts speak it, too


def language() -> str:
    """The language in force."""
    wanted = _FOR_NOW.get() or os.environ.get(VARIABLE) or notebooks_language()
    return wanted if wanted in LANGUAGES else "en"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """For a while, and in this thread alone, another language.

    >>> with speaking("en"):
    ...     say("Run")
    'Run'
    """
    before = _FOR_NOW.set(language)
    try:
        yield
    finally:
        _FOR_NOW.reset(before)


@cache
def notebooks_language() -> str:
    """The edition that this kernel's notebook belongs to; "en" where there is no notebook.

    Looked up once: a notebook does not move to another edition, whatever folder its cells change to.
    """
    if path := os.environ.get(NOTEBOOK):
        folder = Path(path).parent.name
    else:
        folder = Path.cwd().name if "ipykernel" in sys.modules else ""
    return folder if folder in LANGUAGES else "en"


def say(text: str, /, **values: object) -> str:
    """The text in the language in force, with `{names}` filled in."""
    if not text or (spoken := language()) == "en":  # English is what the code says; "" is the catalogue's own head
        return text.format(**values) if values else text
    told = catalogue(spoken).gettext(text)
    return fill(told, **values) if values else told


def fill(text: str, /, *parts: object, **values: object) -> str:
    """`text.format(...)`, without a blank between Chinese and Chinese beside a hole.

    A translator cannot know what a hole will hold, and Chinese has a blank beside letters and digits only.

    >>> fill("给 {0} 的信", "银行"), fill("给 {0} 的信", "医院 2"), fill("给 {0} 的信", "bank")
    ('给银行的信', '给医院 2 的信', '给 bank 的信')
    """
    return NEEDLESS.sub("", _Edged().vformat(text, parts, values)).replace("\0", "")


def sentences(*told: str) -> str:
    """Sentences, one after another; in Chinese there is no blank between them. What is empty is left out.

    >>> sentences("It ran.", "", "Nothing was lost.")
    'It ran. Nothing was lost.'
    """
    return APART[language()][0].join(filter(None, told))


def listed(names: Iterable[str]) -> str:
    """Names as a list, with the comma of the language in force.

    >>> listed(["bank", "tax office"])
    'bank, tax office'
    """
    return APART[language()][1].join(names)


def in_turn(told: Iterable[tuple[str, str]]) -> str:
    """What each of several things is: names and texts, with the signs of the language in force.

    >>> in_turn([("bank", "3 rows"), ("tax office", "4 rows")])
    'bank: 3 rows; tax office: 4 rows'
    """
    signs = SIGNS.get(language(), {})
    return signs.get("; ", "; ").join(f"{name}{signs.get(': ', ': ')}{text}" for name, text in told)


class _Edged(string.Formatter):
    """Marks where what is filled in begins and ends."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return f"\0{super().format_field(value, format_spec)}\0"


def retell(text: str) -> str:
    """A finished English text in the language in force, as far as it, or the template that made it, is known.

    >>> retell("mail for hospital 2")
    'mail for hospital 2'

    For what is data as well: labels of messages, titles, parties' names. The parts in a template's holes are retold,
    too, and so are the parts of a list as in "rows: a number; update: 31 numbers".
    """
    return _retold(text, language())


def retell_error(text: str) -> str:
    """The same for an error's sentence. What stands in its holes stays: somebody wrote it so, or has to.

    Only where a hole holds a sentence of ours, as the reason of a guard, that is told, too.
    """
    if (spoken := language()) == "en":
        return text
    ways = [_with_reasons(template, parts, spoken) for template, parts in _fitting(text, spoken)]
    return _known(text, spoken) or max(ways, key=lambda way: way[0], default=(0, text))[1]


def _with_reasons(template: Template, parts: Sequence[str], spoken: str) -> tuple[int, str]:
    """How many letters of a text are ours, if this template made it, and the translation."""
    ours, told = template.weight, []
    for part in parts:
        reason, inner = next(_fitting(part, spoken), (template, ()))
        within = reason.weight if inner and reason.weight >= A_SENTENCE else 0
        told.append(reason.filled(inner) if within else part)
        ours += within
    return ours, template.filled(told)


@lru_cache(maxsize=4096)
def _retold(text: str, spoken: str) -> str:
    if spoken == "en":
        return text
    return _fully(text, spoken) or _roughly(text, spoken)


@lru_cache(maxsize=4096)
def _fully(text: str, spoken: str) -> str:
    """A text of which every word is known; "" when one is not."""
    if not WORD.search(text):
        return text
    if known := _known(text, spoken):
        return known
    if (quoted := QUOTED.fullmatch(text)) and (inner := _fully(quoted[1], spoken)):
        return f"“{inner}”"
    cuts = {
        sign: [("{0}" + _sign(sign, spoken) + "{1}", parts)] if (parts := _cut(text, sign)) else []
        for sign in ("; ", ": ", ", ")
    }
    whole = [(template.translation, parts) for template, parts in _fitting(text, spoken)]
    for translation, parts in (*cuts["; "], *cuts[": "], *whole, *cuts[", "]):  # a list's parts are no part of a hole
        told = [_fully(part, spoken) for part in parts]
        if all(now or not before for now, before in zip(told, parts, strict=True)):
            return fill(translation, *told)
    return ""


def _roughly(text: str, spoken: str) -> str:
    """A text with words that nobody knows, for example names that somebody gave: what is around them is told."""
    if parts := _cut(text, "; "):
        return _sign("; ", spoken).join(_retold(part, spoken) for part in parts)
    named = _cut(text, ": ")
    if named and (told := _fully(named[1], spoken)):
        return named[0] + _sign(": ", spoken) + told
    for template, found in _fitting(text, spoken):
        return template.filled([_retold(part, spoken) for part in found])
    return _sign(": ", spoken).join(_retold(part, spoken) for part in named) if named else text


def _sign(sign: str, spoken: str) -> str:
    return SIGNS.get(spoken, {}).get(sign, sign)


def _cut(text: str, sign: str) -> tuple[str, ...]:
    """What is before and behind a sign; nothing when it is not there, or stands in brackets."""
    pieces = text.split(sign)
    for place in range(1, len(pieces)):
        first = sign.join(pieces[:place])
        if first.count("(") == first.count(")"):
            return (first, sign.join(pieces[place:]))
    return ()


def _known(text: str, spoken: str) -> str:
    """The translation of a text without holes, or of a name with a number behind it; "" when there is none."""
    numbered = NUMBERED.fullmatch(text)
    for known, number in ((text, ""), (numbered[1], f" {numbered[2]}") if numbered else ("", "")):
        if known and (told := catalogue(spoken).gettext(known)) != known:
            return told + number
    return ""


def _fitting(text: str, spoken: str) -> Iterator[tuple[Template, tuple[str, ...]]]:
    """The templates that could have made a text, and what was in their holes; what says most comes first."""
    for template in templates(spoken):
        if template.anchor in text and (found := template.pattern.fullmatch(text)):
            yield template, found.groups()


@dataclass(frozen=True)
class Template:
    """A sentence with numbered holes, and its translation.

    >>> template = Template.of("{0} is no party of {1}.", "{1} 里没有参与方 {0}。")
    >>> template.filled(template.pattern.fullmatch("'shop' is no party of 'a {b} (c)?'.").groups())
    "'a {b} (c)?' 里没有参与方 'shop'。"
    """

    pattern: re.Pattern[str]
    anchor: str  # the longest piece between holes: a quick look before the slow one
    weight: int  # how much of it is no hole: of two templates that fit, the one that says more is meant
    translation: str

    @classmethod
    def of(cls, text: str, translation: str) -> Template:
        """Make it; `{{` and `}}` stand for braces."""
        pieces = [piece.replace("{{", "{").replace("}}", "}") for piece in HOLE.split(text)[::2]]
        pattern = re.compile("(.*?)".join(map(re.escape, pieces)), re.DOTALL)
        return cls(pattern, max(pieces, key=len), sum(map(len, pieces)), translation)

    def filled(self, parts: Sequence[str]) -> str:
        """The translation, with these parts in the holes."""
        return fill(self.translation, *parts)


@cache
def catalogue(spoken: str) -> gettext.NullTranslations:
    """A language's catalogue; an empty one when there is none."""
    return gettext.translation("fedlearn_edu", CATALOGUES, [spoken], fallback=True)


@cache
def templates(spoken: str) -> tuple[Template, ...]:
    """The catalogue's messages with numbered holes, those that say most first."""
    messages: Mapping[object, str] = getattr(catalogue(spoken), "_catalog", {})
    found = [Template.of(text, told) for text, told in messages.items() if isinstance(text, str) and HOLE.search(text)]
    return tuple(sorted(found, key=lambda template: -template.weight))

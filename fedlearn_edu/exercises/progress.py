"""What a learner has done, in a small JSON file of theirs.

>>> import tempfile, pathlib
>>> with tempfile.TemporaryDirectory() as folder:
...     store = ProgressStore(pathlib.Path(folder, "progress.json"))
...     _ = store.tried("04.1", right=False)
...     store.tried("04.1", right=True).exercises["04.1"].tries
2

The file is `.fedlearn_edu/progress.json` in the home folder, or what FEDLEARN_PROGRESS says; where the home folder
cannot be written to, it is in the folder for temporary files. It is replaced in one piece, so a crash leaves the old
one or the new one. Before each change it is read again: two notebooks open at once lose nothing of each other's.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from ..errors import DataError
from ..i18n import say

FORMAT = "fedlearn_edu progress 1"
VARIABLE = "FEDLEARN_PROGRESS"
LONGEST = 2**20  # characters of an import
PAUSES = (0.01, 0.03, 0.1, 0.3)  # seconds


@dataclass(frozen=True)
class Tried:
    """One exercise: how often it was checked, how many hints were asked for, when it was first right ("": not yet)."""

    tries: int = 0
    hints: int = 0
    right_at: str = ""

    def merged(self, other: Tried) -> Tried:
        """Take the most that either knows."""
        first = min((at for at in (self.right_at, other.right_at) if at), default="")
        return Tried(max(self.tries, other.tries), max(self.hints, other.hints), first)


@dataclass(frozen=True)
class Predicted:
    """The answers to a chapter's question, by place, −1 where there is none yet; and when the last one was given."""

    answers: tuple[int, ...] = ()
    at: str = ""

    def merged(self, other: Predicted) -> Predicted:
        """Take the later answers."""
        return max(self, other, key=lambda one: (one.at, one.answers))


@dataclass(frozen=True)
class Progress:
    """Everything a learner has done, by exercise and by chapter.

    Merging is the same in either order, and twice is once.

    >>> here = Progress(exercises={"04.1": Tried(tries=2)})
    >>> there = Progress(exercises={"04.1": Tried(tries=1, right_at="2026-01-05T10:00:00+00:00")})
    >>> here.merged(there) == there.merged(here)
    True
    >>> Progress.from_json(here.to_json()) == here
    True
    """

    exercises: Mapping[str, Tried] = field(default_factory=dict)
    questions: Mapping[str, Predicted] = field(default_factory=dict)

    def merged(self, other: Progress) -> Progress:
        """Both in one."""
        exercises = {
            name: self.exercises.get(name, Tried()).merged(other.exercises.get(name, Tried()))
            for name in sorted({*self.exercises, *other.exercises})
        }
        questions = {
            name: self.questions.get(name, Predicted()).merged(other.questions.get(name, Predicted()))
            for name in sorted({*self.questions, *other.questions})
        }
        return Progress(exercises, questions)

    def to_json(self) -> str:
        """Write it as text."""
        fields = {
            "format": FORMAT,
            "exercises": {name: asdict(one) for name, one in sorted(self.exercises.items())},
            "questions": {name: asdict(one) for name, one in sorted(self.questions.items())},
        }
        return json.dumps(fields, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Progress:
        """Read what `to_json` wrote.

        Raises
        ------
        DataError
            the text is something else
        """
        remedy = "Choose a file that this course exported."
        if len(text) > LONGEST:
            raise DataError(f"A text of {len(text):,} characters is no progress file.", remedy)
        try:
            found = json.loads(text)
            if found["format"] != FORMAT:
                raise DataError(f"The format is {found['format']!r}; this version reads {FORMAT!r}.", remedy)
            exercises = {str(name): _tried(one) for name, one in found["exercises"].items()}
            return cls(exercises, {str(name): _predicted(one) for name, one in found["questions"].items()})
        except DataError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise DataError(f"This is no progress file: {error!r}.", remedy) from error


class ProgressStore:
    """The file, and how to change it.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = ProgressStore(pathlib.Path(folder, "progress.json"))
    ...     _ = store.predicted("04", [1, -1, 2])
    ...     store.load().questions["04"].answers
    (1, -1, 2)

    Parameters
    ----------
    path : of the file; None: the usual place

    Attributes
    ----------
    notice : "" or what the learner should know: a damaged file was set aside, or nothing can be saved
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = Path(path) if path is not None else usual_path()
        self.notice = ""
        self._unsaved = Progress()

    def load(self) -> Progress:
        """Read the file. One that cannot be understood is kept under another name, never overwritten."""
        try:
            text = _patiently(lambda: self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return self._unsaved
        except (OSError, UnicodeDecodeError) as error:
            return self._unreadable(error)
        try:
            return Progress.from_json(text).merged(self._unsaved)
        except DataError as error:
            return self._unreadable(error)

    def tried(self, identity: str, *, right: bool) -> Progress:
        """Count one more check of an exercise."""

        def once_more(old: Progress) -> Progress:
            before = old.exercises.get(identity, Tried())
            at = before.right_at or (_now() if right else "")
            return _with_exercise(old, identity, replace(before, tries=before.tries + 1, right_at=at))

        return self.change(once_more)

    def hinted(self, identity: str, hints: int) -> Progress:
        """Remember that so many hints of an exercise were shown."""
        return self.change(
            lambda old: _with_exercise(old, identity, old.exercises.get(identity, Tried()).merged(Tried(hints=hints)))
        )

    def predicted(self, chapter: str, answers: Any) -> Progress:
        """Remember the answers to a chapter's question."""
        found = Predicted(tuple(int(one) for one in answers), _now())
        return self.change(lambda old: Progress(old.exercises, {**old.questions, chapter: found}))

    def merge(self, other: Progress) -> Progress:
        """Take in what was done elsewhere."""
        return self.change(lambda old: old.merged(other))

    def change(self, function: Callable[[Progress], Progress]) -> Progress:
        """Read, change, write. When nothing can be written, it is kept in memory, and `notice` says so."""
        new = function(self.load())
        try:
            write_in_one_piece(self.path, new.to_json())
        except OSError as error:
            self._unsaved = new
            text = "Your progress cannot be saved here ({error}). It lasts as long as this page: download it."
            self.notice = say(text, error=error.strerror or type(error).__name__)
        return new

    def _unreadable(self, error: Exception) -> Progress:
        aside = _unused(self.path)
        try:
            self.path.rename(aside)
        except OSError:
            self.notice = say("The progress file cannot be read ({error}).", error=error)
            return self._unsaved
        text = "The progress file was damaged. It is kept as {name}, and you start with a new one."
        self.notice = say(text, name=aside.name)
        return self._unsaved


def usual_path() -> Path:
    """The file's place: FEDLEARN_PROGRESS, or the home folder, or where temporary files go."""
    told = os.environ.get(VARIABLE)
    if told:
        return Path(told).expanduser()
    with contextlib.suppress(RuntimeError, OSError):  # no home folder, or one that cannot be written to
        folder = Path.home() / ".fedlearn_edu"
        if os.access(folder if folder.exists() else folder.parent, os.W_OK):
            return folder / "progress.json"
    return Path(tempfile.gettempdir()) / "fedlearn_edu" / "progress.json"


def write_in_one_piece(path: Path, text: str) -> None:
    """Write a new file beside the old one, then put it in its place.

    Raises
    ------
    OSError
        it cannot be written; the old file is as it was
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not by tempfile: on Windows it tries two thousand million names in a folder that takes none.
    new = path.with_name(f"{path.name}{token_hex(8)}.new")
    try:
        with open(new, "x", encoding="utf-8", newline="\n", opener=_for_its_owner) as file:
            file.write(text)
        _patiently(lambda: os.replace(new, path))
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


def _patiently(action: Callable[[], Any]) -> Any:
    """Windows refuses a file while another notebook, or a virus scanner, has its hands on it; that is soon over."""
    for pause in PAUSES:
        try:
            return action()
        except PermissionError:
            time.sleep(pause)
    return action()


def _for_its_owner(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _with_exercise(old: Progress, identity: str, tried: Tried) -> Progress:
    return Progress({**old.exercises, identity: tried}, old.questions)


def _tried(fields: Mapping[str, Any]) -> Tried:
    return Tried(_count(fields["tries"]), _count(fields["hints"]), _text(fields["right_at"]))


def _predicted(fields: Mapping[str, Any]) -> Predicted:
    return Predicted(tuple(_count(one, least=-1) for one in fields["answers"]), _text(fields["at"]))


def _count(value: Any, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= 10**6:
        raise ValueError(f"{value!r} is no count")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 40:
        raise ValueError(f"{value!r} is no time")
    return value


def _unused(path: Path) -> Path:
    """A name beside the file that is free."""
    number = 1
    while (found := path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")).exists():
        number += 1
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat()

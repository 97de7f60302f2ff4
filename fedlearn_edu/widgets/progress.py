"""A table of what a learner has done, to look at, to take home, and to bring along.

>>> card = progress()
>>> card
Progress
"""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from ..errors import DataError
from ..exercises.catalogue import CHAPTERS, exercises_of, find_question
from ..exercises.progress import Predicted, Progress, ProgressStore, Tried, write_in_one_piece
from ..i18n import say
from .card import Card

if TYPE_CHECKING:
    import pandas as pd


def progress(*, store: ProgressStore | None = None) -> ProgressCard:
    """Show what was tried and solved; download it, or take in a file from elsewhere.

    >>> import fedlearn_edu as fl
    >>> list(fl.progress().table().columns)
    ['title', 'state', 'tries', 'hints']

    Binder forgets everything after ten idle minutes: download the file, and bring it along next time.

    Parameters
    ----------
    store : where progress is kept; None: the usual file

    Returns
    -------
    ProgressCard
        `.table()`, `.export(path)`, `.bring(path)`
    """
    return ProgressCard(store or ProgressStore())


class ProgressCard(Card):
    """The widget."""

    scripts = ("progress.js",)

    rows = traitlets.List(traitlets.Any()).tag(sync=True)
    file = traitlets.Unicode().tag(sync=True)  # what a download holds

    def __init__(self, store: ProgressStore) -> None:
        self._store = store
        super().__init__(words=_words())
        self._show(store.load())

    def __repr__(self) -> str:
        return say("Progress")

    def __str__(self) -> str:
        return f"{self!r}\n{self.table().to_string()}"

    def does(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        """Name what a front end may ask for."""
        return {"bring": lambda content: self._bring_text(content.get("text")), "refresh": lambda _: self.refresh()}

    def table(self) -> pd.DataFrame:
        """One row an exercise or prediction: title, state, tries, hints."""
        import pandas as pd

        columns = ["title", "state", "tries", "hints"]
        return pd.DataFrame(self.rows, columns=["id", *columns]).set_index("id")

    def refresh(self) -> None:
        """Read the file again."""
        self._show(self._store.load())

    def export(self, path: str | Path) -> Path:
        """Write a copy to take home; answer where it is.

        Raises
        ------
        DataError
            it cannot be written there
        """
        target = Path(path)
        try:
            write_in_one_piece(target, self._store.load().to_json())
        except OSError as error:
            raise DataError(f"{target} cannot be written: {error.strerror}.", "Choose another place.") from error
        return target

    def bring(self, path: str | Path) -> None:
        """Take in a copy from elsewhere. Nothing that is solved here is lost.

        Raises
        ------
        DataError
            the file is not there, or is no progress file
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{path} cannot be read: {error}.", "Choose a file that this course exported.") from error
        self._bring_text(text)

    def static_html(self) -> str:
        """Say where the table is, for places without widgets; a learner's own progress is in no saved notebook."""
        return f"<p>{html.escape(say('A table of your progress stands here when the notebook runs.'))}</p>"

    def _bring_text(self, text: Any) -> None:
        if not isinstance(text, str):
            raise DataError("No text came.", "Choose a file that this course exported.")
        self._show(self._store.merge(Progress.from_json(text)))
        self.notice = self._store.notice or say("Taken in.")

    def _show(self, found: Progress) -> None:
        self.rows = [row for chapter in CHAPTERS for row in _rows(chapter, found)]
        self.file = found.to_json()
        self.notice = self._store.notice


def _rows(chapter: str, found: Progress) -> list[dict[str, Any]]:
    """One chapter's prediction and exercises."""
    prompts, given = find_question(chapter).prompts, found.questions.get(chapter, Predicted()).answers
    done = sum(1 for answer in given[: len(prompts)] if answer >= 0)
    state = say("{done} of {all} answered", done=done, all=len(prompts))
    rows = [{"id": chapter, "title": say("Predict"), "state": state, "tries": 0, "hints": 0}]
    for exercise in exercises_of(chapter):
        tried = found.exercises.get(exercise.id, Tried())
        state = say("solved") if tried.right_at else say("tried") if tried.tries else say("not tried yet")
        rows.append({"id": exercise.id, "title": say(exercise.title), "state": state, "tries": tried.tries,
                     "hints": tried.hints})  # fmt: skip
    return rows


def _words() -> dict[str, str]:
    return {
        "title": say("Your progress"),
        "chapter": say("chapter"),
        "what": say("what"),
        "state": say("state"),
        "tries": say("tries"),
        "hints": say("hints"),
        "download": say("Download my progress"),
        "bring": say("Bring a file along"),
        "refresh": say("Refresh"),
        "silence": say("No answer from the kernel. It may be busy; or run the cell of this table once more."),
    }

"""A chapter's prediction in a notebook: answer before you run anything, and meet your answer again at the end.

>>> card = question("04")
>>> card
Predict: 3 questions of chapter 04
"""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import traitlets

from ..errors import ArgumentError
from ..exercises.catalogue import find_question
from ..exercises.progress import ProgressStore
from ..exercises.question import LETTERS, Prompt, Question
from ..i18n import say
from .card import Card
from .rich_text import as_html, blocks

OPEN = -1  # a prompt without an answer


def question(chapter: str, *, revisit: bool = False, store: ProgressStore | None = None) -> QuestionCard:
    """Show a chapter's prediction; with `revisit`, beside the right answers.

    >>> import fedlearn_edu as fl
    >>> len(fl.question("04").content["prompts"])
    3

    Parameters
    ----------
    chapter : two digits, as in "04"
    revisit : whether to compare the learner's answers with the right ones
    store : where answers are kept; None: the usual file

    Returns
    -------
    QuestionCard

    Raises
    ------
    ArgumentError
        the chapter has no question
    """
    return QuestionCard(find_question(chapter), revisit, store or ProgressStore())


class QuestionCard(Card):
    """The widget. The right answers are in no trait before they are shown."""

    scripts = ("question.js",)

    content = traitlets.Dict().tag(sync=True)
    answers = traitlets.List(traitlets.Int()).tag(sync=True)  # places from 0; −1 where there is none
    revisit = traitlets.Bool().tag(sync=True)
    verdicts = traitlets.List(traitlets.Any()).tag(sync=True)  # empty until shown

    def __init__(self, question: Question, revisit: bool, store: ProgressStore) -> None:
        self._question, self._store = question, store
        super().__init__(
            content={"title": _title(question, revisit), "prompts": [_shown(prompt) for prompt in question.prompts]},
            revisit=revisit, words=_words(),
        )  # fmt: skip
        self._reload()
        if revisit and OPEN not in self.answers:
            self.show_answers()

    def __repr__(self) -> str:
        text = "{title}: {count} questions of chapter {chapter}"
        return say(text, title=say(self._question.title), count=len(self._question.prompts),
                   chapter=self._question.chapter)  # fmt: skip

    def does(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        """Name what a front end may ask for."""
        return {
            "answer": lambda content: self.answer(content.get("prompt"), content.get("option")),
            "show": lambda _: self.show_answers(),
        }

    def answer(self, prompt: Any, option: Any) -> None:
        """Answer one prompt; both are places from 0. The answer is kept.

        Raises
        ------
        ArgumentError
            there is no such prompt or option
        """
        prompts = self._question.prompts
        if not _is_place(prompt, len(prompts)) or not _is_place(option, len(prompts[prompt].options)):
            raise ArgumentError(f"There is no answer {option!r} to question {prompt!r}.", "Count both from 0.")
        self._reload()
        self.answers = [option if place == prompt else one for place, one in enumerate(self.answers)]
        self._store.predicted(self._question.chapter, self.answers)
        self.notice = self._store.notice

    def show_answers(self) -> None:
        """Show what was said, what is right, and why."""
        self._reload()
        pairs = zip(self._question.prompts, self.answers, strict=True)
        self.verdicts = [_compared(prompt, answer) for prompt, answer in pairs]

    def static_html(self) -> str:
        """Write the questions for places without widgets."""
        if self.revisit:
            return f"<p>{html.escape(say('Your answers are compared here when the notebook runs.'))}</p>"
        return "".join(_static(prompt) for prompt in self.content["prompts"])

    def _reload(self) -> None:
        """Take the answers from the file: they may have been given in another card."""
        kept = self._store.load().questions.get(self._question.chapter)
        given = kept.answers if kept is not None else ()
        prompts = self._question.prompts
        self.answers = [
            given[place] if place < len(given) and _is_place(given[place], len(prompt.options)) else OPEN
            for place, prompt in enumerate(prompts)
        ]
        self.notice = self._store.notice


def _title(question: Question, revisit: bool) -> str:
    return say("Your predictions, again") if revisit else say(question.title)


def _shown(prompt: Prompt) -> dict[str, Any]:
    return {"text": blocks(say(prompt.text)), "options": [say(option.text) for option in prompt.options]}


def _static(prompt: dict[str, Any]) -> str:
    options = "".join(
        f"<li>({letter}) {html.escape(text)}</li>" for letter, text in zip(LETTERS, prompt["options"], strict=False)
    )
    return f"{as_html(prompt['text'])}<ul>{options}</ul>"


def _compared(prompt: Prompt, answer: int) -> dict[str, Any]:
    right = {"letter": LETTERS[prompt.right], "why": say(prompt.judged(prompt.right))}
    if answer == prompt.right:
        sentence = say("You said ({letter}). That is right.", letter=LETTERS[answer])
        return {"right": True, "place": prompt.right, "sentence": sentence, "mine": "", "why": right["why"]}
    mine = say(prompt.judged(answer)) if answer != OPEN else ""
    sentence = say("You left this one open. Right is ({right}).", right=right["letter"])
    if mine:
        sentence = say("You said ({letter}). Right is ({right}).", letter=LETTERS[answer], right=right["letter"])
    return {"right": False, "place": prompt.right, "sentence": sentence, "mine": mine, "why": right["why"]}


def _is_place(value: Any, count: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count


def _words() -> dict[str, str]:
    return {
        "kept": say("{done} of {all} answered. You will meet your answers again at the end.", done="{done}",
                    all="{all}"),
        "show": say("Show the answers"),
        "first": say("Answer first, if you have not yet. Then compare."),
        "score": say("{done} of {all} right."),
        "right_one": say("the right answer"),
        "your_answer": say("your answer"),
        "silence": say("No answer from the kernel. It may be busy; or run the cell of this question once more."),
    }  # fmt: skip

"""Every message that a learner can see, read off the source of the package.

    say("...")                                   as it stands, or by a name that holds it
    SomeError("...", "..."), retell_error("...") problem and remedy; f-strings as templates: "{0} goes from {1} to {2}."
    Local, Send, Gather, Announce                their labels
    Protocol(title=...), numbered docstrings     what a stage says of a protocol and its steps
    names of parties, and what a transcript says of a message's content and protection
    exercises and questions                      what their `texts()` list
    data sets                                    names of columns and classes
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from fedlearn_edu.data.datasets import load
from fedlearn_edu.data.halves import two_classes
from fedlearn_edu.exercises.catalogue import CHAPTERS, exercises_of, find_question
from fedlearn_edu.i18n import NAMES
from tests.locale.source import HOLE, Source, called, in_order, texts

CHECKOUT = Path(__file__).parents[2]
PACKAGE = CHECKOUT / "fedlearn_edu"
LABELS = {"Local": (1, "label"), "Send": (2, "label"), "Gather": (2, "label"), "Announce": (1, "label")}
NAMED = {"Protocol": (2, "title"), "Case": (0, "name"), "retell_error": (0, "text")}
CLASSES_WITH_NAMES = ("protocols", "learning", "crypto")
TOLD_PROPERTIES = ("name", "label", "warning", "masked", "protection")  # of their classes
TOLD_FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "learning/guard.py": ("what_a_batch_gives_away",),
    "wire/reading.py": ("kind_of", "_read", "_short"),
    "wire/transcript.py": ("_named", "_sealed"),
}
PUT_TOGETHER = {  # what screens make of words that stand apart in the source, and names in a message's content
    "exercises/leaving.py": ("relay", "receiver", "another node", "letter", "envelope"),
    "protocols/_transfer_arguments.py": ("masked", "unmasked"),
    "protocols/_vertical_arguments.py": ("no coordinator", "UNSAFE: no guard"),
    "protocols/alignment.py": ("places", "session"),
    "protocols/masked_aggregation.py": ("masks", "boxes", "seeds", "keys", "here", "gone"),
    "protocols/paillier_aggregation.py": ("box", "from"),
    "protocols/transfer.py": (
        "gradient", "loss", "masked gradient", "unmasked gradient", "masked loss", "unmasked loss", "square", "rows",
        "own",
    ),
    "wire/player.py": ("ready", "running", "finished", "cancelled", "failed"),
    "wire/transcript.py": ("unnumbered", "(not in this export)", "{0} (too late)"),
}  # fmt: skip
DECLARED = {  # what `say` is given that is no literal → where its messages come from
    "exercise.title": "exercises", "self._exercise.title": "exercises", "exercise.task": "exercises",
    "self._exercise.hints[shown - 1]": "exercises", "hint": "exercises", "self._exercise.explanation": "exercises",
    "found.sentence": "exercises",
    "question.title": "questions", "self._question.title": "questions", "prompt.text": "questions",
    "option.text": "questions", "prompt.judged(prompt.right)": "questions", "prompt.judged(answer)": "questions",
}  # fmt: skip


def messages() -> dict[str, list[str]]:
    """Message → the files that it comes from; in the order of files and lines."""
    found: dict[str, list[str]] = {}
    for message, place in (*of_source(), *of_data()):
        places = found.setdefault(message, [])
        if place not in places:
            places.append(place)
    return found


def of_source() -> Iterator[tuple[str, str]]:
    """Pairs (message, file)."""
    for path in files():
        for message in (*declared_in(path), *messages_of(source_of(path))):
            yield message, path.relative_to(CHECKOUT).as_posix()


def of_data() -> Iterator[tuple[str, str]]:
    """Pairs (message, data set): columns and classes that labs show by name."""
    tables = {name: load(name) for name in ("breast_cancer", "bank_tax")} | {"digits": two_classes(load("digits"))}
    for name, table in tables.items():
        for word in (*table.columns, *table.classes):
            if "_" not in word:  # pixels are named by their place
                yield word, f"datasets/{name}"


def files() -> list[Path]:
    """The package's modules."""
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "_course" not in path.parts]


@cache
def source_of(path: Path) -> Source:
    """A module's source, read once."""
    return Source(path.read_text(encoding="utf-8"), path, source_of)


def messages_of(source: Source) -> Iterator[str]:
    """The messages that stand in a module's text."""
    yield from said(source)
    for call in source.calls(*errors(), "__init__"):  # an error's own constructor hands its sentences on
        for place, name in enumerate(("problem", "remedy")):
            yield from texts(source.readings(source.argument(call, place, name)))
    for call in source.calls(*LABELS, *NAMED):
        yield from texts(source.readings(source.argument(call, *(LABELS | NAMED)[called(call)])))
    yield from steps(source)
    module = source.path.relative_to(PACKAGE) if source.path is not None else Path()
    if module.parts and module.parts[0] in CLASSES_WITH_NAMES:
        yield from names(source)
    yield from told(source, TOLD_FUNCTIONS.get(module.as_posix(), ()))
    for call in source.calls("Kind") if module.name == "elements.py" else ():
        one, many, protection = (source.readings(argument) for argument in call.args)
        yield from texts([("1 ", *one[0]), (HOLE, " ", *many[0]), *protection])
    yield from PUT_TOGETHER.get(module.as_posix(), ())
    yield from NAMES if module.name == "i18n.py" else ()


def said(source: Source) -> Iterator[str]:
    """What goes through `say`."""
    for call in source.calls("say"):
        readings = source.readings(call.args[0])
        if any(HOLE in pieces for pieces in readings):
            written = ast.unparse(call.args[0])
            if written not in DECLARED:
                raise LookupError(f"{source.path}:{call.lineno}: say({written}) may say something that nobody knows.")
            continue
        yield from texts(readings)


@cache
def errors() -> tuple[str, ...]:
    """The names of the library's errors."""
    tree = ast.parse((PACKAGE / "errors.py").read_text(encoding="utf-8"))
    return tuple(node.name for node in tree.body if isinstance(node, ast.ClassDef))


def steps(source: Source) -> Iterator[str]:
    """The numbered steps in the docstrings of protocols' texts."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef) and ast.unparse(node.returns or ast.Constant("")) == "Text":
            yield from re.findall(r"^\s*\d+\.\s+(.+?)\s*$", ast.get_docstring(node) or "", flags=re.MULTILINE)


def names(source: Source) -> Iterator[str]:
    """How classes call themselves on screens: an attribute or a property `name`, and the like."""
    for owner in ast.walk(source.tree):
        for node in owner.body if isinstance(owner, ast.ClassDef) else []:
            if isinstance(node, ast.FunctionDef) and node.name in TOLD_PROPERTIES:
                yield from answers(source, node)
            elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) in TOLD_PROPERTIES and node.value:
                yield from texts(source.readings(node.value))


def told(source: Source, functions: Sequence[str]) -> Iterator[str]:
    """What these functions or methods answer."""
    for node in in_order(source.tree):
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            yield from answers(source, node)


def answers(source: Source, function: ast.FunctionDef) -> Iterator[str]:
    """The texts that a function can return."""
    for node in ast.walk(function):
        if isinstance(node, ast.Return):
            yield from texts(source.readings(node.value))


def declared_in(path: Path) -> list[str]:
    """The texts of a chapter's exercises and questions."""
    found: list[str] = []
    for chapter, name in CHAPTERS.items():
        if path == PACKAGE / "exercises" / f"{name}.py":
            found += find_question(chapter).texts()
            found += [text for exercise in exercises_of(chapter) for text in exercise.texts()]
    return found

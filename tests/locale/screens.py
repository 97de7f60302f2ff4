"""What a learner reads on a widget: the texts in its synced traits, and why some of them are no words of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

FRONT_END = {"layout", "comm", "keys", "tabbable", "tooltip"}  # traits of every ipywidget
CODE = {  # keys of plain data that the page's script reads, and traits with the names of things
    "is", "key", "kind", "role", "marker", "dash", "tone", "knob", "state", "name", "chapter", "only_if", "capped_by",
    "column", "first", "second", "hidden", "value", "marks", "joined_by", "count_knob", "used", "right", "salt",
    "known", "salted", "party", "panel", "scene", "theme", "parties", "sign", "letter", "mark", "id", "function",
    "misconception", "heads", "doings", "by", "eyes", "lang",
}  # fmt: skip
LEARNERS = {"stub", "code", "printed", "file"}  # Python text, and a file for a program


def texts_on(widget: Any) -> Iterator[tuple[str, str]]:
    """Pairs (where, text) of everything that a widget's screen shows, as far as Python makes it."""
    knobs = {knob.name for knob in getattr(getattr(widget, "_spec", None), "knobs", ())}
    for name in widget.traits(sync=True):
        if not name.startswith("_") and name not in FRONT_END | CODE | LEARNERS | knobs:
            yield from texts_in(getattr(widget, name), name)


def texts_in(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """The texts in plain data, wherever they are."""
    if isinstance(value, str):
        yield where, value
    elif is_rich(value):
        yield where, "".join(text for block in value for _, text in parts_of(block))
    elif isinstance(value, dict):
        for key, part in value.items():
            named = where.endswith("eyes") and key == "title"  # of eyes the title is shown, the name is chosen by
            if key not in CODE | LEARNERS or named:
                yield from texts_in(meanings(part) if key == "legend" else part, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts_in(part, where)


def meanings(legend: Any) -> Any:
    """Of a legend's pairs (sign, meaning) what is read: the script draws the sign."""
    paired = isinstance(legend, list) and all(isinstance(one, list) and len(one) == 2 for one in legend)
    return [meaning for _, meaning in legend] if paired else legend


def is_rich(value: Any) -> bool:
    """Whether it is light Markdown, cut into blocks: a message may begin in one and end in another."""
    return isinstance(value, list) and bool(value) and all(
        isinstance(part, dict) and part.get("kind") in ("p", "ul") for part in value
    )  # fmt: skip


def parts_of(block: dict[str, Any]) -> list[list[str]]:
    """The pieces of a block, in order."""
    return block["parts"] if block["kind"] == "p" else [part for item in block["items"] for part in item]

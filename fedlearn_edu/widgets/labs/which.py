"""The lab *Which federation?*: two tables on a plane of people and columns, and six cards to sort.

>>> federation(people=5, columns=100).name, federation(people=90, columns=0).name
('horizontal', 'vertical')

It plays no protocol and is no chapter's own: it comes back wherever the question does. What is in common decides:
the columns, the people, or little of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...i18n import say
from ..blocks import Block
from ..figures import BLUE, INK
from ..knobs import Choice, Knob, Range
from .spec import Kind, LabSpec, Moment, Panel, Scene

STEP, MUCH, ALL = 5, 50, 90  # percent: between two key presses; from where on much, or practically all, is in common
KINDS = ("horizontal", "vertical", "transfer")


@dataclass(frozen=True)
class Federation:
    """A kind of federation, what to call it, and why. `used`: what of the two tables it learns from."""

    name: str
    title: str
    why: str
    used: str = "nothing"


def federations() -> tuple[Federation, ...]:
    """All that may come out, in the language in force."""
    return (
        Federation(
            "horizontal", say("Horizontal federated learning"),
            say("Much the same columns, other people. Each party can train the whole model on its own rows; the models "
                "are averaged (chapter 04)."), "columns",
        ),
        Federation(
            "vertical", say("Vertical federated learning"),
            say("Much the same people, other columns. The parties find their common people without showing the rest "
                "(chapter 05), then each computes its share of every prediction (chapter 06)."), "people",
        ),
        Federation(
            "transfer", say("Federated transfer learning"),
            say("Little of both in common. The small overlap is the bridge over which knowledge travels "
                "(chapter 07)."), "everything",
        ),
        Federation(
            "nothing", say("Nothing, for there is no bridge"),
            say("No person and no column in common: what one table says tells nothing about the other."),
        ),
        Federation(
            "either", say("Horizontal or vertical"),
            say("Much of both in common. Use the common columns to gain people, or the common people to gain columns: "
                "whichever you lack."), "everything",
        ),
        Federation(
            "same", say("Nothing to gain from the same table twice"),
            say("The same people with the same columns: each has what the other has."),
        ),
    )  # fmt: skip


def federation(people: float, columns: float) -> Federation:
    """What two tables with so much in common can do together; both in percent.

    >>> [federation(people, columns).name for people, columns in ((10, 5), (0, 0), (100, 100), (60, 60))]
    ['transfer', 'nothing', 'same', 'either']
    """
    if people >= ALL and columns >= ALL:
        name = "same"
    elif people >= MUCH and columns >= MUCH:
        name = "either"
    elif columns >= MUCH:
        name = "horizontal"
    elif people >= MUCH:
        name = "vertical"
    else:
        name = "transfer" if people or columns else "nothing"
    return next(one for one in federations() if one.name == name)


@dataclass(frozen=True)
class Card:
    """A case to sort: what it is, which federation it is, and an answer to every choice."""

    name: str
    text: str
    right: str
    why: str
    wrong: Mapping[str, str]

    def answer(self, chosen: str) -> str:
        """What to say to a choice."""
        return self.why if chosen == self.right else self.wrong.get(chosen, "")


def cards() -> tuple[Card, ...]:
    """The six cards, in the language in force."""
    return (*_same_columns(), *_same_people(), *_little_of_both())


def _same_columns() -> tuple[Card, Card]:
    wrong = {
        "vertical": say("Not vertical: their columns are the same, and their people are not."),
        "transfer": say("Not transfer: nearly all columns are in common, which is more than a small bridge."),
    }
    return (
        Card(
            "hospitals", say("Four hospitals fill in the same blood-count form, each for patients of its own town."),
            "horizontal", say("Same columns (the form), other people (each town's): horizontal."), wrong,
        ),
        Card(
            "keyboard", say("A million phones learn to suggest the next word, each from what its owner typed."),
            "horizontal",
            say("Every phone has the same columns (words before, next word), and its owner's rows: horizontal, with "
                "very many parties."), wrong,
        ),
    )  # fmt: skip


def _same_people() -> tuple[Card, Card]:
    wrong = {
        "horizontal": _other_columns(),
        "transfer": say("Not transfer: most people are in common, which is more than a small bridge."),
    }
    return (
        Card(
            "credit", say("A bank knows its customers' loans; the tax office knows the same people's incomes."),
            "vertical", say("Same people, other columns, and one side has the label: vertical."), wrong,
        ),
        Card(
            "tastes", say("A video site, a shop and a book site in one country have nearly the same users."),
            "vertical", say("Same users; what they watch, buy and read are different columns: vertical."), wrong,
        ),
    )  # fmt: skip


def _little_of_both() -> tuple[Card, Card]:
    return (
        Card(
            "halves",
            say("One party has left halves of pictures, with labels; another has right halves, without. A few pictures "
                "are the same."),
            "transfer",
            say("No column in common, and few rows: the few common pictures are the bridge. Transfer."),
            {
                "horizontal": _other_columns(),
                "vertical": say("Not vertical: it would learn from the few common pictures alone, and waste the rest."),
            },
        ),
        Card(
            "supply",
            say("A factory, a haulier and a shop keep books on their own business; a few deliveries went through the "
                "hands of all three."),
            "transfer",
            say("Other columns, mostly other rows; the few common deliveries are the bridge. Transfer. With most "
                "deliveries in common it would be vertical."),
            {
                "horizontal": _other_columns(),
                "vertical": say("Not vertical: only a few deliveries are in common. If it were most of them, yes."),
            },
        ),
    )  # fmt: skip


def _other_columns() -> str:
    return say("Not horizontal: it takes the same columns on both sides, and here they differ.")


def declare() -> LabSpec:
    """The lab, in the language in force."""
    return LabSpec(
        chapter="",
        title=say("Which federation?"),
        knobs=(*_plane_knobs(), *_card_knobs()),
        protocol=None,
        expected=lambda s: federation(s.people, s.columns),
        panels=(
            Panel("plane", say("Two tables"), plane),
            Panel("cards", say("Six cards to sort"), deck),
        ),
        sentence=sentence,
        table=table,
        summary=lambda moment: {},
        scenes=_scenes(),
        kinds=(Kind("plane", "plane.js", draw_plane), Kind("cards", "cards.js", draw_cards)),
    )


def plane(moment: Moment) -> list[Block]:
    """The plane: the browser looks the name up by the two knobs, so it follows a drag at once."""
    known = federations()
    names = [one.name for one in known]
    places = range(0, 101, STEP)
    return [{
        "is": "plane", "key": "plane", "title": say("Two tables: drag the second one"), "step": STEP,
        "zones": [[names.index(federation(people, columns).name) for columns in places] for people in places],
        "federations": [{"title": one.title, "why": one.why, "used": one.used} for one in known],
        "texts": {
            "first": say("table 1"), "second": say("table 2"), "columns": say("columns"), "people": say("people"),
            "move": say("Table 2: arrow keys move it"), "common": say("in common"), "used": say("what is learned from"),
            "state": say("people in common {people} %, columns in common {columns} %", people="{people}",
                         columns="{columns}"),
        },
        "alt": sentence(moment),
    }]  # fmt: skip


def deck(moment: Moment) -> list[Block]:
    """The cards; every answer is in the block, so that a choice is answered at once."""
    drawn = [
        {"knob": card.name, "right": card.right, "answers": {kind: card.answer(kind) for kind in KINDS}}
        for card in cards()
    ]
    return [{
        "is": "cards", "key": "cards", "title": say("Which federation is it? Each card says why, or why not."),
        "cards": drawn, "alt": "", "texts": {
            "score": say("{right} of {all} sorted.", right="{right}", all="{all}"), "right": say("Right."),
            "wrong": say("Not quite."), "open": say("Choose one."),
        },
    }]  # fmt: skip


def sentence(moment: Moment) -> str:
    """What is in common, and what follows."""
    s, found = moment.settings, moment.expected
    return say("Two tables with {people} % of the people and {columns} % of the columns in common: {name}.",
               people=s.people, columns=s.columns, name=found.title[:1].lower() + found.title[1:])  # fmt: skip


def table(moment: Moment) -> Mapping[str, Any]:
    """The same as one row."""
    s = moment.settings
    return {
        "index": [moment.expected.title],
        "columns": [say("people in common"), say("columns in common")],
        "rows": [[say("{share} %", share=share) for share in (s.people, s.columns)]],
    }


def _plane_knobs() -> tuple[Knob, ...]:
    words = {n: say("{share} %", share=n) for n in range(0, 101, STEP)}
    ends: dict[str, Any] = {"least": 0, "most": 100, "step": STEP, "words": words}
    return (
        Range("people", say("People in common"), say("How many of table 1's people table 2 knows, too."), 10, **ends),
        Range("columns", say("Columns in common"), say("How many of table 1's columns table 2 has, too."), 90, **ends),
    )


def _card_knobs() -> tuple[Knob, ...]:
    options = {"horizontal": say("horizontal"), "vertical": say("vertical"), "transfer": say("transfer")}
    help_text = say("Ask what the parties have in common: columns, people, or little of both.")
    choices = {"": say("not sorted yet"), **options}
    return tuple(Choice(card.name, card.text, help_text, "", options=choices, panel="cards") for card in cards())


def _scenes() -> tuple[Scene, ...]:
    return (
        Scene("start", say("Two hospitals"), say("Drag table 2, with the mouse or with arrow keys; the name follows.")),
        Scene(
            "bank-and-tax", say("A bank and a tax office"), say("Most people in common, hardly a column."),
            {"people": 80, "columns": 5},
        ),
        Scene(
            "half-images", say("Two half-images"), say("No column in common, and few rows."),
            {"people": 20, "columns": 0},
        ),
        Scene("no-bridge", say("No bridge"), say("Nothing in common: nothing to learn."), {"people": 0, "columns": 0}),
        Scene("cards", say("Six cards"), say("One pupil reads a card aloud; the room votes; then choose."),
              panel="cards"),
    )  # fmt: skip


# --- on paper -----------------------------------------------------------------------------------------------------


def draw_plane(part: Any, block: Block, settings: Mapping[str, Any]) -> None:
    """Both tables, what they have in common, and what is learned from."""
    from matplotlib.patches import Rectangle

    axes, found = part.subplots(), federation(settings["people"], settings["columns"])
    x, y = 1 - settings["columns"] / 100, 1 - settings["people"] / 100
    for left, top, name, colour in ((0, 0, "first", BLUE), (x, y, "second", "#b35900")):
        axes.add_patch(Rectangle((left, top), 1, 1, facecolor=colour, alpha=0.2))
        axes.add_patch(Rectangle((left, top), 1, 1, fill=False, edgecolor=colour, linewidth=2))
        place = (left + 0.03, top + 0.1) if name == "first" else (left + 0.97, top + 0.93)
        axes.text(*place, block["texts"][name], color=colour, fontsize=9, ha="left" if name == "first" else "right")
    axes.add_patch(Rectangle((x, y), 1 - x, 1 - y, fill=False, hatch="///", edgecolor="#555555", linewidth=0))
    if (used := used_area(found.used, x, y)) is not None:
        axes.add_patch(Rectangle(used[:2], *used[2:], fill=False, edgecolor=INK, linewidth=2, linestyle="--"))
    axes.set_xlim(-0.05, 2.05)
    axes.set_ylim(2.05, -0.05)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel(block["texts"]["columns"])
    axes.set_ylabel(block["texts"]["people"])
    axes.set_title(found.title, fontsize=11, loc="left")
    axes.set_aspect(0.5)


def used_area(used: str, x: float, y: float) -> tuple[float, float, float, float] | None:
    """Left, top, width, height of what is learned from; None for nothing.

    >>> used_area("columns", 0.0, 0.9)
    (0.0, 0.0, 1.0, 1.9)
    """
    if used == "columns":
        return (x, 0.0, 1 - x, 1 + y)
    if used == "people":
        return (0.0, y, 1 + x, 1 - y)
    return (0.0, 0.0, 1 + x, 1 + y) if used == "everything" else None


def draw_cards(part: Any, block: Block, settings: Mapping[str, Any]) -> None:
    """The cards as lines of text, with what was chosen."""
    import textwrap

    axes, drawn = part.subplots(), cards()
    axes.set_axis_off()
    for place, card in enumerate(drawn):
        chosen = settings[card.name]
        mark = "·" if not chosen else "✓" if chosen == card.right else "✗"
        text = "\n".join(textwrap.wrap(f"{mark} {card.text}", 105))
        axes.text(0, 1 - place / len(drawn), text, fontsize=9, va="top", transform=axes.transAxes)
    axes.set_title(block["title"], fontsize=11, loc="left")

"""Chapter 02's lab: one sheep that travels, or lambs that are averaged; knobs, protocol, scenes.

>>> spec = declare()
>>> [panel.title for panel in spec.panels]
['What it remembers', 'Sheep against lambs', 'What the sheep carries', 'One image as grass']
>>> settings = Settings(**{knob.name: knob.default for knob in spec.knobs})
>>> len(spec.protocol(settings).parties)
5

What the panels show is in `travelling_panels.py`, the preview's arithmetic in `pastures.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ...i18n import say
from ...protocols.aggregation import plain_sum
from ...protocols.horizontal import fedavg
from ...protocols.travelling import travelling
from ...wire.choreography import Protocol
from ..knobs import Choice, Knob, Range
from .hospitals import Room
from .pastures import L2, LOCAL_EPOCHS, MOST_IMAGES, Fields, Grazed, in_the_clear
from .spec import Kind, LabSpec, Scene, Settings
from .travelling_panels import Panels, draw_crowd, draw_meadow

MOST_PASTURES, MOST_TOURS = 10, 4


def declare() -> LabSpec:
    """The lab of chapter 02, in the language in force."""
    chapter = Chapter()
    panels = Panels(chapter.fields)
    return LabSpec(
        chapter="02",
        title=say("The sheep"),
        knobs=(*_field_knobs(), *_road_knobs(), *_panel_knobs()),
        protocol=chapter.protocol,
        expected=chapter.expected,
        room=panels.room,
        panels=panels.all(),
        sentence=panels.sentence,
        table=panels.table,
        summary=panels.summary,
        scenes=_scenes(),
        kinds=(Kind("meadow", "meadow.js", draw_meadow), Kind("crowd", "crowd.js", draw_crowd)),
    )


@dataclass
class Chapter:
    """From settings to pastures, previews and protocols; it remembers the last ones."""

    fields: Fields = field(default_factory=Fields)

    def __post_init__(self) -> None:
        self._grazed = lru_cache(maxsize=64)(in_the_clear)

    def field(self, s: Settings) -> Room:
        """Who holds what under these settings."""
        return self.fields.field(s.data, s.pastures, s.skew)

    def expected(self, s: Settings) -> Grazed:
        """What plain NumPy makes of these settings."""
        return self._grazed(self.field(s), s.tours)

    def protocol(self, s: Settings) -> Protocol:
        """One sheep on its tours, or as many rounds of averaged lambs."""
        room = self.field(s)
        settings: dict[str, Any] = {"local_epochs": LOCAL_EPOCHS, "learning_rate": room.learning_rate, "l2": L2}
        if s.how == "lambs":
            return fedavg(room.parties, room.model, aggregation=plain_sum(), rounds=s.tours, **settings)
        return travelling(room.parties, room.model, tours=s.tours, **settings)


def _field_knobs() -> tuple[Knob, ...]:
    return (
        Choice(
            "data", say("Grass"), say("Handwritten digits, or biopsies of two kinds."), "digits",
            options={"digits": say("digits, 8 × 8"), "breast_cancer": say("breast cancer")},
        ),
        Range(
            "pastures", say("Pastures"), say("How many share out the same rows."), 5, least=2, most=MOST_PASTURES,
        ),
        Range(
            "skew", say("Skew"), say("0: the same mixture on every pasture. 1: each pasture has digits of its own."),
            1.0, least=0.0, most=1.0, step=0.1,
        ),
    )  # fmt: skip


def _road_knobs() -> tuple[Knob, ...]:
    return (
        Choice(
            "how", say("Who grazes"),
            say("One sheep goes round; or a lamb on each pasture, all of one start, averaged after every round."),
            "sheep",
            options={"sheep": say("one sheep, travelling"), "lambs": say("a lamb each, averaged")},
        ),
        Range(
            "tours", say("Tours"), say("How often the sheep comes by; for lambs, how often they are averaged."), 1,
            least=1, most=MOST_TOURS,
        ),
    )  # fmt: skip


def _panel_knobs() -> tuple[Knob, ...]:
    return (
        Range(
            "after", say("Look at the sheep after pasture"), say("On its first tour."), 1, least=1, most=MOST_PASTURES,
            capped_by="pastures", panel="carries",
        ),
        Range(
            "images", say("Images on the pasture"), say("Its only grass; the sheep takes one step there."), 1,
            least=1, most=MOST_IMAGES, panel="image",
        ),
    )  # fmt: skip


def _scenes() -> tuple[Scene, ...]:
    return (*_scenes_of_forgetting(), *_scenes_of_carrying())


def _scenes_of_forgetting() -> tuple[Scene, ...]:
    return (
        Scene(
            "start", say("One sheep, one tour"),
            say("A column is a visit. Read a row from left to right: the grass it knew, and the grass it forgot."),
        ),
        Scene(
            "tours", say("Four tours"),
            say("Round and round: what it learns again on the next tour, it forgets again on the way."), {"tours": 4},
        ),
        Scene(
            "alike", say("Every pasture has the same mixture"),
            say("Skew 0: now every pasture teaches the same thing, and nothing is forgotten."), {"skew": 0.0},
        ),
        Scene(
            "breast-cancer", say("Breast cancer: hardly anything is forgotten"),
            say("Pastures with one diagnosis each, and still the sheep remembers most of it."),
            {"data": "breast_cancer", "pastures": 4},
        ),
        Scene(
            "lambs", say("Lambs of one flock, averaged"),
            say("The same pastures, the same passes. After every round the shepherd averages: FedAvg."),
            {"how": "lambs", "tours": 4}, plays=True,
        ),
        Scene(
            "against", say("Sheep against lambs"),
            say("Four rounds of each, and pooled training for comparison."), {"tours": 4}, panel="curves",
        ),
    )  # fmt: skip


def _scenes_of_carrying() -> tuple[Scene, ...]:
    return (
        Scene(
            "carries", say("What the sheep carries"),
            say("The next pasture reads this. Drag the slider: each visit writes over the one before."),
            {"after": 1}, panel="carries",
        ),
        Scene(
            "one-image", say("One image as grass"),
            say("The change of the weights is the image. Now drag the images from 1 to 20."), {"images": 1},
            panel="image",
        ),
        Scene(
            "crowd", say("Twenty images: a crowd"),
            say("Twenty images melt into one picture, and none of them can be told."), {"images": 20}, panel="image",
        ),
    )  # fmt: skip

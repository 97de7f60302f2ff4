"""Chapter 08's lab: a hospital dies in the middle of a round; what a relay reads; from three clients to a million.

>>> spec = declare()
>>> [panel.title for panel in spec.panels]
['A death in the round', 'What the relay reads', 'From three to a million']
>>> settings = Settings(**{knob.name: knob.default for knob in spec.knobs} | {"dies": 2, "before": 3})
>>> spec.faults(settings)
[Drop(party='hospital 2', round=2, before_step=3)]
>>> spec.expected(settings).story.stop is None
True

What will become of the rounds is told in `leaving_story.py`, what the panels show in `leaving_panels.py` and
`leaving_scale.py`, what they draw on paper in `leaving_drawings.py`. Flower is not needed for any of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...errors import PartyDropped, TooFewSurvivors
from ...i18n import say
from ...protocols.aggregation import plain_sum
from ...protocols.horizontal import fedavg
from ...protocols.masked_aggregation import masked_sum
from ...protocols.paillier_aggregation import paillier_sum
from ...wire.choreography import Protocol
from ...wire.faults import Drop, Fault
from ..knobs import Choice, Knob, Range
from .hospitals import L2
from .leaving_drawings import draw_growth, draw_timeline
from .leaving_panels import Panels
from .leaving_scale import GROUPS, SIZES, Scale
from .leaving_story import DEATH_ROUND, LOCAL_EPOCHS, ROUNDS, Preview, Stories
from .spec import Kind, LabSpec, Panel, Scene, Settings

FEWEST, MOST = 3, 8
ONE_DIES = {"dies": 2, "before": 3}
IN_THE_CLEAR = {**ONE_DIES, "encryption": "none"}
AGGREGATIONS: dict[str, Callable[[], Any]] = {"none": plain_sum, "masks": masked_sum, "paillier": paillier_sum}


def declare() -> LabSpec:
    """The lab of chapter 08, in the language in force."""
    chapter, scale = Chapter(), Scale()
    panels = Panels(chapter.protocol)
    return LabSpec(
        chapter="08",
        title=say("Leaving the classroom"),
        knobs=(*_room_knobs(), *_death_knobs(), _letters_knob(), *_scale_knobs()),
        protocol=chapter.protocol,
        faults=faults,
        expected=chapter.expected,
        panels=(
            Panel("death", say("A death in the round"), panels.death),
            Panel("relay", say("What the relay reads"), panels.relay),
            Panel("million", say("From three to a million"), scale.million),
        ),
        sentence=panels.sentence,
        table=panels.table,
        summary=panels.summary,
        scenes=(*_death_scenes(), *_other_scenes()),
        steps=(
            say("keys"), say("train"), say("encrypt"), say("upload"), say("add up"), say("distribute"), say("decrypt"),
            say("train on"),
        ),
        kinds=(Kind("timeline", "timeline.js", draw_timeline), Kind("growth", "growth.js", draw_growth)),
        endings=(TooFewSurvivors, PartyDropped),
    )  # fmt: skip


@dataclass
class Chapter:
    """From settings to previews and protocols; it remembers the last ones."""

    stories: Stories = field(default_factory=Stories)

    def expected(self, s: Settings) -> Preview:
        """What plain NumPy makes of these settings."""
        return self.stories.preview(s.hospitals, s.encryption, deaths(s))

    def protocol(self, s: Settings) -> Protocol:
        """Federated averaging under these settings, the real thing."""
        room = self.stories.room(s.hospitals)
        return fedavg(
            room.parties, room.model, aggregation=AGGREGATIONS[s.encryption](), rounds=ROUNDS,
            local_epochs=LOCAL_EPOCHS, learning_rate=room.learning_rate, l2=L2,
        )  # fmt: skip


def deaths(s: Settings) -> dict[int, int]:
    """Who dies (by place, from 0) before which step; nobody dies twice."""
    ordered = ((s.second, s.second_before), (s.dies, s.before))
    return {number - 1: step for number, step in ordered if number}


def faults(s: Settings) -> list[Fault]:
    """The same, as orders for a run."""
    return [
        Drop(f"hospital {place + 1}", round=DEATH_ROUND if step else 0, before_step=step)
        for place, step in sorted(deaths(s).items())
    ]


def _room_knobs() -> tuple[Knob, ...]:
    protections = {
        "none": say("none: in the clear"), "masks": say("pairwise masks"), "paillier": say("Paillier, packed"),
    }  # fmt: skip
    return (
        Range("hospitals", say("Hospitals"), say("How many hospitals share out the same rows."), 4,
              least=FEWEST, most=MOST),
        Choice("encryption", say("Encryption"), say("What hides an upload from the server and from the relay."),
               "masks", options=protections),
    )  # fmt: skip


def _death_knobs() -> tuple[Knob, ...]:
    steps = {
        0: say("step 0: keys"), 7: say("step 7: train on"), 2: say("step 2: encrypt"), 3: say("step 3: upload"),
        4: say("step 4: add up"), 5: say("step 5: distribute"),
    }  # fmt: skip
    who: dict[str, Any] = {
        "least": 0, "most": MOST, "words": {0: say("nobody")}, "unit": say("hospital"), "capped_by": "hospitals",
    }  # fmt: skip
    when = say("It is gone for good just before this step: of round 2, or of the beginning for step 0.")
    somebody = tuple(range(1, MOST + 1))
    return (
        Range("dies", say("Which hospital dies"), say("A computer fails, and does not come back."), 0, **who),
        Choice("before", say("… before"), when, 3, options=steps, only_if={"dies": somebody}),
        Range("second", say("And who else dies"), say("A second computer fails."), 0, **who),
        Choice("second_before", say("… that one before"), when, 4, options=steps, only_if={"second": somebody}),
    )


def _letters_knob() -> Knob:
    options = {"open": say("TLS only: letters open"), "sealed": say("TLS, and letters sealed")}
    return Choice("letters", say("How letters travel"), say("TLS ends at the relay; a seal ends at the receiver."),
                  "open", options=options, panel="relay")  # fmt: skip


def _scale_knobs() -> tuple[Knob, ...]:
    sizes = {31: say("31, as here"), 650: say("650: ten digits"), 1_000_000: say("1,000,000")}
    groups = {size: f"{size:,}" for size in GROUPS}
    assert tuple(sizes) == SIZES
    return (
        Choice("numbers", say("Numbers in the model"), say("How many numbers a client uploads in a round."), 31,
               options=sizes, panel="million"),
        Choice("group", say("Clients in a group"), say("Masks are agreed within a group only."), 100,
               options=groups, panel="million"),
    )  # fmt: skip


def _death_scenes() -> tuple[Scene, ...]:
    return (
        Scene("nobody-dies", say("Nobody dies"), say("Four hospitals, three rounds. Now let one of them die: where?")),
        Scene(
            "one-dies", say("One dies before it uploads"),
            say("Its masks stand in the others' uploads. Three open their shares of its key, and the round goes on."),
            ONE_DIES, plays=True,
        ),
        Scene(
            "after-upload", say("One dies after it uploaded"),
            say("Its update counts. Its own mask is opened from shares that the others hold."),
            {"dies": 2, "before": 4}, plays=True,
        ),
        Scene(
            "in-the-clear", say("The same death in the clear"),
            say("It goes on, divided by the rows of those who answered. The server reads every update."),
            IN_THE_CLEAR, plays=True,
        ),
        Scene(
            "key-holder", say("Paillier: the key holder dies"),
            say("Without keys nobody can encrypt. Let it die one step later, and everything goes on."),
            {"encryption": "paillier", "dies": 1, "before": 0}, plays=True,
        ),
        Scene(
            "too-few", say("Two die: too few are left"),
            say("The protocol stops and opens nothing. An honest ending: the model of round 1 is still there."),
            {**ONE_DIES, "second": 4, "second_before": 4}, plays=True,
        ),
    )  # fmt: skip


def _other_scenes() -> tuple[Scene, ...]:
    return (
        Scene(
            "tls-only", say("TLS only: the relay reads along"),
            say("TLS ends at the relay. Read out a line: whose weights are these?"),
            IN_THE_CLEAR, panel="relay", plays=True,
        ),
        Scene(
            "sealed", say("The same letters, sealed"),
            say("From, to, how large, and when. Who can still read the weights? The server, to whom they are written."),
            {**IN_THE_CLEAR, "letters": "sealed"}, panel="relay", plays=True,
        ),
        Scene(
            "million", say("A million clients"),
            say("Which curve meets the line of a minute first, and why does it bend?"),
            panel="million",
        ),
        Scene(
            "groups", say("A million clients, ten in a group"),
            say("Cheap again; and now the server reads the mean of every ten. How small may a crowd be?"),
            {"group": 10}, panel="million",
        ),
    )  # fmt: skip

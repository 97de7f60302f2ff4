"""Chapter 07's lab: two clouds that meet, the honest curve, and what the source sees.

>>> spec = declare()
>>> [panel.title for panel in spec.panels]
['Two clouds', 'The honest curve', 'What the source sees']
>>> settings = Settings(**{knob.name: knob.default for knob in spec.knobs})
>>> spec.expected(settings).common
100

What the panels show is in `transfer_panels.py`, the preview's arithmetic in `half_images.py`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ...errors import ArgumentError
from ...i18n import say
from ...protocols.transfer import transfer
from ...wire.choreography import Protocol
from ..knobs import Choice, Knob, Range, Toggle
from .half_images import (
    DEALS,
    DIMENSIONS,
    MOST_COMMON,
    OWN_LABELS,
    ROUNDS,
    Trained,
    dealt,
    in_the_clear,
    other_order,
    plan_for,
)
from .spec import Kind, LabSpec, Scene, Settings
from .transfer_drawings import draw_clouds, draw_curve
from .transfer_panels import Panels

KEY_BITS = 256
TYPICAL = 4  # a deal like the mean over many


def declare() -> LabSpec:
    """The lab of chapter 07, in the language in force."""
    panels, remembered = Panels(), lru_cache(maxsize=64)(_trained)
    return LabSpec(
        chapter="07",
        title=say("Transfer"),
        knobs=(*_knobs(), *_panel_knobs()),
        protocol=protocol,
        expected=lambda s: remembered(s.deal, s.overlap, s.dimensions, s.strangers),
        panels=panels.all(),
        sentence=panels.sentence,
        table=panels.table,
        summary=panels.summary,
        scenes=_scenes(),
        steps=(say("start"), say("keys"), say("exchange"), say("gradients"), say("update")),
        kinds=(Kind("clouds", "clouds.js", draw_clouds), Kind("twin", "twin.js", draw_curve)),
    )


def protocol(s: Settings) -> Protocol:
    """The four steps under these settings, with a toy key."""
    if not s.overlap:
        raise ArgumentError(
            "With no image in common there is no bridge, and nothing to play.", "Raise the overlap."
        )
    deal, plan = dealt(s.deal), plan_for(s.dimensions)
    target = deal.target
    if s.strangers:
        rest = range(s.overlap, deal.scene.X_target.shape[0])
        target = target.take([*other_order(s.overlap), *rest])
    settings: dict[str, Any] = {"iterations": ROUNDS, "alignment": plan.alignment, "tolerance": 0, "seed": plan.seed}
    return transfer(
        deal.source, target, common=s.overlap, dimensions=s.dimensions, key_bits=KEY_BITS, **settings
    )  # fmt: skip


def _trained(deal: int, overlap: int, dimensions: int, strangers: bool) -> Trained:
    return in_the_clear(dealt(deal), overlap, dimensions, strangers=strangers)


def _knobs() -> tuple[Knob, ...]:
    return (
        Range(
            "overlap", say("Overlap"), say("How many images both sides have: the source the left half, the target the "
                                           "right."),
            100, least=0, most=MOST_COMMON, step=5, words={0: say("none")},
        ),
        Range("deal", say("Deal"), say("Deals all images anew."), TYPICAL, least=1, most=DEALS),
        Choice(
            "own_labels", say("Own labels"), say("How many labelled images a target without a source would need to "
                                                 "buy."),
            20, options={count: say("{count} labels", count=count) for count in OWN_LABELS},
        ),
        Choice(
            "dimensions", say("Dimensions"), say("Of the space in which both sides meet; more than two are seen from "
                                                 "one side."),
            2, options={d: say("{d} dimensions", d=d) for d in DIMENSIONS},
        ),
        Toggle(
            "strangers", say("Other order at the target"),
            say("The target lists its common images in another order than the source. No error: it runs."), False,
        ),
    )  # fmt: skip


def _panel_knobs() -> tuple[Knob, ...]:
    return (
        Range(
            "step", say("Round"), say("How far the training is."), ROUNDS, least=0, most=ROUNDS,
            words={0: say("start")}, panel="clouds",
        ),
        Choice(
            "sent", say("What would the source get?"), say("Gradients summed for its weights, or one for each image."),
            "sums", options={"sums": say("gradients of its weights, summed"), "rows": say("a gradient for each image")},
            panel="seen",
        ),
    )  # fmt: skip


def _scenes() -> tuple[Scene, ...]:
    return (*_scenes_of_clouds(), *_scenes_of_worth())


def _scenes_of_clouds() -> tuple[Scene, ...]:
    return (
        Scene(
            "start", say("A hundred common images"),
            say("Move Round from the start to the end: circles and triangles come together, and colours arrive."),
        ),
        Scene(
            "no-bridge", say("No common image"),
            say("Now drag Overlap from none to 200, slowly. What turns? What stays?"), {"overlap": 0},
        ),
        Scene(
            "two-hundred", say("Two hundred common images"),
            say("Images that neither side trained with lie nearer together, and on their right side."),
            {"overlap": 200},
        ),
        Scene(
            "strangers", say("Two different orders"),
            say("No error, no warning; the loss falls a little. Read the share of right answers."), {"strangers": True},
        ),
    )  # fmt: skip


def _scenes_of_worth() -> tuple[Scene, ...]:
    return (
        Scene(
            "curve", say("The honest curve"),
            say("Ten deals. Where does the blue curve pass the flat line? Then give the target 100 labels."),
            panel="curve",
        ),
        Scene(
            "own-labels", say("A hundred labels of its own"),
            say("The flat line lies above the curve: no protocol is worth it here."), {"own_labels": 100},
            panel="curve",
        ),
        Scene(
            "row-by-row", say("One gradient for each image"),
            say("The source computes every place exactly. Choose the sums, and it finds none."), {"sent": "rows"},
            panel="seen",
        ),
        Scene(
            "too-few", say("Twenty common images"),
            say("Even summed gradients are solved for. Press Run: the guard refuses."), {"overlap": 20}, panel="seen",
        ),
        Scene(
            "played", say("Played under encryption"),
            say("The four steps, eight rounds, a toy key. The clouds come from the run's own weights."),
            {"overlap": 40}, plays=True,
        ),
    )  # fmt: skip

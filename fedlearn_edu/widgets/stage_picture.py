"""The stage on paper: the same places, drawn by matplotlib, with the sentence as its text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..fonts import figure_texts
from ..i18n import retell, say
from .figures import COLOURS, INK, PAPER, SOFT, TONES, DescribedFigure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .stage import Stage

WIDTH, HEIGHT = 9.5, 4.6
MOST_NAMED = 13
Place = tuple[float, float]


def draw_stage(shown: Stage) -> DescribedFigure:
    """Draw what is on the stage: dashed arrows are closed, solid ones open, pale ones not seen by the chosen eyes."""
    with figure_texts():
        return DescribedFigure(_drawn(shown), shown.sentence())


def _drawn(shown: Stage) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    axes = figure.add_subplot()
    axes.set(xlim=(-1.25, 1.25), ylim=(-1.2, 1.2))
    axes.axis("off")
    places = places_of(shown.transcript.parties, shown.middle)
    _draw_messages(axes, shown, places)
    _draw_parties(axes, shown, places)
    axes.set_title(shown.sentence(), fontsize=10, loc="left", wrap=True, parse_math=False)
    legend = say("dashed: closed to whoever is on the way · solid: open · pale: not seen by the chosen eyes")
    axes.text(-1.25, -1.2, legend, fontsize=8, color=SOFT, va="bottom")
    return figure


def places_of(parties: Sequence[str], middle: str | None) -> dict[str, Place]:
    """Where parties stand: around the middle, or beside each other when there are two.

    >>> places_of(("bank", "shop", "server"), "server")["server"]
    (0.0, 0.62)
    """
    ring = [name for name in parties if name != middle]
    if len(ring) <= 2:
        places = {name: (-0.9 + 1.8 * k, -0.35 if middle and len(ring) == 2 else 0.0) for k, name in enumerate(ring)}
        if middle:
            places[middle] = (0.0, 0.62) if len(ring) == 2 else (0.9, 0.0)
        return places
    start = math.pi / 2 if len(ring) % 2 else math.pi / 2 - math.pi / len(ring)
    angles = [start - 2 * math.pi * k / len(ring) for k in range(len(ring))]
    places = {name: (math.cos(a), 0.85 * math.sin(a)) for name, a in zip(ring, angles, strict=True)}
    return {**places, middle: (0.0, 0.0)} if middle else places


def _draw_parties(axes: Any, shown: Stage, places: dict[str, Place]) -> None:
    beat = shown.beat
    acting = {*beat.parties, *beat.receivers} if beat else set()
    working = set(beat.parties) if beat and not beat.messages else set()
    for name, (x, y) in places.items():
        gone = name in shown.gone_now
        edge = TONES["bad"] if gone else COLOURS["alone"] if name in working else COLOURS["federated"]
        if len(places) > MOST_NAMED and name not in (shown.middle, shown.eyes):
            axes.plot([x], [y], "o", color=edge, markersize=7 if name in acting else 4, zorder=3)
            continue
        notes = {say("gone"): gone, say("at work"): name in working, say("your eyes"): name == shown.eyes}
        text = "\n".join([retell(name), *(note for note, holds in notes.items() if holds)])
        look = {
            "boxstyle": "round,pad=0.5", "facecolor": PAPER, "edgecolor": edge, "linewidth": 1.6,
            "linestyle": "--" if gone else "-",
        }  # fmt: skip
        axes.text(
            x, y, text, ha="center", va="center", fontsize=9, color=TONES["bad"] if gone else INK, bbox=look,
            parse_math=False, zorder=3,
        )  # fmt: skip


def _draw_messages(axes: Any, shown: Stage, places: dict[str, Place]) -> None:
    beat = shown.beat
    messages = beat.messages if beat else ()
    for message in messages:
        sight = shown.sight(message)
        start, end = places[message.sender], places[message.receiver]
        style = {
            "color": COLOURS["sealed" if message.protection else "open"],
            "linestyle": "--" if message.protection else "-",
            "alpha": 0.3 if sight == "unseen" else 1.0,
            "linewidth": 1.6,
            "arrowstyle": "-|>",
        }
        axes.annotate("", xy=end, xytext=start, arrowprops={**style, "shrinkA": 22, "shrinkB": 26}, zorder=2)
        if len(messages) <= 6:
            axes.text(
                (start[0] + end[0]) / 2, (start[1] + end[1]) / 2, _caption(message.label, sight, message.late),
                ha="center", va="center", fontsize=8, color=INK, parse_math=False, zorder=4,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.9},
            )  # fmt: skip


def _caption(label: str, sight: str, late: bool) -> str:
    state = {"open": say("open"), "locked": say("closed"), "key": say("closed, key at hand"), "unseen": say("not seen")}
    late_words = [say("too late")] if late else []
    return "\n".join([retell(label), " · ".join([state[sight], *late_words])])

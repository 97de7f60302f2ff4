"""Chapter 06's own kinds of blocks on paper: two circles of customers, and a screen.

>>> from matplotlib.figure import Figure
>>> row = {"party": "bank", "label": "Age", "text": "−5.0", "seen": -0.5, "truth": -0.4}
>>> texts = {"left": "l", "right": "r", "truth": "t"}
>>> draw_screen(Figure(), {"title": "t", "rows": [row], "static": False, "texts": texts}, {})
>>> [round(apart(share), 2) for share in (0.0, 0.5, 1.0)]
[2.0, 0.81, 0.0]
"""

from __future__ import annotations

from collections.abc import Mapping
from math import acos, pi, sqrt
from typing import Any

from ..blocks import Block
from ..figures import BLUE, INK, ORANGE, SOFT

COLOURS, SIGNS = {"bank": BLUE, "tax office": ORANGE}, {"bank": "●", "tax office": "■"}


def apart(share: float) -> float:
    """How far two circles of radius 1 lie apart when the share of each that they have in common is this."""
    low, high = 0.0, 2.0
    for _ in range(40):
        d = (low + high) / 2
        lens = (2 * acos(d / 2) - d / 2 * sqrt(4 - d * d)) / pi
        low, high = (d, high) if lens > share else (low, d)
    return d


def draw_venn(part: Any, block: Block, settings: Mapping[str, Any]) -> None:
    """Two circles; the lens between them is as large, against a circle, as the common customers are."""
    from matplotlib.patches import Circle

    axes, total, texts = part.subplots(), block["total"], block["texts"]
    common = round(settings[block["knob"]] * total / 100)
    own, theirs = (total - common + 1) // 2, (total - common) // 2
    half = apart(common / (common + (total - common) / 2)) / 2
    for x, party, hatch in ((-half, "bank", "//"), (half, "tax office", "\\\\")):
        look = {"edgecolor": COLOURS[party], "hatch": hatch, "linewidth": 1.5, "fill": False}
        axes.add_patch(Circle((x, 0), 1, alpha=0.45, **look))
    for x, y, text, at in (
        (-2.2, 1.2, texts["bank"].format(count=f"{own + common:,}"), "left"),
        (2.2, 1.2, texts["tax"].format(count=f"{theirs + common:,}"), "right"),
        (-2.2, -1.3, texts["only"].format(count=f"{own:,}"), "left"),
        (2.2, -1.3, texts["only"].format(count=f"{theirs:,}"), "right"),
        (0, -1.3, texts["common"].format(count=f"{common:,}"), "center"),
    ):
        axes.text(x, y, text, ha=at, fontsize=9, color=INK)
    axes.set_xlim(-2.25, 2.25)
    axes.set_ylim(-1.45, 1.4)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_title(block["title"], fontsize=11, loc="left")


def draw_screen(part: Any, block: Block, _: Mapping[str, Any]) -> None:
    """Bars to both sides of a line: what is seen, and as an outline the truth."""
    axes, rows = part.subplots(), block["rows"]
    for k, row in enumerate(rows):
        colour = SOFT if block["static"] else COLOURS[row["party"]]
        axes.barh(-k, row["seen"], height=0.62, color=colour, hatch="//" if block["static"] else "", edgecolor="white")
        axes.barh(-k, row["truth"], height=0.78, facecolor="none", edgecolor=INK, linewidth=1)
        axes.text(-1.06, -k, f"{SIGNS[row['party']]} {row['label']}", ha="right", va="center", fontsize=8, color=INK)
        axes.text(1.06, -k, row["text"], ha="left", va="center", fontsize=8, color=INK)
    axes.axvline(0, color=SOFT, linewidth=0.8)
    for x, text, at in ((-1, "left", "left"), (1, "right", "right")):
        axes.text(x, 1, block["texts"][text], ha=at, va="center", fontsize=8, color=SOFT)
    axes.set_xlim(-1.75, 1.55)
    axes.text(-1, -len(rows) - 0.1, block["texts"]["truth"], va="center", fontsize=8, color=SOFT)
    axes.set_ylim(-len(rows) - 0.6, 1.6)
    axes.set_axis_off()
    axes.set_title(block["title"], fontsize=11, loc="left")

"""A lab's panel on paper: the same blocks, drawn by matplotlib, with a text for who cannot see them.

>>> from fedlearn_edu.widgets.blocks import Series, lines
>>> block = lines("loss", "Loss", [Series("pooled", [0.7, 0.5], role="pooled")], x_label="round", alt="It falls.")
>>> draw([block], "The loss falls.", {}).alt
'The loss falls.'
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .blocks import Block

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {"federated": "#0072b2", "pooled": "#1b1f24", "alone": "#b35900", "sealed": "#00608a", "open": "#b35900"}
MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "d", "": ""}
DRAWN = ("lines", "bars", "pictures")


@dataclass(frozen=True)
class DescribedFigure:
    """A matplotlib figure and its description; a notebook keeps both."""

    figure: Figure
    alt: str

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        picture = io.BytesIO()
        self.figure.savefig(picture, format="png", dpi=110)
        return {"image/png": picture.getvalue(), "text/plain": self.alt}, {"image/png": {"alt": self.alt}}


def draw(blocks: Sequence[Block], alt: str, settings: Mapping[str, Any]) -> DescribedFigure:
    """Draw a panel's charts and pictures; of a switch, the case that its knob has chosen."""
    from matplotlib.figure import Figure

    drawn = [block for block in _chosen(blocks, settings) if block["is"] in DRAWN]
    figure = Figure(figsize=(9.5, 3.6 if _beside(drawn) else 2.6 * max(1, len(drawn))), layout="constrained")
    if not drawn:
        figure.text(0.5, 0.5, alt, ha="center", va="center", wrap=True)
        return DescribedFigure(figure, alt)
    grid = figure.subfigures(1, len(drawn)) if _beside(drawn) else figure.subfigures(len(drawn), 1)
    for part, block in zip(np.atleast_1d(grid), drawn, strict=True):
        {"lines": _lines, "bars": _bars, "pictures": _pictures}[block["is"]](part, block)
    return DescribedFigure(figure, alt)


def _chosen(blocks: Sequence[Block], settings: Mapping[str, Any]) -> list[Block]:
    found: list[Block] = []
    for block in blocks:
        found += _chosen(block["cases"][settings[block["knob"]]], settings) if block["is"] == "switch" else [block]
    return found


def _beside(blocks: Sequence[Block]) -> bool:
    return bool(blocks) and all(block["is"] != "pictures" for block in blocks)


def _lines(part: Any, block: Block) -> None:
    axes, named = part.subplots(), set()
    for one in block["series"]:
        values = [np.nan if value is None else value for value in one["values"]]
        name = one["legend"] or one["label"]
        label = name if one["in_legend"] and name not in named else "_"
        named.add(label)
        dashes = (0, tuple(float(n) for n in one["dash"].split())) if one["dash"] else "-"
        axes.plot(
            block["x"][: len(values)], values, label=label, color=COLOURS.get(one["role"], "#555555"), linestyle=dashes,
            marker=MARKERS[one["marker"]], markersize=5 if one["wide"] else 3.5, linewidth=2.4 if one["wide"] else 1.2,
        )  # fmt: skip
    axes.set_ylim(bottom=block["floor"], top=block["top"])
    axes.set_title(block["title"], fontsize=11, loc="left")
    axes.set_xlabel(block["x_label"])
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.spines[["top", "right"]].set_visible(False)
    if block["percent"]:
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    if block["mark"]:
        axes.axvline(block["mark"]["x"], color="#555555", linestyle=":", linewidth=1)
        axes.annotate(
            block["mark"]["label"], (block["mark"]["x"], 0.02), xycoords=("data", "axes fraction"), fontsize=8
        )
    if len(named) > 1:
        axes.legend(fontsize=8)


def _bars(part: Any, block: Block) -> None:
    axes, rows = part.subplots(), block["rows"][::-1]
    colours = [COLOURS.get(row["role"], "#555555") for row in rows]
    drawn = axes.barh([row["label"] for row in rows], [row["value"] or 0 for row in rows], color=colours)
    axes.bar_label(drawn, [row["text"] for row in rows], padding=3, fontsize=8)
    axes.set_title(block["title"], fontsize=11, loc="left")
    axes.tick_params(labelsize=8)
    axes.margins(x=0.15)
    axes.xaxis.set_visible(False)
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def _pictures(part: Any, block: Block) -> None:
    part.suptitle(block["title"], fontsize=11)
    shown = block["pictures"]
    for axes, picture in zip(np.atleast_1d(part.subplots(1, len(shown))), shown, strict=True):
        cells = picture["cells"] or [128] * (block["rows"] * block["columns"])
        axes.imshow(np.reshape(cells, (block["rows"], block["columns"])), cmap="Greys", vmin=0, vmax=255)
        axes.set_title(picture["caption"], fontsize=9)
        axes.set_xticks([])
        axes.set_yticks([])

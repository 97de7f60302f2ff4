"""A lab's panel on paper: the same blocks, drawn by matplotlib, with a text for who cannot see them.

>>> from fedlearn_edu.widgets.blocks import Series, lines
>>> block = lines("loss", "Loss", [Series("pooled", [0.7, 0.5], role="pooled")], x_label="round", alt="It falls.")
>>> draw([block], "The loss falls.", {}).alt
'The loss falls.'
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..classroom import on_projector
from ..fonts import figure_texts
from ..i18n import say, sentences
from .blocks import Block

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, SOFT, LINE, PAPER, BAD = "#1b1f24", "#57606a", "#c9d1d9", "#f4f6f8", "#b3261e"  # as the stylesheet has them
BLUE, ORANGE = "#0072b2", "#d55e00"
COLOURS = {"federated": BLUE, "pooled": INK, "alone": "#b35900", "sealed": "#00608a", "open": "#b35900"}
MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "d", "": ""}
LARGE_TYPE = 16  # points at 110 dots an inch: 24 pixels, which a screen calls 18 points
STOPS = ".。"  # the full stop that a sentence has already
TONES = {"good": "#006b4f", "bad": BAD, "": SOFT}


Drawer = Callable[[Any, Block, Mapping[str, Any]], None]


@dataclass(frozen=True)
class DescribedFigure:
    """A matplotlib figure and its description; a notebook keeps both."""

    figure: Figure
    alt: str

    def __post_init__(self) -> None:
        if on_projector():
            enlarge(self.figure)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        picture = io.BytesIO()
        with figure_texts():  # the labels of ticks are made when they are drawn
            self.figure.savefig(picture, format="png", dpi=110)
        return {"image/png": picture.getvalue(), "text/plain": self.alt}, {"image/png": {"alt": self.alt}}


def draw(
    blocks: Sequence[Block], alt: str, settings: Mapping[str, Any], drawers: Mapping[str, Drawer] | None = None
) -> DescribedFigure:
    """Draw a panel's charts and pictures; of a switch, the case that its knob has chosen.

    `drawers` draw the kinds of blocks that only one lab has.
    """
    from matplotlib.figure import Figure

    drawers = {**_drawers(), **(drawers or {})}
    drawn = [block for block in _chosen(blocks, settings) if block["is"] in drawers]
    grids = sum(block["is"] == "grid" for block in drawn)
    told = [_in_words(block, settings) for block in drawn if block["alt"].rstrip(STOPS) not in alt]
    alt = sentences(*told, alt)
    figure = Figure(
        figsize=(9.5, 3.6 if _beside(drawn) else 2.6 * max(1, len(drawn)) + 0.8 * grids), layout="constrained"
    )
    if not drawn:
        figure.text(0.5, 0.5, alt, ha="center", va="center", wrap=True)
        return DescribedFigure(figure, alt)
    grid = figure.subfigures(1, len(drawn)) if _beside(drawn) else figure.subfigures(len(drawn), 1)
    for part, block in zip(np.ravel(np.array(grid)), drawn, strict=True):
        drawers[block["is"]](part, block, settings)
    return DescribedFigure(figure, alt)


def enlarge(figure: Figure) -> None:
    """Give a drawn figure type of 18 points and more on the screen, black on white, and lines to match."""
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

    width, height = figure.get_size_inches()
    figure.set_size_inches(width, 1.7 * height)
    for text in figure.findobj(Text):
        text.set_fontsize(max(LARGE_TYPE, text.get_fontsize()))
    for line in figure.findobj(Line2D):
        line.set_linewidth(1.8 * float(line.get_linewidth()))


def _drawers() -> dict[str, Drawer]:
    return {"lines": _lines, "bars": _bars, "pictures": _pictures, "strip": _strip, "grid": _grid}


def _in_words(block: Block, settings: Mapping[str, Any]) -> str:
    """What a chart's sentence does not say: cells, bars, a lab's own pictures, and what a table's two elements make."""
    if block["is"] not in ("grid", "lines", "pictures") and block["alt"]:
        return say("{title}: {told}.", title=block["title"], told=block["alt"].rstrip(STOPS))
    if block["is"] != "grid":
        return ""
    rows, elements = len(block["columns"][0]), [element for column in block["columns"] for element in column]
    first, second = (settings[block[name]] for name in ("first", "second"))
    product = elements[first] * elements[second] % block["modulus"]
    a, b, c = (place // rows for place in (first, second, elements.index(product)))
    values = {"x": elements[first], "y": elements[second], "product": product, "modulus": block["modulus"]}
    said = [
        block["texts"][part].format(**values, a=a, b=b, c=c, n=len(block["columns"])) for part in ("product", "sum")
    ]
    return sentences(block["alt"], *(said if not settings[block["hidden"]] else said[:1]))


def _chosen(blocks: Sequence[Block], settings: Mapping[str, Any]) -> list[Block]:
    found: list[Block] = []
    for block in blocks:
        found += _chosen(block["cases"][str(settings[block["knob"]])], settings) if block["is"] == "switch" else [block]
    return found


def _beside(blocks: Sequence[Block]) -> bool:
    return bool(blocks) and not on_projector() and all(block["is"] in ("lines", "bars") for block in blocks)


def _lines(part: Any, block: Block, _: Mapping[str, Any]) -> None:
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


def _bars(part: Any, block: Block, _: Mapping[str, Any]) -> None:
    axes, rows = part.subplots(), block["rows"][::-1]
    colours = [COLOURS.get(row["role"], "#555555") for row in rows]
    drawn = axes.barh([row["label"] for row in rows], [row["value"] or 0 for row in rows], color=colours)
    axes.bar_label(drawn, [row["text"] for row in rows], padding=3, fontsize=8)
    axes.set_title(block["title"], fontsize=11, loc="left")
    axes.tick_params(labelsize=8)
    axes.margins(x=0.15)
    axes.xaxis.set_visible(False)
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def _pictures(part: Any, block: Block, _: Mapping[str, Any]) -> None:
    part.suptitle(block["title"], fontsize=11)
    shown = block["pictures"]
    for axes, picture in zip(np.atleast_1d(part.subplots(1, len(shown))), shown, strict=True):
        cells = picture["cells"] or [128] * (block["rows"] * block["columns"])
        axes.imshow(np.reshape(cells, (block["rows"], block["columns"])), cmap="Greys", vmin=0, vmax=255)
        axes.set_title(picture["caption"], fontsize=9)
        axes.set_xticks([])
        axes.set_yticks([])


def _strip(part: Any, block: Block, _: Mapping[str, Any]) -> None:
    from matplotlib.patches import Rectangle

    axes, cells = part.subplots(), block["cells"]
    across = min(len(cells), 11)
    for place, cell in enumerate(cells):
        x, y = place % across, -(place // across)
        colour = TONES.get(cell["tone"], TONES[""])
        dashes = "--" if cell["tone"] == "bad" else "-"
        axes.add_patch(Rectangle((x + 0.04, y + 0.06), 0.92, 0.88, fill=False, edgecolor=colour, linestyle=dashes))
        axes.text(x + 0.5, y + 0.7, cell["label"], ha="center", va="center", fontsize=8, color=SOFT)
        axes.text(x + 0.5, y + 0.35, cell["text"], ha="center", va="center", fontsize=8, color=colour)
    axes.set_xlim(0, across)
    axes.set_ylim(-max(1, (len(cells) - 1) // across), 1)
    axes.set_axis_off()
    axes.set_title(block["title"], fontsize=11, loc="left")


def _grid(part: Any, block: Block, settings: Mapping[str, Any]) -> None:
    from matplotlib.patches import Rectangle

    axes, columns = part.subplots(), block["columns"]
    rows, elements = len(columns[0]), [element for column in columns for element in column]
    first, second = (settings[block[name]] for name in ("first", "second"))
    third = elements.index(elements[first] * elements[second] % block["modulus"])
    hidden = settings[block["hidden"]]
    order = sorted(range(len(elements)), key=elements.__getitem__) if hidden else range(len(elements))
    for place, index in enumerate(order):
        x, y = (place % len(columns), place // len(columns)) if hidden else (place // rows, place % rows)
        if index in (first, second, third):
            face = "#00608a" if index == third else "#ffffff"
            axes.add_patch(
                Rectangle((x - 0.46, y - 0.42), 0.92, 0.84, facecolor=face, edgecolor="#00608a", linewidth=2)
            )
        ink = "#ffffff" if index == third else INK
        axes.text(x, y, elements[index], ha="center", va="center", fontsize=9, color=ink)
    for column in range(len(columns)):
        axes.text(column, -1, "?" if hidden else column, ha="center", va="center", fontsize=9, color=SOFT)
    axes.set_xlim(-0.6, len(columns) - 0.4)
    axes.set_ylim(rows - 0.4, -1.5)
    axes.set_axis_off()
    axes.set_title(block["texts"].get("hidden_title", "") if hidden else block["title"], fontsize=11, loc="left")


def over_logarithm(axes: Any, block: Block, chart: Mapping[str, Any], title: str) -> None:
    """Shares over a logarithmic axis, which names the places that have values."""
    axes.set_xscale("log")
    axes.set_xticks(block["x"], [str(n) for n in block["x"]], minor=False, fontsize=8)
    axes.minorticks_off()
    axes.set_ylim(chart["low"], chart["high"])
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_title(title, fontsize=11, loc="left")
    axes.set_xlabel(block["x_label"])
    axes.spines[["top", "right"]].set_visible(False)

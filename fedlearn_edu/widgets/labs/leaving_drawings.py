"""Chapter 08's own kinds of blocks on paper: lives of hospitals, and curves over two logarithmic axes.

>>> from matplotlib.figure import Figure
>>> life = {"name": "hospital 1", "about": "29 rows", "dies": 1, "doings": [[0, "mean"]]}
>>> columns = [{"number": "0", "word": "keys", "short": "0"}, {"number": "", "word": "round 1", "short": "R1"}]
>>> block = {"title": "t", "columns": columns, "rows": [life], "stop": 1, "stop_name": "stops", "legend": []}
>>> draw_timeline(Figure(), block | {"inside": [1, 1], "inside_name": "round 2"}, {})
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...classroom import on_projector
from ..blocks import Block
from ..figures import BAD, BLUE, INK, LINE, PAPER, SOFT

SIGNS: Mapping[str, dict[str, Any]] = {  # as the stylesheet has them
    "upload": {"marker": "s", "color": BLUE},
    "shares": {"marker": "D", "color": "#a23b72"},
    "mean": {"marker": "o", "color": "#007f5c"},
    "death": {"marker": "x", "color": BAD, "markeredgewidth": 2.5},
}
ROLES = {"open": "#b35900", "s4": "#a23b72", "s1": BLUE, "s3": "#007f5c"}
MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D"}


def draw_timeline(part: Any, block: Block, _: Mapping[str, Any]) -> None:
    """A line for each hospital: it ends with a cross where the hospital dies."""
    axes, columns, rows, large = part.subplots(), block["columns"], block["rows"], on_projector()
    first, final = block["inside"]
    axes.axvspan(first, final + 1, color=PAPER)
    axes.text((first + final + 1) / 2, -1.75, block["inside_name"], ha="center", fontsize=8, color=SOFT)
    for place, column in enumerate(columns):
        axes.axvline(place, color=LINE, linewidth=0.8)
        head = column["short"] if large else f"{column['number']} {column['word']}"
        axes.text(place + 0.5, -0.95, head, ha="center", fontsize=8, color=INK)
    for place, row in enumerate(rows):
        axes.text(-2.1, place, row["name"] if large else f"{row['name']} · {row['about']}", fontsize=8, va="center")
        _life(axes, place, row, len(columns))
    if block["stop"] is not None:
        axes.axvspan(block["stop"], len(columns), facecolor="none", edgecolor=BAD, hatch="///", alpha=0.35)
        axes.text(block["stop"] + 0.06, len(rows) - 0.25, block["stop_name"], fontsize=8, color=BAD, weight="bold")
    for sign, meaning in block["legend"]:
        axes.plot([], [], linestyle="", markersize=6, label=meaning, **SIGNS[sign])
    axes.set(xlim=(-2.1, len(columns)), ylim=(len(rows) - 0.1, -2.1))
    axes.set_axis_off()
    axes.set_title(block["title"], fontsize=11, loc="left")
    if block["legend"]:
        axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(0.0, 0.0), ncols=4, frameon=False)


def _life(axes: Any, place: int, row: Mapping[str, Any], columns: int) -> None:
    end = columns if row["dies"] is None else row["dies"]
    axes.plot([0, end], [place, place], color=INK, linewidth=2.5, solid_capstyle="butt")
    if row["dies"] is not None:
        axes.plot([end, columns], [place, place], color=SOFT, linewidth=1, linestyle=":")
        axes.plot([end], [place], markersize=8, **SIGNS["death"])
    for column, sign in row["doings"]:
        axes.plot([column + 0.5], [place], markersize=7, **SIGNS[sign])


def draw_growth(part: Any, block: Block, settings: Mapping[str, Any]) -> None:
    """Curves over two logarithmic axes, for the numbers and the group that are set."""
    axes = part.subplots()
    for mark in block["marks"]:
        colour = INK if mark["strong"] else SOFT
        axes.axhline(mark["y"], color=colour, linestyle=":", linewidth=1.6 if mark["strong"] else 0.8)
        axes.text(block["x"][0], mark["y"] * 1.2, mark["label"], fontsize=7, color=colour)
    minute = next(mark["y"] for mark in block["marks"] if mark["strong"])
    for curve in block["curves"]:
        key = " ".join(str(settings[name]) for name in curve["by"])
        look = {"color": ROLES[curve["role"]], "marker": MARKERS[curve["marker"]], "markersize": 4, "linewidth": 1.4}
        dashes = (0, tuple(float(n) for n in curve["dash"].split())) if curve["dash"] else "-"
        axes.plot(block["x"], curve["at"][key], label=curve["label"], linestyle=dashes, **look)
        if curve["full"][key][0] in range(block["x"][0], block["x"][-1]):
            axes.plot(curve["full"][key][:1], [minute], "o", color=look["color"], fillstyle="none", markersize=10)
    axes.set(xscale="log", yscale="log", ylim=(block["floor"], block["top"]), xlabel=block["x_label"])
    axes.set_xticks(*zip(*block["x_ticks"], strict=True), fontsize=8)
    axes.set_yticks(*zip(*block["ticks"], strict=True), fontsize=8)
    axes.minorticks_off()
    axes.set_title(block["title"], fontsize=11, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)

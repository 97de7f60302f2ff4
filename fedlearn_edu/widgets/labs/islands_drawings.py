"""Chapter 01's own kinds of blocks on paper, drawn by matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..blocks import Block
from ..figures import BAD, BLUE, COLOURS, MARKERS, ORANGE, over_logarithm

LOOKS: Mapping[str, dict[str, Any]] = {  # a mark of a block of groups, as matplotlib draws it
    "b": {"marker": "o", "color": BLUE},
    "m": {"marker": "D", "color": ORANGE},
    "x": {"marker": "X", "color": BAD, "markerfacecolor": "none"},
}
ACROSS, GAP = 44, 4  # marks in a line; places between two boxes, for a caption


def draw_twin(part: Any, block: Block, settings: Mapping[str, Any]) -> None:
    """Two charts side by side over the same logarithmic axis."""
    for number, (axes, chart) in enumerate(zip(part.subplots(1, 2), block["parts"], strict=True)):
        for one in chart["series"]:
            colour = COLOURS.get(one["role"], "#555555")
            x = block["x"][: len(one["mean"])]
            dashes = (0, tuple(float(n) for n in one["dash"].split())) if one["dash"] else "-"
            axes.fill_between(x, one["low"], one["high"], color=colour, alpha=0.14, linewidth=0)
            axes.plot(x, one["mean"], color=colour, marker=MARKERS[one["marker"]], linestyle=dashes, label=one["label"])
        for mark in block["marks"]:
            axes.axvline(mark["x"], color="#555555", linestyle=":", linewidth=1)
            if number == 0:
                axes.annotate(mark["label"], (mark["x"], 0.55), xycoords=("data", "axes fraction"), fontsize=8,
                              ha="right", va="top", rotation=90)  # fmt: skip
        over_logarithm(axes, block, chart, chart["title"])
        axes.legend(fontsize=8, loc="upper right" if number else "lower center")


def draw_cloud(part: Any, block: Block, settings: Mapping[str, Any]) -> None:
    """Every hospital's dot; pooled, all in one place."""
    from matplotlib.patches import Rectangle

    axes = part.subplots()
    for box in block["boxes"]:
        (left, right), (low, high) = box["x"], box["y"]
        axes.add_patch(Rectangle((left, low), right - left, high - low, fill=False, linestyle="--",
                                 edgecolor=COLOURS[box["role"]], label=box["label"]))  # fmt: skip
    dots = [block["pooled"]] * len(block["dots"]) if settings.get(block["knob"]) else block["dots"]
    axes.plot(*zip(*dots, strict=True), "o", color=COLOURS["alone"], alpha=0.6, label=block["title"].split(":")[0])
    axes.plot(*block["pooled"], "D", color=COLOURS["pooled"], markersize=8, label=block["pooled_label"])
    axes.plot(*dots[block["you"]], "o", color="none", markeredgecolor="black", markersize=13)
    axes.annotate(block["you_label"], dots[block["you"]], xytext=(9, 6), textcoords="offset points", fontsize=9)
    axes.set(xlim=(block["low"], 1.0), ylim=(0, block["top"]), xlabel=block["x_label"], ylabel=block["y_label"])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_title(block["title"], fontsize=11, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=8)


def draw_groups(part: Any, block: Block, settings: Mapping[str, Any]) -> None:
    """Boxes of marks: small ones in columns, long ones over the whole width, in several lines where they must."""
    axes, longest = part.subplots(), max(len(box["marks"]) for box in block["boxes"])
    beside = max(1, ACROSS // (longest + GAP))
    tall, line = -(-longest // ACROSS), 0
    for number, box in enumerate(block["boxes"]):
        left, line = number % beside * (longest + GAP), number // beside * (tall + (beside == 1))
        axes.text(left - 0.8, -line, box["caption"], ha="right", va="center", fontsize=8)
        for place, mark in enumerate(box["marks"]):
            at = left + place % ACROSS, -line - place // ACROSS
            axes.plot(*at, markersize=4.5, linestyle="", **LOOKS[mark])
    for mark, meaning in block["legend"]:
        axes.plot([], [], linestyle="", markersize=5, label=meaning, **LOOKS[mark])
    axes.set(xlim=(-4, ACROSS + 8), ylim=(-line - tall + 0.4, 0.8))
    axes.set_axis_off()
    axes.set_title(block["title"], fontsize=11, loc="left")
    axes.legend(fontsize=8, loc="upper right", frameon=False)

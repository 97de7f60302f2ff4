"""Chapter 07's clouds on paper, drawn by matplotlib.

>>> from matplotlib.figure import Figure
>>> step = {"source": [[0.5, 0.1]], "target": [[0.4, 0.0]], "arrow": [0.6, 0.0], "said": [1]}
>>> texts = {name: name for name in ("source_odd", "source_even", "target_odd", "target_even", "odd", "even")}
>>> about = {"title": "t", "knob": "", "reach": [1.2, 1.0], "truth": [1], "bridge": True}
>>> draw_clouds(Figure(), {**about, "steps": [step], "texts": texts}, {})
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..blocks import Block
from ..figures import BAD, BLUE, COLOURS, INK, MARKERS, ORANGE, SOFT, over_logarithm

EVEN, ODD = BLUE, ORANGE


def draw_clouds(part: Any, block: Block, settings: Mapping[str, Any]) -> None:
    """The start beside the chosen round, so that paper shows what moved; or one picture, when there are no rounds."""
    chosen = settings[block["knob"]] if block["knob"] else 0
    rounds = [0, chosen] if chosen else [chosen]
    panes = part.subplots(1, len(rounds), squeeze=False)[0]
    for axes, number in zip(panes, rounds, strict=True):
        _pane(axes, block, number)
        if len(rounds) > 1:
            texts = block["texts"]
            axes.set_title(texts["round"].format(round=number) if number else texts["start"], fontsize=10)
    part.suptitle(block["title"], fontsize=11)
    panes[-1].legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)


def draw_curve(part: Any, block: Block, settings: Mapping[str, Any]) -> None:
    """The honest curve: means with their spread, over a logarithmic axis."""
    axes, (chart,) = part.subplots(), block["parts"]
    for one in chart["series"]:
        colour = COLOURS[one["role"]]
        dashes = (0, tuple(float(n) for n in one["dash"].split())) if one["dash"] else "-"
        axes.fill_between(block["x"], one["low"], one["high"], color=colour, alpha=0.14, linewidth=0)
        look = {"color": colour, "marker": MARKERS[one["marker"]], "linestyle": dashes}
        axes.plot(block["x"], one["mean"], label=one["label"], **look)
    for mark in block["marks"]:
        axes.axvline(mark["x"], color=SOFT, linestyle=":", linewidth=1)
        axes.text(mark["x"], chart["low"] + 0.01, mark["label"] + " ", fontsize=8, ha="right", va="bottom")
    over_logarithm(axes, block, chart, block["title"])
    axes.legend(fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 0.12))


def _pane(axes: Any, block: Block, number: int) -> None:
    step, texts, reach = block["steps"][number], block["texts"], block["reach"]
    for (x, y), (u, v) in zip(step["source"], step["target"], strict=False):
        axes.plot([x, u], [y, v], color=SOFT, linewidth=0.5, alpha=0.5, zorder=1)
    for odd in (1, 0):
        name = "odd" if odd else "even"
        own = [point for point, truth in zip(step["source"], block["truth"], strict=False) if truth == odd]
        _marks(axes, own, "o", ODD if odd else EVEN, bool(odd), texts.get(f"source_{name}", ""))
        said = [
            point for point, one in zip(step["target"], step["said"], strict=False) if one == odd and block["bridge"]
        ]
        _marks(axes, said, "^", ODD if odd else EVEN, bool(odd), texts.get(f"target_{name}", ""))
    if not step["said"] or not block["bridge"]:
        label = texts["target_none"] if step["said"] else texts["hidden"]
        _marks(axes, step["target"], "^", SOFT, False, label)
    if "found" in block:
        _marks(axes, block["found"], "x", BAD, True, texts["found"])
    if step["arrow"]:
        x, y = step["arrow"]
        axes.annotate("", (x, y), (0, 0), arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 2})
        axes.text(x, y + 0.08, "Φ", fontsize=11, weight="bold", color=INK)
        length = (x * x + y * y) ** 0.5 or 1.0
        ends = [(-y / length * 3, x / length * 3), (y / length * 3, -x / length * 3)]
        axes.plot(*zip(*ends, strict=True), color=SOFT, linestyle="--", linewidth=1)
    axes.set(xlim=(-reach[0], reach[0]), ylim=(-reach[1], reach[1]), xticks=[], yticks=[], aspect="equal")


def _marks(axes: Any, points: list[list[float]], marker: str, colour: str, filled: bool, label: str) -> None:
    if not points:
        return
    x, y = zip(*points, strict=True)
    look = {"color": colour} if marker == "x" else {"edgecolors": colour, "facecolors": colour if filled else "none"}
    axes.scatter(x, y, s=26, marker=marker, linewidths=1.2, label=label, zorder=3 if marker == "x" else 2, **look)

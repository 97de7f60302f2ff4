"""Chapter 05's own kinds of blocks on paper: customers as dots, pots of paint, a phone number and its hash.

>>> from matplotlib.figure import Figure
>>> region = {"sign": "✕", "count": 3, "found": 2, "label": "tax office only", "state": "found"}
>>> block = {"title": "t", "brackets": [], "regions": [region]}
>>> draw_customers(Figure(), block, {})
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from math import ceil
from typing import Any

from ...i18n import fill
from ..blocks import Block
from ..figures import BAD, BLUE, INK, SOFT

LOOKS = {  # as the stylesheet has them: marker, filled, colour
    "known": ("o", True, BLUE), "common": ("D", True, "#007f5c"), "sealed": ("o", False, SOFT),
    "found": ("x", True, BAD),
}  # fmt: skip
HATCHES = ("", "//", "\\\\", "--", "..")


def draw_customers(part: Any, block: Block, _: Mapping[str, Any]) -> None:
    """Three boxes of dots, and over them how long each list is."""
    axes, regions = part.subplots(), block["regions"]
    across = max(10, ceil((max(one["count"] for one in regions) * 2.2) ** 0.5))  # boxes are wider than high
    for k, region in enumerate(regions):
        found = region["found"] if region["state"] == "found" else region["count"]
        _dots(axes, k, range(found), across, region["state"])
        _dots(axes, k, range(found, region["count"]), across, "sealed")
        label = f"{region['sign']} {region['count']} {region['label']}"
        axes.text(k * 1.06 + 0.02, 0.06, label, fontsize=9, color=LOOKS[region["state"]][2], weight="bold")
    for k, bracket in enumerate(block["brackets"]):
        left, right = bracket["from"] * 1.06, bracket["to"] * 1.06 + 1
        height = 0.45 - 0.17 * k
        axes.plot([left, left, right, right], [height - 0.04, height, height, height - 0.04], color=SOFT, linewidth=1)
        at = {"ha": "right" if k else "left"}
        axes.text(right if k else left, height + 0.03, bracket["label"], fontsize=8, color=SOFT, **at)
    axes.set_xlim(-0.02, 3.14)
    axes.set_ylim(-1.3, 0.62)
    axes.set_axis_off()
    axes.set_title(block["title"], fontsize=11, loc="left")


def _dots(axes: Any, box: int, places: range, across: int, state: str) -> None:
    marker, filled, colour = LOOKS[state]
    x = [box * 1.06 + (i % across + 0.8) / (across + 0.6) for i in places]
    y = [-(i // across + 0.8) * 2.5 / (across + 0.6) for i in places]
    look = {"color": colour} if marker == "x" else {"facecolors": colour if filled else "none", "edgecolors": colour}
    axes.scatter(x, y, s=800 / across, marker=marker, linewidths=1, **look)


def draw_mixers(part: Any, block: Block, settings: Mapping[str, Any]) -> None:
    """Two rows of three pots; numbers and hatching say what the colour says."""
    axes, p = part.subplots(), block["p"]
    lanes = [("first", ("a", "b")), ("second", ("b", "a"))]
    ends = []
    for k, (customer, letters) in enumerate(lanes):
        name, y = settings[block[customer]], -k * 1.5
        number = block["customers"][name]
        for place in range(3):
            _pot(axes, 3 * place, y, number, block["elements"])
            under = (f"H({name})", block["texts"]["travels"].format(n=number), block["texts"]["end"].format(n=number))
            axes.text(3 * place + 0.9, y - 0.62, under[place], ha="center", fontsize=8, color=SOFT)
            if place == 2:
                continue
            secret = settings[block[letters[place]]]
            axes.annotate("", (3 * place + 2.9, y), (3 * place + 1.9, y), arrowprops={"arrowstyle": "->", "color": INK})
            axes.text(3 * place + 2.4, y + 0.12, f"^ {letters[place]} = {secret}", ha="center", fontsize=8, color=INK)
            number = pow(number, secret, p)
        owner = fill(block["texts"]["owner"], who=block["names"][k], name=name)
        axes.text(0, y + 0.5, owner, fontsize=8, color=SOFT)
        ends.append(number)
    axes.text(6.9, -0.83, "=" if ends[0] == ends[1] else "≠", ha="center", va="center", fontsize=15, color=INK)
    axes.set_xlim(-0.1, 8)
    axes.set_ylim(-2.3, 0.75)
    axes.set_axis_off()
    axes.set_title(block["title"], fontsize=11, loc="left")


def _pot(axes: Any, x: float, y: float, number: int, elements: list[int]) -> None:
    from colorsys import hls_to_rgb

    from matplotlib.patches import FancyBboxPatch

    index = elements.index(number)
    paint = hls_to_rgb(index / len(elements), 0.62, 0.62)
    look: dict[str, Any] = {"facecolor": paint, "edgecolor": INK, "hatch": HATCHES[index % 5]}
    axes.add_patch(FancyBboxPatch((x + 0.06, y - 0.34), 1.68, 0.68, boxstyle="round,pad=0.03", linewidth=0.8, **look))
    label = {"facecolor": "white", "edgecolor": "none", "boxstyle": "round,pad=0.2"}
    axes.text(x + 0.9, y, str(number), ha="center", va="center", fontsize=11, weight="bold", color=INK, bbox=label)


def draw_crack(part: Any, block: Block, settings: Mapping[str, Any]) -> None:
    """The hash of the number in the field, and how long it hides it."""
    axes, number = part.subplots(), block["number"]
    salt = block["salt"] if settings[block["salted"]] else ""
    digest = sha256((salt + number).encode()).hexdigest()
    lines = [f'SHA-256("{salt}{number}") =', digest[:32], digest[32:], ""]
    for k, line in enumerate(lines):
        axes.text(0, 1 - 0.13 * k, line, fontsize=10, family="monospace", color=INK)
    chosen = settings[block["known"]]
    for k, (known, (label, count, seconds)) in enumerate(zip(range(3, 9), block["rows"], strict=True)):
        style = {"weight": "bold" if known == chosen else "normal", "color": INK if known == chosen else SOFT}
        for x, text in ((0.0, ("▸ " if known == chosen else "   ") + label), (0.3, count), (0.52, seconds)):
            axes.text(x, 0.48 - 0.115 * k, text, fontsize=9, **style)
    axes.set_ylim(-0.15, 1.1)
    axes.set_axis_off()
    axes.set_title(block["title"], fontsize=11, loc="left")

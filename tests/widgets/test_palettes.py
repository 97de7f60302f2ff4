"""Every palette as people with another colour vision see it: what must be told apart stays apart.

Dichromacy is simulated as Machado, Oliveira and Fernandes do (A Physiologically-based Model for Simulation of Color
Vision Deficiency, IEEE TVCG 15(6), 2009; their matrices for severity 1, on linear RGB). Distances are CIE 1976, in
L*a*b* under D65: 2.3 can just be noticed.
"""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import fedlearn_edu
from fedlearn_edu.widgets import figures

CSS = (Path(fedlearn_edu.__file__).parent / "widgets" / "style.css").read_text(encoding="utf-8")
VISIONS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "all three cones": np.eye(3),
    "no colour": [[0.2126, 0.7152, 0.0722]] * 3,
}
ROLES, ENVELOPES, STATES = ("federated", "pooled", "alone"), ("sealed", "open"), ("good", "bad", "warn")
FAR, TOLD_APART = 20, 8
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = XYZ @ np.ones(3)


def tokens(dark):
    """Colours by name, of the first block that says them (light), or of the second (dark)."""
    blocks = re.findall(r"--ink: #\w{6};.*?\n\}", CSS, flags=re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#\w{6})", blocks[1 if dark else 0]))


def seen(colour, vision):
    """L*a*b* of a colour as this vision sees it."""
    rgb = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    relative = XYZ @ np.clip(np.array(VISIONS[vision]) @ linear, 0, 1) / WHITE
    x, y, z = np.where(relative > 216 / 24389, np.cbrt(relative), (24389 / 27 * relative + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distances(colours, vision):
    return {
        (one, other): float(np.linalg.norm(seen(colours[one], vision) - seen(colours[other], vision)))
        for one, other in combinations(colours, 2)
    }


def test_the_simulation_takes_red_and_green_for_near_and_blue_and_yellow_for_far():
    signals = {"red": "#c00000", "green": "#4f7d00", "blue": "#0000c0", "yellow": "#c0c000"}
    normal, red_blind = distances(signals, "all three cones"), distances(signals, "deuteranopia")
    assert red_blind["red", "green"] < 0.35 * normal["red", "green"]
    assert red_blind["blue", "yellow"] > 0.8 * normal["blue", "yellow"]
    assert distances(signals, "no colour")["red", "green"] < normal["red", "green"] / 2


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("vision", [name for name in VISIONS if name != "no colour"])
@pytest.mark.parametrize("names", [ROLES, ENVELOPES], ids=["roles", "envelopes"])
def test_what_a_chart_compares_and_open_and_closed_are_far_apart(names, vision, dark):
    found = distances({name: tokens(dark)[name] for name in names}, vision)
    assert min(found.values()) >= FAR, found


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("vision", [name for name in VISIONS if name != "no colour"])
def test_the_first_four_series_can_be_told_apart(vision, dark):
    found = distances({name: tokens(dark)[name] for name in ("s1", "s2", "s3", "s4")}, vision)
    assert min(found.values()) >= TOLD_APART, found


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("vision", VISIONS)
def test_every_colour_stands_out_from_the_paper(vision, dark):
    colours = tokens(dark)
    used = [*ROLES, *ENVELOPES, *STATES, *(f"s{k}" for k in range(1, 9))]
    found = {name: distances({name: colours[name], "paper": colours["paper"]}, vision)[name, "paper"] for name in used}
    assert min(found.values()) >= FAR, found


def test_colours_that_come_near_each_other_to_somebody_carry_a_dash_and_a_marker_too():
    """Eight series cannot be kept apart by colour for everybody: so no chart tells them by colour alone."""
    near = [pair for vision in VISIONS for pair, d in distances({f"s{k}": tokens(False)[f"s{k}"] for k in range(1, 9)},
                                                                vision).items() if d < TOLD_APART]  # fmt: skip
    charts = (Path(fedlearn_edu.__file__).parent / "widgets" / "charts.js").read_text(encoding="utf-8")
    assert near and "stroke-dasharray" in charts and "marker" in charts


def test_figures_on_paper_use_the_palette_of_the_screen():
    light = tokens(dark=False)
    assert {name: light[name] for name in (*ROLES, *ENVELOPES)} == figures.COLOURS
    assert [light[name] for name in ("ink", "ink-soft", "line", "paper-2", "bad", "s1", "s2")] == [
        figures.INK, figures.SOFT, figures.LINE, figures.PAPER, figures.BAD, figures.BLUE, figures.ORANGE
    ]  # fmt: skip

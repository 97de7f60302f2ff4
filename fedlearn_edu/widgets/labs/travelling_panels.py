"""Chapter 02's lab: what its panels show.

- memory: a meadow; for every visit, how much of each pasture's grass the sheep still knows
- curves: the sheep, the lambs and pooled training on rows that nobody grazed
- carries: W as ten pictures after each pasture of the first tour
- image: one image as a pasture's only grass; ΔW/Δb is the image
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...i18n import in_turn, listed, retell, say
from ..blocks import Block, Picture, Series, bars, in_powers, lines, note, pictures, shades, switch
from ..figures import INK
from .hospitals import Room
from .pastures import Fields, Recovered, accuracy, on_each_grass
from .spec import Moment, Panel

SIDE, CLASSES = 8, 10
HELD_SHARE = 0.1  # a pasture is named after the classes that make up so much of it
MARKERS = ("square", "triangle", "diamond", "circle")


@dataclass(frozen=True)
class Panels:
    """The four panels."""

    fields: Fields

    def all(self) -> tuple[Panel, ...]:
        """In the order of the tabs."""
        return (
            Panel("memory", say("What it remembers"), self.memory),
            Panel("curves", say("Sheep against lambs"), self.curves),
            Panel("carries", say("What the sheep carries"), self.carries),
            Panel("image", say("One image as grass"), self.image),
        )

    def room(self, moment: Moment) -> Block:
        """What grows on each pasture."""
        field = moment.expected.field
        parties = [{"counts": c.tolist(), "rows": int(c.sum()), "state": "here"} for c in field.counts]
        alt = in_turn((say("pasture {k}", k=k), has) for k, has in enumerate(grown(field), start=1))
        return {
            "is": "room", "key": "room", "count_knob": "pastures", "name": say("pasture"),
            "classes": [retell(name) for name in field.everyone.classes], "parties": parties,
            "title": say("What grows where"), "alt": alt,
        }  # fmt: skip

    # --- what it remembers

    def memory(self, moment: Moment) -> list[Block]:
        """The meadow, and what to read in it."""
        field, s, weights = moment.expected.field, moment.settings, weights_of(moment)
        known = on_each_grass(field, weights) if len(weights) else np.zeros((len(field.parties), 0))
        columns = s.tours * (1 if s.how == "lambs" else len(field.parties))
        rows = [
            {"name": retell(party.name), "has": has, "cells": in_percent(cells, columns)}
            for party, has, cells in zip(field.parties, grown(field), known, strict=True)
        ]
        everywhere = in_percent(accuracy(field.exam, weights) if len(weights) else (), columns)
        return [meadow(s.how, s.tours, rows, everywhere, self.sentence(moment)), note("memory", *told(moment))]

    # --- sheep against lambs

    def curves(self, moment: Moment) -> list[Block]:
        """Accuracy on the exam by tour, and the worst pasture at the end."""
        grazed, s, field = moment.expected, moment.settings, moment.expected.field
        named = [
            (say("one sheep"), grazed.sheep[len(field.parties) - 1 :: len(field.parties)], "alone", "square"),
            (say("lambs, averaged"), grazed.lambs, "federated", "circle"),
            (say("pooled"), grazed.pooled, "pooled", ""),
        ]
        start = field.model.start(np.random.default_rng(0))[None]
        series = []
        for name, weights, role, marker in named:
            values, dash = accuracy(field.exam, np.concatenate([start, weights])), "8 4" if role == "pooled" else ""
            series.append(Series(name, values.tolist(), role, marker, dash, wide=role == "federated"))
        worst = []
        for name, weights, role, _ in named:
            value = float(on_each_grass(field, weights[-1:]).min())
            worst.append((name, value, f"{value:.0%}", role))
        title = say("Accuracy on rows that nobody grazed")
        label = say("tour, or round of averaging")
        said = say("All three have done the same passes over the same rows; the sheep has done them in another order.")
        return [
            lines("exam", title, series, x=range(s.tours + 1), x_label=label, percent=True, floors=(0.0, 0.5, 0.8),
                  top=1.0, alt=self.sentence(moment)),
            bars("worst", say("The pasture it knows least, at the end"), worst, top=1.0,
                 alt=in_turn((name, text) for name, _, text, _ in worst)),
            note("same", said),
        ]  # fmt: skip

    # --- what the sheep carries

    def carries(self, moment: Moment) -> list[Block]:
        """W as ten pictures, after each pasture of the first tour."""
        if moment.settings.data != "digits":
            return [note("digits", say("Weights of digits can be looked at: choose digits as grass."))]
        grazed, has = moment.expected, grown(moment.expected.field)
        start, cases = np.zeros(grazed.sheep.shape[1]), {}
        for k, weights in enumerate(grazed.sheep[: len(has)]):
            before = grazed.sheep[k - 1] if k else start
            cases[str(k + 1)] = carried(k + 1, len(has), has[k], weights, weights - before)
        return [switch("after", "after", cases)]

    # --- one image as grass

    def image(self, moment: Moment) -> list[Block]:
        """What one step at a pasture of 1 to 20 images gives away."""
        return [crowd(self.fields.only_grass())]

    # --- in words and numbers

    def sentence(self, moment: Moment) -> str:
        """What is left of the first pasture, and how the lambs do."""
        s, field, weights = moment.settings, moment.expected.field, weights_of(moment)
        if not len(weights):
            return say("Nobody has grazed yet.")
        known = on_each_grass(field, weights)
        if s.how == "lambs":
            values = {
                "least": known[:, -1].min(), "most": known[:, -1].max(), "exam": accuracy(field.exam, weights[-1:])[0],
                "pooled": accuracy(field.exam, moment.expected.pooled[len(weights) - 1 :])[0],
            }  # fmt: skip
            if len(weights) == 1:
                return say(
                    "After one round the averaged lambs get {least:.0%} to {most:.0%} of each pasture's grass right, "
                    "and {exam:.0%} of rows that nobody grazed; pooled training {pooled:.0%}.", **values,
                )  # fmt: skip
            return say(
                "After {rounds} rounds the averaged lambs get {least:.0%} to {most:.0%} of each pasture's grass right, "
                "and {exam:.0%} of rows that nobody grazed; pooled training {pooled:.0%}.",
                rounds=len(weights), **values,
            )  # fmt: skip
        return say(
            "The sheep knew {first:.0%} of pasture 1 when it left there, and {now:.0%} after visit {visits}. "
            "Of rows that nobody grazed it gets {exam:.0%} right; pooled training {pooled:.0%}.",
            first=known[0, 0], now=known[0, -1], visits=len(weights), exam=accuracy(field.exam, weights[-1:])[0],
            pooled=accuracy(field.exam, moment.expected.pooled[-1:])[0],
        )  # fmt: skip

    def table(self, moment: Moment) -> Mapping[str, Any]:
        """Accuracy on each pasture's grass at the end: sheep, lambs, pooled."""
        grazed, field = moment.expected, moment.expected.field
        last = np.array([grazed.sheep[-1], grazed.lambs[-1], grazed.pooled[-1]])
        names = [f"{retell(party.name)} ({has})" for party, has in zip(field.parties, grown(field), strict=True)]
        rows = [*on_each_grass(field, last).tolist(), accuracy(field.exam, last).tolist()]
        return {
            "index": [*names, say("rows that nobody grazed")],
            "columns": [say("one sheep"), say("lambs, averaged"), say("pooled")],
            "rows": rows,
        }

    def summary(self, moment: Moment) -> Mapping[str, Any]:
        """Of an ended run, for comparison."""
        known = on_each_grass(moment.expected.field, weights_of(moment)[-1:])
        return {"how": moment.settings.how, "worst": float(known.min())}


def weights_of(moment: Moment) -> np.ndarray:
    """The weights after every visit or round: of the run where there is one that found any, else of the preview."""
    preview = moment.expected.lambs if moment.settings.how == "lambs" else moment.expected.sheep
    found = [] if moment.kind == "preview" else moment.run.reported("weights")
    return np.array(found) if found or moment.kind == "running" else preview


def grown(field: Room) -> list[str]:
    """What grows on each pasture: the classes that make up a tenth of it, "all" when none is missing."""
    names = []
    for counts in field.counts:
        held = [retell(name) for name, count in zip(field.everyone.classes, counts, strict=True)
                if count >= HELD_SHARE * counts.sum()]  # fmt: skip
        all_of_them = counts.min() > 0 and len(held) > 2
        names.append(say("mixed") if all_of_them else listed(held))
    return names


def in_percent(shares: Any, columns: int) -> list[int | None]:
    """Whole percents, and None for what has not happened yet."""
    known = [round(100 * float(share)) for share in shares]
    return [*known, *[None] * (columns - len(known))]


def meadow(how: str, tours: int, rows: Sequence[Mapping[str, Any]], everywhere: Sequence[int | None],
           alt: str) -> Block:  # fmt: skip
    """A table of grass: rows are pastures, columns visits; how high it stands is how much of it is known."""
    sheep = how == "sheep"
    title = (
        say("After every visit: accuracy on each pasture's own rows, in percent, as grass")
        if sheep
        else say("After every round of averaging: accuracy on each pasture's own rows, in percent, as grass")
    )
    return {
        "is": "meadow", "key": "meadow", "title": title, "rows": [dict(row) for row in rows],
        "everywhere": {"name": say("all"), "has": say("unseen rows"), "cells": list(everywhere)},
        "visited": [k % len(rows) if sheep else -1 for k in range(len(everywhere))],
        "tours": [say("tour {t}", t=t) for t in range(1, tours + 1)] if sheep else [],
        "each": len(rows) if sheep else 1,
        "texts": {
            "column": say("visit {n}", n="{n}") if sheep else say("round {n}", n="{n}"),
            "pasture": say("pasture"), "grazed": say("grazed here"), "unknown": say("not yet"),
        },
        "alt": alt,
    }  # fmt: skip


def told(moment: Moment) -> tuple[str, str]:
    """What to read in the meadow, and whether it is good news."""
    weights, s = weights_of(moment), moment.settings
    if len(weights) < 2 and s.how == "sheep":
        return say("It has seen one pasture."), ""
    if not len(weights):
        return say("It has seen nothing."), ""
    known = on_each_grass(moment.expected.field, weights)
    least = float(known[:, -1].min())
    if s.how == "lambs":
        text = say("The average of lambs that started alike knows {least:.0%} of every pasture at least.", least=least)
        return text, "good" if least > 0.5 else ""
    if least > 0.7:
        text = say("Nothing much is forgotten here: after the last visit {least:.0%} at the least.", least=least)
        return text, "good"
    lost = int((known[:, -1] < 0.5).sum())
    text = say(
        "After the last visit {lost} of {all} pastures are forgotten: not half of their rows are right.", lost=lost,
        all=len(known),
    )  # fmt: skip
    return text, "bad" if lost else ""


def carried(k: int, of: int, has: str, weights: np.ndarray, change: np.ndarray) -> list[Block]:
    """Ten pictures of W after pasture k of so many, and ten of what this visit changed."""
    reader = say("pasture {k}", k=k + 1) if k < of else say("everybody")
    title = say("W after pasture {k} ({has}), as {reader} reads it: dark speaks for a digit, light against it", k=k,
                has=has, reader=reader)  # fmt: skip
    alt = say("Ten pictures of 8 by 8 weights, one for each digit, after the visit to pasture {k} with {has}.", k=k,
              has=has)  # fmt: skip
    more = say("What this one visit changed")
    text = say("No pixel has left the pasture. But what grows there can be seen in the weights: they are made of it.")
    return [
        pictures("W", title, tiles(weights), rows=SIDE, columns=SIDE, alt=alt),
        pictures("change", more, tiles(change), rows=SIDE, columns=SIDE,
                 alt=say("{title}: {told}", title=more, told=alt)),
        note("reading", text),
    ]  # fmt: skip


def tiles(weights: np.ndarray) -> list[Picture]:
    """The rows of W as pictures, in one scale."""
    W = weights[: CLASSES * SIDE**2].reshape(CLASSES, -1)
    largest = float(np.abs(W).max())
    return [Picture(str(k), shades(row, largest)) for k, row in enumerate(W)]


def crowd(found: Sequence[Recovered]) -> Block:
    """The pasture's images, the picture that the weights give away for 1, 2, … of them, and how far it is off."""
    errors = [one.error for one in found]
    curve = Series(say("error"), errors, "alone", "circle", named=False)
    ends = {"least": in_powers(errors[0]), "most": in_powers(errors[-1]), "n": len(found)}
    alt = say("From {least} with one image to {most} with {n}.", **ends)
    title = say("Error by number of images")
    return {
        "is": "crowd", "key": "crowd", "knob": "images", "side": SIDE,
        "images": [ink(image) for image in found[-1].images], "pictures": [ink(one.picture) for one in found],
        "labels": [one.label for one in found], "off": [in_powers(error) for error in errors],
        "errors": lines("errors", title, [curve], x_label=say("images on the pasture"), x=range(1, len(found) + 1),
                        alt=alt),
        "one": {
            "own": say("The pasture's only image"),
            "off": say("a pixel off. The change of the weights is the image, to the last digit of a float."),
        },
        "many": {
            "own": say("The pasture's {n} images", n="{n}"),
            "off": say("a pixel off the nearest image, where a pixel goes from 0 to 1: {n} melt into one.", n="{n}"),
        },
        "texts": {
            "read": say("Read from ΔW/Δb of class {label}", label="{label}"),
            "alt": say("A picture of 8 by 8 pixels; {off} a pixel off the nearest of {n}.", off="{off}", n="{n}"),
        },
        "title": title, "alt": alt,
    }  # fmt: skip


def ink(pixels: np.ndarray) -> list[int]:
    """Pixels from 0 to 1 as shades."""
    return [int(cell) for cell in np.clip(np.rint(255 * pixels), 0, 255)]


def draw_meadow(part: Any, block: Block, _: Mapping[str, Any]) -> None:
    """The meadow on paper: a table of percents, a frame where the sheep was."""
    from matplotlib.patches import Rectangle

    axes, rows = part.subplots(), [*block["rows"], block["everywhere"]]
    columns = len(block["visited"])
    for y, row in enumerate(rows):
        for x, cell in enumerate(row["cells"]):
            if cell is None:
                continue
            axes.add_patch(Rectangle((x, y + 0.98 - 0.96 * cell / 100), 1, 0.96 * cell / 100, color="#8fcf8f"))
            axes.text(x + 0.5, y + 0.5, cell, ha="center", va="center", fontsize=8 if columns < 25 else 5)
            if block["visited"][x] in (y, -1) and y < len(block["rows"]):
                axes.add_patch(Rectangle((x + 0.04, y + 0.04), 0.92, 0.92, fill=False, edgecolor=INK, lw=1.6))
    axes.set_yticks([y + 0.5 for y in range(len(rows))], [f"{row['name']} ({row['has']})" for row in rows], fontsize=8)
    labels = range(1, columns + 1)
    axes.set_xticks([x - 0.5 for x in labels], [str(x) for x in labels], fontsize=8 if columns < 25 else 5)
    axes.set_xlim(0, columns)
    axes.set_ylim(len(rows), 0)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_xlabel(block["texts"]["column"].replace("{n}", "").strip())
    axes.set_title(block["title"], fontsize=9, loc="left")


def draw_crowd(part: Any, block: Block, settings: Mapping[str, Any]) -> None:
    """The images and the picture read from the weights on paper."""
    axes, count, across = part.subplots(), settings[block["knob"]], 10
    values = {"n": count, "label": block["labels"][count - 1]}
    said = block["one" if count == 1 else "many"]
    for place, cells in enumerate(block["images"][:count]):
        tile(axes, cells, block["side"], place % across, place // across)
    tile(axes, block["pictures"][count - 1], block["side"], across + 1, 0, 2)
    text = f"{block['off'][count - 1]} {said['off']}".format(**values)
    axes.text(0, 2.3, text, fontsize=9, va="top")
    axes.text(across + 1, -0.1, block["texts"]["read"].format(**values), fontsize=9, va="bottom")
    axes.set_title(said["own"].format(**values), fontsize=10, loc="left", pad=18)
    axes.set_xlim(0, across + 6)
    axes.set_ylim(2.8, 0)
    axes.set_axis_off()


def tile(axes: Any, cells: Sequence[int], side: int, x: float, y: float, size: float = 1.0) -> None:
    """One picture among others on one pair of axes."""
    extent = (x, x + 0.92 * size, y + 0.92 * size, y)
    axes.imshow(np.reshape(cells, (side, side)), cmap="Greys", vmin=0, vmax=255, extent=extent)

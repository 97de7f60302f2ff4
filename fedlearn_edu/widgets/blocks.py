"""What a panel of a lab shows, as plain data: the browser draws it, matplotlib draws it, a saved notebook keeps it.

>>> accuracy = lines("accuracy", "accuracy on the exam", [Series("federated", [0.9, 0.95])], x_label="round")
>>> accuracy["series"][0]["values"]
[0.9, 0.95]

Every block carries a sentence that says what is in the picture, for who cannot see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..i18n import retell, say

Block = dict[str, Any]
NARROW = "\N{NO-BREAK SPACE}"  # between a number and its unit
DIGITS = 5  # significant ones: a screen shows fewer


@dataclass(frozen=True)
class Series:
    """A curve. `role` is its colour in the stylesheet; marker and dash tell it apart without colours, too."""

    label: str
    values: Sequence[float | None]
    role: str = "federated"
    marker: str = ""  # "circle", "square", "triangle", "diamond", or none
    dash: str = ""
    wide: bool = False
    named: bool = True  # whether its name stands at its end
    in_legend: bool = True
    legend: str = ""  # its name in a legend, where that is another one


def lines(
    key: str,
    title: str,
    series: Iterable[Series],
    *,
    x_label: str,
    x: Sequence[float] | None = None,
    floors: Sequence[float] = (),
    top: float | None = None,
    percent: bool = False,
    mark: tuple[float, str] | None = None,
    alt: str = "",
) -> Block:
    """Curves over rounds.

    >>> lines("loss", "loss", [Series("pooled", [0.7, 0.5], role="pooled")], x_label="round")["x"]
    [1, 2]

    Parameters
    ----------
    key : names the chart, so that the browser changes it in place
    x : one number for each value; 1, 2, 3, … by default
    floors : where the vertical axis may begin; the highest that shows every value is taken, so that axes do not creep
    top : where it ends; by default the next round number
    mark : a place on the x axis and its name
    """
    drawn = [asdict(one) | {"values": rounded(one.values)} for one in series]
    known = [value for one in drawn for value in one["values"] if value is not None]
    lowest = min(known, default=0.0)
    floor = max((f for f in floors if f <= lowest), default=min(floors, default=0.0))
    length = max((len(one["values"]) for one in drawn), default=0)
    return {
        "is": "lines", "key": key, "title": title, "series": drawn, "x": list(x or range(1, length + 1)),
        "x_label": x_label, "floor": floor, "top": top, "percent": percent, "alt": alt,
        "mark": {"x": mark[0], "label": mark[1]} if mark else None,
    }  # fmt: skip


def bars(
    key: str,
    title: str,
    rows: Iterable[tuple[str, float | None, str, str]],
    *,
    top: float | None = None,
    alt: str = "",
) -> Block:
    """Horizontal bars: (label, value, the value in words, role) each.

    >>> bars("bytes", "bytes", [("step 3", 5228.0, "5.2 kB", "federated")])["rows"][0]["text"]
    '5.2 kB'
    """
    drawn = [
        {"label": retell(label), "value": rounded([value])[0], "text": text, "role": role}
        for label, value, text, role in rows
    ]
    return {"is": "bars", "key": key, "title": title, "rows": drawn, "top": top, "alt": alt}


@dataclass(frozen=True)
class Picture:
    """Numbers as shades: `cells` from 0 (light) to 255 (dark), row by row; no cells: nothing to see yet."""

    caption: str
    cells: Sequence[int]


def pictures(
    key: str,
    title: str,
    shown: Iterable[Picture],
    *,
    rows: int,
    columns: int,
    note: str = "",
    tone: str = "",
    alt: str = "",
) -> Block:
    """A row of pictures of one shape.

    >>> pictures("upload", "W", [Picture("0", [0, 255])], rows=1, columns=2)["pictures"][0]["cells"]
    [0, 255]
    """
    drawn = [{"caption": one.caption, "cells": [int(cell) for cell in one.cells]} for one in shown]
    return {
        "is": "pictures", "key": key, "title": title, "pictures": drawn, "rows": rows, "columns": columns,
        "note": note, "tone": tone, "alt": alt,
    }  # fmt: skip


def table(key: str, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], note: str = "") -> Block:
    """A small table; numbers may stand in it as words. What comes from a transcript is retold.

    >>> table("seen", "who saw what", ["who", "messages"], [["server", 40]])["rows"]
    [['server', 40]]
    """
    cells = [[retell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    return {"is": "table", "key": key, "title": title, "columns": list(columns), "rows": cells, "note": note}


def note(key: str, text: str, tone: str = "") -> Block:
    """A sentence in a box: tone "good", "bad", "warn" or "".

    >>> note("hint", "Press Run.")["text"]
    'Press Run.'
    """
    return {"is": "note", "key": key, "text": text, "tone": tone}


def figure_of_merit(key: str, number: str, text: str, tone: str = "") -> Block:
    """One large number with its meaning.

    >>> figure_of_merit("error", "0 %", "the guess is exact", "bad")["number"]
    '0 %'
    """
    return {"is": "number", "key": key, "number": number, "text": text, "tone": tone}


@dataclass(frozen=True)
class Cell:
    """One cell of a strip: a name, what is in it, how full it is (above 1: it runs over), and a tone."""

    label: str
    text: str
    fill: float | None = None
    tone: str = ""  # "good", "bad", or none


def strip(key: str, title: str, cells: Iterable[Cell], *, note: str = "", alt: str = "") -> Block:
    """Cells side by side: the slots of a plaintext, or guesses and what became of each.

    >>> strip("slots", "plaintext", [Cell("slot 0", "0.75", fill=0.5)])["cells"][0]["text"]
    '0.75'
    """
    return {"is": "strip", "key": key, "title": title, "cells": [asdict(one) for one in cells], "note": note,
            "alt": alt}  # fmt: skip


def grid(
    key: str,
    title: str,
    columns: Sequence[Sequence[int]],
    modulus: int,
    *,
    first: str,
    second: str,
    hidden: str,
    texts: Mapping[str, str],
    alt: str = "",
) -> Block:
    """A group as a table: click two elements, and their product mod `modulus` lights up; hide the columns.

    >>> small = grid("group", "units of 5", [[1, 4], [2, 3]], 5, first="x", second="y", hidden="h", texts={})
    >>> small["columns"], small["modulus"]
    ([[1, 4], [2, 3]], 5)

    Parameters
    ----------
    columns : the elements, column by column; element i of a knob is counted down the columns
    first, second, hidden : names of knobs: the two elements chosen, and whether columns are hidden
    texts : templates for the sentence under the table: "column", "product", "product_name", "sum"; for hidden columns
        "hidden_note", and "hidden_title"
    """
    return {
        "is": "grid", "key": key, "title": title, "columns": [list(column) for column in columns], "modulus": modulus,
        "first": first, "second": second, "hidden": hidden, "texts": dict(texts), "alt": alt,
    }  # fmt: skip


def switch(key: str, knob: str, cases: Mapping[str, Sequence[Block]]) -> Block:
    """Blocks of which a knob of the panel chooses, in the browser at once.

    >>> sorted(switch("eyes", "eyes", {"server": [], "hospital": []})["cases"])
    ['hospital', 'server']
    """
    return {"is": "switch", "key": key, "knob": knob, "cases": {name: list(blocks) for name, blocks in cases.items()}}


def shades(values: np.ndarray, largest: float | None = None) -> list[int]:
    """Numbers as shades: 0 becomes the middle, ± the largest the ends.

    >>> shades(np.array([-2.0, 0.0, 2.0]))
    [0, 128, 255]
    """
    values = np.asarray(values, dtype=float).ravel()
    span = float(np.max(np.abs(values), initial=0.0)) if largest is None else largest
    if span == 0.0:
        return [128] * values.size
    return [int(cell) for cell in np.clip(np.rint(127.5 + 127.5 * values / span), 0, 255)]


def rounded(values: Iterable[float | None]) -> list[float | None]:
    """Five significant digits, for the screen: a state stays small, and JSON knows no infinity.

    >>> rounded([0.123456789, None, float("nan")])
    [0.12346, None, None]
    """
    return [None if v is None or not np.isfinite(v) else float(f"{v:.{DIGITS}g}") for v in values]


def in_bytes(count: float) -> str:
    """A number of bytes, for the eye.

    >>> [in_bytes(count).replace(NARROW, " ") for count in (5228, 1_274_560, 12)]
    ['5.2 kB', '1.3 MB', '12 B']
    """
    if count < 1000:
        return f"{count:.0f}{NARROW}B"
    return f"{count / 1000:.1f}{NARROW}kB" if count < 1e6 else f"{count / 1e6:.1f}{NARROW}MB"


def in_seconds(seconds: float) -> str:
    """A time, for the eye.

    >>> [in_seconds(seconds).replace(NARROW, " ") for seconds in (0.0042, 2.93, 75)]
    ['4.2 ms', '2.9 s', '1 min 15 s']
    """
    if seconds < 1:
        count = f"{seconds * 1000:.2g}" if seconds < 0.1 else f"{seconds * 1000:.0f}"
        return say("{count} ms", count=count).replace(" ", NARROW)
    if seconds < 60:
        return say("{count} s", count=f"{seconds:.1f}" if seconds < 10 else f"{seconds:.0f}").replace(" ", NARROW)
    minutes, rest = divmod(round(seconds), 60)
    return say("{minutes} min {rest} s", minutes=minutes, rest=rest).replace(" ", NARROW)


def in_powers(number: float) -> str:
    """A small number, for the eye.

    >>> in_powers(6.2e-8), in_powers(0.0), in_powers(0.25)
    ('6·10⁻⁸', '0', '0.25')
    """
    if number == 0 or number >= 0.001:
        return f"{number:.2g}"
    digits, power = f"{number:.0e}".split("e")
    return f"{digits}·10" + str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))

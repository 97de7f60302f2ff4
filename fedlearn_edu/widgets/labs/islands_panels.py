"""Chapter 01's lab: what its panels show.

Three kinds of blocks are its own: `twin` (two charts over one x axis, with a spread), `cloud` (a dot for each
hospital), and `groups` (small marks in boxes: patients of hospitals, cancers of an exam).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...i18n import say
from ...learning.islands import LearningCurve
from ..blocks import Block, figure_of_merit, note, rounded, table
from .spec import Moment, Panel

if TYPE_CHECKING:
    from .islands import Islands

BENIGN, MALIGNANT, MISSED = "b", "m", "x"  # a letter for each mark of a block of groups
INNER = (10, 90)  # percent: the spread that is drawn, without the outermost tenths


class Panels:
    """The panels, and the sentence and table that stand for them on paper."""

    def all(self) -> tuple[Panel, ...]:
        """The panels in the order of their tabs."""
        return (
            Panel("rows", say("More rows"), self.more_rows),
            Panel("dots", say("Thirty dots"), self.dots),
            Panel("you", say("You are the hospital"), self.you),
        )

    # --- more rows

    def more_rows(self, moment: Moment) -> list[Block]:
        """Accuracy and missed cancers against rows: a hospital alone, and a pool."""
        here: Islands = moment.expected
        alone, fair = here.curve, here.fair_curve
        parts = [
            (say("Accuracy on the exam"), alone.accuracy, fair.accuracy, (0.5 if here.skew < 0.95 else 0.3, 1.0)),
            (say("Missed cancers"), alone.missed, fair.missed, (0.0, 0.7 if here.skew < 0.85 else 1.0)),
        ]
        return [
            {
                "is": "twin",
                "key": "twin",
                "x_label": say("rows that the model has seen"),
                "x": list(fair.rows),
                "parts": [self._part(title, own, pool, here, ends) for title, own, pool, ends in parts],
                "marks": _marks(here),
                "alt": self.sentence(moment),
            },
            note("rows", *self._worth(here)),
        ]

    def _part(self, title: str, own: np.ndarray, pool: np.ndarray, here: Islands, ends: Sequence[float]) -> Block:
        series = [_spread(say("pooled, everybody's patients"), pool, "pooled", "", "8 4")]
        if here.skew:
            series.append(_spread(say("one hospital alone, skewed"), own, "alone", "circle", ""))
        else:
            series[0] |= {"label": say("one hospital alone, or a pool of so many"), "role": "alone", "marker": "circle",
                          "dash": ""}  # fmt: skip
        return {"title": title, "low": ends[0], "high": ends[1], "series": series}

    def _worth(self, here: Islands) -> tuple[str, str]:
        """In numbers: what rows are worth; under much skew, how little rows of one kind are. And the note's tone."""
        most, worth = here.curve.rows[-1], rows_for(here.fair_curve, float(here.curve.accuracy[-1].mean()))
        if here.skew and worth < most / 2:
            return say(
                "With skew {skew}, {most} rows of a hospital's own kind are worth as much as {worth} of everybody's. "
                "Rows cure the luck of a draw, not where it came from.",
                skew=here.skew, most=most, worth=worth,
            ), "bad"  # fmt: skip
        alone, pooled = (_between(here.fair_curve, "missed", rows)[1] for rows in (here.rows, here.y.size))
        return say(
            "Without skew, over sixty repeated deals: a model of {rows} rows misses {alone} of the cancers, one of "
            "{total} rows {pooled}.",
            rows=here.rows, alone=_percent(alone), total=here.y.size, pooled=_percent(pooled),
        ), ""  # fmt: skip

    # --- thirty dots

    def dots(self, moment: Moment) -> list[Block]:
        """One dot for each hospital; pooled, all of them stand in one place. Beside them: who holds whom."""
        here: Islands = moment.expected
        return [self._cloud(here, self.sentence(moment)), self._holdings(here), *self._not_all(here)]

    def _cloud(self, here: Islands, alt: str) -> Block:
        marks, fair = here.alone, here.fair_curve
        again = {"x": _inner(fair, "accuracy", here.y.size), "y": _inner(fair, "missed", here.y.size)}
        return {
            "is": "cloud",
            "key": "cloud",
            "title": say("{count} hospitals, one exam: each dot is a model", count=here.hospitals),
            "x_label": say("accuracy on the exam"),
            "y_label": say("missed cancers"),
            "low": min(0.7, float(np.floor(marks.accuracy.min() * 10) / 10)),
            "top": max(0.4, float(np.ceil(marks.missed.max() * 10) / 10)),
            "dots": [list(rounded(pair)) for pair in zip(marks.accuracy, marks.missed, strict=True)],
            "pooled": rounded([float(here.pooled.accuracy), float(here.pooled.missed)]),
            "boxes": [
                {"role": "alone", "label": say("most of the hospitals"), **_box(marks.accuracy, marks.missed)},
                {"role": "pooled", "label": say("most pools, dealt anew"), **again},
            ],
            "you": here.seat,
            "you_label": say("you"),
            "pooled_label": say("pooled"),
            "knob": "pooled",
            "alt": alt,
        }

    def _holdings(self, here: Islands) -> Block:
        return groups(
            "holdings",
            say("Who has which patients"),
            [
                (f"{k}" if k != here.seat + 1 else say("{k}: you", k=k), _patients(labels))
                for k, labels in enumerate(here.y, start=1)
            ],
            [(BENIGN, say("benign")), (MALIGNANT, say("malignant"))],
            here=here.seat,
            joined_by="pooled",
            joined=say("one place with all {rows} records", rows=here.y.size),
            alt=say(
                "{hospitals} hospitals with {rows} patients each; between {least} and {most} of them malignant.",
                hospitals=here.hospitals, rows=here.rows, least=int(here.y.sum(axis=1).min()),
                most=int(here.y.sum(axis=1).max()),
            ),
        )  # fmt: skip

    def _not_all(self, here: Islands) -> list[Block]:
        if here.hospitals == here.asked:
            return []
        return [note("few", say(
            "400 patients are all there are: at {rows} each they fill {filled} hospitals, not {asked}.",
            rows=here.rows, filled=here.hospitals, asked=here.asked,
        ), "warn")]  # fmt: skip

    # --- you are the hospital

    def you(self, moment: Moment) -> list[Block]:
        """Your patients, the cancers you miss, and what your model leans on."""
        here: Islands = moment.expected
        mine, lost, all_lost = here.alone.called[here.seat], self._lost(here, here.seat), self._lost(here, None)
        cancers = np.asarray(here.exam.labels) == np.int64(1)
        total = int(cancers.sum())
        missed = say("of {total} cancers missed by hospital {k}, which is yours", total=total, k=here.seat + 1)
        return [
            figure_of_merit("lost", f"{lost}", missed, "bad" if lost > all_lost else ""),
            figure_of_merit("all", f"{all_lost}", say("missed by the pooled model: the same exam"), ""),
            groups(
                "you", say("Your patients, and the exam's cancers"),
                [
                    (say("your {rows} patients", rows=here.rows), _patients(here.y[here.seat])),
                    (say("the cancers, and your model"), _calls(mine[cancers])),
                    (say("the cancers, and the pooled model"), _calls(here.pooled.called[cancers])),
                ],
                [(BENIGN, say("benign")), (MALIGNANT, say("malignant, found")), (MISSED, say("malignant, missed"))],
                alt=say("Of {total} cancers your model misses {lost}, the pooled one {all}.", total=total, lost=lost,
                        all=all_lost),
            ),
            self._leaning(here),
        ]  # fmt: skip

    def _lost(self, here: Islands, place: int | None) -> int:
        called = here.pooled.called if place is None else here.alone.called[place]
        return int(((called == 0) & (here.exam.labels == 1)).sum())

    def _leaning(self, here: Islands) -> Block:
        """Two islands side by side learn different stories; the pool learns one that holds."""
        other = (here.seat + 1) % here.hospitals
        models = [
            (say("you, hospital {k}", k=here.seat + 1), here.weights[here.seat]),
            (say("your neighbour, hospital {k}", k=other + 1), here.weights[other]),
            (say("pooled"), here.pooled_weights),
        ]
        columns = [say("model"), say("leans most on"), say("then on"), say("and then on")]
        seen = [[name, *(here.leans_on(weights) if weights[:-1].any() else ["–"] * 3)] for name, weights in models]
        return table("leaning", say("What was learned"), columns, seen)

    # --- on paper

    def sentence(self, moment: Moment) -> str:
        """What the lab shows, for paper and for who cannot see it."""
        here: Islands = moment.expected
        alone, pooled = here.alone, here.pooled
        return say(
            "Alone, {hospitals} hospitals with {rows} patients each get {low} to {high} of the exam right, {mean} on "
            "average, and miss {missed} of the cancers on average, one of them {worst}. One model of all {total} "
            "records gets {accuracy} right and misses {pooled}.",
            hospitals=here.hospitals, rows=here.rows, low=_percent(alone.accuracy.min()),
            high=_percent(alone.accuracy.max()), mean=_percent(alone.accuracy.mean()),
            missed=_percent(alone.missed.mean()), worst=_percent(alone.missed.max()), total=here.y.size,
            accuracy=_percent(pooled.accuracy), pooled=_percent(pooled.missed),
        )  # fmt: skip

    def table(self, moment: Moment) -> Mapping[str, Any]:
        """The hospitals in four rows, and the pool."""
        here: Islands = moment.expected
        right, lost = here.alone.accuracy, here.alone.missed
        rows = {
            say("one hospital alone, mean"): (here.rows, right.mean(), lost.mean()),
            say("the most accurate of them"): (here.rows, right.max(), lost[right.argmax()]),
            say("the least accurate of them"): (here.rows, right.min(), lost[right.argmin()]),
            say("yours, hospital {k}", k=here.seat + 1): (here.rows, right[here.seat], lost[here.seat]),
            say("pooled"): (here.y.size, float(here.pooled.accuracy), float(here.pooled.missed)),
        }
        return {
            "columns": [say("rows"), say("accuracy"), say("missed cancers")],
            "index": list(rows),
            "rows": [[int(n), *rounded([a, m])] for n, a, m in rows.values()],
        }


def groups(
    key: str,
    title: str,
    boxes: Iterable[tuple[str, str]],
    legend: Iterable[tuple[str, str]],
    *,
    here: int = -1,
    joined_by: str = "",
    joined: str = "",
    alt: str = "",
) -> Block:
    """Small marks in boxes with a caption each; a letter stands for a mark.

    >>> groups("all", "Patients", [("1", "bbm"), ("2", "bm")], [("b", "benign"), ("m", "malignant")])["boxes"][1]
    {'caption': '2', 'marks': 'bm'}

    Parameters
    ----------
    boxes, legend : (caption, marks) each; (mark, what it means) each
    here : the box that is pointed out; -1: none
    joined_by, joined : a knob that takes the walls down, and the caption that is then over all
    """
    return {
        "is": "groups", "key": key, "title": title, "legend": [list(one) for one in legend], "here": here,
        "boxes": [{"caption": caption, "marks": marks} for caption, marks in boxes], "joined_by": joined_by,
        "joined": joined, "alt": alt,
    }  # fmt: skip


def _patients(labels: np.ndarray) -> str:
    return "".join(sorted(MALIGNANT if label else BENIGN for label in labels))


def _calls(called: np.ndarray) -> str:
    return "".join(sorted(MALIGNANT if one else MISSED for one in called))


def _spread(label: str, values: np.ndarray, role: str, marker: str, dash: str) -> Block:
    """A curve with its spread over splits: (R, S)."""
    low, high = np.percentile(values, INNER, axis=1)
    curve = {"mean": rounded(values.mean(axis=1)), "low": rounded(low), "high": rounded(high)}
    return {"label": label, "role": role, "marker": marker, "dash": dash, **curve}


def _box(x: np.ndarray, y: np.ndarray) -> dict[str, list[float | None]]:
    return {"x": rounded(np.percentile(x, INNER)), "y": rounded(np.percentile(y, INNER))}


def rows_for(curve: LearningCurve, accuracy: float) -> int:
    """How many rows of everybody's get so much right; the smallest size of the curve, where even that gets more.

    >>> curve = LearningCurve((10, 40), np.array([[0.8, 0.8], [0.9, 0.9]]), np.zeros((2, 2)))
    >>> rows_for(curve, 0.85), rows_for(curve, 0.5)
    (20, 10)
    """
    means = np.maximum.accumulate(curve.accuracy.mean(axis=1))
    return round(float(np.exp(np.interp(accuracy, means, np.log(curve.rows)))))


def _between(curve: LearningCurve, name: str, rows: int) -> list[float]:
    """Low, mean and high at a size between those of a curve, where rows count by their logarithm."""
    values = getattr(curve, name)  # (R, S)
    low, high = np.percentile(values, INNER, axis=1)
    return [float(np.interp(np.log(rows), np.log(curve.rows), line)) for line in (low, values.mean(axis=1), high)]


def _inner(curve: LearningCurve, name: str, rows: int) -> list[float | None]:
    low, _, high = _between(curve, name, rows)
    return rounded([low, high])


def _marks(here: Islands) -> list[Block]:
    return [
        {"x": here.rows, "label": say("one hospital: {rows}", rows=here.rows)},
        {"x": here.y.size, "label": say("all pooled: {rows}", rows=here.y.size)},
    ]


def _percent(share: Any) -> str:
    return f"{float(share):.1%}"

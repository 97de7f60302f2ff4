"""Chapter 01's lab: hospitals with few patients, alone and pooled. Nothing travels, so there is nothing to run.

>>> spec = declare()
>>> [panel.title for panel in spec.panels]
['More rows', 'Thirty dots', 'You are the hospital']
>>> state = spec.expected(Settings(hospitals=30, rows=10, skew=0.0, seat=7, pooled=False))
>>> state.alone.accuracy.shape, bool(state.alone.accuracy.std() > 0.02)
((30,), True)

What the panels show is in `islands_panels.py`, how they are drawn on paper in `islands_drawings.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from ...data.datasets import Dataset, load
from ...data.partition import split_rows, split_train_test
from ...i18n import say
from ...learning.islands import LearningCurve, Marks, learning_curve, mark_islands, train_islands
from ..knobs import Knob, Range, Toggle
from .hospitals import labels_of, rows_of
from .islands_drawings import draw_cloud, draw_groups, draw_twin
from .islands_panels import Panels
from .spec import Kind, LabSpec, Scene, Settings

SEED, EXAM = 9, 169  # of forty seeds tried, one whose deal is like the mean over many
SIZES = (5, 10, 20, 40, 80, 120)  # more rows than that a skewed island cannot have: there are not so many cancers
MORE_SIZES = (*SIZES, 200, 300, 400)
SKEWS = tuple(round(0.1 * k, 1) for k in range(1, 11))
SPLITS, FEWER_SPLITS = 60, 30
MOST_HOSPITALS, MOST_ROWS, SEATS = 30, 40, 40


def declare() -> LabSpec:
    """The lab of chapter 01, in the language in force."""
    chapter, panels = Chapter(), Panels()
    return LabSpec(
        chapter="01",
        title=say("Data islands"),
        knobs=_knobs(),
        protocol=None,
        expected=chapter.expected,
        panels=panels.all(),
        sentence=panels.sentence,
        table=panels.table,
        summary=lambda moment: {},
        scenes=_scenes(),
        kinds=(
            Kind("twin", "twin.js", draw_twin),
            Kind("cloud", "cloud.js", draw_cloud),
            Kind("groups", "groups.js", draw_groups),
        ),
    )


@dataclass(frozen=True, eq=False)
class Islands:
    """A deal of patients: K hospitals with n patients each. Models are trained when a panel asks for them.

    Parameters
    ----------
    X, y : (K, n, p) and (K, n); whose patients are whose
    exam : whom nobody trains with
    asked : how many hospitals were asked for; so many as the patients fill are there
    seat : the hospital that a pupil has, from 0
    curves : from a skew, what repeated deals say
    """

    X: np.ndarray
    y: np.ndarray
    exam: Dataset
    asked: int
    seat: int
    skew: float
    curves: Curves = field(repr=False)

    @property
    def hospitals(self) -> int:
        """K, those that have patients."""
        return len(self.X)

    @property
    def rows(self) -> int:
        """n, the patients of one hospital."""
        return int(self.X.shape[1])

    @cached_property
    def weights(self) -> np.ndarray:
        """One model for each hospital, (K, p + 1)."""
        return train_islands(self.X, self.y)

    @cached_property
    def pooled_weights(self) -> np.ndarray:
        """The model of all their rows together, (p + 1,)."""
        return train_islands(self.X.reshape(-1, self.X.shape[2]), self.y.reshape(-1))

    @cached_property
    def alone(self) -> Marks:
        """What the exam says of the hospitals, (K,)."""
        return mark_islands(self.weights, self.exam.features, labels_of(self.exam))

    @cached_property
    def pooled(self) -> Marks:
        """What the same exam says of the pooled model, ()."""
        return mark_islands(self.pooled_weights, self.exam.features, labels_of(self.exam))

    @property
    def curve(self) -> LearningCurve:
        """Hospitals alone under this skew, for several sizes."""
        return self.curves.of_skew(self.skew)

    @property
    def fair_curve(self) -> LearningCurve:
        """The same without skew, and for larger sizes: what a pool of so many rows is worth."""
        return self.curves.fair

    def leans_on(self, weights: np.ndarray, count: int = 3) -> list[str]:
        """The columns that move a model's answer most: largest |weight| times the column's spread in the exam."""
        pull = np.abs(weights[:-1]) * self.exam.features.std(axis=0)  # (p,)
        return [self.exam.columns[j] for j in np.argsort(-pull, kind="stable")[:count]]


class Curves:
    """What repeated deals say, for every position of the skew slider.

    All are computed when the first one is asked for, in about half a second: a slider under a hand cannot wait for a
    curve of 180 models.
    """

    def __init__(self, table: Dataset) -> None:
        self._table = table

    @cached_property
    def fair(self) -> LearningCurve:
        """Without skew, up to 400 rows."""
        return self._curve(MORE_SIZES, 0.0, SPLITS)

    @cached_property
    def skewed(self) -> Mapping[float, LearningCurve]:
        """For each skew above 0."""
        return {skew: self._curve(SIZES, skew, FEWER_SPLITS) for skew in SKEWS}

    def of_skew(self, skew: float) -> LearningCurve:
        """The nearest one: a cell may set a skew between two positions."""
        nearest = min((0.0, *self.skewed), key=lambda known: abs(known - skew))
        return self.skewed[nearest] if nearest else self.fair

    def _curve(self, sizes: tuple[int, ...], skew: float, splits: int) -> LearningCurve:
        table = self._table
        return learning_curve(table.features, labels_of(table), sizes, splits=splits, exam=EXAM, skew=skew)


class Chapter:
    """From settings to islands; it remembers the last ones."""

    def __init__(self) -> None:
        self._table = load("breast_cancer")
        self._patients, self._exam = split_train_test(self._table, seed=SEED, test_share=EXAM / self._table.rows)
        self._curves = Curves(self._table)
        self._deal = lru_cache(maxsize=64)(self._dealt)

    def expected(self, s: Settings) -> Islands:
        """The islands under these settings."""
        return self._deal(s.hospitals, s.rows, s.skew, s.seat)

    def _dealt(self, asked: int, rows: int, skew: float, seat: int) -> Islands:
        hospitals = min(asked, self._patients.rows // rows)
        order = np.random.default_rng(SEED).permutation(self._patients.rows)
        dealt = self._patients.take(order[: hospitals * rows])
        parties = [rows_of(one) for one in split_rows(dealt, hospitals, skew, SEED, missing_classes="allow")]
        X, y = np.array([one.features for one in parties]), np.array([labels_of(one) for one in parties])
        return Islands(X, y, self._exam, asked, (seat - 1) % hospitals, skew, self._curves)


def _knobs() -> tuple[Knob, ...]:
    return (
        Range(
            "hospitals", say("Hospitals"),
            say("Each has patients of its own. There are 400 in all: with many patients each, fewer hospitals fill."),
            30, least=2, most=MOST_HOSPITALS,
        ),
        Range(
            "rows", say("Rows each"), say("Patients that one hospital has: its rows."), 10,
            least=5, most=MOST_ROWS, step=5,
        ),
        Range(
            "skew", say("Skew"), say("0: every hospital sees the same mixture. 1: each sees one diagnosis only."), 0.0,
            least=0.0, most=1.0, step=0.1,
        ),
        Range(
            "seat", say("Your seat"), say("Your number in the room. It says which hospital is yours."), 7,
            least=1, most=SEATS,
        ),
        Toggle(
            "pooled", say("Pool the records: all rows in one place"), say("One model for all."), False, panel="dots",
        ),
    )  # fmt: skip


def _scenes() -> tuple[Scene, ...]:
    return (
        Scene(
            "start", say("Start"),
            say("Read off both charts: what are ten patients worth, what four hundred?"),
        ),
        Scene(
            "thirty-dots", say("Thirty hospitals, ten patients each"),
            say("Each dot is one hospital's model. All thirty sat the same exam."), {}, panel="dots",
        ),
        Scene(
            "pooled", say("The same thirty, pooled"),
            say("One model of all 300 rows: all thirty dots in one place. Untick the box, and they fly apart."),
            {"pooled": True}, panel="dots",
        ),
        Scene(
            "you", say("You are the hospital"),
            say("Set your seat number. How many cancers does your hospital miss?"), {}, panel="you",
        ),
        Scene(
            "more-patients", say("Forty patients each"),
            say("Four times the patients, a third of the hospitals: the islands are better, and nearer together."),
            {"rows": 40}, panel="dots",
        ),
        Scene(
            "one-suburb", say("Each its own kind of patient"),
            say("Skew 0.9: a hospital alone stays below. Ten times the same patients are the same patients."),
            {"skew": 0.9, "rows": 10},
        ),
    )  # fmt: skip

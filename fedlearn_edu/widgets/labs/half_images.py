"""Chapter 07's half images: who holds which, what training in the clear makes of them, and the honest curve.

>>> deal = dealt(seed=1)
>>> deal.scene.X_source.shape, deal.scene.X_target.shape, deal.scene.exam.shape
((774, 32), (774, 32), (449, 32))
>>> trained = in_the_clear(deal, common=100, dimensions=2)
>>> trained.accuracy > 0.65, len(trained.moments)
(True, 9)

The curve is measured beforehand, in about a minute: `python -m fedlearn_edu.widgets.labs.half_images` writes the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...data.datasets import Dataset, load
from ...data.halves import two_classes
from ...data.party import Party
from ...exercises.transfer_curve import Scene, accuracy_alone, accuracy_of
from ...learning.models import Array
from ...learning.transfer_loss import Moment, TransferPlan, prototype, signs, train_plainly

EXAM, MOST_COMMON, DEALS = 449, 200, 5
ROUNDS, ALIGNMENT = 8, 0.1
DIMENSIONS = (2, 4, 8)
SIZES = (10, 20, 40, 70, 100, 150, 200)
OWN_LABELS = (10, 20, 50, 100, 200, 400)
SEEDS = tuple(range(10))
CURVE = "07_curve.json"
LEFT = tuple(j for j in range(64) if j % 8 < 4)  # an image is 8 × 8, row by row
RIGHT = tuple(j for j in range(64) if j % 8 >= 4)


@dataclass(frozen=True, eq=False)
class Deal:
    """Who holds what: the source left halves with labels, the target right halves; the first 200 rows are common.

    `scene` in standardised numbers; `exam_left` (449, 32), the left halves of the exam as the source would scale them.
    """

    scene: Scene
    exam_left: Array
    source: Party
    target: Party


@dataclass(frozen=True, eq=False)
class Trained:
    """Training in the clear: a moment for every round, from the start to the end."""

    deal: Deal
    plan: TransferPlan
    common: int
    moments: tuple[Moment, ...]

    @property
    def losses(self) -> list[float]:
        """The loss before each round, and after the last."""
        return [moment.loss for moment in self.moments]

    @property
    def accuracy(self) -> float:
        """The share of the exam's right halves that come out right at the end."""
        return accuracy_of(self.moments[-1], self.deal.scene, self.plan)

    def places(self, moment: Moment, left: Array, right: Array) -> tuple[Array, Array, Array]:
        """Where halves lie at a moment, (M, d) at the source and at the target, and Φ, (d,)."""
        source, _ = self.plan.starts(len(LEFT), "source")
        target, _ = self.plan.starts(len(RIGHT), "target")
        Phi = prototype(source.of(moment.source, self.deal.scene.X_source), self.deal.scene.y)
        return source.of(moment.source, left), target.of(moment.target, right), Phi

    def gap(self, moment: Moment) -> float:
        """How far apart the two halves of an image lie, on average over the exam, which neither trained with."""
        U, V, _ = self.places(moment, self.deal.exam_left, self.deal.scene.exam)
        return float(np.sqrt(((U - V) ** 2).sum(axis=1)).mean())


@lru_cache(maxsize=1)
def _table() -> Dataset:
    return two_classes(load("digits"))


@lru_cache(maxsize=16)
def dealt(seed: int) -> Deal:
    """Deal the images anew: an exam, 200 common ones, and 574 more for each side."""
    table = _table()
    order = np.random.default_rng(seed).permutation(table.rows)
    exam, common, rest = np.split(order, [EXAM, EXAM + MOST_COMMON])
    own = rest[: len(rest) // 2], rest[len(rest) // 2 :]
    source, target = (
        _halves(table.take([*common, *rows]), side) for rows, side in zip(own, (LEFT, RIGHT), strict=True)
    )
    y = signs(np.asarray(table.labels))
    mean, scale = _scaling(source.features)
    right_mean, right_scale = _scaling(target.features)
    scene = Scene(
        X_source=(source.features - mean) / scale,
        y=y[np.concatenate([common, own[0]])],
        X_target=(target.features - right_mean) / right_scale,
        common=MOST_COMMON,
        exam=(table.features[exam][:, list(RIGHT)] - right_mean) / right_scale,
        answers=y[exam],
        truth=y[np.concatenate([common, own[1]])],
    )
    left = (table.features[exam][:, list(LEFT)] - mean) / scale
    return Deal(scene, left, Party("source", source), Party("target", replace(target, labels=None, classes=())))


def _halves(table: Dataset, columns: Sequence[int]) -> Dataset:
    return table.with_features(table.features[:, list(columns)], [table.columns[j] for j in columns])


def _scaling(X: Array) -> tuple[Array, Array]:
    deviation = X.std(axis=0)
    return X.mean(axis=0), np.where(deviation == 0, 1.0, deviation)


def plan_for(dimensions: int) -> TransferPlan:
    """The lab's training: few rounds, and enough alignment to be seen."""
    return TransferPlan(dimensions=dimensions, iterations=ROUNDS, alignment=ALIGNMENT, tolerance=0)


def in_the_clear(deal: Deal, common: int, dimensions: int, *, strangers: bool = False) -> Trained:
    """Train both sides without encryption; with `strangers` the target has its common rows in an order of its own.

    Without a common row nothing is trained: the start stands for every round.
    """
    plan, of = plan_for(dimensions), deal.scene
    if not common:
        start = Moment(float("nan"), *(plan.starts(len(LEFT), side)[1] for side in ("source", "target")))
        return Trained(deal, plan, 0, (start,) * (ROUNDS + 1))
    X_common = of.X_target[:common]
    if strangers:
        X_common = X_common[other_order(common)]
    return Trained(deal, plan, common, tuple(train_plainly(of.X_source, of.y, X_common, plan)))


def other_order(common: int) -> npt.NDArray[np.int64]:
    """An order in which strangers meet."""
    return np.random.default_rng(common).permutation(common)


# --- the honest curve


def curve() -> Mapping[str, Any]:
    """The measured curve: accuracies by way, (sizes, seeds) each; see `measured`."""
    text = files(__package__).joinpath("recorded", CURVE).read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


def measured(
    seeds: Sequence[int] = SEEDS, sizes: Sequence[int] = SIZES, own: Sequence[int] = OWN_LABELS
) -> dict[str, Any]:
    """Measure the honest curve: each seed deals anew, and every way sits the same exam.

    Returns
    -------
    dict
        sizes, own_labels, seeds; "transfer": {d: (sizes, seeds)}; "given", (sizes, seeds): the target with the labels
        of the common rows; "own", (own_labels, seeds): the target with so many labels of its own
    """
    deals = [dealt(100 + seed) for seed in seeds]
    transfer = {
        str(d): [[round(in_the_clear(deal, n, d).accuracy, 4) for deal in deals] for n in sizes] for d in DIMENSIONS
    }
    given = [[_alone(deal, n, s, common=True) for s, deal in zip(seeds, deals, strict=True)] for n in sizes]
    alone = [[_alone(deal, n, s) for s, deal in zip(seeds, deals, strict=True)] for n in own]
    return {"sizes": list(sizes), "own_labels": list(own), "seeds": list(seeds), "transfer": transfer, "given": given,
            "own": alone}  # fmt: skip


def _alone(deal: Deal, labels: int, seed: int, *, common: bool = False) -> float:
    return round(accuracy_alone(deal.scene, labels, seed, common=common), 4)


if __name__ == "__main__":
    place = Path(__file__).parent / "recorded" / CURVE
    place.write_text(json.dumps(measured()) + "\n", encoding="utf-8")

"""Chapter 02's pastures, and what becomes of a sheep, of lambs and of pooled training in the clear.

>>> fields = Fields()
>>> grazed = in_the_clear(fields.field("digits", pastures=5, skew=1.0), tours=2)
>>> grazed.sheep.shape, grazed.lambs.shape           # visits or rounds, weights
((10, 650), (2, 650))

The same arithmetic as chapter 04's preview (`hospitals.py`), so the same penalty λ; the numbers are those of
`travelling`, and of `fedavg` under `plain_sum`, up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...attacks.travelling import image_from
from ...data.datasets import Dataset
from ...data.partition import split_rows
from ...data.party import Party
from ...learning.models import SoftmaxRegression, make_model
from .hospitals import L2, SEED, Room, Stack, labels_of, rows_of, scaled, scores_of

LOCAL_EPOCHS, LEARNING_RATE = 20, 0.5
MODEL = {"digits": "softmax", "breast_cancer": "logistic"}
MOST_IMAGES = 20

__all__ = ["L2", "LEARNING_RATE", "LOCAL_EPOCHS", "MODEL", "MOST_IMAGES", "Fields", "Grazed", "in_the_clear"]


class Fields:
    """Deals pastures, and remembers the last few; each lab has its own."""

    def __init__(self) -> None:
        self._scaled = lru_cache(maxsize=2)(scaled)
        self.field = lru_cache(maxsize=32)(self._deal)
        self.only_grass = lru_cache(maxsize=1)(self._images)

    def _deal(self, data: str, pastures: int, skew: float) -> Room:
        train, exam = self._scaled(data)
        dealt = split_rows(train, pastures, skew, SEED, name="pasture", missing_classes="allow")
        model = make_model(MODEL[data], len(train.columns), len(train.classes))
        return Room(tuple(dealt), train, exam, model, LEARNING_RATE)

    def _images(self) -> list[Recovered]:
        """What one step at a pasture of 1, 2, …, 20 images gives away: twos and threes, after a visit to 0 and 1."""
        first, second, *_ = self.field("digits", 5, 1.0).parties
        model = SoftmaxRegression(columns=64, classes=10)
        start = Stack.of([first], rows_of(first)).train(np.zeros((1, model.size)), LOCAL_EPOCHS, LEARNING_RATE)[0]
        return [recovered(model, start, rows_of(second).take(range(n))) for n in range(1, MOST_IMAGES + 1)]


@dataclass(frozen=True, eq=False)
class Recovered:
    """The images of a pasture, (n, 64), what the change of the weights gives away, and the class it was read from."""

    images: np.ndarray
    picture: np.ndarray
    label: int

    @property
    def error(self) -> float:
        """To the nearest of the images: the mean difference of a pixel, which goes from 0 to 1."""
        return float(np.abs(self.images - self.picture).mean(axis=1).min())


def recovered(model: SoftmaxRegression, start: np.ndarray, grass: Dataset) -> Recovered:
    """Let a model take one step on these rows, and look at what it changed."""
    change = -LEARNING_RATE * model.gradient(start, grass.features, labels_of(grass))
    label = int(np.argmin(model.unpack(change)["b"]))
    return Recovered(grass.features, image_from(change, model, label), label)


@dataclass(frozen=True, eq=False)
class Grazed:
    """Every curve of the lab. V visits, R rounds, p weights.

    Parameters
    ----------
    sheep : (V, p); weights after each visit
    lambs, pooled : (R, p); the average after each round, and pooled training after as many passes
    """

    field: Room
    sheep: np.ndarray
    lambs: np.ndarray
    pooled: np.ndarray


def in_the_clear(field: Room, tours: int) -> Grazed:
    """One sheep that visits all pastures `tours` times; lambs that are averaged as often; all grass in one place."""
    how_long = (LOCAL_EPOCHS, field.learning_rate)
    each = [Stack.of([party], field.everyone) for party in field.parties]
    herd, whole = Stack.of(field.parties, field.everyone), Stack.of([Party("all", field.everyone)], field.everyone)
    share = field.rows / field.rows.sum()  # n_k/n
    start = field.model.start(np.random.default_rng(0))
    sheep, mean, pooled = start[None], start, start[None]
    visits, rounds, passes = [], [], []
    for _ in range(tours):
        for pasture in each:
            sheep = pasture.train(sheep, *how_long)
            visits.append(sheep[0])
        mean = share @ herd.train(np.tile(mean, (len(each), 1)), *how_long)  # Σ (n_k/n) W_k
        pooled = whole.train(pooled, *how_long)
        rounds.append(mean)
        passes.append(pooled[0])
    return Grazed(field, np.array(visits), np.array(rounds), np.array(passes))


def accuracy(data: Dataset, weights: np.ndarray) -> np.ndarray:
    """The share of rows whose class is right, for many weight vectors: (M, p) → (M,)."""
    Z = scores_of(data, weights)
    called = (Z[:, 0] > 0).astype(int) if Z.shape[1] == 1 else Z.argmax(axis=1)  # (M, N)
    return np.asarray((called == labels_of(data)).mean(axis=1))


def on_each_grass(field: Room, weights: np.ndarray) -> np.ndarray:
    """Accuracy on the own rows of every pasture: (M, p) → (K, M)."""
    return np.array([accuracy(rows_of(party), weights) for party in field.parties])

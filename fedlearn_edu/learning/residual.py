"""Linear and logistic regression as one method: everything comes from the residual d = z − t, with z = Σ X_k·w_k.

>>> LINEAR.targets([4, 0]), LOGISTIC.targets([1, 0])                        # t = y, or t = 2y with y = ±1
(array([4., 0.]), array([ 2., -2.]))
>>> LINEAR.loss(mean_square=1.0), round(LOGISTIC.loss(mean_square=4.0), 4)  # d = −2 everywhere: log 2, it knows nothing
(0.5, 0.6931)

            target t   gradient        loss
linear      y          Xᵀd / N         ½·mean d²
logistic    2y         ¼·Xᵀd / N       ⅛·mean d² + log 2 − ½

For logistic regression that is the Taylor polynomial of log(1 + e^−yz) at 0, log 2 − ½yz + ⅛z², written as a square. It
holds for |z| up to about 2, and its best z is near 2·E[y|x]: scores rank rows well, and are no probabilities.

Both need of the other columns nothing but a sum, z. So the columns may lie with different parties, and d be encrypted.

References
----------
Hardy, Henecka, Ivey-Law, Nock, Patrini, Smith, Thorne: Private federated learning on vertically partitioned data via
entity resolution and additively homomorphic encryption. arXiv 1711.10677, 2017.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import is_whole
from ..errors import ArgumentError, Diverged, RangeError
from .models import Array, features_of
from .training import check_settings

RUNAWAY = 10  # the loss of a model that knows nothing, so many times over: the steps are too large


@dataclass(frozen=True)
class ResidualModel:
    """What tells linear from logistic: the target, a factor, a constant.

    >>> LOGISTIC.factor
    0.25

    Parameters
    ----------
    name : "linear" or "logistic"
    factor : of the gradient; half of it is the factor of mean d² in the loss
    constant : of the loss
    """

    name: str
    factor: float
    constant: float

    def targets(self, labels: npt.ArrayLike, limit: float = math.inf) -> Array:
        """T, (N,), from labels 0, 1, …: the numbers themselves, or ±2.

        Raises
        ------
        RangeError
            a target is beyond ±limit
        """
        y = np.asarray(labels, dtype=np.float64)
        t = y if self.name == "linear" else 2.0 * (2.0 * y - 1.0)
        if np.abs(t).max(initial=0.0) > limit:
            raise RangeError(f"The labels go beyond ±{limit:,}.", "Standardise the labels, or divide them by a number.")
        return t

    def loss(self, mean_square: float) -> float:
        """Compute the loss from mean d², without penalty."""
        return 0.5 * self.factor * mean_square + self.constant

    def check_labels(self, classes: Sequence[str]) -> None:
        """Refuse labels that this model cannot learn.

        Raises
        ------
        ArgumentError
            logistic regression tells two classes apart
        """
        if self.name == "logistic" and len(classes) != 2:
            raise ArgumentError(f"Logistic regression tells 2 classes apart, not {len(classes)}.", "Use two classes.")


LINEAR = ResidualModel("linear", factor=1.0, constant=0.0)
LOGISTIC = ResidualModel("logistic", factor=0.25, constant=math.log(2.0) - 0.5)


@dataclass(frozen=True)
class Descent:
    """How often, in which batches and how far; public, and the same at every party.

    >>> Descent(LINEAR, rows=7, epochs=2, batch_size=3, learning_rate=0.1, l2=0.0).batches
    ((0, 2), (2, 4), (4, 7))
    >>> Descent(LINEAR, rows=7, epochs=2, batch_size=None, learning_rate=0.1, l2=0.0).batches
    ((0, 7),)

    Batches are fixed once: blocks of neighbours in the common order, each of at most `batch_size` rows, and as equal as
    can be. In every epoch the same: new batches each time would give who collects gradients new equations each time.

    Raises
    ------
    ArgumentError
        an argument is out of its range
    """

    model: ResidualModel
    rows: int
    epochs: int
    batch_size: int | None
    learning_rate: float
    l2: float

    def __post_init__(self) -> None:
        if not is_whole(self.rows, 1):
            raise ArgumentError(f"There are {self.rows!r} rows to learn from.", "Give each party some.")
        check_settings(self.epochs, self.batch_size, self.learning_rate, self.l2)

    @property
    def batches(self) -> tuple[tuple[int, int], ...]:
        """Where each batch begins and ends."""
        count = -(-self.rows // min(self.batch_size or self.rows, self.rows))
        edges = [self.rows * k // count for k in range(count + 1)]
        return tuple(pairwise(edges))

    @property
    def rounds(self) -> int:
        """Steps in all: epochs times batches."""
        return self.epochs * len(self.batches)

    def step(self, part: Part, sums: Array, rows: int) -> Part:
        """One step down: w − learning_rate·(factor·sums/rows + l2·w), without penalty on the intercept.

        >>> Descent(LINEAR, 2, 1, None, 0.5, 0.1).step(Part(("x",), [1.0], 0.0), np.array([4.0, -2.0]), rows=2)
        Part(x: -0.05, intercept: 0.5)

        Parameters
        ----------
        part : the weights of one party's columns
        sums : Xᵀd, (p,), or (p + 1,) with Σd at the end where the intercept is
        rows : of the batch
        """
        slope = self.model.factor * sums / rows  # factor · Xᵀd / N
        p = len(part.weights)
        weights = part.weights - self.learning_rate * (slope[:p] + self.l2 * part.weights)
        intercept = None if part.intercept is None else float(part.intercept - self.learning_rate * slope[p])
        return Part(part.columns, weights, intercept)

    def loss(self, square: float, rows: int) -> float:
        """Compute the batch's loss from Σd², without penalty."""
        return self.model.loss(square / rows)

    def runs_away(self, square: float, rows: int, labels: npt.ArrayLike) -> bool:
        """Whether mean d² is no number, or over 10 times what a model that knows nothing has."""
        nothing = float(np.mean(self.model.targets(labels) ** 2))
        return not square / rows <= RUNAWAY * nothing  # not a number is beyond it, too

    def runaway(self, round: int) -> Diverged:
        """Make the error for it, from what everybody knows."""
        return Diverged(
            f"The loss ran away in round {round}: it is over {RUNAWAY} times that of a model that knows nothing.",
            f"Take smaller steps than learning_rate={self.learning_rate:g}, and let every party standardise its "
            "columns first: party.standardised().",
        )


@dataclass(frozen=True, eq=False, repr=False)
class Part:
    """One party's part of a joint model: weights of its own columns, and the intercept at the label holder.

    >>> part = Part(("Income", "Age"), [0.5, -1.0], intercept=0.25)
    >>> part
    Part(Income: 0.5, Age: -1, intercept: 0.25)
    >>> part.share([[2.0, 1.0]])
    array([0.25])

    Parameters
    ----------
    columns : p names
    weights : (p,) array; copied and made read-only
    intercept : None at a feature holder
    """

    columns: tuple[str, ...]
    weights: Array
    intercept: float | None = None

    def __post_init__(self) -> None:
        weights = np.array(self.weights, dtype=np.float64)
        if weights.shape != (len(self.columns),):
            raise ArgumentError(f"{len(self.columns)} columns have {weights.shape} weights.", "Give one for each.")
        weights.flags.writeable = False
        object.__setattr__(self, "weights", weights)

    def share(self, X: Any) -> Array:
        """Its summand of the joint score: u = Xw, plus the intercept where it is; (N,)."""
        return np.asarray(features_of(X) @ self.weights + (self.intercept or 0.0))

    def __repr__(self) -> str:
        named = list(zip(self.columns, self.weights, strict=True))
        named += [("intercept", self.intercept)] if self.intercept is not None else []
        shown = [f"{name}: {weight:.4g}" for name, weight in named]
        return f"Part({', '.join(shown if len(shown) <= 6 else [*shown[:5], f'… ({len(shown)} in all)'])})"


def train_joined(X: Any, labels: npt.ArrayLike, descent: Descent) -> tuple[Part, list[float]]:
    """Take the same steps on the joined table, with nothing encrypted: what an encrypted run is compared with.

    >>> X = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    >>> part, losses = train_joined(X, [1, 2, 3], Descent(LINEAR, 3, 200, None, 0.5, 0.0))
    >>> part.weights.round(2), round(losses[0], 2), losses[-1] < 1e-3
    (array([1., 2.]), 2.33, True)

    Parameters
    ----------
    X : (N, p) array, or a table with `.features`
    labels : (N,)

    Returns
    -------
    part : Part
    losses : one a step, each before its step

    Raises
    ------
    Diverged
        the steps are too large
    """
    columns = getattr(X, "columns", None)
    X, labels = features_of(X), np.asarray(labels)
    names = tuple(columns or (f"column {j + 1}" for j in range(X.shape[1])))
    part, losses, t = Part(names, np.zeros(X.shape[1]), 0.0), [], descent.model.targets(labels)
    for round, (begin, end) in enumerate(descent.batches * descent.epochs, start=1):
        rows = X[begin:end]
        d = part.share(rows) - t[begin:end]  # (n,)
        if descent.runs_away(float(d @ d), len(d), labels):
            raise descent.runaway(round)
        losses.append(descent.loss(float(d @ d), len(d)))
        part = descent.step(part, np.append(rows.T @ d, d.sum()), len(d))
    return part, losses

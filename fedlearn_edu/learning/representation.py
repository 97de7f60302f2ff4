"""One party's own small network, from its columns to a space that two parties share: u = tanh(xWᵀ + b).

>>> import numpy as np
>>> half = Representation(columns=3, dimensions=2)
>>> weights = half.start(np.random.default_rng(0))
>>> X = np.array([[1.0, 0.0, -1.0], [0.5, 2.0, 0.0]])
>>> U = half.of(weights, X)                              # (2 rows, 2 dimensions)
>>> G = np.ones_like(U)                                  # ∂loss/∂U, say
>>> half.pull_back(weights, X, G).shape                  # ∂loss/∂weights = Σ_i J_iᵀ g_i
(8,)

Layout of the weight vector: W (d, p) row by row, b (d,), as in every model of `fedlearn_edu.learning`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import is_whole
from ..errors import ArgumentError
from .models import Array, features_of


@dataclass(frozen=True)
class Representation:
    """A network of one layer as functions of a weight vector; p columns in, d dimensions out.

    >>> Representation(columns=32, dimensions=8).size
    264

    Raises
    ------
    ArgumentError
        columns or dimensions is no whole number from 1 up
    """

    columns: int
    dimensions: int

    def __post_init__(self) -> None:
        for name in ("columns", "dimensions"):
            count = getattr(self, name)
            if not is_whole(count, 1):
                raise ArgumentError(f"{name} is a whole number, at least 1, and was {count!r}.", f"Use {name}=8.")

    @property
    def size(self) -> int:
        """P, the number of weights: d·(p + 1)."""
        return self.dimensions * (self.columns + 1)

    def start(self, rng: np.random.Generator) -> Array:
        """Small random weights; variance 1/p keeps tanh where it bends."""
        W = rng.standard_normal(self.dimensions * self.columns) / np.sqrt(self.columns)
        return np.concatenate([W, np.zeros(self.dimensions)])

    def of(self, weights: Array, X: npt.ArrayLike) -> Array:
        """U = tanh(XWᵀ + b), (N, d); every number lies between −1 and 1."""
        W, b = self.unpack(weights)
        return np.tanh(self._checked(X) @ W.T + b)

    def slopes(self, weights: Array, X: npt.ArrayLike) -> Array:
        """T, (d, N, p + 1): how u_il moves with each weight of its own dimension l, the intercept last.

        For every other dimension's weights it does not move; so T is all there is of the Jacobians.
        """
        X, U = self._checked(X), self.of(weights, X)
        ones = np.column_stack([X, np.ones(len(X))])  # [x, 1], (N, p + 1)
        return np.asarray((1 - U.T**2)[:, :, None] * ones[None])  # tanh' = 1 − tanh²

    def pull_back(self, weights: Array, X: npt.ArrayLike, G: Array) -> Array:
        """Σ_i J_iᵀ g_i, (size,): from the gradient G of a loss for each u_i, (N, d), to that for the weights."""
        X, U = self._checked(X), self.of(weights, X)
        E = G * (1 - U**2)  # (N, d)
        return np.concatenate([(E.T @ X).ravel(), E.sum(axis=0)])  # EᵀX, Σ E

    def packed(self, by_dimension: npt.ArrayLike) -> Array:
        """The weight vector's layout from (d, p + 1), a row for each dimension with the intercept last.

        >>> Representation(columns=2, dimensions=2).packed([[1, 2, 10], [3, 4, 20]])
        array([ 1.,  2.,  3.,  4., 10., 20.])
        """
        rows = np.asarray(by_dimension, dtype=np.float64).reshape(self.dimensions, self.columns + 1)
        return np.concatenate([rows[:, :-1].ravel(), rows[:, -1]])

    def penalised(self, weights: Array) -> Array:
        """The weights with zeros for the intercepts, which a penalty leaves free."""
        return np.concatenate([weights[: -self.dimensions], np.zeros(self.dimensions)])

    def without(self, weights: Array, left_out: npt.NDArray[np.bool_]) -> Array:
        """The weights with zeros for some columns, which then move nothing; `left_out` is (p,).

        >>> Representation(columns=2, dimensions=1).without(np.array([3.0, 4.0, 5.0]), np.array([True, False]))
        array([0., 4., 5.])
        """
        W, b = self.unpack(weights)
        return np.concatenate([np.where(left_out, 0.0, W).ravel(), b])

    def unpack(self, weights: Array) -> tuple[Array, Array]:
        """W, (d, p), and b, (d,); views, not copies."""
        if np.shape(weights) != (self.size,):
            raise ArgumentError(
                f"This network has {self.size} weights, and the vector has the shape {np.shape(weights)}.",
                "Give the vector that was trained for these columns.",
            )
        return weights[: -self.dimensions].reshape(self.dimensions, self.columns), weights[-self.dimensions :]

    def _checked(self, X: Any) -> Array:
        table = features_of(X)
        if table.ndim != 2 or table.shape[1] != self.columns:
            raise ArgumentError(
                f"This network is for {self.columns} columns, and X has the shape {table.shape}.",
                f"Give an array of shape (rows, {self.columns}).",
            )
        return table


@dataclass(frozen=True, eq=False, repr=False)
class Encoder:
    """What one party has after federated transfer learning: its own way from its own columns to the common space.

    >>> encoder = Encoder("target", ("x", "y"), np.zeros(2), np.ones(2), Representation(2, 1), np.array([2., 0., 0.]))
    >>> encoder
    Encoder(of target: 2 columns to 1 dimension)
    >>> encoder.represent(np.array([[0.5, 7.0]])).round(3)       # tanh 1
    array([[0.762]])

    Parameters
    ----------
    owner : the party's name
    columns : p names
    mean, scale : (p,), with which it standardises its own columns; an infinite scale leaves a column out: it is 0
    network, weights : the trained map
    prototype : Φ, (d,), the labelled rows' mean of y·u, at the source; None at the target
    """

    owner: str
    columns: tuple[str, ...]
    mean: Array
    scale: Array
    network: Representation
    weights: Array
    prototype: Array | None = None

    def standardised(self, rows: Any) -> Array:
        """The party's own columns, (x − mean)/scale, (N, p): out of a table by name, or of an array as they stand.

        Raises
        ------
        ArgumentError
            a column is not in the table, or the array has another number of them
        """
        names = getattr(rows, "columns", None)
        X = features_of(rows)
        if names is not None and tuple(names) != self.columns:
            missing = [column for column in self.columns if column not in names]
            if missing:
                raise ArgumentError(
                    f"{self.owner} learned from the column {missing[0]!r}, and the rows have none of that name.",
                    "Give rows with the columns of training, among others if you like.",
                )
            X = X[:, [list(names).index(column) for column in self.columns]]
        return np.asarray((self.network._checked(X) - self.mean) / self.scale)

    def represent(self, rows: Any) -> Array:
        """Where these rows lie in the common space: U, (N, d)."""
        return self.network.of(self.weights, self.standardised(rows))

    @property
    def left_out(self) -> tuple[str, ...]:
        """Columns that the party did not use: they would have marked single common rows in a gradient."""
        return tuple(name for name, scale in zip(self.columns, self.scale, strict=True) if np.isinf(scale))

    def __repr__(self) -> str:
        d = self.network.dimensions
        return f"Encoder(of {self.owner}: {len(self.columns)} columns to {d} dimension{'' if d == 1 else 's'})"

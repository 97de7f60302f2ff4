"""Many small logistic regressions at once: what hospitals learn alone, over and over, from few rows.

>>> from fedlearn_edu.data import load
>>> table = load("breast_cancer")
>>> curve = learning_curve(table.features, table.labels, rows=(10, 400), splits=60, exam=169)
>>> curve.accuracy.mean(axis=1).round(2), curve.missed.mean(axis=1).round(2)      # ten rows, four hundred rows
(array([0.89, 0.98]), array([0.21, 0.05]))

One island, one split, one fit would be a loop of thousands; here they are batch dimensions of one array, so that a knob
can redraw what they say within a tenth of a second. The fit is Newton's method, which needs some seven steps.

References
----------
C. M. Bishop, Pattern Recognition and Machine Learning, Springer 2006, chapter 4: iterative reweighted least squares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import ArgumentError
from .models import Array

Places = npt.NDArray[np.int64]
PENALTY = 1.0
STEPS, CLOSE_ENOUGH = 25, 1e-3  # Newton's steps at most, and the change after which the next one is some 1e-6


def train_islands(X: npt.ArrayLike, y: npt.ArrayLike, penalty: float = PENALTY) -> Array:
    """A logistic regression for each island, each on its own rows, which it standardises by itself.

    >>> X = np.array([[[1.0], [2.0], [3.0], [4.0]], [[1.0], [2.0], [3.0], [4.0]]])      # two islands, four rows each
    >>> weights = train_islands(X, [[0, 0, 1, 1], [1, 1, 1, 1]])
    >>> weights.shape                                                                   # a weight and an intercept each
    (2, 2)
    >>> weights[1]                      # who has seen one class only calls every row that
    array([0., 1.])

    What is made small: Σ loss over the island's rows + penalty/2 · ‖w‖², intercept free; for scikit-learn's
    `LogisticRegression` that is C = 1/penalty. The weights belong to the columns as they are: means and deviations are
    folded in.

    Parameters
    ----------
    X : (..., n, p) array; every leading index is an island
    y : (..., n) array of 0 and 1
    penalty : float, above 0

    Returns
    -------
    (..., p + 1) array: p weights, then the intercept

    Raises
    ------
    ArgumentError
        The shapes do not fit, a label is neither 0 nor 1, or the penalty is not above 0.
    """
    X, y = _checked(X, y)
    if not penalty > 0 or not np.isfinite(penalty):
        raise ArgumentError(f"penalty was {penalty!r}.", "Use a number above 0: ten rows alone settle no 31 weights.")
    mean, scale = X.mean(axis=-2, keepdims=True), X.std(axis=-2, keepdims=True)  # (..., 1, p)
    scale[scale == 0] = 1.0  # a constant column is centred only
    Z = np.concatenate([(X - mean) / scale, np.ones((*X.shape[:-1], 1))], axis=-1)  # (..., n, p + 1)
    weights = _newton(Z, y, penalty)
    w = weights[..., :-1] / scale[..., 0, :]  # z = Σ w (x − mean)/scale + b
    b = weights[..., -1] - np.sum(w * mean[..., 0, :], axis=-1)
    found = np.concatenate([w, b[..., None]], axis=-1)
    return np.where(_one_class(y)[..., None], _always(y, found.shape), found)


def _newton(Z: Array, y: Array, penalty: float) -> Array:
    """Iterate v ← v − H⁻¹g over all islands at once: (..., n, q), (..., n) → (..., q)."""
    ridge = np.full(Z.shape[-1], penalty)
    ridge[-1] = 1e-9  # the intercept is free; so little keeps H invertible where all scores are sure
    across, v, unsure = np.swapaxes(Z, -1, -2), np.zeros((*Z.shape[:-2], Z.shape[-1])), ~_one_class(y)
    for _ in range(STEPS):
        chance = 0.5 + 0.5 * np.tanh(0.5 * _times(Z, v))  # σ(Zv), (..., n)
        g = _times(across, chance - y) + ridge * v  # Zᵀ(σ − y) + penalty·w, (..., q)
        H = (across * (chance * (1 - chance))[..., None, :]) @ Z + np.diag(ridge)  # ZᵀDZ + penalty·I, (..., q, q)
        step = np.linalg.solve(H, g[..., None])[..., 0]
        v = v - step
        if np.abs(step[unsure]).max(initial=0.0) < CLOSE_ENOUGH:
            break
    return np.asarray(v)


def _times(matrices: Array, vectors: Array) -> Array:
    return np.asarray((matrices @ vectors[..., None])[..., 0])


def _one_class(y: Array) -> npt.NDArray[np.bool_]:
    return np.asarray(y.min(axis=-1) == y.max(axis=-1))


def _always(y: Array, shape: tuple[int, ...]) -> Array:
    """Weights that call every row the class of the first one."""
    same = np.zeros(shape)
    same[..., -1] = 2 * y[..., 0] - 1
    return same


@dataclass(frozen=True, eq=False)
class Marks:
    """What an exam says of many models.

    >>> marks = mark_islands([[1.0, -2.5]], [[1.0], [2.0], [3.0], [4.0]], [0, 1, 1, 1])
    >>> marks.accuracy, marks.missed                             # a cut at 2.5 misses one of three
    (array([0.75]), array([0.33333333]))

    Parameters
    ----------
    called : (..., N) array: the class of each row of the exam, as each model calls it
    accuracy : (...,) array: the share of rows that are called right
    missed : (...,) array: of the rows of class 1, the share that is called 0
    """

    called: npt.NDArray[np.int64]
    accuracy: Array
    missed: Array


def mark_islands(weights: npt.ArrayLike, X: npt.ArrayLike, y: npt.ArrayLike) -> Marks:
    """Let many models sit one exam.

    >>> mark_islands(np.zeros((5, 2)), [[1.0], [2.0]], [0, 1]).accuracy.shape
    (5,)

    Parameters
    ----------
    weights : (..., p + 1) array, as from `train_islands`
    X, y : the exam: (N, p), (N,), the same for all; or (..., N, p), (..., N), one for each

    Raises
    ------
    ArgumentError
        The shapes do not fit, or an exam has no row of class 1: then none can be missed.
    """
    X, y = _checked(X, y)
    weights = np.asarray(weights, dtype=np.float64)
    if not y.max(axis=-1).all():
        raise ArgumentError("An exam has no row of class 1, so none can be missed.", "Take rows of both classes.")
    scores = weights[..., :-1] @ X.T if X.ndim == 2 else _times(X, weights[..., :-1])
    called = (scores + weights[..., -1:] > 0).astype(np.int64)  # (..., N)
    missed = np.sum((called == 0) & (y == 1), axis=-1) / np.sum(y == 1, axis=-1)
    return Marks(called, np.asarray(np.mean(called == y, axis=-1)), np.asarray(missed))


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """What models are worth that saw so many rows, over many splits. R sizes, S splits.

    >>> LearningCurve((10, 20), np.array([[0.8, 0.9], [0.9, 0.9]]), np.zeros((2, 2))).accuracy.std(axis=1).round(2)
    array([0.05, 0.  ])

    Parameters
    ----------
    rows : the sizes
    accuracy, missed : (R, S) arrays, as in `Marks`
    """

    rows: tuple[int, ...]
    accuracy: Array
    missed: Array


def learning_curve(
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    rows: Sequence[int],
    *,
    splits: int = 60,
    exam: int = 169,
    skew: float = 0.0,
    share: float | None = None,
    penalty: float = PENALTY,
    seed: int = 0,
) -> LearningCurve:
    """How good a model is that saw n rows, for several n; every split keeps another exam and deals anew.

    >>> from fedlearn_edu.data import load
    >>> table = load("breast_cancer")
    >>> skewed = learning_curve(table.features, table.labels, rows=(12, 120), skew=1.0, splits=10)
    >>> bool((skewed.accuracy[0] == skewed.accuracy[1]).all())      # ten times the rows of one kind are one kind
    True

    Parameters
    ----------
    X, y : (N, p) and (N,) arrays
    rows : sizes, each at most N − exam
    splits : how often
    exam : rows that nobody trains with; the exam is the same for all sizes of a split
    skew : the share of an island's rows that come from one class. The island's class is drawn once a split, so that
        over many islands the classes come out as in the table.
    share : the share of class 1 among an island's rows, as in a suburb with few cancers; None: as they come
    penalty : as in `train_islands`
    seed : int

    Raises
    ------
    ArgumentError
        A size is not from 1 to the rows that are left, skew or share is not from 0 to 1, both are given, or a class
        has too few rows for such an island.
    """
    X, y = _checked(X, y)
    left = len(X) - exam
    if not rows or not all(1 <= n <= left for n in rows) or not 0 <= skew <= 1 or not 0 <= (share or 0) <= 1:
        raise ArgumentError(
            f"rows={tuple(rows)}, skew={skew!r} and share={share!r}, with {left} rows beside the exam.",
            f"Sizes go from 1 to {left}, skew and share from 0 to 1.",
        )
    if skew and share is not None:
        raise ArgumentError(f"skew={skew!r} and share={share!r} both say of which class.", "Give one of the two.")
    orders = np.array([np.random.default_rng([seed, split]).permutation(len(X)) for split in range(splits)])  # (S, N)
    exams, others = orders[:, :exam], orders[:, exam:]
    sides = y[others[:, -1]]  # of a row that came by chance
    found = []
    for n in rows:
        dealt = _lean(others, y, n, skew, sides) if share is None else _mixed(others, y, n, share)  # (S, n)
        found.append(mark_islands(train_islands(X[dealt], y[dealt], penalty), X[exams], y[exams]))
    accuracy, missed = (np.array([getattr(marks, name) for marks in found]) for name in ("accuracy", "missed"))
    return LearningCurve(tuple(rows), accuracy, missed)


def _lean(orders: Places, y: Array, n: int, skew: float, sides: Array) -> Places:
    """The first n rows of each order, but the share `skew` of them from the island's class; (S, N) → (S, n)."""
    leaning = _some(orders, y, sides, round(skew * n))
    first = np.argsort(~leaning, axis=1, kind="stable")[:, :n]  # those that lean, then the others as they come
    return np.take_along_axis(orders, first, axis=1)


def _mixed(orders: Places, y: Array, n: int, share: float) -> Places:
    """The first rows of each order that make n, of which the share is of class 1; (S, N) → (S, n)."""
    ones, zeros = np.ones(len(orders)), np.zeros(len(orders))
    cancers = round(share * n)
    taken = _some(orders, y, ones, cancers) | _some(orders, y, zeros, n - cancers)
    return orders[taken].reshape(len(orders), n)


def _some(orders: Places, y: Array, sides: Array, count: int) -> npt.NDArray[np.bool_]:
    """Where in each order the first `count` rows of a class are: (S, N)."""
    own = y[orders] == sides[:, None]
    if (own.sum(axis=1) < count).any():
        raise ArgumentError(
            f"An island was to have {count} rows of one class, and there are only {own.sum(axis=1).min()} to deal.",
            "Use fewer rows, or a mixture that is nearer to the table's.",
        )
    return np.asarray(own & (np.cumsum(own, axis=1) <= count))


def _checked(X: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Array, Array]:
    X, y = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if X.ndim < 2 or X.shape[:-1] != y.shape or not X.size:
        raise ArgumentError(f"X has the shape {X.shape} and y {y.shape}.", "Give (..., n, p) and (..., n).")
    if not np.isin(y, (0, 1)).all():
        raise ArgumentError("A label is neither 0 nor 1.", "Islands tell two classes apart.")
    return X, y

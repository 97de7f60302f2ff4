"""How good a prediction is.

>>> import numpy as np
>>> from fedlearn_edu.learning import accuracy, missed
>>> cancer, called = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 0, 0, 0, 1])
>>> round(accuracy(cancer, called), 2)      # sounds fine
0.83
>>> missed(cancer, called)                  # half of the cancers were not found
0.5

References
----------
T. Fawcett, An introduction to ROC analysis, Pattern Recognition Letters 27 (2006).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ArgumentError


def accuracy(y: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """The share of rows, (N,) against (N,), whose class is right.

    >>> accuracy([0, 1, 2, 2], [0, 1, 1, 2])
    0.75
    """
    y, predicted = _pair(y, predicted)
    return float(np.mean(y == predicted))


def recall(y: npt.ArrayLike, predicted: npt.ArrayLike, positive: int = 1) -> float:
    """Of the rows that are `positive`, the share that was called so.

    >>> recall([1, 1, 1, 0], [1, 1, 0, 1])
    0.6666666666666666

    Raises
    ------
    ArgumentError
        No row is `positive`: there is no such share.
    """
    y, predicted = _pair(y, predicted)
    is_positive = y == positive
    if not is_positive.any():
        raise ArgumentError(f"No row is of class {positive}, so there is none to find.", "Test on rows of every class.")
    return float(np.mean(predicted[is_positive] == positive))


def missed(y: npt.ArrayLike, predicted: npt.ArrayLike, positive: int = 1) -> float:
    """Of the rows that are `positive`, the share that was *not* called so (false negatives): 1 − recall.

    >>> missed([1, 1, 1, 0], [1, 0, 0, 1])
    0.6666666666666667
    """
    return 1.0 - recall(y, predicted, positive)


def log_loss(y: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """The mean of −log P(right class).

    >>> round(log_loss([0, 1], [[0.9, 0.1], [0.5, 0.5]]), 4)     # −(log 0.9 + log 0.5) / 2
    0.3993

    A probability of 0 counts as 2.2e-16, so that one sure mistake is not infinite.

    Parameters
    ----------
    y : (N,) array of class indices
    probabilities : (N, c) array

    Raises
    ------
    ArgumentError
        The shapes do not fit, or `y` holds other things than class indices.
    """
    y, P = np.asarray(y), np.asarray(probabilities, dtype=np.float64)
    if P.ndim != 2 or y.shape != (len(P),) or len(P) == 0:
        raise ArgumentError(
            f"y has the shape {y.shape} and probabilities {P.shape}.",
            "Give (N,) classes and (N, classes) probabilities.",
        )
    if y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= P.shape[1]:
        raise ArgumentError(f"y holds other things than the class numbers 0 to {P.shape[1] - 1}.", "Use class indices.")
    right = P[np.arange(len(y)), y]  # (N,)
    return float(-np.mean(np.log(np.maximum(right, np.finfo(np.float64).eps))))


def auc(y: npt.ArrayLike, scores: npt.ArrayLike) -> float:
    """The chance that a row of class 1 scores above a row of class 0; 0.5 is guessing.

    >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75

    Needs the order of scores only, so it can judge scores that are no probabilities.

    Raises
    ------
    ArgumentError
        `y` has not both classes 0 and 1, or the shapes differ.
    """
    from sklearn.metrics import roc_auc_score

    y, scores = _pair(y, scores)
    if set(np.unique(y).tolist()) != {0, 1}:
        raise ArgumentError("AUC compares rows of class 1 with rows of class 0, and one of them is missing, or there "
                            "is a third.", "Test on rows of both classes, labelled 0 and 1.")  # fmt: skip
    return float(roc_auc_score(y, scores))


def mean_squared_error(y: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """The mean of (y − predicted)², both (N,).

    >>> mean_squared_error([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    y, predicted = _pair(y, predicted)
    return float(np.mean((y - predicted) ** 2))


def _pair(y: npt.ArrayLike, other: npt.ArrayLike) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    y, other = np.asarray(y), np.asarray(other)
    # Without this check (N,) against (N, 1) would broadcast to N·N comparisons and give a number all the same.
    if y.ndim != 1 or y.shape != other.shape or y.size == 0:
        raise ArgumentError(f"The two have the shapes {y.shape} and {other.shape}.", "Give one of each for every row.")
    return y, other

"""When is a batch so small that its gradient gives rows away? A guard, and no proof.

>>> X = np.array([[1.0, 0.2], [0.0, 0.5], [0.0, 0.1], [1.0, 0.9]])
>>> what_a_batch_gives_away(X, ("owner", "age"), [(0, 4)])
'owner: only 2 of 4 rows have one of its values'
>>> what_a_batch_gives_away(X[:, 1:], ("age",), [(0, 2), (2, 4)])
'2 rows, and 1 independent column'

Who knows X and learns Xᵀd of one batch, has as many equations for its n residuals d as X has independent columns. With
as many as n, d is solved for: the labels, or the other party's part of every score. One column that is 1 for three
customers and 0 else gives the sum of d over these three, however many rows the batch has.

A column of mostly zeros does the same, however many values the other rows have: with the sum of all d, it is one
equation for these rows alone.

What passes all the same, and `attacks.vertical` shows it: columns whose *combination* marks a few rows. And where d
has two values only, as in the first round of logistic regression, far fewer equations than rows are enough: a column
tells about 30 bits, so the labels of small batches can be found by trying. Take many more rows than 30 for each column.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FEWEST_ROWS = 10  # of a category in a batch
FEW_VALUES = 5  # a column with so many different values or fewer is taken for a category


def what_a_batch_gives_away(X: npt.ArrayLike, columns: Sequence[str], batches: Sequence[tuple[int, int]]) -> str:
    """Name the first thing that a gradient over one of these batches would tell, or "" when the guard sees none.

    Parameters
    ----------
    X : (N, p) array of one party's columns; at the label holder with the intercept's column of ones
    columns : p names
    batches : where each begins and ends
    """
    X = np.asarray(X, dtype=np.float64)
    for begin, end in batches:
        rows = X[begin:end]
        rank = int(np.linalg.matrix_rank(rows))
        if len(rows) <= rank + 1:
            return f"{len(rows)} rows, and {rank} independent column{'' if rank == 1 else 's'}"
        for column, values in zip(columns, rows.T, strict=True):
            if rare := _rows_of_a_rare_value(values):  # which value is not told: after standardising it is 8.1 for yes
                return f"{column}: only {rare} of {len(rows)} rows have one of its values"
            if 0 < (count := _those_that_differ(values)) < FEWEST_ROWS:
                return f"{column}: only {count} of {len(rows)} rows have another value than most"
    return ""


def columns_that_mark_rows(X: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """In which columns most rows have one value, and fewer than 10 another: (p,) of booleans.

    >>> columns_that_mark_rows(np.column_stack([np.arange(30) == 7, np.arange(30) % 2, np.arange(30), np.ones(30)]))
    array([ True, False, False,  True])

    A constant column is among them. Numbers that all differ are not, even when there are fewer than 10 rows.
    """
    return np.array([_those_that_differ(values) < FEWEST_ROWS for values in np.asarray(X, dtype=np.float64).T], bool)


def _those_that_differ(values: npt.NDArray[np.float64]) -> int:
    """How many rows have another value than most rows; all of them, when no value is that of most."""
    counts = np.unique(values, return_counts=True)[1]
    if not len(counts) or 2 * counts.max() <= len(values):
        return max(len(values), FEWEST_ROWS)
    return len(values) - int(counts.max())


def _rows_of_a_rare_value(values: npt.NDArray[np.float64]) -> int:
    """Of a category, how many rows have the rarest value, if fewer than 10 have it; else 0."""
    counts = np.unique(values, return_counts=True)[1]
    return int(counts.min()) if 1 < len(counts) <= FEW_VALUES and counts.min() < FEWEST_ROWS else 0

"""When is a batch so small that its gradient gives rows away? A guard, and no proof.

>>> X = np.array([[1.0, 0.2], [0.0, 0.5], [0.0, 0.1], [1.0, 0.9]])
>>> what_a_batch_gives_away(X, ("owner", "age"), [(0, 4)])
'owner: only 2 of 4 rows have the value 1'
>>> what_a_batch_gives_away(X[:, 1:], ("age",), [(0, 2), (2, 4)])
'2 rows, and 1 independent column'

Who knows X and learns Xᵀd of one batch, has as many equations for its n residuals d as X has independent columns. With
as many as n, d is solved for: the labels, or the other party's part of every score. One column that is 1 for three
customers and 0 else gives the sum of d over these three, however many rows the batch has.

What passes all the same: columns whose *combination* marks a few rows. See `attacks.vertical`.
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
            if rare := _rare_value(values):
                return f"{column}: only {rare[1]} of {len(rows)} rows have the value {rare[0]:.3g}"
    return ""


def _rare_value(values: npt.NDArray[np.float64]) -> tuple[float, int] | None:
    """Of a category, the value that fewer than 10 rows have, and their number."""
    different, counts = np.unique(values, return_counts=True)
    if not 1 < len(different) <= FEW_VALUES or counts.min() >= FEWEST_ROWS:
        return None
    rarest = len(counts) - 1 - int(np.argmin(counts[::-1]))  # the larger of two: 1, not 0
    return float(different[rarest]), int(counts[rarest])

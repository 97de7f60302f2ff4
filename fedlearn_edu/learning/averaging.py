"""The mean of several parties' vectors, each counted as often as its party has rows.

>>> import numpy as np
>>> weighted_mean({"big": np.array([1.0, 0.0]), "small": np.array([5.0, 4.0])}, {"big": 300, "small": 100})
array([2., 1.])
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..arguments import is_whole
from ..errors import ProtocolError, TooFewSurvivors


def weighted_mean(vectors: Mapping[str, np.ndarray], rows: Mapping[str, int]) -> np.ndarray:
    """Row-weighted mean: Σ n_k·x_k / Σ n_k.

    >>> weighted_mean({"one": np.array([2.0])}, {"one": 7})
    array([2.])

    Parameters
    ----------
    vectors : x_k by party, each of shape (p,)
    rows : n_k by party

    Returns
    -------
    array of shape (p,)

    References
    ----------
    McMahan et al.: Communication-Efficient Learning of Deep Networks from Decentralized Data.
    AISTATS 2017, Algorithm 1.
    """
    total = total_rows(rows)
    weighted = [rows[name] * vector for name, vector in vectors.items()]
    return np.asarray(np.sum(weighted, axis=0) / total)


def total_rows(rows: Mapping[str, int]) -> int:
    """N = Σ n_k, after a look at every count.

    >>> total_rows({"hospital 1": 300, "hospital 2": 100})
    400
    >>> total_rows({"hospital 1": -5})
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.ProtocolError: hospital 1 claims -5 rows.
        A row count is a whole number from 1 up.

    Raises
    ------
    TooFewSurvivors
        nobody is left
    ProtocolError
        a count is no whole number from 1 up
    """
    if not rows:
        raise TooFewSurvivors("No upload arrived: there is nothing to average.", "Start again with the parties left.")
    for name, count in rows.items():
        if not is_whole(count, 1):
            raise ProtocolError(f"{name} claims {count!r} rows.", "A row count is a whole number from 1 up.")
    return sum(int(count) for count in rows.values())  # NumPy's own numbers could wrap around

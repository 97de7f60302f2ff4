"""A party: a name, the rows it holds, and how it scaled them.

>>> from fedlearn_edu.data import Party, load
>>> Party("hospital 1", load("breast_cancer").take(range(107)))
hospital 1 (107 rows × 30 columns)
>>> Party("server")
server (no data)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fedlearn_edu.data.datasets import Dataset
from fedlearn_edu.errors import ArgumentError


@dataclass(frozen=True, eq=False)
class Scaling:
    """The means and scales that standardise a table: z = (x − mean) / scale.

    >>> from fedlearn_edu.data import Dataset, Scaling
    >>> table = Dataset("two", [[1.0, 5.0], [3.0, 5.0]], None, ["ann", "bob"], ("x", "constant"))
    >>> scaling = Scaling(mean=[2.0, 5.0], scale=[1.0, 0.0])
    >>> scaling.apply(table).features.tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    >>> scaling.undo(scaling.apply(table)).features.tolist()
    [[1.0, 5.0], [3.0, 5.0]]

    Parameters
    ----------
    mean, scale : (p,) arrays
        Kept as read-only float64. A scale of 0, from a constant column, becomes 1: that column is centred only.

    Raises
    ------
    ArgumentError
        The two differ in length, a number is not finite, or a scale is negative.
    """

    mean: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        mean, scale = np.array(self.mean, dtype=np.float64), np.array(self.scale, dtype=np.float64)
        if mean.ndim != 1 or mean.shape != scale.shape:
            raise ArgumentError(
                f"mean has the shape {mean.shape} and scale {scale.shape}.", "Give one number of each for every column."
            )
        if not (np.isfinite(mean).all() and np.isfinite(scale).all() and (scale >= 0).all()):
            raise ArgumentError(
                "A mean or scale is missing, infinite, or negative.", "Compute them from finite columns."
            )
        scale[scale == 0] = 1.0
        mean.flags.writeable = scale.flags.writeable = False
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "scale", scale)

    def apply(self, dataset: Dataset) -> Dataset:
        """Standardise: the same rows with (x − mean) / scale."""
        self._check(dataset)
        return dataset.with_features((dataset.features - self.mean) / self.scale)  # (N, p)

    def undo(self, dataset: Dataset) -> Dataset:
        """Give the rows back in their own units: z · scale + mean."""
        self._check(dataset)
        return dataset.with_features(dataset.features * self.scale + self.mean)  # (N, p)

    def _check(self, dataset: Dataset) -> None:
        if len(dataset.columns) != len(self.mean):
            raise ArgumentError(
                f"The scaling is for {len(self.mean)} columns, and {dataset.name} has {len(dataset.columns)}.",
                "Use the scaling that was computed for this table's columns.",
            )


@dataclass(frozen=True, repr=False)
class Party:
    """A participant: hospital, bank, server.

    >>> Party("bank").name
    'bank'

    What it holds reaches others only through the wire.

    Parameters
    ----------
    name : str
        How messages, tables and diagrams call it.
    data : Dataset or None
        None: it holds no rows, as a server.
    scaling : Scaling or None
        The means and scales that made `data` from the original numbers; None if they are the original ones.

    Raises
    ------
    ArgumentError
        The name is empty or not a string, the data are not a Dataset, or the scaling is not for its columns.
    """

    name: str
    data: Dataset | None = None
    scaling: Scaling | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise ArgumentError(f"A party's name was {self.name!r}.", 'Give it a name, as in Party("hospital 1").')
        if self.data is not None and not isinstance(self.data, Dataset):
            raise ArgumentError(
                f"{self.name}'s data are of type {type(self.data).__name__}.", "Give a Dataset, as load(...) makes it."
            )
        if self.scaling is not None and not isinstance(self.scaling, Scaling):
            raise ArgumentError(
                f"{self.name}'s scaling is of type {type(self.scaling).__name__}.", "Give Scaling(mean, scale)."
            )
        if self.data is not None and self.scaling is not None:
            self.scaling._check(self.data)

    def __repr__(self) -> str:
        if self.data is None:
            return f"{self.name} (no data)"
        return f"{self.name} ({self.data.rows} rows × {len(self.data.columns)} columns)"

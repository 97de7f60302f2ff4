"""A party: a name, the rows it holds, how it scaled them, and with whom it aligned them.

>>> from fedlearn_edu.data import Party, load
>>> Party("hospital 1", load("breast_cancer").take(range(107)))
hospital 1 (107 rows × 30 columns)
>>> Party("server")
server (no data)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import is_whole
from ..errors import ArgumentError, DataError
from .datasets import Dataset


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


@dataclass(frozen=True)
class Alignment:
    """The mark that alignment leaves on a party: row i belongs to the same customer wherever the mark is equal.

    >>> from fedlearn_edu.data import Alignment
    >>> mark = Alignment("9f2c7e01a4b35d68", ("bank", "tax office"))
    >>> mark == Alignment("9f2c7e01a4b35d68", ("bank", "tax office"))
    True
    >>> mark.of_rows([2, 0]) == mark, mark.of_rows([2, 0]) == mark.of_rows([2, 0])
    (False, True)

    Parameters
    ----------
    session : str
        Public, drawn at random by each run of `align`.
    parties : names
        Who took part.
    revealed_to : "both" or "first"
        "first": the others do not know which rows are common, so nothing can be learned together.
    """

    session: str
    parties: tuple[str, ...]
    revealed_to: str = "both"

    def of_rows(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> Alignment:
        """The mark of some of the rows: equal again for parties that take the same ones, in the same order."""
        rows = np.asarray(indices, dtype="<i8").tobytes()
        return replace(self, session=sha256(self.session.encode() + rows).hexdigest()[:16])


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
    alignment : Alignment or None
        With whose rows these lie side by side; None if with nobody's.
    is_elsewhere, public_rows : bool, int or None
        Of a party on another computer: see `Party.elsewhere`.

    Raises
    ------
    ArgumentError
        The name is empty or not a string, the data are not a Dataset, or the scaling is not for its columns.
    """

    name: str
    data: Dataset | None = None
    scaling: Scaling | None = None
    alignment: Alignment | None = None
    is_elsewhere: bool = False
    public_rows: int | None = None

    @classmethod
    def elsewhere(cls, name: str, rows: int | None = None) -> Party:
        """A party whose data are on another computer: here, its name is known, and perhaps how many rows it has.

        >>> import fedlearn_edu as fl
        >>> bank, _ = fl.split_columns(fl.load("bank_tax"), overlap=0.8, seed=7)
        >>> at_the_bank = fl.align(bank, fl.Party.elsewhere("tax office"))
        >>> at_the_bank
        Protocol('alignment (ECDH)', parties: bank, tax office)

        So every party makes the same protocol from its own table alone, and plays its own part of it.

        Parameters
        ----------
        name : str
            The same on every computer.
        rows : int or None
            Where the protocol needs a public number of rows, and no table is here: a coordinator of vertical learning.

        Raises
        ------
        ArgumentError
            `rows` is no number of rows.
        """
        if rows is not None and not is_whole(rows, 1):
            raise ArgumentError(f"rows= was {rows!r}.", "Give a whole number from 1, or leave it out.")
        return cls(name, is_elsewhere=True, public_rows=None if rows is None else int(rows))

    @property
    def rows(self) -> int | None:
        """How many rows it holds, as far as this computer knows."""
        return self.public_rows if self.data is None else self.data.rows

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
        if self.alignment is not None and not isinstance(self.alignment, Alignment):
            raise ArgumentError(
                f"{self.name}'s alignment is of type {type(self.alignment).__name__}.",
                "Take it from a result of align.",
            )

    def __repr__(self) -> str:
        if self.is_elsewhere:
            return f"{self.name} (elsewhere{f', {self.public_rows} rows' if self.public_rows else ''})"
        if self.data is None:
            return f"{self.name} (no data)"
        return f"{self.name} ({self.data.rows} rows × {len(self.data.columns)} columns)"

    def take(self, indices: npt.ArrayLike) -> Party:
        """The same party with some of its rows: training rows, an exam.

        >>> from fedlearn_edu.data import Party, load
        >>> Party("bank", load("breast_cancer")).take(range(100))
        bank (100 rows × 30 columns)

        Aligned parties that take the same rows in the same order stay aligned.

        Parameters
        ----------
        indices : (M,) array
            As for `Dataset.take`.

        Raises
        ------
        ArgumentError
            The party holds no rows, or a row number is not in the table.
        """
        if self.data is None:
            raise ArgumentError(f"{self.name} holds no rows to take.", "Give it a Dataset.")
        data = self.data.take(indices)
        rows = np.arange(self.data.rows)[np.asarray(indices, dtype=None if data.rows else np.int64)]  # (M,)
        return replace(self, data=data, alignment=self.alignment.of_rows(rows) if self.alignment else None)

    def standardised(self, like: Party | None = None) -> Party:
        """The same party with every column at mean 0 and deviation 1 over its own rows; nobody else is needed.

        >>> from fedlearn_edu.data import Party, load
        >>> bank = Party("bank", load("breast_cancer"))
        >>> training, exam = bank.take(range(400)).standardised(), bank.take(range(400, 569))
        >>> exam.standardised(like=training).scaling == training.scaling      # what the training rows had, not its own
        True

        For parties with different columns, as in vertical learning; with the same columns, use `fl.standardise`.

        Parameters
        ----------
        like : Party or None
            Standardised before: its means and scales are used, as new rows need.

        Raises
        ------
        ArgumentError
            The party holds no rows, is standardised already, or `like` is not standardised or has other columns.
        """
        if self.data is None or self.scaling is not None:
            has = "no rows" if self.data is None else "a scaling already"
            raise ArgumentError(f"{self.name} has {has}.", "Standardise original numbers, once.")
        if like is not None and like.scaling is None:
            raise ArgumentError(f"{like.name}, to be like, is not standardised.", "Call its standardised() first.")
        X = self.data.features
        scaling = like.scaling if like is not None else Scaling(X.mean(axis=0), X.std(axis=0))
        assert scaling is not None
        return replace(self, data=scaling.apply(self.data), scaling=scaling)


@dataclass(frozen=True)
class Holder:
    """A party that brings something else than a table to a protocol: its part of a model, or places in a space.

    >>> Holder("bank", [0.5, -1.0]).data
    [0.5, -1.0]
    """

    name: str
    data: Any


def check_names(parties: Sequence[Party]) -> None:
    """Refuse two parties of one name, or one party in two places.

    >>> check_names([Party("bank"), Party("bank")])
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.ArgumentError: Two parties are called 'bank'.
        Give every party a name of its own.
    """
    names = [party.name for party in parties]
    if len(set(names)) < len(names):
        twice = min(name for name in names if names.count(name) > 1)
        raise ArgumentError(f"Two parties are called {twice!r}.", "Give every party a name of its own.")


def check_aligned(parties: Sequence[Party]) -> None:
    """Refuse parties whose rows do not lie side by side.

    >>> from fedlearn_edu.data import Alignment, Party, check_aligned, load
    >>> mark = Alignment("9f2c7e01a4b35d68", ("bank", "tax office"))
    >>> table = load("breast_cancer")
    >>> check_aligned([Party("bank", table, alignment=mark), Party("tax office", table, alignment=mark)])
    >>> check_aligned([Party("bank", table, alignment=mark), Party("tax office", table)])
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.DataError: The rows of bank and tax office were not aligned in one run: strangers would meet.
        Do it first: bank, tax_office = fl.play(fl.align(bank, tax_office)).result, and use what comes back.

    Looks at the marks that `align` leaves and at row counts; of parties elsewhere, at what is public. Parties without
    any mark pass when they have equally many rows, as of a table that was cut by hand; and the same ids, if their
    tables are here. With marks, ids are not looked at.

    Raises
    ------
    DataError
        They come from different alignments, or from one that told the first party alone, or from none and have
        different numbers of rows, or different ids; or one holds no rows at all.
    """
    one, other = parties[0].name, " and ".join(party.name for party in parties[1:])
    present = [party for party in parties if not party.is_elsewhere]
    marks = [party.alignment for party in present]
    if any(mark is not None and mark.revealed_to != "both" for mark in marks):
        raise DataError(
            f"The alignment of {one} and {other} told one party alone: the other does not know which of its rows are "
            "common.",
            'Align again with reveal_to="both": learning together needs the common rows on both sides.',
        )
    places = ", ".join(party.name.replace(" ", "_") for party in parties)
    remedy = f"Do it first: {places} = fl.play(fl.align({places})).result, and use what comes back."
    if len(parties) > 2:
        remedy = "fl.align takes two parties: bring the rows of more into one order yourself, row i one customer."
    if len(set(marks)) > 1 or _have_other_ids(present):
        raise DataError(f"The rows of {one} and {other} were not aligned in one run: strangers would meet.", remedy)
    rows = [party.rows or 0 for party in parties if not party.is_elsewhere or party.rows]
    if not rows:
        raise DataError(
            f"How many rows {one} and {other} have is not known here.", "Say it: Party.elsewhere(name, rows=3563)."
        )
    if len(set(rows)) > 1 or not all(rows):
        raise DataError(f"{one} and {other} have {', '.join(map(str, rows))} rows.", remedy)


def _have_other_ids(parties: Sequence[Party]) -> bool:
    """Whether tables that nobody aligned have equally many rows, and not of the same customers in the same order."""
    if any(party.alignment is not None or party.data is None for party in parties):
        return False
    orders = [party.data.ids for party in parties if party.data is not None]
    return any(len(ids) == len(orders[0]) and not np.array_equal(ids, orders[0]) for ids in orders)

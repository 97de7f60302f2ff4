"""Cutting a table: into training and test rows, and between parties.

>>> from fedlearn_edu.data import load, split_rows, split_train_test
>>> train, test = split_train_test(load("breast_cancer"), seed=7)
>>> test
breast_cancer: 143 rows × 30 columns, labels benign 90, malignant 53
>>> split_rows(train, parties=4, skew=0.5, seed=7)
[hospital 1 (107 rows × 30 columns), hospital 2 (107 rows × 30 columns),
 hospital 3 (106 rows × 30 columns), hospital 4 (106 rows × 30 columns)]
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from fedlearn_edu.data.datasets import Dataset
from fedlearn_edu.data.party import Party
from fedlearn_edu.errors import ArgumentError, DataError


def split_train_test(dataset: Dataset, seed: int, test_share: float = 0.25) -> tuple[Dataset, Dataset]:
    """Two tables with every row in one of them, each class in about the same share, rows in their old order.

    >>> from fedlearn_edu.data import load
    >>> train, test = split_train_test(load("digits"), seed=1, test_share=0.2)
    >>> len(train), len(test)
    (1437, 360)

    Split *before* cutting between parties: islands and pool must sit the same exam.

    Parameters
    ----------
    dataset : Dataset
    seed : int
        The same seed gives the same rows.
    test_share : float
        Between 0 and 1.

    Raises
    ------
    ArgumentError
        seed or test_share is out of range.
    DataError
        The table has too few rows for a share of each class on both sides.
    """
    from sklearn.model_selection import train_test_split

    seed = _whole("seed", seed, least=0, most=2**32 - 1)
    if not _is_real(test_share) or not 0 < test_share < 1:
        raise ArgumentError(f"test_share lies between 0 and 1, and was {test_share!r}.", "Use 0.25 for a quarter.")
    try:
        train, test = train_test_split(
            np.arange(dataset.rows), test_size=float(test_share), random_state=seed, stratify=dataset.labels
        )
    except ValueError as error:
        raise DataError(
            f"{dataset!r} cannot be split with test_share={test_share:g}: {error}",
            "Every class needs a row on both sides: give more rows, or another share.",
        ) from None
    return dataset.take(np.sort(train)), dataset.take(np.sort(test))


def split_rows(
    dataset: Dataset,
    parties: int,
    skew: float = 0.0,
    seed: int = 0,
    name: str = "hospital",
    missing_classes: Literal["refuse", "allow"] = "refuse",
    sizes: Sequence[float] | None = None,
) -> list[Party]:
    """Deal every row to exactly one party, as horizontal federated learning finds them: same columns, different rows.

    >>> from fedlearn_edu.data import load
    >>> pastures = split_rows(load("digits"), parties=5, skew=1.0, name="pasture", missing_classes="allow")
    >>> pastures[0].data
    digits: 360 rows × 64 columns, labels 0 178, 1 182, 2 0, 3 0, 4 0, 5 0, 6 0, 7 0, 8 0, 9 0

    1. Shuffle the rows.
    2. Of each party's rows, the share `skew` comes from one pile that is sorted by label and cut in order,
    3. the rest from the other pile, as it lies.

    Parameters
    ----------
    dataset : Dataset
    parties : int
        How many, K.
    skew : float
        From 0 (an even deal) to 1 (few labels at each party).
    seed : int
    name : str
        The parties are called "<name> 1" to "<name> K".
    missing_classes : "refuse" or "allow"
        What to do when a party would have no row of a class.
    sizes : K positive numbers, or None
        The parties' sizes in proportion, as in (4, 2, 1, 1). By default they are equal, up to one row.

    Returns
    -------
    list of Party

    Raises
    ------
    ArgumentError
        An argument is out of its range.
    DataError
        There are fewer rows than parties, skew without labels, or a class is missing at a party.
    """
    parties, seed = _whole("parties", parties, least=1), _whole("seed", seed, least=0)
    if not _is_real(skew) or not 0 <= skew <= 1:
        raise ArgumentError(
            f"skew goes from 0 to 1, and was {skew!r}.", "Use 0 for an even deal, 1 for few labels at each party."
        )
    if not isinstance(name, str) or not name.strip():
        raise ArgumentError(f"The parties' name was {name!r}.", "Use a word, as in name='hospital'.")
    if missing_classes not in ("refuse", "allow"):
        raise ArgumentError(f"missing_classes was {missing_classes!r}.", "Use 'refuse' or 'allow'.")
    if skew > 0 and dataset.labels is None:
        raise DataError(f"{dataset.name} has no labels to skew by.", "Use skew=0.")
    counts = _row_counts(dataset.rows, parties, sizes)
    hands = _deal(dataset, counts, skew, np.random.default_rng(seed))
    dealt = [Party(f"{name} {k}", dataset.take(hand)) for k, hand in enumerate(hands, start=1)]
    if missing_classes == "refuse":
        _refuse_missing_classes(dataset, dealt)
    return dealt


def _deal(
    dataset: Dataset, counts: npt.NDArray[np.int64], skew: float, rng: np.random.Generator
) -> list[npt.NDArray[np.int64]]:
    shuffled = rng.permutation(dataset.rows)  # (N,)
    from_sorted = np.rint(skew * counts).astype(np.int64)  # (K,) rows of each party that come in label order
    sorted_pile, random_pile = np.split(shuffled, [from_sorted.sum()])
    if dataset.labels is not None:
        sorted_pile = sorted_pile[np.argsort(dataset.labels[sorted_pile], kind="stable")]
    in_order = np.split(sorted_pile, np.cumsum(from_sorted)[:-1])
    at_random = np.split(random_pile, np.cumsum(counts - from_sorted)[:-1])
    return [np.sort(np.concatenate(piles)) for piles in zip(in_order, at_random, strict=True)]


def _row_counts(rows: int, parties: int, sizes: Sequence[float] | None) -> npt.NDArray[np.int64]:
    shares = np.ones(parties) if sizes is None else _checked_sizes(sizes, parties)
    if rows < parties:
        raise DataError(f"{rows} rows cannot be dealt to {parties} parties.", "Use fewer parties or more rows.")
    exact = rows * shares / shares.sum()  # (K,)
    counts: npt.NDArray[np.int64] = np.floor(exact).astype(np.int64)
    # Largest remainders first; among equals the earlier party, which a stable sort keeps in front.
    counts[np.argsort(-(exact - counts), kind="stable")[: rows - counts.sum()]] += 1
    if not counts.all():
        raise DataError(
            f"With sizes={list(map(float, shares))}, party {int(np.argmin(counts)) + 1} gets none of the {rows} rows.",
            "Make the sizes less unequal.",
        )
    return counts


def _checked_sizes(sizes: Sequence[float], parties: int) -> npt.NDArray[np.float64]:
    try:
        shares = np.array(sizes, dtype=np.float64)
    except (TypeError, ValueError):
        shares = np.empty(0)
    if shares.shape != (parties,) or not np.isfinite(shares).all() or not (shares > 0).all():
        raise ArgumentError(f"sizes was {sizes!r}, for {parties} parties.", "Give one positive number for each party.")
    return shares


def _refuse_missing_classes(dataset: Dataset, dealt: list[Party]) -> None:
    if dataset.labels is None:
        return
    for party in dealt:
        assert party.data is not None and party.data.labels is not None
        missing = np.setdiff1d(dataset.labels, party.data.labels)
        if missing.size:
            names = ", ".join(dataset.classes[k] for k in missing)
            raise DataError(
                f"{party.name} would have no row of: {names}.",
                "Lower the skew, use fewer parties, or pass missing_classes='allow'.",
            )


def _is_real(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and math.isfinite(value)


def _whole(argument: str, value: object, least: int, most: float = math.inf) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not least <= value <= most:
        limits = f"at least {least}" + (f" and at most {most}" if most < math.inf else "")
        raise ArgumentError(
            f"{argument} is a whole number, {limits}, and was {value!r}.", f"Use {argument}={least + 4}."
        )
    return int(value)

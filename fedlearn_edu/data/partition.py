"""Cutting a table: into training and test rows, and between parties.

>>> from fedlearn_edu.data import load, split_columns, split_rows, split_train_test
>>> train, test = split_train_test(load("breast_cancer"), seed=7)
>>> test
breast_cancer: 143 rows × 30 columns, labels benign 90, malignant 53
>>> split_rows(train, parties=4, skew=0.5, seed=7)
[hospital 1 (107 rows × 30 columns), hospital 2 (107 rows × 30 columns),
 hospital 3 (106 rows × 30 columns), hospital 4 (106 rows × 30 columns)]
>>> split_columns(load("bank_tax"), overlap=0.8, seed=7)
(bank (4009 rows × 7 columns), tax office (4008 rows × 15 columns))
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..arguments import is_whole
from ..errors import ArgumentError, DataError
from .datasets import Dataset, check_table
from .party import Party

_BANK = ("Amount", "Price", "Time", "Records", "Debt", "Assets", "Age")  # what the bank knows of bank_tax


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

    check_table(dataset)
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
    check_table(dataset)
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


def split_columns(
    dataset: Dataset,
    *,
    overlap: float = 0.8,
    seed: int = 0,
    columns: Sequence[str] | None = None,
    names: tuple[str, str] = ("bank", "tax office"),
) -> tuple[Party, Party]:
    """Two parties as vertical federated learning finds them: much the same customers, different columns.

    >>> from fedlearn_edu.data import load
    >>> bank, tax_office = split_columns(load("bank_tax"), overlap=0.8, seed=7)
    >>> bank.data
    bank_tax: 4009 rows × 7 columns, labels good 2881, bad 1128
    >>> tax_office.data
    bank_tax: 4008 rows × 15 columns, no labels
    >>> len(set(bank.data.ids) & set(tax_office.data.ids))
    3563
    >>> bank.data.ids[0] == tax_office.data.ids[0]                 # row i is not the same customer: align them first
    False

    1. Shuffle the customers; the first `overlap` of them, rounded, are known to both.
    2. The others are dealt half and half (an odd one to the first party): each side has some of its own.
    3. Each party keeps its customers in an order of its own. The labels stay with the first.

    Split into training and test rows *before* this: the parties do not know each other's customers.

    Parameters
    ----------
    dataset : Dataset
        Every id in it once.
    overlap : float
        The share of all customers that both know, from 0 to 1.
    seed : int
    columns : sequence of str, or None
        The first party's columns; the second has all the others. "Home" stands for every column "Home = …". None:
        `bank_tax` as its card says, the means of `breast_cancer`, the left halves of `digits`, and of any other table
        the first half of the columns.
    names : two strings
        How the parties are called.

    Returns
    -------
    first, second : Party

    Raises
    ------
    ArgumentError
        An argument is out of its range, a column is not there, or one party would have no column.
    DataError
        An id is there twice, or one party would have no row.
    """
    check_table(dataset)
    seed, first_name, second_name = _whole("seed", seed, least=0), *_two_names(names)
    if not _is_real(overlap) or not 0 <= overlap <= 1:
        raise ArgumentError(
            f"overlap goes from 0 to 1, and was {overlap!r}.", "Use 0.8 where four customers of five are common."
        )
    first_has = _first_columns(dataset, columns)  # (p,) true or false
    at_first, at_second = _customers(dataset, overlap, np.random.default_rng(seed))
    first, second = dataset.take(at_first), replace(dataset.take(at_second), labels=None, classes=())
    return Party(first_name, _only(first, first_has)), Party(second_name, _only(second, ~first_has))


def _only(dataset: Dataset, chosen: npt.NDArray[np.bool_]) -> Dataset:
    columns = [column for column, is_chosen in zip(dataset.columns, chosen, strict=True) if is_chosen]
    return dataset.with_features(dataset.features[:, chosen], columns)


def _customers(
    dataset: Dataset, overlap: float, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    repeated = [one for one, count in Counter(dataset.ids.tolist()).items() if count > 1]
    if repeated:
        raise DataError(
            f"{dataset.name}: the id {repeated[0]!r} is there twice ({len(repeated)} ids are repeated).",
            "Keep one row for each customer.",
        )
    shuffled = rng.permutation(dataset.rows)  # (N,)
    common = round(overlap * dataset.rows)
    middle = common + (dataset.rows - common + 1) // 2
    at_first, at_second = shuffled[:middle], np.concatenate([shuffled[:common], shuffled[middle:]])
    if not (at_first.size and at_second.size):
        raise DataError(
            f"{dataset.name}: {dataset.rows} rows with overlap={overlap:g} leave a party without a customer.",
            "Give more rows or a larger overlap.",
        )
    return rng.permutation(at_first), rng.permutation(at_second)


def _first_columns(dataset: Dataset, wanted: Sequence[str] | None) -> npt.NDArray[np.bool_]:
    if wanted is None:
        return _usual_columns(dataset)
    if isinstance(wanted, str) or not all(isinstance(name, str) for name in wanted):
        raise ArgumentError(f"columns was {wanted!r}.", "Give a list of names, as in columns=['Amount', 'Price'].")
    of = [{column, column.split(" = ")[0]} for column in dataset.columns]  # a one-hot column has two names
    unknown = [name for name in wanted if not any(name in both for both in of)]
    if unknown:
        raise ArgumentError(
            f"{dataset.name} has no column {', '.join(map(repr, unknown))}. It has: {', '.join(dataset.columns)}.",
            "Use names from this list.",
        )
    chosen = np.array([bool(both & set(wanted)) for both in of])
    if chosen.all() or not chosen.any():
        raise ArgumentError(
            f"With these columns one party has all {len(chosen)} of them and the other none.",
            "Name some of the columns: the first party gets them, the second the rest.",
        )
    return chosen


def _usual_columns(dataset: Dataset) -> npt.NDArray[np.bool_]:
    columns = dataset.columns
    usual = {
        "bank_tax": [column.split(" = ")[0] in _BANK for column in columns],
        "breast_cancer": [column.startswith("mean ") for column in columns],
        "digits": [column.endswith(("_0", "_1", "_2", "_3")) for column in columns],
    }
    chosen = np.array(usual.get(dataset.name, []), dtype=bool)
    if chosen.any() and not chosen.all():
        return chosen
    if len(columns) < 2:
        raise ArgumentError(f"{dataset.name} has one column, for two parties.", "Give a table with more columns.")
    return np.arange(len(columns)) < len(columns) // 2


def _two_names(names: tuple[str, str]) -> tuple[str, str]:
    if isinstance(names, str) or len(names) != 2 or names[0] == names[1]:
        raise ArgumentError(f"names was {names!r}.", "Give two different names, as in ('bank', 'tax office').")
    return names


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
    if not is_whole(value, least, most):
        limits = f"at least {least}" + (f" and at most {most}" if most < math.inf else "")
        raise ArgumentError(
            f"{argument} is a whole number, {limits}, and was {value!r}.", f"Use {argument}={least + 4}."
        )
    return int(value)

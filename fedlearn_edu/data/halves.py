"""Two parties whose rows and columns both overlap only in part, as federated transfer learning finds them.

>>> from fedlearn_edu.data import load
>>> source, target = split_both(load("digits"), overlap=0.2, seed=7)
>>> source.data                                        # the left halves of some pictures, and whether the digit is odd
digits: 1078 rows × 32 columns, labels even 540, odd 538
>>> target.data                                        # the right halves of some others, and no labels
digits: 1078 rows × 32 columns, no labels
>>> [party.data.rows for party in in_common(source, target)]
[359, 359]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..errors import ArgumentError, DataError
from .datasets import Dataset, check_table
from .partition import split_columns
from .party import Party


def split_both(
    dataset: Dataset,
    *,
    overlap: float = 0.2,
    seed: int = 0,
    columns: Sequence[str] | None = None,
    shared: Sequence[str] = (),
    names: tuple[str, str] = ("source", "target"),
) -> tuple[Party, Party]:
    """A source with labels and a target without: few common rows, and different columns.

    >>> from fedlearn_edu.data import load
    >>> bank, tax_office = split_both(load("bank_tax"), overlap=0.1, seed=7, names=("bank", "tax office"))
    >>> bank.data
    bank_tax: 2450 rows × 7 columns, labels good 1764, bad 686
    >>> tax_office.data
    bank_tax: 2449 rows × 15 columns, no labels

    The labels are made two classes first, as `two_classes` does: of `digits`, whether the digit is odd. Rows and
    columns are then dealt as by `split_columns`: the left halves of `digits` to the source and the right halves to the
    target, `bank_tax` as its card says. Each party has its rows in an order of its own.

    Parameters
    ----------
    dataset : Dataset
        Every id in it once.
    overlap : float
        The share of all rows that both have, from 0 to 1.
    seed : int
    columns : sequence of str, or None
        The source's columns; the target has the others.
    shared : sequence of str
        Columns of the source that the target has, too.
    names : two strings
        How source and target are called.

    Returns
    -------
    source, target : Party

    Raises
    ------
    ArgumentError
        An argument is out of its range, a column is not there, or one party would have no column.
    DataError
        The labels are not two classes, an id is there twice, or one party would have no row.
    """
    dataset = two_classes(dataset)
    source, target = split_columns(dataset, overlap=overlap, seed=seed, columns=columns, names=names)
    return source, _with_shared(target, source, dataset, shared)


def two_classes(dataset: Dataset, **groups: Sequence[str]) -> Dataset:
    """The same rows with two classes, each of which may stand for several; rows of other classes stay behind.

    >>> from fedlearn_edu.data import load
    >>> two_classes(load("digits"), three="3", eight="8")
    digits: 357 rows × 64 columns, labels three 183, eight 174
    >>> two_classes(load("digits"))                    # even="02468", odd="13579"
    digits: 1797 rows × 64 columns, labels even 891, odd 906
    >>> two_classes(load("bank_tax")).classes          # two classes already
    ('good', 'bad')

    Parameters
    ----------
    dataset : Dataset
        With labels.
    groups : name=classes, twice
        For each new class the old ones, by name; the second is the positive one. None: even and odd of `digits`, and
        of any other table the two classes that it has.

    Raises
    ------
    ArgumentError
        There are not two groups, a class is not there, or in both.
    DataError
        The table has no labels, or without groups other than two classes.
    """
    check_table(dataset)
    if dataset.labels is None:
        raise DataError(f"{dataset.name} has no labels.", "Give a table with labels.")
    if not groups and len(dataset.classes) == 2:
        return dataset
    if not groups and dataset.name != "digits":
        raise DataError(
            f"{dataset.name} has {len(dataset.classes)} classes, and transfer learning tells two apart.",
            "Make them two: fl.two_classes(table, one=(...), other=(...)).",
        )
    groups = groups or {"even": "02468", "odd": "13579"}
    _check_groups(dataset, groups)
    numbers = [[dataset.classes.index(one) for one in group] for group in groups.values()]
    kept = dataset.take(np.isin(dataset.labels, np.concatenate(numbers)))
    assert kept.labels is not None
    return replace(kept, labels=np.isin(kept.labels, numbers[1]).astype(np.int64), classes=tuple(groups))


def in_common(source: Party, target: Party) -> tuple[Party, Party]:
    """What alignment would find, by comparing ids in the clear: for previews and tests, where nobody has a secret.

    >>> from fedlearn_edu.data import load
    >>> source, target = in_common(*split_both(load("digits"), overlap=0.2, seed=7))
    >>> (source.data.ids == target.data.ids).all()
    np.True_

    Two real parties find their common rows with `fl.align`, which gives the same pair.

    Raises
    ------
    DataError
        They have no row in common, or one has no rows at all.
    """
    if source.data is None or target.data is None:
        raise DataError(f"{source.name} or {target.name} holds no rows.", "Give each a Dataset.")
    ids, at_source, at_target = np.intersect1d(source.data.ids, target.data.ids, return_indices=True)
    if not ids.size:
        raise DataError(f"{source.name} and {target.name} have no row in common.", "Use a larger overlap.")
    return source.take(at_source), target.take(at_target)


def common_first(party: Party, aligned: Party) -> Party:
    """A party's rows with the common ones first, in the order of the alignment; its other rows follow.

    >>> from fedlearn_edu.data import load
    >>> source, target = split_both(load("digits"), overlap=0.2, seed=7)
    >>> aligned = in_common(source, target)
    >>> source, target = common_first(source, aligned[0]), common_first(target, aligned[1])
    >>> bool((source.data.ids[:359] == target.data.ids[:359]).all()), source.data.rows
    (True, 1078)

    Each party does this with its own rows and its own half of what `fl.align` gave.

    Raises
    ------
    DataError
        A common row is not among the party's, or an id is there twice, or there are no rows.
    """
    if party.data is None or aligned.data is None or not aligned.data.rows:
        raise DataError(f"{party.name} holds no rows, or none in common.", "Give a Dataset, and what fl.align found.")
    places = {one: place for place, one in enumerate(party.data.ids.tolist())}
    missing = [one for one in aligned.data.ids.tolist() if one not in places]
    if missing or len(places) < party.data.rows:
        wrong = f"has no row {missing[0]!r}, which is common" if missing else "has an id twice"
        raise DataError(f"{party.name} {wrong}.", f"Align {party.name} itself, with every id once.")
    common = [places[one] for one in aligned.data.ids.tolist()]
    return party.take(np.concatenate([common, np.setdiff1d(np.arange(party.data.rows), common)]).astype(np.int64))


def _with_shared(target: Party, source: Party, dataset: Dataset, shared: Sequence[str]) -> Party:
    assert source.data is not None and target.data is not None
    wanted = [shared] if isinstance(shared, str) else list(shared)
    unknown = [name for name in wanted if name not in source.data.columns]
    if unknown:
        raise ArgumentError(
            f"{source.name} has no column {', '.join(map(repr, unknown))} to share.",
            f"Its columns are: {', '.join(source.data.columns)}.",
        )
    has = {*target.data.columns, *wanted}
    columns = [column for column in dataset.columns if column in has]
    places = {one: place for place, one in enumerate(dataset.ids.tolist())}
    rows = [places[one] for one in target.data.ids.tolist()]
    chosen = [dataset.columns.index(column) for column in columns]
    return replace(target, data=target.data.with_features(dataset.features[np.ix_(rows, chosen)], columns))


def _check_groups(dataset: Dataset, groups: dict[str, Sequence[str]]) -> None:
    named = [one for group in groups.values() for one in group]
    unknown = sorted({one for one in named if one not in dataset.classes})
    if len(groups) != 2 or len(set(named)) < len(named) or not all(groups.values()) or unknown:
        raise ArgumentError(
            f"The groups were {groups!r}, for the classes {', '.join(dataset.classes)}.",
            'Name two groups, and each class at most once, as in even="02468", odd="13579".',
        )

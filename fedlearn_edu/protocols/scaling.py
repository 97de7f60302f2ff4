"""Standardise the columns of several parties' tables, through sums alone.

    step 0        row counts, and keys, as the aggregation needs them
    round 1       every party averages its own columns, x and |x|; the means over all rows come back (steps 2 to 6)
    round 2       every party averages its squared distances from μ; the variance over all rows comes back
    afterwards    every party computes (x − μ) / σ in its own rows

Who learns what: every party learns μ, σ and the mean of |x| of the joined table; the server learns what the aggregation
lets it learn (nothing but row counts under Paillier, the same means under masks). No row leaves its party.
Whom it trusts: as the aggregation does. Steps are numbered like those of `fedavg`, for it is the same road.
What it does not do: protect a party from the others' guesses (with two parties, μ and your own mean give the other's).

The same numbers as standardising the joined table would give, to the precision of the encoding.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import check_whole
from ..crypto.fixed_point import WEIGHT_BITS
from ..data.party import Party, Scaling
from ..data.together import agreed_columns, all_are_here, several, tables_that_match
from ..errors import ArgumentError
from ..wire.choreography import Local, Protocol, Round, Seat, Text

if TYPE_CHECKING:
    from ..data.datasets import Dataset

VALUE_BITS = 40  # columns come as they are, so their means may be anything below 2^40: public, and wide on purpose


def standardise(parties: Sequence[Party], *, aggregation: Any, columns: int | None = None) -> Protocol:
    """Give every column mean 0 and standard deviation 1 over all parties' rows, without joining them.

    >>> import fedlearn_edu as fl
    >>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=4, seed=7)
    >>> hospitals = fl.play(fl.standardise(hospitals, aggregation=fl.masked_sum())).result
    >>> bool(abs(np.concatenate([h.data.features for h in hospitals]).mean(axis=0)).max() < 1e-4)
    True

    Parameters
    ----------
    parties : with the same columns, or elsewhere (`Party.elsewhere`)
    aggregation : how sums are formed: `plain_sum()`, `paillier_sum()`, `masked_sum()`
    columns : how many the tables have; only for a server on a computer of its own, where no table is

    Returns
    -------
    Protocol
        its result is the list of parties with standardised rows, each with its `scaling`; for other rows of the same
        kind (an exam, a new patient) use `parties[0].scaling.apply(rows)`

    Raises
    ------
    ArgumentError
        no parties, a party without rows, columns that differ, or no aggregation
    """
    parties = several(parties)
    tables = tables_that_match(parties, labelled=False)
    if columns is None and not tables:
        raise ArgumentError("No party's table is here.", "Say how many columns the tables have: columns=30.")
    size = len(tables[0].columns) if tables else check_whole("columns", columns, least=1)
    if not callable(getattr(aggregation, "mean", None)):
        raise ArgumentError(
            f"standardise needs an aggregation, which decides who can read a sum, and got {aggregation!r}.",
            "Pass aggregation=fl.masked_sum(), fl.paillier_sum() or fl.plain_sum().",
        )
    aggregation.check(len(parties))
    return Protocol(
        standardise_text,
        {"parties": parties, "server": Party("server"), "aggregation": aggregation, "size": size},
        title=f"standardise ({aggregation.name})",
        forecast=partial(_forecast, aggregation, len(parties), size) if all_are_here(parties) else None,
        agreed=agreed_columns(tables),
    )


def standardise_text(parties: Sequence[Seat], server: Seat, aggregation: Any, size: int) -> Text:
    """Two averages, then every party rescales its own rows.

    0. count rows, agree on keys
    1. every party averages its own columns (round 1), its squared distances from the mean (round 2)
    2. every party encrypts its averages
    3. upload
    4. the server aggregates
    5. the server distributes
    6. every party decrypts
    7. every party rescales its own rows
    """
    rows_at, means_at, squares_at, rescaled = {}, {}, {}, []
    for party in parties:
        rows_at[party.name] = yield Local(party, "count rows", len, step=0)
    keys = yield from aggregation.set_up(parties, server, rows_at)
    wide: dict[str, Any] = {"keys": keys, "parties": parties, "server": server, "value_bits": VALUE_BITS}
    yield Round(1)
    for party in parties:
        means_at[party.name] = yield Local(party, "average own columns", own_means, step=1)
    means_at = yield from aggregation.mean(means_at, rows_at, **wide, round=1, size=2 * size)
    yield Round(2)
    for party in parties:
        squares_at[party.name] = yield Local(
            party, "average squared distances", own_squares, means_at[party.name], step=1
        )
    squares_at = yield from aggregation.mean(squares_at, rows_at, **wide, round=2, size=size)
    for party in parties:
        here = (means_at[party.name], squares_at[party.name])
        rescaled.append((yield Local(party, "rescale own rows", rescale, *here, party.name, step=7)))
    return rescaled


def own_means(data: Dataset) -> np.ndarray:
    X = data.features
    return np.concatenate([X.mean(axis=0), np.abs(X).mean(axis=0)])  # mean of x, mean of |x|: (2p,)


def own_squares(data: Dataset, means: np.ndarray) -> np.ndarray:
    mean, unit = mean_and_unit(means)
    return np.asarray((((data.features - mean) / unit) ** 2).mean(axis=0))  # mean of ((x − μ)/unit)²: (p,)


def rescale(data: Dataset, means: np.ndarray, squares: np.ndarray, name: str) -> Party:
    mean, unit = mean_and_unit(means)
    deviation = np.sqrt(np.maximum(squares, 0.0)) * unit  # σ
    noise = np.maximum(2.0**-WEIGHT_BITS, 2.0**-40 * unit)  # the rounding of μ: a constant column shows no more
    scaling = Scaling(mean, np.where(deviation <= noise, 0.0, deviation))
    return Party(name, scaling.apply(data), scaling)


def mean_and_unit(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """μ, and for each column a power of two near the mean of |x|: variances in that unit fit the fixed-point numbers.

    A column that varies by less than 2^-24 counts as constant: give it in smaller units. So does, in encrypted sums,
    one whose σ is below some 2^-13 of its mean (a year's seconds since 1970): subtract a round number first.
    """
    mean, size = np.split(means, 2)
    return mean, 2.0 ** np.round(np.log2(np.where(size <= 0, 1.0, size)))


def _forecast(aggregation: Any, parties: int, columns: int) -> tuple[float, int]:
    """Round 1 carries two numbers a column, round 2 one."""
    rounds = (aggregation.forecast(parties, size, 1, value_bits=VALUE_BITS) for size in (2 * columns, columns))
    first, second = rounds
    return first[0] + second[0], first[1] + second[1]

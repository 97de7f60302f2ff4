"""Do the parties' tables go together? Asked once, before the first step.

>>> import fedlearn_edu as fl
>>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=3, seed=7)
>>> [table.rows for table in tables_that_match(hospitals)]
[190, 190, 189]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from ..arguments import shortened
from ..errors import ArgumentError
from .datasets import Dataset
from .party import Party, check_names


def several(parties: Iterable[Any]) -> tuple[Any, ...]:
    """What a learner passed as parties, if it is not one table or party, or a name.

    >>> several(Party("bank"))
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.ArgumentError: Several parties were wanted, and one thing of type Party came.
        Deal a table to parties with split_rows(...), or put them in a list.
    """
    if isinstance(parties, Dataset | Party | str) or not isinstance(parties, Iterable):
        raise ArgumentError(
            f"Several parties were wanted, and one thing of type {type(parties).__name__} came.",
            "Deal a table to parties with split_rows(...), or put them in a list.",
        )
    return tuple(parties)


def check_one_by_one(parties: Iterable[Any], call: str) -> None:
    """Refuse a list, where a protocol takes each party as an argument of its own; `call` shows how it is written.

    >>> check_one_by_one([[Party("bank"), Party("tax office")]], "align(bank, tax_office)")
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.ArgumentError: A party is a fl.Party, and [bank (no data), tax office (no data)] came.
        Give them one by one: align(bank, tax_office).
    """
    for party in parties:
        if isinstance(party, list | tuple):
            raise ArgumentError(
                f"A party is a fl.Party, and {shortened(party)} came.", f"Give them one by one: {call}."
            )


def tables_that_match(parties: Sequence[Party], *, least: int = 1, labelled: bool = True) -> list[Dataset]:
    """The parties' tables that are here, if they have the same columns and classes, as horizontal learning needs them.

    >>> tables_that_match([Party("server")])
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.ArgumentError: 'server' has no rows with labels.
        Give each party a Dataset.

    Parameters
    ----------
    parties : what a learner passed: it may be anything
    least : how many parties there must be
    labelled : whether rows need labels; if not, classes are not compared

    Raises
    ------
    ArgumentError
        too few parties, two of one name, one without rows, or tables that differ in their columns or classes
    """
    if len(parties) < least:
        found = "no party" if not parties else f"only {len(parties)} party"
        raise ArgumentError(f"There is {found}; {least} or more are needed.", "Make some with split_rows(...).")
    for party in parties:
        if not isinstance(party, Party):
            remedy = "Deal a table to parties: fl.split_rows(table, parties=3); or make one: fl.Party(name, table)."
            raise ArgumentError(f"A party is a fl.Party, and {shortened(party)} came.", remedy)
    tables = [_table_of(party, labelled) for party in parties if not party.is_elsewhere]
    check_names(parties)
    kinds = {(table.columns, table.classes if labelled else ()) for table in tables}
    if len(kinds) > 1:
        what = "columns or classes" if labelled else "columns"
        raise ArgumentError(f"The parties' {what} differ.", "Horizontal learning needs the same ones everywhere.")
    return tables


def _table_of(party: Party, labelled: bool) -> Dataset:
    if party.data is None or (labelled and party.data.labels is None):
        missing = "rows with labels" if labelled else "rows"
        raise ArgumentError(f"{party.name!r} has no {missing}.", "Give each party a Dataset.")
    return party.data


def size_of_tables(tables: Sequence[Dataset], model: object) -> tuple[int, int]:
    """How many columns and classes the parties' tables have; where none is here, as many as the model is for.

    >>> from fedlearn_edu.learning import make_model
    >>> size_of_tables([], make_model("logistic", columns=30, classes=2))
    (30, 2)

    Raises
    ------
    ArgumentError
        no table is here, and the model is only a name
    """
    if tables:
        return len(tables[0].columns), len(tables[0].classes)
    columns = getattr(model, "columns", None)
    if not isinstance(columns, int):
        raise ArgumentError(
            f"No party's table is here, so {model!r} does not say how many columns there are.",
            "Give a model of learning, as in model=make_model('logistic', columns=30, classes=2).",
        )
    return columns, getattr(model, "classes", 2)


def all_are_here(parties: Sequence[Party]) -> bool:
    """Whether this computer knows every party's table, as a forecast needs."""
    return not any(party.is_elsewhere for party in parties)


def agreed_columns(tables: Sequence[Dataset]) -> dict[str, str]:
    """What parties on computers of their own compare instead of their tables: a digest of the columns, in their order.

    >>> import fedlearn_edu as fl
    >>> table = fl.load("breast_cancer")
    >>> agreed_columns([table]) == agreed_columns([table.take(range(10))]), agreed_columns([])
    (True, {})
    """
    if not tables:
        return {}
    return {"columns": sha256(repr(tuple(map(str, tables[0].columns))).encode()).hexdigest()[:16]}


def agreed_alignment(parties: Sequence[Party]) -> dict[str, str]:
    """The mark of the alignment that the rows here come from, which is public: others must have the same.

    >>> agreed_alignment([Party.elsewhere("bank")])
    {}
    """
    marks = {party.alignment.session for party in parties if party.alignment is not None}
    return {"alignment": marks.pop()} if len(marks) == 1 else {}

"""A party's ids on their way into an alignment, and its rows on their way out.

>>> from fedlearn_edu.data import Dataset
>>> table = Dataset("three", [[1.0], [2.0], [3.0]], None, ["ann", "bob", "cem"], ("x",))
>>> own = own_ids(table)
>>> sorted(own), sorted(own.rows.tolist())
([b'text:ann', b'text:bob', b'text:cem'], [0, 1, 2])
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..crypto.elements import Elements, common_places, kind_and_width
from ..crypto.identifiers import check_unique, id_bytes
from ..errors import ProtocolError
from .datasets import Dataset
from .party import Alignment, Party

SESSION = re.compile("[0-9a-f]{16}")


@dataclass(frozen=True)
class OwnIds(Sequence[bytes]):
    """A party's ids in a secret order, and the row of each. They stay where they are."""

    ids: Sequence[bytes]
    rows: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, place: Any) -> Any:
        return self.ids[place]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.ids)


def own_ids(data: Dataset, deduplicate: bool = False, whose: str = "These") -> OwnIds:
    """Write the ids of a table as bytes, and shuffle them: places in a message then say nothing about rows.

    Raises
    ------
    DataError
        an id stands there twice, and `deduplicate` does not say to keep the first
    """
    ids = id_bytes(data.ids)
    if deduplicate:
        rows = np.array(sorted({one: row for row, one in reversed(list(enumerate(ids)))}.values()), dtype=np.int64)
    else:
        check_unique(ids, whose)
        rows = np.arange(len(ids))
    order = np.argsort(np.frombuffer(secrets.token_bytes(8 * len(rows)), dtype="<u8"), kind="stable")
    rows = rows[order]  # (N,)
    return OwnIds([ids[row] for row in rows.tolist()], rows)


def matched(own: OwnIds, tags: Elements, theirs: Elements) -> list[dict[str, Any]]:
    """Find what two lists of tags share: for each side, the places of it in ascending order of the tag.

    >>> own = OwnIds([b"text:ann", b"text:bob", b"text:cem"], np.arange(3))
    >>> tags, theirs = Elements("tag", 1, b"cxa"), Elements("tag", 1, b"abc")
    >>> mine, yours = matched(own, tags, theirs)
    >>> mine["places"].tolist(), yours["places"].tolist(), mine["session"] == yours["session"]
    ([2, 0], [0, 2], True)

    Raises
    ------
    ProtocolError
        there is not one tag for each own id, or the two lists are of different kinds
    CryptoError
        one list holds the same tag twice
    """
    comparable = isinstance(tags, Elements) and kind_and_width(tags) == kind_and_width(theirs)
    if not comparable or len(tags) != len(own):
        raise ProtocolError(
            f"{_named(tags)} came back for {len(own):,} ids, to be held against {_named(theirs)}.",
            "Do not go on with this party: one of each kind answers each id.",
        )
    session = secrets.token_hex(8)
    return [{"places": np.array(places, dtype="<u4"), "session": session} for places in common_places(tags, theirs)]


def common_rows(
    data: Dataset, own: OwnIds, found: Mapping[str, Any], name: str, names: Sequence[str], revealed_to: str
) -> Party:
    """The party with its common rows alone, in the common order, and the mark of this alignment.

    Raises
    ------
    ProtocolError
        what was found names a place that is not there, or one twice, or has no mark
    """
    if not isinstance(found, Mapping) or set(found) != {"places", "session"}:
        raise ProtocolError(f"{name} was told of no places, or of more than places.", "Do not go on with this party.")
    places, session = found["places"], found["session"]
    whole = isinstance(places, np.ndarray) and places.ndim == 1 and places.dtype.kind == "u"
    if not whole or (places >= len(own)).any() or len(np.unique(places)) < len(places):
        raise ProtocolError(f"{name} was told of common ids that it does not have.", "Do not go on with this party.")
    if not isinstance(session, str) or not SESSION.fullmatch(session):
        raise ProtocolError(f"{name} was told no mark of this alignment.", "Do not go on with this party.")
    return Party(name, data.take(own.rows[places]), alignment=Alignment(session, tuple(names), revealed_to))


def _named(came: object) -> str:
    return came.description if isinstance(came, Elements) else f"something of type {type(came).__name__}"

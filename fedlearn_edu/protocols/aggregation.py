"""How a server averages what the parties upload, and the simplest way: in the clear.

An aggregation is a pair of sub-choreographies, handed to a protocol as an argument:

    keys = yield from aggregation.set_up(parties, server, rows_at)                         once, step 0
    mean_at = yield from aggregation.mean(updates_at, rows_at, keys, parties, server,      every round, steps 2 to 6
                                          round=t, size=31)

`mean` answers the row-weighted mean Σ n_k·x_k / Σ n_k of those who uploaded, at every party, by name. Any two with
these generators are interchangeable, whoever holds keys: `plain_sum` here, `paillier_sum` (in `paillier_aggregation`),
`masked_sum` (in `masked_aggregation`).

plain_sum()     party ──x_k, n_k──> server ──mean──> party

Who learns what: the server reads every update, and whoever listens does, too; the parties learn the mean.
Whom it trusts: everybody. It is here for comparison, and shows what the others hide.

References
----------
McMahan et al.: Communication-Efficient Learning of Deep Networks from Decentralized Data.
AISTATS 2017, Algorithm 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol as Interface

import numpy as np

from ..learning.averaging import weighted_mean
from ..wire.choreography import Gather, Local, Located, Seat, Send, Text


class Aggregation(Interface):
    """What `fedavg` asks of an aggregation."""

    name: str

    def check(self, parties: int) -> None: ...
    def set_up(self, parties: Sequence[Seat], server: Seat, rows: Located) -> Text: ...
    def mean(
        self,
        updates: Located,
        rows: Located,
        keys: Any,
        parties: Sequence[Seat],
        server: Seat,
        *,
        round: int,
        size: int,
        value_bits: int | None = None,
    ) -> Text: ...
    def forecast(
        self, parties: int, size: int, rounds: int, *, total: int = 8192, value_bits: int | None = None
    ) -> tuple[float, int]: ...


@dataclass(frozen=True)
class PlainSum:
    """No encryption: the server reads every update. Make it with `plain_sum()`."""

    name: str = "no encryption"

    def check(self, parties: int) -> None:
        """Any number of parties will do."""

    def set_up(self, parties: Sequence[Seat], server: Seat, rows: Located) -> Text:
        """Nothing to agree on."""
        return None
        yield

    def mean(
        self,
        updates: Located,
        rows: Located,
        keys: None,
        parties: Sequence[Seat],
        server: Seat,
        *,
        round: int,
        size: int,
        value_bits: int | None = None,
    ) -> Text:
        """Row-weighted mean, computed by a server that reads everything."""
        uploads = []
        for party in parties:
            uploads.append(
                (yield Local(party, "leave it as it is", in_the_clear, updates[party.name], rows[party.name], step=2))
            )
        arrived_at_server = yield Gather(uploads, server, "update", step=3, shape={"rows": (), "update": (size,)})
        mean_at_server = yield Local(server, "weighted mean", mean_of_uploads, arrived_at_server, step=4)
        mean_at = {}
        for party in parties:
            mean_at[party.name] = yield Send(mean_at_server, party, "new values", step=5, shape=(size,))
        return mean_at

    def forecast(
        self, parties: int, size: int, rounds: int, *, total: int = 8192, value_bits: int | None = None
    ) -> tuple[float, int]:
        """Seconds and bytes of so many rounds."""
        seconds = parties * (4e-4 + 3e-8 * size)  # measured: two messages through the codec and the transcript
        return rounds * seconds, rounds * parties * 2 * (8 * size + 20)


def in_the_clear(_: Any, update: np.ndarray, rows: int) -> dict[str, Any]:
    return {"rows": rows, "update": update}


def mean_of_uploads(_: Any, arrived: Mapping[str, Mapping[str, Any]]) -> np.ndarray:
    updates = {name: one["update"] for name, one in arrived.items()}
    return weighted_mean(updates, {name: one["rows"] for name, one in arrived.items()})  # Σ n_k·x_k / n


def plain_sum() -> PlainSum:
    """No encryption, for comparison: the server reads every update.

    >>> plain_sum().name
    'no encryption'
    """
    return PlainSum()

"""A hundred phones of which one in ten answers: who they are in a round, and an aggregation among those alone.

>>> answering(100, 10, round=1) == answering(100, 10, round=1)      # everybody can tell whose turn it is
True
>>> TakingTurns(plain_sum(), seats=10).name
'no encryption, 10 answer'

Step 3   those who answer ──update──> server, as the inner aggregation does it
step 5   server ──mean──> those who answer, and one of them's copy ──> everybody else

Real systems choose the phones that are charging and on a free network, and let masks be agreed among these alone
(Bonawitz et al. 2017); here a public seed chooses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...protocols.aggregation import Aggregation, plain_sum
from ...wire.choreography import Located, Seat, Send, Text

__all__ = ["TakingTurns", "answering", "plain_sum"]


def answering(parties: int, seats: int, round: int) -> list[int]:
    """The places of those who answer in a round, in order; public."""
    return sorted(np.random.default_rng([parties, seats, round]).choice(parties, seats, replace=False).tolist())


@dataclass(frozen=True)
class TakingTurns:
    """An aggregation among `seats` of the parties, other ones each round; the server ends up with the mean."""

    inner: Aggregation
    seats: int

    @property
    def name(self) -> str:
        """For screens."""
        return f"{self.inner.name}, {self.seats} answer"

    def check(self, parties: int) -> None:
        """As the inner aggregation, for those who answer."""
        self.inner.check(self.seats)

    def set_up(self, parties: Sequence[Seat], server: Seat, rows: Located) -> Text:
        """Nothing that would have to outlive a round."""
        return (yield from self.inner.set_up((), server, {}))

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
    ) -> Text:
        """The mean of those who answer, at everybody."""
        here = [parties[place] for place in answering(len(parties), self.seats, round)]
        known: dict[str, Any] = {"round": round, "size": size, "value_bits": value_bits}
        mean_at = dict((yield from self.inner.mean(updates, rows, keys, here, server, **known)))
        first = mean_at[here[0].name]
        mean_at_server = yield Send(first, server, "new values, for those who slept", step=5, shape=(size,))
        for party in parties:
            if party.name not in mean_at:
                mean_at[party.name] = yield Send(mean_at_server, party, "new values", step=5, shape=(size,))
        return mean_at

    def forecast(
        self, parties: int, size: int, rounds: int, *, total: int = 8192, value_bits: int | None = None
    ) -> tuple[float, int]:
        """The inner forecast for those who answer, and the copies for the others."""
        seconds, bytes_ = self.inner.forecast(self.seats, size, rounds, total=total, value_bits=value_bits)
        others = rounds * (parties - self.seats)
        return seconds + others * 2e-4, bytes_ + others * (8 * size + 10)

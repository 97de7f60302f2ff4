"""What the players of one run have between them, put together afterwards: for lessons, on one computer.

>>> import fedlearn_edu as fl
>>> from fedlearn_edu.wire.correspondent import Correspondent
>>> from fedlearn_edu.wire.relay import Relay
>>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=1)
>>> protocol = fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.plain_sum())
>>> nodes = [Correspondent(protocol, name) for name in protocol.names]
>>> relay = Relay(dict(enumerate(node.hello() for node in nodes)), protocol)
>>> relay.carry(lambda mail: {number: nodes[number].turn(one) for number, one in mail.items()})
>>> together = Reunion(nodes)
>>> together.result, len(together.history), len(together.transcript.messages)
(TrainedModel(logistic, 30 columns, 31 weights), 1, 4)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .player import ABSENT, Player, report_row
from .transcript import Transcript


class Reunion(Player):
    """Reads results, reports and the transcript from every player of a run, as if one process had played all.

    Parameters
    ----------
    players : each played some parties of the same protocol; all of it is played
    """

    def __init__(self, players: Sequence[Player]) -> None:
        whole = max(players, key=lambda player: (player.state == "finished", player.position))
        super().__init__(whole.protocol)
        self.state, self.round, self.position, self._outcome = whole.state, whole.round, whole.position, whole._outcome
        for player in players:
            self._values.update(player._values)
            self._gone |= player._gone
            for party, held in player._held.items():
                self._held[party].update(held)
        self._reports = list(_reports_of(players))
        self.transcript = Transcript.merged([player.transcript for player in players])


def _reports_of(players: Sequence[Player]) -> Any:
    seen = max((player._observed for player in players), key=len, default=[])
    for place, (word, values) in enumerate(seen):
        shares = [player._observed[place][1] for player in players if place < len(player._observed)]
        row = report_row(word, {name: _joined([share[name] for share in shares]) for name in values})
        if row is not None:
            yield row


def _joined(shares: Sequence[Any]) -> Any:
    """One value from what several players saw of it: dicts by party add up, anything else is somewhere or nowhere."""
    present = [share for share in shares if share is not ABSENT and share is not None]
    if present and all(isinstance(share, dict) for share in present):
        return {name: value for share in present for name, value in share.items()}
    return present[0] if present else ABSENT

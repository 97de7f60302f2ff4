"""All parties in this process: the default for lessons. Every message still becomes bytes, and is read from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .choreography import Protocol
from .passing import Passage
from .player import ABSENT, Player


class Run(Player):
    """Plays a protocol, all parties in this process.

    >>> import fedlearn_edu as fl
    >>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=1)
    >>> run = Run(fl.fedavg(hospitals, rounds=2, learning_rate=1e-6, aggregation=fl.plain_sum()))
    >>> _ = run.through(round=1, step=3)
    >>> run.state, run.transcript.messages[-1]
    ('running', step 3: hospital 2 → server: update (rows: a number; update: 31 numbers, 278 bytes))
    >>> run.finish()
    Run of FedAvg (logistic, no encryption): finished, 2 rounds, 8 messages, 2,160 bytes

    Parameters
    ----------
    protocol : what to play
    faults : parties that drop out, messages that come too late
    keep : "all" keeps whole messages in the transcript (up to 64 MB), "heads" their first 64 bytes

    Raises
    ------
    ProtocolError
        the text breaks a rule of the wire; the run has then failed
    PartyDropped
        a party is gone, and the next step needs its message
    """

    def _deliver(self, sender: str, receiver: str, word: Passage, body: bytes, start: float) -> Any:
        """The receiver is here, too, and reads the bytes."""
        late = self._is_late(sender, word)
        value = self._arrived(sender, receiver, word, body, start, late)
        return ABSENT if late else value

    def _fetch(self, sender: str, receiver: str, word: Passage) -> Any:
        """Who is not played here is gone."""
        return ABSENT


def play(protocol: Protocol, *, progress: bool | Callable[[Player], None] = False, **options: Any) -> Run:
    """Play a protocol to its end, all parties in this process; answer the finished `Run`.

    >>> import fedlearn_edu as fl
    >>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=1)
    >>> play(fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.plain_sum())).result
    TrainedModel(logistic, 30 columns, 31 weights)

    `options` are those of `Run`.
    """
    return Run(protocol, **options).finish(progress)

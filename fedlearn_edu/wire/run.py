"""All parties in this process: the default for lessons. Every message still becomes bytes, and is read from them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..errors import PartyDropped
from ..i18n import retell_error
from .choreography import Announce, Gather, Protocol, Send, Shape, check_shape
from .codec import decode, encode
from .player import Player


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

    def _send(self, word: Send) -> None:
        sender, receiver = word.value.party, word.receiver.name
        if sender in self._gone:
            raise PartyDropped(sender, word.step, word.label)
        if receiver not in self._gone:
            self._keep(receiver, word.label, self._carry(sender, receiver, word, self._sent_value(word.value, word)))

    def _gather(self, word: Gather) -> None:
        receiver, arrived = word.receiver.name, {}
        if receiver in self._gone:
            return
        for located in word.values:
            sender = located.party
            if sender in self._gone:
                continue
            value = self._sent_value(located, word)
            if sender == receiver:
                arrived[sender] = copied(value, self._key_rings[receiver])
            elif self._is_late(sender, word):
                self._carry(sender, receiver, word, value, late=True)
            else:
                arrived[sender] = self._carry(sender, receiver, word, value)
        self._keep(receiver, word.label, without_nothing(arrived))

    def _announce(self, word: Announce) -> Any:
        sender = word.value.party
        if sender in self._gone:
            raise PartyDropped(sender, word.step, word.label)
        value = self._sent_value(word.value, word)
        for receiver in self.protocol.names:
            if receiver != sender and receiver not in self._gone:
                self._carry(sender, receiver, word, value)
        return copied(value, self._key_rings[sender])

    def _carry(self, sender: str, receiver: str, word: Send | Gather | Announce, value: Any, late: bool = False) -> Any:
        """Encode at the sender, record, decode at the receiver."""
        start = time.perf_counter()
        return self._arrived(sender, receiver, word, encoded(value, self, word, sender), start, late)

    def _arrived(
        self, sender: str, receiver: str, word: Send | Gather | Announce, body: bytes, start: float, late: bool = False
    ) -> Any:
        """Decode at the receiver, record; `start` is when the message began to be made, or was opened."""
        received = delivered(body, self, sender, receiver, word.label, word.step, word.shape)
        self.transcript.add_message(
            sender=sender, receiver=receiver, label=word.label, value=received, body=body,
            seconds=time.perf_counter() - start, round=self.round, step=word.step, late=late, position=self.position,
            private_keys=self._private_keys[receiver],
        )  # fmt: skip
        return received


def encoded(value: Any, player: Player, word: Send | Gather | Announce, sender: str) -> bytes:
    """Encode what a party sends; an error says in which word."""
    try:
        return encode(value, player._key_rings[sender])
    except Exception as error:
        error.add_note(retell_error(f"In {word.label!r} from {sender}, step {word.step}."))
        raise


def delivered(
    body: bytes, player: Player, sender: str, receiver: str, label: str, step: int | None, shape: Shape
) -> Any:
    """Decode what arrived, and hold it against what the text promised."""
    try:
        value = decode(body, player._key_rings[receiver])
        if value is not None:
            check_shape(value, shape, f"{label!r} from {sender} to {receiver}, step {step},")
    except Exception as error:
        error.add_note(retell_error(f"In {label!r} from {sender} to {receiver}, step {step}."))
        raise
    return value


def without_nothing(arrived: dict[str, Any]) -> dict[str, Any]:
    """Who sends None to a Gather sits out, and is missing like one who is gone."""
    return {name: value for name, value in arrived.items() if value is not None}


def copied(value: Any, keys: Any) -> Any:
    """A value that stays where it is takes the same form as one that travelled."""
    return decode(encode(value, keys), keys)


def play(protocol: Protocol, *, progress: bool | Callable[[Player], None] = False, **options: Any) -> Run:
    """Play a protocol to its end, all parties in this process; answer the finished `Run`.

    >>> import fedlearn_edu as fl
    >>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=1)
    >>> play(fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.plain_sum())).result
    TrainedModel(logistic, 30 columns, 31 weights)

    `options` are those of `Run`.
    """
    return Run(protocol, **options).finish(progress)

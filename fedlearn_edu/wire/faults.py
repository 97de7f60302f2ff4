"""Faults that a teacher or a test orders: a party that goes away, a message that comes too late.

>>> Drop("hospital 2", round=3, before_step=3)
Drop(party='hospital 2', round=3, before_step=3)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ProtocolError
from .choreography import Gather, Protocol


@dataclass(frozen=True)
class Drop:
    """The party is gone for good, just before step `before_step` of round `round`. Set-up is round 0.

    >>> import fedlearn_edu as fl
    >>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=4, seed=1)
    >>> protocol = fl.fedavg(hospitals, rounds=2, learning_rate=1e-6, aggregation=fl.masked_sum())
    >>> run = fl.play(protocol, faults=[Drop("hospital 2", round=2, before_step=3)])
    >>> run.state, len(run.transcript.table(round=2).query("what == 'masked update'"))
    ('finished', 3)
    """

    party: str
    round: int
    before_step: int


@dataclass(frozen=True)
class Late:
    """What the party sends to a Gather at step `step` of round `round` arrives after the Gather has closed.

    >>> import fedlearn_edu as fl
    >>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=4, seed=1)
    >>> protocol = fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.masked_sum())
    >>> run = fl.play(protocol, faults=[Late("hospital 2", round=1, step=3)])
    >>> [message.sender for message in run.transcript.messages if message.late]
    ['hospital 2']
    """

    party: str
    round: int
    step: int


Fault = Drop | Late


def check_faults(faults: Sequence[Fault], protocol: Protocol) -> None:
    """Refuse a fault that could never happen, instead of playing on as if it had been handled.

    Raises
    ------
    ProtocolError
        an unknown party, or a round and step that this protocol does not have
    """
    if not faults:
        return
    words = list(protocol.rehearse())
    last = max((number for number, _ in words), default=0)
    steps = {(number, word.step) for number, word in words}
    gathers = {(number, word.step) for number, word in words if isinstance(word, Gather)}
    for fault in faults:
        if fault.party not in protocol.names:
            raise ProtocolError(f"{fault!r} names no party of this protocol.", f"It has {', '.join(protocol.names)}.")
        when = (fault.round, fault.before_step if isinstance(fault, Drop) else fault.step)
        possible = steps if isinstance(fault, Drop) else gathers
        if when not in possible:
            found = sorted(step for number, step in possible if number == fault.round and step is not None)
            raise ProtocolError(
                f"{fault!r} can never happen: round {fault.round} has no such step.",
                f"Its steps are {found}." if found else f"The last round is {last}.",
            )

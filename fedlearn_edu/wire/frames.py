"""What one party's process tells another's: a message of the protocol, or how it goes.

A frame says to which word of the text it belongs, so that both sides know whether they are at the same place.

>>> Frame.from_bytes(Frame("message", 7, 1, 3, "update", b"...").to_bytes())
Frame(kind='message', position=7, round=1, step=3, label='update', body=b'...')
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .. import errors
from ..errors import FedLearnError, PartyDropped, ProtocolError, WireError
from .codec import KeyRing, decode, encode

LONGEST_LABEL = 2**16  # characters
FRAME_KINDS = ("message", "waiting", "done", "stopped")


@dataclass(frozen=True)
class Frame:
    """A message between two processes: which word of the text it belongs to, and its body."""

    kind: Literal["message", "waiting", "done", "stopped"]
    position: int
    round: int
    step: int | None
    label: str
    body: bytes = b""

    def to_bytes(self) -> bytes:
        return encode([self.kind, self.position, self.round, self.step, self.label, self.body], KeyRing())

    @classmethod
    def from_bytes(cls, data: bytes) -> Frame:
        parts = decode(data, KeyRing())
        kinds = ((str,), (int,), (int,), (int, type(None)), (str,), (bytes,))
        well_formed = isinstance(parts, list) and len(parts) == len(kinds) and all(map(isinstance, parts, kinds))
        if not well_formed or parts[0] not in FRAME_KINDS or len(parts[4]) > LONGEST_LABEL:
            raise WireError("A link carried bytes that are no frame.", "Something else is speaking on this link.")
        return cls(*parts)


def told(error: Exception, party: str) -> bytes:
    """What the others learn of an error: its kind, and who is to blame; nothing that was computed."""
    culprit, step = (error.party, error.step) if isinstance(error, PartyDropped) else (party, None)
    return encode([type(error).__name__, culprit, step], KeyRing())


def understood(sender: str, body: bytes) -> FedLearnError:
    """The error that another party ended with, as far as it was told."""
    parts = decode(body, KeyRing())
    kinds = (str, str, int | None)
    if not isinstance(parts, list) or len(parts) != len(kinds) or not all(map(isinstance, parts, kinds)):
        return ProtocolError(f"{sender} stopped, and did not say with what.", f"{sender} itself can see why.")
    name, culprit, step = parts
    if name == "PartyDropped":
        return PartyDropped(culprit, step)
    kind = getattr(errors, name, ProtocolError)
    known = isinstance(kind, type) and issubclass(kind, FedLearnError)
    return (kind if known else ProtocolError)(f"{culprit} stopped with {name}.", f"{culprit} itself can see why.")

"""What travels through a relay: letters in envelopes, a node's mail, and its answer.

A relay carries letters between parties that have no line to each other. It reads envelopes (from whom, to whom); the
letter inside is a frame of the protocol, sealed for its receiver.

The public keys come from the relay, too, and nothing says whose they are. So a seal closes letters to a relay that is
curious, and to one that changes, forges or repeats letters. One that hands out keys of its own from the start reads
and writes everything, and nobody notices; a real system has keys signed by somebody whom the parties know.

>>> letter = Letter("bank", "tax office", b"...")
>>> Mail.from_bytes(Mail(1, [letter]).to_bytes()).letters
[Letter(bank → tax office, 3 bytes)]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..crypto.sealing import AgreementKeyPair, SealedBox, seal, unseal
from ..errors import ProtocolError, WireError
from .codec import KeyRing, decode, encode

State = Literal["waiting", "finished", "failed", "left"]
STATES = ("waiting", "finished", "failed", "left")
CONTEXT = b"fedlearn_edu letter"


@dataclass(frozen=True, repr=False)
class Letter:
    """One frame in its envelope."""

    sender: str
    receiver: str
    body: bytes

    def __repr__(self) -> str:
        return f"Letter({self.sender} → {self.receiver}, {len(self.body):,} bytes)"


@dataclass(frozen=True)
class Hello:
    """How a node introduces itself: whom it plays, of which protocol, its public key, and what it takes for agreed."""

    parties: Sequence[str]
    protocol: str
    public: bytes
    agreed: Mapping[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        return encode([list(self.parties), self.protocol, self.public, dict(self.agreed)], KeyRing())

    @classmethod
    def from_bytes(cls, data: bytes) -> Hello:
        parts = _parts(data, (list, str, bytes, dict), "a greeting")
        _names(parts[3].values())  # a relay compares them
        return cls(_names(parts[0]), parts[1], parts[2], parts[3])


@dataclass(frozen=True)
class Mail:
    """What a node is given at its turn `number`, from 1: letters, public keys it will need, and who is gone."""

    number: int
    letters: Sequence[Letter] = ()
    keys: Mapping[str, bytes] = field(default_factory=dict)
    gone: Sequence[str] = ()
    stopped: Mapping[str, bytes] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        return encode(
            [self.number, _packed(self.letters), dict(self.keys), list(self.gone), dict(self.stopped)], KeyRing()
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Mail:
        parts = _parts(data, (int, list, dict, list, dict), "a node's mail")
        if not all(isinstance(value, bytes) for value in (*parts[2].values(), *parts[4].values())):
            raise WireError("A public key, or a reason to stop, is no bytes.", "Something else speaks to this node.")
        return cls(parts[0], _unpacked(parts[1]), parts[2], _names(parts[3]), parts[4])


@dataclass(frozen=True)
class Answer:
    """What a node answers: letters of its own, how it goes, which of its parties dropped out, and why it stopped."""

    state: State
    letters: Sequence[Letter] = ()
    left: Sequence[str] = ()
    stopped: bytes = b""

    def to_bytes(self) -> bytes:
        return encode([self.state, _packed(self.letters), list(self.left), self.stopped], KeyRing())

    @classmethod
    def from_bytes(cls, data: bytes) -> Answer:
        parts = _parts(data, (str, list, list, bytes), "an answer")
        if parts[0] not in STATES:
            raise WireError(f"A node answered that it is {parts[0]!r:.40}.", f"It is one of {', '.join(STATES)}.")
        return cls(parts[0], _unpacked(parts[1]), _names(parts[2]), parts[3])


def sealed_letter(sender: str, receiver: str, frame: bytes, own: AgreementKeyPair, keys: Mapping[str, bytes]) -> Letter:
    """Close a letter for its receiver.

    Raises
    ------
    ProtocolError
        the receiver's public key is not among `keys`
    """
    context = _context(sender, receiver)
    box = seal(frame, own.private, _key_of(receiver, keys), context, receiver)
    return Letter(sender, receiver, box.body)


def opened_letter(letter: Letter, own: AgreementKeyPair, keys: Mapping[str, bytes]) -> bytes:
    """Open a letter: only who holds its sender's private key can have closed it, and only for this receiver.

    Raises
    ------
    ProtocolError
        the sender's public key is not among `keys`
    SealBroken
        the letter was closed by somebody else, for somebody else, or was changed on its way
    """
    box = SealedBox(letter.receiver, letter.body)
    return unseal(box, own.private, _key_of(letter.sender, keys), _context(letter.sender, letter.receiver))


def _key_of(party: str, keys: Mapping[str, bytes]) -> bytes:
    if party not in keys:
        raise ProtocolError(f"The relay gave no public key of {party}.", "Every node must have said hello before.")
    return keys[party]


def _context(sender: str, receiver: str) -> bytes:
    return CONTEXT + encode([sender, receiver], KeyRing())


def _packed(letters: Sequence[Letter]) -> list[list[Any]]:
    return [[letter.sender, letter.receiver, letter.body] for letter in letters]


def _unpacked(packed: Sequence[Any]) -> list[Letter]:
    for parts in packed:
        if not isinstance(parts, list) or list(map(type, parts)) != [str, str, bytes]:
            raise WireError("A letter has no sender, no receiver or no body.", "Something else speaks to this relay.")
    return [Letter(*parts) for parts in packed]


def _names(names: Any) -> list[str]:
    if not all(isinstance(name, str) for name in names):
        raise WireError("A list of parties holds something that is no name.", "Something else speaks to this relay.")
    return list(names)


def _parts(data: bytes, kinds: tuple[type, ...], what: str) -> list[Any]:
    parts = decode(data, KeyRing())
    if not isinstance(parts, list) or tuple(map(type, parts)) != kinds:
        raise WireError(f"These {len(data)} bytes are not {what}.", "Something else speaks to this relay.")
    return parts

"""A transcript as the stage's browser gets it: columns of small numbers, each text once; and its beats.

>>> from fedlearn_edu.wire.transcript import Transcript
>>> transcript = Transcript(("bank", "tax office"))
>>> offer = {"sender": "bank", "receiver": "tax office", "label": "offer", "value": 3.5, "body": b"..."}
>>> _ = transcript.add_message(**offer, seconds=0.0, step=1)
>>> record = columns(transcript, [EVERYONE])
>>> record["texts"][record["label"][0]], record["size"]
('offer', [3])

A *beat* is what happens at one time on the stage: what several parties do alike, or send alike to one, or one to
several.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..i18n import listed, retell, say
from ..wire.transcript import EAVESDROPPER, HEAD_BYTES, Entry, Message, Transcript, Work

EVERYONE = "everyone"  # the teacher's eyes: all messages, and what each receiver read
RECEIVER, SENDER = 1, 2  # who can read a message that is closed to others, as bits
WORK, MESSAGE, LATE = 0, 1, 2
FEW_NUMBERS = 4  # what carries as many is a model, for the theme with sheep; keys, counts and shares are letters


@dataclass(frozen=True)
class Beat:
    """Entries that the stage shows at one time, in the transcript's order."""

    entries: tuple[Entry, ...]

    @property
    def last(self) -> int:
        """The number of its last entry: where the stage's `position` stands when the beat is on it."""
        return self.entries[-1].number

    @property
    def messages(self) -> tuple[Message, ...]:
        """Its messages; none when it is work."""
        return tuple(entry for entry in self.entries if isinstance(entry, Message))

    @property
    def parties(self) -> tuple[str, ...]:
        """Who works or sends in it, each once."""
        return tuple(dict.fromkeys(e.party if isinstance(e, Work) else e.sender for e in self.entries))

    @property
    def receivers(self) -> tuple[str, ...]:
        """Who receives in it, each once."""
        return tuple(dict.fromkeys(message.receiver for message in self.messages))


def beats_of(entries: Iterable[Entry]) -> list[Beat]:
    """Cut a transcript's entries into beats.

    >>> work = [Work(n, 1, 2, party, "train", 0.0, n) for n, party in enumerate(("bank", "shop", "bank"), start=1)]
    >>> [beat.parties for beat in beats_of(work)]
    [('bank', 'shop'), ('bank',)]
    """
    beats: list[list[Entry]] = []
    for entry in entries:
        if beats and _goes_along(entry, beats[-1]):
            beats[-1].append(entry)
        else:
            beats.append([entry])
    return [Beat(tuple(beat)) for beat in beats]


def _goes_along(entry: Entry, beat: Sequence[Entry]) -> bool:
    """Whether an entry is the same as what stands in a beat, with another party in the one place that may differ."""
    first = beat[0]
    if type(entry) is not type(first):
        return False
    if (entry.round, entry.step, entry.label) != (first.round, first.step, first.label):
        return False
    if isinstance(entry, Work):
        return all(isinstance(other, Work) and other.party != entry.party for other in beat)
    others = [other for other in beat if isinstance(other, Message)]
    fan_out = all(o.sender == entry.sender and o.receiver != entry.receiver for o in others)
    fan_in = all(o.receiver == entry.receiver and o.sender != entry.sender for o in others)
    return fan_out or fan_in


class Texts:
    """Every text once, by number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        """The text's number."""
        return self._numbers.setdefault(text, len(self._numbers))

    def listed(self) -> list[str]:
        """All texts, by number, in the language in force."""
        return [retell(text) for text in self._numbers]


class Holders:
    """Who can undo which protection, as far as the record shows it.

    The owner of a key can, and whoever read more in a message than an eavesdropper did.
    """

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._of: dict[str, list[str]] = {}
        self._said: dict[str, str] = {}
        seen = [message for message in transcript.messages if message.protection]
        for message in seen:
            self._of.setdefault(message.protection, [])
        for protection, holders in self._of.items():
            owner = transcript.key_owners.get(protection.partition("Paillier ")[2])
            holders += [owner] if owner else []
        for message in seen:
            if message.receiver not in self._of[message.protection] and self._read_more(message):
                self._of[message.protection].append(message.receiver)

    def _read_more(self, message: Message) -> bool:
        own, others = (self._transcript.reading(message, eyes) for eyes in (message.receiver, EAVESDROPPER))
        return own != others

    def can(self, message: Message, party: str) -> bool:
        """Whether a party at an end of a closed message can read it."""
        return party in self._of.get(message.protection, ()) or f"sealed for {party}" == message.protection

    def told(self, message: Message) -> str:
        """Who can read the message, in words."""
        protection = message.protection
        if protection not in self._said:
            self._said[protection] = self._tell(message)
        return self._said[protection]

    def _tell(self, message: Message) -> str:
        protection = message.protection
        if not protection:
            return say("everybody on the way: nothing protects it")
        if protection.startswith("Paillier ") and "; " not in protection:
            owner = self._transcript.key_owners.get(protection[9:], protection)
            names = listed(map(retell, self._of[protection])) or say("nobody here has shown that it does")
            return say("who holds {owner}'s private key: {names}", owner=retell(owner), names=names)
        if protection.startswith("sealed for ") and "; " not in protection:
            receiver = retell(protection.removeprefix("sealed for "))
            return say("{receiver} alone: it is sealed for it", receiver=receiver)
        if protection == "one-time masks":
            return say("nobody by itself: the masks cancel only in the sum")
        if protection == "blinded":
            return say("nobody: what is blinded can only be compared")
        return say("nobody on the way: {cover}", cover=retell(self._transcript.cover_of(message)))


def columns(transcript: Transcript, eyes: Sequence[str]) -> dict[str, Any]:
    """The entries as columns. What no pair of these eyes could see is left out: bytes as well as readings."""
    texts, seats = Texts(), {name: place for place, name in enumerate(transcript.parties)}
    holders, all_heads = Holders(transcript), bytearray()
    rows: list[tuple[Any, ...]] = []
    for entry in transcript.entries:
        if isinstance(entry, Work):
            rows.append((WORK, entry.round, _step(entry), seats[entry.party], -1, texts(entry.label), _short(entry)))
        else:
            head, further = _told(transcript, entry, eyes, holders, texts)
            all_heads += head.ljust(HEAD_BYTES, b"\0")
            ends = (seats[entry.sender], seats[entry.receiver])
            kind = LATE if entry.late else MESSAGE
            rows.append((kind, entry.round, _step(entry), *ends, texts(entry.label), _short(entry), *further))
    beats = [beat.entries[0].number for beat in beats_of(transcript.entries)]
    of_messages = [row for row in rows if row[0] != WORK]
    return {
        "count": len(rows), **_columns(_OF_ALL, rows), **_columns(_OF_MESSAGES, of_messages, skip=len(_OF_ALL)),
        "heads": base64.b64encode(all_heads).decode(), "beats": beats, "texts": texts.listed(),
    }  # fmt: skip


_OF_ALL = ("is", "round", "step", "from", "to", "label", "seconds")
_OF_MESSAGES = ("size", "kind", "cover", "who", "can", "reads", "overhears", "shown", "model")


def _columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]], skip: int = 0) -> dict[str, list[Any]]:
    return {name: [row[skip + place] for row in rows] for place, name in enumerate(names)}


def _told(
    transcript: Transcript, message: Message, eyes: Sequence[str], holders: Holders, texts: Texts
) -> tuple[bytes, tuple[Any, ...]]:
    """What the chosen eyes may know of a message: its first bytes, and the columns of messages alone."""
    everything = EVERYONE in eyes
    on_the_way = everything or EAVESDROPPER in eyes
    visible = on_the_way or message.sender in eyes or message.receiver in eyes
    can = RECEIVER * holders.can(message, message.receiver) + SENDER * holders.can(message, message.sender)
    reads = everything or message.receiver in eyes
    overhears = on_the_way or message.sender in eyes
    head = message.head if visible else b""
    return head, (
        message.size if visible else 0,
        texts(message.kind if visible else ""),
        texts(transcript.cover_of(message)),
        texts(holders.told(message)),
        can if message.protection else RECEIVER + SENDER,
        texts(transcript.reading(message, message.receiver)) if reads else -1,
        texts(transcript.reading(message, EAVESDROPPER)) if overhears else -1,
        len(head),
        int(carries_a_model(message)),
    )


def carries_a_model(message: Message) -> bool:
    """Whether a message holds more than a few numbers.

    >>> kinds = ("rows: a number; update: 31 numbers", "31 numbers in 1 ciphertext", "a public key", "2 numbers")
    >>> [any(int(count) >= FEW_NUMBERS for count in MANY.findall(kind)) for kind in kinds]
    [True, True, False, False]
    """
    return any(int(count) >= FEW_NUMBERS for count in MANY.findall(message.kind))


MANY = re.compile(r"(\d+) (?:masked )?(?:numbers|ciphertexts)\b")


def _step(entry: Entry) -> int:
    return -1 if entry.step is None else entry.step


def _short(entry: Entry) -> float:
    return float(f"{entry.seconds:.2g}")


def gone_from(transcript: Transcript, drops: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """From which entry on a party is gone, by name: `drops` says before which round and step it goes.

    >>> from fedlearn_edu.wire.transcript import Transcript
    >>> transcript = Transcript(("bank", "shop"))
    >>> for step in (1, 2):
    ...     _ = transcript.add_work(party="bank", label="count", seconds=0.0, round=1, step=step)
    >>> gone_from(transcript, {"shop": (1, 2)})
    {'shop': 2}
    """
    found = {}
    for party, (number, step) in drops.items():
        later = (e.number for e in transcript.entries if (e.round, e.step) == (number, step) or e.round > number)
        first = next(later, None)
        if first is not None:
            found[party] = first
    return found

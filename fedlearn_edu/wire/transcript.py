"""What travelled: every message of a run as bytes, and the work between messages.

>>> transcript = Transcript(("bank", "tax office"))
>>> offer = {"sender": "bank", "receiver": "tax office", "label": "offer", "value": 3.5, "body": b"..."}
>>> _ = transcript.add_message(**offer, seconds=0.0, step=1)
>>> transcript.table()[["from", "to", "what", "bytes"]]
   from          to   what  bytes
1  bank  tax office  offer      3

What a receiver could read in a message is kept apart from the message, by party, and stays out of an export unless
that party is asked for by name.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from ..errors import ArgumentError, WireError
from .reading import kind_of, protections_in, public_keys_in, reading_of

if TYPE_CHECKING:
    import pandas as pd

    from ..crypto.paillier import PrivateKey
    from .diagram import SequenceDiagram

EAVESDROPPER = "eavesdropper"
HEAD_BYTES = 64
KEPT_BYTES = 64 * 2**20  # whole bodies are kept up to here; then head, length and SHA-256
LONGEST_PROTECTION = 2**14  # characters: a transcript stays bounded whatever names stand on sealed boxes
FORMAT = "fedlearn_edu transcript 1"
NOT_EXPORTED = "(not in this export)"  # stands for a reading that was left out


@dataclass(frozen=True)
class Message:
    """One message, as it travelled."""

    number: int
    round: int
    step: int | None
    sender: str
    receiver: str
    label: str
    kind: str
    protection: str  # "" when everybody on the way can read it
    size: int  # bytes
    seconds: float  # to encode and to decode
    head: bytes
    sha256: str
    body: bytes | None = None  # None when only the head was kept
    late: bool = False  # it came after its Gather had closed
    position: int = 0  # which word of the text it belongs to

    def __repr__(self) -> str:
        step = f"step {self.step}: " if self.step is not None else ""
        closed = f" [{self.protection}]" if self.protection else ""
        late = ", too late" if self.late else ""
        return f"{step}{self.sender} → {self.receiver}: {self.label} ({self.kind}, {self.size:,} bytes){closed}{late}"


@dataclass(frozen=True)
class Work:
    """Work inside one party: nothing travelled."""

    number: int
    round: int
    step: int | None
    party: str
    label: str
    seconds: float
    position: int = 0

    def __repr__(self) -> str:
        step = f"step {self.step}: " if self.step is not None else ""
        return f"{step}{self.party}: {self.label} ({self.seconds:.2g} s)"


Entry = Message | Work


class Transcript:
    """Everything that happened in a run, in order.

    >>> import fedlearn_edu as fl
    >>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=1)
    >>> run = fl.play(fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.plain_sum()))
    >>> run.transcript
    Transcript: 4 messages, 1,080 bytes, between hospital 1, hospital 2, server
    >>> run.transcript.by_step()["bytes"].to_dict()
    {0: 0, 1: 0, 2: 0, 3: 556, 4: 0, 5: 524, 'unnumbered': 0}
    >>> fl.Transcript.from_json(run.transcript.to_json()).messages[0].label
    'update'

    Parameters
    ----------
    parties : the parties' names, in the order of their seats
    keep : "all" keeps whole bodies up to 64 MB in sum, "heads" the first 64 bytes of each
    """

    def __init__(self, parties: Sequence[str], keep: Literal["all", "heads"] = "all") -> None:
        if keep not in ("all", "heads"):
            raise ArgumentError(f"keep= was {keep!r}.", "Use 'all' or 'heads'.")
        if EAVESDROPPER in parties:
            raise ArgumentError(
                f"A party is called {EAVESDROPPER!r}.", "That name is kept for who listens on the wire."
            )
        self.parties = tuple(parties)
        self.entries: list[Entry] = []
        self.key_owners: dict[str, str] = {}  # fingerprint of a public key -> who first sent it
        self._key_positions: dict[str, int] = {}  # at which word of the text it was sent
        self._keep = keep
        self._kept_bytes = 0
        self._readings: dict[str, dict[int, str]] = {}  # by reader, by number of message

    def __len__(self) -> int:
        return len(self.messages)

    def __repr__(self) -> str:
        size = sum(message.size for message in self.messages)
        return f"Transcript: {len(self)} messages, {size:,} bytes, between {', '.join(self.parties)}"

    @property
    def messages(self) -> list[Message]:
        """The messages, without the work between them."""
        return [entry for entry in self.entries if isinstance(entry, Message)]

    def add_work(
        self, *, party: str, label: str, seconds: float, round: int = 0, step: int | None = None, position: int = 0
    ) -> Work:
        """Write down that a party has worked."""
        work = Work(len(self.entries) + 1, round, step, party, label, seconds, position)
        self.entries.append(work)
        return work

    def add_message(
        self, *, sender: str, receiver: str, label: str, value: Any, body: bytes, seconds: float, round: int = 0,
        step: int | None = None, late: bool = False, position: int = 0, private_keys: Sequence[PrivateKey] = (),
    ) -> Message:  # fmt: skip
        """Write down a message at its delivery, with what its receiver can read in it."""
        for key in public_keys_in(value):
            if self.key_owners.setdefault(key.fingerprint, sender) == sender:
                self._key_positions.setdefault(key.fingerprint, position)
        whole = self._has_room(len(body))
        protection = "; ".join(dict.fromkeys(protections_in(value)))[:LONGEST_PROTECTION]
        message = Message(
            len(self.entries) + 1, round, step, sender, receiver, label, kind_of(value), protection, len(body), seconds,
            body[:HEAD_BYTES], hashlib.sha256(body).hexdigest(), body if whole else None, late, position,
        )  # fmt: skip
        self.entries.append(message)
        self._readings.setdefault(receiver, {})[message.number] = reading_of(value, private_keys)
        self._readings.setdefault(EAVESDROPPER, {})[message.number] = reading_of(value, ())
        return message

    def _has_room(self, size: int) -> bool:
        """Whether one more whole body is kept; it is counted when it is."""
        whole = self._keep == "all" and self._kept_bytes + size <= KEPT_BYTES
        self._kept_bytes += size if whole else 0
        return whole

    def table(self, *, round: int | None = None, work: bool = False) -> pd.DataFrame:
        """One row a message: round, step, from, to, what, encrypted under, bytes, seconds.

        With `work=True`, the work inside parties has rows too, with nobody in "to".
        """
        chosen = [e for e in self.entries if (round is None or e.round == round) and (work or isinstance(e, Message))]
        return _frame([self._row(entry) for entry in chosen], _COLUMNS)

    def by_step(self) -> pd.DataFrame:
        """For each step: messages, bytes, seconds of work, seconds on the wire, in sum over rounds."""
        sums: dict[int | None, dict[str, Any]] = {}
        for entry in self.entries:
            row = sums.setdefault(entry.step, dict.fromkeys(_SUMS, 0))
            if isinstance(entry, Message):
                row["messages"] += 1
                row["bytes"] += entry.size
                row["seconds on the wire"] += entry.seconds
            else:
                row["seconds of work"] += entry.seconds
        in_order = sorted(sums, key=lambda step: (step is None, step or 0))
        rows = [{"step": "unnumbered" if step is None else step, **sums[step]} for step in in_order]
        return _frame(rows, ("step", *_SUMS)).set_index("step")

    def seen_by(self, party: str) -> pd.DataFrame:
        """Everything that a party received, and what it could read there.

        "eavesdropper" sees every message, and reads what nobody protected.

        Raises
        ------
        ArgumentError
            no such party
        """
        self._check_party(party, EAVESDROPPER)
        seen = [m for m in self.messages if party in (m.receiver, EAVESDROPPER)]
        readings = self._readings.get(party, {})
        rows = [{**self._row(m), "could read": readings.get(m.number, NOT_EXPORTED)} for m in seen]
        columns = tuple(c for c in _COLUMNS if c != "seconds" and (c != "to" or party == EAVESDROPPER))
        return _frame(rows, (*columns, "could read"))

    def reading(self, message: Message, party: str) -> str:
        """What a party could read in one message; "" when it never saw it.

        A receiver reads with the private keys it holds. "eavesdropper" reads what nobody protected, and so, for this
        record, does the sender: what else it knows of its own message did not travel.

        >>> transcript = Transcript(("bank", "tax office", "judge"))
        >>> offer = {"sender": "bank", "receiver": "tax office", "label": "offer", "value": 3.5, "body": b"..."}
        >>> message = transcript.add_message(**offer, seconds=0.0)
        >>> [transcript.reading(message, party) for party in ("tax office", "eavesdropper", "judge")]
        ['3.5', '3.5', '']

        Raises
        ------
        ArgumentError
            no such party
        """
        self._check_party(party, EAVESDROPPER)
        if party not in (message.sender, message.receiver, EAVESDROPPER):
            return ""
        reader = message.receiver if party == message.receiver else EAVESDROPPER
        return self._readings.get(reader, {}).get(message.number, NOT_EXPORTED)

    def diagram(self, *, round: int | None = None, longest: int = 40) -> SequenceDiagram:
        """Draw a sequence diagram: a figure, and Mermaid text (`.mermaid`).

        `longest` is how many messages it draws; it says how many it left out.
        """
        from .diagram import SequenceDiagram

        messages = [m for m in self.messages if round is None or m.round == round]
        drawn = tuple((message, self.cover_of(message)) for message in messages[:longest])
        return SequenceDiagram(self.parties, drawn, len(messages) - len(drawn))

    def cover_of(self, message: Message) -> str:
        """What protects a message, in words that name the owner of the key; "" when nothing does."""
        covers = message.protection.split("; ") if message.protection else []
        boxes = [cover for cover in covers if cover.startswith("sealed for ")]
        if len(boxes) > 1:
            covers = [cover for cover in covers if cover not in boxes] + [_sealed(len(boxes))]
        return "; ".join(self._named(cover) for cover in covers)

    def _named(self, cover: str) -> str:
        """One protection; a Paillier key by its owner."""
        return f"{self.key_owners.get(cover[9:], cover[9:])}'s key" if cover.startswith("Paillier ") else cover

    def to_json(self, *, readings_of: Sequence[str] = (), bodies: bool = False) -> str:
        """Export. What a party could read is left out, unless the party is named in `readings_of`.

        `bodies=True` exports whole messages (what an eavesdropper saw), not only their heads.
        """
        for party in readings_of:
            self._check_party(party, EAVESDROPPER)
        readings = {party: self._readings.get(party, {}) for party in readings_of}
        return json.dumps(
            {
                "format": FORMAT,
                "parties": self.parties,
                "key_owners": self.key_owners,
                "entries": [_packed(entry, bodies) for entry in self.entries],
                "readings": readings,
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Transcript:
        """Read an export back.

        Raises
        ------
        WireError
            the text is no exported transcript
        """
        try:
            found = json.loads(text)
            if found["format"] != FORMAT:
                raise WireError(f"This transcript's format is {found['format']!r}.", f"This version reads {FORMAT!r}.")
            transcript = cls(found["parties"])
            transcript.key_owners = dict(found["key_owners"])
            transcript.entries = [_unpacked(entry, transcript.parties) for entry in found["entries"]]
            for party, readings in found["readings"].items():
                transcript._readings[party] = {int(number): str(reading) for number, reading in readings.items()}
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise WireError(f"This text is no exported transcript: {error!r}.", "Make one with to_json().") from error
        return transcript

    @classmethod
    def merged(cls, transcripts: Sequence[Transcript]) -> Transcript:
        """One transcript of a run from what each party wrote down about its own work and what it received."""
        whole, claims = cls(transcripts[0].parties), []
        found = sorted(
            ((entry, own) for own in transcripts for entry in own.entries),
            key=lambda pair: (pair[0].position, whole.parties.index(_author(pair[0]))),
        )
        for own in transcripts:
            for key, owner in own.key_owners.items():  # the first who sent a key owns it; later ones passed it on
                claims.append((own._key_positions.get(key, 0), key, owner))
        for _, key, owner in sorted(claims):
            whole.key_owners.setdefault(key, owner)
        for number, (old, own) in enumerate(found, start=1):
            entry = old
            if isinstance(entry, Message) and entry.body is not None and not whole._has_room(entry.size):
                entry = replace(entry, body=None)
            whole.entries.append(replace(entry, number=number))
            for reader, readings in own._readings.items():
                if old.number in readings:
                    whole._readings.setdefault(reader, {})[number] = readings[old.number]
        return whole

    def _row(self, entry: Entry) -> dict[str, Any]:
        row: dict[str, Any] = {"number": entry.number, "round": entry.round, "step": entry.step, "what": entry.label}
        if isinstance(entry, Work):
            return {**row, "from": entry.party, "to": "", "encrypted under": "", "bytes": 0, "seconds": entry.seconds}
        cover = self.cover_of(entry) + (" (too late)" if entry.late else "")
        sizes = {"bytes": entry.size, "seconds": entry.seconds}
        return {**row, "from": entry.sender, "to": entry.receiver, "encrypted under": cover, **sizes}

    def _check_party(self, party: str, *others: str) -> None:
        if party not in (*self.parties, *others):
            known = ", ".join((*self.parties, *others))
            raise ArgumentError(f"{party!r} took no part in this run.", f"The parties are {known}.")


_SUMS = ("messages", "bytes", "seconds of work", "seconds on the wire")
_COLUMNS = ("round", "step", "from", "to", "what", "encrypted under", "bytes", "seconds")


def _frame(rows: list[dict[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    from .tables import ToldTable

    index = [row.get("number", place) for place, row in enumerate(rows, start=1)]
    return ToldTable(rows, columns=list(columns), index=index)


def _sealed(boxes: int) -> str:
    return f"sealed for {boxes} receivers"


def _author(entry: Entry) -> str:
    return entry.receiver if isinstance(entry, Message) else entry.party


def _packed(entry: Entry, bodies: bool) -> dict[str, Any]:
    fields = {"is": type(entry).__name__.lower(), **asdict(entry)}
    if isinstance(entry, Message):
        whole = entry.body if bodies else None
        fields["head"] = entry.head.hex()
        fields["body"] = base64.b64encode(whole).decode() if whole is not None else None
    return fields


def _unpacked(fields: dict[str, Any], parties: Sequence[str]) -> Entry:
    fields = dict(fields)
    kinds: dict[str, type[Work] | type[Message]] = {"work": Work, "message": Message}
    kind = kinds[fields.pop("is")]
    for name, value in fields.items():
        if not isinstance(value, _EXPORTED[name]) or (name in _ROLES and value not in parties):
            raise ValueError(f"{name} is {value!r:.100}")
    if kind is Message:
        fields["head"] = bytes.fromhex(fields["head"])
        fields["body"] = base64.b64decode(fields["body"], validate=True) if fields["body"] is not None else None
    return kind(**fields)


_ROLES = ("sender", "receiver", "party")
_EXPORTED: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("number", "round", "size", "position"), int),
    **dict.fromkeys((*_ROLES, "label", "kind", "protection", "head", "sha256"), str),
    "step": (int, type(None)),
    "body": (str, type(None)),
    "seconds": (int, float),
    "late": bool,
}

"""What one party wrote down, so that it can be started again where it was.

Engines whose clients do not live between two messages start a party anew for each of them. It reads its journal, walks
through the text with the results that it had, and goes on. A computer that fails in the middle loses a turn at most.

>>> journal = Journal()
>>> journal.note_work("bank", 3, 115.0, seconds=0.01)
>>> journal.work("bank", 3)
(115.0, 0.01)

A journal holds everything that its party holds: rows, private keys. It never leaves the party. On disk it is a file
that its owner alone may read. It is read with pickle, which runs what it reads: so a journal that somebody else could
have written is refused.
"""

from __future__ import annotations

import os
import pickle
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..crypto.sealing import AgreementKeyPair, generate_agreement_key
from ..errors import ProtocolError

LENGTH_BYTES = 8


class Journal:
    """The notes of one node: in memory, or in a file that outlives the process.

    Parameters
    ----------
    path : of the file; None: in memory

    Raises
    ------
    ProtocolError
        the file is somebody else's, or others may write to it
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path) if path is not None else None
        self._works: dict[tuple[str, int], tuple[Any, float]] = {}
        self._identity: AgreementKeyPair | None = None
        self.beginning: Mapping[str, Any] = {}  # what a `Correspondent` is made from: see `Correspondent.again`
        self.turns: list[tuple[bytes, bytes]] = []  # mail and answer of each turn that was completed
        for record in self._records():
            self._take(*record)

    def __repr__(self) -> str:
        return f"Journal({str(self.path) if self.path else 'in memory'}, {len(self.turns)} turns)"

    @property
    def identity(self) -> AgreementKeyPair:
        """The key pair with which this node opens its letters; drawn when first asked for."""
        if self._identity is None:
            self._note("identity", generate_agreement_key())
        assert self._identity is not None
        return self._identity

    def note_beginning(self, **arguments: Any) -> None:
        """Write down what this node plays, so that the journal alone is enough to start it anew."""
        self._note("beginning", arguments)

    def work(self, party: str, position: int) -> tuple[Any, float] | None:
        """What a party computed at a place of the text, and in how many seconds; None when it has not."""
        return self._works.get((party, position))

    def note_work(self, party: str, position: int, result: Any, seconds: float) -> None:
        self._note("work", (party, position), (result, seconds))

    def note_turn(self, mail: bytes, answer: bytes) -> None:
        self._note("turn", mail, answer)

    def _take(self, kind: str, *parts: Any) -> None:
        if kind == "identity":
            (self._identity,) = parts
        elif kind == "beginning":
            (self.beginning,) = parts
        elif kind == "work":
            self._works[parts[0]] = parts[1]
        else:
            self.turns.append((parts[0], parts[1]))

    def _note(self, *record: Any) -> None:
        self._take(*record)
        if self.path is None:
            return
        data = pickle.dumps(record)
        with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as file:
            file.write(len(data).to_bytes(LENGTH_BYTES, "big") + data)

    def _records(self) -> list[Any]:
        """Every whole record; half a record, from a process that died while it wrote, is cut off."""
        if self.path is None or not self.path.exists():
            return []
        self._check_owner(self.path.stat())
        data, records, place = self.path.read_bytes(), [], 0
        while len(data) - place >= LENGTH_BYTES:
            end = place + LENGTH_BYTES + int.from_bytes(data[place : place + LENGTH_BYTES], "big")
            if end > len(data):
                break
            records.append(pickle.loads(data[place + LENGTH_BYTES : end]))
            place = end
        if place < len(data):
            os.truncate(self.path, place)
        return records

    def _check_owner(self, status: os.stat_result) -> None:
        if os.name != "posix":
            return  # Windows keeps a user's folders to that user
        if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise ProtocolError(
                f"The journal {self.path} can be written by others, and reading it runs what it says.",
                "Keep it in a folder of your own, with mode 600; begin a new one if in doubt.",
            )

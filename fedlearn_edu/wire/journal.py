"""What one party wrote down, so that it can be started again where it was.

Engines whose clients do not live between two messages start a party anew for each of them. It reads its journal, walks
through the text with the results that it had, and goes on. A computer that fails in the middle loses a turn at most.

>>> journal = Journal()
>>> journal.note_work("bank", 3, 115.0, seconds=0.01)
>>> journal.work("bank", 3)
(115.0, 0.01)

A journal holds everything that its party holds: rows, private keys. It never leaves the party. On disk it is a file
that its owner alone may read. It is read with pickle, which runs what it reads: so a journal that somebody else could
have written is refused (where the system says who may: POSIX). It is of one run, and one process at a time writes it.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import stat
import struct
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any
from zlib import crc32

from ..crypto.sealing import AgreementKeyPair, generate_agreement_key
from ..errors import ProtocolError

HEAD = struct.Struct(">QI")  # in front of a record: how long it is, and its checksum


class Journal:
    """The notes of one node: in memory, or in a file that outlives the process.

    Parameters
    ----------
    path : of the file; None: in memory

    Raises
    ------
    ProtocolError
        the file is somebody else's, or others may read it or write to it
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path) if path is not None else None
        self._size = self._whole = 0  # bytes of the file when this process last saw it, and of its whole records
        self._works: dict[tuple[str, int], tuple[Any, float]] = {}
        self._play: str | None = None
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

    def note_play(self, play: str) -> None:
        """Write down which run this is; with another one's results, a run would go wrong and nobody would notice.

        Raises
        ------
        ProtocolError
            the journal is of something else
        """
        if self._play is None:
            self._note("play", play)
        if self._play != play:
            raise ProtocolError(f"{self!r} tells of another run.", "Begin a new journal for each run and each node.")

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
        elif kind == "play":
            (self._play,) = parts
        elif kind == "work":
            self._works[parts[0]] = parts[1]
        else:
            self.turns.append((parts[0], parts[1]))

    def _note(self, *record: Any) -> None:
        if self.path is not None:
            self._write(pickle.dumps(record), lasting=record[0] != "work")
        self._take(*record)

    def _write(self, data: bytes, lasting: bool) -> None:
        """Add a record; one that lasts is on the disk, with all before it, when what it tells of leaves this node."""
        assert self.path is not None
        record = HEAD.pack(len(data), crc32(data)) + data
        try:
            with self._opened(os.O_RDWR | os.O_CREAT, "r+b") as file:
                self._append(file, record)
                if lasting:
                    os.fsync(file.fileno())
        except OSError:
            self._size = self.path.stat().st_size  # with half a record, on a full disk; the next one takes its place
            raise
        self._size = self._whole = self._whole + len(record)

    def _append(self, file: IO[bytes], record: bytes) -> None:
        if file.seek(0, os.SEEK_END) != self._size:
            raise ProtocolError(
                f"Another process writes in the journal {self.path}.", "One process at a time plays a party."
            )
        file.seek(self._whole)
        file.truncate()
        file.write(record)
        file.flush()

    def _records(self) -> list[Any]:
        """Every whole record; what a process that died in the middle left at the end is passed over."""
        if self.path is None or not self.path.exists():
            return []
        with self._opened(os.O_RDONLY, "rb") as file:
            data = file.read()
        self._size, records = len(data), []
        while (end := _end_of_record(data, self._whole)) > self._whole:
            records.append(pickle.loads(data[self._whole + HEAD.size : end]))
            self._whole = end
        return records

    @contextlib.contextmanager
    def _opened(self, flags: int, mode: str) -> Iterator[IO[bytes]]:
        assert self.path is not None
        with os.fdopen(os.open(self.path, flags, 0o600), mode) as file:
            self._check_owner(os.fstat(file.fileno()))  # of this very file, whatever has its name a moment later
            yield file

    def _check_owner(self, status: os.stat_result) -> None:
        if sys.platform == "win32":  # in this form mypy understands it
            return  # Windows keeps a user's own folders to that user
        if status.st_uid != os.getuid() or status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ProtocolError(
                f"The journal {self.path} can be read or written by others.",
                "It holds private keys, and reading it runs what it says: keep it to yourself, with mode 600.",
            )


def _end_of_record(data: bytes, start: int) -> int:
    """Where the record that starts here ends; `start` itself when there is no whole one."""
    if len(data) - start < HEAD.size:
        return start
    length, checksum = HEAD.unpack_from(data, start)
    end: int = start + HEAD.size + length
    whole = length > 0 and end <= len(data) and crc32(data[start + HEAD.size : end]) == checksum
    return end if whole else start

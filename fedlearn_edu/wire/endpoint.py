"""One party in this process: the others are elsewhere, and messages really travel.

The same text, projected: this party does its own work, sends what it sends, waits for what it receives, and passes over
the rest. The others' values are absent here, not hidden.

`play_apart` starts one process for each party on this machine, joined by pipes. An `Endpoint` takes any links that can
send and receive bytes, so that an engine can carry it over a network.

A party that waits for long tells the others so: who waits for it in turn then waits longer, instead of giving it up.
When a party fails, the others are told who stopped and where, never why: an error's words can hold private values.
"""

from __future__ import annotations

import copy
import multiprocessing
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol as Interface

from ..errors import FedLearnError, PartyDropped, ProtocolError
from .choreography import Protocol, Word
from .codec import MAX_BODY, decode
from .faults import Fault
from .frames import Frame, told, understood
from .passing import Passage, out_of_place
from .player import ABSENT, Pieces, Player
from .transcript import Transcript

TIME_LIMIT = 120.0  # seconds without a word from a party, after which it counts as gone


class Connection(Interface):
    """What a link needs: a `multiprocessing` connection has it, and so has anything like it."""

    def send_bytes(self, data: bytes) -> None: ...
    def recv_bytes(self, maxlength: int) -> bytes: ...
    def poll(self, timeout: float) -> bool: ...
    def close(self) -> None: ...


class _Link:
    """A connection to one other party; sending never blocks, so a party that hangs hangs nobody else."""

    def __init__(self, connection: Connection, time_limit: float) -> None:
        self._connection, self._time_limit = connection, time_limit
        self._outbox: queue.Queue[bytes | None] = queue.Queue()
        self._sender = threading.Thread(target=self._send_all, daemon=True)
        self._sender.start()
        self.broken = self._stuck = False
        self._last = {"message": -1, "waiting": -1}  # the last position in the text, for each kind of frame

    def send(self, frame: Frame) -> None:
        self._outbox.put(frame.to_bytes())

    def receive(self, deadline: float) -> Frame | None:
        """The next frame; None when the other side is gone or the time is up."""
        if self.broken:
            return None
        try:
            if not self._connection.poll(max(0.0, deadline - time.monotonic())):
                return None
            return self._in_order(Frame.from_bytes(self._whole_frame()))
        except (EOFError, OSError):
            self.broken = True
            return None

    def _whole_frame(self) -> bytes:
        """What has begun to arrive; who sends half a frame, and no more, hangs a thread, and not this party."""
        arrived: queue.Queue[bytes | None] = queue.Queue()
        threading.Thread(target=self._read_into, args=(arrived,), daemon=True).start()
        try:
            data = arrived.get(timeout=self._time_limit)
        except queue.Empty:
            self._stuck, data = True, None
        if data is None:
            raise EOFError
        return data

    def _read_into(self, arrived: queue.Queue[bytes | None]) -> None:
        try:
            arrived.put(self._connection.recv_bytes(MAX_BODY + 1024))
        except (EOFError, OSError):
            arrived.put(None)

    def _in_order(self, frame: Frame) -> Frame:
        """A text goes forward only; without this check, a flood of old frames would be read for ever."""
        if frame.position <= self._last.get(frame.kind, -1):
            raise ProtocolError(
                f"A frame {frame.kind!r} {frame.label!r} came again, or out of order.", "Every message travels once."
            )
        self._last[frame.kind] = frame.position
        return frame

    def close(self, patience: float = 5.0) -> None:
        self._outbox.put(None)
        self._sender.join(patience)
        if not self._stuck:  # a thread still reads there, and a closed number may soon stand for another file
            self._connection.close()

    def _send_all(self) -> None:
        while (data := self._outbox.get()) is not None:
            try:
                self._connection.send_bytes(data)
            except (OSError, ValueError):
                return  # the other side is gone: what we receive from it, or not, decides what follows


class _Left(Exception):
    """The party drops out, as a fault has ordered."""


class Endpoint(Player):
    """Plays one party of a protocol.

    >>> import fedlearn_edu as fl
    >>> from multiprocessing import Pipe
    >>> from threading import Thread
    >>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=1, seed=1)
    >>> protocol = fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.plain_sum())
    >>> to_server, to_hospital = Pipe()
    >>> server = Endpoint(protocol.only("server"), "server", {"hospital 1": to_hospital})
    >>> elsewhere = Thread(target=server.finish)
    >>> elsewhere.start()
    >>> hospital = Endpoint(protocol, "hospital 1", {"server": to_server}).finish()
    >>> elsewhere.join()
    >>> hospital.result, server.result
    (TrainedModel(logistic, 30 columns, 31 weights), None)

    Parameters
    ----------
    protocol : the protocol; of its parties only `party` needs data (`protocol.only(party)`)
    party : the name of the party that this process plays
    links : a connection to every other party, by name
    time_limit : seconds to wait for a message before its sender counts as gone
    """

    def __init__(
        self, protocol: Protocol, party: str, links: Mapping[str, Connection], *, faults: Sequence[Fault] = (),
        keep: Literal["all", "heads"] = "all", time_limit: float = TIME_LIMIT,
    ) -> None:  # fmt: skip
        super().__init__(protocol.only(party), faults=faults, keep=keep)
        missing = set(protocol.names) - {party} - set(links)
        if missing:
            raise ProtocolError(f"{party} has no link to {', '.join(sorted(missing))}.", "Give it one to each party.")
        self.party = party
        self._links = {name: _Link(connection, time_limit) for name, connection in links.items()}
        self._time_limit = time_limit
        self._heard_of_end = b""  # what another party said of its error: passed on, so that all blame the same one
        self._until = 0.0  # when the word that is performed now has waited long enough for a message
        self._told_waiting = 0  # at which word this party has last told the others that it waits

    @property
    def left(self) -> bool:
        """Whether a fault has made this party drop out."""
        return self.party in self._gone

    def _perform_all(self) -> Pieces:
        try:
            yield from super()._perform_all()
            self._part()
        except _Left:
            pass  # an ordered drop-out: its links close without a word, as those of a crashed party would
        except Exception as error:
            self._tell_all(Frame("stopped", *self._where(), "", self._heard_of_end or told(error, self.party)))
            raise
        finally:
            for link in self._links.values():
                link.close()

    def _plays(self, party: str) -> bool:
        return party == self.party

    def _go(self, party: str) -> None:
        if party == self.party:
            self._gone.add(party)
            raise _Left

    def _perform(self, word: Word) -> Pieces:
        self._until = self._deadline()
        return (yield from super()._perform(word))

    def _deliver(self, sender: str, receiver: str, word: Passage, body: bytes, start: float) -> Any:
        if self._is_late(sender, word):
            time.sleep(1.5 * self._time_limit)
        self._links[receiver].send(self._frame(word, body))
        return ABSENT

    def _fetch(self, sender: str, receiver: str, word: Passage) -> Any:
        body = self._awaited(sender, word, self._until)
        return ABSENT if body is None else self._arrived(sender, receiver, word, body, time.perf_counter())

    def _awaited(self, sender: str, word: Passage, deadline: float) -> bytes | None:
        """The body that a word promises; None when its sender is gone or too late."""
        while (frame := self._heard(sender, deadline)) is not None:
            if frame.kind == "stopped":
                raise self._stopped(sender, frame)
            if frame.kind == "message" and frame.position == self.position and frame.label == word.label:
                return frame.body
            if frame.kind == "done" or frame.position >= self.position:
                raise out_of_place(sender, frame, word)
            if frame.kind == "waiting":
                deadline = max(deadline, self._deadline())
            else:
                self._note_late(sender, frame)
        return None

    def _heard(self, sender: str, deadline: float) -> Frame | None:
        """The next frame from a party; half of the time gone, tell the others that this party lives, and waits."""
        link = self._links[sender]
        frame = link.receive(deadline - self._time_limit / 2)
        if frame is not None or link.broken:
            return frame
        if self._told_waiting < self.position:
            self._told_waiting = self.position
            self._tell_all(Frame("waiting", *self._where(), ""))
        return link.receive(deadline)

    def _note_late(self, sender: str, frame: Frame) -> None:
        value = decode(frame.body, self._key_rings[self.party])
        self._record(sender, self.party, frame, value, 0.0, late=True)

    def _part(self) -> None:
        """Nobody has finished before everybody has, or is gone: an error at the last step reaches all."""
        self._tell_all(Frame("done", *self._where(), ""))
        deadline = self._deadline()
        for sender in self._links:
            until = deadline
            while (frame := self._heard(sender, until)) is not None and frame.kind != "done":
                if frame.kind == "stopped":
                    raise self._stopped(sender, frame)
                if frame.kind == "waiting":
                    until = max(until, self._deadline())
                else:
                    self._note_late(sender, frame)

    def _stopped(self, sender: str, frame: Frame) -> FedLearnError:
        error = understood(sender, frame.body)
        self._heard_of_end = frame.body
        return error

    def _tell_all(self, frame: Frame) -> None:
        for link in self._links.values():
            link.send(frame)

    def _where(self) -> tuple[int, int, None]:
        return self.position, self.round, None

    def _deadline(self) -> float:
        return time.monotonic() + self._time_limit


@dataclass(frozen=True)
class Part:
    """What one party's process came to: a result, or the error that ended it, or neither when it had dropped out."""

    party: str
    result: Any = None
    error: Exception | None = None
    left: bool = False
    reports: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    transcript: Transcript | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Apart:
    """A protocol played by one process for each party."""

    parts: Mapping[str, Part]

    @property
    def transcript(self) -> Transcript:
        """The whole, put together from what each party received."""
        return Transcript.merged([part.transcript for part in self.parts.values() if part.transcript is not None])


def play_apart(
    protocol: Protocol, *, faults: Sequence[Fault] = (), time_limit: float = TIME_LIMIT, patience: float = 600.0
) -> Apart:
    """Play a protocol with one new process for each party, joined by pipes; each is given its own data only.

    >>> import fedlearn_edu as fl
    >>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=1)
    >>> apart = play_apart(fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.plain_sum()))
    >>> apart.parts["hospital 2"].result
    TrainedModel(logistic, 30 columns, 31 weights)
    >>> print(apart.parts["server"].result)
    None

    Parameters
    ----------
    protocol : its text and functions must be importable (of a module, not of a notebook cell)
    faults, time_limit : as for `Endpoint`
    patience : seconds for the whole; then the processes are ended

    Returns
    -------
    Apart
        by party, its result or its error: an error is an outcome here, and is not raised

    Raises
    ------
    ProtocolError
        the protocol cannot be handed to another process
    """
    start_new = multiprocessing.get_context("spawn")  # nothing of this process's memory reaches the parties
    links, ears = _joined(protocol.names), {}
    processes = []
    try:
        for name in protocol.names:
            ears[name], mouth = start_new.Pipe(duplex=False)
            arguments = (protocol.only(name), name, links[name], mouth, tuple(faults), time_limit)
            process = start_new.Process(target=_play_one, args=arguments, name=name, daemon=True)
            _start(process, protocol)
            processes.append(process)
            for connection in (mouth, *links[name].values()):
                connection.close()  # the child has its own copy: now its end is the only one
        deadline = time.monotonic() + patience
        return Apart({name: _heard(name, ears[name], deadline) for name in protocol.names})
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _start(process: Any, protocol: Protocol) -> None:
    try:
        process.start()
    except OSError:
        raise  # this machine has no room for one more process
    except Exception as error:
        raise ProtocolError(
            f"{protocol.title!r} cannot be handed to another process: {error}.",
            "Write its text and functions in a module, and give it plain values, arrays, or objects of a module.",
        ) from error


def _joined(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """A pipe between each two parties: for each party, its ends by the other's name."""
    ends: dict[str, dict[str, Any]] = {name: {} for name in names}
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            ends[one][other], ends[other][one] = multiprocessing.Pipe()
    return ends


def _play_one(
    protocol: Protocol,
    party: str,
    links: Mapping[str, Connection],
    mouth: Any,
    faults: Sequence[Fault],
    time_limit: float,
) -> None:
    """The whole life of one party's process."""
    endpoint = Endpoint(protocol, party, links, faults=faults, time_limit=time_limit)
    result, error = None, None
    try:
        endpoint.finish()
        result = None if endpoint.left else endpoint.result
    except Exception as caught:
        error = caught
    part = Part(party, result, error, endpoint.left, endpoint._reports, endpoint.transcript)
    try:
        copy.copy(error)  # some errors can leave a process, and cannot be made again where they arrive
        mouth.send(part)
    except Exception as problem:
        told = ProtocolError(
            f"What {party} ended with cannot leave its process: {error or problem!r}.", "Use what can be pickled."
        )
        mouth.send(Part(party, error=told, left=endpoint.left, transcript=endpoint.transcript))


def _heard(name: str, ear: Any, deadline: float) -> Part:  # an ear is a Connection, and on Windows a PipeConnection
    try:
        if ear.poll(max(0.0, deadline - time.monotonic())):
            part: Part = ear.recv()
            return part
    except (EOFError, OSError):  # on Windows a pipe that is broken says so when it is polled
        pass  # the process died before it could tell; the next line says so
    return Part(name, error=PartyDropped(name))

"""What every way of playing a protocol has in common: it walks through the text and keeps the record.

`Run` plays all parties in this process, `Endpoint` one, over links, `Correspondent` some, through a relay. They differ
in whose values they hold (`_plays`) and in how a message travels (`_deliver`, `_fetch`); everything else is here.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import inspect
import threading
import time
import weakref
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from ..crypto.paillier import KeyPair, PrivateKey
from ..errors import ArgumentError, Cancelled, PartyDropped, ProtocolError, RunSpent
from ..i18n import retell, retell_error, say
from .choreography import (
    Agreed,
    Announce,
    At,
    Gather,
    HasName,
    Local,
    Protocol,
    Report,
    Round,
    Send,
    Word,
    answer_at,
    check,
    rebuilt,
)  # fmt: skip
from .codec import KeyRing, decode
from .faults import Drop, Fault, Late, check_faults
from .frames import Frame
from .passing import Passage, copied, delivered, encoded, without_nothing
from .transcript import Entry, Transcript

if TYPE_CHECKING:
    import pandas as pd

State = Literal["ready", "running", "finished", "cancelled", "failed"]
Pieces = Generator[tuple[int, int] | None, None, Any]  # (done, total) inside one piece of work; None between words


class _Absent:
    """Stands where a value is not: it lives in another process, or its party is gone."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()


class Player:
    """Walks through a protocol's text, word by word. Use `Run`, `Endpoint` or `Correspondent`."""

    def __init__(
        self, protocol: Protocol, *, faults: Sequence[Fault] = (), keep: Literal["all", "heads"] = "all"
    ) -> None:
        if not isinstance(protocol, Protocol):
            raise ArgumentError(
                f"A protocol is played, and this is of type {type(protocol).__name__}.",
                "Make one first, as fl.fedavg(...) does, and give it to fl.play.",
            )
        check_faults(faults, protocol)
        self._refuse_to_play_for([party for party in protocol.parties if getattr(party, "is_elsewhere", False)])
        self.protocol = protocol
        self.transcript = Transcript(protocol.names, keep)
        self.state: State = "ready"
        self.round = 0
        self.position = 0  # how many words have been spoken
        self.doing = ""  # the label of the work that goes on now
        self._names = dict.fromkeys(protocol.names)
        self._faults = tuple(faults)
        self._gone: set[str] = set()
        self._values: dict[tuple[str, int], Any] = {}
        self._held: dict[str, dict[str, Any]] = {name: {} for name in protocol.names}
        self._private_keys: dict[str, list[PrivateKey]] = {name: [] for name in protocol.names}
        self._key_rings = {name: KeyRing() for name in protocol.names}
        self._data = {party.name: party.data for party in protocol.parties}
        self._observed: list[tuple[Report, dict[str, Any]]] = []  # what this player saw of each report
        self._reports: list[dict[str, Any]] = []
        self._outcome: Any = ABSENT
        self._cancel = threading.Event()
        self._playing = threading.Lock()
        self._performance = self._perform_all()

    def _refuse_to_play_for(self, parties: Sequence[HasName]) -> None:
        """A party whose data are elsewhere is played there; in `protocol.only(...)` it has become a stranger."""
        if parties:
            raise ProtocolError(
                f"The data of {parties[0].name} are elsewhere: its part cannot be played here.",
                "Play the parties that are here, with an Endpoint or a Correspondent; it plays its own part there.",
            )

    def __repr__(self) -> str:
        size = sum(message.size for message in self.transcript.messages)
        one = "{kind} of {title}: {state}, {rounds} round, {messages} messages, {size:,} bytes"
        several = "{kind} of {title}: {state}, {rounds} rounds, {messages} messages, {size:,} bytes"
        about = {"kind": type(self).__name__, "title": retell(self.protocol.title), "state": retell(self.state)}
        counts = {"rounds": self.round, "messages": len(self.transcript), "size": size}
        return say(one if self.round == 1 else several, **about, **counts)

    # --- driving it

    def next(self) -> tuple[Entry, ...]:
        """Do the next word of the text; answer what it added to the transcript.

        Raises
        ------
        RunSpent
            the run has ended already
        """
        before = len(self.transcript.entries)
        with self._driving():
            while self._advance() is not None:
                pass
        return tuple(self.transcript.entries[before:])

    def through(self, *, round: int, step: int) -> tuple[Entry, ...]:
        """Play until everything of this step of this round is done; answer what that added to the transcript."""
        with self._driving():  # a spent run says so
            places = [(number, word.step) for number, word in self.protocol.rehearse()]
        if (round, step) not in places:
            known = sorted({place[1] for place in places if place[0] == round and place[1] is not None})
            raise ProtocolError(
                f"There is no step {step} in round {round}.",
                f"Its steps are {known}." if known else f"The last round is {max(places, key=_round_of)[0]}.",
            )
        last = max(place for place, found in enumerate(places, 1) if found == (round, step))
        before = len(self.transcript.entries)
        while self.position < last and self.state in ("ready", "running"):
            self.next()
        return tuple(self.transcript.entries[before:])

    def finish(self, progress: bool | Callable[[Player], None] = False) -> Self:
        """Play to the end; answer the run itself.

        `progress=True` shows a bar when it takes over a second; a function is called with the run after every piece.
        """
        with self._driving(), _shown(progress, self) as show:
            while self.state in ("ready", "running"):
                self._advance()
                show(self)
        return self

    async def run_async(self, progress: Callable[[Player], None] | None = None) -> Self:
        """Play to the end in a thread, piece by piece, so that a notebook's controls stay alive."""
        with self._driving():
            while self.state in ("ready", "running"):
                piece = asyncio.ensure_future(asyncio.to_thread(self._advance))
                try:
                    await asyncio.shield(piece)
                    if progress:
                        progress(self)
                    await asyncio.sleep(0)
                except asyncio.CancelledError:
                    await self._stopped_after(piece)
                    raise
        return self

    async def _stopped_after(self, piece: asyncio.Future[Any]) -> None:
        """Cancel, and come back when the thread has left the run: a piece under way cannot be torn apart."""
        self.cancel()
        await asyncio.wait([piece])
        if not piece.cancelled() and piece.exception() is None and self.state == "running":
            with contextlib.suppress(Cancelled):
                self._advance()

    def cancel(self) -> None:
        """Stop at the next word, or at the next piece of long work."""
        self._cancel.set()
        if self.state == "ready":
            self.state = "cancelled"

    # --- what came of it

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What was ordered to go wrong."""
        return self._faults

    @property
    def result(self) -> Any:
        """What the text returned, with located values opened."""
        if self.state != "finished":
            raise ProtocolError(f"This run is {self.state}: it has no result.", "Play it to the end with finish().")
        return self._opened_result(self._outcome)

    @property
    def history(self) -> pd.DataFrame:
        """What was reported, one row a round."""
        return history_of(self._reports)

    def reported(self, name: str) -> list[Any]:
        """One reported value, round by round (arrays, too, which `history` leaves out)."""
        return [row[name] for row in self._reports if name in row]

    def held_by(self, party: str) -> dict[str, Any]:
        """What a party holds now, by label: the latest of each kind. For lessons; no other party can call this.

        Private keys are among it: this is what a party that colludes could hand over.

        Raises
        ------
        ArgumentError
            no such party
        """
        if party not in self._held:
            raise ArgumentError(f"{party!r} takes no part in this run.", f"It has {', '.join(self.protocol.names)}.")
        return dict(self._held[party])

    # --- walking through the text

    def _driving(self) -> Any:
        if self.state not in ("ready", "running"):
            raise RunSpent(f"This run is {self.state}.", "Make a new one: Run(run.protocol).")
        return _OneAtATime(self._playing)

    def _advance(self) -> tuple[int, int] | None:
        """Do one piece; None when a word is complete."""
        try:
            if self._cancel.is_set():
                raise Cancelled("The run was cancelled.", "Make a new one: Run(run.protocol).")
            self.state = "running"
            return next(self._performance)
        except StopIteration:
            self.state = "finished"
        except BaseException as error:
            self.state = "cancelled" if isinstance(error, Cancelled) else "failed"
            self._performance.close()
            raise
        return None

    def _perform_all(self) -> Pieces:
        text, answer = self.protocol.begin(), None
        try:
            while True:
                word = text.send(answer)
                if self.position:
                    yield None  # the word before is complete, and the text goes on
                self.position += 1
                self._check(word)
                self._apply_faults(word)
                answer = yield from self._perform(word)
        except StopIteration as end:
            self._outcome = end.value

    def _check(self, word: Word) -> None:
        check(word, self._names)

    def _perform(self, word: Word) -> Pieces:
        if isinstance(word, Round):
            self.round = word.number
            return None
        if isinstance(word, Report):
            self._report(word)
            return None
        if isinstance(word, Announce):
            return self._announce(word)
        if isinstance(word, Local):
            yield from self._work(word)
        elif isinstance(word, Send):
            self._send(word)
        else:
            self._gather(word)
        answer = answer_at(word, self.position)
        if answer is not None and self._value(answer) is not ABSENT:  # once let go of, nobody can ask for it again
            weakref.finalize(answer, self._values.pop, (answer.party, answer.ticket), None).atexit = False
        return answer

    def _work(self, word: Local) -> Pieces:
        """Call the function of a Local where its party is present, and keep what it returns there."""
        party = word.party.name
        if not self._plays(party):
            return
        self.doing = f"{party}: {word.label}"
        try:
            result, seconds = yield from self._computed(word)
        except Exception as error:
            error.add_note(
                retell_error(f"In {word.label!r} at {party}, round {self.round}, step {word.step}.")
            )
            raise
        self._keep(party, word.label, result)
        self.transcript.add_work(
            party=party, label=word.label, seconds=seconds, round=self.round, step=word.step, position=self.position
        )

    def _computed(self, word: Local) -> Pieces:
        """What the function of a Local returns, and in how many seconds."""
        start = time.perf_counter()
        result = word.function(self._data[word.party.name], *(self._argument(arg, word) for arg in word.args))
        if inspect.isgenerator(result):
            result = yield from result
        return result, time.perf_counter() - start

    def _plays(self, party: str) -> bool:
        """Whether this player holds the party's values."""
        return party not in self._gone

    def _keep(self, party: str, label: str, value: Any) -> None:
        key = value.private if isinstance(value, KeyPair) else value
        if isinstance(key, PrivateKey):
            self._private_keys[party].append(key)
            self._key_rings[party].add(key.public)
        if isinstance(value, np.ndarray):
            value = value.view()
            value.flags.writeable = False
        self._values[party, self.position] = value
        self._held[party][label] = value

    # --- messages

    def _send(self, word: Send) -> None:
        sender, receiver = word.value.party, word.receiver.name
        value = self._passed(word.value, receiver, word)
        if not self._plays(receiver):
            return
        if value is ABSENT:
            raise PartyDropped(sender, word.step, word.label)
        self._keep(receiver, word.label, value)

    def _gather(self, word: Gather) -> None:
        receiver = word.receiver.name
        passed = {located.party: self._passed(located, receiver, word) for located in word.values}
        if self._plays(receiver):
            arrived = {sender: value for sender, value in passed.items() if value is not ABSENT}
            self._keep(receiver, word.label, without_nothing(arrived))

    def _announce(self, word: Announce) -> Any:
        """Answer what is announced: from here on it is public, and the text itself may read it."""
        sender = word.value.party
        receivers = [name for name in self.protocol.names if name != sender and name not in self._gone]
        if self._plays(sender):
            return self._announced(sender, receivers, word)
        values = [self._fetch(sender, receiver, word) for receiver in receivers if self._plays(receiver)]
        if not values or any(value is ABSENT for value in values):
            raise PartyDropped(sender, word.step, word.label)
        return values[0]

    def _announced(self, sender: str, receivers: Sequence[str], word: Announce) -> Any:
        keys, start = self._key_rings[sender], time.perf_counter()
        body = encoded(self._sent_value(word.value, word), keys, word, sender)
        for receiver in receivers:
            self._deliver(sender, receiver, word, body, start)
            start = time.perf_counter()
        return decode(body, keys)

    def _passed(self, located: At, receiver: str, word: Send | Gather) -> Any:
        """A value after its way to the receiver, where it is played here and something came; ABSENT otherwise."""
        sender = located.party
        if receiver in self._gone or not (self._plays(sender) or self._plays(receiver)):
            return ABSENT
        if not self._plays(sender):
            return self._fetch(sender, receiver, word)
        keys, start, value = self._key_rings[sender], time.perf_counter(), self._sent_value(located, word)
        if sender == receiver:
            return copied(value, keys)
        return self._deliver(sender, receiver, word, encoded(value, keys, word, sender), start)

    def _deliver(self, sender: str, receiver: str, word: Passage, body: bytes, start: float) -> Any:
        """Take a message to its receiver. Answer it as it arrives, or ABSENT where the receiver is played elsewhere.

        `start` : when it began to be made
        """
        raise NotImplementedError

    def _fetch(self, sender: str, receiver: str, word: Passage) -> Any:
        """Take for its receiver, played here, what a sender elsewhere has sent; ABSENT when nothing comes any more."""
        raise NotImplementedError

    def _arrived(self, sender: str, receiver: str, word: Passage, body: bytes, start: float, late: bool = False) -> Any:
        """A message read at its receiver, checked, and recorded."""
        value = delivered(body, self._key_rings[receiver], word, sender, receiver)
        self._record(sender, receiver, self._frame(word, body), value, time.perf_counter() - start, late)
        return value

    def _record(self, sender: str, receiver: str, frame: Frame, value: Any, seconds: float, late: bool) -> None:
        self.transcript.add_message(
            sender=sender, receiver=receiver, label=frame.label, value=value, body=frame.body, seconds=seconds,
            round=frame.round, step=frame.step, late=late, position=frame.position,
            private_keys=self._private_keys[receiver],
        )  # fmt: skip

    def _frame(self, word: Passage, body: bytes) -> Frame:
        return Frame("message", self.position, self.round, word.step, word.label, body)

    def _sent_value(self, located: At, word: Passage) -> Any:
        """A value that its party is about to send; it must be there."""
        value = self._value(located)
        if value is ABSENT:
            raise ProtocolError(
                f"{word.label!r} sends a value that {located.party} never got, step {word.step}.",
                "Use only values that this run has made.",
            )
        return value

    def _value(self, located: At) -> Any:
        return self._values.get((located.party, located.ticket), ABSENT)

    def _argument(self, arg: Any, word: Local) -> Any:
        """What a Local's function is given: located values opened, public ones copied so that nobody shares them."""
        if isinstance(arg, At):
            value = self._value(arg)
            if value is ABSENT:
                raise ProtocolError(
                    f"{word.label!r} at {word.party.name} needs a value that {arg.party} never got.",
                    "Use only values that this run has made.",
                )
            return value
        if isinstance(arg, list | tuple):
            return rebuilt(arg, [self._argument(part, word) for part in arg])
        if isinstance(arg, dict):
            return {key: self._argument(part, word) for key, part in arg.items()}
        if isinstance(arg, np.ndarray):
            arg = copy.deepcopy(arg)  # of an array of objects, too
            arg.flags.writeable = False
            return arg
        return copy.deepcopy(arg)

    def _opened_result(self, value: Any) -> Any:
        """Open located values in a result; where they are absent, lists and dicts are shorter."""
        if isinstance(value, Agreed):
            opened = (self._value(part) for part in value.values.values())
            return next((part for part in opened if part is not ABSENT), None)
        if isinstance(value, At):
            return self._value(value)
        if isinstance(value, list | tuple):
            opened_parts = (self._opened_result(part) for part in value)
            present = [part for part in opened_parts if part is not ABSENT]
            return rebuilt(value, present) if len(present) == len(value) else present
        if isinstance(value, dict):
            pairs = ((key, self._opened_result(part)) for key, part in value.items())
            return {key: part for key, part in pairs if part is not ABSENT}
        return value

    def _report(self, word: Report) -> None:
        self._observed.append((word, {name: self._opened_result(value) for name, value in word.values.items()}))
        row = report_row(*self._observed[-1])
        if row is not None:
            self._reports.append(row)

    # --- faults

    def _apply_faults(self, word: Word) -> None:
        for fault in self._faults:
            if isinstance(fault, Drop) and (fault.round, fault.before_step) == (self.round, word.step):
                self._go(fault.party)

    def _go(self, party: str) -> None:
        self._gone.add(party)

    def _is_late(self, party: str, word: Passage) -> bool:
        """Whether a fault makes this message come too late; only a Gather goes on without it."""
        place = (party, self.round, word.step)
        late = (fault for fault in self._faults if isinstance(fault, Late))
        return isinstance(word, Gather) and any((fault.party, fault.round, fault.step) == place for fault in late)


def _round_of(place: tuple[int, int | None]) -> int:
    return place[0]


def report_row(word: Report, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a report says, from the values that are seen; None where too little of it is: the rest is elsewhere."""
    present = {name: value for name, value in values.items() if not _nothing(value)}
    if word.summary is not None:
        if len(present) < len(values):
            return None
        present = dict(word.summary(**present))
    return {"round": word.round, **present}


def history_of(reports: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Reports as a table: the numbers, one row a round."""
    import pandas as pd

    rows = [{k: v for k, v in row.items() if np.isscalar(v)} for row in reports]
    return pd.DataFrame(rows).set_index("round") if rows else pd.DataFrame()


def _nothing(value: Any) -> bool:
    return value is ABSENT or value is None or (isinstance(value, list | tuple | dict) and not value)


class _OneAtATime:
    """Two callers cannot drive one run."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise ProtocolError("This run is being played already.", "Wait for it, or cancel it.")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class _shown:  # noqa: N801 — used as a function
    """A progress bar for the time of a run, or a caller's own function, or nothing."""

    def __init__(self, progress: bool | Callable[[Player], None], player: Player) -> None:
        self._progress, self._player = progress, player
        self._bar: Any = None

    def __enter__(self) -> Callable[[Player], None]:
        if callable(self._progress):
            return self._progress
        if not self._progress:
            return lambda player: None
        from tqdm.auto import tqdm

        self._bar = tqdm(total=self._player.protocol.total_steps, initial=self._player.position, delay=1.0, leave=False)
        return self._draw

    def _draw(self, player: Player) -> None:
        doing = say("round {round} · {doing}", round=player.round, doing=retell(player.doing))
        self._bar.set_description(doing, refresh=False)
        self._bar.update(player.position - self._bar.n)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

"""Parties that are asked in turns: letters in, letters out, and nothing need live in between.

A correspondent plays one party of a protocol, or several (many telephones on one computer), and reaches the others
through a relay. At each turn it takes its mail, plays as far as it can, and answers with letters. Its journal keeps
what it computed: a new process with the same journal goes on where the old one was, and a turn that is asked for
twice gets the same answer twice.

>>> import fedlearn_edu as fl
>>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=1)
>>> protocol = fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.plain_sum())
>>> hospital, rest = Correspondent(protocol, "hospital 1"), Correspondent(protocol, "hospital 2", "server")
>>> hospital.turn(Mail(1, keys={"server": rest.hello().public}))
Answer(state='waiting', letters=[Letter(hospital 1 → server, 328 bytes)], left=[], stopped=b'')
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, Literal, NoReturn

from ..errors import ProtocolError
from .choreography import Announce, Gather, Local, Protocol, Seat, Send, Word, answer_at
from .faults import Fault, Late
from .frames import Frame, told, understood
from .journal import Journal
from .letters import Answer, Hello, Letter, Mail, opened_letter, sealed_letter
from .passing import Passage, out_of_place
from .player import ABSENT, Pieces
from .run import Run

WAITING = (0, 0)  # the piece that says: nothing more can be done before mail comes


class _AllLeft(Exception):
    """A fault has made every party of this node drop out."""


class Correspondent(Run):
    """Plays some parties of a protocol, in turns; the others are behind a relay.

    Parameters
    ----------
    protocol : the protocol; only the parties played here need data (`protocol.only(...)`)
    parties : their names
    journal : where it writes down what it computes; by default in memory
    sealed : close letters for their receivers. False, for lessons: the relay reads and can change what they say
    faults : parties played here that drop out
    keep : as for `Run`

    Raises
    ------
    ProtocolError
        a name is no party of the protocol, a fault needs a clock, which turns do not have, or the journal is of
        another run
    """

    def __init__(
        self, protocol: Protocol, *parties: str, journal: Journal | None = None, sealed: bool = True,
        faults: Sequence[Fault] = (), keep: Literal["all", "heads"] = "all",
    ) -> None:  # fmt: skip
        super().__init__(protocol.only(*parties), faults=faults, keep=keep)
        if any(isinstance(fault, Late) for fault in faults):
            raise ProtocolError("A relay's turns have no clock: nothing comes late.", "Use Drop, or another player.")
        self.parties, self._own = parties, frozenset(parties)
        self.error: Exception | None = None
        self.journal = Journal() if journal is None else journal
        self._sealed = sealed
        self._fingerprint = f"{self.protocol.fingerprint()}{'' if sealed else ', not sealed'}"
        self.journal.note_play(f"{', '.join(parties)}: {self._fingerprint}")
        self._keys: dict[str, bytes] = {}
        self._inbox: dict[tuple[str, str], deque[Frame]] = {}
        self._last: dict[tuple[str, str], int] = {}
        self._outbox: list[Letter] = []
        self._left: list[str] = []  # since the last answer
        self._away: set[str] = set()
        self._stopped: dict[str, bytes] = {}
        for mail, _ in self.journal.turns:
            self._answer(Mail.from_bytes(mail))

    @classmethod
    def begin(cls, journal: Journal, protocol: Protocol, *parties: str, **options: Any) -> None:
        """Write into a new journal what this node is to play; with it, and nothing else, it can be made `again`."""
        journal.note_beginning(protocol=protocol.only(*parties), parties=parties, options=options)

    @classmethod
    def again(cls, journal: Journal) -> Correspondent:
        """The node that a journal tells of, where it was.

        Raises
        ------
        ProtocolError
            nothing has begun in this journal
        """
        if not journal.beginning:
            raise ProtocolError(f"{journal!r} does not say what to play.", "Write it with Correspondent.begin(...).")
        began = journal.beginning
        return cls(began["protocol"], *began["parties"], journal=journal, **began["options"])

    @property
    def was_told(self) -> bool:
        """Whether it stopped because another had stopped."""
        return self.error is not None and bool(self._stopped)

    @property
    def name(self) -> str:
        """What messages call this node."""
        return self.parties[0] if len(self.parties) == 1 else f"{self.parties[0]} … {self.parties[-1]}"

    def hello(self) -> Hello:
        """How this node introduces itself to the relay."""
        return Hello(self.parties, self._fingerprint, self.journal.identity.public, self.protocol.agreed)

    def turn(self, mail: Mail) -> Answer:
        """Take the mail, play as far as it goes, and answer.

        Raises
        ------
        ProtocolError
            a turn was left out
        """
        done = self.journal.turns
        if 1 <= mail.number <= len(done):  # the answer was lost on its way, or this is a new process
            return Answer.from_bytes(done[mail.number - 1][1])
        if mail.number != len(done) + 1:
            raise ProtocolError(
                f"{self.name} is at turn {len(done) + 1}, and was given the mail of turn {mail.number}.",
                "Start it with the journal that it wrote, or start the run anew.",
            )
        answer = self._answer(mail)
        self.journal.note_turn(mail.to_bytes(), answer.to_bytes())
        return answer

    # --- a turn

    def _answer(self, mail: Mail) -> Answer:
        self._outbox, self._left = [], []
        if self.error is None and self.state != "finished":  # what has ended stays as it ended
            try:
                self._read(mail)
                self._play_on()
            except Exception as error:
                self.error, self.state = error, "failed"
        if self.error is not None:
            reason = next(iter(self._stopped.values()), b"") or told(self.error, self.name)
            return Answer("failed", self._outbox, self._left, reason)
        if not self._here:
            return Answer("left", self._outbox, self._left)
        return Answer("finished" if self.state == "finished" else "waiting", self._outbox, self._left)

    def _read(self, mail: Mail) -> None:
        for party, key in mail.keys.items():
            if self._keys.setdefault(party, key) != key:
                raise ProtocolError(f"The relay gave two public keys of {party}.", "Do not go on with this relay.")
        self._away.update(mail.gone)
        self._stopped.update(mail.stopped)
        for letter in mail.letters:
            self._file(letter)

    def _play_on(self) -> None:
        with super()._driving():
            while self.state in ("ready", "running") and self._advance() is not WAITING:
                pass

    def _driving(self) -> NoReturn:
        """Nobody drives it but its mail: a run that waits in a turn would wait for ever."""
        raise ProtocolError(f"{self.name} is played in turns.", "Give it its mail: turn(mail).")

    def _file(self, letter: Letter) -> None:
        """Open a letter and put it where its receiver will look for it. A text goes forward only."""
        pair = (letter.sender, letter.receiver)
        if letter.receiver not in self._own or letter.sender in self._own:
            raise ProtocolError(f"{letter!r} came to {self.name}.", "The relay mixed its letters up.")
        data = opened_letter(letter, self.journal.identity, self._keys) if self._sealed else letter.body
        frame = Frame.from_bytes(data)
        if frame.kind != "message" or frame.position <= self._last.get(pair, -1):
            raise ProtocolError(
                f"A letter {frame.label!r} from {letter.sender} came again, or out of order.", "Each travels once."
            )
        self._last[pair] = frame.position
        self._inbox.setdefault(pair, deque()).append(frame)

    # --- walking through the text

    @property
    def _here(self) -> list[str]:
        """The parties played here that have not dropped out."""
        return [name for name in self.parties if name not in self._gone]

    def _check(self, word: Word) -> None:
        """Work inside a party is checked by its own node; what travels, by all."""
        if not self._is_foreign(word):
            super()._check(word)

    def _is_foreign(self, word: Word) -> bool:
        return isinstance(word, Local) and isinstance(word.party, Seat) and word.party.name not in self._own

    def _plays(self, party: str) -> bool:
        return party in self._own and party not in self._gone

    def _go(self, party: str) -> None:
        if party not in self._own:
            return  # its own node knows
        super()._go(party)
        self._left.append(party)
        if not self._here:
            raise _AllLeft

    def _perform_all(self) -> Pieces:
        with contextlib.suppress(_AllLeft):  # as a computer that is switched off
            yield from super()._perform_all()

    def _perform(self, word: Word) -> Pieces:
        if self._is_foreign(word):
            return answer_at(word, self.position)
        while any(not self._inbox.get(pair) and pair[0] not in self._away for pair in self._awaits(word)):
            if self._stopped:
                raise understood(*next(iter(self._stopped.items())))
            yield WAITING
        return (yield from super()._perform(word))

    def _computed(self, word: Local) -> Pieces:
        noted = self.journal.work(word.party.name, self.position)
        if noted is None:
            noted = yield from super()._computed(word)
            self.journal.note_work(word.party.name, self.position, *noted)
        return noted

    def _pairs(self, word: Word) -> list[tuple[str, str]]:
        """Who writes to whom in this word, where one of the two is played here and the other is not."""
        if isinstance(word, Send):
            pairs = [(word.value.party, word.receiver.name)]
        elif isinstance(word, Gather):
            pairs = [(located.party, word.receiver.name) for located in word.values]
        elif isinstance(word, Announce):
            pairs = [(word.value.party, name) for name in self.protocol.names]
        else:
            return []
        return [pair for pair in pairs if (pair[0] in self._own) != (pair[1] in self._own)]

    def _awaits(self, word: Word) -> list[tuple[str, str]]:
        return [pair for pair in self._pairs(word) if self._plays(pair[1])]

    def _deliver(self, sender: str, receiver: str, word: Passage, body: bytes, start: float) -> Any:
        if receiver in self._own:
            return super()._deliver(sender, receiver, word, body, start)
        data = self._frame(word, body).to_bytes()
        if self._sealed:
            self._outbox.append(sealed_letter(sender, receiver, data, self.journal.identity, self._keys))
        else:
            self._outbox.append(Letter(sender, receiver, data))
        return ABSENT

    def _fetch(self, sender: str, receiver: str, word: Passage) -> Any:
        """What a letter says that has come, if one has: what could still come was waited for."""
        waiting = self._inbox.get((sender, receiver))
        if not waiting:
            return ABSENT
        frame = waiting.popleft()
        if (frame.position, frame.label) != (self.position, word.label):
            raise out_of_place(sender, frame, word)
        return self._arrived(sender, receiver, word, frame.body, time.perf_counter())

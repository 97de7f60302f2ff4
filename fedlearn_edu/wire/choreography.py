"""One text for all parties: the words a protocol is written in.

A protocol is a generator function. It reads like the table in a paper, names every party, and holds no data:
every value lives at one party (`At`), and only the words below move it.

    def mean_age(clinics, server):
        '''Mean age over several clinics.

        1. every clinic adds up its ages
        2. every clinic sends its sum
        3. the server divides, and tells everyone
        '''
        sums = []
        for clinic in clinics:
            sums.append((yield Local(clinic, "sum of ages", sum_of_ages, step=1)))
        sums_at_server = yield Gather(sums, server, "sum of ages", step=2)
        mean_at_server = yield Local(server, "divide", divide, sums_at_server, step=3)
        return (yield Announce(mean_at_server, "mean age", step=3))

Local(party, label, function, *args)   work inside one party: function(data of the party, *args)
Send(value, receiver, label)           one value to one other party
Gather(values, receiver, label)        one value from each of several parties; what does not arrive is missing
Announce(value, label)                 to everyone; from now on public, so the text may branch on it
Round(number)                          from here on, steps belong to this round
Report(round=t, loss=value, ...)       for the observer's charts; no party sees it

Because the text branches on public values alone, every party that reads it walks the same way: that is what lets one
text be played by separate processes, each holding its own data only (endpoint projection).

References
----------
Shen, Kashiwa, Kuper: HasChor: Functional Choreographic Programming for All. ICFP 2023.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any, NoReturn, Protocol as Interface

from ..errors import ArgumentError, ProtocolError
from ..i18n import retell, say

Text = Generator["Word", Any, Any]  # what a protocol's generator function returns
Shape = Any  # None (anything), a length, a tuple of lengths, or a dict of shapes by key


class HasName(Interface):
    """A party as the wire knows it: a name, and data that only its own work may open."""

    @property
    def name(self) -> str: ...

    @property
    def data(self) -> Any: ...


@dataclass(frozen=True)
class _Stranger:
    """A party of whom this process knows the name alone."""

    name: str
    data: None = None


@dataclass(frozen=True)
class Seat:
    """A party's place at the table: its name, and nothing it owns. This is what a text receives."""

    name: str

    def __repr__(self) -> str:
        return f"Seat({self.name!r})"


class At:
    """A value that lives at one party. The text can pass it on, but never look inside.

    >>> age_at_clinic = At("clinic", 1)
    >>> age_at_clinic
    At('clinic')
    >>> if age_at_clinic > 40: pass
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.ProtocolError: A value of clinic was opened in the protocol's text.
        Only work inside clinic may look at it: use Local there, or Announce it to make it public.
    """

    __slots__ = ("__weakref__", "party", "ticket")

    def __init__(self, party: str, ticket: int) -> None:
        object.__setattr__(self, "party", party)
        object.__setattr__(self, "ticket", ticket)

    party: str
    ticket: int

    def __repr__(self) -> str:
        return f"At({self.party!r})"

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise ProtocolError(
            f"A value of {self.party} was opened in the protocol's text.",
            f"Only work inside {self.party} may look at it: use Local there, or Announce it to make it public.",
        )

    __setattr__ = __delattr__ = _refuse
    __bool__ = __len__ = __iter__ = __next__ = __reversed__ = __contains__ = __call__ = _refuse
    __getitem__ = __setitem__ = __delitem__ = _refuse
    __int__ = __float__ = __complex__ = __index__ = __bytes__ = __array__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rdivmod__ = __pow__ = __rpow__ = _refuse
    __matmul__ = __rmatmul__ = __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = _refuse
    __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = _refuse
    __neg__ = __pos__ = __abs__ = __invert__ = __round__ = __trunc__ = __floor__ = __ceil__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __eq__ = __ne__ = _refuse
    __hash__ = object.__hash__
    __copy__ = __deepcopy__ = __reduce__ = __reduce_ex__ = _refuse  # hidden in an object, it does not arrive either

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)  # Python's own look-ups: copying, displaying
        self._refuse()


Located = Mapping[str, At]  # one value at each party, by the party's name


@dataclass(frozen=True)
class Agreed:
    """One value that several parties hold alike: a result is read at whichever of them is present."""

    values: Located


@dataclass(frozen=True, init=False)
class Local:
    """Work inside one party: `function(data of that party, *args)`, a plain function of what it is given.

    >>> import fedlearn_edu as fl
    >>> def times(data, factor):
    ...     return factor * 14
    >>> def text(clinic):
    ...     return (yield Local(clinic, "three times fourteen", times, 3, step=1))
    >>> fl.play(fl.Protocol(text, {"clinic": fl.Party("clinic")})).result
    42

    Located values among the arguments must live at that party. A function that is a generator yields
    `(done, total)` between pieces of long work, and returns its result; between pieces a run can be cancelled.
    """

    party: Seat
    label: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    step: int | None

    def __init__(
        self, party: Seat, label: str, function: Callable[..., Any], *args: Any, step: int | None = None
    ) -> None:
        for name, value in {"party": party, "label": label, "function": function, "args": args, "step": step}.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class Send:
    """One value, from the party where it lives to another. Answer: the value, located at the receiver.

    >>> import fedlearn_edu as fl
    >>> def an_offer(data):
    ...     return 3.5
    >>> def text(bank, customer):
    ...     offer_at_bank = yield Local(bank, "think of a rate", an_offer, step=1)
    ...     offer_at_customer = yield Send(offer_at_bank, customer, "offer", step=2)
    ...     return offer_at_customer
    >>> run = fl.play(fl.Protocol(text, {"bank": fl.Party("bank"), "customer": fl.Party("customer")}))
    >>> run.result, run.transcript.messages
    (3.5, [step 2: bank → customer: offer (a number, 9 bytes)])

    `shape` is what the receiver insists on: a length, a tuple of lengths, or a dict of shapes by part.
    """

    value: At
    receiver: Seat
    label: str
    step: int | None = None
    shape: Shape = None


@dataclass(frozen=True)
class Gather:
    """One value from each of several parties. Answer: at the receiver, what arrived, by sender's name.

    >>> import fedlearn_edu as fl
    >>> def a_vote(data):
    ...     return True
    >>> def text(voters, clerk):
    ...     votes = []
    ...     for voter in voters:
    ...         votes.append((yield Local(voter, "vote", a_vote, step=1)))
    ...     return (yield Gather(votes, clerk, "vote", step=2))
    >>> voters = [fl.Party("ann"), fl.Party("bob")]
    >>> fl.play(fl.Protocol(text, {"voters": voters, "clerk": fl.Party("clerk")})).result
    {'ann': True, 'bob': True}

    Who is gone or too late is missing there, and so is who sends None, to sit this one out.
    """

    values: Sequence[At]
    receiver: Seat
    label: str
    step: int | None = None
    shape: Shape = None


@dataclass(frozen=True)
class Announce:
    """A value told to every party. Answer: the value itself, public from now on.

    >>> import fedlearn_edu as fl
    >>> def decide(data):
    ...     return "stop"
    >>> def text(chair, member):
    ...     decision_at_chair = yield Local(chair, "decide", decide, step=1)
    ...     decision = yield Announce(decision_at_chair, "decision", step=2, rehearsal="go on")
    ...     return "an early end" if decision == "stop" else "another round"
    >>> fl.play(fl.Protocol(text, {"chair": fl.Party("chair"), "member": fl.Party("member")})).result
    'an early end'

    `rehearsal` is the answer in a rehearsal, where nothing is computed (see `Protocol.rehearse`).
    """

    value: At
    label: str
    step: int | None = None
    shape: Shape = None
    rehearsal: Any = None


@dataclass(frozen=True)
class Round:
    """From here on, steps belong to round `number`, counted from 1.

    >>> import fedlearn_edu as fl
    >>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=1)
    >>> protocol = fl.fedavg(hospitals, rounds=3, learning_rate=1e-6, aggregation=fl.plain_sum())
    >>> [word.number for _, word in protocol.rehearse() if isinstance(word, Round)]
    [1, 2, 3]
    """

    number: int
    step: None = None


@dataclass(frozen=True, init=False)
class Report:
    """For the observer's charts, outside the protocol: no party sees it.

    >>> import fedlearn_edu as fl
    >>> def height(data, day):
    ...     return 2.0 ** day
    >>> def text(gardener):
    ...     for day in (1, 2):
    ...         height_at_gardener = yield Local(gardener, "measure", height, day)
    ...         yield Report(round=day, height=height_at_gardener)
    >>> fl.play(fl.Protocol(text, {"gardener": fl.Party("gardener")})).reported("height")
    [2.0, 4.0]

    Values may be located, public, or a dict of located values by party. `summary`, if given, turns the opened values
    into the numbers of one row of `run.history`.
    """

    round: int
    values: Mapping[str, Any]
    summary: Callable[..., Mapping[str, Any]] | None
    step: None

    def __init__(self, *, round: int, summary: Callable[..., Mapping[str, Any]] | None = None, **values: Any) -> None:
        for name, value in {"round": round, "values": values, "summary": summary, "step": None}.items():
            object.__setattr__(self, name, value)


Word = Local | Send | Gather | Announce | Round | Report


@dataclass(frozen=True)
class Estimate:
    """What a run will take: seconds on this machine, bytes and messages on the wire."""

    seconds: float
    bytes: int
    messages: int

    def __str__(self) -> str:
        text = "about {seconds:.2g} s, {bytes:,} bytes in {messages:,} messages"
        return say(text, seconds=self.seconds, bytes=self.bytes, messages=self.messages)


@dataclass(frozen=True)
class Step:
    """A numbered step of a protocol, as its text's docstring names it."""

    number: int
    title: str


@dataclass(frozen=True)
class Protocol:
    """A text with its parties and arguments, ready to be played any number of times.

    >>> import fedlearn_edu as fl
    >>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=1)
    >>> protocol = fl.fedavg(hospitals, rounds=10, aggregation=fl.plain_sum())
    >>> protocol.names, protocol.steps[3].title
    (('hospital 1', 'hospital 2', 'server'), 'every party uploads [[W_k]]')
    >>> protocol.estimate().messages
    40

    Parameters
    ----------
    text : the generator function; it is called with `arguments`, in which each party is replaced by its seat
    arguments : by name; parties may stand in lists
    title : a short name for screens
    parties : in the order of their seats; taken from the arguments when not given
    forecast : returns (seconds, bytes) that a run will take, or None when nobody measured it
    agreed : public facts that all parties must know alike, by name; compared where each is on a computer of its own

    Raises
    ------
    ArgumentError
        two parties of one name, no party at all, or a party among the arguments that the text would see with its data
    """

    text: Callable[..., Text]
    arguments: Mapping[str, Any]
    title: str = "protocol"
    parties: tuple[HasName, ...] = ()
    forecast: Callable[[], tuple[float, int]] | None = field(default=None, repr=False)
    agreed: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        among = list(_parties_in(self.arguments))
        parties = tuple(self.parties) or tuple({id(party): party for party in among}.values())  # one may have two roles
        names = [party.name for party in parties]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ArgumentError(f"Two parties are called {twice[0]!r}.", "Give every party a name of its own.")
        if not parties:
            raise ArgumentError("A protocol needs parties, and got none.", "Pass them among the arguments.")
        strangers = [party.name for party in among if party.name not in names]
        if strangers:
            raise ArgumentError(f"{strangers[0]!r} is an argument, and not in parties=.", "Name all of them, or none.")
        object.__setattr__(self, "parties", parties)

    def __repr__(self) -> str:
        return f"Protocol({self.title!r}, parties: {', '.join(self.names)})"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The parties' names, in the order of their seats."""
        return tuple(party.name for party in self.parties)

    @property
    def roles(self) -> dict[str, tuple[str, ...]]:
        """Who plays what: for each argument that holds parties, their names."""
        held = {name: tuple(p.name for p in _parties_in({name: value})) for name, value in self.arguments.items()}
        return {role: names for role, names in held.items() if names}

    @property
    def steps(self) -> tuple[Step, ...]:
        """The numbered steps in the docstring of the text, with titles in the language in force."""
        lines = re.findall(r"^\s*(\d+)\.\s+(.+?)\s*$", self.text.__doc__ or "", flags=re.MULTILINE)
        return tuple(Step(int(number), retell(title)) for number, title in lines)

    @property
    def total_steps(self) -> int:
        """How many words the text speaks from beginning to end (each is one `run.next()`)."""
        return sum(1 for _ in self.rehearse())

    def estimate(self) -> Estimate:
        """What a run will take, before it is played."""
        if self.forecast is None:
            raise ProtocolError(
                f"Nobody has measured what {self.title!r} costs.", "Play it once, and look at the clock."
            )
        seconds, size = self.forecast()
        return Estimate(seconds, size, sum(_messages_of(word, self.names) for _, word in self.rehearse()))

    def begin(self) -> Text:
        """Start the text afresh, with seats where the parties stood."""
        text = self.text(**_replaced(self.arguments, {name: Seat(name) for name in self.names}))
        if not isinstance(text, Generator):
            raise ProtocolError(
                f"The text of {self.title!r} is no generator function.", "Write it with yield: yield Local(...)."
            )
        return text

    def only(self, *names: str) -> Protocol:
        """The same protocol with the data of these parties alone: what their process is given."""
        strangers = sorted(set(names) - set(self.names))
        if strangers:
            raise ProtocolError(
                f"{strangers[0]!r} is no party of {self.title!r}.", f"The parties are {', '.join(self.names)}."
            )
        kept = {party.name: party if party.name in names else _Stranger(party.name) for party in self.parties}
        arguments = _replaced(self.arguments, kept)
        return replace(self, arguments=arguments, parties=tuple(kept.values()), forecast=None)  # it may hold more data

    def fingerprint(self) -> str:
        """What two processes compare to know that they play the same text with the same public arguments.

        >>> import fedlearn_edu as fl
        >>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=1)
        >>> whole = fl.fedavg(hospitals, rounds=10, aggregation=fl.plain_sum())
        >>> whole.only("hospital 1").fingerprint() == whole.only("server").fingerprint() == whole.fingerprint()
        True
        """
        public = _replaced(self.arguments, {name: Seat(name) for name in self.names})
        said = f"{self.text.__module__}.{self.text.__qualname__} {self.names} {public!r}"
        return sha256(re.sub(r" at 0x[0-9a-fA-F]+", "", said).encode()).hexdigest()[:16]

    def rehearse(self) -> Iterator[tuple[int, Word]]:
        """Walk through the text without computing anything: pairs (round, word).

        Every rule about where values may be used is checked; no party's data are touched.
        """
        text, answer, tickets, current_round, names = self.begin(), None, 0, 0, dict.fromkeys(self.names)
        while True:
            try:
                word = text.send(answer)
            except StopIteration:
                return
            except Exception as error:
                error.add_note(
                    say("In a rehearsal: a text that computes with what it announced needs Announce(rehearsal=).")
                )
                raise
            check(word, names)
            current_round = word.number if isinstance(word, Round) else current_round
            yield current_round, word
            tickets += 1
            answer = word.rehearsal if isinstance(word, Announce) else answer_at(word, tickets)


def answer_at(word: Word, ticket: int) -> At | None:
    """Where the answer to a word lives: at the worker, or at the receiver."""
    if isinstance(word, Local):
        return At(word.party.name, ticket)
    if isinstance(word, Send | Gather):
        return At(word.receiver.name, ticket)
    return None


def check(word: object, names: Collection[str]) -> None:
    """Refuse a word that breaks the rules of the wire, whatever the values are; names in a dict are found at once."""
    if isinstance(word, Local):
        _check_seat(word.party, word, names)
        _check_plain(word)
        for value in located_in(word.args):
            if value.party != word.party.name:
                raise ProtocolError(
                    f"A value of {value.party} was used at {word.party.name}, in {word.label!r}{_at_step(word)}.",
                    f"Send it to {word.party.name} first, and use what arrives there.",
                )
    elif isinstance(word, Send):
        _check_seat(word.receiver, word, names)
        _check_located(word.value, word, names)
        if word.value.party == word.receiver.name:
            raise ProtocolError(f"{word.value.party} sends {word.label!r} to itself{_at_step(word)}.", "Just use it.")
    elif isinstance(word, Gather):
        _check_seat(word.receiver, word, names)
        for value in word.values:
            _check_located(value, word, names)
        if len({value.party for value in word.values}) < len(word.values):
            raise ProtocolError(f"{word.label!r} is gathered twice from one party{_at_step(word)}.", "Gather it once.")
    elif isinstance(word, Announce):
        _check_located(word.value, word, names)
    elif not isinstance(word, Round | Report):
        raise ProtocolError(
            f"A protocol's text said {word!r}, which is no word of the wire.",
            "Yield Local, Send, Gather, Announce, Round or Report; call a part of a protocol with `yield from`.",
        )


def check_shape(value: Any, wanted: Shape, what: str) -> None:
    """Refuse a message whose shape is not the one that the text promised."""
    if isinstance(wanted, Mapping):
        if not isinstance(value, Mapping) or set(value) != set(wanted):
            found = sorted(value) if isinstance(value, Mapping) else type(value).__name__
            raise ProtocolError(f"{what} should hold {sorted(wanted)}, and was {found}.", "Send exactly these parts.")
        for key, shape in wanted.items():
            check_shape(value[key], shape, f"{what}, part {key!r},")
    elif wanted is not None:
        wanted = (wanted,) if isinstance(wanted, int) else tuple(wanted)
        shape = tuple(getattr(value, "shape", None) or ((len(value),) if hasattr(value, "__len__") else ()))
        if shape != wanted:
            raise ProtocolError(f"{what} should have shape {wanted}, and had {shape}.", "Send that shape.")


def rebuilt(like: Any, parts: list[Any]) -> Any:
    """A list or tuple of the same kind with other parts; a named tuple wants them one by one."""
    return type(like)(*parts) if hasattr(like, "_fields") else type(like)(parts)


def located_in(value: Any) -> Iterator[At]:
    """Every located value inside nested lists, tuples and dicts."""
    if isinstance(value, At):
        yield value
    elif isinstance(value, Agreed):
        yield from value.values.values()
    elif isinstance(value, list | tuple):
        for part in value:
            yield from located_in(part)
    elif isinstance(value, dict):
        yield from located_in(list(value.values()))


def _check_seat(seat: object, word: Any, names: Collection[str]) -> None:
    if not isinstance(seat, Seat):
        raise ProtocolError(
            f"{word.label!r}{_at_step(word)} has a {type(seat).__name__} where a seat belongs.",
            "Use the parties as the text receives them among its arguments.",
        )
    if seat.name not in names:
        raise ProtocolError(
            f"{word.label!r}{_at_step(word)} names {seat.name!r}, who is no party of this protocol.",
            f"The parties are {', '.join(names)}.",
        )


def _check_located(value: object, word: Any, names: Collection[str]) -> None:
    if not isinstance(value, At):
        raise ProtocolError(
            f"{word.label!r}{_at_step(word)} sends {type(value).__name__}, a value that lives at no party.",
            "Only what a Local, Send or Gather answered can be sent.",
        )
    _check_seat(Seat(value.party), word, names)


def _check_plain(word: Local) -> None:
    """A bound method or a closure could carry one party's data into another's work."""
    function = word.function
    builtin = isinstance(function, types.BuiltinFunctionType) and isinstance(function.__self__, types.ModuleType)
    if builtin or (isinstance(function, types.FunctionType) and function.__closure__ is None):
        return
    raise ProtocolError(
        f"{word.label!r} at {word.party.name}{_at_step(word)} is no plain function: it may carry other values.",
        "Use a function of a module, and give it everything it needs as arguments.",
    )


def _at_step(word: Any) -> str:
    return f" at step {word.step}" if word.step is not None else ""


def _is_party(value: object) -> bool:
    return hasattr(value, "name") and hasattr(value, "data") and not isinstance(value, At)


def _parties_in(value: Any) -> Iterator[HasName]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from _parties_in(part)
    elif isinstance(value, set | frozenset):
        if any(_is_party(part) for part in value):
            raise ArgumentError("Parties stand in a set, which has no order.", "Use a list: every process must agree.")
    elif _is_party(value):
        yield value


def _replaced(value: Any, parties: Mapping[str, Any]) -> Any:
    """The same arguments, with something else where a party stood."""
    if isinstance(value, Mapping):
        return {key: _replaced(part, parties) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return rebuilt(value, [_replaced(part, parties) for part in value])
    return parties.get(value.name, value) if _is_party(value) else value


def _messages_of(word: Word, names: Sequence[str]) -> int:
    if isinstance(word, Send):
        return 1
    if isinstance(word, Gather):
        return sum(1 for value in word.values if value.party != word.receiver.name)
    return len(names) - 1 if isinstance(word, Announce) else 0

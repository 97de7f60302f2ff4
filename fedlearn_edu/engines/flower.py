"""The same parties on Flower: its clients and its server carry letters; what the parties do is the protocol's text.

    hospital ─letters─> ClientApp ─reply─> ServerApp ─message─> ClientApp ─letters─> hospital
                                              │
                                           server, if the protocol has one

There is no second implementation here of training, encryption or aggregation. A `ClientApp` is asked in turns, and
lives no longer than its answer: behind it stands a `Correspondent` with its journal. The `ServerApp` is a `Relay`: it
carries what one client writes to another, and reads envelopes. Letters are sealed from party to party, since TLS ends
at the server.

Whom it trusts: whoever runs the server to be curious at most. The parties' public keys pass through it, and so does the
app that the nodes run: one that hands out keys or code of its own reads everything (`--trusted-entities` of Flower's
SuperNode is against the second). What it does not do: hide who writes to whom, when, and how much.

`play_on_flower` runs this in three ways: in this process; on Flower's simulation engine; and on its deployment engine,
where SuperLink and SuperNodes are processes that speak over the loopback with TLS and node authentication.

Written for flwr 1.42: see the tests for what of its insides is relied upon.

References
----------
Beutel et al.: Flower: A Friendly Federated Learning Research Framework. arXiv 2007.14390, 2020.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..errors import ArgumentError, EngineError
from ..wire.choreography import Protocol
from ..wire.correspondent import Correspondent
from ..wire.faults import Fault
from ..wire.letters import Answer, Hello, Mail
from ..wire.relay import Envelope, Relay
from ..wire.reunion import Reunion
from ..wire.turns import dealt

if TYPE_CHECKING:
    from flwr.app import Context, Message
    from flwr.clientapp import ClientApp
    from flwr.serverapp import Grid, ServerApp

Where = Literal["here", "simulation", "deployment"]
WAYS = ("here", "simulation", "deployment")
QUIET = {  # nothing leaves this computer: no telemetry, no look for updates, no installation at run time
    "FLWR_TELEMETRY_ENABLED": "0", "FLWR_DISABLE_UPDATE_CHECK": "1", "RAY_USAGE_STATS_ENABLED": "0",
    "FLWR_DISABLE_RUNTIME_DEPENDENCY_INSTALLATION": "1",
}  # fmt: skip
RECORD, OWN = "fedlearn_edu", "the ServerApp itself"
LOOK_AGAIN = 0.2  # seconds between two looks for answers
TRIES = 2  # how often a node is asked that answers with an error: its process may have died


class FlowerRun(Reunion):
    """What came of a run on Flower, in the form of a `Run`: result, history, transcript; and what the relay saw.

    `envelopes` are what the relay reads when letters are sealed; `turns` how often it brought mail; `gone` who dropped
    out on the way; `seconds` how long it took.
    """

    def __init__(
        self, players: Sequence[Correspondent], envelopes: Sequence[Envelope], turns: int, gone: Sequence[str],
        seconds: float,
    ) -> None:  # fmt: skip
        super().__init__(players)
        self.envelopes, self.turns, self.gone, self.seconds = tuple(envelopes), turns, tuple(gone), seconds


@dataclass(frozen=True)
class Settings:
    """How a run is laid out on Flower's nodes."""

    groups: tuple[tuple[str, ...], ...]  # which parties each client plays
    server: str | None  # the party that the ServerApp plays
    sealed: bool
    faults: tuple[Fault, ...]
    time_limit: float

    @property
    def options(self) -> dict[str, Any]:
        """For a `Correspondent`."""
        return {"sealed": self.sealed, "faults": self.faults}


def play_on_flower(
    protocol: Protocol, where: Where = "here", *, nodes: int | None = None, server: str | None = "server",
    sealed: bool = True, faults: Sequence[Fault] = (), time_limit: float = 60.0,
    progress: bool | Callable[[Relay], None] = False,
) -> FlowerRun:  # fmt: skip
    """Play a protocol on Flower; results and messages are those of `fl.play`.

    >>> import fedlearn_edu as fl
    >>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=3, seed=1)
    >>> protocol = fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.masked_sum())
    >>> run = play_on_flower(protocol)
    >>> run.result.weights.tolist() == fl.play(protocol).result.weights.tolist(), run.turns
    (True, 9)

    Parameters
    ----------
    protocol : any; for "simulation" and "deployment" its text and functions must be those of a module
    where : "here": this process, without Ray. "simulation": Flower's simulation engine, which starts Ray. "deployment":
        a SuperLink and one SuperNode for each node, processes of this computer that speak TLS over the loopback
    nodes : how many clients the parties are dealt to; None: one for each party
    server : the party that the ServerApp plays; if the protocol has none of that name, it only carries letters
    sealed : False, for lessons: the relay can then read and change what the parties say to each other
    faults : parties that drop out (`Drop`)
    time_limit : seconds to wait for the nodes, and for an answer before a node counts as gone; no clock runs "here"
    progress : "here": a function that is called with the relay after every turn; True: a bar

    Raises
    ------
    EngineError
        Flower is not installed, or did not come up
    FedLearnError
        what the first party that failed failed with
    """
    if where not in WAYS:
        raise ArgumentError(f"where= was {where!r}.", f"Use one of: {', '.join(map(repr, WAYS))}.")
    settings = settings_for(protocol, nodes, server, sealed, faults, time_limit)
    _import_flower()
    with _bar(progress, protocol) as show:
        if where == "here":
            from .flower_here import play_here

            return play_here(protocol, settings, show)
        from .flower_processes import Federation

        with Federation(len(settings.groups), simulation=where == "simulation") as federation:
            return federation.play_as(protocol, settings)


def client_app(node_at: Callable[[Context], Correspondent]) -> ClientApp:
    """A Flower client that answers for some parties.

    Parameters
    ----------
    node_at : from Flower's context (node_config says which client this is), the correspondent with its journal
    """
    from flwr.app import ConfigRecord, Message, RecordDict
    from flwr.clientapp import ClientApp

    app = ClientApp()

    @app.query()
    def answer(message: Message, context: Context) -> Message:
        asked = message.content.config_records[RECORD]
        try:
            node, reply = node_at(context), ConfigRecord()
            if "mail" in asked:
                reply["answer"] = node.turn(Mail.from_bytes(bytes(asked["mail"]))).to_bytes()  # type: ignore[arg-type]
            else:
                reply["hello"] = node.hello().to_bytes()
        except Exception as error:  # Flower would tell the server its words, which can hold private values
            raise EngineError(f"This node failed with {type(error).__name__}.", "It knows why itself.") from None
        return Message(RecordDict({RECORD: reply}), reply_to=message)

    return app


def server_app(serve: Callable[[Grid, Context], None]) -> ServerApp:
    """A Flower server that runs `serve`, which mostly calls `carry`."""
    from flwr.serverapp import ServerApp

    app = ServerApp()

    @app.main()
    def main(grid: Grid, context: Context) -> None:
        serve(grid, context)

    return app


def carry(
    grid: Grid, protocol: Protocol, own: Correspondent | None, *, nodes: int, time_limit: float = 60.0,
    progress: Callable[[Relay], None] | None = None, relays: list[Relay] | None = None,
) -> Relay:  # fmt: skip
    """What a ServerApp does: wait for the clients, then take their letters to and fro until nobody waits any more.

    Parameters
    ----------
    grid : Flower's road to its clients
    protocol : what is played; no data needed
    own : the party that the server itself plays, if any
    nodes : how many clients to wait for
    time_limit : seconds to wait for the clients to come, and for an answer
    relays : the relay is put there at once, for who wants to see it after an error

    Raises
    ------
    EngineError
        too few clients came
    """
    road = _Road(grid, own, time_limit)
    relay = Relay(road.greeted(nodes), protocol)
    if relays is not None:
        relays.append(relay)
    relay.carry(road.ask, progress)
    return relay


class _Road:
    """From the relay to Flower's clients and back, in messages of one record."""

    def __init__(self, grid: Grid, own: Correspondent | None, time_limit: float) -> None:
        self._grid, self._own, self._time_limit, self._turn = grid, own, time_limit, 0

    def greeted(self, nodes: int) -> dict[Any, Hello]:
        found = self._arrived(nodes)
        greetings = self._exchange({node: {} for node in found})
        said = {node: Hello.from_bytes(greetings[node]["hello"]) for node in found if node in greetings}
        if len(said) < nodes:
            raise EngineError(f"{len(said)} of {nodes} clients said hello.", "See what the others' own logs say.")
        return {**said, **({OWN: self._own.hello()} if self._own else {})}

    def ask(self, mail: Mapping[Any, Mail]) -> dict[Any, Answer | None]:
        self._turn += 1
        asked = {node: {"mail": one.to_bytes()} for node, one in mail.items() if node != OWN}
        answers: dict[Any, Answer | None] = {}
        for node, body in self._exchange(asked).items():
            answers[node] = Answer.from_bytes(body["answer"])
        if self._own is not None and OWN in mail:
            answers[OWN] = self._own.turn(mail[OWN])
        return answers

    def _arrived(self, nodes: int) -> list[int]:
        """The clients' numbers; in their order, so that a run does not depend on who came first."""
        deadline = time.monotonic() + self._time_limit
        while len(found := sorted(self._grid.get_node_ids())) < nodes:
            if time.monotonic() > deadline:
                raise EngineError(
                    f"{len(found)} of {nodes} clients came within {self._time_limit:g} s.",
                    "Start the others; one that nobody registered is refused by the SuperLink.",
                )
            time.sleep(0.2)
        if len(found) > nodes:
            raise EngineError(f"{len(found)} clients came, and {nodes} are needed.", "Stop the ones too many.")
        return found

    def _exchange(self, bodies: Mapping[int, Mapping[str, bytes]]) -> dict[int, Any]:
        """Ask each node, and once more those that answered with an error: a new process reads the same journal."""
        answers: dict[int, Any] = {}
        asked = dict(bodies)
        for _ in range(TRIES):
            failed = set()
            for reply in self._replies(self._messages(asked)):
                node = reply.metadata.src_node_id
                if reply.has_error():
                    failed.add(node)
                elif node in asked:
                    answers[node] = reply.content[RECORD]
            asked = {node: body for node, body in asked.items() if node in failed}
            if not asked:
                break
        return answers

    def _replies(self, messages: Sequence[Message]) -> Iterator[Message]:
        """As the grid's own `send_and_receive`, which looks every three seconds only."""
        pending, deadline = set(self._grid.push_messages(messages)), time.monotonic() + self._time_limit
        while pending:
            for reply in self._grid.pull_messages(pending):
                pending.discard(reply.metadata.reply_to_message_id)
                yield reply
            if time.monotonic() > deadline:
                return
            if pending:
                time.sleep(LOOK_AGAIN)

    def _messages(self, bodies: Mapping[int, Mapping[str, bytes]]) -> list[Message]:
        from flwr.app import ConfigRecord, Message, MessageType, RecordDict

        return [
            Message(RecordDict({RECORD: ConfigRecord(dict(body))}), node, MessageType.QUERY, group_id=str(self._turn))
            for node, body in bodies.items()
        ]


# --- arguments


def settings_for(
    protocol: Protocol, nodes: int | None = None, server: str | None = "server", sealed: bool = True,
    faults: Sequence[Fault] = (), time_limit: float = 60.0,
) -> Settings:  # fmt: skip
    """The arguments of `play_on_flower`, checked."""
    own = server if server in protocol.names else None
    if server not in ("server", None) and own is None:
        raise ArgumentError(f"server= was {server!r}, no party of {protocol.title!r}.", f"Use one of {protocol.names}.")
    others = [name for name in protocol.names if name != own]
    if not time_limit > 0:
        raise ArgumentError(f"time_limit= was {time_limit!r}.", "Give seconds, more than 0.")
    return Settings(tuple(dealt(others, nodes)), own, bool(sealed), tuple(faults), float(time_limit))


def _import_flower() -> None:
    os.environ.update({name: value for name, value in QUIET.items() if name not in os.environ})
    try:
        import flwr  # noqa: F401
    except ImportError:
        raise EngineError("Flower is not installed.", 'pip install "fedlearn-edu[flower]"') from None


@contextlib.contextmanager
def _bar(progress: bool | Callable[[Relay], None], protocol: Protocol) -> Iterator[Callable[[Relay], None]]:
    if callable(progress):
        yield progress
        return
    from tqdm.auto import tqdm

    with tqdm(desc=protocol.title, unit=" turns", delay=1.0, leave=False, disable=not progress) as bar:
        yield lambda relay: bar.update() and None

"""Flower in this process: the apps are called as functions. No Ray, no network, and it starts at once.

>>> import fedlearn_edu as fl
>>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=3, seed=1)
>>> fl.play_on_flower(fl.fedavg(hospitals, rounds=2, learning_rate=1e-6, aggregation=fl.plain_sum()), where="here")
FlowerRun of FedAvg (logistic, no encryption): finished, 2 rounds, 12 messages, 3,234 bytes
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from flwr.app import Context, Error, Message, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid
from flwr.supercore.run import Run
from flwr.supercore.task_identity import TaskIdentity

from ..errors import FedLearnError
from ..wire.choreography import Protocol
from ..wire.correspondent import Correspondent
from ..wire.relay import Relay
from .flower import FlowerRun, Settings, carry, client_app

RUN = NODE = TASK = 1  # numbers that Flower puts on every message; here there is one run


def play_here(protocol: Protocol, settings: Settings, show: Callable[[Relay], None]) -> FlowerRun:
    """Play with a client for each group, and the ServerApp's road in between."""
    start, relays = time.perf_counter(), list[Relay]()
    players = {
        number: Correspondent(protocol, *group, **settings.options)
        for number, group in enumerate(settings.groups, start=1)
    }
    own = Correspondent(protocol, settings.server, **settings.options) if settings.server else None
    everybody = [*players.values(), *([own] if own else [])]
    with task_identity():
        grid = GridHere(client_app(lambda context: players[context.node_id]), players)
        try:
            carry(grid, protocol, own, nodes=len(players), progress=show, relays=relays)
        except FedLearnError as error:
            raise _cause(error, everybody) from None
    relay = relays[0]
    return FlowerRun(everybody, relay.envelopes, relay.turns, relay.gone, time.perf_counter() - start)


def _cause(error: FedLearnError, players: Sequence[Correspondent]) -> Exception:
    """All parties are in this process, and the learner owns them: show the error itself, not only who had it."""
    causes = [player.error for player in players if player.error is not None and not player.was_told]
    return causes[0] if causes else error


class GridHere(Grid):
    """Flower's road from server to clients, in this process: a message is answered by calling the client.

    Parameters
    ----------
    app : the client, the same for all nodes
    numbers : of the nodes, from 1
    """

    def __init__(self, app: ClientApp, numbers: Iterable[int]) -> None:
        self._app = app
        self._contexts = {n: Context(RUN, n, {"partition-id": n - 1}, RecordDict(), {}) for n in numbers}
        self._replies: dict[str, Message] = {}
        self._numbers = itertools.count(1)

    def set_run(self, run: Run) -> None:
        raise NotImplementedError("A grid in this process belongs to one run.")

    @property
    def run(self) -> Run:
        return Run.create_empty(RUN)

    def create_message(self, *args: Any, **kwargs: Any) -> Message:
        return Message(*args, **kwargs)

    def get_node_ids(self) -> Iterable[int]:
        return list(self._contexts)

    def push_messages(self, messages: Iterable[Message]) -> Iterable[str]:
        pushed = []
        for message in messages:
            number = message.metadata.__dict__["_message_id"] = str(next(self._numbers))
            self._replies[number] = self._reply(message)
            pushed.append(number)
        return pushed

    def pull_messages(self, message_ids: Iterable[str]) -> Iterable[Message]:
        return [self._replies.pop(number) for number in tuple(message_ids) if number in self._replies]

    def send_and_receive(self, messages: Iterable[Message], *, timeout: float | None = None) -> Iterable[Message]:
        return self.pull_messages(self.push_messages(messages))

    def _reply(self, message: Message) -> Message:
        try:
            return self._app(message, self._contexts[message.metadata.dst_node_id])
        except Exception as error:  # as Flower's own engines do
            return Message(Error(code=0, reason=str(error)), reply_to=message)


@contextlib.contextmanager
def task_identity() -> Iterator[None]:
    """Flower stamps every message with the identity of its process's task; here there is none, so lend it one."""
    before = TaskIdentity._run_id, TaskIdentity._node_id, TaskIdentity._task_id
    TaskIdentity.run_id, TaskIdentity.node_id, TaskIdentity.task_id = RUN, NODE, TASK
    try:
        yield
    finally:
        TaskIdentity._run_id, TaskIdentity._node_id, TaskIdentity._task_id = before

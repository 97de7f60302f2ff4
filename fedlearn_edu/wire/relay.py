"""Carries letters between nodes that have no line to each other; reads envelopes, never letters.

What carries the mail is an engine's business: it gives a function that hands mail to nodes and brings their answers.
Here is what is the same for all: who is due, who is gone, and when it is over.

Who operates a relay learns who writes to whom, when and how much, and who is gone. It is trusted to carry: it can keep
letters back, and it can call a party gone that is not. The text then goes on without that party, or ends; under
Paillier it can leave one party's update alone in the sum.

>>> import fedlearn_edu as fl
>>> from fedlearn_edu.wire.correspondent import Correspondent
>>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=1)
>>> protocol = fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.plain_sum())
>>> nodes = [Correspondent(protocol, name) for name in protocol.names]
>>> relay = Relay(dict(enumerate(node.hello() for node in nodes)), protocol)
>>> relay.carry(lambda mail: {number: nodes[number].turn(one) for number, one in mail.items()})
>>> relay.envelopes[0]
Envelope(turn=1, sender='hospital 1', receiver='server', size=328)
>>> nodes[0].result
TrainedModel(logistic, 30 columns, 31 weights)
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import PartyDropped, ProtocolError
from .choreography import Protocol
from .frames import understood
from .letters import Answer, Hello, Letter, Mail

Ask = Callable[[Mapping[Hashable, Mail]], Mapping[Hashable, Answer | None]]


@dataclass(frozen=True)
class Envelope:
    """What a relay sees of a letter."""

    turn: int
    sender: str
    receiver: str
    size: int


class Relay:
    """Takes every node's letters to where they belong, turn by turn, until nobody waits any more.

    Parameters
    ----------
    nodes : how each node introduced itself, by whatever the engine calls it
    protocol : what they play; no data needed

    Raises
    ------
    ProtocolError
        a party is played by no node or by two, or a node plays something else
    """

    def __init__(self, nodes: Mapping[Hashable, Hello], protocol: Protocol) -> None:
        self.nodes = dict(nodes)
        self.envelopes: list[Envelope] = []
        self.turns = 0
        self.gone: list[str] = []
        self.stopped: dict[str, bytes] = {}
        self._node_of = self._seated(protocol)
        self._keys = {party: hello.public for hello in self.nodes.values() for party in hello.parties}
        self._waiting = set(self.nodes)
        self._mail: dict[Hashable, list[Letter]] = {node: [] for node in self.nodes}
        self._numbers = dict.fromkeys(self.nodes, 0)
        self._behind = set(self.nodes)  # nodes that have not heard the news: who is there, who is gone

    @property
    def in_hand(self) -> list[Letter]:
        """The letters that wait for their receivers' next turn."""
        return [letter for letters in self._mail.values() for letter in letters]

    def carry(self, ask: Ask, progress: Callable[[Relay], None] | None = None) -> None:
        """Play to the end.

        Parameters
        ----------
        ask : gives nodes their mail and returns their answers; None, or nothing, from a node that is gone
        progress : called after every turn

        Raises
        ------
        FedLearnError
            what the first node that failed failed with, as far as it told
        PartyDropped
            parties are gone, and the others could not go on without them
        """
        while self._waiting:
            due = {node for node in self._waiting if self._mail[node] or node in self._behind}
            if not due:
                raise ProtocolError("Every node waits for mail, and there is none.", "This is a fault of the text.")
            self.turns += 1
            mail = {node: self._mail_for(node) for node in self.nodes if node in due}
            answers = ask(mail)
            for node in mail:
                self._take(node, answers.get(node))
            if progress is not None:
                progress(self)
        if self.stopped:
            raise understood(*next(iter(self.stopped.items())))
        if len(self.gone) == len(self._node_of):
            raise PartyDropped(self.gone[0])

    def _seated(self, protocol: Protocol) -> dict[str, Hashable]:
        node_of: dict[str, Hashable] = {}
        fingerprints = {hello.protocol for hello in self.nodes.values()}
        if len(fingerprints) > 1:
            raise ProtocolError(
                f"The nodes play {len(fingerprints)} different protocols.",
                "Give all the same text, the same public arguments, and the same version of this library.",
            )
        self._check_agreed()
        for node, hello in self.nodes.items():
            for party in hello.parties:
                if party in node_of or party not in protocol.names:
                    why = "is played by two nodes" if party in node_of else f"is no party of {protocol.title!r}"
                    raise ProtocolError(f"{party!r} {why}.", f"One node each for {', '.join(protocol.names)}.")
                node_of[party] = node
        missing = [name for name in protocol.names if name not in node_of]
        if missing:
            raise ProtocolError(f"No node plays {', '.join(missing)}.", "Start one more, or give the server that part.")
        return node_of

    def _check_agreed(self) -> None:
        """What one process would have compared, had it held all parties' tables."""
        for fact in sorted({fact for hello in self.nodes.values() for fact in hello.agreed}):
            told = {hello.agreed[fact]: hello.parties[0] for hello in self.nodes.values() if fact in hello.agreed}
            if len(told) > 1:
                raise ProtocolError(
                    f"{' and '.join(told.values())} do not agree about the {fact}.",
                    "Rows must come from one alignment, columns in one order: see to that first.",
                )

    def _mail_for(self, node: Hashable) -> Mail:
        letters, self._mail[node] = self._mail[node], []
        self._behind.discard(node)
        self._numbers[node] += 1
        first = self._numbers[node] == 1
        return Mail(self._numbers[node], letters, self._keys if first else {}, self.gone, self.stopped)

    def _take(self, node: Hashable, answer: Answer | None) -> None:
        if answer is None:
            self._waiting.discard(node)
            self._lose([name for name in self.nodes[node].parties if name not in self.gone])
            return
        for letter in answer.letters:
            self._forward(node, letter)
        self._lose(self._its_own(node, answer.left))
        if answer.state != "waiting":
            self._waiting.discard(node)
        if answer.state == "failed":
            self.stopped.setdefault(self.nodes[node].parties[0], answer.stopped)
            self._behind |= self._waiting

    def _forward(self, node: Hashable, letter: Letter) -> None:
        if letter.sender not in self.nodes[node].parties or letter.receiver not in self._node_of:
            raise ProtocolError(f"{letter!r} came from the node of {self.nodes[node].parties[0]}.", "It is refused.")
        self.envelopes.append(Envelope(self.turns, letter.sender, letter.receiver, len(letter.body)))
        self._mail[self._node_of[letter.receiver]].append(letter)

    def _its_own(self, node: Hashable, left: Sequence[str]) -> list[str]:
        """Those of a node's own parties that have left now."""
        strangers = [name for name in left if name not in self.nodes[node].parties]
        if strangers:
            first = self.nodes[node].parties[0]
            raise ProtocolError(f"The node of {first} says that {strangers[0]} left.", "It is refused.")
        return [name for name in left if name not in self.gone]

    def _lose(self, parties: Sequence[str]) -> None:
        if parties:
            self.gone.extend(parties)
            self._behind |= self._waiting

"""A protocol played in turns, in this process: every node a `Correspondent`, and a `Relay` between them.

>>> import fedlearn_edu as fl
>>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=4, seed=1)
>>> protocol = fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.masked_sum())
>>> played = play_in_turns(protocol, nodes=dealt(protocol.names, 2))
>>> played.result
TrainedModel(logistic, 30 columns, 31 weights)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ..errors import ArgumentError
from .choreography import Protocol
from .correspondent import Correspondent
from .faults import Fault
from .journal import Journal
from .relay import Relay
from .reunion import Reunion


def dealt(names: Sequence[str], nodes: int | None = None) -> list[tuple[str, ...]]:
    """Who plays with whom on one node: runs of equal length in the order of the seats; None: a node for each party.

    >>> dealt(["ann", "bob", "cid", "dan", "eve"], 2)
    [('ann', 'bob', 'cid'), ('dan', 'eve')]

    Raises
    ------
    ArgumentError
        fewer than one node, or more nodes than parties
    """
    count = len(names) if nodes is None else nodes
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= len(names):
        raise ArgumentError(f"{nodes!r} nodes for {len(names)} parties.", f"Take 1 to {len(names)}, or None.")
    cuts = [-(-len(names) * place // count) for place in range(count + 1)]
    return [tuple(names[start:end]) for start, end in pairwise(cuts)]


def play_in_turns(
    protocol: Protocol, *, nodes: Sequence[Sequence[str]] | None = None, faults: Sequence[Fault] = (),
    sealed: bool = True, journals: Mapping[int, Journal] | None = None,
) -> Reunion:  # fmt: skip
    """Play a protocol in turns; answer what all nodes have between them.

    Parameters
    ----------
    protocol : what to play
    nodes : the names of the parties on each node; by default one party on each
    faults, sealed : as for `Correspondent`
    journals : of nodes, by their place; they go on where these end

    Raises
    ------
    FedLearnError
        what the first node that failed failed with
    """
    groups = [tuple(group) for group in nodes] if nodes is not None else dealt(protocol.names)
    common: dict[str, Any] = {"sealed": sealed, "faults": faults}
    players = [
        Correspondent(protocol, *group, journal=(journals or {}).get(place), **common)
        for place, group in enumerate(groups)
    ]
    relay = Relay(dict(enumerate(player.hello() for player in players)), protocol)
    relay.carry(lambda mail: {place: players[place].turn(one) for place, one in mail.items()})  # type: ignore[call-overload]
    return Reunion(players)

"""Settings, reference arithmetic, and a small protocol that puts an aggregation alone on the wire."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from fedlearn_edu.data import Party
from fedlearn_edu.learning import make_model, train_locally
from fedlearn_edu.wire.choreography import Local, Protocol, Round

from ..oracles import mean_in_integers

LEARNING: dict[str, Any] = {
    "rounds": 10,
    "local_epochs": 1,
    "batch_size": None,
    "learning_rate": 0.5,
    "l2": 0.01,
    "seed": 0,
}
MODEL = make_model("logistic", columns=30, classes=2)


def updates_from(hospitals, weights):
    """W_k by name: what every hospital trains from these weights."""
    settings = {"epochs": 1, "batch_size": None, "learning_rate": LEARNING["learning_rate"], "l2": LEARNING["l2"]}
    return {
        h.name: train_locally(MODEL, weights, h.data.features, h.data.labels, rng=None, **settings) for h in hospitals
    }


def rows_of(hospitals):
    return {hospital.name: hospital.data.rows for hospital in hospitals}


def training_in_integers(hospitals, present_in=None, rounds=LEARNING["rounds"]):
    """FedAvg by the rule, in Python integers: for each round (updates, sums, rows, weights).

    `present_in(round)` are the names whose updates count.
    """
    weights, rows = np.zeros(MODEL.size), rows_of(hospitals)
    for t in range(1, rounds + 1):
        names = present_in(t) if present_in else set(rows)
        updates = {name: update for name, update in updates_from(hospitals, weights).items() if name in names}
        sums, total, weights = mean_in_integers(updates, {name: rows[name] for name in updates})
        yield updates, sums, total, weights


@dataclass(frozen=True)
class Holder:
    """A party with a vector and a number of rows."""

    name: str
    data: Any = None


def vector_of(data):
    return data[0]


def rows_in(data):
    return data[1]


def mean_text(parties, server, aggregation, size, rounds):
    """One aggregation alone, `rounds` times over the same vectors."""
    means_at = None
    vectors_at, rows_at = {}, {}
    for party in parties:
        vectors_at[party.name] = yield Local(party, "its vector", vector_of)
        rows_at[party.name] = yield Local(party, "its rows", rows_in)
    keys = yield from aggregation.set_up(parties, server, rows_at)
    for t in range(1, rounds + 1):
        yield Round(t)
        means_at = yield from aggregation.mean(vectors_at, rows_at, keys, parties, server, round=t, size=size)
    return means_at


def mean_protocol(vectors, aggregation, rows=None, rounds=1):
    """A protocol that averages these vectors, held by "party 1", "party 2", ..."""
    rows = rows or [1] * len(vectors)
    holders = [Holder(f"party {i}", (np.asarray(v), n)) for i, (v, n) in enumerate(zip(vectors, rows, strict=True), 1)]
    arguments = {
        "parties": holders, "server": Party("server"), "aggregation": aggregation, "size": len(vectors[0]),
        "rounds": rounds,
    }  # fmt: skip
    return Protocol(mean_text, arguments, title="mean")

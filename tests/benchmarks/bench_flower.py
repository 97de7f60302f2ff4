"""Flower in this process as clients grow: against the plain loop over clients, and against Flower's Ray simulation.

The plain loop is what a tutorial writes: train each client in turn, average by rows, no messages at all. Rounds a
second are those of a run of `ROUNDS`, set-up included; under Ray those of two runs of different length, so that its
start, which stands beside, is not counted.
"""

import warnings

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.learning import make_model, train_locally

from .rivals import seconds

SECTION = "Flower in this process, against the plain loop and against Flower's simulation"
ROWS, COLUMNS, ROUNDS = 20, 30, 3
AGGREGATIONS = {"none": fl.plain_sum, "masks": fl.masked_sum, "Paillier 2048": fl.paillier_sum}


def phones(count):
    """So many parties with 20 rows of 30 columns each."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(ROWS * count, COLUMNS))
    labels = (X[:, 0] + rng.normal(size=len(X)) > 0).astype(int)
    ids, columns = np.arange(len(X)).astype(str), tuple(f"x{k}" for k in range(COLUMNS))
    return fl.split_rows(fl.Dataset("phones", X, labels, ids, columns, ("0", "1")), parties=count, seed=7, name="phone")


def training(parties, encryption="none", rounds=ROUNDS):
    return fl.fedavg(parties, rounds=rounds, aggregation=AGGREGATIONS[encryption]())


def plain_loop(parties, rounds=ROUNDS):
    """Federated averaging without a wire."""
    model = make_model("logistic", columns=COLUMNS, classes=2)
    weights, rows = model.start(np.random.default_rng(0)), np.array([party.data.rows for party in parties])
    for _ in range(rounds):
        trained = [
            train_locally(model, weights, p.data.features, p.data.labels, epochs=1, batch_size=None, learning_rate=0.5,
                          l2=0.0, rng=None) for p in parties
        ]  # fmt: skip
        weights = np.average(trained, axis=0, weights=rows)
    return weights


def sent(run, of_round=2):
    """Bytes of one round, all messages together."""
    return sum(message.size for message in run.transcript.messages if message.round == of_round)


@pytest.mark.parametrize(
    ("clients", "nodes", "encryption"),
    [
        (10, None, "none"), (10, None, "masks"), (10, None, "Paillier 2048"),
        (100, None, "none"), (100, 10, "none"), (100, 10, "masks"), (100, 10, "Paillier 2048"),
        (1000, None, "none"), (1000, 10, "none"), (1000, 10, "Paillier 2048"),
    ],
)  # fmt: skip
def test_rounds_a_second(benchmark, table, clients, nodes, encryption):
    parties = phones(clients)
    loop, runs = seconds(lambda: plain_loop(parties)), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one_process = seconds(lambda: fl.play(training(parties, encryption), keep="heads"))
        benchmark.pedantic(
            lambda: runs.append(fl.play_on_flower(training(parties, encryption), nodes=nodes)), rounds=1
        )
    took = benchmark.stats.stats.median
    table.append(
        {"what": f"{clients:,} clients, {encryption}", "on Flower clients": nodes or clients,
         "plain loop, rounds/s": f"{ROUNDS / loop:.3g}", "fl.play, rounds/s": f"{ROUNDS / one_process:.3g}",
         "Flower here, rounds/s": f"{ROUNDS / took:.3g}", "bytes a round": f"{sent(runs[0]):,}"}
    )  # fmt: skip


def test_against_flowers_simulation_with_ten_clients(benchmark, table):
    parties, few, many, took = phones(10), 1, 40, {}
    with fl.Federation(nodes=10, simulation=True) as federation:
        for rounds in (few, many):
            took[rounds] = federation.play(training(parties, rounds=rounds)).seconds
    benchmark.pedantic(lambda: fl.play_on_flower(training(parties)), rounds=3)
    ray = (took[many] - took[few]) / (many - few)
    table.append(
        {"what": "10 clients, none, Flower's Ray simulation", "on Flower clients": 10,
         "plain loop, rounds/s": f"{ROUNDS / seconds(lambda: plain_loop(parties)):.3g}",
         "Flower here, rounds/s": f"{ROUNDS / benchmark.stats.stats.median:.3g}",
         "Ray, rounds/s": f"{1 / ray:.3g}", "Ray, s for one round with its start": f"{took[few]:.3g}"}
    )  # fmt: skip

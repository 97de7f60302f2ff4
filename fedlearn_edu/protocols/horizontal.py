"""Horizontal federated learning: federated averaging with an aggregation of your choice.

    step 0   keys, as the aggregation needs them; all start from the same seeded weights W
    step 1   every party trains on its own rows: W_k            (later rounds: step 7)
    step 2   it encrypts them: [[W_k]]
    step 3   party ──[[W_k]]──> server
    step 4   the server aggregates what it cannot read: Σ n_k·[[W_k]]
    step 5   server ──> party
    step 6   every party decrypts, and replaces W_k by W = Σ (n_k/n) W_k
    step 7   every party trains on from W
    step 8   steps 2 to 7 again

Who learns what: every party, the averaged weights after each round; the server, what the aggregation lets it learn.
Whom it trusts: as the aggregation does; all are semi-honest.
What it does not do: hide the average, from which a party can guess at the others' rows (with two parties, exactly the
other's weights); notice a party that sends poison.

References
----------
McMahan et al.: Communication-Efficient Learning of Deep Networks from Decentralized Data.
AISTATS 2017, Algorithm 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..arguments import check_whole
from ..data.party import Party
from ..data.together import agreed_columns, all_are_here, several, size_of_tables, tables_that_match
from ..errors import ArgumentError
from ..learning.models import Model, fitting_model
from ..learning.training import LocalTraining, seconds_of_an_epoch
from ..wire.choreography import Agreed, Local, Protocol, Report, Round, Seat, Text
from ._own_rows import keep, own_loss, seeded_start, train


def fedavg(
    parties: Sequence[Party],
    model: str | Model = "logistic",
    *,
    aggregation: Any = None,
    rounds: int = 10,
    local_epochs: int = 1,
    batch_size: int | None = None,
    learning_rate: float = 0.5,
    l2: float = 0.0,
    seed: int = 0,
    hidden: int = 16,
) -> Protocol:
    """Train one model over several parties' rows; weights travel, rows stay.

    >>> import fedlearn_edu as fl
    >>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=4, skew=0.5, seed=7)
    >>> hospitals = fl.play(fl.standardise(hospitals, aggregation=fl.masked_sum())).result
    >>> run = fl.play(fl.fedavg(hospitals, rounds=10, aggregation=fl.masked_sum()))
    >>> run.result.accuracy(hospitals[0].data) > 0.9
    True

    Parameters
    ----------
    parties : each with its own rows of the same columns and classes, or elsewhere (`Party.elsewhere`); standardised
        (see `standardise`), or one learning rate will not suit all columns
    model : "linear", "logistic", "softmax", "network", or a model of `fedlearn_edu.learning`
    aggregation : who may read the updates: `plain_sum()`, `paillier_sum()`, `masked_sum()`
    rounds : communication rounds
    local_epochs, batch_size : passes over the own rows between two uploads, and rows a step (None: all of them)
    learning_rate, l2 : step size; penalty λ in mean loss + λ/2·‖w‖², intercept free
    seed : of the starting weights and of the order of rows
    hidden : hidden units, for "network"

    Returns
    -------
    Protocol
        its result is a `TrainedModel`; `run.history` has the loss over all rows after each round, and
        `run.reported("weights")` the weights

    Raises
    ------
    ArgumentError
        an argument is out of its range, or the parties' tables do not fit together
    Diverged
        when played: at one party the weights grew beyond all numbers

    References
    ----------
    McMahan et al.: Communication-Efficient Learning of Deep Networks from Decentralized Data.
    AISTATS 2017, Algorithm 1.
    """
    parties, training = several(parties), LocalTraining(local_epochs, batch_size, learning_rate, l2, seed)
    tables = tables_that_match(parties)
    model = fitting_model(model, *size_of_tables(tables, model), hidden)
    rounds = check_whole("rounds", rounds, least=1)
    if not callable(getattr(aggregation, "mean", None)):
        raise ArgumentError(
            f"fedavg needs an aggregation, which decides who can read an upload, and got {aggregation!r}.",
            "Pass aggregation=fl.masked_sum(), fl.paillier_sum(), or fl.plain_sum() to see what they hide.",
        )
    aggregation.check(len(parties))
    return Protocol(
        fedavg_text,
        {
            "parties": parties, "server": Party("server"), "aggregation": aggregation, "model": model,
            "training": training, "rounds": rounds,
        },
        title=f"FedAvg ({model.name}, {aggregation.name})",
        forecast=partial(_forecast, aggregation, model, training, rounds, len(tables), sum(map(len, tables)))
        if all_are_here(parties) else None,
        agreed=agreed_columns(tables),
    )  # fmt: skip


def fedavg_text(
    parties: Sequence[Seat], server: Seat, aggregation: Any, model: Model, training: LocalTraining, rounds: int
) -> Text:
    """Federated averaging, in the article's steps.

    0. agree on keys, and start from the same weights W
    1. every party trains on its own rows: W_k
    2. every party encrypts: [[W_k]]
    3. every party uploads [[W_k]]
    4. the server aggregates: Σ n_k·[[W_k]]
    5. the server distributes the new W
    6. every party replaces W_k by W
    7. every party trains on from W (in later rounds, instead of step 1)
    8. repeat steps 2 to 7
    """
    weights_at, rows_at, trained_at, losses_at, finished_at = {}, {}, {}, {}, {}
    for party in parties:
        rows_at[party.name] = yield Local(party, "count rows", len, step=0)
    keys = yield from aggregation.set_up(parties, server, rows_at)
    for party in parties:
        weights_at[party.name] = yield Local(party, "same seeded start", seeded_start, model, training.seed, step=0)
    for t in range(1, rounds + 1):
        yield Round(t)
        for place, party in enumerate(parties):
            here = (weights_at[party.name], model, training, t, place)
            trained_at[party.name] = yield Local(party, "train on own rows", train, *here, step=1 if t == 1 else 7)
        weights_at = yield from aggregation.mean(trained_at, rows_at, keys, parties, server, round=t, size=model.size)
        for party in parties:
            seen = (weights_at[party.name], model, training.l2)
            losses_at[party.name] = yield Local(party, "loss on own rows, for the chart", own_loss, *seen)
        yield Report(round=t, summary=summary, losses=losses_at, rows=rows_at, weights=Agreed(weights_at))
    for party in parties:
        finished_at[party.name] = yield Local(party, "keep the model", keep, weights_at[party.name], model)
    return Agreed(finished_at)


def summary(losses: Mapping[str, float], rows: Mapping[str, int], weights: np.ndarray) -> dict[str, Any]:
    """The observer's row: the loss over all rows, Σ (n_k/n)·loss_k, as far as the observer can see them."""
    seen = sum(rows[name] for name in losses)
    return {"loss": sum(rows[name] * loss for name, loss in losses.items()) / seen, "weights": weights}


def _forecast(
    aggregation: Any, model: Model, training: LocalTraining, rounds: int, parties: int, rows: int
) -> tuple[float, int]:
    """The aggregation's share, and local training on as many rows as there are at each, on average."""
    seconds, size = aggregation.forecast(parties, model.size, rounds, total=rows)
    epochs = parties * rounds * (training.local_epochs + 1)  # one more for the loss
    return seconds + epochs * seconds_of_an_epoch(model, training, rows=-(-rows // parties)), size

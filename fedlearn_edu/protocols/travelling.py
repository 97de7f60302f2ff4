"""A travelling model: it goes from party to party, trains at each, and is read by all of them.

    step 0   the first party makes the starting weights W, from a public seed
    step 1   the party where the model is trains it on its own rows
    step 2   party ──W──> next party, who goes on with step 1; after the last party comes the first: a ring, no server
    step 3   after the last tour: last party ──W──> all others

Who learns what: every party reads the weights that come to it, in the clear, and all of them read the last ones; who
listens on the way reads every one. From what came in and what went out, anybody computes what a party's rows did to
the model, and with one row that is the row itself (see `attacks/travelling.py`).
Whom it trusts: everybody; all are semi-honest.
What it does not do: hide anything but the rows themselves; remember. Each party pulls the model towards its own rows,
and where parties differ, it forgets the ones before: catastrophic forgetting. It ends when one party is gone.

References
----------
Sheller et al.: Federated learning in medicine: facilitating multi-institutional collaborations without sharing patient
data. Scientific Reports 10, 12598, 2020 (there: institutional incremental learning, and with tours, cyclic).
McCloskey, Cohen: Catastrophic Interference in Connectionist Networks: The Sequential Learning Problem.
Psychology of Learning and Motivation 24, 1989.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ..arguments import check_whole
from ..data.party import Party
from ..data.together import agreed_columns, all_are_here, several, size_of_tables, tables_that_match
from ..learning.models import Model, fitting_model
from ..learning.training import LocalTraining, seconds_of_an_epoch
from ..wire.choreography import Agreed, Local, Protocol, Report, Round, Seat, Send, Text
from ._own_rows import keep, own_loss, seeded_start, train


def travelling(
    parties: Sequence[Party],
    model: str | Model = "softmax",
    *,
    tours: int = 1,
    local_epochs: int = 20,
    batch_size: int | None = None,
    learning_rate: float = 0.5,
    l2: float = 0.0,
    seed: int = 0,
    hidden: int = 16,
) -> Protocol:
    """Send one model from party to party; each trains it on its own rows and passes it on.

    >>> import fedlearn_edu as fl
    >>> pastures = fl.split_rows(fl.load("digits"), parties=5, skew=1.0, name="pasture", missing_classes="allow")
    >>> run = fl.play(fl.travelling(pastures, learning_rate=0.002))
    >>> [run.result.accuracy(pasture.data) > 0.9 for pasture in pastures]      # it has forgotten the others
    [False, False, False, False, True]

    Parameters
    ----------
    parties : in the order of the tour; two or more, each with its own rows of the same columns and classes
    model : "linear", "logistic", "softmax", "network", or a model of `fedlearn_edu.learning`
    tours : how often it comes by at every party
    local_epochs, batch_size : passes over the own rows in one visit, and rows a step (None: all of them)
    learning_rate, l2 : step size; penalty λ in mean loss + λ/2·‖w‖², intercept free
    seed : of the starting weights and of the order of rows
    hidden : hidden units, for "network"

    Returns
    -------
    Protocol
        its result is a `TrainedModel`, known to every party; a round is a visit: `run.history` has one row for each
        (whose it was, the loss over its rows on arrival and on leaving), `run.reported("weights")` the weights after it

    Raises
    ------
    ArgumentError
        an argument is out of its range, or the parties' tables do not fit together
    Diverged
        when played: at one party the weights grew beyond all numbers

    References
    ----------
    Sheller et al.: Federated learning in medicine: facilitating multi-institutional collaborations without sharing
    patient data. Scientific Reports 10, 12598, 2020.
    """
    parties, training = several(parties), LocalTraining(local_epochs, batch_size, learning_rate, l2, seed)
    tables = tables_that_match(parties, least=2)
    model = fitting_model(model, *size_of_tables(tables, model), hidden)
    tours = check_whole("tours", tours, least=1)
    return Protocol(
        travelling_text,
        {"parties": parties, "model": model, "training": training, "tours": tours},
        title=f"travelling model ({model.name})",
        forecast=partial(_forecast, model, training, tours, [table.rows for table in tables])
        if all_are_here(parties) else None,
        agreed=agreed_columns(tables),
    )


def travelling_text(parties: Sequence[Seat], model: Model, training: LocalTraining, tours: int) -> Text:
    """One model goes round.

    0. the first party makes the starting weights W, from a public seed
    1. the party where the model is trains it on its own rows
    2. it passes W on to the next party
    3. after the last tour, the last party sends W to all others
    """
    road = [party for _ in range(tours) for party in parties]
    weights_at_host = yield Local(road[0], "seeded start", seeded_start, model, training.seed, step=0)
    for visit, host in enumerate(road, start=1):
        yield Round(visit)
        if visit > 1:
            weights_at_host = yield Send(weights_at_host, host, "model", step=2, shape=(model.size,))
        arrival_at_host = yield Local(host, "loss on arrival", own_loss, weights_at_host, model, training.l2)
        here = (weights_at_host, model, training, visit)
        weights_at_host = yield Local(host, "train on own rows", train, *here, step=1)
        leaving_at_host = yield Local(host, "loss on leaving", own_loss, weights_at_host, model, training.l2)
        losses = {"loss_on_arrival": arrival_at_host, "loss_on_leaving": leaving_at_host}
        yield Report(round=visit, party=host.name, **losses, weights=weights_at_host)
    last, finished_at = road[-1], {}
    for party in parties:
        weights_at_party = weights_at_host
        if party != last:
            weights_at_party = yield Send(weights_at_host, party, "finished model", step=3, shape=(model.size,))
        finished_at[party.name] = yield Local(party, "keep the model", keep, weights_at_party, model)
    return Agreed(finished_at)


def _forecast(model: Model, training: LocalTraining, tours: int, rows: Sequence[int]) -> tuple[float, int]:
    """Training on all rows, and messages of 8 bytes a weight."""
    epoch = seconds_of_an_epoch(model, training, max(rows)) * sum(rows) / max(rows)
    messages = (tours * len(rows) - 1) + (len(rows) - 1)
    # two losses a visit cost about what an epoch does; a message costs its way through codec and transcript
    seconds = tours * epoch * (training.local_epochs + 1) + messages * (3e-4 + 3e-8 * model.size)
    return seconds, messages * (8 * model.size + 14)

"""Is federated transfer learning worth doing? Accuracy at the target, against what it could learn alone.

>>> curve = honest_curve(overlaps=(0.05, 0.2), seeds=(0,))
>>> [(row["overlap"], row["way"]) for row in curve][:3]
[(0.05, 'transfer'), (0.05, 'the same labels, given'), (0.05, '20 labels of its own')]

Nothing is encrypted here, and need not be: `tests/protocols/test_transfer.py` shows that the protocol takes the same
steps. So a curve costs seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..data.datasets import Dataset, load
from ..data.halves import common_first, in_common, split_both, two_classes
from ..data.partition import split_train_test
from ..data.party import Party
from ..learning.models import Array, SmallNetwork
from ..learning.training import train_locally
from ..learning.transfer_loss import Moment, TransferPlan, prototype, signs, train_plainly

OVERLAPS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
OWN_LABELS = (20, 50, 200)


class Scene(NamedTuple):
    """Two parties ready for training, and an exam: all in standardised numbers, the common rows first.

    `X_source` (N_S, p_S), `y` ±1 (N_S,), `X_target` (N_T, p_T), `common` N; `exam` (M, p_T), `answers` ±1 (M,), and
    for comparison `truth` ±1 (N_T,), the labels that the target has not got.
    """

    X_source: Array
    y: Array
    X_target: Array
    common: int
    exam: Array
    answers: Array
    truth: Array


def scene(dataset: str | Dataset = "digits", overlap: float = 0.2, seed: int = 0) -> Scene:
    """Cut a data set for transfer, with a quarter of the rows kept for the exam.

    >>> halves = scene("digits", overlap=0.2)
    >>> halves.common, halves.X_source.shape, halves.exam.shape
    (269, (808, 32), (450, 32))
    """
    table = load(dataset) if isinstance(dataset, str) else dataset
    train, exam = split_train_test(two_classes(table), seed=seed)
    source, target = split_both(train, overlap=overlap, seed=seed)
    aligned = in_common(source, target)
    source, target = common_first(source, aligned[0]), common_first(target, aligned[1])
    rows, columns = _data_of(target), list(_data_of(target).columns)
    mean, scale = _scaling(rows.features)
    labels = dict(zip(train.ids.tolist(), signs(train.labels).tolist(), strict=True))  # type: ignore[arg-type]
    chosen = [exam.columns.index(column) for column in columns]
    own = _data_of(source).features
    return Scene(
        X_source=(own - _scaling(own)[0]) / _scaling(own)[1],
        y=signs(_data_of(source).labels),  # type: ignore[arg-type]
        X_target=(rows.features - mean) / scale,
        common=_data_of(aligned[0]).rows,
        exam=(exam.features[:, chosen] - mean) / scale,
        answers=signs(exam.labels),  # type: ignore[arg-type]
        truth=np.array([labels[one] for one in rows.ids.tolist()]),
    )


class Clouds(NamedTuple):
    """Where rows lie in the common space at one moment: all of the source's, all of the target's, and Φ, (d,)."""

    source: Array
    target: Array
    prototype: Array


def clouds_of(moment: Moment, of: Scene, plan: TransferPlan) -> Clouds:
    """Both sides' rows in the common space, the common ones first: two clouds for a picture, and an arrow.

    >>> of, plan = scene("digits"), TransferPlan(dimensions=2)
    >>> moments = train_plainly(of.X_source, of.y, of.X_target[: of.common], plan)
    >>> first, last = (clouds_of(moment, of, plan) for moment in (moments[0], moments[-1]))
    >>> gaps = [np.abs(c.source[: of.common] - c.target[: of.common]).mean() for c in (first, last)]
    >>> bool(gaps[1] < 0.7 * gaps[0])                                      # they move towards each other
    True
    """
    at_source, _ = plan.starts(of.X_source.shape[1], "source")
    at_target, _ = plan.starts(of.X_target.shape[1], "target")
    U = at_source.of(moment.source, of.X_source)
    return Clouds(U, at_target.of(moment.target, of.X_target), prototype(U, of.y))


def accuracy_of(moment: Moment, of: Scene, plan: TransferPlan) -> float:
    """The share of the exam that the two together get right with the weights of a moment."""
    at_target, _ = plan.starts(of.exam.shape[1], "target")
    phi = at_target.of(moment.target, of.exam) @ clouds_of(moment, of, plan).prototype
    return float(np.mean((phi > 0) == (of.answers > 0)))


def accuracy_alone(of: Scene, labels: int, seed: int, *, common: bool = False, hidden: int = 8) -> float:
    """What a network with as many hidden units learns from so many labelled rows of the target alone.

    `common=True` takes the common rows, whose labels the source would have to hand over; otherwise rows drawn at
    random, as if the target had labels of its own.
    """
    rng = np.random.default_rng([seed, 7])
    chosen = np.arange(labels) if common else rng.choice(len(of.X_target), labels, replace=False)
    model = SmallNetwork(of.exam.shape[1], hidden, 2)
    weights = train_locally(
        model, model.start(rng), of.X_target[chosen], (of.truth[chosen] > 0).astype(np.int64),
        epochs=60, batch_size=None, learning_rate=1.0, l2=0.03, rng=None,
    )  # fmt: skip
    return float(np.mean((model.predict(weights, of.exam) == 1) == (of.answers > 0)))


def honest_curve(
    overlaps: Sequence[float] = OVERLAPS,
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    own_labels: Sequence[int] = OWN_LABELS,
    plan: TransferPlan | None = None,
    dataset: str | Dataset = "digits",
) -> list[dict[str, Any]]:
    """Accuracy on the same exam by every way, for each overlap and seed: one dict a number.

    Parameters
    ----------
    overlaps : shares of all rows that both sides have
    seeds : each cuts, starts and examines anew
    own_labels : how many labelled rows a target might have of its own
    plan : of the training; None for the usual one
    dataset : "digits", "bank_tax", or a table of your own

    Returns
    -------
    list of dict
        overlap, common (rows), seed, way, accuracy
    """
    table = load(dataset) if isinstance(dataset, str) else dataset
    return [row for overlap in overlaps for seed in seeds for row in _ways(table, overlap, seed, own_labels, plan)]


def _ways(
    dataset: Dataset, overlap: float, seed: int, own_labels: Sequence[int], plan: TransferPlan | None
) -> Iterator[dict[str, Any]]:
    of, plan = scene(dataset, overlap, seed), plan or TransferPlan(seed=seed)
    about = {"overlap": overlap, "common": of.common, "seed": seed}
    last = train_plainly(of.X_source, of.y, of.X_target[: of.common], plan)[-1]
    yield {**about, "way": "transfer", "accuracy": accuracy_of(last, of, plan)}
    given = accuracy_alone(of, of.common, seed, common=True)
    yield {**about, "way": "the same labels, given", "accuracy": given}
    for labels in own_labels:
        yield {**about, "way": f"{labels} labels of its own", "accuracy": accuracy_alone(of, labels, seed)}


def _scaling(X: Array) -> tuple[Array, Array]:
    deviation = X.std(axis=0)
    return X.mean(axis=0), np.where(deviation == 0, 1.0, deviation)


def _data_of(party: Party) -> Dataset:
    assert party.data is not None
    return party.data

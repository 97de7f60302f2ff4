"""Gradient descent: at one party, and for comparison on pooled rows.

>>> from fedlearn_edu.data import load, split_train_test
>>> from fedlearn_edu.learning import train_pooled
>>> train, test = split_train_test(load("digits"), seed=7)
>>> train_pooled(train, "softmax", epochs=60, learning_rate=0.02).accuracy(test) > 0.9
True
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import check_whole, is_whole
from ..errors import ArgumentError, Diverged
from .models import Array, Model, TrainedModel, features_of, make_model
from .one_core import on_one_core

CLEARLY = 0.02  # seconds: what takes longer is measured well enough by one try


def train_locally(
    model: Model,
    weights: Array,
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    epochs: int,
    batch_size: int | None,
    learning_rate: float,
    l2: float,
    rng: np.random.Generator | None,
) -> Array:
    """What a party does between two messages: w ← w − learning_rate · ∇loss, batch by batch.

    >>> from fedlearn_edu.learning import LinearRegression
    >>> X, y = np.array([[-1.0], [1.0]]), np.array([-2.0, 2.0])
    >>> train_locally(LinearRegression(1), np.zeros(2), X, y,
    ...               epochs=3, batch_size=None, learning_rate=0.5, l2=0.0, rng=None)
    array([1.75, 0.  ])

    Parameters
    ----------
    model : Model
    weights : (size,) array
        Where to start; it is left as it is.
    X, y : (N, p) and (N,) arrays
    epochs : int
        How often every row is used.
    batch_size : int or None
        Rows in a step; the last batch of an epoch may be smaller. None, or N and more: all rows in their order, one
        step an epoch, no randomness.
    learning_rate, l2 : float
    rng : numpy.random.Generator or None
        Shuffles the rows before each epoch; used for real batches only.

    Returns
    -------
    (size,) array

    Raises
    ------
    ArgumentError
        An argument is out of its range.
    Diverged
        The steps are too large: the weights grew beyond all numbers.
    """
    check_settings(epochs, batch_size, learning_rate, l2)
    X, y = features_of(X), np.asarray(y)
    weights = np.array(weights, dtype=np.float64)
    with on_one_core(), np.errstate(over="ignore", invalid="ignore"):  # reported below, in words
        for _ in range(epochs):
            for rows in _batches(len(X), batch_size, rng):
                weights -= learning_rate * model.gradient(weights, X[rows], y[rows], l2)
                _check_finite(weights, learning_rate)
    return weights


@dataclass(frozen=True)
class LocalTraining:
    """What every party does with a model and its own rows between two messages; public.

    >>> LocalTraining(local_epochs=1, batch_size=None, learning_rate=0.5, l2=0.0, seed=0).learning_rate
    0.5

    Raises
    ------
    ArgumentError
        An argument is out of its range.
    """

    local_epochs: int
    batch_size: int | None
    learning_rate: float
    l2: float
    seed: int

    def __post_init__(self) -> None:
        check_whole("local_epochs", self.local_epochs, least=1)
        check_settings(self.local_epochs, self.batch_size, self.learning_rate, self.l2)
        check_whole("seed", self.seed, least=0)


def seconds_of_an_epoch(model: Model, training: LocalTraining, rows: int) -> float:
    """Time one pass over so many made-up rows: a forecast carries nobody's data.

    >>> training = LocalTraining(local_epochs=1, batch_size=None, learning_rate=0.5, l2=0.0, seed=0)
    >>> 0 < seconds_of_an_epoch(make_model("logistic", columns=30, classes=2), training, rows=100) < 1
    True
    """
    first = _seconds(model, training, rows, epochs=1)
    if first > CLEARLY:
        return first
    return _seconds(model, training, rows, epochs=10) / 10  # a first call pays for much that later ones do not


def _seconds(model: Model, training: LocalTraining, rows: int, epochs: int) -> float:
    rng = np.random.default_rng(0)
    weights, start = model.start(rng), perf_counter()
    train_locally(
        model, weights, np.zeros((rows, model.columns)), np.zeros(rows), epochs=epochs, batch_size=training.batch_size,
        learning_rate=training.learning_rate, l2=training.l2, rng=rng,
    )  # fmt: skip
    return perf_counter() - start


def train_pooled(
    dataset: Any,
    model: str | Model = "logistic",
    *,
    epochs: int = 100,
    batch_size: int | None = None,
    learning_rate: float = 0.5,
    l2: float = 0.0,
    seed: int = 0,
    hidden: int = 16,
) -> TrainedModel:
    """Training on one table in one place: what federated results are compared with, or what an island can do alone.

    >>> from fedlearn_edu.data import load
    >>> train_pooled(load("digits"), "softmax", epochs=1, learning_rate=0.01)
    TrainedModel(softmax, 64 columns, 650 weights)

    One generator from `seed` makes the starting weights first and the batches after.

    Parameters
    ----------
    dataset : a table with features and labels
        Standardised columns let one learning rate serve all.
    model : str or Model
        A name for `make_model`, or a model.
    epochs, batch_size, learning_rate, l2
        As in `train_locally`.
    seed : int
    hidden : int
        Hidden units, if the model is "network".

    Raises
    ------
    ArgumentError
        The table has no labels, or an argument is out of its range.
    Diverged
        The steps are too large: the weights grew beyond all numbers.
    """
    if getattr(dataset, "labels", None) is None:
        raise ArgumentError("Training needs a table with labels.", "Give a Dataset that has labels.")
    if isinstance(model, str):
        model = make_model(model, len(dataset.columns), len(dataset.classes), hidden)
    rng = np.random.default_rng(seed)
    weights = train_locally(
        model, model.start(rng), dataset.features, dataset.labels,
        epochs=epochs, batch_size=batch_size, learning_rate=learning_rate, l2=l2, rng=rng,
    )  # fmt: skip
    return TrainedModel(model, weights)


def _batches(rows: int, batch_size: int | None, rng: np.random.Generator | None) -> Iterator[Any]:
    if batch_size is None or batch_size >= rows:
        yield slice(None)
        return
    if rng is None:
        raise ArgumentError("Batches are drawn at random, and rng was None.", "Pass rng=np.random.default_rng(seed).")
    order = rng.permutation(rows)
    for begin in range(0, rows, batch_size):
        yield order[begin : begin + batch_size]


def _check_finite(weights: Array, learning_rate: float) -> None:
    if not np.isfinite(weights).all():
        raise Diverged(
            f"Training ran away: with learning_rate={learning_rate:g} the weights grew beyond all numbers.",
            "Lower the learning rate, or standardise the columns first.",
        )


def check_settings(epochs: int, batch_size: int | None, learning_rate: float, l2: float) -> None:
    """Refuse settings of gradient descent that are out of their range.

    >>> check_settings(epochs=1, batch_size=None, learning_rate=0.5, l2=0.0)

    Raises
    ------
    ArgumentError
        One of them is.
    """
    for name, number in (("learning_rate", learning_rate), ("l2", l2)):
        if not isinstance(number, Real) or isinstance(number, bool):
            raise ArgumentError(f"{name} is a number, and was {number!r}.", "Start with 0.1.")
    for name, count in (("epochs", epochs), ("batch_size", batch_size)):
        if count is None and name == "batch_size":
            continue
        if not is_whole(count, 1):
            raise ArgumentError(f"{name} is a whole number, at least 1, and was {count!r}.", f"Use {name}=1 or more.")
    if not math.isfinite(learning_rate) or learning_rate <= 0:
        raise ArgumentError(f"learning_rate is above 0, and was {learning_rate!r}.", "Start with 0.1.")
    if not math.isfinite(l2) or l2 < 0:
        raise ArgumentError(f"l2 is 0 or more, and was {l2!r}.", "Use 0 for no penalty.")

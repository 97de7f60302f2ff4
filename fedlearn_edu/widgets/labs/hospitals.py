"""Chapter 04's hospitals, and what becomes of them in the clear: all parties trained at once, as one NumPy array.

>>> rooms = Rooms()
>>> room = rooms.room("breast_cancer", parties=4, skew=0.5)
>>> preview = in_the_clear(room, rounds=3, local_epochs=5)
>>> preview.federated.shape                          # rounds, weights
(3, 31)

The preview follows each of the lab's knobs within some milliseconds, because the hospitals' tables are padded to one
length and stacked: one matrix product trains them all. It computes the same numbers as `fedavg` under `plain_sum`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from ...data.datasets import Dataset, load
from ...data.partition import split_rows, split_train_test
from ...data.party import Party, Scaling
from ...learning.models import Model, make_model
from ...learning.one_core import on_one_core
from .phones import answering

SEED, L2 = 3, 0.01
EXAM_SHARE = 0.8  # most rows are kept for the exam: hospitals with few records are the point
LEARNING_RATE = {"breast_cancer": 0.5, "digits": 1.0}
MODEL = {"breast_cancer": "logistic", "digits": "softmax"}
MOST_ALONE = 12  # of a hundred phones so many are shown alone


@dataclass(frozen=True, eq=False)
class Room:
    """Who holds what: the parties' rows, all rows together (nobody has them), the exam, the model."""

    parties: tuple[Party, ...]
    everyone: Dataset
    exam: Dataset
    model: Model
    learning_rate: float
    seats: int | None = None  # how many answer in a round; None: all

    @property
    def rows(self) -> np.ndarray:
        """n_k, shape (K,)."""
        return np.array([rows_of(party).rows for party in self.parties])

    @property
    def counts(self) -> np.ndarray:
        """Rows by party and class, shape (K, c)."""
        classes = len(self.everyone.classes)
        return np.array([np.bincount(labels_of(rows_of(party)), minlength=classes) for party in self.parties])

    def answering(self, round: int) -> list[int]:
        """The places of the parties whose update arrives in a round."""
        places = range(len(self.parties))
        return list(places) if self.seats is None else answering(len(self.parties), self.seats, round)


def rows_of(party: Party) -> Dataset:
    """What a party holds; in a room everybody holds something."""
    assert party.data is not None
    return party.data


def labels_of(data: Dataset) -> np.ndarray:
    """The labels of a table that has some."""
    assert data.labels is not None
    return data.labels


class Rooms:
    """Deals rooms, and remembers the last few; each lab has its own."""

    def __init__(self) -> None:
        self._scaled = lru_cache(maxsize=4)(scaled)
        self.room = lru_cache(maxsize=32)(self._deal)

    def _deal(self, data: str, parties: int, skew: float, seats: int | None = None) -> Room:
        train, exam = self._scaled(data)
        name = "hospital" if seats is None else "phone"
        dealt = split_rows(train, parties, skew, SEED, name=name, missing_classes="allow")
        model = make_model(MODEL[data], len(train.columns), len(train.classes))
        return Room(tuple(dealt), train, exam, model, LEARNING_RATE[data], seats)


def scaled(data: str) -> tuple[Dataset, Dataset]:
    """Training rows and exam, standardised as `standardise` would do it through sums; pixels are divided by 16."""
    train, exam = split_train_test(load(data), seed=SEED, test_share=EXAM_SHARE)
    scaling = Scaling(train.features.mean(axis=0), train.features.std(axis=0))
    if data == "digits":
        scaling = Scaling(np.zeros(64), np.full(64, 16.0))  # the range of a pixel is public: nothing to agree on
        exam = exam.take(range(0, exam.rows, 4))  # 360 images are exam enough, and quick to mark
    return scaling.apply(train), scaling.apply(exam)


@dataclass(frozen=True, eq=False)
class Preview:
    """Every curve of the lab, computed in the clear. R rounds, p weights, A parties shown alone.

    Parameters
    ----------
    federated, pooled : (R, p); weights after each round (pooled: after as many passes)
    alone : (A, R, p)
    uploads : (R, K, p); what each party would upload in each round
    """

    room: Room
    federated: np.ndarray
    pooled: np.ndarray
    alone: np.ndarray
    uploads: np.ndarray
    scores: Mapping[str, Any] = field(repr=False)

    @cached_property
    def loss(self) -> dict[str, np.ndarray]:
        """Over all rows after each round, (R,) each; computed when it is asked for."""
        return {"federated": losses(self.room, self.federated), "pooled": losses(self.room, self.pooled)}

    @property
    def distance(self) -> np.ndarray:
        """‖W − W_pooled‖ after each round, (R,)."""
        return np.asarray(np.linalg.norm(self.federated - self.pooled, axis=1))


def in_the_clear(room: Room, rounds: int, local_epochs: int, drop: tuple[int, int] | None = None) -> Preview:
    """Federated, alone and pooled training of a room.

    Parameters
    ----------
    drop : (place of a party, the round in which its upload first stays out), or None
    """
    stack, few = Stack.of(room.parties, room.everyone), min(len(room.parties), MOST_ALONE)
    own, whole = stack.first(few), Stack.of([Party("all", room.everyone)], room.everyone)
    rate, weights = room.learning_rate, room.model.start(np.random.default_rng(0))
    common, alone, pooled = weights, np.tile(weights, (few, 1)), weights[None]
    kept: dict[str, list[np.ndarray]] = {"federated": [], "uploads": [], "alone": [], "pooled": []}
    for t in range(1, rounds + 1):
        trained = stack.train(np.tile(common, (len(room.parties), 1)), local_epochs, rate)  # (K, p)
        here = [k for k in room.answering(t) if drop is None or k != drop[0] or t < drop[1]]
        share = room.rows[here] / room.rows[here].sum()  # n_k/n of those who answer
        common = share @ trained[here]  # Σ (n_k/n) W_k
        alone, pooled = own.train(alone, local_epochs, rate), whole.train(pooled, local_epochs, rate)
        for name, value in {"federated": common, "uploads": trained, "alone": alone, "pooled": pooled[0]}.items():
            kept[name].append(value)
    found = {name: np.array(values) for name, values in kept.items()}
    found["alone"] = found["alone"].swapaxes(0, 1)  # (R, A, p) → (A, R, p)
    scores = {name: scored(room, found[name]) for name in ("federated", "pooled", "alone")}
    return Preview(room, **found, scores=scores)


@dataclass(frozen=True, eq=False)
class Stack:
    """Several tables as one array, padded with empty rows. One column of scores stands for two classes: c = 1."""

    X: np.ndarray  # (K, n, p)
    across: np.ndarray  # (K, p, n), the same turned over and laid out for a quick product
    targets: np.ndarray  # (K, c, n) ones and zeros
    share: np.ndarray  # (K, 1, n): 1/n_k in a real row, 0 elsewhere

    @classmethod
    def of(cls, parties: Sequence[Party], everyone: Dataset) -> Stack:
        """Stack the parties' rows."""
        longest, K = max(rows_of(party).rows for party in parties), len(parties)
        classes = score_columns(everyone)
        X, targets = np.zeros((K, longest, len(everyone.columns))), np.zeros((K, classes, longest))
        share = np.zeros((K, 1, longest))
        for k, party in enumerate(parties):
            data = rows_of(party)
            n, labels = data.rows, labels_of(data)
            X[k, :n], share[k, 0, :n] = data.features, 1.0 / n
            targets[k, :, :n] = labels if classes == 1 else np.eye(classes)[:, labels]
        return cls(X, np.ascontiguousarray(X.swapaxes(1, 2)), targets, share)

    def first(self, count: int) -> Stack:
        """The first few tables alone."""
        return Stack(self.X[:count], self.across[:count], self.targets[:count], self.share[:count])

    def train(self, weights: np.ndarray, epochs: int, rate: float) -> np.ndarray:
        """Full-batch steps at every party at once, (K, p) → (K, p): w ← w − rate · ∇loss."""
        K, c, _ = self.targets.shape
        W, b = np.split(weights, [weights.shape[1] - c], axis=1)
        W, b = W.reshape(K, c, -1), b[:, :, None]  # (K, c, p), (K, c, 1)
        with on_one_core():
            for _ in range(epochs):
                D = (squashed(W @ self.across + b) - self.targets) * self.share  # ∂loss/∂Z, (K, c, n)
                W, b = W - rate * (D @ self.X + L2 * W), b - rate * D.sum(axis=2, keepdims=True)
        return np.concatenate([W.reshape(K, -1), b[:, :, 0]], axis=1)


def score_columns(data: Dataset) -> int:
    """c, the columns of scores: one for two classes, else one for each."""
    return 1 if len(data.classes) == 2 else len(data.classes)


def squashed(Z: np.ndarray) -> np.ndarray:
    """Probabilities from scores (K, c, n): σ(Z) when c = 1, else softmax over the classes."""
    if Z.shape[1] == 1:
        return 0.5 * (1.0 + np.tanh(0.5 * Z))  # σ(z), without overflow
    powers = np.exp(Z - Z.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def scores_of(data: Dataset, weights: np.ndarray) -> np.ndarray:
    """Z for many weight vectors: (M, p) → (M, c, N).

    One small product for each vector: a large one would be cut into threads, which costs more than it gains here.
    """
    classes = score_columns(data)
    W, b = np.split(weights, [weights.shape[1] - classes], axis=1)
    return np.asarray(W.reshape(len(weights), classes, -1) @ data.features.T + b[:, :, None])


def scored(room: Room, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Accuracy, and recall by class, on the exam; for weights of any shape (…, p)."""
    flat = weights.reshape(-1, weights.shape[-1])
    Z = scores_of(room.exam, flat)
    called = (Z[:, 0] > 0).astype(int) if Z.shape[1] == 1 else Z.argmax(axis=1)  # (M, N)
    right = called == room.exam.labels
    recall = np.stack([right[:, room.exam.labels == c].mean(axis=1) for c in range(len(room.exam.classes))], axis=1)
    shape = weights.shape[:-1]
    return {"accuracy": right.mean(axis=1).reshape(shape), "recall": recall.reshape(*shape, -1)}


def losses(room: Room, weights: np.ndarray) -> np.ndarray:
    """The loss over all rows after each round, penalty included; (R, p) → (R,)."""
    everyone, model = room.everyone, room.model
    return np.array([model.loss(w, everyone.features, labels_of(everyone), L2) for w in weights])


def guesses(rooms: Rooms, data: str, skew: float, local_epochs: int, most: int) -> list[float]:
    """How far hospital 1's guess at the last hospital is off in round 1, for 2, 3, … hospitals: ‖guess − W‖ / ‖W‖."""
    found = []
    for parties in range(2, most + 1):
        room = rooms.room(data, parties, skew)
        start = np.tile(room.model.start(np.random.default_rng(0)), (parties, 1))
        trained = Stack.of(room.parties, room.everyone).train(start, local_epochs, room.learning_rate)
        found.append(error_of(crowd(trained, room.rows), trained[-1]))
    return found


def crowd(trained: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """What is left of the mean when hospital 1 takes its own part out: the mean of the others."""
    return np.asarray(rows[1:] @ trained[1:] / rows[1:].sum())


def error_of(guess: np.ndarray, truth: np.ndarray) -> float:
    """‖guess − truth‖ / ‖truth‖."""
    return float(np.linalg.norm(guess - truth) / max(float(np.linalg.norm(truth)), 1e-12))

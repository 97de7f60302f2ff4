"""What a party does with a model and its own rows, for every protocol that brings a model to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..learning.models import Model, TrainedModel
from ..learning.training import LocalTraining, train_locally

if TYPE_CHECKING:
    from ..data.datasets import Dataset


def seeded_start(_: Dataset, model: Model, seed: int) -> np.ndarray:
    return model.start(np.random.default_rng(seed))


def train(data: Dataset, weights: np.ndarray, model: Model, training: LocalTraining, *turn: int) -> np.ndarray:
    """W ← W − η·∇loss, on these rows alone; every turn draws its batches with randomness of its own."""
    return train_locally(
        model, weights, data.features, np.asarray(data.labels),
        epochs=training.local_epochs, batch_size=training.batch_size, learning_rate=training.learning_rate,
        l2=training.l2, rng=np.random.default_rng([training.seed, *turn]),
    )  # fmt: skip


def own_loss(data: Dataset, weights: np.ndarray, model: Model, l2: float) -> float:
    return float(model.loss(weights, data.features, np.asarray(data.labels), l2))


def keep(_: Dataset, weights: np.ndarray, model: Model) -> TrainedModel:
    return TrainedModel(model, weights)

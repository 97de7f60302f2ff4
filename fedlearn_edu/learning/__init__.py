"""Floor 0: models and their training in plain NumPy; knows no parties and no encryption."""

from .metrics import accuracy, auc, log_loss, mean_squared_error, missed, recall
from .models import (
    LinearRegression,
    LogisticRegression,
    Model,
    SmallNetwork,
    SoftmaxRegression,
    TrainedModel,
    make_model,
)
from .training import train_locally, train_pooled

__all__ = [
    "LinearRegression",
    "LogisticRegression",
    "Model",
    "SmallNetwork",
    "SoftmaxRegression",
    "TrainedModel",
    "accuracy",
    "auc",
    "log_loss",
    "make_model",
    "mean_squared_error",
    "missed",
    "recall",
    "train_locally",
    "train_pooled",
]

"""Models as plain functions of one flat vector of weights, so that parties can average and encrypt vectors.

>>> import numpy as np
>>> from fedlearn_edu.learning import make_model
>>> model = make_model("logistic", columns=2, classes=2)
>>> X, y = np.array([[0.0, 1.0], [2.0, 0.0]]), np.array([0, 1])
>>> weights = model.start(np.random.default_rng(0))
>>> weights                                           # two weights, then the intercept
array([0., 0., 0.])
>>> float(model.loss(weights, X, y))                  # log 2: it knows nothing yet
0.6931471805599453
>>> model.gradient(weights, X, y)
array([-0.5 ,  0.25,  0.  ])

Every model shares one interface, `Model`. Shapes: N rows, p columns, c classes, h hidden units. The loss is a *mean*
over rows plus l2/2 · ‖weights‖², intercepts free; so the gradient on pooled rows is the mean of the parties' gradients,
weighted by their row shares n_k/n. The layout of the vector is public: all weights first, then all intercepts.

References
----------
C. M. Bishop, Pattern Recognition and Machine Learning, Springer 2006, chapters 4 and 5.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Protocol
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from ..arguments import is_whole
from ..errors import ArgumentError, DataError

Array = npt.NDArray[np.float64]


class Model(Protocol):
    """What every model can do. `X` is an (N, p) array, or anything with such an array as `.features`."""

    @property
    def name(self) -> str:
        """The word that `make_model` knows it by."""

    @property
    def columns(self) -> int:
        """p, the number of features."""

    @property
    def size(self) -> int:
        """The length of the weight vector."""

    def start(self, rng: np.random.Generator) -> Array:
        """Where training starts, (size,): zeros, or small random numbers where zeros would never move."""

    def loss(self, weights: Array, X: npt.ArrayLike, y: npt.ArrayLike, l2: float = 0.0) -> float:
        """Compute the mean loss over the rows, plus l2/2 · ‖weights without intercepts‖²."""

    def gradient(self, weights: Array, X: npt.ArrayLike, y: npt.ArrayLike, l2: float = 0.0) -> Array:
        """Compute the gradient of `loss`, (size,)."""

    def scores(self, weights: Array, X: npt.ArrayLike) -> Array:
        """Before the last squashing: (N,) for linear and logistic, (N, c) for the others."""

    def probabilities(self, weights: Array, X: npt.ArrayLike) -> Array:
        """One column for each class, rows sum to one: (N, c)."""

    def predict(self, weights: Array, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """Give the class index of each row, (N,) int64; for linear regression the number itself."""

    def unpack(self, weights: Array) -> dict[str, Array]:
        """Cut the vector into its parts, by name; views, not copies."""


@dataclass(frozen=True)
class _LinearScore:
    """What linear and logistic regression share: z = Xw + b, one weight for each column, and an intercept."""

    columns: int

    def __post_init__(self) -> None:
        _check_counts(columns=(self.columns, 1))

    @property
    def size(self) -> int:
        return self.columns + 1

    def start(self, rng: np.random.Generator) -> Array:
        return np.zeros(self.size)

    def scores(self, weights: Array, X: npt.ArrayLike) -> Array:
        part = self.unpack(weights)
        return _features(X, self.columns) @ part["w"] + part["b"]  # z = Xw + b, (N,)

    def unpack(self, weights: Array) -> dict[str, Array]:
        return _cut(weights, w=(self.columns,), b=())


@dataclass(frozen=True)
class LinearRegression(_LinearScore):
    """A number from columns: z = Xw + b, loss ½ · mean (z − y)².

    >>> model = LinearRegression(columns=2)
    >>> model.predict(np.array([1.0, 10.0, 0.5]), [[3.0, 2.0]])
    array([23.5])

    Layout: w (p,), b ().
    """

    name: ClassVar[str] = "linear"

    def loss(self, weights: Array, X: npt.ArrayLike, y: npt.ArrayLike, l2: float = 0.0) -> float:
        z = self.scores(weights, X)
        d = z - _targets(y, len(z))  # (N,)
        return float(0.5 * np.mean(d**2)) + _penalty(weights, self.columns, l2)  # ½·mean d² + l2/2·‖w‖²

    def gradient(self, weights: Array, X: npt.ArrayLike, y: npt.ArrayLike, l2: float = 0.0) -> Array:
        X, z = _features(X, self.columns), self.scores(weights, X)
        d = z - _targets(y, len(z))  # (N,)
        return _with_penalty([X.T @ d / len(d), np.mean(d)], weights, self.columns, l2)  # Xᵀd/N, mean d

    def probabilities(self, weights: Array, X: npt.ArrayLike) -> Array:
        raise ArgumentError("Linear regression predicts a number, not probabilities.", "Use scores or predict.")

    def predict(self, weights: Array, X: npt.ArrayLike) -> Array:
        return self.scores(weights, X)


@dataclass(frozen=True)
class LogisticRegression(_LinearScore):
    """Two classes: z = Xw + b, P(1) = σ(z), loss mean (log(1 + eᶻ) − y·z).

    >>> model = LogisticRegression(columns=1)
    >>> model.probabilities(np.array([2.0, 0.0]), [[0.0], [3.0]]).round(3)
    array([[0.5  , 0.5  ],
           [0.002, 0.998]])

    Layout: w (p,), b ().
    """

    name: ClassVar[str] = "logistic"
    classes: ClassVar[int] = 2

    def loss(self, weights: Array, X: npt.ArrayLike, y: npt.ArrayLike, l2: float = 0.0) -> float:
        z = self.scores(weights, X)
        y = _class_labels(y, len(z), 2)
        each = np.logaddexp(0.0, z) - y * z  # log(1 + eᶻ) − y·z, (N,)
        return float(np.mean(each)) + _penalty(weights, self.columns, l2)

    def gradient(self, weights: Array, X: npt.ArrayLike, y: npt.ArrayLike, l2: float = 0.0) -> Array:
        X, z = _features(X, self.columns), self.scores(weights, X)
        d = _sigmoid(z) - _class_labels(y, len(z), 2)  # σ(z) − y, (N,)
        return _with_penalty([X.T @ d / len(d), np.mean(d)], weights, self.columns, l2)  # Xᵀd/N, mean d

    def probabilities(self, weights: Array, X: npt.ArrayLike) -> Array:
        z = self.scores(weights, X)
        return np.stack([_sigmoid(-z), _sigmoid(z)], axis=1)  # 1 − σ(z) = σ(−z), (N, 2)

    def predict(self, weights: Array, X: npt.ArrayLike) -> npt.NDArray[np.int64]:
        return (self.scores(weights, X) > 0).astype(np.int64)


@dataclass(frozen=True)
class SoftmaxRegression:
    """Several classes: Z = XWᵀ + b, P = softmax(Z), loss mean (log Σ eᶻ − z_y).

    >>> model = SoftmaxRegression(columns=64, classes=10)
    >>> {name: part.shape for name, part in model.unpack(np.zeros(model.size)).items()}
    {'W': (10, 64), 'b': (10,)}

    Layout: W (c, p) row by row, b (c,). Row k of W has one weight for each pixel: it can be looked at as a picture.
    """

    columns: int
    classes: int
    name: ClassVar[str] = "softmax"

    def __post_init__(self) -> None:
        _check_counts(columns=(self.columns, 1), classes=(self.classes, 2))

    @property
    def size(self) -> int:
        return self.classes * self.columns + self.classes

    def start(self, rng: np.random.Generator) -> Array:
        return np.zeros(self.size)

    def loss(self, weights: Array, X: npt.ArrayLike, y: npt.ArrayLike, l2: float = 0.0) -> float:
        return _cross_entropy(self.scores(weights, X), y) + _penalty(weights, self.classes * self.columns, l2)

    def gradient(self, weights: Array, X: npt.ArrayLike, y: npt.ArrayLike, l2: float = 0.0) -> Array:
        X = _features(X, self.columns)
        D = _cross_entropy_slope(self.scores(weights, X), y)  # ∂loss/∂Z, (N, c)
        return _with_penalty([D.T @ X, D.sum(axis=0)], weights, self.classes * self.columns, l2)  # DᵀX, Σ D

    def scores(self, weights: Array, X: npt.ArrayLike) -> Array:
        part = self.unpack(weights)
        return _features(X, self.columns) @ part["W"].T + part["b"]  # Z = XWᵀ + b, (N, c)

    def probabilities(self, weights: Array, X: npt.ArrayLike) -> Array:
        return _softmax(self.scores(weights, X))

    def predict(self, weights: Array, X: npt.ArrayLike) -> npt.NDArray[np.int64]:
        return _most_likely(self.scores(weights, X))

    def unpack(self, weights: Array) -> dict[str, Array]:
        return _cut(weights, W=(self.classes, self.columns), b=(self.classes,))


@dataclass(frozen=True)
class SmallNetwork:
    """One hidden layer: H = tanh(XW1ᵀ + b1), Z = HW2ᵀ + b2, P = softmax(Z), loss as for softmax regression.

    >>> model = SmallNetwork(columns=64, hidden=16, classes=10)
    >>> {name: part.shape for name, part in model.unpack(np.zeros(model.size)).items()}
    {'W1': (16, 64), 'W2': (10, 16), 'b1': (16,), 'b2': (10,)}

    The layout is that of `unpack`. It starts at small random weights: from zeros all hidden units would stay alike
    for ever.
    """

    columns: int
    hidden: int
    classes: int
    name: ClassVar[str] = "network"

    def __post_init__(self) -> None:
        _check_counts(columns=(self.columns, 1), hidden=(self.hidden, 1), classes=(self.classes, 2))

    @property
    def size(self) -> int:
        return self._penalised + self.hidden + self.classes

    @property
    def _penalised(self) -> int:
        return self.hidden * self.columns + self.classes * self.hidden

    def start(self, rng: np.random.Generator) -> Array:
        # Variance 1/inputs keeps tanh where it bends: neither flat nor a straight line.
        W1 = rng.standard_normal(self.hidden * self.columns) / np.sqrt(self.columns)
        W2 = rng.standard_normal(self.classes * self.hidden) / np.sqrt(self.hidden)
        return np.concatenate([W1, W2, np.zeros(self.hidden + self.classes)])

    def loss(self, weights: Array, X: npt.ArrayLike, y: npt.ArrayLike, l2: float = 0.0) -> float:
        return _cross_entropy(self.scores(weights, X), y) + _penalty(weights, self._penalised, l2)

    def gradient(self, weights: Array, X: npt.ArrayLike, y: npt.ArrayLike, l2: float = 0.0) -> Array:
        X, H, part = _features(X, self.columns), self.hidden_values(weights, X), self.unpack(weights)
        D = _cross_entropy_slope(H @ part["W2"].T + part["b2"], y)  # ∂loss/∂Z, (N, c)
        E = (D @ part["W2"]) * (1 - H**2)  # tanh' = 1 − tanh², (N, h)
        return _with_penalty([E.T @ X, D.T @ H, E.sum(axis=0), D.sum(axis=0)], weights, self._penalised, l2)

    def hidden_values(self, weights: Array, X: npt.ArrayLike) -> Array:
        """Show what the hidden layer makes of each row, (N, h)."""
        part = self.unpack(weights)
        return np.tanh(_features(X, self.columns) @ part["W1"].T + part["b1"])  # H = tanh(XW1ᵀ + b1)

    def scores(self, weights: Array, X: npt.ArrayLike) -> Array:
        part = self.unpack(weights)
        return self.hidden_values(weights, X) @ part["W2"].T + part["b2"]  # Z = HW2ᵀ + b2, (N, c)

    def probabilities(self, weights: Array, X: npt.ArrayLike) -> Array:
        return _softmax(self.scores(weights, X))

    def predict(self, weights: Array, X: npt.ArrayLike) -> npt.NDArray[np.int64]:
        return _most_likely(self.scores(weights, X))

    def unpack(self, weights: Array) -> dict[str, Array]:
        p, h, c = self.columns, self.hidden, self.classes
        return _cut(weights, W1=(h, p), W2=(c, h), b1=(h,), b2=(c,))


def features_of(X: Any) -> Array:
    """The numbers of a table with `.features`, or of an array as it stands.

    >>> features_of([[1, 2]])
    array([[1., 2.]])
    """
    return np.asarray(getattr(X, "features", X), dtype=np.float64)


def make_model(name: str, columns: int, classes: int, hidden: int = 16) -> Model:
    """A model by its name.

    >>> make_model("softmax", columns=64, classes=10)
    SoftmaxRegression(columns=64, classes=10)

    Parameters
    ----------
    name : "linear", "logistic", "softmax" or "network"
    columns, classes : int
        Numbers of features and of classes; linear regression has no use for the second.
    hidden : int
        Hidden units; for the network only.

    Raises
    ------
    ArgumentError
        There is no such model, or it is not for that many classes.
    """
    if name == "linear":
        return LinearRegression(columns)
    if name == "logistic":
        if classes != 2:
            raise ArgumentError(f"Logistic regression tells 2 classes apart, not {classes}.", 'Use model="softmax".')
        return LogisticRegression(columns)
    if name == "softmax":
        return SoftmaxRegression(columns, classes)
    if name == "network":
        return SmallNetwork(columns, hidden, classes)
    raise ArgumentError(f"There is no model {name!r}.", "Use one of: linear, logistic, softmax, network.")


def fitting_model(model: str | Model, columns: int, classes: int, hidden: int = 16) -> Model:
    """A model by its name, or one that is at hand, if it fits a table of that many columns.

    >>> fitting_model("logistic", 30, 2), fitting_model(SoftmaxRegression(64, 10), 64, 10)
    (LogisticRegression(columns=30), SoftmaxRegression(columns=64, classes=10))

    Raises
    ------
    ArgumentError
        It is no model, or does not fit.
    """
    fitting = make_model(model, columns, classes, hidden) if isinstance(model, str) else model
    if not callable(getattr(fitting, "gradient", None)):
        raise ArgumentError(f"model was {model!r}.", 'Use a name, as in model="softmax", or a model of learning.')
    if fitting.columns != columns:
        raise ArgumentError(f"The model has {fitting.columns} columns, and the tables {columns}.", "Match them.")
    return fitting


@dataclass(frozen=True, eq=False, repr=False)
class TrainedModel:
    """A model together with its weights; `X` is an (N, p) array or a table with `.features`.

    >>> trained = TrainedModel(LogisticRegression(columns=1), np.array([2.0, -1.0]))
    >>> trained
    TrainedModel(logistic, 1 columns, 2 weights)
    >>> trained.predict([[0.0], [3.0]])
    array([0, 1])

    Parameters
    ----------
    model : Model
    weights : (model.size,) array
        Copied and made read-only.

    Raises
    ------
    ArgumentError
        The weights, or later the columns of `X`, are not as many as the model's.
    """

    model: Model
    weights: Array

    def __post_init__(self) -> None:
        weights = np.array(self.weights, dtype=np.float64)
        _check_weights(weights, self.model.size)
        weights.flags.writeable = False
        object.__setattr__(self, "weights", weights)

    def __repr__(self) -> str:
        return f"TrainedModel({self.model.name}, {self.model.columns} columns, {self.model.size} weights)"

    def scores(self, X: Any) -> Array:
        """Before the last squashing: (N,) or (N, c)."""
        return self.model.scores(self.weights, X)

    def probabilities(self, X: Any) -> Array:
        """One column for each class, (N, c)."""
        return self.model.probabilities(self.weights, X)

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Give the class index of each row, (N,); for linear regression the number itself."""
        return self.model.predict(self.weights, X)

    def accuracy(self, dataset: Any) -> float:
        """Give the share of rows of a labelled table whose class is predicted right."""
        if self.model.name == "linear":
            raise ArgumentError(
                "Linear regression predicts numbers, which are never exactly right.",
                "Use mean_squared_error, or auc for its scores.",
            )
        if getattr(dataset, "labels", None) is None:
            raise ArgumentError("Accuracy needs a table with labels.", "Give a Dataset that has labels.")
        return float(np.mean(self.predict(dataset) == dataset.labels))

    def with_weights(self, weights: npt.ArrayLike) -> TrainedModel:
        """Put other weights into the same model."""
        return TrainedModel(self.model, np.asarray(weights, dtype=np.float64))

    def save(self, path: str | PathLike[str]) -> None:
        """Written under exactly this path, in NumPy's npz format; to the last bit, and with no code inside (no pickle).

        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "model.npz"
        ...     TrainedModel(LinearRegression(columns=1), np.array([2.0, 1.0])).save(path)
        ...     TrainedModel.load(path).predict([[10.0]])
        array([21.])
        """
        with Path(path).open("wb") as file:  # given a path, savez would add ".npz" to some names and not to others
            np.savez(
                file,
                model=np.array(self.model.name),
                sizes=np.array(json.dumps(_sizes(self.model))),
                weights=self.weights,
            )

    @classmethod
    def load(cls, path: str | PathLike[str]) -> TrainedModel:
        """Read what `save` wrote.

        Raises
        ------
        DataError
            There is no such file, or it is not a saved model.
        """
        try:
            with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as parts:
                model = _KINDS[str(parts["model"])](**json.loads(str(parts["sizes"])))
                return cls(model, parts["weights"])
        except FileNotFoundError:
            raise DataError(
                f"There is no file {Path(path)}.", "Check the path; save writes no ending of its own."
            ) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, BadZipFile) as error:
            raise DataError(f"{Path(path).name} is not a saved model: {error}", "Use a file that save wrote.") from None


_KINDS: dict[str, Any] = {
    kind.name: kind for kind in (LinearRegression, LogisticRegression, SoftmaxRegression, SmallNetwork)
}


def _sizes(model: Any) -> dict[str, int]:
    return asdict(model)


def _most_likely(Z: Array) -> npt.NDArray[np.int64]:
    return np.asarray(np.argmax(Z, axis=1), dtype=np.int64)  # (N,)


def _sigmoid(z: Array) -> Array:
    return np.exp(-np.logaddexp(0.0, -z))  # σ(z) = 1 / (1 + e⁻ᶻ), without overflow


def _softmax(Z: Array) -> Array:
    return np.exp(Z - np.logaddexp.reduce(Z, axis=1, keepdims=True))  # eᶻ / Σ eᶻ, (N, c)


def _cross_entropy(Z: Array, y: npt.ArrayLike) -> float:
    y = _class_labels(y, *Z.shape)
    return float(np.mean(np.logaddexp.reduce(Z, axis=1) - Z[np.arange(len(Z)), y]))  # mean (log Σ eᶻ − z_y)


def _cross_entropy_slope(Z: Array, y: npt.ArrayLike) -> Array:
    D = _softmax(Z)
    D[np.arange(len(Z)), _class_labels(y, *Z.shape)] -= 1  # P − Y, Y one-hot, (N, c)
    return D / len(Z)


def _penalty(weights: Array, count: int, l2: float) -> float:
    w = np.asarray(weights)[:count]
    return float(0.5 * l2 * (w @ w))  # l2/2 · ‖w‖²


def _with_penalty(parts: list[Any], weights: Array, count: int, l2: float) -> Array:
    gradient = np.concatenate([np.ravel(part) for part in parts])  # (size,)
    gradient[:count] += l2 * np.asarray(weights)[:count]
    return gradient


def _cut(weights: Array, **shapes: tuple[int, ...]) -> dict[str, Array]:
    lengths = [int(np.prod(shape)) for shape in shapes.values()]
    weights = np.asarray(weights, dtype=np.float64)
    _check_weights(weights, sum(lengths))
    parts = np.split(weights, np.cumsum(lengths)[:-1])
    return {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}


def _features(X: Any, columns: int) -> Array:
    table = features_of(X)
    if table.ndim != 2 or table.shape[1] != columns:
        raise ArgumentError(
            f"The model is for {columns} columns, and X has the shape {table.shape}.",
            f"Give an array of shape (rows, {columns}), or a table with these columns.",
        )
    return table


def _targets(y: npt.ArrayLike, rows: int) -> Array:
    y = np.asarray(y, dtype=np.float64)
    if y.shape != (rows,) or rows == 0:
        raise ArgumentError(
            f"There are {rows} rows, and y has the shape {y.shape}.", "Give one y for each row, and a row."
        )
    return y


def _class_labels(y: npt.ArrayLike, rows: int, classes: int) -> npt.NDArray[np.int64]:
    y = _targets(y, rows)
    labels = y.astype(np.int64)
    if not (np.array_equal(labels, y) and labels.min() >= 0 and labels.max() < classes):
        raise ArgumentError(
            f"y holds other things than the class numbers 0 to {classes - 1}.",
            "Use each label's index among the classes.",
        )
    return labels


def _check_weights(weights: Array, size: int) -> None:
    if weights.shape != (size,):
        raise ArgumentError(
            f"The model has {size} weights, and the vector has the shape {weights.shape}.",
            f"Give a vector of {size} numbers, weights first, then intercepts.",
        )


def _check_counts(**counts: tuple[int, int]) -> None:
    for name, (count, least) in counts.items():
        if not is_whole(count, least):
            raise ArgumentError(f"{name} is a whole number, at least {least}, and was {count!r}.", f"Count the {name}.")

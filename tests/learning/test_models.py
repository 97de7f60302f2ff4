"""Models: gradients are derivatives, shares add up to the whole, and scikit-learn agrees."""

import os
import re

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from fedlearn_edu.data import Scaling, load
from fedlearn_edu.errors import ArgumentError, DataError
from fedlearn_edu.learning import (
    LinearRegression,
    LogisticRegression,
    SmallNetwork,
    SoftmaxRegression,
    TrainedModel,
    make_model,
    train_locally,
)

MODELS = [LinearRegression(3), LogisticRegression(3), SoftmaxRegression(3, 4), SmallNetwork(3, 5, 4)]
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


def rows_for(model, rng, rows=12):
    X = rng.normal(size=(rows, model.columns))
    if model.name == "linear":
        return X, rng.normal(size=rows)
    return X, rng.integers(0, model.classes, size=rows)


def weights_for(model, rng):
    return rng.normal(size=model.size)


def standardised(name):
    table = load(name)
    return Scaling(table.features.mean(axis=0), table.features.std(axis=0)).apply(table)


# ---- loss and gradient


@each_model
@given(seed=st.integers(0, 2**32), l2=st.sampled_from([0.0, 0.3]))
@settings(max_examples=25, deadline=None)
def test_the_gradient_is_the_slope_of_the_loss(model, seed, l2):
    rng = np.random.default_rng(seed)
    (X, y), w, h = rows_for(model, rng), weights_for(model, rng), 1e-5
    steps = h * np.eye(model.size)
    slope = [(model.loss(w + e, X, y, l2) - model.loss(w - e, X, y, l2)) / (2 * h) for e in steps]
    assert np.allclose(model.gradient(w, X, y, l2), slope, rtol=1e-5, atol=1e-7)


@each_model
@given(seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_the_parties_gradients_weighted_by_row_shares_are_the_pooled_gradient(model, seed):
    rng = np.random.default_rng(seed)
    (X, y), w = rows_for(model, rng, rows=20), weights_for(model, rng)
    hands = np.split(np.arange(20), [2, 9])  # three parties with 2, 7 and 11 rows
    mean = sum(len(rows) / 20 * model.gradient(w, X[rows], y[rows], 0.1) for rows in hands)
    assert np.allclose(mean, model.gradient(w, X, y, 0.1), rtol=1e-12, atol=1e-14)
    unweighted = sum(model.gradient(w, X[rows], y[rows], 0.1) for rows in hands) / 3
    assert not np.allclose(unweighted, model.gradient(w, X, y, 0.1), rtol=1e-6)


@each_model
def test_the_penalty_spares_the_intercepts(model):
    rng = np.random.default_rng(0)
    (X, y), w = rows_for(model, rng), weights_for(model, rng)
    only_intercepts = {name: part for name, part in model.unpack(np.arange(model.size)).items() if name[0] == "b"}
    free = np.concatenate([np.ravel(part) for part in only_intercepts.values()]).astype(int)
    difference = model.gradient(w, X, y, 0.7) - model.gradient(w, X, y)
    expected = 0.7 * w
    expected[free] = 0
    assert np.allclose(difference, expected, atol=1e-14)
    assert np.isclose(model.loss(w, X, y, 0.7) - model.loss(w, X, y), 0.35 * np.sum((expected / 0.7) ** 2))


@each_model
def test_losses_are_finite_where_exponentials_overflow(model):
    rng = np.random.default_rng(0)
    (X, y), w = rows_for(model, rng), 1e4 * weights_for(model, rng)
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(model.loss(w, 1e3 * X, y))
        assert np.isfinite(model.gradient(w, 1e3 * X, y)).all()
        if model.name != "linear":
            assert np.allclose(model.probabilities(w, 1e3 * X).sum(axis=1), 1)


def test_losses_equal_their_formulas():
    X, y, w = np.array([[1.0], [2.0]]), np.array([0, 1]), np.array([0.5, -0.25])
    z = np.array([0.25, 0.75])
    assert np.isclose(LinearRegression(1).loss(w, X, y), (0.25**2 + 0.25**2) / 4)
    log_likelihoods = [np.log(1 - 1 / (1 + np.exp(-z[0]))), np.log(1 / (1 + np.exp(-z[1])))]
    assert np.isclose(LogisticRegression(1).loss(w, X, y), -np.mean(log_likelihoods))


def test_softmax_with_two_classes_is_logistic_regression():
    rng = np.random.default_rng(1)
    (X, y), w = rows_for(LogisticRegression(3), rng), rng.normal(size=4)
    twin = np.concatenate([np.zeros(3), w[:3], [0.0, w[3]]])  # class 0 scores 0, class 1 scores z
    assert np.isclose(SoftmaxRegression(3, 2).loss(twin, X, y), LogisticRegression(3).loss(w, X, y))
    assert np.allclose(SoftmaxRegression(3, 2).probabilities(twin, X), LogisticRegression(3).probabilities(w, X))


# ---- against scikit-learn


def descend(model, table, l2, learning_rate, epochs):
    return train_locally(
        model, np.zeros(model.size), table.features, table.labels,
        epochs=epochs, batch_size=None, learning_rate=learning_rate, l2=l2, rng=None,
    )  # fmt: skip


def test_logistic_regression_ends_where_scikit_learn_ends():
    from sklearn.linear_model import LogisticRegression as Theirs

    table, l2 = standardised("breast_cancer"), 0.05
    theirs = Theirs(C=1 / (l2 * len(table)), tol=1e-10, max_iter=10_000, solver="newton-cg").fit(
        table.features, table.labels
    )
    ours = descend(LogisticRegression(30), table, l2, learning_rate=0.5, epochs=1500)
    assert np.allclose(ours, [*theirs.coef_[0], theirs.intercept_[0]], atol=1e-6)


def test_softmax_regression_ends_where_scikit_learn_ends():
    from sklearn.linear_model import LogisticRegression as Theirs

    table, l2, model = standardised("digits").take(range(300)), 0.2, SoftmaxRegression(64, 10)
    theirs = Theirs(C=1 / (l2 * len(table)), tol=1e-10, max_iter=10_000, solver="newton-cg").fit(
        table.features, table.labels
    )
    ours = descend(model, table, l2, learning_rate=0.3, epochs=2000)
    assert np.allclose(model.unpack(ours)["W"], theirs.coef_, atol=1e-6)
    assert np.allclose(model.probabilities(ours, table), theirs.predict_proba(table.features), atol=1e-6)


def test_linear_regression_ends_at_ridge():
    from sklearn.linear_model import Ridge

    table, l2 = standardised("breast_cancer"), 0.5
    theirs = Ridge(alpha=l2 * len(table)).fit(table.features, table.labels)
    ours = descend(LinearRegression(30), table, l2, learning_rate=0.1, epochs=1500)
    assert np.allclose(ours, [*theirs.coef_, theirs.intercept_], atol=1e-8)


# ---- the shared interface


@each_model
def test_size_and_layout_agree(model):
    places = np.arange(model.size, dtype=float)
    parts = model.unpack(places)
    assert np.array_equal(np.concatenate([np.ravel(part) for part in parts.values()]), places)  # each place once
    names = list(parts)
    assert names == sorted(names, key=lambda name: name[0] == "b")  # weights first, then intercepts
    assert model.start(np.random.default_rng(0)).shape == (model.size,)


@each_model
def test_unpacked_parts_are_views(model):
    weights = np.zeros(model.size)
    assert all(np.shares_memory(part, weights) for part in model.unpack(weights).values())


@each_model
def test_shapes_of_scores_probabilities_and_predictions(model):
    rng = np.random.default_rng(0)
    (X, _), w = rows_for(model, rng), weights_for(model, rng)
    several = model.name in ("softmax", "network")
    assert model.scores(w, X).shape == ((12, 4) if several else (12,))
    predicted = model.predict(w, X)
    assert predicted.shape == (12,)
    if model.name == "linear":
        assert np.array_equal(predicted, model.scores(w, X))
        with pytest.raises(ArgumentError, match="not probabilities"):
            model.probabilities(w, X)
    else:
        P = model.probabilities(w, X)
        assert predicted.dtype == np.int64 and np.array_equal(predicted, P.argmax(axis=1))
        assert P.shape == (12, model.classes) and np.allclose(P.sum(axis=1), 1)


@each_model
def test_equal_seeds_start_equal(model):
    first, second = (model.start(np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first, second)


def test_only_the_network_starts_at_random():
    starts = {model.name: model.start(np.random.default_rng(5)) for model in MODELS}
    assert not any(starts[name].any() for name in ("linear", "logistic", "softmax"))
    assert starts["network"][:-9].all() and not starts["network"][-9:].any()  # 5 + 4 intercepts at the end


@each_model
def test_functions_leave_their_arguments_alone(model):
    rng = np.random.default_rng(0)
    (X, y), w = rows_for(model, rng), weights_for(model, rng)
    for array in (X, y, w):
        array.flags.writeable = False
    model.loss(w, X, y, 0.1), model.gradient(w, X, y, 0.1), model.predict(w, X)
    assert model.gradient(w, X, y).flags.writeable


@each_model
def test_shapes_that_do_not_fit_are_refused(model):
    rng = np.random.default_rng(0)
    (X, y), w = rows_for(model, rng), weights_for(model, rng)
    with pytest.raises(ArgumentError, match="for 3 columns"):
        model.loss(w, X[:, :2], y)
    with pytest.raises(ArgumentError, match="for 3 columns"):
        model.predict(w, X[0])
    with pytest.raises(ArgumentError, match=f"has {model.size} weights"):
        model.predict(w[:-1], X)
    for wrong in (y[:-1], y[:, None]):
        with pytest.raises(ArgumentError, match="y has the shape"):
            model.gradient(w, X, wrong)
    with pytest.raises(ArgumentError, match="and a row"):
        model.loss(w, X[:0], y[:0])


@pytest.mark.parametrize("model", MODELS[1:], ids=lambda model: model.name)
@pytest.mark.parametrize("wrong", [-1, 4, 0.5])
def test_labels_that_are_no_classes_are_refused(model, wrong):
    X, y = np.zeros((2, 3)), np.array([0, wrong])
    for function in (model.loss, model.gradient):
        with pytest.raises(ArgumentError, match=f"0 to {model.classes - 1}"):
            function(np.zeros(model.size), X, y)


def test_labels_of_plus_and_minus_one_are_refused_and_not_counted_from_the_end():
    with pytest.raises(ArgumentError, match="0 to 1"):
        LogisticRegression(3).loss(np.zeros(4), np.zeros((2, 3)), [-1, 1])


@pytest.mark.parametrize(
    ("name", "kind"),
    [("linear", LinearRegression(7)), ("logistic", LogisticRegression(7)), ("softmax", SoftmaxRegression(7, 2)),
     ("network", SmallNetwork(7, 16, 2))],
)  # fmt: skip
def test_models_are_made_by_name(name, kind):
    assert make_model(name, 7, 2) == kind and kind.name == name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("forest", 3, 2), "linear, logistic, softmax, network"),
        (("logistic", 3, 10), "not 10"),
        (("softmax", 3, 1), "classes"),
        (("network", 3, 2, 0), "hidden"),
        (("logistic", 0, 2), "columns"),
        (("linear", 2.5, 2), "columns"),
        (("linear", True, 2), "columns"),
    ],
)
def test_models_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        make_model(*arguments)


# ---- a model with its weights


def trained(model, seed=0):
    return TrainedModel(model, np.random.default_rng(seed).normal(size=model.size))


@each_model
def test_saved_and_loaded_is_the_same_to_the_last_bit(model, tmp_path):
    before = trained(model)
    for name in ("model.npz", "no ending"):
        before.save(tmp_path / name)
        after = TrainedModel.load(tmp_path / name)
        assert after.model == before.model and np.array_equal(after.weights, before.weights)


def test_a_saved_model_holds_no_pickle(tmp_path):
    trained(SmallNetwork(3, 5, 4)).save(tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as parts:
        assert sorted(parts.files) == ["model", "sizes", "weights"]
        assert all(parts[name].dtype.kind in "Uf" for name in parts.files)


class Trap:
    """Unpickling it makes a folder."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


@pytest.mark.parametrize("where", ["model", "sizes", "weights"])
def test_a_pickle_in_a_model_file_is_not_run(tmp_path, where):
    parts = dict(model=np.array("linear"), sizes=np.array('{"columns": 1}'), weights=np.zeros(2))
    np.savez(tmp_path / "model.npz", **(parts | {where: np.array([Trap(tmp_path / "sprung")], dtype=object)}))
    with pytest.raises(DataError, match="not a saved model"):
        TrainedModel.load(tmp_path / "model.npz")
    assert not (tmp_path / "sprung").exists()


def test_files_that_are_no_models_are_refused(tmp_path):
    with pytest.raises(DataError, match=re.escape("no file")):
        TrainedModel.load(tmp_path / "nowhere.npz")
    (tmp_path / "text.npz").write_text("hello", encoding="utf-8")
    (tmp_path / "empty.npz").touch()
    np.savez(tmp_path / "other.npz", x=np.zeros(2))
    np.savez(tmp_path / "kind.npz", model=np.array("forest"), sizes=np.array("{}"), weights=np.zeros(2))
    np.savez(tmp_path / "size.npz", model=np.array("linear"), sizes=np.array('{"columns": 5}'), weights=np.zeros(2))
    np.save(tmp_path / "array.npz.npy", np.zeros(2))
    for path in tmp_path.iterdir():
        with pytest.raises(DataError, match="not a saved model"):
            TrainedModel.load(path)


def test_a_trained_model_takes_tables_and_arrays_alike():
    table = load("digits")
    model = trained(SoftmaxRegression(64, 10))
    assert np.array_equal(model.predict(table), model.predict(table.features))
    assert np.array_equal(model.probabilities(table), model.probabilities(table.features))
    assert model.accuracy(table) == np.mean(model.predict(table) == table.labels)


def test_a_trained_model_refuses_other_columns_and_tables_without_labels():
    model, table = trained(SoftmaxRegression(30, 10)), load("digits")
    with pytest.raises(ArgumentError, match="for 30 columns"):
        model.predict(table)
    with pytest.raises(ArgumentError, match="needs a table with labels"):
        model.accuracy(table.features)
    with pytest.raises(ArgumentError, match="never exactly right"):
        trained(LinearRegression(64)).accuracy(table)


def test_a_trained_model_cannot_be_changed():
    mine = np.zeros(4)
    model = TrainedModel(LogisticRegression(3), mine)
    mine[0] = 1
    assert not model.weights.any()
    with pytest.raises(ValueError, match="read-only"):
        model.weights[0] = 1
    other = model.with_weights([1, 2, 3, 4])
    assert other.weights.tolist() == [1, 2, 3, 4] and not model.weights.any()
    with pytest.raises(ArgumentError, match="has 4 weights"):
        model.with_weights([1, 2, 3])


def test_repr_is_short():
    assert repr(trained(SoftmaxRegression(64, 10))) == "TrainedModel(softmax, 64 columns, 650 weights)"

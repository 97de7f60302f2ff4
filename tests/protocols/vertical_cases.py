"""Parties, reference arithmetic and ways of playing for the tests of vertical learning."""

from fractions import Fraction

import numpy as np

import fedlearn_edu as fl
from fedlearn_edu.data import Dataset, Party
from fedlearn_edu.wire.run import Run

from ..oracles import fixed

SHARE_BITS, FEATURE_BITS = 40, 24  # written out here once more: the tests do not ask the library
SPLITS = {2: (3, 2), 4: (3, 2, 1, 2)}  # columns of the label holder first
NAMES = ("bank", "tax office", "shop", "insurer")
FORMS = {"coordinator": (2, "coordinator"), "four parties": (4, "coordinator"), "no coordinator": (2, None)}
LEARNING = {"linear": {"epochs": 3, "learning_rate": 0.1, "l2": 0.05},
            "logistic": {"epochs": 3, "learning_rate": 0.4, "l2": 0.05}}  # fmt: skip


def parties(count=2, rows=60, seed=0, numbers=False):
    """Made-up customers whose label depends on every party's columns; the label holder first."""
    rng, widths = np.random.default_rng(seed), SPLITS[count]
    X = rng.standard_normal((rows, sum(widths)))
    z = X @ rng.standard_normal(sum(widths))
    y = np.clip(np.rint(z + 5), 0, 10).astype(int) if numbers else (z > 0).astype(int)
    classes, ids = tuple(str(k) for k in range(11 if numbers else 2)), [f"c{i}" for i in range(rows)]
    edges = np.cumsum((0, *widths))
    found = []
    for k, name in enumerate(NAMES[:count]):
        own = X[:, edges[k] : edges[k + 1]]
        columns = tuple(f"{name} {j}" for j in range(own.shape[1]))
        table = Dataset(name, own, y if k == 0 else None, ids, columns, classes if k == 0 else ())
        found.append(Party(name, table))
    return found


def protocol_for(kind, form, key_bits=512, rows=60, **settings):
    count, coordinator = FORMS[form]
    make = {"linear": fl.vertical_linear, "logistic": fl.vertical_logistic}[kind]
    people = parties(count, rows, numbers=kind == "linear")
    return make(*people, coordinator=coordinator, key_bits=key_bits, **{**LEARNING[kind], **settings})


class Labelled(Run):
    """A run that keeps every value a party ever held, as (party, round, label, value)."""

    def __init__(self, protocol, **options):
        super().__init__(protocol, **options)
        self.everything = []

    def _keep(self, party, label, value):
        super()._keep(party, label, value)
        self.everything.append((party, self.round, label, value))

    def held(self, label, round=None, party=None):
        """By party, what it held under this label."""
        return {
            p: value
            for p, t, name, value in self.everything
            if name == label and round in (None, t) and party in (None, p)
        }


def labelled(protocol, **options):
    return Labelled(protocol, **options).finish()


def target(kind, labels):
    y = np.asarray(labels, dtype=float)
    return y if kind == "linear" else np.where(y == 1, 2.0, -2.0)


def blocks(rows, batch_size):
    """Cut as the rule says: as many blocks as needed, as equal as can be."""
    count = 1 if batch_size is None else -(-rows // batch_size)
    return [(rows * k // count, rows * (k + 1) // count) for k in range(count)]


def training_in_integers(kind, people, epochs, learning_rate, l2, batch_size=None):
    """By the rule, in Python integers: for each round (shares, d, sums, square, weights before, weights after).

    The label holder is first, its intercept last among its sums.
    """
    factor = {"linear": 1.0, "logistic": 0.25}[kind]
    weights = [np.zeros(len(p.data.columns)) for p in people]
    intercept, t_all = 0.0, target(kind, people[0].data.labels)
    for begin, end in blocks(people[0].data.rows, batch_size) * epochs:
        rows, before = slice(begin, end), ([w.copy() for w in weights], intercept)
        shares, sums = [], []
        for k, party in enumerate(people):
            u = party.data.features[rows] @ weights[k] + (intercept if k == 0 else 0.0)
            shares.append(fixed(u - t_all[rows] if k == 0 else u, SHARE_BITS))
        d = [sum(column) for column in zip(*shares, strict=True)]
        for k, party in enumerate(people):
            X = party.data.features[rows]
            X = np.column_stack([X, np.ones(len(X))]) if k == 0 else X
            sums.append([sum(x * e for x, e in zip(fixed(column, FEATURE_BITS), d, strict=True)) for column in X.T])
        for k in range(len(people)):
            slopes = np.array([s / 2 ** (SHARE_BITS + FEATURE_BITS) for s in sums[k]]) * factor / (end - begin)
            if k == 0:
                intercept -= learning_rate * slopes[-1]
                slopes = slopes[:-1]
            weights[k] = weights[k] - learning_rate * (slopes + l2 * weights[k])
        yield shares, d, sums, sum(e * e for e in d), before, (list(weights), intercept)


def loss_from(kind, square, rows):
    mean = float(Fraction(square, rows * 4**SHARE_BITS))
    return mean / 2 if kind == "linear" else mean / 8 + np.log(2) - 0.5


def joined(people):
    """The table that nobody has: all columns and the intercept's."""
    return np.column_stack([p.data.features for p in people] + [np.ones(people[0].data.rows)])

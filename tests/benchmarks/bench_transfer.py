"""Transfer learning at 2048 bits: one iteration against the same algorithm on plain `phe` objects.

200 common rows of digits' halves, 8 dimensions: 1,636 numbers cross each way, and 528 weights get a gradient. It is the
second iteration: the tables of random factors are there. `phe` gets the same numbers and computes the same sums (one
d × d matrix each way, each ciphertext multiplied once), twice: as floats, which is how people write it and lets
exponents follow the numbers; and encoded at the scales that we use. It is measured on one dimension of the eight and
multiplied up. Every sum that leaves is obfuscated once.
"""

import time

import numpy as np
import phe
import pytest

import fedlearn_edu as fl
from fedlearn_edu.crypto.paillier import generate_keys
from fedlearn_edu.exercises.transfer_curve import scene
from fedlearn_edu.learning.transfer_loss import TransferPlan, factors_of_source, factors_of_target, prototype

SECTION = "Transfer learning, one iteration at 2048 bits"
ROWS, DIMENSIONS = 200, 8
TARGET, LIMIT = 10, 20.0  # times phe; seconds


def second_iteration():
    """Seconds of round 2."""
    source, target = fl.split_both(fl.load("digits"), overlap=0.15, seed=7)
    halves = [half.take(range(ROWS)) for half in fl.in_common(source, target)]
    run = fl.Run(fl.transfer(source, target, common=halves, dimensions=DIMENSIONS, iterations=2, tolerance=0))
    run.through(round=1, step=4)
    start = time.perf_counter()
    run.finish()
    return time.perf_counter() - start


class PlainPhe:
    """The same sums with `phe`: a list of encrypted numbers for a vector, loops for sums."""

    def __init__(self, as_floats):
        self.as_floats, keys = as_floats, generate_keys()
        self.public, self.private = keys.public.phe, keys.private.phe
        plan, of = TransferPlan(dimensions=DIMENSIONS), scene("digits", overlap=0.15)
        at_source, w = plan.starts(32, "source")
        at_target, v = plan.starts(32, "target")
        self.U, self.V = at_source.of(w, of.X_source), at_target.of(v, of.X_target[:ROWS])
        Phi = prototype(self.U, of.y)
        self.to_source = self.V.T @ self.V, self.V
        self.to_target = 0.25 * np.outer(Phi, Phi), -0.5 * of.y[:ROWS, None] * Phi + plan.cross * self.U[:ROWS]
        self.source = factors_of_source(at_source.slopes(w, of.X_source), Phi, of.y, ROWS, plan)
        self.target = factors_of_target(at_target.slopes(v, of.X_target[:ROWS]), self.V)

    def number(self, value, bits):
        value = float(value)
        return value if self.as_floats else phe.EncodedNumber.encode(self.public, value, precision=2.0**-bits)

    def total(self, numbers):
        first, *others = numbers
        for other in others:
            first = first + other
        return first

    def dimension(self, crossing, factors):
        """One dimension of one side: encrypt what crosses, sum, mask, decrypt. Answers how far off it is."""
        (M, v), (square, rows) = crossing, (factors.square[0], factors.rows[0])
        plain = np.concatenate([M[:, 0], v[:, 0]])
        closed, X = [self.public.encrypt(self.number(x, 40)) for x in plain], np.concatenate([square, rows])
        sums = [self.total([c * self.number(x, 24) for c, x in zip(closed, column, strict=True)]) for column in X.T]
        masks = np.random.default_rng(0).standard_normal(len(sums))
        hidden = [s + self.number(r, 64) for s, r in zip(sums, masks, strict=True)]
        for one in hidden:
            one.obfuscate()
        opened = np.array([self.private.decrypt(one) for one in hidden]) - masks
        return np.abs(opened - X.T @ plain).max()

    def loss(self):
        """One dimension of the loss: a product and a sum for each number that came."""
        closed = [self.public.encrypt(self.number(x, 40)) for x in self.V[:4, 0]] * (ROWS // 4)
        weights = self.U[:ROWS, 0]
        start = time.perf_counter()
        self.total([c * self.number(x, 40) for c, x in zip(closed, weights, strict=True)])
        return time.perf_counter() - start

    def seconds(self):
        start = time.perf_counter()
        assert self.dimension(self.to_source, self.source) < 1e-4
        assert self.dimension(self.to_target, self.target) < 1e-4
        return DIMENSIONS * (time.perf_counter() - start + self.loss())


@pytest.mark.parametrize("as_floats", [True, False], ids=["floats", "fixed point"])
def test_iteration_against_phe(benchmark, table, as_floats):
    rival, ours, theirs = PlainPhe(as_floats), [], []
    benchmark.pedantic(lambda: ours.append(second_iteration()), setup=lambda: theirs.append(rival.seconds()), rounds=2)
    name = f"{ROWS} rows, d = {DIMENSIONS}, phe given {'floats' if as_floats else 'numbers at our scales'}"
    row = {"what": name, "bits": 2048, "phe, s": f"{min(theirs):.3g}", "here, s": f"{min(ours):.3g}"}
    ratio = f"{min(theirs) / min(ours):.3g}"
    table.append({**row, "ratio": ratio, "target": f"≥ {TARGET}, ≤ {LIMIT:.0f} s" if as_floats else ""})

"""The loss of federated transfer learning, its gradients, and training by them with nothing encrypted.

A *source* has labels y = ±1; a *target* has none. They have N common rows and different columns, and each maps its rows
to d common dimensions by a network of its own: u_i^S and u_i^T (see `representation`).

    Φ = mean over all rows of the source of y_i·u_i^S               (d,): where the label points to
    φ_i = Φ·u_i^T                                                   a target's score; its class is the sign
    loss = mean over common rows of  log 2 − ½·y_i·φ_i + ⅛·φ_i²    Taylor's log(1 + e^−yφ)
                                   + γ·ℓ(u_i^S, u_i^T)              the alignment
         + λ/2·(‖W_S‖² + ‖W_T‖²)                                    intercepts free

ℓ is the distance ‖u^S − u^T‖², or −u^S·u^T. Only three sums of products cross from one side to the other, whoever wants
a gradient: u^T and Σ uᵀu from the target, −½y·Φ + γκ·u^S and ¼ΦᵀΦ from the source (κ = −2 or −1); `factors_of_source`
and `factors_of_target` say with which plain numbers each side multiplies them.

References
----------
Liu, Kang, Xing, Chen, Yang: A Secure Federated Transfer Learning Framework.
IEEE Intelligent Systems 35(4), 2020; arXiv 1812.03337. (There the loss is a sum over common rows; here it is divided by
N, so that one learning rate serves any overlap.)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ..arguments import is_whole
from ..errors import ArgumentError, Diverged
from .guard import columns_that_mark_rows
from .models import Array
from .representation import Representation

RUNAWAY = 3.0  # times the loss of the first round: the steps are too large


@dataclass(frozen=True)
class TransferPlan:
    """How far and how long both go; public, and the same at both.

    >>> TransferPlan().alignment
    0.01

    Parameters
    ----------
    dimensions : d, of the common space
    iterations : at most so many steps
    learning_rate : step size along the gradient of the mean loss
    alignment : γ
    l2 : λ
    distance : ℓ is ‖u^S − u^T‖²; False for −u^S·u^T
    tolerance : stop when the loss changed by less than this since the round before; 0 for never
    seed : of the starting weights

    Raises
    ------
    ArgumentError
        an argument is out of its range
    """

    dimensions: int = 8
    iterations: int = 20
    learning_rate: float = 4.0
    alignment: float = 0.01
    l2: float = 0.003
    distance: bool = True
    tolerance: float = 1e-4
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("dimensions", 1), ("iterations", 1), ("seed", 0)):
            count = getattr(self, name)
            if not is_whole(count, least):
                raise ArgumentError(
                    f"{name} is a whole number from {least} up, and was {count!r}.", f"Use {name}={least + 7}."
                )
        for name in ("learning_rate", "alignment", "l2", "tolerance"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value) or value < 0:
                raise ArgumentError(f"{name} is a number from 0 up, and was {value!r}.", f"Leave {name} out.")
        if self.learning_rate == 0 or self.alignment > 1000:
            raise ArgumentError(
                f"learning_rate was {self.learning_rate:g} and alignment {self.alignment:g}.",
                "Take a learning rate above 0, and an alignment up to 1000.",
            )

    @property
    def cross(self) -> float:
        """γκ, the factor of u^S·u^T in the alignment: −2γ for the distance, −γ for the product."""
        return (-2.0 if self.distance else -1.0) * self.alignment

    @property
    def own(self) -> float:
        """The factor of a party's own u in its own gradient: 2γ for the distance, 0 for the product."""
        return 2.0 * self.alignment if self.distance else 0.0

    def starts(self, columns: int, side: Literal["source", "target"]) -> tuple[Representation, Array]:
        """A side's network and the weights that it starts with."""
        network = Representation(columns, self.dimensions)
        rng = np.random.default_rng([self.seed, ("source", "target").index(side)])
        return network, network.start(rng)

    def penalty(self, network: Representation, weights: Array) -> float:
        """One side's summand of the loss: λ/2·‖W‖²."""
        return float(0.5 * self.l2 * np.sum(network.penalised(weights) ** 2))

    def stops(self, losses: list[float]) -> str:
        """What the last loss says: "go on", "enough", or "runs away".

        >>> TransferPlan(tolerance=0.01).stops([0.7, 0.6]), TransferPlan(tolerance=0.01).stops([0.7, 0.695])
        ('go on', 'enough')
        >>> TransferPlan().stops([0.7, 5.0])
        'runs away'
        """
        if not losses[-1] <= RUNAWAY * max(abs(losses[0]), math.log(2.0)):  # not a number is beyond it, too
            return "runs away"
        calm = len(losses) > 1 and abs(losses[-2] - losses[-1]) < self.tolerance
        return "enough" if calm else "go on"

    def runaway(self, round: int) -> Diverged:
        """Make the error for it, from what everybody knows."""
        return Diverged(
            f"The loss ran away in round {round}: it is over {RUNAWAY:g} times that of the first round.",
            f"Take smaller steps than learning_rate={self.learning_rate:g}, or a smaller l2 or alignment.",
        )


def prototype(U: Array, y: Array) -> Array:
    """Φ, (d,): the mean of y·u over the source's rows.

    >>> prototype(np.array([[0.5, 0.0], [0.1, -0.4]]), np.array([1.0, -1.0]))
    array([0.2, 0.2])
    """
    return np.asarray(y @ U / len(U))


def signs(labels: npt.ArrayLike) -> Array:
    """±1 from classes 0 and 1.

    >>> signs([0, 1])
    array([-1.,  1.])
    """
    return 2.0 * np.asarray(labels, dtype=np.float64) - 1.0


def row_gradients(source: Array, target: Array, y: Array, plan: TransferPlan) -> tuple[Array, Array]:
    """How the loss moves with each row's place: ∂loss/∂U for all rows of the source and the common ones of the target.

    Who holds these row by row holds the other's representation: see `attacks.transfer`.

    Parameters
    ----------
    source : U^S, (N_S, d), the common rows first
    target : U^T, (N, d), the common rows in the same order
    y : ±1, (N_S,)

    Returns
    -------
    (N_S, d) and (N, d)
    """
    N, Phi = len(target), prototype(source, y)
    d = 0.25 * (target @ Phi) - 0.5 * y[:N]  # ∂/∂φ of −½yφ + ⅛φ², (N,)
    along = d @ target  # Σ (¼φ − ½y)·u^T, (d,)
    at_source = y[:, None] * along / len(source)  # through Φ, every labelled row moves it
    at_source[:N] += plan.cross * target + plan.own * source[:N]
    at_target = d[:, None] * Phi + plan.cross * source[:N] + plan.own * target
    return at_source / N, at_target / N


def transfer_loss(source: Array, target: Array, y: Array, plan: TransferPlan, penalty: float = 0.0) -> float:
    """The loss, with λ/2·(‖W_S‖² + ‖W_T‖²) as `penalty`.

    >>> transfer_loss(np.zeros((3, 2)), np.zeros((2, 2)), np.array([1.0, -1.0, 1.0]), TransferPlan())
    0.6931471805599453
    """
    N, phi = len(target), target @ prototype(source, y)
    each = math.log(2.0) - 0.5 * y[:N] * phi + 0.125 * phi**2  # (N,)
    crossed = plan.cross * np.sum(source[:N] * target)
    squares = 0.5 * plan.own * (np.sum(source[:N] ** 2) + np.sum(target**2))
    return float(each.mean() + (crossed + squares) / N + penalty)


class Factors(NamedTuple):
    """With what a side multiplies what it received, to get the gradient of N times the loss for its own weights.

    `square`, (d, d, p + 1), for dimension l the rows go with [[M_·l]], M the other's symmetric d × d matrix;
    `rows`, (d, N, p + 1), for dimension l the rows go with the other's [[v_·l]]. What a side adds from its own numbers
    alone comes after decryption.
    """

    square: Array
    rows: Array


def factors_of_target(T: Array, U: Array) -> Factors:
    """For M = ¼ΦᵀΦ and v_i = −½y_i·Φ + γκ·u_i^S: Σ_i T_il·(Σ_m u_im·M_ml + v_il), for each dimension l.

    Parameters
    ----------
    T : (d, N, p + 1), the slopes of the target's common rows
    U : (N, d), where they lie
    """
    return Factors(np.einsum("im,lik->lmk", U, T), T)


def factors_of_source(T: Array, Phi: Array, y: Array, common: int, plan: TransferPlan) -> Factors:
    """For M = Σ u_jᵀu_j and v_j = u_j of the target: a_l·(¼·Σ_m Φ_m·M_ml − ½·Σ_j y_j·v_jl) + γκ·Σ_j T_jl·v_jl.

    a_l = ∂Φ_l/∂W_l = mean over all rows of y_i·T_il, (p + 1,), for each dimension l.

    Parameters
    ----------
    T : (d, N_S, p + 1), the slopes of all the source's rows, the common ones first
    Phi, y : (d,) and (N_S,)
    """
    a = np.einsum("i,lik->lk", y, T) / T.shape[1]  # (d, p + 1)
    square = 0.25 * Phi[None, :, None] * a[:, None, :]
    rows = -0.5 * y[None, :common, None] * a[:, None, :] + plan.cross * T[:, :common]
    return Factors(square, rows)


class Moment(NamedTuple):
    """Training without encryption, at the beginning of a round: what the whole is worth, and both sides' weights."""

    loss: float
    source: Array
    target: Array


def train_plainly(
    X_source: Array, y: Array, X_common: Array, plan: TransferPlan, *, guard: bool = True
) -> list[Moment]:
    """Train both networks in the clear: the same steps as the protocol's, for previews and comparisons.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((60, 4))                          # one thing, seen by both in columns of their own
    >>> y = np.sign(x[:, 0])
    >>> left, right = x @ rng.standard_normal((4, 5)), x[:40] @ rng.standard_normal((4, 6))
    >>> moments = train_plainly(left, y, right, TransferPlan())
    >>> moments[-1].loss < 0.6 < moments[0].loss
    True

    Parameters
    ----------
    X_source : (N_S, p_S), standardised, the common rows first
    y : ±1, (N_S,)
    X_common : (N, p_T), the target's common rows, standardised, in the same order
    guard : as in the protocol: a column in which fewer than 10 common rows differ from all others is left out, and its
        weights are 0

    Returns
    -------
    list of Moment
        before each step, and after the last one

    Raises
    ------
    Diverged
        the steps are too large
    """
    (at_source, X_source), (at_target, X_common) = (_left_out(X, len(X_common), guard) for X in (X_source, X_common))
    return list(_moments(X_source, X_common, y, plan, at_source, at_target))


def _left_out(X: Array, common: int, guard: bool) -> tuple[Any, Array]:
    """Which columns mark few common rows, (p,); and X with zeros there."""
    out = columns_that_mark_rows(X[:common]) & guard
    return out, np.where(out, 0.0, X)


def _moments(
    X_source: Array, X_common: Array, y: Array, plan: TransferPlan, out_at_source: Any, out_at_target: Any
) -> Iterator[Moment]:
    at_source, w_source = plan.starts(X_source.shape[1], "source")
    at_target, w_target = plan.starts(X_common.shape[1], "target")
    w_source, w_target = at_source.without(w_source, out_at_source), at_target.without(w_target, out_at_target)
    losses: list[float] = []
    for round in range(1, plan.iterations + 2):
        U, V = at_source.of(w_source, X_source), at_target.of(w_target, X_common)
        penalty = plan.penalty(at_source, w_source) + plan.penalty(at_target, w_target)
        losses.append(transfer_loss(U, V, y, plan, penalty))
        yield Moment(losses[-1], w_source, w_target)
        if round > plan.iterations or plan.stops(losses[:-1] or losses) == "enough":
            return  # the protocol, too, knows a loss only when the step after it is taken
        if plan.stops(losses) == "runs away":
            raise plan.runaway(round)
        G_source, G_target = row_gradients(U, V, y, plan)
        w_source = stepped(w_source, at_source.pull_back(w_source, X_source, G_source), at_source, plan)
        w_target = stepped(w_target, at_target.pull_back(w_target, X_common, G_target), at_target, plan)


def stepped(weights: Array, gradient: Array, network: Representation, plan: TransferPlan) -> Array:
    """One step down: θ − learning_rate·(∂loss/∂θ + λ·W)."""
    return weights - plan.learning_rate * (gradient + plan.l2 * network.penalised(weights))


def own_pull(weights: Array, X: Array, U: Array, network: Representation, plan: TransferPlan) -> Any:
    """What a side adds to the gradient of N times the loss from its own numbers alone: 2γ·Σ J_iᵀ u_i."""
    return plan.own * network.pull_back(weights, X, U)

"""Chapter 07: what a party of federated transfer learning computes from its own view.

Who follows the protocol and then does arithmetic; no mask helps, for the numbers are its own:

    `places_from_row_gradients`      the source, from one gradient for each row: where the target's rows lie, exactly
    `places_from_weight_gradient`    the source, from a gradient for the weights, and few common rows: the same
    `told_by_the_loss`               the source, from the loss: how near the two maps of a row are, and how well it fits
    `labels_from_weight_gradient`    the target, from a gradient for its weights: the labels of common rows

The first is why gradients are summed to weights under encryption, the second why there is a guard. Neither gives the
target's columns: u = tanh(Wx + b) with a W that the target keeps. But equal rows have equal places, near ones near.
The last one passes that guard: with an alignment up to γ = 0.001 it finds 91 to 100 % of the labels, which the guard
refuses, too; at γ = 0.01 it is a guess that is right for 73 to 81 % of 90 common digits, and for 53 to 59 % of 180, and
many rounds would sharpen it. A column that is the same in all common rows but a few shows these few exactly, however
many others there are: the guard leaves such columns out. Combinations of columns that mark a row pass.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import ArgumentError
from ..learning.models import Array
from ..learning.transfer_loss import TransferPlan

if TYPE_CHECKING:
    from ..protocols._transfer import Side


def places_from_row_gradients(gradients: Array, own: Array, y: Array, common: int, plan: TransferPlan) -> Array:
    """Where the target's common rows lie, from ∂loss/∂u of each of the source's rows: U^T, (N, d).

    >>> from fedlearn_edu.learning.transfer_loss import row_gradients
    >>> rng, plan = np.random.default_rng(0), TransferPlan(dimensions=2)
    >>> at_source, at_target, y = np.tanh(rng.normal(size=(9, 2))), np.tanh(rng.normal(size=(6, 2))), np.ones(9)
    >>> gradients, _ = row_gradients(at_source, at_target, y, plan)
    >>> found = places_from_row_gradients(gradients, at_source, y, common=6, plan=plan)
    >>> bool(np.abs(found - at_target).max() < 1e-12)
    True

    A labelled row that is not common has the gradient y·s/N: so s is known, the same for all rows; and what is left of
    a common row's gradient is the alignment, −2γ·u^T + 2γ·u^S, or −γ·u^T.

    Parameters
    ----------
    gradients : (N_S, d), of the mean loss; the common rows first
    own : U^S, (N_S, d)
    y : ±1, (N_S,)
    common : N
    plan : public

    Raises
    ------
    ArgumentError
        all rows are common, so that s is not known; or nothing aligns the rows (γ = 0)
    """
    if len(own) <= common or plan.cross == 0:
        raise ArgumentError(
            f"With {len(own) - common} rows that are not common and alignment={plan.alignment:g} this way is closed.",
            "Give the source a row more than the common ones, and an alignment above 0.",
        )
    summed = common * np.asarray(gradients)  # of N times the mean, (N_S, d)
    shared = (y[common:, None] * summed[common:]).mean(axis=0)  # s, (d,)
    left = summed[:common] - y[:common, None] * shared - plan.own * own[:common]
    return np.asarray(left / plan.cross)


def places_from_weight_gradient(crossed: Array, side: Side, common: int, plan: TransferPlan) -> Array:
    """Where the target's common rows lie, from the gradient of the source's weights, when they are few: U^T, (N, d).

    >>> import fedlearn_edu as fl, warnings
    >>> warnings.simplefilter("ignore")                                     # the key is a toy, and the guard is off
    >>> source, target = fl.split_both(fl.load("digits"), overlap=0.01, seed=7)
    >>> few = [half.take(range(12)) for half in fl.in_common(source, target)]
    >>> run = fl.play(fl.transfer(source, target, common=few, dimensions=2, iterations=1, key_bits=256, guard=False))
    >>> held, plan = run.held_by("source"), run.protocol.arguments["setting"].plan
    >>> found = places_from_weight_gradient(held["gradient, its mask off"], held["start"], common=12, plan=plan)
    >>> bool(np.abs(found - run.held_by("target")["represent common rows"]).max() < 0.01)
    True

    For each dimension l the p + 1 numbers of the gradient are a_l·s_l + γκ·Σ_j T_jl·u_jl, with N + 1 unknowns: s_l, and
    the places u_jl. With N ≤ p that is solved.

    Parameters
    ----------
    crossed : (d·(p + 1),), what the source holds of one round after taking its mask off
    side : the source's rows, labels and weights in that round
    common, plan : public

    Raises
    ------
    ArgumentError
        there are more unknowns than independent equations, or nothing aligns the rows (γ = 0)
    """
    assert side.y is not None
    network, weights = side.encoder.network, side.encoder.weights
    T = network.slopes(weights, side.X)  # (d, N_S, p + 1)
    a = np.einsum("i,lik->lk", side.y, T) / len(side.X)
    found = []
    for a_l, T_l, numbers in zip(a, T, np.asarray(crossed).reshape(plan.dimensions, -1), strict=True):
        equations = np.column_stack([a_l, plan.cross * T_l[:common].T])  # (p + 1, N + 1)
        if np.linalg.matrix_rank(equations) <= common:
            raise ArgumentError(
                f"{common + 1} unknowns meet {np.linalg.matrix_rank(equations)} independent equations.",
                "Only few common rows, with some alignment, can be solved for. That is what the guard is for.",
            )
        found.append(np.linalg.lstsq(equations, numbers, rcond=None)[0][1:])
    return np.stack(found, axis=1)


def labels_from_weight_gradient(crossed: Array, side: Side, plan: TransferPlan) -> Array:
    """What labels the common rows have, from the gradient of the target's weights: ±1, (N,), or all of them reversed.

    >>> import fedlearn_edu as fl, warnings
    >>> warnings.simplefilter("ignore")                                     # the key is a toy, and the guard is off
    >>> source, target = fl.split_both(fl.load("digits"), overlap=0.05, seed=7)
    >>> common = fl.in_common(source, target)
    >>> run = fl.play(fl.transfer(source, target, common=common, iterations=1, alignment=0, key_bits=256, guard=False))
    >>> held, plan = run.held_by("target"), run.protocol.arguments["setting"].plan
    >>> guessed = labels_from_weight_gradient(held["gradient, its mask off"], held["start"], plan)
    >>> right = float(np.mean(guessed == 2 * common[0].data.labels - 1))    # of 90 rows
    >>> max(right, 1 - right)
    1.0

    Without alignment the gradient of dimension l is Φ_l·Σ_i T_il·r_i, with r_i = ¼φ_i − ½y_i and p + 1 numbers. So
    Σ_i T_il·r_i − κ_l·gradient_l = 0 with κ_l = 1/Φ_l: equations for N + d unknowns, up to one factor. The sign of r_i
    is that of −y_i while |φ_i| < 2. With an alignment, γκ·u_i^S disturbs this like noise: of 90
    common digits 91 to 100 % come out at γ = 0.001, 73 to 81 % at 0.01; of 180, 53 to 59 % at 0.01.

    Parameters
    ----------
    crossed : (d·(p + 1),), what the target holds of one round after taking its mask off; of the first rounds, best
    side : the target's common rows and weights in that round
    plan : public

    Raises
    ------
    ArgumentError
        there are more unknowns than equations
    """
    T = side.encoder.network.slopes(side.encoder.weights, side.X)  # (d, N, p + 1)
    (d, N, K), gradient = T.shape, np.asarray(crossed).reshape(plan.dimensions, -1)
    if N + d - 1 > d * K:
        raise ArgumentError(f"{N + d - 1} unknowns meet {d * K} equations.", "Fewer common rows can be solved for.")
    equations = np.zeros((d * K, N + d))
    equations[:, :N] = T.transpose(0, 2, 1).reshape(d * K, N) / np.sqrt(N)
    for dimension in range(d):
        # both kinds of unknowns at one scale, so that the smallest singular value means something
        rows = slice(dimension * K, (dimension + 1) * K)
        equations[rows, N + dimension] = -gradient[dimension] / np.linalg.norm(gradient)
    residuals = np.linalg.svd(equations)[2][-1][:N]
    return np.where(residuals < 0, 1.0, -1.0)


class Told(NamedTuple):
    """Upper limits that follow from a loss: the mean of ‖u^S − u^T‖², and the mean of (φ − 2y)² over common rows.

    A φ of 0 everywhere has (φ − 2y)² = 4; where it is below 4, the target's rows tell something of the label.
    """

    distance: float
    misfit: float


def told_by_the_loss(losses: Sequence[float], plan: TransferPlan, penalty: float = 0.0) -> list[Told]:
    """What the history of the loss says about the target's rows.

    >>> first, last = told_by_the_loss([0.70, 0.40], TransferPlan(alignment=0.5))
    >>> round(first.distance, 2), round(last.distance, 2), round(last.misfit, 2)
    (1.01, 0.41, 1.65)

    The loss is ⅛·mean (φ − 2y)² + log 2 − ½ + γ·mean ‖u^S − u^T‖² + the penalties, and none of these is negative
    but the constant. So each of them is at most the rest; the source, who knows u^S and y, knows how near it is.

    Parameters
    ----------
    losses : as the source knows them
    plan : with the distance as alignment
    penalty : λ/2·‖W‖² of the source's own weights, if it wants the limits closer

    Raises
    ------
    ArgumentError
        the alignment is the product form, which may be negative
    """
    if not plan.distance:
        raise ArgumentError("The product form may be negative, so nothing follows from the sum.", "Use the distance.")
    rest = [loss - penalty - (math.log(2.0) - 0.5) for loss in losses]
    return [Told(left / plan.alignment if plan.alignment else math.inf, 8.0 * left) for left in rest]

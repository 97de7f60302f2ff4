"""What training and prediction by transfer share: work inside one party.

    transfer              the four steps of a training
    transfer_prediction   the class of new rows, without training

Who sends what to whom is told there. Here is what a party does with its own rows, and with ciphertexts that came.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..crypto.chunks import Work
from ..crypto.group_sums import (
    SUM_BITS,
    TOTAL_BITS,
    encrypting_numbers,
    encrypting_total,
    folding,
    summing_all,
    summing_by_dimension,
    triangle,
    unfolded,
)
from ..crypto.joint_sums import residues_from_bytes
from ..crypto.paillier import EncryptedVector, PublicKey, decode, remove_raw_mask
from ..errors import UnsafeBatch
from ..learning.guard import columns_that_mark_rows
from ..learning.models import Array
from ..learning.representation import Encoder
from ..learning.transfer_loss import (
    factors_of_source,
    factors_of_target,
    own_pull,
    prototype,
    signs,
    stepped,
)
from ..wire.choreography import Local, Seat, Send, Text
from ._key_pair import is_agreed, key_pair
from ._transfer_arguments import Setting

if TYPE_CHECKING:
    from ..data.datasets import Dataset

Parts = Mapping[str, EncryptedVector]  # "square", (d·(d + 1)/2,); "rows", (N·d,); from the target also "own", (1,)


@dataclass(frozen=True, eq=False)
class Side:
    """One party's own rows and weights: X standardised, the common rows first; y = ±1 at the source."""

    encoder: Encoder
    X: Array
    y: Array | None = None

    def places(self) -> Array:
        """U, (N, d): where its rows lie now."""
        return self.encoder.network.of(self.encoder.weights, self.X)


def keys(parties: Sequence[Seat], key_bits: int) -> Text:
    """Step 1: each of two makes a pair and sends the other the public half. Answers {sender: (own, at the other)}."""
    public_at, private_at = {}, {}
    for owner, other in (parties, parties[::-1]):
        own, private_at[owner.name] = yield from key_pair(owner, key_bits)
        arrived = yield Send(own, other, f"public key of the {owner.name}", step=1)
        yield Local(other, "is the key as agreed?", is_agreed, arrived, key_bits, step=1)
        public_at[owner.name] = own, arrived
    return public_at, private_at


# ------------------------------------------------------------------------------------- one party and its own rows


def source_side(data: Dataset, owner: str, setting: Setting) -> Side:
    encoder = _encoder(data, owner, setting, "source")
    return Side(encoder, encoder.standardised(data), signs(np.asarray(data.labels)))


def target_side(data: Dataset, owner: str, setting: Setting) -> Side:
    encoder = _encoder(data, owner, setting, "target")
    return Side(encoder, encoder.standardised(data)[: setting.common])


def _encoder(data: Dataset, owner: str, setting: Setting, role: Any) -> Encoder:
    """Mean and deviation of its own columns over all its own rows, without those that mark few common ones."""
    network, weights = setting.plan.starts(len(data.columns), role)
    mean, deviation = data.features.mean(axis=0), data.features.std(axis=0)
    scale = np.where(deviation == 0, 1.0, deviation)
    if setting.guard:
        left_out = columns_that_mark_rows(data.features[: setting.common])
        if left_out.all():
            raise UnsafeBatch(
                "In every column fewer than 10 common rows differ from the others: each would mark single rows.",
                "Find more common rows, or other columns; or guard=False, for a lesson.",
            )
        scale, weights = np.where(left_out, np.inf, scale), network.without(weights, left_out)
    return Encoder(owner, data.columns, mean, scale, network, weights)


def represented(_: Any, side: Side) -> Array:
    return side.places()  # U = tanh(XWᵀ + b)


def weights_of(_: Any, side: Side) -> Array:
    return side.encoder.weights


def finished_source(_: Any, side: Side) -> Encoder:
    assert side.y is not None
    return replace(side.encoder, prototype=prototype(side.places(), side.y))


def finished_target(_: Any, side: Side) -> Encoder:
    return side.encoder


# ------------------------------------------------------------------------------------- what crosses


def source_components(_: Any, side: Side, U: Array, key: PublicKey, setting: Setting) -> Work[Parts]:
    assert side.y is not None
    N, Phi = setting.common, prototype(U, side.y)
    square = yield from encrypting_numbers(triangle(0.25 * np.outer(Phi, Phi)), key)  # [[¼ΦᵀΦ]]
    mixed = -0.5 * side.y[:N, None] * Phi + setting.plan.cross * U[:N]
    return {"square": square, "rows": (yield from encrypting_numbers(mixed, key))}  # [[−½y_i·Φ + γκ·u_i]]


def target_components(_: Any, side: Side, U: Array, key: PublicKey, setting: Setting) -> Work[Parts]:
    square = yield from encrypting_numbers(triangle(U.T @ U), key)  # [[Σ uᵀu]]
    rows = yield from encrypting_numbers(U, key)  # [[u_i]]
    penalty = setting.plan.penalty(side.encoder.network, side.encoder.weights)
    return {"square": square, "rows": rows, "own": (yield from encrypting_total(setting.common * penalty, key))}


# ------------------------------------------------------------------------------------- gradients and the loss


def draw_mask(_: Any, key: PublicKey, length: int, setting: Setting) -> list[int]:
    return setting.mask.draw(key, length)


def source_gradient(
    _: Any, came: Parts, side: Side, U: Array, mask: Sequence[int], setting: Setting
) -> Work[EncryptedVector]:
    assert side.y is not None
    T = side.encoder.network.slopes(side.encoder.weights, side.X)  # (d, N_S, p + 1)
    factors = factors_of_source(T, prototype(U, side.y), side.y, setting.common, setting.plan)
    sums = yield from summing_by_dimension(came["square"], came["rows"], *factors)  # Σ_i J_iᵀ[[∂/∂u_i]]
    return (yield from _hidden(sums, mask, setting))


def target_gradient(
    _: Any, came: Parts, side: Side, U: Array, mask: Sequence[int], setting: Setting
) -> Work[EncryptedVector]:
    T = side.encoder.network.slopes(side.encoder.weights, side.X)  # (d, N, p + 1)
    sums = yield from summing_by_dimension(came["square"], came["rows"], *factors_of_target(T, U))
    return (yield from _hidden(sums, mask, setting))


def _hidden(sums: EncryptedVector, mask: Sequence[int], setting: Setting) -> Work[EncryptedVector]:
    folded = yield from folding(sums, *setting.folds(setting.common + setting.plan.dimensions))
    return (yield from setting.mask.hiding(folded, mask))


def hidden_loss(
    _: Any, came: Parts, side: Side, U: Array, mask: Sequence[int], setting: Setting
) -> Work[EncryptedVector]:
    assert side.y is not None
    N, plan, Phi = setting.common, setting.plan, prototype(U, side.y)
    by_square = 0.125 * np.outer(Phi, Phi) + 0.5 * plan.own * np.eye(plan.dimensions)  # ⅛φ², γ‖u‖²
    by_row = -0.5 * side.y[:N, None] * Phi + plan.cross * U[:N]  # −½yφ, γκ·u^S·u^T
    total = yield from summing_all(came["square"], came["rows"], came["own"], by_square, by_row)
    return (yield from setting.mask.hiding(total, mask))


def without_mask(_: Any, seen: bytes, mask: Sequence[int], key: PublicKey, size: int, width: int, in_one: int) -> Array:
    integers = remove_raw_mask(residues_from_bytes(seen, key), mask, key)
    return decode(unfolded(integers, size, width, in_one), SUM_BITS)  # the other's share of a sum, (size,)


def losses_so_far(
    _: Any, seen: bytes, mask: Sequence[int], key: PublicKey, side: Side, U: Array, before: list[float] | None,
    setting: Setting,
) -> list[float]:  # fmt: skip
    N, plan = setting.common, setting.plan
    (crossed,) = decode(remove_raw_mask(residues_from_bytes(seen, key), mask, key), TOTAL_BITS)
    own = 0.5 * plan.own * np.sum(U[:N] ** 2) + N * plan.penalty(side.encoder.network, side.encoder.weights)
    return [*(before or []), float((crossed + own) / N + math.log(2.0))]


def verdict(_: Any, losses: list[float], setting: Setting) -> str:
    return setting.plan.stops(losses)


def last_of(_: Any, losses: list[float]) -> float:
    return losses[-1]


def updated(_: Any, side: Side, crossed: Array, U: Array, setting: Setting) -> Side:
    network, weights, N = side.encoder.network, side.encoder.weights, setting.common
    own = own_pull(weights, side.X[:N], U[:N], network, setting.plan)
    gradient = (network.packed(crossed) + own) / N  # of the mean loss, without λW, which `stepped` adds
    return replace(side, encoder=replace(side.encoder, weights=stepped(weights, gradient, network, setting.plan)))

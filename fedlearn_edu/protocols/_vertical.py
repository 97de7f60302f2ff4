"""What the forms of vertical learning share: work inside one party, and the rounds around the exchange.

    vertical                       through a coordinator, who holds the private key
    vertical_without_coordinator   between two, each with a key of its own
    vertical_prediction            one more row: the joint score, without training

Each form's own file tells who sends what to whom. Here is what a party does with its own columns (its share u = X·w of
the score, the update of w), and what it does with ciphertexts that came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..crypto.chunks import Work
from ..crypto.joint_sums import (
    GRADIENT_BITS,
    SHARE_LIMIT,
    MaskRule,
    adding_share,
    adding_square,
    encode_columns,
    encode_share,
    encrypting_share,
    encrypting_square,
    residues_from_bytes,
    summing_columns,
)
from ..crypto.paillier import (
    EncryptedVector,
    PrivateKey,
    PublicKey,
    decode,
    decrypting,
    re_randomising,
    remove_raw_mask,
)
from ..errors import Diverged, RangeError, UnsafeBatch
from ..learning.guard import what_a_batch_gives_away
from ..learning.residual import Descent, Part
from ..wire.choreography import Announce, At, Local, Located, Report, Seat, Text
from ._key_pair import is_agreed

if TYPE_CHECKING:
    from ..data.datasets import Dataset

Batch = tuple[int, int]


@dataclass(frozen=True)
class Training:
    """What everybody knows of a training before it starts."""

    descent: Descent
    mask: MaskRule
    guard: bool
    key_bits: int

    @property
    def rounds(self) -> Iterator[tuple[int, Batch]]:
        """Number and batch of every round."""
        batches = self.descent.batches
        return ((t, batches[(t - 1) % len(batches)]) for t in range(1, self.descent.rounds + 1))


def begin(parties: Sequence[Seat], label_holder: Seat, training: Training) -> Text:
    """Step 0: look at the batches, encode the columns, start at weights 0."""
    if training.guard:
        for party in parties:
            yield from guarded(party, party == label_holder, training.descent.batches)
    columns_at, parts_at = {}, {}
    for party in parties:
        here = (party, "encode own columns", encoded_columns, party == label_holder)
        columns_at[party.name] = yield Local(*here, step=0)
        parts_at[party.name] = yield Local(party, "weights, all 0", first_part, party == label_holder, step=0)
    return columns_at, parts_at


def guarded(party: Seat, with_intercept: bool, batches: Sequence[Batch]) -> Text:
    """One party looks at its own columns, and tells yes or no; why, it tells nobody."""
    reason_at_party = yield Local(party, "what would a batch give away?", give_away, with_intercept, batches, step=0)
    fine_at_party = yield Local(party, "nothing?", is_nothing, reason_at_party, step=0)
    if not (yield Announce(fine_at_party, "batches are large enough", step=0, shape=(), rehearsal=True)):
        yield Local(party, "say why not", refuse, reason_at_party, step=0)  # its own process alone knows
        raise UnsafeBatch(f"{party.name} refuses these batches.", "It can see why.")


def shares(
    parties: Sequence[Seat], label_holder: Seat, parts_at: Located, batch: Batch, training: Training, step: int
) -> Text:
    """Every party's share of the residual d = z − t: u = X·w; at the label holder u − t."""
    share_at = {}
    for party in parties:
        label = "its share u − t" if party == label_holder else "its share u"
        here = (parts_at[party.name], batch, training.descent)
        share_at[party.name] = yield Local(party, label, own_share, *here, step=step)
    return share_at


def masks(
    parties: Sequence[Seat], columns_at: Located, key_of: Mapping[str, Any], training: Training, masks_at: Located
) -> Text:
    """Step 3: a fresh mask at each in every round, under the key of its gradient; old ones only where a lesson asks."""
    if masks_at and training.mask.kind == "reused":
        return masks_at
    drawn = {}
    for party in parties:
        here = (columns_at[party.name], key_of[party.name], training.mask)
        drawn[party.name] = yield Local(party, "draw a mask", draw_mask, *here, step=3)
    return drawn


def end_of_round(
    parties: Sequence[Seat], label_holder: Seat, parts_at: Located, sums_at: Located, square_at_label_holder: At,
    t: int, batch: Batch, training: Training,
) -> Text:  # fmt: skip
    """Step 4, the end of a round: every party updates its part, unless the label holder sees the loss run away."""
    rows, descent = batch[1] - batch[0], training.descent
    judging = (square_at_label_holder, rows, descent)
    sane_at_label_holder = yield Local(label_holder, "is the loss sane?", is_sane, *judging, step=4)
    if not (yield Announce(sane_at_label_holder, "go on", step=4, shape=(), rehearsal=True)):
        raise descent.runaway(t)
    new_at = {}
    for party in parties:
        here = (parts_at[party.name], sums_at[party.name], rows, descent)
        new_at[party.name] = yield Local(party, "update its weights", update, *here, step=4)
    loss_at_label_holder = yield Local(label_holder, "loss", loss_of, *judging, step=4)
    epoch = 1 + (t - 1) // len(descent.batches)
    yield Report(round=t, epoch=epoch, loss=loss_at_label_holder, parts=new_at)
    return new_at


def give_away(table: Dataset, with_intercept: bool, batches: Sequence[Batch]) -> str:
    names = (*table.columns, "intercept") if with_intercept else table.columns
    return what_a_batch_gives_away(own_columns(table, with_intercept), names, batches)


def is_nothing(_: Any, reason: str) -> bool:
    return reason == ""


def refuse(_: Any, reason: str) -> None:
    raise UnsafeBatch(
        f"A batch would give rows away: {reason}.",
        "Take larger batches, leave columns out, merge a rare category into another; or guard=False, for a lesson.",
    )


def own_columns(table: Dataset, with_intercept: bool) -> np.ndarray:
    X = table.features  # (N, p)
    return np.column_stack([X, np.ones(len(X))]) if with_intercept else X  # the intercept's column is all ones


def encoded_columns(table: Dataset, with_intercept: bool) -> np.ndarray:
    try:
        return encode_columns(own_columns(table, with_intercept))
    except RangeError as error:
        raise RangeError(error.problem, "Standardise the columns first: party.standardised().") from None


def first_part(table: Dataset, with_intercept: bool) -> Part:
    return Part(table.columns, np.zeros(len(table.columns)), 0.0 if with_intercept else None)


def own_share(table: Dataset, part: Part, batch: Batch, descent: Descent) -> list[int]:
    rows = slice(*batch)
    u = part.share(table.features[rows])  # u = X·w, (n,)
    if part.intercept is not None:
        u -= descent.model.targets(np.asarray(table.labels), SHARE_LIMIT)[rows]  # u − t: at the label holder
    try:
        return encode_share(u)
    except RangeError:
        remedy = f"Take smaller steps than learning_rate={descent.learning_rate:g}, or standardise the columns."
        raise Diverged("The scores ran away, beyond all bounds.", remedy) from None


def is_sane(table: Dataset, square: float, rows: int, descent: Descent) -> bool:
    return not descent.runs_away(square, rows, np.asarray(table.labels))


def loss_of(_: Any, square: float, rows: int, descent: Descent) -> float:
    return descent.loss(square, rows)  # of this batch, at the weights it was computed with; without penalty


def update(_: Any, part: Part, sums: Sequence[int], rows: int, descent: Descent) -> Part:
    return descent.step(part, decode(sums, GRADIENT_BITS), rows)  # w − η·(factor·Xᵀd/n + λ·w)


def looked_at(parties: Sequence[Seat], public: Any, key_bits: int) -> Text:
    """Step 1, its end: everyone who did not make the key looks whether it has the agreed size."""
    for party in parties:
        yield Local(party, "is the key as agreed?", is_agreed, public, key_bits, step=1)


def encrypted_share(_: Any, share: Sequence[int], public: PublicKey) -> Work[EncryptedVector]:
    return encrypting_share(share, public)  # [[u]]


def encrypted_square(_: Any, share: Sequence[int], public: PublicKey) -> Work[EncryptedVector]:
    return encrypting_square(share, public)  # [[Σu²]]


def with_own_share(_: Any, vector: EncryptedVector, share: Sequence[int]) -> Work[EncryptedVector]:
    return (yield from re_randomising((yield from adding_share(vector, share))))  # [[s + u]]


def with_own_square(
    _: Any, square: EncryptedVector, vector: EncryptedVector, share: Sequence[int]
) -> Work[EncryptedVector]:
    total = yield from adding_square(square, vector, share)  # [[Σs²]] + 2Σ u·[[s]] + [[Σu²]]
    return (yield from re_randomising(total, for_key_holder=True))


def draw_mask(_: Any, columns: np.ndarray, public: PublicKey, rule: MaskRule) -> list[int]:
    return rule.draw(public, columns.shape[1])


def hidden_gradient(
    _: Any, residuals: EncryptedVector, columns: np.ndarray, batch: Batch, mask: Sequence[int], rule: MaskRule
) -> Work[EncryptedVector]:
    sums = yield from summing_columns(residuals, columns[slice(*batch)])  # Xᵀ[[d]], (p,)
    return (yield from rule.hiding(sums, mask))  # + R


def opened_square(_: Any, square: EncryptedVector, private: PrivateKey) -> Work[float]:
    (integer,) = yield from decrypting(square, private)
    return float(decode([integer], square.scale_bits)[0])


def without_mask(_: Any, seen: bytes, mask: Sequence[int], public: PublicKey) -> list[int]:
    return remove_raw_mask(residues_from_bytes(seen, public), mask, public)

"""Joint prediction: the score of rows whose columns lie with different parties, by each party's own part of a model.

    step 1   key holder ──public key──> everyone
    step 2   feature holder ──[[u]]──> label holder, or the next feature holder, who adds its own u
    step 3   the label holder adds its own u and a mask r: ──[[z + r]]──> key holder
    step 4   key holder ──z + r──> label holder, who takes r off

u = X·w is a party's share of the score z = Σ u. The key holder is the coordinator; without one, the feature holder,
who decrypts for the label holder and sees z + r, uniform mod n.

Who learns what: the label holder, the score of every row, so also the sum of the others' shares; the key holder,
N alone. (In the paper's form the coordinator adds readable parts, and learns every prediction.)
Whom it trusts: all are semi-honest; with a coordinator, nobody works with it. What travels in the clear, z + r, needs a
private channel.
What it does not do: hide the feature holders' shares from the label holder, who subtracts its own from z; keep it from
asking again and again, with a row after each change of a column.

References
----------
Yang, Liu, Chen, Tong: Federated Machine Learning: Concept and Applications.
ACM Transactions on Intelligent Systems and Technology 10(2), 2019, section 2.4.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from ..crypto.chunks import Work
from ..crypto.joint_sums import SHARE_BITS, adding_share, encode_share
from ..crypto.paillier import EncryptedVector, PublicKey, adding_raw_mask, decode, draw_raw_mask
from ..crypto.powers import seconds_of_a_power
from ..data.datasets import Dataset
from ..data.party import Holder, Party
from ..data.together import agreed_alignment
from ..errors import ArgumentError
from ..learning.residual import Part
from ..wire.choreography import Agreed, Announce, Local, Protocol, Seat, Send, Text
from . import _vertical as work
from ._key_pair import checked_key_bits, decrypted_raw, key_pair, named_key
from ._vertical_arguments import check_seats, rows_of

Own = tuple[Dataset, Part]  # what a party has: rows, and its part of the model


def vertical_predict(
    parts: Mapping[str, Part], label_holder: Party, *feature_holders: Party, coordinator: str | None = "coordinator",
    key_bits: int = 2048,
) -> Protocol:  # fmt: skip
    """Score aligned rows with a model whose parts lie with different parties; only the label holder sees the scores.

    >>> import fedlearn_edu as fl, warnings
    >>> from fedlearn_edu.learning import auc
    >>> warnings.simplefilter("ignore")                                     # the key is a toy
    >>> training, exam = fl.split_train_test(fl.load("breast_cancer"), seed=7)
    >>> known = [party.standardised() for party in fl.play(fl.align(*fl.split_columns(training, overlap=1))).result]
    >>> parts = fl.play(fl.vertical_logistic(*known, epochs=5, learning_rate=0.3, key_bits=256)).result
    >>> new = fl.play(fl.align(*fl.split_columns(exam, overlap=1))).result
    >>> new = [party.standardised(like=like) for party, like in zip(new, known)]
    >>> scores = fl.play(vertical_predict(parts, *new, key_bits=256)).result
    >>> auc(new[0].data.labels, scores) > 0.98
    True

    Parameters
    ----------
    parts : by party's name, as the result of `vertical_linear` and `vertical_logistic` has them
    label_holder, feature_holders : with aligned new rows, each scaled as its training rows were:
        `party.standardised(like=...)`. The label holder needs no labels here
    coordinator : who decrypts; None: the feature holder, of which there is one then
    key_bits : as in training

    Returns
    -------
    Protocol
        its result is the scores z, an array of shape (N,), at the label holder

    Raises
    ------
    ArgumentError, DataError
        a party has no part, or other columns than its part; the rows do not lie side by side
    """
    check_seats(label_holder, feature_holders, coordinator, "vertical_predict(parts, bank, tax_office)")
    key_bits = checked_key_bits(key_bits)
    own, others = _holder(parts, label_holder), tuple(_holder(parts, party) for party in feature_holders)
    key_holder = others[0] if coordinator is None else Party(coordinator)
    arguments = {"label_holder": own, "feature_holders": others, "key_holder": key_holder, "key_bits": key_bits}
    rows = rows_of((label_holder, *feature_holders))
    return Protocol(
        prediction_text,
        {**arguments, "rows": rows},
        title=f"joint prediction ({named_key(key_bits)}{'' if coordinator else '; no coordinator'})",
        forecast=partial(_forecast, rows, len(others), key_bits),
        agreed=agreed_alignment((label_holder, *feature_holders)),
    )


def prediction_text(
    label_holder: Seat, feature_holders: Sequence[Seat], key_holder: Seat, key_bits: int, rows: int
) -> Text:
    """The score of new rows.

    1. the key holder makes a key pair, and sends everyone the public key
    2. every feature holder adds its encrypted share of the score
    3. the label holder adds its own share and a mask, and sends the sum to the key holder
    4. the key holder decrypts and returns; the label holder takes the mask off
    """
    public_at_key_holder, private_at_key_holder = yield from key_pair(key_holder, key_bits)
    public = yield Announce(public_at_key_holder, "public key", step=1)
    keyless = [party for party in (*feature_holders, label_holder) if party != key_holder]
    yield from work.looked_at(keyless, public, key_bits)
    first, *others = feature_holders
    share = yield Local(first, "its share u", own_share, step=2)
    sum_at = yield Local(first, "encrypt its share", work.encrypted_share, share, public, step=2)
    for party in others:
        arrived = yield Send(sum_at, party, "encrypted share", step=2, shape=(rows,))
        share = yield Local(party, "its share u", own_share, step=2)
        sum_at = yield Local(party, "add its share", work.with_own_share, arrived, share, step=2)
    arrived = yield Send(sum_at, label_holder, "encrypted share", step=2, shape=(rows,))
    share = yield Local(label_holder, "its share u", own_share, step=3)
    mask = yield Local(label_holder, "draw a mask", new_mask, public, rows, step=3)
    hidden = yield Local(label_holder, "add share and mask", masked_scores, arrived, share, mask, step=3)
    closed = yield Send(hidden, key_holder, "masked scores", step=3, shape=(rows,))
    seen = yield Local(key_holder, "decrypt", decrypted_raw, closed, private_at_key_holder, step=4)
    returned = yield Send(seen, label_holder, "masked scores, decrypted", step=4)
    scores = yield Local(label_holder, "take the mask off", scores_of, returned, mask, public, step=4)
    return Agreed({label_holder.name: scores})


def own_share(own: Own) -> list[int]:
    table, part = own
    return encode_share(part.share(table))  # u = X·w


def new_mask(_: Own, public: PublicKey, rows: int) -> list[int]:
    return draw_raw_mask(public, rows)


def masked_scores(_: Own, vector: EncryptedVector, share: Sequence[int], mask: Sequence[int]) -> Work[EncryptedVector]:
    scores = yield from adding_share(vector, share)  # [[z]]
    # fast randomness will do: everything here was only added, so there is no factor to hide from the key holder
    return (yield from adding_raw_mask(scores, mask, for_key_holder=False))  # [[z + r]]


def scores_of(_: Own, seen: bytes, mask: Sequence[int], public: PublicKey) -> np.ndarray:
    return decode(work.without_mask(None, seen, mask, public), SHARE_BITS)


def _holder(parts: Mapping[str, Part], party: Party) -> Holder | Party:
    if party.is_elsewhere:
        return party
    part, table = parts.get(party.name), party.data
    if not isinstance(part, Part) or table is None:
        known = ", ".join(parts)
        raise ArgumentError(f"{party.name!r} has no part of the model; {known} have.", "Give run.result of a training.")
    if part.columns != table.columns:
        raise ArgumentError(
            f"{party.name} has {len(table.columns)} columns, and its part is of {len(part.columns)} others.",
            "Give the columns of the training, in the same order.",
        )
    return Holder(party.name, (table, part))


def _forecast(rows: int, holders: int, key_bits: int) -> tuple[float, int]:
    """In powers r^n mod n², as for training."""
    factors = rows * (holders + 1)
    powers = min(0.45 * factors, 30 + 0.048 * factors) + 0.13 * rows
    size = (holders + 1) * rows * key_bits // 4 + rows * key_bits // 8 + 600
    return (powers + 20) * seconds_of_a_power(key_bits) + 50e-6 * factors, size

"""Prediction after federated transfer learning: the target's new rows get their class, and show themselves to nobody.

    step 1   target ──public key──> source
    step 2   target ──{[[u_i]]}──> source
    step 3   source ──{[[Φ·u_i + m_i]]}──> target
    step 4   target ──{Φ·u_i + m_i}──> source, who takes the masks off and sends the class ──Φ·u_i > 0──> target

u is where the target's network puts a row, Φ the source's mean of y·u.
Who learns what: the source, the score Φ·u_i of every row, so its class, and how many rows there are; the target, the
class.
Whom it trusts: the other, to be semi-honest. What travels in the clear, masked scores and classes, needs a private
channel.
What it does not do: hide the classes from the source; keep a target that may choose its rows from searching for the
direction of Φ, by asking for the class of one after the other.

References
----------
Liu, Kang, Xing, Chen, Yang: A Secure Federated Transfer Learning Framework.
IEEE Intelligent Systems 35(4), 2020; arXiv 1812.03337.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..crypto.chunks import Work
from ..crypto.group_sums import encrypting_numbers, folding, slots, summing_each_row
from ..crypto.joint_sums import MaskRule
from ..crypto.paillier import EncryptedVector, PublicKey
from ..crypto.powers import seconds_of_a_power
from ..data.party import Holder
from ..errors import ArgumentError
from ..learning.models import Array
from ..learning.representation import Encoder
from ..wire.choreography import Local, Protocol, Seat, Send, Text
from . import _transfer as work
from ._key_pair import checked_key_bits, decrypted_raw, is_agreed, key_pair, named_key
from ._transfer_arguments import checked_mask


def transfer_predict(
    encoders: Mapping[str, Encoder], rows: Any, *, key_bits: int = 2048, mask: str = "uniform"
) -> Protocol:
    """Ask for the class of rows of the target, by what both learned.

    >>> import fedlearn_edu as fl, numpy as np, warnings
    >>> warnings.simplefilter("ignore")                                     # the key is a toy
    >>> training, exam = fl.split_train_test(fl.two_classes(fl.load("digits")), seed=7)
    >>> source, target = fl.split_both(training, overlap=0.1, seed=7)
    >>> protocol = fl.transfer(source, target, common=fl.in_common(source, target), iterations=5, key_bits=256)
    >>> encoders = fl.play(protocol).result
    >>> classes = fl.play(transfer_predict(encoders, exam, key_bits=256)).result     # of right halves alone
    >>> float(np.mean(classes == exam.labels)) > 0.7
    True

    Parameters
    ----------
    encoders : of "source" and "target", as `transfer` gave them
    rows : a table that has the target's columns, among others if you like; not standardised
    key_bits : 2048, 3072 or 4096; 256, 512 and 1024 are toys, for the classroom only
    mask : "uniform" hides Φ·u from the target. For a lesson, and marked UNSAFE: "none"

    Returns
    -------
    Protocol
        its result is an array of 0 and 1, (N,): the source's classes by number

    Raises
    ------
    ArgumentError
        an encoder is missing, rows lack a column, there are none, or the key has a size of its own
    """
    source, target = (encoders.get(role) for role in ("source", "target"))
    if not isinstance(source, Encoder) or not isinstance(target, Encoder) or source.prototype is None:
        raise ArgumentError("The encoders of source and target are needed.", "Pass run.result of fl.transfer.")
    key_bits = checked_key_bits(key_bits)
    places, rule, key = target.represent(rows), checked_mask(mask), named_key(key_bits)
    if not len(places):
        raise ArgumentError("There is no row to predict.", "Give one row or more.")
    folds = slots(places.shape[1], key_bits) if mask == "uniform" else (0, 1)
    warning = f"; {rule.warning}" if rule.warning else ""
    # the source comes with its Φ, the target with its rows in the common space
    holders = {"source": Holder(source.owner, source.prototype), "target": Holder(target.owner, places)}
    return Protocol(
        prediction_text,
        {
            **holders, "mask": rule, "folds": folds, "rows": len(places), "dimensions": places.shape[1],
            "key_bits": key_bits,
        },
        title=f"prediction by transfer ({key}{warning})",
        forecast=partial(_forecast, len(places), places.shape[1], folds[1], key_bits),
    )  # fmt: skip


def prediction_text(
    source: Seat, target: Seat, mask: MaskRule, folds: tuple[int, int], key_bits: int, rows: int, dimensions: int
) -> Text:
    """The class of new rows.

    1. the target makes a key pair, and sends the source its public key
    2. the target encrypts where its rows lie in the common space, and sends that
    3. the source computes encrypted scores, adds masks, and sends them back
    4. the target decrypts and returns; the source takes the masks off and sends the classes
    """
    word = "masked" if mask.kind == "uniform" else "unmasked"
    public_at_target, private_at_target = yield from key_pair(target, key_bits)
    public_at_source = yield Send(public_at_target, source, "public key of the target", step=1)
    yield Local(source, "is the key as agreed?", is_agreed, public_at_source, key_bits, step=1)
    u_at_target = yield Local(target, "encrypt where its rows lie", encrypted_places, public_at_target, step=2)
    u_at_source = yield Send(u_at_target, source, "encrypted rows", step=2, shape=(rows * dimensions,))
    size = -(-rows // folds[1])  # ciphertexts
    mask_at_source = yield Local(source, "masks for the scores", draw_masks, public_at_source, size, mask, step=3)
    hidden = yield Local(source, "encrypted scores", hidden_scores, u_at_source, mask_at_source, mask, folds, step=3)
    scores_at_target = yield Send(hidden, target, f"{word} scores", step=3, shape=(size,))
    opened = yield Local(target, "decrypt", decrypted_raw, scores_at_target, private_at_target, step=4)
    seen = yield Send(opened, source, f"{word} scores, decrypted", step=4)
    here = (seen, mask_at_source, public_at_source, rows, *folds)
    scores_at_source = yield Local(source, "scores, their masks off", work.without_mask, *here, step=4)
    classes_at_source = yield Local(source, "classes", classes_of, scores_at_source, step=4)
    return (yield Send(classes_at_source, target, "classes", step=4, shape=(rows,)))


def encrypted_places(places: Array, key: PublicKey) -> Work[EncryptedVector]:
    return encrypting_numbers(places, key)  # [[u_i]], (N·d,)


def draw_masks(_: Any, key: PublicKey, rows: int, rule: MaskRule) -> list[int]:
    return rule.draw(key, rows)


def hidden_scores(
    Phi: Array, places: EncryptedVector, mask: Sequence[int], rule: MaskRule, folds: tuple[int, int]
) -> Work[EncryptedVector]:
    scores = yield from summing_each_row(places, Phi)  # Φ·[[u_i]]
    return (yield from rule.hiding((yield from folding(scores, *folds)), mask))


def classes_of(_: Any, scores: Array) -> np.ndarray:
    return (scores > 0).astype(np.uint8)


def _forecast(rows: int, dimensions: int, in_one: int, key_bits: int) -> tuple[float, int]:
    """Seconds and bytes, from one measured power r^n mod n², the unit of all the work."""
    numbers, scores = rows * dimensions, -(-rows // in_one)
    powers = min(0.45 * numbers, 30 + 0.05 * numbers) + 0.75 * scores + 0.008 * numbers + 0.03 * rows
    size = (numbers + scores) * key_bits // 4 + scores * key_bits // 8 + 300
    return (powers + 20) * seconds_of_a_power(key_bits), size

"""Vertical federated learning between two, without a coordinator: each helps the other, and reads nothing for it.

    step 0   both parties look whether their batches are large enough to hide rows, and announce yes or no
    step 1   feature holder ──public key──> label holder;  label holder ──public key──> feature holder
    step 2   feature holder ──[[u]], [[Σu²]] under its own key──> label holder
             label holder ──[[u − t]] under its own key──> feature holder
    step 3   each adds its own share inside what came, so has [[d]] under the other's key, and sends back
             label holder ──[[Xᵀd + R]], [[Σd² + R]] under the feature holder's key──> feature holder
             feature holder ──[[Xᵀd + R]] under the label holder's key──> label holder
    step 4   each decrypts what came and returns it ──Xᵀd + R──> the other; each takes its mask off and updates
             label holder ──go on, or stop──> feature holder

Who learns what: each, its own gradient each round, so its own weights, N, and how many columns the other has; the
label holder, the loss. What each decrypts for the other is uniform mod n. Nobody else is there to learn anything.
Whom it trusts: the other, to be semi-honest. There is no third party that could work with one of them. What travels in
the clear, the decrypted masked sums, needs a private channel.
What it does not do: hide what gradients tell by themselves, as in the form with a coordinator. It takes two sets of
ciphertexts where the coordinator's key needs one, and serves exactly two.

References
----------
Yang, Liu, Chen, Tong: Federated Machine Learning: Concept and Applications.
ACM Transactions on Intelligent Systems and Technology 10(2), 2019, section 2.4.2: a coordinator can be done without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..crypto.chunks import Work
from ..crypto.joint_sums import SQUARE_BITS, adding_share, adding_square
from ..crypto.paillier import EncryptedVector, PublicKey, adding_raw_mask, decode, draw_raw_mask
from ..wire.choreography import Announce, Local, Located, Round, Seat, Send, Text
from . import _vertical as work
from ._key_pair import decrypted_raw, key_pair
from ._vertical import Batch, Training


def two_party_text(label_holder: Seat, feature_holder: Seat, training: Training) -> Text:
    """Linear and logistic regression between two, in the article's four steps.

    0. both parties look at their batches, and start at weights 0
    1. each makes a key pair, and sends the other its public key
    2. each sends its share of the residuals, encrypted under its own key
    3. each computes its gradient under the other's key, adds a mask and sends it back; the label holder the loss, too
    4. each decrypts for the other and returns; each takes its mask off and updates its weights
    """
    parties = (feature_holder, label_holder)
    other = {feature_holder.name: label_holder, label_holder.name: feature_holder}
    columns_at, parts_at = yield from work.begin(parties, label_holder, training)
    public_of, private_at = yield from _keys(parties, other, training.key_bits)
    key_of = {party.name: public_of[other[party.name].name] for party in parties}  # its gradient is under the other's
    masks_at: Located = {}
    for t, batch in training.rounds:
        yield Round(t)
        share_at = yield from work.shares(parties, label_holder, parts_at, batch, training, step=2)
        came_at, square_at_label_holder = yield from _exchange(feature_holder, label_holder, share_at, public_of, batch)
        masks_at = yield from work.masks(parties, columns_at, key_of, training, masks_at)
        gradient_at_other = {}
        for party in parties:
            inside = (came_at[party.name], share_at[party.name])
            residuals = yield Local(party, "residuals under the other's key", residuals_inside, *inside, step=3)
            here = (residuals, columns_at[party.name], batch, masks_at[party.name], training.mask)
            hidden = yield Local(party, "encrypted gradient, hidden", work.hidden_gradient, *here, step=3)
            gradient_at_other[party.name] = yield Send(hidden, other[party.name], training.mask.label, step=3)
        theirs = public_of[feature_holder.name]
        loss_mask = yield Local(label_holder, "draw a mask for the loss", draw_one_mask, theirs, step=3)
        of_loss = (square_at_label_holder, came_at[label_holder.name], share_at[label_holder.name], loss_mask)
        hidden = yield Local(label_holder, "encrypted loss, masked", masked_square, *of_loss, step=3)
        loss_at_feature_holder = yield Send(hidden, feature_holder, "masked loss", step=3, shape=(1,))
        sums_at = {}
        for party in parties:
            helper = other[party.name]
            closed = (gradient_at_other[party.name], private_at[helper.name])
            seen = yield Local(helper, f"decrypt for {party.name}", decrypted_raw, *closed, step=4)
            returned = yield Send(seen, party, f"{training.mask.label}, decrypted", step=4)
            masked = (returned, masks_at[party.name], public_of[helper.name])
            sums_at[party.name] = yield Local(party, "take the mask off", work.without_mask, *masked, step=4)
        closed = (loss_at_feature_holder, private_at[feature_holder.name])
        seen = yield Local(feature_holder, "decrypt the loss", decrypted_raw, *closed, step=4)
        returned = yield Send(seen, label_holder, "masked loss, decrypted", step=4)
        square = yield Local(label_holder, "take its mask off", square_of, returned, loss_mask, theirs, step=4)
        parts_at = yield from work.end_of_round(parties, label_holder, parts_at, sums_at, square, t, batch, training)
    return parts_at


def _keys(parties: Sequence[Seat], other: dict[str, Seat], key_bits: int) -> Text:
    """Step 1: between two, what one announces the other receives, and nobody else is there."""
    public_of, private_at = {}, {}
    for party in parties:
        public_at_party, private_at[party.name] = yield from key_pair(party, key_bits)
        public_of[party.name] = yield Announce(public_at_party, f"public key of {party.name}", step=1)
        yield from work.looked_at([other[party.name]], public_of[party.name], key_bits)
    return public_of, private_at


def _exchange(
    feature_holder: Seat, label_holder: Seat, share_at: Located, public_of: dict[str, Any], batch: Batch
) -> Text:
    """Step 2: each share goes to the other under its owner's key; and the feature holder's square, for the loss."""
    came_at, rows = {}, (batch[1] - batch[0],)
    for party, receiver in ((feature_holder, label_holder), (label_holder, feature_holder)):
        here = (share_at[party.name], public_of[party.name])
        closed = yield Local(party, "encrypt its share", work.encrypted_share, *here, step=2)
        came_at[receiver.name] = yield Send(closed, receiver, "encrypted share", step=2, shape=rows)
    here = (share_at[feature_holder.name], public_of[feature_holder.name])
    square = yield Local(feature_holder, "encrypt its square", work.encrypted_square, *here, step=2)
    return came_at, (yield Send(square, label_holder, "encrypted square", step=2, shape=(1,)))


def residuals_inside(_: Any, vector: EncryptedVector, share: Sequence[int]) -> Work[EncryptedVector]:
    return adding_share(vector, share)  # [[s + u]] = [[d]]; it stays here, so it needs no new randomness


def draw_one_mask(_: Any, public: PublicKey) -> list[int]:
    return draw_raw_mask(public, 1)


def masked_square(
    _: Any, square: EncryptedVector, vector: EncryptedVector, share: Sequence[int], mask: Sequence[int]
) -> Work[EncryptedVector]:
    total = yield from adding_square(square, vector, share)  # [[Σs²]] + 2Σ u·[[s]] + Σu²
    return (yield from adding_raw_mask(total, mask))


def square_of(_: Any, seen: bytes, mask: Sequence[int], public: PublicKey) -> float:
    return float(decode(work.without_mask(None, seen, mask, public), SQUARE_BITS)[0])

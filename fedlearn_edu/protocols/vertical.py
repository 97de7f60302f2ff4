"""Vertical federated learning: linear and logistic regression over columns that lie with different parties.

    step 0   every party looks whether its batches are large enough to hide rows, and announces yes or no
    step 1   coordinator ──public key──> everyone
    step 2   feature holder ──[[u]], [[Σu²]]──> label holder, or the next feature holder, who adds its own u
             label holder ──[[d]]──> feature holders        d = Σ u − t, the residuals
             label holder ──[[Σd²]]──> coordinator          the loss
    step 3   every party ──[[Xᵀd + R]]──> coordinator       its gradient under a mask R, uniform mod n, fresh each time
    step 4   coordinator ──Xᵀd + R──> each party, in the clear;  ──Σd²──> label holder
             every party takes its mask off and updates its weights; the label holder tells everyone: go on

u = X·w is a party's share of the score z, X and w its own; t comes from the labels (see `learning.residual`).

Who learns what: a party, its own gradient each round, so its own weights, and N; the coordinator, the loss each round,
how many columns each party has, and N; the label holder, the loss. No label, no share and no column leaves its party
readable.
Whom it trusts: all are semi-honest, and nobody works with the coordinator: with the key and a feature holder's
messages it reads every residual, so the labels. Feature holders who put their columns together count as one party that
has them all; the guard looked at each alone. What travels in the clear needs a private channel: loss, masked gradients.
What it does not do: hide what gradients tell by themselves. A party's first one is −Xᵀt: how its own columns go with
the labels. Of labels with two values small batches can be found by trying: take many more rows than 30 for each column.
(A secret random start at the label holder would hide that; it is not built.) A guard refuses batches that are small;
`attacks.vertical` shows what passes it.

In the paper, the label holder is B, the feature holder A, the coordinator C.

References
----------
Yang, Liu, Chen, Tong: Federated Machine Learning: Concept and Applications.
ACM Transactions on Intelligent Systems and Technology 10(2), 2019, section 2.4.2. (linear)
Hardy et al.: Private federated learning on vertically partitioned data via entity resolution and additively
homomorphic encryption. arXiv 1711.10677, 2017. (logistic)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..data.party import Party
from ..data.together import agreed_alignment, all_are_here
from ..learning.residual import LINEAR, LOGISTIC, ResidualModel
from ..wire.choreography import Announce, Local, Located, Protocol, Round, Seat, Send, Text
from . import _vertical as work
from ._key_pair import decrypted_raw, key_pair
from ._vertical import Batch, Training
from ._vertical_arguments import checked_parties, checked_training, forecast, rows_of, title_of
from .vertical_without_coordinator import two_party_text


def vertical_logistic(
    label_holder: Party, *feature_holders: Party, coordinator: str | None = "coordinator", epochs: int = 10,
    batch_size: int | None = None, learning_rate: float = 0.5, l2: float = 0.0, key_bits: int = 2048,
    mask: str | float = "uniform", guard: bool = True,
) -> Protocol:  # fmt: skip
    """Train logistic regression over the columns of several parties; encrypted sums travel, columns stay.

    >>> import fedlearn_edu as fl, warnings
    >>> warnings.simplefilter("ignore")                                     # the key is a toy
    >>> hospital, laboratory = fl.split_columns(fl.load("breast_cancer"), overlap=1, names=("hospital", "laboratory"))
    >>> hospital, laboratory = fl.play(fl.align(hospital, laboratory)).result
    >>> hospital, laboratory = hospital.standardised(), laboratory.standardised()
    >>> run = fl.play(vertical_logistic(hospital, laboratory, epochs=2, learning_rate=0.3, key_bits=256))
    >>> run.history["loss"].round(2).tolist()
    [0.69, 0.38]
    >>> sorted(run.result), run.result["laboratory"].intercept              # each party has its own part
    (['hospital', 'laboratory'], None)

    Labels 0 and 1 become −1 and 1, and the loss is a polynomial (see `learning.residual`): scores rank, and are no
    probabilities. They are sound for |z| up to about 2: standardise, and keep the step small.

    Parameters
    ----------
    label_holder : party with labels; its part of the model has the intercept
    feature_holders : one party or more; row i must be the same customer everywhere (see `align`), and columns
        standardised by their own party: `party.standardised()`
    coordinator : what the holder of the key is called; None: no such party, and one feature holder only
    epochs, batch_size : passes over the rows, and rows in a batch (None: all); batches are fixed once
    learning_rate, l2 : step size; penalty λ/2·‖w‖² of each party's own weights, which are added to its gradient by
        itself, the intercept free
    key_bits : 2048, 3072 or 4096; 256, 512 and 1024 are toys, for the classroom only
    mask : "uniform" hides. For lessons, and marked UNSAFE: "none", "reused", or a number m for masks within ±m
    guard : refuse batches that would give rows away; False, marked UNSAFE, for lessons with a few rows

    Returns
    -------
    Protocol
        its result is a dict of `Part`, one a party. `run.history` has the loss of each round's batch, before the
        round's step and without penalties, which parties keep to themselves; `run.reported("parts")` the weights

    Raises
    ------
    ArgumentError, DataError
        an argument is out of its range, or the parties' rows do not lie side by side
    UnsafeBatch
        when played: a party saw that a batch would give rows away
    Diverged
        when played: the loss ran away; `run.history` has it up to there

    References
    ----------
    Hardy, Henecka, Ivey-Law, Nock, Patrini, Smith, Thorne: Private federated learning on vertically partitioned data
    via entity resolution and additively homomorphic encryption. arXiv 1711.10677, 2017.
    """
    training = (epochs, batch_size, learning_rate, l2, mask, guard, key_bits)
    return _vertical(LOGISTIC, label_holder, feature_holders, coordinator, *training)


def vertical_linear(
    label_holder: Party, *feature_holders: Party, coordinator: str | None = "coordinator", epochs: int = 10,
    batch_size: int | None = None, learning_rate: float = 0.1, l2: float = 0.0, key_bits: int = 2048,
    mask: str | float = "uniform", guard: bool = True,
) -> Protocol:  # fmt: skip
    """Train linear regression over the columns of several parties; the labels are numbers. See `vertical_logistic`.

    Six customers, 2 + 2 columns; so few that the guard would refuse. At weights 0 the loss is ½·mean y² = 115/12.

    >>> import fedlearn_edu as fl, warnings
    >>> from fedlearn_edu.data.six_customers import six_customers
    >>> warnings.simplefilter("ignore")                                     # the key is a toy
    >>> run = fl.play(vertical_linear(*six_customers(), epochs=3, learning_rate=0.1, key_bits=256, guard=False))
    >>> run.history["loss"].round(3).tolist()
    [9.583, 0.747, 0.289]
    >>> run.protocol.title
    'vertical linear regression (Paillier, 256 bits, classroom only, insecure; UNSAFE: no guard)'

    References
    ----------
    Yang, Liu, Chen, Tong: Federated Machine Learning: Concept and Applications.
    ACM Transactions on Intelligent Systems and Technology 10(2), 2019, section 2.4.2.
    """
    training = (epochs, batch_size, learning_rate, l2, mask, guard, key_bits)
    return _vertical(LINEAR, label_holder, feature_holders, coordinator, *training)


def _vertical(
    model: ResidualModel, label_holder: Party, feature_holders: Sequence[Party], coordinator: str | None, *settings: Any
) -> Protocol:
    checked_parties(model, label_holder, feature_holders, coordinator)
    parties = (label_holder, *feature_holders)
    training = checked_training(model, rows_of(parties), *settings)
    text: Callable[..., Text] = vertical_text
    arguments: dict[str, Any] = {"label_holder": label_holder, "training": training}
    columns = [_columns_of(party) for party in feature_holders], _columns_of(label_holder) + 1
    if coordinator is None:
        text, arguments = two_party_text, {**arguments, "feature_holder": feature_holders[0]}
    else:
        others = {"feature_holders": feature_holders, "coordinator": Party(coordinator)}
        arguments = {**arguments, **others}
    title = title_of(training, coordinator)
    known = partial(forecast, training, columns, coordinator is not None) if all_are_here(parties) else None
    return Protocol(text, arguments, title=title, forecast=known, agreed=agreed_alignment(parties))


def _columns_of(party: Party) -> int:
    return len(party.data.columns) if party.data is not None else 0


def vertical_text(label_holder: Seat, feature_holders: Sequence[Seat], coordinator: Seat, training: Training) -> Text:
    """Linear and logistic regression through a coordinator, in the article's four steps.

    0. every party looks at its batches, and starts at weights 0
    1. the coordinator makes a key pair, and sends everyone the public key
    2. the parties encrypt and exchange intermediates: shares of the score, residuals, the loss
    3. every party sends the coordinator its encrypted gradient under a mask
    4. the coordinator decrypts and returns; every party takes its mask off and updates its weights
    """
    parties = (*feature_holders, label_holder)
    columns_at, parts_at = yield from work.begin(parties, label_holder, training)
    public_at_coordinator, private_at_coordinator = yield from key_pair(coordinator, training.key_bits)
    public = yield Announce(public_at_coordinator, "public key", step=1)
    yield from work.looked_at(parties, public, training.key_bits)
    key_of = {party.name: public for party in parties}
    masks_at: Located = {}
    for t, batch in training.rounds:
        yield Round(t)
        share_at = yield from work.shares(parties, label_holder, parts_at, batch, training, step=2)
        residuals_at, loss_at_label_holder = yield from _residuals(
            label_holder, feature_holders, share_at, public, batch
        )
        loss_at_coordinator = yield Send(loss_at_label_holder, coordinator, "encrypted loss", step=2, shape=(1,))
        masks_at = yield from work.masks(parties, columns_at, key_of, training, masks_at)
        gradient_at_coordinator = {}
        for party in parties:
            here = (residuals_at[party.name], columns_at[party.name], batch, masks_at[party.name], training.mask)
            hidden = yield Local(party, "encrypted gradient, hidden", work.hidden_gradient, *here, step=3)
            gradient_at_coordinator[party.name] = yield Send(hidden, coordinator, training.mask.label, step=3)
        sums_at = {}
        for party in parties:
            closed = (gradient_at_coordinator[party.name], private_at_coordinator)
            seen = yield Local(coordinator, f"decrypt for {party.name}", decrypted_raw, *closed, step=4)
            returned = yield Send(seen, party, f"{training.mask.label}, decrypted", step=4)
            masked = (returned, masks_at[party.name], public)
            sums_at[party.name] = yield Local(party, "take the mask off", work.without_mask, *masked, step=4)
        opened_loss = (loss_at_coordinator, private_at_coordinator)
        square_at_coordinator = yield Local(coordinator, "decrypt the loss", work.opened_square, *opened_loss, step=4)
        square_at_label_holder = yield Send(square_at_coordinator, label_holder, "loss, Σd²", step=4, shape=())
        ending = (parts_at, sums_at, square_at_label_holder, t, batch, training)
        parts_at = yield from work.end_of_round(parties, label_holder, *ending)
    return parts_at


def _residuals(
    label_holder: Seat, feature_holders: Sequence[Seat], share_at: Located, public: Any, batch: Batch
) -> Text:
    """Step 2: a chain, in which each party adds its share to what came; the label holder is last, and has [[d]].

    With s what came and u its own share, a party sends on [[s + u]], and Σ(s + u)² as [[Σs²]] + 2·Σ u·[[s]] + Σu².
    """
    rows, (first, *others) = (batch[1] - batch[0],), feature_holders
    sum_at = yield Local(first, "encrypt its share", work.encrypted_share, share_at[first.name], public, step=2)
    square_at = yield Local(first, "encrypt its square", work.encrypted_square, share_at[first.name], public, step=2)
    for party in (*others, label_holder):
        arrived = yield Send(sum_at, party, "encrypted share", step=2, shape=rows)
        squares = yield Send(square_at, party, "encrypted square", step=2, shape=(1,))
        own = share_at[party.name]
        sum_at = yield Local(party, "add its share", work.with_own_share, arrived, own, step=2)
        square_at = yield Local(party, "add its square", work.with_own_square, squares, arrived, own, step=2)
    residuals_at = {label_holder.name: sum_at}
    for party in feature_holders:
        residuals_at[party.name] = yield Send(sum_at, party, "encrypted residuals", step=2, shape=rows)
    return residuals_at, square_at

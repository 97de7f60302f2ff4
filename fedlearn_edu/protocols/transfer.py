"""Federated transfer learning: a source with labels teaches a target without, through the rows that both have.

    step 1   source ──public key──> target;  target ──public key──> source
    step 2   source ──[[¼ΦᵀΦ]], {[[−½y_i·Φ + γκ·u_i]]} under its own key──> target
             target ──[[Σ uᵀu]], {[[u_i]]}, [[N·λ/2·‖W‖²]] under its own key──> source
    step 3   source ──[[∂loss/∂θ + R]], [[loss + R]] under the target's key──> target
             target ──[[∂loss/∂θ + R]] under the source's key──> source
    step 4   each decrypts what came and returns it; each takes its mask R off, adds what only it knows, updates θ
             source ──go on, or enough──> target

Each maps its own columns to d common dimensions by a network of its own (u, with weights θ); `learning.transfer_loss`
has the loss. The paper's A is the source, its B the target. Sent is what the sums need and no more: one d × d matrix
each way, not one a row (y² = 1), and the two vectors of a row that the target would add anyway as their sum.
Who learns what: each, the gradient of its own θ, every round, N, and from sizes about how many columns the other has;
the source, the loss; the target, when it is enough.
Whom it trusts: the other, to be semi-honest. There is no third party. What travels in the clear, the decrypted masked
sums and when it is enough, needs a private channel.
What it does not do: hide what a gradient tells. Row by row it gives the other's u_i away; summed to θ it does when rows
are few, or a column marks few of them (see `attacks.transfer`). So a guard refuses N·d ≤ P, and each party leaves out a
column in which fewer than 10 common rows differ from all others. That is no proof: combinations of columns mark rows,
too, and from one gradient the target guesses 73 to 81 % of the labels at γ = 0.01 with 90 common digits, 53 to 59 %
with 180; at γ = 0.001 91 to 100 %, so that the guard counts it as none. And the loss tells the source how near the
target's rows are.

References
----------
Liu, Kang, Xing, Chen, Yang: A Secure Federated Transfer Learning Framework.
IEEE Intelligent Systems 35(4), 2020; arXiv 1812.03337.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ..data.party import Party
from ..learning.transfer_loss import TransferPlan
from ..wire.choreography import Announce, At, Local, Protocol, Report, Round, Seat, Send, Text
from . import _transfer as work
from ._key_pair import checked_key_bits, decrypted_raw, named_key
from ._transfer_arguments import Setting, check_overlap, checked_mask, common_rows_first, forecast


def transfer(
    source: Party, target: Party, *, common: int | Sequence[Party], dimensions: int = 8, iterations: int = 20,
    learning_rate: float = 4.0, alignment: float = 0.01, l2: float = 0.003, distance: bool = True,
    tolerance: float = 1e-4, key_bits: int = 2048, mask: str = "uniform", guard: bool = True, seed: int = 0,
) -> Protocol:  # fmt: skip
    """Train two networks, one at a source with labels and one at a target without, that meet in common dimensions.

    >>> import fedlearn_edu as fl, warnings
    >>> warnings.simplefilter("ignore")                                     # the key is a toy
    >>> training, exam = fl.split_train_test(fl.two_classes(fl.load("digits")), seed=7)
    >>> source, target = fl.split_both(training, overlap=0.06, seed=7)      # left and right halves; odd or even?
    >>> common = fl.play(fl.align(source, target)).result
    >>> run = fl.play(fl.transfer(source, target, common=common, dimensions=2, iterations=3, key_bits=256))
    >>> losses = run.history["loss"]
    >>> bool(losses.iloc[-1] < losses.iloc[0])
    True
    >>> run.result["target"]                                                # each keeps its own network
    Encoder(of target: 32 columns to 2 dimensions)

    Columns are standardised by each party itself: give them as they are.

    Parameters
    ----------
    source : party with labels of two classes (see `two_classes`)
    target : party with other columns; labels, if it has any, are not used
    common : what `fl.align(source, target)` found; or a number N, when the first N rows of both are the same things
    dimensions : d, of the common space
    iterations : at most so many steps; fewer when the loss changes by less than `tolerance`
    learning_rate : step size along the gradient of the loss, which is a mean over the common rows
    alignment : γ, how much it costs when the two maps of a common row lie apart
    l2 : λ of the penalty λ/2·‖W‖² on each side's weights, intercepts free
    distance : the alignment's form, ‖u^S − u^T‖²; False for −u^S·u^T
    tolerance : 0 for all iterations
    key_bits : 2048, 3072 or 4096; 256, 512 and 1024 are toys, for the classroom only
    mask : "uniform" hides. For a lesson, and marked UNSAFE: "none"
    guard : refuse an overlap so small that gradients give rows away, and leave out columns that mark few common rows
        (`Encoder.left_out` names them); False, marked UNSAFE, for a lesson
    seed : of the starting weights

    Returns
    -------
    Protocol
        its result is a dict of `Encoder`, of "source" and "target"; `transfer_predict` asks both for the class of new
        rows. `run.history` has the loss before each step, which the source knows, `run.reported("weights")` the weights

    Raises
    ------
    ArgumentError, DataError
        an argument is out of its range, or the rows do not fit together
    UnsafeBatch
        the overlap is too small to hide rows in a gradient
    Diverged
        when played: the loss ran away; `run.history` has it up to there

    References
    ----------
    Liu, Kang, Xing, Chen, Yang: A Secure Federated Transfer Learning Framework.
    IEEE Intelligent Systems 35(4), 2020; arXiv 1812.03337.
    """
    key_bits = checked_key_bits(key_bits)
    plan = TransferPlan(dimensions, iterations, learning_rate, alignment, l2, distance, tolerance, seed)
    source, target, N = common_rows_first(source, target, common)
    setting, key = Setting(plan, N, checked_mask(mask), key_bits, guard), named_key(key_bits)
    sizes = [dimensions * (len(party.data.columns) + 1) for party in (source, target) if party.data]
    if guard:
        check_overlap(N, plan, sizes)
    warnings = [warning for warning in (setting.mask.warning, "" if guard else "UNSAFE: no guard") if warning]
    return Protocol(
        transfer_text,
        {"source": source, "target": target, "setting": setting, "sizes": tuple(sizes)},
        title=f"federated transfer learning ({'; '.join([key, *warnings])})",
        forecast=partial(forecast, setting, sizes),
    )


def transfer_text(source: Seat, target: Seat, setting: Setting, sizes: tuple[int, int]) -> Text:
    """Federated transfer learning, in the article's four steps.

    0. both standardise their columns, leave out those that mark few common rows, start from small seeded weights
    1. the two exchange public keys
    2. both compute encrypted intermediates, and exchange them
    3. both compute the encrypted gradients of their own parameters, add masks, and send them to the other
    4. both decrypt for the other and return; both take their masks off and update
    """
    side_at_source = yield Local(source, "start", work.source_side, source.name, setting, step=0)
    side_at_target = yield Local(target, "start", work.target_side, target.name, setting, step=0)
    public_at, private_at = yield from work.keys((source, target), setting.key_bits)
    losses_at_source: At | None = None
    for t in range(1, setting.plan.iterations + 1):
        yield Round(t)
        u_at_source = yield Local(source, "represent its rows", work.represented, side_at_source, step=2)
        u_at_target = yield Local(target, "represent common rows", work.represented, side_at_target, step=2)
        at_source, at_target = (side_at_source, u_at_source), (side_at_target, u_at_target)
        came_at_source, came_at_target = yield from _exchange(source, target, at_source, at_target, public_at, setting)

        asks = (
            (source, target, "gradient", work.source_gradient, (came_at_source, *at_source), sizes[0]),
            (target, source, "gradient", work.target_gradient, (came_at_target, *at_target), sizes[1]),
            (source, target, "loss", work.hidden_loss, (came_at_source, *at_source), 1),
        )
        sent, seen = [], []
        for ask in asks:
            sent.append((yield from _masked(*ask, public_at, setting)))
        for ask, (masked_at_helper, *_) in zip(asks, sent, strict=True):
            seen.append((yield from _opened_by(*ask[:3], masked_at_helper, private_at, setting)))
        crossed = []
        for (owner, *_, size), (_, mask, key), opened in zip(asks[:2], sent, seen, strict=False):
            here = (opened, mask, key, size, *setting.folds(setting.common + setting.plan.dimensions))
            crossed.append((yield Local(owner, "gradient, its mask off", work.without_mask, *here, step=4)))

        heard = (seen[2], *sent[2][1:], *at_source, losses_at_source, setting)
        losses_at_source = yield Local(source, "the loss", work.losses_so_far, *heard, step=4)
        moving = (side_at_source, crossed[0], u_at_source, setting)
        side_at_source = yield Local(source, "update its network", work.updated, *moving, step=4)
        moving = (side_at_target, crossed[1], u_at_target, setting)
        side_at_target = yield Local(target, "update its network", work.updated, *moving, step=4)
        if not (yield from _goes_on(source, target, t, losses_at_source, side_at_source, side_at_target, setting)):
            break
    return {
        "source": (yield Local(source, "keep its network", work.finished_source, side_at_source)),
        "target": (yield Local(target, "keep its network", work.finished_target, side_at_target)),
    }


def _exchange(
    source: Seat, target: Seat, at_source: tuple[At, At], at_target: tuple[At, At], public_at: Any, setting: Setting
) -> Text:
    """Step 2: what each needs of the other, under the other's key."""
    here = (*at_source, public_at[source.name][0], setting)
    parts_at_source = yield Local(source, "encrypt its components", work.source_components, *here, step=2)
    here = (*at_target, public_at[target.name][0], setting)
    parts_at_target = yield Local(target, "encrypt its components", work.target_components, *here, step=2)
    came_at_target = yield Send(parts_at_source, target, "encrypted components", step=2, shape=setting.shape)
    with_own = {**setting.shape, "own": (1,)}
    came_at_source = yield Send(parts_at_target, source, "encrypted components", step=2, shape=with_own)
    return came_at_source, came_at_target


def _masked(
    owner: Seat, helper: Seat, what: str, function: Any, here: tuple[At, ...], size: int, public_at: Any,
    setting: Setting,
) -> Text:  # fmt: skip
    """Step 3: sums under the helper's key go to it, masked. Answers them there, and mask and key at the owner."""
    key, word, size = public_at[helper.name][1], setting.masked, setting.ciphertexts(size)
    mask = yield Local(owner, f"mask for the {what}", work.draw_mask, key, size, setting, step=3)
    hidden = yield Local(owner, f"encrypted {what}, {word}", function, *here, mask, setting, step=3)
    return (yield Send(hidden, helper, f"{word} {what}", step=3, shape=(size,))), mask, key


def _opened_by(owner: Seat, helper: Seat, what: str, masked_at_helper: At, private_at: Any, setting: Setting) -> Text:
    """Step 4: the helper decrypts what came, and returns it."""
    here = (masked_at_helper, private_at[helper.name])
    opened = yield Local(helper, f"decrypt the {owner.name}'s {what}", decrypted_raw, *here, step=4)
    return (yield Send(opened, owner, f"{setting.masked} {what}, decrypted", step=4))


def _goes_on(source: Seat, target: Seat, t: int, losses: At, at_source: At, at_target: At, setting: Setting) -> Text:
    """Step 4, the end of a round: the source, who knows the loss, tells whether there is another one."""
    loss_at_source = yield Local(source, "the last loss, for the chart", work.last_of, losses)
    weights = {}
    for party, side in ((source, at_source), (target, at_target)):
        weights[party.name] = yield Local(party, "weights, for the chart", work.weights_of, side)
    yield Report(round=t, loss=loss_at_source, weights=weights)
    said_at_source = yield Local(source, "go on?", work.verdict, losses, setting, step=4)
    said = yield Announce(said_at_source, "go on?", step=4, shape=None, rehearsal="go on")
    if said == "runs away":
        raise setting.plan.runaway(t)
    return said == "go on"

"""Arguments of vertical learning, checked before the first step; and what a run will take."""

from __future__ import annotations

from collections.abc import Sequence

from ..arguments import shortened
from ..crypto.joint_sums import MaskRule
from ..crypto.powers import seconds_of_a_power
from ..data.party import Party, check_aligned, check_names
from ..data.together import check_one_by_one
from ..errors import ArgumentError
from ..learning.residual import Descent, ResidualModel
from ._key_pair import checked_key_bits, named_key
from ._vertical import Training


def checked_parties(
    model: ResidualModel, label_holder: Party, feature_holders: Sequence[Party], coordinator: str | None
) -> None:
    """Refuse parties that cannot learn together: by what is public of them, not by their rows."""
    call = f"vertical_{model.name}(bank, tax_office)"
    check_seats(label_holder, feature_holders, coordinator, call)
    table = label_holder.data
    if label_holder.is_elsewhere:
        return
    if table is None or table.labels is None:
        raise ArgumentError(f"{label_holder.name} is the label holder, and has no labels.", "Name the bank first.")
    model.check_labels(table.classes)


def check_seats(
    label_holder: Party, feature_holders: Sequence[Party], coordinator: str | None, call: str
) -> None:
    """Who sits where, and whether their rows lie side by side; `call` shows a mistaken learner how it is written."""
    check_one_by_one((label_holder, *feature_holders), call)
    for party in (label_holder, *feature_holders):
        if not isinstance(party, Party):
            raise ArgumentError(
                f"A party is a fl.Party, and {shortened(party)} came.",
                "Give the label holder first, then the feature holders.",
            )
    names = [party.name for party in (label_holder, *feature_holders)]
    if not feature_holders:
        raise ArgumentError(f"{names[0]} is alone.", "Give one feature holder or more: vertical_logistic(bank, tax).")
    check_names((label_holder, *feature_holders))
    if coordinator is None and len(feature_holders) > 1:
        raise ArgumentError(
            f"Without a coordinator two parties learn, and {len(names)} came.", 'Use coordinator="coordinator".'
        )
    if coordinator is not None and (not isinstance(coordinator, str) or coordinator in names):
        raise ArgumentError(
            f"coordinator= was {coordinator!r}, with parties {', '.join(names)}.",
            "Give a name that no party has, or None.",
        )
    check_aligned([label_holder, *feature_holders])


def checked_training(
    model: ResidualModel, rows: int, epochs: int, batch_size: int | None, learning_rate: float, l2: float,
    mask: str | float, guard: bool, key_bits: int,
) -> Training:  # fmt: skip
    """Put the settings together, each in its range."""
    key_bits = checked_key_bits(key_bits)
    if not isinstance(guard, bool):
        raise ArgumentError(f"guard is True or False, and was {guard!r}.", "Leave it out: the guard is on by default.")
    return Training(Descent(model, rows, epochs, batch_size, learning_rate, l2), MaskRule(mask), guard, key_bits)


def rows_of(parties: Sequence[Party]) -> int:
    """How many rows all of them have, as far as one of them is known here."""
    return next((party.rows for party in parties if party.rows), 0)


def title_of(training: Training, coordinator: str | None) -> str:
    """What screens call it; a lesson's unsafe form says so."""
    parts = [named_key(training.key_bits), *([] if coordinator else ["no coordinator"])]
    parts += [warning for warning in (training.mask.warning, "" if training.guard else "UNSAFE: no guard") if warning]
    return f"vertical {training.descent.model.name} regression ({'; '.join(parts)})"


def forecast(training: Training, columns: tuple[list[int], int], coordinator: bool) -> tuple[float, int]:
    """Seconds and bytes, from one measured power r^n mod n², the unit of all the work.

    `columns` are those of the feature holders, and of the label holder with the intercept.
    """
    theirs, own = columns
    holders, gradients, steps = len(theirs), sum(theirs) + own, training.descent.epochs
    rounds, rows = training.descent.rounds, training.descent.rows
    vectors = holders + 1 if coordinator else 2  # encrypted vectors of one number a row that are made in an epoch
    factors = steps * rows * vectors + rounds * 2 * holders
    powers = min(0.45 * factors, 30 + 0.048 * factors)  # with tables, once they pay
    products = steps * rows * (gradients + 2 * holders)  # of powers, for each number of a matrix
    powers += 0.0016 * products
    powers += 0.75 * rounds * (gradients + holders + 1)  # r^n for the holder of the key, and decryption, on two cores
    sent = 2 * holders if coordinator else 2  # how often such a vector travels
    ciphertexts = steps * rows * sent + rounds * (gradients + 2 * holders)
    size = ciphertexts * training.key_bits // 4 + rounds * (gradients * training.key_bits // 8 + 300)
    python = 3e-6 * products + 25e-6 * factors + 5e-3 * rounds  # what a number takes however small the key is
    return (powers + 20) * seconds_of_a_power(training.key_bits) + python, size

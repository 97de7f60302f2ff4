"""What both sides of transfer learning know before they start, checked; and what a run will take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..arguments import is_whole, shortened
from ..crypto.group_sums import slots
from ..crypto.joint_sums import MaskRule
from ..crypto.powers import seconds_of_a_power
from ..data.halves import common_first
from ..data.party import Party, check_aligned, check_names
from ..errors import ArgumentError, DataError, UnsafeBatch
from ..learning.transfer_loss import TransferPlan

LITTLE_ALIGNMENT = 1e-3  # γ up to which a gradient of the target is nearly one without alignment


@dataclass(frozen=True)
class Setting:
    """What both know before they start."""

    plan: TransferPlan
    common: int
    mask: MaskRule
    key_bits: int
    guard: bool = True

    @property
    def masked(self) -> str:
        """What messages say of a sum."""
        return "masked" if self.mask.kind == "uniform" else "unmasked"

    def folds(self, terms: int) -> tuple[int, int]:
        """Width of a slot, and how many sums fold into one ciphertext; without a mask each stays readable by itself."""
        return slots(terms, self.key_bits) if self.mask.kind == "uniform" else (0, 1)

    def ciphertexts(self, size: int) -> int:
        """How many ciphertexts the gradient of so many weights takes."""
        return -(-size // self.folds(self.common + self.plan.dimensions)[1])

    @property
    def shape(self) -> dict[str, tuple[int]]:
        """Of the components that cross from the source to the target."""
        d = self.plan.dimensions
        return {"square": (d * (d + 1) // 2,), "rows": (self.common * d,)}


def checked_mask(mask: Any) -> MaskRule:
    """A mask that hides, or none; the small and the reused ones of vertical learning have no place here."""
    if mask not in ("uniform", "none"):
        raise ArgumentError(f"mask= was {mask!r}.", 'Use "uniform"; for a lesson "none".')
    return MaskRule(mask)


def common_rows_first(source: Party, target: Party, common: Any) -> tuple[Party, Party, int]:
    """Both parties' rows in the common order, each by its own half of the alignment; and N."""
    for party, role in ((source, "source"), (target, "target")):
        if not isinstance(party, Party) or party.data is None:
            raise ArgumentError(
                f"The {role} was {shortened(party)}, without rows.", "Give parties as split_both makes them."
            )
    check_names((source, target))
    assert source.data is not None and target.data is not None
    if source.data.labels is None or len(source.data.classes) != 2:
        raise DataError(f"{source.name} is the source, and has not labels of two classes.", "See fl.two_classes.")
    most = min(source.data.rows, target.data.rows)
    if is_whole(common, 1, most):
        return source, target, int(common)
    if not isinstance(common, list | tuple) or [type(half) for half in common] != [Party, Party]:
        raise ArgumentError(
            f"common was {shortened(common)}.", f"Give what fl.align found, or a number from 1 to {most}."
        )
    check_aligned(common)
    rows = common[0].data.rows  # equally many, and not none: check_aligned has seen to it
    return common_first(source, common[0]), common_first(target, common[1]), rows


def check_overlap(common: int, plan: TransferPlan, sizes: Sequence[int]) -> None:
    """Refuse so few common rows that a gradient for P parameters could be solved for what it hides of the other.

    That is N·d numbers; without alignment N + d, for then the rows of the source are multiples of one Φ. With an
    alignment up to γ = 0.001 they nearly are: 91 to 100 % of the labels came out, so it counts as none.
    """
    d, little = plan.dimensions, plan.alignment <= LITTLE_ALIGNMENT
    hidden, least = (common + d, max(sizes) - d) if little else (common * d, max(sizes) // d)
    if hidden > max(sizes):
        return
    aligned = f"of {d} dimensions" if not little else "without alignment"
    aligned = f"with an alignment of {plan.alignment:g}, nearly none," if little and plan.alignment else aligned
    raise UnsafeBatch(
        f"{common} common rows {aligned} hide {hidden} numbers, and a gradient has {max(sizes)}: it could be solved.",
        f"Find more than {least} common rows; or guard=False, for a lesson.",
    )


def forecast(setting: Setting, sizes: Sequence[int]) -> tuple[float, int]:
    """Seconds and bytes of all iterations, from one measured power r^n mod n², the unit of all the work."""
    rounds, d, N = setting.plan.iterations, setting.plan.dimensions, setting.common
    components, gradients = 2 * (d * (d + 1) // 2 + N * d), sum(map(setting.ciphertexts, sizes)) + 1
    powers = min(0.45 * components * rounds, 60 + 0.05 * components * rounds)  # with tables, once they pay
    powers += rounds * (0.0012 * (N + d) + 0.03) * sum(sizes)  # products of powers; folding
    powers += rounds * 0.004 * components  # the loss; writing, reading and checking what crosses
    powers += rounds * 0.75 * gradients  # r^n for the holder of the key, and decryption, on two cores
    python = rounds * (0.02 + 1.2e-4 * sum(sizes) + 1.1e-4 * N * d)  # what the work takes however small the key is
    size = rounds * ((components + gradients) * setting.key_bits // 4 + gradients * setting.key_bits // 8 + 600)
    return (powers + 40) * seconds_of_a_power(setting.key_bits) + python, size

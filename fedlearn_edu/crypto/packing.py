"""Many small numbers in one large plaintext: slots side by side, all added and scaled at once.

>>> packing = Packing(slot_bits=16, length=3, key_bits=2048)
>>> packing.in_one  # slots in one plaintext
127
>>> (plaintext,) = packing.pack([1, -2, 3])
>>> plaintext == 1 - 2 * 2**16 + 3 * 2**32
True
>>> packing.unpack([plaintext * 10 + plaintext])
[11, -22, 33]

A plaintext under a 2048-bit key has room for 2047 bits, and a weight needs some fifty. Packing puts signed numbers at
distances of slot_bits:

    M = v_0 + v_1·2^s + v_2·2^2s + …        with −2^(s−1) < v_i < 2^(s−1)

M + M' and k·M hold the sums v_i + v'_i and the products k·v_i, **as long as every one of them stays within its slot**.
One that does not runs over into its neighbour, and nothing in the result shows it. So whoever computes carries a public
bound along and is refused beforehand (`SlotOverflow`), and never asks afterwards.

To read a slot, add 2^(s−1) in every slot: no digit is negative then, and the digits to the base 2^s can be taken one by
one. How many summands there were does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gmpy2 import mpz

from ..arguments import is_whole
from ..errors import ArgumentError, RangeError, SlotOverflow

WIDEST_SLOT = 256
NUMPY_SLOT = 64  # bits: wider slots are packed one by one


@dataclass(frozen=True)
class Packing:
    """How a vector lies in plaintexts; public.

    >>> Packing(slot_bits=48, length=100, key_bits=2048).plaintexts
    3

    Parameters
    ----------
    slot_bits
        s, the width of a slot: a whole number of bytes, from 16 to 256
    length
        N, how many numbers there are
    key_bits
        of n

    Raises
    ------
    ArgumentError
        slot_bits is no whole number of bytes in its range, or the key has no room for one slot
    """

    slot_bits: int
    length: int
    key_bits: int

    def __post_init__(self) -> None:
        if not is_whole(self.slot_bits, 16, min(WIDEST_SLOT, self.key_bits - 1)) or self.slot_bits % 8:
            raise ArgumentError(
                f"slot_bits is a multiple of 8 from 16 to {WIDEST_SLOT}, below the bits of the key, and was "
                f"{self.slot_bits!r}.",
                "Use slot_bits_for(total, ...), or 48.",
            )
        object.__setattr__(self, "slot_bits", int(self.slot_bits))

    @property
    def in_one(self) -> int:
        """How many slots a plaintext holds: |M| < 2^(s·in_one − 1), which must stay below n/2."""
        return (self.key_bits - 1) // self.slot_bits

    @property
    def plaintexts(self) -> int:
        """How many plaintexts the vector takes."""
        return -(-self.length // self.in_one)

    @property
    def room(self) -> int:
        """The largest absolute value that fits a slot: 2^(s−1) − 1."""
        return (1 << (self.slot_bits - 1)) - 1

    def pack(self, integers: Sequence[int]) -> list[mpz]:
        """Put N signed integers into plaintexts, signed integers themselves; slots left over hold 0.

        Raises
        ------
        SlotOverflow
            an integer does not fit its slot
        """
        for position, integer in enumerate(integers):
            if abs(integer) > self.room:
                raise SlotOverflow(
                    f"{self.slot_bits}-bit slots have room for ±{self.room:,}, but the integer at position {position} "
                    f"is {integer:,}.",
                    "Use wider slots, or clip the numbers.",
                )
        padded = [*integers, *[0] * (self.plaintexts * self.in_one - self.length)]
        return [mpz(int.from_bytes(part, "little")) - self._shift for part in self._digits(padded)]

    def unpack(self, plaintexts: Sequence[int]) -> list[int]:
        """Read N signed integers from signed plaintexts.

        Raises
        ------
        RangeError
            a plaintext is larger than full slots can be, or a slot that was left over is not 0: not made by these rules
        """
        shifted = [int(plaintext + self._shift) for plaintext in plaintexts]
        if any(not 0 <= number < 1 << (self.slot_bits * self.in_one) for number in shifted):
            raise _not_packed(self)
        width = self.in_one * self.slot_bits // 8
        integers = self._read_digits(b"".join(number.to_bytes(width, "little") for number in shifted))
        if any(integers[self.length :]):
            raise _not_packed(self)
        return integers[: self.length]

    @property
    def _shift(self) -> int:
        """Σ 2^(s−1)·2^(s·i): adding it makes every digit positive."""
        s = self.slot_bits
        return ((1 << (s * self.in_one)) - 1) // ((1 << s) - 1) << (s - 1)

    def _digits(self, padded: list[int]) -> list[bytes]:
        """The digits v + 2^(s−1) of each plaintext as little-endian bytes."""
        half, width = 1 << (self.slot_bits - 1), self.slot_bits // 8
        if self.slot_bits <= NUMPY_SLOT:
            shifted = np.array(padded, dtype=np.int64).astype("<u8") + np.uint64(half)  # mod 2^64 is enough
            data = shifted.view(np.uint8).reshape(-1, 8)[:, :width].tobytes()
        else:
            data = b"".join((integer + half).to_bytes(width, "little") for integer in padded)
        step = width * self.in_one
        return [data[start : start + step] for start in range(0, len(data), step)]

    def _read_digits(self, data: bytes) -> list[int]:
        half, width = 1 << (self.slot_bits - 1), self.slot_bits // 8
        if self.slot_bits > NUMPY_SLOT:
            slots = [data[start : start + width] for start in range(0, len(data), width)]
            return [int.from_bytes(slot, "little") - half for slot in slots]
        wide = np.zeros((len(data) // width, 8), dtype=np.uint8)
        wide[:, :width] = np.frombuffer(data, dtype=np.uint8).reshape(-1, width)
        shifted = wide.reshape(-1).view("<u8") - np.uint64(half)  # mod 2^64 again
        integers: list[int] = shifted.astype(np.uint64).view(np.int64).tolist()
        return integers


def slot_bits_for(total: int, *, value_bits: int = 10, scale_bits: int = 24) -> int:
    """How wide a slot must be for Σ k_i·v_i with Σ|k_i| = total and |v_i| < 2^value_bits; from public numbers alone.

    1 bit for the sign, scale_bits after the point, value_bits before it, ⌈log2 total⌉ for the sum; up to a whole byte.

    >>> slot_bits_for(455), slot_bits_for(8192), slot_bits_for(8193)
    (48, 48, 56)
    >>> slot_bits_for(10, value_bits=20)
    56

    Raises
    ------
    ArgumentError
        the total is no whole number from 1 up, or the slot would be wider than 256 bits
    """
    if not is_whole(total, 1):
        raise ArgumentError(f"The total of the weights is a whole number from 1 up, and was {total!r}.", "Use Σ n_k.")
    bits = 1 + scale_bits + value_bits + (int(total) - 1).bit_length()
    if bits > WIDEST_SLOT:
        raise ArgumentError(
            f"A sum of {total} numbers below 2^{value_bits} needs {bits} bits, and a slot has at most {WIDEST_SLOT}.",
            "Use fewer value_bits, or no packing.",
        )
    return max(16, -(-bits // 8) * 8)


def _not_packed(packing: Packing) -> RangeError:
    return RangeError(
        f"A plaintext is no row of {packing.slot_bits}-bit slots: it was packed otherwise, or a slot ran over.",
        "Somebody promised a smaller bound than they kept; the numbers cannot be trusted.",
    )

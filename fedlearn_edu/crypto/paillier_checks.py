"""What has to hold before anything is computed on encrypted vectors: each rule refuses, and says what to do.

>>> check_factor_bound(300, factor_bound=255)
Traceback (most recent call last):
    ...
fedlearn_edu.errors.RangeError: A factor reaches ±300, and factor_bound is 255.
    Clip the factors, or agree on a larger public bound, a whole number at the factors' scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import gmpy2
import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

from ..arguments import is_whole
from ..errors import ArgumentError, CryptoError, KeyMismatch, RangeError, ScaleMismatch, SlotOverflow
from .fixed_point import Number, as_integers, encode
from .packing import Packing
from .paillier_keys import PrivateKey, PublicKey
from .powers import LARGEST_FACTOR_BITS

if TYPE_CHECKING:
    from .paillier import EncryptedVector


def third_of_n(public_key: PublicKey) -> int:
    """Bounds stay below n/3: a third for each sign, and a third between them to notice what should not be there."""
    return public_key.n // 3


def check_room(bound: int, vector: EncryptedVector, subject: str) -> None:
    """A bound fits its slot, or a third of Z_n."""
    packing, public_key = vector.packing, vector.public_key
    if packing and bound > packing.room:
        raise SlotOverflow(
            f"{subject} may reach ±{short(bound)}, and {packing.slot_bits}-bit slots have room for "
            f"±{short(packing.room)}.",
            "Encrypt with summands= the number of vectors that will be added, each counted as often as its factor.",
        )
    if not packing and bound >= third_of_n(public_key):
        raise RangeError(
            f"{subject} may reach ±{short(bound)}, and {public_key.name} has room "
            f"below n/3 ≈ {short(third_of_n(public_key))}.",
            "Use a smaller limit, fewer scale bits or a larger key; a masked vector cannot be added to or scaled.",
        )


def check_reach(integers: Sequence[int], bound: int) -> None:
    """Every integer keeps the public bound that travels instead of it."""
    for position, integer in enumerate(integers):
        if abs(integer) > bound:
            raise RangeError(
                f"The integer at position {position} is {short(integer)}, and the bound is ±{short(bound)}.",
                "Clip the numbers, or agree on a larger bound.",
            )


def bound_in_slots(
    integers: Sequence[int], limit: Number | None, packing: Packing, scale_bits: int, summands: int
) -> int:
    """The bound of a packed vector: the limit, or as much as so many summands leave room for."""
    room = packing.room // summands
    reach = encode([limit], scale_bits)[0] if limit is not None else max(map(abs, integers), default=0)
    if reach > room:
        wide_enough = -(-((reach * summands).bit_length() + 1) // 8) * 8
        each = f" for {summands} summands" if summands > 1 else ""
        shown = in_units(room, scale_bits)
        raise SlotOverflow(
            f"{packing.slot_bits}-bit slots{each} leave room for ±{shown}, but numbers reach "
            f"{in_units(reach, scale_bits, up=True)}.",
            f"Use slot_bits={wide_enough}, or clip the numbers to ±{shown}.",
        )
    return room if limit is None else reach


def check_factor_bound(largest: int, factor_bound: Any) -> None:
    """Secret factors stay below the public bound that travels instead of them."""
    if not is_whole(factor_bound, largest):
        raise RangeError(
            f"A factor reaches ±{short(largest)}, and factor_bound is {factor_bound!r}.",
            "Clip the factors, or agree on a larger public bound, a whole number at the factors' scale.",
        )


def checked_matrix(matrix: Any, rows: int, factor_bound: Any) -> NDArray[np.int64]:
    """The matrix as 64-bit integers: of so many rows, of whole numbers within their bound."""
    found = np.asarray(matrix)
    if found.ndim != 2 or len(found) != rows or found.dtype.kind not in "iu":
        raise ArgumentError(
            f"A matrix of {rows} rows of integers is needed, and one of shape {found.shape} and type {found.dtype} "
            "was given.",
            "Encode real numbers first: encode_matrix(X, scale_bits, limit).",
        )
    check_factor_bound(max(int(found.max(initial=0)), -int(found.min(initial=0))), factor_bound)
    if factor_bound >> LARGEST_FACTOR_BITS:
        raise RangeError(
            f"factor_bound is {short(int(factor_bound))}, and must be below 2^60.", "Use fewer scale bits."
        )
    return found.astype(np.int64)


def common_key(one: EncryptedVector, other: EncryptedVector) -> PublicKey:
    """Two vectors that add have one key, one scale, one length and one packing."""
    if one.public_key != other.public_key:
        raise KeyMismatch(
            f"One vector is under {one.public_key.name}, the other under {other.public_key.name}.",
            "Encrypt both under one key.",
        )
    if one.scale_bits != other.scale_bits:
        raise ScaleMismatch(
            f"One vector has {one.scale_bits} scale bits, the other {other.scale_bits}.",
            "Encode both at one public scale; a product has the sum of the scales.",
        )
    if len(one) != len(other):
        raise ArgumentError(f"One vector has {len(one)} numbers, the other {len(other)}.", "Add vectors of one length.")
    if one.packing != other.packing:
        widths = [f"{v.packing.slot_bits}-bit slots" if v.packing else "no slots" for v in (one, other)]
        raise ArgumentError(f"One vector has {widths[0]}, the other {widths[1]}.", "Pack both alike.")
    return other.public_key if one.public_key.h_s is None else one.public_key  # equal; one may be faster


def check_public(public_key: object) -> None:
    """Everybody encrypts with the public half."""
    if not isinstance(public_key, PublicKey):
        raise ArgumentError(
            f"A public key encrypts, and this is of type {type(public_key).__name__}.", "Use keys.public."
        )


def check_agreed(key: Any, key_bits: int) -> None:
    """Refuse a public key of another size than the one that was agreed: what arrives may be a toy, or no key.

    >>> check_agreed(b"no key", 2048)
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.KeyMismatch: A public key of 2048 bits was agreed, and no key at all came.
        Encrypt nothing under it. Ask its sender; everybody gives the same key_bits=.

    Raises
    ------
    KeyMismatch
        the key has another size
    """
    if not isinstance(key, PublicKey) or key.key_bits != key_bits:
        came = f"one of {key.key_bits}" if isinstance(key, PublicKey) else "no key at all"
        raise KeyMismatch(
            f"A public key of {key_bits} bits was agreed, and {came} came.",
            "Encrypt nothing under it. Ask its sender; everybody gives the same key_bits=.",
        )


def check_private(vector: EncryptedVector, private_key: PrivateKey) -> None:
    """The private key is the other half of the vector's key."""
    if not isinstance(private_key, PrivateKey):
        raise ArgumentError(
            f"Only a private key decrypts, and this is of type {type(private_key).__name__}.",
            "Use keys.private; who has keys.public alone cannot read what it encrypts.",
        )
    if private_key.public != vector.public_key:
        raise KeyMismatch(
            f"The vector is under {vector.public_key.name}, and this is the private half of {private_key.public.name}.",
            "Ask the holder of the right private key.",
        )


def check_mask(mask: Sequence[int], public_key: PublicKey, length: int) -> None:
    """A mask is as long as its vector, and in Z_n of its key."""
    if len(mask) != length:
        raise ArgumentError(f"A mask of {len(mask)} numbers meets {length} numbers.", "Draw one for each number.")
    for position, element in enumerate(as_integers(mask, "mask")):
        if not 0 <= element < public_key.n:
            raise RangeError(
                f"The mask at position {position} is {short(element)}, outside Z_n of {public_key.name}.",
                "Draw masks with draw_raw_mask() under the key that they are added under.",
            )


def check_ciphertexts(ciphertexts: Sequence[mpz], public_key: PublicKey) -> None:
    """Each is a unit of Z_{n²}. One gcd serves all: a product shares a factor with n when one of its factors does."""
    product, n = mpz(1), mpz(public_key.n)
    for ciphertext in ciphertexts:
        in_range = 0 < ciphertext < public_key.n_squared
        product = product * ciphertext % n if in_range else mpz(0)
        if not in_range:
            break
    if gmpy2.gcd(product, n) != 1:
        raise CryptoError(
            f"Among {len(ciphertexts)} numbers one is no ciphertext under {public_key.name}.",
            "The bytes were damaged, or belong to another key.",
        )


def short(integer: int) -> str:
    """Show a small integer whole and a huge one as a power of two."""
    sign = "−" if integer < 0 else ""
    return f"{integer:,}" if abs(integer) < 2**64 else f"{sign}2^{gmpy2.log2(abs(integer)):.1f}"


def in_units(integer: int, scale_bits: int, up: bool = False) -> str:
    """Show an integer in the units of the numbers it encodes, rounded down to a whole number, or up."""
    if integer >> scale_bits == 0:
        return f"{integer / (1 << scale_bits):.3g}"
    return str(-(-integer >> scale_bits) if up else integer >> scale_bits)

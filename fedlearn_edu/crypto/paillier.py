"""Paillier: vectors of integers that anybody can add and scale, and only the holder of the private key can read.

>>> keys = generate_keys()
>>> wages = EncryptedVector.encrypt([3.5, -1.25], keys.public)
>>> bonus = EncryptedVector.encrypt([0.5, 1.0], keys.public)
>>> total = (wages + bonus * 2).re_randomised()
>>> decode(total.decrypt(keys.private), total.scale_bits)
array([4.5 , 0.75])

The same with many numbers in each ciphertext (see `packing`), for one sum of three of them:

>>> wages, bonus = (EncryptedVector.encrypt(v, keys.public, slot_bits=48, summands=3) for v in ([3.5, -1.25], [0.5, 1]))
>>> total = (wages + bonus * 2).re_randomised()
>>> len(total), len(total.ciphertexts), decode(total.decrypt(keys.private), total.scale_bits)
(2, 1, array([4.5 , 0.75]))

For n = p·q, a plaintext m in Z_n and a random unit r mod n, the ciphertext is c = (1 + n)^m · r^n mod n². Multiplying
ciphertexts adds plaintexts; raising one to the power k multiplies its plaintext by k. Signed numbers use the two ends
of Z_n: −1 is n − 1.

What this module sees to, because each of it is easy to forget:

* **Sums and products are deterministic.** Who knows c can test a guess k against c^k, even under a mask. Such a result
  is not `fresh`, and must be re-randomised before it leaves its party; with `for_key_holder=True` when it goes to the
  holder of the private key, against whom fast randomness hides the factors k under one assumption more.
* **The scale is public and constant**, and travels with the vector; unequal scales do not add.
* **Nothing wraps around silently.** A vector carries a public `bound` on its integers. Sums and products add and
  multiply the bounds, and are refused, before anything is computed, when the bound reaches n/3, or leaves its slot.
* **The bound travels, so it must not be made of secrets.** A factor that is nobody's business needs a public
  `factor_bound`; without one, the bound of the product tells the factor.
* **Masks are integers uniform in Z_n**, and a masked vector has no signed reading: decrypt it raw, take the mask off
  mod n, and only then read the sign.

Ciphertexts are gmpy2 integers throughout: each conversion to Python's own takes 1 to 2 µs, and back again.

References
----------
Paillier: Public-Key Cryptosystems Based on Composite Degree Residuosity Classes. EUROCRYPT 1999.
python-paillier (`phe`), whose ciphertexts these are: https://github.com/data61/python-paillier
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar

import gmpy2
import phe
from gmpy2 import mpz

from ..arguments import is_whole
from ..errors import ArgumentError, CryptoError, KeyMismatch, RangeError, ScaleMismatch
from .chunks import Work, complete, in_batches, in_chunks
from .fixed_point import WEIGHT_BITS, Number, as_integers, check_scale, decode, encode, encode_matrix
from .packing import Packing, slot_bits_for
from .paillier_checks import (
    bound_in_slots,
    check_ciphertexts,
    check_factor_bound,
    check_mask,
    check_private,
    check_public,
    check_reach,
    check_room,
    checked_matrix,
    common_key,
    short,
    third_of_n,
)
from .paillier_keys import (
    KEY_SIZES,
    TOY_KEY_SIZES,
    InsecureKeyWarning,
    KeyPair,
    PrivateKey,
    PublicKey,
    generate_keys,
)
from .powers import powers, products_of_powers

__all__ = [
    "DEFAULT_LIMIT",
    "KEY_SIZES",
    "TOY_KEY_SIZES",
    "EncryptedVector",
    "InsecureKeyWarning",
    "KeyPair",
    "PrivateKey",
    "PublicKey",
    "adding",
    "adding_integers",
    "adding_raw_mask",
    "decode",
    "decrypting",
    "decrypting_raw",
    "draw_raw_mask",
    "encode_matrix",
    "encrypting",
    "encrypting_integers",
    "generate_keys",
    "multiplying",
    "multiplying_matrix",
    "re_randomising",
    "remove_raw_mask",
    "slot_bits_for",
]

DEFAULT_LIMIT = 2**40
PHE_BASE_BITS = 4  # phe counts scales in powers of 16


@dataclass(frozen=True, repr=False)
class EncryptedVector:
    """A vector of integers under one Paillier key, with what everybody may know about it.

    >>> keys = generate_keys()
    >>> vector = EncryptedVector.encrypt([0.5, -2], keys.public, scale_bits=8, limit=4)
    >>> len(vector), vector.bound, vector.fresh, vector.ciphertext_bytes
    (2, 1024, True, 512)
    >>> vector.decrypt(keys.private)
    [128, -512]

    Parameters
    ----------
    public_key
        the key that it is under
    ciphertexts
        N integers in Z_{n²}, or fewer when they are packed
    scale_bits
        the public fixed-point scale of the integers, a multiple of 4
    bound
        public: no integer in it is larger, in absolute value. n − 1 means: a mask is on it, and no sign can be read.
    fresh
        True right after encryption or re-randomisation. A vector that is not fresh must not leave its party as it is.
    packing
        how N numbers lie in the plaintexts; None for one number in each

    Raises
    ------
    ArgumentError
        the scale is no multiple of 4
    RangeError
        the bound is not from 0 to n − 1
    SlotOverflow
        the bound is larger than a slot
    """

    public_key: PublicKey
    ciphertexts: tuple[mpz, ...]
    scale_bits: int
    bound: int
    fresh: bool = field(default=False, compare=False)
    packing: Packing | None = None

    __array_ufunc__: ClassVar[None] = None  # so that np.int64(3) * vector comes here, and is not spread out by NumPy

    def __post_init__(self) -> None:
        if check_scale(self.scale_bits) % PHE_BASE_BITS:
            raise ArgumentError(
                f"Paillier scales are multiples of 4 bits, and this one is {self.scale_bits}.", "Use 24 for weights."
            )
        if not 0 <= self.bound < self.public_key.n:
            raise RangeError(
                f"The bound of an encrypted vector goes from 0 to n − 1, and was {short(self.bound)}.",
                "Use the largest absolute value that the protocol allows.",
            )
        if self.packing:
            check_room(self.bound, self, "These numbers")

    @classmethod
    def encrypt(
        cls,
        values: Any,
        public_key: PublicKey,
        scale_bits: int = WEIGHT_BITS,
        limit: Number | None = None,
        *,
        slot_bits: int | None = None,
        summands: int = 1,
    ) -> EncryptedVector:
        """Encode real numbers at a public scale and encrypt each, or each row of slots, with randomness of its own.

        >>> key = generate_keys().public
        >>> EncryptedVector.encrypt([0.5], key, limit=16).bound == 16 * 2**24
        True
        >>> import numpy as np
        >>> weights = np.linspace(-1, 1, 100)
        >>> len(EncryptedVector.encrypt(weights, key, slot_bits=48, summands=455).ciphertexts)
        3
        >>> EncryptedVector.encrypt([16384], key, slot_bits=48, summands=1200)
        Traceback (most recent call last):
            ...
        fedlearn_edu.errors.SlotOverflow: 48-bit slots for 1200 summands leave room for ±6990, but numbers reach 16384.
            Use slot_bits=56, or clip the numbers to ±6990.

        Parameters
        ----------
        values
            shape (N,), real numbers, |v| ≤ limit
        public_key
            whose holder can read them
        scale_bits
            public constant of the protocol, a multiple of 4
        limit
            public bound on |v|, in the units of the values; becomes ``bound = limit·2^scale_bits``. None for 2^40, or,
            packed, for as much as the slots have room for
        slot_bits
            width of a slot, to pack many numbers into one ciphertext; from public totals: `slot_bits_for(total)`.
            None for one number in each
        summands
            public: how many such vectors will be added, each counted as often as the whole number it is multiplied by

        Raises
        ------
        RangeError
            a value is not finite or beyond the limit, or the key has no room for the limit at this scale
        SlotOverflow
            so many summands of these numbers could leave their slots
        ArgumentError
            a value is no real number, the scale is no multiple of 4, or slot_bits or summands are out of their range
        """
        return complete(encrypting(values, public_key, scale_bits, limit, slot_bits=slot_bits, summands=summands))

    @classmethod
    def encrypt_integers(
        cls,
        integers: Iterable[Any],
        public_key: PublicKey,
        scale_bits: int,
        bound: int,
        *,
        slot_bits: int | None = None,
    ) -> EncryptedVector:
        """Encrypt integers that carry a scale already.

        >>> keys = generate_keys()
        >>> EncryptedVector.encrypt_integers([3, -4], keys.public, scale_bits=0, bound=10).decrypt(keys.private)
        [3, -4]

        Raises
        ------
        RangeError
            an integer is beyond the bound, or the bound reaches n/3
        SlotOverflow
            the bound is larger than a slot
        ArgumentError
            an element is no integer, the scale is no multiple of 4, or slot_bits is out of its range
        """
        return complete(encrypting_integers(integers, public_key, scale_bits, bound, slot_bits=slot_bits))

    @classmethod
    def from_bytes(
        cls, data: bytes, public_key: PublicKey, scale_bits: int, bound: int, packing: Packing | None = None
    ) -> EncryptedVector:
        """Read what `to_bytes` wrote, and check that every ciphertext is one. The result is not `fresh`.

        Raises
        ------
        CryptoError
            the length is no multiple of the width, an element is not a unit of Z_{n²}, or their number is not the one
            that the packing asks for
        SlotOverflow
            the bound is larger than a slot
        """
        width = 2 * public_key.key_bits // 8
        if len(data) % width:
            raise CryptoError(
                f"Ciphertexts under {public_key.name} have {width} bytes each, and {len(data)} bytes are no multiple.",
                "Check the key.",
            )
        if packing and (packing.plaintexts * width != len(data) or packing.key_bits != public_key.key_bits):
            raise CryptoError(
                f"{packing.length} numbers in {packing.slot_bits}-bit slots take {packing.plaintexts} ciphertexts "
                f"under {public_key.name}, and {len(data) // width} came.",
                "The bytes were damaged, or belong to another vector.",
            )
        ciphertexts = [mpz(int.from_bytes(data[at : at + width], "big")) for at in range(0, len(data), width)]
        check_ciphertexts(ciphertexts, public_key)
        return cls(public_key, tuple(ciphertexts), scale_bits, bound, packing=packing)

    @classmethod
    def from_phe(cls, numbers: Sequence[phe.EncryptedNumber], scale_bits: int, bound: int) -> EncryptedVector:
        """Take over numbers that python-paillier encrypted. The result is not `fresh`.

        >>> keys = generate_keys()
        >>> number = keys.public.phe.encrypt(0.5, precision=2**-24)
        >>> EncryptedVector.from_phe([number], scale_bits=24, bound=2**40).decrypt(keys.private) == [2**23]
        True

        Raises
        ------
        ScaleMismatch
            a number has another exponent than −scale_bits/4
        KeyMismatch
            the numbers are under different keys
        CryptoError
            an element is not a unit of Z_{n²}, or the key is not usable
        ArgumentError
            there is no number at all, so no key
        """
        if not numbers:
            raise ArgumentError("No numbers were given, so there is no key to put them under.", "Give at least one.")
        if len({number.public_key.n for number in numbers}) > 1:
            raise KeyMismatch("These numbers are under different keys.", "Encrypt them under one.")
        exponents = {number.exponent for number in numbers}
        if exponents != {-scale_bits // PHE_BASE_BITS}:
            raise ScaleMismatch(
                f"At {scale_bits} scale bits phe's exponent is {-scale_bits // PHE_BASE_BITS}, and the numbers have "
                f"{sorted(exponents)}.",
                "Encode with a fixed exponent before encrypting; an exponent that follows the number reveals its size.",
            )
        public_key = PublicKey(numbers[0].public_key.n)
        ciphertexts = [mpz(number.ciphertext(be_secure=False)) for number in numbers]
        check_ciphertexts(ciphertexts, public_key)
        return cls(public_key, tuple(ciphertexts), scale_bits, bound)

    def __len__(self) -> int:
        return self.packing.length if self.packing else len(self.ciphertexts)

    def __repr__(self) -> str:
        state = "fresh" if self.fresh else "not fresh"
        packed = f" in {self.packing.slot_bits}-bit slots" if self.packing else ""
        return (
            f"EncryptedVector({len(self)} numbers{packed} under {self.public_key.name}; "
            f"scale {self.scale_bits}, {state})"
        )

    @property
    def protection(self) -> str:
        """What hides the numbers, in words for a transcript."""
        return self.public_key.name

    @property
    def ciphertext_bytes(self) -> int:
        """Width of one ciphertext in bytes, whatever is in it."""
        return 2 * self.public_key.key_bits // 8

    @property
    def masked(self) -> bool:
        """Whether a mask is on it, so that its plaintexts may be anywhere in Z_n."""
        return self.packing is None and self.bound >= third_of_n(self.public_key)

    def to_bytes(self) -> bytes:
        """Write the ciphertexts one after the other, big-endian, in fixed width."""
        width = self.ciphertext_bytes
        return b"".join(ciphertext.to_bytes(width, "big") for ciphertext in self.ciphertexts)

    def head(self, count: int) -> EncryptedVector:
        """As many of the ciphertexts as hold the first `count` numbers; packed, a few numbers more.

        >>> vector = EncryptedVector.encrypt([1, 2, 3], generate_keys().public, scale_bits=0)
        >>> len(vector.head(2))
        2
        """
        if self.packing is None:
            return replace(self, ciphertexts=self.ciphertexts[:count])
        plaintexts = -(-count // self.packing.in_one)
        length = min(len(self), plaintexts * self.packing.in_one)
        return replace(self, ciphertexts=self.ciphertexts[:plaintexts], packing=replace(self.packing, length=length))

    def to_phe(self) -> list[phe.EncryptedNumber]:
        """Hand the ciphertexts to python-paillier. Every number gets the exponent −scale_bits/4, whatever its value.

        Packed ciphertexts get the exponent 0, for each holds a whole row of slots: one integer without a scale.

        >>> keys = generate_keys()
        >>> vector = EncryptedVector.encrypt([0.5, -2], keys.public)
        >>> [keys.private.phe.decrypt(number) for number in vector.to_phe()]
        [0.5, -2.0]
        """
        return [self._one_to_phe(ciphertext) for ciphertext in self.ciphertexts]

    def _one_to_phe(self, ciphertext: mpz) -> phe.EncryptedNumber:
        exponent = 0 if self.packing else -self.scale_bits // PHE_BASE_BITS
        number = phe.EncryptedNumber(self.public_key.phe, int(ciphertext), exponent)
        # phe re-randomises what it does not know to be fresh, and has no public way to be told
        number._EncryptedNumber__is_obfuscated = self.fresh
        return number

    def __add__(self, other: Any) -> EncryptedVector:
        """Add two vectors: multiply ciphertexts mod n².

        >>> keys = generate_keys()
        >>> small = EncryptedVector.encrypt_integers([1, 2], keys.public, scale_bits=0, bound=10)
        >>> (small + small).decrypt(keys.private)
        [2, 4]

        Raises
        ------
        KeyMismatch, ScaleMismatch
            the two are under different keys, or at different scales
        RangeError
            the sum of the bounds reaches n/3; nothing has been computed
        SlotOverflow
            packed: the sum of the bounds is larger than a slot; nothing has been computed
        ArgumentError
            the lengths or the packings differ, or the other is no encrypted vector
        """
        return complete(adding(self, other))

    def __radd__(self, other: Any) -> EncryptedVector:
        return self.__add__(other)

    def __mul__(self, factor: Any) -> EncryptedVector:
        """Multiply by a whole number: raise ciphertexts to its power mod n². The scale stays.

        >>> keys = generate_keys()
        >>> small = EncryptedVector.encrypt_integers([1, 2], keys.public, scale_bits=0, bound=10)
        >>> (small * -3).decrypt(keys.private)
        [-3, -6]

        Raises
        ------
        RangeError
            bound·|factor| reaches n/3; nothing has been computed
        SlotOverflow
            packed: bound·|factor| is larger than a slot; nothing has been computed
        ArgumentError
            the factor is no whole number
        """
        return complete(multiplying(self, factor))

    def __rmul__(self, factor: Any) -> EncryptedVector:
        return self.__mul__(factor)

    def times_encoded(self, factor: int, scale_bits: int, factor_bound: int | None = None) -> EncryptedVector:
        """Multiply by a real number that was encoded at `scale_bits`. The product has the sum of the scales.

        >>> keys = generate_keys()
        >>> vector = EncryptedVector.encrypt([1.5], keys.public, scale_bits=40)
        >>> product = vector.times_encoded(encode(-0.5, scale_bits=24)[0], scale_bits=24)
        >>> product.scale_bits, decode(product.decrypt(keys.private), product.scale_bits)
        (64, array([-0.75]))

        Parameters
        ----------
        factor
            a whole number
        scale_bits
            the scale it was encoded at, a multiple of 4
        factor_bound
            public bound on |factor|, for a factor that is secret. Without it the bound of the product, which travels,
            is made of the factor itself.

        Raises
        ------
        RangeError
            the factor is beyond factor_bound, or the bound of the product reaches n/3; nothing has been computed
        ArgumentError
            the factor is no whole number, or the scale is no multiple of 4
        """
        return complete(multiplying(self, factor, scale_bits, factor_bound))

    def times_matrix(self, matrix: Any, scale_bits: int, factor_bound: int) -> EncryptedVector:
        """Multiply by a plaintext matrix X of integers: Xᵀ[[v]], the sums Σ_i X_ij·v_i, one for each column.

        >>> keys = generate_keys()
        >>> residuals = EncryptedVector.encrypt([0.5, -2], keys.public, scale_bits=40)
        >>> X = encode_matrix([[1.0, 0.25], [2.0, -1.5]], scale_bits=24, limit=4)
        >>> gradient = residuals.times_matrix(X, scale_bits=24, factor_bound=4 * 2**24)
        >>> gradient.scale_bits, decode(gradient.decrypt(keys.private), gradient.scale_bits)
        (64, array([-3.5  ,  3.125]))

        The scales add. The result is not `fresh`: re-randomise it, or add a mask, before it leaves.

        Parameters
        ----------
        matrix
            shape (N, p), integers, as from `encode_matrix`
        scale_bits
            the scale they were encoded at, a multiple of 4
        factor_bound
            public bound on their absolute values, below 2^60; the bound of the result is N·factor_bound·bound

        Raises
        ------
        RangeError
            an element is beyond factor_bound, or the bound of the result reaches n/3; nothing has been computed
        ArgumentError
            the matrix has not N rows of integers, the vector is packed, or the scale is no multiple of 4
        """
        return complete(multiplying_matrix(self, matrix, scale_bits, factor_bound))

    def plus_integers(self, integers: Sequence[int], bound: int) -> EncryptedVector:
        """Add known integers at the vector's own scale: the cheap way to an encrypted sum of one's own with another's.

        >>> keys = generate_keys()
        >>> share = EncryptedVector.encrypt_integers([7, -7], keys.public, scale_bits=0, bound=10)
        >>> total = share.plus_integers([1, 2], bound=10)
        >>> total.decrypt(keys.private), total.fresh
        ([8, -5], False)

        Nothing hides the summands from who knows the vector: re-randomise the result before it leaves.

        Parameters
        ----------
        integers
            shape (N,)
        bound
            public bound on their absolute values

        Raises
        ------
        RangeError
            an integer is beyond the bound, or the sum of the bounds reaches n/3; nothing has been computed
        ArgumentError
            the lengths differ, an element is no integer, or the vector is packed
        """
        return complete(adding_integers(self, integers, bound))

    def re_randomised(self, *, for_key_holder: bool = False) -> EncryptedVector:
        """Give every ciphertext new randomness; the numbers stay, and nothing shows how they were computed.

        `for_key_holder=True` for what goes to the holder of the private key: slower, see `PublicKey.uniform_factors`.
        """
        return complete(re_randomising(self, for_key_holder=for_key_holder))

    def add_raw_mask(self, mask: Sequence[int], *, for_key_holder: bool = True) -> EncryptedVector:
        """Add a mask of integers uniform in Z_n, each in an encryption of its own. The result is fresh, and masked.

        >>> keys = generate_keys()
        >>> vector = EncryptedVector.encrypt_integers([7, -7], keys.public, scale_bits=0, bound=10)
        >>> mask = draw_raw_mask(keys.public, 2)
        >>> seen_by_key_holder = vector.add_raw_mask(mask).decrypt_raw(keys.private)
        >>> remove_raw_mask(seen_by_key_holder, mask, keys.public)
        [7, -7]

        Parameters
        ----------
        mask
            shape (N,), from `draw_raw_mask` under the same key; for one use
        for_key_holder
            the vector was multiplied by secrets, and goes to the holder of the private key: re-randomise it so that
            they, too, see nothing of the factors. False, which is faster, where it was only added to

        Raises
        ------
        RangeError
            an element is not in Z_n of this key
        ArgumentError
            the lengths differ, the vector is packed, or an element is no integer: a float hides only statistically
        """
        return complete(adding_raw_mask(self, mask, for_key_holder=for_key_holder))

    def decrypt(self, private_key: PrivateKey) -> list[int]:
        """Decrypt to signed integers.

        Raises
        ------
        KeyMismatch
            the private key belongs to another public key
        RangeError
            a mask is on it; or an integer is beyond the bound, so somewhere a bound was promised and not kept
        """
        return complete(decrypting(self, private_key))

    def decrypt_raw(self, private_key: PrivateKey) -> list[int]:
        """Decrypt to elements of Z_n, 0 … n − 1: what the key holder sees of a masked vector.

        Raises
        ------
        KeyMismatch
            the private key belongs to another public key
        """
        return complete(decrypting_raw(self, private_key))


def encrypting(
    values: Any,
    public_key: PublicKey,
    scale_bits: int = WEIGHT_BITS,
    limit: Number | None = None,
    *,
    slot_bits: int | None = None,
    summands: int = 1,
) -> Work[EncryptedVector]:
    """Work form of `EncryptedVector.encrypt`; the arguments are checked at once.

    >>> keys = generate_keys()
    >>> work = encrypting([0.5], keys.public)
    >>> next(work)
    (1, 1)
    """
    check_public(public_key)
    if not is_whole(summands, 1):
        raise ArgumentError(f"summands is a whole number from 1 up, and was {summands!r}.", "Use Σ n_k.")
    if slot_bits is None:
        limit = DEFAULT_LIMIT if limit is None else limit
        (bound,) = encode([limit], scale_bits)  # rounding keeps order, so |v| ≤ limit gives |integer| ≤ bound
        integers = encode(values, scale_bits, limit)
        check_room(bound * int(summands), EncryptedVector(public_key, (), scale_bits, 0), "These numbers")
    else:
        integers = encode(values, scale_bits, limit)
        packing = Packing(slot_bits, len(integers), public_key.key_bits)
        bound = bound_in_slots(integers, limit, packing, scale_bits, int(summands))
    return encrypting_integers(integers, public_key, scale_bits, bound, slot_bits=slot_bits)


def encrypting_integers(
    integers: Iterable[Any],
    public_key: PublicKey,
    scale_bits: int,
    bound: int,
    *,
    slot_bits: int | None = None,
) -> Work[EncryptedVector]:
    """Work form of `EncryptedVector.encrypt_integers`; the arguments are checked at once."""
    check_public(public_key)
    whole = as_integers(integers)
    packing = None if slot_bits is None else Packing(slot_bits, len(whole), public_key.key_bits)
    empty = EncryptedVector(public_key, (), scale_bits, 0, packing=packing)
    check_room(bound, empty, "These numbers")
    check_reach(whole, bound)
    return _hiding(replace(empty, bound=bound), packing.pack(whole) if packing else whole)


def decrypting(vector: EncryptedVector, private_key: PrivateKey) -> Work[list[int]]:
    """Work form of `EncryptedVector.decrypt`; key and mask are checked at once."""
    check_private(vector, private_key)
    if vector.masked:
        raise RangeError(
            "A mask is on this vector, so its plaintexts have no sign yet.",
            "Use decrypt_raw(), take the mask off with remove_raw_mask(), and read the sign then.",
        )
    return _reading(vector, private_key)


def decrypting_raw(vector: EncryptedVector, private_key: PrivateKey) -> Work[list[int]]:
    """Work form of `EncryptedVector.decrypt_raw`; the key is checked at once."""
    check_private(vector, private_key)
    return _opening(vector, private_key)


def re_randomising(vector: EncryptedVector, *, for_key_holder: bool = False) -> Work[EncryptedVector]:
    """Work form of `EncryptedVector.re_randomised`."""
    factors = yield from _random_factors(vector.public_key, len(vector.ciphertexts), for_key_holder)
    modulus = vector.public_key.n_squared
    ciphertexts = [c * factor % modulus for c, factor in zip(vector.ciphertexts, factors, strict=True)]
    return replace(vector, ciphertexts=tuple(ciphertexts), fresh=True)


def adding(one: EncryptedVector, other: EncryptedVector) -> Work[EncryptedVector]:
    """Work form of ``one + other``; the arguments are checked at once."""
    if not isinstance(other, EncryptedVector):
        raise ArgumentError(
            f"An encrypted vector takes another one as summand, and got {type(other).__name__}.",
            "Encrypt it first, under the same key and at the same scale.",
        )
    key = common_key(one, other)
    bound, modulus = one.bound + other.bound, key.n_squared
    check_room(bound, one, "This sum")
    pairs = list(zip(one.ciphertexts, other.ciphertexts, strict=True))
    empty = replace(one, public_key=key, bound=bound)
    return _computed(empty, in_chunks(lambda pair: pair[0] * pair[1] % modulus, pairs))


def adding_integers(vector: EncryptedVector, integers: Sequence[int], bound: int) -> Work[EncryptedVector]:
    """Work form of `EncryptedVector.plus_integers`; the arguments are checked at once."""
    if vector.packing or len(integers) != len(vector):
        raise ArgumentError(
            f"{len(integers)} integers meet {len(vector)} {'packed ' if vector.packing else ''}numbers.",
            "Give one for each number of a vector that is not packed.",
        )
    whole = as_integers(integers)
    check_reach(whole, bound)
    check_room(vector.bound + bound, vector, "This sum")
    n, modulus = mpz(vector.public_key.n), vector.public_key.n_squared
    pairs = list(zip(vector.ciphertexts, whole, strict=True))
    work = in_chunks(lambda pair: pair[0] * (1 + pair[1] * n) % modulus, pairs)  # (1 + n)^m = 1 + m·n
    return _computed(replace(vector, bound=vector.bound + bound), work)


def multiplying(
    vector: EncryptedVector, factor: int, scale_bits: int = 0, factor_bound: int | None = None
) -> Work[EncryptedVector]:
    """Work form of ``vector * factor``, and with `scale_bits` of `times_encoded`; the arguments are checked at once."""
    if not is_whole(factor):
        raise ArgumentError(
            f"An encrypted vector can be multiplied by a whole number, and not by {type(factor).__name__}.",
            "Multiply plaintext factors first, encode once, and use times_encoded(); or divide after decryption.",
        )
    factor, largest = int(factor), abs(int(factor)) if factor_bound is None else factor_bound
    check_factor_bound(abs(factor), largest)
    bound, modulus = vector.bound * largest, vector.public_key.n_squared
    check_room(bound, vector, "This product")
    empty = replace(vector, bound=bound, scale_bits=vector.scale_bits + check_scale(scale_bits))
    # for a negative factor the inverses are raised, which exist because ciphertexts are units
    bases = [gmpy2.invert(c, modulus) for c in vector.ciphertexts] if factor < 0 else vector.ciphertexts
    return _computed(empty, in_batches(partial(powers, exponent=mpz(abs(factor)), modulus=modulus), bases))


def multiplying_matrix(
    vector: EncryptedVector, matrix: Any, scale_bits: int, factor_bound: int
) -> Work[EncryptedVector]:
    """Work form of `EncryptedVector.times_matrix`; the arguments are checked at once."""
    if vector.packing:
        raise ArgumentError("A packed vector has no single numbers to multiply a matrix with.", "Do not pack.")
    exponents = checked_matrix(matrix, len(vector), factor_bound)
    bound = len(vector) * vector.bound * int(factor_bound)  # of public numbers alone, not of the matrix
    check_room(bound, vector, "This product")
    empty = replace(vector, ciphertexts=(), bound=bound, scale_bits=vector.scale_bits + check_scale(scale_bits))
    return _computed(empty, products_of_powers(vector.ciphertexts, exponents, mpz(vector.public_key.n)))


def adding_raw_mask(
    vector: EncryptedVector, mask: Sequence[int], *, for_key_holder: bool = True
) -> Work[EncryptedVector]:
    """Work form of `EncryptedVector.add_raw_mask`; the arguments are checked at once."""
    if vector.packing:
        raise ArgumentError(
            "A packed vector takes no mask: a mask fills all of Z_n, not a slot.", "Use slot_bits=None."
        )
    check_mask(mask, vector.public_key, len(vector))
    return _masking(vector, as_integers(mask, "mask"), for_key_holder)


def draw_raw_mask(public_key: PublicKey, length: int) -> list[int]:
    """Draw a mask: integers uniform in Z_n of the key it will be added under. For one use.

    >>> key = generate_keys().public
    >>> all(0 <= element < key.n for element in draw_raw_mask(key, 3))
    True
    """
    return [secrets.randbelow(public_key.n) for _ in range(length)]


def remove_raw_mask(masked: Sequence[int], mask: Sequence[int], public_key: PublicKey) -> list[int]:
    """Take a mask off mod n, and only then read the sign.

    >>> key = generate_keys().public
    >>> remove_raw_mask([2], [5], key)
    [-3]

    Parameters
    ----------
    masked
        shape (N,), elements of Z_n, from `decrypt_raw`
    mask
        shape (N,), the mask that was added
    public_key
        the key that it was added under

    Raises
    ------
    RangeError
        an element is not in Z_n
    ArgumentError
        the lengths differ
    """
    check_mask(mask, public_key, len(masked))
    check_mask(masked, public_key, len(mask))
    return public_key.centred(seen - hidden for seen, hidden in zip(masked, mask, strict=True))


def _random_factors(key: PublicKey, count: int, for_key_holder: bool) -> Work[list[mpz]]:
    return key.uniform_factors(count) if for_key_holder else key.random_factors(count)


def _hiding(empty: EncryptedVector, plaintexts: Sequence[int], for_key_holder: bool = False) -> Work[EncryptedVector]:
    """(1 + n)^m · r^n = (1 + m·n)·r^n mod n² for each plaintext m, which may be negative."""
    key, n, modulus = empty.public_key, mpz(empty.public_key.n), empty.public_key.n_squared
    factors = yield from _random_factors(key, len(plaintexts), for_key_holder)
    ciphertexts = [(1 + m * n) * factor % modulus for m, factor in zip(plaintexts, factors, strict=True)]
    return replace(empty, ciphertexts=tuple(ciphertexts), fresh=True)


def _masking(vector: EncryptedVector, mask: Sequence[int], for_key_holder: bool) -> Work[EncryptedVector]:
    # a fresh encryption of the mask, not (1 + n)^mask: that is 1 mod n, so mod n a guess could be tested through it
    key = vector.public_key
    hidden = yield from _hiding(replace(vector, bound=key.n - 1), mask, for_key_holder)
    pairs = zip(vector.ciphertexts, hidden.ciphertexts, strict=True)
    return replace(hidden, ciphertexts=tuple(c * m % key.n_squared for c, m in pairs))


def _computed(empty: EncryptedVector, work: Work[list[mpz]]) -> Work[EncryptedVector]:
    """Take ciphertexts that somebody may recognise into a vector whose other fields are known."""
    ciphertexts = yield from work
    return replace(empty, ciphertexts=tuple(ciphertexts), fresh=False)


def _opening(vector: EncryptedVector, private_key: PrivateKey) -> Work[list[int]]:
    plaintexts = yield from in_batches(private_key.decrypt_all, vector.ciphertexts)
    return [int(plaintext) for plaintext in plaintexts]


def _reading(vector: EncryptedVector, private_key: PrivateKey) -> Work[list[int]]:
    raw = yield from decrypting_raw(vector, private_key)
    signed = vector.public_key.centred(raw)
    signed = vector.packing.unpack(signed) if vector.packing else signed
    for position, integer in enumerate(signed):
        if abs(integer) > vector.bound:
            raise RangeError(
                f"The integer at position {position} is {short(integer)}, beyond its bound ±{short(vector.bound)}.",
                "Somebody promised a smaller bound than they kept; the numbers cannot be trusted.",
            )
    return signed

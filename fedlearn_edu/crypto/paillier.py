"""Paillier: vectors of integers that anybody can add and scale, and only the holder of the private key can read.

>>> keys = generate_keys()
>>> wages = EncryptedVector.encrypt([3.5, -1.25], keys.public)
>>> bonus = EncryptedVector.encrypt([0.5, 1.0], keys.public)
>>> total = (wages + bonus * 2).re_randomised()
>>> decode(total.decrypt(keys.private), total.scale_bits)
array([4.5 , 0.75])

For n = p·q, a plaintext m in Z_n and a random unit r mod n, the ciphertext is c = (1 + n)^m · r^n mod n². Multiplying
ciphertexts adds plaintexts; raising one to the power k multiplies its plaintext by k. Signed numbers use the two ends
of Z_n: −1 is n − 1.

What this module sees to, because each of it is easy to forget:

* **Sums and products are deterministic.** Who knows c can test a guess k against c^k, even under a mask. Such a result
  is not `fresh`, and must be re-randomised before it leaves its party.
* **The scale is public and constant**, and travels with the vector; unequal scales do not add.
* **Nothing wraps around silently.** A vector carries a public `bound` on its integers. Sums and products add and
  multiply the bounds, and are refused, before anything is computed, when the bound reaches n/3.
* **Masks are integers uniform in Z_n**, and a masked vector has no signed reading: decrypt it raw, take the mask off
  mod n, and only then read the sign.

References
----------
Paillier, *Public-Key Cryptosystems Based on Composite Degree Residuosity Classes*, EUROCRYPT 1999.
python-paillier (`phe`), whose ciphertexts these are: https://github.com/data61/python-paillier
"""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from hashlib import sha256
from math import gcd
from types import MappingProxyType
from typing import Any, ClassVar

import gmpy2
import numpy as np
import phe

from ..errors import ArgumentError, CryptoError, KeyMismatch, RangeError, ScaleMismatch
from .chunks import Work, complete, in_chunks
from .fixed_point import WEIGHT_BITS, Number, as_integers, check_scale, decode, encode

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
    "adding_raw_mask",
    "decode",
    "decrypting",
    "decrypting_raw",
    "draw_raw_mask",
    "encrypting",
    "encrypting_integers",
    "generate_keys",
    "multiplying",
    "re_randomising",
    "remove_raw_mask",
]

KEY_SIZES = (2048, 3072, 4096)
"""Bits of n for anything that matters."""

TOY_KEY_SIZES = MappingProxyType(
    {
        256: "a laptop factors n within minutes",
        512: "rented machines factor n within hours",
        1024: "a rich attacker factors n",
    }
)
"""Bits of n that are good for a lesson only, and why."""

INSECURE = "classroom only, insecure"
DEFAULT_LIMIT = 2**40
PHE_BASE_BITS = 4  # phe counts scales in powers of 16


class InsecureKeyWarning(UserWarning):
    """A toy key is being made."""


@dataclass(frozen=True)
class PublicKey:
    """The public half: n, the product of two secret primes. Everybody can encrypt, add and scale with it.

    >>> key = generate_keys().public
    >>> PublicKey.from_bytes(key.to_bytes()) == key
    True

    Raises
    ------
    CryptoError
        n has a size that is not on the list, or cannot be a product of two large primes. These are cheap checks against
        mix-ups; they do not prove that n was made as it should be.
    """

    n: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", int(self.n))
        if self.n < 0 or self.key_bits not in (*KEY_SIZES, *TOY_KEY_SIZES):
            raise CryptoError(
                f"A Paillier key has {', '.join(map(str, KEY_SIZES))} bits, and this one has {self.key_bits}.",
                f"Use generate_keys(); toys for a lesson have {', '.join(map(str, TOY_KEY_SIZES))}.",
            )
        small_primes = int(gmpy2.primorial(1000))
        if gcd(self.n, small_primes) != 1 or gmpy2.is_power(self.n) or gmpy2.is_prime(self.n):
            raise CryptoError(
                "This number is no product of two large primes, so it is no Paillier key.", "Use generate_keys()."
            )

    @property
    def key_bits(self) -> int:
        """Bits of n."""
        return self.n.bit_length()

    @cached_property
    def n_squared(self) -> int:
        """n², the modulus of the ciphertexts."""
        return self.n * self.n

    @cached_property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits to tell keys apart by eye: the head of SHA-256 of n's bytes."""
        return sha256(self.to_bytes()).hexdigest()[:8]

    @property
    def name(self) -> str:
        """What a learner reads, for example "Paillier key 3f2a1c9d, 2048 bits"."""
        toy = f", {INSECURE}" if self.key_bits in TOY_KEY_SIZES else ""
        return f"Paillier key {self.fingerprint}, {self.key_bits} bits{toy}"

    @cached_property
    def phe(self) -> phe.PaillierPublicKey:
        """The same key for python-paillier."""
        return phe.PaillierPublicKey(self.n)

    def to_bytes(self) -> bytes:
        """Write n, big-endian, in key_bits/8 bytes."""
        return self.n.to_bytes(self.key_bits // 8, "big")

    @classmethod
    def from_bytes(cls, data: bytes) -> PublicKey:
        """Read a key and check it.

        Raises
        ------
        CryptoError
            these bytes are no Paillier key
        """
        key = cls(int.from_bytes(data, "big"))
        if len(data) * 8 != key.key_bits:
            raise CryptoError(f"A key of {key.key_bits} bits came in {len(data)} bytes.", "Use PublicKey.to_bytes().")
        return key

    def __repr__(self) -> str:
        return f"PublicKey({self.name})"

    def fresh_obfuscator(self) -> int:
        """r^n mod n² for a fresh r uniform in Z_n*: an encryption of 0. The slow part of encrypting."""
        # the one place where a faster way (a table for keys of our own making) would go
        return int(gmpy2.powmod(self._random_unit(), self.n, self.n_squared))

    def encrypt_raw(self, plaintext: int) -> int:
        """Encrypt one element of Z_n: (1 + n)^m · r^n = (1 + m·n)·r^n mod n²."""
        return (1 + plaintext * self.n) * self.fresh_obfuscator() % self.n_squared

    def centred(self, plaintexts: Iterable[int]) -> list[int]:
        """Read elements of Z_n as signed integers in −n/2 … n/2."""
        return [residue - self.n if residue > self.n // 2 else residue for residue in (m % self.n for m in plaintexts)]

    def _random_unit(self) -> int:
        while gcd(r := secrets.randbelow(self.n), self.n) != 1:
            pass  # never happens with a real key: it would mean that a factor of n was guessed
        return r


@dataclass(frozen=True, repr=False)
class PrivateKey:
    """The private half: the two primes. Its holder reads everything under the public key.

    >>> keys = generate_keys()
    >>> str(keys.private.p) in repr(keys)
    False

    Raises
    ------
    KeyMismatch
        p and q are not two different primes with p·q = n
    """

    public: PublicKey
    p: int
    q: int

    def __post_init__(self) -> None:
        primes = gmpy2.is_prime(self.p) and gmpy2.is_prime(self.q) and self.p != self.q
        if not primes or self.p * self.q != self.public.n:
            raise KeyMismatch(
                f"This private key does not belong to {self.public.name}.", "Use the pair as it was made."
            )

    @cached_property
    def phe(self) -> phe.PaillierPrivateKey:
        """The same key for python-paillier."""
        return phe.PaillierPrivateKey(self.public.phe, self.p, self.q)

    def decrypt_raw(self, ciphertext: int) -> int:
        """Decrypt one ciphertext to its element of Z_n."""
        return int(self.phe.raw_decrypt(ciphertext))

    def to_bytes(self) -> bytes:
        """Write p and q, big-endian, key_bits/16 bytes each. For a sealed box only: who has these bytes reads all."""
        width = self.public.key_bits // 16
        return self.p.to_bytes(width, "big") + self.q.to_bytes(width, "big")

    @classmethod
    def from_bytes(cls, data: bytes, public: PublicKey) -> PrivateKey:
        """Read what `to_bytes` wrote.

        Raises
        ------
        KeyMismatch
            the bytes are not the private half of this public key
        """
        half = len(data) // 2
        return cls(public, int.from_bytes(data[:half], "big"), int.from_bytes(data[half:], "big"))

    def __repr__(self) -> str:
        return f"PrivateKey(of {self.public.name}; p and q hidden)"


@dataclass(frozen=True)
class KeyPair:
    """A public key and the private key that belongs to it."""

    public: PublicKey
    private: PrivateKey


def generate_keys(key_bits: int = 2048) -> KeyPair:
    """Make a fresh key pair.

    >>> generate_keys().public.key_bits
    2048

    Parameters
    ----------
    key_bits
        2048, 3072 or 4096; or a toy of 256, 512 or 1024 bits for a lesson, with a warning

    Raises
    ------
    ArgumentError
        any other size

    Warns
    -----
    InsecureKeyWarning
        the key is a toy
    """
    if isinstance(key_bits, bool) or key_bits not in (*KEY_SIZES, *TOY_KEY_SIZES):
        raise ArgumentError(
            f"A Paillier key has {', '.join(map(str, KEY_SIZES))} bits, and {key_bits!r} were asked for.",
            f"Use 2048; toys for a lesson have {', '.join(map(str, TOY_KEY_SIZES))}.",
        )
    if key_bits in TOY_KEY_SIZES:
        warning = f"A Paillier key of {key_bits} bits is {INSECURE}: {TOY_KEY_SIZES[key_bits]}. Use 2048 for real data."
        warnings.warn(warning, InsecureKeyWarning, stacklevel=2)
    made, private = phe.generate_paillier_keypair(n_length=int(key_bits))
    public = PublicKey(made.n)
    return KeyPair(public, PrivateKey(public, private.p, private.q))


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
        N integers in Z_{n²}
    scale_bits
        the public fixed-point scale of the integers, a multiple of 4
    bound
        public: no integer in it is larger, in absolute value. n − 1 means: a mask is on it, and no sign can be read.
    fresh
        True right after encryption or re-randomisation. A vector that is not fresh must not leave its party as it is.

    Raises
    ------
    ArgumentError
        the scale is no multiple of 4
    RangeError
        the bound is not from 0 to n − 1
    """

    public_key: PublicKey
    ciphertexts: tuple[int, ...]
    scale_bits: int
    bound: int
    fresh: bool = field(default=False, compare=False)

    __array_ufunc__: ClassVar[None] = None  # so that np.int64(3) * vector comes here, and is not spread out by NumPy

    def __post_init__(self) -> None:
        if check_scale(self.scale_bits) % PHE_BASE_BITS:
            raise ArgumentError(
                f"Paillier scales are multiples of 4 bits, and this one is {self.scale_bits}.", "Use 24 for weights."
            )
        if not 0 <= self.bound < self.public_key.n:
            raise RangeError(
                f"The bound of an encrypted vector goes from 0 to n − 1, and was {_short(self.bound)}.",
                "Use the largest absolute value that the protocol allows.",
            )

    @classmethod
    def encrypt(
        cls,
        values: Any,
        public_key: PublicKey,
        scale_bits: int = WEIGHT_BITS,
        limit: Number = DEFAULT_LIMIT,
    ) -> EncryptedVector:
        """Encode real numbers at a public scale and encrypt each with randomness of its own.

        >>> EncryptedVector.encrypt([0.5], generate_keys().public, limit=16).bound == 16 * 2**24
        True

        Parameters
        ----------
        values
            shape (N,), real numbers, |v| ≤ limit
        public_key
            whose holder can read them
        scale_bits
            public constant of the protocol, a multiple of 4
        limit
            public bound on |v|, in the units of the values; becomes ``bound = limit·2^scale_bits``

        Raises
        ------
        RangeError
            a value is not finite or beyond the limit, or the key has no room for the limit at this scale
        ArgumentError
            a value is no real number, or the scale is no multiple of 4
        """
        return complete(encrypting(values, public_key, scale_bits, limit))

    @classmethod
    def encrypt_integers(
        cls, integers: Iterable[Any], public_key: PublicKey, scale_bits: int, bound: int
    ) -> EncryptedVector:
        """Encrypt integers that carry a scale already.

        >>> keys = generate_keys()
        >>> EncryptedVector.encrypt_integers([3, -4], keys.public, scale_bits=0, bound=10).decrypt(keys.private)
        [3, -4]

        Raises
        ------
        RangeError
            an integer is beyond the bound, or the bound reaches n/3
        ArgumentError
            an element is no integer, or the scale is no multiple of 4
        """
        return complete(encrypting_integers(integers, public_key, scale_bits, bound))

    @classmethod
    def from_bytes(cls, data: bytes, public_key: PublicKey, scale_bits: int, bound: int) -> EncryptedVector:
        """Read what `to_bytes` wrote, and check that every ciphertext is one. The result is not `fresh`.

        Raises
        ------
        CryptoError
            the length is no multiple of the width, or an element is not a unit of Z_{n²}
        """
        width = 2 * public_key.key_bits // 8
        if len(data) % width:
            raise CryptoError(
                f"Ciphertexts under {public_key.name} have {width} bytes each, and {len(data)} bytes are no multiple.",
                "Check the key.",
            )
        ciphertexts = [int.from_bytes(data[start : start + width], "big") for start in range(0, len(data), width)]
        _check_ciphertexts(ciphertexts, public_key)
        return cls(public_key, tuple(ciphertexts), scale_bits, bound)

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
        ciphertexts = [int(number.ciphertext(be_secure=False)) for number in numbers]
        _check_ciphertexts(ciphertexts, public_key)
        return cls(public_key, tuple(ciphertexts), scale_bits, bound)

    def __len__(self) -> int:
        return len(self.ciphertexts)

    def __repr__(self) -> str:
        state = "fresh" if self.fresh else "not fresh"
        return f"EncryptedVector({len(self)} numbers under {self.public_key.name}; scale {self.scale_bits}, {state})"

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
        return self.bound >= _room(self.public_key)

    def to_bytes(self) -> bytes:
        """Write the ciphertexts one after the other, big-endian, in fixed width."""
        return b"".join(ciphertext.to_bytes(self.ciphertext_bytes, "big") for ciphertext in self.ciphertexts)

    def to_phe(self) -> list[phe.EncryptedNumber]:
        """Hand the ciphertexts to python-paillier. Every number gets the exponent −scale_bits/4, whatever its value.

        >>> keys = generate_keys()
        >>> vector = EncryptedVector.encrypt([0.5, -2], keys.public)
        >>> [keys.private.phe.decrypt(number) for number in vector.to_phe()]
        [0.5, -2.0]
        """
        return [self._one_to_phe(ciphertext) for ciphertext in self.ciphertexts]

    def _one_to_phe(self, ciphertext: int) -> phe.EncryptedNumber:
        number = phe.EncryptedNumber(self.public_key.phe, ciphertext, -self.scale_bits // PHE_BASE_BITS)
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
        ArgumentError
            the lengths differ, or the other is no encrypted vector
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
        ArgumentError
            the factor is no whole number
        """
        return complete(multiplying(self, factor))

    def __rmul__(self, factor: Any) -> EncryptedVector:
        return self.__mul__(factor)

    def times_encoded(self, factor: int, scale_bits: int) -> EncryptedVector:
        """Multiply by a real number that was encoded at `scale_bits`. The product has the sum of the scales.

        >>> keys = generate_keys()
        >>> vector = EncryptedVector.encrypt([1.5], keys.public, scale_bits=40)
        >>> product = vector.times_encoded(encode(-0.5, scale_bits=24)[0], scale_bits=24)
        >>> product.scale_bits, decode(product.decrypt(keys.private), product.scale_bits)
        (64, array([-0.75]))

        Raises
        ------
        RangeError
            bound·|factor| reaches n/3; nothing has been computed
        ArgumentError
            the factor is no whole number, or the scale is no multiple of 4
        """
        return complete(multiplying(self, factor, scale_bits))

    def re_randomised(self) -> EncryptedVector:
        """Give every ciphertext new randomness; the numbers stay, and nothing shows how they were computed."""
        return complete(re_randomising(self))

    def add_raw_mask(self, mask: Sequence[int]) -> EncryptedVector:
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

        Raises
        ------
        RangeError
            an element is not in Z_n of this key
        ArgumentError
            the lengths differ, or an element is no integer: a float hides only statistically
        """
        return complete(adding_raw_mask(self, mask))

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
    values: Any, public_key: PublicKey, scale_bits: int = WEIGHT_BITS, limit: Number = DEFAULT_LIMIT
) -> Work[EncryptedVector]:
    """Work form of `EncryptedVector.encrypt`; the arguments are checked at once.

    >>> keys = generate_keys()
    >>> work = encrypting([0.5], keys.public)
    >>> next(work)
    (1, 1)
    """
    (bound,) = encode([limit], scale_bits)  # rounding keeps order, so |v| ≤ limit gives |integer| ≤ bound
    return encrypting_integers(encode(values, scale_bits, limit), public_key, scale_bits, bound)


def encrypting_integers(
    integers: Iterable[Any], public_key: PublicKey, scale_bits: int, bound: int
) -> Work[EncryptedVector]:
    """Work form of `EncryptedVector.encrypt_integers`; the arguments are checked at once."""
    whole = as_integers(integers)
    _check_room(bound, public_key, "These numbers")
    empty = EncryptedVector(public_key, (), scale_bits, bound)
    for position, integer in enumerate(whole):
        if abs(integer) > bound:
            raise RangeError(
                f"The integer at position {position} is {_short(integer)}, and the bound is ±{_short(bound)}.",
                "Clip the numbers, or agree on a larger bound.",
            )
    return _filling(empty, public_key.encrypt_raw, [integer % public_key.n for integer in whole])


def decrypting(vector: EncryptedVector, private_key: PrivateKey) -> Work[list[int]]:
    """Work form of `EncryptedVector.decrypt`; key and mask are checked at once."""
    _check_private(vector, private_key)
    if vector.masked:
        raise RangeError(
            "A mask is on this vector, so its plaintexts have no sign yet.",
            "Use decrypt_raw(), take the mask off with remove_raw_mask(), and read the sign then.",
        )
    return _reading(vector, private_key)


def decrypting_raw(vector: EncryptedVector, private_key: PrivateKey) -> Work[list[int]]:
    """Work form of `EncryptedVector.decrypt_raw`; the key is checked at once."""
    _check_private(vector, private_key)
    return in_chunks(private_key.decrypt_raw, vector.ciphertexts)


def re_randomising(vector: EncryptedVector) -> Work[EncryptedVector]:
    """Work form of `EncryptedVector.re_randomised`."""
    key = vector.public_key
    return _filling(vector, lambda c: c * key.fresh_obfuscator() % key.n_squared, vector.ciphertexts)


def adding(one: EncryptedVector, other: EncryptedVector) -> Work[EncryptedVector]:
    """Work form of ``one + other``; the arguments are checked at once."""
    if not isinstance(other, EncryptedVector):
        raise ArgumentError(
            f"An encrypted vector takes another one as summand, and got {type(other).__name__}.",
            "Encrypt it first, under the same key and at the same scale.",
        )
    key = _common_key(one, other)
    bound = one.bound + other.bound
    _check_room(bound, key, "This sum")
    pairs = list(zip(one.ciphertexts, other.ciphertexts, strict=True))
    return _filling(replace(one, bound=bound), lambda pair: pair[0] * pair[1] % key.n_squared, pairs, fresh=False)


def multiplying(vector: EncryptedVector, factor: int, scale_bits: int = 0) -> Work[EncryptedVector]:
    """Work form of ``vector * factor``, and with `scale_bits` of `times_encoded`; the arguments are checked at once."""
    if isinstance(factor, bool) or not isinstance(factor, int | np.integer):
        raise ArgumentError(
            f"An encrypted vector can be multiplied by a whole number, and not by {type(factor).__name__}.",
            "Multiply plaintext factors first, encode once, and use times_encoded(); or divide after decryption.",
        )
    key, factor = vector.public_key, int(factor)
    bound = vector.bound * abs(factor)
    _check_room(bound, key, "This product")
    empty = replace(vector, bound=bound, scale_bits=vector.scale_bits + check_scale(scale_bits))
    return _filling(empty, partial(_power, exponent=factor, modulus=key.n_squared), vector.ciphertexts, fresh=False)


def adding_raw_mask(vector: EncryptedVector, mask: Sequence[int]) -> Work[EncryptedVector]:
    """Work form of `EncryptedVector.add_raw_mask`; the arguments are checked at once."""
    key = vector.public_key
    _check_mask(mask, key, len(vector))
    # a fresh encryption of the mask, not (1 + n)^mask: that is 1 mod n, so mod n a guess could be tested through it
    pairs = list(zip(vector.ciphertexts, as_integers(mask, "mask"), strict=True))
    return _filling(
        replace(vector, bound=key.n - 1), lambda pair: pair[0] * key.encrypt_raw(pair[1]) % key.n_squared, pairs
    )


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
    _check_mask(mask, public_key, len(masked))
    _check_mask(masked, public_key, len(mask))
    return public_key.centred(seen - hidden for seen, hidden in zip(masked, mask, strict=True))


def _filling(empty: EncryptedVector, function: Any, items: Sequence[Any], fresh: bool = True) -> Work[EncryptedVector]:
    """Compute the ciphertexts of a vector whose other fields are known."""
    ciphertexts = yield from in_chunks(function, items)
    return replace(empty, ciphertexts=tuple(ciphertexts), fresh=fresh)


def _reading(vector: EncryptedVector, private_key: PrivateKey) -> Work[list[int]]:
    raw = yield from decrypting_raw(vector, private_key)
    signed = vector.public_key.centred(raw)
    for position, integer in enumerate(signed):
        if abs(integer) > vector.bound:
            raise RangeError(
                f"The integer at position {position} is {_short(integer)}, beyond its bound ±{_short(vector.bound)}.",
                "Somebody promised a smaller bound than they kept; the numbers cannot be trusted.",
            )
    return signed


def _power(ciphertext: int, exponent: int, modulus: int) -> int:
    """c^k mod n²; for negative k the inverse is raised, which exists because c is a unit."""
    base = gmpy2.invert(ciphertext, modulus) if exponent < 0 else ciphertext
    return int(gmpy2.powmod(base, abs(exponent), modulus))


def _room(public_key: PublicKey) -> int:
    """Bounds stay below n/3: a third for each sign, and a third between them to notice what should not be there."""
    return public_key.n // 3


def _check_room(bound: int, public_key: PublicKey, subject: str) -> None:
    if bound >= _room(public_key):
        raise RangeError(
            f"{subject} may reach ±{_short(bound)}, and {public_key.name} has room "
            f"below n/3 ≈ {_short(_room(public_key))}.",
            "Use a smaller limit, fewer scale bits or a larger key; a masked vector cannot be added to or scaled.",
        )


def _common_key(one: EncryptedVector, other: EncryptedVector) -> PublicKey:
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
    return one.public_key


def _check_private(vector: EncryptedVector, private_key: PrivateKey) -> None:
    if private_key.public != vector.public_key:
        raise KeyMismatch(
            f"The vector is under {vector.public_key.name}, and this is the private half of {private_key.public.name}.",
            "Ask the holder of the right private key.",
        )


def _check_mask(mask: Sequence[int], public_key: PublicKey, length: int) -> None:
    if len(mask) != length:
        raise ArgumentError(f"A mask of {len(mask)} numbers meets {length} numbers.", "Draw one for each number.")
    for position, element in enumerate(as_integers(mask, "mask")):
        if not 0 <= element < public_key.n:
            raise RangeError(
                f"The mask at position {position} is {_short(element)}, outside Z_n of {public_key.name}.",
                "Draw masks with draw_raw_mask() under the key that they are added under.",
            )


def _check_ciphertexts(ciphertexts: Sequence[int], public_key: PublicKey) -> None:
    """Each is a unit of Z_{n²}. One gcd serves all: a product shares a factor with n when one of its factors does."""
    product = 1
    for ciphertext in ciphertexts:
        in_range = 0 < ciphertext < public_key.n_squared
        product = product * ciphertext % public_key.n if in_range else 0
        if not in_range:
            break
    if gcd(product, public_key.n) != 1:
        raise CryptoError(
            f"Among {len(ciphertexts)} numbers one is no ciphertext under {public_key.name}.",
            "The bytes were damaged, or belong to another key.",
        )


def _short(integer: int) -> str:
    """Show a small integer whole and a huge one as a power of two."""
    sign = "−" if integer < 0 else ""
    return f"{integer:,}" if abs(integer) < 2**64 else f"{sign}2^{gmpy2.log2(abs(integer)):.1f}"

"""One-time masks that cancel in a sum, and secret shares: the pieces of secure aggregation.

>>> import secrets
>>> pair_key, own_key, her_key = (secrets.token_bytes(32) for _ in range(3))
>>> mine = mask(to_ring([5, -7]), own_key, pair_keys_to_add=[pair_key])
>>> hers = mask(to_ring([1, 2]), her_key, pair_keys_to_subtract=[pair_key])
>>> from_ring(remove(sum_of([mine, hers]), [own_key, her_key]))
[6, -5]

Everything happens in the ring of integers mod R = 2^64. Party u uploads

    y_u = x_u + PRG(b_u) + Σ_{u<v} PRG(s_uv) − Σ_{u>v} PRG(s_uv)   mod R

In the sum of all the pair masks cancel, and who knows the b_u takes those off. A coordinate of one upload is x_u plus
a number that looks uniform in the ring, so it tells nothing. **A mask is for one use**: two uploads under the same
keys differ by exactly the difference of their numbers. Draw fresh keys every round.

Secret shares (Shamir) let the survivors of a round open the keys of those who dropped out, and no fewer than
`threshold` of them.

References
----------
Bonawitz et al., *Practical Secure Aggregation for Privacy-Preserving Machine Learning*, CCS 2017.
Shamir, *How to Share a Secret*, Communications of the ACM 22(11), 1979.
RFC 8439 (ChaCha20).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from numpy.typing import NDArray

from ..arguments import is_whole
from ..errors import ArgumentError, CryptoError, RangeError, ShareError
from .chunks import Work, complete, in_chunks
from .fixed_point import as_integers

MODULUS_BITS = 64
KEY_BYTES = 32

MERSENNE_521 = 2**521 - 1
"""The prime that secret shares are computed with: far above 2^256, so that shares which do not belong together
give, but for one chance in 2^265, a number that is no 32-byte secret, and the mistake is noticed."""

SHARE_BYTES = 66  # what a share's value takes: a number below 2^521 − 1

Ring = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class MaskedVector:
    """Numbers of the ring under one-time masks; the array is a read-only copy.

    >>> vector = MaskedVector(np.array([1, 2], dtype=np.uint64))
    >>> len(vector), vector.protection
    (2, 'one-time masks')
    """

    values: Ring = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _as_ring(self.values).copy())
        self.values.setflags(write=False)

    @property
    def protection(self) -> str:
        """What hides the numbers, in words for a transcript."""
        return "one-time masks"

    def __len__(self) -> int:
        return len(self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MaskedVector) and np.array_equal(self.values, other.values)

    def __hash__(self) -> int:
        return hash(self.values.tobytes())


def to_ring(integers: Iterable[Any]) -> Ring:
    """Map signed integers to the ring: i mod 2^64.

    >>> to_ring([3, -1])
    array([                   3, 18446744073709551615], dtype=uint64)

    Raises
    ------
    RangeError
        an integer is outside −2^63 … 2^63 − 1, named with its position
    """
    whole = as_integers(integers)
    for position, integer in enumerate(whole):
        if not -(2**63) <= integer < 2**63:
            raise RangeError(
                f"The integer at position {position} is {integer}, and the ring holds −2^63 to 2^63 − 1.",
                "Use fewer scale bits, or clip the numbers.",
            )
    return np.array([integer % 2**MODULUS_BITS for integer in whole], dtype=np.uint64)


def from_ring(values: Ring) -> list[int]:
    """Read ring elements as signed integers in −2^63 … 2^63 − 1.

    >>> from_ring(np.array([3, 18446744073709551615], dtype=np.uint64))
    [3, -1]
    """
    signed: list[int] = _as_ring(values).view(np.int64).tolist()
    return signed


def check_ring_budget(integers: Iterable[Any], parties: int) -> None:
    """Refuse, before anything is masked, numbers whose sum over all parties could wrap around.

    >>> check_ring_budget([2**61 - 1], parties=4)
    >>> check_ring_budget([2**61], parties=4)
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.RangeError: The integer at position 0 is 2305843009213693952; ... over 4 parties can reach 2^63.
        Use fewer scale bits, clip the numbers, or split the parties into groups.

    Parameters
    ----------
    integers
        shape (N,), what one party is about to mask
    parties
        how many such vectors will be added

    Raises
    ------
    RangeError
        |integer|·parties reaches 2^63
    """
    _check_count("parties", parties, 1)
    for position, integer in enumerate(as_integers(integers)):
        if abs(integer) * int(parties) >= 2**63:
            raise RangeError(
                f"The integer at position {position} is {integer}; a sum over {parties} parties can reach 2^63.",
                "Use fewer scale bits, clip the numbers, or split the parties into groups.",
            )


def stream(key: bytes, length: int) -> Ring:
    """Expand a key to `length` ring elements that nobody without the key can tell from uniform ones.

    >>> stream(bytes(32), 2)
    array([10393729187455219830,  2935650227004792128], dtype=uint64)

    The ChaCha20 keystream from counter 0 under the zero nonce, read as little-endian 64-bit integers. A nonce keeps
    two streams under one key apart; here a key makes one stream in its life, so there is nothing to keep apart, and
    the constant nonce is safe. It stops being safe in the moment a key is used again: then two masks are equal.

    Parameters
    ----------
    key
        32 bytes, fresh for each use
    length
        number of coordinates

    Returns
    -------
    array of uint64
        shape (length,)

    Raises
    ------
    ArgumentError
        the key is no 32 bytes, or the length is negative
    """
    _check_key(key)
    _check_count("length", length, 0)
    counter_and_nonce = bytes(16)
    keystream = Cipher(ChaCha20(key, counter_and_nonce), mode=None).encryptor().update(bytes(8 * int(length)))
    return np.frombuffer(keystream, dtype="<u8").astype(np.uint64)


def masking(
    ring_values: Ring,
    self_mask_key: bytes,
    pair_keys_to_add: Sequence[bytes] = (),
    pair_keys_to_subtract: Sequence[bytes] = (),
) -> Work[MaskedVector]:
    """Work form of `mask`: yields ``(done, total)`` in streams added.

    >>> from .chunks import complete
    >>> len(complete(masking(to_ring([1, 2]), bytes(32))))
    2
    """
    plus = [self_mask_key, *pair_keys_to_add]
    _check_keys([*plus, *pair_keys_to_subtract])
    return _masked_vector(_with_streams(_as_ring(ring_values), plus, pair_keys_to_subtract))


def mask(
    ring_values: Ring,
    self_mask_key: bytes,
    pair_keys_to_add: Sequence[bytes] = (),
    pair_keys_to_subtract: Sequence[bytes] = (),
) -> MaskedVector:
    """Hide a vector: y = x + PRG(b) + Σ PRG(keys to add) − Σ PRG(keys to subtract) mod 2^64.

    >>> masked = mask(to_ring([5]), bytes(32))
    >>> from_ring(remove(masked, [bytes(32)]))
    [5]

    Parameters
    ----------
    ring_values
        array of uint64, shape (N,), from `to_ring`
    self_mask_key
        b_u, 32 bytes
    pair_keys_to_add, pair_keys_to_subtract
        s_uv, 32 bytes each: add where u < v, subtract where u > v, so that the two cancel

    Raises
    ------
    CryptoError
        a key is given twice: it would cancel itself, or count double
    ArgumentError
        a key is no 32 bytes, or the values are no vector of uint64
    """
    return complete(masking(ring_values, self_mask_key, pair_keys_to_add, pair_keys_to_subtract))


def removing(
    masked: MaskedVector,
    self_mask_keys: Sequence[bytes],
    pair_keys_added: Sequence[bytes] = (),
    pair_keys_subtracted: Sequence[bytes] = (),
) -> Work[Ring]:
    """Work form of `remove`: yields ``(done, total)`` in streams taken off.

    >>> from .chunks import complete
    >>> complete(removing(mask(to_ring([1]), bytes(32)), [bytes(32)]))
    array([1], dtype=uint64)
    """
    minus = [*self_mask_keys, *pair_keys_added]
    _check_keys([*minus, *pair_keys_subtracted])
    return _with_streams(masked.values, pair_keys_subtracted, minus)


def remove(
    masked: MaskedVector,
    self_mask_keys: Sequence[bytes],
    pair_keys_added: Sequence[bytes] = (),
    pair_keys_subtracted: Sequence[bytes] = (),
) -> Ring:
    """Take off the masks that are still on a sum: the self masks of those in it, and the pair masks of those who left.

    >>> from secrets import token_bytes
    >>> own, gone = token_bytes(32), token_bytes(32)
    >>> left_over = mask(to_ring([8]), own, pair_keys_to_subtract=[gone])  # the partner of `gone` never uploaded
    >>> from_ring(remove(left_over, [own], pair_keys_subtracted=[gone]))
    [8]

    Parameters
    ----------
    masked
        a sum of uploads
    self_mask_keys
        b_u of every party in the sum
    pair_keys_added, pair_keys_subtracted
        s_uv between one in the sum and one who is not, as the one in the sum applied it

    Returns
    -------
    array of uint64
        shape (N,); read it with `from_ring`

    Raises
    ------
    CryptoError
        a key is given twice
    ArgumentError
        a key is no 32 bytes
    """
    return complete(removing(masked, self_mask_keys, pair_keys_added, pair_keys_subtracted))


def sum_of(vectors: Sequence[MaskedVector]) -> MaskedVector:
    """Add masked vectors mod 2^64, without reading them.

    >>> one = MaskedVector(to_ring([1, -1]))
    >>> sum_of([one, one, one]).values
    array([                   3, 18446744073709551613], dtype=uint64)

    Raises
    ------
    ArgumentError
        there is none, or their lengths differ
    """
    lengths = sorted({len(vector) for vector in vectors})
    if len(lengths) != 1:
        raise ArgumentError(
            f"Masked vectors of one length are needed, and these have lengths {lengths}.",
            "Every party masks the same coordinates.",
        )
    return MaskedVector(reduce(np.add, [vector.values for vector in vectors]))


@dataclass(frozen=True)
class Share:
    """One holder's share of a secret: the point (index, value) on a secret curve.

    >>> Share(index=2, value=5)
    Share(index=2)

    Raises
    ------
    ShareError
        the index is no whole number from 1 up, or the value is not in 0 … 2^521 − 2
    """

    index: int
    value: int = field(repr=False)

    def __post_init__(self) -> None:
        # index 0 would be the secret itself
        if not 1 <= self.index < MERSENNE_521 or not 0 <= self.value < MERSENNE_521:
            raise ShareError(f"The share with index {self.index} lies outside its field.", "Use shares from split().")


def threshold_for(parties: int) -> int:
    """Give the number of shares that open a secret: ⌊2K/3⌋ + 1, more than two thirds of K parties.

    >>> [threshold_for(parties) for parties in (2, 3, 4, 10)]
    [2, 3, 3, 7]

    Raises
    ------
    ArgumentError
        fewer than two parties
    """
    return 2 * _check_count("parties", parties, 2) // 3 + 1


def split(secret: bytes, threshold: int, holders: int) -> list[Share]:
    """Split 32 bytes so that any `threshold` shares give them back, and fewer tell nothing.

    >>> shares = split(bytes(range(32)), threshold=3, holders=4)
    >>> join(shares[1:], threshold=3) == bytes(range(32))
    True

    The secret is the value at 0 of a polynomial of degree threshold − 1 with random coefficients; share i is its
    value at i.

    Parameters
    ----------
    secret
        32 bytes
    threshold
        t, from 2 up: with 1, every share would be the secret
    holders
        K ≥ t; the shares have the indices 1 … K

    Raises
    ------
    ArgumentError
        the secret is no 32 bytes, or the threshold is not from 2 to `holders`
    """
    _check_key(secret)
    if not 2 <= _check_count("threshold", threshold, 1) <= _check_count("holders", holders, 1):
        raise ArgumentError(
            f"The threshold goes from 2 to the number of holders, {holders}, and was {threshold}.",
            "Use threshold_for(parties).",
        )
    coefficients = [int.from_bytes(secret, "big"), *(secrets.randbelow(MERSENNE_521) for _ in range(threshold - 1))]
    return [Share(index, _value_at(index, coefficients)) for index in range(1, holders + 1)]


def join(shares: Sequence[Share], threshold: int) -> bytes:
    """Give the secret back from `threshold` shares or more; of more, the first and the last are compared.

    >>> join(split(bytes(32), threshold=2, holders=3)[:1], threshold=2)
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.ShareError: 1 share is here, and it takes 2 to open the secret.
        Ask more holders.

    Returns
    -------
    bytes
        the 32 bytes

    Raises
    ------
    ShareError
        too few shares, the same index twice, or shares that do not belong together
    ArgumentError
        the threshold is not from 2 up
    """
    _check_count("threshold", threshold, 2)
    _check_shares(shares, threshold)
    secret, again = _value_at_zero(shares[:threshold]), _value_at_zero(shares[-threshold:])
    if secret != again or secret >= 2 ** (8 * KEY_BYTES):
        raise ShareError(
            f"These {len(shares)} shares do not belong together, or more than {threshold} are needed.",
            "Sort shares by the secret they belong to, and use the threshold it was split with.",
        )
    return secret.to_bytes(KEY_BYTES, "big")


def _masked_vector(work: Work[Ring]) -> Work[MaskedVector]:
    return MaskedVector((yield from work))


def _with_streams(values: Ring, plus: Sequence[bytes], minus: Sequence[bytes]) -> Work[Ring]:
    """Add Σ PRG(plus) − Σ PRG(minus) mod 2^64; NumPy's unsigned sums wrap around, and that is the ring."""
    total = values.copy()

    def apply(signed_key: tuple[bool, bytes]) -> None:
        positive, key = signed_key
        if positive:
            np.add(total, stream(key, len(total)), out=total)
        else:
            np.subtract(total, stream(key, len(total)), out=total)

    yield from in_chunks(apply, [(True, key) for key in plus] + [(False, key) for key in minus])
    return total


def _as_ring(values: Any) -> Ring:
    """Hand back an array of native uint64, shape (N,); anything else was not made by `to_ring`."""
    if not isinstance(values, np.ndarray) or values.ndim != 1 or values.dtype.kind + str(values.itemsize) != "u8":
        raise ArgumentError("A vector of uint64 is needed.", "Use to_ring(integers) first.")
    return np.ascontiguousarray(values, dtype=np.uint64)


def _check_key(key: bytes) -> None:
    if not isinstance(key, bytes) or len(key) != KEY_BYTES:
        raise ArgumentError("A key or secret is 32 bytes, and this is not.", "Use secrets.token_bytes(32).")


def _check_keys(keys: Sequence[bytes]) -> None:
    for key in keys:
        _check_key(key)
    if len(set(keys)) < len(keys):
        raise CryptoError(
            "A mask key is used twice: the two masks would cancel, or stay equal.",
            "Draw a fresh key for every pair, party and round.",
        )


def _check_count(name: str, value: Any, least: int) -> int:
    if not is_whole(value, least):
        raise ArgumentError(f"{name} is a whole number from {least} up, and was {value!r}.", "Count again.")
    return int(value)


def _check_shares(shares: Sequence[Share], threshold: int) -> None:
    if len(shares) < threshold:
        subject = "1 share is" if len(shares) == 1 else f"{len(shares)} shares are"
        raise ShareError(f"{subject} here, and it takes {threshold} to open the secret.", "Ask more holders.")
    indices = [share.index for share in shares]
    if len(set(indices)) < len(indices):
        twice = next(index for index in indices if indices.count(index) > 1)
        raise ShareError(f"Share {twice} is here twice.", "Count every holder once.")


def _value_at(x: int, coefficients: Sequence[int]) -> int:
    """c₀ + c₁x + c₂x² + … mod p, by Horner's rule."""
    return reduce(lambda value, coefficient: (value * x + coefficient) % MERSENNE_521, reversed(coefficients), 0)


def _value_at_zero(shares: Sequence[Share]) -> int:
    """Σ yᵢ·λᵢ mod p: Lagrange's value at 0 of the curve through all the shares."""
    weights = _weights_at_zero(tuple(share.index for share in shares))
    return sum(share.value * weight for share, weight in zip(shares, weights, strict=True)) % MERSENNE_521


@lru_cache(maxsize=8)
def _weights_at_zero(indices: tuple[int, ...]) -> tuple[int, ...]:
    """λᵢ = Π_{j≠i} xⱼ/(xⱼ − xᵢ) mod p. Public, and the same for every secret that the same holders open."""
    return tuple(_weight_at_zero(one, [other for other in indices if other != one]) for one in indices)


def _weight_at_zero(one: int, others: Sequence[int]) -> int:
    above = below = 1
    for other in others:
        above = above * other % MERSENNE_521
        below = below * (other - one) % MERSENNE_521
    return above * pow(below, -1, MERSENNE_521) % MERSENNE_521

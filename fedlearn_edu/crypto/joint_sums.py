"""What two parties can compute on ciphertexts about the sum of their numbers: its square, and its sums over rows.

One party knows s and sends it encrypted; the other knows u. Of d = s + u the other can make, without reading s,

    [[d]]     = [[s]] · (1 + n)^u                      each number, at 40 bits
    [[Σd²]]   = [[Σs²]] + 2·Σ u·[[s]] + Σu²            9 + 4 − 12 = 1 for s = 3 and u = 2 − 4, at 80 bits
    [[Xᵀd]]   = Xᵀ[[d]]                                for a matrix X of its own, at 24 + 40 bits

>>> keys = generate_keys()
>>> sent, square = (complete(work([3.0], keys.public)) for work in (encrypting_share, encrypting_square))
>>> d, loss = complete(adding_share(sent, [-2.0])), complete(adding_square(square, sent, [-2.0]))
>>> decode(d.decrypt(keys.private), d.scale_bits), decode(loss.decrypt(keys.private), loss.scale_bits)
(array([1.]), array([1.]))

Everything is exact in integers once it is encoded: each number is rounded once, to 2^−40 or a column to 2^−24.
The bounds are public constants; the real numbers may come as lists of integers that `encode_share` made before.

References
----------
Yang, Liu, Chen, Tong: Federated Machine Learning: Concept and Applications.
ACM Transactions on Intelligent Systems and Technology 10(2), 2019, section 2.4.2.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError, CryptoError, ScaleMismatch
from .chunks import Work, complete
from .fixed_point import decode, encode, encode_matrix
from .paillier import (
    EncryptedVector,
    PublicKey,
    adding,
    adding_integers,
    adding_raw_mask,
    draw_raw_mask,
    encrypting_integers,
    generate_keys,
    multiplying_matrix,
    re_randomising,
)

__all__ = [
    "FEATURE_BITS",
    "FEATURE_LIMIT",
    "GRADIENT_BITS",
    "SHARE_BITS",
    "SHARE_LIMIT",
    "SQUARE_BITS",
    "MaskRule",
    "adding_share",
    "adding_square",
    "complete",
    "decode",
    "encode_columns",
    "encode_share",
    "encrypting_share",
    "encrypting_square",
    "generate_keys",
    "residues_from_bytes",
    "residues_to_bytes",
    "summing_columns",
]

SHARE_BITS, FEATURE_BITS = 40, 24  # scales are public constants, multiples of 4
GRADIENT_BITS, SQUARE_BITS = SHARE_BITS + FEATURE_BITS, 2 * SHARE_BITS
SHARE_LIMIT, FEATURE_LIMIT = 2**16, 2**20  # public bounds on |u| and |x|
SHARE_BOUND, FEATURE_BOUND = SHARE_LIMIT << SHARE_BITS, FEATURE_LIMIT << FEATURE_BITS


def encode_share(values: Any) -> list[int]:
    """Round to steps of 2^−40; refuse what is beyond ±2^16.

    >>> encode_share([0.5])
    [549755813888]

    Raises
    ------
    RangeError
        a number is not finite, or beyond the limit
    """
    return encode(np.asarray(values, dtype=np.float64), SHARE_BITS, SHARE_LIMIT)


def encode_columns(X: Any) -> NDArray[np.int64]:
    """Round a matrix to steps of 2^−24; refuse what is beyond ±2^20.

    >>> encode_columns([[0.5, -1.0]])
    array([[  8388608, -16777216]])

    Raises
    ------
    RangeError
        a number is not finite, or beyond the limit
    """
    return encode_matrix(np.asarray(X, dtype=np.float64), FEATURE_BITS, FEATURE_LIMIT)


def encrypting_share(share: Sequence[Any], key: PublicKey) -> Work[EncryptedVector]:
    """Make [[u]], (N,)."""
    return encrypting_integers(_integers(share), key, SHARE_BITS, SHARE_BOUND)


def encrypting_square(share: Sequence[Any], key: PublicKey) -> Work[EncryptedVector]:
    """Make [[Σu²]], (1,)."""
    return encrypting_integers([_square(share)], key, SQUARE_BITS, len(share) * SHARE_BOUND**2)


def adding_share(vector: EncryptedVector, share: Sequence[Any]) -> Work[EncryptedVector]:
    """Make [[s + u]] from [[s]]; not fresh.

    Raises
    ------
    ScaleMismatch
        the vector is none of shares: it has another scale
    """
    if vector.scale_bits != SHARE_BITS:
        raise ScaleMismatch(
            f"A share at {SHARE_BITS} bits meets a vector at {vector.scale_bits}.", "Encrypt it with encrypting_share."
        )
    return adding_integers(vector, _integers(share), SHARE_BOUND)


def adding_square(square: EncryptedVector, vector: EncryptedVector, share: Sequence[Any]) -> Work[EncryptedVector]:
    """Make [[Σ(s + u)²]] from [[Σs²]] and [[s]]; not fresh."""
    twice = np.array([[2 * u] for u in _integers(share)], dtype=np.int64).reshape(-1, 1)  # below 2^58
    cross = yield from multiplying_matrix(vector, twice, SHARE_BITS, 2 * SHARE_BOUND)  # Σ 2u·[[s]], (1,)
    total = yield from adding(square, cross)
    return (yield from adding_integers(total, [_square(share)], len(share) * SHARE_BOUND**2))


def summing_columns(residuals: EncryptedVector, columns: NDArray[np.int64]) -> Work[EncryptedVector]:
    """Make [[Xᵀd]], (p,), from [[d]], (N,), and the encoded X, (N, p); not fresh."""
    return multiplying_matrix(residuals, columns, FEATURE_BITS, FEATURE_BOUND)


@dataclass(frozen=True)
class MaskRule:
    """How an encrypted result is hidden from the holder of the private key, who decrypts it for its owner.

    >>> MaskRule("uniform").warning, MaskRule("none").warning
    ('', 'UNSAFE: no mask')
    >>> MaskRule(0.5).warning
    'UNSAFE: masks of at most ±0.5'

    Parameters
    ----------
    kind : "uniform", integers uniform in Z_n, fresh each time. For lessons: "none"; "reused", drawn once and used in
        every round; or a number, the largest mask, in the units of what is hidden

    Raises
    ------
    ArgumentError
        none of these
    """

    kind: str | float = "uniform"

    def __post_init__(self) -> None:
        number = isinstance(self.kind, int | float) and not isinstance(self.kind, bool)
        if not (number and 0 < self.kind < 2**60) and self.kind not in ("uniform", "none", "reused"):  # type: ignore[operator]
            raise ArgumentError(
                f"mask= was {self.kind!r}.",
                'Use "uniform"; for a lesson "none", "reused", or a small number such as 1.0.',
            )

    @property
    def warning(self) -> str:
        """What a title says of it; "" for the one that hides."""
        named = {"uniform": "", "none": "UNSAFE: no mask", "reused": "UNSAFE: one mask for all rounds"}
        return named.get(str(self.kind), f"UNSAFE: masks of at most ±{self.kind}")

    @property
    def label(self) -> str:
        """What a message says of its gradient."""
        named = {"uniform": "masked gradient", "none": "gradient without mask", "reused": "gradient, reused mask"}
        return named.get(str(self.kind), "gradient, small mask")

    def draw(self, key: PublicKey, length: int) -> list[int]:
        """Draw a mask under a key: elements of Z_n, (N,)."""
        if self.kind in ("uniform", "reused"):
            return draw_raw_mask(key, length)
        return [number % key.n for number in self._small(length)]

    def hiding(self, vector: EncryptedVector, mask: Sequence[int]) -> Work[EncryptedVector]:
        """Add the mask, and re-randomise for the holder of the private key."""
        if self.kind in ("uniform", "reused"):
            return adding_raw_mask(vector, mask)
        return self._hardly_hiding(vector, mask)

    def _hardly_hiding(self, vector: EncryptedVector, mask: Sequence[int]) -> Work[EncryptedVector]:
        seen = yield from adding_integers(vector, vector.public_key.centred(mask), self._largest)
        return (yield from re_randomising(seen, for_key_holder=True))

    def _small(self, length: int) -> list[int]:
        return [secrets.randbelow(2 * self._largest + 1) - self._largest for _ in range(length)]

    @property
    def _largest(self) -> int:
        return 0 if self.kind == "none" else encode([float(self.kind)], GRADIENT_BITS)[0]


def residues_to_bytes(residues: Sequence[int], key: PublicKey) -> bytes:
    """Write elements of Z_n in fixed width, so that their size tells nothing.

    >>> key = generate_keys().public
    >>> residues_from_bytes(residues_to_bytes([7, key.n - 1], key), key) == [7, key.n - 1]
    True
    """
    return b"".join(residue.to_bytes(key.key_bits // 8, "big") for residue in residues)


def residues_from_bytes(data: bytes, key: PublicKey) -> list[int]:
    """Read what `residues_to_bytes` wrote.

    Raises
    ------
    CryptoError
        these bytes are no whole number of elements of Z_n
    """
    width = key.key_bits // 8
    whole = isinstance(data, bytes) and len(data) % width == 0
    found = [int.from_bytes(data[at : at + width], "big") for at in range(0, len(data), width)] if whole else []
    if not whole or max(found, default=0) >= key.n:
        raise CryptoError(f"These bytes are no numbers below n of {key.name}.", "They were damaged on their way.")
    return found


def _integers(share: Sequence[Any]) -> list[int]:
    """As they are when they were encoded before."""
    return list(share) if all(isinstance(u, int) for u in share) else encode_share(share)


def _square(share: Sequence[Any]) -> int:
    return sum(u * u for u in _integers(share))

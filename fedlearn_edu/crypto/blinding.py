"""Blinding identifiers on Curve25519: hash to the curve, then multiply by a secret number; twice, in either order.

>>> bank, tax_office = generate_blinding_key(), generate_blinding_key()
>>> ids = id_bytes(["ann"])
>>> here, there = complete(blinding(ids, bank)), complete(blinding(ids, tax_office))    # a·H(ann), b·H(ann)
>>> here == there
False
>>> complete(blinding_again(here, tax_office)) == complete(blinding_again(there, bank))  # b·a·H(ann) = a·b·H(ann)
True

**Why the order does not matter.** Multiplying a point is repeated addition, so b·(a·P) = (b·a)·P = a·(b·P). X25519
takes and gives the u-coordinate alone, which P and −P share; that is enough, for k·(−P) = −(k·P). It also replaces
every secret by a number 8k with 2^254 ≤ 8k < 2^255 ("clamping"), the same number each time, so nothing changes. The
factor 8 removes what a point may have in the subgroup of order 8: a blinded point lies in the group of prime order.

**Why H must reach the curve.** Half of all numbers below p are u-coordinates of the curve, half of its twist, and
blinding keeps them apart: from any 32 bytes everybody could read one bit of each id. So hash, and hash again with the
next counter, until u³ + 486662·u² + u is a square: about two tries (their number, and so the time, depends on the id).
And sha(x)·G, which lies on the curve too, is broken: who knows one x has sha(x), so gets a·G, and then tries all others
(`fedlearn_edu.attacks.alignment`). With H nobody knows the logarithm of any point.

**What arrives is checked**: 32 bytes each, below p, on the curve, not of small order.

X25519 is libsodium's, through PyNaCl: 39 µs a point on a core of an AMD EPYC. That of the package `cryptography` takes
as long, but holds Python's lock, so two cores would bring nothing.

References
----------
RFC 7748 (X25519). RFC 9380 has maps to the curve in constant time; none is in the packages used here.
Bernstein: Curve25519: New Diffie-Hellman Speed Records. PKC 2006.
Huberman, Franklin, Hogg: Enhancing Privacy and Trust in Electronic Communities. EC 1999.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from time import perf_counter

from gmpy2 import jacobi, mpz
from nacl.bindings import crypto_scalarmult
from nacl.exceptions import RuntimeError as NoPoint

from ..errors import ArgumentError, PointRefused
from .chunks import Work, complete, in_batches
from .elements import Elements, kind_and_width
from .identifiers import id_bytes
from .powers import on_every_core

__all__ = [
    "BlindingKey", "blinding", "blinding_again", "check_point", "complete", "generate_blinding_key", "hash_to_curve",
    "id_bytes", "on_curve", "seconds_of_a_blinding",
]  # fmt: skip

POINT_BYTES = 32
PRIME = mpz(2) ** 255 - 19
CURVE_A = 486662  # v² = u³ + 486662·u² + u
DOMAIN = b"fedlearn_edu: id to Curve25519, try "  # keeps these hashes apart from hashes for anything else
SMALL_ORDER = (  # the u-coordinates on the curve whose points have an order that divides 8
    0,
    1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)


@dataclass(frozen=True)
class BlindingKey:
    """A secret number to blind with. It never travels.

    >>> key = generate_blinding_key()
    >>> key
    BlindingKey()
    >>> len(key.secret)
    32
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.secret, bytes) or len(self.secret) != POINT_BYTES:
            raise ArgumentError("A blinding key is 32 bytes, and this is not.", "Use generate_blinding_key().")


def generate_blinding_key() -> BlindingKey:
    """Draw a fresh secret.

    >>> generate_blinding_key() == generate_blinding_key()
    False
    """
    return BlindingKey(secrets.token_bytes(POINT_BYTES))


def on_curve(u: int) -> bool:
    """Whether u³ + 486662·u² + u is a square other than 0 mod p: u then belongs to the curve, and not to its twist.

    >>> on_curve(9), on_curve(2)
    (True, False)
    """
    return bool(jacobi(u * (u * (u + CURVE_A) + 1), PRIME) == 1)  # p is prime: this is the Legendre symbol


def hash_to_curve(identifier: bytes) -> bytes:
    """Find the point of an identifier by trying: a u-coordinate whose logarithm nobody knows.

    >>> hash_to_curve(b"text:ann").hex()[:8]
    'dce31711'

    Parameters
    ----------
    identifier : from `id_bytes`

    Returns
    -------
    bytes
        32, little-endian, as RFC 7748 writes u-coordinates
    """
    attempt = 0
    while True:
        digest = sha256(DOMAIN + b"%d:" % attempt + identifier).digest()
        u = mpz(int.from_bytes(digest, "little") & (2**255 - 1))
        if u < PRIME and on_curve(u):  # the second holds for every other try
            return digest[:31] + bytes([digest[31] & 127])
        attempt += 1


def check_point(point: bytes) -> None:
    """Refuse a received u-coordinate that an honest party could not have sent.

    >>> check_point((9).to_bytes(32, "little"))
    >>> check_point((2).to_bytes(32, "little"))
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.PointRefused: A received point lies on the twist, not on Curve25519.
        Do not go on with this party: an honest point is a multiple of hash_to_curve(id).

    Raises
    ------
    PointRefused
        no 32 bytes; a number from p up, which a smaller one stands for already; on the twist; of small order
    """
    u = mpz(int.from_bytes(point, "little"))
    if len(point) != POINT_BYTES:
        raise _refused(f"has {len(point)} bytes")
    if u >= PRIME:
        raise _refused("is no number below p: another encoding of a point, which would match nothing")
    if u in SMALL_ORDER:
        raise _refused("has small order: multiplied by anything it tells nothing")
    if not on_curve(u):
        raise _refused("lies on the twist, not on Curve25519")


def blinding(ids: Sequence[bytes], key: BlindingKey) -> Work[Elements]:
    """Blind identifiers: k·H(id) for each, in their order.

    >>> complete(blinding(id_bytes(["ann", "bob"]), generate_blinding_key()))
    2 blinded points

    Parameters
    ----------
    ids : N byte strings, from `id_bytes`
    key : a secret of this run alone

    Returns
    -------
    Elements
        N points of 32 bytes, as the value that the work returns
    """
    points = yield from _multiplying(hash_to_curve, ids, key)
    return Elements.of("point", points)


def blinding_again(points: Elements, key: BlindingKey) -> Work[Elements]:
    """Blind what another party has blinded already: k·P for each, in their order, every P checked first.

    >>> key = generate_blinding_key()
    >>> once = complete(blinding(id_bytes(["ann"]), key))
    >>> complete(blinding_again(once, key)) == once
    False

    Raises
    ------
    PointRefused
        one of them is no point that an honest party could have sent
    """
    came = kind_and_width(points)
    if came != ("point", POINT_BYTES):
        raise _refused(f"is none: a {came[0]} of {came[1]} bytes came")
    multiplied = yield from _multiplying(_checked, list(points), key)
    return Elements.of("point", multiplied)


def seconds_of_a_blinding() -> float:
    """Time one blinding among many, hashing included, the unit of all the work.

    >>> 0 < seconds_of_a_blinding() < 1
    True
    """
    ids, key, start = id_bytes(range(100)), generate_blinding_key(), perf_counter()
    complete(blinding(ids, key))
    return (perf_counter() - start) / len(ids)


def _multiplying(point_of: Callable[[bytes], bytes], items: Sequence[bytes], key: BlindingKey) -> Work[list[bytes]]:
    """k·P for the point of each item, on every core."""
    secret = key.secret

    def multiply(part: Sequence[bytes]) -> list[bytes]:
        try:
            return [crypto_scalarmult(secret, point_of(item)) for item in part]
        except NoPoint:  # the all-zero result
            raise _refused("has small order: multiplied by anything it tells nothing") from None

    return (yield from in_batches(lambda batch: on_every_core(multiply, batch), items))


def _checked(point: bytes) -> bytes:
    check_point(point)
    return point


def _refused(what: str) -> PointRefused:
    return PointRefused(
        f"A received point {what}.",
        "Do not go on with this party: an honest point is a multiple of hash_to_curve(id).",
    )

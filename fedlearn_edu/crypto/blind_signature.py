"""RSA blind signatures: the signer signs what it cannot see. Of a signed id a tag is made that nobody else can make.

>>> key = generate_signing_key(1024)  # a toy; 2048 bits by default
>>> ids = id_bytes(["ann", "bob"])
>>> asked = complete(blinding_for(ids, key.public))               # H(x)·r^e, with a fresh r for each
>>> signed = complete(signing(asked.numbers, key))                # (H(x)·r^e)^d = H(x)^d·r
>>> complete(unblinding(signed, asked, key.public)) == complete(tagging(ids, key))      # H₂(H(x)^d), both ways
True

**H** is a full-domain hash: SHAKE256 to 128 bits more than n has, mod n, so every residue is (nearly) equally likely.
With a short hash, signatures of small numbers would multiply to signatures of others. **r** is uniform in Z_n*, so
H(x)·r^e is uniform whatever x is: the signer learns nothing but how many were asked. **H₂** is SHA-256: it makes tags
short, and hides the multiplicative structure of signatures.

The signer decides what it signs blindly: every signature lets the other side test one id against the signer's tags.

References
----------
Chaum: Blind Signatures for Untraceable Payments. CRYPTO 1982.
Bellare, Rogaway: The Exact Security of Digital Signatures: How to Sign with RSA and Rabin. EUROCRYPT 1996.
De Cristofaro, Tsudik: Practical Private Set Intersection Protocols with Linear Complexity. FC 2010.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256, shake_256
from time import perf_counter

import gmpy2
from cryptography.hazmat.primitives.asymmetric import rsa
from gmpy2 import invert, mpz, powmod

from ..errors import ArgumentError, CryptoError
from ..i18n import retell_error
from .chunks import Work, complete, in_batches, in_chunks
from .elements import Elements, kind_and_width
from .identifiers import id_bytes
from .paillier_keys import InsecureKeyWarning
from .powers import powers, random_unit

__all__ = [
    "KEY_SIZES", "TOY_KEY_SIZES", "AskedIds", "SigningKey", "VerifyingKey", "blinding_for", "check_key_bits",
    "complete", "full_domain_hash", "generate_signing_key", "id_bytes", "numbers_of", "published", "received_key",
    "seconds_of_a_signature", "signing", "tagging", "unblinding",
]  # fmt: skip

KEY_SIZES = (2048, 3072, 4096)
TOY_KEY_SIZES = (1024,)
EXPONENT = 65537
HASH_DOMAIN = b"fedlearn_edu: id to Z_n"
TAG_DOMAIN = b"fedlearn_edu: signature to tag"


@dataclass(frozen=True)
class VerifyingKey:
    """The public half, (n, e): checked when it is made, for it comes from another party.

    >>> VerifyingKey(2**2047 + 1, 3)
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.CryptoError: The public exponent was 3.
        Do not go on with this party: an honest key has e = 65537.

    Raises
    ------
    CryptoError
        n is even, or of no size that this library makes; e is another
    """

    n: int
    e: int = EXPONENT

    def __post_init__(self) -> None:
        if not isinstance(self.n, int) or self.n < 0 or self.n.bit_length() not in (*KEY_SIZES, *TOY_KEY_SIZES):
            raise CryptoError("A received RSA modulus is of no size in use.", f"Use one of {_sizes()} bits.")
        if self.n % 2 == 0:
            raise CryptoError("A received RSA modulus is even.", "Do not go on with this party.")
        if self.e != EXPONENT:
            raise CryptoError(
                f"The public exponent was {self.e}.", f"Do not go on with this party: an honest key has e = {EXPONENT}."
            )

    @property
    def width(self) -> int:
        """Bytes of a number mod n."""
        return self.n.bit_length() // 8


@dataclass(frozen=True)
class SigningKey:
    """The private half: d, kept as its remainders mod p − 1 and q − 1. It never travels.

    >>> generate_signing_key(1024)
    SigningKey(public=VerifyingKey(n=..., e=65537))
    """

    public: VerifyingKey
    p: mpz = field(repr=False)
    q: mpz = field(repr=False)
    d_p: mpz = field(repr=False)
    d_q: mpz = field(repr=False)
    q_inverse: mpz = field(repr=False)


@dataclass(frozen=True)
class AskedIds:
    """What the asking side sends, `numbers`, and what it keeps: 1/r and H(x) for each."""

    numbers: Elements
    factors: tuple[tuple[mpz, mpz], ...] = field(repr=False)


def numbers_of(asked: AskedIds) -> Elements:
    """What is sent of it: the blinded numbers, without what opens them."""
    return asked.numbers


def generate_signing_key(key_bits: int = 2048) -> SigningKey:
    """Make a fresh RSA key, for one alignment alone.

    >>> generate_signing_key().public.width
    256

    Parameters
    ----------
    key_bits : 2048, 3072 or 4096; 1024 is a toy, for the classroom only

    Raises
    ------
    ArgumentError
        another key size
    """
    check_key_bits(key_bits)
    if key_bits in TOY_KEY_SIZES:
        warning = f"An RSA key of {key_bits} bits is for the classroom only, insecure."
        warnings.warn(retell_error(warning), InsecureKeyWarning, stacklevel=2)
    numbers = rsa.generate_private_key(EXPONENT, key_bits).private_numbers()
    secret = (numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp)
    return SigningKey(VerifyingKey(numbers.public_numbers.n), *map(mpz, secret))


def check_key_bits(key_bits: int) -> None:
    """Refuse a key size that this library does not make.

    >>> check_key_bits(2048)
    """
    if key_bits not in (*KEY_SIZES, *TOY_KEY_SIZES):
        raise ArgumentError(f"An RSA key of {key_bits!r} bits is none that is made here.", f"Use one of {_sizes()}.")


def published(key: SigningKey) -> dict[str, int]:
    """What the signer sends of its key: n and e, as numbers.

    >>> received_key(published(generate_signing_key(2048)), 2048).width
    256
    """
    return {"n": key.public.n, "e": key.public.e}


def received_key(numbers: Mapping[str, int], key_bits: int) -> VerifyingKey:
    """Check the n and e that came from the signer.

    Raises
    ------
    CryptoError
        n is even, or has another size than was agreed; e is another
    """
    key = VerifyingKey(numbers["n"], numbers["e"])
    if key.n.bit_length() != key_bits:
        raise CryptoError(f"A modulus of {key.n.bit_length()} bits came, for {key_bits}.", "Refuse it.")
    return key


def full_domain_hash(identifier: bytes, key: VerifyingKey) -> mpz:
    """H: identifiers to numbers mod n, nearly uniform, bound to this n.

    >>> key = generate_signing_key(1024).public
    >>> 0 < full_domain_hash(b"text:ann", key) < key.n
    True
    """
    wide = shake_256(HASH_DOMAIN + key.n.to_bytes(key.width, "big") + identifier).digest(key.width + 16)
    return mpz(int.from_bytes(wide, "big")) % key.n  # 128 bits more than n: the remainder is uniform but for 2^-128


def blinding_for(ids: Sequence[bytes], key: VerifyingKey) -> Work[AskedIds]:
    """Blind identifiers for the signer: H(x)·r^e mod n, a fresh r for each.

    >>> complete(blinding_for(id_bytes(["ann"]), generate_signing_key(1024).public)).numbers
    1 blinded number

    Parameters
    ----------
    ids : N byte strings, from `id_bytes`
    key : the signer's public half
    """
    n = mpz(key.n)

    def blind(identifier: bytes) -> tuple[bytes, tuple[mpz, mpz]]:
        hashed, r = full_domain_hash(identifier, key), random_unit(n)
        return _to_bytes(hashed * powmod(r, key.e, n) % n, key), (invert(r, n), hashed)  # H(x)·r^e

    blinded = yield from in_chunks(blind, ids)
    numbers = Elements.of("number", [number for number, _ in blinded], key.width)
    return AskedIds(numbers, tuple(kept for _, kept in blinded))


def signing(numbers: Elements, key: SigningKey) -> Work[Elements]:
    """Sign blinded numbers: c^d mod n for each, in their order, on every core.

    >>> key = generate_signing_key(1024)
    >>> complete(signing(complete(blinding_for(id_bytes(["ann"]), key.public)).numbers, key))
    1 blind signature

    Raises
    ------
    CryptoError
        they are no numbers mod n
    """
    signatures = yield from _signatures(_numbers_in(numbers, "number", key.public), key)
    return Elements.of("signature", [_to_bytes(one, key.public) for one in signatures], key.public.width)


def tagging(ids: Sequence[bytes], key: SigningKey) -> Work[Elements]:
    """The signer's own tags: H₂(H(y)^d), in the order of the identifiers.

    >>> complete(tagging(id_bytes(["ann", "bob"]), generate_signing_key(1024)))
    2 tags
    """
    hashed = [full_domain_hash(one, key.public) for one in ids]
    signatures = yield from _signatures(hashed, key)
    return Elements.of("tag", [_tag(one, key.public) for one in signatures])


def unblinding(signatures: Elements, asked: AskedIds, key: VerifyingKey) -> Work[Elements]:
    """Take the r off again, verify every signature, and make the tags: H₂(H(x)^d), in the order that was asked.

    >>> key = generate_signing_key(1024)
    >>> asked = complete(blinding_for(id_bytes(["ann"]), key.public))
    >>> complete(unblinding(complete(signing(asked.numbers, key)), asked, key.public))
    1 tag

    Raises
    ------
    CryptoError
        their number is another, or one of them is no signature
    """
    n, received = mpz(key.n), _numbers_in(signatures, "signature", key)
    if len(received) != len(asked.factors):
        raise CryptoError(f"{len(asked.factors)} ids were sent, {len(received)} signatures came.", "Refuse them.")

    def unblind(pair: tuple[mpz, tuple[mpz, mpz]]) -> bytes:
        signed, (inverse, hashed) = pair
        signature = signed * inverse % n  # H(x)^d·r / r
        if powmod(signature, key.e, n) != hashed:
            raise CryptoError("A received signature is none: s^e is not H(x).", "Do not go on with this party.")
        return _tag(signature, key)

    tags = yield from in_chunks(unblind, list(zip(received, asked.factors, strict=True)))
    return Elements.of("tag", tags)


def seconds_of_a_signature(key_bits: int) -> float:
    """Time one signature for an n of so many bits, the unit of all the work; the numbers have no meaning.

    >>> 0 < seconds_of_a_signature(1024) < 1
    True
    """
    half = mpz(2) ** (key_bits // 2) - 159
    start = perf_counter()
    gmpy2.powmod_base_list([mpz(3) ** 200 + k for k in range(4)], half - 2, half)
    return 2 * (perf_counter() - start) / 4


def _signatures(numbers: Sequence[mpz], key: SigningKey) -> Work[list[mpz]]:
    """c^d mod n by the Chinese remainder theorem: mod p and mod q, a quarter of the work each way."""

    def sign(batch: Sequence[mpz]) -> list[mpz]:
        by_p, by_q = powers(batch, key.d_p, key.p), powers(batch, key.d_q, key.q)
        return [s_q + key.q * ((s_p - s_q) * key.q_inverse % key.p) for s_p, s_q in zip(by_p, by_q, strict=True)]

    return (yield from in_batches(sign, numbers))


def _numbers_in(elements: Elements, kind: str, key: VerifyingKey) -> list[mpz]:
    came = kind_and_width(elements)
    if came != (kind, key.width):
        raise CryptoError(f"A {came[0]} of {came[1]} bytes came, for a {kind} of {key.width}.", "Refuse it.")
    numbers = [mpz(int.from_bytes(one, "big")) for one in elements]
    if not all(0 < one < key.n for one in numbers):
        raise CryptoError("A received number is 0, or n or more.", "Do not go on with this party.")
    return numbers


def _tag(signature: mpz, key: VerifyingKey) -> bytes:
    return sha256(TAG_DOMAIN + _to_bytes(signature, key)).digest()  # H₂


def _to_bytes(number: mpz, key: VerifyingKey) -> bytes:
    return int(number).to_bytes(key.width, "big")


def _sizes() -> str:
    return ", ".join(map(str, (*TOY_KEY_SIZES, *KEY_SIZES)))

"""Paillier keys: two secret primes, their public product n, and the randomness that hides plaintexts under it.

>>> keys = generate_keys()
>>> ciphertext = keys.public.encrypt_raw(42)
>>> keys.private.decrypt_raw(ciphertext)
42

A ciphertext is (1 + n)^m · r^n mod n², and the random factor r^n is nearly all of the work. There are two ways to it:

* **A key made here** carries h_s = h^n mod n² with h = −x² mod n for a random x. A random factor is then h_s^a for a
  random a of half the bits of n, times g or 1 by the toss of a coin. Powers of the one base h_s come from a table.
* **A foreign key**, which is n and nothing more, gets what the textbook says: r^n for a fresh r uniform in Z_n*.

That h_s^a hides as well as r^n rests on more than Paillier's own assumption: that nobody can tell powers of h with
exponents of half the length from powers with exponents of full length (Damgård, Jurik, Nielsen 2010). It needs
p ≡ q ≡ 3 (mod 4) and gcd(p − 1, q − 1) = 2, which `phe` does not see to; so its keys count as foreign.

Powers of h all have the Jacobi symbol 1, which everybody can compute, and half of Z_n* has −1. Without the coin a
ciphertext that somebody else made with symbol −1 would keep in its symbol, through h_s, whether it was raised to an
odd or an even power. The coin's g = y^n, for the smallest y with symbol −1, covers the other half.

Who holds the private key has more such symbols: for every small prime k that divides p − 1, they see in which of k
classes mod p a number lies. An h whose powers leave classes out, as two random ones of five do, would show them the
factors that ciphertexts were multiplied by, mod k, and a mask on the plaintext does not help. So h is drawn until it
leaves none out. What is left to them is the discrete logarithm mod p, a prime of half the bits of n: only as long as
that is hard, a power of half length hides from them, too, how a ciphertext was computed. Nobody needs to rely on it:
what was multiplied by secrets and goes back to the holder of the private key gets r^n (`for_key_holder=True`), which
hides from them, too, whatever they can compute.

References
----------
Paillier: Public-Key Cryptosystems Based on Composite Degree Residuosity Classes. EUROCRYPT 1999.
Damgård, Jurik, Nielsen: A Generalization of Paillier's Public-Key System with Applications to Electronic Voting.
International Journal of Information Security 9(6), 2010.
"""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import sha256
from math import gcd
from types import MappingProxyType
from typing import Any

import gmpy2
import phe
from gmpy2 import mpz

from ..arguments import is_whole
from ..errors import ArgumentError, CryptoError, KeyMismatch
from ..i18n import retell_error
from .chunks import Work, complete, in_batches
from .powers import FixedBase, on_every_core, powers, powers_of, random_unit

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
SHORTEST_EXPONENT = 256  # 2·112 bits would match the strength of a 2048-bit n; a little above it
SMALL_PRIMES = 2**16  # below it, no class of units may be left out by the powers of h
TABLE_PAYS_AFTER = 32  # random factors: about so many powers without a table take as long as building it


class InsecureKeyWarning(UserWarning):
    """A toy key is being made."""


@dataclass(frozen=True)
class PublicKey:
    """The public half: n, the product of two secret primes. Everybody can encrypt, add and scale with it.

    >>> key = generate_keys().public
    >>> PublicKey.from_bytes(key.to_bytes()) == key
    True
    >>> PublicKey(key.n) == key  # the same n is the same key; without h_s it is slower
    True

    Parameters
    ----------
    n
        the product of the primes
    h_s
        h^n mod n² for a key that was made here, from which random factors come fast; None for a foreign key
    exponent_bits
        of the random exponents of h_s; None for half the bits of n. Never travels: it is the encrypting party's choice.
        Fewer bits are faster in proportion, and hide under a stronger assumption: 2·λ bits are the least that can give
        a strength of λ bits, and the published argument is for half the bits of n. Below 256 is refused.

    Raises
    ------
    CryptoError
        n has a size that is not on the list, or cannot be a product of two large primes; or h_s cannot belong to it.
        These are cheap checks against mix-ups; they do not prove that a key was made as it should be.
    ArgumentError
        exponent_bits is too short, longer than n, or given for a foreign key
    """

    n: int
    h_s: int | None = field(default=None, compare=False)
    exponent_bits: int | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", int(self.n))
        _check_n(self.n)
        if self.h_s is not None:
            object.__setattr__(self, "h_s", int(self.h_s))
            _check_h_s(self.h_s, self.n)
        if self.exponent_bits is not None and not (
            self.h_s is not None and min(SHORTEST_EXPONENT, self.key_bits // 2) <= self.exponent_bits <= self.key_bits
        ):
            raise ArgumentError(
                f"exponent_bits goes from {SHORTEST_EXPONENT} to the bits of n, for a key with h_s, and was "
                f"{self.exponent_bits!r}.",
                "Leave it out for half the bits of n.",
            )

    @property
    def key_bits(self) -> int:
        """Bits of n."""
        return self.n.bit_length()

    @cached_property
    def n_squared(self) -> mpz:
        """n², the modulus of the ciphertexts, as a gmpy2 integer."""
        return mpz(self.n) ** 2

    @cached_property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits to tell keys apart by eye: the head of SHA-256 of n's bytes."""
        return sha256(self._n_bytes()).hexdigest()[:8]

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
        """Write n in key_bits/8 bytes, big-endian, and h_s in twice as many, 0 for none."""
        return self._n_bytes() + (self.h_s or 0).to_bytes(self.key_bits // 4, "big")

    @classmethod
    def from_bytes(cls, data: bytes) -> PublicKey:
        """Read a key and check it.

        Raises
        ------
        CryptoError
            these bytes are no Paillier key
        """
        width = len(data) // 3
        key = cls(int.from_bytes(data[:width], "big"), int.from_bytes(data[width:], "big") or None)
        if 3 * key.key_bits != 8 * len(data):
            raise CryptoError(f"A key of {key.key_bits} bits came in {len(data)} bytes.", "Use PublicKey.to_bytes().")
        return key

    def __repr__(self) -> str:
        return f"PublicKey({self.name})"

    def __reduce__(self) -> tuple[Any, ...]:
        return PublicKey, (self.n, self.h_s, self.exponent_bits)  # without the table, which is large

    def __deepcopy__(self, _: Any) -> PublicKey:
        return self  # nothing in it changes, and a copy would build its table again

    def random_factors(self, count: int) -> Work[list[mpz]]:
        """Draw encryptions of 0, r^n mod n² for `count` unknown random r: the slow part of encrypting.

        >>> key = generate_keys().public
        >>> len(set(complete(key.random_factors(3))))
        3
        """
        return self.uniform_factors(count) if self.h_s is None else self._random_powers(count)

    def uniform_factors(self, count: int) -> Work[list[mpz]]:
        """Draw r^n mod n² for r uniform in Z_n*, from no table: slower, and it hides from who knows the primes, too.

        >>> key = generate_keys().public
        >>> len(set(complete(key.uniform_factors(3))))
        3
        """
        units = [random_unit(mpz(self.n)) for _ in range(count)]
        return in_batches(partial(powers, exponent=mpz(self.n), modulus=self.n_squared), units)

    def encrypt_raw(self, plaintext: int) -> int:
        """Encrypt one element of Z_n: (1 + n)^m · r^n = (1 + m·n)·r^n mod n²."""
        (factor,) = complete(self.random_factors(1))
        return int((1 + plaintext * mpz(self.n)) * factor % self.n_squared)

    def centred(self, plaintexts: Iterable[int]) -> list[int]:
        """Read elements of Z_n as signed integers in −n/2 … n/2."""
        return [residue - self.n if residue > self.n // 2 else residue for residue in (m % self.n for m in plaintexts)]

    def _n_bytes(self) -> bytes:
        return self.n.to_bytes(self.key_bits // 8, "big")

    def _random_powers(self, count: int) -> Work[list[mpz]]:
        """h_s^a · g^coin: from the table once that pays, and until then by plain powers."""
        source = self._source
        if source.uses + count >= TABLE_PAYS_AFTER and not source.table.rows:
            for _ in source.table.building():
                yield 0, count
        source.uses += count
        exponents = [secrets.randbits(source.bits) for _ in range(count)]
        hidden: list[mpz] = yield from in_batches(source.powers, exponents)
        return [source.other * x % self.n_squared if secrets.randbits(1) else x for x in hidden]

    @cached_property
    def _source(self) -> _RandomPowers:
        assert self.h_s is not None  # a foreign key has no base, and random_factors goes another way
        return _RandomPowers(mpz(self.h_s), mpz(self.n), self.exponent_bits or self.key_bits // 2)


class _RandomPowers:
    """Where a key's random factors come from: a table, built when it starts to pay."""

    def __init__(self, h_s: mpz, n: mpz, bits: int) -> None:
        self.table, self.bits, self.uses = FixedBase(h_s, n, bits), bits, 0
        y = next(y for y in range(2, 10**6) if gmpy2.jacobi(y, n) == -1)  # n is no square: the first few will do
        self.other = gmpy2.powmod(y, n, n * n)  # g, an n-th power with the Jacobi symbol that no power of h_s has

    def powers(self, exponents: Sequence[int]) -> list[mpz]:
        if self.table.rows:
            return [self.table.power(exponent) for exponent in exponents]
        return powers_of(self.table.base, [mpz(exponent) for exponent in exponents], self.table.n**2)


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
        (plaintext,) = self.decrypt_all([mpz(ciphertext)])
        return int(plaintext)

    def decrypt_all(self, ciphertexts: Sequence[mpz]) -> list[mpz]:
        """Decrypt to elements of Z_n, on every core."""
        return on_every_core(self._decrypt_share, ciphertexts)

    def _decrypt_share(self, ciphertexts: Sequence[mpz]) -> list[mpz]:
        """M mod p and m mod q, joined by the Chinese remainder theorem."""
        p, q = mpz(self.p), mpz(self.q)
        modulo_p, modulo_q = self._decrypted_modulo(p, q, ciphertexts), self._decrypted_modulo(q, p, ciphertexts)
        inverse = gmpy2.invert(q, p)
        return [b + q * ((a - b) * inverse % p) for a, b in zip(modulo_p, modulo_q, strict=True)]

    def _decrypted_modulo(self, p: mpz, q: mpz, ciphertexts: Sequence[mpz]) -> list[mpz]:
        """c^(p−1) = (1 + n)^(m·(p−1)) = 1 − m·q·p mod p², for (r^n)^(p−1) = 1 there."""
        scale = gmpy2.invert(-q, p)
        square = p * p
        return [
            (x - 1) // p * scale % p for x in gmpy2.powmod_base_list([c % square for c in ciphertexts], p - 1, square)
        ]

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
    if not is_whole(key_bits) or key_bits not in (*KEY_SIZES, *TOY_KEY_SIZES):
        raise ArgumentError(
            f"A Paillier key has {', '.join(map(str, KEY_SIZES))} bits, and {key_bits!r} were asked for.",
            f"Use 2048; toys for a lesson have {', '.join(map(str, TOY_KEY_SIZES))}.",
        )
    if key_bits in TOY_KEY_SIZES:
        warning = f"A Paillier key of {key_bits} bits is {INSECURE}: {TOY_KEY_SIZES[key_bits]}. Use 2048 for real data."
        warnings.warn(retell_error(warning), InsecureKeyWarning, stacklevel=2)
    p, q = _two_primes(int(key_bits) // 2)
    public = PublicKey(p * q, _draw_h_s(p, q))
    return KeyPair(public, PrivateKey(public, p, q))


def _two_primes(bits: int) -> tuple[int, int]:
    """Draw p ≡ q ≡ 3 (mod 4) with gcd(p − 1, q − 1) = 2: the units of Jacobi symbol 1 are all powers of one then."""
    while True:
        p, q = _prime(bits), _prime(bits)
        if gcd(p - 1, q - 1) == 2 and abs(p - q) >> (bits - 100):  # primes too close are found by Fermat's method
            return p, q


def _prime(bits: int) -> int:
    """Draw a prime ≡ 3 (mod 4) whose two highest bits are set, so that a product of two has twice as many bits."""
    while True:
        candidate = secrets.randbits(bits) | 3 << (bits - 2) | 3
        if gmpy2.is_prime(candidate, 40):
            return candidate


def _draw_h_s(p: int, q: int) -> int:
    """h_s = h^n mod n² with h = −x² mod n, for a random unit x such that the powers of h leave no class out."""
    n = mpz(p * q)
    while not (_generates(x := random_unit(n), p) and _generates(x, q)):
        pass
    return int(gmpy2.powmod(-x * x % n, n, n**2))


def _generates(x: mpz, prime: int) -> bool:
    """Whether x is no k-th power mod the prime, for any odd prime k < 2^16 that divides prime − 1.

    Neither is −x² then, for −1 is a k-th power and 2 no multiple of k. Larger k spoil one key in some 350,000.
    """
    left = gcd(prime - 1, int(gmpy2.primorial(SMALL_PRIMES)))
    odd = (k for k in range(3, SMALL_PRIMES, 2) if left % k == 0 and gmpy2.is_prime(k))
    return all(gmpy2.powmod(x, (prime - 1) // k, prime) != 1 for k in odd)


def _check_n(n: int) -> None:
    if n < 0 or n.bit_length() not in (*KEY_SIZES, *TOY_KEY_SIZES):
        raise CryptoError(
            f"A Paillier key has {', '.join(map(str, KEY_SIZES))} bits, and this one has {n.bit_length()}.",
            f"Use generate_keys(); toys for a lesson have {', '.join(map(str, TOY_KEY_SIZES))}.",
        )
    if gcd(n, int(gmpy2.primorial(1000))) != 1 or gmpy2.is_power(n) or gmpy2.is_prime(n):
        raise CryptoError(
            "This number is no product of two large primes, so it is no Paillier key.", "Use generate_keys()."
        )


def _check_h_s(h_s: int, n: int) -> None:
    """Whether h_s can be h^n mod n² with h = −x²: a unit of Z_{n²}, not ±1 mod n, of Jacobi symbol 1.

    h_s = ±1 mod n would hide nothing: 1 + n·k is an encryption of k without any randomness. The symbol of h is that of
    −1, which is 1 when p ≡ q ≡ 3 (mod 4), and then n ≡ 1 (mod 4).
    """
    residue = h_s % n
    unit = 0 < h_s < n * n and gcd(residue, n) == 1
    if not unit or residue in (1, n - 1) or n % 4 != 1 or gmpy2.jacobi(residue, n) != 1:
        raise CryptoError(
            "The h_s that came with this public key cannot be h^n mod n² for an h = −x² mod n.",
            "Do not encrypt under it: an honest key is one from generate_keys().",
        )

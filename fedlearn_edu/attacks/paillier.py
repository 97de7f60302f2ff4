"""Chapter 03: what Paillier gives away when its randomness is missing, repeated, or lost in a computation.

    `guess_scalar`               which whole number a ciphertext was multiplied by
    `guess_residual`             which residual the bank put into a joint loss; for anybody who listens
    `difference_under_one_r`     how two plaintexts differ that were encrypted with the same r
    `private_key_of`             the private key of a toy, by trial division

None of them breaks Paillier. The first three need a mistake of whoever encrypts, the last a key that is too small.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isqrt, lcm

from gmpy2 import mpz

from ..crypto.paillier import EncryptedVector, PublicKey
from ..errors import ArgumentError


def guess_scalar(base: EncryptedVector, product: EncryptedVector, guesses: Iterable[int]) -> int | None:
    """The k for which `product` is `base * k` to the last bit, among the guesses; None when none is.

    >>> from fedlearn_edu.crypto.paillier import generate_keys
    >>> salary = EncryptedVector.encrypt([2800], generate_keys().public, scale_bits=0)
    >>> guess_scalar(salary, salary * 12, range(50))
    12
    >>> print(guess_scalar(salary, (salary * 12).re_randomised(), range(50)))
    None

    Parameters
    ----------
    base : [[x]], which somebody sent
    product : [[k·x]], which came back
    guesses : whole numbers to try
    """
    return next((k for k in guesses if (base * k).ciphertexts == product.ciphertexts), None)


def guess_residual(
    share: EncryptedVector, square: EncryptedVector, loss: EncryptedVector, guesses: Iterable[int]
) -> int | None:
    """The residual d for which [[u²]] · [[u]]^2d · (1 + n)^d² is the joint loss to the last bit; None when none is.

    >>> from fedlearn_edu.crypto.paillier import generate_keys
    >>> key = generate_keys().public
    >>> share, square = (EncryptedVector.encrypt([v], key, scale_bits=0) for v in (3, 9))
    >>> loss = square + share * -4 + without_randomness(4, key)      # d = −2
    >>> guess_residual(share, square, loss, range(-10, 11))
    -2
    >>> print(guess_residual(share, square, loss.re_randomised(), range(-10, 11)))
    None

    Parameters
    ----------
    share, square : [[u]] and [[u²]], which the feature holder sent
    loss : [[(u + d)²]], which the label holder sent on
    guesses : whole numbers to try

    Notes
    -----
    No key is needed, and u stays unknown: the three messages are enough.
    """
    for d in guesses:
        made = square + share * (2 * d) + without_randomness(d * d, share.public_key)
        if made.ciphertexts == loss.ciphertexts:
            return d
    return None


def without_randomness(number: int, key: PublicKey) -> EncryptedVector:
    """(1 + n)^m with r = 1: adds a known number, and hides nothing. Programs do it because it costs nothing.

    >>> from fedlearn_edu.crypto.paillier import generate_keys
    >>> keys = generate_keys()
    >>> vector = without_randomness(7, keys.public)
    >>> vector.decrypt(keys.private), (int(vector.ciphertexts[0]) - 1) // keys.public.n
    ([7], 7)
    """
    return EncryptedVector(key, ((1 + number * mpz(key.n)) % key.n_squared,), scale_bits=0, bound=abs(number))


def difference_under_one_r(first: int, second: int, n: int) -> int | None:
    """m₁ − m₂ of two ciphertexts that share their r; None when they do not.

    >>> def encrypt(m, r, n=126869):
    ...     return (1 + m * n) * pow(r, n, n * n) % (n * n)
    >>> difference_under_one_r(encrypt(3100, r=77), encrypt(2800, r=77), n=126869)
    300
    >>> print(difference_under_one_r(encrypt(3100, r=77), encrypt(2800, r=78), n=126869))
    None

    The quotient of the two is (1 + n)^(m₁ − m₂) · (r₁/r₂)^n. With r₁ = r₂ the second factor is gone, and the first is
    1 + n·(m₁ − m₂), which everybody can read.

    Parameters
    ----------
    first, second : ciphertexts, in Z_{n²}
    n : the public key

    Raises
    ------
    ArgumentError
        the second is no ciphertext under n
    """
    try:
        quotient = first * pow(second, -1, n * n) % (n * n)
    except ValueError:
        raise ArgumentError("The second number has no inverse mod n².", "Give ciphertexts under this n.") from None
    if quotient % n != 1:
        return None
    difference = (quotient - 1) // n
    return difference - n if difference > n // 2 else difference


def private_key_of(n: int) -> tuple[int, int]:
    """λ and μ of a toy key, by trying divisors. For real keys the universe is too young.

    >>> private_key_of(15), private_key_of(293 * 433)
    ((4, 4), (31536, 42173))

    Raises
    ------
    ArgumentError
        n is beyond 2^48, or no product of two odd primes that makes a key
    """
    if n >= 2**48:
        raise ArgumentError(f"n has {n.bit_length()} bits: trial division will not end.", "Take a toy below 2^48.")
    p = next((d for d in range(3, isqrt(n) + 1, 2) if n % d == 0), 0)
    if not p or p * p == n:
        raise ArgumentError(f"{n} is no product of two different odd primes.", "Take 15, or 293 · 433.")
    secret = lcm(p - 1, n // p - 1)
    return secret, pow(secret, -1, n)

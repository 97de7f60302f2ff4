"""Chapter 03's attacks: each succeeds where a mistake was made, and fails where it was not."""

from __future__ import annotations

import secrets

import pytest

from fedlearn_edu.attacks.paillier import (
    difference_under_one_r,
    guess_residual,
    guess_scalar,
    private_key_of,
    without_randomness,
)
from fedlearn_edu.crypto.paillier import EncryptedVector, KeyPair, generate_keys
from fedlearn_edu.errors import ArgumentError

pytestmark = pytest.mark.filterwarnings("ignore::fedlearn_edu.crypto.paillier.InsecureKeyWarning")


@pytest.fixture(scope="module")
def keys() -> KeyPair:
    return generate_keys(256)


def integers(values: list[int], keys: KeyPair) -> EncryptedVector:
    return EncryptedVector.encrypt_integers(values, keys.public, scale_bits=0, bound=1000)


@pytest.mark.parametrize("k", [-7, 0, 1, 12])
def test_a_scalar_is_confirmed_without_the_key(keys: KeyPair, k: int) -> None:
    base = integers([5, -8], keys)
    assert guess_scalar(base, base * k, range(-20, 21)) == k


def test_a_re_randomised_product_confirms_no_scalar(keys: KeyPair) -> None:
    base = integers([5, -8], keys)
    assert guess_scalar(base, (base * 12).re_randomised(), range(-20, 21)) is None


def test_a_scalar_that_is_not_among_the_guesses_is_not_found(keys: KeyPair) -> None:
    base = integers([5], keys)
    assert guess_scalar(base, base * 21, range(-20, 21)) is None


@pytest.mark.parametrize("d", [-20, -2, 0, 7])
def test_a_residual_is_confirmed_from_three_messages(keys: KeyPair, d: int) -> None:
    share, square = integers([3], keys), integers([9], keys)
    loss = square + share * (2 * d) + without_randomness(d * d, keys.public)
    assert loss.decrypt(keys.private) == [(3 + d) ** 2]
    assert guess_residual(share, square, loss, range(-20, 21)) == d
    assert guess_residual(share, square, loss.re_randomised(), range(-20, 21)) is None


def test_a_number_without_randomness_is_read_by_everybody(keys: KeyPair) -> None:
    (ciphertext,) = without_randomness(2800, keys.public).ciphertexts
    assert (int(ciphertext) - 1) // keys.public.n == 2800


@pytest.mark.parametrize(("one", "other"), [(3100, 2800), (2800, 3100), (5, 5)])
def test_one_r_for_two_salaries_shows_their_difference(keys: KeyPair, one: int, other: int) -> None:
    n, r = keys.public.n, 1 + secrets.randbelow(keys.public.n - 1)
    first, second = ((1 + m * n) * pow(r, n, n * n) % (n * n) for m in (one, other))
    assert difference_under_one_r(first, second, n) == one - other


def test_fresh_r_shows_no_difference(keys: KeyPair) -> None:
    first, second = (int(c) for c in integers([5, 5], keys).ciphertexts)
    assert difference_under_one_r(first, second, keys.public.n) is None


def test_what_is_no_ciphertext_has_no_difference(keys: KeyPair) -> None:
    with pytest.raises(ArgumentError, match="no inverse"):
        difference_under_one_r(5, keys.public.n, keys.public.n)


@pytest.mark.parametrize("n", [15, 293 * 433, 1_000_003 * 1_000_033])
def test_the_private_key_of_a_toy_opens_what_its_public_key_closed(n: int) -> None:
    secret, inverse = private_key_of(n)
    ciphertext = (1 + 7 * n) * pow(2, n, n * n) % (n * n)
    assert (pow(ciphertext, secret, n * n) - 1) // n * inverse % n == 7


@pytest.mark.parametrize("n", [13, 9, 2**48 + 1])
def test_what_is_no_toy_key_is_refused(n: int) -> None:
    with pytest.raises(ArgumentError):
        private_key_of(n)

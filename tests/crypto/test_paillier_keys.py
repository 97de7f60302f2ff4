"""Keys have the properties that their fast randomness needs, and what they hide stays hidden."""

import copy
import pickle
from dataclasses import replace
from itertools import pairwise
from math import gcd

import gmpy2
import phe
import pytest

from fedlearn_edu.crypto import chunks, paillier_keys
from fedlearn_edu.crypto.chunks import complete
from fedlearn_edu.crypto.paillier import EncryptedVector
from fedlearn_edu.crypto.paillier_keys import TABLE_PAYS_AFTER, PrivateKey, PublicKey, generate_keys
from fedlearn_edu.errors import ArgumentError, CryptoError

pytestmark = pytest.mark.filterwarnings("ignore::fedlearn_edu.crypto.paillier.InsecureKeyWarning")


def unused(keys):
    """The same public key, without the table that another test may have built."""
    return PublicKey(keys.public.n, keys.public.h_s)


def with_table(keys):
    key = unused(keys)
    complete(key.random_factors(TABLE_PAYS_AFTER))
    assert key._source.table.rows
    return key


def symbol(ciphertext, n):
    return gmpy2.jacobi(ciphertext % n, n)


# ----------------------------------------------------------------------------------------------- how keys are made


@pytest.mark.parametrize("bits", [256, 512, 1024])
def test_the_primes_are_three_mod_four_and_share_no_factor_but_two(bits):
    for _ in range(5):
        private = generate_keys(bits).private
        p, q = private.p, private.q
        assert p % 4 == q % 4 == 3 and gcd(p - 1, q - 1) == 2
        assert gmpy2.is_prime(p) and gmpy2.is_prime(q) and p.bit_length() == q.bit_length() == bits // 2
        assert private.public.n == p * q and private.public.key_bits == bits
        assert abs(p - q).bit_length() > bits // 2 - 101


def test_h_s_is_an_nth_power_of_jacobi_symbol_one_and_of_large_order(keys):
    n, h_s = keys.public.n, keys.public.h_s
    order = (keys.private.p - 1) * (keys.private.q - 1)
    assert pow(h_s, order, n * n) == 1 and keys.private.decrypt_raw(h_s) == 0
    assert symbol(h_s, n) == 1
    assert all(pow(h_s, k, n * n) not in (1, n * n - 1) for k in range(1, 50))


def test_h_is_minus_a_square(monkeypatch):
    drawn = []
    randbelow = paillier_keys.secrets.randbelow
    monkeypatch.setattr(paillier_keys.secrets, "randbelow", lambda n: drawn.append(randbelow(n)) or drawn[-1])
    public = generate_keys(256).public
    n = public.n
    assert public.h_s == pow(-drawn[-1] * drawn[-1] % n, n, n * n)


def small_primes_of(private):
    """Each prime of the key with each odd prime below 100 that divides it minus 1."""
    return [(p, k) for p in (private.p, private.q) for k in range(3, 100, 2) if (p - 1) % k == 0 and gmpy2.is_prime(k)]


def test_h_s_is_a_power_of_no_small_degree_modulo_either_prime():
    for keys in (generate_keys(256) for _ in range(30)):  # by chance alone: once in 2^20
        assert all(pow(keys.public.h_s, (p - 1) // k, p) != 1 for p, k in small_primes_of(keys.private))


@pytest.mark.parametrize("make", [unused, with_table])
def test_the_key_holder_cannot_read_a_factor_from_the_class_of_a_re_randomised_product(make):
    keys = next(keys for keys in (generate_keys(256) for _ in range(200)) if small_primes_of(keys.private))
    p, k = small_primes_of(keys.private)[0]
    known = EncryptedVector.encrypt_integers([1], make(keys), 0, 1)
    sent = [(known * 2).re_randomised().ciphertexts[0] for _ in range(40 * k)]
    assert len({pow(int(ciphertext), (p - 1) // k, p) for ciphertext in sent}) == k  # one missed: k·e^−40


def test_positive_control_with_an_h_s_of_small_degree_the_key_holder_reads_the_factor():
    keys = next(keys for keys in (generate_keys(256) for _ in range(200)) if small_primes_of(keys.private))
    p, k = small_primes_of(keys.private)[0]
    poor = PublicKey(keys.public.n, pow(keys.public.h_s, k, keys.public.n**2))
    (known,) = EncryptedVector.encrypt_integers([1], PublicKey(poor.n), 0, 1).ciphertexts
    vector = EncryptedVector(poor, (known,), 0, 1)
    found = {pow(int((vector * 2).re_randomised().ciphertexts[0]), (p - 1) // k, p) for _ in range(40)}
    assert len(found) <= 2 and pow(int(known), 2 * (p - 1) // k, p) in found  # two by the coin, one of them its own


def test_every_key_has_an_h_s_of_its_own():
    assert len({generate_keys(256).public.h_s for _ in range(5)}) == 5


# ----------------------------------------------------------------------------------------------- what is received


def test_an_h_s_that_would_hide_nothing_is_refused(keys):
    n, p = keys.public.n, keys.private.p
    minus = next(y for y in range(2, 100) if gmpy2.jacobi(y, n) == -1)
    hostile = {
        "one": 1, "minus one": n * n - 1, "one mod n": 1 + 5 * n, "minus one mod n": n - 1, "again": 6 * n - 1,
        "n": n, "a factor": p, "a multiple of it": 7 * p, "n squared": n * n, "beyond": n * n + 4, "nothing": 0,
        "negative": -4, "of the other symbol": pow(minus, n, n * n),
    }  # fmt: skip
    assert (
        PublicKey(n, 4).h_s == 4
    )  # the control: a square passes, for nobody can tell an n-th power without the primes
    for name, h_s in hostile.items():
        with pytest.raises(CryptoError, match="h_s"):
            PublicKey(n, h_s)
            pytest.fail(name)


def test_an_h_s_for_a_key_whose_primes_are_not_three_mod_four_is_refused():
    primes = (gmpy2.next_prime(3 * 2**254 + k * 10**6) for k in range(10**6))
    p = next(prime for prime in primes if prime % 4 == 1)
    q = next(prime for prime in primes if prime % 4 == 3)
    n = int(p * q)
    assert PublicKey(n).h_s is None
    with pytest.raises(CryptoError, match="h_s"):
        PublicKey(n, 4)


def test_a_key_of_phe_counts_as_foreign_and_works_both_ways():
    public, private = phe.generate_paillier_keypair(n_length=256)
    key = PublicKey(public.n)
    vector = EncryptedVector.encrypt([0.5, -2.0], key)
    assert key.h_s is None and [private.decrypt(number) for number in vector.to_phe()] == [0.5, -2.0]
    packed = EncryptedVector.encrypt([0.5, -2.0], key, slot_bits=48)
    assert packed.decrypt(PrivateKey(key, private.p, private.q)) == [2**23, -(2**25)]


def test_the_same_n_is_the_same_key_with_h_s_or_without(keys):
    foreign = PublicKey(keys.public.n)
    assert foreign == keys.public and hash(foreign) == hash(keys.public)
    assert foreign.fingerprint == keys.public.fingerprint
    slow, fast = (EncryptedVector.encrypt_integers([5], key, 0, 10) for key in (foreign, keys.public))
    assert (slow + fast).decrypt(keys.private) == (fast + slow).decrypt(keys.private) == [10]
    assert (slow + fast).public_key.h_s == (fast + slow).public_key.h_s == keys.public.h_s


# ----------------------------------------------------------------------------------------------- randomness


@pytest.mark.parametrize("make", [unused, with_table, lambda keys: PublicKey(keys.public.n)])
def test_random_factors_are_different_encryptions_of_zero(keys, make):
    factors = complete(make(keys).random_factors(30))
    assert len(set(factors)) == 30
    assert set(keys.private.decrypt_all(factors)) == {0}


@pytest.mark.parametrize("make", [unused, with_table, lambda keys: PublicKey(keys.public.n)])
def test_random_factors_have_both_jacobi_symbols(keys, make):
    symbols = [symbol(factor, keys.public.n) for factor in complete(make(keys).random_factors(60))]
    assert {-1, 1} == set(symbols)  # all alike: once in 2^59


@pytest.mark.parametrize("make", [unused, with_table])
def test_the_parity_of_a_factor_does_not_show_in_the_jacobi_symbol_of_a_re_randomised_product(keys, make):
    n = keys.public.n
    known = of_symbol_minus_one(make(keys))
    symbols = [symbol((known * 3).re_randomised().ciphertexts[0], n) for _ in range(60)]
    assert {-1, 1} == set(symbols)


def test_positive_control_powers_of_h_s_alone_leave_the_parity_to_be_read(keys):
    n, h_s = keys.public.n, keys.public.h_s
    known = of_symbol_minus_one(keys.public)
    for factor in range(1, 9):
        sent = (known * factor).ciphertexts[0] * pow(h_s, 10**9 + factor, n * n) % (n * n)
        assert symbol(sent, n) == (-1) ** factor


def of_symbol_minus_one(key):
    vectors = (EncryptedVector.encrypt_integers([1], key, 0, 1) for _ in range(200))
    return next(vector for vector in vectors if symbol(vector.ciphertexts[0], key.n) == -1)


@pytest.mark.parametrize("make", [unused, with_table])
def test_exponents_have_half_the_bits_of_n_and_come_from_secrets(keys, make, monkeypatch):
    key, asked = make(keys), []
    monkeypatch.setattr(paillier_keys.secrets, "randbits", lambda bits: asked.append(bits) or (1 << bits) - 1)
    factors = complete(key.random_factors(2))
    assert asked == [256, 256, 1, 1]
    n = key.n
    y = next(y for y in range(2, 100) if gmpy2.jacobi(y, n) == -1)
    assert set(factors) == {pow(key.h_s, 2**256 - 1, n * n) * pow(y, n, n * n) % (n * n)}


def test_a_shorter_exponent_is_an_explicit_choice_that_does_not_travel(keys, monkeypatch):
    toy = generate_keys(1024).public
    shorter, asked = replace(toy, exponent_bits=256), []
    randbits = paillier_keys.secrets.randbits
    monkeypatch.setattr(paillier_keys.secrets, "randbits", lambda bits: asked.append(bits) or randbits(bits))
    complete(shorter.random_factors(1))
    assert asked[0] == 256 and shorter == toy and shorter.to_bytes() == toy.to_bytes()
    assert PublicKey.from_bytes(shorter.to_bytes()).exponent_bits is None


@pytest.mark.parametrize("bits", [0, 1, 255, 513])
def test_an_exponent_too_short_or_longer_than_n_is_refused(keys, bits):
    with pytest.raises(ArgumentError, match="exponent_bits"):
        replace(keys.public, exponent_bits=bits)


def test_an_exponent_for_a_foreign_key_is_refused(keys):
    with pytest.raises(ArgumentError, match="exponent_bits"):
        PublicKey(keys.public.n, exponent_bits=256)


# ----------------------------------------------------------------------------------------------- the table


def test_the_table_is_built_when_it_pays_and_not_before(keys):
    key = unused(keys)
    for _ in range(TABLE_PAYS_AFTER - 1):
        complete(key.random_factors(1))
    assert not key._source.table.rows
    complete(key.random_factors(1))
    assert key._source.table.rows


def test_the_table_does_not_travel_and_a_copy_shares_it(keys):
    key = with_table(keys)
    assert len(pickle.dumps(key)) < 1000 and copy.deepcopy(key) is key
    assert pickle.loads(pickle.dumps(key)).h_s == key.h_s
    assert copy.deepcopy([key, {"public": key}])[1]["public"]._source.table.rows


def test_building_the_table_shows_that_work_goes_on_and_can_be_stopped(keys, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK_SECONDS", 0.0)
    key = unused(keys)
    work = key.random_factors(TABLE_PAYS_AFTER)
    assert {next(work) for _ in range(20)} == {(0, TABLE_PAYS_AFTER)}
    work.close()
    assert not key._source.table.rows


# ----------------------------------------------------------------------------------------------- decryption


def test_decryption_on_every_core_equals_that_of_phe(keys):
    n = keys.public.n
    plaintexts = [0, 1, n - 1, n // 2, n // 3, keys.private.p, keys.private.q, 12345]
    ciphertexts = [gmpy2.mpz(keys.public.encrypt_raw(m)) for m in plaintexts]
    assert keys.private.decrypt_all(ciphertexts) == plaintexts
    assert [keys.private.phe.raw_decrypt(int(c)) for c in ciphertexts] == plaintexts
    assert keys.private.decrypt_all([]) == []


def test_fingerprints_do_not_depend_on_h_s(keys):
    n, h_s = keys.public.n, keys.public.h_s
    prints = [PublicKey(n, each).fingerprint for each in (None, h_s, pow(h_s, 3, n * n))]
    assert all(one == other for one, other in pairwise(prints))

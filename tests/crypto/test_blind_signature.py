"""RSA blind signatures: the signer learns nothing, the asker gets what it asked for and no more."""

import math
from hashlib import shake_256

import pytest
from gmpy2 import mpz
from hypothesis import given, settings, strategies as st

from fedlearn_edu.crypto.blind_signature import (
    HASH_DOMAIN,
    KEY_SIZES,
    VerifyingKey,
    blinding_for,
    complete,
    full_domain_hash,
    generate_signing_key,
    published,
    received_key,
    signing,
    tagging,
    unblinding,
)
from fedlearn_edu.crypto.elements import Elements
from fedlearn_edu.crypto.identifiers import id_bytes
from fedlearn_edu.crypto.paillier_keys import InsecureKeyWarning
from fedlearn_edu.errors import ArgumentError, CryptoError

from ..oracles import looks_uniform

pytestmark = pytest.mark.filterwarnings("ignore::fedlearn_edu.crypto.paillier_keys.InsecureKeyWarning")
IDS = id_bytes(["ann", "bob", "cem"])


@pytest.fixture(scope="module")
def key():
    return generate_signing_key(2048)


@pytest.fixture(scope="module")
def toy():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureKeyWarning)
        return generate_signing_key(1024)


def numbers_in(elements):
    return [int.from_bytes(one, "big") for one in elements]


def test_the_tags_that_the_asker_gets_are_the_signers_own(key):
    asked = complete(blinding_for(IDS, key.public))
    tags = complete(unblinding(complete(signing(asked.numbers, key)), asked, key.public))
    assert tags == complete(tagging(IDS, key)) and len(set(tags)) == 3


def test_a_signature_is_the_d_th_power_and_the_e_th_power_undoes_it(key):
    d = pow(key.public.e, -1, math.lcm(int(key.p) - 1, int(key.q) - 1))
    asked = complete(blinding_for(IDS, key.public))
    signed = numbers_in(complete(signing(asked.numbers, key)))
    assert signed == [pow(number, d, key.public.n) for number in numbers_in(asked.numbers)]
    assert [pow(one, key.public.e, key.public.n) for one in signed] == numbers_in(asked.numbers)


def test_the_same_id_asked_twice_is_blinded_differently(key):
    one, other = (complete(blinding_for(IDS, key.public)).numbers for _ in range(2))
    assert not set(one) & set(other)
    twice = complete(blinding_for([IDS[0]] * 5, key.public)).numbers
    assert len(set(twice)) == 5


def test_blinded_numbers_fit_every_id_alike_so_they_tell_the_signer_nothing(key):
    """For every id there is exactly one r that explains a blinded number, and the signer, who has d, can compute it."""
    n, e = key.public.n, key.public.e
    d = pow(e, -1, math.lcm(int(key.p) - 1, int(key.q) - 1))
    (number,) = numbers_in(complete(blinding_for(IDS[:1], key.public)).numbers)
    for one in IDS:
        r = pow(number * pow(int(full_domain_hash(one, key.public)), -1, n), d, n)
        assert int(full_domain_hash(one, key.public)) * pow(r, e, n) % n == number


def test_the_r_that_would_explain_a_blinded_number_looks_uniform_for_the_true_id_as_for_any_other(toy):
    """Else the signer would try all ids, and take the one whose r is small; r^e mod n looks uniform all the same."""
    n, d = toy.public.n, pow(toy.public.e, -1, math.lcm(int(toy.p) - 1, int(toy.q) - 1))
    asked = complete(blinding_for([IDS[0]] * 6_500, toy.public))
    signed = numbers_in(complete(signing(asked.numbers, toy)))
    for one in IDS[:2]:  # the true one first: c^d = H^d·r
        undone = pow(int(full_domain_hash(one, toy.public)), -d, n)
        assert looks_uniform(b"".join((c * undone % n).to_bytes(128, "big")[1:] for c in signed))


def test_blinded_numbers_look_uniform_whatever_the_id(toy):
    blinded = complete(blinding_for([IDS[0]] * 6_500, toy.public)).numbers
    assert looks_uniform(b"".join(one[1:] for one in blinded))  # the first byte stays below that of n


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=20))
def test_the_hash_reaches_the_full_domain_and_is_bound_to_n(toy, key, one):
    for public in (toy.public, key.public):
        hashed, wide = full_domain_hash(one, public), public.width + 16
        assert 0 <= hashed < public.n and hashed == full_domain_hash(one, public)
        unbound = shake_256(HASH_DOMAIN + one).digest(wide)
        bound = shake_256(HASH_DOMAIN + public.n.to_bytes(public.width, "big") + one).digest(wide)
        assert hashed == int.from_bytes(bound, "big") % public.n != int.from_bytes(unbound, "big") % public.n


def test_hashes_are_as_long_as_n(toy):
    bits = [full_domain_hash(b"%d" % number, toy.public).bit_length() for number in range(500)]
    assert max(bits) == 1024 and min(bits) > 1000


# ----------------------------------------------------------------------------------------------- refusals


def test_a_wrong_signature_is_refused(toy):
    asked = complete(blinding_for(IDS, toy.public))
    good = list(complete(signing(asked.numbers, toy)))
    other = list(complete(signing(complete(blinding_for(IDS, toy.public)).numbers, toy)))
    for wrong in ([good[1], good[0], good[2]], [*good[:2], other[2]]):
        with pytest.raises(CryptoError, match="s\\^e is not H"):
            complete(unblinding(Elements.of("signature", wrong, toy.public.width), asked, toy.public))
    with pytest.raises(CryptoError, match="3 ids were sent, 2"):
        complete(unblinding(Elements.of("signature", good[:2], toy.public.width), asked, toy.public))


@pytest.mark.parametrize("number", ["zero", "n", "more"])
def test_numbers_that_are_not_between_0_and_n_are_not_signed(toy, number):
    value = {"zero": 0, "n": toy.public.n, "more": 2**1024 - 1}[number]
    with pytest.raises(CryptoError, match="0, or n or more"):
        complete(signing(Elements.of("number", [value.to_bytes(128, "big")], 128), toy))


def test_elements_of_another_kind_or_width_are_not_signed(toy):
    for wrong in (Elements("tag", 128, bytes([1] * 128)), Elements("number", 64, bytes([1] * 128)), None, [bytes(128)]):
        with pytest.raises(CryptoError):
            complete(signing(wrong, toy))


def test_a_received_key_is_checked_for_size_oddness_and_exponent(key, toy):
    assert received_key(published(key), 2048) == key.public
    n = key.public.n
    hostile = {
        "even": {"n": n + 1, "e": 65537}, "small": {"n": 2**1000 + 1, "e": 65537}, 
        "odd size": {"n": n >> 1 | 1, "e": 65537},
        "e = 3": {"n": n, "e": 3}, "e = 1": {"n": n, "e": 1}, "text": {"n": "n", "e": 65537},
        "a toy for a real key": published(toy), "minus n": {"n": -n, "e": 65537},
    }  # fmt: skip
    for name, numbers in hostile.items():
        with pytest.raises(CryptoError):
            received_key(numbers, 2048)
            pytest.fail(name)


def test_only_key_sizes_of_the_list_are_made_and_a_toy_warns():
    for bits in (512, 2047, "2048"):
        with pytest.raises(ArgumentError, match="1024, 2048"):
            generate_signing_key(bits)
    with pytest.warns(InsecureKeyWarning, match="1024"):
        generate_signing_key(1024)
    assert KEY_SIZES[0] == 2048 and VerifyingKey(2**2047 + 1).width == 256


def test_keys_and_factors_do_not_show_themselves(toy):
    asked = complete(blinding_for(IDS, toy.public))
    shown = repr(toy) + repr(asked)
    for secret in (toy.p, toy.d_p, asked.factors[0][0]):
        assert str(secret) not in shown
    assert isinstance(toy.p, type(mpz(1)))


def test_no_ids_give_no_tags(toy):
    asked = complete(blinding_for([], toy.public))
    assert len(complete(unblinding(complete(signing(asked.numbers, toy)), asked, toy.public))) == 0
    assert len(complete(tagging([], toy))) == 0

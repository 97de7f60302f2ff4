"""The fast forms of a power give what Python's own pow gives, for every size and sign."""

import numpy as np
import pytest
from gmpy2 import mpz
from hypothesis import given, settings, strategies as st

from fedlearn_edu.crypto import chunks, powers as module
from fedlearn_edu.crypto.chunks import complete
from fedlearn_edu.crypto.powers import FixedBase, halves, on_every_core, powers, powers_of, products_of_powers

exactly = settings(deadline=None, max_examples=60)
N = 293 * 433
units = st.integers(1, N**2 - 1).filter(lambda c: c % 293 and c % 433)


def slow(bases, exponents, n):
    """Π base^exponent, a power at a time."""
    product = 1
    for base, exponent in zip(bases, exponents, strict=True):
        product = product * pow(int(base), int(exponent), n * n) % (n * n)
    return product


@exactly
@given(st.lists(units, max_size=9), st.integers(0, 2**70))
def test_many_bases_to_one_power_come_back_in_their_order(bases, exponent):
    assert powers(list(map(mpz, bases)), mpz(exponent), mpz(N**2)) == [pow(base, exponent, N**2) for base in bases]


@exactly
@given(units, st.lists(st.integers(0, 2**70), max_size=9))
def test_one_base_to_many_powers_come_back_in_their_order(base, exponents):
    assert powers_of(mpz(base), list(map(mpz, exponents)), mpz(N**2)) == [pow(base, e, N**2) for e in exponents]


@pytest.mark.parametrize("cores", [None, 1, 2, 3, 16])
def test_every_item_goes_to_one_core_whatever_their_number(cores, monkeypatch):
    monkeypatch.setattr(module.os, "cpu_count", lambda: cores)
    for count in (0, 1, 2, 3, 5, 16, 33):
        items = list(range(count))
        assert on_every_core(lambda part: [-item for item in part], items) == [-item for item in items]


@exactly
@given(units, st.data())
def test_a_table_gives_every_power_up_to_the_largest(base, data):
    bits = data.draw(st.integers(1, 40))
    table = FixedBase(mpz(base), mpz(N), bits)
    complete(table.building())
    for exponent in (0, 1, 255, 2**bits - 1, data.draw(st.integers(0, 2**bits - 1))):
        if exponent < 2**bits:
            assert table.power(exponent) == pow(base, exponent, N**2)


def test_a_table_holds_a_row_for_each_byte_and_all_of_its_powers():
    table = FixedBase(mpz(7), mpz(N), 24)
    complete(table.building())
    for place, row in enumerate(table.rows):
        assert [a * (1 + N * s) % N**2 for a, s in row] == [pow(7, k * 256**place, N**2) for k in range(256)]
    assert len(table.rows) == 3


def test_building_a_table_can_be_stopped_and_leaves_no_half_table(monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK_SECONDS", 0.0)
    table = FixedBase(mpz(7), mpz(N), 32)
    work = table.building()
    assert [next(work), next(work)] == [(1, 4), (2, 4)]
    work.close()
    assert table.rows == []
    assert list(table.building()) == [(1, 4), (2, 4), (3, 4), (4, 4)] and len(table.rows) == 4


@exactly
@given(units)
def test_the_two_halves_of_an_element_multiply_to_it(element):
    a, s = halves(mpz(element), mpz(N))
    assert 0 < a < N and 0 <= s < N and a * (1 + N * s) % N**2 == element


# ----------------------------------------------------------------------------------------------- many powers at once


@exactly
@given(st.data(), st.integers(0, 6), st.integers(0, 3), st.sampled_from([1, 2, 8, 15, 16, 40, 60]))
def test_products_of_powers_are_those_of_single_powers(data, rows, columns, bits):
    bases = data.draw(st.lists(units, min_size=rows, max_size=rows))
    largest = 2**bits - 1
    some = st.sampled_from([0, 1, -1, largest, -largest]) | st.integers(-largest, largest)
    cells = data.draw(st.lists(some, min_size=rows * columns, max_size=rows * columns))
    exponents = np.array(cells, dtype=np.int64).reshape(rows, columns)
    found = complete(products_of_powers(list(map(mpz, bases)), exponents, mpz(N)))
    assert found == [slow(bases, column, N) for column in exponents.T]


def test_products_of_powers_hold_for_many_bases_and_every_width_of_digits(keys, monkeypatch):
    n, rng = keys.public.n, np.random.default_rng(3)
    bases = [mpz(int(base)) ** 40 % n**2 for base in rng.integers(2, 2**60, size=50)]
    exponents = rng.integers(-(2**39), 2**39, size=(50, 2))
    expected = [slow(bases, column, n) for column in exponents.T]
    for width in range(1, 17):
        monkeypatch.setattr(module, "_digit_bits", lambda *_, width=width: width)
        assert complete(products_of_powers(bases, exponents, mpz(n))) == expected


@exactly
@given(st.lists(st.integers(-(2**60), 2**60), max_size=5), st.integers(1, 16))
def test_signed_digits_add_up_and_none_is_larger_than_half(exponents, width):
    places = module._signed_digits(np.array(exponents, dtype=np.int64), width)
    assert (
        sum(digits.astype(object) * 2 ** (width * place) for place, digits in enumerate(places)).tolist() == exponents
    )
    assert all(np.abs(digits).max(initial=0) <= 2 ** (width - 1) for digits in places)


def test_products_of_powers_come_column_by_column(monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK_SECONDS", 0.0)
    work = products_of_powers([mpz(2)], np.array([[1, 2, 3]]), mpz(N))
    assert list(work) == [(1, 3), (2, 3), (3, 3)]

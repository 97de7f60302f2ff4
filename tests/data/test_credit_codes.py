"""The made-up register: valid codes, all different, nobody's."""

import re

import pytest

from fedlearn_edu.data.credit_codes import REGISTER_SIZE, credit_code, every_credit_code, is_credit_code
from fedlearn_edu.errors import ArgumentError


def test_a_published_code_passes_and_its_slips_do_not():
    assert is_credit_code("91110000600037341L")  # an example that many validators test with
    for at in range(18):
        for sign in "0123456789ABCDEFGHJKLMNPQRTUWXY":
            slip = "91110000600037341L"[:at] + sign + "91110000600037341L"[at + 1 :]
            assert is_credit_code(slip) == (slip == "91110000600037341L")


def test_every_code_of_the_register_is_valid_and_different():
    codes = every_credit_code()
    assert len(set(codes)) == len(codes) == REGISTER_SIZE
    assert all(re.fullmatch("92990101MA[0-9]{5}1[0-9X][0-9A-HJ-NPQRTUWXY]", code) for code in codes)
    assert all(map(is_credit_code, codes[::97]))


@pytest.mark.parametrize("text", ["", "92990101", "92990101ma0471116r", "92990101MA04711I6R", " 2990101MA0471116R"])
def test_what_is_no_code_is_told_apart(text):
    assert not is_credit_code(text)


@pytest.mark.parametrize("number", [-1, REGISTER_SIZE, 1.0, "7", True])
def test_entries_that_are_not_there_are_refused(number):
    with pytest.raises(ArgumentError, match="from 0 to 99999"):
        credit_code(number)

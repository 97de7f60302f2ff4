"""Two parties whose rows and columns both overlap only in part."""

import numpy as np
import pytest

from fedlearn_edu.data import Dataset, Party, load
from fedlearn_edu.data.halves import common_first, in_common, split_both, two_classes
from fedlearn_edu.errors import ArgumentError, DataError


@pytest.fixture(scope="module")
def digits():
    return load("digits")


@pytest.mark.parametrize("overlap", [0.05, 0.2, 0.6, 1.0])
def test_the_parties_share_the_asked_share_of_rows_and_no_column(digits, overlap):
    source, target = split_both(digits, overlap=overlap, seed=3)
    common = set(source.data.ids) & set(target.data.ids)
    assert len(common) == round(overlap * digits.rows)
    assert set(source.data.ids) | set(target.data.ids) == set(digits.ids)
    assert not set(source.data.columns) & set(target.data.columns)
    assert {*source.data.columns, *target.data.columns} == set(digits.columns)


def test_every_number_is_the_pictures_own(digits):
    source, target = split_both(digits, overlap=0.1, seed=1)
    for party in (source, target):
        rows = [digits.ids.tolist().index(one) for one in party.data.ids[:20]]
        columns = [digits.columns.index(one) for one in party.data.columns]
        assert np.array_equal(party.data.features[:20], digits.features[np.ix_(rows, columns)])


def test_the_source_has_left_halves_and_whether_the_digit_is_odd_and_the_target_neither(digits):
    source, target = split_both(digits, overlap=0.2, seed=7)
    assert {name[-1] for name in source.data.columns} == set("0123")
    assert {name[-1] for name in target.data.columns} == set("4567")
    digit = dict(zip(digits.ids.tolist(), digits.labels.tolist(), strict=True))
    assert source.data.labels.tolist() == [digit[one] % 2 for one in source.data.ids.tolist()]
    assert target.data.labels is None and target.data.classes == ()


def test_shared_columns_are_the_same_numbers_at_both(digits):
    middle = [f"pixel_{row}_3" for row in range(8)]
    source, target = in_common(*split_both(digits, overlap=0.2, seed=7, shared=middle))
    assert len(target.data.columns) == 40 and set(middle) < set(target.data.columns)
    for name in middle:
        here, there = (party.data.features[:, party.data.columns.index(name)] for party in (source, target))
        assert np.array_equal(here, there)


def test_a_column_that_the_source_has_not_cannot_be_shared(digits):
    with pytest.raises(ArgumentError, match="pixel_0_7"):
        split_both(digits, shared=["pixel_0_7"])


def test_bank_tax_is_dealt_as_its_card_says():
    bank, tax_office = split_both(load("bank_tax"), overlap=0.1, seed=7, names=("bank", "tax office"))
    assert (bank.name, tax_office.name) == ("bank", "tax office")
    assert bank.data.classes == ("good", "bad") and "Amount" in bank.data.columns
    assert "Income" in tax_office.data.columns and tax_office.data.labels is None


def test_two_classes_may_leave_other_digits_behind(digits):
    table = two_classes(digits, three="3", eight="8")
    assert table.classes == ("three", "eight")
    assert table.rows == np.isin(digits.labels, [3, 8]).sum()
    assert table.labels.tolist() == [int(d == 8) for d in digits.labels if d in (3, 8)]


@pytest.mark.parametrize("groups", [{"odd": "13579"}, {"one": "1", "two": "1"}, {"one": "x", "two": "2"},
                                    {"one": "1", "two": "2", "three": "3"}, {"one": "", "two": "2"}])  # fmt: skip
def test_groups_that_are_not_two_disjoint_ones_are_refused(digits, groups):
    with pytest.raises(ArgumentError, match="groups"):
        two_classes(digits, **groups)


def test_ten_classes_of_another_table_are_refused_with_the_way_out(digits):
    other = Dataset("mine", digits.features[:30], digits.labels[:30], digits.ids[:30], digits.columns, digits.classes)
    with pytest.raises(DataError, match="two_classes"):
        split_both(other)
    with pytest.raises(DataError, match="no labels"):
        two_classes(Dataset("bare", [[1.0]], None, ["a"], ("x",)))


def test_common_rows_come_first_in_the_order_of_the_alignment_and_no_row_is_lost(digits):
    source, target = split_both(digits, overlap=0.2, seed=7)
    aligned = in_common(source, target)
    for party, half in zip((source, target), aligned, strict=True):
        ordered = common_first(party, half)
        assert ordered.data.ids[: half.data.rows].tolist() == half.data.ids.tolist()
        assert sorted(ordered.data.ids) == sorted(party.data.ids)
    assert aligned[0].data.ids.tolist() == aligned[1].data.ids.tolist()


def test_an_alignment_of_other_rows_is_refused(digits):
    source, target = split_both(digits, overlap=0.2, seed=7)
    with pytest.raises(DataError, match="has no row"):
        common_first(source, target)
    with pytest.raises(DataError, match="in common"):
        in_common(*split_both(digits, overlap=0.0, seed=7))
    twice = Party("source", digits.take([0, 0, 1]))
    with pytest.raises(DataError, match="twice"):
        common_first(twice, Party("source", digits.take([1])))

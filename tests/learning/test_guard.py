"""The guard names the first thing that a batch would give away, and is content otherwise."""

import numpy as np
import pytest

from fedlearn_edu.learning.guard import what_a_batch_gives_away

NUMBERS = np.random.default_rng(0).standard_normal((60, 3))
NAMES = ("income", "age", "rent")


def with_marks(count, values=(0.0, 1.0)):
    return np.column_stack([NUMBERS[:, :2], np.where(np.arange(60) < count, values[1], values[0])])


def test_plain_numbers_in_a_large_batch_give_nothing_away():
    assert what_a_batch_gives_away(NUMBERS, NAMES, [(0, 60)]) == ""


@pytest.mark.parametrize(("rows", "refused"), [(7, True), (8, True), (9, False)])
def test_rows_up_to_rank_and_one_are_refused(rows, refused):
    X = np.random.default_rng(1).standard_normal((rows, 7))
    reason = what_a_batch_gives_away(X, tuple("abcdefg"), [(0, rows)])
    assert bool(reason) == refused
    assert not refused or reason == f"{rows} rows, and 7 independent columns"


@pytest.mark.parametrize("values", [(0.0, 1.0), (-0.4, 2.2), (1.0, 0.0)], ids=["0/1", "standardised", "turned round"])
@pytest.mark.parametrize("count", [1, 9, 51, 59])
def test_a_category_with_fewer_than_ten_rows_on_either_side_is_named(values, count):
    reason = what_a_batch_gives_away(with_marks(count, values), NAMES, [(0, 60)])
    assert reason.startswith(f"rent: only {min(count, 60 - count)} of 60 rows have the value")


def test_ten_rows_are_enough_and_a_constant_column_is_no_category():
    assert what_a_batch_gives_away(with_marks(10), NAMES, [(0, 60)]) == ""
    assert what_a_batch_gives_away(with_marks(60), NAMES, [(0, 60)]) == ""


def test_a_column_of_few_values_counts_as_a_category_and_one_of_many_does_not():
    few, many = np.arange(60) // 14, np.arange(60) // 7  # five values, the last four times; nine
    assert "income: only 4" in what_a_batch_gives_away(few[:, None].astype(float), ("income",), [(0, 60)])
    assert what_a_batch_gives_away(many[:, None].astype(float), ("income",), [(0, 60)]) == ""


def test_every_batch_is_looked_at():
    X = with_marks(35)
    assert what_a_batch_gives_away(X, NAMES, [(0, 60)]) == ""
    assert "rent: only 5 of 30" in what_a_batch_gives_away(X, NAMES, [(0, 30), (30, 60)])

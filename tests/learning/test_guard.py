"""The guard names the first thing that a batch would give away, and is content otherwise."""

import numpy as np
import pytest

from fedlearn_edu.learning.guard import columns_that_mark_rows, what_a_batch_gives_away

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
    assert reason == f"rent: only {min(count, 60 - count)} of 60 rows have one of its values"  # never "the value 2.2"


def test_ten_rows_are_enough_and_a_constant_column_is_no_category():
    assert what_a_batch_gives_away(with_marks(10), NAMES, [(0, 60)]) == ""
    assert what_a_batch_gives_away(with_marks(60), NAMES, [(0, 60)]) == ""


def test_a_column_of_few_values_counts_as_a_category_and_one_of_many_does_not():
    few, many = np.arange(60) // 14, np.arange(60) // 7  # five values, the last four times; nine
    assert "income: only 4" in what_a_batch_gives_away(few[:, None].astype(float), ("income",), [(0, 60)])
    assert what_a_batch_gives_away(many[:, None].astype(float), ("income",), [(0, 60)]) == ""


@pytest.mark.parametrize(("count", "refused"), [(5, True), (9, True), (10, False), (40, False)])
@pytest.mark.parametrize("scaled", [False, True])
def test_a_column_in_which_fewer_than_ten_rows_differ_is_refused_however_many_values_they_have(count, refused, scaled):
    sparse = np.where(np.arange(60) < count, 100.0 + 7 * np.arange(60) ** 2, 0.0)
    sparse = (sparse - sparse.mean()) / sparse.std() if scaled else sparse
    X = np.column_stack([NUMBERS[:, :2], sparse])
    reason = what_a_batch_gives_away(X, NAMES, [(0, 60)])
    assert bool(reason) == refused and columns_that_mark_rows(X).tolist() == [False, False, refused]
    assert not refused or reason == f"rent: only {count} of 60 rows have another value than most"


def test_ten_rows_that_all_differ_mark_nobody():
    assert what_a_batch_gives_away(NUMBERS[:8], NAMES, [(0, 8)]) == ""
    assert not columns_that_mark_rows(NUMBERS[:8]).any() and columns_that_mark_rows(np.ones((30, 1))).all()


def test_the_courses_own_tables_pass_as_whole_batches():
    import fedlearn_edu as fl

    for name, overlap in (("bank_tax", 0.8), ("breast_cancer", 1.0)):
        for party in fl.in_common(*fl.split_columns(fl.load(name), overlap=overlap, seed=7)):
            X, rows = party.standardised().data.features, party.data.rows
            assert what_a_batch_gives_away(X, party.data.columns, [(0, rows)]) == ""


def test_every_batch_is_looked_at():
    X = with_marks(35)
    assert what_a_batch_gives_away(X, NAMES, [(0, 60)]) == ""
    assert "rent: only 5 of 30" in what_a_batch_gives_away(X, NAMES, [(0, 30), (30, 60)])

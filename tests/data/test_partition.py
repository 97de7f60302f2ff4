"""Cutting tables: nothing lost, nothing doubled, the same for the same seed."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from fedlearn_edu.data import Dataset, load, split_columns, split_rows, split_train_test
from fedlearn_edu.errors import ArgumentError, DataError


def table(rows=40, classes=2, labelled=True):
    return Dataset(
        "table", np.arange(rows, dtype=float)[:, None], np.arange(rows) % classes if labelled else None,
        [f"id {k}" for k in range(rows)], ("x",), [f"class {k}" for k in range(classes)] if labelled else (),
    )  # fmt: skip


def ids(parties):
    return [party.data.ids.tolist() for party in parties]


def imbalance(dataset, parties):
    """Mean total variation distance between a party's label shares and those of all rows: 0 to 1."""
    share = lambda labels: np.bincount(labels, minlength=len(dataset.classes)) / len(labels)  # noqa: E731
    return np.mean([np.abs(share(p.data.labels) - share(dataset.labels)).sum() / 2 for p in parties])


# ---- training and test


def test_training_and_test_rows_are_every_row_once_in_order():
    whole = load("digits")
    train, test = split_train_test(whole, seed=3)
    assert sorted([*train.ids, *test.ids]) == whole.ids.tolist()
    assert train.ids.tolist() == sorted(train.ids) and test.ids.tolist() == sorted(test.ids)


def test_both_sides_have_the_classes_in_the_same_shares():
    whole = load("digits")
    for part in split_train_test(whole, seed=3):
        assert np.allclose(np.bincount(part.labels) / len(part), np.bincount(whole.labels) / len(whole), atol=0.005)


def test_the_split_depends_on_the_seed_alone():
    whole = load("breast_cancer")
    ids_of = [split_train_test(whole, seed=seed)[1].ids.tolist() for seed in (1, 1, 2)]
    assert ids_of[0] == ids_of[1] != ids_of[2]


def test_a_table_without_labels_can_be_split_too():
    train, test = split_train_test(table(labelled=False), seed=0)
    assert (len(train), len(test)) == (30, 10)


@pytest.mark.parametrize("options", [{"test_share": s} for s in (0, 1, -0.1, 1.5, np.nan, "half")] + [{"seed": -1}])
def test_split_arguments_out_of_range_are_refused(options):
    with pytest.raises(ArgumentError):
        split_train_test(table(), **({"seed": 0} | options))


@pytest.mark.parametrize("rows", [1, 3])
def test_too_few_rows_for_a_split_are_refused(rows):
    with pytest.raises(DataError, match="cannot be split"):
        split_train_test(table(rows), seed=0)


# ---- rows between parties


@given(
    rows=st.integers(1, 60), parties=st.integers(1, 8), skew=st.floats(0, 1), seed=st.integers(0, 2**40),
    classes=st.integers(1, 5), sizes=st.none() | st.lists(st.floats(0.5, 2), min_size=8, max_size=8),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_every_row_is_dealt_exactly_once(rows, parties, skew, seed, classes, sizes):
    whole, parties = table(rows, classes), min(rows, parties)
    try:
        dealt = split_rows(whole, parties, skew, seed, missing_classes="allow", sizes=sizes and sizes[:parties])
    except DataError as error:
        assert sizes is not None and "gets none" in error.problem
        return
    assert Counter(one for hand in ids(dealt) for one in hand) == Counter(whole.ids.tolist())
    assert len(dealt) == parties and all(len(hand) for hand in ids(dealt))
    assert all(party.data.classes == whole.classes for party in dealt)


@given(rows=st.integers(10, 200), parties=st.integers(1, 10), skew=st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_equal_parties_differ_by_one_row_at_most(rows, parties, skew):
    sizes = [p.data.rows for p in split_rows(table(rows), parties, skew, missing_classes="allow")]
    assert max(sizes) - min(sizes) <= 1


def test_sizes_are_proportions():
    dealt = split_rows(table(80), 4, sizes=(4, 2, 1, 1))
    assert [p.data.rows for p in dealt] == [40, 20, 10, 10]
    assert ids(dealt) == ids(split_rows(table(80), 4, sizes=(0.4, 0.2, 0.1, 0.1)))


def test_rows_stay_with_their_labels_and_features():
    for party in split_rows(table(), 3, skew=0.5, seed=5, missing_classes="allow"):
        numbers = [int(one.removeprefix("id ")) for one in party.data.ids]
        assert party.data.features.ravel().tolist() == numbers == sorted(numbers)
        assert party.data.labels.tolist() == [number % 2 for number in numbers]


def test_the_deal_depends_on_the_seed_alone():
    whole = load("breast_cancer")
    deals = [ids(split_rows(whole, 4, skew=0.3, seed=seed)) for seed in (7, 7, 8)]
    assert deals[0] == deals[1] != deals[2]


def test_the_global_random_state_is_neither_read_nor_changed():
    np.random.seed(1)
    before = np.random.get_state()[1].tolist()
    first = ids(split_rows(table(), 3, seed=1))
    assert np.random.get_state()[1].tolist() == before
    np.random.seed(2)
    assert ids(split_rows(table(), 3, seed=1)) == first


@pytest.mark.parametrize("seed", range(5))
def test_more_skew_makes_labels_less_even(seed):
    whole = load("digits")
    found = [
        imbalance(whole, split_rows(whole, 5, skew, seed=seed, missing_classes="allow"))
        for skew in (0, 0.2, 0.4, 0.6, 0.8, 1)
    ]
    assert found == sorted(found)
    assert found[0] < 0.15 and found[-1] > 0.75


def test_full_skew_gives_each_of_five_pastures_at_most_three_digits():
    for party in split_rows(load("digits"), 5, skew=1, missing_classes="allow"):
        assert len(np.unique(party.data.labels)) <= 3


@pytest.mark.parametrize("seed", range(20))
def test_the_course_setting_keeps_both_classes_at_every_hospital(seed):
    train, _ = split_train_test(load("breast_cancer"), seed=seed)
    dealt = split_rows(train, parties=4, skew=0.5, seed=seed)
    assert [party.name for party in dealt] == ["hospital 1", "hospital 2", "hospital 3", "hospital 4"]
    assert all(len(np.unique(party.data.labels)) == 2 for party in dealt)


def test_a_class_missing_at_a_party_is_refused_by_name():
    with pytest.raises(DataError, match=r"hospital 1 would have no row of: malignant\.\n.*missing_classes='allow'"):
        split_rows(load("breast_cancer"), 4, skew=1)
    split_rows(load("breast_cancer"), 4, skew=1, missing_classes="allow")


def test_a_class_that_nobody_has_is_no_ones_fault():
    whole = table()
    rare = Dataset("rare", whole.features, whole.labels, whole.ids, whole.columns, (*whole.classes, "never"))
    assert len(split_rows(rare, 2)) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"parties": 0}, "parties"), ({"parties": -1}, "parties"), ({"parties": 2.0}, "parties"),
        ({"parties": True}, "parties"), ({"parties": "two"}, "parties"),
        ({"skew": -0.1}, "skew goes from 0 to 1"), ({"skew": 1.1}, "skew"), ({"skew": float("nan")}, "skew"),
        ({"skew": "high"}, "skew"), ({"seed": -1}, "seed"), ({"seed": 1.5}, "seed"),
        ({"missing_classes": "maybe"}, "missing_classes"), ({"name": ""}, "name"),
        ({"sizes": (1,)}, "sizes"), ({"sizes": (1, 0)}, "sizes"), ({"sizes": (1, -1)}, "sizes"),
        ({"sizes": (1, float("inf"))}, "sizes"), ({"sizes": ("big", "small")}, "sizes"), ({"sizes": 2}, "sizes"),
    ],
)  # fmt: skip
def test_deal_arguments_out_of_range_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message) as caught:
        split_rows(table(), **({"parties": 2} | options))
    assert caught.value.remedy


def test_more_parties_than_rows_are_refused():
    with pytest.raises(DataError, match="3 rows cannot be dealt to 4 parties"):
        split_rows(table(3), 4)


def test_a_party_without_rows_is_refused():
    with pytest.raises(DataError, match="party 2 gets none"):
        split_rows(table(10), 2, sizes=(1000, 1))


def test_skew_without_labels_is_refused():
    with pytest.raises(DataError, match="no labels to skew by"):
        split_rows(table(labelled=False), 2, skew=0.5)
    assert len(split_rows(table(labelled=False), 2)) == 2


# ---- columns between two parties


def sides(first, second):
    """Each party's rows by id: {id: [features …]}."""
    return [dict(zip(p.data.ids.tolist(), p.data.features.tolist(), strict=True)) for p in (first, second)]


def wide(rows=40, columns=4):
    numbers = np.arange(rows * columns, dtype=float).reshape(rows, columns)
    return Dataset("wide", numbers, np.arange(rows) % 2, [f"id {k}" for k in range(rows)],
                   [f"c{k}" for k in range(columns)], ("no", "yes"))  # fmt: skip


def test_the_course_setting_has_3563_common_customers_and_some_445_more_on_each_side():
    bank, tax_office = split_columns(load("bank_tax"), overlap=0.8, seed=7)
    at_bank, at_tax = (set(party.data.ids) for party in (bank, tax_office))
    assert len(at_bank & at_tax) == 3563
    assert sorted([len(at_bank - at_tax), len(at_tax - at_bank)]) == [445, 446]
    assert (bank.name, tax_office.name) == ("bank", "tax office")
    assert bank.data.columns == ("Amount", "Price", "Time", "Records = yes", "Debt", "Assets", "Age")
    assert len(tax_office.data.columns) == 15 and not set(bank.data.columns) & set(tax_office.data.columns)


def test_the_label_stays_with_the_first_party():
    bank, tax_office = split_columns(load("bank_tax"), seed=7)
    assert bank.data.classes == ("good", "bad")
    assert tax_office.data.labels is None and tax_office.data.classes == ()


@given(rows=st.integers(2, 60), overlap=st.floats(0, 1), seed=st.integers(0, 2**40), cut=st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_every_customer_is_somewhere_and_every_number_at_one_party_at_most(rows, overlap, seed, cut):
    whole = wide(rows)
    first, second = split_columns(whole, overlap=overlap, seed=seed, columns=whole.columns[:cut])
    at_first, at_second = sides(first, second)
    assert at_first.keys() | at_second.keys() == set(whole.ids.tolist())
    assert len(at_first.keys() & at_second.keys()) == round(overlap * rows)
    assert 0 <= len(at_first) - len(at_second) <= 1
    for k, one in enumerate(whole.ids.tolist()):
        row = whole.features[k].tolist()
        assert at_first.get(one, row[:cut]) == row[:cut] and at_second.get(one, row[cut:]) == row[cut:]


def test_labels_go_with_their_customers():
    first, _ = split_columns(wide(), seed=3)
    assert [int(one.removeprefix("id ")) % 2 for one in first.data.ids] == first.data.labels.tolist()


def test_each_party_has_an_order_of_its_own():
    first, second = split_columns(wide(), overlap=1, seed=3)
    assert set(first.data.ids) == set(second.data.ids)
    assert wide().ids.tolist() != first.data.ids.tolist() != second.data.ids.tolist()


def test_the_cut_depends_on_the_seed_alone():
    cuts = [ids(split_columns(load("bank_tax"), seed=seed)) for seed in (7, 7, 8)]
    assert cuts[0] == cuts[1] != cuts[2]


def test_a_texts_own_name_stands_for_all_its_columns():
    first, second = split_columns(load("bank_tax"), columns=["Age", "Home"], names=("agency", "shop"))
    homes = [f"Home = {home}" for home in ("rent", "parents", "other", "priv", "ignore")]
    assert list(first.data.columns) == ["Age", *homes]
    assert len(second.data.columns) == 16 and (first.name, second.name) == ("agency", "shop")


def test_each_data_set_of_the_course_has_a_usual_cut():
    first, _ = split_columns(load("breast_cancer"))
    assert len(first.data.columns) == 10 and all(name.startswith("mean ") for name in first.data.columns)
    left, right = split_columns(load("digits"))
    assert left.data.columns[:5] == ("pixel_0_0", "pixel_0_1", "pixel_0_2", "pixel_0_3", "pixel_1_0")
    assert len(left.data.columns) == len(right.data.columns) == 32
    assert split_columns(wide(columns=5))[0].data.columns == ("c0", "c1")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"overlap": -0.1}, "overlap goes from 0 to 1"), ({"overlap": 1.1}, "overlap"),
        ({"overlap": "most"}, "overlap"),
        ({"overlap": float("nan")}, "overlap"), ({"seed": -1}, "seed"),
        ({"columns": "c0"}, "columns was 'c0'"),
        ({"columns": ["c0", "c9"]}, r"no column 'c9'\. It has: c0, c1"), ({"columns": []}, "the other none"),
        ({"columns": ["c0", "c1", "c2", "c3"]}, "one party has all 4"), ({"columns": [0]}, "columns was"),
        ({"names": ("bank", "bank")}, "names"), ({"names": "bank"}, "names"), ({"names": ("bank", "")}, "name"),
        ({"names": ("a", "b", "c")}, "names"),
    ],
)  # fmt: skip
def test_column_cuts_out_of_range_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message) as caught:
        split_columns(wide(), **options)
    assert caught.value.remedy


def test_a_table_that_cannot_be_cut_is_refused():
    with pytest.raises(DataError, match="leave a party without a customer"):
        split_columns(wide(1), overlap=0)
    with pytest.raises(ArgumentError, match="one column, for two parties"):
        split_columns(table())
    with pytest.raises(DataError, match=r"'id 3' is there twice \(1 ids"):
        split_columns(wide().take([3, 1, 3]))

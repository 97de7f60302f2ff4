"""Parties and their scaling."""

import numpy as np
import pytest

from fedlearn_edu.data import Alignment, Party, Scaling, check_aligned, load
from fedlearn_edu.errors import ArgumentError, DataError


def test_repr_tells_size_and_no_value():
    assert repr(Party("hospital 1", load("breast_cancer").take(range(107)))) == "hospital 1 (107 rows × 30 columns)"
    assert repr(Party("server")) == "server (no data)"


@pytest.mark.parametrize("name", ["", "  ", None, 3])
def test_a_party_needs_a_name(name):
    with pytest.raises(ArgumentError, match="name"):
        Party(name)


@pytest.mark.parametrize("wrong", [{"data": np.zeros((2, 2))}, {"scaling": (0, 1)}])
def test_a_party_holds_a_dataset_and_a_scaling_or_none(wrong):
    with pytest.raises(ArgumentError, match="bank's"):
        Party("bank", **wrong)


def test_scaling_standardises_and_leaves_the_original_alone():
    table = load("breast_cancer")
    before = table.features.copy()
    scaled = Scaling(table.features.mean(axis=0), table.features.std(axis=0)).apply(table)
    assert np.allclose(scaled.features.mean(axis=0), 0) and np.allclose(scaled.features.std(axis=0), 1)
    assert np.array_equal(table.features, before)
    assert scaled.ids.tolist() == table.ids.tolist() and scaled.columns == table.columns


def test_a_constant_column_is_centred_and_not_divided():
    table = load("digits")  # its first pixel is 0 in every row
    scaling = Scaling(table.features.mean(axis=0), table.features.std(axis=0))
    assert scaling.scale[0] == 1 and np.isfinite(scaling.apply(table).features).all()


def test_undo_undoes():
    table = load("breast_cancer")
    scaling = Scaling(table.features.mean(axis=0), table.features.std(axis=0))
    assert np.allclose(scaling.undo(scaling.apply(table)).features, table.features, rtol=1e-12)


def test_scaling_is_read_only_and_a_copy():
    mean = np.zeros(2)
    scaling = Scaling(mean, [1.0, 0.0])
    mean[0] = 5
    assert scaling.mean.tolist() == [0, 0]
    for array in (scaling.mean, scaling.scale):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize(
    ("mean", "scale"),
    [([0.0], [1.0, 1.0]), (0.0, 1.0), ([[0.0]], [[1.0]]), ([np.nan], [1.0]), ([0.0], [-1.0]), ([0.0], [np.inf])],
)
def test_scalings_that_make_no_sense_are_refused(mean, scale):
    with pytest.raises(ArgumentError):
        Scaling(mean, scale)


def test_a_scaling_for_other_columns_is_refused():
    scaling, table = Scaling(np.zeros(2), np.ones(2)), load("digits")
    for use in (scaling.apply, scaling.undo, lambda data: Party("bank", data, scaling)):
        with pytest.raises(ArgumentError, match="for 2 columns, and digits has 64"):
            use(table)


def test_taking_rows_keeps_name_scaling_and_the_rows_themselves():
    table = load("breast_cancer")
    party = Party("bank", table, Scaling(np.zeros(30), np.ones(30)))
    some = party.take([5, 2])
    assert some.name == "bank" and some.scaling is party.scaling and some.alignment is None
    assert some.data.ids.tolist() == table.ids[[5, 2]].tolist()
    assert party.take([]).data.rows == 0
    for wrong in (lambda: Party("server").take([0]), lambda: party.take([569])):
        with pytest.raises(ArgumentError):
            wrong()


def test_the_mark_of_some_rows_depends_on_which_and_in_what_order_and_on_nothing_else():
    mark, table = Alignment("0" * 16, ("bank", "tax office")), load("breast_cancer")
    bank, tax = (Party(name, table, alignment=mark) for name in mark.parties)
    chosen = np.zeros(569, dtype=bool)
    chosen[[1, 3]] = True
    same = [
        bank.take([1, 3]),
        tax.take(np.array([1, 3])),
        bank.take(chosen),
        tax.take(range(1, 4, 2)),
        bank.take([1, -566]),
    ]
    assert len({party.alignment for party in same}) == 1
    others = [bank, bank.take([3, 1]), bank.take([1]), bank.take([1, 3]).take([0, 1])]
    assert len({party.alignment for party in [*others, same[0]]}) == 5


def test_only_a_mark_of_align_marks_a_party():
    with pytest.raises(ArgumentError, match="alignment is of type str"):
        Party("bank", load("breast_cancer"), alignment="0" * 16)


def test_parties_without_marks_pass_with_equally_many_rows_and_not_otherwise():
    table = load("breast_cancer")
    check_aligned([Party("bank", table), Party("tax office", table)])
    for other in (table.take(range(5)), None):
        with pytest.raises(DataError, match="rows"):
            check_aligned([Party("bank", table), Party("tax office", other)])


# ----------------------------------------------------------------------------------------------- its own scaling


def test_a_party_standardises_its_own_columns_and_new_rows_with_the_same_numbers() -> None:
    bank = Party("bank", load("breast_cancer"))
    training, exam = bank.take(range(400)).standardised(), bank.take(range(400, 569))
    assert training.data is not None and training.scaling is not None
    assert np.abs(training.data.features.mean(axis=0)).max() < 1e-12
    assert np.abs(training.data.features.std(axis=0) - 1).max() < 1e-12
    scaled = exam.standardised(like=training)
    assert scaled.data is not None and exam.data is not None
    assert scaled.scaling is training.scaling
    assert np.allclose(training.scaling.undo(scaled.data).features, exam.data.features)


def test_standardising_keeps_the_alignment() -> None:
    mark = Alignment("9f2c7e01a4b35d68", ("bank", "tax office"))
    assert Party("bank", load("breast_cancer"), alignment=mark).standardised().alignment == mark


def test_standardising_twice_or_like_one_that_is_not_or_without_rows_is_refused() -> None:
    bank = Party("bank", load("breast_cancer"))
    with pytest.raises(ArgumentError, match="a scaling already"):
        bank.standardised().standardised()
    with pytest.raises(ArgumentError, match="is not standardised"):
        bank.standardised(like=bank)
    with pytest.raises(ArgumentError, match="no rows"):
        Party("server").standardised()
    with pytest.raises(ArgumentError, match="64"):
        bank.standardised(like=Party("other", load("digits")).standardised())

"""Parties and their scaling."""

import numpy as np
import pytest

from fedlearn_edu.data import Party, Scaling, load
from fedlearn_edu.errors import ArgumentError


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

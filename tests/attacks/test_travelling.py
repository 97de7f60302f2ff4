"""Chapter 02's attack: exact with one row, a mixture with more, and refused where there is nothing to read."""

from __future__ import annotations

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.attacks.travelling import changes, image_from
from fedlearn_edu.errors import ArgumentError
from fedlearn_edu.learning import SmallNetwork, SoftmaxRegression

MODEL = SoftmaxRegression(columns=64, classes=10)


@pytest.fixture(scope="module")
def digits() -> fl.Dataset:
    return fl.Scaling(np.zeros(64), np.full(64, 16.0)).apply(fl.load("digits"))


def tour(digits: fl.Dataset, rows: int, epochs: int = 20, keep: str = "all", tours: int = 1) -> fl.Run:
    """Three pastures, of which the middle one has so many rows."""
    cuts = {"pasture 1": range(100, 400), "pasture 2": range(rows), "pasture 3": range(500, 700)}
    pastures = [fl.Party(name, digits.take(cut)) for name, cut in cuts.items()]
    return fl.play(fl.travelling(pastures, tours=tours, local_epochs=epochs), keep=keep)


@pytest.mark.parametrize("epochs", [1, 20])
def test_the_only_row_of_a_pasture_is_recovered_from_the_transcript_to_rounding(
    digits: fl.Dataset, epochs: int
) -> None:
    name, change = changes(tour(digits, rows=1, epochs=epochs).transcript, start=np.zeros(650))[1]
    image = digits.features[0]
    assert name == "pasture 2"
    assert np.abs(image_from(change, MODEL) - image).max() < 1e-9
    assert np.abs(image_from(change, MODEL, label=3) - image).max() < 1e-9


def test_after_one_step_from_zeros_the_error_is_that_of_a_float(digits: fl.Dataset) -> None:
    image = digits.take([0])
    change = -0.5 * MODEL.gradient(np.zeros(650), image.features, image.labels)
    assert np.abs(image_from(change, MODEL) - image.features[0]).max() < 1e-15


def test_with_many_rows_what_comes_out_is_none_of_them(digits: fl.Dataset) -> None:
    _, change = changes(tour(digits, rows=20).transcript, start=np.zeros(650))[1]
    picture = image_from(change, MODEL)
    assert np.abs(digits.features[:20] - picture).mean(axis=1).min() > 0.05


def test_a_class_that_no_row_has_gives_a_mean_of_the_rows_with_positive_weights(digits: fl.Dataset) -> None:
    zeros_and_ones = digits.take(np.flatnonzero(np.asarray(digits.labels) < 2)[:6])
    change = -0.5 * MODEL.gradient(np.zeros(650), zeros_and_ones.features, zeros_and_ones.labels)
    assert np.allclose(image_from(change, MODEL), zeros_and_ones.features.mean(axis=0))


def test_the_first_change_needs_the_public_start_and_every_visit_is_found(digits: fl.Dataset) -> None:
    run = tour(digits, rows=5, tours=2)
    found = changes(run.transcript, start=np.zeros(650))
    visited = [np.zeros(650), *run.reported("weights")]
    assert [name for name, _ in found] == ["pasture 1", "pasture 2", "pasture 3"] * 2
    assert all(np.array_equal(change, visited[v + 1] - visited[v]) for v, (_, change) in enumerate(found))


def test_a_transcript_of_heads_has_nothing_to_read(digits: fl.Dataset) -> None:
    with pytest.raises(ArgumentError, match="keep"):
        changes(tour(digits, rows=1, keep="heads").transcript, start=np.zeros(650))


def test_a_start_of_another_length_is_refused(digits: fl.Dataset) -> None:
    with pytest.raises(ArgumentError, match="start"):
        changes(tour(digits, rows=1).transcript, start=np.zeros(65))


@pytest.mark.parametrize("label", [-1, 10])
def test_a_class_that_is_none_is_refused(label: int) -> None:
    with pytest.raises(ArgumentError, match="class"):
        image_from(np.ones(650), MODEL, label)


def test_a_change_of_nothing_and_another_model_are_refused() -> None:
    with pytest.raises(ArgumentError, match="Nothing pushed"):
        image_from(np.zeros(650), MODEL)
    with pytest.raises(ArgumentError, match="650"):
        image_from(np.zeros(65), MODEL)
    with pytest.raises(ArgumentError, match="network"):
        image_from(np.zeros(1226), SmallNetwork(64, 16, 10))  # type: ignore[arg-type]

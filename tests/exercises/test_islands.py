"""Chapter 01: what comes first, and what the cases show; `test_every_exercise.py` asks the rest of every chapter."""

import numpy as np
import pytest

from fedlearn_edu.exercises import islands
from fedlearn_edu.exercises.catalogue import exercises_of

from .checking import checked
from .ways.islands import SAID_BY_A_CHECK


@pytest.mark.parametrize(("exercise", "sentence"), [*zip(exercises_of("01"), SAID_BY_A_CHECK, strict=True)])
def test_the_first_misconception_of_each_exercise_is_the_lesson_plans(exercise, sentence):
    first = exercise.misconceptions[0]
    assert first.sentence.startswith(sentence)
    assert checked(exercise.id, first.solution).sentence == first.sentence


def test_no_row_of_a_case_is_both_learned_from_and_examined():
    for case in islands.pooling_cases():
        X, _ = islands.joined(case.arguments[0])
        assert not {row.tobytes() for row in X} & {row.tobytes() for row in case.arguments[1][0]}


def test_the_suburbs_offer_is_the_larger_one_looks_perfect_at_home_and_misses_more():
    own, offers, exam, train = islands.offer_cases()[0].arguments
    missed = {}
    for name, rows in offers.items():
        model = train(*islands.joined([own, rows]))
        assert islands.missed_by(model, own) == 0
        missed[name] = islands.missed_by(model, exam)
    assert len(offers[islands.SAME][1]) == 5 * len(offers[islands.TOWN][1])
    assert missed[islands.SAME] > 2 * missed[islands.TOWN]
    assert np.mean(offers[islands.SAME][1]) == islands.FEW_CANCERS

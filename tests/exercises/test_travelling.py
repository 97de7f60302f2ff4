"""Chapter 02: what the cases show; `test_every_exercise.py` asks the rest of every chapter."""

import numpy as np
import pytest

from fedlearn_edu.exercises import travelling
from fedlearn_edu.exercises.catalogue import exercises_of

from .checking import checked
from .ways.travelling import SAID_BY_A_CHECK


@pytest.mark.parametrize("sentence", SAID_BY_A_CHECK)
def test_a_diagnosis_begins_with_the_words_of_the_lesson_plan(sentence):
    assert [one for e in exercises_of("02") for one in e.misconceptions if one.sentence.startswith(sentence)]


@pytest.mark.parametrize("k", range(10))
def test_every_class_gives_the_image_away(k):
    source = f"def image(before, after):\n    c = after - before\n    return c[64 * {k} : 64 * {k} + 64] / c[640 + {k}]"
    assert checked("02.3", source).right


def test_in_the_cases_the_sheep_really_forgets_so_that_the_right_answer_is_a_small_one():
    for case in travelling.tours_cases():
        visits, grass, accuracy = case.arguments
        assert accuracy(visits[0], grass[0]) > 0.8 and case.expected[0] < 0.6


def test_lambs_of_different_parents_average_to_less_than_lambs_of_one_flock():
    table = travelling.images(600)
    cuts = np.split(np.arange(600), 3)
    grass = [(table.features[cut], np.asarray(table.labels)[cut]) for cut in cuts]
    model = travelling.FLOCK

    def right(starts):
        lambs = [travelling.trained(model, s, X, y, 100) for s, (X, y) in zip(starts, grass, strict=True)]
        return travelling.share_right(model, np.mean(lambs, axis=0), table)

    flock = right([travelling.born(0)] * 3)
    strangers = right([travelling.born(k) for k in range(3)])
    assert flock > strangers + 0.1

"""Chapter 02's exercises: what `test_horizontal.py` asks of every chapter, and other ways to be right and wrong."""

import textwrap

import numpy as np
import pytest

from fedlearn_edu.exercises import travelling
from fedlearn_edu.exercises.catalogue import exercises_of, find_exercise, find_question
from fedlearn_edu.exercises.sandbox import solution_function

SAID_IN_THE_LESSON_PLAN = [
    "You counted pastures visited; test the first pasture's grass after the last.",
    "You averaged lambs with different parents: weights average sensibly only from a common start.",
    "You said nothing left the pasture: the weights did.",
]


def checked(identity, source):
    exercise = find_exercise(identity)
    return exercise.check(solution_function(textwrap.dedent(source), exercise.function, "a test"))


@pytest.mark.parametrize("sentence", SAID_IN_THE_LESSON_PLAN)
def test_every_misconception_of_the_lesson_plan_is_diagnosed_by_a_check(sentence):
    start = sentence.removesuffix(".")
    assert [one for e in exercises_of("02") for one in e.misconceptions if one.sentence.startswith(start)]


@pytest.mark.parametrize("sentence", SAID_IN_THE_LESSON_PLAN)
def test_every_misconception_of_the_lesson_plan_is_answered_by_a_prediction(sentence):
    reasons = [option.why for prompt in find_question("02").prompts for option in prompt.options]
    assert [why for why in reasons if sentence.removesuffix(".") in why]


RIGHT = {
    "02.1": """
        def still_known(visits, grass, accuracy):
            *_, last = visits
            return np.array([accuracy(last, grass[k]) for k in range(len(grass))])
        """,
    "02.2": """
        def shepherd(pastures, born, raise_lamb):
            lambs = [raise_lamb(born(0), pasture) for pasture in pastures]
            return np.average(lambs, axis=0, weights=[len(y) for _, y in pastures])
        """,
    "02.3": """
        def image(before, after):
            W, b = np.split(after - before, [640])
            k = np.argmin(b)
            return (W.reshape(10, 64)[k] / b[k]).reshape(8, 8)
        """,
}
WRONG = [
    ("02.1", "counted visits", """
        def still_known(visits, grass, accuracy):
            return [accuracy(visits[k], grass[k]) for k in range(len(grass))]
        """),
    ("02.1", "last own visit", """
        def still_known(visits, grass, accuracy):
            return [max(accuracy(weights, table) for weights in visits) for table in grass]
        """),
    ("02.1", "first tour only", """
        def still_known(visits, grass, accuracy):
            return [accuracy(visits[: len(grass)][-1], table) for table in grass]
        """),
    ("02.2", "different parents", """
        def shepherd(pastures, born, raise_lamb):
            lambs = [raise_lamb(born(k), pasture) for k, pasture in enumerate(pastures)]
            return np.average(lambs, axis=0, weights=[len(y) for _, y in pastures])
        """),
    ("02.2", "unweighted mean", """
        def shepherd(pastures, born, raise_lamb):
            return np.mean([raise_lamb(born(0), pasture) for pasture in pastures], axis=0)
        """),
    ("02.3", "nothing left", "def image(before, after):\n    return [0] * 64"),
    ("02.3", "not subtracted", "def image(before, after):\n    return after[:64] / after[-10]"),
]  # fmt: skip
FORMS = [
    ("02.1", "def still_known(visits, grass, accuracy):\n    return 0.0", "one for each pasture"),
    ("02.1", "def still_known(visits, grass, accuracy):\n    return 'all'", "one share for each pasture"),
    ("02.1", "def still_known(visits, grass, accuracy):\n    return [0.5] * 40", "one for each pasture"),
    ("02.2", "def shepherd(pastures, born, raise_lamb):\n    return 0.7", "310 numbers"),
    ("02.3", "def image(before, after):\n    return after - before", "64 numbers"),
    ("02.3", "def image(before, after):\n    return 'a three'", "64 numbers"),
]


@pytest.mark.parametrize("identity", RIGHT)
def test_another_right_way_is_right(identity):
    verdict = checked(identity, RIGHT[identity])
    assert verdict.right, verdict


@pytest.mark.parametrize(("identity", "name", "source"), WRONG)
def test_another_way_into_a_misconception_gets_the_same_diagnosis(identity, name, source):
    assert checked(identity, source).misconception == name


@pytest.mark.parametrize(("identity", "source", "said"), FORMS)
def test_an_answer_of_the_wrong_form_is_told_the_right_one(identity, source, said):
    verdict = checked(identity, source)
    assert verdict.state == "wrong" and verdict.misconception is None and said in verdict.sentence


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

"""Chapter 04's exercises: right is right, a stub is "not yet", and every misconception gets its own sentence."""

import textwrap

import numpy as np
import pytest

from fedlearn_edu.exercises import horizontal
from fedlearn_edu.exercises.catalogue import CHAPTERS, exercises_of, find_question
from fedlearn_edu.exercises.exercise import Exercise
from fedlearn_edu.exercises.sandbox import solution_function

EXERCISES = [exercise for chapter in CHAPTERS for exercise in exercises_of(chapter)]
MISCONCEPTIONS = [(exercise, one) for exercise in EXERCISES for one in exercise.misconceptions]
SAID_IN_THE_LESSON_PLAN = [
    "You averaged without weighting by rows.",
    "send n_k·[[W_k]] and divide after decryption.",
    "You called the server the danger; under a shared key any hospital that sees an upload reads it.",
    "With two parties, sum minus mine is yours.",
]


def written(exercise: Exercise, source: str):
    return solution_function(textwrap.dedent(source), exercise.function, "a test")


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_every_reference_solution_passes_its_check(exercise):
    verdict = exercise.check(exercise.solved())
    assert verdict.right and verdict.state == "right", verdict


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_every_stub_is_not_yet(exercise):
    verdict = exercise.check(exercise.stub_function())
    assert verdict.state == "not yet" and exercise.function in verdict.sentence


@pytest.mark.parametrize(("exercise", "one"), MISCONCEPTIONS, ids=lambda x: getattr(x, "id", getattr(x, "name", "")))
def test_every_misconception_gets_its_own_diagnosis(exercise, one):
    verdict = exercise.check(solution_function(one.solution, exercise.function, one.name))
    assert (verdict.state, verdict.misconception, verdict.sentence) == ("wrong", one.name, one.sentence)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_the_reference_solution_shows_no_misconception(exercise):
    cases = exercise.cases()
    outcomes = horizontal_outcomes(exercise, cases)
    answers = exercise._answers(cases, outcomes)
    assert not [one.name for one in exercise.misconceptions if exercise._shows(one, answers)]


def horizontal_outcomes(exercise, cases):
    from fedlearn_edu.exercises.sandbox import run

    return run(exercise.solved(), [case.arguments for case in cases])


@pytest.mark.parametrize("sentence", SAID_IN_THE_LESSON_PLAN)
def test_every_misconception_of_the_lesson_plan_is_among_those_diagnosed(sentence):
    assert [one.name for _, one in MISCONCEPTIONS if sentence in one.sentence]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_every_exercise_is_whole(exercise):
    assert len(exercise.hints) == 3 and all(exercise.hints)
    assert f"def {exercise.function}(" in exercise.stub and f"def {exercise.function}(" in exercise.solution
    assert len(exercise.stub.strip().splitlines()) <= 12 and exercise.task.strip() and exercise.explanation.strip()
    names = [one.name for one in exercise.misconceptions]
    assert len(names) == len(set(names)) >= 3
    assert not [text for text in exercise.texts() if "  " in text.replace("\n  ", "\n")]


# other ways to write the same thing: a check must judge what a function does, not how it looks

OTHER_RIGHT_WAYS = {
    "04.1": [
        """
        def add_up(uploads):
            from functools import reduce
            from operator import add
            return sum(n for n, _ in uploads), reduce(add, [n * vector for n, vector in uploads])
        """,
        """
        def add_up(uploads):
            import numpy as np
            total = None
            for n, vector in uploads:
                total = np.int64(n) * vector if total is None else total + n * vector
            return [np.int64(sum(n for n, _ in uploads)), total.re_randomised()]
        """,
    ],
    "04.2": [
        """
        def can_read(eyes, message, scheme):
            return {"plain": True, "paillier": eyes[:3] == "hos", "masks": message.step == 5}[scheme]
        """,
    ],
    "04.3": [
        """
        def deduce(mean, n, names, known):
            found, rest = {}, n * mean
            for rows, weights in known.values():
                rest, n = rest - rows * weights, n - rows
            if len(names) - len(known) == 1:
                found[(set(names) - set(known)).pop()] = (rest / n).tolist()
            return found
        """,
    ],
}
OTHER_WRONG_WAYS = [
    ("04.1", "ciphertext times a fraction",
     "def add_up(uploads):\n    (n, a), (m, b), *_ = uploads\n    return 1, a * (n / (n + m)) + b * (m / (n + m))"),
    ("04.1", "ciphertext times a fraction", "def add_up(uploads):\n    return 1, 0.25 * uploads[0][1]"),
    ("04.1", "divided ciphertext", "def add_up(uploads):\n    return 1, uploads[0][1] / len(uploads)"),
    ("04.1", "unweighted mean",
     "def add_up(uploads):\n    from functools import reduce\n"
     "    return len(uploads), reduce(lambda a, b: a + b, [v for _, v in uploads])"),
    ("04.2", "server is the danger",
     "def can_read(eyes, message, scheme):\n    return eyes == 'server' or scheme == 'plain'"),
    ("04.2", "a key for each hospital",
     "def can_read(eyes, message, scheme):\n    return scheme == 'plain' or (scheme == 'masks' and message.step == 5)"),
    ("04.2", "bytes are enough", "def can_read(eyes, message, scheme):\n    return True"),
    ("04.3", "encryption hides the partner",
     "def deduce(mean, n, names, known):\n    return {} if len(names) == 2 else {'hospital 3': mean}"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("identity", "source"), [(name, way) for name, ways in OTHER_RIGHT_WAYS.items() for way in ways]
)
def test_another_right_way_is_right(identity, source):
    exercise = next(one for one in EXERCISES if one.id == identity)
    verdict = exercise.check(written(exercise, source))
    assert verdict.right, verdict


@pytest.mark.parametrize(("identity", "name", "source"), OTHER_WRONG_WAYS)
def test_another_way_into_a_misconception_gets_the_same_diagnosis(identity, name, source):
    exercise = next(one for one in EXERCISES if one.id == identity)
    assert exercise.check(written(exercise, source)).misconception == name


FORMS = [
    ("04.1", "def add_up(uploads):\n    return uploads[0][1]", "Return a pair"),
    ("04.1", "def add_up(uploads):\n    return 'all of it'", "Return a pair"),
    ("04.1", "def add_up(uploads):\n    return 2.5, uploads[0][1]", "whole number"),
    ("04.1", "def add_up(uploads):\n    yield 1", "Return a pair"),
    ("04.1", "def add_up(uploads):\n    return 3, uploads[0][1].head(2)", "31"),
    ("04.2", "def can_read(eyes, message, scheme):\n    return 'yes'", "True or False"),
    ("04.3", "def deduce(mean, n, names, known):\n    return mean", "dictionary"),
    ("04.3", "def deduce(mean, n, names, known):\n    return {'server': mean}", "'server'"),
    ("04.3", "def deduce(mean, n, names, known):\n    return {x: mean[:3] for x in names if x not in known}", "(3,)"),
    ("04.3", "def deduce(mean, n, names, known):\n    return {x: ['a'] * 31 for x in names if x not in known}", "read"),
]  # fmt: skip


@pytest.mark.parametrize(("identity", "source", "said"), FORMS)
def test_an_answer_of_the_wrong_form_is_told_the_right_one(identity, source, said):
    exercise = next(one for one in EXERCISES if one.id == identity)
    verdict = exercise.check(written(exercise, source))
    assert verdict.state == "wrong" and verdict.misconception is None and said in verdict.sentence


def test_the_answer_key_of_04_2_is_what_the_keys_open_and_not_a_table():
    cases = {case.known: case.expected for case in horizontal.reading_cases()}
    assert len(cases) == 3 * (4 + 4)
    assert {eyes for (scheme, _, eyes), opened in cases.items() if scheme == "paillier" and opened} == {
        "hospital 1", "hospital 2", "hospital 3"}  # fmt: skip
    assert not [eyes for (scheme, step, eyes), opened in cases.items() if (scheme, step) == ("masks", 3) and opened]
    assert all(
        opened for (scheme, step, _), opened in cases.items() if scheme == "plain" or (scheme, step) == ("masks", 5)
    )


def test_the_cases_use_hospitals_of_unequal_size_so_that_weighting_shows():
    for case in horizontal.uploads_cases():
        unweighted = [vector.decrypt(case.known) for _, vector in case.arguments[0]]
        assert np.abs(np.mean(unweighted, axis=0) / 2**24 - case.expected).max() > 1e-3


def test_every_wrong_option_of_a_prediction_is_told_why_it_is_wrong():
    for chapter in CHAPTERS:
        for prompt in find_question(chapter).prompts:
            reasons = [option.why for option in prompt.options]
            assert all(reasons) and len(set(reasons)) == len(reasons) >= 2

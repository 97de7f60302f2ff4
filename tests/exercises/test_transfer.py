"""Chapter 07's exercises: what `test_horizontal.py` asks of every chapter, and other ways to be right and wrong."""

import textwrap

import pytest

from fedlearn_edu.exercises.catalogue import exercises_of, find_exercise, find_question
from fedlearn_edu.exercises.sandbox import solution_function

SAID_IN_THE_LESSON_PLAN = [
    "You aligned the overlap in two different orders: it runs, and learns nonsense.",
    "Where B's own labels suffice, local wins.",
    "You unmasked per-sample gradients: sum them into θ first, or A recovers B's representation.",
]


def checked(identity, source):
    exercise = find_exercise(identity)
    return exercise.check(solution_function(textwrap.dedent(source), exercise.function, "a test"))


@pytest.mark.parametrize("sentence", SAID_IN_THE_LESSON_PLAN)
def test_every_misconception_of_the_lesson_plan_is_among_those_an_exercise_diagnoses(sentence):
    assert [one for exercise in exercises_of("07") for one in exercise.misconceptions if sentence in one.sentence]


@pytest.mark.parametrize("sentence", SAID_IN_THE_LESSON_PLAN[1:])
def test_the_predictions_say_so_too(sentence):
    assert [o for prompt in find_question("07").prompts for o in prompt.options if sentence in o.why]


RIGHT = {
    "07.1": """
        def common_rows(source_ids, target_ids):
            both = sorted(set(source_ids) & set(target_ids))
            place = {one: k for k, one in enumerate(target_ids)}
            return tuple(source_ids.index(one) for one in both), tuple(place[one] for one in both)
        """,
    "07.2": """
        def to_be_opened(encrypted_g, slopes, masks):
            return encrypted_g.times_matrix(slopes, 0, 100).add_raw_mask(masks, for_key_holder=False)
        """,
    "07.3": """
        def break_even(transfer, alone, labels):
            import statistics
            own = statistics.mean(alone[labels])
            return next((n for n in sorted(transfer) if statistics.mean(transfer[n]) > own), "never")
        """,
}
WRONG = [
    ("07.1", "two orders", """
        def common_rows(source_ids, target_ids):
            both = sorted(set(source_ids) & set(target_ids))
            return sorted(source_ids.index(one) for one in both), sorted(target_ids.index(one) for one in both)
        """),
    ("07.1", "the first rows", """
        def common_rows(source_ids, target_ids):
            rows = [k for k, _ in enumerate(set(source_ids) & set(target_ids))]
            return rows, rows
        """),
    ("07.2", "row by row", """
        def to_be_opened(encrypted_g, slopes, masks):
            return encrypted_g
        """),
    ("07.2", "row by row", """
        def to_be_opened(encrypted_g, slopes, masks):
            return [(encrypted_g * row[0]).head(1) for row in slopes]
        """),
    ("07.2", "no mask", """
        def to_be_opened(encrypted_g, slopes, masks):
            return encrypted_g.times_matrix(slopes, 0, 10)
        """),
    ("07.2", "a small mask", """
        def to_be_opened(encrypted_g, slopes, masks):
            return encrypted_g.times_matrix(slopes, 0, 10).add_raw_mask([m % 2**32 + 1 for m in masks])
        """),
    ("07.3", "transfer always", """
        def break_even(transfer, alone, labels):
            means = {n: sum(a) / 5 for n, a in transfer.items()}
            return min((n for n in means if means[n] > sum(alone[labels]) / 5), default=20)
        """),
    ("07.3", "the best deal", """
        def break_even(transfer, alone, labels):
            best = max(alone[labels])
            return next((n for n in (20, 70, 150) if max(transfer[n]) > best), "never")
        """),
]  # fmt: skip
FORMS = [
    ("07.1", "def common_rows(*lists):\n    return 3", "Return two lists of places"),
    ("07.1", "def common_rows(*lists):\n    return [0], [1, 2]", "your second 2"),
    ("07.1", "def common_rows(*lists):\n    return lists[0][:2], lists[1][:2]", "return places, not ids"),
    ("07.2", "def to_be_opened(*arguments):\n    return [1]", "Return an encrypted vector"),
    (
        "07.2",
        "def to_be_opened(g, slopes, masks):\n    return g.times_matrix([r + r for r in slopes], 0, 10)",
        "weights",
    ),
    ("07.3", "def break_even(*arguments):\n    return 0.8", "Return a number of common images"),
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

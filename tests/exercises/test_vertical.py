"""Chapter 06's exercises: what `test_horizontal.py` asks of every chapter, and other ways to be right and wrong."""

import textwrap

import pytest

from fedlearn_edu.exercises.catalogue import exercises_of, find_exercise, find_question
from fedlearn_edu.exercises.sandbox import solution_function
from fedlearn_edu.exercises.vertical import N, weighing_cases

SAID_IN_THE_LESSON_PLAN = [
    "You joined before sorting both sides by aligned id: no error, but strangers' incomes meet strangers' loans.",
    "You used the same mask twice: C read how your gradient changed.",
    "C holds the key, so encryption alone hides nothing from C.",
]


def checked(identity, source):
    exercise = find_exercise(identity)
    return exercise.check(solution_function(textwrap.dedent(source), exercise.function, "a test"))


@pytest.mark.parametrize("sentence", SAID_IN_THE_LESSON_PLAN)
def test_every_misconception_of_the_lesson_plan_is_among_those_diagnosed(sentence):
    said = [one.sentence for exercise in exercises_of("06") for one in exercise.misconceptions]
    reasons = [option.why for prompt in find_question("06").prompts for option in prompt.options]
    assert [one for one in said + reasons if sentence in one]


RIGHT = {
    "06.1": """
        def residuals(encrypted_u, ids, own_ids, own_u, y):
            known = dict(zip(own_ids, zip(own_u, y)))
            total = encrypted_u.plus_integers([known[i][0] for i in ids], 1000)
            return total.plus_integers([-known[i][1] for i in ids], 1000)
        """,
    "06.2": """
        def find(seen, n, step):
            from itertools import combinations
            def change(pair):
                return [((b - a + n // 2) % n - n // 2) / step for a, b in zip(seen[pair[0]], seen[pair[1]])]
            pair = min(combinations(range(len(seen)), 2), key=lambda pair: max(map(abs, change(pair))))
            return list(pair), change(pair)
        """,
    "06.3": """
        def can_read(who, what, mask, coordinator):
            has_key = {"coordinator"} if coordinator else {"bank"}
            if what == "loss":
                return bool({"bank", "coordinator"} & who)
            if what == "residuals":
                return coordinator and "coordinator" in who and who != {"coordinator"}
            return mask == "none" and bool(has_key & who)
        """,
}
WRONG = [
    ("06.1", "not aligned", """
        def residuals(encrypted_u, ids, own_ids, own_u, y):
            return encrypted_u.plus_integers(own_u, 1000).plus_integers([-label for label in y], 1000)
        """),
    ("06.2", "negatives in the upper half", """
        def find(seen, n, step):
            from itertools import combinations
            for i, j in combinations(range(len(seen)), 2):
                back = [(a - b) % n for a, b in zip(seen[i], seen[j])]
                if min(min(g, n - g) for g in back) < 1000 * step:
                    return (i, j), [(b - a) % n / step for a, b in zip(seen[i], seen[j])]
        """),
    ("06.3", "the key opens all", "def can_read(who, what, mask, coordinator):\n    return 'coordinator' in who"),
    ("06.3", "encryption hides from C", "def can_read(who, what, mask, coordinator):\n    return False"),
    ("06.3", "no collusion", """
        def can_read(who, what, mask, coordinator):
            one = len(who) == 1
            if what == "loss":
                return "bank" in who or "coordinator" in who
            return one and what == "gradient" and mask == "none" and who == {"coordinator" if coordinator else "bank"}
        """),
]  # fmt: skip
FORMS = [
    ("06.1", "def residuals(*arguments):\n    return [1, 2]", "Return an encrypted vector"),
    ("06.1", "def residuals(encrypted_u, *arguments):\n    return encrypted_u.head(1)", "your vector has 1 numbers"),
    ("06.2", "def find(seen, n, step):\n    return 1", "Return two rounds"),
    ("06.2", "def find(seen, n, step):\n    return (2, 2), [1.0]", "You compared round 2 with itself."),
    ("06.2", "def find(seen, n, step):\n    return (0, 1), []", "your list of changes 0 numbers"),
    ("06.3", "def can_read(*arguments):\n    return 'yes'", "Return True or False"),
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


def test_sorted_ids_are_not_the_order_that_was_asked_for():
    source = """
        def residuals(encrypted_u, ids, own_ids, own_u, y):
            places = np.argsort(own_ids)
            return encrypted_u.plus_integers([own_u[k] - y[k] for k in places], bound=1000)
        """
    assert not checked("06.1", source).right


def test_changes_are_shown_as_a_list():
    shown = checked("06.2", "def find(seen, n, step):\n    return (0, 1), [0.5] * len(seen[0])").details
    assert "'change': [-2.2500, 0.6250]}; your answer came to {'rounds': (0, 1), 'change': [0.5000, 0.5000]}" in shown


def test_the_toy_modulus_is_a_product_of_two_primes():
    from gmpy2 import is_prime

    assert is_prime(2**127 - 1) and is_prime(2**89 - 1) and N == (2**127 - 1) * (2**89 - 1)


def test_the_cases_ask_for_both_answers_of_every_kind():
    of_kind = {}
    for case in weighing_cases():
        of_kind.setdefault(case.known[1], set()).add(case.expected)
    assert of_kind == {what: {True, False} for what in ("residuals", "gradient", "loss")}

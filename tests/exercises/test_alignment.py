"""Chapter 05's exercises: what `test_horizontal.py` asks of every chapter, and other ways to be right and wrong."""

import textwrap

import pytest

from fedlearn_edu.exercises.alignment import ALLOWED, G, P, Q, Sizes, to_group
from fedlearn_edu.exercises.catalogue import exercises_of, find_exercise, find_question
from fedlearn_edu.exercises.sandbox import solution_function

SAID_IN_THE_LESSON_PLAN = [
    "You salted the hash: the other party knows the salt",
    "You hashed to a number and multiplied G: one known id unlocks a dictionary.",
    "You did not shuffle: positions give away who is who.",
]


def checked(identity, source):
    exercise = find_exercise(identity)
    return exercise.check(solution_function(textwrap.dedent(source), exercise.function, "a test"))


@pytest.mark.parametrize("sentence", SAID_IN_THE_LESSON_PLAN)
def test_every_misconception_of_the_lesson_plan_is_among_those_diagnosed(sentence):
    said = [one.sentence for exercise in exercises_of("05") for one in exercise.misconceptions]
    reasons = [option.why for prompt in find_question("05").prompts for option in prompt.options]
    assert [one for one in said + reasons if sentence in one]


RIGHT = {
    "05.1": """
        def answer(received, own, b, p):
            import random
            once = [pow(c, b, p) for c in own]
            return [pow(c, b, p) for c in received], random.sample(once, len(once))
        """,
    "05.2": """
        def who_is_there(sent, known, point, candidates, exponent, group):
            g, p, q = group
            inverse = pow(exponent(known), q - 2, q)
            return pow(point, inverse, p), {x for x in candidates if pow(point, inverse * exponent(x), p) in sent}
        """,
    "05.3": """
        def customers_among(suspects, size):
            def split(part, count):
                if count in (0, len(part)):
                    return part if count else []
                half = len(part) // 2
                left = size(part[:half])
                return split(part[:half], left) + split(part[half:], count - left)
            return split(suspects, size(suspects))
        """,
}
WRONG = [
    ("05.1", "did not shuffle", """
        def answer(received, own, b, p):
            return tuple(pow(c, b, p) for c in received), [pow(c, b, p) for c in reversed(own)]
        """),
    ("05.1", "did not shuffle", """
        def answer(received, own, b, p):
            for c in received:
                c ** 2
            return [pow(c, b, p) for c in received], [pow(c, b, p) for c in own]
        """),
    ("05.1", "sorted before blinding", """
        def answer(received, own, b, p):
            own.sort(reverse=True)
            return [pow(c, b, p) for c in received], [pow(c, b, p) for c in own]
        """),
    ("05.1", "shuffled the bank's", """
        def answer(received, own, b, p):
            return [pow(c, b, p) for c in received][::-1], sorted(pow(c, b, p) for c in own)
        """),
    ("05.2", "point for g^b", """
        def who_is_there(sent, known, point, candidates, exponent, group):
            return point, [x for x in candidates if pow(point, exponent(x), group[1]) in sent]
        """),
    ("05.3", "one by one", """
        def customers_among(suspects, size):
            found, before = [], 0
            for k in range(len(suspects)):
                now = size(suspects[:k + 1])
                found += suspects[k:k + 1] * (now - before)
                before = now
            return found
        """),
]  # fmt: skip
FORMS = [
    ("05.1", "def answer(received, own, b, p):\n    return received", "Return two lists"),
    ("05.1", "def answer(received, own, b, p):\n    return received, 5", "two lists of whole numbers"),
    ("05.1", "def answer(received, own, b, p):\n    return received, own[1:]", "A list of 11 came where 12"),
    ("05.2", "def who_is_there(*arguments):\n    return []", "Return g^b and a list of ids"),
    ("05.2", "def who_is_there(*arguments):\n    return 'b', []", "Return a whole number"),
    ("05.3", "def customers_among(suspects, size):\n    return 3", "Return a list of ids"),
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


def whole_power(received, own, b, p):
    again = [c**b % p for c in received]
    return again, own


def two_arguments(received, own, b, p):
    return [pow(c, b) % p for c in received], own


@pytest.mark.parametrize(("function", "line"), [(whole_power, 2), (two_arguments, 2)])
def test_a_power_that_would_never_come_back_is_not_begun(function, line):
    verdict = find_exercise("05.1").check(function)
    assert verdict.state == "wrong" and verdict.sentence.startswith("Write pow(x, e, m).")
    assert verdict.details.startswith(f"Your line {line}: ")


def test_a_number_too_long_to_be_written_is_judged_all_the_same():
    exercise, much = find_exercise("05.1"), 10**5000
    verdict = exercise.check(lambda received, own, b, p: ([much] * len(received), [much] * len(own)))
    assert verdict.state == "wrong" and "your answer came to {\"the bank's, again\": a list of 14" in verdict.details
    assert "returned a number of thousands of digits" in exercise.check(lambda *arguments: much).sentence


def test_the_group_is_one_of_prime_order_so_that_every_secret_keeps_points_apart():
    from gmpy2 import is_prime

    assert is_prime(P) and is_prime(Q) and P == 2 * Q + 1
    assert pow(G, Q, P) == 1 != G and len({to_group(str(k)) for k in range(1000)}) == 1000


def test_halving_needs_fewer_alignments_than_are_allowed_and_asking_one_by_one_more():
    suspects = [str(k) for k in range(64)]
    for three in [("0", "21", "42"), ("5", "31", "63"), ("20", "40", "60")]:
        size = Sizes(three, 1000)
        find_exercise("05.3").solved()(suspects, size)
        assert 1000 - size._left < ALLOWED < len(suspects)

"""Chapter 03's exercises: what `test_horizontal.py` asks of every chapter, and other ways to be right and wrong."""

import textwrap

import pytest

from fedlearn_edu.exercises import paillier
from fedlearn_edu.exercises.catalogue import exercises_of, find_exercise, find_question
from fedlearn_edu.exercises.sandbox import solution_function

SAID_IN_THE_LESSON_PLAN = [
    "You added the ciphertexts; Paillier adds the plaintexts when you multiply ciphertexts mod n².",
    "You multiplied two ciphertexts hoping for xy: you got x+y.",
    "Negatives sit in the upper half: 14 means −1 when n = 15.",
    "You reused r: equal salaries, equal ciphertexts.",
]


def checked(identity, source):
    exercise = find_exercise(identity)
    return exercise.check(solution_function(textwrap.dedent(source), exercise.function, "a test"))


@pytest.mark.parametrize("sentence", SAID_IN_THE_LESSON_PLAN)
def test_every_misconception_of_the_lesson_plan_is_among_those_diagnosed(sentence):
    said = [one.sentence for exercise in exercises_of("03") for one in exercise.misconceptions]
    reasons = [option.why for prompt in find_question("03").prompts for option in prompt.options]
    assert [one for one in said + reasons if sentence in one]


RIGHT = {
    "03.1": """
        def open_sum(ciphertexts, n, lam, mu):
            from math import prod
            m = pow(prod(ciphertexts), lam, n ** 2) // n * mu % n
            return (m + n // 2) % n - n // 2
        """,
    "03.2": """
        def slot_width(parties, rows, value_bits, scale_bits):
            from math import ceil, log2
            return max(16, 8 * ceil((1 + value_bits + scale_bits + ceil(log2(parties * rows))) / 8))
        """,
    "03.3": """
        def encrypt_all(salaries, n):
            import secrets
            return tuple(pow(1 + n, m, n * n) * pow(secrets.randbelow(n - 2) + 2, n, n * n) % n**2 for m in salaries)
        """,
}
WRONG = [
    ("03.1", "added ciphertexts", """
        def open_sum(ciphertexts, n, lam, mu):
            m = (pow(sum(ciphertexts), lam, n * n) - 1) // n * mu % n
            return m if m <= n // 2 else m - n
        """),
    ("03.1", "upper half", """
        def open_sum(ciphertexts, n, lam, mu):
            return sum((pow(c, lam, n * n) - 1) // n * mu for c in ciphertexts) % n
        """),
    ("03.1", "power mod n", "def open_sum(ciphertexts, n, lam, mu):\n    return 0"),
    ("03.2", "one number only", """
        def slot_width(parties, rows, value_bits, scale_bits):
            return max(16, (1 + value_bits + scale_bits + 7) // 8 * 8)
        """),
    ("03.3", "no randomness", "def encrypt_all(salaries, n):\n    return [pow(n + 1, m, n * n) for m in salaries]"),
    ("03.3", "one r for all", """
        def encrypt_all(salaries, n, r=12345):
            return [(1 + m * n) * pow(r, n, n * n) % n**2 for m in salaries]
        """),
    ("03.3", "r made of the salary", """
        def encrypt_all(salaries, n):
            import hashlib
            r = [int(hashlib.sha256(str(m).encode()).hexdigest(), 16) % n for m in salaries]
            return [(1 + m * n) * pow(k, n, n * n) % n**2 for m, k in zip(salaries, r)]
        """),
    ("03.3", "the same again", """
        def encrypt_all(salaries, n):
            return [(1 + m * n) * pow(place + 2, n, n * n) % n**2 for place, m in enumerate(salaries)]
        """),
]  # fmt: skip
FORMS = [
    ("03.1", "def open_sum(ciphertexts, n, lam, mu):\n    return 2.5", "whole number"),
    ("03.2", "def slot_width(parties, rows, value_bits, scale_bits):\n    return 'wide'", "whole number"),
    ("03.3", "def encrypt_all(salaries, n):\n    return 7", "list of ciphertexts"),
    ("03.3", "def encrypt_all(salaries, n):\n    return [1]", "1 ciphertexts came"),
    ("03.3", "def encrypt_all(salaries, n):\n    return [n for _ in salaries]", "common factor"),
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


def test_opening_each_ciphertext_alone_is_not_told_from_opening_their_product():
    assert checked("03.1", """
        def open_sum(ciphertexts, n, lam, mu):
            m = sum((pow(c, lam, n * n) - 1) // n * mu for c in ciphertexts) % n
            return m - n if m > n // 2 else m
        """).right  # fmt: skip


def test_the_situations_tell_every_forgotten_bit_apart():
    widths = {}
    for one in find_exercise("03.2").misconceptions:
        function = solution_function(one.solution, "slot_width", one.name)
        widths[one.name] = tuple(function(*situation) for situation in paillier.SITUATIONS)
    assert len(set(widths.values())) == len(widths)


def test_what_was_seen_of_r_is_forgotten_between_two_checks():
    exercise = find_exercise("03.3")
    assert all(exercise.check(exercise.solved()).right for _ in range(2))

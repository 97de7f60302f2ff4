"""Chapter 03: what the cases tell apart; `test_every_exercise.py` asks the rest of every chapter."""

from fedlearn_edu.exercises import paillier
from fedlearn_edu.exercises.catalogue import find_exercise
from fedlearn_edu.exercises.sandbox import solution_function

from .checking import checked


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

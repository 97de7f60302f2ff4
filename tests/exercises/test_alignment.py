"""Chapter 05: the toy group and its numbers; `test_every_exercise.py` asks the rest of every chapter."""

import pytest

from fedlearn_edu.exercises.alignment import ALLOWED, G, P, Q, Sizes, to_group
from fedlearn_edu.exercises.catalogue import find_exercise


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

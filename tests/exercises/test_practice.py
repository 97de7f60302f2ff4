"""Chapter 00's exercise: other ways to be right and wrong; `test_horizontal.py` asks the rest of every chapter."""

import textwrap

import pytest

from fedlearn_edu.exercises.catalogue import find_exercise, find_question
from fedlearn_edu.exercises.sandbox import solution_function

RIGHT = [
    """
    def call_out(own, add, subtract):
        from math import fsum
        return int(own + fsum(add) - fsum(subtract)) % 1000
    """,
    """
    def call_out(own, add, subtract):
        for secret in add:
            own += secret
        for secret in subtract:
            own -= secret
        while not 0 <= own <= 999:
            own += 1000 if own < 0 else -1000
        return own
    """,
]
WRONG = {
    "not mod 1000": """
    def call_out(own, add, subtract):
        return sum([own, *add]) - sum(subtract)
    """,
    "no mask": """
    def call_out(own, *secrets):
        return own % 1000
    """,
    "all added": """
    def call_out(own, add, subtract):
        return sum([own, *add, *subtract]) % 1000
    """,
    "own number left out": """
    def call_out(own, add, subtract):
        mask = sum(add) - sum(subtract)
        return mask + 1000 if mask < 0 else mask
    """,
}


def checked(source):
    return find_exercise("00.1").check(solution_function(textwrap.dedent(source), "call_out", "a test"))


@pytest.mark.parametrize("source", RIGHT)
def test_other_right_ways_are_right(source):
    assert checked(source).right


@pytest.mark.parametrize("name", WRONG)
def test_other_wrong_ways_are_diagnosed(name):
    assert checked(WRONG[name]).misconception == name


def test_fractions_are_no_numbers_to_call_out():
    assert "whole number" in checked("def call_out(own, add, subtract):\n    return own / 1").sentence


def test_the_question_points_to_the_chapter_where_it_comes_back():
    assert "chapter 04" in find_question("00").prompts[1].judged(1)

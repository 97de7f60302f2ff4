"""Checks judge the same in Chinese: what a learner reads is translated, what a check compares is not."""

import re

import pytest

from fedlearn_edu.exercises.catalogue import CHAPTERS, exercises_of
from fedlearn_edu.exercises.sandbox import solution_function
from fedlearn_edu.i18n import VARIABLE, retell, say

EXERCISES = [exercise for chapter in CHAPTERS for exercise in exercises_of(chapter)]
KEPT = {"plain", "paillier", "TLS"}  # what the function of exercise 04.2 is given; and a name
WORDS = re.compile(r"[A-Za-z]{3,}")


@pytest.fixture(autouse=True)
def chinese(monkeypatch):
    monkeypatch.setenv(VARIABLE, "zh")


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_each_misconception_is_recognised_and_told_in_chinese(exercise):
    for one in exercise.misconceptions:
        verdict = exercise.check(solution_function(one.solution, exercise.function, one.name))
        assert verdict.misconception == one.name, verdict
        assert verdict.sentence == say(one.sentence) != one.sentence


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_solutions_are_right_and_stubs_are_not_yet(exercise):
    assert exercise.check(exercise.solved()).state == "right"
    assert exercise.check(exercise.stub_function()).state == "not yet"


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_names_of_cases_hold_no_english_words(exercise):
    told = {retell(case.name) for case in exercise.cases()}
    assert not {name for name in told if set(WORDS.findall(name)) - KEPT}

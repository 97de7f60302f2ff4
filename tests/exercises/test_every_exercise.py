"""What is asked of the exercises and the prediction of every chapter; their own tests are in a file for each chapter.

Right is right, a stub is "not yet", and every misconception gets its own sentence. The same holds for other ways to
write the same thing (`ways`): a check must judge what a function does, not how it looks.
"""

from importlib import import_module
from pkgutil import iter_modules

import pytest

from fedlearn_edu.exercises.catalogue import CHAPTERS, exercises_of, find_question
from fedlearn_edu.exercises.sandbox import run, solution_function

from . import ways
from .checking import checked

EXERCISES = [exercise for chapter in CHAPTERS for exercise in exercises_of(chapter)]
MISCONCEPTIONS = [(exercise, one) for exercise in EXERCISES for one in exercise.misconceptions]
WAYS = {name: import_module(f".{name}", ways.__name__) for _, name, _ in iter_modules(ways.__path__)}


def collected(kind):
    """One list of all chapters' ways."""
    return [one for module in WAYS.values() for one in getattr(module, kind)]


def planned(kind):
    """Pairs of a chapter and a sentence of its lesson plan."""
    modules = [(chapter, WAYS[name]) for chapter, name in CHAPTERS.items() if name in WAYS]
    return [(chapter, sentence) for chapter, module in modules for sentence in getattr(module, kind, [])]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_every_reference_solution_passes_its_check(exercise):
    verdict = exercise.check(exercise.solved())
    assert verdict.right and verdict.state == "right", verdict


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_every_stub_is_not_yet(exercise):
    verdict = exercise.check(exercise.stub_function())
    assert verdict.state == "not yet" and exercise.function in verdict.sentence


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_a_stub_without_its_docstring_is_a_stub(exercise):
    head = next(line for line in exercise.stub.splitlines() if line.startswith("def "))
    verdict = exercise.check(solution_function(f"{head}\n    ...\n", exercise.function, "a bare stub"))
    assert verdict.state == "not yet" and "Replace the “...”" in verdict.sentence


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_who_prints_the_answer_is_told_to_return_it(exercise):
    answer = exercise.solved()

    def printing(*given):
        print(answer(*given))

    verdict = exercise.check(printing)
    assert verdict.state == "not yet" and "with return" in verdict.sentence and verdict.printed


@pytest.mark.parametrize(("exercise", "one"), MISCONCEPTIONS, ids=lambda x: getattr(x, "id", getattr(x, "name", "")))
def test_every_misconception_gets_its_own_diagnosis(exercise, one):
    verdict = exercise.check(solution_function(one.solution, exercise.function, one.name))
    assert (verdict.state, verdict.misconception, verdict.sentence) == ("wrong", one.name, one.sentence)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_the_reference_solution_shows_no_misconception(exercise):
    cases = exercise.cases()
    answers = exercise._answers(cases, run(exercise.solved(), [case.arguments for case in cases]))
    assert not [one.name for one in exercise.misconceptions if exercise._shows(one, answers)]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_every_exercise_is_whole(exercise):
    assert len(exercise.hints) == 3 and all(exercise.hints)
    assert f"def {exercise.function}(" in exercise.stub and f"def {exercise.function}(" in exercise.solution
    assert len(exercise.stub.strip().splitlines()) <= 12 and exercise.task.strip() and exercise.explanation.strip()
    names = [one.name for one in exercise.misconceptions]
    assert len(names) == len(set(names)) >= 3
    assert not [text for text in exercise.texts() if "  " in text.replace("\n  ", "\n")]


def test_every_wrong_option_of_a_prediction_is_told_why_it_is_wrong():
    for chapter in CHAPTERS:
        for prompt in find_question(chapter).prompts:
            reasons = [option.why for option in prompt.options]
            assert all(reasons) and len(set(reasons)) == len(reasons) >= 2


def test_the_other_ways_are_those_of_chapters_and_each_is_tried():
    assert WAYS and not set(WAYS) - set(CHAPTERS.values())
    known = {exercise.id for exercise in EXERCISES}
    for name, module in WAYS.items():
        asked = {identity for kind in ("RIGHT", "WRONG", "FORMS") for identity, *_ in getattr(module, kind)}
        assert asked <= known and {CHAPTERS[identity[:2]] for identity in asked} == {name}


@pytest.mark.parametrize(("identity", "source"), collected("RIGHT"))
def test_another_right_way_is_right(identity, source):
    verdict = checked(identity, source)
    assert verdict.right, verdict


@pytest.mark.parametrize(("identity", "name", "source"), collected("WRONG"))
def test_another_way_into_a_misconception_gets_the_same_diagnosis(identity, name, source):
    assert checked(identity, source).misconception == name


@pytest.mark.parametrize(("identity", "source", "said"), collected("FORMS"))
def test_an_answer_of_the_wrong_form_is_told_the_right_one(identity, source, said):
    verdict = checked(identity, source)
    assert verdict.state == "wrong" and verdict.misconception is None and said in verdict.sentence


@pytest.mark.parametrize(("chapter", "sentence"), planned("SAID_BY_A_CHECK"))
def test_a_check_says_what_the_lesson_plan_wants_of_it(chapter, sentence):
    assert [one for exercise in exercises_of(chapter) for one in exercise.misconceptions if sentence in one.sentence]


@pytest.mark.parametrize(("chapter", "sentence"), planned("SAID_BY_A_PREDICTION"))
def test_a_prediction_says_what_the_lesson_plan_wants_of_it(chapter, sentence):
    options = [option for prompt in find_question(chapter).prompts for option in prompt.options]
    assert [option for option in options if sentence in option.why]

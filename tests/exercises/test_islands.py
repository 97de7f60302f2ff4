"""Chapter 01's exercises: the lesson plan's misconceptions, other ways to write the same, answers of the wrong form."""

import textwrap

import numpy as np
import pytest

from fedlearn_edu.exercises import islands
from fedlearn_edu.exercises.catalogue import exercises_of, find_question
from fedlearn_edu.exercises.sandbox import solution_function

EXERCISES = {exercise.id: exercise for exercise in exercises_of("01")}
SAID_IN_THE_LESSON_PLAN = [
    ("01.1", "You averaged the islands' accuracies: ten models that each saw 20 rows are not one model that saw 200."),
    ("01.2", "You compared different test rows; islands and pooled must sit the same exam."),
    ("01.3", "You added rows to cure bias: ten times as many patients from one suburb is still one suburb."),
]


def checked(identity, source):
    exercise = EXERCISES[identity]
    return exercise.check(solution_function(textwrap.dedent(source), exercise.function, "a test"))


@pytest.mark.parametrize(("identity", "sentence"), SAID_IN_THE_LESSON_PLAN)
def test_the_first_misconception_of_each_exercise_is_the_lesson_plans(identity, sentence):
    first = EXERCISES[identity].misconceptions[0]
    assert first.sentence.startswith(sentence)
    assert checked(identity, first.solution).sentence == first.sentence


def test_the_predictions_name_the_misconceptions_too():
    reasons = [option.why for prompt in find_question("01").prompts for option in prompt.options]
    for _, sentence in (SAID_IN_THE_LESSON_PLAN[0], SAID_IN_THE_LESSON_PLAN[2]):
        assert any(sentence.rstrip(".") in reason for reason in reasons)


RIGHT = [
    ("01.1",
     """
     import numpy as np
     def pooled_accuracy(islands, exam, train):
         X, y = (np.vstack([a for a, _ in islands]), np.hstack([b for _, b in islands]))
         return float(np.mean(np.equal(train(X, y)(exam[0]), exam[1])))
     """),
    ("01.2",
     """
     def compare(hospitals, train):
         import numpy as np
         models = {name: train(*own) for name, (own, _) in hospitals.items()}
         models["pooled"] = train(np.vstack([o[0] for o, _ in hospitals.values()]),
                                  np.hstack([o[1] for o, _ in hospitals.values()]))
         found = {}
         for name, model in models.items():
             lost = cancers = 0
             for _, (X, y) in hospitals.values():
                 lost += sum(1 for called, is_so in zip(model(X), y) if is_so and not called)
                 cancers += sum(y)
             found[name] = lost / cancers
         return found
     """),
    ("01.3",
     """
     import numpy as np
     def choose(own, offers, exam, train):
         X, y = exam
         def missed(offer):
             return np.sum((train(np.r_[offer[0], own[0]], np.r_[offer[1], own[1]])(X) == 0) * y)
         return sorted(offers, key=lambda name: missed(offers[name]))[0]
     """),
]  # fmt: skip


@pytest.mark.parametrize(("identity", "source"), RIGHT)
def test_another_right_way_is_right(identity, source):
    assert checked(identity, source).right


WRONG = [
    ("01.1", "averaged accuracies",
     "import numpy as np\ndef pooled_accuracy(islands, exam, train):\n"
     "    return np.mean([np.mean(train(X, y)(exam[0]) == exam[1]) for X, y in islands])"),
    ("01.2", "different exams",
     "import numpy as np\ndef compare(hospitals, train):\n"
     "    miss = lambda m, X, y: 1 - m(X)[y == 1].mean()\n"
     "    r = {k: miss(train(*a), *b) for k, (a, b) in hospitals.items()}\n"
     "    p = train(*[np.concatenate([a[i] for a, _ in hospitals.values()]) for i in (0, 1)])\n"
     "    r['pooled'] = miss(p, *[np.concatenate([b[i] for _, b in hospitals.values()]) for i in (0, 1)])\n"
     "    return r"),
    ("01.3", "more rows cure bias",
     "def choose(own, offers, exam, train):\n    return sorted(offers, key=lambda k: offers[k][0].shape[0])[-1]"),
    ("01.3", "judged at home",
     "import numpy as np\ndef choose(own, offers, exam, train):\n"
     "    return max(offers, key=lambda k: (train(np.r_[own[0], offers[k][0]], np.r_[own[1], offers[k][1]])(own[0])"
     " == own[1]).mean())"),
]  # fmt: skip


@pytest.mark.parametrize(("identity", "name", "source"), WRONG)
def test_another_way_into_a_misconception_gets_the_same_diagnosis(identity, name, source):
    assert checked(identity, source).misconception == name


FORMS = [
    ("01.1", "def pooled_accuracy(islands, exam, train):\n    return 97", "from 0 to 1"),
    ("01.1", "def pooled_accuracy(islands, exam, train):\n    return [0.9]", "one number"),
    ("01.2", "def compare(hospitals, train):\n    return 0.1", "dictionary"),
    ("01.2", "def compare(hospitals, train):\n    return {'pooled': 0.1}", "hospital 1"),
    ("01.3", "def choose(own, offers, exam, train):\n    return 0", "name of an offer"),
]


@pytest.mark.parametrize(("identity", "source", "said"), FORMS)
def test_an_answer_of_the_wrong_form_is_told_the_right_one(identity, source, said):
    verdict = checked(identity, source)
    assert verdict.state == "wrong" and verdict.misconception is None and said in verdict.sentence


def test_no_row_of_a_case_is_both_learned_from_and_examined():
    for case in islands.pooling_cases():
        X, _ = islands.joined(case.arguments[0])
        assert not {row.tobytes() for row in X} & {row.tobytes() for row in case.arguments[1][0]}


def test_the_suburbs_offer_is_the_larger_one_looks_perfect_at_home_and_misses_more():
    own, offers, exam, train = islands.offer_cases()[0].arguments
    missed = {}
    for name, rows in offers.items():
        model = train(*islands.joined([own, rows]))
        assert islands.missed_by(model, own) == 0
        missed[name] = islands.missed_by(model, exam)
    assert len(offers[islands.SAME][1]) == 5 * len(offers[islands.TOWN][1])
    assert missed[islands.SAME] > 2 * missed[islands.TOWN]
    assert np.mean(offers[islands.SAME][1]) == islands.FEW_CANCERS

"""Chapter 08's exercises: what `test_horizontal.py` asks of every chapter, and other ways to be right and wrong."""

import textwrap

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.exercises.catalogue import exercises_of, find_exercise, find_question
from fedlearn_edu.exercises.leaving import can_read, letter_cases, plan
from fedlearn_edu.exercises.sandbox import solution_function

SAID_IN_THE_LESSON_PLAN = [
    "TLS ends at the server: it hides nothing from it.",
    "Authentication stops strangers, not poisoners.",
    "You dropped a client but still divided by the old n",
]


def checked(identity, source):
    exercise = find_exercise(identity)
    return exercise.check(solution_function(textwrap.dedent(source), exercise.function, "a test"))


@pytest.mark.parametrize("sentence", SAID_IN_THE_LESSON_PLAN)
def test_every_misconception_of_the_lesson_plan_is_among_those_diagnosed(sentence):
    said = [one.sentence for exercise in exercises_of("08") for one in exercise.misconceptions]
    reasons = [option.why for prompt in find_question("08").prompts for option in prompt.options]
    assert [one for one in said + reasons if sentence in one]


RIGHT = {
    "08.1": """
        def new_weights(total, rows, uploaded, fewest):
            n = 0
            for name, count in rows.items():
                n += count * (name in uploaded)
            return [number / n for number in total] if len(set(uploaded)) >= fewest else None
        """,
    "08.2": """
        def can_read(who, what, tls, sealed):
            stages = {"receiver": True, "another node": False, "relay": True, "eavesdropper": not tls}
            if not stages[who] or who == "receiver":
                return stages[who]
            return not (what == "letter" and sealed)
        """,
    "08.3": """
        def plan(phones, each, fixed, limit):
            fits = [m for m in range(3, min(phones, 5000) + 1) if fixed + each * m <= limit]
            return [phones ** 2 * each + phones * fixed, max(fits, default=None)]
        """,
}
WRONG = [
    ("08.1", "old n", """
        def new_weights(total, rows, uploaded, fewest):
            n = 0
            for name in rows:
                n = n + rows[name]
            return [w / n for w in total] if len(uploaded) >= fewest else None
        """),
    ("08.1", "heads, not rows", """
        def new_weights(total, rows, uploaded, fewest):
            import numpy as np
            return np.multiply(total, 1 / len(uploaded)) if len(uploaded) >= fewest else None
        """),
    ("08.1", "opened with too few", """
        def new_weights(total, rows, uploaded, fewest):
            gone = set(rows) - set(uploaded)
            return total / (sum(rows.values()) - sum(rows[name] for name in gone))
        """),
    ("08.2", "TLS hides from the relay", """
        def can_read(who, what, tls, sealed):
            return who == "receiver" or (who == "relay" and what == "envelope")
        """),
    ("08.2", "sealed envelopes", """
        def can_read(who, what, tls, sealed):
            if who == "receiver":
                return True
            return not sealed and (who == "relay" or (who == "eavesdropper" and not tls))
        """),
    ("08.3", "one phone's bytes", "def plan(phones, each, fixed, limit):\n    return fixed + each * phones, None"),
    ("08.3", "a line, not a square", """
        def plan(phones, each, fixed, limit):
            return fixed * phones + each * phones, 3
        """),
]  # fmt: skip
FORMS = [
    ("08.1", "def new_weights(*arguments):\n    return 1.5", "Return an array of 3 weights, or None"),
    ("08.1", "def new_weights(total, *arguments):\n    return total[:2]", "Return an array of 3 weights, or None"),
    ("08.1", "def new_weights(*arguments):\n    return 'odd'", "Return an array of 3 weights, or None"),
    ("08.2", "def can_read(*arguments):\n    return 1", "Return True or False"),
    ("08.3", "def plan(*arguments):\n    return 5", "Return two whole numbers"),
    ("08.3", "def plan(*arguments):\n    return 5, 2.5", "Return a whole number, or None"),
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


def test_the_answers_about_letters_are_asked_both_ways_of_everyone_but_the_two_who_have_no_choice():
    said = {}
    for case in letter_cases():
        said.setdefault(case.known[0], set()).add(case.expected)
    both = {True, False}
    assert said == {"eavesdropper": both, "relay": both, "receiver": {True}, "another node": {False}}


@pytest.mark.parametrize("sealed", [True, False])
def test_what_the_relay_reads_is_what_flowers_relay_reads(sealed):
    from fedlearn_edu.attacks.relay import CuriousRelay

    bank, tax_office = fl.split_columns(fl.load("breast_cancer"), overlap=0.5, seed=3)
    curious = CuriousRelay()
    run = fl.play_on_flower(fl.align(bank, tax_office), sealed=sealed, progress=curious)
    read = curious.opened()["could read"].ne("sealed")
    assert read.all() == read.any() == can_read("relay", "letter", tls=True, sealed=sealed)
    assert bool(run.envelopes[0].size) == can_read("relay", "envelope", tls=True, sealed=sealed)


def test_the_plan_is_within_the_limit_and_no_larger_one_is():
    _, group = plan(1_000_000, 550, 10_000, 100_000)
    assert 10_000 + 550 * group <= 100_000 < 10_000 + 550 * (group + 1)


def test_the_masked_protocol_divides_by_those_who_answered():
    hospitals = fl.split_rows(fl.load("breast_cancer"), parties=4, skew=0.5, seed=3)
    protocol = fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.masked_sum())
    run = fl.play(protocol, faults=[fl.Drop("hospital 2", round=1, before_step=3)])
    left = {h.name: h.data.rows for h in hospitals if h.name != "hospital 2"}
    total = sum(rows * run.held_by(name)["train on own rows"] for name, rows in left.items())
    wanted = find_exercise("08.1").solved()(total, {h.name: h.data.rows for h in hospitals}, list(left), 3)
    assert np.abs(run.result.weights - wanted).max() < 1e-6

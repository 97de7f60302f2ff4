"""A learner's function cannot stop, spoil or flood a notebook."""

import sys
import threading
import time

import numpy as np
import pytest

from fedlearn_edu.exercises.catalogue import find_exercise
from fedlearn_edu.exercises.sandbox import LONGEST_PRINT, power_without_modulus, run


def endless():
    while True:
        pass


def stubborn():
    while True:
        try:  # noqa: SIM105
            sum(range(50))
        except:  # noqa: E722
            pass


def asleep():
    time.sleep(2.5)


def deep(x=0):
    return deep(x + 1)


def talkative():
    for _ in range(10**5):
        print("again")


def quits():
    sys.exit(3)


@pytest.mark.parametrize("function", [endless, stubborn])
def test_an_endless_loop_is_stopped_even_if_it_swallows_exceptions(function):
    before, start = threading.active_count(), time.monotonic()
    (outcome,) = run(function, [()], seconds=0.2)
    assert outcome.timed_out and time.monotonic() - start < 3
    deadline = time.monotonic() + 2
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() == before


def test_a_call_that_cannot_be_stopped_is_left_behind():
    start = time.monotonic()
    (outcome,) = run(asleep, [()], seconds=0.1)
    assert outcome.timed_out and outcome.left_behind and time.monotonic() - start < 2


def test_a_loop_that_was_stopped_is_not_left_behind():
    assert not run(endless, [()], seconds=0.1)[0].left_behind


def test_a_second_call_is_not_made_after_the_time_is_up():
    def loops_on_two(x):
        while x == 2:
            pass
        return x

    assert [(one.value, one.timed_out) for one in run(loops_on_two, [(1,), (2,), (3,)], seconds=0.3)] == [
        (1, False), (None, True)]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "error"), [(deep, RecursionError), (quits, SystemExit), (lambda: 1 / 0, ZeroDivisionError)]
)
def test_whatever_is_raised_is_reported_and_not_passed_on(function, error):
    (outcome,) = run(function, [()])
    assert isinstance(outcome.error, error)


def test_an_error_names_the_learners_line_and_the_library_function_it_came_from():
    def fails(x):
        y = np.ones(3)
        return np.reshape(y, (2, 2))

    (outcome,) = run(fails, [(1,)])
    assert outcome.line == (3, "return np.reshape(y, (2, 2))") and outcome.raised_in not in ("fails", "")


def test_prints_are_kept_by_call_and_cut_when_too_long(capsys):
    first, second = run(lambda x: print("got", x), [(1,), (2,)])
    assert (first.printed, second.printed) == ("got 1\n", "got 2\n")
    (outcome,) = run(talkative, [()])
    assert outcome.printed.startswith("again\n") and len(outcome.printed) <= LONGEST_PRINT + 2
    assert capsys.readouterr().out == ""


def test_what_other_threads_print_meanwhile_is_not_swallowed(capsys):
    def slow():
        time.sleep(0.3)

    speaker = threading.Timer(0.1, lambda: print("from elsewhere"))
    speaker.start()
    (outcome,) = run(slow, [()])
    speaker.join()
    assert outcome.printed == "" and "from elsewhere" in capsys.readouterr().out


def test_a_function_cannot_spoil_the_arguments_of_the_check():
    def spoils(numbers, names):
        numbers[:] = 0
        names.clear()

    numbers, names = np.ones(3), {"a": [1]}
    run(spoils, [(numbers, names), (numbers, names)])
    assert numbers.tolist() == [1, 1, 1] and names == {"a": [1]}


def test_standard_output_is_what_it_was_afterwards():
    before = sys.stdout
    run(endless, [()], seconds=0.05)
    assert sys.stdout is before


# and the check that is built on it


def check(function, seconds=3.0):
    return find_exercise("04.1").check(function, seconds)


def test_a_question_to_the_learner_is_refused_at_once_and_other_threads_may_still_ask(monkeypatch):
    monkeypatch.setattr("builtins.input", ask := lambda prompt: f"typed at {prompt}")
    asked_elsewhere = []

    def asks():
        other = threading.Thread(target=lambda: asked_elsewhere.append(input("another")))
        other.start()
        other.join()
        return input("how many?")

    (outcome,) = run(asks, [()])
    assert isinstance(outcome.error, EOFError) and "comes in its arguments" in str(outcome.error)
    assert asked_elsewhere == ["typed at another"] and input is ask


def test_a_check_stops_a_loop_and_says_so():
    def add_up(uploads):
        print("before the loop")
        while True:
            pass

    verdict = check(add_up, seconds=0.2)
    assert verdict.state == "wrong" and "loop" in verdict.sentence and verdict.printed == "before the loop\n"


def test_a_learner_whose_function_could_not_be_stopped_is_told_to_restart_the_kernel():
    verdict = check(lambda uploads: time.sleep(2), seconds=0.1)
    assert verdict.state == "wrong" and "restart the kernel" in verdict.details


def test_a_check_shows_the_line_that_failed():
    def add_up(uploads):
        first = uploads[0]
        return first[7]

    verdict = check(add_up)
    assert "line 3: return first[7]" in verdict.sentence and "IndexError" in verdict.details


def test_a_check_shows_what_was_printed():
    def add_up(uploads):
        print(len(uploads), "uploads")
        return 1, uploads[0][1]

    verdict = check(add_up)
    assert verdict.printed == "2 uploads\n" and "2 uploads" in repr(verdict)


@pytest.mark.parametrize("stub", [
    lambda uploads: None,
    lambda uploads: ...,
    lambda uploads: NotImplemented,
    lambda uploads: (_ for _ in ()).throw(NotImplementedError),
    None,
    "add_up",
])  # fmt: skip
def test_whatever_is_not_written_yet_is_not_yet(stub):
    assert check(stub).state == "not yet"


def test_a_function_with_other_parameters_is_told_so():
    verdict = check(lambda: 1)
    assert verdict.state == "wrong" and "called with one argument" in verdict.sentence


@pytest.mark.parametrize(
    "odd", [print, max, int, object, type, np.mean, lambda *a, **k: a, lambda uploads: uploads.clear()]
)
def test_a_check_never_raises(odd):
    assert check(odd).state in ("wrong", "not yet")


def test_a_function_that_spoils_its_uploads_is_judged_as_if_it_had_not():
    def add_up(uploads):
        total = uploads[0][1] * uploads[0][0]
        n = 0
        while uploads:
            rows, vector = uploads.pop()
            total, n = (total + vector * rows if uploads else total), n + rows
        return n, total

    assert check(add_up).right


def safe(x, e, m):
    return pow(x, e, m) + x**2 + x**-1 + pow(x, 3) + pow(x, e, mod=m)


def unsafe(x, e):
    y = x
    y **= e
    return y


def test_a_whole_power_is_found_by_its_exponent_and_modulus():
    assert power_without_modulus(safe) == {} == power_without_modulus(len)
    assert power_without_modulus(unsafe) == {"number": 3, "line": "y **= e"}

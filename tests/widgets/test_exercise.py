"""The exercise card: what it shows, what it keeps back, and that no learner's function breaks it."""

import json
from dataclasses import replace

import pytest

import fedlearn_edu as fl
from fedlearn_edu.errors import ArgumentError
from fedlearn_edu.exercises.catalogue import CHAPTERS, exercises_of, find_exercise
from fedlearn_edu.exercises.progress import ProgressStore
from fedlearn_edu.exercises.sandbox import solution_function
from fedlearn_edu.widgets.card import Card
from fedlearn_edu.widgets.exercise import ExerciseCard
from fedlearn_edu.widgets.rich_text import as_html, blocks

IDENTITIES = [exercise.id for chapter in CHAPTERS for exercise in exercises_of(chapter)]


@pytest.fixture
def store(tmp_path):
    return ProgressStore(tmp_path / "progress.json")


@pytest.fixture
def card(store):
    return fl.exercise("04.1", namespace={}, store=store)


def press(card, what, **more):
    """What the front end does when a button is pressed."""
    card._handle_custom_msg({"do": what, **more}, [])


def right():
    return find_exercise("04.1").solved()


def unweighted():
    exercise = find_exercise("04.1")
    return solution_function(exercise.misconceptions[0].solution, exercise.function, "unweighted")


def test_an_unknown_exercise_is_refused_with_those_there_are():
    with pytest.raises(ArgumentError, match=r"04\.1, 04\.2, 04\.3"):
        fl.exercise("04.7")


@pytest.mark.parametrize("identity", IDENTITIES)
def test_what_the_front_end_gets_can_be_written_as_json_and_is_small(identity, store):
    card = fl.exercise(identity, store=store)
    state = {name: value for name, value in card.get_state().items() if name != "layout"}
    assert len(json.dumps(state)) < 60_000


@pytest.mark.parametrize("identity", IDENTITIES)
def test_the_solution_and_the_hints_are_in_no_trait_before_they_are_shown(identity, store):
    card, exercise = fl.exercise(identity, store=store), find_exercise(identity)
    state = json.dumps(card.get_state(), default=str, ensure_ascii=False)
    last_line = exercise.solution.strip().splitlines()[-1].strip()
    assert last_line not in state and exercise.hints[2][:40] not in state
    assert not [one.name for one in exercise.misconceptions if one.sentence in state]


def test_check_runs_the_function_of_that_name_in_the_notebook(store):
    names = {}
    card = fl.exercise("04.1", namespace=names, store=store)
    press(card, "check")
    assert card.verdict["state"] == "not yet" and "add_up" in card.verdict["sentence"]
    names["add_up"] = unweighted()
    press(card, "check")
    assert card.verdict["misconception"] == "unweighted mean" and card.mark == "tried"
    names["add_up"] = right()
    press(card, "check")
    assert card.verdict["state"] == "right" and card.mark == "right" and card.answered == 3


def test_marks_in_a_misconceptions_sentence_are_shown_and_a_learners_own_stars_stay_stars(store):
    said = "You added `ciphertexts`, *not* plaintexts."
    exercise = replace(find_exercise("04.1"), misconceptions=(
        replace(find_exercise("04.1").misconceptions[0], sentence=said), *find_exercise("04.1").misconceptions[1:],
    ))  # fmt: skip
    card = ExerciseCard(exercise, True, {}, store)
    card.check(unweighted())
    (paragraph,) = card.verdict["blocks"]
    assert [kind for kind, _ in paragraph["parts"]] == ["text", "code", "text", "em", "text"]
    card.check(lambda *_: "a * b * c")
    assert card.verdict["blocks"] == [] and card.verdict["state"] != "right"


def test_check_from_a_cell_answers_the_verdict_and_shows_it_in_the_card(card):
    verdict = card.check(right())
    assert verdict.right and card.verdict["sentence"] == verdict.sentence


def test_a_stub_counts_as_no_try(card, store):
    assert card.check(find_exercise("04.1").stub_function()).state == "not yet"
    assert card.mark == "new" and not store.path.exists()


def test_the_same_function_checked_twice_is_one_try(store):
    names = {"add_up": unweighted()}
    card = fl.exercise("04.1", namespace=names, store=store)
    card.check(names["add_up"])
    press(card, "check")
    assert store.load().exercises["04.1"].tries == 1 and card.verdict["misconception"] == "unweighted mean"


@pytest.mark.parametrize("function", [lambda: 1, lambda x: 1 / 0, 7, "add_up", print])
def test_check_from_a_cell_never_raises(card, function):
    assert not card.check(function).right


def test_hints_come_one_by_one_and_then_the_solution_may_be_shown(card):
    assert card.hints == [] and not card.solution_ready
    for number in (1, 2, 3):
        press(card, "solution")
        assert card.solution == {} and "third hint" in card.notice
        press(card, "hint")
        assert len(card.hints) == number
    press(card, "hint")
    assert len(card.hints) == 3 and card.solution_ready
    press(card, "solution")
    assert "def add_up" in card.solution["code"] and card.notice == ""


def test_after_a_right_answer_the_solution_may_be_shown_without_hints(card):
    card.check(right())
    press(card, "solution")
    assert card.solution["code"] and card.hints == []


@pytest.mark.parametrize("way", ["argument", "variable"])
def test_hidden_solutions_stay_hidden_after_hints_and_after_a_right_answer(way, store, monkeypatch):
    if way == "variable":
        monkeypatch.setenv("FEDLEARN_HIDE_SOLUTIONS", "1")
    card = fl.exercise("04.1", store=store, **({"solutions": False} if way == "argument" else {}))
    for _ in range(3):
        card.hint()
    card.check(right())
    press(card, "solution")
    assert card.solution == {} and not card.solutions and "teacher" in card.notice


def test_a_card_opened_again_knows_what_was_done_before(card, store):
    card.hint()
    card.check(right())
    again = fl.exercise("04.1", namespace={}, store=ProgressStore(store.path))
    assert again.mark == "right" and len(again.hints) == 1 and again.solution_ready and again.solution == {}


def test_a_damaged_progress_file_is_reported_in_the_card(store):
    store.path.write_text("{", encoding="utf-8")
    assert "damaged" in fl.exercise("04.1", store=store).notice


def test_every_message_is_answered_even_an_odd_one(card):
    for number, message in enumerate([{}, {"do": "nonsense"}, "text", None, {"do": ["check"]}], start=1):
        card._handle_custom_msg(message, [])
        assert card.answered == number


def test_a_fault_of_ours_is_told_and_not_swallowed(store):
    class Broken(Card):
        def does(self):
            return {"fail": lambda _: 1 / 0}

    card = Broken()
    press(card, "fail")
    assert "ZeroDivisionError" in card.notice and card.answered == 1


def test_places_without_widgets_get_task_and_stub_as_html(card):
    data = card._repr_mimebundle_()[0]
    assert "<pre>def add_up(uploads):" in data["text/html"] and "weights" in data["text/html"]
    assert data["text/plain"] == "Exercise 04.1: Weights by rows"
    assert "application/vnd.jupyter.widget-view+json" in data


def test_what_the_front_end_shows_of_a_learner_is_text_and_no_markup(card):
    def add_up(uploads):
        print("<img src=x onerror=alert(1)>")
        raise ValueError("<script>")

    card.check(add_up)
    assert card.verdict["printed"].startswith("<img")  # as it is: the script makes a text node of it
    assert not [
        name for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write") if name in card._esm
    ]


def test_no_text_becomes_markup_in_the_static_form():
    assert as_html(blocks("**<b>** `<i>` <u>")) == (
        "<p><strong>&lt;b&gt;</strong> <code>&lt;i&gt;</code> &lt;u&gt;</p>"
    )


def test_the_module_is_one_script_with_one_export(card):
    assert card._esm.count("export default") == 1 and "import " not in card._esm and "http" not in card._esm


def test_every_control_keeps_its_keys_from_the_notebook():
    from importlib.resources import files

    for name in ("exercise.js", "question.js", "progress.js"):
        text = files("fedlearn_edu.widgets").joinpath(name).read_text(encoding="utf-8")
        assert "control(" in text
        for tag in ("button", "input", "summary", "select", "textarea"):
            assert f'make("{tag}"' not in text, f"use control() for <{tag}> in {name}"


def test_the_card_is_what_fl_exercise_promises(card):
    assert isinstance(card, ExerciseCard)

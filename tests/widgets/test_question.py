"""The prediction: kept when given, shown again at the end, and the right answer only then."""

import json

import pytest

import fedlearn_edu as fl
from fedlearn_edu.errors import ArgumentError
from fedlearn_edu.exercises.catalogue import find_question
from fedlearn_edu.exercises.progress import ProgressStore

RIGHT = [prompt.right for prompt in find_question("04").prompts]


@pytest.fixture
def store(tmp_path):
    return ProgressStore(tmp_path / "progress.json")


@pytest.fixture
def card(store):
    return fl.question("04", store=store)


def test_an_answer_is_kept_for_the_end_of_the_chapter(card, store):
    card._handle_custom_msg({"do": "answer", "prompt": 1, "option": 1}, [])
    assert card.answers == [-1, 1, -1] and card.answered == 1
    assert fl.question("04", store=ProgressStore(store.path)).answers == [-1, 1, -1]


def test_a_card_brings_no_rule_for_labs_which_would_come_after_a_labs_own(card):
    assert ".fl-option" in card._css and ".fl-blocks" not in card._css


def test_an_answer_can_be_changed(card):
    card.answer(0, 2)
    card.answer(0, 1)
    assert card.answers[0] == 1


def test_met_again_it_shows_your_answer_the_right_one_and_why(card, store):
    for prompt, option in enumerate([1, 1, 0]):
        card.answer(prompt, option)
    again = fl.question("04", revisit=True, store=store)
    assert [verdict["right"] for verdict in again.verdicts] == [True, False, False]
    second = again.verdicts[1]
    assert second["sentence"] == "You said (b). Right is (c)." and second["place"] == 2
    assert "You called the server the danger" in second["mine"] and "private key" in second["why"]


def test_without_answers_it_waits_to_be_asked_and_then_says_what_was_left_open(store):
    again = fl.question("04", revisit=True, store=store)
    assert again.verdicts == []
    again._handle_custom_msg({"do": "show"}, [])
    assert all("left this one open" in verdict["sentence"] for verdict in again.verdicts)


def test_answers_given_after_the_last_cell_was_run_are_found(card, store):
    again = fl.question("04", revisit=True, store=ProgressStore(store.path))
    for prompt, option in enumerate(RIGHT):
        card.answer(prompt, option)
    again.show_answers()
    assert all(verdict["right"] for verdict in again.verdicts)


def test_two_cards_open_at_once_lose_no_answer_of_each_other(card, store):
    other = fl.question("04", store=ProgressStore(store.path))
    card.answer(0, 1)
    other.answer(1, 2)
    assert ProgressStore(store.path).load().questions["04"].answers == (1, 2, -1)


@pytest.mark.parametrize("revisit", [False, True])
def test_no_right_answer_is_in_a_trait_before_it_is_shown(store, revisit):
    card = fl.question("04", revisit=revisit, store=store)
    state = json.dumps(card.get_state(), default=str, ensure_ascii=False)
    assert not [
        option.why for prompt in find_question("04").prompts for option in prompt.options if option.why in state
    ]


@pytest.mark.parametrize(
    ("prompt", "option"), [(3, 0), (-1, 0), (0, 3), (0, -1), (None, 0), (0, "a"), (True, 0), (0, None)]
)
def test_an_answer_that_is_not_there_is_refused_and_changes_nothing(card, prompt, option):
    with pytest.raises(ArgumentError):
        card.answer(prompt, option)
    card._handle_custom_msg({"do": "answer", "prompt": prompt, "option": option}, [])
    assert card.answers == [-1, -1, -1] and "There is no answer" in card.notice


@pytest.mark.parametrize("kept", [(), (9, 9, 9), (0,), (0, 1, 2, 3, 4)])
def test_answers_of_another_version_of_the_question_do_no_harm(store, kept):
    store.predicted("04", kept)
    card = fl.question("04", revisit=True, store=store)
    assert len(card.answers) == 3 and max(card.answers) <= 2
    card.show_answers()


def test_a_chapter_without_a_question_is_refused():
    with pytest.raises(ArgumentError, match=r"some for 00, .*\b04\b"):
        fl.question("99")


def test_places_without_widgets_get_the_questions_with_lettered_options(card, store):
    text = card._repr_mimebundle_()[0]["text/html"]
    assert text.count("<li>") == 9 and "(a) nobody" in text
    assert "(a)" not in fl.question("04", revisit=True, store=store).static_html()

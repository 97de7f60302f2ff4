"""Chapter 00's prediction; `test_every_exercise.py` asks the rest of every chapter."""

from fedlearn_edu.exercises.catalogue import find_question


def test_the_question_points_to_the_chapter_where_it_comes_back():
    assert "chapter 04" in find_question("00").prompts[1].judged(1)

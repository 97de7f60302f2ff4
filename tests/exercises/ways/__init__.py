"""Other ways to be right and wrong in exercises, a module for each chapter; `test_every_exercise.py` tries them all.

    RIGHT                  an exercise, and a solution unlike the reference solution
    WRONG                  an exercise, a misconception, and another way into it
    FORMS                  an exercise, an answer of another type or shape, and what must be said of it
    SAID_BY_A_CHECK        sentences of the lesson plan that a check of the chapter must say
    SAID_BY_A_PREDICTION   and those that its prediction must say
"""

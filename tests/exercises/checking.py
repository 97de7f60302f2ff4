"""How these tests ask a check about a solution that they hold as text."""

import textwrap

from fedlearn_edu.exercises.catalogue import find_exercise
from fedlearn_edu.exercises.sandbox import solution_function


def checked(identity, source):
    """What the check of an exercise says of a solution."""
    exercise = find_exercise(identity)
    return exercise.check(solution_function(textwrap.dedent(source), exercise.function, "a test"))

"""Chapter 04: where the answers come from; `test_every_exercise.py` asks the rest of every chapter."""

import numpy as np

from fedlearn_edu.exercises import horizontal


def test_the_answer_key_of_04_2_is_what_the_keys_open_and_not_a_table():
    cases = {case.known: case.expected for case in horizontal.reading_cases()}
    assert len(cases) == 3 * (4 + 4)
    assert {eyes for (scheme, _, eyes), opened in cases.items() if scheme == "paillier" and opened} == {
        "hospital 1", "hospital 2", "hospital 3"}  # fmt: skip
    assert not [eyes for (scheme, step, eyes), opened in cases.items() if (scheme, step) == ("masks", 3) and opened]
    assert all(
        opened for (scheme, step, _), opened in cases.items() if scheme == "plain" or (scheme, step) == ("masks", 5)
    )


def test_the_cases_use_hospitals_of_unequal_size_so_that_weighting_shows():
    for case in horizontal.uploads_cases():
        unweighted = [vector.decrypt(case.known) for _, vector in case.arguments[0]]
        assert np.abs(np.mean(unweighted, axis=0) / 2**24 - case.expected).max() > 1e-3

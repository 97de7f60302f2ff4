"""Chapter 06: what the cases ask; `test_every_exercise.py` asks the rest of every chapter."""

from fedlearn_edu.exercises.vertical import N, weighing_cases

from .checking import checked


def test_sorted_ids_are_not_the_order_that_was_asked_for():
    source = """
        def residuals(encrypted_u, ids, own_ids, own_u, y):
            places = np.argsort(own_ids)
            return encrypted_u.plus_integers([own_u[k] - y[k] for k in places], bound=1000)
        """
    assert not checked("06.1", source).right


def test_changes_are_shown_as_a_list():
    shown = checked("06.2", "def find(seen, n, step):\n    return (0, 1), [0.5] * len(seen[0])").details
    assert "'change': [-2.2500, 0.6250]}; your answer came to {'rounds': (0, 1), 'change': [0.5000, 0.5000]}" in shown


def test_the_toy_modulus_is_a_product_of_two_primes():
    from gmpy2 import is_prime

    assert is_prime(2**127 - 1) and is_prime(2**89 - 1) and N == (2**127 - 1) * (2**89 - 1)


def test_the_cases_ask_for_both_answers_of_every_kind():
    of_kind = {}
    for case in weighing_cases():
        of_kind.setdefault(case.known[1], set()).add(case.expected)
    assert of_kind == {what: {True, False} for what in ("residuals", "gradient", "loss")}

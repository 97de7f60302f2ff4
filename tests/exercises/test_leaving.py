"""Chapter 08: what is asked is so in the library; `test_every_exercise.py` asks the rest of every chapter."""

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.exercises.catalogue import find_exercise
from fedlearn_edu.exercises.leaving import can_read, letter_cases, plan


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

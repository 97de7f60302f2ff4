"""Chapter 08: a curious relay reads every letter that the parties left open, and no letter that they sealed."""

import warnings

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.attacks.relay import CuriousRelay
from fedlearn_edu.wire.letters import Letter


@pytest.fixture(scope="module")
def vertical():
    bank, tax_office = fl.play(fl.align(*fl.split_columns(fl.load("breast_cancer"), overlap=0.5, seed=3))).result
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the key is a toy
        return fl.vertical_linear(bank.standardised(), tax_office.standardised(), epochs=1, key_bits=512)


def carried(protocol, **options):
    curious = CuriousRelay()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = fl.play_on_flower(protocol, progress=curious, **options)
    return curious, run


def test_it_sees_every_letter_once_whether_sealed_or_not(vertical):
    for sealed in (True, False):
        curious, run = carried(vertical, sealed=sealed)
        seen = sorted((letter.sender, letter.receiver, len(letter.body)) for letter in curious.letters)
        assert seen == sorted((e.sender, e.receiver, e.size) for e in run.envelopes)


def test_of_sealed_letters_it_reads_nothing_but_sizes(vertical):
    opened = carried(vertical)[0].opened()
    assert set(opened["what"]) == {""} and set(opened["could read"]) == {"sealed"} and opened["bytes"].min() > 40


def test_of_open_letters_it_reads_the_loss_and_no_ciphertext(vertical):
    curious, run = carried(vertical, sealed=False)
    opened = curious.opened().set_index("what")["could read"]
    assert opened["loss, Σd²"] == run.transcript.seen_by("bank").set_index("what")["could read"]["loss, Σd²"]
    assert "not readable without the private key" in opened["encrypted share"]


def test_a_model_that_travels_past_it_unsealed_is_read_to_the_last_weight():
    hospitals = fl.split_rows(fl.load("breast_cancer"), parties=3, seed=1)
    curious, run = carried(fl.travelling(hospitals, learning_rate=1e-6), sealed=False)
    first = run.transcript.messages[0]
    assert curious.opened()["could read"].tolist()[0] == run.transcript.reading(first, first.receiver)
    assert np.isfinite(run.result.weights).all()


def test_bytes_that_are_no_letter_of_ours_count_as_sealed():
    curious = CuriousRelay()
    curious.letters = [Letter("bank", "tax office", b"\x00" * 50)]
    assert curious.opened()["could read"].tolist() == ["sealed"]

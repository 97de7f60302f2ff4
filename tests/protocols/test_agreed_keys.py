"""A public key that arrives has the agreed size, or nothing is encrypted under it."""

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.crypto.paillier import EncryptedVector, generate_keys
from fedlearn_edu.crypto.paillier_checks import check_agreed
from fedlearn_edu.errors import KeyMismatch
from fedlearn_edu.learning.representation import Encoder, Representation
from fedlearn_edu.protocols import _key_pair, _vertical

from ..oracles import Remembered, decoded, leaves
from .test_transfer import protocol as transfer_protocol
from .vertical_cases import parties

pytestmark = pytest.mark.filterwarnings("ignore::fedlearn_edu.crypto.paillier.InsecureKeyWarning")
AGREED = 512


def training(coordinator="coordinator"):
    return fl.vertical_logistic(*parties(2), coordinator=coordinator, epochs=1, key_bits=AGREED)


def prediction(coordinator="coordinator"):
    people = parties(2)
    parts = {p.name: _vertical.first_part(p.data, p.data.labels is not None) for p in people}
    return fl.vertical_predict(parts, *people, coordinator=coordinator, key_bits=AGREED)


def question():
    network = Representation(2, 2)
    own = {"columns": ("x", "y"), "mean": np.zeros(2), "scale": np.ones(2), "network": network, "weights": np.ones(6)}
    encoders = {"source": Encoder("shop", **own, prototype=np.ones(2)), "target": Encoder("cinema", **own)}
    return fl.transfer_predict(encoders, np.ones((4, 2)), key_bits=AGREED)


FORMS = {  # the protocol, and which of the keys is a toy
    "a coordinator": (training, 0),
    "no coordinator, the first key": (lambda: training(None), 0),
    "no coordinator, the second key": (lambda: training(None), 1),
    "prediction": (prediction, 0),
    "prediction without a coordinator": (lambda: prediction(None), 0),
    "transfer, the source's key": (lambda: transfer_protocol(iterations=1, key_bits=AGREED), 0),
    "transfer, the target's key": (lambda: transfer_protocol(iterations=1, key_bits=AGREED), 1),
    "prediction by transfer": (question, 0),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_smaller_key_than_agreed_is_refused_before_anything_is_encrypted(form, monkeypatch):
    make, small = FORMS[form]
    sizes = iter([256 if number == small else AGREED for number in range(2)])
    monkeypatch.setattr(_key_pair, "generate_keys", lambda _: generate_keys(next(sizes)))
    run = Remembered(make())
    with pytest.raises(KeyMismatch, match="512 bits was agreed, and one of 256 came"):
        run.finish()
    assert not any(isinstance(value, EncryptedVector) for _, value in run.everything)
    assert not any(isinstance(leaf, EncryptedVector) for _, v in decoded(run.transcript) for leaf in leaves(v))


def test_what_is_no_key_is_refused_and_an_agreed_one_is_not():
    check_agreed(generate_keys(256).public, 256)
    for wrong in (b"no key", None):
        with pytest.raises(KeyMismatch, match="no key at all"):
            check_agreed(wrong, 256)

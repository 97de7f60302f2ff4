import warnings

import pytest

from fedlearn_edu.crypto import paillier
from fedlearn_edu.crypto.paillier import InsecureKeyWarning, KeyPair, PublicKey, generate_keys


def _toy(bits: int) -> KeyPair:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureKeyWarning)
        return generate_keys(bits)


@pytest.fixture(scope="session")
def keys() -> KeyPair:
    return _toy(512)


@pytest.fixture(scope="session")
def small_keys() -> KeyPair:
    return _toy(256)


@pytest.fixture(scope="session")
def other_keys() -> KeyPair:
    return _toy(512)


@pytest.fixture
def nothing_is_computed(monkeypatch):
    """Any work on elements fails from here on: a refusal has to come before it."""

    def refuse(*_):
        raise AssertionError("something was computed")

    for work in ("in_chunks", "in_batches", "products_of_powers"):
        monkeypatch.setattr(paillier, work, refuse)
    monkeypatch.setattr(PublicKey, "random_factors", refuse)

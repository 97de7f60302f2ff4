import warnings

import pytest

from fedlearn_edu.crypto.paillier import InsecureKeyWarning, KeyPair, generate_keys


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

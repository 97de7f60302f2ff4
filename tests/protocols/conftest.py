"""The case that every oracle is held against: breast cancer, four hospitals, skew 0.5, ten rounds, 2048 bits."""

import warnings

import pytest

import fedlearn_edu as fl
from fedlearn_edu.crypto.paillier import InsecureKeyWarning

from ..oracles import remembered
from .cases import LEARNING


@pytest.fixture(scope="session")
def train_and_test():
    return fl.split_train_test(fl.load("breast_cancer"), seed=7)


@pytest.fixture(scope="session")
def raw_hospitals(train_and_test):
    return fl.split_rows(train_and_test[0], parties=4, skew=0.5, seed=7)


@pytest.fixture(scope="session")
def hospitals(raw_hospitals):
    return fl.play(fl.standardise(raw_hospitals, aggregation=fl.masked_sum())).result


@pytest.fixture(scope="session")
def plain_run(hospitals):
    return fl.play(fl.fedavg(hospitals, aggregation=fl.plain_sum(), **LEARNING))


@pytest.fixture(scope="session")
def masked_run(hospitals):
    return remembered(fl.fedavg(hospitals, aggregation=fl.masked_sum(), **LEARNING))


@pytest.fixture(scope="session")
def paillier_run(hospitals):
    """The slow one: about half a minute, once in the whole suite."""
    return remembered(fl.fedavg(hospitals, aggregation=fl.paillier_sum(key_bits=2048), **LEARNING))


@pytest.fixture(params=["plain", "masked", "paillier"])
def run(request):
    """The same training under each of the three aggregations, at full size."""
    return request.getfixturevalue(f"{request.param}_run")


@pytest.fixture(params=["plain", "masked", "paillier"])
def aggregation(request):
    """Each of the three, Paillier with a toy key: for what does not depend on the key's size."""
    return {"plain": fl.plain_sum(), "masked": fl.masked_sum(), "paillier": fl.paillier_sum(key_bits=256)}[
        request.param
    ]


@pytest.fixture(autouse=True)
def toy_keys_without_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureKeyWarning)
        yield

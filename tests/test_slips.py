"""What a beginner gives by mistake is refused by an error of this library, which says what to do instead."""

import warnings

import pytest

import fedlearn_edu as fl
from fedlearn_edu.crypto.paillier import EncryptedVector, generate_keys
from fedlearn_edu.errors import ArgumentError, DataError
from fedlearn_edu.i18n import VARIABLE


@pytest.fixture(scope="module")
def keys():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return generate_keys(512)


@pytest.mark.parametrize("split", [fl.split_rows, fl.split_columns, fl.split_both, fl.split_train_test])
def test_the_name_of_a_table_is_no_table(split):
    given = {fl.split_rows: {"parties": 4}, fl.split_train_test: {"seed": 7}}.get(split, {})
    with pytest.raises(ArgumentError, match=r"'digits' is a name[\s\S]*load\('digits'\)"):
        split("digits", **given)
    with pytest.raises(ArgumentError, match="list came"):
        split([1, 2], **given)


@pytest.mark.parametrize("protocol", [fl.fedavg, fl.travelling, fl.standardise])
def test_one_table_is_not_several_parties(protocol):
    given = {fl.standardise: {"aggregation": fl.plain_sum()}}.get(protocol, {})
    with pytest.raises(ArgumentError, match=r"of type Dataset came[\s\S]*split_rows"):
        protocol(fl.load("breast_cancer"), **given)


def test_only_a_protocol_is_played():
    for mistaken in (3, fl.fedavg):
        with pytest.raises(ArgumentError, match=f"of type {type(mistaken).__name__}"):
            fl.play(mistaken)


def test_each_half_of_a_key_has_its_own_use(keys):
    vector = EncryptedVector.encrypt([1.0], keys.public)
    for decrypt in (vector.decrypt, vector.decrypt_raw):
        with pytest.raises(ArgumentError, match=r"Only a private key decrypts[\s\S]*keys\.private"):
            decrypt(keys.public)
    with pytest.raises(ArgumentError, match=r"A public key encrypts[\s\S]*keys\.public"):
        EncryptedVector.encrypt([1.0], keys.private)
    with pytest.raises(ArgumentError, match="A public key encrypts"):
        EncryptedVector.encrypt_integers([1], keys, scale_bits=0, bound=1)


def test_a_setting_is_named_as_it_was_given():
    hospitals = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=7)
    with pytest.raises(ArgumentError, match="local_epochs is a whole number"):
        fl.fedavg(hospitals, aggregation=fl.plain_sum(), local_epochs=0)


def test_two_parties_are_joined_in_the_language_in_force(monkeypatch):
    monkeypatch.setenv(VARIABLE, "zh")
    bank, tax_office = fl.split_columns(fl.load("bank_tax"), overlap=0.1, seed=7)
    with pytest.raises(DataError) as refused:
        fl.vertical_linear(bank, tax_office)
    assert str(refused.value).startswith("bank 和 tax office 的样本数分别是 2450, 2449。")

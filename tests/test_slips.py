"""What a beginner gives by mistake is refused by an error of this library, which says what to do instead."""

import warnings

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.crypto.paillier import EncryptedVector, generate_keys
from fedlearn_edu.errors import ArgumentError, DataError, UnsafeBatch
from fedlearn_edu.i18n import VARIABLE
from fedlearn_edu.learning.guard import what_a_batch_gives_away


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


@pytest.mark.parametrize("protocol", [fl.fedavg, fl.travelling, fl.standardise])
def test_names_are_no_parties_and_the_error_says_how_one_gets_some(protocol):
    given = {} if protocol is fl.travelling else {"aggregation": fl.plain_sum()}
    with pytest.raises(ArgumentError, match=r"A party is a fl\.Party, and 'a' came[\s\S]*fl\.split_rows\(table"):
        protocol(["a", "b"], **given)


@pytest.mark.parametrize("call", ["vertical_logistic", "vertical_linear", "vertical_predict", "align"])
def test_parties_that_came_as_a_list_are_wanted_one_by_one(call):
    parties = fl.split_columns(fl.load("bank_tax"), overlap=0.2, seed=7)
    given = ({},) if call == "vertical_predict" else ()
    for mistaken in (list(parties), parties):
        with pytest.raises(ArgumentError) as refused:
            getattr(fl, call)(*given, mistaken)
        assert refused.value.problem.endswith("tax office (2672 rows × 15 c… came.")
        assert refused.value.remedy == f"Give them one by one: {call}({'parts, ' if given else ''}bank, tax_office)."


def test_one_party_in_two_places_is_refused_at_the_call_everywhere_in_the_same_words():
    hospital = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=7)[0]
    source = fl.split_both(fl.two_classes(fl.load("digits")), seed=7)[0]
    for call in (
        lambda: fl.vertical_logistic(hospital, hospital), lambda: fl.vertical_linear(hospital, hospital),
        lambda: fl.vertical_predict({}, hospital, hospital), lambda: fl.align(hospital, hospital),
        lambda: fl.transfer(source, source, common=500), lambda: fl.travelling([hospital, hospital]),
        lambda: fl.fedavg([hospital, hospital], aggregation=fl.plain_sum()),
        lambda: fl.standardise([hospital, hospital], aggregation=fl.plain_sum()),
    ):  # fmt: skip
        with pytest.raises(ArgumentError, match=r"Two parties are called '\w+( 1)?'\.\s+Give every party a name"):
            call()


def test_align_takes_two_parties():
    bank, tax_office = fl.split_columns(fl.load("breast_cancer"), overlap=0.1, seed=7)
    with pytest.raises(ArgumentError, match=r"two parties, and one came\.\s+Give two: align\(bank, tax_office\)"):
        fl.align(bank)
    with pytest.raises(ArgumentError, match=r"two parties, and three came\.\s+Give two: align\(bank, tax_office\)"):
        fl.align(bank, tax_office, tax_office)


@pytest.mark.parametrize(("overlap", "problem"), [(0.1, "have 2450, 2449 rows"), (0.3, "strangers would meet")])
def test_tables_that_nobody_aligned_are_refused_at_the_call_with_the_line_to_write(overlap, problem):
    bank, tax_office = fl.split_columns(fl.load("bank_tax"), overlap=overlap, seed=7)
    for learn in (fl.vertical_logistic, lambda *parties: fl.vertical_predict({}, *parties)):
        with pytest.raises(DataError, match=problem) as refused:
            learn(bank, tax_office)
        line = "bank, tax_office = fl.play(fl.align(bank, tax_office)).result"
        assert refused.value.remedy == f"Do it first: {line}, and use what comes back."


def test_three_parties_are_not_sent_to_an_alignment_of_two():
    bank, tax_office = fl.split_columns(fl.load("bank_tax"), overlap=0.1, seed=7)
    with pytest.raises(DataError, match=r"fl\.align takes two parties: bring the rows of more"):
        fl.vertical_logistic(bank, tax_office, fl.Party("shop", tax_office.data))


def test_a_guard_that_refuses_says_that_columns_can_be_left_out_and_that_helps():
    few = fl.load("breast_cancer").take(range(12))  # for 10 columns, and 20
    bank, tax_office = fl.split_columns(few, overlap=1, columns=few.columns[:10])
    bank, tax_office = (fl.Party(p.name, p.data.take(np.argsort(p.data.ids))) for p in (bank, tax_office))
    fewer = fl.Party(tax_office.name, tax_office.data.with_features(tax_office.data.features[:, :2], ("x", "y")))
    with pytest.raises(UnsafeBatch, match="Take larger batches, leave columns out, merge"):
        fl.play(fl.vertical_logistic(bank, tax_office, epochs=1, key_bits=256))
    assert what_a_batch_gives_away(tax_office.data.features, tax_office.data.columns, [(0, 12)])
    assert not what_a_batch_gives_away(fewer.data.features, fewer.data.columns, [(0, 12)])


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

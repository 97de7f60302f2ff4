"""Every party makes the protocol from its own table alone, and plays its own part: as on computers of their own."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.errors import ArgumentError, DataError, ProtocolError
from fedlearn_edu.learning import make_model
from fedlearn_edu.wire.correspondent import Correspondent
from fedlearn_edu.wire.relay import Relay
from fedlearn_edu.wire.reunion import Reunion

LOGISTIC = make_model("logistic", columns=30, classes=2)


def played(made_at):
    """Played by one node for each party, which has made its protocol itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # keys are toys
        nodes = [Correspondent(protocol, name) for name, protocol in made_at.items()]
        relay = Relay(dict(enumerate(node.hello() for node in nodes)), next(iter(made_at.values())))
        relay.carry(lambda mail: {place: nodes[place].turn(one) for place, one in mail.items()})
    return Reunion(nodes)


def alone(parties, name):
    """The parties as one of them knows them: itself, and the others' names."""
    return [party if party.name == name else fl.Party.elsewhere(party.name) for party in parties]


@pytest.fixture(scope="module")
def hospitals():
    return fl.split_rows(fl.load("breast_cancer"), parties=3, seed=3)


@pytest.fixture(scope="module")
def customers():
    bank, tax_office = fl.split_columns(fl.load("breast_cancer"), overlap=0.5, seed=3)
    return bank, tax_office


@pytest.mark.parametrize("aggregation", [fl.masked_sum(), fl.paillier_sum(key_bits=256)])
def test_horizontal_learning_from_own_tables_gives_the_weights_of_one_process(hospitals, aggregation):
    def made(parties, **options):
        return fl.fedavg(parties, rounds=2, learning_rate=1e-5, aggregation=aggregation, **options)

    made_at = {party.name: made(alone(hospitals, party.name)) for party in hospitals}
    made_at["server"] = made(alone(hospitals, "server"), model=LOGISTIC)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        together = fl.play(made(hospitals))
    apart = played(made_at)
    assert apart.result.weights.tobytes() == together.result.weights.tobytes()
    assert apart.history.equals(together.history)


def test_standardising_from_own_tables_gives_the_columns_of_one_process(hospitals):
    made_at = {h.name: fl.standardise(alone(hospitals, h.name), aggregation=fl.masked_sum()) for h in hospitals}
    made_at["server"] = fl.standardise(alone(hospitals, "server"), aggregation=fl.masked_sum(), columns=30)
    together = fl.play(fl.standardise(hospitals, aggregation=fl.masked_sum())).result
    for one, other in zip(played(made_at).result, together, strict=True):
        assert np.array_equal(one.data.features, other.data.features)


@pytest.mark.parametrize("method", ["ecdh", "rsa"])
def test_alignment_from_own_tables_finds_the_common_customers(customers, method):
    bank, tax_office = customers
    made_at = {party.name: fl.align(*alone(customers, party.name), method=method, key_bits=2048) for party in customers}
    aligned = played(made_at).result
    assert [party.name for party in aligned] == ["bank", "tax office"]
    assert aligned[0].data.ids.tolist() == aligned[1].data.ids.tolist()
    assert set(aligned[0].data.ids) == set(bank.data.ids) & set(tax_office.data.ids)


@pytest.mark.parametrize("coordinator", ["coordinator", None])
def test_vertical_learning_and_its_scores_from_own_tables_are_those_of_one_process(customers, coordinator):
    known = [party.standardised() for party in fl.play(fl.align(*customers)).result]
    settings = {"coordinator": coordinator, "epochs": 2, "key_bits": 256}
    rows = known[0].data.rows
    made_at = {party.name: fl.vertical_logistic(*alone(known, party.name), **settings) for party in known}
    if coordinator:
        strangers = [fl.Party.elsewhere("bank", rows), fl.Party.elsewhere("tax office")]
        made_at["coordinator"] = fl.vertical_logistic(*strangers, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        together = fl.play(fl.vertical_logistic(*known, **settings))
    apart = played(made_at)
    assert apart.history["loss"].tolist() == together.history["loss"].tolist()
    for name, part in together.result.items():
        assert np.array_equal(apart.result[name].weights, part.weights)

    parts = {name: {name: apart.result[name]} for name in apart.result}
    joined = {"coordinator": coordinator, "key_bits": 256}
    asked = {p.name: fl.vertical_predict(parts[p.name], *alone(known, p.name), **joined) for p in known}
    if coordinator:
        asked["coordinator"] = fl.vertical_predict({}, *strangers, **joined)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = fl.play(fl.vertical_predict(apart.result, *known, **joined)).result
    assert np.array_equal(played(asked).result, scores)


def test_rows_of_two_alignments_are_refused_as_they_are_in_one_process(customers):
    one, other = (fl.play(fl.align(*customers)).result for _ in range(2))
    known = [one[0].standardised(), other[1].standardised()]
    with pytest.raises(DataError, match="not aligned in one run"):
        fl.vertical_logistic(*known, coordinator=None, key_bits=256)
    made_at = {p.name: fl.vertical_logistic(*alone(known, p.name), coordinator=None, key_bits=256) for p in known}
    with pytest.raises(ProtocolError, match="do not agree about the alignment"):
        played(made_at)


def test_columns_in_another_order_are_refused_as_they_are_in_one_process(hospitals):
    table = hospitals[1].data
    turned = replace(table, features=table.features[:, ::-1], columns=table.columns[::-1])
    swapped = [hospitals[0], replace(hospitals[1], data=turned), hospitals[2]]
    with pytest.raises(ArgumentError, match="columns or classes differ"):
        fl.fedavg(swapped, aggregation=fl.plain_sum())
    made_at = {p.name: fl.fedavg(alone(swapped, p.name), aggregation=fl.plain_sum()) for p in swapped}
    made_at["server"] = fl.fedavg(alone(swapped, "server"), aggregation=fl.plain_sum(), model=LOGISTIC)
    with pytest.raises(ProtocolError, match="do not agree about the columns"):
        played(made_at)


def test_a_party_that_is_elsewhere_cannot_be_played_here(customers):
    bank, _ = customers
    protocol = fl.align(bank, fl.Party.elsewhere("tax office"))
    with pytest.raises(ProtocolError, match="data of tax office are elsewhere"):
        fl.play(protocol)
    with pytest.raises(ProtocolError, match="data of tax office are elsewhere"):
        Correspondent(protocol, "tax office")
    assert Correspondent(protocol, "bank").name == "bank"


def test_what_is_not_known_here_is_not_forecast(hospitals):
    protocol = fl.fedavg(alone(hospitals, "hospital 1"), aggregation=fl.plain_sum())
    with pytest.raises(ProtocolError, match="Nobody has measured"):
        protocol.estimate()


def test_a_server_without_tables_needs_a_model_that_says_its_size(hospitals):
    nobody = alone(hospitals, "server")
    with pytest.raises(ArgumentError, match="does not say how many columns"):
        fl.fedavg(nobody, aggregation=fl.plain_sum())
    with pytest.raises(ArgumentError, match="how many columns the tables have"):
        fl.standardise(nobody, aggregation=fl.plain_sum())


def test_a_coordinator_must_know_how_many_rows_there_are():
    with pytest.raises(DataError, match="is not known here"):
        fl.vertical_logistic(fl.Party.elsewhere("bank"), fl.Party.elsewhere("tax office"))


@pytest.mark.parametrize("rows", [0, -1, 1.5, True, "many"])
def test_a_number_of_rows_is_one(rows):
    with pytest.raises(ArgumentError, match="rows="):
        fl.Party.elsewhere("bank", rows)

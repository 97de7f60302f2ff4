"""Chapter 08's recorded deployment says what a run here says, and tells of no party's private readings."""

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.widgets.labs import deployment
from fedlearn_edu.widgets.labs.deployment import DEATH, Deployment
from fedlearn_edu.wire.transcript import NOT_EXPORTED


@pytest.fixture(scope="module")
def recorded():
    return Deployment.load()


@pytest.fixture(scope="module")
def protocol():
    return deployment.one_round()


def test_the_recorded_weights_are_those_of_a_run_here(recorded, protocol):
    for weights, faults in ((recorded.weights, ()), (recorded.weights_without, (DEATH,))):
        here = fl.play(protocol, faults=faults).result.weights
        assert np.abs(weights - here).max() < 1e-6  # another processor may round one step of 2⁻²⁴ otherwise
    assert np.abs(recorded.weights - recorded.weights_without).max() > 1e-3


def test_the_killed_hospital_shared_its_secrets_and_never_uploaded(recorded):
    table = recorded.transcript.table()
    sent = table[table["from"] == "hospital 2"]["what"].tolist()
    assert sent == ["two public keys", "sealed shares"] and recorded.gone == ["hospital 2"]
    assert (table["what"] == "masked update").sum() == 3 and (table["what"] == "new values").sum() == 3


def test_the_stranger_was_refused_in_flowers_own_words(recorded):
    assert recorded.refused.startswith("Exit Code: 305") and "\x1b" not in recorded.refused
    assert "Failed to activate SuperNode" in recorded.refused


def test_no_hospitals_readings_are_in_it(recorded):
    mail = {m.receiver: recorded.transcript.reading(m, m.receiver) for m in recorded.transcript.messages}
    assert mail.pop("server") != NOT_EXPORTED
    assert set(mail) == {"hospital 1", "hospital 2", "hospital 3", "hospital 4"}
    assert set(mail.values()) == {NOT_EXPORTED}


def test_it_plays_on_the_stage(recorded):
    sentence = fl.stage(recorded.transcript, eyes="server", round=1, step=3).sentence()
    assert "hospital 1, hospital 3, hospital 4 send “masked update” to server" in sentence


def test_it_is_written_as_it_is_read(recorded, tmp_path):
    recorded.save(tmp_path / "again.json")
    before = deployment.files(deployment.__package__).joinpath("recorded", deployment.NAME)
    assert (tmp_path / "again.json").read_text(encoding="utf-8") == before.read_text(encoding="utf-8")


def test_a_supernodes_reason_is_read_from_its_log():
    log = "INFO: up\n\x1b[91mERROR \x1b[0m:     Exit Code: 305\nwhat\nwhy\n\nmore\nINFO: down"
    assert deployment._reason(log) == "Exit Code: 305\nwhat\nwhy"

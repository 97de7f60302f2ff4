"""Flower's own engines on this computer: the same weights, nothing told to the server, nothing left running."""

import contextlib
import os
import secrets
import socket
import ssl
import stat
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

import fedlearn_edu as fl
from fedlearn_edu.engines import flower_processes
from fedlearn_edu.engines.flower_identities import authority, node_keys, server_certificate
from fedlearn_edu.engines.flower_processes import Federation, free_port
from fedlearn_edu.errors import EngineError, FedLearnError
from fedlearn_edu.wire.codec import KeyRing, decode
from fedlearn_edu.wire.correspondent import Correspondent
from fedlearn_edu.wire.journal import Journal

from ..oracles import find_bytes
from ..wire.small_protocols import mean_age, sum_or_raise

MASKS, PAILLIER = fl.masked_sum(), fl.paillier_sum()


@pytest.fixture(scope="module")
def hospitals():
    hospitals = fl.split_rows(fl.load("breast_cancer"), parties=3, seed=3)
    return fl.play(fl.standardise(hospitals, aggregation=fl.plain_sum())).result


@pytest.fixture(scope="module")
def federation():
    """One federation for all of these tests: SuperLink, three SuperNodes, TLS, node authentication."""
    with Federation(nodes=3) as federation:
        yield federation
        family = family_of(federation)
    assert not [process.cmdline() for process in living(family)], "processes outlive their federation"
    assert not federation.folder.exists()


def family_of(federation):
    parents = [psutil.Process(process.pid) for process in federation.processes.values()]
    return [*parents, *(child for parent in parents for child in parent.children(recursive=True))]


def living(family):
    return [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


# --- deployment: processes of their own, TLS, node authentication


@pytest.mark.slow
@pytest.mark.parametrize("aggregation", [MASKS, PAILLIER], ids=["masks", "Paillier"])
def test_processes_of_their_own_give_the_weights_of_one_process_bit_for_bit(federation, hospitals, aggregation):
    protocol = fl.fedavg(hospitals, rounds=1, aggregation=aggregation)
    run, there = fl.play(protocol), federation.play(protocol, time_limit=300.0)  # a busy computer is no dead hospital
    assert there.result.weights.tobytes() == run.result.weights.tobytes()
    assert there.history.equals(run.history) and there.gone == ()
    assert sorted(m.label for m in there.transcript.messages) == sorted(m.label for m in run.transcript.messages)
    started = " ".join(word for process in living(family_of(federation)) for word in process.cmdline())
    assert started.count("flower-supernode") >= 3 and "flower-superlink" in started


@pytest.mark.slow
def test_no_row_and_no_weight_is_in_the_servers_database_or_in_a_log(federation, hospitals):
    """After the runs above; what the search must find is in the journals, which the nodes keep for themselves."""
    journals = b"".join(path.read_bytes() for path in sorted(federation.folder.glob("runs/*/[0-9]/journal")))
    kept = [path for name in ("flwr", "logs") for path in (federation.folder / name).rglob("*") if path.is_file()]
    server_side = b"".join(path.read_bytes() for path in kept)
    rows = hospitals[1].data.features
    # rows are never made integers here, and megabytes of ciphertext hold some of 5,700 short ones by chance
    assert find_bytes(journals, rows) and not find_bytes(server_side, rows, scales=())
    update = fl.play(fl.fedavg(hospitals[1:2], rounds=1, aggregation=fl.plain_sum())).result.weights
    assert find_bytes(journals, update) and not find_bytes(server_side, update)
    assert b"course_app" in server_side  # it is the server's side that was read


@pytest.mark.slow
def test_two_companies_and_a_coordinator_are_three_nodes_and_the_server_only_carries(federation):
    hospital, laboratory = fl.play(fl.align(*fl.split_columns(fl.load("breast_cancer"), overlap=1))).result
    parties = [party.standardised() for party in (hospital, laboratory)]
    protocol = fl.vertical_logistic(*parties, epochs=1, learning_rate=0.3, key_bits=256)
    run, there = fl.play(protocol), federation.play(protocol, time_limit=300.0)
    assert {name: part.weights.tobytes() for name, part in there.result.items()} == {
        name: part.weights.tobytes() for name, part in run.result.items()
    }
    assert there.history.equals(run.history) and there.gone == ()
    assert {envelope.sender for envelope in there.envelopes} == set(protocol.names)


@pytest.mark.slow
def test_a_node_whose_key_nobody_registered_is_refused(federation):
    assert "Failed to activate SuperNode" in federation.stranger()


@pytest.mark.slow
def test_a_second_server_on_a_taken_port_says_so(federation):
    port = federation.port
    with pytest.raises(EngineError, match=f"Port {port} is taken"), Federation(nodes=1, port=port):
        pass


# --- simulation: Flower's own, with Ray

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not made for this system and Python")


def test_where_there_is_no_ray_the_learner_is_told_so_and_what_to_use_instead(monkeypatch):
    monkeypatch.setattr(flower_processes, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match="Ray is not installed") as raised:
        Federation(nodes=3, simulation=True).play(mean_age())
    assert "deployment" in raised.value.remedy


@needs_ray
@pytest.mark.slow
def test_flowers_simulation_gives_the_weights_of_one_process_and_ends_with_ray(hospitals, monkeypatch):
    monkeypatch.setenv("FEDLEARN_TEST", mark := secrets.token_hex(8))  # whatever is started inherits it
    protocol, seen, enter = fl.fedavg(hospitals, rounds=1, aggregation=MASKS), [], Federation.__enter__
    monkeypatch.setattr(Federation, "__enter__", lambda federation: (enter(federation), seen.extend(marked(mark)))[0])
    there = fl.play_on_flower(protocol, where="simulation")
    assert there.result.weights.tobytes() == fl.play(protocol).result.weights.tobytes()
    assert seen and not [process.cmdline() for process in marked(mark)]


def marked(mark):
    """The living processes that were started with this mark in their environment."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("FEDLEARN_TEST") == mark:
                found += living([process])
    return found


# --- what goes wrong


@needs_ray
@pytest.mark.slow
def test_a_party_that_fails_ends_the_run_with_its_error_and_without_its_words():
    with Federation(nodes=3, simulation=True) as federation:
        with pytest.raises(FedLearnError, match="clinic 2 stopped with ValueError"):
            federation.play(mean_age(sum_ages=sum_or_raise))
        logs = "".join(path.read_text("utf-8", errors="replace") for path in (federation.folder / "logs").iterdir())
    assert logs and "secret" not in logs


@pytest.mark.parametrize("fault", [KeyboardInterrupt, RuntimeError])
def test_after_an_error_or_ctrl_c_no_process_is_left_and_no_file(fault):
    with pytest.raises(fault), Federation(nodes=1, simulation=True) as federation:
        family = family_of(federation)
        assert living(family)
        raise fault
    assert not living(family) and not federation.folder.exists()


STARTS_AND_WAITS = """
import sys, time
import fedlearn_edu as fl
with fl.Federation(nodes=1, simulation=True) as federation:
    print(federation.processes["superlink"].pid, federation.folder, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("how", ["kill", "terminate"])
def test_when_the_parent_is_killed_a_watchdog_ends_its_processes_and_removes_its_folder(how):
    command, pipe = [sys.executable, "-c", STARTS_AND_WAITS], subprocess.PIPE
    parent = subprocess.Popen(command, stdout=pipe, text=True, encoding="utf-8")
    number, folder = parent.stdout.readline().split(maxsplit=1)
    superlink = psutil.Process(int(number))
    family = [superlink, *superlink.children(recursive=True)]
    assert living(family) == family
    getattr(parent, how)()
    parent.wait()
    psutil.wait_procs(family, timeout=30)
    deadline = time.monotonic() + 30
    while Path(folder.strip()).exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not living(family) and not Path(folder.strip()).exists()


def test_a_proxy_is_not_asked_for_what_stays_on_this_computer(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody is there
    with Federation(nodes=1, simulation=True) as federation:
        environment = federation._environment()
    assert environment["NO_PROXY"] == environment["no_proxy"] == "127.0.0.1,localhost"


def test_what_the_relay_ends_with_is_told_in_its_own_words(tmp_path):
    """As the ServerApp writes it down, and as the one who started it reads it."""
    node = tmp_path / "server"
    node.mkdir()
    Correspondent.begin(Journal(node / "journal"), mean_age())
    context = SimpleNamespace(run_config={"folder": str(tmp_path), "nodes": 3, "time-limit": 0.1})
    flower_processes.serve_from_folder(SimpleNamespace(get_node_ids=lambda: []), context)
    *_, stopped, words = decode((node / "ended").read_bytes(), KeyRing())
    assert stopped == b"" and words[:2] == ["EngineError", "0 of 3 clients came within 0.1 s."]
    assert str(flower_processes._said(*words)).startswith("0 of 3 clients came within 0.1 s.")


def test_a_superlink_that_does_not_come_up_is_told_with_the_end_of_its_log(monkeypatch):
    monkeypatch.setattr(flower_processes, "HOME", "no.such.host.invalid")
    monkeypatch.setattr(flower_processes, "_is_taken", lambda port: False)
    port = free_port_here()
    with pytest.raises(EngineError, match="did not come up") as raised, Federation(1, simulation=True, port=port):
        pass
    assert "end of its log" in raised.value.remedy


def free_port_here():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_taken_port_is_told_before_anything_is_started():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(EngineError, match=f"Port {port} is taken"), Federation(nodes=1, port=port) as federation:
            assert not federation.processes


@needs_ray
def test_a_run_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(flower_processes, "RUN_WITHIN", 0.5)
    start = time.monotonic()
    with Federation(nodes=3, simulation=True) as federation, pytest.raises(EngineError, match=r"took over 0\.5 s"):
        federation.play(mean_age())
    assert time.monotonic() - start < 60


# --- identities


@pytest.mark.skipif(os.name != "posix", reason="only POSIX says who may read a file")
def test_private_keys_are_their_owners_alone(tmp_path):
    server_certificate(tmp_path, authority(tmp_path))
    node_keys(tmp_path, "hospital 1")
    private = {path.name for path in Path(tmp_path).iterdir() if b"PRIVATE KEY" in path.read_bytes()}
    assert private == {"server.key", "hospital 1.key"}
    assert all(stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600 for name in private)


def handshake(folder, trusted):
    """What a client that trusts an authority says to a server, both in memory; strict, as Python 3.13 always is."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    server.load_cert_chain(folder / "server.pem", folder / "server.key")
    client.load_verify_locations(trusted / "ca.crt")
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [client.wrap_bio(back, there, server_hostname="127.0.0.1"), server.wrap_bio(there, back, server_side=True)]
    for side in sides * 3:
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()
    return sides[0].version()


def test_a_server_is_believed_with_its_own_authority_and_with_no_other(tmp_path):
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
        server_certificate(tmp_path / name, authority(tmp_path / name))
    assert handshake(tmp_path / "ours", trusted=tmp_path / "ours") == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tmp_path / "ours", trusted=tmp_path / "theirs")


def test_two_free_ports_are_ports():
    assert 1024 <= free_port() < 65536

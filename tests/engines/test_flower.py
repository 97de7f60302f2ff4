"""Parties on Flower, in this process: the protocol's own text is played, and Flower carries what it cannot read."""

import builtins
import inspect
import os
import traceback
import warnings
from importlib.metadata import version

import numpy as np
import pytest
from flwr.app import ConfigRecord, Context, Message, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid
from flwr.supercore.task_identity import TaskIdentity

import fedlearn_edu as fl
from fedlearn_edu.engines import flower
from fedlearn_edu.engines.flower_here import GridHere, task_identity
from fedlearn_edu.errors import ArgumentError, EngineError, FedLearnError, PartyDropped, TooFewSurvivors
from fedlearn_edu.wire.correspondent import Correspondent
from fedlearn_edu.wire.journal import Journal

from ..oracles import assert_same_messages, find_bytes
from ..wire.small_protocols import mean_age, sum_or_raise

AGGREGATIONS = {"plain": fl.plain_sum(), "masks": fl.masked_sum(), "Paillier": fl.paillier_sum()}


@pytest.fixture(scope="module")
def hospitals():
    hospitals = fl.split_rows(fl.load("breast_cancer"), parties=4, seed=3)
    return fl.play(fl.standardise(hospitals, aggregation=fl.plain_sum())).result


def training(parties, aggregation="masks", **options):
    return fl.fedavg(parties, **{"rounds": 2, "aggregation": AGGREGATIONS[aggregation], **options})


# --- the same as in one process


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("nodes", [None, 2])
def test_weights_reports_and_messages_are_those_of_one_process(hospitals, aggregation, nodes):
    protocol = training(hospitals, aggregation)
    run, there = fl.play(protocol), fl.play_on_flower(protocol, nodes=nodes)
    assert there.result.weights.tobytes() == run.result.weights.tobytes()
    assert there.history.equals(run.history)
    assert_same_messages(there.transcript, run.transcript)
    assert there.gone == () and there.state == "finished"


def test_bank_and_tax_office_align_and_learn_as_clients_and_the_server_only_carries():
    customers = fl.split_columns(fl.load("breast_cancer"), overlap=0.5, seed=3)
    aligned = fl.play_on_flower(fl.align(*customers)).result
    assert aligned[0].data.ids.tolist() == aligned[1].data.ids.tolist() and len(aligned[0].data.ids) > 200
    known = [party.standardised() for party in aligned]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the key is a toy
        protocol = fl.vertical_logistic(*known, epochs=2, key_bits=512)
        run, there = fl.play(protocol), fl.play_on_flower(protocol)
    assert {envelope.sender for envelope in there.envelopes} == {"bank", "tax office", "coordinator"}
    assert there.history["loss"].tolist() == run.history["loss"].tolist()
    for name, part in run.result.items():
        assert np.array_equal(there.result[name].weights, part.weights)


def test_a_run_on_flower_can_be_shown_as_any_other(hospitals):
    there = fl.play_on_flower(training(hospitals))
    assert set(there.transcript.table()["from"]) == {*(h.name for h in hospitals), "server"}
    assert "no run" not in repr(fl.stage(there)) and there.held_by("hospital 1")
    assert repr(there).startswith("FlowerRun of FedAvg (logistic, pairwise masks): finished, 2 rounds")


def test_progress_is_told_after_every_turn(hospitals):
    told = []
    run = fl.play_on_flower(training(hospitals), progress=lambda relay: told.append(relay.turns))
    assert told == list(range(1, run.turns + 1))


# --- what Flower carries


def carried(monkeypatch, protocol, **options):
    """Every byte that Flower's messages hold, to and fro."""
    seen, reply = [], GridHere._reply

    def watched(grid, message):
        answer = reply(grid, message)
        for one in (message, answer):
            seen.extend(one.content.config_records["fedlearn_edu"].values())
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(GridHere, "_reply", watched)
        fl.play_on_flower(protocol, **options)
    return b"".join(seen)


def test_flowers_messages_show_no_weight_no_label_and_no_row(hospitals, monkeypatch):
    protocol = training(hospitals, "plain", rounds=1)
    update = fl.play(protocol).result.weights
    rows = np.concatenate([hospital.data.features for hospital in hospitals])
    sealed, opened = carried(monkeypatch, protocol), carried(monkeypatch, protocol, sealed=False)
    assert b"hospital 3" in sealed  # an envelope
    assert not find_bytes(sealed, update) and not find_bytes(sealed, rows) and b"update" not in sealed
    assert find_bytes(opened, update) and b"update" in opened and not find_bytes(opened, rows)


def test_a_partys_error_reaches_flower_without_its_words(monkeypatch):
    seen, reply = [], GridHere._reply
    monkeypatch.setattr(GridHere, "_reply", lambda grid, message: seen.append(reply(grid, message)) or seen[-1])
    with pytest.raises(ValueError, match="the secret ages are"):  # here the learner owns all parties, and may see it
        fl.play_on_flower(mean_age(sum_ages=sum_or_raise))
    told = b"".join(b"".join(one.content.config_records["fedlearn_edu"].values()) for one in seen if one.has_content())
    assert b"ValueError" in told and b"secret" not in told


def test_letters_pass_in_the_same_order_whoever_answers_first(hospitals, monkeypatch):
    first = fl.play_on_flower(training(hospitals)).envelopes
    pull = GridHere.pull_messages
    monkeypatch.setattr(GridHere, "pull_messages", lambda grid, ids: pull(grid, sorted(ids, reverse=True)))
    assert fl.play_on_flower(training(hospitals)).envelopes == first


# --- clients that die


def clients_that_die(monkeypatch, when, times=1):
    """At some messages a client's process dies: it has computed, and not yet written down what it answers."""
    deaths, again = [], Correspondent.turn

    def power_cut(*_):
        raise RuntimeError("the secret reason")

    def turn(node, mail):
        if when(node, mail) and len(deaths) < times:
            deaths.append(node.name)
            node.journal.note_turn = power_cut
        return again(node, mail)

    monkeypatch.setattr(Correspondent, "turn", turn)
    return deaths


def apart(protocol, tmp_path, *, server="server"):
    """As `play_here`, but every client is made from its journal at every message, as Flower's engines do."""
    settings = flower.settings_for(protocol, server=server)
    for place, group in enumerate(settings.groups, start=1):
        Correspondent.begin(Journal(tmp_path / str(place)), protocol, *group)
    own = Correspondent(protocol, server)

    def node_at(context):
        return Correspondent.again(Journal(tmp_path / str(context.node_id)))

    with task_identity():
        grid = GridHere(flower.client_app(node_at), range(1, len(settings.groups) + 1))
        relay = flower.carry(grid, protocol, own, nodes=len(settings.groups))
    last = [Correspondent.again(Journal(tmp_path / str(place))) for place in range(1, len(settings.groups) + 1)]
    return flower.FlowerRun([*last, own], relay.envelopes, relay.turns, relay.gone, 0.0)


@pytest.mark.parametrize("aggregation", ["masks", "Paillier"])
def test_clients_made_anew_for_every_message_give_the_same_weights(hospitals, tmp_path, aggregation):
    protocol = training(hospitals[:3], aggregation)
    there = apart(protocol, tmp_path)
    assert there.result.weights.tobytes() == fl.play(protocol).result.weights.tobytes()


def test_a_client_whose_process_died_goes_on_from_its_journal(hospitals, tmp_path, monkeypatch):
    protocol = training(hospitals)
    deaths = clients_that_die(monkeypatch, lambda node, mail: node.name == "hospital 2" and mail.number == 3)
    there = apart(protocol, tmp_path)
    assert deaths == ["hospital 2"] and there.gone == ()
    assert there.result.weights.tobytes() == fl.play(protocol).result.weights.tobytes()


def test_what_a_client_breaks_with_reaches_flower_without_its_words(hospitals, tmp_path, monkeypatch):
    raised, app_of = [], flower.client_app
    clients_that_die(monkeypatch, lambda node, mail: node.name == "hospital 2" and mail.number == 1)

    def watched(node_at):
        app = app_of(node_at)

        def answer(message, context):
            try:
                return app(message, context)
            except Exception as error:
                raised.append("".join(traceback.format_exception(error)))  # what Flower logs
                raise

        return answer

    monkeypatch.setattr(flower, "client_app", watched)
    apart(training(hospitals, "plain", rounds=1), tmp_path)
    (said,) = raised
    assert "This node failed with RuntimeError" in said and "secret" not in said


def test_a_client_that_never_answers_counts_as_gone(hospitals, monkeypatch):
    pull = GridHere.pull_messages
    protocol = training(hospitals, rounds=1)
    nodes = {place: Correspondent(protocol, name) for place, name in enumerate(protocol.names[:4], start=1)}
    own = Correspondent(protocol, "server")

    def never(grid, ids):
        replies = pull(grid, ids)
        return [one for one in replies if one.metadata.src_node_id != 2 or "hello" in one.content["fedlearn_edu"]]

    monkeypatch.setattr(GridHere, "pull_messages", never)
    with task_identity():
        grid = GridHere(flower.client_app(lambda context: nodes[context.node_id]), nodes)
        relay = flower.carry(grid, protocol, own, nodes=4, time_limit=0.3)
    same = fl.play(protocol, faults=[fl.Drop("hospital 2", round=1, before_step=2)])
    assert relay.gone == ["hospital 2"] and nodes[1].result.weights.tobytes() == same.result.weights.tobytes()


def test_a_client_that_stays_dead_is_survived_under_masks(hospitals, tmp_path, monkeypatch):
    protocol = training(hospitals)
    clients_that_die(monkeypatch, lambda node, mail: node.name == "hospital 2" and mail.number == 7, times=9)
    there = apart(protocol, tmp_path)
    same = fl.play(protocol, faults=[fl.Drop("hospital 2", round=2, before_step=3)])
    assert there.gone == ("hospital 2",)
    assert there.result.weights.tobytes() == same.result.weights.tobytes()


def test_when_the_first_hospital_dies_before_it_gave_the_key_it_is_said_who_is_gone(hospitals, tmp_path, monkeypatch):
    clients_that_die(monkeypatch, lambda node, mail: node.name == "hospital 1" and mail.number == 2, times=9)
    with pytest.raises(PartyDropped, match="hospital 1 is gone"):
        apart(training(hospitals, "Paillier"), tmp_path)


def test_drop_outs_on_order_are_those_of_one_process(hospitals):
    protocol, faults = training(hospitals), [fl.Drop("hospital 4", round=2, before_step=3)]
    there = fl.play_on_flower(protocol, faults=faults)
    assert there.gone == ("hospital 4",)
    assert there.result.weights.tobytes() == fl.play(protocol, faults=faults).result.weights.tobytes()


def test_too_few_survivors_open_nothing(hospitals):
    faults = [fl.Drop(name, round=1, before_step=3) for name in ("hospital 2", "hospital 4")]
    with pytest.raises(TooFewSurvivors, match="2 of 4 parties"):
        fl.play_on_flower(training(hospitals), faults=faults)


def test_fewer_clients_than_needed_are_waited_for_and_then_said(hospitals):
    protocol = training(hospitals)
    with task_identity(), pytest.raises(EngineError, match=r"2 of 4 clients came within 0\.3 s"):
        flower.carry(GridHere(flower.client_app(None), [1, 2]), protocol, None, nodes=4, time_limit=0.3)


def test_a_client_that_nobody_expects_is_one_too_many(hospitals):
    with task_identity(), pytest.raises(EngineError, match="3 clients came, and 2 are needed"):
        flower.carry(GridHere(flower.client_app(None), [1, 2, 3]), training(hospitals), None, nodes=2)


def test_clients_that_cannot_say_hello_are_counted(hospitals):
    app = flower.client_app(lambda context: 1 / 0)
    with task_identity(), pytest.raises(EngineError, match="0 of 2 clients said hello"):
        flower.carry(GridHere(app, [1, 2]), training(hospitals[:2], "plain"), None, nodes=2)


# --- arguments


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"where": "moon"}, "where= was 'moon'"),
        ({"server": "hospital 9"}, "server= was 'hospital 9'"),
        ({"nodes": 5}, "5 nodes for 4 parties"),
        ({"nodes": 0}, "0 nodes for 4 parties"),
        ({"time_limit": 0}, "time_limit= was 0"),
    ],
)
def test_arguments_out_of_range_are_refused_with_their_rule(hospitals, options, said):
    with pytest.raises(ArgumentError, match=said):
        fl.play_on_flower(training(hospitals), **options)


def test_without_flower_the_error_says_what_to_install(hospitals, monkeypatch):
    there = builtins.__import__

    def absent(name, *args, **kwargs):
        if name == "flwr":
            raise ImportError(name)
        return there(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(EngineError, match="not installed") as raised:
        fl.play_on_flower(training(hospitals))
    assert "fedlearn-edu[flower]" in raised.value.remedy


def test_any_party_can_be_the_servers_or_none(hospitals):
    protocol = training(hospitals)
    weights = fl.play(protocol).result.weights.tobytes()
    for server in ("hospital 1", None):
        assert fl.play_on_flower(protocol, server=server).result.weights.tobytes() == weights


def test_telemetry_and_the_like_are_off_unless_somebody_switched_them_on(hospitals, monkeypatch):
    for name in flower.QUIET:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FLWR_TELEMETRY_ENABLED", "1")
    fl.play_on_flower(training(hospitals[:2], "plain", rounds=1))
    assert {name: os.environ[name] for name in flower.QUIET} == {**flower.QUIET, "FLWR_TELEMETRY_ENABLED": "1"}


def test_the_library_is_imported_without_flower():
    source = inspect.getsource(flower)
    assert "\nfrom flwr" not in source and "\nimport flwr" not in source


# --- what of Flower's insides is relied upon: when one of these fails, look at flower_here.py and the pin in pyproject


def test_canary_flowers_version_is_the_one_that_was_read():
    assert version("flwr").split(".")[:2] == ["1", "42"]


def test_canary_a_grid_has_these_seven_duties_and_ours_fulfils_them():
    duties = {"create_message", "get_node_ids", "pull_messages", "push_messages", "run", "send_and_receive", "set_run"}
    assert Grid.__abstractmethods__ == duties and not GridHere.__abstractmethods__


def test_canary_messages_are_stamped_with_the_identity_of_a_task_which_is_given_back():
    before = TaskIdentity._run_id, TaskIdentity._node_id, TaskIdentity._task_id
    with task_identity():
        message = Message(RecordDict(), 7, "query")
        assert (message.metadata.run_id, message.metadata.src_node_id, message.metadata.dst_node_id) == (1, 1, 7)
    assert (TaskIdentity._run_id, TaskIdentity._node_id, TaskIdentity._task_id) == before


def test_canary_a_client_app_is_called_with_a_message_and_a_context():
    assert list(inspect.signature(ClientApp.__call__).parameters) == ["self", "message", "context"]
    with task_identity():
        grid = GridHere(flower.client_app(lambda context: Correspondent(mean_age(), "clinic 1")), [1])
        (number,) = grid.push_messages([Message(RecordDict(), 1, "query")])
        (reply,) = grid.pull_messages([number])
    assert reply.has_error() and "fedlearn_edu" in reply.error.reason  # the record that it did not find
    assert isinstance(grid._contexts[1], Context)


def test_canary_the_grids_other_ways_of_asking_give_the_same(hospitals):
    app = flower.client_app(lambda context: Correspondent(mean_age(), "clinic 1"))
    with task_identity():
        grid = GridHere(app, [1])
        message = grid.create_message(RecordDict({"fedlearn_edu": ConfigRecord()}), 1, "query")
        (reply,) = grid.send_and_receive([message])
    assert "hello" in reply.content["fedlearn_edu"] and grid.run.run_id == 1
    with pytest.raises(NotImplementedError):
        grid.set_run(grid.run)


def test_an_engines_error_is_one_of_ours():
    assert issubclass(EngineError, FedLearnError)

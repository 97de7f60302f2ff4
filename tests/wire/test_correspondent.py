"""Parties asked in turns: the same results as in one process, and nothing lost when a process is."""

import os
import subprocess
import sys
import warnings
from dataclasses import replace

import pytest

import fedlearn_edu as fl
from fedlearn_edu.errors import ArgumentError, FedLearnError, PartyDropped, ProtocolError, SealBroken, WireError
from fedlearn_edu.wire.choreography import Announce, Local, Protocol, Send
from fedlearn_edu.wire.codec import KeyRing, decode, encode
from fedlearn_edu.wire.correspondent import Correspondent
from fedlearn_edu.wire.faults import Drop, Late
from fedlearn_edu.wire.frames import Frame
from fedlearn_edu.wire.journal import Journal
from fedlearn_edu.wire.letters import Answer, Hello, Letter, Mail
from fedlearn_edu.wire.relay import Relay
from fedlearn_edu.wire.run import play
from fedlearn_edu.wire.turns import dealt, play_in_turns

from ..oracles import find_bytes
from .small_protocols import SERVER, Someone, mean_age, mine, same, sum_or_raise, wages
from .test_endpoint import described

EVERYBODY = ("clinic 1", "clinic 2", "clinic 3", "server")


def relay_of(nodes, protocol):
    return Relay(dict(enumerate(node.hello() for node in nodes)), protocol)


def carry(nodes, protocol, turn=lambda node, mail: node.turn(mail)):
    relay = relay_of(nodes, protocol)
    relay.carry(lambda mail: {place: turn(nodes[place], one) for place, one in mail.items()})
    return relay


# --- the same text, played in turns


HALVES, TURNABOUT = [EVERYBODY[:2], EVERYBODY[2:]], [EVERYBODY[::2], EVERYBODY[1::2]]


@pytest.mark.parametrize("nodes", [None, HALVES, TURNABOUT, [EVERYBODY]])
def test_played_in_turns_results_reports_and_messages_are_those_of_one_process(nodes):
    together, turns = play(mean_age()), play_in_turns(mean_age(), nodes=nodes)
    assert turns.result == together.result
    assert turns.history.equals(together.history)
    assert turns.reported("curve") == together.reported("curve")
    assert described(turns.transcript) == described(together.transcript)
    assert [m.body for m in turns.transcript.messages] == [m.body for m in together.transcript.messages]


def test_played_in_turns_under_encryption_everything_but_the_ciphertexts_is_equal():
    together, turns = play(wages()), play_in_turns(wages())
    assert turns.result == together.result
    fields = ("step", "sender", "receiver", "label", "kind", "size")
    assert described(turns.transcript, *fields) == described(together.transcript, *fields)
    assert set(turns.transcript.key_owners.values()) == {"bank"}


@pytest.mark.parametrize("aggregation", [fl.plain_sum(), fl.masked_sum(), fl.paillier_sum(key_bits=256)])
def test_fedavg_in_turns_gives_the_same_weights_bit_for_bit(aggregation):
    hospitals = fl.split_rows(fl.load("breast_cancer"), parties=5, seed=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the key is a toy
        protocol = fl.fedavg(hospitals, rounds=2, learning_rate=1e-5, aggregation=aggregation)
        run, turns = play(protocol), play_in_turns(protocol, nodes=dealt(protocol.names, 3))
    assert run.result.weights.tobytes() == turns.result.weights.tobytes()
    assert run.history.equals(turns.history)


def test_a_correspondent_holds_no_values_but_those_of_its_own_parties():
    nodes = [Correspondent(mean_age(), *group) for group in HALVES]
    carry(nodes, mean_age())
    for node in nodes:
        assert {party for party, _ in node._values} <= set(node.parties)
        assert {name for name, data in node._data.items() if data is not None} <= set(node.parties)


# --- the relay sees envelopes


def letters_of(sealed):
    seen, protocol = [], mean_age()
    nodes = [Correspondent(protocol, name, sealed=sealed) for name in EVERYBODY]

    def turn(node, mail):
        answer = node.turn(mail)
        seen.extend([mail.to_bytes(), answer.to_bytes()])
        return answer

    carry(nodes, protocol, turn)
    return b"".join(seen)


def test_the_relay_cannot_read_what_it_carries_and_could_if_letters_were_open():
    sums = [120.0, 45.0, 61.0]
    assert not find_bytes(letters_of(sealed=True), sums)
    assert find_bytes(letters_of(sealed=False), sums)
    assert b"sum" in letters_of(sealed=False) and b"divide" not in letters_of(sealed=True)


def test_an_envelope_names_sender_and_receiver_and_how_long_the_letter_is():
    relay = carry([Correspondent(mean_age(), name) for name in EVERYBODY], mean_age())
    assert {(e.sender, e.receiver) for e in relay.envelopes} == {
        *((name, "server") for name in EVERYBODY[:3]), *(("server", name) for name in EVERYBODY[:3])
    }  # fmt: skip
    assert all(envelope.size > 48 for envelope in relay.envelopes)


def first_letters():
    """Two nodes after their first turn: the second's letters to the first, and the first."""
    protocol = mean_age()
    nodes = [Correspondent(protocol, *EVERYBODY[:2]), Correspondent(protocol, *EVERYBODY[2:])]
    keys = {name: node.hello().public for node in nodes for name in node.parties}
    sent = nodes[0].turn(Mail(1, keys=keys)).letters
    return sent, nodes[1], keys


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        (lambda letter: replace(letter, body=letter.body[:-1] + bytes([letter.body[-1] ^ 1])), SealBroken, "not open"),
        (lambda letter: replace(letter, body=b""), SealBroken, "does not open"),
        (lambda letter: replace(letter, sender="clinic 2"), SealBroken, "does not open"),
        (lambda letter: replace(letter, receiver="clinic 3"), SealBroken, "does not open"),
        (lambda letter: replace(letter, sender="a stranger"), ProtocolError, "no public key of a stranger"),
        (lambda letter: replace(letter, receiver="clinic 1"), ProtocolError, "mixed its letters up"),
    ],
)
def test_a_relay_that_changes_a_letter_or_its_envelope_is_found_out(changed, error, said):
    (first, *_), node, keys = first_letters()
    answer = node.turn(Mail(1, [changed(first)], keys))
    assert answer.state == "failed" and type(node.error) is error and said in str(node.error)


def test_a_letter_that_is_delivered_twice_is_refused():
    (first, *_), node, keys = first_letters()
    assert node.turn(Mail(1, [first, first], keys)).state == "failed"
    assert "came again" in str(node.error)


@pytest.mark.parametrize("kind", [Mail, Answer, Hello])
@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x90", b"\x95" + b"\xc0" * 5, b"\x94" + b"\xa1x" * 4])
def test_what_is_no_mail_and_no_answer_is_refused(kind, data):
    with pytest.raises(WireError):
        kind.from_bytes(data)


@pytest.mark.parametrize("mail", [Mail(1, keys={"bank": 7}), Mail(1, stopped={"bank": None})])
def test_keys_and_reasons_are_bytes(mail):
    with pytest.raises(WireError, match="is no bytes"):
        Mail.from_bytes(mail.to_bytes())


def test_a_relay_that_gives_another_key_of_a_party_later_is_found_out():
    node = Correspondent(mean_age(), "clinic 1")
    key = Correspondent(mean_age(), "server").hello().public
    assert node.turn(Mail(1, keys={"server": key})).state == "waiting"
    assert node.turn(Mail(2, keys={"server": bytes(32)})).state == "failed"
    assert "two public keys of server" in str(node.error)


def test_a_letter_of_an_earlier_turn_that_comes_after_a_later_one_is_refused():
    protocol = mean_age()
    nodes = {name: Correspondent(protocol, name) for name in EVERYBODY}
    keys = {name: node.hello().public for name, node in nodes.items()}
    sums = [letter for name in EVERYBODY[:3] for letter in nodes[name].turn(Mail(1, keys=keys)).letters]
    answers = nodes["server"].turn(Mail(1, sums, keys)).letters  # to clinic 1: the mean, and thanks
    to_first = [letter for letter in answers if letter.receiver == "clinic 1"]
    assert len(to_first) == 2
    assert nodes["clinic 1"].turn(Mail(2, to_first[::-1])).state == "failed"
    assert "came again, or out of order" in str(nodes["clinic 1"].error)


def test_a_relay_that_keeps_a_letter_back_is_found_out_by_the_next_one():
    protocol = mean_age()
    nodes = [Correspondent(protocol, name) for name in EVERYBODY]

    def turn(node, mail):
        kept = mail.letters[1:] if node.name == "clinic 1" and len(mail.letters) == 2 else mail.letters
        return node.turn(replace(mail, letters=kept))

    with pytest.raises(FedLearnError, match="clinic 1 stopped with ProtocolError"):
        carry(nodes, protocol, turn)
    assert "sent 'thanks' where 'mean' was expected" in str(nodes[0].error)


def test_a_relay_that_gives_a_node_its_own_letter_is_found_out():
    node = Correspondent(mean_age(), "clinic 1", "server", sealed=False)
    assert node.turn(Mail(1, [Letter("clinic 1", "server", b"")])).state == "failed"
    assert "mixed its letters up" in str(node.error)


def test_a_greeting_whose_agreed_facts_are_no_texts_is_refused():
    """The relay compares them as they are: a list would end it with an error of Python's."""
    with pytest.raises(WireError):
        Hello.from_bytes(Hello(["bank"], "0123", bytes(32), {"columns": [1]}).to_bytes())


def test_mail_answers_and_greetings_survive_the_way():
    letter = Letter("bank", "tax", b"\x00")
    mail = Mail(3, [letter], {"bank": bytes(32)}, ["judge"], {"tax": b"..."})
    answer = Answer("failed", [letter], ["judge"], b"...")
    hello = Hello(["bank"], "0123", bytes(32), {"columns": "89ab"})
    assert [type(one).from_bytes(one.to_bytes()) for one in (mail, answer, hello)] == [mail, answer, hello]


# --- a process that dies, and its journal


def test_a_node_started_anew_at_every_turn_goes_on_from_its_journal(tmp_path):
    protocol, together = mean_age(rounds=3), play(mean_age(rounds=3))
    paths = [tmp_path / name for name in EVERYBODY]

    def new(place):
        return Correspondent(protocol.only(EVERYBODY[place]), EVERYBODY[place], journal=Journal(paths[place]))

    relay = Relay({place: new(place).hello() for place in range(4)}, protocol)
    relay.carry(lambda mail: {place: new(place).turn(one) for place, one in mail.items()})
    ends = [new(place) for place in range(4)]
    assert ends[0].result == together.result and ends[3].result == {"mean": together.result["mean"]}


def test_a_node_that_dies_in_the_middle_of_its_work_computes_nothing_twice(tmp_path, monkeypatch):
    protocol, path = wages(), tmp_path / "journal"
    monkeypatch.setattr(
        Correspondent, "_deliver", lambda self, *_: (_ for _ in ()).throw(KeyboardInterrupt())  # the power fails
    )
    node = Correspondent(protocol, "bank", journal=Journal(path))
    mail = Mail(1, keys={"tax": bytes(32), "judge": bytes(32)})
    with pytest.raises(KeyboardInterrupt):
        node.turn(mail)
    monkeypatch.undo()
    pair = node.held_by("bank")["make keys"]
    again = Correspondent(protocol, "bank", journal=Journal(path))
    keys = {name: Correspondent(protocol, name).hello().public for name in ("tax", "judge")}
    assert again.turn(replace(mail, keys=keys)).state == "waiting"
    assert again.held_by("bank")["make keys"].public == pair.public


def asked_for_the_other_share(mail):
    """The same mail, from a server that says now that hospital 2 never uploaded."""
    (letter,) = mail.letters
    frame = Frame.from_bytes(letter.body)
    asked = {"here": ["hospital 1", "hospital 3", "hospital 4"], "gone": ["hospital 2"]}
    return replace(mail, letters=[replace(letter, body=replace(frame, body=encode(asked, KeyRing())).to_bytes())])


def shares_in(answer):
    (letter,) = answer.letters
    shares = decode(Frame.from_bytes(letter.body).body, KeyRing())
    return sorted(shares["seeds"]), sorted(shares["keys"])


def test_a_party_that_died_after_it_opened_shares_opens_no_others_when_it_is_asked_for_them(tmp_path, monkeypatch):
    hospitals = fl.split_rows(fl.load("breast_cancer"), parties=4, seed=3)
    protocol = fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.masked_sum())

    def node(name):
        return Correspondent(protocol, name, sealed=False, journal=Journal(tmp_path / name))

    def ask(mail):
        if relay.turns == 7:  # the server has said who uploaded
            begun, other = node("hospital 1"), asked_for_the_other_share(mail["hospital 1"])
            with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
                patch.setattr(begun, "_deliver", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
                begun.turn(mail["hospital 1"])
            seen.append(shares_in(node("hospital 1").turn(other)))
            seen.append(shares_in(node("hospital 3").turn(asked_for_the_other_share(mail["hospital 3"]))))
        return {name: node(name).turn(one) for name, one in mail.items()}

    relay, seen = Relay({name: node(name).hello() for name in protocol.names}, protocol), []
    relay.carry(ask)
    assert seen[0] == (sorted(protocol.names[:4]), [])  # the seeds that it had opened, and no key
    assert seen[1] == (["hospital 1", "hospital 3", "hospital 4"], ["hospital 2"])  # from who had opened nothing yet


def test_an_answer_that_was_lost_is_given_again_to_the_byte_whatever_the_mail_is_now():
    node = Correspondent(mean_age(), "clinic 1")
    keys = {"server": Correspondent(mean_age(), "server").hello().public}
    answer = node.turn(Mail(1, keys=keys))
    for mail in (Mail(1, keys=keys), Mail(1, gone=["server"]), Mail(1, [Letter("server", "clinic 1", b"")])):
        assert node.turn(mail) == answer


def three_announces(one, two, three):
    own_at_three = yield Local(three, "own", mine, step=1)
    return (yield Announce(own_at_three, "own", step=2))


def test_an_announcement_that_reached_only_one_of_a_nodes_parties_ends_its_play():
    protocol = Protocol(three_announces, {name: Someone(name, 7) for name in ("one", "two", "three")})
    data = Frame("message", 2, 0, 2, "own", encode(7, KeyRing())).to_bytes()
    for reached in ("one", "two"):
        node = Correspondent(protocol, "one", "two", sealed=False)
        answer = node.turn(Mail(1, [Letter("three", reached, data)], gone=["three"]))
        assert answer.state == "failed" and isinstance(node.error, PartyDropped) and node.error.party == "three"


def test_what_has_ended_stays_as_it_ended_when_it_is_asked_once_more():
    protocol = mean_age()
    nodes = [Correspondent(protocol, name) for name in EVERYBODY]
    carry(nodes, protocol)
    result, stray = nodes[0].result, Letter("server", "clinic 1", b"")
    assert nodes[0].turn(Mail(len(nodes[0].journal.turns) + 1, [stray])) == Answer("finished", [], [])
    assert nodes[0].result == result
    failed = Correspondent(protocol, "clinic 1")
    answers = [failed.turn(Mail(number, [stray])) for number in (1, 2)]
    assert answers[0] == answers[1] and answers[0].state == "failed" and "no public key" in str(failed.error)


@pytest.mark.parametrize("drive", ["finish", "next"])
def test_a_node_that_waits_for_mail_is_not_driven_on_without_it(drive):
    with pytest.raises(ProtocolError, match="clinic 1 is played in turns"):
        getattr(Correspondent(mean_age(), "clinic 1"), drive)()


@pytest.mark.parametrize("number", [2, 0, -1])
def test_a_turn_that_was_left_out_is_noticed(number):
    with pytest.raises(ProtocolError, match=f"at turn 1, and was given the mail of turn {number}"):
        Correspondent(mean_age(), "clinic 1").turn(Mail(number))


@pytest.mark.parametrize(
    "rest", [lambda record: record[:-2], lambda record: bytes(500), lambda record: record[:-9] + bytes(9)]
)
def test_what_a_failing_computer_leaves_at_the_end_of_a_journal_is_passed_over_and_written_over(tmp_path, rest):
    path = tmp_path / "journal"
    Journal(path).note_work("bank", 1, 3.5, 0.1)
    record = path.read_bytes()
    path.write_bytes(record + rest(record))
    again = Journal(path)
    assert again.work("bank", 1) == (3.5, 0.1)
    again.note_work("bank", 2, 4.5, 0.1)
    assert Journal(path).work("bank", 2) == (4.5, 0.1) and path.stat().st_size == 2 * len(record)


def test_reading_a_journal_changes_nothing_for_somebody_may_be_writing_in_it(tmp_path):
    path = tmp_path / "journal"
    Journal(path).note_work("bank", 1, 3.5, 0.1)
    path.write_bytes(path.read_bytes() * 2 + b"half")
    before = path.read_bytes()
    Journal(path)
    assert path.read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="a full disk is played with POSIX's limit on files")
def test_after_a_note_that_the_disk_did_not_take_the_next_one_counts(tmp_path):
    path = tmp_path / "journal"
    script = (
        "import resource, signal, sys; from fedlearn_edu.wire.journal import Journal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); limit = resource.RLIMIT_FSIZE; journal = Journal(sys.argv[1])\n"
        "journal.note_work('bank', 1, 'a', 0.1)\n"
        "resource.setrlimit(limit, (journal.path.stat().st_size + 30, resource.RLIM_INFINITY))\n"
        "try: journal.note_work('bank', 2, 'b' * 100, 0.1)\n"
        "except OSError: print(journal.work('bank', 2))\n"
        "resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "journal.note_work('bank', 3, 'c', 0.1)"
    )
    ended = subprocess.run([sys.executable, "-c", script, path], capture_output=True, encoding="utf-8", check=True)
    assert ended.stdout == "None\n"  # what is not on the disk is not known
    assert [Journal(path).work("bank", place) for place in (1, 2, 3)] == [("a", 0.1), None, ("c", 0.1)]


def test_what_leaves_a_node_is_on_its_disk_before(tmp_path, monkeypatch):
    kept, path = [], tmp_path / "journal"
    monkeypatch.setattr(os, "fsync", lambda number: kept.append(os.fstat(number).st_size))
    node = Correspondent(mean_age(), "clinic 1", journal=Journal(path))
    hello = node.hello()
    assert kept[-1] == path.stat().st_size and hello.public
    node.turn(Mail(1, keys={"server": Correspondent(mean_age(), "server").hello().public}))
    assert kept[-1] == path.stat().st_size


def test_two_processes_do_not_play_one_party(tmp_path):
    path, protocol = tmp_path / "journal", mean_age()
    keys = {"server": Correspondent(protocol, "server").hello().public}
    slow = Correspondent(protocol, "clinic 1", journal=Journal(path))
    quick = Correspondent(protocol, "clinic 1", journal=Journal(path))
    answer = quick.turn(Mail(1, keys=keys))
    with pytest.raises(ProtocolError, match="Another process writes"):
        slow.turn(Mail(1, keys=keys))
    assert Correspondent(protocol, "clinic 1", journal=Journal(path)).turn(Mail(1, keys=keys)) == answer


@pytest.mark.parametrize(
    ("protocol", "parties"), [(mean_age(rounds=3), ["clinic 1"]), (mean_age(), ["clinic 1", "clinic 2"])]
)
def test_a_journal_of_another_run_is_not_played_on(protocol, parties):
    journal = Journal()
    Correspondent(mean_age(), "clinic 1", journal=journal)
    with pytest.raises(ProtocolError, match="tells of another run"):
        Correspondent(protocol, *parties, journal=journal)


@pytest.mark.skipif(os.name != "posix", reason="only POSIX says who may read and write a file")
@pytest.mark.parametrize("mode", [0o666, 0o620, 0o640, 0o604])
def test_a_journal_is_its_owners_alone_and_one_that_others_can_read_or_write_is_refused(tmp_path, mode):
    path = tmp_path / "journal"
    Journal(path).note_work("bank", 1, 3.5, 0.1)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(mode)
    with pytest.raises(ProtocolError, match="can be read or written by others"):
        Journal(path)


@pytest.mark.skipif(os.name != "posix", reason="only POSIX says who may read and write a file")
def test_no_secret_is_written_into_a_file_that_somebody_has_put_there_meanwhile(tmp_path):
    path = tmp_path / "journal"
    journal = Journal(path)
    path.touch()
    path.chmod(0o666)
    with pytest.raises(ProtocolError, match="can be read or written by others"):
        journal.note_work("bank", 1, "a private key", 0.1)
    assert path.read_bytes() == b""


def test_no_private_key_of_a_journal_is_in_an_answer(tmp_path):
    path = tmp_path / "journal"
    node = Correspondent(wages(), "bank", journal=Journal(path), sealed=False)  # a seal would hide it from the search
    answer = node.turn(Mail(1)).to_bytes()
    private, public = node.held_by("bank")["make keys"].private, node.held_by("bank")["public half"]
    prime, modulus = (number.to_bytes((number.bit_length() + 7) // 8, "little") for number in (private.p, public.n))
    assert prime in path.read_bytes() and modulus[::-1] in answer  # so that the search would find them
    assert not {prime, prime[::-1], node.journal.identity.private} & {
        answer[start : start + size] for size in (len(prime), 32) for start in range(len(answer))
    }


# --- who drops out, who fails


def test_a_party_that_drops_out_is_missing_in_a_gather_wherever_it_is_played():
    for nodes in (None, HALVES):
        faults = [Drop("clinic 2", round=2, before_step=2)]
        assert play_in_turns(mean_age(), nodes=nodes, faults=faults).result == play(mean_age(), faults=faults).result


def test_a_node_whose_parties_have_all_dropped_out_says_so():
    node = Correspondent(mean_age(), "clinic 2", faults=[Drop("clinic 2", round=1, before_step=1)])
    assert node.turn(Mail(1)) == Answer("left", [], ["clinic 2"])


def test_the_next_to_need_a_party_that_is_gone_says_who_is_gone():
    with pytest.raises(PartyDropped, match="server"):
        play_in_turns(mean_age(), faults=[Drop("server", round=2, before_step=3)])


def test_a_node_that_does_not_answer_is_gone():
    protocol = mean_age()
    nodes = [Correspondent(protocol, name) for name in EVERYBODY]
    relay = relay_of(nodes, protocol)
    relay.carry(
        lambda mail: {
            place: None if place == 1 and one.number == 2 else nodes[place].turn(one) for place, one in mail.items()
        }
    )
    assert relay.gone == ["clinic 2"]
    assert nodes[0].result == play(protocol, faults=[Drop("clinic 2", round=2, before_step=1)]).result


def test_when_all_are_gone_it_is_said():
    protocol = mean_age()
    with pytest.raises(PartyDropped, match="clinic 1 is gone"):
        relay_of([Correspondent(protocol, name) for name in EVERYBODY], protocol).carry(lambda mail: {})


def test_what_a_node_fails_with_reaches_all_without_its_words():
    protocol = mean_age(sum_ages=sum_or_raise)
    nodes = [Correspondent(protocol, name) for name in EVERYBODY]
    with pytest.raises(FedLearnError, match="clinic 2 stopped with ValueError") as raised:
        carry(nodes, protocol)
    assert "secret" not in str(raised.value) and "secret" in str(nodes[1].error)
    assert [node.state for node in nodes] == ["failed"] * 4
    assert all("clinic 2 stopped" in str(node.error) for node in nodes if node.was_told)
    answers = [Answer.from_bytes(node.journal.turns[-1][1]) for node in nodes]
    assert len({answer.stopped for answer in answers}) == 1  # everybody blames the same one


def test_late_messages_need_a_clock_and_turns_have_none():
    with pytest.raises(ProtocolError, match="no clock"):
        Correspondent(mean_age(), "clinic 1", faults=[Late("clinic 2", round=1, step=2)])


# --- nodes that do not go together


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ([EVERYBODY, ("clinic 1",)], "played by two nodes"),
        ([EVERYBODY[1:]], "No node plays clinic 1"),
    ],
)
def test_every_party_is_played_once(groups, said):
    with pytest.raises(ProtocolError, match=said):
        play_in_turns(mean_age(), nodes=groups)


def test_nodes_that_play_different_protocols_are_refused():
    nodes = [Correspondent(mean_age(rounds=3), "clinic 1"), Correspondent(mean_age(), *EVERYBODY[1:])]
    with pytest.raises(ProtocolError, match="2 different protocols"):
        relay_of(nodes, mean_age())
    half = [Correspondent(mean_age(), "clinic 1", sealed=False), Correspondent(mean_age(), *EVERYBODY[1:])]
    with pytest.raises(ProtocolError, match="2 different protocols"):
        relay_of(half, mean_age())


def test_a_node_cannot_write_in_anothers_name():
    protocol = mean_age()
    nodes = [Correspondent(protocol, name) for name in EVERYBODY]

    def turn(node, mail):
        answer = node.turn(mail)
        forged = [replace(letter, sender="clinic 2") for letter in answer.letters] if node.name == "clinic 1" else []
        return replace(answer, letters=[*answer.letters, *forged])

    with pytest.raises(ProtocolError, match="came from the node of clinic 1"):
        carry(nodes, protocol, turn)


@pytest.mark.parametrize("left", [["clinic 2"], ["clinic 1", "nobody"]])
def test_a_node_cannot_say_that_anothers_party_left(left):
    protocol = mean_age()
    nodes = [Correspondent(protocol, name) for name in EVERYBODY]

    def turn(node, mail):
        return replace(node.turn(mail), left=left if node.name == "clinic 1" else [])

    with pytest.raises(ProtocolError, match=f"clinic 1 says that {left[-1]} left"):
        carry(nodes, protocol, turn)


def only_the_server_waits(clinic, server):
    """The server cannot begin before the clinic has spoken."""
    value_at_clinic = yield Local(clinic, "mine", mine, step=1)
    yield Announce(value_at_clinic, "value", step=1)
    return (yield Send((yield Local(server, "same", same, 1, step=2)), clinic, "answer", step=2))


def test_a_text_of_three_messages_takes_as_many_turns_as_it_has_ways_to_and_fro():
    protocol = Protocol(only_the_server_waits, {"clinic": Someone("clinic 1", 7), "server": SERVER})
    relay = carry([Correspondent(protocol, name) for name in protocol.names], protocol)
    assert relay.turns == 3 and [e.turn for e in relay.envelopes] == [1, 2]


@pytest.mark.parametrize("nodes", [0, 6, True, 1.5, "two"])
def test_as_many_nodes_as_there_are_parties_at_most(nodes):
    with pytest.raises(ArgumentError, match="nodes for 5 parties"):
        dealt("abcde", nodes)


def test_parties_are_dealt_in_order_and_evenly():
    assert [len(group) for group in dealt(range(1000), 7)] == [143, 143, 143, 143, 143, 143, 142]
    assert [name for group in dealt("abcdefg", 3) for name in group] == list("abcdefg")

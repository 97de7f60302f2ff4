"""One party a process: the same results and messages; and nobody who dies, hangs or lies takes the others along."""

import contextlib
import os
import struct
import threading
import time
from multiprocessing import Pipe

import pytest

from fedlearn_edu import errors
from fedlearn_edu.errors import Cancelled, FedLearnError, PartyDropped, ProtocolError, WireError
from fedlearn_edu.wire import endpoint as endpoint_module
from fedlearn_edu.wire.choreography import Gather, Local, Protocol, Send
from fedlearn_edu.wire.codec import KeyRing, encode
from fedlearn_edu.wire.endpoint import Endpoint, play_apart
from fedlearn_edu.wire.faults import Drop, Late
from fedlearn_edu.wire.frames import Frame
from fedlearn_edu.wire.run import play
from fedlearn_edu.wire.turns import play_in_turns

from .conftest import pipes, play_in_threads
from .small_protocols import (
    AGES,
    SERVER,
    Someone,
    mean_age,
    mean_age_text,
    mine,
    result_that_cannot_leave,
    sum_or_die,
    sum_or_raise,
    sum_or_raise_something_peculiar,
    wages,
)


def described(transcript, *fields):
    names = fields or ("round", "step", "sender", "receiver", "label", "kind", "protection", "size", "late", "position")
    return sorted(tuple(str(getattr(m, name)) for name in names) for m in transcript.messages)


def means_without(name):
    ages = [age for clinic, own in AGES.items() for age in own if clinic != name]
    return sum(ages) / len(ages)


# --- the same text, played apart


def test_played_apart_in_processes_of_their_own_the_results_and_the_messages_are_equal():
    together, apart = play(mean_age()), play_apart(mean_age(), time_limit=60)
    assert {name: part.error for name, part in apart.parts.items()} == dict.fromkeys(together.protocol.names)
    assert apart.parts["clinic 1"].result == together.result
    assert apart.parts["server"].result == {"mean": together.result["mean"]}  # the distance lives at clinic 1
    assert described(apart.transcript) == described(together.transcript)
    assert [(m.number, m.body) for m in apart.transcript.messages] == [
        (m.number, m.body) for m in together.transcript.messages
    ]


def test_played_apart_under_encryption_everything_but_the_ciphertexts_is_equal():
    together = play(wages())
    endpoints, failures = play_in_threads(wages())
    assert not failures
    assert endpoints["bank"].result == endpoints["tax"].result == together.result
    assert endpoints["judge"].result is None
    merged = endpoint_module.Transcript.merged([each.transcript for each in endpoints.values()])
    fields = ("step", "sender", "receiver", "label", "kind", "size")
    assert described(merged, *fields) == described(together.transcript, *fields)
    owners = {run.protocol.title: set(run.transcript.key_owners.values()) for run in (together,)}
    assert owners == {"wages": {"bank"}} and set(merged.key_owners.values()) == {"bank"}


def test_an_endpoint_holds_no_values_but_its_own():
    endpoints, failures = play_in_threads(mean_age())
    assert not failures
    for name, endpoint in endpoints.items():
        assert {party for party, _ in endpoint._values} <= {name}
        assert [party for party in endpoint._held if endpoint.held_by(party)] == [name]
        assert {party for party, data in endpoint._data.items() if data is not None} <= {name}
        assert {m.receiver for m in endpoint.transcript.messages} <= {name}
    assert list(endpoints["clinic 1"].history.columns) == ["mean", "distance", "curve"]
    assert list(endpoints["server"].history.columns) == ["mean"]


def test_an_endpoint_without_a_link_to_everybody_is_refused():
    with pytest.raises(ProtocolError, match="clinic 1 has no link to clinic 2, clinic 3, server"):
        Endpoint(mean_age(), "clinic 1", {})
    with pytest.raises(ProtocolError, match="'nobody' is no party"):
        Endpoint(mean_age(), "nobody", {})


def test_a_protocol_that_no_other_process_can_import_is_refused_with_that_advice():
    def text(bank, server):
        yield Local(bank, "own", mine)

    with pytest.raises(ProtocolError, match=r"cannot be handed to another process[^$]*in a module"):
        play_apart(Protocol(text, {"bank": Someone("bank"), "server": SERVER}))


# --- who goes away


@pytest.mark.parametrize("before_step", [2, 3])
def test_a_gather_goes_on_without_a_party_that_is_gone_exactly_as_in_one_process(before_step):
    faults = [Drop("clinic 2", round=1, before_step=before_step)]
    endpoints, failures = play_in_threads(mean_age(), faults=faults)
    together = play(mean_age(), faults=faults)
    assert not failures and endpoints["clinic 2"].left
    merged = endpoint_module.Transcript.merged([each.transcript for each in endpoints.values()])
    assert described(merged) == described(together.transcript)
    assert endpoints["clinic 1"].result == together.result


@pytest.mark.parametrize("before_step", [3, 4])
def test_where_a_message_is_needed_every_party_learns_who_is_gone_and_at_which_step(before_step):
    start = time.monotonic()
    endpoints, failures = play_in_threads(
        mean_age(), faults=[Drop("server", round=2, before_step=before_step)], time_limit=20
    )
    assert time.monotonic() - start < 5  # a closed link tells at once; the time limit is for those who hang
    assert endpoints["server"].left and set(failures) == set(AGES)
    assert {(type(e), e.party, e.step) for e in failures.values()} == {(PartyDropped, "server", before_step)}


def one_tells_two(one, two, three):
    own_at_one = yield Local(one, "own", mine, step=1)
    yield Send(own_at_one, two, "own", step=2)
    return (yield Local(three, "own", mine, step=3))


def test_a_message_between_two_that_are_gone_is_missed_by_nobody_however_it_is_played():
    protocol = Protocol(one_tells_two, {name: Someone(name, 7) for name in ("one", "two", "three")})
    faults = [Drop("one", round=0, before_step=2), Drop("two", round=0, before_step=2)]
    endpoints, failures = play_in_threads(protocol, faults=faults)
    assert not failures and endpoints["three"].result == 7
    assert play(protocol, faults=faults).result == 7
    assert play_in_turns(protocol, faults=faults).result == 7


def test_a_party_whose_process_dies_is_missing_in_a_gather_and_named_as_gone():
    start = time.monotonic()
    apart = play_apart(mean_age(rounds=1, sum_ages=sum_or_die), time_limit=60)
    assert time.monotonic() - start < 40
    died = apart.parts["clinic 2"]
    assert isinstance(died.error, PartyDropped) and died.error.party == "clinic 2"
    others = [part for name, part in apart.parts.items() if name != "clinic 2"]
    assert [part.error for part in others] == [None] * 3
    assert {part.result["mean"] for part in others} == {means_without("clinic 2")}


def one_message(bank, tax, judge):
    """The judge is in no message at all."""
    own_at_bank = yield Local(bank, "own", die_or_own, step=1)
    own_at_tax = yield Send(own_at_bank, tax, "own", step=2)
    return (yield Send(own_at_tax, judge, "own", step=3))


def die_or_own(data):
    return sum_or_die([1, 2], 1) if data == "die" else data


class BrokenOnWindows:
    """The pipe of a process that died, as Windows shows it: even to ask whether there is something fails."""

    def poll(self, timeout):
        raise BrokenPipeError(109, "The pipe has been ended")


def test_a_process_that_died_is_gone_also_where_a_broken_pipe_cannot_be_asked():
    part = endpoint_module._heard("bank", BrokenOnWindows(), time.monotonic() + 1)
    assert isinstance(part.error, PartyDropped) and part.error.party == "bank"


def test_where_the_message_of_a_dead_process_is_needed_every_process_learns_who_is_gone():
    parties = {"bank": Someone("bank", "die"), "tax": Someone("tax"), "judge": Someone("judge")}
    start = time.monotonic()
    apart = play_apart(Protocol(one_message, parties), time_limit=60)
    assert time.monotonic() - start < 40
    assert {(type(p.error), p.error.party) for p in apart.parts.values()} == {(PartyDropped, "bank")}
    assert [apart.parts[name].error.step for name in ("tax", "judge")] == [2, 2]


def hang_or_own(data):
    time.sleep(3 if data == "hang" else 0)
    return data


def hanging(bank, tax, judge):
    own_at_bank = yield Local(bank, "own", hang_or_own, step=1)
    own_at_tax = yield Send(own_at_bank, tax, "own", step=2)
    return (yield Send(own_at_tax, judge, "own", step=3))


def test_a_party_that_hangs_counts_as_gone_when_the_time_is_up_and_everybody_names_the_right_one():
    parties = {"bank": Someone("bank", "hang"), "tax": Someone("tax"), "judge": Someone("judge")}
    _, failures = play_in_threads(Protocol(hanging, parties), time_limit=0.8)
    # the judge waits for the tax office, which waits for the bank: it must not blame the tax office
    assert [(type(failures[name]), failures[name].party) for name in ("tax", "judge")] == [(PartyDropped, "bank")] * 2


def test_a_late_party_is_survived_by_a_gather_and_its_message_is_marked_late():
    faults = [Late("clinic 2", round=1, step=2)]
    together = play(mean_age(), faults=faults)
    endpoints, failures = play_in_threads(mean_age(), faults=faults, time_limit=1.0)
    assert not failures
    assert {name: e.result["mean"] for name, e in endpoints.items()} == dict.fromkeys(
        endpoints, pytest.approx(together.result["mean"])
    )
    late = [m for m in endpoints["server"].transcript.messages if m.late]
    assert [(m.round, m.step, m.sender) for m in late] == [(1, 2, "clinic 2")]
    merged = endpoint_module.Transcript.merged([each.transcript for each in endpoints.values()])
    assert described(merged) == described(together.transcript)


# --- an error in one party


def test_an_error_in_one_partys_work_ends_all_and_its_words_reach_nobody_else():
    apart = play_apart(mean_age(sum_ages=sum_or_raise), time_limit=60)
    own = apart.parts["clinic 2"].error
    assert isinstance(own, ValueError) and "secret ages" in str(own)
    assert own.__notes__ == ["In 'add up' at clinic 2, round 1, step 1."]
    for name in ("clinic 1", "clinic 3", "server"):
        told = apart.parts[name].error
        assert type(told) is ProtocolError and "clinic 2 stopped with ValueError" in str(told)
        everything = repr((told, told.args, getattr(told, "__notes__", ()), told.__cause__, told.__context__))
        assert "secret" not in everything and "20" not in everything and "25" not in everything


def test_no_frame_carries_the_words_of_an_error(monkeypatch):
    sent = []
    whole = Frame.to_bytes
    monkeypatch.setattr(Frame, "to_bytes", lambda frame: sent.append(whole(frame)) or sent[-1])
    _, failures = play_in_threads(mean_age(sum_ages=sum_or_raise))
    assert set(failures) == {*AGES, "server"} and sent
    assert not [data for data in sent if b"secret" in data]
    assert [data for data in sent if b"ValueError" in data]  # the control: this is how the others learn of it


def test_an_error_of_our_own_keeps_its_kind_and_names_the_party_whatever_it_is_called():
    odd = "a|b: Ltd., \n 50 %"

    def text(one, other):
        yield Send((yield Local(one, "own", out_of_range)), other, "own", step=3)

    _, failures = play_in_threads(Protocol(text, {"one": Someone(odd), "other": Someone("other")}))
    assert type(failures["other"]) is errors.RangeError and f"{odd} stopped with RangeError" in str(failures["other"])


def out_of_range(_):
    raise errors.RangeError("The secret is 5.")


def test_an_error_that_cannot_leave_its_process_is_told_in_words():
    apart = play_apart(mean_age(rounds=1, sum_ages=sum_or_raise_something_peculiar), time_limit=60)
    own = apart.parts["clinic 2"].error
    assert isinstance(own, ProtocolError) and "Peculiar" in str(own)
    assert "clinic 2 stopped with Peculiar" in str(apart.parts["server"].error)


def test_a_result_that_cannot_leave_its_process_is_an_error_that_says_so():
    apart = play_apart(Protocol(result_that_cannot_leave, {"bank": Someone("bank"), "tax": Someone("tax")}))
    assert "cannot leave its process" in str(apart.parts["bank"].error) and apart.parts["tax"].error is None


def test_a_cancelled_endpoint_counts_as_gone_at_once():
    parties = {"bank": Someone("bank", 5), "tax": Someone("tax"), "judge": Someone("judge")}
    protocol = Protocol(one_message, parties)
    links = pipes(protocol.names)
    bank, tax = (Endpoint(protocol, name, links[name], time_limit=20) for name in ("bank", "tax"))
    bank.next()
    bank.cancel()
    with pytest.raises(Cancelled):
        bank.next()
    start = time.monotonic()
    with pytest.raises(PartyDropped, match="bank is gone at step 2"):
        tax.finish()
    assert time.monotonic() - start < 5


# --- out of step, and hostile


def test_parties_that_play_different_texts_notice_it():
    other = Protocol(mean_age_text, {**mean_age().arguments, "rounds": 1})
    _, failures = play_in_threads(mean_age(rounds=2), others={"clinic 1": other}, time_limit=2.0)
    assert set(failures) == {*AGES, "server"}
    assert all(isinstance(error, ProtocolError) for error in failures.values())
    assert "same text with the same public arguments" in str(failures["server"]) + str(failures["clinic 2"])


def at_the_bank(bank, tax):
    """What the tax office sends arrives at word 2."""
    own_at_tax = yield Local(tax, "own", mine, step=1)
    return (yield Gather([own_at_tax], bank, "wages", step=2, shape=2))


def bank_that_receives(*sent, time_limit=1.0):
    """A bank whose link carries these bytes, and then nothing."""
    protocol = Protocol(at_the_bank, {"bank": Someone("bank"), "tax": Someone("tax", [1, 2])})
    ours, theirs = Pipe()
    endpoint = Endpoint(protocol, "bank", {"tax": ours}, time_limit=time_limit)
    sender = threading.Thread(target=send_all, args=(theirs, sent), daemon=True)  # a pipe may be too short for it
    sender.start()
    try:
        return endpoint.finish()
    finally:
        sender.join(5)
        theirs.close()


def send_all(connection, frames):
    with contextlib.suppress(OSError):  # the bank has heard enough
        for data in frames:
            connection.send_bytes(data if isinstance(data, bytes) else data.to_bytes())


def message(position=2, label="wages", value=(1, 2), body=None):
    return Frame("message", position, 0, 2, label, encode(list(value), KeyRing()) if body is None else body)


DONE = Frame("done", 2, 0, None, "")


def test_an_honest_frame_is_accepted():
    assert bank_that_receives(message(), DONE).result == {"tax": [1, 2]}


OUT_OF_STEP = {
    "another label": [message(label="ages")],
    "a word too early": [message(position=3)],
    "the end of the text": [DONE],
    "an old message twice": [message(position=1), message(position=1)],
    "a negative place": [message(position=-7)],
    "the wrong shape": [message(value=(1, 2, 3))],
    "the same message again": [message(), message()],
}


@pytest.mark.parametrize("frames", OUT_OF_STEP.values(), ids=OUT_OF_STEP)
def test_a_frame_out_of_step_is_refused(frames):
    with pytest.raises(ProtocolError) as caught:
        bank_that_receives(*frames)
    assert not isinstance(caught.value, PartyDropped)


def test_an_old_message_that_comes_once_is_late_and_the_right_one_still_arrives():
    endpoint = bank_that_receives(message(position=1, label="older"), message(), DONE)
    assert endpoint.result == {"tax": [1, 2]}
    assert [(m.label, m.late) for m in endpoint.transcript.messages] == [("older", True), ("wages", False)]


def raw(*parts):
    return encode(list(parts), KeyRing())


HOSTILE = {
    "nothing": b"",
    "noise": b"\xc1\xff\x00",
    "a claim of 2^32 elements": b"\xdd\xff\xff\xff\xff",
    "100,000 lists": b"\x91" * 100_000,
    "no list": raw()[:0] + encode(5, KeyRing()),
    "an empty list": raw(),
    "a part too few": raw("message", 2, 0, 2, "wages"),
    "a part too many": raw("message", 2, 0, 2, "wages", b"", b""),
    "an unknown kind": raw("surprise", 2, 0, 2, "wages", b""),
    "text as place": raw("message", "2", 0, 2, "wages", b""),
    "a number as label": raw("message", 2, 0, 2, 7, b""),
    "an endless label": raw("message", 1, 0, 2, "w" * 2**20, encode(1, KeyRing())),
    "no bytes as body": raw("message", 2, 0, 2, "wages", "body"),
    "a body of noise": message(body=b"\xc1"),
    "an old body of noise": message(position=1, body=b"\xc1"),
    "a body that claims too much": message(body=b"\xdf\xff\xff\xff\xff"),
    "an end of noise": Frame("stopped", 2, 0, None, "", b"\xc1"),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bytes_on_a_link_are_a_wire_error(data):
    with pytest.raises(WireError):
        bank_that_receives(data)


@pytest.mark.parametrize(
    "parts",
    [[], ["PartyDropped"], ["PartyDropped", 5, 2], ["__name__", "tax", None], ["annotations", "x", 1],
     ["KeyError", "", 0], ["PartyDropped", "tax", "٣"], "PartyDropped", ["FedLearnError.__init__", "tax", None]],
)  # fmt: skip
def test_whatever_a_stopped_party_says_it_is_an_error_of_ours(parts):
    with pytest.raises(FedLearnError):
        bank_that_receives(Frame("stopped", 2, 0, None, "", encode(parts, KeyRing())))


def test_a_flood_of_old_frames_cannot_hold_a_party_for_ever():
    waiting = Frame("waiting", 1, 0, None, "")
    with pytest.raises(ProtocolError, match="came again, or out of order"):
        bank_that_receives(waiting, waiting)
    with pytest.raises(ProtocolError, match="tax is waiting where"):
        bank_that_receives(Frame("waiting", 2**40, 0, None, ""))


@pytest.mark.skipif(os.name != "posix", reason="writes half a frame into a POSIX pipe")
def test_half_a_frame_cannot_hold_a_party_for_ever():
    protocol = Protocol(at_the_bank, {"bank": Someone("bank"), "tax": Someone("tax", [1, 2])})
    ours, theirs = Pipe()
    endpoint = Endpoint(protocol, "bank", {"tax": ours}, time_limit=0.5)
    os.write(theirs.fileno(), struct.pack("!i", 100) + b"half")
    start = time.monotonic()
    assert endpoint.finish().result == {}
    assert time.monotonic() - start < 5
    theirs.close()


def test_a_frame_beyond_the_limit_is_not_read(monkeypatch):
    monkeypatch.setattr(endpoint_module, "MAX_BODY", 10)
    endpoint = bank_that_receives(message(value=range(2000)))
    assert endpoint.result == {}  # the link is closed, and its sender gone

"""All parties in one process: driving a run, ending it, and what comes of it."""

import asyncio
import io
import threading
import time

import numpy as np
import pytest

from fedlearn_edu.errors import Cancelled, PartyDropped, ProtocolError, RunSpent, WireError
from fedlearn_edu.wire.choreography import Announce, Gather, Local, Protocol, Report, Round, Send
from fedlearn_edu.wire.faults import Drop, Late
from fedlearn_edu.wire.run import Run, play
from fedlearn_edu.wire.transcript import Message, Work

from .small_protocols import (
    AGES,
    SERVER,
    Someone,
    mean_age,
    mine,
    nothing,
    same,
    slow_sum,
    sum_and_count,
    sum_in_pieces,
    sum_or_raise,
    wages,
)

ALL_AGES = np.concatenate(list(AGES.values()))


def means_without(*gone):
    return np.concatenate([own for name, own in AGES.items() if name not in gone]).mean()


def bodies(run):
    return [(m.round, m.step, m.sender, m.receiver, m.label, m.body) for m in run.transcript.messages]


# --- driving


def test_a_run_computes_what_the_joined_data_would_give():
    run = play(mean_age(rounds=1))
    assert run.state == "finished"
    assert run.result == {"mean": ALL_AGES.mean(), "distance": 40 - ALL_AGES.mean()}
    assert (
        repr(run)
        == f"Run of mean age: finished, 1 round, 7 messages, {sum(m.size for m in run.transcript.messages)} bytes"
    )


def test_next_speaks_one_word_and_answers_what_it_added():
    run, words = Run(mean_age(rounds=1)), []
    assert run.state == "ready"
    while run.state in ("ready", "running"):
        words.append([type(entry).__name__ for entry in run.next()])
        assert run.position == len(words)
    gather, announce = ["Message"] * 3, ["Message"] * 3
    assert words == [[], *[["Work"]] * 3, gather, ["Work"], announce, ["Message"], ["Work"], []]
    assert len(words) == run.protocol.total_steps


def test_stepping_and_finishing_speak_the_same_words():
    stepped = Run(mean_age())
    stepped.next()
    stepped.through(round=1, step=3)
    assert bodies(stepped.finish()) == bodies(play(mean_age()))


def test_through_stops_when_the_step_is_done_and_answers_what_it_added():
    run = Run(mean_age())
    added = run.through(round=1, step=2)
    assert {entry.step for entry in added} == {1, 2} and all(entry.round == 1 for entry in added)
    assert [type(entry) for entry in added] == [Work] * 3 + [Message] * 3
    assert run.through(round=1, step=2) == ()  # that is done already
    assert {(entry.round, entry.step) for entry in run.through(round=2, step=1)} == {(1, 3), (1, 4), (1, 5), (2, 1)}
    assert run.state == "running"


def test_a_step_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(ProtocolError, match=r"no step 9 in round 1[^$]*\[1, 2, 3, 4, 5\]"):
        Run(mean_age()).through(round=1, step=9)
    with pytest.raises(ProtocolError, match=r"no step 1 in round 9[^$]*last round is 2"):
        Run(mean_age()).through(round=9, step=1)


def drivers():
    return {
        "next": Run.next,
        "finish": Run.finish,
        "through": lambda run: run.through(round=1, step=1),
        "run_async": lambda run: asyncio.run(run.run_async()),
    }


@pytest.mark.parametrize("how", drivers())
@pytest.mark.parametrize("end", ["finished", "failed", "cancelled"])
def test_a_spent_run_says_so(how, end):
    run = Run(mean_age(sum_ages=sum_or_raise if end == "failed" else None))
    if end == "cancelled":
        run.cancel()
    elif end == "failed":
        with pytest.raises(ValueError, match="secret ages"):
            run.finish()
    else:
        run.finish()
    with pytest.raises(RunSpent, match=f"This run is {end}[^$]*Make a new one"):
        drivers()[how](run)
    assert run.state == end


@pytest.mark.parametrize("state", ["ready", "running", "cancelled"])
def test_a_run_that_has_not_finished_has_no_result(state):
    run = Run(mean_age())
    if state == "running":
        run.next()
    if state == "cancelled":
        run.cancel()
    with pytest.raises(ProtocolError, match=f"This run is {state}"):
        run.result


def test_a_protocol_can_be_played_any_number_of_times_with_equal_messages():
    protocol = mean_age()
    assert bodies(play(protocol)) == bodies(play(protocol)) == bodies(Run(protocol).finish())


def test_labels_sizes_and_steps_are_deterministic_under_encryption_and_bodies_are_not():
    def shapes(run):
        return [(m.step, m.sender, m.receiver, m.label, m.kind, m.size) for m in run.transcript.messages]

    one, other = play(wages()), play(wages())
    assert shapes(one) == shapes(other)
    assert one.transcript.messages[2].body != other.transcript.messages[2].body


def test_a_text_without_words_finishes():
    def text(server):
        return 5
        yield

    assert play(Protocol(text, {"server": SERVER})).result == 5


def test_a_progress_callback_cannot_drive_the_run_that_called_it():
    refused = []

    def intrude(run):
        for drive in drivers().values() if run.state == "running" else ():
            with pytest.raises(ProtocolError, match="played already") as caught:
                drive(run)
            refused.append(caught.value)

    assert play(mean_age(), progress=intrude).state == "finished"
    assert len(refused) > 4 * 10


def test_a_caller_in_another_thread_is_refused_in_the_middle_of_a_word():
    at_work, go_on = threading.Event(), threading.Event()
    GATES["work"] = at_work, go_on
    run = Run(mean_age(sum_ages=wait_at_gate))
    first = threading.Thread(target=run.finish)
    first.start()
    assert at_work.wait(5)
    with pytest.raises(ProtocolError, match="played already"):
        run.next()
    go_on.set()
    first.join()
    assert run.state == "finished"


GATES = {}


def wait_at_gate(ages, t):
    at_work, go_on = GATES["work"]
    at_work.set()
    assert go_on.wait(5)
    return sum_and_count(ages, t)


# --- progress and cancelling


def test_progress_is_told_after_every_piece_of_long_work():
    seen = []
    play(mean_age(rounds=1, sum_ages=sum_in_pieces), progress=lambda run: seen.append((run.doing, run.position)))
    assert seen.count(("clinic 2: add up", 3)) >= 1000


def test_a_progress_bar_shows_words_done_of_words_in_all_and_goes_away(monkeypatch):
    from tqdm.auto import tqdm

    bars = []

    class Bar(tqdm):
        def __init__(self, **options):
            bars.append(self)
            super().__init__(**options | {"file": io.StringIO()})

    monkeypatch.setattr("tqdm.auto.tqdm", Bar)
    run = play(mean_age(), progress=True)
    assert [(bar.n, bar.total, bar.disable) for bar in bars] == [(run.position, run.protocol.total_steps, True)]


def test_cancel_before_the_start_ends_the_run():
    run = Run(mean_age())
    run.cancel()
    assert run.state == "cancelled"


def test_cancel_from_the_progress_callback_stops_between_two_pieces_of_long_work():
    closed = GATES["closed"] = []
    pieces = []

    def stop_at_ten(run):
        pieces.append(run.doing)
        if len(pieces) == 10:
            run.cancel()

    run = Run(mean_age(sum_ages=pieces_with_an_end))
    with pytest.raises(Cancelled):
        run.finish(progress=stop_at_ten)
    assert run.state == "cancelled" and len(pieces) == 10
    assert closed == [30.0]  # the work that was under way was ended properly, and no other began
    assert run.transcript.entries == []


def pieces_with_an_end(ages, t):
    try:
        for done in range(10**9):
            yield done, 10**9
    finally:
        GATES["closed"].append(ages[0])


def test_cancel_from_another_thread_stops_long_work():
    GATES["closed"] = []
    run = Run(mean_age(sum_ages=pieces_with_an_end))
    threading.Timer(0.1, run.cancel).start()
    start = time.perf_counter()
    with pytest.raises(Cancelled):
        run.finish()
    assert run.state == "cancelled" and time.perf_counter() - start < 5 and GATES["closed"] == [30.0]


def test_cancel_between_two_words_stops_at_the_next():
    run = Run(mean_age())
    run.through(round=1, step=2)
    run.cancel()
    with pytest.raises(Cancelled):
        run.next()
    assert run.state == "cancelled" and len(run.transcript) == 3


def test_a_finished_run_cannot_be_cancelled():
    run = play(mean_age())
    run.cancel()
    assert run.state == "finished" and run.result


# --- asynchronously


def test_run_async_gives_the_same_and_leaves_the_event_loop_free():
    async def watch():
        run, ticks = Run(mean_age(sum_ages=slow_sum)), 0
        playing = asyncio.create_task(run.run_async())
        while not playing.done():
            await asyncio.sleep(0.005)
            ticks += 1
        return await playing, ticks

    run, ticks = asyncio.run(watch())
    assert bodies(run) == bodies(play(mean_age())) and ticks > 10


def test_cancel_while_run_async_goes_on_stops_it():
    async def press_cancel():
        run = Run(mean_age(sum_ages=pieces_with_an_end))
        asyncio.get_running_loop().call_later(0.1, run.cancel)
        with pytest.raises(Cancelled):
            await run.run_async()
        return run

    GATES["closed"] = []
    assert asyncio.run(press_cancel()).state == "cancelled" and GATES["closed"] == [30.0]


def test_cancelling_the_task_of_run_async_ends_the_run_and_leaves_no_thread_in_it():
    async def cancel_task():
        run = Run(mean_age(sum_ages=slow_sum))
        task = asyncio.create_task(run.run_async())
        await asyncio.sleep(0.07)  # in the middle of a word
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert run.state == "cancelled"
        with pytest.raises(RunSpent):
            run.next()
        size = len(run.transcript.entries)
        await asyncio.sleep(0.1)
        assert len(run.transcript.entries) == size

    asyncio.run(cancel_task())


# --- what came of it


def test_history_has_a_row_a_round_and_reported_has_arrays_too():
    def text(server):
        for t in (1, 2):
            yield Round(t)
            curve = yield Local(server, "curve", three_numbers, t)
            yield Report(round=t, loss=1 / t, curve=curve)
            yield Report(round=t, summary=longest, curve=curve)

    run = play(Protocol(text, {"server": SERVER}))
    assert run.history.index.name == "round"
    assert run.history["loss"].dropna().to_dict() == {1: 1.0, 2: 0.5}
    assert run.history["longest"].dropna().to_dict() == {1: 1.0, 2: 2.0}
    assert "curve" not in run.history
    assert [curve.tolist() for curve in run.reported("curve")] == [[1, 1, 1], [2, 2, 2]]
    assert run.reported("nothing of the kind") == []


def three_numbers(_, t):
    return np.full(3, t)


def longest(curve):
    return {"longest": float(curve.max())}


def test_a_run_that_reports_nothing_has_an_empty_history():
    assert play(wages()).history.empty


def test_an_error_in_a_partys_work_tells_where_and_the_run_has_failed():
    run = Run(mean_age(sum_ages=sum_or_raise))
    with pytest.raises(ValueError, match="secret ages") as caught:
        run.finish()
    assert caught.value.__notes__ == ["In 'add up' at clinic 2, round 1, step 1."]
    assert run.state == "failed" and [type(entry) for entry in run.transcript.entries] == [Work]


def test_what_cannot_be_encoded_tells_where():
    def text(bank, server):
        yield Send((yield Local(bank, "own", mine)), server, "ages", step=4)

    with pytest.raises(WireError) as caught:
        play(Protocol(text, {"bank": Someone("bank", {1, 2}), "server": SERVER}))
    assert caught.value.__notes__ == ["In 'ages' from bank, step 4."]


def test_a_held_value_is_seen_under_its_label_and_by_the_observer_alone():
    run = play(wages())
    assert run.held_by("tax")["sums"] == [2.0, 4.0]
    assert "make keys" in run.held_by("bank") and "make keys" not in run.held_by("judge")
    run.held_by("tax").clear()
    assert run.held_by("tax")


# --- who is gone, who is late


def test_a_gather_goes_on_without_a_party_that_is_gone():
    run = play(mean_age(rounds=1), faults=[Drop("clinic 2", round=1, before_step=2)])
    assert run.result["mean"] == means_without("clinic 2")
    assert [m.sender for m in run.transcript.messages if m.step == 2] == ["clinic 1", "clinic 3"]
    assert "clinic 2" not in {m.receiver for m in run.transcript.messages}


@pytest.mark.parametrize("step", [1, 2, 3])
def test_who_dropped_out_stays_away_in_every_later_round(step):
    run = play(mean_age(rounds=3), faults=[Drop("clinic 2", round=2, before_step=step)])
    by_round = {t: {m.sender for m in run.transcript.messages if (m.round, m.step) == (t, 2)} for t in (1, 2, 3)}
    assert "clinic 2" in by_round[1] and "clinic 2" not in by_round[3] and ("clinic 2" in by_round[2]) == (step == 3)
    assert run.history.loc[3, "mean"] == pytest.approx(3 * means_without("clinic 2"))


@pytest.mark.parametrize(("before_step", "label"), [(3, "mean"), (4, "thanks")])
def test_where_a_message_is_needed_the_party_that_is_gone_and_the_step_are_named(before_step, label):
    run = Run(mean_age(), faults=[Drop("server", round=2, before_step=before_step)])
    with pytest.raises(PartyDropped, match=f"server is gone at step {before_step}, where '{label}'") as caught:
        run.finish()
    assert (caught.value.party, caught.value.step, caught.value.label) == ("server", before_step, label)
    assert run.state == "failed" and run.round == 2


def test_nothing_is_sent_to_a_party_that_is_gone_and_its_work_is_not_done():
    run = play(mean_age(rounds=1), faults=[Drop("clinic 1", round=1, before_step=4)])
    assert not [entry for entry in run.transcript.entries if entry.step in (4, 5)]
    assert run.result == {"mean": ALL_AGES.mean()}


def test_a_receiver_that_is_gone_gathers_nothing():
    run = Run(mean_age(), faults=[Drop("server", round=1, before_step=2)])
    with pytest.raises(PartyDropped, match="server is gone at step 3"):
        run.finish()
    assert not run.transcript.messages


def test_everybody_may_be_gone_before_a_gather():
    faults = [Drop(name, round=1, before_step=2) for name in AGES]

    def text(clinics, server):
        yield Round(1)
        sums = []
        for clinic in clinics:
            sums.append((yield Local(clinic, "own", mine, step=1)))
        return (yield Gather(sums, server, "own", step=2))

    clinics = [Someone(name, own) for name, own in AGES.items()]
    assert play(Protocol(text, {"clinics": clinics, "server": SERVER}), faults=faults).result == {}


def test_a_late_message_is_left_out_of_its_gather_and_marked_in_the_transcript():
    run = play(mean_age(), faults=[Late("clinic 2", round=1, step=2)])
    late = [m for m in run.transcript.messages if m.late]
    assert [(m.round, m.step, m.sender, m.receiver) for m in late] == [(1, 2, "clinic 2", "server")]
    assert "too late" in repr(late[0]) and "too late" in run.transcript.table().loc[late[0].number, "encrypted under"]
    assert list(run.history["mean"]) == [means_without("clinic 2"), pytest.approx(2 * ALL_AGES.mean())]


def test_who_sends_none_to_a_gather_is_missing_there():
    def text(bank, tax, server):
        own = [(yield Local(bank, "own", mine)), (yield Local(tax, "nothing", nothing))]
        return (yield Gather(own, server, "own", shape=3))

    parties = {"bank": Someone("bank", [1, 2, 3]), "tax": Someone("tax"), "server": SERVER}
    assert play(Protocol(text, parties)).result == {"bank": [1, 2, 3]}


def test_a_receiver_gathers_its_own_value_without_a_message():
    def text(bank, tax):
        own = [(yield Local(bank, "own", mine)), (yield Local(tax, "own", mine))]
        return (yield Gather(own, tax, "own"))

    run = play(Protocol(text, {"bank": Someone("bank", [1]), "tax": Someone("tax", (2, 3))}))
    assert run.result == {"bank": [1], "tax": [2, 3]} and len(run.transcript) == 1


def test_what_is_announced_is_the_same_for_text_sender_and_receivers():
    def text(bank, tax):
        public = yield Announce((yield Local(bank, "own", mine)), "own")
        return [public, (yield Local(bank, "b", same, public)), (yield Local(tax, "t", same, public))]

    result = play(Protocol(text, {"bank": Someone("bank", (1, 2)), "tax": Someone("tax")})).result
    assert result == [[1, 2]] * 3

"""The stage: any transcript as a play, eyes that see what they could see, runs that are played on it."""

import asyncio
import json
import re
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.errors import ArgumentError, Cancelled, ProtocolError
from fedlearn_edu.widgets import assets
from fedlearn_edu.widgets.stage import SPEEDS, Stage
from fedlearn_edu.widgets.stage_picture import places_of
from fedlearn_edu.widgets.stage_record import EVERYONE, beats_of
from fedlearn_edu.widgets.stage_words import words
from fedlearn_edu.wire.run import Run, play
from fedlearn_edu.wire.transcript import EAVESDROPPER, Message, Transcript, Work

from ..clock import least_seconds
from ..wire.small_protocols import mean_age, slow_sum, sum_or_raise, wages

KERNEL_SECONDS = 1.0  # of work here, to open ten thousand messages
SECRET = 987654.321


@pytest.fixture(scope="module")
def clinics():
    return play(mean_age())


@pytest.fixture(scope="module")
def encrypted():
    return play(wages())


def long_transcript(messages=10_000, parties=12):
    names = [f"party {number}" for number in range(1, parties + 1)]
    transcript = Transcript((*names, "server"))
    for number in range(messages):
        ends = (names[number % parties], "server")
        sender, receiver = ends if number // parties % 2 else ends[::-1]
        transcript.add_message(
            sender=sender, receiver=receiver, label="update", value=np.arange(31.0), body=bytes(range(64)) * 4,
            seconds=0.0, round=number // (10 * parties) + 1, step=3 if receiver == "server" else 5,
        )  # fmt: skip
    return transcript


def asking(question="is the key as agreed?"):
    """A party that asks itself something."""
    transcript = Transcript(("bank", "tax office"))
    transcript.add_work(party="bank", label=question, seconds=0.1, round=1, step=1)
    return transcript


def opened(shown, label):
    """Open the first message of this label."""
    shown.opened = next(message.number for message in shown.transcript.messages if message.label == label)
    return shown


def sights(shown):
    """How these eyes see each message, by label."""
    return {message.label: shown.sight(message) for message in shown.transcript.messages}


# --- what it plays


def test_a_run_its_transcript_and_its_export_play_alike(clinics):
    exported = fl.Transcript.from_json(clinics.transcript.to_json(readings_of=[*clinics.protocol.names, EAVESDROPPER]))
    records = [fl.stage(source).record for source in (clinics, clinics.transcript, exported)]
    assert records[0] == records[1] == records[2]
    assert records[0]["count"] == len(clinics.transcript.entries)


def test_a_protocol_is_played_by_stepping_forward():
    shown = fl.stage(mean_age(rounds=1))
    assert shown.position == 0 and not shown.transcript.entries
    seen = []
    while shown.live["goes_on"]:
        shown.forward()
        seen.append(shown.position)
    assert seen[:3] == [1, 2, 3] and shown.transcript.entries == shown._run.transcript.entries
    assert shown.live["state"] == "finished"
    assert shown.record["count"] == len(shown.transcript.entries) == shown.position


def test_what_was_played_on_elsewhere_shows_after_the_next_step():
    run = Run(mean_age(rounds=1))
    shown = fl.stage(run)
    run.finish()
    shown.forward()
    assert shown.record["count"] == len(run.transcript.entries) and shown.live["state"] == "finished"


@pytest.mark.parametrize("source", [None, "run", 5])
def test_what_cannot_be_played_is_refused(source):
    with pytest.raises(ArgumentError, match="plays a run, a transcript or a protocol"):
        fl.stage(source)


def test_a_bad_theme_eyes_round_position_or_message_is_refused_in_words(clinics):
    for wrong in ({"theme": "zoo"}, {"eyes": "nobody"}, {"eyes": ["server", "nobody"]}, {"eyes": []}, {"round": 9}):
        with pytest.raises(ArgumentError):
            fl.stage(clinics, **wrong)
    shown = fl.stage(clinics)
    for name, value in {"position": 99, "opened": 1, "eyes": "nobody"}.items():
        with pytest.raises(ArgumentError):
            setattr(shown, name, value)


def test_a_bad_value_from_the_browser_is_put_back(clinics):
    shown, sent = fl.stage(clinics), []
    shown.send_state = lambda key=None: sent.append(key)
    shown.set_state({"position": 99, "eyes": "nobody", "opened": 1, "playing": True})
    assert (shown.position, shown.eyes, shown.opened, shown.playing) == (0, EVERYONE, 0, True)
    assert sent == ["position", "eyes", "opened"]


# --- beats


def test_what_parties_do_alike_is_one_beat_and_what_is_passed_on_is_not(clinics, encrypted):
    of = [(beat.entries[0].label, len(beat.entries)) for beat in beats_of(clinics.transcript.entries)][:6]
    assert of == [("add up", 3), ("sum", 3), ("divide", 1), ("mean", 3), ("thanks", 1), ("compare", 1)]
    assert [len(beat.entries) for beat in beats_of(encrypted.transcript.entries)] == [1] * len(
        encrypted.transcript.entries
    )
    chain = Transcript(("a", "b", "c"))
    for sender, receiver in (("a", "b"), ("b", "c")):
        chain.add_message(sender=sender, receiver=receiver, label="sum", value=1, body=b"", seconds=0.0)
    assert len(beats_of(chain.entries)) == 2


def test_steps_go_over_beats_and_back_again(clinics):
    shown, forth, back = fl.stage(clinics), [], []
    while shown.position < len(clinics.transcript.entries):
        shown.forward()
        forth.append(shown.position)
    shown.forward()
    assert forth == [beat.last for beat in beats_of(clinics.transcript.entries)] and shown.position == forth[-1]
    while shown.position:
        back.append(shown.position)
        shown.back()
    assert back == forth[::-1]


def test_a_jump_goes_to_a_step_of_a_round(clinics):
    shown = fl.stage(clinics, round=2, step=2)
    assert {(entry.round, entry.step) for entry in shown.beat.entries} == {(2, 2)}
    shown.jump(step=4)
    assert shown.beat.entries[0].label == "thanks" and shown.beat.entries[0].round == 1
    with pytest.raises(ArgumentError, match=r"Nothing happened in round 1 step 9.*\n.*\(1, 1\)"):
        shown.jump(round=1, step=9)


def test_an_opened_message_comes_in_front_and_a_step_closes_it(clinics):
    shown = opened(fl.stage(clinics), "thanks")
    assert shown.position == shown.opened and shown.beat.entries[0].label == "thanks"
    shown.forward()
    assert shown.opened == 0


# --- eyes


def test_each_pair_of_eyes_sees_what_its_party_could_see(encrypted):
    shown = fl.stage(encrypted)
    assert set(sights(shown).values()) == {"open", "locked"}
    shown.eyes = "bank"
    assert sights(shown) == {
        "key": "open", "key, passed on": "unseen", "wages": "unseen", "doubled": "key", "sums": "open",
    }  # fmt: skip
    shown.eyes = "judge"
    assert sights(shown)["wages"] == sights(shown)["doubled"] == "locked" and sights(shown)["sums"] == "unseen"
    shown.eyes = EAVESDROPPER
    assert sights(shown) == {
        "key": "open", "key, passed on": "open", "wages": "locked", "doubled": "locked", "sums": "open",
    }  # fmt: skip


def test_who_can_read_a_message_is_who_holds_the_key_and_nobody_else(encrypted):
    record = fl.stage(encrypted).record
    told = {record["texts"][who] for who in record["who"]}
    assert told == {"everybody on the way: nothing protects it", "who holds bank's private key: bank"}


@pytest.mark.parametrize(
    ("protection", "told"),
    [
        ("blinded", "nobody: what is blinded can only be compared"),
        ("one-time masks", "nobody by itself: the masks cancel only in the sum"),
        ("sealed for shop", "shop alone: it is sealed for it"),
        ("something new", "nobody on the way: something new"),
    ],
)
def test_every_protection_says_who_can_undo_it(protection, told):
    transcript, value = Transcript(("bank", "shop")), SimpleNamespace(protection=protection)
    transcript.add_message(sender="bank", receiver="shop", label="it", value=value, body=b"", seconds=0.0)
    record = fl.stage(transcript).record
    assert record["texts"][record["who"][0]] == told


def test_under_paillier_the_parties_can_read_an_upload_and_the_server_cannot(hospitals):
    run = play(fl.fedavg(hospitals, rounds=1, aggregation=fl.paillier_sum(key_bits=512)))
    shown = fl.stage(run, round=1, step=3)
    record, names = shown.record, [party.name for party in hospitals]
    place = shown._places[shown.position]
    assert record["texts"][record["who"][place]] == f"who holds {names[0]}'s private key: {', '.join(names)}"
    for eyes, sight in {"server": "locked", names[-1]: "key", EAVESDROPPER: "locked"}.items():
        shown.eyes = eyes
        assert shown.sight(shown.beat.messages[-1]) == sight
    assert "not readable" in shown.sentence()
    sealed = next(m for m in run.transcript.messages if m.label == "private key, sealed" and m.sender == "server")
    for eyes, sight in {"server": "locked", sealed.receiver: "key"}.items():
        shown.eyes = eyes
        assert shown.sight(sealed) == sight


@pytest.fixture(scope="module")
def hospitals():
    parts = fl.split_rows(fl.load("breast_cancer"), parties=3, seed=1)
    return fl.play(fl.standardise(parts, aggregation=fl.plain_sum())).result


def secret_transcript():
    transcript = Transcript(("bank", "tax office", "judge"))
    whispered = str(SECRET).encode()
    whispering = {"sender": "bank", "receiver": "tax office", "label": "secret", "value": SECRET, "body": whispered}
    transcript.add_message(**whispering, seconds=0.0)
    transcript.add_message(sender="tax office", receiver="judge", label="verdict", value=1, body=b"1", seconds=0.0)
    return transcript


def state_of(shown):
    return json.dumps({name: value for name, value in shown.get_state().items() if name not in ("_esm", "_css")})


def holds_the_secret(shown):
    """Whether a saved stage tells it: as a reading, or among the first bytes."""
    import base64

    heads = base64.b64decode(shown.record["heads"])
    return f"{SECRET:.6g}" in state_of(shown) or str(SECRET).encode()[:6] in heads


def test_a_saved_stage_holds_nothing_that_its_eyes_could_not_see():
    assert holds_the_secret(fl.stage(secret_transcript()))  # the control
    assert holds_the_secret(fl.stage(secret_transcript(), eyes=["judge", "tax office"]))
    assert holds_the_secret(fl.stage(secret_transcript(), eyes=[EAVESDROPPER]))
    limited = fl.stage(secret_transcript(), eyes=["judge"])
    assert not holds_the_secret(limited)
    assert limited.eyes == "judge" and [eyes["name"] for eyes in limited.declared["eyes"]] == ["judge"]
    with pytest.raises(ArgumentError, match="no eyes of 'bank'"):
        limited.eyes = "bank"


def test_one_name_chooses_the_eyes_to_begin_with_and_keeps_the_others(clinics):
    shown = fl.stage(clinics, eyes="server")
    assert shown.eyes == "server"
    assert [eyes["name"] for eyes in shown.declared["eyes"]] == [EVERYONE, *clinics.protocol.names, EAVESDROPPER]


def test_no_private_key_is_in_a_stage(encrypted):
    private = encrypted.held_by("bank")["make keys"].private
    state = state_of(fl.stage(encrypted))
    assert not any(form in state for number in (private.p, private.q) for form in (str(number), f"{number:x}"))


# --- faults


def test_who_is_gone_and_what_came_too_late_are_drawn_so(hospitals):
    gone, late = hospitals[0].name, hospitals[1].name
    faults = [fl.Drop(gone, round=2, before_step=3), fl.Late(late, round=1, step=3)]
    run = play(fl.fedavg(hospitals, rounds=2, aggregation=fl.plain_sum()), faults=faults)
    shown = fl.stage(run, round=1, step=3)
    assert shown.gone_now == () and f"Too late: {late}." in shown.sentence()
    shown.jump(round=2, step=3)
    assert shown.gone_now == (gone,) and f"Gone: {gone}." in shown.sentence()
    assert gone not in shown.beat.parties


# --- a run under way


def ask(shown, wish, until=lambda: False, most=20.0):
    """Press a button in a loop, as a kernel would; come back when the work is done, or `until` says so."""

    async def press():
        shown._asked(shown, {"do": wish}, [])
        end = time.monotonic() + most
        while not shown._task.done() and time.monotonic() < end:
            if until():
                shown._asked(shown, {"do": "cancel"}, [])
            await asyncio.sleep(0.005)
        await asyncio.wait_for(shown._task, 5)

    asyncio.run(press())


def test_the_browser_steps_a_run_and_plays_it_to_its_end():
    shown = fl.stage(mean_age(rounds=2))
    ask(shown, "forward")
    assert shown.position == 1 and shown.live["state"] == "running"
    ask(shown, "finish")
    assert shown.live["state"] == "finished" and shown.position == shown.record["count"] == 24
    assert shown.answered == 2


def test_a_run_is_cancelled_while_it_works_and_between_steps():
    shown = fl.stage(mean_age(rounds=50, sum_ages=slow_sum))
    ask(shown, "finish", until=lambda: shown.record["count"] > 3)
    assert shown.live["state"] == "cancelled" and not shown.live["goes_on"] and shown.live["problem"] == ""
    shown = fl.stage(mean_age(rounds=1))
    shown.forward()
    shown.cancel()
    assert shown.live["state"] == "cancelled"
    shown.forward()  # there is nothing to play on
    assert shown.position == 1


def test_what_goes_wrong_in_a_run_is_raised_in_a_cell_and_shown_in_the_browser():
    with pytest.raises(ValueError, match="secret ages"):
        fl.stage(mean_age(sum_ages=sum_or_raise)).finish()
    shown = fl.stage(mean_age(sum_ages=sum_or_raise))
    ask(shown, "finish")
    assert shown.live["state"] == "failed" and "secret ages" in shown.live["problem"]


def test_a_transcript_cannot_be_played_on(clinics):
    shown = fl.stage(clinics.transcript)
    assert shown.live == {"state": "recorded", "goes_on": False, "doing": "", "problem": ""}
    shown.finish()
    assert shown.position == 24
    with pytest.raises(ProtocolError, match="nothing to play on"):
        shown._live_run()


def test_a_run_that_somebody_else_plays_is_not_played_twice():
    run = Run(mean_age(rounds=1, sum_ages=slow_sum))
    shown = fl.stage(run)
    with run._driving(), pytest.raises(ProtocolError, match="being played already"):
        shown.forward()
    assert "being played already" in shown.live["problem"]


# --- in words, on paper


def test_the_sentence_says_where_what_and_who(clinics):
    shown = fl.stage(clinics)
    assert shown.sentence() == "At the beginning: 14 messages are to come."
    shown.jump(round=1, step=2)
    assert shown.sentence().replace("\N{NO-BREAK SPACE}", " ") == (
        "Round 1, step 2: every clinic sends its sum. "
        "clinic 1, clinic 2, clinic 3 send “sum” to server: 87 B in all, open."
    )
    shown.eyes = "clinic 1"
    assert shown.sentence().endswith("As clinic 1 sees it: readable.")
    shown.jump(step=4)
    shown.eyes = "clinic 2"
    assert shown.sentence().endswith("None of it passes clinic 2.")


def test_a_question_at_work_ends_with_one_sign():
    shown = fl.stage(asking())
    shown.position = 1
    assert shown.sentence() == "Round 1, step 1. bank works: is the key as agreed?"


def test_the_table_has_a_row_an_entry(clinics):
    assert len(fl.stage(clinics).table()) == len(clinics.transcript.entries)


@pytest.mark.parametrize("position", [0, 1, 6, 24])
def test_the_figure_says_in_its_text_what_the_stage_says(clinics, position):
    shown = fl.stage(clinics)
    shown.position = position
    data, metadata = shown.figure()._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == shown.sentence() and data["image/png"][:4] == b"\x89PNG"


def test_the_figure_draws_an_arrow_for_each_message_of_the_beat(clinics):
    shown = fl.stage(clinics, round=1, step=2)
    (axes,) = shown.figure().figure.axes
    arrows = [text for text in axes.texts if getattr(text, "arrow_patch", None) is not None]
    assert len(arrows) == 3
    written = " ".join(text.get_text() for text in axes.texts)
    assert all(name in written for name in clinics.protocol.names)


def test_two_parties_stand_left_and_right_with_the_coordinator_above_and_others_in_a_ring():
    places = places_of(("bank", "tax office", "coordinator"), "coordinator")
    assert places["bank"][0] < 0 < places["tax office"][0] and places["coordinator"][1] > places["bank"][1]
    ring = places_of([f"party {number}" for number in range(12)], None)
    assert len({(round(x, 3), round(y, 3)) for x, y in ring.values()}) == 12


def test_the_one_without_data_stands_in_the_middle(clinics, encrypted):
    assert fl.stage(clinics).middle == "server"  # nobody else lacks data
    assert fl.stage(clinics.transcript).middle == "server"  # by its name
    assert fl.stage(encrypted).declared["middle"] == 2  # the judge
    assert fl.stage(Transcript(("bank", "shop", "tax office"))).middle is None


def test_every_word_of_the_screen_is_there_and_every_template_can_be_filled():
    assert all(words().values())
    filled_in = (
        Path(assets.__file__).parent / name
        for name in ("stage.js", "stage_record.js", "stage_scene.js", "stage_list.js")
    )
    scripts = "".join(path.read_text(encoding="utf-8") for path in filled_in)
    for name, text in words().items():
        assert (
            name == EAVESDROPPER or f"words.{name}" in scripts or name.startswith("state_") or f'"{name}"' in scripts
        ), name
        for value in re.findall(r"{(\w+)}", text):
            assert re.search(rf"\b{value}\b", scripts), (name, value)


# --- size and speed


def test_ten_thousand_messages_open_within_a_second_and_stay_small():
    transcript = long_transcript()
    assert least_seconds(lambda: fl.stage(transcript)) < KERNEL_SECONDS
    shown = fl.stage(transcript)
    assert shown.record["count"] == 10_000 and len(json.dumps(shown.record)) < 2_000_000


def test_the_state_holds_each_text_once(clinics):
    texts = fl.stage(clinics).record["texts"]
    assert len(texts) == len(set(texts))


def test_columns_hold_every_entry_as_it_was(clinics):
    record, parties = fl.stage(clinics).record, clinics.transcript.parties
    messages = 0
    for place, entry in enumerate(clinics.transcript.entries):
        assert (record["round"][place], record["step"][place]) == (entry.round, entry.step)
        assert record["texts"][record["label"][place]] == entry.label
        if isinstance(entry, Work):
            assert (record["is"][place], parties[record["from"][place]]) == (0, entry.party)
        else:
            assert isinstance(entry, Message) and record["size"][messages] == entry.size
            assert (parties[record["from"][place]], parties[record["to"][place]]) == (entry.sender, entry.receiver)
            messages += 1
    assert messages == len(record["size"]) == len(clinics.transcript)


def test_the_module_is_one_file_without_imports_and_asks_nobody_for_anything(clinics):
    text = fl.stage(clinics)._esm
    assert text.count("export default") == 1 and "import " not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_traits_that_notebooks_drive_are_in_the_saved_state(clinics):
    state = fl.stage(clinics).get_state()
    assert {"position", "playing", "speed", "eyes", "opened", "record", "declared", "live", "gone"} <= set(state)
    assert 1.0 in SPEEDS and isinstance(fl.stage(clinics), Stage)


def test_a_cancelled_run_is_said_so_when_a_cell_plays_it():
    run = Run(mean_age(rounds=1))
    shown = fl.stage(run)
    shown.forward()
    run.cancel()
    with pytest.raises(Cancelled):
        shown.forward()
    assert shown.live["state"] == "cancelled"

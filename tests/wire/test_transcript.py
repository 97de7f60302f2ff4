"""What travelled, who could read it, and what leaves with an export."""

import base64
import hashlib
import json

import numpy as np
import pytest

from fedlearn_edu.crypto.paillier import EncryptedVector
from fedlearn_edu.crypto.sealing import SealedBox
from fedlearn_edu.errors import ArgumentError, WireError
from fedlearn_edu.wire import transcript as transcript_module
from fedlearn_edu.wire.codec import KeyRing, decode
from fedlearn_edu.wire.run import Run, play
from fedlearn_edu.wire.transcript import EAVESDROPPER, HEAD_BYTES, Message, Transcript, Work

from .small_protocols import mean_age, wages

LETTERS = ("sender", "receiver", "label")


@pytest.fixture(scope="module")
def encrypted():
    return play(wages())


@pytest.fixture(scope="module")
def plain():
    return play(mean_age())


def letter(transcript, body=b"body", value=5, sender="bank", receiver="tax", label="letter", **more):
    return transcript.add_message(
        sender=sender, receiver=receiver, label=label, value=value, body=body, seconds=0.0, **more
    )


# --- what is kept


def test_every_message_is_kept_as_the_bytes_that_travelled(plain):
    for message in plain.transcript.messages:
        assert message.size == len(message.body)
        assert message.head == message.body[:HEAD_BYTES]
        assert message.sha256 == hashlib.sha256(message.body).hexdigest()
    upload = next(m for m in plain.transcript.messages if m.sender == "clinic 1")
    assert decode(upload.body, KeyRing()).tolist() == [120.0, 3.0]


def test_entries_are_numbered_in_order_and_the_length_is_that_of_the_messages(plain):
    assert [entry.number for entry in plain.transcript.entries] == list(range(1, 25))
    assert len(plain.transcript) == len(plain.transcript.messages) == 14
    assert repr(plain.transcript).startswith("Transcript: 14 messages, ")


def test_heads_alone_are_kept_when_asked_for():
    run = Run(mean_age(), keep="heads").finish()
    assert {m.body for m in run.transcript.messages} == {None}
    assert all(len(m.head) <= HEAD_BYTES and len(m.sha256) == 64 for m in run.transcript.messages)
    with pytest.raises(ArgumentError, match="keep= was 'some'"):
        Run(mean_age(), keep="some")


def test_memory_is_bounded_and_a_message_that_has_no_room_keeps_head_length_and_digest(monkeypatch):
    monkeypatch.setattr(transcript_module, "KEPT_BYTES", 1000)
    transcript = Transcript(("bank", "tax"))
    kept = [letter(transcript, bytes([i]) * 300) for i in range(10)]
    assert [m.body is not None for m in kept] == [True] * 3 + [False] * 7
    assert all(m.size == 300 and m.head == bytes([i]) * HEAD_BYTES for i, m in enumerate(kept))
    assert kept[9].sha256 == hashlib.sha256(bytes([9]) * 300).hexdigest()
    assert letter(transcript, bytes(100)).body is not None  # a short one still has room


def test_memory_is_bounded_when_the_records_of_many_parties_are_put_together(monkeypatch):
    monkeypatch.setattr(transcript_module, "KEPT_BYTES", 1000)
    each = []
    for name in ("a", "b", "c"):
        each.append(Transcript(("a", "b", "c")))
        letter(each[-1], bytes(900), receiver=name)
    whole = Transcript.merged(each)
    assert [m.body is not None for m in whole.messages] == [True, False, False]
    assert [m.size for m in whole.messages] == [900] * 3


def test_memory_is_bounded_whatever_names_stand_on_sealed_boxes():
    transcript = Transcript(("bank", "tax"))
    message = letter(transcript, value=[SealedBox(f"{i} " + "x" * 60_000, b"") for i in range(20)])
    assert len(message.protection) <= transcript_module.LONGEST_PROTECTION
    assert len(message.kind) <= 200


def test_nobody_may_be_called_like_the_eavesdropper():
    with pytest.raises(ArgumentError, match="eavesdropper"):
        Transcript(("bank", EAVESDROPPER))


# --- tables


def test_the_table_has_a_row_a_message_and_rows_of_work_when_asked_for(plain):
    table = plain.transcript.table()
    assert list(table.columns) == ["round", "step", "from", "to", "what", "encrypted under", "bytes", "seconds"]
    assert len(table) == 14 and len(plain.transcript.table(round=2)) == 7
    assert table.iloc[0][["round", "step", "from", "to", "what"]].tolist() == [1, 2, "clinic 1", "server", "sum"]
    assert table["bytes"].sum() == sum(m.size for m in plain.transcript.messages)
    with_work = plain.transcript.table(work=True)
    assert len(with_work) == 24 and (with_work["to"] == "").sum() == 10
    assert list(with_work.index) == list(range(1, 25))


def test_an_empty_transcript_has_empty_tables():
    transcript = Transcript(("bank", "tax"))
    assert transcript.table().empty and transcript.by_step().empty and transcript.seen_by("tax").empty


def test_by_step_adds_up_messages_bytes_and_seconds_over_rounds(plain):
    steps = plain.transcript.by_step()
    assert list(steps.index) == [1, 2, 3, 4, 5]
    assert steps["messages"].tolist() == [0, 6, 6, 2, 0]
    assert steps["bytes"].sum() == plain.transcript.table()["bytes"].sum()
    works = [entry for entry in plain.transcript.entries if isinstance(entry, Work)]
    assert steps["seconds of work"].sum() == pytest.approx(sum(work.seconds for work in works))
    assert steps.loc[1, "seconds on the wire"] == 0 < steps.loc[2, "seconds on the wire"]


def test_what_is_encrypted_is_named_with_the_owner_of_the_key(encrypted):
    table = encrypted.transcript.table()
    assert table["encrypted under"].tolist() == ["", "", "bank's key", "bank's key", ""]  # though tax passed the key on


def test_many_sealed_boxes_in_one_message_are_counted():
    transcript = Transcript(("bank", "tax"))
    message = letter(transcript, value={"a": SealedBox("a", b""), "b": SealedBox("b", b"")})
    assert transcript.cover_of(message) == "sealed for 2 receivers"
    assert transcript.cover_of(letter(transcript, value=SealedBox("a", b""))) == "sealed for a"


# --- who could read what


def test_a_party_sees_what_it_received_and_nothing_else(encrypted):
    for party in encrypted.protocol.names:
        expected = [m.number for m in encrypted.transcript.messages if m.receiver == party]
        assert list(encrypted.transcript.seen_by(party).index) == expected
    with pytest.raises(ArgumentError, match="'nobody' took no part"):
        encrypted.transcript.seen_by("nobody")


def test_only_the_holder_of_the_private_key_reads_ciphertexts(encrypted):
    def reading(party, label):
        seen = encrypted.transcript.seen_by(party)
        return seen.loc[seen["what"] == label, "could read"].item()

    assert reading("bank", "doubled") == "decrypts to 2, 4"
    assert reading("judge", "wages") == "2 ciphertexts, not readable without the private key"
    assert reading("tax", "sums") == "2, 4"


def test_an_eavesdropper_sees_every_message_and_reads_what_nobody_protected(encrypted):
    seen = encrypted.transcript.seen_by(EAVESDROPPER)
    assert len(seen) == len(encrypted.transcript) and "to" in seen
    assert [reading for reading in seen["could read"] if "decrypts" in reading] == []
    assert seen["could read"].tolist()[-1] == "2, 4"  # sent in the clear


def test_a_masked_vector_at_the_holder_of_the_key_is_recorded_as_noise_and_does_not_end_the_run(keys):
    from fedlearn_edu.crypto.paillier import draw_raw_mask

    vector = EncryptedVector.encrypt([1.0, 2.0], keys.public, limit=8)
    transcript = Transcript(("bank", "tax"))
    masked = vector.add_raw_mask(draw_raw_mask(keys.public, 2))
    letter(transcript, value=masked, private_keys=[keys.private])
    (reading,) = transcript.seen_by("tax")["could read"]
    assert reading.startswith("decrypts to ") and "looks like noise" in reading


def test_numbers_beyond_a_promised_bound_are_recorded_and_do_not_end_the_run(keys):
    from dataclasses import replace

    liar = replace(EncryptedVector.encrypt([5.0], keys.public, limit=8), bound=1)
    transcript = Transcript(("bank", "tax"))
    letter(transcript, value=liar, private_keys=[keys.private])
    assert "beyond the bound" in transcript.seen_by("tax")["could read"].item()


def test_a_single_reading_is_the_one_of_the_table_and_nobody_else_has_one(encrypted):
    transcript = encrypted.transcript
    for party in (*encrypted.protocol.names, EAVESDROPPER):
        table = transcript.seen_by(party)["could read"].to_dict()
        for message in transcript.messages:
            if party == message.sender:
                assert transcript.reading(message, party) == transcript.reading(message, EAVESDROPPER)
            else:
                assert transcript.reading(message, party) == table.get(message.number, "")
    with pytest.raises(ArgumentError, match="'nobody' took no part"):
        transcript.reading(transcript.messages[0], "nobody")


def test_a_reading_that_was_not_exported_is_said_to_be_missing(plain):
    back = Transcript.from_json(plain.transcript.to_json())
    assert back.reading(back.messages[0], back.messages[0].receiver) == "(not in this export)"


# --- export


def test_an_export_read_back_is_the_same_but_for_bodies_and_readings(plain):
    back = Transcript.from_json(plain.transcript.to_json())
    assert back.parties == plain.transcript.parties
    assert {m.body for m in back.messages} == {None}
    without = [
        e if isinstance(e, Work) else Message(**{**vars(e), "body": None}) for e in plain.transcript.entries
    ]  # fmt: skip
    assert back.entries == without
    assert back.table().equals(plain.transcript.table())
    assert set(back.seen_by("server")["could read"]) == {"(not in this export)"}


def test_bodies_are_exported_when_asked_for(plain):
    back = Transcript.from_json(plain.transcript.to_json(bodies=True))
    assert back.entries == plain.transcript.entries


def test_the_owners_of_keys_survive_an_export(encrypted):
    back = Transcript.from_json(encrypted.transcript.to_json())
    assert back.table()["encrypted under"].tolist() == encrypted.transcript.table()["encrypted under"].tolist()


def test_an_export_holds_no_reading_unless_its_party_is_named(encrypted):
    text = encrypted.transcript.to_json(bodies=True)
    assert json.loads(text)["readings"] == {} and "decrypts" not in text
    named = encrypted.transcript.to_json(readings_of=["bank"])
    assert "decrypts to 2, 4" in named and set(json.loads(named)["readings"]) == {"bank"}
    back = Transcript.from_json(named)
    assert "decrypts to 2, 4" in back.seen_by("bank")["could read"].tolist()
    assert set(back.seen_by("tax")["could read"]) == {"(not in this export)"}
    with pytest.raises(ArgumentError, match="'nobody' took no part"):
        encrypted.transcript.to_json(readings_of=["nobody"])


def forms_of(number):
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    for piece in (data, data[::-1]):
        yield piece.hex()
        yield from (base64.b64encode(bytes(shift) + piece).decode()[4:-4] for shift in range(3))
    yield str(number)


def test_an_export_holds_no_private_key_in_any_form(encrypted):
    private = encrypted.held_by("bank")["make keys"].private
    readings = (*encrypted.protocol.names, EAVESDROPPER)
    text = encrypted.transcript.to_json(readings_of=readings, bodies=True)
    assert not [form for number in (private.p, private.q) for form in forms_of(number) if form in text]
    assert private.public.n.to_bytes(32, "big").hex()[:60] in text  # the control: the public key did travel


NO_EXPORTS = {
    "nothing": "",
    "no JSON": "{",
    "a number": "5",
    "a list": "[]",
    "another object": "{}",
    "another format": json.dumps({"format": "fedlearn_edu transcript 99"}),
    "deep nesting": "[" * 200_000,
    "no entries": json.dumps({"format": transcript_module.FORMAT, "parties": [], "key_owners": {}, "readings": {}}),
}


@pytest.mark.parametrize("text", NO_EXPORTS.values(), ids=NO_EXPORTS)
def test_what_is_no_export_is_refused(text):
    with pytest.raises(WireError):
        Transcript.from_json(text)


@pytest.mark.parametrize(
    ("field", "value"),
    [("head", "no hex"), ("head", 5), ("body", "!"), ("body", 7), ("is", None), ("surprise", 1), ("sender", None),
     ("receiver", "a stranger"), ("size", "long"), ("round", "one"), ("label", 5), ("seconds", "now"), ("step", "one")],
)  # fmt: skip
def test_an_export_with_a_spoiled_entry_is_refused(plain, field, value):
    found = json.loads(plain.transcript.to_json())
    place = next(i for i, entry in enumerate(found["entries"]) if entry["is"] == "message")
    found["entries"][place][field] = value
    with pytest.raises(WireError):
        Transcript.from_json(json.dumps(found))


def test_what_parties_wrote_down_apart_is_put_together_in_the_order_of_the_text():
    parties = ("a", "b")
    one, other = Transcript(parties), Transcript(parties)
    other.add_work(party="b", label="first", seconds=0.0, position=1)
    letter(one, sender="b", receiver="a", label="second", position=2)
    letter(other, sender="a", receiver="b", label="third", value=np.array([1.5]), position=3)
    whole = Transcript.merged([one, other])
    assert [(entry.number, entry.label) for entry in whole.entries] == [(1, "first"), (2, "second"), (3, "third")]
    assert whole.seen_by("b")["could read"].to_dict() == {3: "1.5"}
    assert list(whole.seen_by(EAVESDROPPER)["could read"]) == ["5", "1.5"]

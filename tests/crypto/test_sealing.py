from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from fedlearn_edu.crypto.sealing import AgreementKeyPair, SealedBox, generate_agreement_key, seal, shared_key, unseal
from fedlearn_edu.errors import ArgumentError, CryptoError, SealBroken

LOW_ORDER = [
    bytes(32),
    (1).to_bytes(32, "little"),
    (2**255 - 20).to_bytes(32, "little"),
    (2**255 - 19).to_bytes(32, "little"),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
]


@pytest.fixture(scope="module")
def sender():
    return generate_agreement_key()


@pytest.fixture(scope="module")
def receiver():
    return generate_agreement_key()


@settings(deadline=None)
@given(message=st.binary(max_size=300), context=st.binary(max_size=40), name=st.text(max_size=20))
def test_the_receiver_gets_the_message_back(sender, receiver, message, context, name):
    box = seal(message, sender.private, receiver.public, context, name)
    assert unseal(box, receiver.private, sender.public, context) == message
    assert box.protection == f"sealed for {name}"


def test_both_sides_agree_and_every_purpose_has_a_key_of_its_own(sender, receiver):
    info = [shared_key(sender.private, receiver.public, purpose) for purpose in (b"1", b"2")]
    assert info == [shared_key(receiver.private, sender.public, purpose) for purpose in (b"1", b"2")]
    assert info[0] != info[1] and {len(key) for key in info} == {32}


def test_two_boxes_with_one_message_differ(sender, receiver):
    boxes = {seal(b"same", sender.private, receiver.public, b"", "r").body for _ in range(20)}
    assert len(boxes) == 20 and len({body[:12] for body in boxes}) == 20


def test_nobody_else_can_open_a_box(sender, receiver):
    box = seal(b"message", sender.private, receiver.public, b"round 1", "r")
    stranger = generate_agreement_key()
    for mine, theirs in [(stranger, sender), (stranger, receiver), (receiver, stranger)]:
        with pytest.raises(SealBroken):
            unseal(box, mine.private, theirs.public, b"round 1")


def test_a_box_played_back_to_its_sender_does_not_open(sender, receiver):
    box = seal(b"message", sender.private, receiver.public, b"round 1", "r")
    with pytest.raises(SealBroken):
        unseal(box, sender.private, receiver.public, b"round 1")


def test_a_box_opens_in_its_own_context_only(sender, receiver):
    box = seal(b"message", sender.private, receiver.public, b"round 1", "r")
    for context in (b"round 2", b"", b"round 1\0"):
        with pytest.raises(SealBroken):
            unseal(box, receiver.private, sender.public, context)


def test_the_name_on_a_box_cannot_be_changed(sender, receiver):
    box = seal(b"message", sender.private, receiver.public, b"a", "bc")
    for name, context in [("other", b"a"), ("c", b"ab")]:
        with pytest.raises(SealBroken):
            unseal(replace(box, receiver=name), receiver.private, sender.public, context)


def test_no_byte_of_a_box_can_be_changed_or_cut(sender, receiver):
    box = seal(b"message", sender.private, receiver.public, b"", "r")
    changed = [box.body[:i] + bytes([box.body[i] ^ 1]) + box.body[i + 1 :] for i in range(len(box.body))]
    for body in [*changed, *(box.body[:i] for i in range(len(box.body))), box.body + b"\0"]:
        with pytest.raises(SealBroken):
            unseal(SealedBox("r", body), receiver.private, sender.public, b"")


@pytest.mark.parametrize("point", [*LOW_ORDER, b"", bytes(31), bytes([9] * 33)])
def test_low_order_points_and_wrong_lengths_give_no_key(receiver, point):
    with pytest.raises(CryptoError):
        shared_key(receiver.private, point, b"")
    with pytest.raises(CryptoError):
        seal(b"message", receiver.private, point, b"", "r")
    with pytest.raises(SealBroken):
        unseal(SealedBox("r", bytes(40)), receiver.private, point, b"")


@pytest.mark.parametrize("private", [b"", bytes(31), bytes(33), "x" * 32, None])
def test_a_private_key_is_32_bytes(receiver, private):
    with pytest.raises(ArgumentError):
        shared_key(private, receiver.public, b"")


def test_a_private_key_and_a_sealed_body_never_show(sender):
    assert str(sender.private) not in repr(sender) and repr(sender) == f"AgreementKeyPair(public={sender.public!r})"
    assert "body" not in repr(SealedBox("r", b"12345"))
    assert generate_agreement_key() != AgreementKeyPair(sender.public, sender.private) == sender

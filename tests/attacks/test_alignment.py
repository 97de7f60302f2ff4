"""The attacks find what they should, and nothing where they should not."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.attacks.alignment import (
    GROUP_ORDER,
    _multiplier,
    _secret_for,
    broken_blinding,
    dictionary_attack,
    unlocked,
)
from fedlearn_edu.crypto.blinding import (
    BlindingKey,
    blinding,
    blinding_again,
    complete,
    generate_blinding_key,
    hash_to_curve,
)
from fedlearn_edu.crypto.elements import Elements
from fedlearn_edu.crypto.identifiers import id_bytes
from fedlearn_edu.errors import ArgumentError

pytestmark = pytest.mark.filterwarnings("ignore::fedlearn_edu.crypto.paillier.InsecureKeyWarning")
REGISTER = [f"+49 30 {number:05d}" for number in range(1000)]


@pytest.fixture(scope="module")
def parties() -> tuple[fl.Party, fl.Party]:
    """Telephone numbers: 0 to 199 at the bank, 150 to 399 at the tax office, each in an order of its own."""
    rng = np.random.default_rng(1)

    def party(name: str, ids: list[str]) -> fl.Party:
        ids = [ids[place] for place in rng.permutation(len(ids))]
        return fl.Party(name, fl.Dataset(name, np.zeros((len(ids), 1)), None, np.array(ids), ("x",)))

    return party("bank", REGISTER[:200]), party("tax office", REGISTER[150:400])


def played(parties: tuple[fl.Party, fl.Party], method: str, **options: str) -> fl.Run:
    return fl.play(fl.align(*parties, method=method, key_bits=1024, **options))


@pytest.mark.parametrize("salt", ["", "a long and secret looking salt"])
def test_plain_hashes_give_away_every_customer_salted_or_not(parties: tuple[fl.Party, fl.Party], salt: str) -> None:
    transcript = played(parties, "hashed", salt=salt).transcript
    assert dictionary_attack(transcript, "bank", REGISTER, salt=salt) == REGISTER[150:400]
    assert dictionary_attack(transcript, "tax office", REGISTER, salt=salt) == REGISTER[:200]
    assert dictionary_attack(transcript, "eavesdropper", REGISTER, salt=salt) == REGISTER[:400]


def test_who_does_not_know_the_salt_finds_nobody_and_neither_party_is_in_that_place(
    parties: tuple[fl.Party, fl.Party],
) -> None:
    assert dictionary_attack(played(parties, "hashed", salt="s").transcript, "eavesdropper", REGISTER) == []


@pytest.mark.parametrize("method", ["ecdh", "rsa"])
@pytest.mark.parametrize("eyes", ["bank", "tax office", "eavesdropper"])
def test_the_same_attack_finds_nobody_in_what_was_blinded_or_signed(
    parties: tuple[fl.Party, fl.Party], method: str, eyes: str
) -> None:
    assert dictionary_attack(played(parties, method).transcript, eyes, REGISTER) == []


def test_the_attack_would_find_points_that_nobody_blinded(
    parties: tuple[fl.Party, fl.Party], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with a "blinding" that leaves H(x) as it is, the attack on ECDH succeeds."""
    from fedlearn_edu.protocols import alignment

    def not_blinding(ids: list[bytes], key: BlindingKey) -> Elements:
        return Elements.of("point", [hash_to_curve(one) for one in ids])

    monkeypatch.setattr(alignment, "blinding", not_blinding)
    assert dictionary_attack(played(parties, "ecdh").transcript, "bank", REGISTER) == REGISTER[150:400]


def test_the_attack_would_find_numbers_that_nobody_blinded(
    parties: tuple[fl.Party, fl.Party], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control for RSA: r = 1."""
    from fedlearn_edu.crypto import blind_signature

    monkeypatch.setattr(blind_signature, "random_unit", lambda n: n * 0 + 1)
    transcript = played(parties, "rsa").transcript
    assert dictionary_attack(transcript, "eavesdropper", REGISTER) == REGISTER[:200]


def test_a_party_that_stuffs_its_set_learns_which_of_its_guesses_exist(parties: tuple[fl.Party, fl.Party]) -> None:
    """What no alignment prevents."""
    tax = parties[1]
    stuffed = fl.Party("bank", fl.Dataset("bank", np.zeros((1000, 1)), None, np.array(REGISTER), ("x",)))
    first, _ = played((stuffed, tax), "ecdh").result
    assert set(first.data.ids.tolist()) == set(tax.data.ids.tolist())


def test_attacks_on_a_run_say_when_there_is_nothing_to_look_at(parties: tuple[fl.Party, fl.Party]) -> None:
    heads = fl.play(fl.align(*parties), keep="heads").transcript
    with pytest.raises(ArgumentError, match="kept whole"):
        dictionary_attack(heads, "bank", REGISTER)
    with pytest.raises(ArgumentError, match="took no part"):
        dictionary_attack(heads, "post office", REGISTER)


# --- sha(x)·G


def test_one_known_id_unlocks_everybody_who_was_blinded_with_sha_of_x_times_g() -> None:
    key, ids = generate_blinding_key(), REGISTER[100:130]
    found = unlocked(broken_blinding(ids, key), 7, ids[7], REGISTER[90:140])
    assert found == {place: one for place, one in enumerate(ids) if place != 7}


def test_with_the_wrong_id_nobody_is_unlocked() -> None:
    ids = REGISTER[:10]
    assert unlocked(broken_blinding(ids, generate_blinding_key()), 3, ids[4], REGISTER[:20]) == {}


def test_with_a_hash_to_the_curve_one_known_id_unlocks_nobody() -> None:
    ids = REGISTER[:10]
    blinded = complete(blinding(id_bytes(ids), generate_blinding_key()))
    for place in range(10):
        assert unlocked(blinded, place, ids[place], REGISTER[:20]) == {}


def test_the_broken_blinding_gives_right_intersections_so_nobody_notices() -> None:
    one, other = generate_blinding_key(), generate_blinding_key()
    there = complete(blinding_again(broken_blinding(REGISTER[:5], one), other))
    back = complete(blinding_again(broken_blinding(REGISTER[:5], other), one))
    assert there == back and len(set(there)) == 5


@pytest.mark.parametrize("number", [1, 2, 7, 2**203, 2**128 + 1, int(GROUP_ORDER) - 1, int(GROUP_ORDER) // 3])
def test_every_multiplier_has_a_secret_that_x25519_takes_up_to_the_sign(number: int) -> None:
    secret = _multiplier(_secret_for(number))
    assert secret % 8 == 0 and 2**254 <= secret < 2**255
    assert secret % GROUP_ORDER in (number, GROUP_ORDER - number)


def test_a_place_that_is_not_there_is_refused() -> None:
    with pytest.raises(ArgumentError, match="no place 5"):
        unlocked(broken_blinding(["ann"], generate_blinding_key()), 5, "ann", [])


def test_the_hash_that_is_attacked_is_everybodys_sha_256(parties: tuple[fl.Party, fl.Party]) -> None:
    (message, *_) = played(parties, "hashed", salt="s").transcript.messages
    assert hashlib.sha256(b"s" + REGISTER[0].encode()).digest() in message.body

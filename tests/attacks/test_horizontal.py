from __future__ import annotations

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.attacks.horizontal import open_uploads, the_other_of_two
from fedlearn_edu.errors import ArgumentError, CryptoError

pytestmark = pytest.mark.filterwarnings("ignore::fedlearn_edu.crypto.paillier.InsecureKeyWarning")


@pytest.fixture(scope="module")
def hospitals() -> list[fl.Party]:
    parties = fl.split_rows(fl.load("breast_cancer"), parties=3, skew=0.5, seed=7, sizes=[3, 2, 1])
    return fl.play(fl.standardise(parties, aggregation=fl.plain_sum())).result


def played(parties: list[fl.Party], keep: str = "all") -> fl.Run:
    return fl.play(fl.fedavg(parties, rounds=2, aggregation=fl.paillier_sum(key_bits=256)), keep=keep)


def test_with_two_parties_the_sum_minus_mine_is_the_others_update(hospitals: list[fl.Party]) -> None:
    pair = hospitals[:2]
    run = played(pair)
    mine, theirs = run.held_by("hospital 1"), run.held_by("hospital 2")
    rows = [hospital.data.rows for hospital in pair]
    guess = the_other_of_two(mine["decrypt and divide"], mine["train on own rows"], rows[0], sum(rows))
    assert np.abs(guess - theirs["train on own rows"]).max() < 1e-6


def test_with_three_parties_the_same_subtraction_gives_nobodys_update(hospitals: list[fl.Party]) -> None:
    run = played(hospitals)
    mine = run.held_by("hospital 1")
    rows = [hospital.data.rows for hospital in hospitals]
    guess = the_other_of_two(mine["decrypt and divide"], mine["train on own rows"], rows[0], sum(rows))
    for other in ("hospital 2", "hospital 3"):
        assert np.abs(guess - run.held_by(other)["train on own rows"]).max() > 1e-3


def test_one_hospitals_key_opens_everyones_uploads(hospitals: list[fl.Party]) -> None:
    run = played(hospitals)
    opened = open_uploads(run.transcript, run.held_by("hospital 2")["unseal"], round=2)
    assert set(opened) == {"hospital 1", "hospital 2", "hospital 3"}
    for name, update in opened.items():
        assert np.abs(update - run.held_by(name)["train on own rows"]).max() <= 2**-25


def test_another_key_opens_nothing(hospitals: list[fl.Party]) -> None:
    other = played(hospitals).held_by("hospital 2")["unseal"]
    with pytest.raises((CryptoError, fl.errors.ProtocolError)):
        open_uploads(played(hospitals).transcript, other, round=1)


def test_a_transcript_of_heads_has_nothing_to_open(hospitals: list[fl.Party]) -> None:
    run = played(hospitals, keep="heads")
    with pytest.raises(ArgumentError, match="keep"):
        open_uploads(run.transcript, run.held_by("hospital 2")["unseal"], round=1)


def test_a_partner_without_rows_is_refused() -> None:
    with pytest.raises(ArgumentError, match="partner"):
        the_other_of_two(np.zeros(2), np.zeros(2), own_rows=5, all_rows=5)

from __future__ import annotations

import pytest

from fedlearn_edu.crypto.circle import SHARE_BYTES, Circle, RoundSecrets
from fedlearn_edu.crypto.masks import from_ring, mask, remove, split, sum_of, to_ring
from fedlearn_edu.errors import SealBroken, ShareError

NAMES = ("ann", "bob", "cy", "dee")


@pytest.fixture
def holders() -> dict[str, RoundSecrets]:
    return {name: RoundSecrets.draw() for name in NAMES}


def pair_keys(circle: Circle, holders: dict[str, RoundSecrets], me: str) -> dict[str, bytes]:
    private = holders[me].for_masks.private
    return {they: circle.pair_key(private, me, holders[they].for_masks.public, they) for they in NAMES if they != me}


def test_pair_masks_of_a_whole_circle_cancel_in_the_sum(holders: dict[str, RoundSecrets]) -> None:
    circle = Circle(NAMES, round=1)
    masked = []
    for place, me in enumerate(NAMES):
        added, subtracted = circle.signed(pair_keys(circle, holders, me), me)
        masked.append(mask(to_ring([place, -place]), holders[me].own_seed, added, subtracted))
    seeds = [holders[name].own_seed for name in NAMES]
    assert from_ring(remove(sum_of(masked), seeds)) == [6, -6]


def test_both_ends_of_a_pair_have_one_key_and_another_in_each_round(holders: dict[str, RoundSecrets]) -> None:
    first, second = Circle(NAMES, round=1), Circle(NAMES, round=2)
    assert pair_keys(first, holders, "ann")["cy"] == pair_keys(first, holders, "cy")["ann"]
    assert pair_keys(first, holders, "ann")["cy"] != pair_keys(second, holders, "ann")["cy"]


def test_exactly_one_end_of_a_pair_adds() -> None:
    circle = Circle(NAMES, round=1)
    for one in NAMES:
        for other in NAMES:
            if one != other:
                one_adds = bool(circle.signed({other: b"k"}, one)[0])
                other_adds = bool(circle.signed({one: b"k"}, other)[0])
                assert one_adds is not other_adds


@pytest.mark.parametrize(("count", "threshold", "fewest"), [(2, 2, 2), (3, 3, 3), (4, 3, 3), (5, 4, 4), (12, 9, 9)])
def test_more_than_two_thirds_open_a_sum_and_never_fewer_than_three(count: int, threshold: int, fewest: int) -> None:
    circle = Circle(tuple(f"hospital {i}" for i in range(count)), round=1)
    assert (circle.threshold, circle.fewest) == (threshold, fewest)


def sealed(circle: Circle, holders: dict[str, RoundSecrets], sender: str, receiver: str):
    index = NAMES.index(receiver)
    shares = split(holders[sender].own_seed, 3, 4)[index], split(holders[sender].for_masks.private, 3, 4)[index]
    ends = (holders[sender].for_boxes.private, sender, holders[receiver].for_boxes.public, receiver)
    return shares, circle.seal_shares(shares, *ends)


def opened(circle: Circle, holders: dict[str, RoundSecrets], box, me: str, they: str):
    return circle.unseal_shares(box, holders[me].for_boxes.private, me, holders[they].for_boxes.public, they)


def test_sealed_shares_open_at_their_receiver(holders: dict[str, RoundSecrets]) -> None:
    shares, box = sealed(Circle(NAMES, 1), holders, "ann", "cy")
    assert opened(Circle(NAMES, 1), holders, box, "cy", "ann") == shares


@pytest.mark.parametrize(
    ("round", "me", "they"), [(2, "cy", "ann"), (1, "bob", "ann"), (1, "cy", "bob"), (1, "ann", "cy")]
)
def test_sealed_shares_open_nowhere_else(holders: dict[str, RoundSecrets], round: int, me: str, they: str) -> None:
    _, box = sealed(Circle(NAMES, 1), holders, "ann", "cy")
    with pytest.raises(SealBroken):
        opened(Circle(NAMES, round), holders, box, me, they)


def test_a_box_with_something_else_in_it_is_no_pair_of_shares(holders: dict[str, RoundSecrets]) -> None:
    circle = Circle(NAMES, 1)
    shares, _ = sealed(circle, holders, "ann", "cy")
    ends = (holders["ann"].for_boxes.private, "ann", holders["cy"].for_boxes.public, "cy")
    box = circle.seal_shares((shares[0],), *ends)  # one share where two belong
    with pytest.raises(ShareError, match=str(2 * SHARE_BYTES)):
        opened(circle, holders, box, "cy", "ann")


def test_secrets_of_a_round_do_not_show_in_their_repr() -> None:
    drawn = RoundSecrets.draw()
    for secret in (drawn.own_seed, drawn.for_masks.private, drawn.for_boxes.private):
        assert str(secret) not in repr(drawn) and secret.hex() not in repr(drawn)

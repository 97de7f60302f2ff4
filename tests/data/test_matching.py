"""A party's ids on their way into an alignment, and its rows on their way out."""

import numpy as np
import pytest

from fedlearn_edu.crypto.elements import Elements
from fedlearn_edu.data import Alignment, Dataset
from fedlearn_edu.data.matching import common_rows, matched, own_ids
from fedlearn_edu.errors import DataError, ProtocolError

TABLE = Dataset("three", [[1.0], [2.0], [3.0]], None, ["ann", "bob", "cem"], ("x",))
DOUBLE = Dataset("five", np.zeros((5, 1)), None, ["ann", "bob", "ann", "cem", "bob"], ("x",))
FOUND = {"places": np.array([2, 0], dtype="<u4"), "session": "0123456789abcdef"}


def test_ids_and_rows_are_shuffled_together():
    orders = set()
    for _ in range(50):
        own = own_ids(TABLE)
        assert [b"text:" + str(TABLE.ids[row]).encode() for row in own.rows] == list(own)
        assert len(own) == 3 and own[0] == own.ids[0]
        orders.add(tuple(own.rows.tolist()))
    assert len(orders) == 6


def test_the_first_row_of_an_id_is_kept_when_asked_and_none_is_guessed_otherwise():
    assert sorted(own_ids(DOUBLE, deduplicate=True).rows.tolist()) == [0, 1, 3]
    with pytest.raises(DataError, match="The shop's 5 ids"):
        own_ids(DOUBLE, whose="The shop's")


def test_common_rows_come_in_the_order_of_the_places_with_a_mark():
    own = own_ids(TABLE)
    party = common_rows(TABLE, own, FOUND, "shop", ("shop", "bank"), "both")
    assert [b"text:" + str(one).encode() for one in party.data.ids] == [own[2], own[0]]
    assert party.name == "shop" and party.alignment == Alignment("0123456789abcdef", ("shop", "bank"))


def test_tags_that_do_not_answer_the_ids_are_refused():
    own, tags = own_ids(TABLE), Elements("tag", 1, b"abc")
    for answer, theirs in ((Elements("tag", 1, b"ab"), tags), (tags, Elements("hash", 1, b"abc")),
                           (tags, Elements("tag", 3, b"abc")), (tags, [b"a"]), ([b"a", b"b", b"c"], tags),
                           (None, tags)):  # fmt: skip
        with pytest.raises(ProtocolError, match="for 3 ids"):
            matched(own, answer, theirs)


@pytest.mark.parametrize(
    "found",
    [
        {"places": np.array([0, 0], dtype="<u4"), "session": "0" * 16},
        {"places": np.array([3], dtype="<u4"), "session": "0" * 16},
        {"places": np.array([-1]), "session": "0" * 16},
        {"places": [0], "session": "0" * 16},
        {"places": np.array([0.5]), "session": "0" * 16},
        {"places": np.zeros((1, 1), dtype="<u4"), "session": "0" * 16},
        {"places": np.array([0], dtype="<u4"), "session": "zzz"},
        {"places": np.array([0], dtype="<u4"), "session": None},
        {"places": np.array([0], dtype="<u4")},
        {"session": "0" * 16},
        np.array([0], dtype="<u4"),
        None,
    ],
)
def test_places_that_the_second_does_not_have_are_refused(found):
    own = own_ids(TABLE)
    with pytest.raises(ProtocolError):
        common_rows(TABLE, own, found, "tax office", ("bank", "tax office"), "both")

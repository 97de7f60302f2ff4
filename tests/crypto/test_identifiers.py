"""Identifiers as bytes: the same bytes at every party, or an error."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, strategies as st

from fedlearn_edu.crypto.identifiers import check_unique, complete, hashing, id_bytes, plain_hash
from fedlearn_edu.errors import ArgumentError, DataError

text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=10)


@given(st.lists(text, unique=True, max_size=6))
def test_different_texts_get_different_bytes_unless_they_are_normalised_to_the_same(ids):
    import unicodedata

    normal = {unicodedata.normalize("NFC", one) for one in ids}
    assert len(set(id_bytes(ids))) == len(normal)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Å", "A\u030a"), ("é", "e\u0301"), ("가", "\u1100\u1161"), ("\u212b", "Å")],
    ids=["ring", "acute", "hangul", "the sign for ångström"],
)
def test_two_spellings_that_look_alike_are_one_id(one, other):
    assert one != other and id_bytes([one]) == id_bytes([other])


@pytest.mark.parametrize(("one", "other"), [("7", "07"), ("7", " 7"), ("a", "A"), ("７", "7"), ("ﬁ", "fi"), ("А", "A")])
def test_spellings_that_differ_otherwise_are_different_ids(one, other):
    """The last: a Cyrillic A. Full-width digits and ligatures stay apart, too (NFC, not NFKC)."""
    assert id_bytes([one]) != id_bytes([other])


def test_the_type_of_an_id_is_part_of_it():
    assert len({*id_bytes(["7"]), *id_bytes([7]), *id_bytes([b"7"])}) == 3
    assert id_bytes(np.array(["7", "ann"])) == id_bytes(["7", "ann"])
    assert id_bytes(np.array([7, -1])) == id_bytes([7, -1]) == [b"number:7", b"number:-1"]
    assert id_bytes([]) == []


@pytest.mark.parametrize("ids", [[1, "1"], ["a", b"a"], [True], [1, True], [1.0], [None], ["a", None], [("a",)]])
def test_mixed_and_other_types_are_refused(ids):
    with pytest.raises(ArgumentError, match="types"):
        id_bytes(ids)


@pytest.mark.parametrize("broken", ["\ud800", "ann\udfff", "é\ud83d"])
def test_half_a_character_is_refused(broken):
    with pytest.raises(ArgumentError, match="half a character"):
        id_bytes(["ann", broken])


def test_an_id_that_stands_there_twice_is_named_also_in_two_spellings():
    check_unique(id_bytes(["ann", "bob"]))
    with pytest.raises(DataError, match="'bob' stands there twice"):
        check_unique(id_bytes(["ann", "bob", "bob"]))
    with pytest.raises(DataError, match="The bank's 2 ids are 1 different"):
        check_unique(id_bytes(["Å", "A\u030a"]), "The bank's")


@given(text, st.binary(max_size=8))
def test_a_plain_hash_is_what_everybody_s_sha_256_gives(one, salt):
    written = id_bytes([one])[0]
    assert plain_hash(written, salt) == hashlib.sha256(salt + written.removeprefix(b"text:")).digest()


def test_an_id_with_a_colon_is_hashed_whole():
    assert plain_hash(id_bytes(["a:b"])[0]) == hashlib.sha256(b"a:b").digest()


def test_hashes_come_in_the_order_of_the_ids():
    ids = id_bytes(["ann", "bob"])
    assert list(complete(hashing(ids, b"s"))) == [plain_hash(one, b"s") for one in ids]

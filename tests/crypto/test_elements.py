"""Many byte strings of one width, and where two lists of them meet."""

import pytest
from hypothesis import given, strategies as st

from fedlearn_edu.crypto.elements import KINDS, Elements, common_places
from fedlearn_edu.errors import CryptoError

items = st.lists(st.binary(min_size=4, max_size=4), max_size=20)


@given(items)
def test_elements_are_a_sequence_of_what_went_in(parts):
    elements = Elements.of("tag", parts, width=4)
    assert list(elements) == parts and len(elements) == len(parts)
    assert [elements[place] for place in range(len(parts))] == parts
    assert elements == Elements("tag", 4, b"".join(parts))
    with pytest.raises(IndexError):
        elements[len(parts)]


@pytest.mark.parametrize(
    ("kind", "width", "body"), [("key", 4, b""), ("tag", 0, b""), ("tag", -1, b""), ("tag", 4, b"abc")]
)
def test_elements_that_do_not_fit_are_refused(kind, width, body):
    with pytest.raises(CryptoError):
        Elements(kind, width, body)


def test_elements_of_different_widths_cannot_be_put_together():
    with pytest.raises(CryptoError, match="3 bytes among others of 4"):
        Elements.of("tag", [b"abcd", b"abc"], width=4)


def test_every_kind_has_its_words_and_hashes_claim_no_protection():
    assert {name: Elements.of(name, [b"abcd"], width=4).protection for name, _ in KINDS} == {
        "point": "blinded", "number": "blinded", "signature": "blinded", "tag": "signed, then hashed", "hash": "",
    }  # fmt: skip
    assert (
        repr(Elements("hash", 1, bytes(4009))) == "4,009 hashes"
        and repr(Elements("point", 1, b"x")) == "1 blinded point"
    )


@given(st.lists(st.binary(max_size=2), unique=True), st.lists(st.binary(max_size=2), unique=True))
def test_common_places_are_those_of_plain_set_intersection_in_ascending_order(one, other):
    mine, theirs = common_places(one, other)
    assert [one[place] for place in mine] == [other[place] for place in theirs] == sorted(set(one) & set(other))


def test_a_list_that_holds_something_twice_is_refused():
    for lists in (([b"a", b"a"], [b"a"]), ([b"a"], [b"b", b"b"])):
        with pytest.raises(CryptoError, match="counts once"):
            common_places(*lists)

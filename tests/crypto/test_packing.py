"""Slots hold what they promise, at the bound and one past it; and a width chosen from public totals is enough."""

import pytest
from hypothesis import assume, given, settings, strategies as st

from fedlearn_edu.crypto.packing import Packing, slot_bits_for
from fedlearn_edu.errors import ArgumentError, RangeError, SlotOverflow

exactly = settings(deadline=None, max_examples=100)
widths = st.sampled_from([16, 24, 40, 48, 56, 64, 72, 80, 128, 256])


def full(width, length=1, key_bits=512):
    return Packing(width, length, key_bits)


@exactly
@given(widths, st.sampled_from([512, 1024, 2048]), st.data())
def test_what_is_packed_can_be_unpacked_at_every_width_up_to_the_bound(width, key_bits, data):
    room = 2 ** (width - 1) - 1
    some = st.sampled_from([room, -room, 0, 1, -1]) | st.integers(-room, room)
    integers = data.draw(st.lists(some, max_size=2 * (key_bits // width) + 2))
    packing = Packing(width, len(integers), key_bits)
    plaintexts = packing.pack(integers)
    assert packing.room == room and packing.unpack(plaintexts) == integers
    assert len(plaintexts) == packing.plaintexts
    assert all(abs(plaintext) < 2 ** (key_bits - 2) for plaintext in plaintexts)  # n/2 of any key of this size
    rows = [integers[at : at + packing.in_one] for at in range(0, len(integers), packing.in_one)]
    assert plaintexts == [sum(v << (width * i) for i, v in enumerate(row)) for row in rows]


@exactly
@given(widths, st.lists(st.tuples(st.integers(-(2**10), 2**10), st.integers(-(2**10), 2**10)), max_size=20))
def test_sums_and_multiples_of_plaintexts_hold_those_of_the_numbers(width, pairs):
    assume(width > 16)
    first, second = ([pair[i] for pair in pairs] for i in range(2))
    packing = full(width, len(pairs))
    mixed = [5 * a - 3 * b for a, b in zip(packing.pack(first), packing.pack(second), strict=True)]
    assert packing.unpack(mixed) == [5 * a - 3 * b for a, b in pairs]


@pytest.mark.parametrize("width", [16, 48, 64, 72, 256])
def test_a_full_slot_is_refused_not_wrapped(width):
    room = 2 ** (width - 1) - 1
    packing = full(width, 3)
    for integers in ([0, room + 1, 0], [0, -room - 1, 0]):
        with pytest.raises(SlotOverflow, match="position 1"):
            packing.pack(integers)


def test_positive_control_a_slot_that_runs_over_spoils_its_neighbour_and_nothing_shows_it():
    packing = full(16, 3)
    (plaintext,) = packing.pack([0, 2**15 - 1, 0])
    assert packing.unpack([2 * plaintext]) == [0, -2, 1]


@pytest.mark.parametrize("width", [16, 48, 72])
def test_a_plaintext_that_no_slots_can_give_is_refused(width):
    packing = full(width)
    top = 1 << (width * packing.in_one)
    for plaintext in (top, -top, top // 2, 1 << width, -(1 << width)):  # the last two: a slot that was left over
        with pytest.raises(RangeError, match="no row of"):
            packing.unpack([plaintext])


@pytest.mark.parametrize("width", [0, 8, 12, 47, 264, 48.0, "48", None, True, -16])
def test_other_widths_are_refused(width):
    with pytest.raises(ArgumentError, match="multiple of 8"):
        Packing(width, 1, 2048)


def test_a_slot_needs_a_key_that_is_wider():
    assert Packing(248, 1, 256).in_one == 1
    with pytest.raises(ArgumentError):
        Packing(256, 1, 256)


@exactly
@given(st.integers(1, 2**40), st.integers(1, 64), st.sampled_from([0, 24, 40]))
def test_a_width_from_public_totals_is_enough_and_a_byte_less_would_not_be(total, value_bits, scale_bits):
    width = slot_bits_for(total, value_bits=value_bits, scale_bits=scale_bits)
    largest = 2 ** (value_bits + scale_bits) - 1
    assert width % 8 == 0 and total * largest <= Packing(width, 1, 2048).room
    if width > 16:
        assert (1 << (total - 1).bit_length()) * (largest + 1) > 2 ** (width - 9)


@pytest.mark.parametrize(
    ("rows", "width", "slots"),
    [(1, 40, 51), (32, 40, 51), (33, 48, 42), (8192, 48, 42), (8193, 56, 36), (2**21, 56, 36)],
)
def test_weights_take_the_widths_of_the_lesson(rows, width, slots):
    assert slot_bits_for(rows) == width and Packing(width, 1, 2048).in_one == slots


def test_at_2048_bits_a_value_in_48_bits_takes_twelve_bytes_and_a_fifth():
    packing = Packing(48, 10_000, 2048)
    assert packing.plaintexts * 512 / 10_000 <= 12.5


@pytest.mark.parametrize("total", [0, -1, 1.5, "8", None, True])
def test_a_total_that_is_no_count_is_refused(total):
    with pytest.raises(ArgumentError, match="total"):
        slot_bits_for(total)


def test_a_sum_too_wide_for_any_slot_is_refused():
    assert slot_bits_for(1, value_bits=231) == 256
    with pytest.raises(ArgumentError, match="at most 256"):
        slot_bits_for(2, value_bits=231)

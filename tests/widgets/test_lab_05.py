"""Chapter 05's lab: set arithmetic, the real attack, paint that commutes, times to try everything."""

from hashlib import sha256
from itertools import product

import pytest

from fedlearn_edu.data.credit_codes import credit_code
from fedlearn_edu.errors import ArgumentError
from fedlearn_edu.widgets.lab import lab
from fedlearn_edu.widgets.labs.alignment import MOST, REGISTER, declare, expected
from fedlearn_edu.widgets.labs.alignment_panels import (
    CUSTOMERS,
    EYES,
    ORDER,
    PHONE,
    SALT,
    P,
    elements,
    in_time,
    power_mod,
    to_group,
)  # fmt: skip
from fedlearn_edu.widgets.labs.spec import Settings


@pytest.fixture
def room():
    laboratory = lab("05")
    laboratory.bank_size, laboratory.tax_size = 60, 40
    return laboratory


def regions(laboratory, eyes):
    (found,) = laboratory.shown["panels"]["customers"]
    picture, verdict = found["cases"][eyes]
    return [(one["state"], one["count"], one["found"]) for one in picture["regions"]], verdict


@pytest.mark.parametrize("sizes", [(10, 10, 0), (300, 10, 100), (10, 300, 50), (MOST, MOST, 80), (MOST, MOST, 0)])
def test_the_lists_have_the_sizes_and_the_overlap_of_the_knobs(sizes):
    bank, tax_office, share = sizes
    lists = expected(Settings(bank_size=bank, tax_size=tax_office, overlap=share, guesses=0))
    assert (len(lists.bank), len(lists.tax_office)) == (bank, tax_office)
    assert len(lists.common) == share * min(bank, tax_office) // 100
    assert lists.bank | lists.tax_office < set(range(REGISTER))


def test_guesses_are_strangers_to_the_bank():
    lists = expected(Settings(bank_size=100, tax_size=100, overlap=50, guesses=REGISTER))
    assert not lists.guesses & lists.bank and len(lists.guesses) == REGISTER - 100
    assert lists.caught == lists.tax_office - lists.common


@pytest.mark.parametrize("method", ["ecdh", "rsa", "hashed"])
@pytest.mark.parametrize("salted", [False, True])
def test_what_a_run_finds_is_what_the_preview_said(room, method, salted):
    room.method, room.salted = method, salted
    before = {eyes: regions(room, eyes)[0] for eyes in EYES}
    run = room.run()
    assert {eyes: regions(room, eyes)[0] for eyes in EYES} == before
    assert len(run.result[0].data.ids) == 32


def test_plain_hashes_give_every_stranger_away_and_blinded_points_nobody(room):
    room.method = "hashed"
    room.run()
    assert regions(room, "bank")[0] == [("known", 28, 0), ("common", 32, 0), ("found", 8, 8)]
    assert regions(room, "tax office")[0] == [("found", 28, 28), ("common", 32, 0), ("known", 8, 0)]
    assert regions(room, "eavesdropper")[0] == [("found", 28, 28), ("found", 32, 32), ("found", 8, 8)]
    room.method = "ecdh"
    room.run()
    assert regions(room, "bank")[0][2] == ("sealed", 8, 0)
    assert [state for state, _, _ in regions(room, "eavesdropper")[0]] == ["sealed"] * 3


def test_a_salt_stops_the_eavesdropper_and_not_the_other_party(room):
    room.method, room.salted = "hashed", True
    room.run()
    assert regions(room, "bank")[0][2] == ("found", 8, 8)
    assert [state for state, _, _ in regions(room, "eavesdropper")[0]] == ["sealed"] * 3
    assert "does not know the salt" in regions(room, "eavesdropper")[1]["text"]


def test_a_stuffed_list_finds_strangers_under_blinded_points_too(room):
    room.guesses = REGISTER
    run = room.run()
    assert regions(room, "bank")[0][2] == ("found", 8, 8)
    assert len(run.result[0].data.ids) == 40 and "told of 40 common customers" in regions(room, "tax office")[1]["text"]


def test_an_empty_box_says_whose_it_would_be(room):
    room.tax_size, room.overlap = 60, 100
    assert [state for state, count, _ in regions(room, "bank")[0]] == ["known", "common", "sealed"]
    room.overlap = 0
    assert regions(room, "tax office")[0] == [("sealed", 60, 0), ("common", 0, 0), ("known", 60, 0)]


def test_the_table_counts_whom_each_pair_of_eyes_knows(room):
    room.method = "hashed"
    room.run()
    assert room.table().to_numpy().tolist() == [[28, 32, 8]] * 4
    room.method = "ecdh"
    room.run()
    assert room.table().to_numpy().tolist() == [[28, 32, 8], [28, 32, 0], [0, 32, 8], [0, 0, 0]]


@pytest.mark.parametrize(("method", "count", "heads"), [("ecdh", 4, 3), ("rsa", 5, 3), ("hashed", 3, 2)])
def test_every_message_is_shown_with_the_beginning_of_what_it_holds(room, method, count, heads):
    room.method = method
    room.run()
    number, table = room.shown["panels"]["messages"]
    assert number["number"] == str(count) == str(len(table["rows"]))
    assert sum(row[-1].endswith("…") for row in table["rows"]) == heads


def test_hashes_in_the_messages_are_the_sha_256_that_everybody_computes(room):
    room.method = "hashed"
    room.run()
    own = {sha256(credit_code(number).encode()).hexdigest()[:16] for number in range(REGISTER)}
    assert {row[-1].rstrip("…") for row in room.shown["panels"]["messages"][1]["rows"][:2]} < own


# --- paint


def test_the_colours_are_a_group_in_which_stirring_commutes_and_keeps_customers_apart():
    assert len(elements()) == ORDER and {x * y % P for x, y in product(elements(), repeat=2)} == set(elements())
    starts = [to_group(name) for name in CUSTOMERS]
    assert len(set(starts)) == len(CUSTOMERS) and set(starts) < set(elements()) - {1}
    for a, b in product(range(2, ORDER), repeat=2):
        ends = [power_mod(x, a, b) for x in starts]
        assert ends == [power_mod(x, b, a) for x in starts] and len(set(ends)) == len(starts)


def test_every_position_of_the_paint_knobs_has_a_colour():
    (block, _), knobs = lab("05").shown["panels"]["mixers"], {knob.name: knob for knob in declare().knobs}
    assert list(block["customers"]) == list(knobs["bank_customer"].options) == list(knobs["tax_customer"].options)
    assert {knobs[one].most for one in "ab"} == {ORDER - 1}  # the power 23 would make everybody 1


# --- crack me


def test_a_salted_number_fits_into_the_one_block_that_the_page_hashes():
    assert len(SALT + PHONE) <= 55 and PHONE.isdigit() and len(PHONE) == 11


@pytest.mark.parametrize(("seconds", "text"), [(0.002, "0.002 s"), (17, "17 s"), (167, "2.8 minutes"),
                                               (16_667, "4.6 hours"), (6e32, "2·10²⁵ years")])  # fmt: skip
def test_times_are_told_in_a_unit_that_fits(seconds, text):
    assert in_time(seconds) == text


# --- the lab


@pytest.mark.parametrize("scene", [one.name for one in declare().scenes])
def test_every_scene_opens_and_every_panel_is_drawn_with_words(scene):
    laboratory = lab("05", scene=scene)
    assert laboratory.scene == scene
    for panel in ("customers", "mixers", "crack", "messages"):
        assert len(laboratory.figure(panel).alt) > 60


def test_a_customer_that_is_not_there_is_refused():
    with pytest.raises(ArgumentError, match="'Ann', 'Bo', 'Cem', 'Dina', 'Eva'"):
        lab("05").bank_customer = "Fritz"

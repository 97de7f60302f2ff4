"""A knob's rule holds wherever the value comes from."""

import math

import numpy as np
import pytest

from fedlearn_edu.errors import ArgumentError
from fedlearn_edu.widgets.knobs import Choice, Range, Toggle

PARTIES = Range("parties", "Hospitals", "How many.", 4, least=2, most=12)
SKEW = Range("skew", "Skew", "How unequal.", 0.5, least=0.0, most=1.0, step=0.1)
DROP = Range("drop_round", "Drops out", "When.", 0, least=0, most=20, capped_by="rounds")
DATA = Choice("data", "Data", "Which.", "digits", options={"digits": "digits", 2048: "2048 bits", "iris": "iris"})
SHUFFLED = Toggle("shuffled", "Shuffle", "Hide the order.", True)


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        (PARTIES, 1), (PARTIES, 13), (PARTIES, 4.5), (PARTIES, "4"), (PARTIES, None), (PARTIES, True),
        (PARTIES, math.nan),
        (SKEW, -0.01), (SKEW, 1.01), (SKEW, math.nan), (SKEW, math.inf), (SKEW, "0.5"),
        (DATA, "mnist"), (DATA, None), (DATA, 2048.0), (DATA, True), (DATA, []),
        (SHUFFLED, "yes"), (SHUFFLED, 1), (SHUFFLED, None),
    ],
)  # fmt: skip
def test_a_value_outside_the_rule_is_refused_with_its_name_what_was_given_and_what_to_do(knob, value):
    with pytest.raises(ArgumentError) as caught:
        knob.check(value)
    assert knob.name in caught.value.problem and repr(value) in caught.value.problem
    assert caught.value.remedy.startswith("Use ")


@pytest.mark.parametrize("knob", [PARTIES, SKEW, SHUFFLED])
def test_the_remedy_for_a_wrong_type_works(knob):
    with pytest.raises(ArgumentError) as caught:
        knob.check("?")
    value = eval(caught.value.remedy.removeprefix(f"Use {knob.name}=").removesuffix("."))
    assert knob.check(value) == value


def test_the_remedy_for_a_value_too_large_is_the_largest():
    with pytest.raises(ArgumentError, match=r"Use parties=12\."):
        PARTIES.check(99)


def test_numpy_numbers_become_plain_ones_that_json_can_write():
    assert type(PARTIES.check(np.int64(5))) is int
    assert type(SKEW.check(np.float32(0.5))) is float
    assert type(SKEW.check(1)) is float


def test_a_slider_that_counts_in_tenths_leaves_no_crumbs():
    assert SKEW.check(0.1 + 0.2) == 0.3


def test_a_capped_knob_stops_at_the_other_knobs_value():
    assert DROP.check(5, {"rounds": 5}) == 5
    with pytest.raises(ArgumentError, match="goes from 0 to 5 \\(no more than rounds\\), and was 6"):
        DROP.check(6, {"rounds": 5})


def test_a_knob_matters_only_where_the_others_leave_it_something_to_do():
    size = Choice("bits", "Key", "Long.", 2048, options={2048: "2048"}, only_if={"encryption": ["paillier"]})
    assert size.matters({"encryption": "paillier"})
    assert not size.matters({"encryption": "none"})

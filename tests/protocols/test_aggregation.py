"""What every aggregation promises to `fedavg`, and the one that hides nothing."""

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.errors import ProtocolError, TooFewSurvivors
from fedlearn_edu.learning.averaging import total_rows, weighted_mean
from fedlearn_edu.wire.faults import Drop

from ..oracles import find_planted, mean_in_integers, received
from .cases import mean_protocol

VECTORS = [np.array([0.7312345678, -3.5]), np.array([-1.25, 1 / 3]), np.array([20.0, 1e-3]), np.array([5.5, 7.0])]
ROWS = [10, 200, 3, 44]
NAMES = [f"party {i}" for i in range(1, 5)]


def test_every_party_gets_the_row_weighted_mean(aggregation):
    run = fl.play(mean_protocol(VECTORS, aggregation, ROWS, rounds=2))
    *_, mean = mean_in_integers(dict(zip(NAMES, VECTORS, strict=True)), dict(zip(NAMES, ROWS, strict=True)))
    assert set(run.result) == set(NAMES)
    for name in NAMES:
        assert np.abs(run.result[name] - mean).max() <= 2.0**-24


def test_every_aggregation_numbers_its_messages_from_two_to_six(aggregation):
    protocol = mean_protocol(VECTORS, aggregation, ROWS)
    words = [word.step for number, word in protocol.rehearse() if number == 1 and word.step is not None]
    assert {2, 3, 4, 5} <= set(words) <= {2, 3, 4, 5, 6} and words == sorted(words)


def test_the_oldest_rule_of_an_average_holds_equal_vectors_stay_as_they_are(aggregation):
    run = fl.play(mean_protocol([np.array([0.5, -2.0])] * 3, aggregation, [7, 1, 90]))
    assert all(np.array_equal(mean, [0.5, -2.0]) for mean in run.result.values())


@pytest.mark.parametrize("key_bits", [256, 512])
@pytest.mark.parametrize("parties", [3, 6])
@pytest.mark.parametrize("size", [2, 300])
def test_a_forecast_of_bytes_is_right_within_a_tenth_or_a_hundred_bytes_a_party(parties, size, key_bits):
    for aggregation in (
        fl.plain_sum(), fl.masked_sum(), fl.paillier_sum(key_bits=key_bits),
        fl.paillier_sum(key_bits=key_bits, packed=False),
    ):  # fmt: skip
        if size > 100 and key_bits > 256:
            continue
        run = fl.play(mean_protocol([np.ones(size)] * parties, aggregation, rounds=2))
        seen = sum(message.size for message in run.transcript.messages)
        _, forecast = aggregation.forecast(parties, size, 2, total=parties)
        assert forecast == pytest.approx(seen, rel=0.1, abs=800 * parties)


# ----------------------------------------------------------------------------------------------- plain_sum


def test_under_a_plain_sum_the_server_reads_every_vector():
    run = fl.play(mean_protocol(VECTORS, fl.plain_sum(), ROWS))
    arrived = received(run.transcript, "update", receiver="server")
    for name, vector, rows in zip(NAMES, VECTORS, ROWS, strict=True):
        assert np.array_equal(arrived[name]["update"], vector) and arrived[name]["rows"] == rows
    assert find_planted(run.transcript, VECTORS)


def test_a_plain_sum_protects_nothing_and_its_table_says_so():
    run = fl.play(mean_protocol(VECTORS, fl.plain_sum(), ROWS))
    assert {message.protection for message in run.transcript.messages} == {""}
    assert fl.plain_sum().name == "no encryption"


def test_a_plain_sum_goes_on_with_one_survivor_and_stops_with_none():
    protocol = mean_protocol(VECTORS[:2], fl.plain_sum(), ROWS[:2])
    one = fl.play(protocol, faults=[Drop("party 1", round=1, before_step=3)])
    assert np.allclose(one.result["party 2"], VECTORS[1], rtol=0, atol=1e-15)
    with pytest.raises(TooFewSurvivors, match="nothing to average"):
        fl.play(protocol, faults=[Drop(name, round=1, before_step=3) for name in NAMES[:2]])


def test_a_plain_row_count_below_one_is_refused():
    with pytest.raises(ProtocolError, match="party 2 claims -3 rows"):
        fl.play(mean_protocol(VECTORS, fl.plain_sum(), [5, -3, 7, 1]))


def test_row_counts_in_numpys_small_numbers_are_added_without_wrapping():
    vectors, rows = {"one": np.array([1.0]), "two": np.array([4.0])}, {"one": np.uint8(200), "two": np.uint8(100)}
    assert total_rows(rows) == 300 and weighted_mean(vectors, rows) == [2.0]

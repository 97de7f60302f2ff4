"""Standardising through sums gives what standardising the joined table would, to the precision of the encoding."""

import re

import numpy as np
import pytest

import fedlearn_edu as fl
from fedlearn_edu.errors import ArgumentError, SlotOverflow
from fedlearn_edu.wire.endpoint import play_apart
from fedlearn_edu.wire.faults import Drop

from ..oracles import assert_same_messages, find_planted, fixed, headers

HALF = 2.0**-25  # half a step of the fixed-point scale
FLOATS = 1e-12  # relative error of float64 means over some hundred rows, generously


def joined(parties):
    return np.concatenate([party.data.features for party in parties])


def unit_of(X):
    """The power of two near the mean of |x|, as the parties compute it from what comes back."""
    sizes = np.array(fixed(np.abs(X).mean(axis=0))) / 2.0**24
    return 2.0 ** np.round(np.log2(np.where(sizes <= 0, 1.0, sizes)))


def assert_standardised(before, after):
    """Hold the agreed means and scales against the joined table's, within bounds from the encoding.

    μ comes back with an error of at most δ = ½·2^-24. With u the unit of a column, the second round averages
    ((x − μ̂)/u)², which is (σ² + (μ − μ̂)²)/u² in exact numbers, with an error of at most ½·2^-24. So
    |σ̂² − σ²| ≤ δ² + u²·½·2^-24, and |σ̂ − σ| = |σ̂² − σ²|/(σ̂ + σ) ≤ (δ² + u²·½·2^-24)/σ.
    """
    X = joined(before)
    mean, deviation, unit = X.mean(axis=0), X.std(axis=0), unit_of(X)
    for scaling in [party.scaling for party in after]:
        assert (np.abs(scaling.mean - mean) <= HALF + FLOATS * np.abs(X).max(axis=0)).all()
        varies = deviation > 1e-9 * np.abs(X).max(axis=0)
        bound = (HALF**2 + unit**2 * HALF) / np.where(varies, deviation, 1.0) + FLOATS * np.abs(X).max(axis=0)
        assert (np.abs(scaling.scale - deviation) <= bound)[varies].all()
        assert (scaling.scale[~varies] == 1.0).all()  # constant columns are centred only
    for one, other in zip(before, after, strict=True):
        assert np.array_equal(other.data.features, (one.data.features - scaling.mean) / scaling.scale)


def odd_tables(rows=(120, 60, 30), seed=0):
    """Columns that a fixed scale of 2^-24 must not stumble over."""
    rng = np.random.default_rng(seed)
    n = sum(rows)
    columns = {
        "tiny": 1e-3 * rng.normal(2, 1, n), "huge": 1e6 * rng.normal(2, 1, n), "zero-mean": rng.normal(0, 3, n),
        "constant": np.full(n, 4.2), "zero": np.zeros(n), "tiny constant": np.full(n, 1.3e-5),
        "huge constant": np.full(n, 3e6), "negative": -5e4 + 1e4 * rng.random(n), "rare": (np.arange(n) == 7) * 900.0,
        "heavy tail": rng.standard_cauchy(n),
    }  # fmt: skip
    X = np.column_stack(list(columns.values()))
    cuts = np.split(np.arange(n), np.cumsum(rows)[:-1])
    ids = np.array([f"row {i}" for i in range(n)])
    tables = [fl.Dataset("odd", X[cut], None, ids[cut], tuple(columns)) for cut in cuts]
    return [fl.Party(f"party {k}", table) for k, table in enumerate(tables, start=1)]


# ----------------------------------------------------------------------------------------------- equal to pooling


def test_standardising_through_sums_equals_standardising_the_joined_table(aggregation, raw_hospitals):
    assert_standardised(raw_hospitals, fl.play(fl.standardise(raw_hospitals, aggregation=aggregation)).result)


@pytest.mark.parametrize("seed", range(3))
def test_tiny_huge_constant_and_zero_mean_columns_are_standardised_too(aggregation, seed):
    parties = odd_tables(seed=seed)
    assert_standardised(parties, fl.play(fl.standardise(parties, aggregation=aggregation)).result)


@pytest.mark.parametrize("value", [3e-8, 1e-6, 1.3e-5, 7e-5, 3e-4, 0.1, 1e3 / 3, 1e9 / 7])
def test_a_constant_column_of_any_size_becomes_zero(aggregation, value):
    ids = np.array([f"row {i}" for i in range(5)])
    tables = [fl.Dataset("flat", np.full((n, 1), value), None, ids[:n], ("x",)) for n in (3, 4, 5)]
    parties = [fl.Party(f"party {k}", table) for k, table in enumerate(tables)]
    after = fl.play(fl.standardise(parties, aggregation=aggregation)).result
    assert np.abs(joined(after)).max() <= HALF + FLOATS * value


def test_all_columns_have_mean_zero_and_deviation_one_afterwards(hospitals):
    X = joined(hospitals)
    assert np.abs(X.mean(axis=0)).max() < 1e-4 and np.abs(X.std(axis=0) - 1).max() < 1e-4


def test_unequal_parties_count_by_their_rows(aggregation, train_and_test):
    parties = fl.split_rows(train_and_test[0], parties=3, skew=0.5, seed=1, sizes=[12, 3, 1])
    after = fl.play(fl.standardise(parties, aggregation=aggregation)).result
    assert_standardised(parties, after)
    unweighted = np.mean([joined([party]).mean(axis=0) for party in parties], axis=0)
    assert np.abs(after[0].scaling.mean - unweighted).max() > 1


def test_paillier_and_masks_agree_bit_for_bit(raw_hospitals, hospitals):
    other = fl.play(fl.standardise(raw_hospitals, aggregation=fl.paillier_sum(key_bits=256))).result
    for one, two in zip(hospitals, other, strict=True):
        assert np.array_equal(one.scaling.mean, two.scaling.mean)
        assert np.array_equal(one.scaling.scale, two.scaling.scale)
        assert np.array_equal(one.data.features, two.data.features)


def test_labels_ids_and_names_stay_with_their_rows(raw_hospitals, hospitals):
    for before, after in zip(raw_hospitals, hospitals, strict=True):
        assert before.name == after.name and list(before.data.ids) == list(after.data.ids)
        assert np.array_equal(before.data.labels, after.data.labels)


# ----------------------------------------------------------------------------------------------- the wire


def test_no_raw_row_ever_crosses_the_wire(aggregation, raw_hospitals):
    run = fl.play(fl.standardise(raw_hospitals, aggregation=aggregation))
    rows = np.concatenate([joined(raw_hospitals), joined(run.result)])
    assert find_planted(run.transcript, rows) == []


def test_a_partys_means_cross_in_the_clear_under_a_plain_sum_only(aggregation, raw_hospitals):
    run = fl.play(fl.standardise(raw_hospitals, aggregation=aggregation))
    means = [party.data.features.mean(axis=0) for party in raw_hospitals]
    found = find_planted(run.transcript, means, factors=(1, 107, 106))
    assert bool(found) == (aggregation.name == "no encryption")


@pytest.mark.parametrize(
    "aggregation", [fl.plain_sum(), fl.paillier_sum(key_bits=256), fl.masked_sum()], ids=["plain", "paillier", "masked"]
)
def test_one_process_a_party_gives_the_same_result_and_the_same_messages(aggregation, raw_hospitals):
    protocol = fl.standardise(raw_hospitals[:3], aggregation=aggregation)
    run, apart = fl.play(protocol), play_apart(protocol, patience=60)
    for whole in run.result:
        (own,) = apart.parts[whole.name].result
        assert own.name == whole.name and np.array_equal(own.data.features, whole.data.features)
        assert np.array_equal(own.scaling.scale, whole.scaling.scale)
    assert apart.parts["server"].result == []
    not_random = {"no encryption": ["update", "new values"], "pairwise masks": ["new values"]}
    assert_same_messages(run.transcript, apart.transcript, not_random.get(aggregation.name, ()))


def test_labels_steps_and_sizes_are_deterministic(aggregation, raw_hospitals):
    one, other = (fl.play(fl.standardise(raw_hospitals, aggregation=aggregation)) for _ in range(2))
    assert headers(one.transcript) == headers(other.transcript)


def test_the_survivors_are_standardised_by_their_own_rows_alone(aggregation, raw_hospitals):
    protocol = fl.standardise(raw_hospitals, aggregation=aggregation)
    run = fl.play(protocol, faults=[Drop("hospital 2", round=1, before_step=2)])
    survivors = [party for party in raw_hospitals if party.name != "hospital 2"]
    assert [party.name for party in run.result] == [party.name for party in survivors]
    assert_standardised(survivors, run.result)


def test_an_estimate_names_the_messages_and_a_tenth_of_the_bytes(aggregation, raw_hospitals):
    protocol = fl.standardise(raw_hospitals, aggregation=aggregation)
    estimate, run = protocol.estimate(), fl.play(protocol)
    assert estimate.messages == len(run.transcript)
    assert estimate.bytes == pytest.approx(sum(m.size for m in run.transcript.messages), rel=0.1)


def test_columns_too_large_for_the_public_range_are_refused_under_packing_with_a_range_that_would_do():
    (table,) = (party.data for party in odd_tables((30,)))
    vast = fl.Dataset("vast", table.features * 2.0**25, None, table.ids, table.columns)  # 3 million · 2^25 > 2^40
    aggregation = fl.paillier_sum(key_bits=256)
    with pytest.raises(SlotOverflow, match="72-bit slots") as caught:
        fl.play(fl.standardise([fl.Party("party 1", vast)], aggregation=aggregation))
    (bits,) = re.findall(r"value_bits=(\d+)", caught.value.remedy)
    wider = fl.paillier_sum(key_bits=256, value_bits=int(bits))
    (party,) = fl.play(fl.standardise([fl.Party("party 1", vast)], aggregation=wider)).result
    assert np.allclose(party.scaling.mean, vast.features.mean(axis=0))


# ----------------------------------------------------------------------------------------------- arguments


def refused(raw_hospitals):
    first, second, *_ = raw_hospitals
    plain = fl.plain_sum()
    return {
        "no party": ([], plain),
        "other columns": ([first, fl.Party("other", fl.load("digits"))], plain),
        "a party without rows": ([first, fl.Party("empty")], plain),
        "a table instead of a party": ([first, second.data], plain),
        "one party twice": ([first, first], plain),
        "a party called server": ([first, fl.Party("server", second.data)], plain),
        "no aggregation": (raw_hospitals, None),
        "a word for an aggregation": (raw_hospitals, "masks"),
        "masks for one": ([first], fl.masked_sum()),
    }


@pytest.mark.parametrize(
    "which",
    ["no party", "other columns", "a party without rows", "a table instead of a party", "one party twice",
     "a party called server", "no aggregation", "a word for an aggregation", "masks for one"],
)  # fmt: skip
def test_wrong_arguments_are_refused_at_once_with_what_to_do(which, raw_hospitals):
    parties, aggregation = refused(raw_hospitals)[which]
    with pytest.raises(ArgumentError) as caught:
        fl.standardise(parties, aggregation=aggregation)
    assert caught.value.problem and caught.value.remedy

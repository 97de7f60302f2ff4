"""Squares and column sums of a joint number, on ciphertexts, exact in integers."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from fedlearn_edu.crypto import joint_sums
from fedlearn_edu.crypto.chunks import complete
from fedlearn_edu.crypto.joint_sums import (
    MaskRule,
    adding_share,
    adding_square,
    encode_columns,
    encode_share,
    encrypting_share,
    encrypting_square,
    residues_from_bytes,
    residues_to_bytes,
    summing_columns,
)
from fedlearn_edu.crypto.paillier import EncryptedVector
from fedlearn_edu.errors import ArgumentError, CryptoError, RangeError, ScaleMismatch

numbers = st.lists(st.tuples(*[st.floats(-(2**16), 2**16)] * 3), min_size=1, max_size=4)
exactly = settings(deadline=None, max_examples=30)


@exactly
@given(numbers)
def test_the_square_and_the_sum_of_a_chain_of_three_are_exact_in_integers(keys, rows):
    shares = [encode_share(column) for column in zip(*rows, strict=True)]
    vector, square = (complete(work(shares[0], keys.public)) for work in (encrypting_share, encrypting_square))
    for share in shares[1:]:
        square = complete(adding_square(square, vector, share))
        vector = complete(adding_share(vector, share))
    d = [sum(column) for column in zip(*shares, strict=True)]
    assert vector.decrypt(keys.private) == d and vector.scale_bits == 40
    assert square.decrypt(keys.private) == [sum(e * e for e in d)] and square.scale_bits == 80
    assert not vector.fresh and not square.fresh


@exactly
@given(numbers)
def test_sums_over_columns_are_exact_in_integers(keys, rows):
    X, share = encode_columns(np.array(rows)[:, :2]), encode_share([row[2] for row in rows])
    sums = complete(summing_columns(complete(encrypting_share(share, keys.public)), X))
    wanted = [sum(int(x) * u for x, u in zip(column, share, strict=True)) for column in X.T]
    assert sums.decrypt(keys.private) == wanted and sums.scale_bits == 64


def test_limits_are_public_and_hold(keys):
    for refused in (lambda: encode_share([2.0**16 + 1]), lambda: encode_columns([[2.0**20 + 1]]),
                    lambda: encode_share([float("nan")])):  # fmt: skip
        with pytest.raises(RangeError):
            refused()
    at_the_limit = complete(encrypting_share([2.0**16], keys.public))
    small = complete(encrypting_share([0.0], keys.public))
    assert at_the_limit.bound == small.bound == 2**56


@pytest.mark.parametrize("kind", ["uniform", "reused", "none", 1.0])
def test_every_kind_of_mask_comes_off_by_subtraction_mod_n(keys, kind):
    rule, share = MaskRule(kind), encode_share([1.5, -2.0])
    sums = complete(summing_columns(complete(encrypting_share(share, keys.public)), encode_columns(np.eye(2))))
    mask = rule.draw(keys.public, 2)
    seen = complete(rule.hiding(sums, mask)).decrypt_raw(keys.private)
    wanted = [e * 2**24 for e in share]
    assert keys.public.centred(a - b for a, b in zip(seen, mask, strict=True)) == wanted


def test_what_hardly_hides_stays_readable_and_what_hides_does_not(keys):
    sums = complete(summing_columns(complete(encrypting_share([1.0], keys.public)), encode_columns([[1.0]])))
    for kind, masked in (("uniform", True), ("reused", True), ("none", False), (0.25, False)):
        rule = MaskRule(kind)
        vector = complete(rule.hiding(sums, rule.draw(keys.public, 1)))
        assert vector.masked == masked and vector.fresh
        if not masked:
            assert abs(vector.decrypt(keys.private)[0] / 2**64 - 1.0) <= 0.25


def test_a_small_mask_stays_within_its_size_on_both_sides(keys):
    drawn = keys.public.centred(MaskRule(0.5).draw(keys.public, 400))
    assert max(map(abs, drawn)) <= 2**63 and min(drawn) < 0 < max(drawn)


@pytest.mark.parametrize("kind", ["uniform", "none"])
def test_every_mask_is_added_with_randomness_for_the_key_holder(keys, monkeypatch, kind):
    calls, whole = [], type(keys.public).uniform_factors
    monkeypatch.setattr(
        type(keys.public), "uniform_factors", lambda key, count: calls.append(count) or whole(key, count)
    )
    sums = complete(summing_columns(complete(encrypting_share([1.0], keys.public)), encode_columns([[1.0, 2.0]])))
    complete(MaskRule(kind).hiding(sums, MaskRule(kind).draw(keys.public, 2)))
    assert calls == [2]


def test_a_share_is_not_added_to_a_vector_at_another_scale(keys):
    vector = EncryptedVector.encrypt([1.0], keys.public, scale_bits=24, limit=4)
    with pytest.raises(ScaleMismatch, match="40 bits meets a vector at 24"):
        complete(adding_share(vector, [1.0]))


def test_residues_have_fixed_width_and_are_checked(keys):
    n = keys.public.n
    assert len(residues_to_bytes([0, n - 1], keys.public)) == 2 * 64
    assert residues_from_bytes(residues_to_bytes([0, n - 1], keys.public), keys.public) == [0, n - 1]
    for damaged in (b"x" * 63, n.to_bytes(64, "big"), "text"):
        with pytest.raises(CryptoError, match="no numbers below n"):
            residues_from_bytes(damaged, keys.public)


def test_masks_of_another_kind_are_refused():
    for kind in ("no", 0, -1, True, None, float("inf")):
        with pytest.raises(ArgumentError, match="mask="):
            MaskRule(kind)
    assert joint_sums.MaskRule().kind == "uniform"

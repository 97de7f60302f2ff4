"""Masks cancel exactly, and what a server sees is uniform.

The oracle: χ² on the bytes of 10⁵ coordinates against 256 equal boxes, at α = 10⁻⁹. It is shown to notice a reused
mask and a missing pair before it is believed.
"""

from itertools import combinations, product
from secrets import token_bytes

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import chi2

from fedlearn_edu.crypto.chunks import complete
from fedlearn_edu.crypto.masks import (
    MERSENNE_521,
    MaskedVector,
    Share,
    check_ring_budget,
    from_ring,
    join,
    mask,
    masking,
    remove,
    removing,
    split,
    stream,
    sum_of,
    threshold_for,
    to_ring,
)
from fedlearn_edu.errors import ArgumentError, CryptoError, RangeError, ShareError

COORDINATES = 100_000
CRITICAL = chi2.isf(1e-9, df=255)
signed = st.integers(-(2**63), 2**63 - 1)


def chi_squared(ring_values):
    observed = np.bincount(ring_values.astype("<u8").view(np.uint8), minlength=256)
    expected = 8 * len(ring_values) / 256
    return float(((observed - expected) ** 2 / expected).sum())


def looks_uniform(ring_values):
    return chi_squared(ring_values) < CRITICAL


def fresh_keys(parties):
    selves = [token_bytes(32) for _ in range(parties)]
    return selves, {pair: token_bytes(32) for pair in combinations(range(parties), 2)}


def upload(party, numbers, selves, pairs):
    add = [key for (u, _), key in pairs.items() if u == party]
    subtract = [key for (_, v), key in pairs.items() if v == party]
    return mask(to_ring(numbers), selves[party], add, subtract)


def uploads_of(numbers, selves, pairs):
    return [upload(party, numbers[party], selves, pairs) for party in range(len(selves))]


# ----------------------------------------------------------------------------------------------- the ring


@given(st.lists(signed))
def test_the_ring_holds_every_signed_64_bit_integer(integers):
    assert from_ring(to_ring(integers)) == integers


@pytest.mark.parametrize("integer", [2**63, -(2**63) - 1, 2**64])
def test_an_integer_beyond_the_ring_is_refused_not_wrapped(integer):
    with pytest.raises(RangeError, match=f"position 1 is {integer}"):
        to_ring([0, integer])


@pytest.mark.parametrize("value", [1.0, True, np.float32(1)])
def test_only_integers_enter_the_ring(value):
    with pytest.raises(ArgumentError):
        to_ring([value])


@given(st.integers(1, 1000), st.data())
def test_within_the_budget_a_sum_never_wraps_and_past_it_is_refused(parties, data):
    largest = (2**63 - 1) // parties
    number = data.draw(st.sampled_from([largest, -largest]))
    check_ring_budget([0, number], parties)
    assert -(2**63) < number * parties < 2**63
    beyond = number + (1 if number > 0 else -1)
    with pytest.raises(RangeError, match=f"position 1 is {beyond}.*{parties} parties"):
        check_ring_budget([0, beyond], parties)


# ----------------------------------------------------------------------------------------------- masks


def test_the_stream_is_the_chacha20_keystream_of_rfc_8439():
    expected = bytes.fromhex(
        "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
        "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
    )
    assert stream(bytes(32), 8).astype("<u8").tobytes() == expected


@settings(deadline=None)
@given(st.integers(2, 5), st.integers(0, 6), st.data())
def test_masks_cancel_exactly_in_the_sum_of_all(parties, length, data):
    small = st.integers(-(2**60), 2**60)
    numbers = data.draw(st.lists(st.lists(small, min_size=length, max_size=length), min_size=parties, max_size=parties))
    selves, pairs = fresh_keys(parties)
    total = sum_of(uploads_of(numbers, selves, pairs))
    assert from_ring(remove(total, selves)) == [sum(column) for column in zip(*numbers, strict=True)]


@pytest.mark.parametrize("gone", [0, 1, 2, 3])
def test_the_pair_masks_of_a_drop_out_can_be_taken_off(gone):
    numbers = [[party, -party, 10 * party] for party in range(4)]
    selves, pairs = fresh_keys(4)
    survivors = [party for party in range(4) if party != gone]
    total = sum_of([upload(party, numbers[party], selves, pairs) for party in survivors])
    added = [key for (u, v), key in pairs.items() if v == gone]  # a survivor u < gone added it
    subtracted = [key for (u, v), key in pairs.items() if u == gone]
    result = remove(total, [selves[party] for party in survivors], added, subtracted)
    assert from_ring(result) == [sum(numbers[party][i] for party in survivors) for i in range(3)]
    assert from_ring(remove(total, [selves[party] for party in survivors])) != from_ring(result)


def test_every_upload_looks_uniform():
    selves, pairs = fresh_keys(3)
    assert all(looks_uniform(one.values) for one in uploads_of([[7] * COORDINATES] * 3, selves, pairs))


def signed_sums(ring_values):
    """Every sum over a proper, non-empty subset of the parties, with every choice of signs (up to a common sign)."""
    parties = range(len(ring_values))
    for size in range(1, len(ring_values)):
        for subset in combinations(parties, size):
            for signs in product([1, -1], repeat=size - 1):
                total = ring_values[subset[0]].copy()
                for party, sign in zip(subset[1:], signs, strict=True):
                    total = total + ring_values[party] if sign == 1 else total - ring_values[party]
                yield total


@pytest.mark.parametrize("self_masks", ["on", "off"])
def test_every_proper_signed_sum_looks_uniform_even_when_the_self_masks_are_known(self_masks):
    selves, pairs = fresh_keys(4)
    seen = uploads_of([[7] * COORDINATES] * 4, selves, pairs)
    known = [[key] if self_masks == "off" else [] for key in selves]
    sums = list(signed_sums([remove(one, key) for one, key in zip(seen, known, strict=True)]))
    assert len(sums) == 4 + 6 * 2 + 4 * 4
    assert all(looks_uniform(total) for total in sums)


def test_positive_control_a_reused_mask_is_noticed():
    selves, pairs = fresh_keys(3)
    first = upload(0, [7] * COORDINATES, selves, pairs)
    again = upload(0, list(range(COORDINATES)), selves, pairs)
    assert looks_uniform(first.values) and looks_uniform(again.values)
    assert not looks_uniform(again.values - first.values)
    assert from_ring(again.values - first.values) == [number - 7 for number in range(COORDINATES)]


def test_positive_control_a_missing_pair_is_noticed():
    selves, pairs = fresh_keys(3)
    seen = uploads_of([list(range(COORDINATES))] * 3, selves, {(1, 2): pairs[1, 2]})  # party 0 has no partner
    assert not looks_uniform(remove(seen[0], [selves[0]]))
    assert looks_uniform(remove(seen[1], [selves[1]]))


def test_positive_control_bare_numbers_are_noticed():
    assert not looks_uniform(to_ring(np.random.default_rng(0).integers(-(2**50), 2**50, COORDINATES)))


def test_a_key_given_twice_is_refused():
    key, other = token_bytes(32), token_bytes(32)
    for arguments in [(key, [key], []), (key, [], [key]), (other, [key], [key]), (other, [key, key], [])]:
        with pytest.raises(CryptoError, match="twice"):
            mask(to_ring([1]), *arguments)
        with pytest.raises(CryptoError, match="twice"):
            remove(MaskedVector(to_ring([1])), [arguments[0]], *arguments[1:])


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33), "k" * 32, None])
def test_a_mask_key_is_32_bytes(key):
    for refused in (
        lambda: stream(key, 1),
        lambda: mask(to_ring([1]), key),
        lambda: mask(to_ring([1]), bytes(32), [key]),
    ):
        with pytest.raises(ArgumentError, match="32 bytes"):
            refused()


@pytest.mark.parametrize("values", [[1], np.array([1]), np.array([1.0]), np.ones((1, 1), np.uint64), np.uint64(1)])
def test_only_a_vector_of_the_ring_can_be_masked(values):
    with pytest.raises(ArgumentError, match="to_ring"):
        mask(values, bytes(32))
    with pytest.raises(ArgumentError, match="to_ring"):
        MaskedVector(values)


def test_masking_leaves_its_argument_alone_and_a_masked_vector_cannot_be_changed():
    numbers = to_ring([1, 2])
    masked = mask(numbers, token_bytes(32))
    assert from_ring(numbers) == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        masked.values[0] = 0
    source = to_ring([1, 2])
    vector = MaskedVector(source)
    source[0] = 9
    assert from_ring(vector.values) == [1, 2]


def test_masked_vectors_are_equal_by_value():
    assert MaskedVector(to_ring([1])) == MaskedVector(to_ring([1]).astype("<u8")) != MaskedVector(to_ring([2]))
    assert len({MaskedVector(to_ring([1])), MaskedVector(to_ring([1]))}) == 1
    assert MaskedVector(to_ring([1])).protection == "one-time masks"


def test_masking_and_removing_are_work_in_chunks():
    selves, pairs = fresh_keys(3)
    work = masking(to_ring([1]), selves[0], [pairs[0, 1], pairs[0, 2]])
    assert list(work)[-1] == (3, 3)
    assert list(removing(MaskedVector(to_ring([1])), selves))[-1] == (3, 3)
    assert isinstance(complete(masking(to_ring([1]), selves[0])), MaskedVector)


@pytest.mark.parametrize("lengths", [[], [1, 2]])
def test_only_vectors_of_one_length_add(lengths):
    with pytest.raises(ArgumentError, match="lengths"):
        sum_of([MaskedVector(to_ring([0] * length)) for length in lengths])


# ----------------------------------------------------------------------------------------------- secret shares


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32), st.integers(2, 7), st.data())
def test_any_threshold_of_shares_gives_the_secret_back(secret, threshold, data):
    shares = split(secret, threshold, data.draw(st.integers(threshold, 9)))
    chosen = data.draw(st.lists(st.sampled_from(shares), min_size=threshold, unique=True))
    assert join(chosen, threshold) == secret


@pytest.mark.parametrize("secret", [bytes(32), b"\xff" * 32])
def test_the_extreme_secrets_survive(secret):
    assert join(split(secret, 2, 2), 2) == secret


def test_too_few_shares_open_nothing():
    shares = split(token_bytes(32), 3, 4)
    with pytest.raises(ShareError, match="2 shares are here, and it takes 3"):
        join(shares[:2], 3)
    with pytest.raises(ShareError, match="belong together"):
        join(shares[:2], 2)  # lying about the threshold does not help


def test_fewer_shares_than_the_threshold_fit_every_secret():
    share = split(bytes(32), 2, 2)[0]
    for secret in (
        bytes(32),
        b"\x01" * 32,
        token_bytes(32),
    ):  # the line through (0, secret) and the share: a second share
        other = Share(2, (2 * share.value - int.from_bytes(secret, "big")) % MERSENNE_521)
        assert join([share, other], 2) == secret


def test_one_share_twice_is_refused():
    shares = split(token_bytes(32), 3, 4)
    with pytest.raises(ShareError, match="Share 2 is here twice"):
        join([shares[1], shares[0], shares[1]], 3)


def test_shares_of_two_secrets_do_not_mix():
    one, other = split(token_bytes(32), 3, 4), split(token_bytes(32), 3, 4)
    with pytest.raises(ShareError, match="belong together"):
        join([one[0], one[1], other[2]], 3)


@pytest.mark.parametrize("position", [0, 1, 2, 3, 4])
def test_a_changed_share_among_spare_ones_is_noticed(position):
    shares = split(bytes(32), 3, 5)
    shares[position] = Share(shares[position].index, (shares[position].value + 1) % MERSENNE_521)
    with pytest.raises(ShareError, match="belong together"):
        join(shares, 3)


def test_a_small_change_that_keeps_a_32_byte_secret_is_noticed_through_a_spare_share():
    shares = split(bytes(32), 2, 3)
    shares[1] = Share(2, (shares[1].value - 5) % MERSENNE_521)  # Lagrange at 0 through 1 and 2: 2·y₁ − y₂
    assert int.from_bytes(join(shares[:2], 2), "big") == 5
    with pytest.raises(ShareError, match="belong together"):
        join(shares, 2)


def test_every_split_draws_a_curve_of_its_own():
    secret = token_bytes(32)
    assert len({split(secret, 2, 2)[0].value for _ in range(20)}) == 20


@pytest.mark.parametrize(("threshold", "holders"), [(1, 3), (0, 3), (4, 3), (-1, 3), (2.0, 3), (True, 3)])
def test_a_threshold_goes_from_two_to_the_number_of_holders(threshold, holders):
    with pytest.raises(ArgumentError):
        split(bytes(32), threshold, holders)


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33), "s" * 32])
def test_a_secret_is_32_bytes(secret):
    with pytest.raises(ArgumentError, match="32 bytes"):
        split(secret, 2, 3)


@pytest.mark.parametrize(("index", "value"), [(0, 1), (-1, 1), (1, MERSENNE_521), (1, -1)])
def test_a_share_outside_the_field_is_refused(index, value):
    with pytest.raises(ShareError):
        Share(index, value)


@given(st.integers(2, 1000))
def test_the_threshold_is_more_than_two_thirds_and_never_more_than_all(parties):
    assert 2 * parties < 3 * threshold_for(parties) <= 2 * parties + 3
    assert 2 <= threshold_for(parties) <= parties


def test_a_share_hides_its_value():
    assert repr(Share(1, 123456789)) == "Share(index=1)"

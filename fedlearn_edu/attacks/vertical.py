"""Chapter 06: what can be read in vertical learning when something is missing, or somebody talks, or rows are few.

The coordinator, who holds the private key:
    `gradients_in_sight`       every party's gradient of one round, as far as the mask hides nothing
    `change_of_gradients`      how they changed between two rounds, when one mask served both
    `open_residuals`           together with a feature holder, who got them encrypted: every residual
    `labels_at_the_start`      and from the first round's residuals, every label

A party alone, with its own columns and its own gradient:
    `solve_for_residuals`      every residual of a batch with no more rows than independent columns
    `labels_by_trying`         every label of a batch of few rows, from round 1 of logistic regression: by trying
    `others_share`             from residuals or scores, what the other side knows of each customer
    `sum_over_rows`            the sum of residuals over rows that a combination of own columns marks: perhaps one

The guard of `vertical_logistic` refuses batches for `solve_for_residuals`, and a column that marks few rows. It looks
at one column at a time. Two columns of many rows each may differ in one row alone (`pick_one_out`): that passes.
`labels_by_trying` passes, too: that many d give one gradient is true of real numbers d, and not of d that are −2 or 2.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..crypto.fixed_point import decode as decode_integers
from ..crypto.joint_sums import FEATURE_BITS, GRADIENT_BITS, encode_columns
from ..crypto.paillier import EncryptedVector, PrivateKey
from ..errors import ArgumentError
from ..learning.models import Array
from ..wire.codec import KeyRing, decode
from ..wire.transcript import Message, Transcript

if TYPE_CHECKING:
    from ..data.datasets import Dataset

MOST_TRIED = 44  # rows: 2^22 sums of each half, under half a gigabyte in all


def gradients_in_sight(transcript: Transcript, private_key: PrivateKey, *, round: int) -> dict[str, Array]:
    """What the coordinator decrypts in step 3, read as if no mask were on it: Xᵀd, by party.

    >>> import fedlearn_edu as fl, warnings
    >>> from fedlearn_edu.data.six_customers import six_customers
    >>> warnings.simplefilter("ignore")                                     # the key is a toy
    >>> run = fl.play(fl.vertical_linear(*six_customers(), epochs=2, mask="none", key_bits=256, guard=False))
    >>> gradients_in_sight(run.transcript, run.held_by("coordinator")["its private half"], round=1)
    {'tax office': array([-45., -26.]), 'bank': array([-31., -32., -23.])}
    >>> run = fl.play(fl.vertical_linear(*six_customers(), epochs=2, mask="uniform", key_bits=256, guard=False))
    >>> seen = gradients_in_sight(run.transcript, run.held_by("coordinator")["its private half"], round=1)
    >>> bool(abs(seen["bank"]).min() > 1e30)                                # static
    True

    Parameters
    ----------
    transcript : of vertical learning, with whole messages (`keep="all"`)
    private_key : of the coordinator
    round : which round's gradients

    Returns
    -------
    dict of arrays
        the label holder's has Σd, of the intercept, at the end; numbers beyond all floats are infinite
    """
    seen = _residues(transcript, private_key, round)
    return {name: _as_floats(residues, private_key) for name, residues in seen.items()}


def change_of_gradients(
    transcript: Transcript, private_key: PrivateKey, *, rounds: tuple[int, int]
) -> dict[str, Array]:
    """How each party's Xᵀd changed between two rounds whose masks were the same: (g₂ + R) − (g₁ + R).

    >>> import fedlearn_edu as fl, warnings
    >>> from fedlearn_edu.data.six_customers import six_customers
    >>> warnings.simplefilter("ignore")                                     # the key is a toy
    >>> run = fl.play(fl.vertical_linear(*six_customers(), epochs=2, mask="reused", key_bits=256, guard=False))
    >>> key = run.held_by("coordinator")["its private half"]
    >>> change_of_gradients(run.transcript, key, rounds=(1, 2))["tax office"].round(3)
    array([33.767, 22.733])
    """
    before, after = (_residues(transcript, private_key, round) for round in rounds)
    pairs = {name: zip(before[name], after[name], strict=True) for name in before}
    return {name: _as_floats([late - early for early, late in pair], private_key) for name, pair in pairs.items()}


def open_residuals(transcript: Transcript, private_key: PrivateKey, *, round: int) -> Array:
    """Every residual d = z − t of a round, decrypted by the coordinator from what a feature holder received.

    >>> import fedlearn_edu as fl, warnings
    >>> from fedlearn_edu.data.six_customers import six_customers
    >>> warnings.simplefilter("ignore")                                     # the key is a toy
    >>> run = fl.play(fl.vertical_linear(*six_customers(), epochs=1, key_bits=256, guard=False))
    >>> open_residuals(run.transcript, run.held_by("coordinator")["its private half"], round=1)
    array([-4., -3., -6., -1., -7., -2.])

    The coordinator alone never gets this message: it needs the feature holder, who cannot read it.

    Raises
    ------
    ArgumentError
        the transcript holds no such message whole
    """
    for message, vector in _received(transcript, private_key, round):
        if message.label == "encrypted residuals":
            return decode_integers(vector.decrypt(private_key), vector.scale_bits)
    raise ArgumentError(f"Nobody received encrypted residuals of round {round} under this key.", _KEEP)


def labels_at_the_start(residuals: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Labels 0 and 1 from the first round's residuals of logistic regression: at weights 0, d is −t = ±2.

    >>> labels_at_the_start([-2.0, 2.0])
    array([1, 0])
    """
    return (np.asarray(residuals) < 0).astype(np.int64)


def solve_for_residuals(X: npt.ArrayLike, sums: npt.ArrayLike) -> Array:
    """Solve Xᵀd = g for d, (N,): a party's own columns, (N, p), and its own gradient, (p,).

    >>> X = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]])                    # two customers, three columns
    >>> solve_for_residuals(X, X.T @ [-2.0, 2.0]).round(6)
    array([-2.,  2.])

    Raises
    ------
    ArgumentError
        there are fewer independent columns than rows: many real d give this gradient. If it is known that each d
        is −2 or 2, trying may still find it: `labels_by_trying`
    """
    X, sums = np.asarray(X, dtype=np.float64), np.asarray(sums, dtype=np.float64)
    rank = int(np.linalg.matrix_rank(X))
    if rank < len(X):
        raise ArgumentError(
            f"{rank} equations for {len(X)} rows have many solutions.", "It needs as many columns as rows."
        )
    return np.asarray(np.linalg.lstsq(X.T, sums, rcond=None)[0])


def labels_by_trying(X: npt.ArrayLike, sums: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Every label of a batch, (N,) of 0 and 1, from a party's own columns and its own gradient of round 1.

    >>> X, labels = np.random.default_rng(0).standard_normal((20, 1)), np.arange(20) % 3 == 0
    >>> sums = np.rint(X.T * 2**24) / 2**24 @ np.where(labels, -2.0, 2.0)   # one number tells twenty labels
    >>> labels_by_trying(X, sums)
    array([1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0])

    At weights 0 each residual of logistic regression is −2 or 2, and Xᵀd is exact in integers. So the gradient is a sum
    of N known rows with unknown signs. Both halves of the rows have 2^(N/2) sums each; a sum of the first half is
    looked up among those of the second: about 2^(N/2) steps where trying all takes 2^N. The sums are compared mod 2^64,
    all columns in one number.

    A column tells about 30 bits. With many more rows than 30 for each column many labellings fit, and no attack finds
    the true one. More rows than can be tried are no safety by themselves: lattice reduction finds the labels of about
    ten rows for each column, however many columns there are.

    Parameters
    ----------
    X : (N, p), the party's own columns as it trained with them; N up to 44
    sums : (p,), Xᵀd of the first round, as the party had it after taking its mask off

    Raises
    ------
    ArgumentError
        there are more rows than that, no labels fit, or more than one way of labelling does

    References
    ----------
    Horowitz, Sahni: Computing Partitions with Applications to the Knapsack Problem. Journal of the ACM 21(2), 1974.
    """
    columns, wanted = encode_columns(X), _halves_of(sums)  # integers: (N, p) and (p,)
    if len(columns) > MOST_TRIED:
        raise ArgumentError(f"{len(columns)} rows take 2^{len(columns) // 2} numbers twice.", f"Take {MOST_TRIED}.")
    factors = 2 * np.random.default_rng(0).integers(0, 2**63, columns.shape[1], dtype=np.uint64) + 1  # odd
    rows = columns.astype(np.uint64) @ factors  # one number a row, mod 2^64
    first, second = _signed_sums(rows[: len(rows) // 2]), _signed_sums(rows[len(rows) // 2 :])
    order = np.argsort(first)
    sought = wanted.astype(np.uint64) @ factors - second
    begin, end = (np.searchsorted(first[order], sought, side) for side in ("left", "right"))
    count = int((end - begin).sum())
    if count != 1:
        raise ArgumentError(
            f"{count or 'No'} ways of labelling {len(rows)} rows give this gradient.",
            "It takes one column for every 30 rows or fewer, and the gradient of the first round.",
        )
    (place,) = np.flatnonzero(end > begin)
    return np.concatenate([_bits(int(order[begin[place]]), len(rows) // 2), _bits(int(place), -(-len(rows) // 2))])


def others_share(residuals: npt.ArrayLike, own_share: npt.ArrayLike) -> Array:
    """What the other side put in: d − (u − t) at the label holder, d − u at a feature holder; z − u for a prediction.

    >>> others_share([1.0], own_share=[-2.0])
    array([3.])
    """
    return np.asarray(residuals, dtype=np.float64) - np.asarray(own_share, dtype=np.float64)


def sum_over_rows(X: npt.ArrayLike, sums: npt.ArrayLike, rows: Sequence[int]) -> float:
    """Σd over some rows, from a party's own columns and gradient, where a combination X·a is 1 there and 0 elsewhere.

    >>> X = np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 0.0]])                  # the columns differ in the last row
    >>> round(sum_over_rows(X, X.T @ [0.5, -2.0, 2.0], rows=[2]), 6)
    2.0

    Then aᵀ(Xᵀd) = (Xa)ᵀd is the sum.

    Raises
    ------
    ArgumentError
        no combination of the columns marks these rows
    """
    X = np.asarray(X, dtype=np.float64)
    marked = np.zeros(len(X))
    marked[list(rows)] = 1.0
    a = np.linalg.lstsq(X, marked, rcond=None)[0]  # X·a = the mark, (p,)
    if np.abs(X @ a - marked).max() > 1e-6:
        raise ArgumentError(f"No combination of these columns marks the rows {list(rows)}.", "Try pick_one_out().")
    return float(a @ np.asarray(sums, dtype=np.float64))


def pick_one_out(table: Dataset, row: int, crowd: int = 20) -> Dataset:
    """Two more columns, in which no value is rare, and which differ in one row alone.

    >>> from fedlearn_edu.data import load
    >>> picked = pick_one_out(load("breast_cancer"), row=7)
    >>> first, second = picked.features[:, -2:].T
    >>> int(first.sum()), int(second.sum()), np.flatnonzero(first - second).tolist()
    (21, 20, [7])

    No lie is needed: "earns over 3,000" and "earns over 3,010" may be such columns.

    Parameters
    ----------
    row : the customer
    crowd : how many others both columns mark: those after it
    """
    others = [(row + 1 + k) % table.rows for k in range(crowd)]
    marks = np.zeros((table.rows, 2))
    marks[others] = 1.0
    marks[row, 0] = 1.0
    return table.with_features(np.column_stack([table.features, marks]), (*table.columns, "one more", "one less"))


def _halves_of(sums: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Σ x·s in steps of 2^−24, with s = ±1 and d = −2s."""
    return np.rint(np.asarray(sums, dtype=np.float64) * -(2.0 ** (FEATURE_BITS - 1))).astype(np.int64)


def _signed_sums(rows: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Every ±a ± b ± c …, mod 2^64; bit k of a sum's place tells the sign of row k."""
    sums = np.zeros(1, dtype=np.uint64)
    for row in rows:
        sums = np.concatenate([sums - row, sums + row])
    return sums


def _bits(number: int, length: int) -> list[int]:
    return [number >> k & 1 for k in range(length)]


def _received(transcript: Transcript, private_key: PrivateKey, round: int) -> Iterator[tuple[Message, EncryptedVector]]:
    """The round's messages that are vectors under this key."""
    keys = KeyRing()
    keys.add(private_key.public)
    for message in transcript.messages:
        whole = message.round == round and message.body is not None
        if whole and message.protection == f"Paillier {private_key.public.fingerprint}":
            yield message, decode(message.body or b"", keys)


def _residues(transcript: Transcript, private_key: PrivateKey, round: int) -> dict[str, list[int]]:
    """Gradients as they decrypt, elements of Z_n, by party: step 3, at the scale of gradients."""
    found = {
        message.sender: vector.decrypt_raw(private_key)
        for message, vector in _received(transcript, private_key, round)
        if message.step == 3 and vector.scale_bits == GRADIENT_BITS
    }
    if not found:
        raise ArgumentError(f"The transcript holds no whole gradient of round {round} for this key.", _KEEP)
    return found


_KEEP = 'Play it with keep="all", and give the key of whoever decrypts.'


def _as_floats(residues: Sequence[int], private_key: PrivateKey) -> Array:
    return np.array([_as_float(number) for number in private_key.public.centred(residues)])


def _as_float(number: int) -> float:
    try:
        return float(number / 2**GRADIENT_BITS)
    except OverflowError:
        return math.inf if number > 0 else -math.inf

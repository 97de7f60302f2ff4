"""Chapter 04: what remains readable in encrypted federated averaging.

Two views of a party that follows the protocol to the letter, and then does arithmetic:

    `the_other_of_two`    a hospital that has one partner alone: the sum minus its own update
    `open_uploads`        anybody who saw the uploads, with the private key of one hospital: a server that colludes
"""

from __future__ import annotations

import numpy as np

from ..crypto.fixed_point import decode as decode_integers
from ..crypto.paillier import PrivateKey
from ..errors import ArgumentError
from ..wire.codec import KeyRing, decode
from ..wire.transcript import Transcript


def the_other_of_two(mean: np.ndarray, own: np.ndarray, own_rows: int, all_rows: int) -> np.ndarray:
    """The partner's update, from the mean of two: x₂ = (n·mean − n₁·x₁) / n₂.

    >>> the_other_of_two(mean=np.array([4.0]), own=np.array([1.0]), own_rows=100, all_rows=400)
    array([5.])

    Parameters
    ----------
    mean, own : shape (p,); the row-weighted mean of both, and what this party uploaded
    own_rows, all_rows : n₁ and n = n₁ + n₂

    Raises
    ------
    ArgumentError
        the partner would have no rows
    """
    if not 0 < own_rows < all_rows:
        raise ArgumentError(f"{own_rows} of {all_rows} rows leave none for a partner.", "Give 0 < own_rows < all_rows.")
    others = all_rows * np.asarray(mean) - own_rows * np.asarray(own)  # n·mean − n₁·x₁ = n₂·x₂
    return np.asarray(others / (all_rows - own_rows))


def open_uploads(transcript: Transcript, private_key: PrivateKey, *, round: int) -> dict[str, np.ndarray]:
    """Every party's update of one round, decrypted from the bytes that travelled.

    >>> import fedlearn_edu as fl, warnings
    >>> warnings.simplefilter("ignore")   # a toy key
    >>> run = fl.play(fl.fedavg(fl.split_rows(fl.load("breast_cancer"), parties=3, seed=1), rounds=1,
    ...                         learning_rate=1e-6, aggregation=fl.paillier_sum(key_bits=256)))
    >>> key = run.held_by("hospital 2")["unseal"]
    >>> sorted(open_uploads(run.transcript, key, round=1))
    ['hospital 1', 'hospital 2', 'hospital 3']

    Parameters
    ----------
    transcript : of a `fedavg` run under `paillier_sum`, with whole messages (`keep="all"`)
    private_key : any party's: it is the same key everywhere
    round : which round's uploads

    Returns
    -------
    dict of arrays of shape (p,), by party

    Raises
    ------
    ArgumentError
        no upload of that round was kept whole
    """
    keys, found = KeyRing(), {}
    keys.add(private_key.public)
    for message in transcript.messages:
        if (message.round, message.step) == (round, 3) and message.body is not None:
            vector = decode(message.body, keys)["update"]
            found[message.sender] = decode_integers(vector.decrypt(private_key), vector.scale_bits)
    if not found:
        raise ArgumentError(f"The transcript holds no whole upload of round {round}.", 'Play it with keep="all".')
    return found

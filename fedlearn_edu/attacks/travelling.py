"""Chapter 02: what a travelling model carries away from a party.

    `changes`        what every visit did to the weights; for who listens, or for the two neighbours of a party
    `image_from`     the rows behind such a change, melted into one; with a single row, that row

No key is broken and no rule: the weights travel in the clear, and a gradient is made of rows.
"""

from __future__ import annotations

import numpy as np

from ..errors import ArgumentError
from ..learning.models import SoftmaxRegression
from ..wire.codec import KeyRing, decode
from ..wire.transcript import Transcript


def changes(transcript: Transcript, start: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """For every visit: whose it was, and what went out minus what came in.

    >>> import fedlearn_edu as fl
    >>> pastures = fl.split_rows(fl.load("digits"), parties=3, name="pasture")
    >>> run = fl.play(fl.travelling(pastures, learning_rate=0.002))
    >>> [party for party, _ in changes(run.transcript, start=np.zeros(650))]
    ['pasture 1', 'pasture 2', 'pasture 3']

    Parameters
    ----------
    transcript : of a `travelling` run, with whole messages (`keep="all"`)
    start : the starting weights, shape (p,); they come from a public seed, so everybody knows them

    Returns
    -------
    list of (party, array of shape (p,))
        the model that a party was sent is what its neighbour before knows, the one it passed on what the next knows;
        the last party's is what it sent to all others

    Raises
    ------
    ArgumentError
        the transcript holds no whole model, or one of another length than `start`
    """
    found: list[tuple[str, np.ndarray]] = []
    came_in = np.asarray(start, dtype=float)
    for message in transcript.messages:
        passed_on = message.step == 2 or (message.step == 3 and (not found or found[-1][0] != message.sender))
        if not passed_on or message.body is None:
            continue
        went_out = np.asarray(decode(message.body, KeyRing()))
        if went_out.shape != came_in.shape:
            raise ArgumentError(f"A model has the shape {went_out.shape}, and start {came_in.shape}.", "Match them.")
        found.append((message.sender, went_out - came_in))
        came_in = went_out
    if not found:
        raise ArgumentError("The transcript holds no whole model.", 'Play travelling(...) with keep="all".')
    return found


def image_from(change: np.ndarray, model: SoftmaxRegression, label: int | None = None) -> np.ndarray:
    """ΔW_k / Δb_k: the rows that pushed class k, melted into one; a single row comes out as it is.

    >>> from fedlearn_edu.learning import train_locally
    >>> model, row = SoftmaxRegression(columns=3, classes=4), np.array([[0.2, 0.5, 1.0]])
    >>> after = train_locally(model, np.zeros(model.size), row, np.array([2]), epochs=20, batch_size=None,
    ...                       learning_rate=0.5, l2=0.0, rng=None)
    >>> image_from(after - np.zeros(model.size), model).round(9)
    array([0.2, 0.5, 1. ])

    Parameters
    ----------
    change : (p,), what a visit did to the weights
    model : softmax regression, whose weights these are
    label : k; by default the class whose intercept fell most, which is one of those that the rows do not have

    Returns
    -------
    array of shape (columns,)

    Raises
    ------
    ArgumentError
        the model has no such layer, the lengths differ, or nothing pushed that class

    Notes
    -----
    A gradient step adds −η·d_ik·x_i to W_k and −η·d_ik to b_k for row i, with d = p_k for a class that the row is not
    of, p_k − 1 for its own. Without a penalty every step has that form, so the quotient Σ d_ik·x_i / Σ d_ik is a mean
    of the rows, with positive weights where no row is of class k. With one row, the weights cancel.
    """
    if not isinstance(model, SoftmaxRegression):
        name = getattr(model, "name", model)
        raise ArgumentError(f"The model was {name!r}.", "Give softmax regression: its one layer sees the rows.")
    if np.shape(change) != (model.size,):
        raise ArgumentError(f"The change has the shape {np.shape(change)}.", f"Give ({model.size},) numbers.")
    part = model.unpack(np.asarray(change, dtype=float))
    k = int(np.argmin(part["b"])) if label is None else label
    if not 0 <= k < model.classes or part["b"][k] == 0:
        raise ArgumentError(f"Nothing pushed class {k}.", "Choose a class whose intercept has changed.")
    return np.asarray(part["W"][k] / part["b"][k])  # ΔW_k / Δb_k, (columns,)

"""Chapter 07's lab: what its panels show.

The block `clouds` is its own: places of half images round by round, as shapes in the plane, with the arrow Φ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...attacks.transfer import places_from_row_gradients, places_from_weight_gradient, told_by_the_loss
from ...errors import ArgumentError
from ...i18n import say, sentences
from ...learning.models import Array
from ...learning.representation import Encoder
from ...learning.transfer_loss import Moment as Weights, factors_of_source, row_gradients
from ...protocols._transfer import Side
from ..blocks import Block, figure_of_merit, in_bytes, note, rounded, switch, table
from .half_images import EXAM, LEFT, RIGHT, ROUNDS, Trained, curve
from .spec import Moment, Panel

SHOWN = 40  # images of the exam in the picture, as many odd as even
EXACT = 1e-6


class Panels:
    """The panels, and the sentence and table that stand for them on paper."""

    def __init__(self) -> None:
        self._curve = curve()

    def all(self) -> tuple[Panel, ...]:
        """The panels in the order of their tabs."""
        return (
            Panel("clouds", say("Two clouds"), self.clouds),
            Panel("curve", say("The honest curve"), self.honest),
            Panel("seen", say("What the source sees"), self.seen),
        )

    # --- two clouds

    def clouds(self, moment: Moment) -> list[Block]:
        """Halves of images that nobody trained with, at the source and at the target, round by round."""
        here = trained(moment)
        gaps, right = [here.gap(m) for m in here.moments], accuracies(here)
        return [
            clouds_block(here, gaps, right, self.sentence(moment)),
            figure_of_merit(
                "right", f"{right[-1]:.0%}", say("of {count} right halves named odd or even as they are", count=EXAM),
                "good" if right[-1] > 0.7 else "bad",
            ),
            figure_of_merit("gap", f"{gaps[-1]:.2f}", say("apart: the two halves of an image; {start} at the start",
                                                          start=f"{gaps[0]:.2f}")),
            note("meaning", self._meaning(moment, here), "bad" if moment.settings.strangers else ""),
        ]  # fmt: skip

    def _meaning(self, moment: Moment, here: Trained) -> str:
        if not here.common:
            return say("No image in common: each side has a map of its own, and Φ points nowhere for the target.")
        if moment.settings.strangers:
            return say("Row 1 here and row 1 there are two different images. It ran, and it learned nonsense.")
        return say("These images were not trained with. A half right of the dashed line counts as odd, left as even.")

    # --- the honest curve

    def honest(self, moment: Moment) -> list[Block]:
        """Accuracy against the overlap, mean and spread over ten deals, and what own labels are worth."""
        s = moment.settings
        transfer, own = self._at(s), self._own(s.own_labels)
        wins = own >= transfer
        text = (
            say("With {count} labels of its own the target alone gets {own}; transfer through {overlap} common images "
                "gets {transfer}. Where its own labels suffice, local wins.", count=s.own_labels, own=f"{own:.1%}",
                overlap=s.overlap, transfer=f"{transfer:.1%}")
            if wins else
            say("Through {overlap} common images the target gets {transfer} without a label; with {count} labels of "
                "its own, alone, {own}.", count=s.own_labels, own=f"{own:.1%}", overlap=s.overlap,
                transfer=f"{transfer:.1%}")
        )  # fmt: skip
        return [self._twin(s, text), note("verdict", text, "bad" if wins else "good")]

    def _twin(self, s: Any, alt: str) -> Block:
        found, sizes = self._curve, self._curve["sizes"]
        flat = found["own"][found["own_labels"].index(s.own_labels)]
        series = [
            _spread(say("transfer"), found["transfer"][str(s.dimensions)], "federated", "circle", ""),
            _spread(say("the labels of the common images, handed over"), found["given"], "pooled", "square", "8 4"),
            _spread(
                say("{count} labels of its own, alone", count=s.own_labels), [flat] * len(sizes), "alone", "", "2 4"
            ),
        ]  # fmt: skip
        part = {"title": "", "low": 0.5, "high": 0.9,
                "series": series}  # fmt: skip
        marks = [{"x": s.overlap, "label": say("now: {count}", count=s.overlap)}] if s.overlap >= sizes[0] else []
        return {
            "is": "twin", "key": "honest", "x": sizes, "x_label": say("common images"), "parts": [part], "marks": marks,
            "title": say("Accuracy of the target by three ways, mean and spread of ten deals"), "alt": alt,
        }  # fmt: skip

    def _at(self, s: Any) -> float:
        """Mean accuracy by transfer at this overlap; half without a bridge, or with the wrong one."""
        if not s.overlap or s.strangers:
            return 0.5
        found = self._curve
        means = np.mean(found["transfer"][str(s.dimensions)], axis=1)
        return float(np.interp(s.overlap, [0, *found["sizes"]], [0.5, *means]))

    def _own(self, count: int) -> float:
        return float(np.mean(self._curve["own"][self._curve["own_labels"].index(count)]))

    # --- what the source sees

    def seen(self, moment: Moment) -> list[Block]:
        """What can be computed from what the source gets; what the loss tells; what it received."""
        here = moment.expected
        if not here.common:
            return [note("nothing", say("With nothing in common, nothing is sent."))]
        cases = {sent: self._case(here, sent) for sent in ("sums", "rows")}
        return [switch("sent", "sent", cases), *self._told(here), *self._received(moment)]

    def _case(self, here: Trained, sent: str) -> list[Block]:
        true, found = attacked(here, sent)
        error = None if found is None else float(np.abs(found - true).max())
        count = 0 if error is None or error > EXACT else here.common
        text = say("of {count} places at the target computed by the source", count=here.common)
        return [
            found_block(true, found),
            figure_of_merit("found", str(count), text, "bad" if count else "good"),
            note("why", _why(here, sent, found is not None), "bad" if count else "good"),
        ]  # fmt: skip

    def _told(self, here: Trained) -> list[Block]:
        told = told_by_the_loss(here.losses, here.plan)
        rows = [
            [say("start") if k == 0 else say("round {k}", k=k), f"{here.losses[k]:.3f}", f"{told[k].distance:.2f}",
             f"{told[k].misfit:.2f}"]
            for k in (0, ROUNDS // 2, ROUNDS)
        ]  # fmt: skip
        columns = [say("after"), say("loss"), say("mean squared distance, at most"), say("mean (φ − 2y)², at most")]
        return [table("told", say("What the loss tells the source, whatever the mask"), columns, rows)]

    def _received(self, moment: Moment) -> list[Block]:
        if moment.run is None or moment.kind in ("preview", "running"):
            return [note("wait", say("Press Run: the messages that the source received are listed here."))]
        got = [m for m in moment.run.transcript.messages if m.receiver == "source" and m.round in (None, 0, 1)]
        rows = [[m.step, m.label, in_bytes(m.size)] for m in got]
        title = say("What the source received before and in round 1")
        return [table("received", title, [say("step"), say("what"), say("size")], rows)]

    # --- on paper

    def sentence(self, moment: Moment) -> str:
        """What the lab shows, for paper and for who cannot see it."""
        here = trained(moment)
        values = {
            "common": here.common, "d": here.plan.dimensions, "rounds": ROUNDS, "count": EXAM,
            "accuracy": f"{accuracies(here)[-1]:.1%}", "gap": f"{here.gap(here.moments[-1]):.2f}",
            "start": f"{here.gap(here.moments[0]):.2f}",
        }  # fmt: skip
        if not here.common:
            return say(
                "Without a common image nothing is trained: the halves of an image lie {gap} apart, and the target "
                "gets {accuracy} of {count} right halves right, by chance.", **values,
            )  # fmt: skip
        text = say(
            "With {common} common images, {d} dimensions and {rounds} rounds the target, without a label of its own, "
            "gets {accuracy} of {count} right halves right. The halves of an image that nobody trained with lie {gap} "
            "apart, and {start} at the start.", **values,
        )  # fmt: skip
        if moment.settings.strangers:
            text = sentences(text, say("The target lists them in another order than the source."))
        return text

    def table(self, moment: Moment) -> Mapping[str, Any]:
        """The curve in numbers: a row for each overlap."""
        found = self._curve
        transfer, given = (
            np.array(found["transfer"][str(moment.settings.dimensions)]), np.array(found["given"]),
        )  # fmt: skip
        rows = [rounded([a.mean(), a.min(), a.max(), b.mean()]) for a, b in zip(transfer, given, strict=True)]
        return {
            "columns": [say("transfer"), say("worst deal"), say("best deal"), say("labels handed over")],
            "index": [say("{count} common", count=count) for count in found["sizes"]],
            "rows": rows,
        }

    def summary(self, moment: Moment) -> Mapping[str, Any]:
        """For a comparison of runs."""
        return {"overlap": moment.settings.overlap, "accuracy": trained(moment).accuracy}


def trained(moment: Moment) -> Trained:
    """The rounds that the panels show: the run's own weights when it has been played, the preview's before."""
    if moment.run is None or moment.kind != "finished":
        return moment.expected  # type: ignore[no-any-return]
    if "trained" not in moment.memo:
        here: Trained = moment.expected
        known = zip(moment.run.history["loss"], moment.run.reported("weights"), strict=True)
        played = [Weights(loss, one["source"], one["target"]) for loss, one in known]
        start = here.moments[0]  # public: both start from the seed
        moments = (start, *(Weights(here.losses[k + 1], one.source, one.target) for k, one in enumerate(played)))
        moment.memo["trained"] = Trained(here.deal, here.plan, here.common, moments)
    found: Trained = moment.memo["trained"]
    return found


def accuracies(here: Trained) -> list[float]:
    """The share of the exam that is right at every moment."""
    answers = here.deal.scene.answers > 0
    found = []
    for one in here.moments:
        _, V, Phi = here.places(one, here.deal.exam_left, here.deal.scene.exam)
        found.append(float(np.mean((V @ Phi > 0) == answers)))
    return found


def clouds_block(here: Trained, gaps: Sequence[float], right: Sequence[float], alt: str) -> Block:
    """Places of forty images in the plane: Φ of the last round points to the right."""
    answers = here.deal.scene.answers
    chosen = np.concatenate([np.flatnonzero(answers == sign)[: SHOWN // 2] for sign in (1, -1)])
    left, halves = here.deal.exam_left[chosen], here.deal.scene.exam[chosen]
    places = [here.places(one, left, halves) for one in here.moments]
    plane = seen_from(places[-1])  # (d, 2)
    steps: list[dict[str, Any]] = [
        {
            "source": _points(U @ plane), "target": _points(V @ plane), "arrow": _points(Phi[None] @ plane)[0],
            "said": [int(one) for one in V @ Phi > 0],
        }
        for U, V, Phi in places
    ]  # fmt: skip
    reach = [
        max(abs(point[axis]) for step in steps for side in ("source", "target") for point in step[side])
        for axis in (0, 1)
    ]  # fmt: skip
    return {
        "is": "clouds", "key": "clouds", "title": say("Forty images, each seen twice"),
        "knob": "step", "reach": [max(1.0, round(most + 0.1, 1)) for most in reach], "steps": steps,
        "truth": [int(one > 0) for one in answers[chosen]], "bridge": here.common > 0,
        "gaps": rounded(gaps), "right": rounded(right), "texts": _cloud_texts(), "alt": alt,
    }  # fmt: skip


def seen_from(places: tuple[Array, Array, Array]) -> Array:
    """A plane to look at d dimensions: Φ points to the right; up goes where the source's places spread most beside "
    "it.
    """
    U, _, Phi = places
    across = Phi / (np.linalg.norm(Phi) or 1.0)
    if len(across) == 2:
        return np.column_stack([across, [-across[1], across[0]]])
    rest = U - np.outer(U @ across, across)
    up = np.linalg.svd(rest - rest.mean(axis=0), full_matrices=False)[2][0]
    return np.column_stack([across, up * (1 if up[np.argmax(np.abs(up))] > 0 else -1)])


def _cloud_texts() -> dict[str, str]:
    return {
        "source_odd": say("left half, odd"), "source_even": say("left half, even"),
        "target_odd": say("right half, taken for odd"), "target_even": say("right half, taken for even"),
        "target_none": say("right half: nobody knows"), "odd": say("odd"), "even": say("even"),
        "play": say("Play the rounds"), "start": say("start"), "found": say("computed by the source"),
        "hidden": say("where it lies, known to the target alone"),
        "round": say("round {round}", round="{round}"),
        "said": say("{when}: the halves of an image lie {gap} apart, and {right} % of the right halves are named "
                    "rightly.",
                    when="{when}", gap="{gap}", right="{right}"),
    }  # fmt: skip


def attacked(here: Trained, sent: str) -> tuple[Array, Array | None]:
    """The target's common places in round 1, and what the source makes of what it gets; None: it cannot."""
    plan, of, N = here.plan, here.deal.scene, here.common
    first, X = at_first(here)
    source, _ = plan.starts(len(LEFT), "source")
    U = source.of(first.source, X)
    _, true, Phi = here.places(first, here.deal.exam_left, of.X_target[:N])
    if sent == "rows":
        gradients, _ = row_gradients(U, true, of.y, plan)
        return true, places_from_row_gradients(gradients, U, of.y, N, plan)
    factors = factors_of_source(source.slopes(first.source, X), Phi, of.y, N, plan)
    numbers = np.einsum("lmk,ml->lk", factors.square, true.T @ true) + np.einsum("lik,il->lk", factors.rows, true)
    zeros = np.zeros(len(LEFT))
    encoder = Encoder("source", tuple(map(str, LEFT)), zeros, zeros + 1, source, first.source)
    try:
        return true, places_from_weight_gradient(numbers, Side(encoder, X, of.y), N, plan)
    except ArgumentError:
        return true, None


def at_first(here: Trained) -> tuple[Weights, Array]:
    """Both sides' weights in round 1, and the source's rows as it uses them: without columns that the guard leaves out.

    So few rows as the guard refuses are looked at as if there were no guard.
    """
    plan, X = here.plan, here.deal.scene.X_source
    source, own = plan.starts(len(LEFT), "source")
    _, others = plan.starts(len(RIGHT), "target")
    if here.common <= len(LEFT) + 1:  # N·d ≤ d·(p + 1)
        return Weights(float("nan"), own, others), X
    first = here.moments[0]
    W, _ = source.unpack(first.source)
    return first, np.where(W.any(axis=0), X, 0.0)


def found_block(true: Array, found: Array | None) -> Block:
    """The target's common images where they lie, and crosses where the source found them to be."""
    plane = np.eye(true.shape[1])[:, :2]
    shown = slice(0, SHOWN)
    step = {"source": [], "target": _points(true[shown] @ plane), "arrow": None, "said": []}
    text = say("None of the places is found.") if found is None else say("A cross on every triangle: all are found.")
    return {
        "is": "clouds", "key": "found", "title": say("Where the target's common images lie in round 1, first "
                                                             "two dimensions"),
        "knob": "", "reach": [1.1, 1.1], "steps": [step], "truth": [], "bridge": True, "gaps": [], "right": [],
        "found": [] if found is None else _points(found[shown] @ plane), "texts": _cloud_texts(), "alt": text,
    }  # fmt: skip


def _why(here: Trained, sent: str, found: bool) -> str:
    equations = int(np.linalg.matrix_rank(at_first(here)[1])) + 1  # some pixels are white in nearly all images
    if sent == "rows":
        return say("The gradient of an image that is not common tells what all share; take it off a common one, and "
                   "the target's place is left. Sum the gradients into those of the weights first.")  # fmt: skip
    if found:
        return say("{unknown} unknowns meet {equations} independent equations in each dimension: solved, sums or not. "
                   "Run refuses so few.", unknown=here.common + 1, equations=equations)  # fmt: skip
    return say("{unknown} unknowns meet {equations} independent equations in each dimension: too few equations to "
               "solve. That is a guard, and no proof.", unknown=here.common + 1, equations=equations)  # fmt: skip


def _spread(label: str, values: Sequence[Sequence[float]], role: str, marker: str, dash: str) -> Block:
    """A curve: mean over deals, and one standard deviation on either side."""
    numbers = np.asarray(values)
    mean, spread = numbers.mean(axis=1), numbers.std(axis=1)
    return {"label": label, "role": role, "marker": marker, "dash": dash, "mean": rounded(mean),
            "low": rounded(mean - spread), "high": rounded(mean + spread)}  # fmt: skip


def _points(places: Array) -> list[list[float]]:
    return [[round(float(x), 3), round(float(y), 3)] for x, y in places]

"""Chapter 04's lab: what its panels show, from the settings, the preview and the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...attacks.horizontal import the_other_of_two
from ...i18n import retell, say, sentences
from ...wire.codec import KeyRing, decode
from ...wire.run import Run
from ...wire.transcript import EAVESDROPPER, HEAD_BYTES, Message
from ..blocks import (
    Block,
    Picture,
    Series,
    bars,
    figure_of_merit,
    in_bytes,
    in_powers,
    in_seconds,
    lines,
    note,
    pictures,
    shades,
    switch,
    table,
)
from .hospitals import Room, error_of, losses, scored
from .spec import Moment, Panel, Settings

PAILLIER = ("paillier", "textbook")
MARKERS = ("circle", "square", "triangle", "diamond")
UNREADABLE = ("not readable", "looks like noise", "sealed bytes")  # words of a transcript's readings


class Panels:
    """The panels, and the sentence and table that stand for them on paper.

    Parameters
    ----------
    guesses : from settings, hospital 1's error about the last hospital, for 2, 3, … hospitals
    steps : the steps' names, in a word or two
    """

    def __init__(self, guesses: Callable[[Settings], list[float]], steps: Sequence[str]) -> None:
        self._guesses, self._steps = guesses, steps

    def all(self) -> tuple[Panel, ...]:
        """The panels in the order of their tabs."""
        return (
            Panel("learning", say("Learning"), self.learning),
            Panel("gap", say("Distance"), self.gap),
            Panel("cost", say("Cost"), self.cost),
            Panel("saw", say("Who saw what"), self.saw),
            Panel("eyes", say("Change eyes"), self.eyes),
            Panel("deduce", say("What can I deduce?"), self.deduce),
        )

    # --- who takes part

    def room(self, moment: Moment) -> Block:
        """Who holds how many rows of which class, and who is gone or asleep."""
        s, room = moment.settings, moment.expected.room
        t = max(1, rounds_done(moment))
        awake = set(room.answering(t))
        gone = {1} if s.federation == "hospitals" and s.drop_round and moment.run and t >= s.drop_round else set()
        return {
            "is": "room",
            "key": "room",
            "count_knob": "parties",
            "name": say("hospital") if s.federation == "hospitals" else say("phone"),
            "classes": [retell(name) for name in room.everyone.classes],
            "parties": [
                {
                    "counts": counts.tolist(),
                    "rows": int(counts.sum()),
                    "state": "gone" if k in gone else "here" if k in awake else "asleep",
                }
                for k, counts in enumerate(room.counts)
            ],
            "title": say("Who holds what"),
            "alt": say(
                "{parties} parties with {least} to {most} rows each.",
                parties=len(room.parties),
                least=int(room.rows.min()),
                most=int(room.rows.max()),
            ),
        }

    # --- learning

    def learning(self, moment: Moment) -> list[Block]:
        """Accuracy by round, what is missed, and the two equalities."""
        return [self._accuracy(moment), self._mistakes(moment), *self._equalities(moment)]

    def _accuracy(self, moment: Moment) -> Block:
        s, p, here = moment.settings, moment.expected, run_scores(moment)
        final = p.scores["alone"]["accuracy"][:, -1]
        best, worst = int(final.argmax()), int(final.argmin())
        ends = {best: say("best alone"), worst: say("worst alone")}
        series = [
            Series(
                ends.get(k, say("each alone")),
                curve.tolist(),
                "alone",
                MARKERS[k % 4],
                "2 4",
                named=k in ends,
                in_legend=k == best,
                legend=say("each alone"),
            )
            for k, curve in enumerate(p.scores["alone"]["accuracy"])
        ]
        series.append(Series(say("pooled"), p.scores["pooled"]["accuracy"].tolist(), "pooled", "", "8 4"))
        clear = p.scores["federated"]["accuracy"].tolist()
        series.append(Series(say("federated (preview)"), clear, "federated", "", "", named=here is None))
        if here is not None:
            series.append(Series(say("federated (run)"), here["accuracy"].tolist(), "federated", "circle", wide=True))
        return lines(
            "accuracy",
            say("Accuracy on the exam"),
            series,
            x_label=say("communication round"),
            percent=True,
            floors=(0.0, 0.5, 0.8),
            top=1.0,
            x=range(1, s.rounds + 1),
            mark=drop_mark(s),
            alt=self.sentence(moment),
        )

    def _mistakes(self, moment: Moment) -> Block:
        p, rows, last = moment.expected, [], last_round(moment)
        parts = [
            *((f"{party.name}", p.scores["alone"]["recall"][k, last], "alone") for k, party in enumerate(alone_of(p))),
            (say("pooled"), p.scores["pooled"]["recall"][last], "pooled"),
            (say("federated"), federated_recall(moment), "federated"),
        ]
        cancer = moment.settings.data == "breast_cancer"
        for name, recall, role in parts:
            value = 1.0 - recall[1] if cancer else float((recall > 0.5).sum())
            rows.append((name, float(value), f"{value:.1%}" if cancer else f"{value:.0f}", role))
        if cancer:
            return bars("mistakes", say("Missed cancers"), rows, alt=self.sentence(moment))
        title = say("Digits it can tell")
        return bars("mistakes", title, rows, top=10, alt=self.sentence(moment))

    def _equalities(self, moment: Moment) -> list[Block]:
        s, p = moment.settings, moment.expected
        difference, gap = encrypted_gap(moment), float(p.distance[last_round(moment)])
        if difference is None:
            first = say("Encrypted equals plain, always: press Run, and its dots will land on the preview's line.")
        else:
            first = say(
                "Encrypted equals plain, always: no weight of this run is off the preview by more than {off}.",
                off=in_powers(difference),
            )
        if s.local_epochs == 1 and s.federation == "hospitals" and not s.drop_round:
            second = say("Federated equals pooled, here: one full-batch step a round is a step on all rows.")
        else:
            second = say(
                "Federated is not pooled: ‖W − W_pooled‖ = {gap}. The two agree only for one full-batch step a round.",
                gap=f"{gap:.2g}",
            )
        return [note("encrypted", first, "good"), note("pooled", second, "")]

    # --- distance

    def gap(self, moment: Moment) -> list[Block]:
        """Loss, and the distance of the weights to those of pooled training."""
        p, x, label = moment.expected, range(1, moment.settings.rounds + 1), say("communication round")
        loss = p.loss
        two = [
            Series(say("pooled"), loss["pooled"].tolist(), "pooled", "", "8 4"),
            Series(say("federated (preview)"), loss["federated"].tolist(), "federated", named=not rounds_done(moment)),
        ]
        away = [Series(say("federated (preview)"), p.distance.tolist(), "federated", named=not rounds_done(moment))]
        weights = reported_weights(moment)
        if len(weights):
            name = say("federated (run)")
            real = np.linalg.norm(weights - p.pooled[: len(weights)], axis=1)
            two.append(Series(name, losses(p.room, weights).tolist(), "federated", "circle", wide=True))
            away.append(Series(name, real.tolist(), "federated", "circle", wide=True))
        mark = drop_mark(moment.settings)
        title = say("Distance to the pooled weights, ‖W − W_pooled‖")
        return [
            lines("loss", say("Loss over all rows"), two, x=x, x_label=label, mark=mark, alt=self.sentence(moment)),
            lines("distance", title, away, x=x, x_label=label, mark=mark, alt=self.sentence(moment)),
            *self._equalities(moment)[1:],
        ]

    # --- cost

    def cost(self, moment: Moment) -> list[Block]:
        """Bytes and seconds by step, and the runs so far."""
        if not travelled(moment):
            blocks = [note("cost", say("Nothing has travelled yet. Press Run, and count."))]
        else:
            found = moment.run.transcript.by_step()
            found = found.drop(index="unnumbered", errors="ignore")  # without the observer's work
            seconds = found["seconds of work"] + found["seconds on the wire"]
            names = [f"{int(step)} {self._steps[int(step)]}" for step in found.index]
            sizes = zip(names, found["bytes"], strict=True)
            times = zip(names, seconds, strict=True)
            blocks = [
                bars("bytes", say("Bytes on the wire, by step"), [(n, b, in_bytes(b), "sealed") for n, b in sizes]),
                bars("seconds", say("Seconds, by step"), [(n, t, in_seconds(t), "open") for n, t in times]),
            ]
        return [*blocks, *self._runs_so_far(moment)]

    def _runs_so_far(self, moment: Moment) -> list[Block]:
        if not moment.earlier:
            return []
        columns = [
            say("encryption"),
            say("parties"),
            say("accuracy"),
            say("bytes a round"),
            say("seconds a round"),
            say("off the preview"),
        ]
        rows = [
            [one[key] for key in ("name", "parties", "accuracy", "bytes", "seconds", "off")] for one in moment.earlier
        ]
        return [table("runs", say("Your runs so far"), columns, rows)]

    def summary(self, moment: Moment) -> Mapping[str, Any]:
        """An ended run in a few words, for the comparison with later ones."""
        run, done, here = moment.run, max(1, rounds_done(moment)), run_scores(moment)
        steps, off = run.transcript.by_step(), encrypted_gap(moment)
        seconds = float((steps["seconds of work"] + steps["seconds on the wire"]).sum())
        return {
            "name": run.protocol.arguments["aggregation"].name,
            "parties": len(moment.expected.room.parties),
            "accuracy": f"{here['accuracy'][-1]:.1%}" if here else "–",
            "bytes": in_bytes(steps["bytes"].sum() / done),
            "seconds": in_seconds(seconds / done),
            "off": "–" if off is None else in_powers(off),
        }

    # --- who saw what

    def saw(self, moment: Moment) -> list[Block]:
        """By eyes: how much passed before them, and what of it they could read."""
        if not travelled(moment):
            return [note("saw", say("Nothing has travelled yet. Press Run, and look over everybody's shoulder."))]
        first = moment.expected.room.parties[0].name
        told = {
            "server": self._server_deduces(moment.settings),
            EAVESDROPPER: say("the same as the server, and who talks to whom"),
            first: say("what the mean tells about the others: little in a crowd, everything between two"),
        }
        knows_mean = moment.settings.encryption not in PAILLIER
        rows = [self._seen(moment.run, who, deduces, knows_mean) for who, deduces in told.items()]
        columns = [
            say("eyes"),
            say("messages"),
            say("bytes"),
            say("uploads it can read"),
            say("means it can read"),
            say("an upload, as it reads it"),
            say("can deduce"),
        ]
        return [table("saw", say("Who saw what, and what they could make of it"), columns, rows)]

    def _seen(self, run: Run, who: str, deduces: str, knows_mean: bool) -> list[str]:
        seen = run.transcript.seen_by(who)
        travelled = seen[seen["round"] > 0]
        uploads = travelled[(travelled["step"] == 3)]
        means = travelled[(travelled["step"] == 5)]
        first = uploads["could read"].iloc[-1] if len(uploads) else say("it sees none")
        counts = [f"{sum(map(readable, part['could read']))} / {len(part)}" for part in (uploads, means)]
        if who == "server":
            counts[1] = say("it forms them") if knows_mean else say("none")
        return [who, f"{len(seen):,}", in_bytes(seen["bytes"].sum()), *counts, first, deduces]

    def _server_deduces(self, s: Settings) -> str:
        if s.encryption == "none":
            return say("every party's model, and so a good deal about its rows")
        if s.encryption == "masks":
            return say("the mean of all, and who is missing")
        return say("how many rows each has, and who is missing")

    # --- change eyes

    def eyes(self, moment: Moment) -> list[Block]:
        """The same upload as its owner, the server, an eavesdropper and a server with a leaked key see it."""
        s, p = moment.settings, moment.expected
        upload = last_upload(moment.run) if moment.run is not None else None
        t = upload.round if upload else 1
        owner = upload.sender if upload else p.room.parties[p.room.answering(1)[0]].name
        place = [party.name for party in p.room.parties].index(owner)
        trained = weights_only(p.room, p.uploads[min(t, s.rounds) - 1, place])
        own = each_shaded(trained)
        travelled = own if s.encryption == "none" else bytes_of(upload, len(own)) if upload else []
        opened = moment.afterwards
        leaked = each_shaded(weights_only(p.room, opened)) if opened is not None else travelled
        title = say("{owner}'s upload in round {t}", owner=retell(owner), t=t)
        words = eyes_in_words(s, upload, opened is not None)
        seen = {"hospital": own, "server": travelled, "eavesdropper": travelled, "leaked": leaked}
        tones = {"hospital": "", "server": "good", "eavesdropper": "good", "leaked": "bad"}
        if s.encryption == "none":
            tones |= {"server": "bad", "eavesdropper": "bad"}
        elif s.encryption == "masks":
            tones["leaked"] = "good"
        numbers = say("the numbers: {first} …", first=", ".join(f"{w:.4f}" for w in trained.ravel()[10:18]))
        noise = numbers if s.encryption == "none" else first_bytes(upload)
        raw = {
            "hospital": numbers,
            "server": noise,
            "eavesdropper": noise,
            "leaked": noise if leaked is travelled else numbers,
        }
        cases = {
            eyes: [
                as_pictures("upload", title, p.room, cells, words[eyes]),
                note("eyes", words[eyes], tones[eyes]),
                note("raw", raw[eyes], "raw"),
            ]
            for eyes, cells in seen.items()
        }
        return [switch("eyes", "eyes", cases)]

    # --- what can I deduce of you?

    def deduce(self, moment: Moment) -> list[Block]:
        """What the first party makes of the mean: everybody else's mean; with two, the other's exact weights."""
        s, p = moment.settings, moment.expected
        here = [k for k in p.room.answering(1) if not (k == 1 and s.federation == "hospitals" and s.drop_round == 1)]
        if len(here) < 2:
            return [note("deduce", say("Hospital 2 uploaded nothing: there is nobody to deduce anything of."))]
        first, last = here[0], here[-1]
        me, you = (retell(p.room.parties[k].name) for k in (first, last))
        weights, uploads, rows = reported_weights(moment), p.uploads[0], p.room.rows
        mean = weights[0] if len(weights) else p.federated[0]
        guess = the_other_of_two(mean, uploads[first], int(rows[first]), int(rows[here].sum()))
        truth, off = uploads[last], error_of(guess, uploads[last])
        if off < 1e-5:
            words = say("{me} deduces {you}'s weights exactly: the sum minus mine is yours.", me=me, you=you)
        else:
            words = say(
                "{me}'s guess at {you} is off by so much: it sees the mean of {crowd} others.",
                me=me,
                you=you,
                crowd=len(here) - 1,
            )
        return [
            as_pictures(
                "truth", say("What {you} uploaded in round 1", you=you), p.room, one_scale(p.room, truth, truth)
            ),
            as_pictures(
                "guess", say("What {me} deduces: the sum minus its own", me=me), p.room, one_scale(p.room, guess, truth)
            ),
            figure_of_merit("error", f"{off:.0%}" if off >= 1e-5 else "0", words, "bad" if off < 1e-5 else ""),
            *([self._guess_curve(moment)] if s.federation == "hospitals" else []),
        ]

    def _guess_curve(self, moment: Moment) -> Block:
        curve, here = self._guesses(moment.settings), moment.settings.parties
        text = say("With two hospitals the guess is exact; with twelve it is off by {off}.", off=f"{curve[-1]:.0%}")
        return lines(
            "guesses",
            say("How far the guess is off"),
            [Series(say("error"), curve, "alone", "circle", named=False)],
            x=range(2, len(curve) + 2),
            x_label=say("hospitals"),
            percent=True,
            floors=(0.0,),
            top=1.2,
            mark=(here, say("now")),
            alt=text,
        )

    # --- in words

    def sentence(self, moment: Moment) -> str:
        """The whole lab in two or three sentences, with its numbers."""
        s, p, here, last = moment.settings, moment.expected, run_scores(moment), last_round(moment)
        alone = p.scores["alone"]["accuracy"][:, last]
        found = here["accuracy"][-1] if here else p.scores["federated"]["accuracy"][-1]
        values = {
            "federated": f"{found:.1%}", "pooled": f"{p.scores['pooled']['accuracy'][last]:.1%}",
            "worst": f"{alone.min():.1%}", "best": f"{alone.max():.1%}",
        }  # fmt: skip
        text = say(
            "After {rounds} rounds the federated model gets {federated} of the exam right; pooled training {pooled}, "
            "the parties alone {worst} to {best}.", rounds=last + 1, **values,
        ) if last else say(
            "After one round the federated model gets {federated} of the exam right; pooled training {pooled}, "
            "the parties alone {worst} to {best}.", **values,
        )  # fmt: skip
        if s.data == "breast_cancer":
            missed = 1.0 - p.scores["alone"]["recall"][:, last, 1]
            more = say(
                "It misses {federated} of the cancers, the parties alone up to {most}.",
                federated=f"{1.0 - federated_recall(moment)[1]:.1%}",
                most=f"{missed.max():.1%}",
            )
            text = sentences(text, more)
        return text

    def table(self, moment: Moment) -> Mapping[str, Any]:
        """The numbers behind the first panel, one row a model."""
        p, cancer, last = moment.expected, moment.settings.data == "breast_cancer", last_round(moment)
        rows = {}
        for k, party in enumerate(alone_of(p)):
            scores = (p.scores["alone"][measure][k, last] for measure in ("accuracy", "recall"))
            rows[say("{name} alone", name=retell(party.name))] = tuple(scores)
        rows[say("pooled")] = (p.scores["pooled"]["accuracy"][last], p.scores["pooled"]["recall"][last])
        here = run_scores(moment)
        accuracy = here["accuracy"][-1] if here else p.scores["federated"]["accuracy"][-1]
        rows[say("federated") if here else say("federated (preview)")] = (accuracy, federated_recall(moment))
        columns = [say("accuracy"), say("missed cancers") if cancer else say("digits it can tell")]
        cells = [
            [round(float(a), 4), round(float(1 - r[1]), 4) if cancer else int((r > 0.5).sum())]
            for a, r in rows.values()
        ]
        return {"columns": columns, "index": list(rows), "rows": cells}


# --- reading a moment


def reported_weights(moment: Moment) -> np.ndarray:
    """The weights after each finished round of the run, (t, p)."""
    if "weights" not in moment.memo:
        found = moment.run.reported("weights") if moment.run is not None else []
        moment.memo["weights"] = np.array(found) if found else np.empty((0, moment.expected.room.model.size))
    weights: np.ndarray = moment.memo["weights"]
    return weights


def rounds_done(moment: Moment) -> int:
    """How many rounds the run has finished."""
    return len(reported_weights(moment))


def last_round(moment: Moment) -> int:
    """The round whose numbers are shown, counted from 0: the run's latest, else the preview's last."""
    return (rounds_done(moment) or int(moment.settings.rounds)) - 1


def travelled(moment: Moment) -> bool:
    """Whether any message of a run has."""
    return moment.run is not None and bool(moment.run.transcript.messages)


def run_scores(moment: Moment) -> dict[str, np.ndarray] | None:
    """Accuracy and recall of the run's model after each finished round."""
    weights = reported_weights(moment)
    if "scores" not in moment.memo:
        moment.memo["scores"] = scored(moment.expected.room, weights) if len(weights) else None
    scores: dict[str, np.ndarray] | None = moment.memo["scores"]
    return scores


def federated_recall(moment: Moment) -> np.ndarray:
    """Recall by class of the federated model: of the run, or of the preview."""
    here = run_scores(moment)
    return np.asarray((here or moment.expected.scores["federated"])["recall"][-1])


def encrypted_gap(moment: Moment) -> float | None:
    """The largest difference between a weight of the run and the same weight computed in the clear."""
    weights = reported_weights(moment)
    return float(np.abs(weights - moment.expected.federated[: len(weights)]).max()) if len(weights) else None


def alone_of(preview: Any) -> list[Any]:
    """The parties that are shown alone."""
    return list(preview.room.parties[: len(preview.alone)])


def drop_mark(s: Settings) -> tuple[int, str] | None:
    return (s.drop_round, say("hospital 2 is gone")) if s.drop_round and s.federation == "hospitals" else None


def readable(reading: str) -> bool:
    return not any(word in reading for word in UNREADABLE)


def last_upload(run: Run) -> Message | None:
    """The first party's upload of the last round in which everything of step 3 arrived."""
    uploads = [m for m in run.transcript.messages if m.step == 3 and m.round > 0 and m.body is not None]
    latest = max((m.round for m in uploads), default=0)
    return next((m for m in uploads if m.round == latest), None)


def weights_only(room: Room, weights: np.ndarray) -> np.ndarray:
    """Without the intercepts."""
    parts = room.model.unpack(weights)
    return np.asarray(parts["W"] if "W" in parts else parts["w"])


def bytes_of(upload: Message, count: int) -> list[int]:
    """One byte of what travelled for each weight: the leading one of a masked number, or one of the ciphertexts'."""
    if upload.protection.startswith("one-time masks"):
        masked = decode(upload.body or b"", KeyRing())
        return [int(value) >> 56 for value in masked.values[:count]]
    body = (upload.body or b"")[HEAD_BYTES:]  # behind the head, which names the key
    return [body[place * len(body) // count] for place in range(count)]


def first_bytes(upload: Message | None) -> str:
    """The first bytes behind the head, as a wire tapper would print them."""
    if upload is None or upload.body is None:
        return ""
    return say("the bytes: {first} …", first=upload.body[HEAD_BYTES : HEAD_BYTES + 32].hex(" "))


def each_shaded(weights: np.ndarray) -> list[int]:
    """Shades with a scale of its own for each picture, so that every one can be seen."""
    return (
        [shade for row in weights.reshape(-1, 64) for shade in shades(row)]
        if weights.size % 64 == 0
        else shades(weights)
    )


def one_scale(room: Room, weights: np.ndarray, like: np.ndarray) -> list[int]:
    """Shades on the scale of other weights, so that two pictures can be compared."""
    return shades(weights_only(room, weights), float(np.abs(weights_only(room, like)).max()))


def as_pictures(key: str, title: str, room: Room, cells: list[int], alt: str = "") -> Block:
    """Weights or bytes as pictures: ten of 8 × 8 pixels, or one of 3 × 10 measurements."""
    if len(room.everyone.columns) == 64:
        shown = [Picture(name, cells[64 * k : 64 * k + 64]) for k, name in enumerate(room.everyone.classes)]
        return pictures(key, title, shown, rows=8, columns=8, alt=alt or title)
    caption = say("30 measurements: mean, error, worst")
    return pictures(key, title, [Picture(caption, cells)], rows=3, columns=10, alt=alt or title)


def eyes_in_words(s: Settings, upload: Message | None, opened: bool) -> dict[str, str]:
    """What each pair of eyes makes of the upload."""
    own = say("Its owner sees its model: dark speaks for, light speaks against.")
    if s.encryption == "none":
        seen = say("Nothing hides it: whoever sees the message sees the model.")
        return {"hospital": own, "server": seen, "eavesdropper": seen, "leaked": seen}
    if upload is None:
        waiting = say("Nothing has travelled yet: press Run.")
        return {"hospital": own, "server": waiting, "eavesdropper": waiting, "leaked": waiting}
    noise = say("Noise: these are bytes of the message itself, {size} of them.", size=f"{upload.size:,}")
    if s.encryption == "masks":
        leaked = say("Still noise: under pairwise masks there is no common key that hospital 2 could hand over.")
    elif opened:
        leaked = say("The noise sharpens: under a shared key, any hospital that talks opens everybody's uploads.")
    else:
        leaked = say("When the run has ended, hospital 2 will hand over its key.")
    return {
        "hospital": own,
        "server": sentences(noise, say("The server adds them up, and cannot read them.")),
        "eavesdropper": sentences(noise, say("Who listens on the wire sees the same.")),
        "leaked": leaked,
    }

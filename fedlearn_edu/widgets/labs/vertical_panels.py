"""What chapter 06's lab shows: two tables and what they are worth, a screen, the messages of a round, the loss.

>>> screen = Screen(np.array([[3.0, -4.0], [1.0, -2.0]]))
>>> screen.weights(factor=-0.5).tolist()                            # −0.5 · Σ over the rounds
[-2.0, 3.0]
>>> still([[0.5, -0.25]], key_bits=2048).is_static
True
>>> power_of_ten(0.5, 2048)
'4·10⁵⁹⁶'
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...crypto.joint_sums import GRADIENT_BITS, MaskRule
from ...i18n import in_turn, listed, retell, say, sentences
from ..blocks import Block, Series, bars, figure_of_merit, in_bytes, in_powers, in_seconds, lines, note, table
from .spec import Moment, Panel, Settings
from .vertical_preview import LEARNING_RATE, Credit, Trained, Worth

MASKS: tuple[str | int, ...] = ("none", 1, 10, 100, 1000, "uniform")
UNIFORM = len(MASKS) - 1
GUESS = 0.5  # the AUC of who guesses
BLURRED = 0.5  # a guess at the weights that is further off than this tells little


@dataclass(frozen=True, eq=False)
class Screen:
    """What whoever decrypts sees: (T, p), a row for each round, the bank's columns first.

    `is_static`: shares of n/2, of numbers uniform mod n; `is_change`: one row, how gradients changed from round 1 to 2.
    """

    values: npt.NDArray[np.float64]
    is_static: bool = False
    is_change: bool = False
    key_bits: int = 0

    def weights(self, factor: float) -> npt.NDArray[np.float64]:
        """What the gradients add up to: the weights, as far as no mask is on them."""
        return np.asarray(factor * self.values.sum(axis=0))


def still(shares: npt.ArrayLike, key_bits: int) -> Screen:
    """Static."""
    return Screen(np.asarray(shares, dtype=float), is_static=True, key_bits=key_bits)


def subtracted(change: npt.ArrayLike) -> Screen:
    """The difference of two rounds under one mask."""
    return Screen(np.asarray(change, dtype=float), is_change=True)


def reuses(s: Settings) -> bool:
    """Whether a mask serves in more than one round; of a small one nobody needs that to see through it."""
    return bool(s.reuse and s.mask == UNIFORM and s.epochs > 1)


@dataclass(frozen=True)
class Expected:
    """The preview: ten-fold areas under the curve, the training in the clear, and a screen with masks drawn here."""

    worth: Worth
    trained: Trained
    screen: Screen


@dataclass(frozen=True)
class Panels:
    """The four panels."""

    credit: Credit

    def all(self) -> tuple[Panel, ...]:
        """In the order of the tabs."""
        return (
            Panel("worth", say("What it is worth"), self.worth),
            Panel("screen", say("What the coordinator sees"), screen),
            Panel("steps", say("The four steps"), steps),
            Panel("loss", say("Loss"), loss),
        )

    # --- what it is worth

    def worth(self, moment: Moment) -> list[Block]:
        """Two circles of customers, three bars, the columns."""
        worth = moment.expected.worth
        return [self._venn(moment), _areas(worth), _verdict(worth), self._columns(moment)]

    def _venn(self, moment: Moment) -> Block:
        own, common, theirs = moment.expected.worth.counts
        texts = {
            "bank": say("bank: {count} customers", count="{count}"),
            "tax": say("tax office: {count}", count="{count}"), "common": say("{count} common", count="{count}"),
            "only": say("{count} only here", count="{count}"), "move": say("Common customers: drag the tax office"),
            "state": say("{share} % of all customers are common", share="{share}"),
        }  # fmt: skip
        alt = say("{own} customers of the bank alone, {common} common, {theirs} of the tax office alone.", own=own,
                  common=common, theirs=theirs)  # fmt: skip
        return {
            "is": "venn", "key": "venn", "title": say("Who is whose customer"),
            "knob": "overlap", "least": 5, "step": 5, "total": self.credit.table.rows, "texts": texts, "alt": alt,
        }  # fmt: skip

    def _columns(self, moment: Moment) -> Block:
        s, names = moment.settings, [retell(name) for name in self.credit.names]
        at_bank, at_tax = names[:7], names[7:]
        rows = [
            [say("bank"), listed(at_bank[: s.bank_columns]), listed(at_bank[s.bank_columns :]) or "—"],
            [say("tax office"), listed(at_tax[: s.tax_columns]), listed(at_tax[s.tax_columns :]) or "—"],
        ]
        return table("columns", say("Columns"), [say("at"), say("used"), say("not used")], rows)

    # --- for paper

    def sentence(self, moment: Moment) -> str:
        """Areas under the curve, and what the coordinator reads."""
        worth = moment.expected.worth
        text = say(
            "With {common} common customers: AUC {bank:.2f} for the bank alone, {tax:.2f} for the tax office's columns "
            "alone, {together:.2f} together.",
            common=f"{worth.counts[1]:,}", bank=worth.bank, tax=worth.tax_office, together=worth.together,
        )  # fmt: skip
        return sentences(text, _seen_in_words(moment))

    def table(self, moment: Moment) -> Mapping[str, Any]:
        """What each model is worth, and whom it serves."""
        s, worth = moment.settings, moment.expected.worth
        own, common, _ = worth.counts
        used = (s.bank_columns, s.tax_columns, s.bank_columns + s.tax_columns)
        areas, learned = (worth.bank, worth.tax_office, worth.together), (own + common, common, common)
        rows = [[f"{area:.2f}", one, rows] for area, one, rows in zip(areas, used, learned, strict=True)]
        return {
            "index": [say("bank alone"), say("tax office alone"), say("together")],
            "columns": [say("AUC"), say("columns"), say("customers to learn from")], "rows": rows,
        }  # fmt: skip

    def summary(self, moment: Moment) -> Mapping[str, Any]:
        """For a comparison of runs."""
        found, s = moment.run.transcript, moment.settings
        played = found.table(work=True)
        return {
            "form": s.coordinator, "rows": moment.expected.trained.rows, "epochs": s.epochs,
            "messages": len(found.messages), "bytes": sum(one.size for one in found.messages),
            "seconds": float(played["seconds"].sum()), "key_bits": s.key_bits,
        }  # fmt: skip


def _areas(worth: Worth) -> Block:
    rows = [
        (say("bank alone"), worth.bank, "alone"), (say("tax office alone*"), worth.tax_office, "alone"),
        (say("together"), worth.together, "federated"), (say("all of the bank's"), worth.everybody, "pooled"),
    ]  # fmt: skip
    drawn = [(name, max(0.0, area - GUESS), f"{area:.2f}", role) for name, area, role in rows]
    alt = in_turn((name, f"{area:.2f}") for name, area, _ in rows)
    return bars("areas", say("AUC, ten-fold: from 0.5, guessing"), drawn, top=0.4, alt=alt)


def _verdict(worth: Worth) -> Block:
    own, common, _ = worth.counts
    text = say(
        "The chance that a bad loan is ranked above a good one. Of the bank's {all} customers {common} can be scored "
        "together; over all of them the bank has {everybody:.2f} instead of {bank:.2f}. (* It has no labels: what its "
        "columns would be worth if it had them.)",
        all=f"{own + common:,}", common=f"{common:,}", everybody=worth.everybody, bank=worth.bank,
    )  # fmt: skip
    return note("worth", text, "good" if worth.together > worth.bank + 0.005 else "warn")


# --- what the coordinator sees


def screen(moment: Moment) -> list[Block]:
    """Each column's gradient as it is decrypted, beside the true one; and what the rounds add up to."""
    seen, trained = _screen(moment), moment.expected.trained
    truth = np.diff(trained.gradients, axis=0)[0] if seen.is_change else trained.gradients[0]
    off = _how_far_off(moment)
    number = say("static") if off is None else f"{min(off, 99.99):.0%}"
    tone = "good" if off is None else "bad" if off < BLURRED else "warn"
    return [_picture(moment, seen, -truth), figure_of_merit("off", number, _merit(seen, off), tone),
            note("seen", _seen_in_words(moment), tone)]  # fmt: skip


def _screen(moment: Moment) -> Screen:
    found: Screen = moment.afterwards if moment.afterwards is not None else moment.expected.screen
    return found


def _picture(moment: Moment, seen: Screen, truth: npt.NDArray[np.float64]) -> Block:
    values = seen.values[0] if seen.is_static else -seen.values[0]
    top = 1.0 if seen.is_static else max(float(np.abs(truth).max()), float(np.abs(values).max()))
    rows, most = [], float(np.abs(truth).max())
    for (party, column), value, true in zip(moment.expected.trained.names, values, truth, strict=True):
        text = power_of_ten(value, seen.key_bits) if seen.is_static else f"{value:+.1f}".replace("-", "−")
        shown = {"party": party, "label": retell(column), "text": text, "seen": round(float(value) / top, 4)}
        rows.append(shown | {"truth": round(float(true) / (most if seen.is_static else top), 4)})
    who = say("the coordinator") if moment.settings.coordinator == "coordinator" else say("the other party")
    title = say("What {who} decrypts in round 1, column by column", who=who)
    if seen.is_change:
        title = say("Round 2 less round 1, as {who} decrypts them", who=who)
    texts = {
        "left": say("← speaks for a good loan"), "right": say("for a bad one →"), "good": say("← good"),
        "bad": say("bad →"), "parties": say("● bank · ■ tax office"),
        "truth": say("outline: the truth, which nobody is shown"),
    }  # fmt: skip
    alt = in_turn((one["label"], one["text"]) for one in rows)
    return {"is": "screen", "key": "screen", "title": title, "rows": rows, "static": seen.is_static, "texts": texts,
            "alt": alt}  # fmt: skip


def _how_far_off(moment: Moment) -> float | None:
    """‖guess − w‖ / ‖w‖ for who adds up what was decrypted; None for static."""
    seen, trained = _screen(moment), moment.expected.trained
    if seen.is_static:
        return None
    if seen.is_change:
        truth = np.diff(trained.gradients, axis=0)[0]
        return _off(seen.values[0], truth)
    rows = trained.rows
    return _off(seen.weights(-LEARNING_RATE * 0.25 / rows), trained.weights)


def _off(guess: npt.NDArray[np.float64], truth: npt.NDArray[np.float64]) -> float:
    return float(np.linalg.norm(guess - truth) / max(float(np.linalg.norm(truth)), 1e-12))


def _merit(seen: Screen, off: float | None) -> str:
    if off is None:
        return say("Nothing can be told from it: each number is as likely as any other below n.")
    if seen.is_change:
        return say("off: how the gradients changed, without any mask.")
    return say("off: the weights that add up from what was decrypted in all rounds, against the true ones.")


def _seen_in_words(moment: Moment) -> str:
    seen, trained, s = _screen(moment), moment.expected.trained, moment.settings
    head = say("Preview.") if moment.afterwards is None else say("Played.")
    who = say("the coordinator") if s.coordinator == "coordinator" else say("the other party")
    if seen.is_static:
        return sentences(head, say("Under a mask uniform mod n {who} sees static.", who=who))
    if seen.is_change:
        return sentences(head, say("One mask for two rounds: {who} reads how each gradient changed.", who=who))
    column = retell(trained.names[int(np.abs(seen.values[0]).argmax())][1])
    if MASKS[s.mask] == "none":
        text = say("Without a mask {who} reads every gradient: {column} matters most.", who=who, column=column)
        return sentences(head, text)
    off, values = _how_far_off(moment), {"size": MASKS[s.mask], "largest": float(np.abs(trained.gradients[0]).max())}
    text = say("Masks of ±{size} on gradients of up to {largest:.0f}: {who} adds the weights up, {off:.0%} off.",
               who=who, off=off, **values)  # fmt: skip
    if off is not None and off > BLURRED:
        text = say("Masks of ±{size} on gradients of up to {largest:.0f} blur them while rows and rounds are few: "
                   "gradients grow with the rows, and the rounds average such masks away.", **values)  # fmt: skip
    return sentences(head, text)


def power_of_ten(share: float, key_bits: int) -> str:
    """A share of n/2, at the scale of gradients, for the eye.

    >>> power_of_ten(-0.003, 2048)
    '−3·10⁵⁹⁴'
    """
    if share == 0:
        return "0"
    exponent = math.log10(abs(share)) + (key_bits - 1 - GRADIENT_BITS) * math.log10(2)
    whole = math.floor(exponent + math.log10(10 / 9.5))  # 9.6·10⁵ is written as 1·10⁶
    raised = str(whole).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{'−' if share < 0 else ''}{10 ** (exponent - whole):.0f}·10{raised}"


# --- the four steps


def steps(moment: Moment) -> list[Block]:
    """The messages of round 1 with what they are, who can read them, how long they are; and the runs so far."""
    run = moment.run if moment.kind == "finished" else None
    blocks = []
    if run is None:
        blocks.append(note("wait", say("Sizes as they will be; press Run, and they are what travelled.")))
        rows = _planned(moment)
    else:
        rows = [[one.step, one.sender, one.receiver, one.label, _who_reads(one.label, moment), in_bytes(one.size)]
                for one in run.transcript.messages if (one.round or 0) <= 1 and one.step]  # fmt: skip
    columns = [say("step"), say("from"), say("to"), say("what"), say("who can read it"), say("size")]
    blocks.append(table("messages", say("The keys, and round 1"), columns, rows))
    return [*blocks, *_compared(moment.earlier)]


def _who_reads(label: str, moment: Moment) -> str:
    """Of a message, by what it is called."""
    hidden = MASKS[moment.settings.mask] == "uniform" and not reuses(moment.settings)
    if label.startswith("public key") or label in ("go on", "batches are large enough"):
        return say("everybody")
    if "gradient" in label:
        if not hidden:
            return say("who decrypts it")
        return say("its owner, who knows the mask") if label.endswith("decrypted") else say("nobody: masked")
    if "loss" in label:
        if label.startswith("masked"):
            return say("the bank, who knows the mask") if label.endswith("decrypted") else say("nobody: masked")
        return say("the bank, and who decrypts it") if label.startswith("loss") else say("the coordinator")
    return say("nobody who gets it")


def _planned(moment: Moment) -> list[list[Any]]:
    """The same list before a run: a ciphertext is key_bits/4 bytes, a number below n half as long."""
    s, n = moment.settings, moment.expected.trained.rows
    one, p, q = s.key_bits // 4, s.bank_columns + 1, s.tax_columns
    key, bank, tax, third = 3 * s.key_bits // 8, "bank", "tax office", "coordinator"
    gradient = MaskRule("reused" if reuses(s) else MASKS[s.mask]).label
    returned = f"{gradient}, decrypted"
    if s.coordinator == "coordinator":
        listed = [
            (1, third, bank, "public key", key), (1, third, tax, "public key", key),
            (2, tax, bank, "encrypted share", n * one), (2, tax, bank, "encrypted square", one),
            (2, bank, tax, "encrypted residuals", n * one), (2, bank, third, "encrypted loss", one),
            (3, tax, third, gradient, q * one), (3, bank, third, gradient, p * one),
            (4, third, tax, returned, q * one // 2), (4, third, bank, returned, p * one // 2),
            (4, third, bank, "loss, Σd²", 9), (4, bank, tax, "go on", 1), (4, bank, third, "go on", 1),
        ]  # fmt: skip
    else:
        listed = [
            (1, tax, bank, "public key of tax office", key), (1, bank, tax, "public key of bank", key),
            (2, tax, bank, "encrypted share", n * one), (2, tax, bank, "encrypted square", one),
            (2, bank, tax, "encrypted share", n * one), (3, tax, bank, gradient, q * one),
            (3, bank, tax, gradient, p * one), (3, bank, tax, "masked loss", one),
            (4, bank, tax, returned, q * one // 2), (4, tax, bank, returned, p * one // 2),
            (4, tax, bank, "masked loss, decrypted", one // 2), (4, bank, tax, "go on", 1),
        ]  # fmt: skip
    return [[step, a, b, what, _who_reads(what, moment), in_bytes(size)] for step, a, b, what, size in listed]


def _compared(earlier: Sequence[Mapping[str, Any]]) -> list[Block]:
    if not earlier:
        return []
    forms = {"coordinator": say("a coordinator"), "none": say("nobody else: two keys")}
    rows = [
        [forms[one["form"]], one["rows"], one["epochs"], one["key_bits"], one["messages"], in_bytes(one["bytes"]),
         in_seconds(one["seconds"])]
        for one in earlier
    ]  # fmt: skip
    columns = [
        say("who decrypts"), say("rows"), say("rounds"), say("bits"), say("messages"), say("bytes"), say("work"),
    ]  # fmt: skip
    return [table("runs", say("Your runs so far"), columns, rows)]


# --- the loss


def loss(moment: Moment) -> list[Block]:
    """The encrypted run's loss on the line of the same steps in the clear."""
    trained: Trained = moment.expected.trained
    series = [Series(say("joined table, in the clear"), trained.losses, role="pooled", marker="square")]
    found = None
    if moment.run is not None and moment.kind != "preview" and len(moment.run.history):
        found = [float(one) for one in moment.run.history["loss"]]
        padded = [*found, *[None] * (len(trained.losses) - len(found))]
        series.append(Series(say("encrypted run"), padded, marker="circle", wide=True))
    rows = trained.rows
    alt = say("It falls from {first:.3f} to {last:.3f}.", first=trained.losses[0], last=trained.losses[-1])
    chart = lines("loss", say("Loss at the beginning of each round, over {rows} customers", rows=rows), series,
                  x_label=say("round"), floors=(0.6, 0.5, 0.4, 0.3, 0.0), top=0.7, alt=alt)  # fmt: skip
    area = figure_of_merit("exam", f"{trained.exam:.2f}", say("AUC on customers who took no part in training"))
    return [chart, area, note("equal", _equal(trained, found))]


def _equal(trained: Trained, found: list[float] | None) -> str:
    if not found:
        return say("The line is computed on the joined table, which nobody has. Press Run: the encrypted run's dots "
                   "land on it.")  # fmt: skip
    apart = max(abs(a - b) for a, b in zip(found, trained.losses, strict=False))
    text = say("Largest distance of a dot from the line: {apart}. Encryption changes nothing.", apart=in_powers(apart))
    return text if apart > 0 else say("The dots lie on the line exactly. Encryption changes nothing.")

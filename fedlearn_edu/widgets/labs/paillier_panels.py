"""What chapter 03's lab shows: the cipher on a page, the guesses, the slots of a plaintext, the seconds.

>>> [column[0] for column in page()[:3]], sum(len(column) for column in page())
([1, 16, 31], 120)
>>> Loss(share=3, residual=-2).terms
(9, 4, -12)
>>> [text for text, _ in summed_in_slots([0.75, -1.5], slot_bits=32, total=10)]
['7.5', '-15']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import gcd, log2
from typing import Any

from ...crypto.fixed_point import WEIGHT_BITS
from ...crypto.packing import Packing, slot_bits_for
from ...i18n import in_turn, say, sentences
from ..blocks import Block, Cell, bars, figure_of_merit, grid, in_seconds, note, strip, switch
from .spec import Moment, Panel

N = 15
SLOT_BITS = (16, 24, 32, 40, 48, 56, 64)
TOTALS = (1, 10, 300, 8192, 100_000)
VALUE_BITS = 10
SHOWN = (0.25, -1.5, 0.125, 900.0, 0.375)  # weights that a party might upload; all below 2^10
MEASURED_SIZES = (1024, 2048, 3072)
ESTIMATED = 4096
NUMBERS = 10_000


@dataclass(frozen=True)
class Loss:
    """(u + d)² of one customer, in the clear."""

    share: int
    residual: int

    @property
    def terms(self) -> tuple[int, int, int]:
        """u², d², 2·u·d."""
        return self.share**2, self.residual**2, 2 * self.share * self.residual

    @property
    def loss(self) -> int:
        """Their sum."""
        return sum(self.terms)


@dataclass(frozen=True)
class Seconds:
    """What was measured: one r^n mod n² by key size, and encrypting `NUMBERS` numbers packed under one key."""

    power: Mapping[int, float]
    key_bits: int
    packed: float

    def textbook(self, bits: int) -> float:
        """Seconds for `NUMBERS` numbers, one in each ciphertext; beyond what was measured, extrapolated."""
        if bits in self.power:
            return NUMBERS * self.power[bits]
        *_, below, largest = sorted(self.power)
        growth = log2(self.power[largest] / self.power[below]) / log2(largest / below)  # seconds ~ bits^growth
        return float(NUMBERS * self.power[largest] * (bits / largest) ** growth)


def page() -> list[list[int]]:
    """All 120 ciphertexts of n = 15: for each plaintext m a column of (1 + 15)^m · r^15 mod 225, one row for each r."""
    units = [r for r in range(1, N) if gcd(r, N) == 1]
    return [[pow(1 + N, m, N**2) * pow(r, N, N**2) % N**2 for r in units] for m in range(N)]


def summed_in_slots(values: Sequence[float], slot_bits: int, total: int) -> list[tuple[str, float]]:
    """`total` times these values, added in slots without asking whether they fit: what is read, and how full it is.

    The library refuses this where it does not fit; here the arithmetic is done all the same, to see what comes out.
    """
    integers = [round(value * 2**WEIGHT_BITS) for value in values]
    packed = total * sum(integer << (slot_bits * place) for place, integer in enumerate(integers))
    half, found = 1 << (slot_bits - 1), []
    for integer in integers:
        digit = (packed + half) % (2 * half) - half
        packed = (packed - digit) >> slot_bits
        needed = 1 + log2(max(1, abs(integer) * total))
        read = digit / 2**WEIGHT_BITS
        found.append(("≈ 0" if 0 < abs(read) < 0.001 else f"{read:.10g}", needed / slot_bits))
    return found


@dataclass(frozen=True)
class Panels:
    """The four panels."""

    guesses: Sequence[int]

    def all(self) -> tuple[Panel, ...]:
        """In the order of the tabs."""
        return (
            Panel("page", say("The cipher on a page"), self.page),
            Panel("guess", say("Guess what is inside"), self.guess),
            Panel("packing", say("Packing"), self.packing),
            Panel("seconds", say("Seconds"), self.seconds),
        )

    def page(self, moment: Moment) -> list[Block]:
        """15 columns of 8."""
        texts = {
            "column": say("in column {column}", column="{column}"),
            "product_name": say("the product"),
            "product": say(
                "{x} · {y} mod {modulus} = {product}.", x="{x}", y="{y}", modulus="{modulus}", product="{product}"
            ),
            "sum": say(
                "Columns: {a} + {b} mod {n} = {c}. The ciphertexts are multiplied, the plaintexts are added.",
                a="{a}", b="{b}", n="{n}", c="{c}",
            ),
            "hidden_title": say("The same 120 ciphertexts with the server's eyes: in the order of their numbers."),
            "hidden_note": say("In which column? Whoever has no key does not know, and has added all the same."),
        }  # fmt: skip
        title = say("All 120 ciphertexts of n = 15. A column is a plaintext, a row its randomness.")
        alt = say("Table of 15 columns, one for each plaintext from 0 to 14, and 8 rows, one for each random unit.")
        found = grid("page", title, page(), N**2, first="first", second="second", hidden="hidden", texts=texts, alt=alt)
        return [found]

    def guess(self, moment: Moment) -> list[Block]:
        """41 guesses for the bank's residual, tried by who listens."""
        done, alt = moment.afterwards, say("41 guesses from −20 to 20, none tried yet")
        title = say("Who listens computes [[u²]] · [[u]]^2d · (1 + n)^d² for 41 guesses d, and compares with [[L]]")
        if done is None:
            cells = [Cell(minus(d), "?") for d in self.guesses]
            ask = say("Press Run: the bank sends [[L]], and somebody listens. Can they find the bank's secret d?")
            return [strip("guesses", title, cells, alt=alt), note("verdict", ask)]
        fits = {d: d == done.guess for d in self.guesses}
        cells = [Cell(minus(d), "=" if fits[d] else "≠", tone="bad" if fits[d] else "") for d in self.guesses]
        if done.guess is None:
            verdict = say("None of 41 guesses fits. A fresh factor r^n went in, and nobody can tell it from any other.")
            return [strip("guesses", title, cells, alt=verdict), note("verdict", verdict, "good")]
        verdict = say(
            "d = {d} fits to the last bit. No key was needed: the same computation gives the same ciphertext.",
            d=minus(done.guess),
        )
        return [
            strip("guesses", title, cells, alt=verdict),
            figure_of_merit("found", minus(done.guess), say("the bank's part minus the label"), "bad"),
            note("verdict", verdict, "bad"),
        ]  # fmt: skip

    def packing(self, moment: Moment) -> list[Block]:
        """A plaintext cut into slots, for each width and each number of summands."""
        cases = {
            str(bits): [switch("total", "total", {str(total): packed(bits, total) for total in TOTALS})]
            for bits in SLOT_BITS
        }
        return [switch("width", "slot_bits", cases)]

    def seconds(self, moment: Moment) -> list[Block]:
        """Key size against seconds."""
        done = moment.afterwards
        if done is None:
            return [note("wait", say("Press Run: this machine is measured then."))]
        found, rows = done.seconds, []
        for bits in (*MEASURED_SIZES, ESTIMATED):
            how = say("measured") if bits in found.power else say("estimated")
            text = say("{time}, {how}", time=in_seconds(found.textbook(bits)), how=how)
            rows.append((say("textbook, {bits}", bits=bits), found.textbook(bits), text, "alone"))
        text = say("{time}, {how}", time=in_seconds(found.packed), how=say("measured"))
        rows.append((say("packed, {bits}", bits=found.key_bits), found.packed, text, "federated"))
        faster = found.textbook(found.key_bits) / found.packed
        title = say("Seconds to encrypt {count} numbers on this machine, by bits of the key", count=f"{NUMBERS:,}")
        alt = in_turn((label, text) for label, _, text, _ in rows)
        said = say(
            "Textbook: one power r^n mod n², times {count}. From 1024 to 2048 bits it takes {times:.0f} times as long. "
            "Packed in 48-bit slots, with a table of powers, {key_bits} bits are about {faster:.0f} times faster.",
            count=f"{NUMBERS:,}", times=found.textbook(2048) / found.textbook(1024), key_bits=found.key_bits,
            faster=faster,
        )  # fmt: skip
        return [bars("seconds", title, rows, alt=alt), note("said", said)]

    def sentence(self, moment: Moment) -> str:
        """The loss, and who found what."""
        loss = moment.expected
        u2, d2, cross = loss.terms
        text = say(
            "One customer's joint loss: ({u} + {d})² = {u2} + {d2} + {cross} = {loss}.",
            u=minus(loss.share), d=signed(loss.residual), u2=u2, d2=d2, cross=signed(cross), loss=loss.loss,
        )  # fmt: skip
        if moment.afterwards is None:
            return sentences(text, say("Run computes it under encryption: the bank adds what it cannot read."))
        opened = say("The coordinator decrypted {loss}.", loss=moment.run.result)
        if moment.afterwards.guess is None:
            return sentences(text, opened, say("Whoever listened could confirm no guess."))
        secret = signed(moment.afterwards.guess)
        return sentences(text, opened, say("Whoever listened confirmed the bank's secret: {d}.", d=secret))

    def table(self, moment: Moment) -> Mapping[str, Any]:
        """The three terms, who can compute them, and the sum."""
        u2, d2, cross = moment.expected.terms
        opened = "—" if moment.afterwards is None else str(moment.run.result)
        return {
            "index": [say("tax office alone: u²"), say("bank alone: d²"), say("both: 2·u·d"), say("loss")],
            "columns": [say("in the clear"), say("decrypted by the coordinator")],
            "rows": [[str(u2), "—"], [str(d2), "—"], [minus(cross), "—"], [str(moment.expected.loss), opened]],
        }

    def summary(self, moment: Moment) -> Mapping[str, Any]:
        """For a comparison of runs."""
        return {"loss": moment.run.result, "guess": moment.afterwards.guess}


def packed(slot_bits: int, total: int) -> list[Block]:
    """The slots of one plaintext after the sum, and what a slot of this width has room for."""
    packing = Packing(slot_bits, 1, 2048)
    fits = slot_bits >= slot_bits_for(total, value_bits=VALUE_BITS)
    cells = []
    for place, (read, fill) in enumerate(summed_in_slots(SHOWN, slot_bits, total)):
        right = f"{SHOWN[place] * total:.10g}" == read
        text = minus(f"{read} {'✓' if right else '✗'}")
        label = say("slot {place}: {total} × {value:g}", place=place, total=f"{total:,}", value=SHOWN[place])
        cells.append(Cell(minus(label), text, fill, "good" if right else "bad"))
    title = say("What is read from the slots after {total} additions", total=f"{total:,}")
    bytes_ = 512 / packing.in_one
    many = say(
        "numbers in one ciphertext of 512 bytes: {bytes:.1f} bytes a number. Textbook: 512.", bytes=bytes_
    )  # fmt: skip
    needed = {
        say("sign"): 1, say("before the point"): VALUE_BITS, say("after the point"): WEIGHT_BITS,
        say("for the sum"): (total - 1).bit_length(),
    }  # fmt: skip
    rows = [(name, float(bits), f"{bits}", "federated") for name, bits in needed.items()]
    rows += [
        (say("needed"), float(sum(needed.values())), f"{sum(needed.values())}", "pooled"),
        (say("slot"), float(slot_bits), f"{slot_bits}", "alone"),
    ]
    verdict = (
        say("It fits: a sum of {total} numbers below 2^10 stays within its slot.", total=f"{total:,}")
        if fits
        else say(
            "Too narrow for every sum of {total} numbers below 2^10: what runs over spoils its neighbour, and nobody "
            "can see it afterwards. The library refuses before it computes.", total=f"{total:,}",
        )
    )  # fmt: skip
    said = in_turn((cell.label, cell.text) for cell in cells)
    return [
        strip("slots", title, cells, alt=said),
        note("verdict", verdict, "good" if fits else "bad"),
        bars("bits", say("Bits"), rows, top=72.0, alt=in_turn((name, text) for name, _, text, _ in rows)),
        figure_of_merit("many", str(packing.in_one), many),
    ]


def minus(text: object) -> str:
    """Write a true minus.

    >>> minus(-2)
    '−2'
    """
    return str(text).replace("-", "−")


def signed(number: int) -> str:
    """A number with a true minus, in brackets when it is negative.

    >>> signed(3), signed(-12)
    ('3', '(−12)')
    """
    return str(number) if number >= 0 else f"(−{-number})"

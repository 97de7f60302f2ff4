"""Chapter 03's lab: the whole cipher on a page, guess what is inside, packing, key size against seconds.

>>> spec = declare()
>>> [panel.title for panel in spec.panels]
['The cipher on a page', 'Guess what is inside', 'Packing', 'Seconds']
>>> spec.expected(Settings(share=3, bank_share=2, label=4)).loss
1

What the panels show is in `paillier_panels.py`; what Run plays is in `joint_loss.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from time import perf_counter
from typing import Any

import numpy as np

from ...attacks.paillier import guess_residual
from ...crypto.paillier import EncryptedVector, PublicKey
from ...crypto.powers import seconds_of_a_power
from ...i18n import say
from ...wire.choreography import Protocol
from ...wire.codec import KeyRing, decode
from ...wire.run import Run
from ..knobs import Choice, Knob, Range, Toggle, key_sizes
from .joint_loss import LARGEST, LARGEST_RESIDUAL, joint_loss
from .paillier_panels import MEASURED_SIZES, NUMBERS, SLOT_BITS, TOTALS, Loss, Panels, Seconds, page
from .spec import LabSpec, Moment, Scene, Settings

GUESSES = range(-LARGEST_RESIDUAL, LARGEST_RESIDUAL + 1)


def declare() -> LabSpec:
    """The lab of chapter 03, in the language in force."""
    panels = Panels(GUESSES)
    return LabSpec(
        chapter="03",
        title=say("Adding what you cannot read"),
        knobs=(*_loss_knobs(), *_key_knobs(), *_page_knobs(), *_packing_knobs()),
        protocol=protocol,
        expected=expected,
        panels=panels.all(),
        sentence=panels.sentence,
        table=panels.table,
        summary=panels.summary,
        scenes=_scenes(),
        steps=(say("keys"), say("encrypt"), say("share"), say("combine"), say("decrypt")),
        afterwards=afterwards,
    )


def expected(s: Settings) -> Loss:
    """The loss and its three terms, in plain integers."""
    return Loss(s.share, s.bank_share - s.label)


def protocol(s: Settings) -> Protocol:
    """The joint loss under these settings."""
    return joint_loss(s.share, s.bank_share, s.label, key_bits=s.key_bits, re_randomise=s.re_randomise)


@dataclass(frozen=True)
class Found:
    """What was worked out after a run: the residual that a listener found, if any, and seconds by key size."""

    guess: int | None
    seconds: Seconds


def afterwards(moment: Moment) -> Found:
    """Listen, and guess; then measure."""
    key, share, square, loss = heard(moment.run)
    return Found(guess_residual(share, square, loss, GUESSES), measured(key))


def heard(run: Run) -> tuple[PublicKey, EncryptedVector, EncryptedVector, EncryptedVector]:
    """The public key, [[u]], [[u²]] and [[L]], read from the bytes that travelled.

    >>> from fedlearn_edu.wire.run import play
    >>> key, share, square, loss = heard(play(joint_loss(3, 2, 4, key_bits=2048)))
    >>> key.key_bits, len(share), len(loss)
    (2048, 1, 1)
    """
    ring = KeyRing()
    found = [decode(message.body or b"", ring) for message in run.transcript.messages]
    key = next(one for one in found if isinstance(one, PublicKey))
    share, square, loss = (one for one in found if isinstance(one, EncryptedVector))
    return key, share, square, loss


def measured(key: PublicKey) -> Seconds:
    """Seconds on this machine: a textbook power for each key size, and packed encryption under this very key."""
    values = np.zeros(NUMBERS)
    start = perf_counter()
    EncryptedVector.encrypt(values, key, slot_bits=48, summands=1)
    packed = perf_counter() - start
    return Seconds({bits: seconds_of_a_power(bits) for bits in MEASURED_SIZES}, key.key_bits, packed)


def _loss_knobs() -> tuple[Knob, ...]:
    numbers: dict[str, Any] = {"least": -LARGEST, "most": LARGEST}
    return (
        Range("share", say("Tax office"), say("u, the tax office's part of the prediction."), 3, **numbers),
        Range("bank_share", say("Bank: part"), say("The bank's part of the prediction."), 2, **numbers),
        Range("label", say("Bank: label"), say("What the customer really did. The bank alone knows it."), 4, **numbers),
    )  # fmt: skip


def _key_knobs() -> tuple[Knob, ...]:
    return (
        Toggle(
            "re_randomise", say("Re-randomise what is computed"),
            say("A fresh encryption of 0 hides how it was computed."), True,
        ),
        Choice(
            "key_bits", say("Key size"), say("Of the coordinator's key. Trust none below 2048."), 2048,
            options=key_sizes(),
        ),
    )  # fmt: skip


def _page_knobs() -> tuple[Knob, ...]:
    words: dict[float, str] = {place: str(number) for place, number in enumerate(chain(*page()))}
    last = len(words) - 1
    where: dict[str, Any] = {"least": 0, "most": last, "words": words, "panel": "page"}
    return (
        Range("first", say("First ciphertext"), say("Or click one in the table."), 8, **where),
        Range("second", say("Second ciphertext"), say("Or click another one."), 17, **where),
        Toggle(
            "hidden", say("Hide the columns: what the server sees"), say("No key, no columns."), False, panel="page",
        ),
    )  # fmt: skip


def _packing_knobs() -> tuple[Knob, ...]:
    return (
        Range(
            "slot_bits", say("Slot width"), say("Bits for each number in the plaintext."), 48, least=SLOT_BITS[0],
            most=SLOT_BITS[-1], step=8, words={bits: say("{bits} bits", bits=bits) for bits in SLOT_BITS},
            panel="packing",
        ),
        Choice(
            "total", say("How many such numbers will be added"), say("Parties, each counted as often as it has rows."),
            10, options={total: f"{total:,}" for total in TOTALS}, panel="packing",
        ),
    )  # fmt: skip


def _scenes() -> tuple[Scene, ...]:
    return (
        Scene("start", say("Start"), say("Click two ciphertexts. Their product lights up in the column of the sum.")),
        Scene(
            "server-eyes", say("With the server's eyes"),
            say("The same 120 numbers without columns. It can still multiply; it does not know what it added."),
            {"hidden": True}, panel="page",
        ),
        Scene(
            "minus-one", say("14 is −1"), say("Column 14 and column 2 make column 1: negatives sit in the upper half."),
            {"first": 8 * 14 + 1, "second": 8 * 2 + 2}, panel="page",
        ),
        Scene(
            "guess-falls", say("Guess what is inside: without re-randomising"),
            say("The bank forgot one multiplication. Whoever listens tries 41 guesses, and one fits to the last bit."),
            {"re_randomise": False}, panel="guess", plays=True,
        ),
        Scene(
            "guess-holds", say("Guess what is inside: re-randomised"),
            say("One fresh factor, and none of the 41 guesses fits."), {}, panel="guess", plays=True,
        ),
        Scene(
            "packing-overflow", say("Packing: 300 parties in 32-bit slots"),
            say("The sums run over into their neighbours, and nothing in the ciphertext shows it. Drag the width."),
            {"slot_bits": 32, "total": 300}, panel="packing",
        ),
        Scene(
            "slow", say("It is slow: key size against seconds"),
            say("Measured on this machine: why textbook Paillier makes a class wait, and what packing does."),
            {}, panel="seconds", plays=True,
        ),
    )  # fmt: skip

"""Chapter 06's lab: what two tables are worth together, what the coordinator sees, the four steps, the loss.

>>> spec = declare()
>>> [panel.title for panel in spec.panels]
['What it is worth', 'What the coordinator sees', 'The four steps', 'Loss']
>>> spec.protocol(Settings(**{knob.name: knob.default for knob in spec.knobs}))
Protocol('vertical logistic regression (Paillier, 2048 bits)', parties: bank, tax office, coordinator)

What the panels show is in `vertical_panels.py`, the preview's arithmetic in `vertical_preview.py`, what is drawn on
paper in `vertical_drawings.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ...crypto.joint_sums import GRADIENT_BITS, residues_from_bytes
from ...i18n import say
from ...protocols.vertical import vertical_logistic
from ...wire.choreography import Protocol
from ...wire.codec import KeyRing, decode
from ..knobs import Choice, Knob, Range, Toggle, key_sizes
from .spec import Kind, LabSpec, Moment, Scene, Settings
from .vertical_drawings import draw_screen, draw_venn
from .vertical_panels import MASKS, UNIFORM, Expected, Panels, Screen, reuses, still, subtracted
from .vertical_preview import AT_BANK, AT_TAX, LEARNING_RATE, Credit

WITH, WITHOUT = "coordinator", "none"
FEWEST, MOST = 100, 800  # rows of a run


def declare() -> LabSpec:
    """The lab of chapter 06, in the language in force."""
    chapter = Chapter()
    panels = Panels(chapter.credit)
    return LabSpec(
        chapter="06",
        title=say("Bank and tax office train one model"),
        knobs=(*_data_knobs(), *_mask_knobs(), *_run_knobs()),
        protocol=chapter.protocol,
        expected=chapter.expected,
        panels=panels.all(),
        sentence=panels.sentence,
        table=panels.table,
        summary=panels.summary,
        scenes=_scenes(),
        steps=(say("look"), say("keys"), say("exchange"), say("mask"), say("return")),
        afterwards=seen_in,
        kinds=(Kind("venn", "venn.js", draw_venn), Kind("screen", "screen.js", draw_screen)),
    )


@dataclass
class Chapter:
    """From settings to previews and protocols; the table is read when it is first asked for."""

    credit: Credit = field(default_factory=Credit)

    def rows(self, s: Settings) -> int:
        """How many customers train: no more than are common."""
        return min(int(s.rows), self.credit.counts(s.overlap)[1])

    def expected(self, s: Settings) -> Expected:
        """What plain NumPy makes of these settings."""
        columns = (s.bank_columns, s.tax_columns)
        trained = self.credit.trained(self.rows(s), *columns, s.epochs)
        return Expected(self.credit.worth(s.overlap, *columns), trained, guessed(s, trained.gradients))

    def protocol(self, s: Settings) -> Protocol:
        """Vertical logistic regression under these settings."""
        parties = self.credit.trained(self.rows(s), s.bank_columns, s.tax_columns, s.epochs).parties
        mask = "reused" if reuses(s) else MASKS[s.mask]
        coordinator = "coordinator" if s.coordinator == WITH else None
        settings = {"epochs": s.epochs, "learning_rate": LEARNING_RATE, "key_bits": s.key_bits}
        return vertical_logistic(*parties, coordinator=coordinator, mask=mask, **settings)


def guessed(s: Settings, gradients: np.ndarray) -> Screen:
    """What whoever decrypts would see, with masks drawn here: the preview."""
    rng, largest = np.random.default_rng(s.mask), MASKS[s.mask]
    if reuses(s):
        return subtracted(np.diff(gradients, axis=0)[:1])
    if largest == "uniform":
        return still(rng.uniform(-1, 1, gradients.shape), s.key_bits)
    noise = rng.uniform(-largest, largest, gradients.shape) if not isinstance(largest, str) else 0.0
    return Screen(gradients + noise)


def seen_in(moment: Moment) -> Screen:
    """What was really decrypted. It travels back in the clear, so the transcript has it."""
    s, run, keys, at = moment.settings, moment.run, KeyRing(), {}
    for message in run.transcript.messages:
        if message.step == 4 and "gradient" in message.label:
            key = run.held_by(message.sender)["its public half"]
            numbers = key.centred(residues_from_bytes(decode(message.body or b"", keys), key))
            columns = numbers[:-1] if message.receiver == "bank" else numbers  # the intercept is no column
            at[message.round, message.receiver] = key.n, columns
    return _on_screen(s, at)


def _on_screen(s: Settings, at: Mapping[tuple[int, str], tuple[int, list[int]]]) -> Screen:
    rounds = [[(n, one) for party in ("bank", "tax office") for n, columns in [at[t, party]] for one in columns]
              for t in range(1, s.epochs + 1)]  # fmt: skip
    if reuses(s):
        return subtracted([[_centred(late - early, n) / 2**GRADIENT_BITS
                            for (n, early), (_, late) in zip(*rounds[:2], strict=True)]])  # fmt: skip
    if MASKS[s.mask] == "uniform":
        return still([[one / (n // 2) for n, one in row] for row in rounds], s.key_bits)
    return Screen(np.array([[one / 2**GRADIENT_BITS for _, one in row] for row in rounds]))


def _centred(difference: int, n: int) -> int:
    return (difference + n // 2) % n - n // 2


def _data_knobs() -> tuple[Knob, ...]:
    shares: dict[float, str] = {share: say("{share} %", share=share) for share in range(5, 101, 5)}
    return (
        Range(
            "overlap", say("Common customers"), say("Which share of all customers both parties know."), 80,
            least=5, most=100, step=5, words=shares,
        ),
        Range("bank_columns", say("The bank's columns"), say("How many of its 7 columns the bank uses."), AT_BANK,
              least=1, most=AT_BANK),
        Range(
            "tax_columns", say("The tax office's columns"),
            say("How many of its 15 columns it uses. In the last ones a category is rare: the guard may refuse them."),
            10, least=1, most=AT_TAX,
        ),
    )  # fmt: skip


def _mask_knobs() -> tuple[Knob, ...]:
    words: dict[float, str] = {0: say("none"), UNIFORM: say("uniform")}
    words |= {k: f"±{mask}" for k, mask in enumerate(MASKS) if not isinstance(mask, str)}
    return (
        Range(
            "mask", say("Mask on each gradient"),
            say("The random number that is added to each gradient before it leaves its party."), UNIFORM,
            least=0, most=UNIFORM, words=words,
        ),
        Toggle("reuse", say("Same mask in every round"), say("Draws each mask once, and saves time."), False),
        Choice("coordinator", say("Who decrypts"), say("A third party with the only key; or each for the other."), WITH,
               options={WITH: say("a coordinator"), WITHOUT: say("nobody else: two keys")}),
    )  # fmt: skip


def _run_knobs() -> tuple[Knob, ...]:
    return (
        Range("rows", say("Rows"), say("How many of the common customers train when you press Run."), 200,
              least=FEWEST, most=MOST, step=50),
        Range("epochs", say("Rounds"), say("How often everybody computes a gradient; each takes all the rows."), 3,
              least=1, most=10),
        Choice("key_bits", say("Key size"), say("Of the Paillier key. Trust none below 2048."), 2048,
               options=key_sizes()),
    )  # fmt: skip


def _scenes() -> tuple[Scene, ...]:
    return (*_worth_scenes(), *_mask_scenes(), *_other_scenes())


def _worth_scenes() -> tuple[Scene, ...]:
    return (
        Scene("start", say("Start"), say("Two tables, 80 % common customers. Move a knob: the bars follow.")),
        Scene(
            "one-column", say("The tax office gives one column"),
            say("Income alone. Now drag the tax office's columns from 1 to 15, and watch the longest bar."),
            {"tax_columns": 1}, panel="worth",
        ),
        Scene(
            "few-common", say("Few common customers"),
            say("223 rows to learn from, and a joint score for one new customer in twenty."),
            {"overlap": 5, "tax_columns": AT_TAX}, panel="worth",
        ),
    )  # fmt: skip


def _mask_scenes() -> tuple[Scene, ...]:
    return (
        Scene(
            "no-mask", say("Without a mask"),
            say("Encrypted all the way. The coordinator has the key, and reads every column."),
            {"mask": 0}, panel="screen", plays=True,
        ),
        Scene(
            "small-mask", say("A mask of ±1"),
            say("A random number, and it hides nothing. Now slide the mask on to uniform mod n."),
            {"mask": 1}, panel="screen", plays=True,
        ),
        Scene(
            "static", say("Uniform: static"), say("Every number below n is as likely as any other."), {},
            panel="screen", plays=True,
        ),
        Scene(
            "same-mask", say("The same mask twice"),
            say("Uniform, and used twice. The difference of two rounds has no mask."),
            {"reuse": True, "epochs": 2}, panel="screen", plays=True,
        ),
    )  # fmt: skip


def _other_scenes() -> tuple[Scene, ...]:
    return (
        Scene(
            "no-coordinator", say("Without a coordinator"),
            say("Nobody left to bribe. Compare messages, bytes and seconds with the run before."),
            {"coordinator": WITHOUT, "epochs": 2}, panel="steps", plays=True,
        ),
        Scene(
            "guard", say("The guard refuses"),
            say("Press Run: the tax office sees that three of 200 rows are separated, and says no."),
            {"tax_columns": AT_TAX}, panel="loss",
        ),
    )  # fmt: skip

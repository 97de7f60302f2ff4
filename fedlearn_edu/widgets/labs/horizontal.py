"""Chapter 04's lab: hospitals (or phones) train one model; knobs, protocol, scenes.

>>> spec = declare()
>>> [knob.name for knob in spec.knobs][:4]
['data', 'federation', 'parties', 'skew']
>>> settings = Settings(**{knob.name: knob.default for knob in spec.knobs})
>>> spec.protocol(settings)
Protocol('FedAvg (logistic, pairwise masks)', parties: hospital 1, hospital 2, hospital 3, hospital 4, server)

What the panels show is in `horizontal_panels.py`, the preview's arithmetic in `hospitals.py`, the phones in
`phones.py`.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ...attacks.horizontal import open_uploads
from ...errors import ArgumentError
from ...i18n import say
from ...protocols.aggregation import plain_sum
from ...protocols.horizontal import fedavg
from ...protocols.masked_aggregation import masked_sum
from ...protocols.paillier_aggregation import paillier_sum
from ...wire.choreography import Protocol
from ...wire.faults import Drop, Fault
from ...wire.transcript import Transcript
from ..knobs import Choice, Knob, Range, key_sizes
from .horizontal_panels import Panels, last_upload
from .hospitals import L2, Preview, Room, Rooms, guesses, in_the_clear
from .phones import TakingTurns
from .spec import LabSpec, Moment, Scene, Settings

PHONES, ANSWERING = 100, 10
MOST_HOSPITALS = 12
PAILLIER = ("paillier", "textbook")
DROPPED = 2  # the hospital that the drop-out knob takes away


def declare() -> LabSpec:
    """The lab of chapter 04, in the language in force."""
    chapter = Chapter()
    panels = Panels(chapter.guesses, _steps())
    return LabSpec(
        chapter="04",
        title=say("Hospitals train one model"),
        knobs=(*_data_knobs(), *_training_knobs(), *_protection_knobs(), _eyes_knob()),
        protocol=chapter.protocol,
        faults=chapter.faults,
        expected=chapter.expected,
        room=panels.room,
        panels=panels.all(),
        sentence=panels.sentence,
        table=panels.table,
        summary=panels.summary,
        scenes=_scenes(),
        steps=_steps(),
        afterwards=handed_over,
    )


@dataclass
class Chapter:
    """From settings to rooms, previews and protocols; it remembers the last ones."""

    rooms: Rooms = field(default_factory=Rooms)

    def __post_init__(self) -> None:
        self._preview = lru_cache(maxsize=64)(self._compute)
        self._guesses = lru_cache(maxsize=32)(self._guess)

    def room(self, s: Settings) -> Room:
        """Who holds what under these settings."""
        if s.federation == "phones":
            return self.rooms.room(s.data, PHONES, s.skew, ANSWERING)
        return self.rooms.room(s.data, s.parties, s.skew)

    def expected(self, s: Settings) -> Preview:
        """What plain NumPy makes of these settings."""
        return self._preview(self.room(s), s.rounds, s.local_epochs, s.drop_round if s.federation != "phones" else 0)

    def _compute(self, room: Room, rounds: int, local_epochs: int, drop_round: int) -> Preview:
        return in_the_clear(room, rounds, local_epochs, (DROPPED - 1, drop_round) if drop_round else None)

    def guesses(self, s: Settings) -> list[float]:
        """Hospital 1's error about the last hospital, for 2, 3, … hospitals."""
        return self._guesses(s.data, s.skew, s.local_epochs)

    def _guess(self, data: str, skew: float, local_epochs: int) -> list[float]:
        return guesses(self.rooms, data, skew, local_epochs, MOST_HOSPITALS)

    def protocol(self, s: Settings) -> Protocol:
        """Federated averaging under these settings."""
        room = self.room(s)
        return fedavg(
            room.parties, room.model, aggregation=_aggregation(s), rounds=s.rounds, local_epochs=s.local_epochs,
            learning_rate=room.learning_rate, l2=L2,
        )  # fmt: skip

    def faults(self, s: Settings) -> list[Fault]:
        """Hospital 2 is gone before it uploads; a phone that sleeps is no fault."""
        if s.federation == "phones" or not s.drop_round:
            return []
        return [Drop(f"hospital {DROPPED}", round=s.drop_round, before_step=3)]


def handed_over(moment: Moment) -> Any:
    """Hospital 1's last upload, opened with the private key of hospital 2; None where there is no common key."""
    run, s = moment.run, moment.settings
    upload = last_upload(run) if run is not None else None
    if s.encryption not in PAILLIER or upload is None:
        return None
    alone = Transcript(run.transcript.parties)  # of one message: to open the others would take time
    alone.entries = [upload]
    return open_uploads(alone, run.held_by(f"hospital {DROPPED}")["unseal"], round=upload.round)[upload.sender]


def packing_is_there() -> bool:
    """Whether Paillier packs many numbers into one ciphertext."""
    return inspect.signature(paillier_sum).parameters["packed"].default is True


def _aggregation(s: Settings) -> Any:
    if s.federation == "phones" and s.encryption in PAILLIER:
        raise ArgumentError(
            "A hundred phones would share one private key, and that is no secret.",
            "Use encryption='masks' or encryption='none'.",
        )
    inner: Any = plain_sum()
    if s.encryption == "masks":
        inner = masked_sum()
    elif s.encryption in PAILLIER:
        inner = paillier_sum(key_bits=s.key_bits, packed=s.encryption == "paillier")
    return TakingTurns(inner, ANSWERING) if s.federation == "phones" else inner


def _data_knobs() -> tuple[Knob, ...]:
    return (
        Choice(
            "data", say("Data"), say("What the rows are: biopsies with 30 measurements, or handwritten digits."),
            "breast_cancer",
            options={"breast_cancer": say("breast cancer"), "digits": say("digits, 8 × 8")},
        ),
        Choice(
            "federation", say("Who takes part"),
            say("Hospitals: few, always there (cross-silo). Phones: many, and one in ten answers (cross-device)."),
            "hospitals",
            options={"hospitals": say("hospitals"), "phones": say("100 phones, 10 % answer")},
        ),
        Range(
            "parties", say("Hospitals"), say("How many hospitals share out the same rows."), 4,
            least=2, most=MOST_HOSPITALS, only_if={"federation": ["hospitals"]},
        ),
        Range(
            "skew", say("Skew"), say("0: every party has the same mixture of labels. 1: each has its own labels."), 0.5,
            least=0.0, most=1.0, step=0.1,
        ),
    )  # fmt: skip


def _training_knobs() -> tuple[Knob, ...]:
    return (
        Range(
            "local_epochs", say("Local epochs"), say("Passes over a party's own rows between two uploads."), 5,
            least=1, most=20,
        ),
        Range("rounds", say("Rounds"), say("How often everybody uploads and gets the mean."), 10, least=1, most=20),
    )  # fmt: skip


def _protection_knobs() -> tuple[Knob, ...]:
    packed = {"paillier": say("Paillier, packed")} if packing_is_there() else {}
    return (
        Choice(
            "encryption", say("Encryption"), say("What hides an upload from the server and from who listens."), "masks",
            options={
                "none": say("none: in the clear"), "masks": say("pairwise masks"), **packed,
                "textbook": say("Paillier, textbook"),
            },
        ),
        Choice(
            "key_bits", say("Key size"), say("Of the Paillier key. Longer is safer and slower; trust none below 2048."),
            2048, options=key_sizes(), only_if={"encryption": PAILLIER},
        ),
        Range(
            "drop_round", say("Hospital 2 drops out"),
            say("It trains in this round, and is gone before it uploads."), 0,
            least=0, most=20, words={0: say("never")}, unit=say("round"), capped_by="rounds",
            only_if={"federation": ["hospitals"]},
        ),
    )  # fmt: skip


def _eyes_knob() -> Knob:
    return Choice(
        "eyes", say("Look at hospital 1's upload with the eyes of"), say("The same message, read by different people."),
        "hospital", panel="eyes",
        options={
            "hospital": say("hospital 1"), "server": say("the server"), "eavesdropper": say("an eavesdropper"),
            "leaked": say("the server, with hospital 2's key"),
        },
    )  # fmt: skip


def _steps() -> tuple[str, ...]:
    return (
        say("keys"), say("train"), say("encrypt"), say("upload"), say("add up"), say("distribute"), say("decrypt"),
        say("train on"),
    )  # fmt: skip


def _scenes() -> tuple[Scene, ...]:
    digits = {"data": "digits", "local_epochs": 5}
    recorded = {**digits, "encryption": "textbook", "key_bits": 2048, "rounds": 2}
    return (
        Scene("start", say("Start"), say("Move a knob: the curves follow. They are a preview, computed in the clear.")),
        Scene(
            "skewed", say("Each hospital its own kind of patient"),
            say("Alone each hospital knows one diagnosis. Many local epochs pull the federated model from pooled."),
            {"skew": 1.0, "local_epochs": 20}, panel="gap", plays=True,
        ),
        Scene(
            "drop-out", say("Hospital 2 drops out"),
            say("Round 3: hospital 2 is gone. The three others open its share of the masks, and go on."),
            {"drop_round": 3, "encryption": "masks"}, panel="learning", plays=True,
        ),
        Scene(
            "change-eyes", say("Change eyes"),
            say("The same upload. Choose whose eyes: the owner sees a model, everybody else noise."),
            recorded, panel="eyes", recorded="04_change_eyes",
        ),
        Scene(
            "leaked-key", say("One hospital talks"),
            say("Hospital 2 gave its key to the server: the noise sharpens into hospital 1's model."),
            recorded | {"eyes": "leaked"}, panel="eyes", recorded="04_change_eyes",
        ),
        Scene(
            "crowd", say("Twelve hospitals: a crowd to hide in"),
            say("Now drag the hospitals from 12 down to 2, and watch what hospital 1 can deduce of the last one."),
            {**digits, "parties": 12, "skew": 1.0, "rounds": 2}, panel="deduce",
        ),
        Scene(
            "two-hospitals", say("Two hospitals: nowhere to hide"),
            say("Everything was masked. Sum minus mine is yours all the same, down to the last digit."),
            {**digits, "parties": 2, "skew": 1.0, "rounds": 2}, panel="deduce", plays=True,
        ),
        Scene(
            "phones", say("A hundred phones, one in ten answers"),
            say("Cross-device: few rows each, other phones every round. Look how restless the curve is."),
            {**digits, "federation": "phones", "encryption": "none", "rounds": 8}, panel="learning", plays=True,
        ),
    )  # fmt: skip

"""Chapter 08: four hospitals on Flower's deployment engine, recorded, for those who have no minute to wait.

    python -m fedlearn_edu.widgets.labs.deployment

plays it anew, on a computer that has nothing else to do, and writes `recorded/08_deployment.json`: a SuperLink and four
SuperNodes as processes of this computer, with TLS and node authentication. They play one round; a stranger knocks; they
play the round again, and a SuperNode is killed after it has shared its secrets and before it uploads.

>>> recorded = Deployment.load()
>>> recorded
5 processes stayed, up to ... ran at once; 4 hospitals, one round in ... s; recorded with Flower 1.42...
>>> recorded.gone, recorded.transcript.table()["what"].tolist().count("masked update")
(['hospital 2'], 3)
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import numpy as np

from ...data.datasets import load
from ...data.partition import split_rows, split_train_test
from ...engines.flower import FlowerRun
from ...engines.flower_processes import Federation
from ...errors import EngineError
from ...i18n import say
from ...protocols.horizontal import fedavg
from ...protocols.masked_aggregation import masked_sum
from ...protocols.scaling import standardise
from ...wire.choreography import Protocol
from ...wire.faults import Drop
from ...wire.journal import Journal
from ...wire.run import play
from ...wire.transcript import Transcript

NAME = "08_deployment.json"
DEATH = Drop("hospital 2", round=1, before_step=3)
NODE = "supernode 1"  # plays hospital 2
AFTER_TURNS = 2  # keys, then shares; its third turn would be the upload
PATIENCE = 20.0  # seconds until a silent node counts as gone


@dataclass(frozen=True, eq=False, repr=False)
class Deployment:
    """What was recorded.

    Parameters
    ----------
    flower : Flower's version
    started : the processes that were started and stayed, by name
    most : how many there were at the same time, with those that Flower starts for a message
    seconds : "start" (SuperLink, keys, SuperNodes), "round" (the whole one), "round with a death"
    turns, weights : of the whole round
    refused : how the stranger's log ends
    gone, weights_without : who was killed in the second run, and what the others learned
    envelopes : of the second run: turn, from, to, bytes
    transcript : of the second run, with whole messages
    """

    flower: str
    started: list[str]
    most: int
    seconds: dict[str, float]
    turns: int
    weights: np.ndarray
    refused: str
    gone: list[str]
    weights_without: np.ndarray
    envelopes: list[list[Any]]
    transcript: Transcript

    def __repr__(self) -> str:
        text = (
            "{stayed} processes stayed, up to {most} ran at once; {hospitals} hospitals, one round in {seconds:.0f} s; "
            "recorded with Flower {flower}"
        )
        hospitals, seconds = len(self.transcript.parties) - 1, self.seconds["round"]
        return say(text, stayed=len(self.started), most=self.most, hospitals=hospitals, seconds=seconds,
                   flower=self.flower)  # fmt: skip

    @classmethod
    def load(cls) -> Self:
        """Read the recording."""
        found = json.loads(files(__package__).joinpath("recorded", NAME).read_text(encoding="utf-8"))
        found |= {name: np.array(found[name]) for name in ("weights", "weights_without")}
        return cls(**found | {"transcript": Transcript.from_json(json.dumps(found["transcript"]))})

    def save(self, path: Path) -> None:
        """Write it; of what parties could read, the server's part and an eavesdropper's."""
        told = dict(vars(self))
        told["seconds"] = {name: round(seconds, 1) for name, seconds in self.seconds.items()}
        told["weights"], told["weights_without"] = self.weights.tolist(), self.weights_without.tolist()
        told["transcript"] = json.loads(self.transcript.to_json(readings_of=("server", "eavesdropper"), bodies=True))
        path.write_text(json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def one_round() -> Protocol:
    """The chapter's hospitals, standardised, and one round of FedAvg under masks."""
    train, _ = split_train_test(load("breast_cancer"), seed=3, test_share=0.8)
    hospitals = split_rows(train, parties=4, skew=0.5, seed=3)
    hospitals = play(standardise(hospitals, aggregation=masked_sum())).result
    options: dict[str, Any] = {"local_epochs": 5, "learning_rate": 0.5, "l2": 0.01, "seed": 0}
    return fedavg(hospitals, rounds=1, aggregation=masked_sum(), **options)


def record() -> Deployment:
    """Play it: about two minutes.

    Raises
    ------
    EngineError
        it did not go as the chapter tells it
    """
    protocol, start = one_round(), time.perf_counter()
    with Federation(nodes=4) as federation:
        up, started = time.perf_counter() - start, list(federation.processes)
        with _counted() as counts:
            whole = federation.play(protocol)
        refused = federation.stranger()
        with _killed(federation, run=2):
            survived = federation.play(protocol, time_limit=PATIENCE)
    _check(protocol, whole, survived)
    seconds = {"start": up, "round": whole.seconds, "round with a death": survived.seconds}
    envelopes = [[one.turn, one.sender, one.receiver, one.size] for one in survived.envelopes]
    return Deployment(
        version("flwr"), started, max(counts), seconds, whole.turns, whole.result.weights, _reason(refused),
        list(survived.gone), survived.result.weights, envelopes, survived.transcript,
    )  # fmt: skip


def _check(protocol: Protocol, whole: FlowerRun, survived: FlowerRun) -> None:
    """The recording says what `play` says."""
    for run, faults in ((whole, ()), (survived, (DEATH,))):
        expected = play(protocol, faults=faults)
        if not np.array_equal(run.result.weights, expected.result.weights):
            raise EngineError("The recorded weights are not those of play.", "Record it again, on an idle computer.")


def _reason(log: str) -> str:
    """The lines of a SuperNode's log that say why it ended, without colours."""
    lines = [line.split("\x1b[0m:")[-1].strip() for line in log.splitlines()]
    start = next(place for place, line in enumerate(lines) if line.startswith("Exit Code"))
    return "\n".join(lines[start : start + 3])


@contextlib.contextmanager
def _counted() -> Iterator[list[int]]:
    """How many processes this one has below it, again and again."""
    import psutil

    counts, over = [0], threading.Event()

    def count() -> None:
        while not over.wait(0.1):
            counts.append(len(psutil.Process().children(recursive=True)))

    thread = threading.Thread(target=count)
    thread.start()
    try:
        yield counts
    finally:
        over.set()
        thread.join()


@contextlib.contextmanager
def _killed(federation: Federation, run: int) -> Iterator[None]:
    """Kill the node, as a power cut would, when it has answered so many turns."""
    journal, over = federation.folder / "runs" / str(run) / NODE.split()[1] / "journal", threading.Event()

    def wait_and_kill() -> None:
        while not over.wait(0.1):
            if journal.exists() and _turns(journal) == AFTER_TURNS:
                over.wait(1.5)  # its answer is on its way to the SuperLink
                federation.kill(NODE)
                return

    thread = threading.Thread(target=wait_and_kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _turns(journal: Path) -> int:
    """How many turns a journal tells of; of a copy, since reading one mends it, and its node is writing."""
    with tempfile.TemporaryDirectory() as folder:
        return len(Journal(shutil.copy(journal, folder)).turns)


if __name__ == "__main__":
    place = Path(__file__).parent / "recorded" / NAME
    record().save(place)
    print(Deployment.load())

"""Recorded runs: what a scene shows where playing would take over five seconds.

    python -m fedlearn_edu.widgets.labs.recording 04 change-eyes

plays a scene's protocol and writes `recorded/<name>.json`: the transcript with the heads of its messages, one upload
thinned to a byte for each weight, the weights after each round, and what was computed afterwards. A recording is data,
not pictures: the panels draw it as they draw a run, in whatever language is spoken.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from ...errors import ArgumentError
from ...wire.run import Run
from ...wire.transcript import HEAD_BYTES, Message, Transcript
from . import spec_of
from .spec import Moment

DIGITS = 8


@dataclass(frozen=True, eq=False)
class Recording:
    """Stands in for a run in a `Moment`: it has what panels ask of a run.

    >>> recording = Recording.load("04_change_eyes")
    >>> recording.state, recording.round
    ('recorded', 2)
    """

    transcript: Transcript
    weights: tuple[np.ndarray, ...]
    afterwards: np.ndarray | None
    settings: Mapping[str, Any]
    seconds: float
    state: str = "recorded"

    @property
    def round(self) -> int:
        """The last round."""
        return len(self.weights)

    def reported(self, name: str) -> list[np.ndarray]:
        """The weights after each round."""
        return list(self.weights) if name == "weights" else []

    @classmethod
    def load(cls, name: str) -> Recording:
        """Read `recorded/<name>.json`.

        Raises
        ------
        ArgumentError
            there is no such recording
        """
        path = files(__package__).joinpath("recorded", f"{name}.json")
        if not path.is_file():
            raise ArgumentError(
                f"There is no recording {name!r}.", "Make it: python -m fedlearn_edu.widgets.labs.recording"
            )
        found = json.loads(path.read_text(encoding="utf-8"))
        opened = found["afterwards"]
        return cls(
            Transcript.from_json(json.dumps(found["transcript"])), tuple(map(np.array, found["weights"])),
            None if opened is None else np.array(opened), found["settings"], found["seconds"],
        )  # fmt: skip

    @classmethod
    def of(cls, run: Run, afterwards: np.ndarray | None, settings: Mapping[str, Any]) -> Recording:
        """Record a finished run."""
        steps = run.transcript.by_step()
        seconds = float((steps["seconds of work"] + steps["seconds on the wire"]).sum())
        return cls(run.transcript, tuple(run.reported("weights")), afterwards, settings, seconds)

    def save(self, path: Path, keep: Message | None, size: int, eyes: tuple[str, ...]) -> None:
        """Write it; `keep` is the message of which one byte for each of `size` weights is kept."""
        thin = self.transcript.from_json(self.transcript.to_json(readings_of=eyes))
        if keep is not None and keep.body is not None:
            body = keep.body[HEAD_BYTES:]
            short = keep.body[:HEAD_BYTES] + bytes(body[place * len(body) // size] for place in range(size))
            thin.entries = [
                replace(e, body=short) if isinstance(e, Message) and e.number == keep.number else e
                for e in thin.entries
            ]
        text = {
            "settings": dict(self.settings),
            "seconds": round(self.seconds, 1),
            "weights": [short_floats(one) for one in self.weights],
            "afterwards": None if self.afterwards is None else short_floats(self.afterwards),
            "transcript": json.loads(thin.to_json(readings_of=eyes, bodies=True)),
        }
        path.write_text(json.dumps(text, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def short_floats(values: np.ndarray) -> list[float]:
    """Eight significant digits: more than the fixed-point numbers hold."""
    return [float(f"{value:.{DIGITS}g}") for value in values]


def record(chapter: str, scene_name: str) -> Path:
    """Play a scene's protocol and write the recording that the scene names."""
    from .horizontal_panels import last_upload, weights_only

    spec = spec_of(chapter)
    scene = spec.scene(scene_name)
    if scene is None or not scene.recorded or spec.protocol is None:
        raise ArgumentError(f"The scene {scene_name!r} is not a recorded one.", "Name one that is.")
    chosen = {knob.name: knob.default for knob in spec.knobs} | dict(scene.settings)
    settings = SimpleNamespace(**chosen)
    run = Run(spec.protocol(settings)).finish(progress=True)
    expected = spec.expected(settings)
    opened = spec.afterwards(Moment(settings, expected, run))
    size = weights_only(expected.room, run.reported("weights")[0]).size
    path = Path(__file__).with_name("recorded") / f"{scene.recorded}.json"
    eyes = ("server", "eavesdropper", expected.room.parties[0].name)
    Recording.of(run, opened, chosen).save(path, last_upload(run), size, eyes)
    return path


if __name__ == "__main__":
    print(record(*sys.argv[1:3]))

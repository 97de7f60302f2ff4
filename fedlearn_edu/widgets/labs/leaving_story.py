"""Chapter 08's lab: what becomes of three rounds when hospitals die in the second, told beforehand from the rules.

>>> story = foretold(4, "masks", {1: 3})                       # hospital 2 dies before step 3
>>> [len(round) for round in story.counted], story.stop
([4, 3, 3], None)
>>> foretold(4, "masks", {1: 3, 3: 3}).stop
Stop(round=2, step=4, left=2, needed=3)

No key is drawn and nothing is encrypted for it; that the real protocol does the same is what the tests check.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from ...crypto.circle import Circle
from .hospitals import Room, Rooms, Stack, scored

ROUNDS, LOCAL_EPOCHS = 3, 5
DEATH_ROUND = 2
STEPS = (0, 7, 2, 3, 4, 5)  # before which a hospital can die, in the order of time: step 0 comes before round 1
DATA, SKEW = "breast_cancer", 0.5  # the hospitals of chapter 04


@dataclass(frozen=True)
class Stop:
    """Where the protocol ends before its time; so many are left, and so many are needed. Step 0: nobody has keys."""

    round: int
    step: int
    left: int
    needed: int


@dataclass(frozen=True)
class Story:
    """Who does what in which round; hospitals are told by their places, from 0.

    Parameters
    ----------
    hospitals, encryption : how many; "none", "masks" or "paillier"
    deaths : place → the step before which it dies
    uploads : for each round that came so far, whose update arrived
    counted : for each finished round, whose update is in the mean
    stop : where it ended, if before its time
    """

    hospitals: int
    encryption: str
    deaths: Mapping[int, int]
    uploads: tuple[tuple[int, ...], ...]
    counted: tuple[tuple[int, ...], ...]
    stop: Stop | None

    @property
    def masked(self) -> bool:
        """Whether shares have to be opened for a mean."""
        return self.encryption == "masks"

    def alive(self, round: int, step: int) -> tuple[int, ...]:
        """Who is there when a step begins; the steps of a round are 7 (in round 1 called 1), 2, 3, 4, 5."""
        return living(self.hospitals, self.deaths, round, step)

    @property
    def openers(self) -> tuple[int, ...]:
        """Who opens shares in round 2: under masks, who has uploaded and is still there, once enough have."""
        enough = self.masked and len(self.uploads) >= DEATH_ROUND and len(self.uploads[1]) >= fewest(self.hospitals)
        return tuple(k for k in self.uploads[1] if k in self.alive(DEATH_ROUND, 4)) if enough else ()

    def lives_to_see(self, round: int, step: int) -> tuple[int, ...]:
        """Who is there at a step, if the protocol comes to it."""
        over = self.stop is not None and moment_of(self.stop.round, self.stop.step) <= moment_of(round, step)
        return () if over else self.alive(round, step)


def moment_of(round: int, step: int) -> tuple[int, int]:
    """Time, so that one can say before and after."""
    return round, STEPS.index(step)


def living(hospitals: int, deaths: Mapping[int, int], round: int, step: int) -> tuple[int, ...]:
    """Who is there when a step begins.

    >>> living(3, {0: 0, 2: 4}, round=2, step=3), living(3, {0: 0, 2: 4}, round=2, step=4)
    ((1, 2), (1,))
    """
    gone = {place: moment_of(DEATH_ROUND if step else 0, step) for place, step in deaths.items()}
    return tuple(k for k in range(hospitals) if k not in gone or moment_of(round, step) < gone[k])


def fewest(hospitals: int) -> int:
    """How many must be left under masks.

    >>> [fewest(hospitals) for hospitals in range(3, 9)]
    [3, 3, 4, 5, 5, 6]
    """
    return Circle(tuple(map(str, range(hospitals))), round=1).fewest


def foretold(hospitals: int, encryption: str, deaths: Mapping[int, int]) -> Story:
    """The story under "none", "masks" or "paillier", from the rules of each."""
    uploads: list[tuple[int, ...]] = []
    if encryption == "paillier" and deaths.get(0) == 0:  # the first one was to make the keys
        return Story(hospitals, encryption, deaths, (), (), Stop(0, 0, hospitals - 1, hospitals))
    for t in range(1, ROUNDS + 1):
        stop, uploaded = _round(hospitals, encryption == "masks", deaths, t)
        uploads.append(uploaded)
        if stop:
            return Story(hospitals, encryption, deaths, tuple(uploads), tuple(uploads[:-1]), stop)
    return Story(hospitals, encryption, deaths, tuple(uploads), tuple(uploads), None)


def _round(hospitals: int, masked: bool, deaths: Mapping[int, int], t: int) -> tuple[Stop | None, tuple[int, ...]]:
    """One round: where it stops, if it does, and whose update arrives."""
    here = {step: living(hospitals, deaths, t, step) for step in (2, 3, 4)}
    if masked and len(here[2]) < fewest(hospitals):
        return Stop(t, 2, len(here[2]), fewest(hospitals)), ()
    left = min(len(here[3]), len(here[4]))  # uploads first, then shares to open them
    stop = Stop(t, 4, left, fewest(hospitals)) if masked and left < fewest(hospitals) else None
    return stop, here[3]


# --- the models that come of it


@dataclass(frozen=True, eq=False)
class Preview:
    """A story with its models: `weights` after each finished round, `nobody` the same if nobody dies; (R, p)."""

    room: Room
    story: Story
    weights: np.ndarray
    nobody: np.ndarray
    others: Mapping[str, Story] = field(repr=False)  # the same deaths under every protection

    def off(self, weights: np.ndarray) -> list[float]:
        """How far weights are from those of the run in which nobody dies: ‖W − W₀‖ / ‖W₀‖, round by round."""
        pairs = zip(weights, self.nobody, strict=False)
        return [float(np.linalg.norm(w - w0) / np.linalg.norm(w0)) for w, w0 in pairs]

    def right(self, weights: np.ndarray) -> list[float]:
        """Which share of the exam each model gets right."""
        return [float(share) for share in scored(self.room, weights)["accuracy"]] if len(weights) else []


class Stories:
    """Tells stories, with their models, and remembers the last ones."""

    def __init__(self) -> None:
        self._rooms = Rooms()
        self._stacks = lru_cache(maxsize=8)(self._stack)
        self._nobody = lru_cache(maxsize=8)(lambda count: self.models(count, [range(count)] * ROUNDS))

    def room(self, hospitals: int) -> Room:
        """Who holds what."""
        return self._rooms.room(DATA, hospitals, SKEW)

    def preview(self, hospitals: int, encryption: str, deaths: Mapping[int, int]) -> Preview:
        """What plain NumPy makes of it."""
        others = {one: foretold(hospitals, one, deaths) for one in ("none", "masks", "paillier")}
        story = others[encryption]
        weights = self.models(hospitals, story.counted)
        return Preview(self.room(hospitals), story, weights, self._nobody(hospitals), others)

    def models(self, hospitals: int, counted: Sequence[Sequence[int]]) -> np.ndarray:
        """The weights after each round, (R, p), when these hospitals' updates are in the mean."""
        room, stack, found = self.room(hospitals), self._stacks(hospitals), []
        common = room.model.start(np.random.default_rng(0))
        for here in map(list, counted):
            trained = stack.train(np.tile(common, (hospitals, 1)), LOCAL_EPOCHS, room.learning_rate)  # (K, p)
            common = room.rows[here] / room.rows[here].sum() @ trained[here]  # Σ (n_k/n) W_k of those who answered
            found.append(common)
        return np.array(found) if found else np.empty((0, room.model.size))

    def _stack(self, hospitals: int) -> Stack:
        room = self.room(hospitals)
        return Stack.of(room.parties, room.everyone)

"""How a lab plays a run: a few words of the protocol at a time, with a stopwatch beside it.

>>> watch = Stopwatch(expected=10.0, steps=100)
>>> watch.progress(position=50)[0] >= 0.5
True
"""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from ..i18n import say
from ..wire.player import Player
from .blocks import in_seconds

LONG_SECONDS = 1.0  # a run that takes longer says how long it still takes
REDRAW_SECONDS = 0.15  # between two looks at a run under way
SLICE_SECONDS = 0.05  # as many words of a protocol go into one visit to the thread
Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def in_turn(method: Callable[Concatenate[Any, Given], Answer]) -> Callable[Concatenate[Any, Given], Answer]:
    """Let threads in one after the other: the owner's lock `_turn` is held while the method works."""

    @wraps(method)
    def taking_its_turn(self: Any, /, *args: Given.args, **options: Given.kwargs) -> Answer:
        with self._turn:
            return method(self, *args, **options)

    return taking_its_turn


async def drive(run: Player, between: Callable[[], None], during: Callable[[], None]) -> None:
    """Play a run in a thread, so that the loop stays free for controls.

    One visit to the thread for each word would cost more than a quick protocol itself, so words that are short go
    together. `between` is called when the thread is at rest, `during` while a long word is being worked on.
    """
    while run.state in ("ready", "running"):
        visit = asyncio.ensure_future(asyncio.to_thread(some_words, run))
        try:
            while not visit.done():
                await asyncio.wait([visit], timeout=REDRAW_SECONDS)
                if not visit.done():
                    during()
            visit.result()
        except asyncio.CancelledError:
            run.cancel()
            await asyncio.wait([visit])  # a piece under way cannot be torn apart
            raise
        between()


def some_words(run: Player) -> None:
    """Play on for a moment."""
    until = time.perf_counter() + SLICE_SECONDS
    while run.state in ("ready", "running") and time.perf_counter() < until:
        run.next()


class Stopwatch:
    """How far a run is, and how long it will still take."""

    def __init__(self, expected: float = 0.0, steps: int = 1) -> None:
        self._start, self._expected, self._steps = time.perf_counter(), expected, max(1, steps)
        self._last, self._round, self._fraction = 0.0, -1, 0.0

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.perf_counter() - self._start

    def due(self) -> bool:
        """Whether it is time to look again."""
        now = self.seconds
        if self._last and now - self._last < REDRAW_SECONDS:
            return False
        self._last = now
        return True

    def new_round(self, number: int) -> bool:
        """Whether the round has changed since the last look."""
        changed, self._round = number != self._round, number
        return changed

    def progress(self, position: int) -> tuple[float, str]:
        """The fraction done, never less than before, and the time left in words."""
        steps, now = position / self._steps, self.seconds
        whole = self._expected if steps < 0.2 else max(now / steps, now)  # then this run knows better than the forecast
        by_time = now / whole if whole else steps
        self._fraction = min(0.99, max(self._fraction, by_time if steps < 0.2 else steps))
        left = max(0.0, whole - now)
        return self._fraction, say("about {left} left", left=in_seconds(left)) if whole > LONG_SECONDS else ""


def place_of(run: Player) -> dict[str, Any]:
    """Where a run is: its round, the step of the last entry, who is at work."""
    entries = run.transcript.entries
    party = run.doing.partition(":")[0]
    names = [name for name in run.protocol.names if name != "server"]
    return {
        "round": run.round,
        "step": entries[-1].step if entries else 0,
        "at": names.index(party) if party in names else -1,
    }


@contextmanager
def toys_are_announced() -> Iterator[None]:
    """The knob says "a toy, insecure"; a warning in the notebook would say it a second time."""
    from ..crypto.paillier import InsecureKeyWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureKeyWarning)
        yield

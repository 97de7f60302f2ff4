"""The stage: parties, and the messages between them as envelopes that can be opened. It plays any transcript.

>>> import fedlearn_edu as fl
>>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=1)
>>> run = fl.play(fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.plain_sum()))
>>> print(stage(run, round=1, step=3).sentence())
Round 1, step 3: every party uploads [[W_k]]. hospital 1, hospital 2 send “update” to server: 556...B in all, open.

Everything it shows is in its saved state, so that a saved notebook and exported HTML play without a kernel. With a run
that has not ended it asks the kernel for the next entries.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, Literal

from traitlets import Bool, Dict, Enum, Int, Unicode, default, observe, validate

from ..errors import ArgumentError, Cancelled, FedLearnError, ProtocolError
from ..i18n import retell, say
from ..wire.choreography import Protocol, Round
from ..wire.faults import Drop
from ..wire.player import Player
from ..wire.run import Run
from ..wire.transcript import EAVESDROPPER, Message, Transcript
from .assets import module
from .drawn import Drawn
from .running import REDRAW_SECONDS, some_words, toys_are_announced
from .stage_record import EVERYONE, RECEIVER, SENDER, Beat, beats_of, columns, gone_from

if TYPE_CHECKING:
    import pandas as pd

    from .figures import DescribedFigure

SPEEDS = (0.5, 1.0, 2.0, 4.0)
THEMES = ("plain", "pastures")
MIDDLE = ("server", "coordinator", "shepherd", "judge")  # who stands in the middle, by name
LIVE = ("ready", "running")


class Stage(Drawn):
    """A transcript as a play. Make it with `stage(run)`.

    Parameters
    ----------
    source : what is played
    theme : "plain" or "pastures"
    eyes : one name to begin with, or a list of those that can be chosen
    """

    declared = Dict(help="parties, steps, eyes and words, for the screen").tag(sync=True)
    record = Dict(help="the transcript as columns, with readings").tag(sync=True)
    live = Dict(help="how the run under it is getting on").tag(sync=True)
    gone = Dict(help="from which entry on a party is gone").tag(sync=True)
    position = Int(0, help="the number of the entry in front; 0 before the first").tag(sync=True)
    opened = Int(0, help="the number of the message that is open; 0 for none").tag(sync=True)
    eyes = Unicode(EVERYONE, help="whose eyes one looks through").tag(sync=True)
    answered = Int(0, help="how often the kernel has answered: silence means that there is none").tag(sync=True)
    playing = Bool(False, help="whether it plays").tag(sync=True)
    speed = Enum(SPEEDS, 1.0, help="how fast it plays").tag(sync=True)

    def __init__(self, source: Any, theme: str = "plain", eyes: str | Sequence[str] | None = None) -> None:
        self._run, self.transcript = _parts_of(source)
        self._choices = _choices(self.transcript, eyes)
        self._theme, self._rounds_ahead = theme, _has_rounds(self._run)
        self._beats: list[Beat] = []
        self._places: dict[int, int] = {}  # of each message among the messages
        self._task: asyncio.Task[Any] | None = None
        super().__init__()
        self.on_msg(self._asked)
        self.refresh()
        self.eyes = eyes if isinstance(eyes, str) else self._choices[0]

    def __repr__(self) -> str:
        return say("Stage: {sentence}", sentence=self.sentence())

    # --- what a cell can ask of it

    def forward(self) -> None:
        """Step forward by a beat; at the end of a run that goes on, play until its next entry.

        Raises
        ------
        FedLearnError
            what the run could not do
        """
        self._catch_up()
        if self.position < len(self.transcript.entries):
            following = self._beats[self._place() + 1 :] if self.position else self._beats
            self.position = following[0].last if following else len(self.transcript.entries)
        elif self._goes_on:
            with self._run_is_watched():
                one_entry(self._live_run())
            self.position = len(self.transcript.entries)

    def back(self) -> None:
        """Step back by a beat."""
        place = self._place()
        self.position = self._beats[place - 1].last if self.position and place else 0

    def finish(self) -> None:
        """Go to the end; a run that goes on is played to its end first.

        Raises
        ------
        FedLearnError
            what the run could not do
        """
        if self._goes_on:
            with self._run_is_watched():
                self._live_run().finish()
        self._catch_up()
        self.position = len(self.transcript.entries)

    def cancel(self) -> None:
        """Stop the run that is being played, at its next piece of work. A cancelled run does not go on."""
        if self._run is not None and self._goes_on:
            self._run.cancel()
            if self._task is None or self._task.done():  # nobody is at work to notice it
                with suppress(FedLearnError):
                    self._run.next()
            self._tell()

    def jump(self, *, round: int | None = None, step: int | None = None) -> None:
        """Go to the first beat of a round, of a step, or of a step of a round.

        Raises
        ------
        ArgumentError
            nothing in the transcript has this round and step
        """
        for beat in self._beats:
            first = beat.entries[0]
            if (round is None or first.round == round) and (step is None or first.step == step):
                self.position = beat.last
                return
        wanted = " ".join(f"{n} {v}" for n, v in {"round": round, "step": step}.items() if v is not None)
        known = sorted({(b.entries[0].round, b.entries[0].step) for b in self._beats if b.entries[0].step is not None})
        raise ArgumentError(
            f"Nothing happened in {wanted}.", f"There is, as (round, step): {', '.join(map(str, known[:24]))}."
        )

    def refresh(self) -> None:
        """Show what has happened since: for a run that was played on elsewhere."""
        self._beats = beats_of(self.transcript.entries)
        self._places = {message.number: place for place, message in enumerate(self.transcript.messages)}
        with self.hold_sync():
            self.record = columns(self.transcript, self._choices)
            self.gone = self._gone()
            self._tell()

    def sentence(self) -> str:
        """What is on the stage now, in words."""
        from .stage_words import sentence

        return sentence(self)

    def figure(self) -> DescribedFigure:
        """The stage as a static picture, with a text for who cannot see it."""
        from .stage_picture import draw_stage

        return draw_stage(self)

    def table(self) -> pd.DataFrame:
        """Everything that happens, one row an entry: round, step, from, to, what, encrypted under, bytes, seconds."""
        return self.transcript.table(work=True)

    @property
    def beat(self) -> Beat | None:
        """What is on the stage now; None before the first entry."""
        return self._beats[self._place()] if self.position else None

    def sight(self, message: Message) -> str:
        """What the eyes make of a message: "open", "locked", "key" (closed, and they can open it), "unseen"."""
        if self.eyes in (EVERYONE, EAVESDROPPER):
            return "locked" if message.protection else "open"
        if self.eyes not in (message.sender, message.receiver):
            return "unseen"
        if not message.protection:
            return "open"
        can = self.record["can"][self._places[message.number]]
        return "key" if can & (RECEIVER if self.eyes == message.receiver else SENDER) else "locked"

    @property
    def gone_now(self) -> tuple[str, ...]:
        """The parties that are gone at this position."""
        return tuple(name for name, first in self.gone.items() if first <= self.position)

    @property
    def middle(self) -> str | None:
        """The party in the middle, if there is one."""
        return _middle(self._protocol, self.transcript.parties)

    @property
    def has_rounds(self) -> bool:
        """Whether this transcript counts rounds, or will do so."""
        return self._rounds_ahead or any(entry.round for entry in self.transcript.entries)

    def title_of(self, step: int | None) -> str:
        """A step's title, when the protocol gives one."""
        steps = self._protocol.steps if self._protocol is not None else ()
        return retell(next((found.title for found in steps if found.number == step), ""))

    # --- rules

    @validate("position", "opened", "eyes")
    def _checked(self, proposal: Any) -> Any:
        self._check(proposal["trait"].name, proposal["value"])
        return proposal["value"]

    def _check(self, name: str, value: Any) -> None:
        count = len(self.transcript.entries)
        if name == "position" and not 0 <= value <= count:
            raise ArgumentError(f"position goes from 0 to {count}, and was {value}.", "Use one of these.")
        if name == "opened" and value and value not in self._places:
            known = ", ".join(map(str, list(self._places)[:12])) or say("none yet")
            raise ArgumentError(f"Entry {value} is no message.", f"Messages have the numbers {known}, …; 0 closes.")
        if name == "eyes":
            _known_eyes(value, self._choices)

    @observe("opened")
    def _bring_opened(self, change: Any) -> None:
        """A message that is opened comes in front."""
        if self.opened:
            self.position = self.opened

    @observe("position")
    def _close(self, change: Any) -> None:
        """What is open belongs to what is in front."""
        if self.opened not in (0, self.position):
            self.opened = 0

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """From the browser: a value that breaks a rule is put back."""
        for name, value in sync_data.items():
            try:
                self._check(name, value)  # before the trait holds it
                super().set_state({name: value})
            except FedLearnError:
                self.send_state(name)

    # --- for the screen

    @default("_esm")
    def _module(self) -> str:
        return module("dom.js", "icons.js", "stage_figures.js", "stage_record.js", "stage_scene.js", "stage_list.js",
                      "stage.js")  # fmt: skip

    @default("declared")
    def _declare(self) -> dict[str, Any]:
        from .stage_words import words

        names = list(self.transcript.parties)
        steps = self._protocol.steps if self._protocol is not None else ()
        middle = self.middle
        return {
            "title": retell(self._protocol.title) if self._protocol is not None else say("A transcript"),
            "parties": names,
            "called": {name: retell(name) for name in names},
            "middle": names.index(middle) if middle is not None else -1,
            "rounds": self.has_rounds,
            "steps": {str(step.number): retell(step.title) for step in steps},
            "eyes": [{"name": name, "title": _eyes_in_words(name)} for name in self._choices],
            "theme": self._theme,
            "speeds": list(SPEEDS),
            "words": words(),
        }

    @property
    def _protocol(self) -> Protocol | None:
        return self._run.protocol if self._run is not None else None

    @property
    def _goes_on(self) -> bool:
        return isinstance(self._run, Run) and self._run.state in LIVE

    def _live_run(self) -> Run:
        if not isinstance(self._run, Run):
            raise ProtocolError("This stage shows a transcript: there is nothing to play on.", "Give it a Run.")
        return self._run

    def _gone(self) -> dict[str, int]:
        faults = self._run.faults if self._run is not None else ()
        return gone_from(self.transcript, {f.party: (f.round, f.before_step) for f in faults if isinstance(f, Drop)})

    def _tell(self, doing: str = "", problem: str = "") -> None:
        state = self._run.state if isinstance(self._run, Run) else "recorded"
        self.live = {"state": state, "goes_on": self._goes_on, "doing": retell(doing), "problem": problem}

    def _place(self) -> int:
        """Which beat is on the stage; 0 before the first."""
        return next((place for place, beat in enumerate(self._beats) if self.position <= beat.last), 0)

    def _catch_up(self) -> None:
        if self.record["count"] != len(self.transcript.entries):
            self.refresh()

    # --- a run that goes on

    def _run_is_watched(self) -> AbstractContextManager[None]:
        return _Watched(self)

    def _asked(self, _: Any, content: Mapping[str, Any], buffers: Any) -> None:
        """The browser asks for more. What goes wrong is shown."""
        wish = content.get("do") if isinstance(content, dict) else None
        self.answered += 1
        if wish == "cancel":
            self.cancel()
        elif wish in ("forward", "finish"):
            self._start(one_entry if wish == "forward" else some_words, to_the_end=wish == "finish")

    def _start(self, work: Callable[[Run], None], to_the_end: bool) -> None:
        """Play on in the kernel's own loop, so that its controls stay alive; without a loop, at once."""
        if self._task is not None and not self._task.done():
            return
        try:
            self._task = asyncio.get_running_loop().create_task(self._play_on(work, to_the_end))
        except RuntimeError:
            with suppress(FedLearnError):
                self.finish() if to_the_end else self.forward()

    async def _play_on(self, work: Callable[[Run], None], to_the_end: bool) -> None:
        self._catch_up()
        with suppress(Exception, asyncio.CancelledError), self._run_is_watched():  # what goes wrong is shown
            due = 0.0
            while self._goes_on:
                await self._in_thread(work, self._live_run())
                if (start := time.perf_counter()) >= due:  # of a long record most of the time goes into playing
                    self.refresh()
                    due = start + 5 * (time.perf_counter() - start)
                if not to_the_end:
                    break
        self.position = len(self.transcript.entries)

    async def _in_thread(self, work: Callable[[Run], None], run: Run) -> None:
        visit = asyncio.ensure_future(asyncio.to_thread(work, run))
        try:
            while not visit.done():
                await asyncio.wait([visit], timeout=REDRAW_SECONDS)
                if not visit.done():
                    self._tell(doing=run.doing)
            visit.result()
        except asyncio.CancelledError:
            run.cancel()
            await asyncio.wait([visit])  # a piece under way cannot be torn apart
            raise


class _Watched:
    """While the stage plays a run: what goes wrong is shown on it, too."""

    def __init__(self, shown: Stage) -> None:
        self._stage = shown
        protocol = shown._protocol
        said = protocol is not None and "insecure" in protocol.title  # the title says it: no warning beside it
        self._toys: AbstractContextManager[None] = toys_are_announced() if said else nullcontext()

    def __enter__(self) -> None:
        self._toys.__enter__()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._toys.__exit__(kind, error, trace)
        self._stage.refresh()
        if isinstance(error, Exception) and not isinstance(error, Cancelled):
            self._stage._tell(problem=str(error))


def one_entry(run: Run) -> None:
    """Play until something is added to the transcript, or the run ends."""
    before = len(run.transcript.entries)
    while run.state in LIVE and len(run.transcript.entries) == before:
        run.next()


def _parts_of(source: Any) -> tuple[Player | None, Transcript]:
    if isinstance(source, Protocol):
        source = Run(source)
    if isinstance(source, Player):
        return source, source.transcript
    if isinstance(source, Transcript):
        return None, source
    raise ArgumentError(
        f"The stage plays a run, a transcript or a protocol, and got {type(source).__name__}.",
        "Try fl.stage(run), or fl.stage(run.transcript).",
    )


def _has_rounds(run: Player | None) -> bool:
    """Whether a run that goes on will come to rounds."""
    if run is None or run.state not in LIVE:
        return False
    with suppress(Exception):  # a text without rehearsals can be played all the same
        return any(isinstance(word, Round) for _, word in run.protocol.rehearse())
    return False


def _choices(transcript: Transcript, eyes: str | Sequence[str] | None) -> tuple[str, ...]:
    known = (EVERYONE, *transcript.parties, EAVESDROPPER)
    if eyes is None or isinstance(eyes, str):
        _known_eyes(eyes or EVERYONE, known)
        return known
    chosen = tuple(dict.fromkeys(_known_eyes(name, known) for name in eyes))
    if not chosen:
        raise ArgumentError("eyes= names nobody.", f"Name some of {', '.join(known)}, or leave it out.")
    return chosen


def _known_eyes(name: str, known: Sequence[str]) -> str:
    if name not in known:
        raise ArgumentError(f"There are no eyes of {name!r} here.", f"Use one of: {', '.join(known)}.")
    return name


def _eyes_in_words(name: str) -> str:
    if name == EVERYONE:
        return say("everyone (teacher)")
    return say("an eavesdropper on the wire") if name == EAVESDROPPER else retell(name)


def _middle(protocol: Protocol | None, names: Sequence[str]) -> str | None:
    """Who stands in the middle: the one without data, when all others have some; else one that is called a server."""
    if protocol is not None:
        without = [party.name for party in protocol.parties if party.data is None]
        if len(without) == 1 and len(names) > 2:
            return without[0]
    return next((name for name in names if name.split(" ")[0].lower() in MIDDLE and len(names) > 2), None)


def stage(
    source: Run | Transcript | Protocol | Player,
    *,
    theme: Literal["plain", "pastures"] = "plain",
    eyes: str | Sequence[str] | None = None,
    round: int | None = None,
    step: int | None = None,
) -> Stage:
    """Watch a protocol: parties at work, messages under way, and what each pair of eyes can read in them.

    >>> import fedlearn_edu as fl
    >>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=2, seed=1)
    >>> protocol = fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.plain_sum())
    >>> shown = fl.stage(fl.play(protocol), eyes="server")
    >>> shown.position = 9
    >>> print(shown.sentence())
    Round 1, step 3: every party uploads [[W_k]]. ... As server sees it: readable.
    >>> going_on = fl.stage(protocol)                       # nothing has been played yet
    >>> going_on.forward(); going_on.sentence()
    'Set-up, step 0: agree on keys, and start from the same weights W. hospital 1 works: count rows.'

    A saved notebook keeps what the stage shows, and so the first bytes of messages and what receivers could read in
    them. A list in `eyes` limits it to what those named could see.

    Parameters
    ----------
    source : a run, played or not; a transcript; a protocol, to be played step by step
    theme : "plain"; "pastures": parties are pastures, and a model is a sheep
    eyes : whose eyes to look through at first, "everyone", "eavesdropper" or a party; a list: the only ones there are
    round, step : where to begin

    Returns
    -------
    Stage
        `.position`, `.eyes`, `.opened`, `.playing`, `.speed` can be set; `.forward()`, `.back()`, `.finish()`,
        `.jump(round=, step=)`, `.sentence()`, `.figure()`, `.table()`

    Raises
    ------
    ArgumentError
        no such theme, eyes, round or step; or something that cannot be played
    """
    if theme not in THEMES:
        raise ArgumentError(f"There is no theme {theme!r}.", f"Use one of: {', '.join(THEMES)}.")
    shown = Stage(source, theme, eyes)
    if round is not None or step is not None:
        shown.jump(round=round, step=step)
    return shown

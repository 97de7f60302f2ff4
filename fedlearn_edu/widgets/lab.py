"""The lab: knobs, a protocol, live charts. One class for every chapter; `labs/` declares what differs.

>>> laboratory = lab("04")
>>> laboratory.parties = 3                                  # every knob is a trait
>>> run = laboratory.run()                                  # what the Run button does, and waits
>>> run.state, laboratory.sentence()[:15]
('finished', 'After 10 rounds')

A knob's move is answered twice: the browser redraws the control at once, and the kernel computes a preview in the
clear (plain NumPy, some milliseconds). Run plays the protocol itself, piece by piece in a thread, so that controls
stay alive. While the kernel is busy with one position of a slider, the browser holds the next ones back, and then sends
the latest.

Cells and controls may come in different threads (JupyterLab gives a kernel's widgets a subshell): what changes a lab
takes its turn.
"""

from __future__ import annotations

import asyncio
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from traitlets import Dict, Int, List, TraitType, Unicode, default, observe

from ..errors import ArgumentError, Cancelled, FedLearnError, ProtocolError
from ..fonts import figure_texts
from ..i18n import language, retell, say, sentences
from ..wire.choreography import Estimate
from ..wire.player import Player
from ..wire.run import Run
from .assets import module
from .blocks import Block, in_bytes, in_seconds
from .drawn import Drawn
from .knobs import KnobTrait
from .labs import spec_of
from .labs.recording import Recording
from .labs.spec import LabSpec, Moment, Scene
from .running import Stopwatch, drive, in_turn, place_of, toys_are_announced

if TYPE_CHECKING:
    import pandas as pd

    from .figures import DescribedFigure

REST_SECONDS = 0.25  # after the last move of a knob, before what can wait is computed
MOST_UNDO, MOST_EARLIER = 50, 6


class Checked(TraitType[str, str]):
    """A text under a rule: a method of its owner, called before the value changes."""

    default_value = ""

    def __init__(self, rule: str, help: str) -> None:
        super().__init__(help=help)
        self._rule = rule

    def validate(self, owner: Any, value: Any) -> str:
        return str(getattr(owner, self._rule)(value))


class Lab(Drawn):
    """A chapter's lab. Make it with `lab("04")`.

    Parameters
    ----------
    spec : what the chapter declares
    scene : the named state to open with; None opens with the defaults
    again : declares it once more, in another language
    """

    declared = Dict(help="knobs, panels, scenes and words, for the screen").tag(sync=True)
    shown = Dict(help="what the panels show, as plain data").tag(sync=True)
    status = Dict(help="how a run is getting on").tag(sync=True)
    problem = Dict(help="the last complaint, or nothing").tag(sync=True)
    promise = Unicode(help="what a run of these settings will take").tag(sync=True)
    history = Dict(help="whether there is something to undo or to redo").tag(sync=True)
    panel = Checked("_checked_panel", help="the panel in front").tag(sync=True)
    scene = Checked("_checked_scene", help="the scene in force; empty after a change").tag(sync=True)
    wishes = List(Dict(), help="what the browser asks for; in the state, so as not to overtake a move").tag(sync=True)
    answers = Int(help="how often the kernel has answered: silence means that there is none").tag(sync=True)

    def __init__(self, spec: LabSpec, scene: str | None = None, again: Callable[[], LabSpec] | None = None) -> None:
        self._spec, self._quiet, self._incomplete = spec, True, False
        self._again, self._spoken = again, language()
        self._turn, self._granted = threading.RLock(), 0
        self._run: Run | None = None
        self._moment: Moment | None = None
        self._task: asyncio.Task[Any] | None = None
        self._watch = Stopwatch()
        self._estimates: dict[tuple[Any, ...], Estimate] = {}
        self._resting: asyncio.Task[Any] | None = None
        self._past: list[dict[str, Any]] = []
        self._future: list[dict[str, Any]] = []
        self._last_moved = ""
        self._earlier: list[Mapping[str, Any]] = []
        self.add_traits(**{knob.name: KnobTrait(knob) for knob in spec.knobs})
        super().__init__()
        self.observe(self._moved, [knob.name for knob in spec.knobs])
        self._quiet = False
        self.reset()
        if scene is not None:
            self.show_scene(scene)

    def __repr__(self) -> str:
        text = "Lab “{title}”: run this cell to use it; a figure and a table show the same."
        return say(text, title=self._spec.title)

    # --- what a cell can ask of it

    @property
    def settings(self) -> dict[str, Any]:
        """Where all knobs stand."""
        return {knob.name: getattr(self, knob.name) for knob in self._spec.knobs}

    @property
    def scenes(self) -> dict[str, str]:
        """The scenes' names and titles."""
        return {scene.name: scene.title for scene in self._spec.scenes}

    @property
    def running(self) -> bool:
        """Whether a run is going on."""
        return self._run is not None and self._run.state in ("ready", "running")

    def estimate(self) -> Estimate:
        """What a run of these settings will take: seconds on this machine, bytes, messages."""
        key = self._key()
        if key not in self._estimates:
            self._estimates[key] = self._protocol().estimate()
        return self._estimates[key]

    def run(self) -> Run:
        """Play the protocol with these settings to its end; answer the run: finished, or stopped as the lab foresees.

        Raises
        ------
        FedLearnError
            what went wrong, as the lab shows it too: settings that do not go together, too few survivors (unless
            that is among the endings that the lab is about)
        ProtocolError
            a run is going on
        """
        run = self._begin()
        try:
            with toys_are_announced():
                run.finish(progress=self._look)
                self._end(run, self._afterwards())
        except BaseException as error:
            self._stopped(run, error)
            if not isinstance(error, self._spec.endings):
                raise
        return run

    async def run_async(self) -> Run | None:
        """The same without blocking: what the Run button does. What goes wrong is shown, not raised."""
        try:
            run = self._begin()
        except FedLearnError:
            return None
        try:
            with toys_are_announced():
                await drive(run, between=lambda: self._look(run), during=lambda: self._glance(run))
                self._end(run, await asyncio.to_thread(self._afterwards))
            return run
        except BaseException as error:
            self._stopped(run, error)
            if not isinstance(error, FedLearnError):
                raise
        return None

    def cancel(self) -> None:
        """Stop the run that is going on, at its next piece of work."""
        if self.running and self._run is not None:
            self._run.cancel()

    @in_turn
    def reset(self) -> None:
        """Reset the room: every knob where it stood at first, no runs, nothing to undo."""
        self.cancel()
        self._past, self._future, self._earlier, self._last_moved = [], [], [], ""
        self._run = None
        self._put({knob.name: knob.default for knob in self._spec.knobs})
        self.panel, self.problem = self._spec.panels[0].name, {}
        with self._silently():
            self.scene = self._spec.scenes[0].name if self._spec.scenes else ""
        self._preview()

    def show_scene(self, name: str) -> None:
        """Put the lab into a named state; a scene that plays has been played when this returns.

        Raises
        ------
        ArgumentError
            no such scene
        """
        scene = self._prepare(name)
        if scene.plays:
            self.run()

    @in_turn
    def undo(self) -> None:
        """Take the last move of a knob back."""
        self._step_back(self._past, self._future)

    @in_turn
    def redo(self) -> None:
        """Take an undo back."""
        self._step_back(self._future, self._past)

    def figure(self, panel: str | None = None) -> DescribedFigure:
        """A panel's charts as a static picture with a text for who cannot see it; the panel in front by default.

        Raises
        ------
        ArgumentError
            no such panel
        """
        from .figures import draw

        name = self._checked_panel(panel or self.panel)
        self._complete()
        drawers = {kind.name: kind.drawer for kind in self._spec.kinds}
        with figure_texts():
            return draw(*self._for_paper(name), self.settings, drawers)

    def _for_paper(self, panel: str) -> tuple[list[Block], str]:
        """A panel's blocks and the sentence; made once more where figures speak another language than the screen."""
        if language() == self._spoken or self._again is None or self._moment is None:
            return self.shown["panels"][panel], self.sentence()
        spec, moment = self._again(), replace(self._moment, memo={})
        shown = next(one for one in spec.panels if one.name == panel)
        return shown.blocks(moment), spec.sentence(moment)

    def table(self) -> pd.DataFrame:
        """The numbers of the first panel, one row a model."""
        import pandas as pd

        found = self.shown["table"]
        return pd.DataFrame(found["rows"], index=found["index"], columns=found["columns"])

    def sentence(self) -> str:
        """What the lab shows, in two or three sentences."""
        return str(self.shown["sentence"])

    # --- knobs

    @default("_esm")
    def _module(self) -> str:
        return module("sentences.js", "charts.js", *(kind.script for kind in self._spec.kinds), "lab.js")

    @default("declared")
    def _declare(self) -> dict[str, Any]:
        spec = self._spec
        return {
            "chapter": spec.chapter,
            "title": spec.title,
            "knobs": [knob.declared() for knob in spec.knobs],
            "panels": [{"name": panel.name, "title": panel.title} for panel in spec.panels],
            "scenes": [{"name": one.name, "title": one.title, "note": one.note} for one in spec.scenes],
            "steps": list(spec.steps),
            "runs": spec.protocol is not None,
            "words": words(),
        }

    def _checked_panel(self, name: str) -> str:
        names = [panel.name for panel in self._spec.panels]
        if name == "":
            return names[0]
        if name not in names:
            raise ArgumentError(f"There is no panel {name!r}.", f"Use one of: {', '.join(names)}.")
        return name

    def _checked_scene(self, name: str) -> str:
        if name and self._spec.scene(name) is None:
            raise ArgumentError(f"There is no scene {name!r}.", f"Use one of: {', '.join(self.scenes)}.")
        return name

    @observe("panel")
    def _panel_chosen(self, change: Any) -> None:
        self._complete()

    @observe("scene")
    def _scene_chosen(self, change: Any) -> None:
        if not self._quiet and change["new"]:
            self.show_scene(change["new"])

    @in_turn
    def _moved(self, change: Any) -> None:
        """A knob moved: cap those that depend on it, remember where it stood, show the preview."""
        if self._quiet:
            return
        name = change["name"]
        with self.hold_sync():  # one message for all that follows
            self.answers += 1
            self._remember({**self.settings, name: change["old"]}, name)
            self._cap(name)
            if not self._knob(name).panel:  # such a one changes what is looked at; the browser has shown it already
                self._answer_move()

    def _answer_move(self) -> None:
        with self._silently():
            self.scene = ""
        self.problem = {}
        if self.running:
            self.status = {**self.status, "note": say("Your changes count from the next run.")}
        else:
            self._preview()

    def _cap(self, name: str) -> None:
        """Where one knob is capped by another, it follows it down."""
        for knob in self._spec.knobs:
            if getattr(knob, "capped_by", "") == name and getattr(self, knob.name) > getattr(self, name):
                with self._silently():
                    setattr(self, knob.name, getattr(self, name))

    def _knob(self, name: str) -> Any:
        return next(knob for knob in self._spec.knobs if knob.name == name)

    def _remember(self, before: dict[str, Any], name: str) -> None:
        """Keep the settings before a move; the moves of one drag are one."""
        if name != self._last_moved:
            self._past = [*self._past[-MOST_UNDO:], before]
        self._last_moved, self._future = name, []
        self.history = {"undo": True, "redo": False}

    def _step_back(self, source: list[dict[str, Any]], other: list[dict[str, Any]]) -> None:
        if not source or self.running:
            return
        other.append(self.settings)
        self._put(source.pop())
        self._last_moved = ""
        self._preview()

    def _put(self, settings: Mapping[str, Any]) -> None:
        """Set several knobs, in the order in which they cap each other, without a preview in between."""
        with self._silently(), self.hold_sync():
            for knob in self._spec.knobs:
                if getattr(knob, "capped_by", ""):
                    setattr(self, knob.name, knob.default)
            for knob in self._spec.knobs:
                setattr(self, knob.name, settings.get(knob.name, knob.default))

    @contextmanager
    def _silently(self) -> Iterator[None]:
        """Move knobs without answering the moves."""
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    @in_turn
    def set_state(self, sync_data: dict[str, Any]) -> None:
        """From the browser: a value that breaks a rule is refused, said so, and put back."""
        for name, value in sync_data.items():
            try:
                super().set_state({name: value})
            except FedLearnError as error:
                self._complain(error)
                self.send_state(name)

    # --- scenes

    @in_turn
    def _prepare(self, name: str) -> Scene:
        """Set a scene's knobs and panel, and show its recording or its preview."""
        scene = self._spec.scene(self._checked_scene(name))
        if scene is None:
            raise ArgumentError("A scene has a name.", f"Use one of: {', '.join(self.scenes)}.")
        if self.running:
            raise ProtocolError("A run is going on.", "Wait for it, or cancel it.")
        self._remember(self.settings, f"scene {name}")
        self._put({knob.name: knob.default for knob in self._spec.knobs} | dict(scene.settings))
        with self._silently():
            self.scene = name
        self.panel = scene.panel or self._spec.panels[0].name
        self.problem = {}
        if scene.recorded:
            self._show_recording(scene)
        else:
            self._preview()
        return scene

    def _show_recording(self, scene: Scene) -> None:
        recording, settings = Recording.load(scene.recorded), SimpleNamespace(**self.settings)
        self._run = None
        done = recording.afterwards
        self._moment = Moment(settings, self._spec.expected(settings), recording, done, tuple(self._earlier))
        text = say("Recorded: this run took {seconds:.0f} s of work. Press Run to play it.", seconds=recording.seconds)
        with self.hold_sync():
            self._show(self._moment)
            self._tell("recorded", text)
        self._rest_soon()

    # --- showing

    def _key(self) -> tuple[Any, ...]:
        return tuple(getattr(self, knob.name) for knob in self._spec.knobs if not knob.panel)

    def _protocol(self) -> Any:
        if self._spec.protocol is None:
            problem, remedy = "This lab plays no protocol.", "Move its knobs: it answers at once."
            raise ProtocolError(problem, remedy)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what they say stands beside the knobs
            return self._spec.protocol(SimpleNamespace(**self.settings))

    def _preview(self) -> None:
        """Show what these settings will give, computed in the clear."""
        settings = SimpleNamespace(**self.settings)
        self._run = None
        self._moment = Moment(settings, self._spec.expected(settings), earlier=tuple(self._earlier))
        with self.hold_sync():
            self._show(self._moment, only=self.panel if _loop() else None)
            self._tell("preview", self._invitation())
        self._rest_soon()

    def _invitation(self) -> str:
        if self._spec.protocol is None:
            return say("Computed anew at every move.")
        return say("Preview, computed in the clear. Press Run to play the protocol.")

    def _show(self, moment: Moment, only: str | None = None) -> None:
        """Show a moment: all panels, or the one in front, when the others can wait until the knobs are at rest."""
        spec, before = self._spec, self.shown.get("panels", {})
        self.shown = {
            "kind": moment.kind,
            "room": spec.room(moment),
            "panels": {
                one.name: one.blocks(moment) if only in (None, one.name) else before.get(one.name, [])
                for one in spec.panels
            },
            "sentence": spec.sentence(moment),
            "table": spec.table(moment),
        }
        self._incomplete = only is not None
        self.history = {"undo": bool(self._past), "redo": bool(self._future)}

    def _tell(self, state: str, text: str, **more: Any) -> None:
        self.status = {"state": state, "text": text, **more}

    def _complain(self, error: BaseException) -> None:
        text, remedy = error.told() if isinstance(error, FedLearnError) else (str(error), "")
        self.problem = {"text": text, "remedy": remedy}

    @in_turn
    def _complete(self) -> None:
        """Make up the panels that waited."""
        if self._incomplete and self._moment is not None:
            self._show(self._moment)

    def _rest_soon(self) -> None:
        """When the knobs have come to rest: the other panels, and the estimate, which takes a moment to measure."""
        self.promise = promised(self._estimates.get(self._key()))
        loop = _loop()
        self._resting = loop.create_task(self._rest(self._key())) if loop else None

    async def _rest(self, key: tuple[Any, ...]) -> None:
        await asyncio.sleep(REST_SECONDS)
        if not self._rested():
            return
        with suppress(FedLearnError):  # settings that do not go together: Run says so
            protocol = self._protocol()
            if key not in self._estimates:
                self._estimates[key] = await asyncio.to_thread(protocol.estimate)
            self._promise(key)

    @in_turn
    def _rested(self) -> bool:
        """Make up the panels that waited, unless a later move has called another rest."""
        if self._resting is not asyncio.current_task():
            return False
        self._complete()
        return True

    @in_turn
    def _promise(self, key: tuple[Any, ...]) -> None:
        if key == self._key():
            self.promise = promised(self._estimates[key])

    # --- running

    @in_turn
    def _begin(self) -> Run:
        """Check the settings, and get ready to play."""
        try:
            if self.running:
                raise ProtocolError("A run is going on.", "Wait for it, or cancel it.")
            settings = SimpleNamespace(**self.settings)
            run = Run(self._protocol(), faults=self._spec.faults(settings))
        except FedLearnError as error:
            self._complain(error)
            raise
        self._run, self.problem = run, {}
        self._moment = Moment(settings, self._spec.expected(settings), run, earlier=tuple(self._earlier))
        self._watch = Stopwatch(self.estimate().seconds, run.protocol.total_steps)
        self.promise = promised(self.estimate())
        self._tell("running", say("Starting"), fraction=0.0, left=self._watch.progress(0)[1])
        return run

    @in_turn
    def _look(self, run: Player) -> None:
        """During a run, a few times a second: progress, and the rounds that are done."""
        if self._moment is None or self._run is not run:
            return
        if self._watch.new_round(run.round):
            self._moment = replace(self._moment, memo={})
            self._show(self._moment, only=self.panel)
        if self._watch.due():
            self._progress(run)

    @in_turn
    def _glance(self, run: Player) -> None:
        """While one word takes long: the clock alone, for the run is being worked on."""
        if self._run is run and self._watch.due():
            self._progress(run)

    def _progress(self, run: Player) -> None:
        fraction, left = self._watch.progress(run.position)
        doing = retell(run.doing) or say("starting")
        text = say("Round {round} · {doing}", round=run.round, doing=doing) if run.round else doing
        note = say("Your changes count from the next run.") if self._moved_since() else ""
        self._tell("running", text, fraction=round(fraction, 3), left=left, note=note, **place_of(run))

    def _moved_since(self) -> bool:
        """Whether a knob on which a run depends has moved since the moment that is shown."""
        knobs, shown = self._spec.knobs, self._moment
        return shown is not None and any(
            getattr(shown.settings, knob.name) != getattr(self, knob.name) for knob in knobs if not knob.panel
        )

    def _afterwards(self) -> Any:
        return None if self._moment is None else self._spec.afterwards(self._moment)

    @in_turn
    def _end(self, run: Run, afterwards: Any) -> None:
        """Show what came of a run that was played to its end."""
        if self._run is not run or self._moment is None:
            return  # the room was reset meanwhile
        done, seconds = replace(self._moment, afterwards=afterwards, memo={}), self._watch.seconds
        self._earlier = [*self._earlier, self._spec.summary(done)][-MOST_EARLIER:]
        self._moment = replace(done, earlier=tuple(self._earlier))
        took = {"rounds": run.round, "seconds": in_seconds(seconds)}
        text = say("{rounds} rounds in {seconds}.", **took) if run.round > 1 else say("Done in {seconds}.", **took)
        if self._moved_since():
            text = sentences(text, say("The knobs have moved since: press Run again for the new settings."))
        with self.hold_sync():
            self._show(self._moment)
            self._tell("finished", text, fraction=1.0)

    @in_turn
    def _stopped(self, run: Run, error: BaseException) -> None:
        """Show that a run came to no good end, with what it had found until then."""
        if self._run is not run or self._moment is None:
            return
        run.cancel()  # an interrupted run is not taken up again
        if isinstance(error, Cancelled | KeyboardInterrupt | asyncio.CancelledError):
            state, text = "cancelled", ""  # what is shown tells more
        elif isinstance(error, self._spec.endings):
            state, text = "failed", retell(error.problem)
        else:
            state, text = "failed", say("The run could not go on.")
            self._complain(error)
        self._moment = replace(self._moment, memo={})
        with self.hold_sync():
            self._tell(state, text)  # before anything else can go wrong
            self._show(self._moment)
            if state == "cancelled":
                self._tell(state, self._left_by(self._moment, found=bool(run.reported("round"))))

    def _left_by(self, moment: Moment, found: bool) -> str:
        """What is shown of a run that was cancelled; `found`: whether it had ended a round."""
        preview = replace(moment, run=None, memo={})
        if all(panel.blocks(moment) == panel.blocks(preview) for panel in self._spec.panels):
            return say("Nothing had been found until then: the preview is shown.")
        if found:
            return say("What had been found until then is shown.")
        return say("What had travelled until then is shown; all else is the preview.")

    # --- what the browser asks

    @observe("wishes")
    def _wished(self, change: Any) -> None:
        for wish in change["new"]:
            if wish["number"] > self._granted:
                self._granted = wish["number"]
                self._asked(wish)

    @in_turn
    def _asked(self, wish: Mapping[str, Any]) -> None:
        """A button was pressed. Nothing that goes wrong here may be lost in a log: it is shown."""
        action = wish.get("do")
        self.answers += 1
        try:
            if action == "run":
                self._start()
            elif action == "scene":
                if self._prepare(str(wish.get("name"))).plays:
                    self._start()
            elif action in ("cancel", "reset", "undo", "redo"):
                getattr(self, action)()
        except FedLearnError as error:
            self._complain(error)

    def _start(self) -> None:
        """Run in the kernel's own loop, so that its controls go on working; without a loop, at once."""
        loop = _loop()
        if loop is not None:
            self._task = loop.create_task(self.run_async())
            return
        with suppress(FedLearnError):
            self.run()


def _loop() -> asyncio.AbstractEventLoop | None:
    """The kernel's loop; None in a script or a test."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def promised(estimate: Estimate | None) -> str:
    """An estimate in words; nothing while there is none."""
    if estimate is None:
        return ""
    return say(
        "A run takes about {seconds} and {bytes} in {messages} messages.",
        seconds=in_seconds(estimate.seconds), bytes=in_bytes(estimate.bytes), messages=f"{estimate.messages:,}",
    )  # fmt: skip


def words() -> dict[str, str]:
    """The words on the screen that belong to every lab."""
    return {
        "lab": say("Lab"), "run": say("Run"), "cancel": say("Cancel"), "reset": say("Reset room"),
        "undo": say("Undo"), "redo": say("Redo"), "scene": say("Scene"), "own": say("your own settings"),
        "projector": say("Projector"), "settings": say("Settings"), "panels": say("What to look at"),
        "preview": say("preview"), "running": say("running"), "finished": say("finished"),
        "cancelled": say("cancelled"), "failed": say("stopped"), "recorded": say("recorded"),
        "server": say("server"), "progress": say("Progress of the run"), "next": say("Next chart"),
        "previous": say("Previous chart"), "chart": say("chart {place} of {count}", place="{place}", count="{count}"),
        "rows": say("rows"), "gone": say("gone"), "asleep": say("asleep"), "here": say("here"),
        "step": say("step"), "nothing": say("nothing to see yet"), 
        "steps": say("The protocol's steps"), "hint": say("Go to a knob to read what it does."),
        "no_kernel": say("No kernel: the lab shows its last state. Run its cell again."), "lang": language(),
    }  # fmt: skip


def lab(chapter: str, scene: str | None = None) -> Lab:
    """The lab of a chapter: knobs, the real protocol, live charts.

    >>> import fedlearn_edu as fl
    >>> laboratory = fl.lab("04", scene="two-hospitals")
    >>> laboratory.parties
    2

    Parameters
    ----------
    chapter : "04"; a chapter's further labs have a word behind the number
    scene : a named state, as in `scene="two-hospitals"`; `laboratory.scenes` lists them

    Raises
    ------
    ArgumentError
        no lab has that number, or the lab no such scene
    """
    return Lab(spec_of(chapter), scene, again=partial(spec_of, chapter))

"""What a chapter declares about its lab.

    knobs       what a learner can change                                        `widgets/knobs.py`
    protocol    from the settings, what to play, and which faults to order; or none: then nothing can be run
    expected    from the settings, what plain NumPy makes of them, in milliseconds: the preview
    panels      from a moment of the lab, the charts, tables and pictures         `widgets/blocks.py`
    scenes      named states for a teacher

A `Moment` is all that a panel may look at: the settings, the preview, and a run that is ready, half done, or finished.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from ...errors import FedLearnError
from ...wire.choreography import Protocol
from ...wire.faults import Fault
from ...wire.run import Run
from ..blocks import Block
from ..knobs import Knob

Settings = SimpleNamespace  # one attribute for each knob


@dataclass(frozen=True)
class Moment:
    """What a panel may look at.

    Parameters
    ----------
    settings : the knobs' values that belong to it
    expected : the preview
    run : None before the first run of these settings; a `Recording` has what panels ask of a run
    afterwards : what the chapter computed from the ended run (see `LabSpec.afterwards`)
    earlier : summaries of the runs so far, for a comparison
    memo : room for what several panels need and one should compute
    """

    settings: Settings
    expected: Any
    run: Run | Any = None
    afterwards: Any = None
    earlier: Sequence[Mapping[str, Any]] = ()
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def kind(self) -> str:
        """One of "preview", "running", "finished", "cancelled", "failed"."""
        return "preview" if self.run is None or self.run.state == "ready" else self.run.state


@dataclass(frozen=True)
class Panel:
    """One view of the lab, behind a tab: `blocks` makes its content."""

    name: str
    title: str
    blocks: Callable[[Moment], list[Block]]


@dataclass(frozen=True)
class Kind:
    """A kind of block that one chapter brings along.

    Parameters
    ----------
    name : what stands in a block's "is"
    script : a file of `widgets` that says `BLOCKS.<name> = class …`, with the methods that `charts.js` describes
    drawer : draws such a block on paper: (a matplotlib subfigure, the block, the lab's settings)
    """

    name: str
    script: str
    drawer: Callable[[Any, Block, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Scene:
    """A state of the lab with a name: settings that differ from the defaults, a panel, a sentence for the teacher.

    `plays`: whether the protocol is played when the scene opens. `recorded`: a file in `labs/recorded` to show instead,
    where playing would take over five seconds.
    """

    name: str
    title: str
    note: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    panel: str = ""
    plays: bool = False
    recorded: str = ""


@dataclass(frozen=True)
class LabSpec:
    """A chapter's lab.

    Parameters
    ----------
    chapter, title : "04", and what stands over the lab; a lab that several chapters show has no number
    knobs : in the order of the screen; one that is capped by another stands behind it
    protocol, faults : from the settings, what Run plays, and what is ordered to go wrong; `protocol` refuses settings
        that do not go together; None for a lab whose previews are all there is
    expected : from the settings, the preview, in some 20 ms; what it returns comes back in every `Moment`
    room : who takes part: a block of the kind "room" above the panels; None where there is nothing to show
    panels : the tabs
    sentence, table : what stands for the lab on paper; the table is {"columns": …, "index": …, "rows": …}
    summary : of an ended run, for comparisons in later moments' `earlier`
    scenes : named states; the first one is the lab's beginning
    steps : the steps' names, in a word or two, from step 0
    afterwards : computed once from an ended run, in a thread: an attack, say
    kinds : the kinds of blocks that only this lab has
    endings : errors that this lab is about: a run that ends with one is shown as it stopped, and nothing is raised
    """

    chapter: str
    title: str
    knobs: tuple[Knob, ...]
    protocol: Callable[[Settings], Protocol] | None
    expected: Callable[[Settings], Any]
    panels: tuple[Panel, ...]
    sentence: Callable[[Moment], str]
    table: Callable[[Moment], Mapping[str, Any]]
    summary: Callable[[Moment], Mapping[str, Any]]
    scenes: tuple[Scene, ...]
    faults: Callable[[Settings], list[Fault]] = lambda settings: []
    room: Callable[[Moment], Block | None] = lambda moment: None
    steps: tuple[str, ...] = ()
    afterwards: Callable[[Moment], Any] = lambda moment: None
    kinds: tuple[Kind, ...] = ()
    endings: tuple[type[FedLearnError], ...] = ()

    def scene(self, name: str) -> Scene | None:
        """The scene of that name."""
        return next((scene for scene in self.scenes if scene.name == name), None)

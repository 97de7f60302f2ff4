"""Chapter 00's lab, to practise on: the paper round that the first lesson plays with pencils.

>>> spec = declare()
>>> [panel.title for panel in spec.panels]
['What is called out', 'Round after round', 'What pupil 1 works out']
>>> spec.expected(Settings(pupils=4, partners="all", round=1)).total
150

The preview draws its secrets from the round's number, so that a class sees the same numbers; Run draws real ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...i18n import listed, say, sentences
from ...wire.choreography import Protocol
from ..blocks import Block, Series, bars, figure_of_merit, lines, note, switch, table
from ..knobs import Choice, Knob, Range
from .paper_round import MODULUS, masked, pairs_of, paper_round
from .spec import LabSpec, Moment, Panel, Scene, Settings

NUMBERS = (41, 12, 30, 67, 8, 55, 23, 19, 74, 36, 60, 27)  # minutes on the way to school; their sum has three digits
MOST_ROUNDS = 20


@dataclass(frozen=True)
class Called:
    """One round: everybody's own number, and what each calls out."""

    own: tuple[int, ...]
    called: tuple[int, ...]

    @property
    def total(self) -> int:
        """What everybody makes of the round."""
        return sum(self.called) % MODULUS


def declare() -> LabSpec:
    """The lab of chapter 00, in the language in force."""
    return LabSpec(
        chapter="00",
        title=say("The paper round"),
        knobs=_knobs(),
        protocol=protocol,
        expected=expected,
        panels=(
            Panel("called", say("What is called out"), called_out),
            Panel("rounds", say("Round after round"), round_after_round),
            Panel("deduce", say("What pupil 1 works out"), worked_out),
        ),
        sentence=sentence,
        table=numbers,
        summary=lambda moment: {},
        scenes=_scenes(),
        steps=(say("agree"), say("add, subtract"), say("call out"), say("add up")),
    )


def protocol(s: Settings) -> Protocol:
    """The round under these settings."""
    return paper_round(NUMBERS[: s.pupils], pairs_of(s.pupils, s.partners))


def expected(s: Settings) -> Called:
    """The preview: a round in the clear."""
    return one_round(s.pupils, s.partners, s.round)


def one_round(pupils: int, partners: str, number: int) -> Called:
    """
    >>> first, second = one_round(4, "all", 1), one_round(4, "all", 2)
    >>> first.called == second.called, first.total == second.total == sum(first.own)
    (False, True)

    A round in the clear; its secrets follow from its number.
    """
    draw = np.random.default_rng([number, pupils])
    added: list[list[int]] = [[] for _ in range(pupils)]
    subtracted: list[list[int]] = [[] for _ in range(pupils)]
    for first, second in pairs_of(pupils, partners):
        secret = int(draw.integers(MODULUS))
        added[first].append(secret)
        subtracted[second].append(secret)
    own = NUMBERS[:pupils]
    return Called(own, tuple(masked(*one) for one in zip(own, added, subtracted, strict=True)))


def groups_of(pupils: int, partners: str) -> list[tuple[int, ...]]:
    """
    >>> groups_of(5, "one"), groups_of(3, "all"), groups_of(2, "none")
    ([(0, 1), (2, 3), (4,)], [(0, 1, 2)], [(0,), (1,)])

    Those whose secrets cancel among themselves, so that what they call out gives their sum away.
    """
    if partners == "all":
        return [tuple(range(pupils))]
    size = 2 if partners == "one" else 1
    return [tuple(range(place, min(place + size, pupils))) for place in range(0, pupils, size)]


def shown(moment: Moment) -> Called:
    """What the run called out once there is one, else the preview."""
    if moment.kind != "finished":
        return moment.expected  # type: ignore[no-any-return]
    return Called(moment.expected.own, tuple(moment.run.result[0]))


# --- panels -------------------------------------------------------------------------------------------------------


def called_out(moment: Moment) -> list[Block]:
    """Own numbers, as far as the chosen eyes see them, and the numbers called out."""
    found = shown(moment)
    seen = {"all": range(len(found.own)), "one": range(1), "nobody": range(0)}
    own = {eyes: [_own_bars(found, places)] for eyes, places in seen.items()}
    called = [(_name(k), float(n), str(n), "sealed") for k, n in enumerate(found.called)]
    alt = listed(f"{_name(k)} {n}" for k, n in enumerate(found.called))
    return [
        switch("own", "eyes", own),
        bars("called", say("called out"), called, top=MODULUS, alt=alt),
        figure_of_merit("total", str(found.total), say("is the sum of what was called out, mod 1000")),
    ]


def _own_bars(found: Called, seen: range) -> Block:
    rows = [
        (_name(k), float(n) if k in seen else None, str(n) if k in seen else say("not seen"), "open")
        for k, n in enumerate(found.own)
    ]
    alt = listed(f"{label} {text}" for label, _, text, _ in rows)
    return bars("own", say("their own number"), rows, top=100, alt=alt)


def round_after_round(moment: Moment) -> list[Block]:
    """The same numbers, masked anew in every round: what pupil 1 calls out, and the sum."""
    s = moment.settings
    rounds = [one_round(s.pupils, s.partners, number) for number in range(1, MOST_ROUNDS + 1)]
    series = [
        Series(say("pupil 1 calls out"), [one.called[0] for one in rounds], "sealed", "circle", "4 3"),
        Series(say("the sum of all"), [one.total for one in rounds], "pooled", wide=True),
    ]
    alt = say("What pupil 1 calls out jumps from round to round; the sum stays at {total}.", total=rounds[0].total)
    if s.partners == "none":
        alt = say("Without secrets pupil 1 calls out the same number in every round, and the sum stays.")
    mark = (s.round, say("round {number}", number=s.round))
    chart = lines(
        "rounds", say("20 rounds, the same numbers"), series, x_label=say("round"), top=MODULUS, mark=mark, alt=alt
    )
    return [chart, note("rounds-note", alt)]


def worked_out(moment: Moment) -> list[Block]:
    """What pupil 1 knows about the others once all have called out."""
    found, s = shown(moment), moment.settings
    groups = groups_of(s.pupils, s.partners)
    told = [_told(found, group) for group in groups if group != (0,)]
    exact = sum(1 for group in groups for place in group if place and _is_exact(group))
    text = say("of {others} other pupils have given their number away to pupil 1", others=s.pupils - 1)
    columns = [say("about"), say("pupil 1 knows")]
    return [
        figure_of_merit("exact", str(exact), text, "bad" if exact else "good"),
        table("told", say("What pupil 1 works out"), columns, told),
    ]


def _is_exact(group: tuple[int, ...]) -> bool:
    return len([place for place in group if place]) == 1  # one pupil is left when pupil 1 takes its own number off


def _told(found: Called, group: tuple[int, ...]) -> tuple[str, str]:
    others = [place for place in group if place]
    rest = sum(found.own[place] for place in others)
    names = _name(others[0]) if len(others) == 1 else say("pupils {first} to {last}", first=others[0] + 1,
                                                         last=others[-1] + 1)  # fmt: skip
    if len(others) == 1:
        return names, say("the number itself: {number}", number=rest)
    return names, say("their sum, {total}, and no single number", total=rest)


def sentence(moment: Moment) -> str:
    """The lab in three sentences."""
    found, s = shown(moment), moment.settings
    text = say("{pupils} pupils call out {called}; mod 1000 that adds up to {total}.", pupils=s.pupils,
               called=listed(map(str, found.called)), total=found.total)  # fmt: skip
    exact = sum(1 for group in groups_of(s.pupils, s.partners) for place in group if place and _is_exact(group))
    if not exact:
        return sentences(text, say("Pupil 1 learns nobody's number."))
    more = say("Pupil 1 works out the numbers of {exact} of {others}.", exact=exact, others=s.pupils - 1)
    return sentences(text, more)


def numbers(moment: Moment) -> Mapping[str, Any]:
    """One row a pupil."""
    found = shown(moment)
    rows = [list(pair) for pair in zip(found.own, found.called, strict=True)]
    names = [_name(place) for place in range(len(found.own))]
    return {"columns": [say("own number"), say("called out")], "index": names, "rows": rows}


def _name(place: int) -> str:
    return say("pupil {number}", number=place + 1)


# --- knobs and scenes ---------------------------------------------------------------------------------------------


def _knobs() -> tuple[Knob, ...]:
    return (
        Range(
            "pupils", say("How many pupils"), say("A slider: drag it, or use the arrow keys."), 4, least=2,
            most=len(NUMBERS),
        ),
        Choice(
            "partners", say("Secrets with"), say("A list: who agrees on a secret number with whom."), "all",
            options={"all": say("everybody else"), "one": say("one partner"), "none": say("nobody")},
        ),
        Range(
            "round", say("Which round it is"),
            say("New secrets, the same numbers. Watch what changes and what does not."), 1, least=1, most=MOST_ROUNDS,
        ),
        Choice(
            "eyes", say("Look with the eyes of"), say("This one changes what is looked at, not what is computed."),
            "all", panel="called",
            options={"all": say("the teacher"), "one": say("pupil 1"), "nobody": say("who only listens")},
        ),
    )  # fmt: skip


def _scenes() -> tuple[Scene, ...]:
    return (
        Scene("start", say("Start"), say("Four pupils. Move the round: every number changes, the sum does not.")),
        Scene(
            "listener", say("Who only listens"),
            say("All that a stranger in the corridor hears. Which of these numbers is pupil 1's?"), {"eyes": "nobody"},
        ),
        Scene(
            "partners", say("One partner each, and one too many"),
            say("Five pupils in pairs. Pupil 1 knows its partner's number, and pupil 5 had nobody to agree with."),
            {"pupils": 5, "partners": "one"}, panel="deduce",
        ),
        Scene(
            "two-pupils", say("Two pupils only"),
            say("The secrets were perfect. Sum minus mine is yours all the same."), {"pupils": 2}, panel="deduce",
        ),
        Scene(
            "class", say("A class of twelve, played"),
            say("66 secrets are agreed and twelve numbers called out, each one a message."), {"pupils": 12},
            plays=True,
        ),
    )  # fmt: skip

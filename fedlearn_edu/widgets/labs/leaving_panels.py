"""Chapter 08's lab: a death in the round, and what the relay reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from ...crypto.sealing import generate_agreement_key
from ...i18n import listed, retell, say, sentences
from ...wire.choreography import Gather, Protocol, Send
from ...wire.frames import Frame
from ...wire.letters import sealed_letter
from ...wire.transcript import EAVESDROPPER
from ..blocks import Block, figure_of_merit, in_bytes, note, switch, table
from .leaving_story import DEATH_ROUND, ROUNDS, STEPS, Stop, Story
from .spec import Moment, Settings

COLUMNS = ((0, 0), (1, 7), (2, 7), (2, 2), (2, 3), (2, 4), (2, 5), (3, 7))  # of the timeline: round, first step
LONGEST_READING = 80  # characters
HEAD = 12  # bytes of a sealed letter that are shown


@dataclass(frozen=True)
class Panels:
    """Both panels, and the sentence and table that stand for them on paper.

    Parameters
    ----------
    protocol : from settings, what would be played: who would write to whom
    """

    protocol: Callable[[Settings], Protocol]

    # --- a death in the round

    def death(self, moment: Moment) -> list[Block]:
        """Who is there when, what came of it, round by round, and under the other protections."""
        return [
            timeline(moment),
            note("outcome", _outcome(moment, story_of(moment)), tone(story_of(moment))),
            self._rounds(moment),
            self._others(moment),
        ]

    def _rounds(self, moment: Moment) -> Block:
        columns = [
            say("round"), say("in the mean"), say("divided by"), say("weights off"), say("right in the exam"),
            say("if divided by all"),
        ]  # fmt: skip
        return table("rounds", say("Round by round"), columns, [_row(moment, t) for t in range(1, ROUNDS + 1)])

    def _others(self, moment: Moment) -> Block:
        names, p = protections(), moment.expected
        rows = [[names[one], _ends(story), _reads()[one]] for one, story in p.others.items()]
        columns = [say("protection"), say("what becomes of it"), say("the server reads")]
        return table("others", say("The same deaths under each protection"), columns, rows)

    # --- what the relay reads

    def relay(self, moment: Moment) -> list[Block]:
        """The letters of one round: open, and sealed."""
        letters = carried(moment) or list(planned(self.protocol(moment.settings)))
        ways = ("open", "sealed")
        cases = {way: [*_verdict(moment, letters, way), _envelopes(letters, way)] for way in ways}
        return [switch("relay", "letters", cases), note("server", _server(moment.settings))]

    # --- in words

    def sentence(self, moment: Moment) -> str:
        """Who died, what became of the round, and how far the model is off."""
        story = story_of(moment)
        if story.stop is not None:
            return sentences(_deaths(story), _stopped(story, story.stop))
        return sentences(_deaths(story), _goes_on(moment, story), _off(moment))

    def table(self, moment: Moment) -> Mapping[str, Any]:
        """The numbers round by round."""
        p, weights = moment.expected, weights_of(moment)
        numbers = zip(counted_of(moment), p.off(weights), p.right(weights), strict=False)
        rows = [
            [len(here), int(p.room.rows[list(here)].sum()), round(off, 4), round(right, 4)]
            for here, off, right in numbers
        ]
        index = [say("round {t}", t=t) for t in range(1, len(rows) + 1)]
        columns = [say("in the mean"), say("divided by"), say("weights off"), say("accuracy")]
        return {"columns": columns, "index": index, "rows": rows}

    def summary(self, moment: Moment) -> Mapping[str, Any]:
        """Of an ended run: how many were counted in each round."""
        return {"counted": [len(here) for here in counted_of(moment)]}


# --- reading a moment


def played(moment: Moment) -> bool:
    """Whether a run of these settings has come to its end, whichever it was."""
    return moment.kind in ("finished", "failed")


def story_of(moment: Moment) -> Story:
    """The story as it was foretold."""
    story: Story = moment.expected.story
    return story


def weights_of(moment: Moment) -> np.ndarray:
    """The weights after each finished round: of the run, once it has ended, else of the preview."""
    if not played(moment):
        return np.asarray(moment.expected.weights)
    found = moment.run.reported("weights")
    return np.array(found) if found else np.empty((0, moment.expected.room.model.size))


def counted_of(moment: Moment) -> list[tuple[int, ...]]:
    """Whose update is in the mean of each finished round: by the run's messages, or by the story."""
    if not played(moment):
        return list(story_of(moment).counted)
    names = [party.name for party in moment.expected.room.parties]
    uploads = [m for m in moment.run.transcript.messages if m.step == 3 and m.round > 0 and not m.late]
    rounds = range(1, len(weights_of(moment)) + 1)
    return [tuple(sorted(names.index(m.sender) for m in uploads if m.round == t)) for t in rounds]


def name_of(place: int) -> str:
    """A hospital's name, in the language in force."""
    return retell(f"hospital {place + 1}")


# --- the timeline


def timeline(moment: Moment) -> Block:
    """A line for each hospital's life, with what it does in round 2, and where everything stops."""
    story, room = story_of(moment), moment.expected.room
    head = say("played") if played(moment) else say("foretold")
    return {
        "is": "timeline", "key": "timeline", "title": say("Who is there when ({how})", how=head),
        "columns": column_names(), "inside": [2, 6], "inside_name": say("round {t}", t=DEATH_ROUND),
        "rows": [_life(story, k, int(rows)) for k, rows in enumerate(room.rows)],
        "stop": None if story.stop is None else column_of(story.stop.round, story.stop.step),
        "stop_name": say("stops here"), "legend": _legend(story),
        "alt": _lives(story),
    }  # fmt: skip


def _lives(story: Story) -> str:
    """The picture in words: how far each line goes."""
    words, told = [column["word"] for column in column_names()], []
    for place in range(story.hospitals):
        step, who = story.deaths.get(place), name_of(place)
        if step is None:
            told.append(say("{who} is there to the end.", who=who))
        else:
            gone = words[column_of(DEATH_ROUND if step else 0, step)]
            told.append(say("{who} is gone from “{step}” on.", who=who, step=gone))
    if story.stop is not None:
        told.append(say("Everything stops at “{step}”.", step=words[column_of(story.stop.round, story.stop.step)]))
    return sentences(*map(_capital, told))


def column_names() -> list[dict[str, str]]:
    """The timeline's columns: a number, and a word where there is room."""
    words = (
        ("0", say("keys")), ("", say("round {t}", t=1)), ("7", say("train on")), ("2", say("encrypt")),
        ("3", say("upload")), ("4", say("add up")), ("5", say("distribute")), ("", say("round {t}", t=3)),
    )  # fmt: skip
    short = {1: say("R{t}", t=1), 7: say("R{t}", t=3)}  # these stand for a round each, and have no step's number
    return [
        {"number": number, "word": word, "short": short.get(place, number)}
        for place, (number, word) in enumerate(words)
    ]


def column_of(round: int, step: int) -> int:
    """Where a moment stands in the timeline: rounds 1 and 3 are one column each."""
    return COLUMNS.index((round, step if round == DEATH_ROUND or not round else 7))


def _life(story: Story, place: int, rows: int) -> dict[str, Any]:
    step = story.deaths.get(place)
    dies = None if step is None else column_of(DEATH_ROUND if step else 0, step)
    marks = [[column, sign] for column, sign, who in _doings(story) if place in who]
    told = say("{rows} rows", rows=rows)
    return {"name": name_of(place), "about": told, "dies": dies, "doings": marks}


def _doings(story: Story) -> Iterator[tuple[int, str, tuple[int, ...]]]:
    """Column, sign, and who does it: the mean of round 1, an upload, shares, the new mean, the mean of round 3."""
    uploads = story.uploads[1] if len(story.uploads) >= DEATH_ROUND else ()
    yield 1, "mean", story.lives_to_see(1, 5)
    yield 4, "upload", uploads
    yield 5, "shares", story.openers
    yield 6, "mean", story.lives_to_see(2, 5)
    yield 7, "mean", story.lives_to_see(3, 5)


def _legend(story: Story) -> list[list[str]]:
    found = [["upload", say("uploads")], ["shares", say("opens shares")], ["mean", say("has the new mean")]]
    found += [["death", say("dies")]]
    return [one for one in found if one[0] != "shares" or story.masked]


# --- the outcome in words


def tone(story: Story) -> str:
    """Good when everything goes on and few are missing; a warning when it stops."""
    if story.stop is not None:
        return "bad"
    return "warn" if min(map(len, story.counted)) <= 2 else "good"


def protections() -> dict[str, str]:
    """What a protection is called."""
    return {"none": say("none"), "masks": say("pairwise masks"), "paillier": say("Paillier, packed")}


def _reads() -> dict[str, str]:
    return {
        "none": say("every update"), "masks": say("the mean, and who is missing"),
        "paillier": say("row counts, and who is missing"),
    }  # fmt: skip


def step_name(step: int) -> str:
    """What a hospital would have done next."""
    return {
        0: say("step 0, keys"), 7: say("step 7, training"), 2: say("step 2, encrypting"), 3: say("step 3, uploading"),
        4: say("step 4, adding up"), 5: say("step 5, distributing"),
    }[step]  # fmt: skip


def _deaths(story: Story) -> str:
    """Who dies before what, in the order of time."""
    if not story.deaths:
        return say("Nobody dies.")
    told = []
    for place, step in sorted(story.deaths.items(), key=lambda one: (STEPS.index(one[1]), one[0])):
        words = {"who": name_of(place), "step": step_name(step)}
        if step:
            told.append(say("{who} dies before {step}, of round {round}.", round=DEATH_ROUND, **words))
        else:
            told.append(say("{who} dies before {step}.", **words))
    return sentences(*map(_capital, told))


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _outcome(moment: Moment, story: Story) -> str:
    if story.stop is not None:
        return _stopped(story, story.stop)
    return sentences(_goes_on(moment, story), _left_behind(story), _nowhere_to_hide(story))


def _stopped(story: Story, stop: Stop) -> str:
    if not stop.step:
        return say("It was to make the keys: nobody can encrypt. Start again, and let another hospital be the first.")
    last = say("The model of round {t} stays.", t=stop.round - 1) if stop.round > 1 else say("There is no model.")
    text = say(
        "Round {round}, step {step}: {left} of {count} are left, and it takes {needed}. The protocol stops, and the "
        "sum stays closed.",
        step=stop.step, round=stop.round, left=stop.left, count=story.hospitals, needed=stop.needed,
    )  # fmt: skip
    return sentences(text, last)


def _goes_on(moment: Moment, story: Story) -> str:
    rows = moment.expected.room.rows
    if not story.deaths:
        words = {"count": story.hospitals, "rows": int(rows.sum())}
        return say("Each round's mean is of all {count}, divided by all {rows} rows.", **words)
    here = [list(counted) for counted in story.counted]
    if len(here[1]) == story.hospitals:  # who died had uploaded
        return say(
            "Round 2 counts all {count}, for the updates had arrived; round 3 is the mean of {left}, divided by {rows} "
            "rows.", count=story.hospitals, left=len(here[2]), rows=int(rows[here[2]].sum()),
        )  # fmt: skip
    return say(
        "The round goes on with {left} of {count}, divided by the {rows} rows of those who answered, not by all {all}.",
        left=len(here[1]), count=story.hospitals, rows=int(rows[here[1]].sum()), all=int(rows.sum()),
    )  # fmt: skip


def _left_behind(story: Story) -> str:
    """What the dead one left, and who opens it."""
    left, steps = len(story.openers), set(story.deaths.values())
    if not steps:
        return ""
    if story.encryption == "paillier":
        if 0 in story.deaths:
            return say("Hospital 1 had made the keys, and everybody has had them since step 0.")
        return say("Every other hospital has the private key, and decrypts the sum.")
    if not story.masked:
        return ""
    told = {
        3: say("The others' uploads still hold masks agreed with who is gone: {left} open their shares of the mask "
               "key, and the server takes them off.", left=left),
        4: say("What had arrived counts: {left} open their shares of its sender's own mask.", left=left),
    }  # fmt: skip
    if steps & {7, 2}:
        told[7] = told[2] = say("Who dies before step 2 has agreed on no masks, and leaves none behind.")
    return sentences(*dict.fromkeys(told[step] for step in STEPS if step in steps and step in told))


def _nowhere_to_hide(story: Story) -> str:
    fewest = min(map(len, story.counted))
    if fewest == 1:
        return say("One is left: the mean is its own model.")
    return say("Two are left: the mean minus mine is yours.") if fewest == 2 else ""


def _off(moment: Moment) -> str:
    """How far the last model is from the one of a run in which nobody dies."""
    off = moment.expected.off(weights_of(moment))
    if not story_of(moment).deaths or story_of(moment).stop or not off:
        return ""
    text = say(
        "After round {t} the weights are {off} off those of a run in which nobody dies.",
        t=len(off), off=f"{off[-1]:.1%}",
    )  # fmt: skip
    return text if played(moment) else sentences(text, say("Press Run: the protocol will end the same way."))


def _ends(story: Story) -> str:
    """What becomes of it, in a few words."""
    if story.stop is None:
        counts = listed(str(len(counted)) for counted in story.counted)
        return say("goes on; in the mean: {counts}", counts=counts)
    if not story.stop.step:
        return say("never begins: nobody has keys")
    where = {"step": story.stop.step, "round": story.stop.round}
    return say("stops in step {step} of round {round}: too few are left", **where)


def _row(moment: Moment, t: int) -> list[str]:
    """One round of the table; dashes where it never came to an end."""
    p, weights, counted = moment.expected, weights_of(moment), counted_of(moment)
    if t > len(weights):
        return [str(t), *["–"] * 5]
    here = list(counted[t - 1])
    rows, all_rows = int(p.room.rows[here].sum()), int(p.room.rows.sum())
    shrunk = "–" if rows == all_rows else f"× {rows / all_rows:.2f}"
    off, right = p.off(weights)[t - 1], p.right(weights)[t - 1]
    of_all = say("{here} of {all}", here=len(here), all=story_of(moment).hospitals)
    return [str(t), of_all, say("{rows} rows", rows=rows), f"{off:.1%}", f"{right:.1%}", shrunk]


# --- letters


@dataclass(frozen=True)
class Carried:
    """A letter as the relay has it: who writes to whom, and what it could read. No size: it is only planned."""

    round: int
    sender: str
    receiver: str
    label: str
    size: int | None = None  # open
    sealed_size: int = 0
    reading: str = ""
    head: str = ""  # the first bytes, sealed


def carried(moment: Moment) -> list[Carried]:
    """The letters of round 2, or of the last round that came so far; each sealed as parties would seal it.

    A real relay has some more: letters that were written to the dead before anybody knew.
    """
    if moment.run is None:
        return []
    messages = [m for m in moment.run.transcript.messages if m.body is not None and m.round <= DEATH_ROUND]
    keys = {name: generate_agreement_key() for name in moment.run.transcript.parties}
    public = {name: pair.public for name, pair in keys.items()}
    last = max((m.round for m in messages), default=0)
    found = []
    for m in (m for m in messages if m.round == last):
        frame = Frame("message", m.position, m.round, m.step, m.label, m.body or b"").to_bytes()
        closed = sealed_letter(m.sender, m.receiver, frame, keys[m.sender], public).body
        reading = shortened(moment.run.transcript.reading(m, EAVESDROPPER))
        head = f"{closed[:HEAD].hex(' ')} …"
        found.append(Carried(m.round, m.sender, m.receiver, m.label, len(frame), len(closed), reading, head))
    return found


def planned(protocol: Protocol) -> Iterator[Carried]:
    """The letters of round 2 as the text has them, before anything has travelled."""
    for t, word in protocol.rehearse():
        if t != DEATH_ROUND or not isinstance(word, Send | Gather):
            continue
        senders = [value.party for value in word.values] if isinstance(word, Gather) else [word.value.party]
        for sender in senders:
            yield Carried(t, sender, word.receiver.name, word.label)


def shortened(reading: str) -> str:
    """The first parts of a long reading: parts can be told in any language, half a part cannot."""
    first, *others = reading.split("; ")
    for part in others:
        if len(first) + len(part) > LONGEST_READING:
            return f"{first}; …"
        first = f"{first}; {part}"
    return first


def _envelopes(letters: Sequence[Carried], way: str) -> Block:
    columns = [
        say("from"), say("to"), say("letters"), say("bytes each"), say("the label says"), say("the relay reads"),
    ]  # fmt: skip
    when = _when(letters[0].round)
    title = say("Letters of {when}, in the order in which they pass", when=when)
    if letters[0].size is None:
        title = say("Letters of {when}, as planned: press Run, and they travel", when=when)
    rows = [_alike(list(group), way) for _, group in groupby(letters, key=_kind)]
    return table("envelopes", title, columns, rows)


def _kind(letter: Carried) -> tuple[str, bool]:
    return letter.label, letter.receiver == "server"


def _alike(letters: Sequence[Carried], way: str) -> list[str]:
    """One row for letters of one kind: the first of them is read."""
    ends = [_names([getattr(one, end) for one in letters]) for end in ("sender", "receiver")]
    first, closed = letters[0], way == "sealed"
    if first.size is None:
        return [*ends, str(len(letters)), "–", "–" if closed else first.label, "–"]
    sizes = sorted({one.sealed_size if closed else one.size or 0 for one in letters})
    size = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} – {sizes[-1]:,}"
    what = [say("sealed"), first.head] if closed else [first.label, first.reading]
    return [*ends, str(len(letters)), size, *what]


def _names(names: Sequence[str]) -> str:
    """
    >>> _names(["hospital 1", "hospital 3", "hospital 4", "hospital 5"]), _names(["server", "server"])
    ('hospital 1, 3 … 5', 'server')
    """
    names = list(dict.fromkeys(names))
    kind, _, number = names[0].rpartition(" ")
    if len(names) == 1 or not number.isdigit():
        return retell(names[0])
    numbers = [int(name.rpartition(" ")[2]) for name in names]
    rows = groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    runs = [[number for _, number in row] for _, row in rows]
    told = (f"{run[0]} … {run[-1]}" if len(run) > 2 else listed(map(str, run)) for run in runs)
    return f"{retell(kind)} {listed(told)}"


def _verdict(moment: Moment, letters: Sequence[Carried], way: str) -> list[Block]:
    """One large number, and what it means."""
    closed, meaning = way == "sealed", _makes_of_it(moment.settings, way)
    words = {"count": len(letters), "when": _when(letters[0].round)}
    if letters[0].size is None:
        text = say("letters pass in {when}, if nobody dies", when=words["when"])
        return [figure_of_merit("read", str(len(letters)), text), note("reads", meaning)]
    words["bytes"] = in_bytes(sum(one.sealed_size if closed else one.size or 0 for one in letters))
    if closed:
        text = say("of the {count} letters of {when}, {bytes}, can the relay open", **words)
    else:
        text = say("of the {count} letters of {when}, {bytes}, the relay can open", **words)
    number, look = ("0", "good") if closed else (str(len(letters)), "bad")
    return [figure_of_merit("read", number, text, look), note("reads", meaning, look)]


def _when(round: int) -> str:
    return say("round {t}", t=round) if round else say("the beginning")


def _makes_of_it(s: Settings, way: str) -> str:
    if way == "sealed":
        return say(
            "A seal ends at the receiver. What is left to the relay: from whom, to whom, how large, and when. That "
            "still tells how many hospitals there are, and who has died."
        )
    return {
        "none": say("TLS ends at the relay: it reads labels, row counts, and every weight of every hospital."),
        "masks": say("TLS ends at the relay: it reads labels, public keys, who is gone, opened shares, and the mean. "
                     "One hospital's upload is noise to it, as it is to the server."),
        "paillier": say("TLS ends at the relay: it reads labels and row counts. The numbers are under a key that it "
                        "does not have."),
    }[s.encryption]  # fmt: skip


def _server(s: Settings) -> str:
    """A seal does not hide a letter from the one to whom it is written."""
    text = {
        "none": say("The server opens the letters that are written to it: it reads every update, sealed or not."),
        "masks": say("The server opens the letters that are written to it: it reads noise from each, and the mean."),
        "paillier": say("The server opens the letters that are written to it: it reads row counts and ciphertexts."),
    }[s.encryption]  # fmt: skip
    return sentences(text, say("Against the server only encryption helps, against the relay a seal does."))

"""The stage in words: the sentence under it, and every word on its screen.

The browser fills the same templates in without a kernel; a test holds its sentences against these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..i18n import APART, language, listed, retell, say, sentences
from ..wire.transcript import EAVESDROPPER, Message
from .blocks import in_bytes
from .stage_record import EVERYONE, Beat

if TYPE_CHECKING:
    from .stage import Stage

NAMED = 3  # as many names stand in a sentence


def sentence(shown: Stage) -> str:
    """What is on the stage now."""
    beat = shown.beat
    if beat is None:
        return _beginning(shown)
    return sentences(_where(shown, beat), _what(beat), _seen(shown, beat), *_troubles(shown, beat))


def _beginning(shown: Stage) -> str:
    count = len(shown.transcript.messages)
    if count or not shown.live["goes_on"]:
        return say("At the beginning: {count} messages are to come.", count=count)
    return say("At the beginning: step forward, and the protocol is played.")


def _where(shown: Stage, beat: Beat) -> str:
    first = beat.entries[0]
    parts = []
    if shown.has_rounds:
        parts.append(say("Round {round}", round=first.round) if first.round else say("Set-up"))
    if first.step is not None:
        parts.append(say("step {step}", step=first.step))
    if not parts:
        return ""
    place = say("{round}, {step}", round=parts[0], step=parts[1]) if len(parts) > 1 else parts[0]
    place, title = place[:1].upper() + place[1:], shown.title_of(first.step)
    return say("{place}: {title}.", place=place, title=title) if title else say("{place}.", place=place)


def _what(beat: Beat) -> str:
    label, many = retell(beat.entries[0].label), len(beat.entries) > 1
    parties = _named(beat.parties)
    if not beat.messages:
        values = {"parties": parties, "label": label}
        told = say("{parties} work: {label}.", **values) if many else say("{parties} works: {label}.", **values)
        return told.replace("?.", "?").replace("？。", "？")  # a question has an end of its own
    values = {
        "parties": parties, "label": label, "receivers": _named(beat.receivers), "size": _size(beat.messages),
        "cover": _cover(beat.messages),
    }  # fmt: skip
    if len(beat.parties) > 1:
        return say("{parties} send “{label}” to {receivers}: {size}, {cover}.", **values)
    return say("{parties} sends “{label}” to {receivers}: {size}, {cover}.", **values)


def _named(names: Sequence[str]) -> str:
    return listed(map(retell, names)) if len(names) <= NAMED else say("{count} parties", count=len(names))


def _size(messages: Sequence[Message]) -> str:
    size = in_bytes(sum(message.size for message in messages))
    return say("{size} in all", size=size) if len(messages) > 1 else size


def _cover(messages: Sequence[Message]) -> str:
    closed = sum(bool(message.protection) for message in messages)
    if not closed:
        return say("open")
    return say("closed") if closed == len(messages) else say("{count} of them closed", count=closed)


def _seen(shown: Stage, beat: Beat) -> str:
    """What the eyes make of it, unless they are the teacher's."""
    if not beat.messages or shown.eyes == EVERYONE:
        return ""
    sights = [shown.sight(message) for message in beat.messages]
    seen = sum(sight != "unseen" for sight in sights)
    readable = sum(sight in ("open", "key") for sight in sights)
    eyes = say("an eavesdropper") if shown.eyes == EAVESDROPPER else retell(shown.eyes)
    if not seen:
        return say("None of it passes {eyes}.", eyes=eyes)
    if readable == seen:
        return say("As {eyes} sees it: readable.", eyes=eyes)
    if readable:
        return say("Of {all} that {eyes} sees, it can read {count}.", eyes=eyes, count=readable, all=seen)
    return say("As {eyes} sees it: not readable.", eyes=eyes)


def _troubles(shown: Stage, beat: Beat) -> list[str]:
    late = [message.sender for message in beat.messages if message.late]
    gone = shown.gone_now
    return [
        *([say("Too late: {names}.", names=listed(map(retell, late)))] if late else []),
        *([say("Gone: {names}.", names=listed(map(retell, gone)))] if gone else []),
    ]


def words() -> dict[str, str]:
    """Everything the screen says by itself."""
    return {**_words_of_the_sentence(), **_words_of_the_screen(), "lang": language()}


def _words_of_the_sentence() -> dict[str, str]:
    return {
        "to_come": say("At the beginning: {count} messages are to come."),
        "to_play": say("At the beginning: step forward, and the protocol is played."),
        "round": say("Round {round}"), "set_up": say("Set-up"), "step": say("step {step}"),
        "place": say("{round}, {step}"), "told": say("{place}: {title}."), "untold": say("{place}."),
        "between_sentences": APART[language()][0], "between_names": APART[language()][1],
        "works": say("{parties} works: {label}."), "work": say("{parties} work: {label}."),
        "sends": say("{parties} sends “{label}” to {receivers}: {size}, {cover}."),
        "send": say("{parties} send “{label}” to {receivers}: {size}, {cover}."),
        "parties": say("{count} parties"), "in_all": say("{size} in all"),
        "open": say("open"), "closed": say("closed"), "some_closed": say("{count} of them closed"),
        "too_late": say("Too late: {names}."), "gone_names": say("Gone: {names}."),
        "sees_none": say("None of it passes {eyes}."), "reads_all": say("As {eyes} sees it: readable."),
        "reads_some": say("Of {all} that {eyes} sees, it can read {count}."),
        "reads_none": say("As {eyes} sees it: not readable."),
    }  # fmt: skip


def _words_of_the_screen() -> dict[str, str]:
    return {
        # controls
        "stage": say("Stage"), "play": say("Play"), "pause": say("Pause"), "forward": say("Step forward"),
        "back": say("Step back"), "first": say("To the beginning"), "last": say("To the end"),
        "cancel": say("Cancel"), "speed": say("Speed"), "jump": say("Jump to"), "eyes": say("Eyes"),
        "beginning": say("the beginning"), "unnumbered": say("between the steps"),
        "scene": say("Scene"), "keys": say("Left and right arrows step, space plays, Tab goes to the envelopes."),
        # parties and envelopes
        "gone": say("gone"), "late": say("too late"), "looking": say("your eyes"),
        "more": say("and {count} more, in the list"),
        "envelope": say("{label}, from {sender} to {receiver}, {state}"),
        "state_open": say("open"), "state_locked": say("closed"), "state_unseen": say("not seen by these eyes"),
        "state_key": say("closed, and these eyes can open it"),
        # list
        "list": say("Everything that happens, in order"), "works_row": say("{party} works"),
        # an opened message
        "message": say("Message {number}"), "titled": say("{place}: {title}"), "close": say("Close"),
        "route": say("Route"), "under": say("Protected by"), "readers": say("Who can read it"),
        "size": say("Size"), "bytes": say("First bytes"), "reading": say("What {reader} can read"),
        "nothing": say("nothing: it travels open"), "never_sees": say("{eyes} never sees this message."),
        "sent_it": say("{eyes} sent it. On the way one reads: {reading}"),
        "not_kept": say("This stage keeps nothing of it."), "no_bytes": say("no bytes"),
        "cannot": say("These eyes see only the ciphertext."), "of_bytes": say("First bytes ({count} of {size})"),
        # a run under way
        "doing": say("At work: {doing}"), "no_kernel": say("No kernel answers: the stage shows what it has."),
        "on": say("The run goes on: step forward plays it."),
        "cancelled": say("The run was cancelled."), "failed": say("The run has ended early."),
        EAVESDROPPER: say("an eavesdropper"),
    }  # fmt: skip

"""How one value passes from a party to another: it becomes bytes at the sender, and is checked at the receiver.

Every player uses these, so a value has the same form whether it crossed a network or stayed in this process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ProtocolError
from ..i18n import retell_error
from .choreography import Announce, Gather, Send, check_shape
from .codec import KeyRing, decode, encode
from .frames import Frame

Passage = Send | Gather | Announce  # the words with which a value leaves its party


def encoded(value: Any, keys: KeyRing, word: Passage, sender: str) -> bytes:
    """Encode what a party sends; an error says in which word."""
    try:
        return encode(value, keys)
    except Exception as error:
        error.add_note(retell_error(f"In {word.label!r} from {sender}, step {word.step}."))
        raise


def delivered(body: bytes, keys: KeyRing, word: Passage, sender: str, receiver: str) -> Any:
    """Decode what arrived, and hold it against what the text promised."""
    try:
        value = decode(body, keys)
        if value is not None:
            check_shape(value, word.shape, f"{word.label!r} from {sender} to {receiver}, step {word.step},")
    except Exception as error:
        error.add_note(retell_error(f"In {word.label!r} from {sender} to {receiver}, step {word.step}."))
        raise
    return value


def copied(value: Any, keys: KeyRing) -> Any:
    """A value that stays where it is takes the same form as one that travelled."""
    return decode(encode(value, keys), keys)


def without_nothing(arrived: Mapping[str, Any]) -> dict[str, Any]:
    """Who sends None to a Gather sits out, and is missing like one who is gone."""
    return {name: value for name, value in arrived.items() if value is not None}


def out_of_place(sender: str, frame: Frame, word: Passage) -> ProtocolError:
    """What came is not what the text has at this place."""
    if frame.kind == "message":
        problem = f"{sender} sent {frame.label!r} where {word.label!r} was expected, step {word.step}."
    else:
        problem = f"{sender} is {frame.kind} where {word.label!r} was expected, step {word.step}."
    return ProtocolError(problem, "Both sides must play the same text with the same public arguments.")

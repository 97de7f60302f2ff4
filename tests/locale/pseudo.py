"""A language in which every message is wrapped in ⟦…⟧: what stands outside on a screen has not come from the catalogue.

>>> wrapped("Round {round} of {all}.")
'⟦Round ⟧{round}⟦ of ⟧{all}⟦.⟧'
>>> outside("⟦Round ⟧3⟦ of ⟧seven⟦.⟧")
'3seven'

Wraps end at the holes of a message, so that English words in a hole are found, too.
"""

from __future__ import annotations

import re

HOLE = re.compile(r"(?<!\{)(\{\w+(?:[:!][\w.,%+]*)?\})(?!\})")


def wrapped(message: str) -> str:
    """A message in the wrapped language."""
    pieces = HOLE.split(message)
    return "".join(piece if place % 2 else f"⟦{piece}⟧" for place, piece in enumerate(pieces) if place % 2 or piece)


def outside(text: str) -> str:
    """What of a text stands in no wrap."""
    depth, found = 0, []
    for sign in text:
        depth += (sign == "⟦") - (sign == "⟧")
        if depth == 0 and sign not in "⟦⟧":
            found.append(sign)
    return "".join(found)

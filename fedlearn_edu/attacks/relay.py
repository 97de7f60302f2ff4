"""Chapter 08: what a relay reads of the letters that it carries.

    `CuriousRelay`   its operator opens every letter that passes: TLS ends here, and only sealed letters stay closed

Give it as `progress=` to `play_on_flower`: it is called after every turn, when the relay holds the letters that it has
just been given.

>>> import fedlearn_edu as fl
>>> bank, tax_office = fl.split_columns(fl.load("breast_cancer"), overlap=0.5, seed=3)
>>> curious = CuriousRelay()
>>> run = fl.play_on_flower(fl.align(bank, tax_office), sealed=False, progress=curious)
>>> curious.opened()["what"].tolist()
['a·H(x)', 'b·H(y)', 'b·a·H(x)', 'which are common']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import FedLearnError
from ..wire.codec import KeyRing, decode
from ..wire.frames import Frame
from ..wire.letters import Letter
from ..wire.reading import reading_of
from ..wire.relay import Relay
from ..wire.tables import ToldTable

if TYPE_CHECKING:
    import pandas as pd

CLOSED = "sealed"


class CuriousRelay:
    """Who operates a relay, carries every letter, and looks into it first.

    It holds no private key: what the parties encrypt or mask stays so. It learns public keys as they pass.
    """

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self._known: set[int] = set()

    def __call__(self, relay: Relay) -> None:
        """Look at the letters that have come since the last turn."""
        for letter in relay.in_hand:
            if id(letter) not in self._known:  # the list keeps it, so no other letter gets its number
                self._known.add(id(letter))
                self.letters.append(letter)

    def opened(self) -> pd.DataFrame:
        """One row a letter: from, to, bytes, and for those that are not sealed, what it is and what can be read in it.

        >>> curious = CuriousRelay()
        >>> curious.letters = [Letter("bank", "tax office", b"not a frame")]
        >>> curious.opened().values.tolist()
        [['bank', 'tax office', 11, '', 'sealed']]
        """
        keys = KeyRing()
        rows = []
        for letter in self.letters:
            what, reading = _read(letter.body, keys)
            rows.append({"from": letter.sender, "to": letter.receiver, "bytes": len(letter.body), "what": what,
                         "could read": reading})  # fmt: skip
        return ToldTable(rows, columns=["from", "to", "bytes", "what", "could read"])


def _read(body: bytes, keys: KeyRing) -> tuple[str, str]:
    """The label of the message in a letter, and what somebody without a private key reads in it."""
    try:
        frame = Frame.from_bytes(body)
        return frame.label, reading_of(decode(frame.body, keys), ())
    except FedLearnError:
        return "", CLOSED

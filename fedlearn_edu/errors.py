"""Everything that can go wrong, as one tree.

    FedLearnError
    ├── ArgumentError          an argument is out of its range (also a ValueError)
    ├── DataError              a table, a file or a split cannot be used (also a ValueError)
    ├── CryptoError            a rule of the encryption is broken
    │   ├── RangeError         a number does not fit its encoding; refused beforehand, never wrapped
    │   │   └── SlotOverflow   a number, or a sum of them, does not fit its slot in a packed plaintext
    │   ├── KeyMismatch        two keys meet where one was expected
    │   ├── ScaleMismatch      two fixed-point scales meet where one was expected
    │   ├── SealBroken         a sealed box was opened by the wrong party, or was changed on its way
    │   ├── ShareError         secret shares are too few, mixed up, or asked for twice
    │   └── PointRefused       a received point of a curve is none that an honest party could have sent
    ├── WireError              bytes cannot be made or cannot be read
    ├── ProtocolError          a party did, or was told to do, what the protocol forbids
    │   ├── PartyDropped       a party is gone, and the next step needs its message
    │   ├── UnsafeBatch        so few rows stand in a batch that what is sent would give them away
    │   ├── TooFewSurvivors    so many parties are gone that opening the sum would expose the rest
    │   └── RunSpent           the run has ended; play the protocol again
    ├── EngineError            an engine (Flower) is missing, did not come up, or lost its processes
    ├── Diverged               training ran away: its steps are too large
    ├── PublishingError        a chapter cannot be made into a page, or what its page needs cannot be had
    └── Cancelled              somebody pressed cancel

Every error says which rule, what was given, and what to do:

>>> raise ArgumentError("skew goes from 0 to 1, and was 3.", "Use 0 for an even deal, 1 for one label per party.")
Traceback (most recent call last):
    ...
fedlearn_edu.errors.ArgumentError: skew goes from 0 to 1, and was 3.
    Use 0 for an even deal, 1 for one label per party.
"""

from __future__ import annotations


class FedLearnError(Exception):
    """Root of the tree: a problem, and a remedy on a line of its own.

    `problem` and `remedy` are English, for programs; what is shown is in the language of the course.
    """

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def told(self) -> tuple[str, str]:
        """Problem and remedy in the language in force."""
        from .i18n import retell_error  # which raises errors itself

        return retell_error(self.problem), retell_error(self.remedy)

    def __str__(self) -> str:
        problem, remedy = self.told()
        return f"{problem}\n    {remedy}" if remedy else problem


class ArgumentError(FedLearnError, ValueError):
    """An argument is out of its range."""


class DataError(FedLearnError, ValueError):
    """A table, a file or a split cannot be used."""


class CryptoError(FedLearnError):
    """A rule of the encryption is broken."""


class RangeError(CryptoError, ValueError):
    """A number does not fit its encoding."""


class SlotOverflow(RangeError):
    """A number, or a sum of them, does not fit its slot in a packed plaintext."""


class KeyMismatch(CryptoError):
    """Two keys meet where one was expected."""


class ScaleMismatch(CryptoError):
    """Two fixed-point scales meet where one was expected."""


class SealBroken(CryptoError):
    """A sealed box was opened by the wrong party, or was changed on its way."""


class ShareError(CryptoError):
    """Secret shares are too few, mixed up, or asked for twice."""


class PointRefused(CryptoError):
    """A received point of a curve is none that an honest party could have sent."""


class WireError(FedLearnError):
    """Bytes cannot be made or cannot be read."""


class ProtocolError(FedLearnError):
    """A party did, or was told to do, what the protocol forbids."""


class PartyDropped(ProtocolError):
    """A party is gone, and the next step needs its message."""

    def __init__(self, party: str, step: object = None, label: str = "") -> None:
        where = f" at step {step}" if step is not None else ""
        needed = f", where {label!r} was expected from it" if label else ""
        super().__init__(
            f"{party} is gone{where}{needed}.",
            "Only a Gather goes on without a missing party; start again without it.",
        )
        self.args = (party, step, label)
        self.party, self.step, self.label = party, step, label


class UnsafeBatch(ProtocolError):
    """So few rows stand in a batch that what is sent would give them away."""


class TooFewSurvivors(ProtocolError):
    """So many parties are gone that opening the sum would expose the rest."""


class RunSpent(ProtocolError):
    """The run has ended; play the protocol again."""


class EngineError(FedLearnError):
    """An engine is missing, did not come up, or lost its processes."""


class Diverged(FedLearnError):
    """Training ran away: its steps are too large for these columns."""


class PublishingError(FedLearnError):
    """A chapter cannot be made into a page, or what its page needs cannot be had."""


class Cancelled(FedLearnError):
    """Somebody pressed cancel."""

"""What a learner can change in a lab: declared once, checked everywhere.

>>> parties = Range("parties", "Hospitals", "How many take part.", 4, least=2, most=12)
>>> parties.check(5)
5
>>> parties.check(99)
Traceback (most recent call last):
    ...
fedlearn_edu.errors.ArgumentError: parties goes from 2 to 12, and was 99.
    Use parties=12.

A knob is drawn as a native control (a slider, a list, a box to tick), and is a trait of the lab at the same time: a
mouse, a keyboard, a cell and a test all move the same thing under the same rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from numbers import Integral, Real
from typing import Any

from traitlets import TraitType

from ..crypto.paillier import KEY_SIZES, TOY_KEY_SIZES
from ..errors import ArgumentError
from ..i18n import say


@dataclass(frozen=True)
class Knob:
    """What all knobs have.

    Parameters
    ----------
    name : the trait's name
    label : what stands beside the control
    help : one sentence for who wonders
    default : where it stands at the start
    only_if : other knobs and the values they must have for this one to matter; elsewhere it is greyed out
    panel : "" puts the control in the column of settings; a panel's name puts it into that panel, where it
        changes what is looked at and not what is computed
    """

    name: str
    label: str
    help: str
    default: Any
    only_if: Mapping[str, Sequence[Any]] = field(default_factory=dict, kw_only=True)
    panel: str = field(default="", kw_only=True)

    def check(self, value: Any, settings: Mapping[str, Any] | None = None) -> Any:
        """The value as it is kept; an error when it breaks the knob's rule."""
        raise NotImplementedError

    def matters(self, settings: Mapping[str, Any]) -> bool:
        """Whether the other settings leave this one anything to do."""
        return all(settings[name] in allowed for name, allowed in self.only_if.items())

    def declared(self) -> dict[str, Any]:
        """What the screen needs to draw it."""
        only_if = {name: list(allowed) for name, allowed in self.only_if.items()}
        return {"name": self.name, "label": self.label, "help": self.help, "only_if": only_if, "panel": self.panel}


@dataclass(frozen=True)
class Range(Knob):
    """A slider of whole numbers, or of fractions when `step` is one.

    >>> Range("skew", "Skew", "How unequal.", 0.5, least=0.0, most=1.0, step=0.1).check(1)
    1.0

    Parameters
    ----------
    least, most, step : its ends, and the distance from one key press to the next
    unit : written behind the number
    words : what to write instead of some numbers, as in {0: "never"}
    capped_by : another knob, whose value this one may not exceed
    """

    least: float = field(kw_only=True)
    most: float = field(kw_only=True)
    step: float = field(default=1, kw_only=True)
    unit: str = field(default="", kw_only=True)
    words: Mapping[float, str] = field(default_factory=dict, kw_only=True)
    capped_by: str = field(default="", kw_only=True)

    @property
    def whole(self) -> bool:
        """Whether only whole numbers will do."""
        return isinstance(self.step, int)

    def check(self, value: Any, settings: Mapping[str, Any] | None = None) -> int | float:
        word = "a whole number" if self.whole else "a number"
        if isinstance(value, bool) or not isinstance(value, Integral if self.whole else Real) or not isfinite(value):
            raise ArgumentError(f"{self.name} is {word}, and was {value!r}.", f"Use {self.name}={self.default}.")
        most = min(self.most, settings[self.capped_by]) if settings and self.capped_by else self.most
        number = float(value)
        if not self.least <= number <= most:
            because = f" (no more than {self.capped_by})" if most < self.most else ""
            nearest = self.least if number < self.least else most
            raise ArgumentError(
                f"{self.name} goes from {self.least} to {most}{because}, and was {value!r}.",
                f"Use {self.name}={nearest}.",
            )
        return int(number) if self.whole else round(number, 9)

    def declared(self) -> dict[str, Any]:
        words = {str(value): word for value, word in self.words.items()}
        ends = {"least": self.least, "most": self.most, "step": self.step}
        return super().declared() | ends | {
            "is": "range", "unit": self.unit, "words": words, "capped_by": self.capped_by,
        }  # fmt: skip


@dataclass(frozen=True)
class Choice(Knob):
    """One of a few values, each with a label.

    >>> Choice("data", "Data set", "What the rows are.", "digits", options={"digits": "digits, 8 × 8"}).check("mnist")
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.ArgumentError: data was 'mnist'.
        Use one of: 'digits'.
    """

    options: Mapping[Any, str] = field(kw_only=True)

    def check(self, value: Any, settings: Mapping[str, Any] | None = None) -> Any:
        fitting = [option for option in self.options if option == value and type(option) is type(value)]
        if not fitting:
            raise ArgumentError(f"{self.name} was {value!r}.", f"Use one of: {', '.join(map(repr, self.options))}.")
        return fitting[0]

    def declared(self) -> dict[str, Any]:
        options = [{"value": value, "label": label} for value, label in self.options.items()]
        return super().declared() | {"is": "choice", "options": options}


@dataclass(frozen=True)
class Toggle(Knob):
    """Yes or no.

    >>> Toggle("shuffled", "Shuffle", "Hide the order.", True).check("yes")
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.ArgumentError: shuffled is True or False, and was 'yes'.
        Use shuffled=True.
    """

    def check(self, value: Any, settings: Mapping[str, Any] | None = None) -> bool:
        if not isinstance(value, bool):
            raise ArgumentError(f"{self.name} is True or False, and was {value!r}.", f"Use {self.name}={self.default}.")
        return value

    def declared(self) -> dict[str, Any]:
        return super().declared() | {"is": "toggle"}


class KnobTrait(TraitType[Any, Any]):
    """A trait under a knob's rule, in step with the browser."""

    def __init__(self, knob: Knob) -> None:
        super().__init__(knob.default)
        self.knob = knob
        self.tag(sync=True)

    def validate(self, owner: Any, value: Any) -> Any:
        return self.knob.check(
            value, {name: getattr(owner, name) for name in [getattr(self.knob, "capped_by", "")] if name}
        )


def key_sizes() -> dict[int, str]:
    """The Paillier keys that a lab offers, in words that a list of them has room for.

    >>> key_sizes()[512], key_sizes()[2048]
    ('512 bits: a toy, insecure', '2048 bits')
    """
    toys = {bits: say("{bits} bits: a toy, insecure", bits=bits) for bits in TOY_KEY_SIZES if bits >= 512}
    return toys | {bits: say("{bits} bits", bits=bits) for bits in KEY_SIZES if bits <= 3072}

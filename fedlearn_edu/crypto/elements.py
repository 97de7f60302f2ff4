"""Many byte strings of one width: blinded points, numbers mod n, tags, hashes. What an alignment sends.

>>> points = Elements.of("point", [bytes(31) + b"9", bytes(31) + b"4"])
>>> points, points.protection
(2 blinded points, 'blinded')
>>> [point[-1:] for point in points]
[b'9', b'4']

One long byte string is kept, not a list of short ones: a million points take 32 MB.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..errors import CryptoError


class Kind(NamedTuple):
    """What elements are called, one and many, and what protects them ("": nothing)."""

    one: str
    many: str
    protection: str


KINDS = (
    ("point", Kind("blinded point", "blinded points", "blinded")),
    ("number", Kind("blinded number", "blinded numbers", "blinded")),
    ("signature", Kind("blind signature", "blind signatures", "blinded")),
    ("tag", Kind("tag", "tags", "signed, then hashed")),
    ("hash", Kind("hash", "hashes", "")),
)


@dataclass(frozen=True)
class Elements:
    """A sequence of byte strings of one width.

    >>> tags = Elements.of("tag", [b"ab", b"cd", b"ef"], width=2)
    >>> len(tags), tags[1], tags.take([2, 0])[0]
    (3, b'cd', b'ef')

    Parameters
    ----------
    kind : "point", "number", "signature", "tag" or "hash"
    width : bytes in each
    body : all of them, one after the other

    Raises
    ------
    CryptoError
        an unknown kind, or a body that is no whole number of elements
    """

    kind: str
    width: int
    body: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.kind not in dict(KINDS):
            raise CryptoError(f"Elements of kind {self.kind!r} are unknown.", f"Use one of {', '.join(dict(KINDS))}.")
        if self.width < 1 or len(self.body) % self.width:
            raise CryptoError(
                f"{len(self.body)} bytes are no whole number of elements of {self.width}.", "Refuse them: some are cut."
            )

    @classmethod
    def of(cls, kind: str, items: Sequence[bytes], width: int = 32) -> Elements:
        """Put byte strings together, all of one width."""
        wrong = next((item for item in items if len(item) != width), None)
        if wrong is not None:
            raise CryptoError(f"An element has {len(wrong)} bytes among others of {width}.", "Give all one width.")
        return cls(kind, width, b"".join(items))

    def __len__(self) -> int:
        return len(self.body) // self.width

    def __getitem__(self, place: int) -> bytes:
        place = range(len(self))[place]
        return self.body[self.width * place : self.width * (place + 1)]

    def __iter__(self) -> Iterator[bytes]:
        return (self.body[start : start + self.width] for start in range(0, len(self.body), self.width))

    def __repr__(self) -> str:
        return self.description

    @property
    def description(self) -> str:
        """Number and kind, in words."""
        names = dict(KINDS)[self.kind]
        return f"{len(self):,} {names.one if len(self) == 1 else names.many}"

    @property
    def protection(self) -> str:
        """What protects them, in words for a transcript."""
        return dict(KINDS)[self.kind].protection

    def take(self, places: Sequence[int]) -> Elements:
        """Some of them, in an order of your own."""
        return Elements(self.kind, self.width, b"".join([self[place] for place in places]))


def kind_and_width(value: object) -> tuple[str, int]:
    """What another party sent instead of a promise: kind and width of elements; of anything else its type, and 0.

    >>> kind_and_width(Elements("tag", 2, b"abcd")), kind_and_width([b"ab"])
    (('tag', 2), ('list', 0))
    """
    return (value.kind, value.width) if isinstance(value, Elements) else (type(value).__name__, 0)


def common_places(one: Sequence[bytes] | Elements, other: Sequence[bytes] | Elements) -> tuple[list[int], list[int]]:
    """Where two lists hold the same byte strings: the places in each, in the ascending order of what is common.

    >>> common_places([b"c", b"x", b"a"], [b"a", b"b", b"c"])
    ([2, 0], [0, 2])

    Raises
    ------
    CryptoError
        one list holds the same byte string twice
    """
    first, second = _places(one), _places(other)
    common = sorted(first.keys() & second.keys())
    return [first[item] for item in common], [second[item] for item in common]


def _places(items: Sequence[bytes] | Elements) -> dict[bytes, int]:
    places = {item: place for place, item in enumerate(items)}
    if len(places) < len(items):
        raise CryptoError(
            f"{len(items):,} elements are {len(places):,} different ones.", "Refuse them: every id counts once."
        )
    return places

"""Chapter 08's lab: what passes through the server in a round, from three clients to a million.

>>> masks = next(one for one in curves() if one.name == "masks")
>>> masks.bytes(4, 31, 100) == masked_sum().forecast(4, 31, 1)[1]
True
>>> masks.a_minute(31, 100)                                     # so many clients fill a link of 1 Gbit/s for a minute
3669

Bytes are those that each aggregation forecasts for a round, keys that are made once left out. In groups, clients agree
on masks with those of their own group only, and the server learns a mean from each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ...crypto.packing import slot_bits_for
from ...i18n import language, say
from ...protocols.aggregation import plain_sum
from ...protocols.masked_aggregation import masked_sum
from ...protocols.paillier_aggregation import paillier_sum
from ..blocks import Block, in_seconds, note, switch, table
from .alignment_panels import in_time
from .spec import Moment

CLIENTS = (3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
SIZES = (31, 650, 1_000_000)
GROUPS = (10, 30, 100, 1_000)
LINK = 1e9 / 8  # bytes a second: 1 Gbit/s
MINUTE = 60 * LINK
ROWS_A_CLIENT = 30  # decides how wide a packed slot must be
KEY_BITS = 2048


@dataclass(frozen=True)
class Curve:
    """One way to add up, and what a round costs, from clients, numbers and group.

    Parameters
    ----------
    name, grouped : its name, and whether it depends on the group
    bytes : what passes through the server in a round
    seconds : everybody's work, on one core
    """

    name: str
    grouped: bool
    bytes: Callable[[int, int, int], int]
    seconds: Callable[[int, int, int], float]

    def a_minute(self, numbers: int, group: int) -> int:
        """The most clients whose round goes through a link of 1 Gbit/s in a minute; 0 if not even three can."""
        low, high = 2, 2**40
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.bytes(middle, numbers, group) <= MINUTE else (low, middle)
        return low if low > 2 else 0


def curves() -> tuple[Curve, ...]:
    """In the order of the table."""
    plain, masks = plain_sum(), masked_sum()
    return (
        Curve("plain", False, lambda K, m, g: plain.forecast(K, m, 1)[1], lambda K, m, g: plain.forecast(K, m, 1)[0]),
        Curve("paillier", False, lambda K, m, g: paillier_bytes(K, m), lambda K, m, g: paillier_seconds(K, m)),
        Curve("masks", False, lambda K, m, g: masks.forecast(K, m, 1)[1], lambda K, m, g: masks.forecast(K, m, 1)[0]),
        Curve("groups", True, lambda K, m, g: in_groups(K, m, g)[1], lambda K, m, g: in_groups(K, m, g)[0]),
    )


def paillier_bytes(clients: int, numbers: int) -> int:
    """A round of `paillier_sum`: what it forecasts for a second round (to ask it would time a power each time)."""
    return 2 * clients * (ciphertexts(clients, numbers) * KEY_BITS // 4 + 70)


def ciphertexts(clients: int, numbers: int) -> int:
    """How many ciphertexts carry a packed update."""
    return -(-numbers // ((KEY_BITS - 1) // slot_bits_for(ROWS_A_CLIENT * clients)))


def paillier_seconds(clients: int, numbers: int) -> float:
    """A round of `paillier_sum`, with the keys, which are nothing beside a million clients. Timed on this computer."""
    return paillier_sum(KEY_BITS).forecast(clients, numbers, 1, total=ROWS_A_CLIENT * clients)[0]


def in_groups(clients: int, numbers: int, group: int) -> tuple[float, int]:
    """As many rounds of `masked_sum` as there are groups; those left over join one each.

    >>> in_groups(250, 31, 100)[1] == 2 * masked_sum().forecast(125, 31, 1)[1]
    True
    """
    groups = max(1, clients // group)
    small, larger = divmod(clients, groups)
    parts = [(count, size) for count, size in ((groups - larger, small), (larger, small + 1)) if count]
    costs = [(count, *masked_sum().forecast(size, numbers, 1)) for count, size in parts]
    return sum(count * seconds for count, seconds, _ in costs), sum(count * size for count, _, size in costs)


class Scale:
    """The panel, and what it computes once: it depends on no other knob."""

    def __init__(self) -> None:
        self._shown: dict[str, list[Block]] = {}
        self._seconds: dict[tuple[str, int, int], float] = {}  # for each client; Paillier's are timed, once is enough

    def million(self, moment: Moment) -> list[Block]:
        """One chart with two scales, bytes and the time of a link; the formulas; what they mean."""
        if language() not in self._shown:  # no knob outside this panel changes anything here
            self._shown = {language(): self._blocks()}
        return self._shown[language()]

    def _blocks(self) -> list[Block]:
        cases = {str(n): [switch("by group", "group", {str(g): self._table(n, g) for g in GROUPS})] for n in SIZES}
        return [self._chart(), switch("by numbers", "numbers", cases), *_meaning()]

    # --- the chart

    def _chart(self) -> Block:
        looks = {
            "plain": ("open", "circle", "2 4"), "paillier": ("s4", "square", "8 4"), "masks": ("s1", "triangle", ""),
            "groups": ("s3", "diamond", "10 3 2 3"),
        }  # fmt: skip
        series = []
        for one in curves():
            role, marker, dash = looks[one.name]
            by = ["numbers", "group"] if one.grouped else ["numbers"]
            values = {key: _values(one, *place) for key, place in _places(one)}
            minutes = {key: _where_full(one, *place) for key, place in _places(one)}
            look = {"role": role, "marker": marker, "dash": dash, "wide": False, "named": True, "in_legend": True}
            series.append({"label": _names()[one.name], "legend": "", **look, "by": by, "at": values, "full": minutes})
        return {
            "is": "growth", "key": "growth", "title": say("Bytes through the server in a round"), "curves": series,
            "x": list(CLIENTS), "x_label": say("clients"), "floor": 1e3, "top": 1e15, "marks": _times(),
            "ticks": [[1e3, "1 kB"], [1e6, "1 MB"], [1e9, "1 GB"], [1e12, "1 TB"], [1e15, "1 PB"]],
            "x_ticks": [[3, "3"], *([10**power, f"{10**power:,}"] for power in range(1, 7))],
            "alt": say(
                "Both axes are logarithmic. In the clear, under Paillier and in groups the curves are straight lines, "
                "ten times the clients for ten times the bytes. Masks among all clients bend upwards: ten times the "
                "clients, a hundred times the bytes."
            ),
        }  # fmt: skip

    # --- the table

    def _table(self, numbers: int, group: int) -> list[Block]:
        columns = [
            say("added up"), say("bytes a round of K clients"), say("a minute of 1 Gbit/s is full at"),
            say("the link, at a million"), say("work for each client, at a million"), say("whose numbers can be read"),
        ]  # fmt: skip
        title = say("What each way costs, with {numbers} numbers", numbers=f"{numbers:,}")
        return [table("costs", title, columns, [self._row(one, numbers, group) for one in curves()])]

    def _row(self, curve: Curve, numbers: int, group: int) -> list[str]:
        million, full = (CLIENTS[-1], numbers, group), curve.a_minute(numbers, group)
        key = (curve.name, numbers, group if curve.grouped else 0)
        if key not in self._seconds:
            self._seconds[key] = curve.seconds(*million) / CLIENTS[-1]
        return [
            _names()[curve.name],
            formula(curve, numbers, group),
            say("{count} clients", count=in_round_numbers(full)) if full else say("fewer than three"),
            in_time(curve.bytes(*million) / LINK),
            in_seconds(self._seconds[key]),
            _read(group)[curve.name],
        ]


def _values(curve: Curve, numbers: int, group: int) -> list[float]:
    return [float(f"{curve.bytes(clients, numbers, group):.4g}") for clients in CLIENTS]


def _places(curve: Curve) -> list[tuple[str, tuple[int, int]]]:
    """Where the knobs can stand, as far as the curve cares: a key for the page, and numbers and group."""
    if not curve.grouped:
        return [(str(numbers), (numbers, GROUPS[0])) for numbers in SIZES]
    return [(f"{numbers} {group}", (numbers, group)) for numbers in SIZES for group in GROUPS]


def _where_full(curve: Curve, numbers: int, group: int) -> list[Any]:
    """Where the link is full for a minute, as a place on the axis and in words."""
    full = curve.a_minute(numbers, group)
    return [full, in_round_numbers(full)]


def formula(curve: Curve, numbers: int, group: int) -> str:
    """Bytes of a round of K clients, as it is forecast.

    >>> [formula(curve, 31, 100) for curve in curves()]
    ['536·K', '1,164·K', '557·K² + 262·K', '55,962·K']
    """
    each = {
        "plain": 2 * (8 * numbers + 20),
        "paillier": 2 * (KEY_BITS // 4 * ciphertexts(CLIENTS[-1], numbers) + 70),
        "masks": 16 * numbers - 234,
        "groups": 557 * group + 16 * numbers - 234,
    }[curve.name]
    return f"557·K² + {each:,}·K" if curve.name == "masks" else f"{each:,}·K"


def in_round_numbers(count: int) -> str:
    """Two digits, and the size of the number.

    >>> in_round_numbers(3669), in_round_numbers(13_992_537)
    ('3,700', '14,000,000')
    """
    return f"{int(float(f'{count:.2g}')):,}"


def _names() -> dict[str, str]:
    return {
        "plain": say("in the clear"), "paillier": say("Paillier, packed"), "masks": say("masks, all with all"),
        "groups": say("masks, in groups"),
    }  # fmt: skip


def _read(group: int) -> dict[str, str]:
    return {
        "plain": say("everybody's, by the server"),
        "paillier": say("everybody's, by whoever takes one client's key"),
        "masks": say("nobody's: the server reads one mean"),
        "groups": say("nobody's: the server reads the mean of every {group}", group=f"{group:,}"),
    }


def _times() -> list[dict[str, Any]]:
    """Lines across the chart: how long a link of 1 Gbit/s takes for so many bytes."""
    named: Sequence[tuple[str, float]] = (
        (say("1 second"), 1), (say("1 minute"), 60), (say("1 hour"), 3600), (say("1 day"), 86400),
        (say("1 month at 1 Gbit/s"), 30 * 86400),
    )  # fmt: skip
    return [{"y": seconds * LINK, "label": label, "strong": seconds == 60} for label, seconds in named]


def _meaning() -> list[Block]:
    formulas = say(
        "For K clients with m numbers each: in the clear 2·(8m + 20)·K; Paillier 2·(512c + 70)·K in c ciphertexts; "
        "masks (557K + 16m − 234)·K, since everybody seals shares for everybody; in groups of g clients "
        "(557g + 16m − 234)·K."
    )
    limits = say(
        "What must change on the way to a million: a cohort of some hundred answers in a round, masks are agreed in "
        "groups, and somebody else adds up the groups. Paillier scales in bytes, not in trust: a million clients would "
        "share one private key."
    )
    return [note("formulas", formulas, "raw"), note("limits", limits, "warn")]


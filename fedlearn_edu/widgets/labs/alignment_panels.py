"""What chapter 05's lab shows: customers with one pair of eyes, paint, a phone number, the messages.

>>> lists = TwoLists(frozenset({1, 2, 3}), frozenset({2, 3, 4, 5}), frozenset({4}))
>>> sorted(lists.common), sorted(lists.caught), lists.sizes
([2, 3], [4], (4, 4))
>>> power_mod(to_group("Ann"), 5, 9) == power_mod(to_group("Ann"), 9, 5)
True
>>> in_time(1e10 / HASHES_PER_SECOND)
'4.6 hours'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ...i18n import in_turn, say, sentences
from ..blocks import Block, figure_of_merit, in_bytes, in_seconds, note, switch, table
from .spec import Moment, Panel

P, ORDER = 47, 23  # a prime, and (P − 1)/2, a prime too: the squares mod P are a group of 23 colours
CUSTOMERS = ("Ann", "Bo", "Cem", "Dina", "Eva")
EYES = ("bank", "tax office", "eavesdropper")
SALT = "spring-"
PHONE = "10055201234"  # no mobile number of China begins with 10
DIGITS = range(3, 9)
HASHES_PER_SECOND = 600_000  # SHA-256 by Python, on one core
SIGNS = {"known": "●", "common": "◆", "sealed": "○", "found": "✕"}
SHOWN_MESSAGES = 6


@dataclass(frozen=True)
class TwoLists:
    """Two lists of customers, as entries of the register, and the strangers that the bank slips in."""

    bank: frozenset[int]
    tax_office: frozenset[int]
    guesses: frozenset[int]

    @property
    def common(self) -> frozenset[int]:
        """Customers of both, in earnest."""
        return self.bank & self.tax_office

    @property
    def parts(self) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
        """The bank's alone, common ones, the tax office's alone."""
        return self.bank - self.common, self.common, self.tax_office - self.common

    def of(self, eyes: str) -> frozenset[int]:
        """Whose customers these eyes know anyway."""
        return {"bank": self.bank, "tax office": self.tax_office}.get(eyes, frozenset())

    @property
    def caught(self) -> frozenset[int]:
        """Guesses that are customers of the tax office."""
        return self.guesses & self.tax_office

    @property
    def sizes(self) -> tuple[int, int]:
        """How long the lists are that take part."""
        return len(self.bank | self.guesses), len(self.tax_office)


@dataclass(frozen=True)
class Found:
    """What came of a run: by eyes, whom a dictionary attack reads in what those eyes received; and who is aligned."""

    read: Mapping[str, frozenset[int]]
    aligned: frozenset[int]


@dataclass(frozen=True)
class Panels:
    """The four panels; `register` is how many codes there are to try."""

    register: int

    def all(self) -> tuple[Panel, ...]:
        """In the order of the tabs."""
        return (
            Panel("customers", say("Who finds out whom"), self.customers),
            Panel("mixers", say("Two paint mixers"), mixers),
            Panel("crack", say("Crack me"), crack),
            Panel("messages", say("What travels"), messages),
        )

    # --- who finds out whom

    def customers(self, moment: Moment) -> list[Block]:
        """Three boxes of customers, for each pair of eyes."""
        return [switch("eyes", "eyes", {eyes: self._seen(moment, eyes) for eyes in EYES})]

    def _seen(self, moment: Moment, eyes: str) -> list[Block]:
        read, regions = self.read(moment, eyes), []
        places = zip(("bank", "", "tax office"), part_names(), moment.expected.parts, strict=True)
        for owner, name, part in places:
            if owner == eyes:
                regions.append(_own(name, len(part)))
            elif not owner and eyes != "eavesdropper":
                regions.append(_common(name, len(part)))
            else:
                regions.append(_others(name, len(part), len(part & read)))
        return [self._picture(moment, eyes, regions), self._verdict(moment, eyes, regions)]

    def _picture(self, moment: Moment, eyes: str, regions: list[dict[str, Any]]) -> Block:
        sizes = [f"{size:,}" for size in moment.expected.sizes]
        names = [say("bank: a list of {count}", count=sizes[0]), say("tax office: a list of {count}", count=sizes[1])]
        brackets = [{"label": names[0], "from": 0, "to": 1}, {"label": names[1], "from": 1, "to": 2}]
        title = {
            "bank": say("The customers with the bank's eyes"),
            "tax office": say("The customers with the tax office's eyes"),
            "eavesdropper": say("The customers with an eavesdropper's eyes"),
        }[eyes]
        alt = in_turn((f"{one['count']} {one['label']}", one["text"]) for one in regions)
        return {
            "is": "customers", "key": "customers", "title": title, "regions": regions, "brackets": brackets, "alt": alt,
        }  # fmt: skip

    def _verdict(self, moment: Moment, eyes: str, regions: list[dict[str, Any]]) -> Block:
        s, lists, read = moment.settings, moment.expected, sum(one["found"] for one in regions)
        head = say("Preview.") if moment.afterwards is None else say("Played, and the attack was run.")
        if s.method != "hashed" and s.guesses and eyes == "bank":
            return note("verdict", sentences(head, _stuffed(lists)), "bad" if read else "good")
        if s.method != "hashed" and lists.caught and eyes == "tax office":
            return note("verdict", sentences(head, _deceived(lists)), "warn")
        if read:
            text = say(
                "{count} customers of others, by name: hash all {all} codes, compare. That takes {seconds}.",
                count=read, all=f"{self.register:,}", seconds=in_seconds(self.register / HASHES_PER_SECOND),
            )  # fmt: skip
            return note("verdict", sentences(head, text), "bad")
        if s.method == "hashed" and eyes == "eavesdropper":
            text = say("The eavesdropper does not know the salt, and finds nobody. The other party knows it.")
            return note("verdict", sentences(head, text), "good")
        text = say(
            "Trying all {count} codes of the register finds nobody: without the secret number there is nothing to "
            "compare with. What shows is how long the lists are.", count=f"{self.register:,}",
        )  # fmt: skip
        return note("verdict", sentences(head, text), "good")

    def read(self, moment: Moment, eyes: str) -> frozenset[int]:
        """Whom these eyes know by name and should not: what the attack found, or, before a run, what it would find."""
        s, lists = moment.settings, moment.expected
        told: frozenset[int] = lists.caught if eyes == "bank" else frozenset()
        if moment.afterwards is not None:
            found: Found = moment.afterwards
            return found.read[eyes] | (told & found.aligned)
        tries = s.method == "hashed" and not (eyes == "eavesdropper" and s.salted)
        return (lists.bank | lists.tax_office if tries else frozenset()) | told

    # --- for paper

    def sentence(self, moment: Moment) -> str:
        """Sizes, method, who reads whom."""
        s, lists = moment.settings, moment.expected
        methods = {"ecdh": say("blinded points"), "rsa": say("blind signatures"), "hashed": say("plain hashes")}
        text = say(
            "The bank has {bank} customers, the tax office {tax}, and {common} are common. Compared by {method}, each "
            "side learns these and the length of the other's list.",
            bank=len(lists.bank), tax=len(lists.tax_office), common=len(lists.common),
            method=methods[s.method],
        )  # fmt: skip
        others = lists.tax_office - lists.common
        read = len(self.read(moment, "bank") & others)
        if not read:
            return sentences(text, say("The bank learns none of the {others} others.", others=len(others)))
        more = say("The bank also learns {read} of the {others} others.", read=read, others=len(others))
        return sentences(text, more)

    def table(self, moment: Moment) -> Mapping[str, Any]:
        """How many customers each pair of eyes knows by name."""
        lists = moment.expected
        rows = [[len(part & (lists.of(eyes) | self.read(moment, eyes))) for part in lists.parts] for eyes in EYES]
        columns = part_names()
        index = [
            say("there are"), say("known to the bank"), say("known to the tax office"), say("known to an eavesdropper"),
        ]  # fmt: skip
        return {"index": index, "columns": columns, "rows": [[len(part) for part in lists.parts], *rows]}

    def summary(self, moment: Moment) -> Mapping[str, Any]:
        """For a comparison of runs."""
        return {"common": len(moment.afterwards.aligned), "read": len(moment.afterwards.read["bank"])}


def part_names() -> list[str]:
    """What the three boxes are called."""
    return [say("bank only"), say("common"), say("tax office only")]


def _stuffed(lists: TwoLists) -> str:
    return say(
        "{caught} of the {guesses} strangers on the bank's list turned out to be customers of the tax office. No "
        "cipher was broken; the tax office could have wondered about a list of {size}.",
        caught=len(lists.caught), guesses=len(lists.guesses), size=f"{lists.sizes[0]:,}",
    )  # fmt: skip


def _deceived(lists: TwoLists) -> str:
    return say(
        "The tax office is told of {common} common customers, and cannot tell which {caught} of them are only guesses "
        "of the bank. It sees a list of {size}.",
        common=len(lists.common | lists.caught), caught=len(lists.caught), size=f"{lists.sizes[0]:,}",
    )  # fmt: skip


def _common(label: str, count: int) -> dict[str, Any]:
    return _region("common", label, count, say("recognised: what it is for"))


def _own(label: str, count: int) -> dict[str, Any]:
    return _region("known", label, count, say("known: its own customers"))


def _others(label: str, count: int, found: int) -> dict[str, Any]:
    """Customers of somebody else: counted, or some of them found out."""
    if not found:
        return _region("sealed", label, count, say("counted, and not known"))
    return _region("found", label, count, say("{found} of {count} known by name", found=found, count=count), found)


def _region(state: str, label: str, count: int, text: str, found: int = 0) -> dict[str, Any]:
    return {"state": state, "sign": SIGNS[state], "label": label, "count": count, "text": text, "found": found}


# --- two paint mixers


def elements() -> list[int]:
    """The 23 colours: all squares mod 47.

    >>> elements()[:5], len(elements())
    ([1, 2, 3, 4, 6], 23)
    """
    return sorted({number * number % P for number in range(1, P)})


def to_group(name: str) -> int:
    """A customer's colour: the square of a hash, so that nobody knows a logarithm of it (were the group not so small).

    >>> [to_group(name) for name in CUSTOMERS]
    [...]
    """
    number = int.from_bytes(sha256(name.encode()).digest(), "big") % (P - 3) + 2  # not 0, 1 or −1
    return number * number % P


def power_mod(start: int, *secrets: int) -> int:
    """Stir one secret after another in."""
    for secret in secrets:
        start = pow(start, secret, P)
    return start


def mixers(moment: Moment) -> list[Block]:
    """Both lanes; the browser computes them when a knob of this panel moves."""
    texts = {
        "owner": say("{name}, customer of the {who}", name="{name}", who="{who}"),
        "travels": say("{n} travels", n="{n}"), "end": say("{n} is compared", n="{n}"),
        "lane": say("{who}: {name} is {h}; {h}^{s} = {m}; {m}^{t} = {e} mod {p}.", who="{who}", name="{name}", h="{h}",
                    s="{s}", m="{m}", t="{t}", e="{e}", p="{p}"),
        "alike": say("{u} and {v}: the same colour, so the same customer. Who stirred first does not matter.", u="{u}",
                     v="{v}"),
        "different": say("{u} and {v}: other colours, so other customers, {x} and {y}; neither side learns the other's "
                         "name.", u="{u}", v="{v}", x="{x}", y="{y}"),
    }  # fmt: skip
    title = say("Each side stirs its secret into the colours: x becomes x^secret mod {p}", p=P)
    block: Block = {
        "is": "mixers", "key": "mixers", "title": title, "p": P, "elements": elements(),
        "customers": {name: to_group(name) for name in CUSTOMERS}, "names": [say("bank"), say("tax office")],
        "first": "bank_customer", "second": "tax_customer", "a": "a", "b": "b", "texts": texts,
        "alt": say("Two rows of three pots of paint; each arrow raises the number in the pot to a secret power."),
    }  # fmt: skip
    limits = say(
        "Where the picture limps: here are 23 colours, and anybody can try all secrets. On Curve25519 there are about "
        "2^252 of each. Paint cannot be unstirred; a power can, by who knows the secret."
    )
    return [block, note("limits", limits)]


# --- crack me


def crack(moment: Moment) -> list[Block]:
    """The counter, which runs in the page, and how long others would take."""
    texts = {
        "label": say("A made-up phone number"), "rule": say("11 digits"), "go": say("Find it"), "stop": say("Stop"),
        "progress": say("How many of the numbers have been tried"),
        "wrong": say("Type 11 digits, and nothing else."), "stopped": say("Stopped."),
        "ahead": say("The attacker knows {prefix}… and the hash: {count} numbers to try.", prefix="{prefix}",
                     count="{count}"),
        "ask": say("Nobody can compute backwards from a hash. Can it be found forwards?"),
        "searching": say("Hashing one number after the other …"),
        "counting": say("{number} · {count} tried · {speed} million a second", number="{number}", count="{count}",
                        speed="{speed}"),
        "found": say("Found: {number}, after {count} tries in {seconds} s, in a web page.", number="{number}",
                     count="{count}", seconds="{seconds}"),
        "none": say("All were tried, and none fits."),
    }  # fmt: skip
    title = say("Crack me: the hash of a phone number, and a counter")
    alt = say("A phone number, its SHA-256, and how many numbers begin with the same digits.")
    block: Block = {
        "is": "crack", "key": "crack", "title": title, "number": PHONE, "salt": SALT, "known": "known",
        "salted": "salt_phone", "texts": texts, "alt": alt,
        "rows": [(say("{known} digits known", known=k), f"{count:,}", in_time(count / HASHES_PER_SECOND))
                 for k in DIGITS for count in [10 ** (11 - k)]],
    }  # fmt: skip
    spaces = (
        (say("a credit code of a known region, as in this course"), 10**5, "100,000"),
        (say("a mobile number, nothing known"), 10**10, "10,000,000,000"),
        (say("a random number of 128 bits"), 2**128, "2^128"),
    )
    rows = [[name, text, in_time(count / HASHES_PER_SECOND)] for name, count, text in spaces]
    columns = [say("What was hashed"), say("how many there are"), say("time to try all")]
    return [block, table("spaces", say("At 0.6 million hashes a second: Python, one core"), columns, rows)]


def in_time(seconds: float) -> str:
    """A time that may be very long, for the eye.

    >>> [in_time(seconds) for seconds in (0.17, 100, 6e6, 6e32)]
    ['0.2 s', '1.7 minutes', '69 days', '2·10²⁵ years']
    """
    if seconds < 60:
        return say("{count:.1g} s", count=seconds) if seconds < 10 else say("{count:.0f} s", count=seconds)
    for words, unit, most in (
        (say("{count:.1f} minutes", count=seconds / 60), 60, 60),
        (say("{count:.1f} hours", count=seconds / 3600), 3600, 24),
        (say("{count:.0f} days", count=seconds / 86400), 86400, 700),
    ):  # fmt: skip
        if seconds / unit < most:
            return words
    digits, power = f"{seconds / 31_557_600:.0e}".split("e+")
    raised = str(int(power)).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return say("{count} years", count=f"{digits}·10{raised}")


# --- what travels


def messages(moment: Moment) -> list[Block]:
    """Every message of the run: what it is, how long, and how it begins."""
    if moment.run is None or moment.kind == "preview":
        return [note("wait", say("Press Run: every message is shown here as it travelled."))]
    found = moment.run.transcript.messages
    rows = [
        [one.step, one.sender, one.receiver, one.label, in_bytes(one.size), _head(one)]
        for one in found[:SHOWN_MESSAGES]
    ]
    columns = [say("step"), say("from"), say("to"), say("what"), say("size"), say("its first element begins")]
    text = say("messages, {size} in all", size=in_bytes(sum(one.size for one in found)))
    return [figure_of_merit("count", str(len(found)), text), table("messages", say("What travelled"), columns, rows)]


def _head(message: Any) -> str:
    """The first bytes of the first element, in hexadecimal."""
    from ...crypto.elements import Elements
    from ...wire.codec import KeyRing, decode

    value = decode(message.body or b"", KeyRing())
    return f"{value[0][:8].hex()}…" if isinstance(value, Elements) and len(value) else "—"

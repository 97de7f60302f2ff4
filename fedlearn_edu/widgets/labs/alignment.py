"""Chapter 05's lab: who finds out which customers, two paint mixers, crack me, and what travelled.

>>> spec = declare()
>>> [panel.title for panel in spec.panels]
['Who finds out whom', 'Two paint mixers', 'Crack me', 'What travels']
>>> two = spec.expected(Settings(bank_size=200, tax_size=100, overlap=50, guesses=0))
>>> len(two.bank), len(two.tax_office), len(two.common)
(200, 100, 50)

The customers have credit codes of a made-up register, of which this lab uses the first 2,000. What the panels show is
in `alignment_panels.py`, what they draw on paper in `alignment_drawings.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...attacks.alignment import dictionary_attack
from ...data.credit_codes import credit_code
from ...data.datasets import Dataset
from ...data.party import Party
from ...i18n import say
from ...protocols.alignment import align
from ...wire.choreography import Protocol
from ..knobs import Choice, Knob, Range, Toggle
from .alignment_drawings import draw_crack, draw_customers, draw_mixers
from .alignment_panels import CUSTOMERS, DIGITS, ORDER, SALT, Found, Panels, TwoLists
from .spec import Kind, LabSpec, Moment, Scene, Settings

REGISTER = 2_000  # entries; a real register has more, and is counted through in the same way
MOST = 300
SEED = 7


def declare() -> LabSpec:
    """The lab of chapter 05, in the language in force."""
    panels = Panels(REGISTER)
    return LabSpec(
        chapter="05",
        title=say("Finding common customers"),
        knobs=(*_list_knobs(), *_method_knobs(), *_eye_knobs(), *_paint_knobs(), *_crack_knobs()),
        protocol=protocol,
        expected=expected,
        panels=panels.all(),
        sentence=panels.sentence,
        table=panels.table,
        summary=panels.summary,
        scenes=_scenes(),
        steps=(say("key"), say("first sends"), say("second sends"), say("match")),
        afterwards=afterwards,
        kinds=(
            Kind("customers", "customers.js", draw_customers),
            Kind("mixers", "mixers.js", draw_mixers),
            Kind("crack", "crack.js", draw_crack),
        ),
    )


def expected(s: Settings) -> TwoLists:
    """Both lists as sets, and what plain set arithmetic makes of them."""
    drawn = np.random.default_rng(SEED).permutation(REGISTER).tolist()
    common = s.overlap * min(s.bank_size, s.tax_size) // 100
    bank, rest = drawn[: s.bank_size], drawn[s.bank_size :]
    tax_office = [*bank[:common], *rest[: s.tax_size - common]]
    guesses = [number for number in range(s.guesses) if number not in set(bank)]
    return TwoLists(frozenset(bank), frozenset(tax_office), frozenset(guesses))


def protocol(s: Settings) -> Protocol:
    """The alignment under these settings."""
    lists = expected(s)
    bank = _party("bank", sorted(lists.bank | lists.guesses))
    salt = SALT if s.salted and s.method == "hashed" else ""
    return align(bank, _party("tax office", sorted(lists.tax_office)), method=s.method, salt=salt)


def afterwards(moment: Moment) -> Found:
    """What the dictionary attack finds in the messages that each party received, and what an eavesdropper finds."""
    register = {credit_code(number): number for number in range(REGISTER)}
    salt, transcript = SALT if moment.settings.salted else "", moment.run.transcript
    known = {"bank": salt, "tax office": salt, "eavesdropper": ""}
    read = {
        eyes: frozenset(register[one] for one in dictionary_attack(transcript, eyes, list(register), salt=told))
        for eyes, told in known.items()
    }
    aligned = frozenset(register[one] for one in moment.run.result[0].data.ids.tolist())
    return Found(read, aligned)


def _party(name: str, numbers: list[int]) -> Party:
    codes = [credit_code(number) for number in numbers]
    return Party(name, Dataset(name, np.zeros((len(codes), 1)), None, np.array(codes), ("x",)))


def _list_knobs() -> tuple[Knob, ...]:
    sizes: dict[str, Any] = {"least": 10, "most": MOST, "step": 10}
    return (
        Range("bank_size", say("Bank"), say("How many customers the bank has."), 200, **sizes),
        Range("tax_size", say("Tax office"), say("How many customers the tax office has."), 200, **sizes),
        Range(
            "overlap", say("Common"), say("Which share of the shorter list is on the other list, too."), 80,
            least=0, most=100, step=10, words={share: say("{share} %", share=share) for share in range(0, 101, 10)},
        ),
        Range(
            "guesses", say("Guesses slipped in"),
            say("The bank adds codes of strangers to its list, in the order of the register."), 0,
            least=0, most=REGISTER, step=100,
        ),
    )  # fmt: skip


def _method_knobs() -> tuple[Knob, ...]:
    methods = {
        "ecdh": say("ECDH: blinded points"), "rsa": say("RSA: blind signatures"),
        "hashed": say("plain hashes: to be broken"),
    }  # fmt: skip
    return (
        Choice("method", say("Method"), say("How the lists are compared."), "ecdh", options=methods),
        Toggle(
            "salted", say("Salt the hashes"), say("Both parties put the same secret word before each code."), False,
            only_if={"method": ("hashed",)},
        ),
    )  # fmt: skip


def _eye_knobs() -> tuple[Knob, ...]:
    eyes = {"bank": say("the bank"), "tax office": say("the tax office"), "eavesdropper": say("an eavesdropper")}
    return (
        Choice("eyes", say("Whose eyes?"), say("Who looks at the messages."), "bank", options=eyes, panel="customers"),
    )


def _paint_knobs() -> tuple[Knob, ...]:
    names: dict[Any, str] = {name: name for name in CUSTOMERS}
    secret: dict[str, Any] = {"least": 2, "most": ORDER - 1, "panel": "mixers"}
    here: dict[str, Any] = {"options": names, "panel": "mixers"}
    return (
        Choice("bank_customer", say("The bank's customer"), say("Whose colour the bank starts from."), "Ann", **here),
        Choice("tax_customer", say("The tax office's customer"), say("Whose colour it starts from."), "Ann", **here),
        Range("a", say("The bank's secret a"), say("How the bank stirs."), 5, **secret),
        Range("b", say("The tax office's secret b"), say("How the tax office stirs."), 9, **secret),
    )


def _crack_knobs() -> tuple[Knob, ...]:
    words: dict[float, str] = {known: say("{count} digits", count=known) for known in DIGITS}
    return (
        Range(
            "known", say("Known digits"), say("What the attacker knows beforehand: operator and region, say."), 5,
            least=DIGITS[0], most=DIGITS[-1], words=words, panel="crack",
        ),
        Toggle("salt_phone", say("Salted, and the attacker knows the salt"),
               say("The other party of an alignment knows it: or the hashes would not match."), False,
               panel="crack"),
    )  # fmt: skip


def _scenes() -> tuple[Scene, ...]:
    return (
        Scene("start", say("Start"), say("200 customers each, 160 in common, ECDH. Change eyes.")),
        Scene(
            "crack-me", say("Crack me"),
            say("Let somebody type a made-up phone number, look at the hash, and press Find it."), panel="crack",
        ),
        Scene(
            "salted", say("Crack me, salted"),
            say("The hash is another one, and it takes as long as before: who compares hashes knows the salt."),
            {"salt_phone": True}, panel="crack",
        ),
        Scene(
            "hashed-falls", say("Plain hashes fall"),
            say("The bank tries the whole register and reads the 40 customers that it does not share."),
            {"method": "hashed"}, panel="customers", plays=True,
        ),
        Scene(
            "ecdh-holds", say("Blinded points hold"), say("The same register, the same attack, and nothing is found."),
            {}, panel="customers", plays=True,
        ),
        Scene(
            "same-colour", say("Mixers: one customer"), say("Two orders, one colour. Then change one customer."),
            panel="mixers",
        ),
        Scene(
            "other-colour", say("Mixers: two customers"), say("Other customers end in other colours."),
            {"tax_customer": "Cem"}, panel="mixers",
        ),
        Scene(
            "stuffed", say("A stuffed list"),
            say("No cipher is broken: the bank put a thousand guesses on its list. The tax office sees its size."),
            {"guesses": 1000}, panel="customers", plays=True,
        ),
    )  # fmt: skip

"""Encrypted sample alignment: two parties find their common customers, and put those rows into one order.

            first                                          second
    ecdh    step 1   ──{a·H(x)}, shuffled──────────────>
            step 2   <──{b·H(y)}, shuffled──────────────
                     <──{b·a·H(x)}, in the order of step 1──
            step 3   computes {a·b·H(y)} and matches: equal points, equal ids
    rsa     step 0   <──public key (n, e)───────────────
            step 1   ──{H(x)·r^e}, shuffled────────────>
            step 2   <──{H₂(H(y)^d)}, shuffled──────────
                     <──{H(x)^d·r}, in the order of step 1──
            step 3   divides by r, verifies, computes {H₂(H(x)^d)} and matches
    hashed  step 1   ──{SHA-256(salt x)}──>,   step 2   <──{SHA-256(salt y)}──,   step 3   matches
    all     step 3   ──which of second's are common, in what order──>     (not with reveal_to="first")

The common order is that of the ascending point, tag or hash. Each side shuffles what it sends, with randomness of its
own: else that order would tell the order of the other's rows. (The label holder is first; FATE: guest, and host.)

Who learns what: both learn which ids are common (with reveal_to="first" the first alone), and the size of the other's
set; nothing else, under ecdh and rsa. Under hashed each side can try every id there is: it is here to be broken.
Whom it trusts: semi-honest parties. A party may stuff its set with ids that it guesses, and learns which exist.
What it does not do: hide the sizes or the intersection; agree on how ids are written ("7", "07"); serve three parties.

References
----------
Meadows: A More Efficient Cryptographic Matchmaking Protocol. IEEE Symposium on Security and Privacy 1986. (ecdh)
Huberman, Franklin, Hogg: Enhancing Privacy and Trust in Electronic Communities. EC 1999. (ecdh)
De Cristofaro, Tsudik: Practical Private Set Intersection Protocols with Linear Complexity. FC 2010. (rsa)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import getitem
from typing import Any, Literal

from ..crypto import blind_signature as rsa
from ..crypto.blinding import blinding, blinding_again, generate_blinding_key, seconds_of_a_blinding
from ..crypto.identifiers import hashing
from ..data.matching import common_rows, matched, own_ids
from ..data.party import Party, check_names
from ..data.together import check_one_by_one
from ..errors import ArgumentError
from ..wire.choreography import At, Local, Protocol, Seat, Send, Text

TITLES = {
    "ecdh": "alignment (ECDH)",
    "rsa": "alignment (RSA blind signatures, {bits} bits{toy})",
    "hashed": "alignment (plain hashes: UNSAFE, every id can be tried)",
}


def align(
    first: Party,
    second: Party | None = None,
    method: Literal["ecdh", "rsa", "hashed"] = "ecdh",
    *,
    reveal_to: Literal["both", "first"] = "both",
    deduplicate: bool = False,
    key_bits: int = 2048,
    salt: str = "",
) -> Protocol:
    """Find the customers that two parties share, without showing the others, and bring their rows into one order.

    >>> import fedlearn_edu as fl
    >>> bank, tax_office = fl.split_columns(fl.load("breast_cancer"), overlap=0.1, seed=7)
    >>> bank, tax_office = fl.play(fl.align(bank, tax_office)).result
    >>> bank.data.ids.tolist() == tax_office.data.ids.tolist()
    True

    Parameters
    ----------
    first, second : both needed; with ids, each in any order, or elsewhere (`Party.elsewhere`); what is aligned later
        together keeps the mark `party.alignment`
    method : "ecdh" (blinding on a curve), "rsa" (blind signatures), or "hashed", which anybody can undo
    reveal_to : "both", or "first": the second then learns the size of the first's set and nothing else
    deduplicate : keep the first row of an id that stands there twice; otherwise such a table is refused
    key_bits : for "rsa": 2048, 3072 or 4096, or a toy of 1024
    salt : for "hashed", known to both; it changes nothing

    Returns
    -------
    Protocol
        its result is both parties with their common rows, row i the same customer, perhaps none; under
        reveal_to="first" it is the first party alone, and vertical learning refuses it

    Raises
    ------
    ArgumentError
        one party alone, or three, or two of one name; an unknown method, a party without rows, or with columns that
        were standardised already (do that afterwards)
    DataError
        ids that stand there twice

    References
    ----------
    As in the head of this file.
    """
    pair = _checked_pair(first, second, method)
    for option, value, known in (("method", method, tuple(TITLES)), ("reveal_to", reveal_to, ("both", "first"))):
        if value not in known:
            raise ArgumentError(f"{option} was {value!r}.", f"Use one of: {', '.join(map(repr, known))}.")
    rsa.check_key_bits(key_bits)
    mine, yours = (_checked_size(party, deduplicate) for party in pair)
    texts: dict[str, tuple[Callable[..., Text], dict[str, Any]]] = {
        "ecdh": (ecdh_text, {}), "rsa": (rsa_text, {"key_bits": key_bits}), "hashed": (hashed_text, {"salt": salt}),
    }  # fmt: skip
    text, extra = texts[method]
    toy = ", classroom only, insecure" if key_bits in rsa.TOY_KEY_SIZES else ""
    return Protocol(
        text,
        {"first": first, "second": second, "reveal_to": reveal_to, "deduplicate": bool(deduplicate), **extra},
        title=TITLES[method].format(bits=key_bits, toy=toy),
        forecast=None if mine is None or yours is None else partial(_forecast, method, mine, yours, key_bits),
    )


def ecdh_text(first: Seat, second: Seat, reveal_to: str, deduplicate: bool) -> Text:
    """Two blindings, which give the same in either order.

    1. the first blinds its ids and sends {a·H(x)}, shuffled
    2. the second sends its own {b·H(y)}, shuffled, and blinds the first's again: {b·a·H(x)}
    3. the first computes {a·b·H(y)}, matches, and tells the second its matches
    """
    own_at_first = yield Local(first, "shuffle own ids", own_ids, deduplicate, step=1)
    a_at_first = yield Local(first, "draw a", compute, generate_blinding_key, step=1)
    once_at_first = yield Local(first, "a·H(x)", compute, blinding, own_at_first, a_at_first, step=1)
    once_at_second = yield Send(once_at_first, second, "a·H(x)", step=1)
    own_at_second = yield Local(second, "shuffle own ids", own_ids, deduplicate, step=2)
    b_at_second = yield Local(second, "draw b", compute, generate_blinding_key, step=2)
    theirs_at_second = yield Local(second, "b·H(y)", compute, blinding, own_at_second, b_at_second, step=2)
    theirs_at_first = yield Send(theirs_at_second, first, "b·H(y)", step=2)
    twice_at_second = yield Local(second, "b·a·H(x)", compute, blinding_again, once_at_second, b_at_second, step=2)
    tags_at_first = yield Send(twice_at_second, first, "b·a·H(x)", step=2)
    theirs_at_first = yield Local(first, "a·b·H(y)", compute, blinding_again, theirs_at_first, a_at_first, step=3)
    own = (own_at_first, own_at_second)
    return (yield from matched_text(first, second, own, tags_at_first, theirs_at_first, reveal_to))


def rsa_text(first: Seat, second: Seat, reveal_to: str, deduplicate: bool, key_bits: int) -> Text:
    """The second signs the first's ids without seeing them; equal signatures, equal ids.

    0. the second sends its public key (n, e)
    1. the first sends {H(x)·r^e}, shuffled
    2. the second sends tags of its own signed ids {H₂(H(y)^d)}, shuffled, and signs blindly: {H(x)^d·r}
    3. the first divides by r, verifies, tags, matches, and tells the second its matches
    """
    key_at_second = yield Local(second, "generate an RSA key", compute, rsa.generate_signing_key, key_bits, step=0)
    public_at_second = yield Local(second, "its public half", compute, rsa.published, key_at_second, step=0)
    public_at_first = yield Send(public_at_second, first, "RSA public key", step=0, shape={"n": (), "e": ()})
    key_at_first = yield Local(first, "check the key", compute, rsa.received_key, public_at_first, key_bits, step=0)
    own_at_first = yield Local(first, "shuffle own ids", own_ids, deduplicate, step=1)
    asked_at_first = yield Local(first, "H(x)·r^e", compute, rsa.blinding_for, own_at_first, key_at_first, step=1)
    sent_at_first = yield Local(first, "set r aside", compute, rsa.numbers_of, asked_at_first, step=1)
    sent_at_second = yield Send(sent_at_first, second, "H(x)·r^e", step=1)
    own_at_second = yield Local(second, "shuffle own ids", own_ids, deduplicate, step=2)
    tags_at_second = yield Local(second, "H₂(H(y)^d)", compute, rsa.tagging, own_at_second, key_at_second, step=2)
    theirs_at_first = yield Send(tags_at_second, first, "H₂(H(y)^d)", step=2)
    signed_at_second = yield Local(second, "H(x)^d·r", compute, rsa.signing, sent_at_second, key_at_second, step=2)
    signed_at_first = yield Send(signed_at_second, first, "H(x)^d·r", step=2)
    signed = (signed_at_first, asked_at_first, key_at_first)
    tags_at_first = yield Local(first, "H₂(H(x)^d)", compute, rsa.unblinding, *signed, step=3)
    own = (own_at_first, own_at_second)
    return (yield from matched_text(first, second, own, tags_at_first, theirs_at_first, reveal_to))


def hashed_text(first: Seat, second: Seat, reveal_to: str, deduplicate: bool, salt: str) -> Text:
    """No alignment in private: both sides send what anybody can compute from an id.

    1. the first sends {SHA-256(salt, x)}
    2. the second sends {SHA-256(salt, y)}
    3. the first matches, and tells the second its matches
    """
    own_at_first = yield Local(first, "shuffle own ids", own_ids, deduplicate, step=1)
    tags_at_first = yield Local(first, "SHA-256(x)", compute, hashing, own_at_first, salt.encode(), step=1)
    yield Send(tags_at_first, second, "SHA-256(x), which hides nothing", step=1)
    own_at_second = yield Local(second, "shuffle own ids", own_ids, deduplicate, step=2)
    tags_at_second = yield Local(second, "SHA-256(y)", compute, hashing, own_at_second, salt.encode(), step=2)
    theirs_at_first = yield Send(tags_at_second, first, "SHA-256(y), which hides nothing", step=2)
    own = (own_at_first, own_at_second)
    return (yield from matched_text(first, second, own, tags_at_first, theirs_at_first, reveal_to))


def matched_text(
    first: Seat, second: Seat, own: tuple[At, At], tags_at_first: At, theirs_at_first: At, reveal_to: str
) -> Text:
    """Step 3 of all: match, and bring the rows of both into the order of the ascending tags."""
    names = (first.name, second.name)
    found_at_first = yield Local(first, "match", compute, matched, own[0], tags_at_first, theirs_at_first, step=3)
    mine_at_first = yield Local(first, "which of its own are common", compute, getitem, found_at_first, 0, step=3)
    here = (own[0], mine_at_first, first.name, names, reveal_to)
    aligned_at_first = yield Local(first, "put the common rows in order", common_rows, *here, step=3)
    if reveal_to == "first":
        return aligned_at_first
    yours_at_first = yield Local(first, "which of the other's are common", compute, getitem, found_at_first, 1, step=3)
    yours_at_second = yield Send(yours_at_first, second, "which are common", step=3)
    there = (own[1], yours_at_second, second.name, names, reveal_to)
    aligned_at_second = yield Local(second, "put the common rows in order", common_rows, *there, step=3)
    return aligned_at_first, aligned_at_second


def compute(_: Any, function: Callable[..., Any], *args: Any) -> Any:
    """Work that needs nothing of the party's table."""
    return function(*args)


def _checked_pair(first: Any, second: Any, method: Any) -> tuple[Any, Any]:
    """Two things that can be parties, or an error that says that it takes two."""
    check_one_by_one((first, second), "align(bank, tax_office)")
    if second is None:
        raise ArgumentError("align takes two parties, and one came.", "Give two: align(bank, tax_office).")
    if isinstance(method, Party):
        raise ArgumentError("align takes two parties, and three came.", "Give two: align(bank, tax_office).")
    check_names([party for party in (first, second) if isinstance(party, Party)])
    return first, second


def _checked_size(party: Party, deduplicate: bool) -> int | None:
    if getattr(party, "is_elsewhere", False):
        return None
    table = getattr(party, "data", None)
    if table is None:
        problem = f"{getattr(party, 'name', party)!r} is no party with rows to align."
        raise ArgumentError(problem, "Give two parties that hold a table each: fl.Party(name, dataset).")
    if party.scaling is not None:
        raise ArgumentError(f"{party.name}'s columns are standardised already.", "Align first, standardise afterwards.")
    return len(own_ids(table, deduplicate, f"{party.name}'s"))


def _forecast(method: str, mine: int, yours: int, key_bits: int) -> tuple[float, int]:
    """Every id of each side is blinded twice, or signed once; hashing and matching take some 10 µs."""
    width = {"ecdh": 32, "rsa": key_bits // 8, "hashed": 0}[method]
    each = {
        "ecdh": lambda: 2 * seconds_of_a_blinding(), "rsa": lambda: 0.8 * rsa.seconds_of_a_signature(key_bits),
        "hashed": lambda: 0.0,
    }[method]()  # fmt: skip
    return (mine + yours) * (each + 1e-5), 2 * mine * width + 32 * (yours + (mine if not width else 0)) + 400

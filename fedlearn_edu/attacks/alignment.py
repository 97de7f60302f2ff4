"""Chapter 05: who can be found in what two parties exchange to find their common customers.

    `dictionary_attack`   write down every id there is, and look which of them a party has received
    `broken_blinding`     blinding sha(x)·G, which lies on the curve and looks as random as H(x) does
    `unlocked`            the others in such a list, once a single id in it is known

The first succeeds against `align(..., method="hashed")`, whatever the salt, and finds nothing under "ecdh" and "rsa".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from gmpy2 import invert, mpz

from ..crypto.blind_signature import VerifyingKey, full_domain_hash
from ..crypto.blinding import BlindingKey, blinding_again, hash_to_curve
from ..crypto.chunks import complete
from ..crypto.elements import Elements
from ..crypto.identifiers import id_bytes, plain_hash
from ..errors import ArgumentError
from ..wire.codec import KeyRing, decode
from ..wire.transcript import EAVESDROPPER, Transcript

GROUP_ORDER = mpz(2) ** 252 + 27742317777372353535851937790883648493  # of the multiples of G (RFC 7748)


def dictionary_attack(transcript: Transcript, party: str, candidates: Iterable[str], *, salt: str = "") -> list[str]:
    """The candidates that stand in what a party received, for anybody who can compute what a message holds of an id.

    >>> import fedlearn_edu as fl
    >>> bank, tax_office = fl.split_columns(fl.load("breast_cancer"), overlap=0.8, seed=7)
    >>> everybody = fl.load("breast_cancer").ids.tolist()
    >>> run = fl.play(fl.align(bank, tax_office, method="hashed"))
    >>> found = dictionary_attack(run.transcript, "bank", everybody)
    >>> len(found), len(set(found) - set(bank.data.ids))            # all its customers, 57 unknown to the bank
    (512, 57)
    >>> run = fl.play(fl.align(bank, tax_office, method="ecdh"))
    >>> dictionary_attack(run.transcript, "bank", everybody)
    []

    From an id anybody computes: its SHA-256 with the salt, its point H(x) on the curve and, once the key is sent, its
    number H(x) mod n. A blinded id is none of these.

    Parameters
    ----------
    transcript : of an `align` run, with whole messages (`keep="all"`)
    party : whose eyes; "eavesdropper" sees all messages
    candidates : every id there might be: a register, all telephone numbers
    salt : as both parties know it

    Returns
    -------
    list of str
        in the order of the candidates

    Raises
    ------
    ArgumentError
        the party received no elements that were kept whole
    """
    values = _received(transcript, party)
    elements = [value for value in values if isinstance(value, Elements)]
    if not elements:
        raise ArgumentError(f"{party!r} received no elements that were kept whole.", 'Play align with keep="all".')
    keys = [VerifyingKey(value["n"], value["e"]) for value in values if isinstance(value, dict) and "n" in value]
    makers = _makers({one.kind for one in elements}, salt, keys)
    known = {one for several in elements for one in several}
    listed = list(candidates)
    pairs = zip(listed, id_bytes(listed), strict=True)
    return [one for one, written in pairs if any(make(written) in known for make in makers)]


def broken_blinding(ids: Sequence[str], key: BlindingKey) -> Elements:
    """Blind in the tempting, broken way: k·(sha(x)·G).

    >>> from fedlearn_edu.crypto.blinding import generate_blinding_key
    >>> broken_blinding(["ann", "bob"], generate_blinding_key())
    2 blinded points

    sha(x)·G is on the curve, blinding it twice gives the same in either order, and intersections come out right. Only
    that everybody knows its logarithm, sha(x); see `unlocked`.
    """
    points = [_public(_broken_secret(one)) for one in ids]
    return complete(blinding_again(Elements.of("point", points), key))


def unlocked(blinded: Elements, place: int, known: str, candidates: Iterable[str]) -> dict[int, str]:
    """Who stands where in a list that was blinded with sha(x)·G, from one id whose place is known.

    >>> from fedlearn_edu.crypto.blinding import blinding, generate_blinding_key
    >>> key, customers, register = generate_blinding_key(), ["ann", "bob", "cem"], ["ada", "bob", "cem", "dan"]
    >>> unlocked(broken_blinding(customers, key), 0, "ann", register)
    {1: 'bob', 2: 'cem'}
    >>> unlocked(complete(blinding(id_bytes(customers), key)), 0, "ann", register)      # with H(x), nobody
    {}

    The element at the place is k·sha(known)·G. Divided by sha(known) it is k·G, the secret's public half; and then
    sha(guess)·(k·G) is what `guess` looks like under a secret that the attacker never learns. About 60 µs a guess.

    Parameters
    ----------
    blinded : as it was received
    place : of the known one, from 0; after an alignment each side knows the places of the common ones
    known : its id
    candidates : every id there might be

    Returns
    -------
    dict of str
        the others that were found, by place

    Raises
    ------
    ArgumentError
        there is no such place
    """
    if not 0 <= place < len(blinded):
        raise ArgumentError(f"There is no place {place} among {len(blinded)}.", "Count from 0.")
    scalar = _multiplier(_broken_secret(known))
    public = next(iter(complete(blinding_again(blinded.take([place]), _secret_for(invert(scalar, GROUP_ORDER))))))
    places = {element: at for at, element in enumerate(blinded)}
    found = {}
    for one in candidates:
        look = complete(blinding_again(Elements.of("point", [public]), _broken_secret(one)))[0]
        if places.get(look, place) != place:  # the known one finds itself in any list
            found[places[look]] = one
    return dict(sorted(found.items()))


def _received(transcript: Transcript, party: str) -> list[Any]:
    """What the messages to a party hold; all messages, for the eavesdropper."""
    if party not in (*transcript.parties, EAVESDROPPER):
        raise ArgumentError(f"{party!r} took no part in this run.", f"Its parties are {', '.join(transcript.parties)}.")
    keys = KeyRing()
    kept = [m.body for m in transcript.messages if party in (m.receiver, EAVESDROPPER) and m.body is not None]
    return [decode(body, keys) for body in kept]


def _makers(kinds: set[str], salt: str, keys: Sequence[VerifyingKey]) -> list[Callable[[bytes], bytes]]:
    """What anybody can make of an id, as far as something of that kind was received."""
    makers: list[Callable[[bytes], bytes]] = [partial(_number, key=key) for key in keys]
    if "hash" in kinds:
        makers.append(partial(plain_hash, salt=salt.encode()))
    return [*makers, hash_to_curve] if "point" in kinds else makers


def _number(written: bytes, key: VerifyingKey) -> bytes:
    return int(full_domain_hash(written, key)).to_bytes(key.width, "big")


def _broken_secret(one: str) -> BlindingKey:
    return BlindingKey(sha256(id_bytes([one])[0]).digest())


def _public(key: BlindingKey) -> bytes:
    return X25519PrivateKey.from_private_bytes(key.secret).public_key().public_bytes_raw()


def _multiplier(key: BlindingKey) -> mpz:
    """The number that X25519 multiplies by: the secret, clamped."""
    return mpz(int.from_bytes(key.secret, "little") & (2**254 - 8) | 2**254)


def _secret_for(number: mpz) -> BlindingKey:
    """A secret that multiplies by this number, or by its negative, which gives the same u-coordinate.

    X25519 takes multiples of 8 from 2^254 to 2^255 only. Some s = number + j·ℓ below 8ℓ is a multiple of 8, for the
    order ℓ of the group is odd; and of s and 8ℓ − s one is at least 2^254. It is below 2^255, too, but for one number
    in 2^127, for 8ℓ is hardly more.
    """
    multiple = next(s for j in range(8) if (s := number % GROUP_ORDER + j * GROUP_ORDER) % 8 == 0)
    return BlindingKey(int(max(multiple, 8 * GROUP_ORDER - multiple)).to_bytes(32, "little"))

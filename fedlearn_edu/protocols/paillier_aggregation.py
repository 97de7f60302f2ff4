"""Paillier aggregation: the server adds what it cannot read.

    step 0   party ──n_k──> server ──Σ n_k──> everyone     (when packed: slots are as wide as the sum needs)
             first party ──public key──> everyone
             other parties ──keys for sealing──> server ──> first party
             first party ──private key, sealed for each──> server ──> each
    step 2   every party encrypts its update x_k: [[x_k]], many numbers in one ciphertext, or one when not packed
    step 3   party ──[[x_k]], n_k──> server
    step 4   the server computes Σ n_k·[[x_k]] and re-randomises it
    step 5   server ──Σ n_k·[[x_k]], Σ n_k──> party
    step 6   every party decrypts, and divides by Σ n_k

Who holds the private key: all parties, not the server. One that sees uploads, or colludes with the server, reads all.
Who learns what: the server and whoever listens, the row counts; the parties, Σ n_k and the weighted sum of those who
uploaded (two learn each other's; when one is gone, the change of Σ n_k is its rows).
Whom it trusts: every party, therefore; and the server to carry keys unchanged (a real system signs its keys).
What it does not do: hide the sum, notice a poisoned update, go on when the first party is lost or late in step 0.

References
----------
Phong, Aono, Hayashi, Wang, Moriai: Privacy-Preserving Deep Learning via Additively Homomorphic Encryption.
IEEE Transactions on Information Forensics and Security 13(5), 2018.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import is_whole
from ..crypto.fixed_point import WEIGHT_BITS, decode
from ..crypto.paillier import (
    KEY_SIZES,
    EncryptedVector,
    KeyPair,
    PrivateKey,
    PublicKey,
    adding,
    decrypting,
    encrypting,
    multiplying,
    re_randomising,
    slot_bits_for,
)  # fmt: skip
from ..crypto.powers import seconds_of_a_power
from ..crypto.sealing import AgreementKeyPair, generate_agreement_key, seal, unseal
from ..errors import ArgumentError, ProtocolError, SlotOverflow
from ..learning.averaging import total_rows
from ..wire.choreography import Announce, Gather, Local, Located, Seat, Send, Text
from ._key_pair import checked_key_bits, new_pair, private_half, public_half


@dataclass(frozen=True)
class PaillierKeys:
    """After step 0: the public key and, when packed, Σ n_k, known to all; the private key, not known to the server."""

    public: PublicKey | None
    private_at: Located
    total: int | None


@dataclass(frozen=True)
class PaillierSum:
    """The server adds ciphertexts. Make it with `paillier_sum()`."""

    key_bits: int = 2048
    packed: bool = True
    value_bits: int = 10

    @property
    def name(self) -> str:
        """For screens."""
        toy = "" if self.key_bits in KEY_SIZES else ", classroom only, insecure"
        return f"Paillier{'' if self.packed else ' textbook'}, {self.key_bits} bits{toy}"

    def check(self, parties: int) -> None:
        """Any number of parties will do."""

    def set_up(self, parties: Sequence[Seat], server: Seat, rows: Located) -> Text:
        """Step 0: the first party makes the keys; each other one gets the private key sealed, through the server."""
        first, others, total = parties[0], parties[1:], None
        if self.packed:
            counts = [rows[party.name] for party in parties]
            counts_at_server = yield Gather(counts, server, "row count", step=0, shape=())
            total_at_server = yield Local(server, "add up row counts", total_of, counts_at_server, step=0)
            total = yield Announce(total_at_server, "rows in all", step=0, shape=())
        pair_at_first = yield Local(first, "generate a key pair", new_pair, self.key_bits, step=0)
        public_at_first = yield Local(first, "its public half", public_half, pair_at_first, step=0)
        public = yield Announce(public_at_first, "Paillier public key", step=0)

        agreement_at, asking = {}, []
        for party in others:
            agreement_at[party.name] = yield Local(party, "make a key for sealing", new_agreement, step=0)
            asking.append((yield Local(party, "its public half", public_agreement, agreement_at[party.name], step=0)))
        asked_at_server = yield Gather(asking, server, "public key for sealing", step=0, shape=(32,))
        asked_at_first = yield Send(asked_at_server, first, "everyone's keys for sealing", step=0)

        boxes_at_first = yield Local(
            first, "seal the private key", sealed_for_each, pair_at_first, asked_at_first, step=0
        )
        boxes_at_server = yield Send(boxes_at_first, server, "private key, sealed for each", step=0)
        private_at = {first.name: (yield Local(first, "its private half", private_half, pair_at_first, step=0))}
        for party in others:
            box_at_server = yield Local(
                server, f"pick the box for {party.name}", pick, boxes_at_server, party.name, step=0
            )
            box_at_party = yield Send(box_at_server, party, "private key, sealed", step=0)
            opened = yield Local(party, "unseal", opened_box, box_at_party, agreement_at[party.name], public, step=0)
            private_at[party.name] = opened
        return PaillierKeys(public, private_at, total)

    def mean(
        self, updates: Located, rows: Located, keys: PaillierKeys, parties: Sequence[Seat], server: Seat, *, round: int,
        size: int, value_bits: int | None = None,
    ) -> Text:  # fmt: skip
        """Row-weighted mean, computed by a server that reads row counts and ciphertexts."""
        uploads, public = [], (keys.public, keys.total, max(self.value_bits, value_bits or 0))
        for party in parties:
            here = (updates[party.name], rows[party.name], *public)
            uploads.append((yield Local(party, "encrypt", encrypted_update, *here, step=2)))
        arrived_at_server = yield Gather(
            uploads, server, "encrypted update", step=3, shape={"rows": (), "update": (size,)}
        )
        sum_at_server = yield Local(server, "add up ciphertexts", encrypted_sum, arrived_at_server, step=4)
        sum_at, mean_at = {}, {}
        for party in parties:
            shape = {"rows": (), "update": (size,)}
            sum_at[party.name] = yield Send(sum_at_server, party, "encrypted sum", step=5, shape=shape)
        for party in parties:
            sum_and_key = (sum_at[party.name], keys.private_at[party.name])
            mean_at[party.name] = yield Local(party, "decrypt and divide", opened_sum, *sum_and_key, step=6)
        return mean_at

    def forecast(
        self, parties: int, size: int, rounds: int, *, total: int = 8192, value_bits: int | None = None
    ) -> tuple[float, int]:
        """Seconds and bytes of so many rounds, from one measured power r^n mod n², the unit of all the work."""
        width = max(self.value_bits, value_bits or 0)
        slot_bits = slot_bits_for(total, value_bits=width) if self.packed else self.key_bits - 1
        count = -(-size // ((self.key_bits - 1) // slot_bits))  # ciphertexts in a vector
        factors = rounds * count * (parties + 1)  # encrypt, re-randomise
        powers = min(0.45 * factors, 30 + 0.04 * factors)  # with tables, once they pay
        powers += 0.3 * rounds * parties * (count + min(count, 3))  # decrypt; the record reads the first few, too
        seconds = (powers + 20) * seconds_of_a_power(self.key_bits)  # 20: to make the keys
        keys = parties * (self.key_bits * 5 // 8 + 100)
        return seconds, keys + rounds * 2 * parties * (count * self.key_bits // 4 + 70)


def total_of(_: Any, counts: Mapping[str, int]) -> int:
    return total_rows(counts)


def new_agreement(_: Any) -> AgreementKeyPair:
    return generate_agreement_key()


def public_agreement(_: Any, pair: AgreementKeyPair) -> bytes:
    return pair.public


def sealed_for_each(_: Any, pair: KeyPair, asked: Mapping[str, bytes]) -> dict[str, Any]:
    own, secret = generate_agreement_key(), pair.private.to_bytes()
    boxes = {name: seal(secret, own.private, theirs, SEAL_CONTEXT, name) for name, theirs in asked.items()}
    return {"from": own.public, "boxes": boxes}


SEAL_CONTEXT = b"paillier_sum, step 0: private key"


def pick(_: Any, sealed: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {"from": sealed["from"], "box": sealed["boxes"].get(name)}


def opened_box(_: Any, sealed: Mapping[str, Any], agreement: AgreementKeyPair, public: PublicKey) -> PrivateKey:
    if sealed["box"] is None:
        raise ProtocolError("No private key came: this party's key for sealing was too late.", "Start again.")
    return PrivateKey.from_bytes(unseal(sealed["box"], agreement.private, sealed["from"], SEAL_CONTEXT), public)


def encrypted_update(
    _: Any, update: np.ndarray, rows: int, public: PublicKey, total: int | None, value_bits: int
) -> Any:
    slots: dict[str, int] = {}
    if total is not None:
        slots = {"slot_bits": slot_bits_for(total, value_bits=value_bits), "summands": total}  # room for Σ n_k·x_k
    try:
        work = encrypting(update, public, WEIGHT_BITS, **slots)  # in steps of 2^-24
    except SlotOverflow as error:
        bits = int(np.abs(update).max()).bit_length()
        wider = f"or use paillier_sum(value_bits={bits})."
        raise SlotOverflow(error.problem, f"Standardise the columns, take smaller steps, {wider}") from None
    return {"rows": rows, "update": (yield from work)}  # [[x_k]]


def encrypted_sum(_: Any, arrived: Mapping[str, Mapping[str, Any]]) -> Any:
    total = total_rows({name: one["rows"] for name, one in arrived.items()})
    first, *others = arrived.values()
    vector = yield from multiplying(first["update"], first["rows"])  # n_k·[[x_k]]
    for one in others:
        part = yield from multiplying(one["update"], one["rows"])
        vector = yield from adding(vector, part)  # Σ n_k·[[x_k]]
    return {"rows": total, "update": (yield from re_randomising(vector))}


def opened_sum(_: Any, encrypted: Mapping[str, Any], private: PrivateKey) -> Any:
    vector: EncryptedVector = encrypted["update"]
    integers = yield from decrypting(vector, private)
    return decode(integers, vector.scale_bits, divisor=encrypted["rows"])  # Σ n_k·x_k / n


def paillier_sum(key_bits: int = 2048, packed: bool = True, value_bits: int = 10) -> PaillierSum:
    """Paillier: the server adds ciphertexts, and only the parties hold the private key.

    >>> paillier_sum().name
    'Paillier, 2048 bits'

    Parameters
    ----------
    key_bits : 2048, 3072 or 4096; 256, 512 and 1024 are toys, for the classroom only
    packed : many numbers in one ciphertext; False for one in each, as in the textbook: up to 42 times the work
    value_bits : packed, every number must stay below 2^value_bits; public. `standardise` brings a wider range itself

    Raises
    ------
    ArgumentError
        another key size, or value_bits out of range
    """
    key_bits = checked_key_bits(key_bits)
    if not is_whole(value_bits, 1, 64):
        raise ArgumentError(f"value_bits goes from 1 to 64, and was {value_bits!r}.", "Use 10 for weights.")
    return PaillierSum(key_bits, bool(packed), int(value_bits))

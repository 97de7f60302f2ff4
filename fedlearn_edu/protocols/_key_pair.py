"""A Paillier key pair inside one party, for every protocol that has one: who sends which half where is told there."""

from __future__ import annotations

from typing import Any

from ..arguments import is_whole
from ..crypto.chunks import Work
from ..crypto.joint_sums import residues_to_bytes
from ..crypto.paillier import (
    KEY_SIZES,
    TOY_KEY_SIZES,
    EncryptedVector,
    KeyPair,
    PrivateKey,
    PublicKey,
    decrypting_raw,
    generate_keys,
)
from ..crypto.paillier_checks import check_agreed
from ..errors import ArgumentError
from ..wire.choreography import Local, Seat, Text


def checked_key_bits(key_bits: Any) -> int:
    """The size of a key; one that no key is made in is refused before the first step."""
    if not is_whole(key_bits) or key_bits not in (*KEY_SIZES, *TOY_KEY_SIZES):
        sizes = ", ".join(str(bits) for bits in (*TOY_KEY_SIZES, *KEY_SIZES))
        raise ArgumentError(f"A key of {key_bits!r} bits is none that this library makes.", f"Use one of {sizes}.")
    return int(key_bits)


def named_key(key_bits: int) -> str:
    """What screens call the encryption."""
    return f"Paillier, {key_bits} bits{'' if key_bits in KEY_SIZES else ', classroom only, insecure'}"


def key_pair(holder: Seat, key_bits: int) -> Text:
    """Step 1: one party makes a pair. Answers its public half and its private one, both at that party."""
    pair = yield Local(holder, "generate a key pair", new_pair, key_bits, step=1)
    public_at_holder = yield Local(holder, "its public half", public_half, pair, step=1)
    private_at_holder = yield Local(holder, "its private half", private_half, pair, step=1)
    return public_at_holder, private_at_holder


def new_pair(_: Any, key_bits: int) -> KeyPair:
    return generate_keys(key_bits)


def public_half(_: Any, pair: KeyPair) -> PublicKey:
    return pair.public


def private_half(_: Any, pair: KeyPair) -> PrivateKey:
    return pair.private


def is_agreed(_: Any, public: PublicKey, key_bits: int) -> bool:
    check_agreed(public, key_bits)  # else its own error, and the others see it leave
    return True


def decrypted_raw(_: Any, vector: EncryptedVector, private: PrivateKey) -> Work[bytes]:
    return residues_to_bytes((yield from decrypting_raw(vector, private)), vector.public_key)

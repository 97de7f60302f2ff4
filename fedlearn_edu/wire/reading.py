"""What a message is, in a few words: its kind, what protects it, and what its receiver can make of it.

>>> kind_of({"rows": 107, "weights": np.zeros(31)})
'rows: a number; weights: 31 numbers'
>>> reading_of({"rows": 107, "weights": np.array([0.25, -1.0, 3.0, 4.0])}, private_keys=[])
'rows: 107; weights: 0.25, -1, 3, … (4 in all)'
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..crypto.elements import Elements
from ..crypto.fixed_point import decode as decode_integers
from ..crypto.masks import MaskedVector, Share
from ..crypto.paillier import EncryptedVector, PrivateKey, PublicKey
from ..crypto.sealing import SealedBox
from ..errors import CryptoError

SHOWN = 3  # how many elements of something long a reading shows
LONGEST = 200  # characters


def kind_of(value: Any) -> str:
    """Name the kind and number of things in a payload, without their values."""
    if isinstance(value, dict) and value:
        return _shortened("; ".join(f"{key}: {kind_of(part)}" for key, part in value.items()))
    if isinstance(value, list | tuple | np.ndarray):
        count = value.size if isinstance(value, np.ndarray) else len(value)
        plain = isinstance(value, np.ndarray) or all(isinstance(part, int | float) for part in value)
        return f"{count} {'number' if plain else 'item'}{'' if count == 1 else 's'}"
    if isinstance(value, EncryptedVector):
        return _ciphertexts(value)
    if isinstance(value, Elements):
        return value.description
    for type_, name in _KINDS:
        if isinstance(value, type_):
            return name.format(len(value) if hasattr(value, "__len__") else 1)
    return type(value).__name__


def protections_in(value: Any) -> Iterator[str]:
    """What the parts of a payload are protected by, each as its own object says it."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from protections_in(part)
    elif isinstance(value, EncryptedVector):
        yield f"Paillier {value.public_key.fingerprint}"
    elif hasattr(value, "protection"):
        yield value.protection


def public_keys_in(value: Any) -> Iterator[PublicKey]:
    """Every public key in a payload."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from public_keys_in(part)
    elif isinstance(value, PublicKey):
        yield value


def reading_of(value: Any, private_keys: Sequence[PrivateKey]) -> str:
    """Say what a party that holds these private keys can read in a payload: the first few values, decrypted."""
    return _shortened(_read(value, private_keys))


def _read(value: Any, private_keys: Sequence[PrivateKey]) -> str:
    if isinstance(value, dict) and value:
        return "; ".join(f"{key}: {_read(part, private_keys)}" for key, part in value.items())
    if isinstance(value, EncryptedVector):
        return _read_ciphertexts(value, private_keys)
    if isinstance(value, MaskedVector):
        return f"{_first(value.values)} (masked: looks like noise)"
    if isinstance(value, Elements):
        shown = [f"{value[place][:4].hex()}…" for place in range(min(SHOWN, len(value)))]
        more = ", …" if len(value) > SHOWN else ""
        noise = f" ({value.protection}: looks like noise)" if value.protection else ""
        return f"{value.description}: {', '.join(shown)}{more}{noise}" if shown else value.description
    if isinstance(value, SealedBox):
        return f"{len(value.body)} sealed bytes for {value.receiver}"
    if isinstance(value, PublicKey):
        return value.name
    if isinstance(value, Share):
        return f"secret share number {value.index}"
    if isinstance(value, np.ndarray):
        return _first(value.reshape(-1))
    if isinstance(value, list | tuple):
        return _listed([_read(part, private_keys) for part in value[:SHOWN]], len(value))
    if isinstance(value, bytes):
        return f"{value[:8].hex()}… ({len(value)} bytes)" if len(value) > 8 else value.hex()
    if isinstance(value, int) and value.bit_length() > LONGEST:
        return f"a number of {value.bit_length():,} bits"  # Python refuses to write very long ones
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _read_ciphertexts(vector: EncryptedVector, private_keys: Sequence[PrivateKey]) -> str:
    for private_key in private_keys:
        if private_key.public == vector.public_key:
            return _decrypted(vector, private_key)
    return f"{_ciphertexts(vector)}, not readable without the private key"


def _ciphertexts(vector: EncryptedVector) -> str:
    count = len(vector.ciphertexts)
    packed = f"{len(vector)} number{'' if len(vector) == 1 else 's'} in " if vector.packing else ""
    return f"{packed}{count} ciphertext{'' if count == 1 else 's'}"


def _decrypted(vector: EncryptedVector, private_key: PrivateKey) -> str:
    start = vector.head(SHOWN)
    if vector.masked:
        residues = [_short(residue) for residue in start.decrypt_raw(private_key)]
        return f"decrypts to {_listed(residues, len(vector))} (masked: looks like noise)"
    try:
        values = decode_integers(start.decrypt(private_key)[:SHOWN], vector.scale_bits)
    except (CryptoError, OverflowError):  # a broken promise is for the receiver's own work to find, not for the record
        return f"{_ciphertexts(vector)}, with numbers beyond the bound that was promised"
    return f"decrypts to {_listed([f'{v:.6g}' for v in values], len(vector))}"


def _short(number: int) -> str:
    digits = str(number)
    return digits if len(digits) <= 12 else f"{digits[:12]}… ({len(digits)} digits)"


def _first(values: np.ndarray) -> str:
    return _listed([f"{v:.6g}" if values.dtype.kind == "f" else str(v) for v in values[:SHOWN]], len(values))


def _listed(shown: list[str], count: int) -> str:
    return ", ".join(shown) + (f", … ({count} in all)" if count > SHOWN else "")


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (MaskedVector, "{} masked numbers"),
    (PublicKey, "a public key"),
    (SealedBox, "a sealed box"),
    (Share, "a secret share"),
    (bool, "yes or no"),
    ((int, float), "a number"),
    (str, "text"),
    (bytes, "{} bytes"),
    (dict, "nothing"),
    (type(None), "nothing"),
)

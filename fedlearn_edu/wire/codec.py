"""Payload to bytes and back: MessagePack, with a type of our own for each thing that a protocol sends.

>>> keys = KeyRing()
>>> body = encode({"rows": 107, "weights": np.array([0.5, -1.0])}, keys)
>>> len(body)
44
>>> decode(body, keys)
{'rows': 107, 'weights': array([ 0.5, -1. ])}

What may travel: None, truth values, numbers of any size, text, bytes, lists, dicts with text keys, arrays, public
keys, encrypted and masked vectors, sealed boxes, shares, blinded elements. Never: private keys, functions, parties.
Tuples arrive as lists. Everything encrypted has a fixed width, so the size of a message tells nothing of its content.

Bytes from another party are hostile until proven otherwise: lengths are compared with what is really there before
anything is allocated, nesting is limited, and nothing in a message can name code to run (which is why not pickle).

References
----------
MessagePack specification: https://github.com/msgpack/msgpack/blob/master/spec.md
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgpack
import numpy as np

from ..crypto.blind_signature import SigningKey
from ..crypto.blinding import BlindingKey
from ..crypto.circle import RoundSecrets
from ..crypto.elements import KINDS, Elements
from ..crypto.masks import SHARE_BYTES, MaskedVector, Share
from ..crypto.packing import Packing
from ..crypto.paillier import EncryptedVector, KeyPair, PrivateKey, PublicKey
from ..crypto.sealing import AgreementKeyPair, SealedBox
from ..errors import CryptoError, ProtocolError, WireError

MAX_BODY = 256 * 2**20  # bytes in one message
MAX_DEPTH = 16  # containers inside containers
MAX_VALUES = 2**22  # in the lists and dicts of one message; an array counts as one
MAX_KEYS = 256  # public keys that one party can know: checking a new one is slow, and an attacker could send many
ARRAY_TYPES = ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f4", "<f8")
NEVER = (PrivateKey, KeyPair, AgreementKeyPair, RoundSecrets, BlindingKey, SigningKey)


@dataclass
class KeyRing:
    """The public keys that a party has sent or received: it can read vectors under these, and no others."""

    known: dict[str, PublicKey] = field(default_factory=dict)

    def add(self, key: PublicKey) -> None:
        """Remember a key.

        Raises
        ------
        ProtocolError
            another key of the same fingerprint is known: the two could not be told apart; or the same key with another
            h_s, which is the source of everybody's randomness
        """
        known = self.known.setdefault(key.fingerprint, key)
        if known != key:
            raise ProtocolError(f"Two different keys have the fingerprint {key.fingerprint}.", "Refuse the second one.")
        if None not in (known.h_s, key.h_s) and known.h_s != key.h_s:
            raise ProtocolError(f"{key.name} came twice, with two different h_s.", "Refuse the second one.")
        if known.h_s is None:
            self.known[key.fingerprint] = key

    def find(self, fingerprint: str) -> PublicKey:
        """Look a key up.

        Raises
        ------
        ProtocolError
            the party never got that key
        """
        if fingerprint not in self.known:
            raise ProtocolError(
                f"A ciphertext under Paillier key {fingerprint} came to a party that never got this key.",
                "Send the public key first.",
            )
        return self.known[fingerprint]


def encode(value: Any, keys: KeyRing) -> bytes:
    """Turn a payload into the bytes that travel; public keys in it join the sender's key ring.

    Raises
    ------
    WireError
        something in it has no form on the wire
    ProtocolError
        something in it must not travel: a private key, or a computed ciphertext that was not re-randomised
    """
    try:
        body: bytes = msgpack.packb(_prepared(value, keys, 0), use_bin_type=True, strict_types=True)
    except (OverflowError, ValueError, TypeError) as error:
        raise WireError(
            f"This payload cannot be encoded: {error}.", "Send numbers, text, arrays or vectors."
        ) from error
    if len(body) > MAX_BODY:
        raise WireError(f"A message of {len(body):,} bytes is longer than {MAX_BODY:,}.", "Send it in parts.")
    return body


def decode(body: bytes, keys: KeyRing) -> Any:
    """Turn received bytes into a payload; public keys in it join the receiver's key ring.

    Raises
    ------
    WireError
        the bytes are no message: truncated, too deep, of a wrong type, or with lengths that are not true
    ProtocolError
        a ciphertext in it is under a key that the receiver never got
    """
    if len(body) > MAX_BODY:
        raise WireError(f"A message of {len(body):,} bytes is longer than {MAX_BODY:,}.", "Refuse it.")
    reader = msgpack.Unpacker(
        max_buffer_size=max(len(body), 1), raw=False, ext_hook=lambda code, data: _restored(code, data, keys)
    )
    reader.feed(body)
    try:
        value = _Reading(reader, body).value(0)
    except (msgpack.UnpackException, ValueError, TypeError, OverflowError, struct.error, CryptoError) as error:
        raise WireError(
            f"These {len(body)} bytes are no message: {error or type(error).__name__}.", _DAMAGED
        ) from error
    if reader.tell() != len(body):
        raise WireError(f"A message ends after {reader.tell()} bytes, and {len(body)} came.", _DAMAGED)
    return value


_DAMAGED = "The bytes were damaged on their way, or were never made by this library."


class _Reading:
    """Reads containers by hand, so that a claimed length costs nothing before its elements are there."""

    def __init__(self, reader: Any, body: bytes) -> None:
        self._reader, self._body = reader, body
        self._values_left = MAX_VALUES

    def value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise WireError(f"A message nests deeper than {MAX_DEPTH} levels.", _DAMAGED)
        position = self._reader.tell()
        if position >= len(self._body):
            raise WireError(f"A message of {len(self._body)} bytes ends too early.", _DAMAGED)
        first = self._body[position]
        if first >> 4 == 0x9 or first in (0xDC, 0xDD):
            return [self.value(depth + 1) for _ in range(self._checked(self._reader.read_array_header()))]
        if first >> 4 == 0x8 or first in (0xDE, 0xDF):
            return dict(self._items(depth))
        value = self._reader.unpack()
        if isinstance(value, msgpack.Timestamp):
            raise WireError("A message holds a time stamp, which no protocol here sends.", _DAMAGED)
        return value

    def _items(self, depth: int) -> Iterator[tuple[str, Any]]:
        seen = set()
        for _ in range(self._checked(self._reader.read_map_header(), 2)):
            key = self.value(depth + 1)
            if not isinstance(key, str) or key in seen:
                raise WireError("A dict in a message has a key twice, or one that is no text.", _DAMAGED)
            seen.add(key)
            yield key, self.value(depth + 1)

    def _checked(self, count: int, parts: int = 1) -> int:
        """Every element takes a byte at least, and becomes an object that takes many."""
        left = len(self._body) - self._reader.tell()
        if count * parts > left:
            raise WireError(f"A message claims {count:,} elements, and {left:,} bytes are left.", _DAMAGED)
        self._values_left -= count * parts
        if self._values_left < 0:
            raise WireError(f"A message holds more than {MAX_VALUES:,} values.", "Send numbers as an array.")
        return count


def _prepared(value: Any, keys: KeyRing, depth: int) -> Any:
    """Replace what MessagePack does not know by extension types."""
    if depth > MAX_DEPTH:
        raise WireError(f"A payload nests deeper than {MAX_DEPTH} levels.", "Flatten it, or break the cycle in it.")
    if isinstance(value, NEVER):
        raise ProtocolError("A private key never travels.", "Seal it for its receiver, or keep it where it is.")
    if isinstance(value, np.generic):
        value = value.item()  # NumPy's own text and bytes, too, become Python's
    if value is None or isinstance(value, bool | str | bytes) or type(value) is float:
        return value
    if isinstance(value, list | tuple):
        return [_prepared(part, keys, depth + 1) for part in value]
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise WireError(f"A dict with keys {list(value)[:3]!r} … cannot be encoded.", "Use text as keys.")
        return {key: _prepared(part, keys, depth + 1) for key, part in value.items()}
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else msgpack.ExtType(_BIG_INTEGER, _big_to_bytes(value))
    for code, form in _FORMS.items():
        if isinstance(value, form.type):
            return msgpack.ExtType(code, form.write(value, keys))
    raise WireError(
        f"A value of type {type(value).__name__} has no form on the wire.",
        "Send numbers, text, bytes, lists, dicts, arrays, public keys, or encrypted, masked or sealed values.",
    )


def _restored(code: int, data: bytes, keys: KeyRing) -> Any:
    if code == _BIG_INTEGER:
        return int.from_bytes(data, "big", signed=True)
    if code not in _FORMS:
        raise WireError(f"A message holds extension type {code}, which nobody here knows.", _DAMAGED)
    return _FORMS[code].read(bytes(data), keys)


@dataclass(frozen=True)
class _Form:
    type: type
    write: Callable[[Any, KeyRing], bytes]
    read: Callable[[bytes, KeyRing], Any]


def _big_to_bytes(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


def _write_array(array: np.ndarray, _: KeyRing) -> bytes:
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).reshape(array.shape)
    if little.dtype.str not in ARRAY_TYPES:
        raise WireError(f"An array of {array.dtype} has no form on the wire.", f"Use one of {', '.join(ARRAY_TYPES)}.")
    head = struct.pack("<BB", ARRAY_TYPES.index(little.dtype.str), little.ndim)
    return head + struct.pack(f"<{little.ndim}Q", *little.shape) + little.tobytes()


def _read_array(data: bytes, _: KeyRing) -> np.ndarray:
    kind, dimensions = struct.unpack_from("<BB", data)
    if kind >= len(ARRAY_TYPES) or dimensions > 8:
        raise WireError(f"An array claims type {kind} and {dimensions} dimensions.", _DAMAGED)
    shape = struct.unpack_from(f"<{dimensions}Q", data, 2)
    dtype, start, count = np.dtype(ARRAY_TYPES[kind]), 2 + 8 * dimensions, 1
    for length in shape:
        count *= length
    if len(data) != start + count * dtype.itemsize or max(shape, default=0) > MAX_BODY:
        raise WireError(f"An array claims shape {shape}, and {len(data) - start} bytes came.", _DAMAGED)
    if dtype.kind == "b" and (np.frombuffer(data, dtype=np.uint8, offset=start) > 1).any():
        raise WireError("An array of truth values holds other bytes.", _DAMAGED)
    return np.frombuffer(data, dtype=dtype, offset=start).reshape(shape)  # read-only: it views the message


def _write_public_key(key: PublicKey, keys: KeyRing) -> bytes:
    keys.add(key)
    return key.to_bytes()


def _read_public_key(data: bytes, keys: KeyRing) -> PublicKey:
    known = keys.known.get(sha256(data[: len(data) // 3]).hexdigest()[:8])  # of n alone: h_s takes the rest
    if known is not None and known.to_bytes() == data:
        return known
    if len(keys.known) >= MAX_KEYS:
        raise WireError(f"A party knows {MAX_KEYS} public keys already, and got one more.", "Refuse it.")
    key = PublicKey.from_bytes(data)
    keys.add(key)
    return key


def _write_vector(vector: EncryptedVector, _: KeyRing) -> bytes:
    if not vector.fresh:
        raise ProtocolError(
            "A computed ciphertext is leaving its party without being re-randomised.",
            "Call re_randomised() on it first: computing on ciphertexts is deterministic, so guesses can be tested.",
        )
    bound, packing = _big_to_bytes(vector.bound), vector.packing
    slots = struct.pack("<BI", packing.slot_bits // 8, packing.length) if packing else b"\0"
    head = struct.pack("<HH", vector.scale_bits, len(bound)) + slots
    return bytes.fromhex(vector.public_key.fingerprint) + head + bound + vector.to_bytes()


def _read_vector(data: bytes, keys: KeyRing) -> EncryptedVector:
    scale_bits, width, slot_bytes = struct.unpack_from("<HHB", data, 4)
    start = 13 if slot_bytes else 9
    if len(data) < start + width:
        raise WireError("An encrypted vector is shorter than its head claims.", _DAMAGED)
    key = keys.find(data[:4].hex())
    if scale_bits > key.key_bits:
        raise WireError(f"An encrypted vector claims {scale_bits} scale bits under {key.name}.", _DAMAGED)
    bound = int.from_bytes(data[start : start + width], "big", signed=True)
    packing = Packing(8 * slot_bytes, struct.unpack_from("<I", data, 9)[0], key.key_bits) if slot_bytes else None
    return EncryptedVector.from_bytes(data[start + width :], key, scale_bits, bound, packing)


def _write_box(box: SealedBox, _: KeyRing) -> bytes:
    receiver = box.receiver.encode()
    return struct.pack("<H", len(receiver)) + receiver + box.body


def _read_box(data: bytes, _: KeyRing) -> SealedBox:
    (length,) = struct.unpack_from("<H", data)
    if len(data) < 2 + length:
        raise WireError("A sealed box is shorter than the name on it.", _DAMAGED)
    return SealedBox(data[2 : 2 + length].decode(), data[2 + length :])


def _read_masked(data: bytes, _: KeyRing) -> MaskedVector:
    if len(data) % 8:
        raise WireError(f"A masked vector of {len(data)} bytes is no whole number of coordinates.", _DAMAGED)
    return MaskedVector(np.frombuffer(data, dtype="<u8"))


def _write_share(share: Share, _: KeyRing) -> bytes:
    return struct.pack("<H", share.index) + share.value.to_bytes(SHARE_BYTES, "big")


def _read_share(data: bytes, _: KeyRing) -> Share:
    if len(data) != 2 + SHARE_BYTES:
        raise WireError(f"A secret share has {2 + SHARE_BYTES} bytes, and {len(data)} came.", _DAMAGED)
    return Share(struct.unpack_from("<H", data)[0], int.from_bytes(data[2:], "big"))


def _write_elements(elements: Elements, _: KeyRing) -> bytes:
    return struct.pack("<BH", list(dict(KINDS)).index(elements.kind), elements.width) + elements.body


def _read_elements(data: bytes, _: KeyRing) -> Elements:
    kind, width = struct.unpack_from("<BH", data)
    if kind >= len(KINDS):
        raise WireError(f"Elements claim kind {kind}, which nobody here knows.", _DAMAGED)
    return Elements(KINDS[kind][0], width, data[3:])


_BIG_INTEGER = 1
_FORMS = {
    2: _Form(np.ndarray, _write_array, _read_array),
    3: _Form(PublicKey, _write_public_key, _read_public_key),
    4: _Form(EncryptedVector, _write_vector, _read_vector),
    5: _Form(SealedBox, _write_box, _read_box),
    6: _Form(MaskedVector, lambda vector, _: vector.values.astype("<u8").tobytes(), _read_masked),
    7: _Form(Share, _write_share, _read_share),
    8: _Form(Elements, _write_elements, _read_elements),
}

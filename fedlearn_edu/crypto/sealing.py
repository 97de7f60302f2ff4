"""A box that one receiver can open: X25519, HKDF-SHA256, AES-256-GCM.

>>> bank, tax_office = generate_agreement_key(), generate_agreement_key()
>>> box = seal(b"the private key", bank.private, tax_office.public, context=b"step 0", receiver="tax office")
>>> box.protection
'sealed for tax office'
>>> unseal(box, tax_office.private, bank.public, context=b"step 0")
b'the private key'

Sender and receiver agree on a key from one's private and the other's public half, so whoever carries the box (the
server, mostly) sees its length and nothing else. Only these two can have made it, and it opens in one direction and
one context only: a box of round 3 does not open in round 4, and a box sent back to its sender does not open there.

Nothing here says *whose* a public key is. A carrier that replaces public keys on their way reads everything; parties
are semi-honest here, and a real system needs certificates.

References
----------
RFC 7748 (X25519), RFC 5869 (HKDF), NIST SP 800-38D (GCM).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..errors import ArgumentError, CryptoError, SealBroken

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
SEAL_LABEL = b"fedlearn_edu sealed box"  # keeps keys for sealing apart from keys for anything else


@dataclass(frozen=True)
class AgreementKeyPair:
    """An X25519 key pair: `public` may travel, `private` may not.

    >>> pair = generate_agreement_key()
    >>> len(pair.public), len(pair.private), "private" in repr(pair)
    (32, 32, False)
    """

    public: bytes
    private: bytes = field(repr=False)


@dataclass(frozen=True)
class SealedBox:
    """What travels: the receiver's name, to be read by all, and a body for the receiver alone.

    >>> SealedBox("tax office", bytes(28)).protection
    'sealed for tax office'
    """

    receiver: str
    body: bytes = field(repr=False)

    @property
    def protection(self) -> str:
        """Who can open it, in words for a transcript."""
        return f"sealed for {self.receiver}"


def generate_agreement_key() -> AgreementKeyPair:
    """Make a fresh X25519 key pair.

    >>> len(generate_agreement_key().public)
    32
    """
    key = X25519PrivateKey.generate()
    return AgreementKeyPair(key.public_key().public_bytes_raw(), key.private_bytes_raw())


def shared_key(my_private: bytes, their_public: bytes, info: bytes) -> bytes:
    """Agree on a key: both sides get the same 32 bytes, and nobody else can.

    >>> one, other = generate_agreement_key(), generate_agreement_key()
    >>> shared_key(one.private, other.public, b"round 1") == shared_key(other.private, one.public, b"round 1")
    True

    Parameters
    ----------
    my_private, their_public
        32 bytes each
    info
        what the key is for (round, who with whom); another info gives an unrelated key

    Returns
    -------
    bytes
        32 bytes: HKDF-SHA256 of the X25519 secret under this info

    Raises
    ------
    CryptoError
        their public key is no 32 bytes, or one of the few low-order points that give everybody the same secret
    ArgumentError
        the private key is no 32 bytes
    """
    return _agreed(_private_key(my_private), their_public, info)


def seal(message: bytes, my_private: bytes, their_public: bytes, context: bytes, receiver: str) -> SealedBox:
    """Seal a message for one receiver.

    >>> one, other = generate_agreement_key(), generate_agreement_key()
    >>> len(seal(b"share", one.private, other.public, b"round 1", "hospital 2").body)  # 12 nonce + 5 + 16 tag
    33

    Parameters
    ----------
    message
        any bytes; their length stays visible
    my_private, their_public
        32 bytes each
    context
        public bytes that both sides know (round, from, to); the box opens in no other context
    receiver
        the name on the box, bound to it

    Raises
    ------
    CryptoError
        their public key is not usable
    ArgumentError
        the private key is no 32 bytes
    """
    mine = _private_key(my_private)
    key = _agreed(mine, their_public, _direction(_public_half(mine), their_public, context))
    nonce = secrets.token_bytes(NONCE_BYTES)
    return SealedBox(receiver, nonce + AESGCM(key).encrypt(nonce, message, _associated(context, receiver)))


def unseal(box: SealedBox, my_private: bytes, their_public: bytes, context: bytes) -> bytes:
    """Open a box that was sealed for me.

    >>> one, other = generate_agreement_key(), generate_agreement_key()
    >>> box = seal(b"share", one.private, other.public, b"round 1", "hospital 2")
    >>> unseal(box, other.private, one.public, b"round 2")
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.SealBroken: The box for hospital 2 does not open.
        Another key, another context or a changed byte; open it as its receiver, with the sender's public key.

    Raises
    ------
    SealBroken
        the box does not open, for whatever reason; which one is not told
    ArgumentError
        the private key is no 32 bytes
    """
    mine = _private_key(my_private)
    nonce, sealed = box.body[:NONCE_BYTES], box.body[NONCE_BYTES:]
    try:
        if len(sealed) < TAG_BYTES:
            raise InvalidTag
        key = _agreed(mine, their_public, _direction(their_public, _public_half(mine), context))
        return AESGCM(key).decrypt(nonce, sealed, _associated(context, box.receiver))
    except (InvalidTag, CryptoError):
        raise SealBroken(
            f"The box for {box.receiver} does not open.",
            "Another key, another context or a changed byte; open it as its receiver, with the sender's public key.",
        ) from None


def _private_key(private: bytes) -> X25519PrivateKey:
    if not isinstance(private, bytes) or len(private) != KEY_BYTES:
        raise ArgumentError("A private agreement key is 32 bytes, and this is not.", "Use generate_agreement_key().")
    return X25519PrivateKey.from_private_bytes(private)


def _agreed(mine: X25519PrivateKey, their_public: bytes, info: bytes) -> bytes:
    try:
        agreed = mine.exchange(X25519PublicKey.from_public_bytes(bytes(their_public)))
    except ValueError:
        raise CryptoError(
            f"A public key of {len(their_public)} bytes gives no shared secret: a low-order point, or no X25519 key.",
            "Do not go on with this party: an honest key is 32 bytes from generate_agreement_key().public.",
        ) from None
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(agreed)


def _public_half(private: X25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()


def _direction(sender_public: bytes, receiver_public: bytes, context: bytes) -> bytes:
    # X25519 alone gives both directions one key, and a box could be played back to its sender
    return SEAL_LABEL + sender_public + receiver_public + context


def _associated(context: bytes, receiver: str) -> bytes:
    # the length in front: without it ("ab", "c") and ("a", "bc") would be the same bytes
    return len(context).to_bytes(8, "big") + context + receiver.encode()

"""Chapter 03's small play: the loss of one customer, to which two parties hold the parts.

    step 0   coordinator ──public key──> everybody
    step 2   tax office ──[[u]], [[u²]]──> bank
    step 4   bank ──[[L]]──> coordinator, who decrypts it        L = u² + d² + 2·u·d,  d = bank's share − label

Who learns what: the coordinator, L. Whom it trusts: the coordinator not to work together with the bank or the tax
office. What it does not do: train anything; chapter 06 does. Without re-randomising, who listens learns d.

Source: the loss of vertical linear regression in Yang, Liu, Chen, Tong, ACM TIST 10(2), 2019, for a single row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...attacks.paillier import without_randomness
from ...crypto.paillier import EncryptedVector, KeyPair, PublicKey
from ...crypto.powers import seconds_of_a_power
from ...protocols._key_pair import new_pair, public_half
from ...wire.choreography import Announce, Local, Protocol, Seat, Send, Text

LARGEST = 10  # of each number on the knobs; public, as every bound is
LARGEST_RESIDUAL = 2 * LARGEST


@dataclass(frozen=True)
class Holder:
    """A party and the whole numbers it keeps."""

    name: str
    data: tuple[int, ...] = ()


def joint_loss(share: int, bank_share: int, label: int, *, key_bits: int = 2048, re_randomise: bool = True) -> Protocol:
    """The play, ready to be played.

    >>> from fedlearn_edu.wire.run import play
    >>> play(joint_loss(share=3, bank_share=2, label=4)).result        # 9 + 4 − 12
    1

    Parameters
    ----------
    share : u, the tax office's part of the prediction
    bank_share, label : what the bank has; d is their difference
    key_bits : of the coordinator's key
    re_randomise : False leaves out what the chapter wants to see missing
    """
    parties = {
        "coordinator": Holder("coordinator"), "bank": Holder("bank", (bank_share, label)),
        "tax_office": Holder("tax office", (share,)),
    }  # fmt: skip
    settings = {"key_bits": key_bits, "re_randomise": re_randomise}
    title = f"joint loss of one customer (Paillier, {key_bits} bits)"
    return Protocol(joint_loss_text, parties | settings, title, forecast=lambda: _forecast(key_bits))


def joint_loss_text(coordinator: Seat, bank: Seat, tax_office: Seat, key_bits: int, re_randomise: bool) -> Text:
    """L = u² + d² + 2·u·d under encryption.

    0. the coordinator makes a key pair, and tells everybody the public key
    1. the tax office encrypts u and u²
    2. it sends both to the bank
    3. the bank adds d² and 2·d·[[u]], and re-randomises
    4. the bank sends [[L]] to the coordinator, who decrypts it
    """
    pair_at_coordinator = yield Local(coordinator, "generate a key pair", new_pair, key_bits, step=0)
    public_at_coordinator = yield Local(coordinator, "its public half", public_half, pair_at_coordinator, step=0)
    key = yield Announce(public_at_coordinator, "Paillier public key", step=0)
    share_at_tax = yield Local(tax_office, "encrypt u", encrypted_share, key, step=1)
    square_at_tax = yield Local(tax_office, "encrypt u²", encrypted_square, key, step=1)
    share_at_bank = yield Send(share_at_tax, bank, "[[u]]", step=2, shape=(1,))
    square_at_bank = yield Send(square_at_tax, bank, "[[u²]]", step=2, shape=(1,))
    parts = (share_at_bank, square_at_bank)
    loss_at_bank = yield Local(bank, "add its own part", encrypted_loss, *parts, re_randomise, step=3)
    loss_at_coordinator = yield Send(loss_at_bank, coordinator, "[[L]]", step=4, shape=(1,))
    return (yield Local(coordinator, "decrypt", opened, loss_at_coordinator, pair_at_coordinator, step=4))


def encrypted_share(data: tuple[int, ...], key: PublicKey) -> EncryptedVector:
    return EncryptedVector.encrypt_integers([data[0]], key, scale_bits=0, bound=LARGEST)


def encrypted_square(data: tuple[int, ...], key: PublicKey) -> EncryptedVector:
    return EncryptedVector.encrypt_integers([data[0] ** 2], key, scale_bits=0, bound=LARGEST**2)


def encrypted_loss(
    data: tuple[int, ...], share: EncryptedVector, square: EncryptedVector, re_randomise: bool
) -> EncryptedVector:
    d = data[0] - data[1]  # the bank's residual; what travels carries public bounds, not those of d
    cross = share.times_encoded(2 * d, scale_bits=0, factor_bound=2 * LARGEST_RESIDUAL)  # 2·d·[[u]]
    own = replace(without_randomness(d * d, share.public_key), bound=LARGEST_RESIDUAL**2)
    loss = square + cross + own
    # the wire refuses a computed ciphertext as it is; "fresh" is a lie here, for the lesson
    return loss.re_randomised() if re_randomise else replace(loss, fresh=True)


def opened(_: object, loss: EncryptedVector, pair: KeyPair) -> int:
    return loss.decrypt(pair.private)[0]


def _forecast(key_bits: int) -> tuple[float, int]:
    """Making the keys takes most of it; then the lab guesses, and measures."""
    return 60 * seconds_of_a_power(key_bits), 3 * key_bits // 4 + 3 * key_bits // 4 + 150

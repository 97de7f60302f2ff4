"""A circle of key holders in one round: in which order they stand, who adds and who subtracts, what a key is for.

>>> from fedlearn_edu.crypto.sealing import generate_agreement_key
>>> circle = Circle(("ann", "bob", "cy"), round=1)
>>> ann, bob = generate_agreement_key(), generate_agreement_key()
>>> circle.pair_key(ann.private, "ann", bob.public, "bob") == circle.pair_key(bob.private, "bob", ann.public, "ann")
True

References
----------
Bonawitz et al.: Practical Secure Aggregation for Privacy-Preserving Machine Learning. CCS 2017.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import ShareError
from .masks import SHARE_BYTES, Share, threshold_for
from .sealing import AgreementKeyPair, SealedBox, generate_agreement_key, seal, shared_key, unseal

SharePair = tuple[Share, Share]  # one of the seed of a holder's own mask, one of its key for pair masks


@dataclass(frozen=True)
class RoundSecrets:
    """What a holder draws afresh in every round: two key pairs, and the seed b_u of its own mask.

    >>> RoundSecrets.draw().own_seed == RoundSecrets.draw().own_seed
    False
    """

    for_masks: AgreementKeyPair
    for_boxes: AgreementKeyPair
    own_seed: bytes = field(repr=False)

    @classmethod
    def draw(cls) -> RoundSecrets:
        """Draw them from the operating system's randomness."""
        return cls(generate_agreement_key(), generate_agreement_key(), secrets.token_bytes(32))


@dataclass(frozen=True)
class Circle:
    """What is public in a round: the holders' names in their order, and the number of the round.

    >>> Circle(("ann", "bob", "cy", "dee"), round=1).threshold
    3
    """

    names: tuple[str, ...]
    round: int

    @property
    def threshold(self) -> int:
        """t: how many shares open a secret."""
        return threshold_for(len(self.names))

    @property
    def fewest(self) -> int:
        """How many must be left to open a sum: max(t, 3); two holders can only do it together."""
        return max(self.threshold, min(3, len(self.names)))

    def pair_key(self, my_private: bytes, me: str, their_public: bytes, they: str) -> bytes:
        """s_uv: the same at both ends, another one in each round."""
        return shared_key(my_private, their_public, self._about("mask", *sorted((me, they))))

    def signed(self, keys: Mapping[str, bytes], me: str) -> tuple[list[bytes], list[bytes]]:
        """Which pair keys `me` adds, and which it subtracts: + where u < v, − where u > v, so that the two cancel.

        >>> Circle(("ann", "bob", "cy"), round=1).signed({"ann": b"a", "cy": b"c"}, me="bob")
        ([b'c'], [b'a'])
        """
        place = self.names.index(me)
        others = [name for name in self.names if name in keys]
        after = [keys[name] for name in others if self.names.index(name) > place]
        before = [keys[name] for name in others if self.names.index(name) < place]
        return after, before

    def seal_shares(self, shares: SharePair, my_private: bytes, me: str, their_public: bytes, they: str) -> SealedBox:
        """Seal two shares for one holder, in this round and this direction only."""
        message = b"".join(share.value.to_bytes(SHARE_BYTES, "big") for share in shares)
        return seal(message, my_private, their_public, self._about("shares", me, they), they)

    def unseal_shares(self, box: SealedBox, my_private: bytes, me: str, their_public: bytes, they: str) -> SharePair:
        """Open what `they` sealed for me.

        Raises
        ------
        SealBroken
            the box is not from them, not for me, or of another round
        ShareError
            what is in it is not two shares
        """
        message = unseal(box, my_private, their_public, self._about("shares", they, me))
        if len(message) != 2 * SHARE_BYTES:
            raise ShareError(
                f"{they} sealed {len(message)} bytes, and two shares have {2 * SHARE_BYTES}.", "Stop here."
            )
        index = self.names.index(me) + 1
        seed, key = message[:SHARE_BYTES], message[SHARE_BYTES:]
        return Share(index, int.from_bytes(seed, "big")), Share(index, int.from_bytes(key, "big"))

    def _about(self, purpose: str, one: str, other: str) -> bytes:
        return repr((purpose, self.round, one, other)).encode()

"""Secure aggregation by pairwise masks: every upload is noise, and only the sum is not.

    step 2   party ──two fresh public keys──> server ──everyone's──> party
             party ──shares of its two secrets, sealed for each──> server ──> each
             every party: y_u = n_u·x_u + PRG(b_u) + Σ_{u<v} PRG(s_uv) − Σ_{u>v} PRG(s_uv)   mod 2^64
    step 3   party ──y_u──> server
    step 4   server ──who uploaded, who is gone──> party ──shares of b_u, or of the mask key──> server
             the server takes the masks left over off Σ y_u; n_u travelled as one more coordinate
    step 5   server ──mean──> party

Who learns what: the server, and whoever listens, the mean and the total number of rows, for opened shares and the mean
travel in the clear; the parties, the mean. No key serves two rounds.
Whom it trusts: fewer than t = ⌊2K/3⌋ + 1 of K parties may pool their shares with the server.
What it does not do: hide the mean; protect two parties from each other ("mean minus mine" is the other's); notice a
poisoned update; authenticate public keys (the server is semi-honest, and carries them unchanged).

A party opens shares of b_u for those who uploaded, or of the mask key for those who did not, never both for one party:
with both, an upload that came late could be read. Fewer than max(t, 3) survivors: nothing is opened.

References
----------
Bonawitz et al.: Practical Secure Aggregation for Privacy-Preserving Machine Learning. CCS 2017, Figure 4.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..crypto import fixed_point, masks
from ..crypto.circle import Circle, RoundSecrets
from ..crypto.masks import MaskedVector, Share
from ..crypto.sealing import SealedBox
from ..errors import ArgumentError, ProtocolError, TooFewSurvivors
from ..i18n import retell_error
from ..wire.choreography import Gather, Local, Located, Seat, Send, Text

Roster = Mapping[str, Mapping[str, bytes]]  # two public keys of each party
Inbox = Mapping[str, SealedBox] | None  # sealed shares by sender; None for who came too late
Shares = Mapping[str, tuple[Share, Share]]  # of b_u and of the mask key, by holder or by owner


@dataclass(frozen=True)
class MaskedSum:
    """Every upload is noise; only the sum is not. Make it with `masked_sum()`."""

    name: str = "pairwise masks"

    def check(self, parties: int) -> None:
        """Masks need a crowd: refuse one party, warn about two."""
        if parties < 2:
            raise ArgumentError("One party has nobody to share masks with.", "Use at least three parties.")
        if parties == 2:
            warning = "Two parties: each learns the other's update, as the mean minus its own."
            warnings.warn(retell_error(warning), stacklevel=3)

    def set_up(self, parties: Sequence[Seat], server: Seat, rows: Located) -> Text:
        """Nothing lasts longer than a round, so there is nothing to set up."""
        return None
        yield

    def mean(
        self, updates: Located, rows: Located, keys: None, parties: Sequence[Seat], server: Seat, *, round: int,
        size: int, value_bits: int | None = None,
    ) -> Text:  # fmt: skip
        """Row-weighted mean; the server reads it, and nothing that one party sent."""
        circle = Circle(tuple(party.name for party in parties), round)
        secrets_at, roster_at = yield from self._draw_keys(parties, server)
        shares_at, inbox_at, sealed_at_server = yield from self._share(secrets_at, roster_at, circle, parties, server)
        here = {p.name: (secrets_at[p.name], roster_at[p.name], inbox_at[p.name], p.name, circle) for p in parties}
        uploads = []
        for party in parties:
            numbers = (updates[party.name], rows[party.name])
            uploads.append((yield Local(party, "weight and mask", masked_update, *numbers, *here[party.name], step=2)))
        arrived_at_server = yield Gather(uploads, server, "masked update", step=3, shape=(size + 1,))

        asked_at_server = yield Local(
            server, "who uploaded", who_uploaded, sealed_at_server, arrived_at_server, circle, step=4
        )
        answers, mean_at = [], {}
        for party in parties:
            asked = yield Send(asked_at_server, party, "who uploaded, who is gone", step=4)
            own = (asked, shares_at[party.name], *here[party.name])
            answers.append((yield Local(party, "open shares", opened_shares, *own, step=4)))
        answers_at_server = yield Gather(answers, server, "shares", step=4)
        known = (arrived_at_server, roster_at[server.name], asked_at_server, answers_at_server, circle)
        mean_at_server = yield Local(server, "take the masks off the sum", unmasked_mean, *known, step=4)
        for party in parties:
            mean_at[party.name] = yield Send(mean_at_server, party, "new values", step=5, shape=(size,))
        return mean_at

    def _draw_keys(self, parties: Sequence[Seat], server: Seat) -> Text:
        """Step 2, first part: fresh keys at each party, and everyone's public halves at everyone."""
        secrets_at, adverts, roster_at = {}, [], {}
        for party in parties:
            secrets_at[party.name] = yield Local(party, "draw two key pairs and a seed", fresh_secrets, step=2)
            adverts.append((yield Local(party, "their public halves", public_halves, secrets_at[party.name], step=2)))
        keys = {"masks": (32,), "boxes": (32,)}
        roster_at[server.name] = yield Gather(adverts, server, "two public keys", step=2, shape=keys)
        for party in parties:
            roster_at[party.name] = yield Send(roster_at[server.name], party, "everyone's public keys", step=2)
        return secrets_at, roster_at

    def _share(
        self, secrets_at: Located, roster_at: Located, circle: Circle, parties: Sequence[Seat], server: Seat
    ) -> Text:
        """Step 2, second part: shares of both secrets, sealed for each other party, through the server."""
        shares_at, sealed, inbox_at = {}, [], {}
        for party in parties:
            own = (secrets_at[party.name], roster_at[party.name], party.name, circle)
            shares = shares_at[party.name] = yield Local(party, "split both secrets", split_secrets, *own, step=2)
            sealed.append((yield Local(party, "seal a share for each", sealed_shares, shares, *own, step=2)))
        sealed_at_server = yield Gather(sealed, server, "sealed shares", step=2)
        for party in parties:
            mail = yield Local(server, f"mail for {party.name}", mail_for, sealed_at_server, party.name, step=2)
            inbox_at[party.name] = yield Send(mail, party, "sealed shares from the others", step=2)
        return shares_at, inbox_at, sealed_at_server

    def forecast(
        self, parties: int, size: int, rounds: int, *, total: int = 8192, value_bits: int | None = None
    ) -> tuple[float, int]:
        """Seconds and bytes of so many rounds."""
        per_party = 557 * parties - 234 + 16 * size  # counted: rosters, boxes, lists, shares; then upload and mean
        seconds = 2.3e-4 * parties**2 + 2e-6 * size * parties + 2e-3  # measured: key agreements; encoding and masking
        return rounds * seconds, rounds * parties * per_party


def fresh_secrets(_: Any) -> RoundSecrets:
    return RoundSecrets.draw()


def public_halves(_: Any, own: RoundSecrets) -> dict[str, bytes]:
    return {"masks": own.for_masks.public, "boxes": own.for_boxes.public}


def split_secrets(_: Any, own: RoundSecrets, roster: Roster, me: str, circle: Circle) -> dict[str, tuple[Share, Share]]:
    """One share of b_u and one of the mask key for each party on the roster; none when this party came too late."""
    if me not in roster:
        return {}
    check_enough(roster, "share secrets", circle)
    seed_shares = masks.split(own.own_seed, circle.threshold, len(circle.names))
    key_shares = masks.split(own.for_masks.private, circle.threshold, len(circle.names))
    pairs = dict(zip(circle.names, zip(seed_shares, key_shares, strict=True), strict=True))
    return {name: pairs[name] for name in circle.names if name in roster}


def sealed_shares(
    _: Any, shares: Shares, own: RoundSecrets, roster: Roster, me: str, circle: Circle
) -> dict[str, SealedBox] | None:
    private = own.for_boxes.private
    others = [name for name in shares if name != me]
    return {they: circle.seal_shares(shares[they], private, me, roster[they]["boxes"], they) for they in others} or None


def mail_for(_: Any, sealed: Mapping[str, Mapping[str, SealedBox]], name: str) -> dict[str, SealedBox] | None:
    """The boxes for one party, by sender; nothing when its own shares never came, for then it cannot take part."""
    return {sender: boxes[name] for sender, boxes in sealed.items() if name in boxes} if name in sealed else None


def masked_update(
    _: Any, update: np.ndarray, rows: int, own: RoundSecrets, roster: Roster, inbox: Inbox, me: str, circle: Circle
) -> Any:
    if inbox is None:
        return None  # this party sits the round out
    check_enough([*inbox, me], "mask their updates", circle)
    integers = [rows * whole for whole in fixed_point.encode(update)] + [rows]  # n_u·x_u, n_u
    masks.check_ring_budget(integers, len(circle.names))
    keys = {they: circle.pair_key(own.for_masks.private, me, roster[they]["masks"], they) for they in inbox}
    added, subtracted = circle.signed(keys, me)
    return (yield from masks.masking(masks.to_ring(integers), own.own_seed, added, subtracted))


def who_uploaded(_: Any, sealed: Mapping[str, Any], arrived: Mapping[str, Any], circle: Circle) -> dict[str, list[str]]:
    present = [name for name in circle.names if name in arrived and name in sealed]
    check_enough(present, "open the sum", circle)
    return {"here": present, "gone": [name for name in circle.names if name in sealed and name not in present]}


def opened_shares(
    _: Any, asked: Mapping[str, list[str]], shares: Shares, own: RoundSecrets,
    roster: Roster, inbox: Inbox, me: str, circle: Circle,
) -> dict[str, dict[str, Share]] | None:  # fmt: skip
    """Shares of b_u for those who uploaded, of the mask key for those who are gone; never both for one party."""
    both = sorted(set(asked["here"]) & set(asked["gone"]))
    if both:
        raise ProtocolError(
            f"The server asks {me} for both shares of {both[0]}, in round {circle.round}.",
            "With both it could read an upload: the answer is no.",
        )
    if inbox is None or me not in asked["here"]:
        return None
    check_enough(asked["here"], "open the sum", circle)
    private, found = own.for_boxes.private, {me: shares[me]}
    for they, box in inbox.items():
        found[they] = circle.unseal_shares(box, private, me, roster[they]["boxes"], they)
    return {
        "seeds": {name: found[name][0] for name in asked["here"] if name in found},
        "keys": {name: found[name][1] for name in asked["gone"] if name in found},
    }


def unmasked_mean(
    _: Any, arrived: Mapping[str, MaskedVector], roster: Roster, asked: Mapping[str, list[str]],
    answers: Mapping[str, Mapping[str, Mapping[str, Share]]], circle: Circle,
) -> np.ndarray:  # fmt: skip
    """Σ y_u − Σ PRG(b_u) − what the gone left behind, then divided by Σ n_u."""
    check_enough(answers, "open the sum", circle)
    here, gone = asked["here"], asked["gone"]
    seeds = [_joined(answers, "seeds", name, circle) for name in here]
    added: list[bytes] = []
    subtracted: list[bytes] = []
    for name in gone:
        private = _joined(answers, "keys", name, circle)
        for survivor in here:
            key = circle.pair_key(private, name, roster[survivor]["masks"], survivor)
            plus, minus = circle.signed({name: key}, survivor)
            added, subtracted = added + plus, subtracted + minus
    total = masks.remove(masks.sum_of([arrived[name] for name in here]), seeds, added, subtracted)
    *integers, rows = masks.from_ring(total)
    return fixed_point.decode(integers, divisor=rows)


def _joined(answers: Mapping[str, Mapping[str, Mapping[str, Share]]], kind: str, name: str, circle: Circle) -> bytes:
    return masks.join([answer[kind][name] for answer in answers.values() if name in answer[kind]], circle.threshold)


def check_enough(present: Collection[str], doing: str, circle: Circle) -> None:
    """Refuse to go on with too few, before anything is opened."""
    if len(present) < circle.fewest:
        raise TooFewSurvivors(
            f"{len(present)} of {len(circle.names)} parties are left to {doing} in round {circle.round}; "
            f"it takes {circle.fewest}.",
            "Nothing was opened. Start again with more parties, or wait for those who are gone.",
        )


def masked_sum() -> MaskedSum:
    """Pairwise masks: the server sees noise from everyone, and the mean.

    >>> masked_sum().name
    'pairwise masks'
    """
    return MaskedSum()

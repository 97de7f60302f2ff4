"""Under pairwise masks the server opens the sum and nothing else, whoever drops out, comes late, or asks too much."""

import warnings
from hashlib import sha256
from itertools import product

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

import fedlearn_edu as fl
from fedlearn_edu.crypto import masks
from fedlearn_edu.crypto.circle import Circle, RoundSecrets
from fedlearn_edu.crypto.masks import MaskedVector, Share
from fedlearn_edu.crypto.sealing import AgreementKeyPair
from fedlearn_edu.errors import ArgumentError, ProtocolError, RangeError, ShareError, TooFewSurvivors
from fedlearn_edu.protocols import masked_aggregation
from fedlearn_edu.wire.faults import Drop, Late

from ..oracles import (
    decoded,
    find_planted,
    fixed,
    leaves,
    looks_uniform,
    mean_in_integers,
    received,
    remembered,
)  # fmt: skip
from .cases import LEARNING, mean_protocol, rows_of, training_in_integers

LONG = 100_000  # coordinates, for χ²
NAMES = tuple(f"party {i}" for i in range(1, 5))
VECTORS = [np.array([0.7312345678, -3.5]), np.array([-1.25, 1 / 3]), np.array([20.0, 1e-3]), np.array([5.5, 7.0])]
ROWS = dict(zip(NAMES, [10, 200, 3, 44], strict=True))
UPDATES = dict(zip(NAMES, VECTORS, strict=True))


def play_mean(faults=(), vectors=VECTORS, rounds=1):
    rows = list(ROWS.values())[: len(vectors)]
    return remembered(mean_protocol(vectors, fl.masked_sum(), rows, rounds=rounds), faults=faults)


def started(faults, rounds=1):
    """A run that is about to fail, with its transcript."""
    return fl.Run(mean_protocol(VECTORS, fl.masked_sum(), list(ROWS.values()), rounds=rounds), faults=faults)


def masked_numbers_of(name):
    """n·x and n as integers: what is under the mask."""
    return [ROWS[name] * whole for whole in fixed(UPDATES[name])] + [ROWS[name]]


def mean_of(names):
    return mean_in_integers({name: UPDATES[name] for name in names}, {name: ROWS[name] for name in names})[2]


def secrets_of(run, name, round=1):
    """What a party drew in a round: a test may look where the server cannot."""
    drawn = [value for party, value in run.everything if party == name and isinstance(value, RoundSecrets)]
    return drawn[round - 1]


# ------------------------------------------------------------------------------- what the server can compute by itself


class ServersView:
    """One round as the server sees it: what it received, late messages too, and what follows from that alone."""

    def __init__(self, transcript, round, names):
        self.circle = Circle(tuple(names), round)
        self.roster = received(transcript, "two public keys", round, "server")
        self.uploads = received(transcript, "masked update", round, "server")
        answers = received(transcript, "shares", round, "server").values()
        self.answers = [answer for answer in answers if answer is not None]  # who was declared gone sends nothing

    def shares(self, kind, name):
        return [answer[kind][name] for answer in self.answers if name in answer[kind]]

    def seed(self, name):
        return masks.join(self.shares("seeds", name), self.circle.threshold)

    def pair_keys(self, name):
        """Of one who is gone: every pair key, from its mask key, which the survivors' shares give back."""
        private = masks.join(self.shares("keys", name), self.circle.threshold)
        others = [other for other in self.roster if other != name]
        return {o: self.circle.pair_key(private, name, self.roster[o]["masks"], o) for o in others}

    def opened_sum(self, here, gone):
        left_over = [self.circle.signed({name: self.pair_keys(name)[h]}, h) for name in gone for h in here]
        plus, minus = ([key for pair in left_over for key in pair[side]] for side in (0, 1))
        total = masks.sum_of([self.uploads[name] for name in here])
        return masks.from_ring(masks.remove(total, [self.seed(name) for name in here], plus, minus))


# ----------------------------------------------------------------------------------------------- exact


def test_the_opened_integers_equal_python_integers_in_every_round(masked_run, hospitals):
    names = [hospital.name for hospital in hospitals]
    for t, (_, sums, total, _) in enumerate(training_in_integers(hospitals), start=1):
        assert ServersView(masked_run.transcript, t, names).opened_sum(names, []) == [*sums, total]


def test_the_opened_integers_are_the_survivors_sum_when_one_is_gone():
    run = play_mean([Drop("party 2", round=1, before_step=3)])
    here = ["party 1", "party 3", "party 4"]
    expected = [sum(column) for column in zip(*(masked_numbers_of(name) for name in here), strict=True)]
    assert ServersView(run.transcript, 1, NAMES).opened_sum(here, ["party 2"]) == expected
    assert all(np.array_equal(run.result[name], mean_of(here)) for name in here)


# ----------------------------------------------------------------------------------------------- uniform


@pytest.fixture(scope="module")
def long_run():
    return remembered(mean_protocol([np.full(LONG, v) for v in (0.0, 1.0, -0.5, 3.25)], fl.masked_sum()))


def uploads_of(run):
    return [received(run.transcript, "masked update", 1)[name].values for name in NAMES]


def without_own_masks(run):
    """z_u = y_u − PRG(b_u): what the server has after opening, for it learns every survivor's b_u."""
    seeds = [ServersView(run.transcript, 1, NAMES).seed(name) for name in NAMES]
    return [y - masks.stream(seed, len(y)) for y, seed in zip(uploads_of(run), seeds, strict=True)]


def signed_sum(vectors, signs):
    total = np.zeros_like(vectors[0])
    for vector, sign in zip(vectors, signs, strict=True):
        total = total + vector if sign > 0 else total - vector if sign < 0 else total
    return total


def some_signs(least, most):
    """Every choice of signs with `least` to `most` parties in it; of s and −s, one."""
    chosen = [signs for signs in product((0, 1, -1), repeat=4) if least <= np.count_nonzero(signs) <= most]
    return [signs for signs in chosen if next(s for s in signs if s) > 0]


@pytest.mark.parametrize("signs", some_signs(1, 4))
def test_every_signed_sum_of_uploads_looks_uniform(long_run, signs):
    assert looks_uniform(signed_sum(uploads_of(long_run), signs))


@pytest.mark.parametrize("signs", some_signs(1, 3))
def test_every_proper_subset_looks_uniform_to_the_server_that_knows_the_own_masks(long_run, signs):
    assert looks_uniform(signed_sum(without_own_masks(long_run), signs))


def test_only_the_whole_sum_is_open(long_run):
    assert not looks_uniform(signed_sum(without_own_masks(long_run), (1, 1, 1, 1)))


def test_two_colluding_parties_learn_the_sum_of_the_others_but_neither_one(long_run):
    first, second, *_ = peeled(long_run)
    assert looks_uniform(first) and looks_uniform(second)
    assert not looks_uniform(first + second)


def peeled(run):
    """z_1 and z_2 without the masks that parties 3 and 4, who collude with the server, share with them."""
    circle, roster = Circle(NAMES, 1), received(run.transcript, "two public keys", 1)
    for name, z in zip(NAMES[:2], without_own_masks(run)[:2], strict=True):
        keys = {
            spy: circle.pair_key(secrets_of(run, spy).for_masks.private, spy, roster[name]["masks"], name)
            for spy in NAMES[2:]
        }
        added, subtracted = circle.signed(keys, name)
        yield masks.remove(MaskedVector(z), [], added, subtracted)


def test_a_missing_pair_would_be_noticed(monkeypatch):
    def without_one_pair(self, keys, me, signed=Circle.signed):
        missing = {"party 1": "party 2", "party 2": "party 1"}.get(me)
        return signed(self, {they: key for they, key in keys.items() if they != missing}, me)

    monkeypatch.setattr(Circle, "signed", without_one_pair)
    run = remembered(mean_protocol([np.full(LONG, 0.1)] * 4, fl.masked_sum()))
    first, second, *_ = peeled(run)
    assert not looks_uniform(first) and not looks_uniform(second)


def test_missing_pair_masks_of_one_party_would_be_noticed(monkeypatch):
    monkeypatch.setattr(Circle, "signed", lambda self, keys, me: ([], []))
    run = remembered(mean_protocol([np.full(LONG, 0.1)] * 4, fl.masked_sum()))
    assert not looks_uniform(without_own_masks(run)[0])


def test_a_missing_own_mask_would_be_noticed_in_the_sum_of_all_uploads(monkeypatch, long_run):
    assert looks_uniform(signed_sum(uploads_of(long_run), (1, 1, 1, 1)))
    monkeypatch.setattr(masks, "masking", lambda ring, own, plus, minus: masks._masked_vector(
        masks._with_streams(ring, plus, minus)))  # fmt: skip
    monkeypatch.setattr(masked_aggregation, "unmasked_mean", lambda _, arrived, *__: np.zeros(LONG))
    run = remembered(mean_protocol([np.full(LONG, 0.1)] * 4, fl.masked_sum()))
    assert not looks_uniform(signed_sum(uploads_of(run), (1, 1, 1, 1)))


def the_same_secrets_every_time(data):
    private = [sha256(bytes([k]) + data[0].tobytes()).digest() for k in range(3)]
    public = [X25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw() for key in private]
    pairs = [AgreementKeyPair(*halves) for halves in zip(public, private, strict=True)]
    return RoundSecrets(pairs[0], pairs[1], private[2])


def test_a_reused_mask_would_be_noticed(monkeypatch):
    monkeypatch.setattr(masked_aggregation, "fresh_secrets", the_same_secrets_every_time)
    monkeypatch.setattr(Circle, "_about", lambda self, *parts: repr(parts).encode())  # forgets the round
    run = remembered(mean_protocol([np.full(LONG, 0.1 * k) for k in range(1, 5)], fl.masked_sum(), rounds=2))
    one, other = (received(run.transcript, "masked update", t)["party 1"].values for t in (1, 2))
    assert looks_uniform(one) and looks_uniform(other)
    assert not looks_uniform(one - other)


def test_two_rounds_of_the_same_numbers_look_unrelated():
    run = remembered(mean_protocol([np.full(LONG, 0.1 * k) for k in range(1, 5)], fl.masked_sum(), rounds=2))
    one, other = (received(run.transcript, "masked update", t)["party 1"].values for t in (1, 2))
    assert looks_uniform(one - other) and looks_uniform(one + other)


# ----------------------------------------------------------------------------------------------- leak


def test_no_vector_crosses_the_wire_and_the_search_finds_one_without_masks(monkeypatch):
    factors = (1, *ROWS.values())
    assert find_planted(play_mean().transcript, VECTORS, factors=factors) == []

    def bare(ring_values, *_):
        yield 1, 1
        return MaskedVector(ring_values)

    monkeypatch.setattr(masks, "masking", bare)
    monkeypatch.setattr(masked_aggregation, "unmasked_mean", lambda *_: np.zeros(2))
    found = {form for _, form in find_planted(play_mean().transcript, VECTORS, factors=factors)}
    assert "an upload without mask" in found


def test_the_server_sees_masked_vectors_public_keys_sealed_boxes_and_shares_and_nothing_else(masked_run, hospitals):
    for message, value in decoded(masked_run.transcript, "server"):
        kinds = {type(leaf).__name__ for leaf in leaves(value)}
        expected = {
            "two public keys": {"bytes"}, "sealed shares": {"SealedBox"}, "masked update": {"MaskedVector"},
            "shares": {"Share"},
        }  # fmt: skip
        assert kinds == expected[message.label], message


def test_a_private_half_or_a_seed_never_crosses_the_wire(masked_run, hospitals):
    bodies = b"\n".join(message.body for message in masked_run.transcript.messages)
    drawn = [value for _, value in masked_run.everything if isinstance(value, RoundSecrets)]
    assert len(drawn) == len(hospitals) * LEARNING["rounds"]
    for own in drawn:
        assert own.for_masks.public in bodies and own.for_boxes.public in bodies  # the same search finds these
        for secret in (own.for_masks.private, own.for_boxes.private, own.own_seed):
            assert secret not in bodies and secret[::-1] not in bodies and secret.hex().encode() not in bodies


# ----------------------------------------------------------------------------------------------- fresh every round


def test_every_public_key_in_a_run_is_drawn_once(masked_run, hospitals):
    adverts = [v for m, v in decoded(masked_run.transcript, "server") if m.label == "two public keys"]
    keys = [key for advert in adverts for key in advert.values()]
    assert len(keys) == len(set(keys)) == 2 * len(hospitals) * LEARNING["rounds"]


def test_every_secret_in_a_run_is_drawn_once(masked_run, hospitals):
    drawn = [value for _, value in masked_run.everything if isinstance(value, RoundSecrets)]
    secrets = [s for own in drawn for s in (own.own_seed, own.for_masks.private, own.for_boxes.private)]
    assert len(secrets) == len(set(secrets)) == 3 * len(hospitals) * LEARNING["rounds"]


def test_pair_keys_of_two_rounds_differ_even_under_the_same_key_pairs():
    ann, bob = RoundSecrets.draw(), RoundSecrets.draw()
    keys = [Circle(("ann", "bob", "cy"), t).pair_key(ann.for_masks.private, "ann", bob.for_masks.public, "bob")
            for t in (1, 2)]  # fmt: skip
    assert keys[0] != keys[1]


# ----------------------------------------------------------------------------------------------- drop-outs


def opened_for(transcript, round):
    """Of whom the server got shares of b_u, and of whom shares of the mask key."""
    answers = [answer for answer in received(transcript, "shares", round, "server").values() if answer is not None]
    return tuple({name for answer in answers for name in answer[kind]} for kind in ("seeds", "keys"))


@pytest.mark.parametrize("step", [2, 3, 4, 5])
@pytest.mark.parametrize("name", NAMES)
def test_no_party_ever_has_both_secrets_opened_in_one_round(name, step):
    run = play_mean([Drop(name, round=2, before_step=step)], rounds=3)
    for t in (1, 2, 3):
        seeds, keys = opened_for(run.transcript, t)
        assert not seeds & keys
        assert keys == ({name} if (t, step) == (2, 3) else set())


def test_a_party_that_survives_one_round_and_drops_in_the_next_keeps_both_uploads_closed():
    run = play_mean([Drop("party 2", round=2, before_step=3)], rounds=2)
    assert opened_for(run.transcript, 1) == (set(NAMES), set())
    assert opened_for(run.transcript, 2) == (set(NAMES) - {"party 2"}, {"party 2"})
    # The server now has b of round 1 and the mask key of round 2. Against the upload of round 1 it tries both.
    one, two = (ServersView(run.transcript, t, NAMES) for t in (1, 2))
    private = masks.join(two.shares("keys", "party 2"), two.circle.threshold)
    plain = masks.to_ring(masked_numbers_of("party 2"))
    for circle, roster in product((one.circle, two.circle), (one.roster, two.roster)):
        others = [name for name in NAMES if name != "party 2"]
        keys = {o: circle.pair_key(private, "party 2", roster[o]["masks"], o) for o in others}
        tried = masks.remove(one.uploads["party 2"], [one.seed("party 2")], *circle.signed(keys, "party 2"))
        assert not (tried == plain).any()
    # With the mask key of round 1 it would have worked: the attempt above is the right one.
    true_key = secrets_of(run, "party 2", round=1).for_masks.private
    keys = {o: one.circle.pair_key(true_key, "party 2", one.roster[o]["masks"], o) for o in others}
    opened = masks.remove(one.uploads["party 2"], [one.seed("party 2")], *one.circle.signed(keys, "party 2"))
    assert np.array_equal(opened, plain)
    assert np.array_equal(run.result["party 1"], mean_of([name for name in NAMES if name != "party 2"]))


def test_a_late_upload_is_ignored_and_stays_closed():
    run = play_mean([Late("party 3", round=1, step=3)])
    on_time = [name for name in NAMES if name != "party 3"]
    assert all(np.array_equal(mean, mean_of(on_time)) for mean in run.result.values())
    assert [m.sender for m in run.transcript.messages if m.late] == ["party 3"]
    assert opened_for(run.transcript, 1) == (set(on_time), {"party 3"})
    view = ServersView(run.transcript, 1, NAMES)  # it holds the late upload, too
    added, subtracted = view.circle.signed(view.pair_keys("party 3"), "party 3")
    own_mask_left = masks.remove(view.uploads["party 3"], [], added, subtracted)
    plain = masks.to_ring(masked_numbers_of("party 3"))
    assert not (own_mask_left == plain).any()
    assert view.shares("seeds", "party 3") == []
    seed = secrets_of(run, "party 3").own_seed  # with b_u as well it would lie open
    assert np.array_equal(masks.remove(MaskedVector(own_mask_left), [seed]), plain)


def test_what_is_left_on_a_late_upload_looks_uniform():
    late = [Late("party 3", round=1, step=3)]
    run = remembered(mean_protocol([np.full(LONG, 0.5)] * 4, fl.masked_sum()), faults=late)
    view = ServersView(run.transcript, 1, NAMES)
    left = masks.remove(view.uploads["party 3"], [], *view.circle.signed(view.pair_keys("party 3"), "party 3"))
    assert looks_uniform(left)
    assert not looks_uniform(np.subtract(left, masks.stream(secrets_of(run, "party 3").own_seed, len(left))))


@pytest.mark.parametrize("step", [2, 3, 4])
def test_a_party_that_is_late_at_any_step_gets_the_mean_and_harms_nobody(step):
    run = play_mean([Late("party 4", round=1, step=step)], rounds=2)
    assert set(run.result) == set(NAMES)
    assert all(np.array_equal(mean, mean_of(NAMES)) for mean in run.result.values())  # in round 2 all are back
    first = {m.receiver: v for m, v in decoded(run.transcript) if m.label == "new values" and m.round == 1}
    counted = NAMES if step == 4 else NAMES[:3]
    assert all(np.array_equal(mean, mean_of(counted)) for mean in first.values()) and set(first) == set(NAMES)


# ----------------------------------------------------------------------------------------------- both shares


def both_of_party_2(_, sealed, arrived, circle):
    return {"here": list(NAMES), "gone": ["party 2"]}


def two_are_left(_, sealed, arrived, circle):
    return {"here": list(NAMES[:2]), "gone": list(NAMES[2:])}


def one_is_left(_, sealed, arrived, circle):
    return {"here": list(NAMES[:1]), "gone": list(NAMES[1:])}


@pytest.mark.parametrize(
    ("greedy", "error", "words"),
    [
        (both_of_party_2, ProtocolError, "both shares of party 2, in round 1"),
        (two_are_left, TooFewSurvivors, "2 of 4 parties are left"),
        (one_is_left, TooFewSurvivors, "1 of 4 parties are left"),
    ],
)
def test_a_server_that_asks_for_too_much_gets_no_share_at_all(greedy, error, words, monkeypatch):
    monkeypatch.setattr(masked_aggregation, "who_uploaded", greedy)
    run = started([])
    with pytest.raises(error, match=words):
        run.finish()
    assert not [m for m in run.transcript.messages if m.label == "shares"]


def test_a_party_that_was_declared_gone_opens_nothing():
    asked = {"here": ["party 1", "party 3", "party 4"], "gone": ["party 2"]}
    circle, own = Circle(NAMES, 1), RoundSecrets.draw()
    assert masked_aggregation.opened_shares(None, asked, {}, own, {}, {}, "party 2", circle) is None


# ----------------------------------------------------------------------------------------------- too few


@pytest.mark.parametrize("step", [2, 3])
def test_too_few_survivors_open_nothing(step):
    run = started([Drop(name, round=1, before_step=step) for name in NAMES[1:3]])
    with pytest.raises(TooFewSurvivors, match=r"2 of 4 parties are left .* it takes 3"):
        run.finish()
    asked_or_opened = ("who uploaded, who is gone", "shares", "new values")  # an honest server does not even ask
    assert not [m for m in run.transcript.messages if m.label in asked_or_opened]


def test_too_few_answers_open_nothing():
    run = started([Drop(name, round=1, before_step=4) for name in NAMES[1:3]])
    with pytest.raises(TooFewSurvivors):
        run.finish()
    view = ServersView(run.transcript, 1, NAMES)
    with pytest.raises(ShareError, match="2 shares are here, and it takes 3"):
        view.seed("party 1")
    assert not [m for m in run.transcript.messages if m.label == "new values"]


@pytest.mark.parametrize(("parties", "fewest"), [(3, 3), (4, 3), (5, 4), (6, 5), (7, 5), (10, 7)])
def test_more_than_two_thirds_and_never_fewer_than_three_open_a_sum(parties, fewest):
    vectors = [np.array([0.5])] * parties
    names = [f"party {i}" for i in range(1, parties + 1)]
    protocol = mean_protocol(vectors, fl.masked_sum())
    gone = [Drop(name, round=1, before_step=3) for name in names[fewest:]]
    assert np.array_equal(fl.play(protocol, faults=gone).result["party 1"], [0.5])
    with pytest.raises(TooFewSurvivors):
        fl.play(protocol, faults=[*gone, Drop(names[1], round=1, before_step=3)])


def test_a_stored_share_alone_says_nothing_in_print():
    assert "7" not in repr(Share(index=2, value=7))


# ----------------------------------------------------------------------------------------------- arguments


def test_two_parties_are_warned_that_each_learns_the_others(hospitals):
    with pytest.warns(UserWarning, match="each learns the other's update") as caught:
        protocol = fl.fedavg(hospitals[:2], aggregation=fl.masked_sum(), **{**LEARNING, "rounds": 1})
    assert len(caught) == 1
    updates, _, _, weights = next(training_in_integers(hospitals[:2], rounds=1))
    run = remembered(protocol)
    assert np.array_equal(run.result.weights, weights)
    rows = rows_of(hospitals[:2])
    mine, hers = updates  # and this is how: n·mean − n₁·mine = n₂·hers
    guessed = (sum(rows.values()) * weights - rows[mine] * updates[mine]) / rows[hers]
    assert np.abs(guessed - updates[hers]).max() < 1e-6


def test_three_parties_are_not_warned(hospitals):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fl.fedavg(hospitals[:3], aggregation=fl.masked_sum())


def test_one_party_is_refused(hospitals):
    with pytest.raises(ArgumentError, match="at least three"):
        fl.fedavg(hospitals[:1], aggregation=fl.masked_sum())


def test_numbers_that_could_wrap_around_are_refused_before_anything_is_uploaded():
    run = fl.Run(mean_protocol([np.array([2.0**38])] * 4, fl.masked_sum(), rows=[1, 1, 1, 1]))
    with pytest.raises(RangeError, match="can reach 2\\^63"):
        run.finish()
    assert not [m for m in run.transcript.messages if m.label == "masked update"]

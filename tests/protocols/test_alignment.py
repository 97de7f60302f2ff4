"""Alignment finds exactly the common ids, in one order on both sides, and nothing else can be read from it."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import fedlearn_edu as fl
from fedlearn_edu.crypto.blinding import blinding, complete, hash_to_curve
from fedlearn_edu.crypto.elements import Elements
from fedlearn_edu.crypto.identifiers import id_bytes
from fedlearn_edu.data import matching
from fedlearn_edu.data.party import check_aligned
from fedlearn_edu.errors import (
    ArgumentError,
    Cancelled,
    CryptoError,
    DataError,
    PartyDropped,
    PointRefused,
    ProtocolError,
)
from fedlearn_edu.protocols import alignment
from fedlearn_edu.wire.endpoint import play_apart
from fedlearn_edu.wire.faults import Drop

from ..oracles import assert_same_messages, decoded, headers, leaves, received, remembered

METHODS = ("ecdh", "rsa", "hashed")
PRIVATE = ("ecdh", "rsa")
TOY = {"key_bits": 1024}  # an RSA key that is quick to make; ignored by the others


def party(name, ids, salt=0.0):
    """A party with these ids; its one feature says which row was which: position, plus something of its own."""
    ids = list(ids)
    features = np.arange(len(ids), dtype=float).reshape(-1, 1) + salt
    return fl.Party(name, fl.Dataset(name, features, None, np.array(ids, dtype=np.str_), ("x",)))


def pair(mine, yours):
    return party("bank", mine), party("tax office", yours, salt=0.5)


def names(count, start=0):
    return [f"customer {number:05d}" for number in range(start, start + count)]


def shuffled(ids, seed):
    return [ids[place] for place in np.random.default_rng(seed).permutation(len(ids))]


def assert_aligned(run, bank, tax):
    """What came out is the plain intersection, each row still with the features that belonged to its id."""
    first, second = run.result
    common = set(bank.data.ids.tolist()) & set(tax.data.ids.tolist())
    assert first.data.ids.tolist() == second.data.ids.tolist()
    assert set(first.data.ids.tolist()) == common and first.data.rows == len(common)
    for before, after in ((bank, first), (tax, second)):
        row_of = dict(zip(before.data.ids.tolist(), before.data.features[:, 0].tolist(), strict=True))
        assert [row_of[one] for one in after.data.ids.tolist()] == after.data.features[:, 0].tolist()
        assert after.name == before.name and after.data.columns == before.data.columns
    assert first.alignment == second.alignment and first.alignment.revealed_to == "both"
    assert first.alignment.parties == (bank.name, tax.name)


# ----------------------------------------------------------------------------------------------- exact


ids_of_any_kind = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=3), max_size=12)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mine=ids_of_any_kind, yours=ids_of_any_kind)
def test_alignment_is_plain_set_intersection(method, mine, yours):
    mine, yours = ({id_bytes([one])[0]: one for one in ids}.values() for ids in (mine, yours))  # no two the same
    bank, tax = pair(mine, yours)
    run = fl.play(fl.align(bank, tax, method, **TOY))
    expected = {id_bytes([one])[0] for one in mine} & {id_bytes([one])[0] for one in yours}
    first, second = run.result
    assert set(id_bytes(first.data.ids)) == expected
    assert id_bytes(first.data.ids) == id_bytes(second.data.ids)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("mine", "yours"),
    [(names(60), shuffled(names(60, 20), 1)), (names(5), names(50)), (names(50), names(5, 45)), (names(30), names(30))],
    ids=["overlap", "all of the first's", "all of the second's", "the same"],
)
def test_rows_keep_their_features_and_meet_their_own_customer(method, mine, yours):
    bank, tax = pair(shuffled(mine, 2), yours)
    assert_aligned(fl.play(fl.align(bank, tax, method, **TOY)), bank, tax)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("mine", "yours"), [([], []), ([], names(4)), (names(4), []), (names(4), names(4, 10))],
    ids=["both empty", "first empty", "second empty", "no overlap"],
)  # fmt: skip
def test_empty_sets_and_no_overlap_align_to_no_rows(method, mine, yours):
    bank, tax = pair(mine, yours)
    run = fl.play(fl.align(bank, tax, method, **TOY))
    assert_aligned(run, bank, tax)
    assert [one.data.rows for one in run.result] == [0, 0]
    with pytest.raises(DataError, match="0, 0 rows"):
        check_aligned(run.result)


def test_real_keys_align_bank_and_tax_office_on_breast_cancer():
    bank, tax = fl.split_columns(fl.load("breast_cancer"), overlap=0.1, seed=7)
    run = fl.play(fl.align(bank, tax, "rsa"))
    first, second = run.result
    assert first.data.ids.tolist() == second.data.ids.tolist() and first.data.rows == 57
    assert first.data.labels is not None and second.data.labels is None


def test_labels_go_with_their_rows():
    table = fl.load("breast_cancer")
    bank, tax = fl.split_columns(table, overlap=0.5, seed=3)
    first, _ = fl.play(fl.align(bank, tax)).result
    label_of = dict(zip(table.ids.tolist(), table.labels.tolist(), strict=True))
    assert [label_of[one] for one in first.data.ids.tolist()] == first.data.labels.tolist()


def test_two_spellings_of_one_id_meet():
    bank, tax = pair(["Åsa", "bob"], ["cem", "A\u030asa"])
    first, second = fl.play(fl.align(bank, tax)).result
    assert (first.data.ids.tolist(), second.data.ids.tolist()) == (["Åsa"], ["A\u030asa"])  # each keeps its own


def test_a_salt_changes_the_hashes_and_not_the_result():
    bank, tax = pair(names(20), names(20, 10))
    plain, salted = (fl.play(fl.align(bank, tax, "hashed", salt=salt)) for salt in ("", "2026"))
    assert_aligned(salted, bank, tax)
    hashes = [set(received(run.transcript, "SHA-256(x), which hides nothing")["bank"]) for run in (plain, salted)]
    assert not hashes[0] & hashes[1]


# ----------------------------------------------------------------------------------------------- one process a party


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.filterwarnings("ignore")
def test_one_process_a_party_gives_the_same_rows_and_the_same_messages(method):
    bank, tax = pair(names(40), shuffled(names(40, 15), 5))
    protocol = fl.align(bank, tax, method, **TOY)
    run, apart = fl.play(protocol), play_apart(protocol, patience=60)
    parts = [apart.parts[name].result for name in ("bank", "tax office")]
    assert [len(own) for own in parts] == [1, 1]  # each process has its own party, and not the other
    (first,), (second,) = parts
    assert first.data.ids.tolist() == second.data.ids.tolist() and first.alignment == second.alignment
    assert set(first.data.ids.tolist()) == set(run.result[0].data.ids.tolist())
    assert_same_messages(run.transcript, apart.transcript)


# ----------------------------------------------------------------------------------------------- what can be read


@pytest.fixture(scope="module")
def overlapping():
    """20 customers of the bank alone, 40 of both, 30 of the tax office alone."""
    return pair(shuffled(names(60), 11), shuffled(names(70, 20), 12))


def view_of(run, name):
    """Every byte string of fixed width that a party received."""
    return {element for message, value in decoded(run.transcript, name) for leaf in leaves(value)
            if isinstance(leaf, Elements) for element in leaf}  # fmt: skip


@pytest.mark.parametrize("eyes", ["bank", "tax office"])
def test_nobody_outside_the_intersection_is_found_by_a_dictionary_even_with_ones_own_key(overlapping, eyes):
    run = fl.play(fl.align(*overlapping))
    view, dictionary = view_of(run, eyes), id_bytes(names(90))
    own_key = run.held_by(eyes)["draw a" if eyes == "bank" else "draw b"]
    sent_by_itself = {element for message, value in decoded(run.transcript)
                      if message.sender == eyes and message.step < 3 for element in value}  # fmt: skip
    once = complete(blinding(dictionary, own_key))
    assert view and not view & set(once)
    assert not view & {hash_to_curve(one) for one in dictionary}
    assert set(once) & sent_by_itself  # the control: the same search finds what the party itself has sent


@pytest.mark.parametrize("method", METHODS)
def test_only_plain_hashes_repeat_from_run_to_run(overlapping, method):
    views = [view_of(fl.play(fl.align(*overlapping, method=method, **TOY)), "tax office") for _ in range(2)]
    assert bool(views[0] & views[1]) == (method == "hashed")


@pytest.mark.parametrize("method", METHODS)
def test_no_id_ever_crosses_the_wire(overlapping, method):
    run = fl.play(fl.align(*overlapping, method=method, **TOY))
    for one in names(90):
        assert not [message for message in run.transcript.messages if one.encode() in message.body]


@pytest.mark.parametrize("method", PRIVATE)
def test_the_sizes_and_the_size_of_the_intersection_are_seen_and_the_transcript_says_so(overlapping, method):
    run = fl.play(fl.align(*overlapping, method=method, **TOY))
    seen = " ".join(message.kind for message in run.transcript.messages)
    assert "60 blinded" in seen and "70 " in seen and "40 numbers" in seen


def test_what_is_blinded_says_so_and_what_is_only_hashed_claims_nothing(overlapping):
    covers = {method: {m.protection for m in fl.play(fl.align(*overlapping, method=method, **TOY)).transcript.messages
                       if m.step in (1, 2)} for method in METHODS}  # fmt: skip
    assert covers == {"ecdh": {"blinded"}, "rsa": {"blinded", "signed, then hashed"}, "hashed": {""}}
    assert "UNSAFE" in fl.align(*overlapping, method="hashed").title
    assert "UNSAFE" not in fl.align(*overlapping).title + fl.align(*overlapping, method="rsa").title
    assert "insecure" in fl.align(*overlapping, method="rsa", **TOY).title


# ----------------------------------------------------------------------------------------------- order


def order_guessed_by_second(run):
    """What the tax office can deduce of the bank's order when all of the bank's customers are its own, too.

    It computed {b·a·H(x)} itself, in the order in which the bank sent; the common order ascends; so the k-th smallest
    of them is its own k-th aligned customer. Answer: for each of its customers, the place in the bank's message.
    """
    twice = list(run.held_by("tax office")["b·a·H(x)"])
    places = np.argsort(np.array([int.from_bytes(point, "big") for point in twice], dtype=object))
    return dict(zip(run.result[1].data.ids.tolist(), places.tolist(), strict=True))


def agreement(guess, ids):
    """The share of ids whose place was guessed right."""
    return np.mean([guess[one] == place for place, one in enumerate(ids)])


def test_the_common_order_does_not_tell_the_second_the_order_of_the_firsts_rows(monkeypatch):
    bank, tax = pair(names(300), shuffled(names(320), 3))
    assert agreement(order_guessed_by_second(fl.play(fl.align(bank, tax))), names(300)) < 0.05
    monkeypatch.setattr(matching.secrets, "token_bytes", lambda size: bytes(size))  # nobody shuffles
    assert agreement(order_guessed_by_second(fl.play(fl.align(bank, tax))), names(300)) == 1  # the control


@pytest.mark.parametrize("method", METHODS)
def test_the_places_that_the_second_is_told_do_not_tell_the_first_the_order_of_its_rows(method, monkeypatch):
    """The first chooses the places, and knows the ids there: unless the second shuffled, they are its row numbers."""
    bank, tax = pair(names(300), shuffled(names(320), 3))

    def guessed():
        run = fl.play(fl.align(bank, tax, method, **TOY))
        (told,) = received(run.transcript, "which are common").values()
        return dict(zip(run.result[0].data.ids.tolist(), told["places"].tolist(), strict=True))

    rows = {one: row for row, one in enumerate(tax.data.ids.tolist())}
    guess = guessed()
    assert np.mean([guess[one] == rows[one] for one in guess]) < 0.05
    monkeypatch.setattr(matching.secrets, "token_bytes", lambda size: bytes(size))
    guess = guessed()
    assert [guess[one] for one in guess] == [rows[one] for one in guess]


def test_the_common_order_is_another_one_in_every_run(overlapping):
    orders = {tuple(fl.play(fl.align(*overlapping)).result[0].data.ids.tolist()) for _ in range(3)}
    assert len(orders) == 3


# ----------------------------------------------------------------------------------------------- reveal to the first


@pytest.mark.parametrize("method", METHODS)
def test_revealed_to_the_first_alone_it_gets_its_common_rows_and_the_second_no_message(overlapping, method):
    bank, tax = overlapping
    run = remembered(fl.align(bank, tax, method, reveal_to="first", **TOY))
    assert isinstance(run.result, fl.Party) and run.result.name == "bank"
    assert set(run.result.data.ids.tolist()) == set(names(40, 20))
    assert run.result.alignment.revealed_to == "first"
    assert {message.step for message in run.transcript.messages if message.receiver == "tax office"} <= {0, 1}
    assert not [value for name, value in run.everything if name == "tax office" and isinstance(value, fl.Party)]


def test_a_result_for_the_first_alone_is_refused_for_learning_together(overlapping):
    bank, tax = overlapping
    alone = fl.play(fl.align(bank, tax, reveal_to="first")).result
    for others in (tax, alone):
        with pytest.raises(DataError, match='reveal_to="both"'):
            check_aligned([alone, others])


# ----------------------------------------------------------------------------------------------- the mark


def test_parties_of_two_runs_are_refused_together_and_those_of_one_are_not(overlapping):
    one, other = (fl.play(fl.align(*overlapping)).result for _ in range(2))
    check_aligned(one)
    check_aligned([side.take([3, 1, 2]) for side in one])
    strangers = [(one[0], other[1]), (one[0], overlapping[1]), (one[0].take([0, 1]), one[1].take([1, 0])),
                 (one[0].take([0, 1]), one[1])]  # fmt: skip
    for parties in strangers:
        with pytest.raises(DataError, match="not aligned in one run"):
            check_aligned(parties)


# ----------------------------------------------------------------------------------------------- duplicates


@pytest.mark.parametrize("which", ["first", "second"])
def test_an_id_that_stands_there_twice_is_refused_before_anything_is_sent(which):
    double, single = party("bank", ["ann", "bob", "ann"]), party("tax office", ["ann", "bob"])
    parties = (double, single) if which == "first" else (single, double)
    with pytest.raises(DataError, match="bank's 3 ids are 2 different ones: 'ann'") as caught:
        fl.align(*parties)
    assert "deduplicate=True" in caught.value.remedy


@pytest.mark.parametrize("method", METHODS)
def test_asked_to_deduplicate_it_keeps_the_first_row_of_each_id(method):
    bank, tax = pair(["ann", "bob", "ann", "cem", "bob"], ["bob", "ann", "dan", "ann"])
    first, second = fl.play(fl.align(bank, tax, method, deduplicate=True, **TOY)).result
    assert dict(zip(first.data.ids.tolist(), first.data.features[:, 0], strict=True)) == {"ann": 0, "bob": 1}
    assert dict(zip(second.data.ids.tolist(), second.data.features[:, 0], strict=True)) == {"bob": 0.5, "ann": 1.5}


# ----------------------------------------------------------------------------------------------- long runs


def test_a_hundred_thousand_ids_can_be_cancelled_between_pieces_and_show_how_far_they_are():
    bank, tax = pair(names(100_000), names(10))
    run, seen = fl.Run(fl.align(bank, tax)), []

    def stop(player):
        seen.append(player.doing)
        if player.doing.endswith("a·H(x)"):
            player.cancel()

    with pytest.raises(Cancelled):
        run.finish(progress=stop)
    assert run.state == "cancelled" and seen.count("bank: a·H(x)") == 1 and len(run.transcript) == 0


@pytest.mark.parametrize("method", METHODS)
def test_an_estimate_names_the_messages_and_a_tenth_of_the_bytes(method):
    protocol = fl.align(*pair(names(300), names(200, 100)), method, **TOY)
    estimate, run = protocol.estimate(), fl.play(protocol)
    assert estimate.messages == len(run.transcript) and 0 < estimate.seconds < 60
    assert estimate.bytes == pytest.approx(sum(message.size for message in run.transcript.messages), rel=0.1)


@pytest.mark.parametrize("method", METHODS)
def test_labels_steps_and_sizes_are_deterministic(overlapping, method):
    one, other = (fl.play(fl.align(*overlapping, method=method, **TOY)) for _ in range(2))
    assert headers(one.transcript) == headers(other.transcript)


@pytest.mark.parametrize("method", METHODS)
def test_steps_are_numbered_as_the_text_says(overlapping, method):
    protocol = fl.align(*overlapping, method=method)
    assert [step.number for step in protocol.steps] == ([0, 1, 2, 3] if method == "rsa" else [1, 2, 3])
    spoken = [word.step for _, word in protocol.rehearse()]
    assert spoken == sorted(spoken) and set(spoken) == {step.number for step in protocol.steps}


def test_a_party_that_is_gone_ends_the_run_and_says_who(overlapping):
    with pytest.raises(PartyDropped, match="tax office is gone at step 2"):
        fl.play(fl.align(*overlapping), faults=[Drop("tax office", round=0, before_step=2)])


# ----------------------------------------------------------------------------------------------- hostile partners


def changed(monkeypatch, name, change):
    """One of the two parties, the one that does this first, answers something else than the text makes it compute."""
    honest, calls = getattr(alignment, name), []

    def dishonest(elements, key):
        calls.append(name)
        answer = yield from honest(elements, key)
        return change(answer) if len(calls) == 1 else answer

    monkeypatch.setattr(alignment, name, dishonest)


TWIST = (2).to_bytes(32, "little")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda points: Elements.of("point", [TWIST, *list(points)[1:]]), PointRefused),
        (lambda points: Elements.of("point", [bytes(32), *list(points)[1:]]), PointRefused),
        (lambda points: Elements("point", 16, points.body), PointRefused),
        (lambda points: Elements("tag", 32, points.body), PointRefused),
    ],
    ids=["the twist", "zero", "another width", "another kind"],
)
def test_hostile_points_are_refused_by_whoever_receives_them(overlapping, monkeypatch, change, error):
    changed(monkeypatch, "blinding", change)
    with pytest.raises(error):
        fl.play(fl.align(*overlapping))


@pytest.mark.parametrize(
    "change",
    [
        lambda points: points.take(range(len(points) - 1)),
        lambda points: points.take([0, 0, *range(2, len(points))]),
        lambda points: Elements("hash", 32, points.body),
    ],
    ids=["one too few", "one twice", "another kind"],
)
def test_answers_that_do_not_belong_to_what_was_sent_are_refused(overlapping, monkeypatch, change):
    changed(monkeypatch, "blinding_again", change)
    with pytest.raises((ProtocolError, CryptoError)):
        fl.play(fl.align(*overlapping))


# ----------------------------------------------------------------------------------------------- arguments


def wrong_arguments():
    bank, tax = pair(names(3), names(3))
    scaled = fl.Party("bank", bank.data, fl.Scaling([0.0], [1.0]))
    return {
        "an unknown method": ((bank, tax, "md5"), {}),
        "an unknown receiver": ((bank, tax), {"reveal_to": "second"}),
        "a party without rows": ((bank, fl.Party("server")), {}),
        "a table instead of a party": ((bank, tax.data), {}),
        "one party twice": ((bank, bank), {}),
        "a key of 512 bits": ((bank, tax, "rsa"), {"key_bits": 512}),
        "columns standardised already": ((scaled, tax), {}),
        "half a character": ((bank, party("tax office", ["\ud800"])), {}),
    }


@pytest.mark.parametrize("which", list(wrong_arguments()))
def test_wrong_arguments_are_refused_at_once_with_what_to_do(which):
    arguments, options = wrong_arguments()[which]
    with pytest.raises(ArgumentError) as caught:
        fl.align(*arguments, **options)
    assert caught.value.problem and caught.value.remedy

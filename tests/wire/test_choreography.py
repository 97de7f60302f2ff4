"""Each way to cheat is refused, and the refusal says whose value it was, where, and that it must be sent."""

import builtins
import copy
import functools
import math
import pickle
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pytest

from fedlearn_edu.crypto.paillier import EncryptedVector
from fedlearn_edu.errors import ArgumentError, ProtocolError
from fedlearn_edu.wire.choreography import Announce, At, Gather, Local, Protocol, Report, Round, Seat, Send, check_shape
from fedlearn_edu.wire.run import Run, play

from .conftest import play_in_threads
from .small_protocols import (
    SERVER,
    Someone,
    doubled,
    echo,
    encrypt,
    make_keys,
    mean_age,
    mean_age_text,
    mine,
    nothing,
    public_half,
    same,
    wages,
)


@dataclass
class Box:
    items: list = field(default_factory=list)


BANK, TAX, JUDGE = Someone("bank", 3500.0), Someone("tax", [1.0, 2.0]), Someone("judge")


def protocol_of(text, **arguments):
    return Protocol(text, {"bank": BANK, "tax": TAX, **arguments})


def refusal(text, error=ProtocolError, **arguments):
    """The words with which playing this text is refused, by one process and by one for each party."""
    run = Run(protocol_of(text, **arguments))
    with pytest.raises(error) as caught:
        run.finish()
    assert run.state == "failed"
    _, errors = play_in_threads(protocol_of(text, **arguments), time_limit=2.0)
    assert errors and all(isinstance(found, error) for found in errors.values()), errors
    return " ".join([str(caught.value), *getattr(caught.value, "__notes__", [])])


def assert_names(words, *parts):
    for part in parts:
        assert part in words, words


# --- a value is usable only where it lives


@pytest.mark.parametrize(
    "wrapped",
    [lambda at: at, lambda at: [at], lambda at: (1, (at,)), lambda at: {"deep": [{"er": at}]}],
    ids=["plain", "in a list", "in tuples", "in dicts and lists"],
)
def test_a_value_used_elsewhere_is_refused_and_the_remedy_is_to_send_it(wrapped):
    def text(bank, tax):
        wage_at_bank = yield Local(bank, "wage", mine, step=1)
        yield Local(tax, "tax due", same, wrapped(wage_at_bank), step=2)

    assert_names(refusal(text), "value of bank", "used at tax", "'tax due' at step 2", "Send it to tax first")


@pytest.mark.parametrize("hidden", [lambda at: {at}, lambda at: Box([at])], ids=["in a set", "in an object"])
def test_a_hidden_value_does_not_arrive_either(hidden):
    def text(bank, tax):
        wage_at_bank = yield Local(bank, "wage", mine, step=1)
        yield Local(tax, "tax due", same, hidden(wage_at_bank), step=2)

    assert_names(refusal(text), "value of bank", "'tax due' at tax")


def test_a_value_that_was_sent_is_used_where_it_arrived_and_only_there():
    def text(bank, tax):
        wage_at_tax = yield Send((yield Local(bank, "wage", mine, step=1)), tax, "wage", step=2)
        return (yield Local(tax, "tax due", same, wage_at_tax, step=3))

    def back(bank, tax):
        wage_at_tax = yield Send((yield Local(bank, "wage", mine, step=1)), tax, "wage", step=2)
        yield Local(bank, "compare", same, wage_at_tax, step=3)

    assert play(protocol_of(text)).result == 3500.0
    assert_names(refusal(back), "value of tax", "used at bank", "Send it to bank first")


PEEKS = {
    "branching": lambda at: 1 if at else 2,
    "not": lambda at: not at,
    "comparing": lambda at: at > 40,
    "comparing backwards": lambda at: at >= [40],
    "equality": lambda at: at == 3500.0,
    "inequality": lambda at: at != 3500.0,
    "iterating": lambda at: list(at),
    "unpacking": lambda at: (lambda one, two: one)(*at),
    "next": next,
    "reversed": reversed,
    "indexing": lambda at: at[0],
    "slicing": lambda at: at[1:],
    "writing into it": lambda at: at.__setitem__(0, 1),
    "containment": lambda at: 1 in at,
    "length": len,
    "int": int,
    "float": float,
    "complex": complex,
    "round": round,
    "abs": abs,
    "floor": math.floor,
    "as an index": lambda at: [1, 2][at],
    "as bytes": bytes,
    "as an array": np.asarray,
    "an attribute": lambda at: at.shape,
    "a private attribute": lambda at: at._value,
    "a call": lambda at: at(),
    "setting an attribute": lambda at: setattr(at, "party", "tax"),
    "deleting an attribute": lambda at: delattr(at, "party"),
    "minus": lambda at: -at,
    "invert": lambda at: ~at,
    "sum": lambda at: sum([at, at]),
    "max": lambda at: max(at, at),
    "sorting": lambda at: sorted([at, at]),
}
for sign in ("+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"):
    PEEKS[f"at {sign} 2"] = builtins.eval(f"lambda at: at {sign} 2")
    PEEKS[f"2 {sign} at"] = builtins.eval(f"lambda at: 2 {sign} at")
PEEKS["array + at"] = lambda at: np.arange(3) + at
PEEKS["copying"] = copy.deepcopy
PEEKS["pickling"] = pickle.dumps


@pytest.mark.parametrize("how", PEEKS)
def test_the_text_cannot_look_into_a_value(how):
    def text(bank, tax):
        wage_at_bank = yield Local(bank, "wage", mine, step=1)
        PEEKS[how](wage_at_bank)

    with pytest.raises(ProtocolError, match=r"value of bank was opened[^$]*Only work inside bank") as caught:
        play(protocol_of(text))
    assert "Announce it" in str(caught.value)


def test_a_located_value_shows_nothing_but_where_it_lives():
    at = At("bank", 7)
    assert repr(at) == str(at) == f"{at}" == "At('bank')"


def test_a_forged_location_gives_no_access_to_another_partys_value():
    def used(bank, tax):
        at_bank = yield Local(bank, "wage", mine, step=1)
        yield Local(tax, "tax due", same, At("tax", at_bank.ticket), step=2)

    def sent(bank, tax):
        at_bank = yield Local(bank, "wage", mine, step=1)
        yield Send(At("tax", at_bank.ticket), bank, "tax due", step=2)

    def gathered(bank, tax):
        at_bank = yield Local(bank, "wage", mine, step=1)
        yield Gather([At("tax", at_bank.ticket)], bank, "tax due", step=2)

    def gathered_at_itself(bank, tax):
        at_bank = yield Local(bank, "wage", mine, step=1)
        yield Gather([At("tax", at_bank.ticket)], tax, "tax due", step=2)

    def announced(bank, tax):
        at_bank = yield Local(bank, "wage", mine, step=1)
        yield Announce(At("tax", at_bank.ticket), "tax due", step=2)

    for text in (used, sent, gathered, gathered_at_itself, announced):
        assert_names(refusal(text), "tax due", "tax never got")


def test_a_forged_location_at_an_unknown_party_is_refused():
    def text(bank, tax):
        yield Send(At("nobody", 1), bank, "wage", step=1)

    assert_names(refusal(text), "'nobody'", "no party", "bank, tax")


# --- what a Local may run


class Thief:
    def __init__(self):
        self.stolen = []

    def take(self, data):
        self.stolen.append(data)

    __call__ = take


def closure_over(kept):
    def take(data):
        kept.append(data)

    return take


@pytest.mark.parametrize(
    "function",
    [closure_over([]), Thief().take, Thief(), functools.partial(echo, 1), [].append, Thief, functools.lru_cache(echo)],
    ids=["closure", "bound method", "object", "partial", "method of a list", "class", "cache"],
)
def test_a_function_that_can_carry_values_from_party_to_party_is_refused(function):
    def text(bank, tax):
        yield Local(bank, "take", function, step=1)

    with pytest.raises(ProtocolError, match=r"'take' at bank at step 1 is no plain function.*may carry"):
        play(protocol_of(text))


def test_a_plain_function_and_one_of_python_itself_are_accepted():
    def text(bank, tax):
        return [(yield Local(tax, "count", len, step=1)), (yield Local(tax, "own", mine, step=1))]

    assert play(protocol_of(text)).result == [2, [1.0, 2.0]]


PUBLIC = {
    "list": lambda: [[]],
    "dict": lambda: {"a": []},
    "set": set,
    "object": Box,
    "object in a tuple": lambda: (Box(),),
}


def leave_behind(data, shared):
    target = shared[0] if isinstance(shared, tuple) else shared
    if isinstance(target, Box):
        target.items.append(data)
    elif isinstance(target, set):
        target.add(str(data))
    elif isinstance(target, dict):
        target["a"].append(data)
    elif isinstance(target, list):
        target[0].append(data)


@pytest.mark.parametrize("kind", PUBLIC)
def test_what_one_party_writes_into_a_public_argument_no_other_party_finds(kind):
    def text(bank, tax, shared):
        before = repr(shared)
        yield Local(bank, "leave", leave_behind, shared, step=1)
        assert repr(shared) == before  # nor the text itself
        return (yield Local(tax, "find", found, shared, step=2))

    assert play(protocol_of(text, shared=PUBLIC[kind]())).result == repr(PUBLIC[kind]())


def found(_, shared):
    return repr(shared)


def write_into_array(data, array):
    array[0] = data


def append_inside_array(data, array):
    array[0].append(data)


def test_a_public_array_cannot_be_written_to():
    def text(bank, tax, shared):
        yield Local(bank, "leave", write_into_array, shared, step=1)

    shared = np.zeros(3)
    with pytest.raises(ValueError, match="read-only"):
        play(protocol_of(text, shared=shared))
    assert not shared.any() and shared.flags.writeable


def test_what_one_party_writes_into_an_object_inside_a_public_array_no_other_party_finds():
    def text(bank, tax, shared):
        yield Local(bank, "leave", append_inside_array, shared, step=1)
        return (yield Local(tax, "find", found, shared, step=2))

    shared = np.empty(1, dtype=object)
    shared[0] = []
    assert "3500" not in play(protocol_of(text, shared=shared)).result
    assert shared[0] == []


def test_what_was_announced_is_given_to_each_party_as_its_own_copy():
    def text(bank, tax):
        public = yield Announce((yield Local(tax, "own", mine, step=1)), "numbers", step=1)
        yield Local(bank, "leave", spoil, public, step=2)
        return (yield Local(tax, "find", found, public, step=3))

    assert play(protocol_of(text)).result == "[1.0, 2.0]"


def spoil(data, public):
    public.append(data)


def test_what_arrives_is_a_copy_of_what_was_sent():
    def text(bank, tax):
        own_at_tax = yield Local(tax, "own", mine, step=1)
        copy_at_bank = yield Send(own_at_tax, bank, "numbers", step=2)
        yield Local(bank, "spoil", spoil, copy_at_bank, step=3)
        return [copy_at_bank, own_at_tax]

    assert play(protocol_of(text)).result == [[1.0, 2.0, 3500.0], [1.0, 2.0]]
    assert TAX.data == [1.0, 2.0]


class Pair(NamedTuple):
    one: Any
    other: Any


def test_named_tuples_stay_what_they_are_as_arguments_and_results():
    def text(bank, tax, pair):
        assert pair == Pair(Seat("bank"), 5)
        kept = yield Local(bank, "keep", same, Pair((yield Local(bank, "own", mine, step=1)), 7), step=1)
        return Pair(kept, 1)

    result = play(protocol_of(text, pair=Pair(BANK, 5))).result
    assert result == Pair(Pair(3500.0, 7), 1) and isinstance(result.one, Pair)


# --- what may be sent, and to whom


def test_only_a_located_value_can_travel():
    def sent(bank, tax):
        yield Send(3500.0, tax, "wage", step=4)

    def gathered(bank, tax):
        yield Gather([3500.0], tax, "wage", step=4)

    def announced(bank, tax):
        yield Announce([1, 2], "wage", step=4)

    for text, kind in ((sent, "float"), (gathered, "float"), (announced, "list")):
        assert_names(refusal(text), "'wage' at step 4", kind, "lives at no party")


@pytest.mark.parametrize("receiver", [Seat("nobody"), "tax", None, TAX], ids=["stranger", "name", "None", "party"])
@pytest.mark.parametrize("word", [Send, Gather])
def test_nobody_but_a_seated_party_receives(receiver, word):
    def text(bank, tax):
        wage_at_bank = yield Local(bank, "wage", mine, step=1)
        yield word(wage_at_bank if word is Send else [wage_at_bank], receiver, "wage", step=2)

    words = refusal(text)
    assert_names(words, "'wage' at step 2", "no party of this protocol" if isinstance(receiver, Seat) else "seat")


def test_nobody_but_a_seated_party_works():
    def stranger(bank, tax):
        yield Local(Seat("nobody"), "work", nothing, step=1)

    def name(bank, tax):
        yield Local("bank", "work", nothing, step=1)

    assert_names(refusal(stranger), "'nobody'", "The parties are bank, tax")
    assert_names(refusal(name), "a str where a seat belongs", "among its arguments")


def test_a_party_does_not_send_to_itself():
    def text(bank, tax):
        yield Send((yield Local(bank, "wage", mine, step=1)), bank, "wage", step=2)

    assert_names(refusal(text), "bank sends 'wage' to itself at step 2")


def test_nothing_is_gathered_twice_from_one_party():
    def text(bank, tax):
        wage_at_bank = yield Local(bank, "wage", mine, step=1)
        yield Gather([wage_at_bank, wage_at_bank], tax, "wage", step=2)

    assert_names(refusal(text), "'wage' is gathered twice", "step 2")


@pytest.mark.parametrize("nonsense", [None, 5, "Send", At("bank", 1), Local, print])
def test_what_is_no_word_of_the_wire_is_refused(nonsense):
    def text(bank, tax):
        yield nonsense

    assert_names(refusal(text), "no word of the wire", "yield from")


def test_a_part_of_a_protocol_that_is_yielded_and_not_yielded_from_is_refused_with_that_advice():
    def part(bank):
        yield Local(bank, "wage", mine, step=1)

    def text(bank, tax):
        yield part(bank)

    assert_names(refusal(text), "no word of the wire", "yield from")


def test_a_private_key_on_the_wire_is_refused_with_step_and_label():
    def text(bank, tax):
        pair_at_bank = yield Local(bank, "make keys", make_keys, step=1)
        yield Send(pair_at_bank, tax, "the keys", step=2)

    assert_names(refusal(text), "private key never travels", "'the keys' from bank", "step 2")


def test_a_computed_ciphertext_on_the_wire_is_refused_with_step_and_label():
    def text(bank, tax):
        public_at_bank = yield Local(bank, "public", public_half, (yield Local(bank, "keys", make_keys)))
        public_at_tax = yield Send(public_at_bank, tax, "key", step=1)
        own_at_tax = yield Local(tax, "encrypt", encrypt, public_at_tax, step=2)
        yield Send((yield Local(tax, "double", stale_double, own_at_tax, step=3)), bank, "doubled", step=4)

    assert_names(refusal(text), "re-randomised", "'doubled' from tax", "step 4")


def stale_double(_, vector):
    return vector * 2


def test_a_ciphertext_under_a_key_that_its_receiver_never_got_is_refused_with_step_label_and_parties():
    def text(bank, tax, judge):
        public_at_bank = yield Local(bank, "public", public_half, (yield Local(bank, "keys", make_keys)))
        public_at_tax = yield Send(public_at_bank, tax, "key", step=1)
        own_at_tax = yield Local(tax, "encrypt", encrypt, public_at_tax, step=2)
        yield Send(own_at_tax, judge, "wages", step=3)

    words = refusal(text, judge=JUDGE)
    assert_names(words, "never got this key", "'wages' from tax to judge, step 3", "Send the public key first")


def test_a_message_of_the_wrong_shape_is_refused_with_step_label_and_parties():
    def text(bank, tax):
        yield Send((yield Local(tax, "own", mine, step=1)), bank, "numbers", step=2, shape=3)

    assert_names(refusal(text), "'numbers' from tax to bank, step 2", "shape (3,)", "had (2,)")


def test_a_gathered_or_announced_message_of_the_wrong_shape_is_refused_too():
    def gathered(bank, tax):
        yield Gather([(yield Local(tax, "own", mine, step=1))], bank, "numbers", step=2, shape={"rows": None})

    def announced(bank, tax):
        yield Announce((yield Local(tax, "own", mine, step=1)), "numbers", step=2, shape=(2, 2))

    assert_names(refusal(gathered), "'numbers' from tax to bank, step 2", "should hold ['rows']", "was list")
    assert_names(refusal(announced), "'numbers' from tax to bank, step 2", "shape (2, 2)")


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ([1, 2], None), ([1, 2], 2), (np.zeros((2, 3)), (2, 3)), (5.0, ()), ("abc", 3), ({}, {}),
        ({"rows": 5, "sums": [1, 2]}, {"rows": (), "sums": 2}),
    ],
)  # fmt: skip
def test_a_promised_shape_is_accepted(value, shape):
    check_shape(value, shape, "it")


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ([1, 2], 3), (np.zeros((2, 3)), 6), (np.zeros((2, 3)), (3, 2)), (5.0, 1), (None, 1), ({"rows": 5}, {}),
        ({"rows": 5}, {"rows": 1}), ({"rows": 5, "more": 1}, {"rows": ()}), (5, {"rows": ()}), ([1], ()),
    ],
)  # fmt: skip
def test_any_other_shape_is_refused(value, shape):
    with pytest.raises(ProtocolError, match="it"):
        check_shape(value, shape, "it")


def test_a_sum_that_an_encrypted_vector_of_another_length_would_spoil_is_refused(keys):
    vector = EncryptedVector.encrypt([1.0, 2.0], keys.public, limit=4)
    check_shape(vector, 2, "it")
    with pytest.raises(ProtocolError):
        check_shape(vector, 3, "it")
    assert len(doubled(None, vector, keys.public)) == 2


# --- a text sees seats, and no data


def test_no_data_of_a_party_are_reachable_from_the_text():
    seen = []

    def text(bank, tax, clinics, by_name):
        seen.extend([bank, tax, *clinics, *by_name.values()])
        yield Round(1)

    play(protocol_of(text, clinics=[[Someone("a", 1)], (Someone("b", 2),)], by_name={"x": Someone("c", 3)}))
    flat = [seat for part in seen for seat in (part if isinstance(part, list | tuple) else [part])]
    assert flat == [Seat(name) for name in ("bank", "tax", "a", "b", "c")]
    assert not any(hasattr(seat, "data") for seat in flat)


def test_a_party_that_the_text_would_see_with_its_data_is_refused():
    with pytest.raises(ArgumentError, match="'tax' is an argument, and not in parties"):
        Protocol(mean_age_text, {"bank": BANK, "tax": TAX}, parties=(BANK,))
    with pytest.raises(ArgumentError, match="stand in a set"):
        Protocol(mean_age_text, {"clinics": frozenset([Someone("bank", 1)])}, parties=(SERVER,))


def test_a_seat_cannot_be_given_data():
    with pytest.raises(AttributeError):
        Seat("bank").data = 5


def test_the_protocol_of_one_party_holds_no_other_partys_data():
    whole = Protocol(
        mean_age_text, {"clinics": [BANK, TAX], "server": JUDGE, "rounds": 3}, forecast=lambda: (TAX.data, 0)
    )
    own = whole.only("bank")
    assert own.names == whole.names
    assert {party.name: party.data for party in own.parties} == {"bank": 3500.0, "tax": None, "judge": None}
    assert [party.data for party in own.arguments["clinics"]] == [3500.0, None] and own.arguments["rounds"] == 3
    assert own.forecast is None
    with pytest.raises(ProtocolError, match="'nobody' is no party"):
        whole.only("nobody")


# --- the protocol itself


def test_two_parties_of_one_name_are_refused_and_one_party_in_two_roles_is_not():
    with pytest.raises(ArgumentError, match="Two parties are called 'bank'"):
        Protocol(mean_age_text, {"one": BANK, "other": Someone("bank", 7)})
    protocol = Protocol(mean_age_text, {"clinics": [BANK, TAX], "leader": BANK})
    assert protocol.names == ("bank", "tax")
    assert protocol.roles == {"clinics": ("bank", "tax"), "leader": ("bank",)}
    assert protocol.only("tax").arguments["leader"].data is None


def test_a_protocol_without_parties_is_refused():
    with pytest.raises(ArgumentError, match="needs parties"):
        Protocol(mean_age_text, {"rounds": 3})


def test_a_text_that_is_no_generator_function_is_refused():
    def text(bank, tax):
        return 5

    with pytest.raises(ProtocolError, match="no generator function"):
        play(protocol_of(text))


def test_the_steps_of_a_protocol_are_those_of_its_docstring():
    protocol = mean_age()
    assert [(step.number, step.title) for step in protocol.steps][:2] == [
        (1, "every clinic adds up its ages"),
        (2, "every clinic sends its sum"),
    ]
    assert repr(protocol) == "Protocol('mean age', parties: clinic 1, clinic 2, clinic 3, server)"


def test_a_rehearsal_speaks_every_word_and_computes_nothing():
    def explode(ages, t):
        raise AssertionError("a rehearsal computed something")

    explode.__closure__  # a plain function: it has none
    protocol = mean_age(rounds=3, sum_ages=explode)
    assert protocol.total_steps == 3 * 10 == Run(mean_age(rounds=3)).finish().position
    assert [number for number, word in protocol.rehearse() if isinstance(word, Report)] == [1, 2, 3]


def test_a_rehearsal_finds_a_broken_rule():
    def text(bank, tax):
        yield Local(tax, "tax due", same, (yield Local(bank, "wage", mine)), step=2)

    with pytest.raises(ProtocolError, match="used at tax"):
        list(protocol_of(text).rehearse())


def test_a_rehearsal_that_lacks_an_announced_value_says_what_to_do():
    def text(bank, tax):
        rounds = yield Announce((yield Local(tax, "count", len)), "rounds")
        for t in range(rounds):
            yield Round(t)

    with pytest.raises(TypeError) as caught:
        list(protocol_of(text).rehearse())
    assert "rehearsal=" in caught.value.__notes__[0]


def test_an_estimate_counts_the_messages_and_is_refused_where_nobody_measured():
    whole = mean_age(rounds=2)
    with pytest.raises(ProtocolError, match="Nobody has measured"):
        whole.estimate()
    measured = Protocol(whole.text, whole.arguments, forecast=lambda: (1.5, 2000))
    assert measured.estimate().messages == len(play(whole).transcript) == 2 * (3 + 3 + 1)
    assert str(measured.estimate()) == "about 1.5 s, 2,000 bytes in 14 messages"


def test_a_key_passed_on_still_opens_what_is_encrypted_under_it():
    assert play(wages()).result == [2.0, 4.0]

"""Small protocols to break the wire with; a module of its own, so that a new process can import them."""

import os
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from fedlearn_edu.crypto.paillier import EncryptedVector, generate_keys
from fedlearn_edu.wire.choreography import Agreed, Announce, Gather, Local, Protocol, Report, Round, Send


@dataclass(frozen=True)
class Someone:
    """A party as the wire knows it."""

    name: str
    data: Any = None


AGES = {"clinic 1": [30, 40, 50], "clinic 2": [20, 25], "clinic 3": [61]}
SERVER = Someone("server")


def mean_age(rounds=2, ages=AGES, sum_ages=None):
    clinics = [Someone(name, np.array(own, dtype=float)) for name, own in ages.items()]
    arguments = {"clinics": clinics, "server": SERVER, "rounds": rounds, "sum_ages": sum_ages or sum_and_count}
    return Protocol(mean_age_text, arguments, title="mean age")


def mean_age_text(clinics, server, rounds, sum_ages):
    """The mean age over clinics.

    1. every clinic adds up its ages
    2. every clinic sends its sum
    3. the server divides, and tells everyone
    4. it thanks the first clinic
    5. which compares
    """
    first = clinics[0]
    for t in range(1, rounds + 1):
        yield Round(t)
        sums = []
        for clinic in clinics:
            sums.append((yield Local(clinic, "add up", sum_ages, t, step=1)))
        sums_at_server = yield Gather(sums, server, "sum", step=2, shape=2)
        mean_at_server = yield Local(server, "divide", divide, sums_at_server, step=3)
        mean = yield Announce(mean_at_server, "mean", step=3, rehearsal=1.0)
        if mean > 0:  # public, so the text may branch
            thanks_at_first = yield Send(mean_at_server, first, "thanks", step=4)
        distance_at_first = yield Local(first, "compare", distance, thanks_at_first, step=5)
        yield Report(round=t, mean=mean, distance=distance_at_first, curve=distance_at_first)
    return {"mean": mean, "distance": distance_at_first}


def sum_and_count(ages, t):
    return np.array([ages.sum() * t, len(ages)])


def divide(_, sums):
    total = sum(sums.values())
    return float(total[0] / total[1])


def distance(ages, mean):
    return float(ages.mean() - mean)


def sum_or_die(ages, t):
    if len(ages) == 2:
        os._exit(3)
    return sum_and_count(ages, t)


def sum_or_raise(ages, t):
    if len(ages) == 2:
        raise ValueError(f"the secret ages are {ages}")
    return sum_and_count(ages, t)


def lambda_of(data):
    return lambda: data


def result_that_cannot_leave(bank, tax):
    return (yield Local(bank, "make", lambda_of, step=1))


class Peculiar(Exception):  # its arguments are not what its constructor takes: it cannot be unpickled
    def __init__(self, one, other):
        super().__init__(f"{one} {other}")


def sum_or_raise_something_peculiar(ages, t):
    if len(ages) == 2:
        raise Peculiar("the secret", "ages")
    return sum_and_count(ages, t)


def slow_sum(ages, t):
    time.sleep(0.05)
    return sum_and_count(ages, t)


def sum_in_pieces(ages, t):
    for done in range(1000):
        yield done, 1000
    return sum_and_count(ages, t)


def wages():
    arguments = {"bank": Someone("bank", [3.5, -1.25]), "tax": Someone("tax", [1.0, 2.0]), "judge": Someone("judge")}
    return Protocol(wages_text, arguments, title="wages")


def wages_text(bank, tax, judge):
    """The bank's key travels to the tax office, and from there to the judge, who adds without reading."""
    pair_at_bank = yield Local(bank, "make keys", make_keys, step=1)
    public_at_bank = yield Local(bank, "public half", public_half, pair_at_bank, step=1)
    public_at_tax = yield Send(public_at_bank, tax, "key", step=1)
    public_at_judge = yield Send(public_at_tax, judge, "key, passed on", step=1)
    own_at_tax = yield Local(tax, "encrypt", encrypt, public_at_tax, step=2)
    at_judge = yield Send(own_at_tax, judge, "wages", step=2, shape=2)
    doubled_at_judge = yield Local(judge, "double", doubled, at_judge, public_at_judge, step=3)
    doubled_at_bank = yield Send(doubled_at_judge, bank, "doubled", step=3)
    read_at_bank = yield Local(bank, "decrypt", decrypt, doubled_at_bank, pair_at_bank, step=4)
    read_at_tax = yield Send(read_at_bank, tax, "sums", step=4)
    return Agreed({"bank": read_at_bank, "tax": read_at_tax})


def make_keys(_):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return generate_keys(256)


def public_half(_, pair):
    return pair.public


def encrypt(own, public_key):
    return EncryptedVector.encrypt(own, public_key, limit=1000)


def doubled(_, vector, public_key):
    assert vector.public_key == public_key
    return (vector * 2).re_randomised()


def decrypt(_, vector, pair):
    return [integer / 2**vector.scale_bits for integer in vector.decrypt(pair.private)]


def echo(data, *args):
    """Used by single tests: the party's data, and what it was given."""
    return [data, *args]


def mine(data):
    return data


def same(_, value):
    return value


def nothing(_):
    return None

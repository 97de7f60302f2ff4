"""What other libraries take for the same work, per value, measured on a sample; None where one is not installed.

phe       one number in each ciphertext, with gmpy2: what every ratio is taken against
sf-heu    the Paillier of SecretFlow, in C++, one number in each ciphertext
TenSEAL   another scheme (CKKS, approximate, with keys and ciphertexts of another kind), for orientation only
openmined-psi   ECDH on P-256, in C++: what alignment is taken against
"""

import importlib.util
import time
from functools import cached_property

import numpy as np


def installed(name):
    return importlib.util.find_spec(name) is not None


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


class Phe:
    """Seconds for one value: measured between our own rounds and for as long, so that both meet the same load."""

    def __init__(self, public, private):
        self.public, self.private = public, private

    @cached_property
    def sample(self):
        return [self.public.encrypt(float(v)) for v in np.random.default_rng(1).normal(size=8)]

    def measure(self, what, at_least=0.0, factors=()):
        sample = self.sample
        work, count = {
            "encrypt": (lambda: [self.public.encrypt(0.123) for _ in range(3)], 3),
            "add": (lambda: [sample[i % 8] + sample[(i + 1) % 8] for i in range(200)], 200),
            "decrypt": (lambda: [self.private.decrypt(number) for number in sample], 8),
            "multiply and add": (
                lambda: [sample[i % 8] * factor + sample[i % 7] for i, factor in enumerate(factors)],
                len(factors),
            ),
        }[what]
        times = [seconds(work)]
        while sum(times) < at_least:
            times.append(seconds(work))
        return sum(times) / len(times) / count


def heu_seconds(key_bits, count=40):
    """Encrypt, add, decrypt, multiply and add: seconds for one value; None without sf-heu."""
    if not installed("heu"):
        return None
    from heu import numpy as arrays, phe as heu

    kit = arrays.setup(heu.SchemaType.ZPaillier, key_bits)
    encoder = kit.float_encoder() if hasattr(kit, "float_encoder") else heu.FloatEncoder(heu.SchemaType.ZPaillier)
    plain = kit.array(np.random.default_rng(1).normal(size=count), encoder)
    found, kept = {}, {}
    steps = {
        "encrypt": lambda: kept.update(c=kit.encryptor().encrypt(plain)),
        "add": lambda: kit.evaluator().add(kept["c"], kept["c"]),
        "decrypt": lambda: kit.decryptor().decrypt(kept["c"]),
    }
    for name, work in steps.items():
        found[name] = seconds(work) / count
    return found


def tenseal_seconds(size=10_000, slots=4096):
    """Encrypt, add, decrypt `size` values in all: seconds; None without TenSEAL."""
    if not installed("tenseal"):
        return None
    import tenseal

    context = tenseal.context(tenseal.SCHEME_TYPE.CKKS, 2 * slots, coeff_mod_bit_sizes=[60, 40, 40, 60])
    context.global_scale = 2.0**40
    values = np.random.default_rng(1).normal(size=size)
    parts, found, kept = [values[at : at + slots] for at in range(0, size, slots)], {}, {}
    steps = {
        "encrypt": lambda: kept.update(c=[tenseal.ckks_vector(context, part) for part in parts]),
        "add": lambda: [part + part for part in kept["c"]],
        "decrypt": lambda: [part.decrypt() for part in kept["c"]],
    }
    for name, work in steps.items():
        found[name] = seconds(work)
    return found


def openmined_psi(mine, yours):
    """Both sides of an intersection of two lists of texts, with all that travels as bytes; answers its size."""
    import private_set_intersection.python as psi

    client, server = psi.client.CreateWithNewKey(True), psi.server.CreateWithNewKey(True)
    sent = server.CreateSetupMessage(0.0, len(mine), yours, psi.DataStructure.RAW).SerializeToString()
    asked = client.CreateRequest(mine).SerializeToString()
    setup, request, response = psi.ServerSetup(), psi.Request(), psi.Response()
    setup.ParseFromString(sent)
    request.ParseFromString(asked)
    response.ParseFromString(server.ProcessRequest(request).SerializeToString())
    return len(client.GetIntersection(setup, response))

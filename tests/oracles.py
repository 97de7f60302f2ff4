"""What proves an encrypted protocol: searches, comparisons and reference arithmetic, for the tests of any protocol.

leaks        find_planted(transcript, values): where planted numbers stand in messages, in any of many forms
randomness   looks_uniform(data): χ² on bytes, at α = 10⁻⁹
projection   assert_same_messages(one, other)
exactness    fixed(values): fixed point by fractions, without the library's own encoder

Each search is shown to find what it looks for (tests/protocols/test_oracles.py) before it is believed.
"""

import re
from fractions import Fraction

import numpy as np
from scipy.stats import chi2  # type: ignore[import-untyped]

from fedlearn_edu.crypto.masks import MaskedVector
from fedlearn_edu.crypto.paillier import EncryptedVector
from fedlearn_edu.wire.codec import KeyRing, decode
from fedlearn_edu.wire.run import Run

ALPHA = 1e-9
NUMERAL = re.compile(rb"-?\d[\d.]*(?:e[-+]?\d+)?")
SHORTEST_TEXT = 7  # bytes; shorter numerals turn up by chance in a megabyte of noise
SMALLEST_INTEGER = 2**16  # smaller ones are lengths, counts and rounds


# ----------------------------------------------------------------------------------------------- reading messages


def decoded(transcript, receiver=None):
    """Pairs (message, what is in it), read with every public key that ever travelled."""
    keys = KeyRing()
    pairs = [(message, decode(message.body, keys)) for message in transcript.messages]
    return [(message, value) for message, value in pairs if receiver in (None, message.receiver)]


def received(transcript, label, round=None, receiver=None):
    """By sender, what arrived under this label."""
    return {
        message.sender: value
        for message, value in decoded(transcript, receiver)
        if message.label == label and round in (None, message.round)
    }


def leaves(value):
    """The parts of a payload that are no containers."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from leaves(part)
    else:
        yield value


def headers(transcript):
    """What an onlooker sees of each message, in the order of the text."""
    return sorted(
        (m.position, m.round, m.step, m.sender, m.receiver, m.label, m.kind, m.size, m.late)
        for m in transcript.messages
    )


def assert_same_messages(one, other, same_bodies=()):
    """The same messages; those with these labels hold nothing random, so their bodies are compared, too."""
    assert headers(one) == headers(other)
    for label in same_bodies:
        bodies = [
            sorted((m.position, m.sender, m.receiver, m.body) for m in t.messages if m.label == label)
            for t in (one, other)
        ]
        assert bodies[0] and bodies[0] == bodies[1], label


# ----------------------------------------------------------------------------------------------- leaks


def find_planted(transcript, values, scales=(24,), factors=(1,)):
    """Where any of `values`, times any of `factors`, stands in a message: a list of (number of message, form).

    Forms: float64 in both byte orders, also rounded to float32; two neighbours as float32 in both byte orders (one
    alone has four bytes, which noise brings up by chance); decimal text; the fixed-point integer at every scale, as
    eight bytes in both orders, as a number, as text, and as the plaintext of a ciphertext without randomness.
    `values` has shape (..., N); neighbours stand side by side along the last axis.
    """
    values = np.atleast_1d(np.asarray(values, dtype=np.float64))
    values = np.concatenate([np.atleast_2d(factor * values) for factor in factors])
    needles, integers, texts = _byte_forms(values, scales), _integers(values, scales), _texts(values, scales)
    found = []
    for message, value in decoded(transcript):
        forms = {*_forms_in_bytes(message.body, needles), *_forms_in_numbers(value, integers)}
        if any(numeral in texts for numeral in NUMERAL.findall(message.body)):
            forms.add("text")
        found += [(message.number, form) for form in sorted(forms)]
    return found


def find_bytes(data, values, scales=(24,)):
    """In which forms of `find_planted` any of `values` stands in bytes of whatever origin: a log, a database."""
    values = np.atleast_2d(np.asarray(values, dtype=np.float64))
    forms = set(_forms_in_bytes(data, _byte_forms(values, scales)))
    texts = _texts(values, scales)
    return sorted(forms | ({"text"} if any(numeral in texts for numeral in NUMERAL.findall(data)) else set()))


def _byte_forms(values, scales):
    """For each form, its eight bytes as sorted numbers of 64 bits."""
    single = values.astype("<f4")
    telling = values[np.abs(values) > 1e-300]
    pairs = np.stack([single[..., :-1], single[..., 1:]], axis=-1)  # (..., N−1, 2)
    pairs = pairs[(pairs != 0).all(axis=-1)]
    rounded = single[single != 0].astype("<f8")
    forms = {
        "float64": telling.astype("<f8"),
        "float64 backwards": telling.astype(">f8"),
        "float32 in float64": rounded,
        "float32": np.ascontiguousarray(pairs, dtype="<f4"),
        "float32 backwards": np.ascontiguousarray(pairs, dtype=">f4"),
    }
    for order in "<>":
        whole = np.array([k % 2**64 for k in _integers(values, scales)], dtype=np.uint64).astype(f"{order}u8")
        forms["integer" if order == "<" else "integer backwards"] = whole
    return {name: np.unique(np.frombuffer(form.tobytes(), dtype="<u8")) for name, form in forms.items()}


def _integers(values, scales):
    whole = {k for scale in scales for k in np.rint(values * 2.0**scale).ravel().tolist()}
    return {int(k) for k in whole if abs(k) >= SMALLEST_INTEGER}


def _texts(values, scales):
    numbers = values.ravel().tolist()
    texts = {form(v) for v in numbers for form in (repr, "{:.6f}".format, "{:.7g}".format, "{:.16g}".format)}
    texts |= {str(k) for k in _integers(values, scales)}
    return {text.encode() for text in texts if len(text) >= SHORTEST_TEXT and float(text)}


def _forms_in_bytes(body, needles):
    if len(body) < 8:
        return
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(body, dtype=np.uint8), 8)
    windows = np.ascontiguousarray(windows).view("<u8").ravel()
    for form, wanted in needles.items():
        if wanted.size and (wanted[np.searchsorted(wanted, windows).clip(max=wanted.size - 1)] == windows).any():
            yield form


def _forms_in_numbers(value, integers):
    for leaf in leaves(value):
        if isinstance(leaf, int) and leaf in integers:
            yield "a number"
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind in "iu" and not integers.isdisjoint(leaf.ravel().tolist()):
            yield "a number"
        if isinstance(leaf, MaskedVector) and not integers.isdisjoint(leaf.values.view(np.int64).tolist()):
            yield "an upload without mask"
        if isinstance(leaf, EncryptedVector):
            n = leaf.public_key.n
            plain = leaf.public_key.centred((c - 1) // n for c in leaf.ciphertexts if c % n == 1)  # (1 + n)^m = 1 + mn
            if leaf.packing and len(plain) == len(leaf.ciphertexts):
                plain = leaf.packing.unpack(plain)
            if not integers.isdisjoint(plain):
                yield "a ciphertext without randomness"


# ----------------------------------------------------------------------------------------------- randomness


def looks_uniform(data):
    """Whether χ² on the bytes of an array, or of bytes, sees no more than chance in one of 10⁹ cases."""
    data = data if isinstance(data, bytes) else np.ascontiguousarray(data).tobytes()
    assert len(data) >= 8 * 100_000, "too short to tell"
    observed, expected = np.bincount(np.frombuffer(data, dtype=np.uint8), minlength=256), len(data) / 256
    return float(((observed - expected) ** 2 / expected).sum()) < chi2.isf(ALPHA, df=255)


# ----------------------------------------------------------------------------------------------- exactness


def fixed(values, scale_bits=24):
    """v·2^f as the nearest integer, half to even, in exact fractions."""
    return [round(Fraction(float(v)) * 2**scale_bits) for v in values]


def mean_in_integers(updates, rows):
    """By the protocol's rule, in Python integers: Σ n_k·round(x_k·2^24), Σ n_k, and their quotient as floats."""
    total = sum(rows.values())
    quantised = {name: fixed(update) for name, update in updates.items()}
    sums = [
        sum(rows[name] * quantised[name][i] for name in updates) for i in range(len(next(iter(quantised.values()))))
    ]
    return sums, total, np.array([whole / (total * 2**24) for whole in sums])


class Remembered(Run):
    """A run that keeps every value a party ever held, as (party, value): a test may look where nobody else can."""

    def __init__(self, protocol, **options):
        super().__init__(protocol, **options)
        self.everything = []

    def _keep(self, party, label, value):
        super()._keep(party, label, value)
        self.everything.append((party, value))


def remembered(protocol, **options):
    """Play to the end and keep everything."""
    return Remembered(protocol, **options).finish()

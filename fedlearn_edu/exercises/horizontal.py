"""Chapter 04: weights by rows, who can decrypt, what a sum tells; and the three predictions.

>>> [exercise.title for exercise in EXERCISES]
['Weights by rows', 'Who can decrypt', 'What a sum tells']

The cases are real runs of `fedavg` with three hospitals of unequal size, one round long, under a toy key (256 bits,
classroom only, insecure): the learner's function gets the very objects that travelled, and the expected answers come
from what the parties held.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..arguments import is_whole
from ..crypto.fixed_point import decode as decode_integers
from ..crypto.paillier import EncryptedVector, KeyPair, PrivateKey
from ..data.datasets import Dataset, load
from ..data.partition import split_rows
from ..i18n import say
from ..learning.averaging import weighted_mean
from ..protocols.aggregation import plain_sum
from ..protocols.horizontal import fedavg
from ..protocols.masked_aggregation import masked_sum
from ..protocols.paillier_aggregation import paillier_sum
from ..wire.codec import KeyRing, decode
from ..wire.run import Run, play
from ..wire.transcript import EAVESDROPPER, Message
from .answers import by_question, read_truth
from .exercise import Answer, Case, Exercise, Misconception, Shown, WrongForm, described
from .question import Option, Prompt, Question

SCHEMES: Mapping[str, Callable[[], Any]] = {
    "plain": plain_sum,
    "paillier": lambda: paillier_sum(key_bits=256),
    "masks": masked_sum,
}


def played(rows: Sequence[int], scheme: str) -> Run:
    """One round of FedAvg between hospitals with so many rows each.

    >>> played([40, 20], "plain").protocol.names
    ('hospital 1', 'hospital 2', 'server')
    """
    table = load("breast_cancer").take(range(sum(rows)))
    hospitals = split_rows(standardised(table), parties=len(rows), sizes=rows, seed=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a toy key, or two parties: here both are meant
        return play(fedavg(hospitals, rounds=1, learning_rate=0.5, aggregation=SCHEMES[scheme]()))


def standardised(table: Dataset) -> Dataset:
    """Standardise columns on the joined table: fine for making an example, and what chapter 04 does by a protocol."""
    X = table.features
    return table.with_features((X - X.mean(axis=0)) / X.std(axis=0))  # (N, p)


def updates_of(run: Run) -> dict[str, np.ndarray]:
    """W_k by hospital, before it was hidden."""
    hospitals = [name for name in run.protocol.names if name != "server"]
    return {name: run.held_by(name)["train on own rows"] for name in hospitals}


def private_keys_of(run: Run, eyes: str) -> list[PrivateKey]:
    """Collect the Paillier keys that a party holds; an eavesdropper is no party, and holds none."""
    held = run.held_by(eyes).values() if eyes != EAVESDROPPER else []
    return [thing.private if isinstance(thing, KeyPair) else thing for thing in held
            if isinstance(thing, KeyPair | PrivateKey)]  # fmt: skip


def opened(message: Message, keys: Sequence[PrivateKey]) -> Any:
    """What a message's "update" decodes to."""
    ring = KeyRing()
    for key in keys:
        ring.add(key.public)
    value = decode(message.body or b"", ring)
    return value["update"] if isinstance(value, dict) else value


# --- 04.1 weights by rows -----------------------------------------------------------------------------------------


def uploads_cases() -> list[Case]:
    """The server's step 4, twice: what arrived, and the weighted mean that must come out at the hospitals."""
    return [_uploads_case([100, 10]), _uploads_case([60, 30, 10])]


def _uploads_case(rows: Sequence[int]) -> Case:
    run = played(rows, "paillier")
    key = private_keys_of(run, "hospital 1")[0]
    messages = [message for message in run.transcript.messages if message.step == 3]
    uploads = [(count, opened(message, [key])) for count, message in zip(rows, messages, strict=True)]
    expected = weighted_mean(updates_of(run), {f"hospital {k}": n for k, n in enumerate(rows, start=1)})
    name = f"hospitals with {', '.join(map(str, rows))} rows"
    return Case(name, (uploads,), expected, known=key)


def read_upload_sum(answer: Any, case: Case) -> np.ndarray:
    """Do what a hospital does with it in step 6: decrypt, and divide."""
    if isinstance(answer, EncryptedVector):
        raise WrongForm(say("Only the encrypted sum came back. Return a pair: the divisor, and the encrypted sum."))
    if not isinstance(answer, tuple | list) or len(answer) != 2 or not isinstance(answer[1], EncryptedVector):
        wanted = "Your function returned {what}. Return a pair: the divisor, and the encrypted sum."
        raise WrongForm(say(wanted, what=described(answer)))
    divisor, total = answer
    if not is_whole(divisor, 1):
        raise WrongForm(
            say("The first of the pair is a whole number from 1 up; yours is {what}.", what=described(divisor))
        )
    sizes = len(case.arguments[0][0][1]), len(total)
    if sizes[0] != sizes[1]:
        text = "An upload has {uploaded} numbers, and your sum has {summed}."
        raise WrongForm(say(text, uploaded=sizes[0], summed=sizes[1]))
    return decode_integers(total.decrypt(case.known), total.scale_bits, divisor=int(divisor))


def _raised(kind: str, place: str) -> Shown:
    """Whether every case ended with this kind of error in this function."""

    def shown(answers: Mapping[str, Answer]) -> bool:
        found = [answer.outcome for answer in answers.values()]
        return all(type(one.error).__name__ == kind and one.raised_in == place for one in found)

    return shown


def _divided(answers: Mapping[str, Answer]) -> bool:
    """Python itself refuses `vector / 4`; its words name the operator and the type."""
    errors = [str(answer.outcome.error) for answer in answers.values()]
    return all("EncryptedVector" in text and "/" in text.split("for ")[-1][:4] for text in errors)


def _summed_from_zero(answers: Mapping[str, Answer]) -> bool:
    """`sum` starts with 0 + vector, and the vector says that it got an int."""
    errors = [answer.outcome for answer in answers.values()]
    return all(one.raised_in == "adding" and getattr(one.error, "problem", "").endswith("got int.") for one in errors)


WEIGHTS_BY_ROWS = Exercise(
    id="04.1",
    title="Weights by rows",
    task="""
You are the **server**, at step 4. `uploads` is a list with a pair for each hospital: its number of rows n_k, and its
encrypted weights [[W_k]]. You have no key. The hospitals want the mean over all *rows*, Σ (n_k/n) W_k.

Write `add_up(uploads)`. Return a pair: the **divisor**, a whole number, and the **encrypted sum**. The hospitals will
decrypt the sum and divide it by your divisor.

- `vector + vector` adds under encryption
- `vector * 3` multiplies by a whole number under encryption
""",
    stub='''
def add_up(uploads):
    """uploads: [(n_1, [[W_1]]), (n_2, [[W_2]]), ...]. Return (divisor, encrypted sum)."""
    ...
''',
    function="add_up",
    cases=uploads_cases,
    read=read_upload_sum,
    misconceptions=(
        Misconception(
            "unweighted mean",
            "You averaged without weighting by rows. A hospital with 100 rows counts ten times as much as one with 10.",
            """
def add_up(uploads):
    total = uploads[0][1]
    for _, vector in uploads[1:]:
        total = total + vector
    return len(uploads), total
""",
        ),
        Misconception(
            "ciphertext times a fraction",
            "You multiplied the ciphertext by a fraction, such as 0.25: send n_k·[[W_k]] and divide after decryption. "
            "A ciphertext can be multiplied by whole numbers only.",
            """
def add_up(uploads):
    n = sum(rows for rows, _ in uploads)
    rows, vector = uploads[0]
    total = vector * (rows / n)
    for rows, vector in uploads[1:]:
        total = total + vector * (rows / n)
    return 1, total
""",
            shown_by=_raised("ArgumentError", "multiplying"),
        ),
        Misconception(
            "divided ciphertext",
            "You divided the ciphertext: nobody can, without the key. Send the sum of n_k·[[W_k]] together with n, and "
            "let the hospitals divide after decryption.",
            """
def add_up(uploads):
    n = sum(rows for rows, _ in uploads)
    total = uploads[0][1] * uploads[0][0]
    for rows, vector in uploads[1:]:
        total = total + vector * rows
    return 1, total / n
""",
            shown_by=_divided,
        ),
        Misconception(
            "sum from zero",
            "Python's sum() starts from the number 0, and 0 is not encrypted. Start from the first product, and "
            "add the others in a loop.",
            """
def add_up(uploads):
    return sum(rows for rows, _ in uploads), sum(vector * rows for rows, vector in uploads)
""",
            shown_by=_summed_from_zero,
        ),
        Misconception(
            "divided by hospitals",
            "You weighted by rows, and then divided by the number of hospitals: the divisor is n, the sum of all n_k.",
            """
def add_up(uploads):
    total = uploads[0][1] * uploads[0][0]
    for rows, vector in uploads[1:]:
        total = total + vector * rows
    return len(uploads), total
""",
        ),
        Misconception(
            "undivided sum",
            "Your divisor is 1, so the hospitals get the sum and not the mean: the divisor is n, the sum of all n_k.",
            """
def add_up(uploads):
    total = uploads[0][1] * uploads[0][0]
    for rows, vector in uploads[1:]:
        total = total + vector * rows
    return 1, total
""",
        ),
    ),
    hints=(
        "Two hospitals, 100 rows and 10 rows: how often does each one's vector go into the sum?",
        "n_k is a whole number, so n_k·[[W_k]] is `vector * rows`. The fraction n_k/n is not: leave the division by n "
        "to those who can decrypt.",
        "Start with `total = uploads[0][1] * uploads[0][0]`, add `vector * rows` for each further pair, and return "
        "`(n, total)` with n the sum of the rows.",
    ),
    solution="""
def add_up(uploads):
    n = sum(rows for rows, _ in uploads)
    total = uploads[0][1] * uploads[0][0]            # n_1 * [[W_1]]
    for rows, vector in uploads[1:]:
        total = total + vector * rows                # + n_k * [[W_k]]
    return n, total                                  # the hospitals decrypt, and divide by n
""",
    explanation="""
Σ (n_k/n) W_k = (Σ n_k·W_k) / n. The right side needs whole multiples and sums only, which is what Paillier offers; the
one division happens where the key is. The library's `paillier_sum` does the same, and then re-randomises the sum, so
that nobody who knows an upload can test guesses for n_k against it.
""",
)


# --- 04.2 who can decrypt -----------------------------------------------------------------------------------------

HOSPITALS = ("hospital 1", "hospital 2", "hospital 3")
WRITER = "hospital 3"  # whose upload is looked at, and to whom the sum goes
EYES = (*HOSPITALS, "server", EAVESDROPPER)
KINDS = {3: f"the upload of {WRITER}", 5: f"what the server sends {WRITER}"}


def reading_cases() -> list[Case]:
    """Three real runs; the key to the answers is an attempt: try to open the message with what these eyes hold."""
    cases = []
    for scheme in SCHEMES:
        run = played([60, 30, 10], scheme)
        for message in run.transcript.messages:
            if message.step in KINDS and WRITER in (message.sender, message.receiver):
                cases += [_reading_case(run, scheme, message, eyes) for eyes in EYES if eyes != message.sender]
    return [case for case in cases if case is not None]


def _reading_case(run: Run, scheme: str, message: Message, eyes: str) -> Case | None:
    if "update" not in message.label and "sum" not in message.label and "new values" not in message.label:
        return None
    name = f"{scheme}: {eyes} and {KINDS[message.step or 0]}"
    return Case(name, (eyes, message, scheme), can_open(run, message, eyes), known=(scheme, message.step, eyes))


def can_open(run: Run, message: Message, eyes: str) -> bool:
    """Try to read the weights in a message with the keys that these eyes hold.

    >>> run = played([40, 20], "paillier")
    >>> upload = [message for message in run.transcript.messages if message.step == 3][1]
    >>> can_open(run, upload, "hospital 1"), can_open(run, upload, "server")
    (True, False)
    """
    everybody = [key for name in run.protocol.names for key in private_keys_of(run, name)][:1]
    value = opened(message, everybody)
    if isinstance(value, EncryptedVector):
        return any(key.public == value.public_key for key in private_keys_of(run, eyes))
    return isinstance(value, np.ndarray)  # a masked vector is not one, and there is no key to it


def _says(scheme: str, step: int, **claims: bool) -> Shown:
    """Whether the function claims this of a message.

    `maker` is hospital 1, which made the key, `second` is hospital 2, `others` are both: neither wrote the upload.
    """

    def shown(answers: Mapping[str, Answer]) -> bool:
        said = by_question(answers)
        of = {
            "maker": {said[scheme, step, HOSPITALS[0]]},
            "second": {said[scheme, step, HOSPITALS[1]]},
            "others": {said[scheme, step, eyes] for eyes in HOSPITALS if eyes != WRITER},
            "server": {said.get((scheme, step, "server"))},
            "eavesdropper": {said[scheme, step, EAVESDROPPER]},
        }
        return all(of[who] == {claim} for who, claim in claims.items())

    return shown


WHO_CAN_DECRYPT = Exercise(
    id="04.2",
    title="Who can decrypt",
    task="""
The bytes of a message have come into somebody's hands. Could they say which weights are in it?

Write `can_read(eyes, message, scheme)` and return `True` or `False`.

- `eyes` is "hospital 1", "hospital 2", "hospital 3", "server" or "eavesdropper"
- `message` is a real message of a transcript: `message.step` is 3 for the upload of hospital 3, and 5 for what the
  server sends back to it; there are also `message.sender` and `message.receiver`
- `scheme` is "plain", "paillier" (as in this chapter), or "masks" (pairwise masks)
""",
    stub='''
def can_read(eyes, message, scheme):
    """Could `eyes`, holding the bytes of `message`, read the weights in it? True or False."""
    ...
''',
    function="can_read",
    cases=reading_cases,
    read=read_truth,
    misconceptions=(
        Misconception(
            "server is the danger",
            "You called the server the danger; under a shared key any hospital that sees an upload reads it. The "
            "server has no key, and adds what it cannot read.",
            """
def can_read(eyes, message, scheme):
    if scheme == "paillier":
        return eyes in (message.sender, message.receiver)
    return scheme == "plain" or message.step == 5
""",
            shown_by=_says("paillier", 3, others=False, server=True),
        ),
        Misconception(
            "a key for each hospital",
            "You gave every hospital a key of its own. In step 0 one pair was made, and its private half went to "
            "all of them: under a shared key any hospital that sees an upload reads it.",
            """
def can_read(eyes, message, scheme):
    if scheme == "paillier":
        return eyes == message.receiver and message.step == 5
    return scheme == "plain" or message.step == 5
""",
            shown_by=_says("paillier", 3, others=False, server=False),
        ),
        Misconception(
            "only the maker of the key",
            "You left the key with hospital 1, which made it. It sent the private half to the other hospitals, sealed: "
            "under a shared key any hospital that sees an upload reads it.",
            """
def can_read(eyes, message, scheme):
    if scheme == "paillier":
        return eyes == "hospital 1" or (eyes == message.receiver and message.step == 5 and eyes != "server")
    return scheme == "plain" or message.step == 5
""",
            shown_by=_says("paillier", 3, maker=True, second=False),
        ),
        Misconception(
            "server holds the key",
            "You gave the server the key. It carried the private key in sealed boxes that it cannot open: it adds "
            "ciphertexts, and reads none of them.",
            """
def can_read(eyes, message, scheme):
    if scheme == "paillier":
        return eyes != "eavesdropper"
    return scheme == "plain" or message.step == 5
""",
            shown_by=_says("paillier", 3, others=True, server=True, eavesdropper=False),
        ),
        Misconception(
            "bytes are enough",
            "You let an eavesdropper read ciphertexts. Whoever has the bytes, and not the private key, has noise.",
            """
def can_read(eyes, message, scheme):
    return scheme != "masks" or message.step == 5
""",
            shown_by=_says("paillier", 3, eavesdropper=True),
        ),
        Misconception(
            "a key to the masks",
            "You gave the hospitals a key to the masks. Each two agree on a stream of their own: an upload carries the "
            "streams of all pairs that its hospital is in, and no other hospital knows them all.",
            """
def can_read(eyes, message, scheme):
    if scheme == "plain" or (scheme == "masks" and message.step == 5):
        return True
    return eyes.startswith("hospital")
""",
            shown_by=_says("masks", 3, others=True),
        ),
        Misconception(
            "masks off one upload",
            "You let the server take the masks off a single upload. It can take them off the sum only, where they "
            "cancel.",
            """
def can_read(eyes, message, scheme):
    if scheme == "masks" and message.step == 3:
        return eyes == "server"
    return scheme != "paillier" or eyes.startswith("hospital")
""",
            shown_by=_says("masks", 3, others=False, server=True),
        ),
        Misconception(
            "masks hide the mean",
            "You kept the mean closed under masks. In the sum the masks cancel, so the server reads the mean and "
            "sends it round in the clear.",
            """
def can_read(eyes, message, scheme):
    if scheme == "masks":
        return message.step == 5 and eyes.startswith("hospital")
    return scheme == "plain" or eyes.startswith("hospital")
""",
            shown_by=_says("masks", 5, eavesdropper=False),
        ),
        Misconception(
            "plain is private",
            "You trusted the wire. Without encryption whoever holds the bytes reads the weights, an eavesdropper too.",
            """
def can_read(eyes, message, scheme):
    if scheme == "plain":
        return eyes in (message.sender, message.receiver)
    return message.step == 5 if scheme == "masks" else eyes.startswith("hospital")
""",
            shown_by=_says("plain", 3, eavesdropper=False),
        ),
    ),
    hints=(
        "Ask for each scheme: is there a key, and who holds it? Go back to step 0 and look into whose hands the "
        "private key came.",
        "Under Paillier it makes no difference to whom a message was addressed: who holds the key reads all. Under "
        "masks there is no key at all, and in the sum the masks are gone.",
        'Three lines are enough: "plain" is True; "paillier" asks whether `eyes` is a hospital; "masks" asks whether '
        "`message.step` is 5.",
    ),
    solution="""
def can_read(eyes, message, scheme):
    if scheme == "paillier":
        return eyes.startswith("hospital")           # all hospitals share the private key, the server has none
    if scheme == "masks":
        return message.step == 5                     # an upload is noise; in the sum the masks have cancelled
    return True                                      # no encryption: the bytes are the weights
""",
    explanation="""
Encryption moves the question from *who has the bytes* to *who has the key*. Under one shared key the hospitals are
open to each other, and only to each other. Masks have no key that could be lent, but their sum is public. The answers
were not looked up: the check tried to open each message with the keys that each party held in a real run.
""",
)


# --- 04.3 what a sum tells ----------------------------------------------------------------------------------------

PAIR, OTHER_PAIR = "two hospitals, you are hospital 1", "two hospitals, you are hospital 2"
THREE, FRIENDS = "three hospitals, you are hospital 1", "three hospitals, hospitals 1 and 2 pool what they know"
PAIRS = (PAIR, OTHER_PAIR)


def sum_cases() -> list[Case]:
    """What hospitals know after a real round, and what follows from it."""
    pair, three = played([40, 20], "paillier"), played([60, 30, 10], "paillier")
    return [
        _sum_case(PAIR, pair, [40, 20], [1]),
        _sum_case(OTHER_PAIR, pair, [40, 20], [2]),
        _sum_case(THREE, three, [60, 30, 10], [1]),
        _sum_case(FRIENDS, three, [60, 30, 10], [1, 2]),
    ]


def _sum_case(name: str, run: Run, rows: Sequence[int], friends: Sequence[int]) -> Case:
    updates = updates_of(run)
    knowing = {f"hospital {k}": (rows[k - 1], updates[f"hospital {k}"]) for k in friends}
    unknown = [name for name in updates if name not in knowing]
    expected = {unknown[0]: updates[unknown[0]]} if len(unknown) == 1 else {}
    mean = run.held_by("hospital 1")["decrypt and divide"]
    return Case(name, (mean, sum(rows), list(updates), knowing), expected)


def read_deductions(answer: Any, case: Case) -> dict[str, np.ndarray]:
    """A dictionary from hospitals to arrays of the right shape."""
    if not isinstance(answer, dict):
        wanted = (
            "Your function returned {what}. Return a dictionary: name → weights, and {{}} when nobody is given away."
        )
        raise WrongForm(say(wanted, what=described(answer)))
    mean, _, names, known = case.arguments
    strangers = [name for name in names if name not in known]
    for name, weights in answer.items():
        if name not in strangers:
            raise WrongForm(say("The dictionary names {name!r}; here it can name only {strangers}.", name=name,
                                strangers=", ".join(strangers)))  # fmt: skip
        if np.shape(weights) != np.shape(mean):
            raise WrongForm(say("The weights of {name} have shape {came}; they should have {wanted}.", name=name,
                                came=np.shape(weights), wanted=np.shape(mean)))  # fmt: skip
    return {name: np.asarray(weights, dtype=np.float64) for name, weights in answer.items()}


def _nothing_from(*names: str) -> Shown:
    """Whether the function says that nothing follows in these cases."""
    return lambda answers: all(answers[name].value == {} for name in names)


WHAT_A_SUM_TELLS = Exercise(
    id="04.3",
    title="What a sum tells",
    task="""
You are a **hospital**. A round is over, you have decrypted the mean, and you do nothing forbidden: you calculate.

Write `deduce(mean, n, names, known)`. Return a dictionary with the exact weights of every hospital that the mean gives
away, as in `{"hospital 2": weights}`, and `{}` when it gives away nobody.

- `mean` is Σ n_k·W_k / n, an array of 31 numbers; `n` is the number of all rows
- `names` are the names of all hospitals in the round
- `known` holds rows and weights of those you know, by name: `known["hospital 1"]` is `(n_1, W_1)`. That is you, and in
  one case also a friend who tells you theirs
""",
    stub='''
def deduce(mean, n, names, known):
    """known: {name: (n_k, W_k)}. Return {name: W_k} for each hospital that the mean gives away."""
    ...
''',
    function="deduce",
    cases=sum_cases,
    read=read_deductions,
    misconceptions=(
        Misconception(
            "encryption hides the partner",
            "You trusted the encryption. It hides the uploads; the sum is opened for everybody in the round. With two "
            "parties, sum minus mine is yours.",
            """
def deduce(mean, n, names, known):
    return {}
""",
            shown_by=_nothing_from(PAIR, OTHER_PAIR),
        ),
        Misconception(
            "rows forgotten",
            "You took the mean of two for their half-way point. It counts each hospital by its rows: the sum is "
            "n·mean, and your share of it is n_k·W_k.",
            """
def deduce(mean, n, names, known):
    unknown = [name for name in names if name not in known]
    if len(unknown) != 1:
        return {}
    return {unknown[0]: len(names) * mean - sum(weights for _, weights in known.values())}
""",
            cases=PAIRS,
        ),
        Misconception(
            "mean minus mine",
            "You subtracted your weights from the mean. The mean is the sum divided by n: make the sum first, "
            "n·mean, and take n_k·W_k off it.",
            """
def deduce(mean, n, names, known):
    unknown = [name for name in names if name not in known]
    if len(unknown) != 1:
        return {}
    return {unknown[0]: mean - sum(weights for _, weights in known.values())}
""",
            cases=PAIRS,
        ),
        Misconception(
            "not divided by their rows",
            "What is left is n_k·W_k of the other one, not W_k: divide by their rows, which are n minus those you "
            "know.",
            """
def deduce(mean, n, names, known):
    unknown = [name for name in names if name not in known]
    if len(unknown) != 1:
        return {}
    return {unknown[0]: n * mean - sum(rows * weights for rows, weights in known.values())}
""",
            cases=PAIRS,
        ),
        Misconception(
            "one of a crowd",
            "With two strangers left you know their sum, and not either of them: any split of it would fit. Only "
            "when one is left does the sum give it away.",
            """
def deduce(mean, n, names, known):
    rest = n * mean - sum(rows * weights for rows, weights in known.values())
    left = n - sum(rows for rows, _ in known.values())
    return {name: rest / left for name in names if name not in known}
""",
            shown_by=lambda answers: bool(answers[THREE].value),
        ),
        Misconception(
            "friends overlooked",
            "You counted the hospitals in the round, not the strangers in it. Two that pool what they know leave "
            "the third as open as a partner: subtract everybody you know.",
            """
def deduce(mean, n, names, known):
    if len(names) != 2:
        return {}
    (mine,) = known
    (other,) = [name for name in names if name != mine]
    rows, weights = known[mine]
    return {other: (n * mean - rows * weights) / (n - rows)}
""",
            shown_by=lambda answers: all(answers[name].right for name in PAIRS) and _nothing_from(FRIENDS)(answers),
        ),
    ),
    hints=(
        "The mean times n is the sum Σ n_k·W_k. Which terms of that sum do you know?",
        "Take the terms you know off the sum. How many hospitals are in what is left? If it is one, you know "
        "n_k·W_k of it.",
        "`rest = n * mean - sum(rows * weights for rows, weights in known.values())`. If exactly one name is not "
        "in `known`, its rows are n minus the known rows, and its weights are rest divided by them.",
    ),
    solution="""
def deduce(mean, n, names, known):
    strangers = [name for name in names if name not in known]
    if len(strangers) != 1:
        return {}                                    # two strangers: only their sum is known
    rest = n * mean - sum(rows * weights for rows, weights in known.values())
    return {strangers[0]: rest / (n - sum(rows for rows, _ in known.values()))}
""",
    explanation="""
With two parties, sum minus mine is yours, whatever hid the uploads: Paillier, masks, or anything else that opens the
sum. With K parties the same is true of any K − 1 that pool what they know. So a sum protects a hospital by the
*strangers* in it. """,
)


EXERCISES = (WEIGHTS_BY_ROWS, WHO_CAN_DECRYPT, WHAT_A_SUM_TELLS)

QUESTION = Question(
    chapter="04",
    title="Predict",
    prompts=(
        Prompt(
            "Four hospitals encrypt their models, the server adds ciphertexts. Compared with sending the models in the "
            "clear, the trained model is …",
            (
                Option("a little worse, because encryption adds noise",
                       "Paillier adds no noise: the randomness in a ciphertext disappears completely when it is "
                       "decrypted."),
                Option("the same to seven digits",
                       "Weights are rounded to steps of 2⁻²⁴ before they are encrypted; after that, every sum is "
                       "exact."),
                Option("better protected and therefore better trained",
                       "Who can look on makes no difference to the arithmetic: the same numbers are added."),
            ),
            right=1,
        ),
        Prompt(
            "Who could read hospital 3's upload?",
            (
                Option("nobody",
                       "Ciphertexts are made to be opened: all four hospitals hold the private key."),
                Option("the server",
                       "The server has no key. You called the server the danger; under a shared key any hospital "
                       "that sees an upload reads it."),
                Option("hospital 2, if it got hold of the message",
                       "One private key was made in step 0 and given to every hospital."),
            ),
            right=2,
        ),
        Prompt(
            "Only two hospitals take part, and everything is encrypted. What does hospital 1 learn about hospital "
            "2's model?",
            (
                Option("nothing",
                       "The sum is opened at both. With two parties, sum minus mine is yours."),
                Option("roughly its size",
                       "More than that: the sum is exact to seven digits, and so is what is left after subtracting."),
                Option("every coefficient",
                       "Sum minus mine is yours, for every coefficient."),
            ),
            right=2,
        ),
    ),
)  # fmt: skip

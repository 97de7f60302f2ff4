"""Chapter 04: other ways to be right and wrong."""

SAID_BY_A_CHECK = [
    "You averaged without weighting by rows.",
    "send n_k·[[W_k]] and divide after decryption.",
    "You called the server the danger; under a shared key any hospital that sees an upload reads it.",
    "With two parties, sum minus mine is yours.",
]
SAID_BY_A_PREDICTION = [
    "You called the server the danger; under a shared key any hospital that sees an upload reads it.",
    "With two parties, sum minus mine is yours.",
]
RIGHT = [
    ("04.1", """
        def add_up(uploads):
            from functools import reduce
            from operator import add
            return sum(n for n, _ in uploads), reduce(add, [n * vector for n, vector in uploads])
        """),
    ("04.1", """
        def add_up(uploads):
            import numpy as np
            total = None
            for n, vector in uploads:
                total = np.int64(n) * vector if total is None else total + n * vector
            return [np.int64(sum(n for n, _ in uploads)), total.re_randomised()]
        """),
    ("04.2", """
        def can_read(eyes, message, scheme):
            return {"plain": True, "paillier": eyes[:3] == "hos", "masks": message.step == 5}[scheme]
        """),
    ("04.3", """
        def deduce(mean, n, names, known):
            found, rest = {}, n * mean
            for rows, weights in known.values():
                rest, n = rest - rows * weights, n - rows
            if len(names) - len(known) == 1:
                found[(set(names) - set(known)).pop()] = (rest / n).tolist()
            return found
        """),
]  # fmt: skip
WRONG = [
    ("04.1", "ciphertext times a fraction",
     "def add_up(uploads):\n    (n, a), (m, b), *_ = uploads\n    return 1, a * (n / (n + m)) + b * (m / (n + m))"),
    ("04.1", "ciphertext times a fraction", "def add_up(uploads):\n    return 1, 0.25 * uploads[0][1]"),
    ("04.1", "divided ciphertext", "def add_up(uploads):\n    return 1, uploads[0][1] / len(uploads)"),
    ("04.1", "unweighted mean",
     "def add_up(uploads):\n    from functools import reduce\n"
     "    return len(uploads), reduce(lambda a, b: a + b, [v for _, v in uploads])"),
    ("04.2", "server is the danger",
     "def can_read(eyes, message, scheme):\n    return eyes == 'server' or scheme == 'plain'"),
    ("04.2", "a key for each hospital",
     "def can_read(eyes, message, scheme):\n    return scheme == 'plain' or (scheme == 'masks' and message.step == 5)"),
    ("04.2", "bytes are enough", "def can_read(eyes, message, scheme):\n    return True"),
    ("04.3", "encryption hides the partner",
     "def deduce(mean, n, names, known):\n    return {} if len(names) == 2 else {'hospital 3': mean}"),
]  # fmt: skip
FORMS = [
    ("04.1", "def add_up():\n    return 1, 1", "called with one argument; yours takes ()"),
    ("04.1", "def add_up(uploads):\n    return 1 << 1329", "returned a number of 401 digits"),
    ("04.1", "def add_up(uploads):\n    return uploads[0][1]", "Return a pair"),
    ("04.1", "def add_up(uploads):\n    return 'all of it'", "Return a pair"),
    ("04.1", "def add_up(uploads):\n    return 2.5, uploads[0][1]", "whole number"),
    ("04.1", "def add_up(uploads):\n    yield 1", "Return a pair"),
    ("04.1", "def add_up(uploads):\n    return 3, uploads[0][1].head(2)", "31"),
    ("04.2", "def can_read(eyes, message, scheme):\n    return 'yes'", "True or False"),
    ("04.3", "def deduce(mean, n, names, known):\n    return mean", "dictionary"),
    ("04.3", "def deduce(mean, n, names, known):\n    return {'server': mean}", "'server'"),
    ("04.3", "def deduce(mean, n, names, known):\n    return {x: mean[:3] for x in names if x not in known}", "(3,)"),
    ("04.3", "def deduce(mean, n, names, known):\n    return {x: ['a'] * 31 for x in names if x not in known}", "read"),
]  # fmt: skip

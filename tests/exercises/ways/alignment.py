"""Chapter 05: other ways to be right and wrong."""

SAID_BY_A_CHECK = [
    "You did not shuffle: positions give away who is who.",
]
SAID_BY_A_PREDICTION = [
    "You salted the hash: the other party knows the salt",
    "You hashed to a number and multiplied G: one known id unlocks a dictionary.",
]
RIGHT = [
    ("05.1", """
        def answer(received, own, b, p):
            import random
            once = [pow(c, b, p) for c in own]
            return [pow(c, b, p) for c in received], random.sample(once, len(once))
        """),
    ("05.2", """
        def who_is_there(sent, known, point, candidates, exponent, group):
            g, p, q = group
            inverse = pow(exponent(known), q - 2, q)
            return pow(point, inverse, p), {x for x in candidates if pow(point, inverse * exponent(x), p) in sent}
        """),
    ("05.3", """
        def customers_among(suspects, size):
            def split(part, count):
                if count in (0, len(part)):
                    return part if count else []
                half = len(part) // 2
                left = size(part[:half])
                return split(part[:half], left) + split(part[half:], count - left)
            return split(suspects, size(suspects))
        """),
]  # fmt: skip
WRONG = [
    ("05.1", "did not shuffle", """
        def answer(received, own, b, p):
            return tuple(pow(c, b, p) for c in received), [pow(c, b, p) for c in reversed(own)]
        """),
    ("05.1", "did not shuffle", """
        def answer(received, own, b, p):
            for c in received:
                c ** 2
            return [pow(c, b, p) for c in received], [pow(c, b, p) for c in own]
        """),
    ("05.1", "sorted before blinding", """
        def answer(received, own, b, p):
            own.sort(reverse=True)
            return [pow(c, b, p) for c in received], [pow(c, b, p) for c in own]
        """),
    ("05.1", "shuffled the bank's", """
        def answer(received, own, b, p):
            return [pow(c, b, p) for c in received][::-1], sorted(pow(c, b, p) for c in own)
        """),
    ("05.2", "point for g^b", """
        def who_is_there(sent, known, point, candidates, exponent, group):
            return point, [x for x in candidates if pow(point, exponent(x), group[1]) in sent]
        """),
    ("05.3", "one by one", """
        def customers_among(suspects, size):
            found, before = [], 0
            for k in range(len(suspects)):
                now = size(suspects[:k + 1])
                found += suspects[k:k + 1] * (now - before)
                before = now
            return found
        """),
]  # fmt: skip
FORMS = [
    ("05.1", "def answer(received, own, b, p):\n    return received", "Return two lists"),
    ("05.1", "def answer(received, own, b, p):\n    return received, 5", "two lists of whole numbers"),
    ("05.1", "def answer(received, own, b, p):\n    return received, own[1:]", "A list of 11 came where 12"),
    ("05.2", "def who_is_there(*arguments):\n    return []", "Return g^b and a list of ids"),
    ("05.2", "def who_is_there(*arguments):\n    return 'b', []", "Return a whole number"),
    ("05.3", "def customers_among(suspects, size):\n    return 3", "Return a list of ids"),
]

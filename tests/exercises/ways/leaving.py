"""Chapter 08: other ways to be right and wrong."""

SAID_BY_A_CHECK = [
    "TLS ends at the server: it hides nothing from it.",
    "You dropped a client but still divided by the old n",
]
SAID_BY_A_PREDICTION = [
    "TLS ends at the server: it hides nothing from it.",
    "Authentication stops strangers, not poisoners.",
    "You dropped a client but still divided by the old n",
]
RIGHT = [
    ("08.1", """
        def new_weights(total, rows, uploaded, fewest):
            n = 0
            for name, count in rows.items():
                n += count * (name in uploaded)
            return [number / n for number in total] if len(set(uploaded)) >= fewest else None
        """),
    ("08.2", """
        def can_read(who, what, tls, sealed):
            stages = {"receiver": True, "another node": False, "relay": True, "eavesdropper": not tls}
            if not stages[who] or who == "receiver":
                return stages[who]
            return not (what == "letter" and sealed)
        """),
    ("08.3", """
        def plan(phones, each, fixed, limit):
            fits = [m for m in range(3, min(phones, 5000) + 1) if fixed + each * m <= limit]
            return [phones ** 2 * each + phones * fixed, max(fits, default=None)]
        """),
]  # fmt: skip
WRONG = [
    ("08.1", "old n", """
        def new_weights(total, rows, uploaded, fewest):
            n = 0
            for name in rows:
                n = n + rows[name]
            return [w / n for w in total] if len(uploaded) >= fewest else None
        """),
    ("08.1", "heads, not rows", """
        def new_weights(total, rows, uploaded, fewest):
            import numpy as np
            return np.multiply(total, 1 / len(uploaded)) if len(uploaded) >= fewest else None
        """),
    ("08.1", "opened with too few", """
        def new_weights(total, rows, uploaded, fewest):
            gone = set(rows) - set(uploaded)
            return total / (sum(rows.values()) - sum(rows[name] for name in gone))
        """),
    ("08.2", "TLS hides from the relay", """
        def can_read(who, what, tls, sealed):
            return who == "receiver" or (who == "relay" and what == "envelope")
        """),
    ("08.2", "sealed envelopes", """
        def can_read(who, what, tls, sealed):
            if who == "receiver":
                return True
            return not sealed and (who == "relay" or (who == "eavesdropper" and not tls))
        """),
    ("08.3", "one phone's bytes", "def plan(phones, each, fixed, limit):\n    return fixed + each * phones, None"),
    ("08.3", "a line, not a square", """
        def plan(phones, each, fixed, limit):
            return fixed * phones + each * phones, 3
        """),
]  # fmt: skip
FORMS = [
    ("08.1", "def new_weights(*arguments):\n    return 1.5", "Return an array of 3 weights, or None"),
    ("08.1", "def new_weights(total, *arguments):\n    return total[:2]", "Return an array of 3 weights, or None"),
    ("08.1", "def new_weights(*arguments):\n    return 'odd'", "Return an array of 3 weights, or None"),
    ("08.2", "def can_read(*arguments):\n    return 1", "Return True or False"),
    ("08.3", "def plan(*arguments):\n    return 5", "Return two whole numbers"),
    ("08.3", "def plan(*arguments):\n    return 5, 2.5", "Return a whole number, or None"),
]

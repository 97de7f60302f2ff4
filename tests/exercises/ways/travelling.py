"""Chapter 02: other ways to be right and wrong."""

SAID_BY_A_CHECK = [
    "You counted pastures visited; test the first pasture's grass after the last.",
    "You averaged lambs with different parents: weights average sensibly only from a common start.",
    "You said nothing left the pasture: the weights did",
]
SAID_BY_A_PREDICTION = SAID_BY_A_CHECK
RIGHT = [
    ("02.1", """
        def still_known(visits, grass, accuracy):
            *_, last = visits
            return np.array([accuracy(last, grass[k]) for k in range(len(grass))])
        """),
    ("02.2", """
        def shepherd(pastures, born, raise_lamb):
            lambs = [raise_lamb(born(0), pasture) for pasture in pastures]
            return np.average(lambs, axis=0, weights=[len(y) for _, y in pastures])
        """),
    ("02.3", """
        def image(before, after):
            W, b = np.split(after - before, [640])
            k = np.argmin(b)
            return (W.reshape(10, 64)[k] / b[k]).reshape(8, 8)
        """),
]  # fmt: skip
WRONG = [
    ("02.1", "counted visits", """
        def still_known(visits, grass, accuracy):
            return [accuracy(visits[k], grass[k]) for k in range(len(grass))]
        """),
    ("02.1", "last own visit", """
        def still_known(visits, grass, accuracy):
            return [max(accuracy(weights, table) for weights in visits) for table in grass]
        """),
    ("02.1", "first tour only", """
        def still_known(visits, grass, accuracy):
            return [accuracy(visits[: len(grass)][-1], table) for table in grass]
        """),
    ("02.2", "different parents", """
        def shepherd(pastures, born, raise_lamb):
            lambs = [raise_lamb(born(k), pasture) for k, pasture in enumerate(pastures)]
            return np.average(lambs, axis=0, weights=[len(y) for _, y in pastures])
        """),
    ("02.2", "unweighted mean", """
        def shepherd(pastures, born, raise_lamb):
            return np.mean([raise_lamb(born(0), pasture) for pasture in pastures], axis=0)
        """),
    ("02.3", "nothing left", "def image(before, after):\n    return [0] * 64"),
    ("02.3", "not subtracted", "def image(before, after):\n    return after[:64] / after[-10]"),
]  # fmt: skip
FORMS = [
    ("02.1", "def still_known(visits, grass, accuracy):\n    return 0.0", "one for each pasture"),
    ("02.1", "def still_known(visits, grass, accuracy):\n    return 'all'", "one share for each pasture"),
    ("02.1", "def still_known(visits, grass, accuracy):\n    return [0.5] * 40", "one for each pasture"),
    ("02.2", "def shepherd(pastures, born, raise_lamb):\n    return 0.7", "310 numbers"),
    ("02.3", "def image(before, after):\n    return after - before", "64 numbers"),
    ("02.3", "def image(before, after):\n    return 'a three'", "64 numbers"),
]

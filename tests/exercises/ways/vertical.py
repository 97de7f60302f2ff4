"""Chapter 06: other ways to be right and wrong."""

SAID_BY_A_CHECK = [
    "You joined before sorting both sides by aligned id: no error, but strangers' incomes meet strangers' loans.",
    "C holds the key, so encryption alone hides nothing from C.",
]
SAID_BY_A_PREDICTION = [
    "You used the same mask twice: C read how your gradient changed.",
    "C holds the key, so encryption alone hides nothing from C.",
]
RIGHT = [
    ("06.1", """
        def residuals(encrypted_u, ids, own_ids, own_u, y):
            known = dict(zip(own_ids, zip(own_u, y)))
            total = encrypted_u.plus_integers([known[i][0] for i in ids], 1000)
            return total.plus_integers([-known[i][1] for i in ids], 1000)
        """),
    ("06.2", """
        def find(seen, n, step):
            from itertools import combinations
            def change(pair):
                return [((b - a + n // 2) % n - n // 2) / step for a, b in zip(seen[pair[0]], seen[pair[1]])]
            pair = min(combinations(range(len(seen)), 2), key=lambda pair: max(map(abs, change(pair))))
            return list(pair), change(pair)
        """),
    ("06.3", """
        def can_read(who, what, mask, coordinator):
            has_key = {"coordinator"} if coordinator else {"bank"}
            if what == "loss":
                return bool({"bank", "coordinator"} & who)
            if what == "residuals":
                return coordinator and "coordinator" in who and who != {"coordinator"}
            return mask == "none" and bool(has_key & who)
        """),
]  # fmt: skip
WRONG = [
    ("06.1", "not aligned", """
        def residuals(encrypted_u, ids, own_ids, own_u, y):
            return encrypted_u.plus_integers(own_u, 1000).plus_integers([-label for label in y], 1000)
        """),
    ("06.2", "negatives in the upper half", """
        def find(seen, n, step):
            from itertools import combinations
            for i, j in combinations(range(len(seen)), 2):
                back = [(a - b) % n for a, b in zip(seen[i], seen[j])]
                if min(min(g, n - g) for g in back) < 1000 * step:
                    return (i, j), [(b - a) % n / step for a, b in zip(seen[i], seen[j])]
        """),
    ("06.3", "the key opens all", "def can_read(who, what, mask, coordinator):\n    return 'coordinator' in who"),
    ("06.3", "encryption hides from C", "def can_read(who, what, mask, coordinator):\n    return False"),
    ("06.3", "no collusion", """
        def can_read(who, what, mask, coordinator):
            one = len(who) == 1
            if what == "loss":
                return "bank" in who or "coordinator" in who
            return one and what == "gradient" and mask == "none" and who == {"coordinator" if coordinator else "bank"}
        """),
]  # fmt: skip
FORMS = [
    ("06.1", "def residuals(*arguments):\n    return [1, 2]", "Return an encrypted vector"),
    ("06.1", "def residuals(encrypted_u, *arguments):\n    return encrypted_u.head(1)", "your vector has 1 numbers"),
    ("06.2", "def find(seen, n, step):\n    return 1", "Return two rounds"),
    ("06.2", "def find(seen, n, step):\n    return (2, 2), [1.0]", "You compared round 2 with itself."),
    ("06.2", "def find(seen, n, step):\n    return (0, 1), []", "your list of changes 0 numbers"),
    ("06.3", "def can_read(*arguments):\n    return 'yes'", "Return True or False"),
]

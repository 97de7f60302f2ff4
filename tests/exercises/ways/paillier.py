"""Chapter 03: other ways to be right and wrong."""

SAID_BY_A_CHECK = [
    "You added the ciphertexts; Paillier adds the plaintexts when you multiply ciphertexts mod n².",
    "Negatives sit in the upper half: 14 means −1 when n = 15.",
    "You reused r: equal salaries, equal ciphertexts.",
]
SAID_BY_A_PREDICTION = [
    "You multiplied two ciphertexts hoping for xy: you got x+y.",
    "Negatives sit in the upper half: 14 means −1 when n = 15.",
]
RIGHT = [
    ("03.1", """
        def open_sum(ciphertexts, n, lam, mu):
            from math import prod
            m = pow(prod(ciphertexts), lam, n ** 2) // n * mu % n
            return (m + n // 2) % n - n // 2
        """),
    ("03.2", """
        def slot_width(parties, rows, value_bits, scale_bits):
            from math import ceil, log2
            return max(16, 8 * ceil((1 + value_bits + scale_bits + ceil(log2(parties * rows))) / 8))
        """),
    ("03.3", """
        def encrypt_all(salaries, n):
            import secrets
            return tuple(pow(1 + n, m, n * n) * pow(secrets.randbelow(n - 2) + 2, n, n * n) % n**2 for m in salaries)
        """),
]  # fmt: skip
WRONG = [
    ("03.1", "added ciphertexts", """
        def open_sum(ciphertexts, n, lam, mu):
            m = (pow(sum(ciphertexts), lam, n * n) - 1) // n * mu % n
            return m if m <= n // 2 else m - n
        """),
    ("03.1", "upper half", """
        def open_sum(ciphertexts, n, lam, mu):
            return sum((pow(c, lam, n * n) - 1) // n * mu for c in ciphertexts) % n
        """),
    ("03.1", "power mod n", "def open_sum(ciphertexts, n, lam, mu):\n    return 0"),
    ("03.2", "one number only", """
        def slot_width(parties, rows, value_bits, scale_bits):
            return max(16, (1 + value_bits + scale_bits + 7) // 8 * 8)
        """),
    ("03.3", "no randomness", "def encrypt_all(salaries, n):\n    return [pow(n + 1, m, n * n) for m in salaries]"),
    ("03.3", "one r for all", """
        def encrypt_all(salaries, n, r=12345):
            return [(1 + m * n) * pow(r, n, n * n) % n**2 for m in salaries]
        """),
    ("03.3", "r made of the salary", """
        def encrypt_all(salaries, n):
            import hashlib
            r = [int(hashlib.sha256(str(m).encode()).hexdigest(), 16) % n for m in salaries]
            return [(1 + m * n) * pow(k, n, n * n) % n**2 for m, k in zip(salaries, r)]
        """),
    ("03.3", "the same again", """
        def encrypt_all(salaries, n):
            return [(1 + m * n) * pow(place + 2, n, n * n) % n**2 for place, m in enumerate(salaries)]
        """),
]  # fmt: skip
FORMS = [
    ("03.1", "def open_sum(ciphertexts, n, lam, mu):\n    return 2.5", "whole number"),
    ("03.2", "def slot_width(parties, rows, value_bits, scale_bits):\n    return 'wide'", "whole number"),
    ("03.3", "def encrypt_all(salaries, n):\n    return 7", "list of ciphertexts"),
    ("03.3", "def encrypt_all(salaries, n):\n    return [1]", "1 ciphertexts came"),
    ("03.3", "def encrypt_all(salaries, n):\n    return [n for _ in salaries]", "common factor"),
]

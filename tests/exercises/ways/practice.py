"""Chapter 00: other ways to be right and wrong."""

RIGHT = [
    ("00.1", """
    def call_out(own, add, subtract):
        from math import fsum
        return int(own + fsum(add) - fsum(subtract)) % 1000
    """),
    ("00.1", """
    def call_out(own, add, subtract):
        for secret in add:
            own += secret
        for secret in subtract:
            own -= secret
        while not 0 <= own <= 999:
            own += 1000 if own < 0 else -1000
        return own
    """),
]  # fmt: skip
WRONG = [
    ("00.1", "not mod 1000", """
    def call_out(own, add, subtract):
        return sum([own, *add]) - sum(subtract)
    """),
    ("00.1", "no mask", """
    def call_out(own, *secrets):
        return own % 1000
    """),
    ("00.1", "all added", """
    def call_out(own, add, subtract):
        return sum([own, *add, *subtract]) % 1000
    """),
    ("00.1", "own number left out", """
    def call_out(own, add, subtract):
        mask = sum(add) - sum(subtract)
        return mask + 1000 if mask < 0 else mask
    """),
]  # fmt: skip
FORMS = [
    ("00.1", "def call_out(own, add, subtract):\n    return own / 1", "whole number"),
]

"""Rebuild digits.csv from the copy inside scikit-learn: python datasets/digits/make.py."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sklearn.datasets import load_digits


def table() -> bytes:
    """Write the whole file as bytes: id, 64 pixels row by row, label. Pixels are whole numbers, and written so."""
    source = load_digits()
    lines = [",".join(["id", *map(str, source.feature_names), "label"])]
    for number, (pixels, target) in enumerate(zip(source.data, source.target, strict=True), start=1):
        lines.append(",".join([f"image {number:04d}", *(str(int(value)) for value in pixels), str(int(target))]))
    return ("\n".join(lines) + "\n").encode("ascii")


if __name__ == "__main__":
    content = table()
    Path(__file__).with_name("digits.csv").write_bytes(content)
    print("SHA-256 for card.md:", hashlib.sha256(content).hexdigest())

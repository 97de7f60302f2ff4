"""Rebuild breast_cancer.csv from the copy inside scikit-learn: python datasets/breast_cancer/make.py."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sklearn.datasets import load_breast_cancer


def table() -> bytes:
    """Write the whole file as bytes: id, 30 columns, label; `repr` makes each float64 read back exactly."""
    source = load_breast_cancer()
    lines = [",".join(["id", *map(str, source.feature_names), "label"])]
    for number, (features, target) in enumerate(zip(source.data, source.target, strict=True), start=1):
        label = str(source.target_names[target])  # scikit-learn counts malignant as 0; names survive a change of order
        lines.append(",".join([f"patient {number:04d}", *(repr(float(value)) for value in features), label]))
    return ("\n".join(lines) + "\n").encode("ascii")


if __name__ == "__main__":
    content = table()
    Path(__file__).with_name("breast_cancer.csv").write_bytes(content)
    print("SHA-256 for card.md:", hashlib.sha256(content).hexdigest())

r"""Identifiers as bytes, the same bytes at every party; and their plain hashes, which hide nothing.

>>> id_bytes(["CN-17", "Åsa"])
[b'text:CN-17', b'text:\xc3\x85sa']
>>> id_bytes(["Åsa"]) == id_bytes(["A\u030asa"])  # one letter, or a letter and a ring over it: they look alike
True
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from typing import Any

import numpy as np

from ..errors import ArgumentError, DataError
from .chunks import Work, complete, in_chunks
from .elements import Elements

__all__ = ["check_unique", "complete", "hashing", "id_bytes", "plain_hash"]


def id_bytes(ids: Sequence[str] | Sequence[int] | Sequence[bytes] | np.ndarray) -> list[bytes]:
    """Write identifiers as bytes, with their type in front.

    >>> id_bytes([7]), id_bytes(["7"]), id_bytes([b"7"])
    ([b'number:7'], [b'text:7'], [b'bytes:7'])

    Text is normalised (Unicode NFC) and otherwise left alone: "7", "07" and " 7" are three identifiers, so parties
    agree on a form first.

    Parameters
    ----------
    ids : N texts, N whole numbers, or N byte strings

    Returns
    -------
    list of bytes

    Raises
    ------
    ArgumentError
        the identifiers are of several types, or of none of these; or a text holds half a character (a lone surrogate)
    """
    listed: list[Any] = ids.tolist() if isinstance(ids, np.ndarray) else list(ids)
    types = {_type_of(one) for one in listed}
    if len(types) > 1 or None in types:
        found = ", ".join(sorted({type(one).__name__ for one in listed}))
        raise ArgumentError(
            f"The ids are of the types {found}, and 1 and '1' would not match.",
            "Give texts only, whole numbers only, or bytes only: at every party the same.",
        )
    if types == {"text"}:
        return [b"text:" + _text_bytes(one) for one in listed]
    return [b"bytes:" + one if types == {"bytes"} else b"number:%d" % one for one in listed]


def check_unique(ids: Sequence[bytes], whose: str = "These") -> None:
    """Refuse a list in which an identifier stands twice.

    >>> check_unique([b"text:ann", b"text:bob", b"text:ann"], "The bank's")
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.DataError: The bank's 3 ids are 2 different ones: 'ann' stands there twice.
        Which of the rows is meant? Remove the others, or keep the first of each with deduplicate=True.

    Raises
    ------
    DataError
        an identifier stands there twice, perhaps in two spellings that are the same after normalisation
    """
    if len(set(ids)) == len(ids):
        return
    seen: set[bytes] = set()
    twice = next(one for one in ids if one in seen or seen.add(one))  # type: ignore[func-returns-value]
    raise DataError(
        f"{whose} {len(ids):,} ids are {len(set(ids)):,} different ones: "
        f"{twice.split(b':', 1)[1].decode(errors='replace')!r} stands there twice.",
        "Which of the rows is meant? Remove the others, or keep the first of each with deduplicate=True.",
    )


def plain_hash(identifier: bytes, salt: bytes = b"") -> bytes:
    """SHA-256 of salt and identifier: the same for everybody, who can therefore try all identifiers there are.

    >>> plain_hash(b"text:ann") == sha256(b"ann").digest()
    True

    Parameters
    ----------
    identifier : from `id_bytes`; its type stays out of the hash, so that everybody's SHA-256 gives the same
    salt : known to all parties, or their hashes would not match; so it stops nobody among them
    """
    return sha256(salt + identifier.split(b":", 1)[1]).digest()


def hashing(ids: Sequence[bytes], salt: bytes = b"") -> Work[Elements]:
    """Hash many identifiers, in their order. Hiding them is another matter.

    >>> complete(hashing(id_bytes(["ann", "bob"])))
    2 hashes
    """
    return Elements.of("hash", (yield from in_chunks(partial(plain_hash, salt=salt), ids)))


def _type_of(one: object) -> str | None:
    if isinstance(one, str):
        return "text"
    if isinstance(one, bytes):
        return "bytes"
    return "number" if isinstance(one, int | np.integer) and not isinstance(one, bool) else None


def _text_bytes(text: str) -> bytes:
    try:
        return text.encode() if text.isascii() else unicodedata.normalize("NFC", text).encode()
    except UnicodeEncodeError:
        raise ArgumentError(
            f"The id {text!r} holds half a character, which no text file can hold.",
            "Read the ids again, with the encoding that they were written in.",
        ) from None

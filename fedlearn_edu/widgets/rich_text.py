"""Light Markdown as blocks that a widget builds nodes from, so that no text can ever become markup.

>>> blocks("Write `f(x)`, **now**.")
[{'kind': 'p', 'parts': [['text', 'Write '], ['code', 'f(x)'], ['text', ', '], ['strong', 'now'], ['text', '.']]}]
>>> as_html(blocks("- 1 < 2"))
'<ul><li>1 &lt; 2</li></ul>'

It knows paragraphs, lists, `code`, **bold** and *italic*, and nothing else. Code inside bold is code:

>>> blocks("**by `id`**")
[{'kind': 'p', 'parts': [['strong', 'by '], ['code', 'id']]}]
"""

from __future__ import annotations

import html
import re
from typing import Any

Block = dict[str, Any]
Part = list[str]

_MARKS = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*")
_KINDS = ("code", "strong", "em")


def blocks(text: str) -> list[Block]:
    r"""
    >>> [block["kind"] for block in blocks("One.\n\n- two\n- three\n\nFour.")]
    ['p', 'ul', 'p']

    Cut a text into paragraphs and lists; blank lines part them.
    """
    return [_block(part) for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]


def as_html(found: list[Block]) -> str:
    """Write blocks as HTML, every sign of the text escaped."""
    return "".join(_list_html(block) if block["kind"] == "ul" else f"<p>{_html(block['parts'])}</p>" for block in found)


def _block(text: str) -> Block:
    if text.lstrip().startswith("- "):
        items = re.split(r"^\s*- ", text, flags=re.MULTILINE)[1:]
        return {"kind": "ul", "items": [_parts(item) for item in items]}
    return {"kind": "p", "parts": _parts(text)}


def _parts(text: str) -> list[Part]:
    """Cut one paragraph into pieces of one kind each."""
    text, parts, place = " ".join(text.split()), [], 0
    for match in _MARKS.finditer(text):
        if match.start() > place:
            parts.append(["text", text[place : match.start()]])
        parts += _pieces(_KINDS[match.lastindex - 1 if match.lastindex else 0], match[match.lastindex or 0])
        place = match.end()
    return [*parts, ["text", text[place:]]] if place < len(text) else parts


def _pieces(kind: str, text: str) -> list[Part]:
    pieces = [text] if kind == "code" else text.split("`")
    return [["code" if k % 2 else kind, piece] for k, piece in enumerate(pieces) if piece]


def _list_html(block: Block) -> str:
    return "<ul>" + "".join(f"<li>{_html(item)}</li>" for item in block["items"]) + "</ul>"


def _html(parts: list[Part]) -> str:
    return "".join(
        html.escape(text) if kind == "text" else f"<{kind}>{html.escape(text)}</{kind}>" for kind, text in parts
    )

"""Bring the catalogues up to date with the source: `python -m tests.locale.refresh`.

New messages come in untranslated, translations are kept, what is gone is dropped; then the .mo is compiled. The .po has
no line numbers and no dates, so that it changes when a message does, and not when a line moves.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from fedlearn_edu.i18n import LANGUAGES
from tests.locale.messages import PACKAGE, messages

DOMAIN = "fedlearn_edu"
HEAD = "# The texts of fedlearn_edu. Write translations behind msgstr, then: python -m tests.locale.refresh"


class Undated(Catalog):
    """A catalogue whose head says nothing that changes by itself."""

    def _fixed_headers(self) -> list[tuple[str, str]]:
        return [
            ("Project-Id-Version", DOMAIN), ("Language", str(self.locale)), ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "8bit"),
        ]  # fmt: skip

    mime_headers = property(_fixed_headers, Catalog._set_mime_headers)


def po_of(language: str) -> Path:
    """Where a language's translations are written."""
    return PACKAGE / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """A language's translations, as they stand."""
    path = po_of(language)
    with io.BytesIO(path.read_bytes() if path.is_file() else b"") as file:
        return read_po(file, language, ignore_obsolete=True)


def merged(language: str, found: Mapping[str, Sequence[str]], old: Catalog) -> Catalog:
    """The messages with the translations that there are."""
    new = Undated(language, header_comment=HEAD, fuzzy=False)
    for message, places in found.items():
        known = old.get(message)
        new.add(message, known.string if known else "", locations=[(place, 0) for place in places])
    return new


def written(catalog: Catalog) -> tuple[bytes, bytes]:
    """The two files: text for people, and for gettext."""
    text, compiled = io.BytesIO(), io.BytesIO()
    write_po(text, catalog, width=120, include_lineno=False)
    write_mo(compiled, catalog)
    return text.getvalue(), compiled.getvalue()


def main() -> None:
    """Refresh every language but English, which is in the code."""
    found = messages()
    for language in LANGUAGES[1:]:
        catalog, path = merged(language, found, read(language)), po_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        for suffix, content in zip((".po", ".mo"), written(catalog), strict=True):
            path.with_suffix(suffix).write_bytes(content)
        done = sum(bool(message.string) for message in catalog if message.id)
        print(f"{language}: {done} of {len(found)} messages are translated")


if __name__ == "__main__":
    main()

"""A catalogue made for a test, in force while the test runs."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from fedlearn_edu import i18n


@contextmanager
def spoken(folder: Path, translations: Mapping[str, str], language: str = "zh") -> Iterator[None]:
    """Speak a language with these translations and no others."""
    catalog, place = Catalog(language), folder / language / "LC_MESSAGES" / "fedlearn_edu.mo"
    for message, translation in translations.items():
        catalog.add(message, translation)
    place.parent.mkdir(parents=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    place.write_bytes(compiled.getvalue())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(i18n, "CATALOGUES", folder)
        patch.setenv(i18n.VARIABLE, language)
        forget()
        yield
    forget()


def forget() -> None:
    """What was read from another catalogue is not remembered."""
    for remembered in (i18n.catalogue, i18n.templates, i18n._retold, i18n._fully):
        remembered.cache_clear()

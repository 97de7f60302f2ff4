"""The catalogues hold every message, are compiled, and their translations keep what is no word."""

import re
import string
from collections import Counter

import pytest
from babel.messages.catalog import Catalog, Message

from fedlearn_edu.i18n import LANGUAGES
from tests.locale.messages import PACKAGE, messages
from tests.locale.refresh import merged, po_of, read, written
from tests.locale.source import Source, texts

OTHERS = [language for language in LANGUAGES if language != "en"]
KEPT = {  # what a translation has as often as its message, and to the letter
    "`code`": r"`[^`]+`",
    "[[ciphertext]]": r"\[\[[^\]]*\]\]",
    "$formula$": r"\$[^$\s][^$]*\$",
}
COUNTED = {"**bold**": r"\*\*[^*]+\*\*", "- item": r"^- "}  # as often
ITALIC = r"(?<!\*)\*[^*\s][^*]*\*(?!\*)"  # may be left out, for Chinese type has none; none is invented


@pytest.fixture(scope="module")
def found():
    return messages()


@pytest.fixture(scope="module", params=OTHERS)
def catalog(request):
    return read(request.param)


def translated(catalog):
    return [message for message in catalog if message.id and message.string]


def holes(text):
    """What is filled in, with its form: {count}, {share:.0%}, {0}."""
    return {(name, spec) for _, name, spec, _ in string.Formatter().parse(text) if name is not None}


def lost(message):
    """What a translation does not keep; empty when all is well."""
    said, told = message.id, message.string
    faults = []
    if has_holes(said) and holes(said) != holes(told):
        faults.append(f"holes {sorted(holes(said) ^ holes(told))}")
    for name, pattern in KEPT.items():
        pieces = [Counter(re.findall(pattern, text)) for text in (said, told)]
        if pieces[0] != pieces[1]:
            faults.append(f"{name} {(pieces[0] - pieces[1]) + (pieces[1] - pieces[0])}")
    for name, pattern in COUNTED.items():
        counts = [len(re.findall(pattern, text, re.MULTILINE)) for text in (said, told)]
        if counts[0] != counts[1]:
            faults.append(f"{name} {counts[0]} and {counts[1]} times")
    if len(re.findall(ITALIC, told)) > len(re.findall(ITALIC, said)):
        faults.append("italics")
    return faults


def has_holes(text):
    """Whether a message is filled in; braces of code, as in {20: 0.7}, are none."""
    try:
        return all(re.fullmatch(r"\w+", name) for name, _ in holes(text))
    except ValueError:
        return False


def test_every_message_of_the_source_is_in_the_catalogue(catalog, found):
    missing = [message for message in found if catalog.get(message) is None]
    assert not missing, "python -m tests.locale.refresh brings them in"


def test_every_message_is_translated(catalog, found):
    assert not [message for message in found if not catalog.get(message).string]


def test_a_new_message_would_be_missed():
    source = Source('def f():\n    return say("Nobody has said this before.")')
    assert [text for call in source.calls("say") for text in texts(source.readings(call.args[0]))] == [
        "Nobody has said this before."
    ]


@pytest.mark.parametrize("language", OTHERS)
def test_the_compiled_catalogue_is_that_of_the_text(language):
    _, compiled = written(read_plainly(language))
    assert po_of(language).with_suffix(".mo").read_bytes() == compiled, "python -m tests.locale.refresh compiles it"


def read_plainly(language):
    old = read(language)
    return merged(language, {message.id: [] for message in old if message.id}, old)


@pytest.mark.parametrize("language", OTHERS)
def test_refreshing_changes_nothing_a_second_time(language, found):
    once = merged(language, found, read(language))
    assert written(merged(language, found, once)) == written(once)


def test_translations_keep_holes_and_markup(catalog):
    faults = {message.id: lost(message) for message in translated(catalog) if lost(message)}
    assert not faults


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("After {rounds} rounds", "经过若干轮"),
        ("After {rounds} rounds", "经过 {round} 轮"),
        ("{share:.0%} right", "对了 {share}"),
        ("{0} is gone.", "{0} 和 {1} 掉线。"),
        ("Write `f(x)`.", "写出 f(x)。"),
        ("Write `f(x)`.", "写出 `f(y)`。"),
        ("**now**", "现在"),
        ("the same", "*同*一个"),
        ("send [[u]]", "发送 u"),
        ("is $x^2$", "是 $x^3$"),
        ("- one\n- two", "- 一\n二"),
    ],
)
def test_a_translation_that_loses_or_invents_a_piece_is_found(said, told):
    assert lost(Message(said, told))


def test_there_are_no_plurals_no_contexts_and_nothing_fuzzy(catalog):
    for message in catalog:
        assert not message.pluralizable and not message.context and not message.fuzzy, message.id


def test_no_translation_is_blank(catalog):
    assert not [message.id for message in translated(catalog) if not message.string.strip()]


def test_the_catalogue_stands_where_the_wheel_takes_it_from(catalog):
    assert po_of(str(catalog.locale)).is_relative_to(PACKAGE)
    assert isinstance(catalog, Catalog) and len(translated(catalog)) > 0

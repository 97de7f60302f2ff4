"""What is written into a folder, and what is never written over."""

import json

import pytest

from fedlearn_edu.errors import ArgumentError
from fedlearn_edu.publishing.place import NOTE, put

FILES = {"index.html": b"one", "en/04.html": b"two", "scripts/reveal.js": b"three"}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "site"


def contents(folder):
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: content for name, content in found.items() if not name.startswith(".")}


def test_what_was_written_can_be_written_again(folder):
    for _ in range(2):
        put(FILES, folder, "site", whole=True)
    put({**FILES, "index.html": b"new"}, folder, "site", whole=True)
    assert contents(folder) == {**FILES, "index.html": b"new"}


def test_a_strangers_file_is_named_and_nothing_is_written(folder):
    (folder / "en").mkdir(parents=True)
    (folder / "en" / "04.html").write_bytes(b"mine")
    with pytest.raises(ArgumentError, match=r"changed since: en/04\.html\."):
        put(FILES, folder, "site", whole=True)
    assert contents(folder) == {"en/04.html": b"mine"}


def test_a_page_that_somebody_changed_is_a_strangers(folder):
    put(FILES, folder, "site", whole=True)
    (folder / "index.html").write_bytes(b"with my logo")
    with pytest.raises(ArgumentError, match="index"):
        put(FILES, folder, "site", whole=True)
    assert contents(folder)["index.html"] == b"with my logo"


def test_strangers_files_beside_ours_stay(folder):
    put(FILES, folder, "site", whole=True)
    (folder / "en" / "mine.html").write_bytes(b"mine")
    put({"index.html": b"one"}, folder, "site", whole=True)
    assert contents(folder) == {"index.html": b"one", "en/mine.html": b"mine"}


def test_what_is_no_part_of_the_site_any_more_goes_unless_it_was_changed(folder):
    put(FILES, folder, "site", whole=True)
    (folder / "en" / "04.html").write_bytes(b"changed")
    put({"index.html": b"one"}, folder, "site", whole=True)
    assert contents(folder) == {"index.html": b"one", "en/04.html": b"changed"}
    assert not (folder / "scripts").exists()


def test_slides_are_added_and_a_site_in_the_same_folder_leaves_them(folder):
    put({"04.en.html": b"deck", "scripts/reveal.js": b"three"}, folder, "slides")
    put({"06.en.html": b"deck"}, folder, "slides")
    put(FILES, folder, "site", whole=True)
    put({"index.html": b"one"}, folder, "site", whole=True)
    assert set(contents(folder)) == {"04.en.html", "06.en.html", "scripts/reveal.js", "index.html"}


@pytest.mark.parametrize("place", ["site", "site/en", "site/en/04.html/deeper"])
def test_a_file_in_the_place_of_a_folder_and_the_other_way_round_is_named(tmp_path, place):
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_bytes(b"mine")
    with pytest.raises(ArgumentError, match="--to"):
        put(FILES, tmp_path / "site", "site")
    assert (tmp_path / place).read_bytes() == b"mine"


@pytest.mark.parametrize("note", ["[]", "{", '{"../secret": "x"}'])
def test_a_note_that_is_not_ours_makes_nothing_ours(folder, tmp_path, note):
    put(FILES, folder, "site", whole=True)
    (tmp_path / "secret").write_bytes(b"mine")
    (folder / NOTE.format("site")).write_text(note, encoding="utf-8")
    with pytest.raises(ArgumentError):
        put(FILES, folder, "site", whole=True)
    assert (tmp_path / "secret").exists()


def test_no_note_reaches_out_of_its_folder(folder, tmp_path):
    (tmp_path / "secret").write_bytes(b"mine")
    put({"index.html": b"mine"}, folder, "site", whole=True)
    told = json.loads((folder / NOTE.format("site")).read_text(encoding="utf-8"))
    stolen = {**told, "../secret": told["index.html"]}
    (folder / NOTE.format("site")).write_text(json.dumps(stolen), encoding="utf-8")
    put({"index.html": b"new"}, folder, "site", whole=True)
    assert (tmp_path / "secret").read_bytes() == b"mine"

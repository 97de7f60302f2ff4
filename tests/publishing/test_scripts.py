"""Scripts are fetched once, kept, and asked for in words when they cannot be had."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from fedlearn_edu.errors import PublishingError
from fedlearn_edu.publishing import scripts as module
from fedlearn_edu.publishing.scripts import FORMULAS, SLIDES, VARIABLE, WIDGETS, Package, scripts

PACKAGE = Package("@some/thing", "1.2.3", ("dist/thing.js", "dist/*.woff2"))
INSIDE = {
    "package/dist/thing.js": b"thing", "package/dist/a.woff2": b"font", "package/dist/thing.js.map": b"large",
    "package/LICENSE": b"free", "package/../../../outside.js": b"evil", "package/dist/../../../thing.js": b"evil",
}  # fmt: skip


def packed(folder, files=INSIDE):
    with tarfile.open(folder / "some-thing-1.2.3.tgz", "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


@pytest.fixture
def npm(monkeypatch):
    """An npm that packs the archive above; the calls that it got."""
    calls = []

    def run(command, cwd, **_):
        calls.append(command)
        packed(Path(cwd))

    monkeypatch.setattr(module.shutil, "which", lambda name: name)
    monkeypatch.setattr(module.subprocess, "run", run)
    return calls


def test_a_package_is_fetched_once_and_only_what_is_wanted_is_kept(npm, cache):
    first = scripts([PACKAGE])
    assert first == scripts([PACKAGE]) == {"thing.js": b"thing", "a.woff2": b"font", "thing.LICENSE": b"free"}
    assert len(npm) == 1 and "@some/thing@1.2.3" in npm[0] and "--ignore-scripts" in npm[0]
    assert len(list((cache / PACKAGE.folder).iterdir())) == 3


def test_an_archive_cannot_write_outside(npm, tmp_path):
    scripts([PACKAGE])
    assert not [path for path in tmp_path.rglob("*.js") if path.read_bytes() == b"evil"]


def test_without_npm_what_is_kept_is_enough_and_the_rest_is_asked_for(monkeypatch, cache):
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    assert scripts(SLIDES)
    with pytest.raises(PublishingError, match=r"npm is not here.*@some/thing@1\.2\.3") as told:
        scripts([PACKAGE])
    assert "Install Node.js" in told.value.remedy and str(cache) in told.value.remedy


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (subprocess.CalledProcessError(1, "npm", stderr="npm error code ENOTFOUND\nmore"), "npm error code ENOTFOUND"),
        (subprocess.TimeoutExpired("npm", 120), "no answer within 120 seconds"),
    ],
)
def test_what_npm_could_not_fetch_is_told_with_its_reason_and_nothing_is_kept(monkeypatch, cache, error, reason):
    def run(*_, **__):
        raise error

    monkeypatch.setattr(module.shutil, "which", lambda name: name)
    monkeypatch.setattr(module.subprocess, "run", run)
    before = sorted(cache.iterdir())
    with pytest.raises(PublishingError, match=reason) as told:
        scripts([PACKAGE])
    assert "network" in told.value.remedy and sorted(cache.iterdir()) == before


def test_an_npm_that_brings_nothing_is_told(monkeypatch):
    monkeypatch.setattr(module.shutil, "which", lambda name: name)
    monkeypatch.setattr(module.subprocess, "run", lambda *_, **__: None)
    with pytest.raises(PublishingError, match="could not fetch"):
        scripts([PACKAGE])


def test_a_cache_that_cannot_be_written_to_is_told(monkeypatch, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file"))
    with pytest.raises(PublishingError, match="cannot be kept") as told:
        scripts([PACKAGE])
    assert VARIABLE in told.value.remedy


def test_when_two_fetch_at_once_the_first_one_counts(npm, cache, monkeypatch):
    def quicker(archive, package, folder):
        folder.mkdir()
        (cache / package.folder).mkdir()
        (cache / package.folder / "thing.js").write_bytes(b"theirs")

    monkeypatch.setattr(module, "unpack", quicker)
    assert scripts([PACKAGE]) == {"thing.js": b"theirs"}


def test_anywidgets_own_script_comes_along_with_widgets_alone():
    assert b"define(" in scripts(WIDGETS)["anywidget.js"]
    assert "anywidget.js" not in scripts((*FORMULAS, *SLIDES))


def test_scripts_are_kept_where_the_system_keeps_such_things(monkeypatch):
    monkeypatch.delenv(VARIABLE)
    assert module.cache_folder().name in ("fedlearn_edu", "Cache")

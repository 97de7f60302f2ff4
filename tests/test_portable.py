"""What holds on Linux, macOS and Windows alike, as far as reading the files can tell."""

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest

CHECKOUT = Path(__file__).parents[1]
BINARY = {".png", ".mo"}
POSIX_ONLY = {"fcntl", "grp", "pwd", "pty", "resource", "termios", "tty"}
POSIX_FUNCTIONS = {"fork", "forkpty", "getuid", "geteuid", "getgid", "killpg", "setsid", "sched_getaffinity", "mkfifo"}
TEXT_METHODS = {"read_text": 0, "write_text": 1}  # and the place of `encoding` among the arguments
SPAWNING = {"run", "Popen", "check_output", "check_call"}


def files_of_the_checkout():
    """What git keeps, and what is new; without git, everything."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    shown = subprocess.run(command, cwd=CHECKOUT, capture_output=True, encoding="utf-8", check=False)
    names = shown.stdout.splitlines() if shown.returncode == 0 else [
        path.relative_to(CHECKOUT).as_posix() for folder in ("fedlearn_edu", "tests", "notebooks", "datasets", "binder")
        for path in (CHECKOUT / folder).rglob("*") if "__pycache__" not in path.parts
    ]  # fmt: skip
    return sorted(name for name in names if (CHECKOUT / name).is_file())


FILES = files_of_the_checkout()
MODULES = [name for name in FILES if name.endswith(".py")]


def mode_of(call, place):
    """The mode of an `open`: a literal, or "" where it is computed."""
    given = [word.value for word in call.keywords if word.arg == "mode"] or call.args[place : place + 1]
    return given[0].value if given and isinstance(given[0], ast.Constant) else ("r" if not given else "")


def leaves_the_encoding_to_the_system(call):
    """Whether a call reads or writes text in whatever encoding this computer prefers: on Windows often not UTF-8."""
    named = {word.arg for word in call.keywords}
    if "encoding" in named or None in named:  # None: **options
        return False
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    owner = getattr(getattr(call.func, "value", None), "id", "")
    if name in TEXT_METHODS:
        return len(call.args) <= TEXT_METHODS[name]
    if name in SPAWNING and owner == "subprocess":
        return bool(named & {"text", "universal_newlines"})
    if name == "open" and isinstance(call.func, ast.Name):
        return "b" not in mode_of(call, 1)
    if name == "open" and owner not in {"os", "tarfile", "zipfile", "webbrowser", "Image", "gzip"}:
        mode = mode_of(call, 0)
        return bool(re.fullmatch("[rwax+t]+", str(mode))) and ("mode" in named or bool(call.args) or not named)
    return False


def faults_of(source):
    """Line and fault, for everything in a module that one of the three systems would not do."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and leaves_the_encoding_to_the_system(node):
            yield node.lineno, "text without an encoding"
        if isinstance(node, ast.Import) and {alias.name for alias in node.names} & POSIX_ONLY:
            yield node.lineno, f"imports {node.names[0].name}, which Windows does not have"
        if isinstance(node, ast.Attribute) and node.attr in POSIX_FUNCTIONS and getattr(node.value, "id", "") == "os":
            yield node.lineno, f"os.{node.attr}, which Windows does not have"
        if isinstance(node, ast.Constant) and re.match(r"/(tmp|dev|proc)\b", str(node.value)):
            yield node.lineno, f"names {node.value}, which Windows does not have"


@pytest.mark.parametrize(
    "code",
    [
        "path.read_text()", "path.read_text(errors='replace')", "path.write_text('')", "open('x')", "open('x', 'w')",
        "path.open()", "path.open('w')", "subprocess.run(x, text=True)", "import resource", "os.getuid()",
        "open('/tmp/x', 'rb')",
    ],
)  # fmt: skip
def test_what_would_not_work_everywhere_is_seen(code):
    assert list(faults_of(code))


@pytest.mark.parametrize(
    "code",
    [
        "path.read_text('utf-8')", "path.write_text('', encoding='utf-8')", "open('x', 'rb')", "path.open('xb')",
        "subprocess.run(x, capture_output=True)", "subprocess.run(x, encoding='utf-8')", "notebook.open(name)",
        "os.open(path, flags)", "open(x, **options)",
    ],
)  # fmt: skip
def test_what_works_everywhere_is_let_through(code):
    assert not list(faults_of(code))


ALLOWED = {  # guarded: there is another way where the system has none of it
    ("fedlearn_edu/wire/journal.py", "os.getuid, which Windows does not have"),
    ("tests/benchmarks/conftest.py", "names /proc/cpuinfo, which Windows does not have"),
}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_does_what_every_system_does(name):
    found = list(faults_of((CHECKOUT / name).read_text(encoding="utf-8")))
    assert not [f"{name}:{line}: {fault}" for line, fault in found if (name, fault) not in ALLOWED]


def test_every_exception_is_still_needed():
    found = {(name, fault) for name in MODULES for _, fault in faults_of((CHECKOUT / name).read_text(encoding="utf-8"))}
    assert found >= ALLOWED


def test_every_text_file_ends_its_lines_as_bash_and_checksums_want_and_git_keeps_it_so():
    rules = (CHECKOUT / ".gitattributes").read_text(encoding="utf-8").splitlines()
    assert "* text=auto eol=lf" in rules and {f"*{kind} binary" for kind in BINARY} <= set(rules)
    command = ["git", "ls-files", "--eol"]
    shown = subprocess.run(command, cwd=CHECKOUT, capture_output=True, encoding="utf-8", check=False)
    kept = [line.split() for line in shown.stdout.splitlines()]  # in git, in this folder, which rule
    assert not [words for words in kept if words[0] in ("i/crlf", "i/mixed")]
    as_it_is = (["attr/text=auto", "eol=lf"], ["attr/-text"])  # the second: never touched at all
    assert not [words for words in kept if words[0] == "i/lf" and words[2:-1] not in as_it_is]
    assert kept or shown.returncode != 0


def test_every_file_that_is_no_text_is_marked_as_such():
    assert {PurePosixPath(name).suffix for name in FILES if b"\0" in (CHECKOUT / name).read_bytes()} <= BINARY


def test_file_names_are_such_as_windows_allows_and_differ_by_more_than_case():
    assert len(FILES) > 300
    reserved = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
    parts = {part for name in FILES for part in PurePosixPath(name).parts}
    assert not [part for part in parts if re.search(r'[<>:"\\|?*\x00-\x1f]|[. ]$', part)]
    assert not [part for part in parts if part.split(".")[0].lower() in reserved]
    assert not [name for name, times in Counter(map(str.lower, FILES)).items() if times > 1]
    assert max(map(len, FILES)) < 120  # with the folder of a checkout, Windows stops at 260

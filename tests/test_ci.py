"""Continuous integration: one script for every system, and a workflow that only calls it."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

CHECKOUT = Path(__file__).parents[1]
SCRIPT = (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8")
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOW = yaml.safe_load((CHECKOUT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
EVENTS = WORKFLOW[True]  # YAML 1.1 reads the key `on` as a truth
[JOB] = WORKFLOW["jobs"].values()
STUB = """#!/bin/sh
echo "$(basename "$0") $*" >> "$LOG"
[ "$1 $2" != "-m venv" ] || { mkdir -p "$3/$BINARIES" && cp "$TOOLS"/* "$3/$BINARIES"; }
[ "$(basename "$0")" != "${FAILS:-}" ]
"""


def test_every_system_is_tried_with_every_python_and_one_failure_stops_no_other():
    systems = ["ubuntu-latest", "macos-latest", "windows-latest"]
    matrix = {"system": systems, "python": ["3.11", "3.12", "3.13"]}
    assert JOB["strategy"] == {"fail-fast": False, "matrix": matrix}
    assert JOB["runs-on"] == "${{ matrix.system }}"


def test_the_oldest_python_tried_is_the_oldest_that_the_project_supports():
    oldest, supported = JOB["strategy"]["matrix"]["python"][0], SpecifierSet(PROJECT["requires-python"])
    before = f"3.{int(oldest.split('.')[1]) - 1}"
    assert supported.contains(f"{oldest}.0") and not supported.contains(f"{before}.99")


def test_the_workflow_calls_the_script_and_describes_no_check_itself():
    assert [step["run"] for step in JOB["steps"] if "run" in step] == ["bash .ci/run"]
    assert JOB["defaults"]["run"]["shell"] == "bash"
    used = [step["uses"].split("@")[0] for step in JOB["steps"] if "uses" in step]
    assert used == ["actions/checkout", "actions/setup-python"]
    python = next(step["with"] for step in JOB["steps"] if "setup-python" in step.get("uses", ""))
    assert python["python-version"] == "${{ matrix.python }}"


def test_no_step_may_fail_unseen_or_run_for_ever_or_write_to_the_repository():
    assert not [step for step in [JOB, *JOB["steps"]] if "continue-on-error" in step or "if" in step]
    assert 15 <= JOB["timeout-minutes"] <= 90
    assert WORKFLOW["permissions"] == {"contents": "read"} and "permissions" not in JOB


def test_changes_are_checked_and_once_a_week_the_newest_packages():
    assert {"push", "pull_request", "schedule"} <= set(EVENTS)
    [[minute, hour, day, month, weekday]] = [one["cron"].split() for one in EVENTS["schedule"]]
    assert minute.isdecimal() and hour.isdecimal() and (day, month) == ("*", "*") and re.fullmatch("[0-6]", weekday)
    assert JOB["env"] == {"FEDLEARN_NEWEST": "${{ github.event_name == 'schedule' && '1' || '' }}"}


def test_every_variable_that_the_workflow_sets_is_read_by_the_script():
    assert all(f"${{{name}:-}}" in SCRIPT for name in JOB["env"])


def stubs(folder, names):
    folder.mkdir()
    for name in names:
        (folder / name).write_text(STUB, encoding="utf-8", newline="\n")
        (folder / name).chmod(0o755)
    return folder


def played(tmp_path, binaries="bin", pythons=("python",), **variables):
    """What the script calls, in order, where Python and its tools only write down that they were called."""
    copy = tmp_path / "copy"
    (copy / ".ci").mkdir(parents=True)
    (copy / "binder").mkdir()
    (copy / "binder" / "apt.txt").touch()
    (copy / ".ci" / "run").write_text(SCRIPT, encoding="utf-8", newline="\n")
    first = stubs(tmp_path / "first", (*pythons, "chromium", "npm"))
    tools = stubs(tmp_path / "tools", ("python", "pip", "pytest"))
    (tmp_path / "temporary").mkdir()
    ours = {"PATH": f"{first}:/usr/bin:/bin", "LOG": f"{tmp_path / 'log'}", "BINARIES": binaries, "TOOLS": str(tools)}
    ours["TMPDIR"] = str(tmp_path / "temporary")
    command = [shutil.which("bash") or "bash", str(copy / ".ci" / "run")]
    done = subprocess.run(command, env={**ours, **variables}, capture_output=True, check=False)
    assert not list((tmp_path / "temporary").iterdir())  # the environment is gone, however it ended
    log = tmp_path / "log"
    return done.returncode, log.read_text(encoding="utf-8").splitlines() if log.exists() else []


README_COMMAND = ["pip install -e .[test]", "pytest "]
needs_posix = pytest.mark.skipif(os.name == "nt", reason="the stubs are shell scripts; CI runs the real thing")


@needs_posix
@pytest.mark.parametrize("binaries", ["bin", "Scripts"])
def test_the_script_works_in_the_environment_that_it_makes_as_posix_and_as_windows_lay_it_out(tmp_path, binaries):
    code, called = played(tmp_path, binaries)
    assert code == 0 and called[-2:] == README_COMMAND
    assert re.fullmatch(r"python -m venv \S+/venv", called[-3])


@needs_posix
def test_a_python_that_is_too_old_or_a_stub_is_passed_over(tmp_path):
    first = tmp_path / "refuses"
    first.mkdir()
    (first / "python").write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
    (first / "python").chmod(0o755)
    code, called = played(tmp_path, pythons=("python3",), PATH=f"{first}:{tmp_path / 'first'}:/usr/bin:/bin")
    assert code == 0 and called[-3].startswith("python3 -m venv") and called[-2:] == README_COMMAND


@needs_posix
def test_without_any_python_the_script_fails_and_says_so(tmp_path):
    (tmp_path / "few").mkdir()
    for name in ("dirname", "cat"):
        (tmp_path / "few" / name).symlink_to(str(shutil.which(name)))
    code, called = played(tmp_path, pythons=(), PATH=f"{tmp_path / 'few'}")
    assert code == 1 and called == []


@needs_posix
def test_the_newest_packages_are_taken_before_the_same_command_when_asked_for(tmp_path):
    code, called = played(tmp_path, FEDLEARN_NEWEST="1")
    eager = "pip install --upgrade --upgrade-strategy eager --no-cache-dir -e .[test]"
    assert code == 0 and called[-4:] == [eager, "pip list", *README_COMMAND]


@needs_posix
@pytest.mark.parametrize("fails", ["pip", "pytest"])
def test_what_fails_makes_the_script_fail(tmp_path, fails):
    code, called = played(tmp_path, FAILS=fails)
    assert code != 0 and called[-1].startswith(fails)

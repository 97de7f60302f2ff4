"""What Binder would build: pins that fit the project, steps that work, files that it accepts."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

CHECKOUT = Path(__file__).parents[1]
BINDER = CHECKOUT / "binder"
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
LIMITS = PROJECT["tool"]["uv"]["constraint-dependencies"]
PIN = re.compile(r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,-]+\])?==[0-9][0-9a-z.!+]*( ; [a-z0-9_ '\".<>=!()]+)?", re.IGNORECASE)
PROTOCOL = """
import fedlearn_edu as fl
hospitals = fl.split_rows(fl.load("breast_cancer"), parties=3, seed=7)
hospitals = fl.play(fl.standardise(hospitals, aggregation=fl.masked_sum())).result
run = fl.play(fl.fedavg(hospitals, rounds=1, aggregation=fl.paillier_sum(key_bits=512)))
print(fl.__file__, run.state, len(run.transcript))
"""


def pins():
    lines = (BINDER / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def pins_for(python):
    """The pins that hold for a version of Python on Linux."""
    wanted = map(Requirement, pins())
    here = {"python_full_version": f"{python}.9", "python_version": python, "sys_platform": "linux", "os_name": "posix"}
    return {one.name: str(one.specifier).lstrip("=") for one in wanted if not one.marker or one.marker.evaluate(here)}


def binders_python():
    return (BINDER / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")


def test_every_line_is_a_pin_of_somebody_elses_package():
    assert len(pins()) > 50
    assert not [line for line in pins() if not PIN.fullmatch(line)]
    assert not [line for line in pins() if line.startswith("fedlearn")]


@pytest.mark.parametrize(
    "line",
    ["-e .", ".", "-r other.txt", "-c limits.txt", "--index-url x", "numpy", "numpy>=2", "a @ https://b.example/c.whl"],
)
def test_what_would_cost_binder_its_kept_layer_is_no_pin(line):
    assert not PIN.fullmatch(line)


@pytest.mark.parametrize("python", ["3.11", "3.12"])
def test_the_pins_lie_in_the_ranges_of_the_project_file(python):
    pinned = pins_for(python)
    for wanted in map(
        Requirement, PROJECT["project"]["dependencies"] + PROJECT["tool"]["uv"]["constraint-dependencies"]
    ):
        assert wanted.specifier.contains(pinned[wanted.name]), wanted


def test_the_limit_on_jsonschema_is_the_same_for_uv_and_for_pip():
    assert set(LIMITS) <= set(PROJECT["project"]["optional-dependencies"]["test"])


def test_binders_python_is_one_that_the_project_supports():
    assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(f"{binders_python()}.0")


def test_binder_gets_these_files_and_no_others_that_would_change_its_build():
    assert {path.name for path in BINDER.iterdir()} == {"apt.txt", "postBuild", "requirements.txt", "runtime.txt"}
    assert os.access(BINDER / "postBuild", os.X_OK) or os.name == "nt"
    assert all(re.fullmatch(r"[a-z0-9.+-]+", line) for line in (BINDER / "apt.txt").read_text("utf-8").splitlines())


def test_every_binder_link_opens_a_notebook_that_is_there():
    texts = [*CHECKOUT.glob("README*.md"), *(CHECKOUT / "notebooks").glob("*/[0-9]*.ipynb")]
    links = [link for path in texts for link in re.findall(r"mybinder\.org/v2/[^)\"\s]+", path.read_text("utf-8"))]
    assert len(links) >= len(texts)
    for link in links:
        opened = re.search(r"\?urlpath=lab/tree/(.+?)(\\|$)", link)
        assert opened and (CHECKOUT / opened[1]).exists(), link


def copy_of_the_checkout(folder):
    """The files that git does not ignore, so that nothing is built in the checkout itself."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    shown = subprocess.run(command, cwd=CHECKOUT, capture_output=True, encoding="utf-8", check=False)
    files = [CHECKOUT / name for name in shown.stdout.splitlines()] if shown.returncode == 0 else CHECKOUT.rglob("*")
    for path in files:
        if path.is_file():
            copy = folder / path.relative_to(CHECKOUT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    return folder


def run(command, cwd, **variables):
    environment = {**os.environ, "PYTHONUTF8": "1", **variables}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", timeout=900, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_repo2docker_accepts_the_folder_and_installs_the_packages_before_the_course(tmp_path):
    pytest.importorskip("repo2docker", reason="repo2docker is in the extra `test`", exc_type=ImportError)
    copy = copy_of_the_checkout(tmp_path / "copy")
    said = run([sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."], copy)
    assert f"python={binders_python()}" in said and (BINDER / "apt.txt").read_text("utf-8").split()[0] in said
    steps = ['install --no-cache-dir -r "binder/requirements.txt"', " src/ ${REPO_DIR}/", "RUN ./binder/postBuild"]
    assert [said.index(step) for step in steps] == sorted(said.index(step) for step in steps)


@pytest.mark.slow
def test_in_an_environment_of_the_pins_the_last_step_works_and_a_protocol_plays(tmp_path):
    """Binder's Python is that of runtime.txt; here it is the one that runs the tests, which the pins serve as well."""
    copy, venv = copy_of_the_checkout(tmp_path / "copy"), tmp_path / "venv"
    binaries = venv / ("Scripts" if os.name == "nt" else "bin")
    python, requirements = str(binaries / "python"), str(copy / "binder" / "requirements.txt")
    if uv := shutil.which("uv"):
        run([uv, "venv", "--quiet", "--seed", "--python", sys.executable, str(venv)], tmp_path)
        run([uv, "pip", "install", "--quiet", "--python", python, "-r", requirements], tmp_path)
    else:
        run([sys.executable, "-m", "venv", str(venv)], tmp_path)
        run([python, "-m", "pip", "install", "--quiet", "--no-compile", "-r", requirements], tmp_path)
    path = os.pathsep.join([str(binaries), os.environ["PATH"]])
    run([shutil.which("bash") or "bash", str(copy / "binder" / "postBuild")], copy, PATH=path, PYTHONPATH="")
    said = run([python, "-c", PROTOCOL], tmp_path, PYTHONPATH="").split()
    assert said[0].startswith(str(copy)) and said[1] == "finished" and int(said[2]) > 0
    run([python, "-m", "pip", "check"], tmp_path, PYTHONPATH="")

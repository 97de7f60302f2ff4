"""JupyterLab and Notebook 7 on a free port of this computer, with no settings but ours.

The server has no token. That is for tests alone: it listens on 127.0.0.1 only, and ends with the test.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
APPS = {"lab": ("jupyterlab", "/lab/tree/{}?reset"), "notebook": ("notebook", "/notebooks/{}")}
QUIET = {  # no news, no update checks, every cell in the page even when it is scrolled away, no saving behind our back
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}


@dataclass(frozen=True)
class Server:
    """A running server: `app` is "lab" or "notebook", `root` the folder of the English chapters that it shows."""

    app: str
    address: str
    root: Path
    log: Path

    def path(self, name: str) -> str:
        """Where a notebook is: an English one is named without its folder, one of another edition with it."""
        return name if "/" in name else f"en/{name}"

    def url(self, name: str) -> str:
        """Where a notebook is opened."""
        return self.address + APPS[self.app][1].format(self.path(name))


@contextlib.contextmanager
def serve(app: str, folder: Path) -> Iterator[Server]:
    """Start the server in `folder`, which gets a copy of the course as learners get it; stop it at the end."""
    shutil.copytree(CHECKOUT / "notebooks", folder / "root", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    server = Server(app, f"http://127.0.0.1:{(port := free_port())}", folder / "root" / "en", folder / "log")
    with server.log.open("wb") as log:
        process = subprocess.Popen(
            command(app, port, server.root.parent),
            cwd=server.root.parent,
            env=environment(folder),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            wait_until_up(server, process)
            yield server
        finally:
            stop(process)


def command(app: str, port: int, root: Path) -> list[str]:
    told = ["--no-browser", "--expose-app-in-browser", "--IdentityProvider.token=", "--ServerApp.ip=127.0.0.1"]
    told += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ServerApp.allow_root=True"]
    told += [f"--ServerApp.root_dir={root}", "--LabApp.extension_manager=readonly"]
    told += ["--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate"]
    return [sys.executable, "-m", APPS[app][0], *told]


def environment(folder: Path) -> dict[str, str]:
    """The same environment, with every folder of Jupyter's moved below `folder`."""
    names = ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR"]
    names += ["JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"]
    folders = {name: folder / name.lower() for name in names}
    for path in folders.values():
        path.mkdir(parents=True)
    overrides = folders["JUPYTER_CONFIG_DIR"] / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir()
    overrides.write_text(json.dumps(QUIET), encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "FEDLEARN"))}
    ours = {"PYTHONPATH": str(CHECKOUT), "JUPYTER_PREFER_ENV_PATH": "1"}
    ours["FEDLEARN_PROGRESS"] = str(folder / "progress.json")  # what tests solve is not the developer's progress
    return {**inherited, **{name: str(path) for name, path in folders.items()}, **ours}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_up(server: Server, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.address}/api", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"The {server.app} server did not come up:\n{server.log.read_text('utf-8', errors='replace')}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and the kernels it started, politely first."""
    process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    process.kill()
    process.wait()

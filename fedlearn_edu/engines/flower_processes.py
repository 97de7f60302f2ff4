"""Flower's own engines, started and ended here: a SuperLink, SuperNodes, and whatever they start in turn.

Every process is a child of this one, known by its number, and ended with its children: also after an error or Ctrl-C;
and when this one is killed, a watchdog does it. They listen on 127.0.0.1 alone (Ray, under the simulation engine, opens
ports of its own). Nothing leaves this computer.

All nodes of a lesson are on one computer, so one folder holds the journals of all, readable by their owner alone; on
computers of their own each would have its own, named in `--node-config`, as `course_app` reads it.

>>> federation = Federation(nodes=2)
>>> federation
Federation(2 SuperNodes, not started)
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from .. import errors
from ..errors import EngineError, FedLearnError
from ..wire.choreography import Protocol
from ..wire.codec import KeyRing, decode, encode
from ..wire.correspondent import Correspondent
from ..wire.frames import told, understood
from ..wire.journal import Journal
from ..wire.relay import Envelope, Relay
from .flower import QUIET, FlowerRun, Settings, carry, settings_for
from .flower_identities import LOOPBACK as HOME, authority, node_keys, server_certificate
from .watchdog import Watchdog, end

if TYPE_CHECKING:
    from flwr.app import Context
    from flwr.serverapp import Grid

UP_WITHIN = 60.0  # seconds for a SuperLink to answer
RUN_WITHIN = 600.0  # seconds for a whole run
CONNECTION = "course"
APP = """\
[project]
name = "fedlearn-edu-parties"
version = "1.0.0"
description = "Parties of fedlearn_edu as Flower apps"
license = "GPL-3.0-or-later"
dependencies = []

[tool.flwr.app]
publisher = "fedlearn-edu"

[tool.flwr.app.components]
serverapp = "course_app:server"
clientapp = "course_app:client"

[tool.flwr.app.config]
folder = ""
nodes = 0
time-limit = 60.0
"""
COURSE_APP = '''\
"""The apps that Flower starts: what they are is in the library, what they play is in each node's journal."""

from fedlearn_edu.engines.flower import client_app, server_app
from fedlearn_edu.engines.flower_processes import node_in_folder, serve_from_folder

client = client_app(node_in_folder)
server = server_app(serve_from_folder)
'''


# --- inside Flower's processes


def node_in_folder(context: Context) -> Correspondent:
    """The node that this client is: its journal says what it plays, and how far it has come."""
    folder = Path(str(context.node_config.get("folder") or context.run_config["folder"]))
    return Correspondent.again(Journal(folder / str(context.node_config["partition-id"]) / "journal"))


def serve_from_folder(grid: Grid, context: Context) -> None:
    """What the ServerApp does; how it ended is written beside its journal."""
    folder = Path(str(context.run_config["folder"])) / "server"
    relays: list[Relay] = []
    stopped, words = b"", ["", "", ""]
    try:
        node = Correspondent.again(Journal(folder / "journal"))
        own = node if node.parties else None
        nodes, patience = int(context.run_config["nodes"]), float(context.run_config["time-limit"])
        carry(grid, node.protocol, own, nodes=nodes, time_limit=patience, relays=relays)
    except FedLearnError as error:
        stopped = next(iter(relays[0].stopped.values()), b"") if relays else b""
        words = [type(error).__name__, error.problem, error.remedy]  # of the relay: it holds nothing private
    except Exception as error:
        stopped = told(EngineError(type(error).__name__), "the ServerApp")
        raise
    finally:
        (folder / "ended").write_bytes(_packed_end(relays[0] if relays else None, stopped, words))


def _packed_end(relay: Relay | None, stopped: bytes, words: Sequence[str]) -> bytes:
    seen = [[e.turn, e.sender, e.receiver, e.size] for e in relay.envelopes] if relay else []
    counted = [seen, relay.turns if relay else 0, list(relay.gone) if relay else []]
    return encode([*counted, stopped, list(words)], KeyRing())


# --- starting and ending them


class Federation:
    """A SuperLink and its SuperNodes, as processes of this computer; use it in a `with` statement.

    >>> import fedlearn_edu as fl
    >>> hospitals = fl.split_rows(fl.load("breast_cancer"), parties=3, seed=1)
    >>> protocol = fl.fedavg(hospitals, rounds=1, learning_rate=1e-6, aggregation=fl.masked_sum())
    >>> with Federation(nodes=3) as federation:                                      # doctest: +SKIP
    ...     run = federation.play(protocol)                                          # some 30 s on two cores
    ...     federation.stranger()
    >>> Federation(nodes=3)
    Federation(3 SuperNodes, not started)

    Parameters
    ----------
    nodes : how many clients
    simulation : Flower's simulation engine instead: one process for all clients, which starts Ray
    port : of the SuperLink; None: one that is free

    Raises
    ------
    EngineError
        when started: the port is taken, or a process did not come up; its log's last lines are in the message
    """

    def __init__(self, nodes: int, *, simulation: bool = False, port: int | None = None) -> None:
        self.nodes, self.simulation = nodes, simulation
        self.port = port or 0
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._stack = contextlib.ExitStack()
        self._runs = 0
        self._watchdog: Watchdog | None = None
        self.folder = Path()

    def __repr__(self) -> str:
        kind = "simulated nodes" if self.simulation else "SuperNodes"
        state = f"port {self.port}" if self.processes else "not started"
        return f"Federation({self.nodes} {kind}, {state})"

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            folder = tempfile.TemporaryDirectory(prefix="fedlearn-", ignore_cleanup_errors=True)
            self.folder = Path(stack.enter_context(folder))
            self._watchdog = stack.enter_context(Watchdog(self.folder))
            stack.callback(self.stop)
            self._write_app()
            self._start_superlink()
            if not self.simulation:
                self._start_supernodes()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # --- a run

    def play(self, protocol: Protocol, **options: Any) -> FlowerRun:
        """Play a protocol on these nodes; its options are those of `play_on_flower`.

        Raises
        ------
        EngineError
            Flower's run ended without a result; the log's last lines are in the message
        FedLearnError
            what the first party that failed failed with, as far as it told
        """
        return self.play_as(protocol, settings_for(protocol, self.nodes, **options))

    def play_as(self, protocol: Protocol, settings: Settings) -> FlowerRun:
        """The same, with settings that were checked before.

        Raises
        ------
        EngineError
            also when Ray is missing under the simulation engine
        """
        if self.simulation and find_spec("ray") is None:
            raise EngineError(
                "Flower's simulation engine needs Ray, and Ray is not installed.",
                "Use where=\"deployment\": Ray is not made for every system, and not for Windows with Python 3.13.",
            )
        self._runs += 1
        start, folder = time.perf_counter(), self.folder / "runs" / str(self._runs)
        journals = self._begin(folder, protocol, settings)
        log = self._flwr("run", ".", CONNECTION, "--stream", *self._run_options(folder, settings), within=RUN_WITHIN)
        ended = folder / "server" / "ended"
        if not ended.exists():
            raise EngineError("Flower's run ended without a result.", f"The end of its log:\n{_last_lines(log)}")
        envelopes, turns, gone, stopped, words = decode(ended.read_bytes(), KeyRing())
        if stopped:
            raise understood("the ServerApp", stopped)
        if words[0]:
            raise _said(*words)
        players = [Correspondent.again(Journal(path)) for path in journals if _played(path)]
        return FlowerRun(players, [Envelope(*one) for one in envelopes], turns, gone, time.perf_counter() - start)

    def _begin(self, folder: Path, protocol: Protocol, settings: Settings) -> list[Path]:
        """Write every node's journal: what it plays, with its own data only."""
        groups = {str(place): group for place, group in enumerate(settings.groups)}
        groups["server"] = (settings.server,) if settings.server else ()
        paths = []
        for name, group in groups.items():
            own = folder / name
            own.mkdir(parents=True, mode=0o700)
            Correspondent.begin(Journal(own / "journal"), protocol, *group, **settings.options)
            paths.append(own / "journal")
        return paths

    def _run_options(self, folder: Path, settings: Settings) -> list[str]:
        config = f'folder="{folder.as_posix()}" nodes={self.nodes} time-limit={settings.time_limit}'
        simulated = ["--federation-config", f"num-supernodes={self.nodes}"] if self.simulation else []
        return ["--run-config", config, *simulated]

    # --- its processes

    def stranger(self, within: float = 30.0) -> str:
        """Start a SuperNode whose key nobody registered; answer what became of it: the last lines of its log.

        Raises
        ------
        EngineError
            it was let in
        """
        node_keys(self.folder / "tls", "stranger")
        process = self._start("stranger", *self._supernode("stranger", 0))
        try:
            process.wait(within)
        except subprocess.TimeoutExpired:
            problem = "A SuperNode that nobody registered was let in."
            raise EngineError(problem, "See --enable-supernode-auth.") from None
        finally:
            _end([self.processes.pop("stranger")])
        return _last_lines(self.log("stranger"))

    def log(self, name: str) -> str:
        """What a process has written so far."""
        return (self.folder / "logs" / name).read_text(encoding="utf-8", errors="replace")

    def kill(self, name: str) -> None:
        """End one process at once, as a power cut would, with its children."""
        _end([self.processes.pop(name)], patience=0.0)

    def stop(self) -> None:
        """End everything, clients first; comes back when all are gone."""
        _end(list(self.processes.values())[::-1])
        self.processes.clear()

    def _write_app(self) -> None:
        for name in ("app", "tls", "logs", "flwr", "runs"):
            (self.folder / name).mkdir(mode=0o700)
        (self.folder / "app" / "pyproject.toml").write_text(APP, encoding="utf-8")
        (self.folder / "app" / "course_app.py").write_text(COURSE_APP, encoding="utf-8")

    def _start_superlink(self) -> None:
        self.port = self.port or free_port()
        if _is_taken(self.port):
            raise EngineError(f"Port {self.port} is taken by another server.", "End that one, or choose another port.")
        if self.simulation:
            safety, lines = ["--insecure", "--simulation"], "insecure = true"
        else:
            tls = self.folder / "tls"
            server_certificate(tls, authority(tls))
            safety = [*_option("--ssl-ca-certfile", tls / "ca.crt"), *self._certificate(), "--enable-supernode-auth"]
            lines = f'root-certificates = "{(tls / "ca.crt").as_posix()}"'
        config = f'[superlink]\ndefault = "{CONNECTION}"\n\n[superlink.{CONNECTION}]\naddress = "{HOME}:{self.port}"\n'
        (self.folder / "flwr" / "config.toml").write_text(f"{config}{lines}\n", encoding="utf-8")
        where = ["--host", HOME, "--port", str(self.port), "--database", str(self.folder / "flwr" / "state.db")]
        self._start("superlink", _tool("flower-superlink"), *safety, *where)
        self._wait_until_up("superlink")

    def _start_supernodes(self) -> None:
        for place in range(self.nodes):
            public = node_keys(self.folder / "tls", str(place))
            self._flwr("supernode", "register", str(public), CONNECTION, within=UP_WITHIN)
        for place in range(self.nodes):
            self._start(f"supernode {place}", *self._supernode(str(place), place))

    def _supernode(self, key: str, place: int) -> list[str]:
        tls = self.folder / "tls"
        safety = [*_option("--root-certificates", tls / "ca.crt"), *_option("--ssl-ca-certfile", tls / "ca.crt")]
        safety += [*self._certificate(), *_option("--auth-supernode-private-key", tls / f"{key}.key")]
        where = ["--superlink", f"{HOME}:{self.port}", "--host", HOME, "--port", str(free_port())]
        return [_tool("flower-supernode"), *safety, *where, "--node-config", f"partition-id={place}"]

    def _certificate(self) -> list[str]:
        tls = self.folder / "tls"
        return [*_option("--ssl-certfile", tls / "server.pem"), *_option("--ssl-keyfile", tls / "server.key")]

    def _start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        nowhere, place = subprocess.DEVNULL, self.folder / "app"
        with (self.folder / "logs" / name).open("wb") as log:
            process = subprocess.Popen(
                command, cwd=place, env=self._environment(), stdin=nowhere, stdout=log, stderr=log
            )
        self.processes[name] = process
        if self._watchdog is not None:
            self._watchdog.watch(process)
        return process

    def _flwr(self, *command: str, within: float) -> str:
        """Flower's command line, to its end; answer what it wrote."""
        name = f"flwr {command[0]}"
        process = self._start(name, _tool("flwr"), *command)
        try:
            process.wait(within)
        except subprocess.TimeoutExpired:
            raise EngineError(f"{name!r} took over {within:g} s.", f"Its log:\n{_last_lines(self.log(name))}") from None
        finally:
            _end([self.processes.pop(name)])
        if process.returncode != 0:
            raise EngineError(f"{name!r} failed.", f"The end of its log:\n{_last_lines(self.log(name))}")
        return self.log(name)

    def _environment(self) -> dict[str, str]:
        ours = {"FLWR_HOME": str(self.folder / "flwr"), "FLWR_SUPEREXEC_TASK_POLL_INTERVAL": "0.1", **QUIET}
        package = str(Path(__file__).parents[2])  # a checkout that is not installed
        path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), package)))
        tools = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        loopback = {"NO_PROXY": f"{HOME},localhost", "no_proxy": f"{HOME},localhost"}  # what stays here asks nobody
        return {**os.environ, **ours, **loopback, "PYTHONPATH": path, "PATH": tools, "PYTHONUNBUFFERED": "1"}

    def _wait_until_up(self, name: str) -> None:
        scheme, context = ("http", None) if self.simulation else ("https", ssl.create_default_context())
        if context is not None:
            context.load_verify_locations(self.folder / "tls" / "ca.crt")
        no_proxy, https = urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        opener, deadline = urllib.request.build_opener(no_proxy, https), time.monotonic() + UP_WITHIN
        while time.monotonic() < deadline and self.processes[name].poll() is None:
            with contextlib.suppress(urllib.error.URLError, OSError):
                opener.open(f"{scheme}://{HOME}:{self.port}/health", timeout=2).close()
                return
            time.sleep(0.2)
        raise EngineError(f"The {name} did not come up.", f"The end of its log:\n{_last_lines(self.log(name))}")


def free_port() -> int:
    """A port of this computer that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOME, 0))
        return int(probe.getsockname()[1])


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOME, port)) == 0


def _said(kind: str, problem: str, remedy: str) -> FedLearnError:
    """The error that the relay ended with, in its own words."""
    known = getattr(errors, kind, EngineError)
    return EngineError(problem, remedy) if known is errors.PartyDropped else known(problem, remedy)


def _played(journal: Path) -> bool:
    return bool(Journal(journal).beginning.get("parties"))


def _option(option: str, path: Path) -> list[str]:
    return [option, str(path)]


def _tool(name: str) -> str:
    beside = shutil.which(name, path=str(Path(sys.executable).parent))
    found = beside or shutil.which(name)
    if found is None:
        raise EngineError(f"Flower's command {name!r} is not on the path.", 'pip install "fedlearn-edu[flower]"')
    return found


def _last_lines(log: str, count: int = 12) -> str:
    return "\n".join(log.strip().splitlines()[-count:])


def _end(processes: Sequence[subprocess.Popen[bytes]], patience: float = 5.0) -> None:
    """End processes with their children, and wait for them."""
    end([process.pid for process in processes if process.returncode is None], patience)
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)

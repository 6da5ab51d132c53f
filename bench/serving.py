"""The servers that the socket and read rows compare: ours, and the peers in `bench/peers/`.

Each is one process on a port of its own, all on this row's PostgreSQL and Valkey.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import Any

import psutil
from django.conf import settings

from accounts.models import User
from bench import bulk
from e2e.house import ROOT, House, free_port, wait_until_ready

PEERS = ROOT / "bench" / "peers"
NODE_MAJOR_MIN = 20
START_SECONDS_MAX = 30.0
POLL_SECONDS = 0.05
STOP_SECONDS_MAX = 30.0
# So many people hold the sockets of a row.
PEOPLE = 20
SOCKETIO_PATHS = ("/socket.io/?EIO=4&transport=websocket",)


@dataclass(frozen=True, slots=True)
class Target:
    """A server under load. `paths`: where sockets open, one for each person that opens some."""

    name: str
    host: str
    process: psutil.Process
    paths: tuple[str, ...] = ("/",)
    socketio: bool = False
    # How each person is introduced to a Socket.IO server: its CONNECT packet.
    hellos: tuple[str, ...] = ("40",)
    # Sends each market's state to who subscribes.
    gives_states: bool = False

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def cpu_seconds(self) -> float:
        """Return what the process has used so far; on Linux to the nanosecond."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        if not tasks.exists():
            times = self.process.cpu_times()
            return times.user + times.system
        # A psutil tick is 10 ms: a short round of a fast server would be a few of them.
        runs = [(task / "schedstat").read_text().split()[0] for task in tasks.iterdir()]
        return sum(map(int, runs)) / 1e9

    def unsent(self) -> dict[int, int]:
        """Return what the kernel holds for each connected client, in bytes, by the client's port.

        Linux only: elsewhere nobody is seen.
        """
        port = int(self.host.partition(":")[2])
        found = {}
        table = Path("/proc/net/tcp")
        for row in table.read_text().splitlines()[1:] if table.exists() else ():
            _, ours, theirs, _, queues, *_ = row.split()
            peer = int(theirs.partition(":")[2], 16)
            if peer and int(ours.partition(":")[2], 16) == port:
                found[peer] = int(queues.partition(":")[0], 16)
        return found

    def memory(self) -> int:
        """Return the process's memory in bytes."""
        return int(self.process.memory_info().rss)


@contextmanager
def ours(*, socketio: bool = False, **changes: str) -> Iterator[Target]:
    """Run one web process, `manage.py serve`, whose sockets belong to PEOPLE who are signed in."""
    port = free_port()
    log_path = settings.DATA_DIR.with_name("web.log")
    env = {**os.environ, "BIND_PORT": str(port), **changes}
    tokens = [bulk.sign_in(user_id).token for user_id in bulk.add_users(PEOPLE)]
    with _process([sys.executable, "manage.py", "serve"], env, log_path) as process:
        wait_until_ready(House(f"http://127.0.0.1:{port}", env), process, log_path)
        own_way: dict[str, Any] = {"paths": tuple(f"/ws/odds?token={token}" for token in tokens)}
        if socketio:
            hellos = tuple(f'40{{"token":"{token}"}}' for token in tokens)
            own_way = {"paths": SOCKETIO_PATHS, "socketio": True, "hellos": hellos}
        yield Target(
            name="kmarket",
            host=f"127.0.0.1:{port}",
            process=psutil.Process(process.pid),
            gives_states=True,
            **own_way,
        )


@contextmanager
def node(program: str, *, socketio: bool = False) -> Iterator[Target]:
    """Run a peer in Node, `bench/peers/PROGRAM.js`."""
    install_node_peers()
    with _peer(program, [_node(), f"{program}.js"], socketio=socketio) as target:
        yield target


@contextmanager
def python(program: str) -> Iterator[Target]:
    """Run a peer in Python, `bench/peers/PROGRAM.py`."""
    with _peer(program, [sys.executable, f"{program}.py"]) as target:
        yield target


def install_node_peers() -> None:
    """Install what the peers in Node import, where it is missing or older than its lock file.

    Raises:
        SystemExit: there is no Node, or no registry; says what is missing.
    """
    installed = PEERS / "node_modules" / ".package-lock.json"
    locked = PEERS / "package-lock.json"
    _node()
    if installed.exists() and installed.stat().st_mtime >= locked.stat().st_mtime:
        return
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is missing: install it beside Node, for the yardsticks in bench/peers/.")
    done = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund"], cwd=PEERS, stdout=sys.stderr, check=False
    )
    if done.returncode:
        sys.exit("npm ci in bench/peers/ failed: the yardsticks need ws, socket.io and redis.")
    installed.touch()


def operator() -> bulk.Bettor:
    """Return somebody who may set odds, signed in."""
    return bulk.sign_in(User.objects.create_superuser("operator", "", None).pk)


def _node() -> str:
    found = shutil.which("node")
    if found is None:
        sys.exit(
            f"Node is missing: this row compares with servers in Node {NODE_MAJOR_MIN} or newer."
            " Install it, or name rows that do without: docs/performance.md says which."
        )
    asked = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    version = asked.stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < NODE_MAJOR_MIN:
        sys.exit(
            f"Node {version} is too old: this row's yardsticks need {NODE_MAJOR_MIN} or newer."
        )
    return found


@contextmanager
def _peer(name: str, command: Sequence[str], *, socketio: bool = False) -> Iterator[Target]:
    port = free_port()
    log_path = settings.DATA_DIR.with_name(f"{name}.log")
    # A server of its own kind: none of our settings but where Valkey is.
    kept = {key: text for key, text in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    env = {**kept, "PORT": str(port), "REDIS_URL": settings.REDIS_URL}
    with _process(command, env, log_path, folder=PEERS) as process:
        _wait_for(port, process, log_path)
        yield Target(
            name=name,
            host=f"127.0.0.1:{port}",
            process=psutil.Process(process.pid),
            paths=SOCKETIO_PATHS if socketio else ("/",),
            socketio=socketio,
        )


@contextmanager
def _process(
    command: Sequence[str], env: dict[str, str], log_path: Path, *, folder: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            process.send_signal(Signals.SIGTERM)
            try:
                process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log_path: Path) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"A peer did not start:\n{log_path.read_text()}")

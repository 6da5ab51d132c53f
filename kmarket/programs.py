"""Servers as programs: started, waited for, stopped, and those of a killed run cleared away."""

import importlib.util
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from kmarket import launch

# For whatever comes by npm: its packages for anvil are made for no older one.
NODE = "Node.js 20 or later, with npm (https://nodejs.org)"
READY_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 20.0
BURIAL_SECONDS_MAX = 0.5
POLL_SECONDS = 0.02


class CannotStart(Exception):
    """The embedded servers cannot run here. The message is one line and says what to do."""


@dataclass(frozen=True)
class Server:
    """How to start one server, know that it is ready, and stop it."""

    name: str
    command: list[str]
    stop_signal: Signals
    is_ready: Callable[[], bool]
    identity: str = launch.SAME
    # Ends what the server leaves behind when it is killed, and what keeps a new one from starting.
    clear: Callable[[], None] = lambda: None


@contextmanager
def running(server: Server, data_dir: Path) -> Iterator[None]:
    """Run the server, ready for use, until the block ends. Its words go to DATA_DIR/<name>.log.

    Raises:
        CannotStart: it ended or was not ready in time; with its own last words.
    """
    log_path = data_dir / f"{server.name}.log"
    command = launch.wrapped(
        server.command, at_parents_death=server.stop_signal, identity=server.identity
    )
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 (our own wheels' programs)
            command,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C in a terminal reaches us, and we stop it in its turn.
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not server.is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                words = last_words(log_path.read_text(encoding="utf-8", errors="replace"))
                raise CannotStart(
                    f"{server.name} does not start on {data_dir} ({words}):"
                    " move that folder away, or name another one in KMARKET_DATA_DIR."
                )
            time.sleep(POLL_SECONDS)
        yield
    finally:
        _stop(process, server.stop_signal)


def run(argv: Sequence[str | Path], identity: str) -> subprocess.CompletedProcess[str]:
    """Run a short program to its end, and return its exit code and its words."""
    command = launch.wrapped(argv, at_parents_death=Signals.SIGTERM, identity=identity)
    return subprocess.run(  # noqa: S603 (our own wheels' programs)
        command, env=environment(), capture_output=True, text=True, check=False
    )


def environment() -> dict[str, str]:
    """Return the environment for the servers: ours, without what would change their ways."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def bundled(package: str, program: str) -> Path:
    """Return the path of a program inside an installed package.

    Found, not imported: the servers' packages bring along what only their own starters need.

    Raises:
        CannotStart: the package isn't installed, or has no such program for this machine.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise CannotStart(f"The package {package} is missing: install requirements.lock.")
    path = Path(spec.origin).parent / program
    if not path.exists():
        raise CannotStart(
            f"The package {package} has no {path.name} for this kind of machine:"
            " name servers of your own in DATABASE_URL and REDIS_URL."
        )
    return path


def end_leftover(pid_file: Path, folder: Path, stop_signal: Signals) -> None:
    """End the server of a run that was killed. Whoever calls this holds the data folder.

    Raises:
        CannotStart: it doesn't stop.
    """
    try:
        pid = int(pid_file.read_text(encoding="utf-8").split()[0])
    except (OSError, ValueError, IndexError):
        return
    command = _command_of(pid)
    if command and str(folder) not in command:
        # By now the number is another program's.
        return
    if command:
        with suppress(ProcessLookupError):
            os.kill(pid, stop_signal)
    if not _soon(lambda: str(folder) not in _command_of(pid), STOP_SECONDS_MAX):
        raise CannotStart(f"A server of an earlier run (process {pid}) does not stop: end it.")
    if not _soon(lambda: not _exists(pid), BURIAL_SECONDS_MAX):
        # Dead, but nobody asks how it died: the first process of many a container doesn't.
        # PostgreSQL would take it for alive.
        pid_file.unlink(missing_ok=True)


def end_strays(title: str) -> None:
    """Kill every process whose command line begins with this title."""
    for pid, command in _commands():
        if command.startswith(title):
            with suppress(ProcessLookupError):
                os.kill(pid, Signals.SIGKILL)


def last_words(text: str) -> str:
    """Return the line that most likely says why a program ended."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    reasons = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (reasons or lines or ["it says nothing"])[-1].rstrip(".")


def _stop(process: subprocess.Popen[bytes], stop_signal: Signals) -> None:
    process.send_signal(stop_signal)
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _soon(is_so: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _commands() -> Iterator[tuple[int, str]]:
    """Yield the number and the command line of every process that we may look at."""
    if Path("/proc/self").exists():
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
        yield from ((pid, _command_of(pid)) for pid in pids)
        return
    ps = ["/bin/ps", "-axww", "-o", "pid=,command="]
    done = subprocess.run(ps, capture_output=True, text=True, check=False)  # noqa: S603
    for line in done.stdout.splitlines():
        pid, _, command = line.strip().partition(" ")
        yield int(pid), command


def _command_of(pid: int) -> str:
    if Path("/proc/self").exists():
        with suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
            return words.replace(b"\0", b" ").decode(errors="replace")
        return ""
    ps = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(ps, capture_output=True, text=True, check=False).stdout  # noqa: S603

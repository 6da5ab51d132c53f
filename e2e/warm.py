"""`manage.py` with its start left out: a process that has loaded Django forks for each command.

To load it takes longer than most commands do. What a command gets is its own: arguments, folder,
standard streams, exit code; only the environment is the server's.

    with warm.commands(env) as argv:
        subprocess.run([*argv, "manage.py", "check_ledger"])
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
READY = "ready\n"


@contextmanager
def commands(env: dict[str, str]) -> Iterator[list[str]]:
    """Run a server in this environment; yield what to put before a command's words."""
    # The path of a socket is short.
    with tempfile.TemporaryDirectory(prefix="kmarket-") as folder:
        path = os.path.join(folder, "socket")
        server = subprocess.Popen(
            [sys.executable, "-m", "e2e.warm", path],
            cwd=ROOT,
            env=env | {"DJANGO_SETTINGS_MODULE": "kmarket.settings"},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout
            assert server.stdout.readline() == READY, "it did not start: see its own words above"
            # -S: it needs nothing that is installed.
            yield [sys.executable, "-S", str(Path(__file__).with_name("warm_client.py")), path]
        finally:
            server.kill()
            server.communicate()


def serve(path: str) -> None:
    """Take commands until we are killed."""
    import django  # noqa: PLC0415 (not for whoever only starts us)
    from django.core import management  # noqa: PLC0415

    django.setup()
    for name, app in management.get_commands().items():
        if not app.startswith("django."):
            management.load_command_class(app, name)
    # Nobody waits for those that we fork.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        sys.stdout.write(READY)
        sys.stdout.flush()
        while True:
            client, _ = server.accept()
            words, streams, *_ = socket.recv_fds(client, 65_536, 3)
            if os.fork() == 0:
                _answer(client, words, streams)
            for stream in streams:
                os.close(stream)
            client.close()


def _answer(client: socket.socket, words: bytes, streams: list[int]) -> None:
    """Be the command."""
    from django.core import management  # noqa: PLC0415

    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        asked = json.loads(words)
        os.chdir(asked["folder"])
        sys.argv = asked["argv"]
        management.execute_from_command_line(sys.argv)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        client.sendall(bytes([code]))
        os._exit(code)


if __name__ == "__main__":
    serve(sys.argv[1])

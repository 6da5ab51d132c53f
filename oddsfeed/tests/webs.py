"""Web processes of their own, on one listening socket, as `make run` starts them."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings

from kmarket import listening
from kmarket.tests import elsewhere
from kmarket.tests.processes import eventually

START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0
API = "/api/v1"


class Webs:
    """Processes that accept from one socket. Who of them serves a connection can be chosen."""

    def __init__(self, address: tuple[str, int], pids: list[int]) -> None:
        self.address = address
        self.pids = pids

    @property
    def url(self) -> str:
        return "ws://{}:{}/ws/odds".format(*self.address)

    def door(self, pid: int) -> socket.socket:
        """Return a connection that this process has accepted, and nothing said on it yet."""
        deadline = time.monotonic() + START_SECONDS_MAX
        with ExitStack() as misses:
            while time.monotonic() < deadline:
                tried = socket.create_connection(self.address)
                if self._accepted(tried, by=pid):
                    return tried
                # Kept until the right one is found: each makes its process less likely to be next.
                misses.callback(tried.close)
        raise AssertionError(f"process {pid} accepts nothing")

    def get(self, pid: int, path: str) -> Any:
        """Ask one process for what is under /api/v1/."""
        client = http.client.HTTPConnection(*self.address, timeout=START_SECONDS_MAX)
        client.sock = self.door(pid)
        try:
            client.request("GET", f"{API}/{path}")
            answer = client.getresponse()
            body = answer.read()
            assert answer.status == http.HTTPStatus.OK, body
            return json.loads(body)
        finally:
            client.close()

    def _accepted(self, connection: socket.socket, *, by: int) -> bool:
        ours = connection.getsockname()
        accepted = eventually(
            lambda: [pid for pid in self.pids if ours in _peers(pid)],
            seconds=START_SECONDS_MAX,
            every=0.005,
        )
        return accepted == [by]


@contextmanager
def webs(count: int = 2, **env: str) -> Iterator[Webs]:
    """Run so many processes on this test's database and Redis until the block ends."""
    with listening.bound("127.0.0.1", 0) as listener:
        address = listener.getsockname()
        processes = [
            _start(listener.fileno(), BIND_PORT=str(address[1]), **env) for _ in range(count)
        ]
        try:
            running = Webs(address, [process.pid for process in processes])
            for pid in running.pids:
                running.get(pid, "healthz")
            yield running
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                _end(process)


def _start(descriptor: int, **env: str) -> subprocess.Popen[bytes]:
    manage = str(Path(settings.BASE_DIR, "manage.py"))
    return subprocess.Popen(
        [sys.executable, manage, "serve", "--fd", str(descriptor)],
        env=elsewhere.environment() | env,
        stdin=subprocess.DEVNULL,
        pass_fds=(descriptor,),
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_SECONDS_MAX)
    finally:
        process.kill()
        process.wait()


def _peers(pid: int) -> set[tuple[str, int]]:
    """Return who is connected to this process."""
    with suppress(psutil.NoSuchProcess):
        open_now = psutil.Process(pid).net_connections("tcp")
        return {tuple(one.raddr) for one in open_now if one.raddr}
    return set()


def resident_bytes(pid: int) -> int:
    """Return how much memory a process holds."""
    return psutil.Process(pid).memory_info().rss

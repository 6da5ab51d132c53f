"""What docker-compose.yml runs, without Docker: web processes of the same words behind nginx."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx

from e2e import composed, plain
from e2e.house import House, free_port
from e2e.running import OF_THE_TEST_RUN, ROOT
from kmarket import embedded, testing
from kmarket.tests.processes import eventually

START_SECONDS_MAX = 60.0
END_SECONDS_MAX = 30.0
SECRETS = {"JWT_SECRET": "for tests only: thirty-two bytes or more", "POSTGRES_PASSWORD": "none"}
# Where nginx comes from.
PROXY = "127.0.0.1"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def servers(folder: Path) -> Iterator[dict[str, str]]:
    """Run PostgreSQL and Valkey, migrated; yield the environment of our processes on them."""
    with embedded.servers(folder, durable=False):
        host = quote(str(embedded.socket_dir(folder)), safe="")
        env = {name: text for name, text in os.environ.items() if name not in OF_THE_TEST_RUN}
        env |= composed.environment("web", **SECRETS)
        env |= {
            "DATABASE_URL": f"postgresql://kmarket@{host}/kmarket",
            "REDIS_URL": embedded.redis_url(folder),
            "TRUSTED_PROXIES": PROXY,
        }
        subprocess.run(command_of("migrate"), cwd=ROOT, env=env, check=True, stdout=sys.stderr)
        yield env


def command_of(service: str) -> list[str]:
    """Return the command of a service, for the Python that runs this."""
    _, *words = composed.ours()[service]["command"]
    return [sys.executable, *words]


class Web:
    """One web process, which can be ended and started again on its port."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # In containers each has addresses of its own; here they share one.
        self._env = env | {
            "BIND_ADDR": "127.0.0.1",
            "BIND_PORT": str(self.port),
            "METRICS_ADDR": "127.0.0.1",
            "METRICS_PORT": str(free_port()),
        }
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                command_of("web"), cwd=ROOT, env=self._env, stdout=log, stderr=log
            )
        eventually(self._is_ready, seconds=START_SECONDS_MAX)

    def end(self) -> None:
        """Send SIGTERM, and wait until it has ended."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(END_SECONDS_MAX)
            self.process = None

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self._log.read_text(errors="replace")
        try:
            return plain.get(f"{self.url}/api/v1/readyz").is_success
        except httpx.TransportError:
            return False


@dataclass(frozen=True)
class Front:
    """nginx, which is the house's address, and the web processes behind it."""

    house: House
    webs: list[Web]


@contextmanager
def front(folder: Path, env: dict[str, str], *, webs: int = 2) -> Iterator[Front]:
    """Run so many web processes and nginx in front of them."""
    folder.mkdir()
    with ExitStack() as stack:
        behind = [Web(env, folder / f"web-{number}.log") for number in range(webs)]
        for web in behind:
            stack.callback(web.end)
            web.start()
        url = stack.enter_context(nginx(folder, *(web.port for web in behind)))
        yield Front(House(url, env), behind)


@contextmanager
def nginx(folder: Path, *webs: int) -> Iterator[str]:
    """Run nginx in front of whoever listens on these ports of this machine; yield its address.

    They trust it if their `TRUSTED_PROXIES` is `PROXY`.
    """
    port = free_port()
    file, log = folder / "nginx.conf", folder / "nginx.log"
    file.write_text(_adapted(folder, port, webs), encoding="utf-8")
    # As root it would give its workers to a user who may not enter the folder.
    user = "user root; " if os.geteuid() == 0 else ""
    command = [testing.nginx(), "-p", str(folder), "-c", str(file), "-g", f"{user}daemon off;"]
    with log.open("wb") as words:
        process = subprocess.Popen(command, stdout=words, stderr=words)

    def answers() -> bool:
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            return plain.get(f"http://127.0.0.1:{port}/api/v1/healthz").is_success
        except httpx.TransportError:
            return False

    try:
        eventually(answers)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(END_SECONDS_MAX)


def _adapted(folder: Path, port: int, webs: tuple[int, ...]) -> str:
    """Return deploy/nginx.conf with the addresses and folders of here; the rest as it is."""
    text = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    folders = "".join(f"{name}_temp_path {folder / name}; " for name in TEMPORARY)
    upstreams = " ".join(rf"server 127.0.0.1:{web}\1;" for web in webs)
    # What there is instead, and how often.
    changes = {
        r"^pid \S+;": (f"pid {folder / 'nginx.pid'};", 1),
        r"listen 80 ": (f"listen 127.0.0.1:{port} ", 1),
        # Docker's names can't be had here, and Debian's nginx is older than `resolve`.
        r"server web:8080 resolve(.*);": (upstreams, 2),
        r"^http \{$": (rf"http {{ {folders}", 1),
    }
    for pattern, (replacement, times) in changes.items():
        text, count = re.subn(pattern, replacement, text, flags=re.MULTILINE)
        assert count == times, pattern
    return text

"""A whole kmarket as its user starts it: `manage.py run_all`, in a data folder of its own."""

import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from functools import lru_cache
from pathlib import Path

import psutil

from kmarket import embedded
from kmarket.tests.processes import eventually, is_alive

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 40.0
# What the test run set for itself, and a newcomer hasn't.
OF_THE_TEST_RUN = {"JWT_SECRET", "SECRET_KEY", "RATE_LIMIT", "DATABASE_URL", "REDIS_URL"}


def with_tables(data_dir: Path) -> Path:
    """Make a data folder as an earlier start with nothing in the book has left it, and return it.

    Half of what a first start takes is making the tables.
    """
    shutil.copytree(_with_tables() / "postgres", data_dir / "postgres")
    return data_dir


@lru_cache
def _with_tables() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="kmarket-e2e-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with embedded.servers(folder, with_valkey=False):
        subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity=0"],
            env=environment(folder),
            check=True,
        )
    return folder


def environment(data_dir: Path) -> dict[str, str]:
    """Return a newcomer's environment, but for the data folder."""
    kept = {name: text for name, text in os.environ.items() if name not in OF_THE_TEST_RUN}
    return kept | {"KMARKET_DATA_DIR": str(data_dir)}


class Running:
    """One `run_all`, its words in a file, its processes counted."""

    def __init__(self, data_dir: Path, **env: str) -> None:
        self.data_dir = data_dir
        self._log = data_dir.with_name(f"{data_dir.name}.{os.urandom(4).hex()}.log")
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "run_all"],
                env=environment(data_dir) | {"BIND_PORT": "0"} | env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait_until_up(self, seconds: float = START_SECONDS_MAX) -> "Running":
        def is_up():
            assert self.process.poll() is None, self.said()
            return "Ctrl-C" in self.said()

        eventually(is_up, seconds=seconds)
        return self

    def wait_until_ended(self) -> int:
        return self.process.wait(START_SECONDS_MAX)

    @property
    def host(self) -> str:
        return re.search(r"kmarket runs on http://(\S+)", self.said())[1]

    @property
    def password(self) -> str:
        return re.search(r"sign in as admin with the password (\S+)", self.said())[1]

    def get(self, path: str) -> int:
        with urllib.request.urlopen(f"http://{self.host}{path}", timeout=10) as response:
            return response.status

    def answers(self) -> bool:
        try:
            return self.get("/api/v1/readyz") == 200
        except OSError:
            return False

    def child(self, word: str) -> psutil.Process | None:
        """The process, of those that were started here, with the word in its command line."""
        for process in psutil.Process(self.process.pid).children():
            try:
                words = process.cmdline()
            except psutil.NoSuchProcess:
                continue
            if any(word == part or part.endswith(f"/{word}") for part in words):
                # Its launcher has the same words in its command line before it becomes it.
                return None if any("launch.py" in part for part in words) else process
        return None

    def all_pids(self) -> list[int]:
        me = psutil.Process(self.process.pid)
        return [me.pid, *(process.pid for process in me.children(recursive=True))]

    def stop(self, number: int = signal.SIGINT) -> list[int]:
        """Send the signal, wait for the end, and return who is alive all the same."""
        pids = self.all_pids()
        self.process.send_signal(number)
        self.process.wait(STOP_SECONDS_MAX)
        return [pid for pid in pids if is_alive(pid)]

    def end(self) -> None:
        if self.process.poll() is None:
            self.stop()

"""Many processes of one management command, of which only the first takes time to start.

A parent loads Django once, without touching the database; each process is a fork of it that runs
the command as manage.py does. They are real ones: they can be killed.
"""

import os
import signal
import subprocess
import sys
import tempfile
from typing import Self

import django
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import execute_from_command_line

from kmarket.tests import elsewhere
from kmarket.tests.processes import is_alive


class Fork:
    """A process of the command."""

    def __init__(self, forks: "Forks", pid: int) -> None:
        self._forks = forks
        self.pid = pid

    def is_alive(self) -> bool:
        return is_alive(self.pid)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        assert self.is_alive(), self._forks.complaints()
        os.kill(self.pid, signal.SIGKILL)
        assert self._forks.ask(f"wait {self.pid}") == -signal.SIGKILL

    def terminate(self) -> int:
        """Ask it to end; return its exit code."""
        os.kill(self.pid, signal.SIGTERM)
        return self._forks.ask(f"wait {self.pid}")


class Forks:
    """The parent. Ends with the block, and so do all that are left."""

    def __init__(self, *command: str, **env: str) -> None:
        self._log = tempfile.TemporaryFile("a+", encoding="utf-8")  # noqa: SIM115 (see __exit__)
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "e2e.forks", *command],
            cwd=settings.BASE_DIR,
            env=elsewhere.environment() | env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            # A group of their own, which can be ended as one.
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._parent.pid, signal.SIGKILL)
        self._parent.communicate()
        self._log.close()

    def start(self) -> Fork:
        return Fork(self, self.ask("fork"))

    def ask(self, question: str) -> int:
        self._parent.stdin.write(f"{question}\n")
        self._parent.stdin.flush()
        answer = self._parent.stdout.readline()
        assert answer, self.complaints()
        return int(answer)

    def complaints(self) -> str:
        """What all of them wrote to stderr."""
        self._log.seek(0)
        return self._log.read()


def main(command: list[str]) -> None:
    django.setup()
    # Each command does so, and what that loads it then finds.
    run_checks()
    for line in sys.stdin:
        match line.split():
            case ["fork"]:
                pid = os.fork()
                if not pid:
                    run(command)
            case ["wait", child]:
                pid = os.waitstatus_to_exitcode(os.waitpid(int(child), 0)[1])
        print(pid, flush=True)


def run(command: list[str]) -> None:
    """Be the command, and end as it does."""
    code = 1
    try:
        # What the test says is not for us to read.
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        execute_from_command_line(["manage.py", *command])
        code = 0
    except SystemExit as exc:
        code = int(exc.code or 0)
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])

"""What can befall the house of a running kmarket, each as a block: it begins, lasts, and ends."""

import errno
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import psycopg
import redis

from e2e.running import Running
from e2e.stage import web_processes
from kmarket import embedded
from kmarket.tests.processes import eventually

POSTGRES, VALKEY = "postgres", "valkey-server"
# A data folder of so much has room for all that happens here.
DISK_BYTES = 768 * 1024 * 1024
CHUNK = bytes(1024 * 1024)
# Connections that the embedded server takes, and some.
CONNECTIONS = 210
OURS = "faults"
# PostgreSQL makes its log in files of 16.
LOG_A_MEGABYTE = "SELECT pg_logical_emit_message(true, 'faults', repeat('x', 1048576))"
FULL, ROOMY = "1", "256mb"


@contextmanager
def killed(running: Running, word: str, number: int = signal.SIGKILL) -> Iterator[None]:
    """A server ends; the block begins at once. It is over when there is another."""
    before = running.child(word)
    before.send_signal(number)
    yield
    eventually(lambda: (now := running.child(word)) and now.pid != before.pid)


@contextmanager
def paused(running: Running, word: str) -> Iterator[None]:
    """A server and all its processes stand still, and hold on to what they have."""
    server = running.child(word)
    family = [server, *server.children(recursive=True)]
    _signal(family, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(family, signal.SIGCONT)


@contextmanager
def full(running: Running) -> Iterator[None]:
    """Valkey has no memory left for anything."""
    with redis.Redis.from_url(embedded.redis_url(running.data_dir)) as valkey:
        valkey.config_set("maxmemory", FULL)
        try:
            yield
        finally:
            valkey.config_set("maxmemory", ROOMY)


@contextmanager
def out_of_connections(running: Running) -> Iterator[None]:
    """Somebody holds every connection that PostgreSQL gives."""
    with ExitStack() as held:
        first = _take_all(running, held)
        # What the house has, it would keep.
        first.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
            " backend_type = 'client backend' AND application_name <> %s",
            [OURS],
        )
        _take_all(running, held)
        yield


def _take_all(running: Running, held: ExitStack) -> psycopg.Connection:
    first = None
    for _ in range(CONNECTIONS):
        try:
            connection = held.enter_context(database(running))
        except psycopg.OperationalError:
            assert first is not None
            return first
        first = first or connection
    raise AssertionError("PostgreSQL takes whatever number of connections")


@contextmanager
def disk_full(running: Running) -> Iterator[None]:
    """Nothing more fits into the data folder, not even PostgreSQL's log: it goes down by that."""
    filler = running.data_dir / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            _fill(file)
            _use_up_the_log(running)
            _fill(file)
            yield
        finally:
            filler.unlink()


@contextmanager
def web_process_killed(running: Running) -> Iterator[None]:
    """One of the web processes ends; the block is over when there are as many as before."""
    before = web_processes(running.process.pid)
    before[0].kill()
    yield
    eventually(lambda: len(set(web_processes(running.process.pid)) - {before[0]}) == len(before))


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Make a folder with a small disk of its own; tell whether this machine lets us."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=700", "none", str(folder)]
    has_one = os.geteuid() == 0 and subprocess.run(mount, check=False).returncode == 0
    try:
        yield has_one
    finally:
        if has_one:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def database(running: Running) -> psycopg.Connection:
    """Connect to the database of a running kmarket."""
    known = embedded.database_settings(running.data_dir)
    return psycopg.connect(
        host=known["HOST"],
        port=known["PORT"],
        user=known["USER"],
        dbname=known["NAME"],
        autocommit=True,
        connect_timeout=5,
        application_name=OURS,
    )


def _use_up_the_log(running: Running) -> None:
    try:
        with database(running) as connection:
            while True:
                connection.execute(LOG_A_MEGABYTE)
    except psycopg.OperationalError:
        return


def _fill(file) -> None:
    chunk = CHUNK
    while chunk:
        try:
            file.write(chunk)
        except OSError as exc:
            if exc.errno != errno.ENOSPC:
                raise
            chunk = chunk[: len(chunk) // 2]


def _signal(family: list[psutil.Process], number: int) -> None:
    for process in family:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def last(seconds: float) -> None:
    """Let a fault last: the time is what it consists of."""
    time.sleep(seconds)

"""What all rows use: servers in a temporary folder, CPU and memory of processes, the table.

A row is a module in `bench/rows/` with `run(options: Options) -> Iterator[Result]`. Each runs in a
process of its own (bench/row.py), with Django set up on a data folder that is still empty.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from signal import Signals
from types import TracebackType
from typing import Any, Self

import psutil
from django.conf import settings
from django.core.management import call_command

from e2e.house import ROOT, House, free_port, wait_until_ready
from kmarket import embedded

STOP_SECONDS_MAX = 60
WATCH_SECONDS = 0.01
GROWTH_MAX = 1.3
KINDS = ("web", "postgres", "valkey", "other")


@dataclass(frozen=True, slots=True)
class Options:
    """How large and how long. A row takes of these what concerns it."""

    size: int = 1_000_000
    rounds: int = 3
    seconds: float = 5.0
    workers: int = 2
    clients: int = 16
    sockets: int = 1000
    updates: int = 10_000


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table. Without a bar it is for information, and `met` is None."""

    row: str
    figure: float
    unit: str
    yardstick: float | None = None
    ratio: float | None = None
    bar: str = ""
    met: bool | None = None
    # What else was seen: each round, shares of CPU, plans.
    seen: dict[str, Any] = field(default_factory=dict)


def growth(work: str, *, small: float, large: float, unit: str, **seen: Any) -> Result:
    """Compare what one unit of work costs at full size with what it costs at a tenth of it."""
    ratio = large / small
    return Result(
        row=f"growth: {work}",
        figure=large,
        unit=unit,
        yardstick=small,
        ratio=ratio,
        bar=f"≤ {GROWTH_MAX} x",
        met=ratio <= GROWTH_MAX,
        seen=seen,
    )


def table(results: Sequence[Result]) -> str:
    """Return the results as a table in Markdown."""
    heads = ("work", "figure", "yardstick", "ratio", "bar", "met")
    rows = [
        (
            result.row,
            f"{_short(result.figure)} {result.unit}",
            _short(result.yardstick),
            "" if result.ratio is None else f"{result.ratio:.2f} x",
            result.bar,
            {True: "yes", False: "NO", None: ""}[result.met],
        )
        for result in results
    ]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [heads, tuple("-" * width for width in widths), *rows]
    padded = [map(str.ljust, line, widths) for line in lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in padded)


@contextmanager
def servers() -> Iterator[None]:
    """Run PostgreSQL and Valkey on this process's data folder, migrated and otherwise empty."""
    with embedded.servers(settings.DATA_DIR):
        call_command("migrate", interactive=False, verbosity=0)
        yield


@dataclass(frozen=True, slots=True)
class Running:
    """A whole kmarket, and what its processes use."""

    house: House
    process: psutil.Process

    def cpu_seconds(self) -> dict[str, float]:
        """Return what web, postgres, valkey and the other processes have used so far."""
        used = dict.fromkeys(KINDS, 0.0)
        for process in [self.process, *self.process.children(recursive=True)]:
            # A database connection that ends meanwhile counts with its parent from then on.
            try:
                used[_kind(process)] += cpu_seconds_of(process)
            except psutil.NoSuchProcess:
                continue
        return used


@contextmanager
def running(*, workers: int) -> Iterator[Running]:
    """Run everything on this process's data folder by the real command, `manage.py run_all`."""
    port = free_port()
    env = {**os.environ, "WORKERS": str(workers), "BIND_PORT": str(port)}
    house = House(url=f"http://127.0.0.1:{port}", env=env)
    log_path = settings.DATA_DIR.with_name("log")
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_all"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_ready(house, process, log_path)
            yield Running(house, psutil.Process(process.pid))
        finally:
            process.send_signal(Signals.SIGINT)
            process.wait(STOP_SECONDS_MAX)


def cpu_seconds_of(process: psutil.Process) -> float:
    """Return what a process has used, with those of its children that ended."""
    times = process.cpu_times()
    ended = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return times.user + times.system + ended


def cpu_seconds_here() -> float:
    """Return what this process and the servers that it started have used so far."""
    me = psutil.Process()
    return sum(map(cpu_seconds_of, [me, *me.children(recursive=True)]))


class MemoryWatch:
    """By how much a process's own memory grew at most, in bytes, within the `with` block."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.grown = 0

    def __enter__(self) -> Self:
        self._before = self._taken()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(WATCH_SECONDS):
            self.grown = max(self.grown, self._taken() - self._before)

    def _taken(self) -> int:
        # PostgreSQL's buffers are shared: they are no one process's memory.
        info = self._process.memory_info()
        return info.rss - getattr(info, "shared", 0)


def seconds_of(work: Any) -> float:
    """Do the work, and return how long it took."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _kind(process: psutil.Process) -> str:
    words = " ".join(process.cmdline())
    if "manage.py serve" in words:
        return "web"
    return next((kind for kind in KINDS if kind in words), "other")


def _short(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"

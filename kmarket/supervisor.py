"""Keeps a handful of child processes running, and ends them all: the engine of `make run`.

No Django here. Start it from the main thread: children die with the thread that started them.
"""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from signal import Signals
from typing import Any, Self

from kmarket import launch

# A child that lived this long had started well.
STEADY_SECONDS = 10.0
QUICK_DEATHS_MAX = 5
RESTART_SECONDS_FIRST = 0.1
RESTART_SECONDS_MAX = 5.0
# So often we try again what cannot run, where the others can do without it.
RETRY_SECONDS = 30.0
# A grandchild may hold the pipe open after the child's end; so long we wait for last words.
LAST_WORDS_SECONDS = 1.0
# A second signal after so long is a new one.
PATIENCE_SECONDS = 1.0
POLL_SECONDS = 0.05
READ_BYTES = 65536

# Somebody's wish, or the machine's need: no sign that the child cannot run.
NOT_ITS_FAULT = {-Signals.SIGINT, -Signals.SIGTERM, -Signals.SIGKILL}


@dataclass(frozen=True)
class Child:
    """A program to keep running. `argv[0]` is a path; the environment is the whole of it."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    stop_signal: Signals = Signals.SIGTERM
    stop_seconds: float = 10.0
    at_our_death: Signals = Signals.SIGKILL
    identity: str = launch.SAME
    pass_fds: tuple[int, ...] = ()
    # Whether all ends where it never could be kept running.
    is_needed: bool = True
    # Called in a thread before it is started again: clears away what it left behind.
    clear: Callable[[], None] = lambda: None


class Supervisor:
    """Starts groups of children, restarts what ends, and stops the groups in reverse order.

    `failure` says why it gave up, when it did: a child that cannot be kept running.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.failure = ""
        self._say = say
        self._stopping = asyncio.Event()
        self._in_a_hurry = asyncio.Event()
        self._asked_at = 0.0
        self._groups: list[list[asyncio.Task[None]]] = []

    def listen_to_signals(self) -> None:
        """Let SIGINT, SIGTERM and SIGHUP begin the end."""
        loop = asyncio.get_running_loop()
        # Under nohup a closed terminal is meant to be ignored. SIGINT is ignored too in what a
        # script starts with `&`, but who sends it means it.
        ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        for number in (signal.SIGINT, signal.SIGTERM, *(() if ignored else (signal.SIGHUP,))):
            loop.add_signal_handler(number, self.stop)

    def start(self, *children: Child) -> None:
        """Keep these running from now on. They will be stopped together."""
        group = [asyncio.create_task(self._keep(child)) for child in children]
        for task in group:
            # It ends by itself only when it gives up.
            task.add_done_callback(lambda _: self._stopping.set())
        self._groups.append(group)

    def stop(self) -> None:
        """Begin the end; asked again a second later or more, stop waiting for anybody."""
        now = time.monotonic()
        if not self._stopping.is_set():
            self._asked_at = now
        # Sooner, it is the same wish: make passes on what its whole process group got already.
        elif now - self._asked_at > PATIENCE_SECONDS:
            self._in_a_hurry.set()
        self._stopping.set()

    async def wait_for(self, is_so: Callable[[], bool]) -> bool:
        """Return True as soon as it is so, or False when the end begins first."""
        while not self._stopping.is_set():
            if await asyncio.to_thread(is_so):
                return True
            await _first(self._stopping.wait(), seconds=POLL_SECONDS)
        return False

    async def ended(self) -> None:
        """Wait until the end begins: a signal, `stop()`, or a child that cannot be kept."""
        await self._stopping.wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Stop all groups, the youngest first."""
        self._stopping.set()
        for group in reversed(self._groups):
            for task in group:
                task.cancel()
            for result in await asyncio.gather(*group, return_exceptions=True):
                if isinstance(result, Exception):
                    self.failure = f"{type(result).__name__}: {result}"

    async def _keep(self, child: Child) -> None:
        quick_deaths = failures = 0
        has_run_well = False
        while True:
            started = time.monotonic()
            code = await self._run(child)
            if time.monotonic() - started > STEADY_SECONDS:
                quick_deaths = failures = 0
                has_run_well = True
            quick_deaths += 1
            failures += code not in NOT_ITS_FAULT
            delay = min(RESTART_SECONDS_FIRST * 2 ** (quick_deaths - 1), RESTART_SECONDS_MAX)
            if failures >= QUICK_DEATHS_MAX and not child.is_needed:
                delay = RETRY_SECONDS
            # What did run is not at fault when it cannot now: a disk is full, memory is short. It
            # can again as soon as that is over, and nobody need be there to start it.
            elif failures >= QUICK_DEATHS_MAX and not has_run_well:
                self.failure = (
                    f"{child.name} ended {failures} times right after its start"
                    f" (the last time with {_how(code)}); its own words are above."
                )
                return
            self._say(f"{child.name} ended with {_how(code)}: starting it again.")
            await asyncio.sleep(delay)
            await asyncio.to_thread(child.clear)

    async def _run(self, child: Child) -> int:
        # A pipe of our own: asyncio's would make wait() wait for every grandchild that holds it.
        ours, theirs = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *launch.wrapped(
                    child.argv, at_parents_death=child.at_our_death, identity=child.identity
                ),
                env=child.env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=theirs,
                stderr=theirs,
                pass_fds=child.pass_fds,
                # Ctrl-C in the terminal reaches us alone: we stop the children in their order.
                start_new_session=True,
            )
        finally:
            os.close(theirs)
        words = asyncio.create_task(self._repeat(child.name, ours))
        try:
            return await process.wait()
        finally:
            # Cancelled while it runs: this is how run() ends a child.
            await self._end(child, process)
            await _first(words, seconds=LAST_WORDS_SECONDS)

    async def _end(self, child: Child, process: asyncio.subprocess.Process) -> None:
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(child.stop_signal)
        await _first(process.wait(), self._in_a_hurry.wait(), seconds=child.stop_seconds)
        if process.returncode is None:
            self._say(f"{child.name} does not stop: killing it.")
            with suppress(ProcessLookupError):
                # With whatever it started.
                os.killpg(process.pid, Signals.SIGKILL)
            await process.wait()

    async def _repeat(self, name: str, descriptor: int) -> None:
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb")
        )
        try:
            rest = b""
            while data := await reader.read(READ_BYTES):
                *lines, rest = (rest + data).split(b"\n")
                # A line without an end is said in pieces rather than kept for ever.
                if len(rest) > READ_BYTES:
                    lines, rest = [*lines, rest], b""
                for line in lines:
                    self._say(f"{name:<8} | {line.decode(errors='replace')}")
            if rest:
                self._say(f"{name:<8} | {rest.decode(errors='replace')}")
        finally:
            transport.close()


async def _first(*awaitables: Awaitable[Any], seconds: float) -> None:
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else Signals(-code).name

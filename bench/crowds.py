"""A crowd of clients (bench/crowd.py) as a row sees it: what it asks for, and what it got."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.serving import Target

AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Seen:
    """What a crowd got between two moments, and what it used of its own core meanwhile."""

    delivered: int
    collapsed: int
    gaps: int
    repeats: int
    resyncs: int
    lost: int
    seconds: float
    cpu_seconds: float
    expected: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0
    behind: int = 0

    @property
    def share(self) -> float:
        """What the load generator took of one core: well below 1, or it is what was measured."""
        return self.cpu_seconds / self.seconds


@dataclass(frozen=True, slots=True)
class Wish:
    """What each of some clients asks for. Client n takes the n-th row of `markets`, in a circle."""

    markets: Sequence[Sequence[int]]
    count: int
    batch: bool = False
    stalled: bool = False
    # With these a client resumes, from this seq of each market; else it subscribes.
    offsets: dict[int, int] = field(default_factory=dict)
    at_once: int = AT_ONCE


class Crowd:
    """The process, by its commands."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def join(self, target: Target, wish: Wish) -> Seen:
        """Connect clients to a server; return when each has what it asked for."""
        clients = [
            _client(target, wish, number, wish.markets[number % len(wish.markets)])
            for number in range(wish.count)
        ]
        return Seen(**self._ask("join", at_once=wish.at_once, clients=clients))

    def begin(self) -> None:
        """Count from here on."""
        self._ask("begin")

    def report(self, sent: list[tuple[int, int, float]]) -> Seen:
        """Wait until what was sent (market, seq, when) has come, or nothing comes any more."""
        return Seen(**self._ask("report", sent=sent))

    def catch_up(self, heads: dict[int, int]) -> Seen:
        """Wait until everybody has got so far in each market, or nothing comes any more."""
        return Seen(**self._ask("catch_up", heads=heads))

    def leave(self) -> None:
        """Disconnect everybody."""
        self._ask("leave")

    def _ask(self, do: str, **about: Any) -> Any:
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        assert pipe_in is not None
        assert pipe_out is not None
        pipe_in.write(json.dumps({"do": do, **about}).encode() + b"\n")
        pipe_in.flush()
        answer = pipe_out.readline()
        assert answer, "the crowd ended: it has said why"
        return json.loads(answer)


@contextmanager
def crowd() -> Iterator[Crowd]:
    """Run a crowd, at first of nobody."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.crowd"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield Crowd(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


def _client(target: Target, wish: Wish, number: int, markets: Sequence[int]) -> dict[str, Any]:
    offsets = {str(market): wish.offsets[market] for market in markets if wish.offsets}
    return {
        "host": target.host,
        "path": target.paths[number % len(target.paths)],
        "socketio": target.socketio,
        "hello": target.hellos[number % len(target.hellos)],
        "states": target.gives_states and not offsets,
        "stalled": wish.stalled,
        "markets": list(markets),
        "offsets": offsets,
        "say": _first_words(target, wish, markets, offsets),
    }


def _first_words(
    target: Target, wish: Wish, markets: Sequence[int], offsets: dict[str, int]
) -> str:
    if target.socketio:
        return f'420["subscribe:market",{json.dumps(list(markets))}]'
    if offsets:
        return json.dumps({"type": "resume", "offsets": offsets})
    words: dict[str, Any] = {"type": "subscribe", "markets": list(markets)}
    if wish.batch:
        words["options"] = {"batch": True}
    return json.dumps(words)

"""What one more idle socket costs in memory, beside Node `ws` and uvicorn with stock Channels.

And one more idle client of Socket.IO, beside Node's: for information.

Each socket follows one market. Each round has a fresh server, which first gets a few sockets: what
a process loads and starts once is not a socket's.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from statistics import median

from bench import bulk, harness, serving
from bench.crowds import Crowd, Wish, crowd
from bench.harness import Options, Result
from bench.serving import Target

KB = 1000
KB_MAX = 35.0
FIRST = 20
# What was allocated for the handshakes and isn't kept.
SETTLE_SECONDS = 1.0

SERVERS: dict[str, Callable[[], AbstractContextManager[Target]]] = {
    "kmarket": serving.ours,
    "ws": lambda: serving.node("ws"),
    "channels_group": lambda: serving.python("channels_group"),
    "kmarket's Socket.IO": lambda: serving.ours(socketio=True),
    "socketio": lambda: serving.node("socketio", socketio=True),
}


def run(options: Options) -> Iterator[Result]:
    # Of each server: kB a socket with a tenth of the sockets, and with all of them.
    tenths: dict[str, list[float]] = {name: [] for name in SERVERS}
    alls: dict[str, list[float]] = {name: [] for name in SERVERS}
    with harness.servers(), crowd() as clients:
        market_id = bulk.open_market().pk
        for _ in range(options.rounds):
            for name, start in SERVERS.items():
                with start() as target:
                    tenth, full = kilobytes(clients, target, market_id, sockets=options.sockets)
                tenths[name].append(tenth)
                alls[name].append(full)
    ours = median(alls["kmarket"])
    for peer, words in (("ws", "Node ws"), ("channels_group", "stock Channels")):
        yield Result(
            row=f"memory of {options.sockets:,} idle sockets, beside {words}",
            figure=ours,
            unit="kB a socket",
            yardstick=median(alls[peer]),
            ratio=ours / median(alls[peer]),
            bar=f"≤ {KB_MAX:.0f} kB",
            met=ours <= KB_MAX,
            seen=alls if peer == "ws" else {},
        )
    by_socketio = median(alls["kmarket's Socket.IO"])
    yield Result(
        row=f"memory of {options.sockets:,} idle clients of Socket.IO, beside Node's",
        figure=by_socketio,
        unit="kB a client",
        yardstick=median(alls["socketio"]),
        ratio=by_socketio / median(alls["socketio"]),
    )
    yield harness.growth(
        f"memory, sockets {options.sockets // 10} and {options.sockets:,}",
        small=median(tenths["kmarket"]),
        large=ours,
        unit="kB a socket",
    )


def kilobytes(
    clients: Crowd, target: Target, market_id: int, *, sockets: int
) -> tuple[float, float]:
    """Return how much the server grew for each of a tenth of the sockets, and for each of all."""
    try:
        before = _with_more(clients, target, market_id, FIRST)
        tenth = _with_more(clients, target, market_id, sockets // 10)
        full = _with_more(clients, target, market_id, sockets - sockets // 10)
    finally:
        clients.leave()
    return (tenth - before) / KB / (sockets // 10), (full - before) / KB / sockets


def _with_more(clients: Crowd, target: Target, market_id: int, count: int) -> int:
    clients.join(target, Wish([[market_id]], count=count))
    time.sleep(SETTLE_SECONDS)
    return target.memory()

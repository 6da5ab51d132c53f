"""Ten times as many idle sockets as other rows have, on one process: memory, CPU, and one update.

Each follows one market, nothing happens, and clients answer the server's pings. Then one price
moves, and everybody gets it.
"""

import time
from collections.abc import Iterator

from bench import bulk, harness, serving
from bench.crowds import Wish, crowd
from bench.feeding import OurFeed
from bench.harness import Options, Result

TIMES = 10
KB = 1000
KB_MAX = 35.0
# Of a core: pings and the comparisons of each second.
SHARE_MAX = 0.1
FIRST = 20
# What was allocated for the handshakes and isn't kept.
SETTLE_SECONDS = 2.0
# By default as long as two of the server's pings are apart.
PINGS = 6


def run(options: Options) -> Iterator[Result]:
    sockets = TIMES * options.sockets
    with harness.servers(), crowd() as clients, serving.ours() as target:
        market_id = bulk.open_market().pk
        clients.join(target, Wish([[market_id]], count=FIRST))
        time.sleep(SETTLE_SECONDS)
        before = target.memory()
        clients.join(target, Wish([[market_id]], count=sockets - FIRST))
        time.sleep(SETTLE_SECONDS)
        grown = (target.memory() - before) / KB / (sockets - FIRST)

        began, cpu_began = time.monotonic(), target.cpu_seconds()
        time.sleep(options.seconds * PINGS)
        share = (target.cpu_seconds() - cpu_began) / (time.monotonic() - began)

        clients.begin()
        seen = clients.report(OurFeed().publish([market_id]))
        clients.leave()
    yield Result(
        row=f"memory of {sockets:,} idle sockets on one process",
        figure=grown,
        unit="kB a socket",
        bar=f"≤ {KB_MAX:.0f} kB",
        met=grown <= KB_MAX,
    )
    yield Result(
        row=f"{sockets:,} idle sockets: the process's CPU",
        figure=100 * share,
        unit="% of a core",
        bar=f"≤ {100 * SHARE_MAX:.0f} %",
        met=share <= SHARE_MAX,
    )
    wrong = seen.expected - seen.delivered + seen.gaps + seen.repeats + seen.lost
    yield Result(
        row=f"{sockets:,} idle sockets: lost or double of one update",
        figure=wrong,
        unit="deliveries",
        bar="0",
        met=wrong == 0,
        seen={"ms until the last one had it": seen.max_ms, "p50 ms": seen.p50_ms},
    )

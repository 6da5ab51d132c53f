"""Everybody comes back at once, each fifty updates behind on five markets, while odds move on.

Against the same storm of clients that only subscribe. Each update must come once and in order,
and nobody may be given a whole state in place of what was missed.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench import bulk, harness, serving
from bench.crowds import Crowd, Seen, Wish, crowd
from bench.feeding import OurFeed
from bench.harness import Options, Result
from bench.serving import Target
from markets import selectors

MARKETS = 5
BEHIND = 50
PER_SECOND = 20.0
RATIO_MAX = 3.0


@dataclass(frozen=True, slots=True)
class Storm:
    """How one storm went."""

    # Until each client had its acknowledgement, and with it all that it had missed.
    seconds: float
    cpu_seconds: float
    # Until the last update that was made meanwhile had come too.
    seen: Seen


def run(options: Options) -> Iterator[Result]:
    resumed: list[Storm] = []
    plain: list[Storm] = []
    tenth: list[Storm] = []
    with harness.servers(), crowd() as clients, serving.ours() as target:
        feed = OurFeed()
        markets = [bulk.open_market().pk for _ in range(MARKETS)]
        for market_id in markets:
            feed.publish([market_id] * BEHIND)

        def storm(found: list[Storm], *, sockets: int, resume: bool) -> None:
            found.append(stormed(clients, target, feed, markets, sockets=sockets, resume=resume))

        storm([], sockets=options.sockets // 10, resume=True)
        for number in range(options.rounds):
            turns = [(resumed, True), (plain, False)]
            for found, resume in turns if number % 2 else reversed(turns):
                storm(found, sockets=options.sockets, resume=resume)
            storm(tenth, sockets=options.sockets // 10, resume=True)
    ratio = median(a.seconds / b.seconds for a, b in zip(resumed, plain, strict=True))
    yield Result(
        row=f"{options.sockets:,} sockets resume {BEHIND} updates of {MARKETS} markets at once",
        figure=median(storm.seconds for storm in resumed),
        unit="s",
        yardstick=median(storm.seconds for storm in plain),
        ratio=ratio,
        bar=f"≤ {RATIO_MAX:.0f} x without resume",
        met=ratio <= RATIO_MAX,
        seen={
            "resumed": [shown(storm) for storm in resumed],
            "without": [shown(storm) for storm in plain],
        },
    )
    yield no_gap([storm.seen for storm in (*resumed, *plain, *tenth)])
    yield harness.growth(
        f"resume, sockets {options.sockets // 10} and {options.sockets:,}",
        small=median(1e3 * storm.cpu_seconds for storm in tenth) / (options.sockets // 10),
        large=median(1e3 * storm.cpu_seconds for storm in resumed) / options.sockets,
        unit="ms of CPU a socket",
        tenth=[shown(storm) for storm in tenth],
    )


def stormed(
    clients: Crowd,
    target: Target,
    feed: OurFeed,
    markets: list[int],
    *,
    sockets: int,
    resume: bool,
) -> Storm:
    """Let everybody connect at once while odds move; see that each catches up."""
    offsets = {pk: seq - BEHIND for pk, seq in selectors.heads(markets).items()} if resume else {}
    wish = Wish([markets], count=sockets, offsets=offsets, at_once=sockets)
    try:
        with moving(feed, markets):
            before = target.cpu_seconds()
            joined = clients.join(target, wish)
            used = target.cpu_seconds() - before
        seen = clients.catch_up(selectors.heads(markets))
    finally:
        clients.leave()
    return Storm(joined.seconds, used, seen)


@contextmanager
def moving(feed: OurFeed, markets: list[int]) -> Iterator[None]:
    """Move the odds of one market after the other within the block."""
    ended = threading.Event()

    def move() -> None:
        turn = 0
        while not ended.wait(1 / PER_SECOND):
            feed.publish([markets[turn % len(markets)]])
            turn += 1

    thread = threading.Thread(target=move)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def no_gap(storms: list[Seen]) -> Result:
    wrong = sum(one.gaps + one.repeats + one.resyncs + one.lost + one.behind for one in storms)
    return Result(
        row=f"resuming: gaps, repeats or resyncs in {sum(one.delivered for one in storms):,}",
        figure=wrong,
        unit="updates",
        bar="0",
        met=wrong == 0,
    )


def shown(storm: Storm) -> dict[str, Any]:
    return {
        "s": storm.seconds,
        "s of CPU": storm.cpu_seconds,
        "delivered": storm.seen.delivered,
        "load generator's core": storm.seen.share,
    }

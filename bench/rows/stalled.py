"""A thousand sockets on one market while one more in a hundred reads nothing.

Those who read nothing have full connections before the others come. The others must not notice,
and the server must hold no more and no more for them.
"""

from collections.abc import Iterator
from statistics import median

from bench import bulk, harness, serving
from bench.crowds import Crowd, Wish, crowd
from bench.feeding import Figures, OurFeed, delivered, drive, whole
from bench.harness import MemoryWatch, Options, Result
from bench.serving import Target

PER_SECOND = 20.0
ONE_IN = 100
P99_MAX = 1.2
# What Python's allocator may take for a round, whoever reads.
FLAT_BYTES = 4 << 20
MB = 1 << 20
# Fills any connection: the kernel takes a quarter of a megabyte of it.
FILLING = 25
FILLING_AT_ONCE = 50
FILLING_PER_SECOND = 20.0
FULL_BYTES = 100_000
# A client that reads nothing is sent away after 20 s, of which the filling takes some.
SECONDS_MAX = 12.0


def run(options: Options) -> Iterator[Result]:
    alone: list[Figures] = []
    beside: list[Figures] = []
    grown: list[int] = []
    seconds = min(options.seconds, SECONDS_MAX)
    with (
        harness.servers(),
        crowd() as readers,
        crowd() as others,
        serving.ours() as target,
    ):
        market_id, feed = bulk.open_market().pk, OurFeed()

        def measured(found: list[Figures]) -> int:
            readers.join(target, Wish([[market_id]], count=options.sockets))
            turns = [[market_id]] * max(1, round(seconds * PER_SECOND))
            with MemoryWatch(target.process.pid) as watch:
                found.append(delivered(readers, target, feed, turns, per_second=PER_SECOND))
            readers.leave()
            return watch.grown

        measured([])
        for _ in range(options.rounds):
            measured(alone)
            stalled = stall(others, target, feed, market_id, count=_count(options))
            grown.append(measured(beside))
            still = sum(held > FULL_BYTES for held in target.unsent().values())
            assert still == stalled, f"{still} of {stalled} clients were stalled to the end"
            others.leave()
    ratio = median(b.seen.p99_ms / a.seen.p99_ms for a, b in zip(alone, beside, strict=True))
    yield Result(
        row=f"p99 of {options.sockets:,} sockets beside {_count(options)} that read nothing",
        figure=median(figures.seen.p99_ms for figures in beside),
        unit="ms",
        yardstick=median(figures.seen.p99_ms for figures in alone),
        ratio=ratio,
        bar=f"≤ {P99_MAX} x without those",
        met=ratio <= P99_MAX,
        seen={
            "alone": [figures.shown() for figures in alone],
            "beside": [figures.shown() for figures in beside],
        },
    )
    yield Result(
        row="sockets that read nothing: the server's memory",
        figure=max(grown) / MB,
        unit="MB more",
        bar=f"flat: ≤ {FLAT_BYTES / MB:.0f} MB",
        met=max(grown) <= FLAT_BYTES,
    )
    yield whole("beside sockets that read nothing", beside)


def stall(others: Crowd, target: Target, feed: OurFeed, market_id: int, *, count: int) -> int:
    """Connect clients that read nothing, and fill their connections. Return how many are full."""
    others.join(target, Wish([[market_id]], count=count, stalled=True))
    drive(feed.publish, [[market_id] * FILLING_AT_ONCE] * FILLING, per_second=FILLING_PER_SECOND)
    full = sum(held > FULL_BYTES for held in target.unsent().values())
    assert full == count, f"{full} of {count} connections are full"
    return full


def _count(options: Options) -> int:
    return max(1, options.sockets // ONE_IN)

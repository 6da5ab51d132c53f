"""Bursts of a hundred updates to a thousand sockets, joined (`options.batch`) and one by one."""

from collections.abc import Iterator
from statistics import median

from bench import bulk, harness, serving
from bench.crowds import Crowd, Wish, crowd
from bench.feeding import Figures, OurFeed, fanned_out, whole
from bench.harness import Options, Result
from bench.serving import Target

UPDATES = 100
RATIO_MAX = 1 / 3
# Time for a thousand sockets to get a hundred updates each.
PER_SECOND = 0.5


def run(options: Options) -> Iterator[Result]:
    joined: list[Figures] = []
    single: list[Figures] = []
    tenth: list[Figures] = []
    with harness.servers(), crowd() as clients, serving.ours() as target:
        feed = OurFeed()

        def burst(found: list[Figures], *, sockets: int, batch: bool) -> None:
            found.append(
                bursts(clients, target, feed, sockets=sockets, batch=batch, options=options)
            )

        burst([], sockets=options.sockets, batch=True)
        for _ in range(options.rounds):
            burst(joined, sockets=options.sockets, batch=True)
            burst(single, sockets=options.sockets, batch=False)
            burst(tenth, sockets=options.sockets // 10, batch=True)
    ratio = median(a.cost / b.cost for a, b in zip(joined, single, strict=True))
    yield Result(
        row=f"bursts of {UPDATES} updates to {options.sockets:,} sockets, joined",
        figure=median(figures.cost for figures in joined),
        unit="µs of CPU an update",
        yardstick=median(figures.cost for figures in single),
        ratio=ratio,
        bar="≤ 1/3 of one by one",
        met=ratio <= RATIO_MAX,
        seen={
            "joined": [figures.shown() for figures in joined],
            "one by one": [figures.shown() for figures in single],
        },
    )
    yield whole("joined frames", joined)
    yield whole("bursts, one by one", single)
    yield harness.growth(
        f"joined frames, sockets {options.sockets // 10} and {options.sockets:,}",
        small=median(figures.cost for figures in tenth),
        large=median(figures.cost for figures in joined),
        unit="µs an update",
        tenth=[figures.shown() for figures in tenth],
    )


def bursts(
    clients: Crowd, target: Target, feed: OurFeed, *, sockets: int, batch: bool, options: Options
) -> Figures:
    """Send so many bursts as fit, each stored in one transaction."""
    # A market of its own: nothing is left of the round before.
    market_id = bulk.open_market().pk
    return fanned_out(
        clients,
        target,
        feed,
        Wish([[market_id]], count=sockets, batch=batch),
        [[market_id] * UPDATES] * max(1, round(options.seconds * PER_SECOND)),
        per_second=PER_SECOND,
    )

"""Two hundred markets of two updates a second each; each of five hundred sockets follows twenty.

As many deliveries a second as in the row `fanout`, from twenty times as many updates.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from bench import bulk, harness, serving
from bench.crowds import Wish, crowd
from bench.feeding import Feed, Figures, OurFeed, PeerFeed, fanned_out, whole
from bench.harness import Options, Result
from bench.serving import Target

MARKETS = 200
FOLLOWED = 20
PER_SECOND_EACH = 2
TURNS_PER_SECOND = 20
AT_ONCE = MARKETS * PER_SECOND_EACH // TURNS_PER_SECOND
# Overlapping windows over all markets.
STEP = 5
WARM_UP_SECONDS = 1.0
RATIO_MAX = 1.2


def run(options: Options) -> Iterator[Result]:
    sockets = options.sockets // 2
    rounds: dict[str, list[Figures]] = {"kmarket": [], "ws": []}
    with harness.servers(), crowd() as clients, ExitStack() as stack:
        markets = [bulk.open_market().pk for _ in range(MARKETS)]
        runners: list[tuple[Target, Feed]] = [
            (stack.enter_context(serving.ours()), OurFeed()),
            (stack.enter_context(serving.node("ws")), PeerFeed()),
        ]

        def measured(target: Target, feed: Feed, *, count: int, seconds: float) -> Figures:
            wish = Wish(windows(markets), count=count)
            turns = [
                [markets[(turn * AT_ONCE + place) % MARKETS] for place in range(AT_ONCE)]
                for turn in range(max(1, round(seconds * TURNS_PER_SECOND)))
            ]
            return fanned_out(clients, target, feed, wish, turns, per_second=TURNS_PER_SECOND)

        for runner in runners:
            measured(*runner, count=sockets, seconds=WARM_UP_SECONDS)
        for number in range(options.rounds):
            for target, feed in runners if number % 2 else reversed(runners):
                figures = measured(target, feed, count=sockets, seconds=options.seconds)
                rounds[target.name].append(figures)
        tenth = [
            measured(*runners[0], count=max(1, sockets // 10), seconds=options.seconds)
            for _ in range(options.rounds)
        ]
    ours, peers = rounds["kmarket"], rounds["ws"]
    ratio = median(a.cost / b.cost for a, b in zip(ours, peers, strict=True))
    yield Result(
        row=f"{MARKETS} markets to {sockets} sockets with {FOLLOWED} each, beside Node ws",
        figure=median(figures.cost for figures in ours),
        unit="µs of CPU a delivery",
        yardstick=median(figures.cost for figures in peers),
        ratio=ratio,
        bar=f"≤ {RATIO_MAX} x",
        met=ratio <= RATIO_MAX,
        seen={name: [figures.shown() for figures in found] for name, found in rounds.items()},
    )
    yield whole("many markets", ours)
    yield harness.growth(
        f"many markets, sockets {sockets // 10} and {sockets}",
        small=median(figures.cost for figures in tenth),
        large=median(figures.cost for figures in ours),
        unit="µs a delivery",
        tenth=[figures.shown() for figures in tenth],
    )


def windows(markets: list[int]) -> list[list[int]]:
    """Return what clients follow: FOLLOWED markets each, beginning STEP further each time."""
    return [
        [markets[(start + place) % len(markets)] for place in range(FOLLOWED)]
        for start in range(0, len(markets), STEP)
    ]

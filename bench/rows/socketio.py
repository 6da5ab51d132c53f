"""Socket.IO to a thousand clients, beside Node's own Socket.IO server.

Once one market moves by itself, slower than the tick, so that each update is one event on both
sides. And once many markets move together: Node's server sends an event for each, ours one for all
that moved within a tick. What counts is the server's CPU for each update that reaches a client.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from bench import bulk, harness, serving
from bench.crowds import Crowd, Wish, crowd
from bench.feeding import Feed, Figures, OurFeed, PeerFeed, fanned_out
from bench.harness import Options, Result
from bench.serving import Target

# One market: below the 20 ticks of a second.
PER_SECOND = 10.0
# Many of them: so often, all together; each client follows some.
TOGETHER_PER_SECOND = 2.0
MARKETS = 100
FOLLOWED = 20
TOGETHER_SOCKETS = 0.5
WARM_UP_SECONDS = 1.0
RATIO_MAX = 1.2


@dataclass(frozen=True, slots=True)
class Work:
    """What moves, how often, and who follows what."""

    name: str
    wish: Wish
    markets: Sequence[int]
    per_second: float

    def round(self, clients: Crowd, target: Target, feed: Feed, *, seconds: float) -> Figures:
        turns = [list(self.markets)] * max(1, round(seconds * self.per_second))
        return fanned_out(clients, target, feed, self.wish, turns, per_second=self.per_second)


def run(options: Options) -> Iterator[Result]:
    with harness.servers(), crowd() as clients, ExitStack() as stack:
        market_ids = [bulk.open_market().pk for _ in range(MARKETS)]
        rows = [
            [market_ids[(first + step) % MARKETS] for step in range(FOLLOWED)]
            for first in range(MARKETS)
        ]
        together = max(1, round(options.sockets * TOGETHER_SOCKETS))
        works = [
            Work(
                f"Socket.IO to {options.sockets:,} clients",
                Wish([[market_ids[0]]], count=options.sockets),
                market_ids[:1],
                PER_SECOND,
            ),
            Work(
                f"Socket.IO, {MARKETS} markets together to {together} clients with {FOLLOWED} each",
                Wish(rows, count=together),
                market_ids,
                TOGETHER_PER_SECOND,
            ),
        ]
        runners: list[tuple[Target, Feed]] = [
            (stack.enter_context(serving.ours(socketio=True)), OurFeed()),
            (stack.enter_context(serving.node("socketio", socketio=True)), PeerFeed()),
        ]
        for work in works:
            yield from measured(work, clients, runners, options)


def measured(
    work: Work, clients: Crowd, runners: list[tuple[Target, Feed]], options: Options
) -> Iterator[Result]:
    rounds: dict[str, list[Figures]] = {target.name: [] for target, _ in runners}
    for target, feed in runners:
        work.round(clients, target, feed, seconds=WARM_UP_SECONDS)
    for number in range(options.rounds):
        for target, feed in runners if number % 2 else reversed(runners):
            figures = work.round(clients, target, feed, seconds=options.seconds)
            rounds[target.name].append(figures)
    ours, theirs = rounds["kmarket"], rounds["socketio"]
    ratio = median(a.cost / b.cost for a, b in zip(ours, theirs, strict=True))
    yield Result(
        row=f"{work.name}, beside Node's",
        figure=median(figures.cost for figures in ours),
        unit="µs of CPU a delivery",
        yardstick=median(figures.cost for figures in theirs),
        ratio=ratio,
        bar=f"≤ {RATIO_MAX} x",
        met=ratio <= RATIO_MAX,
        seen={name: [figures.shown() for figures in found] for name, found in rounds.items()},
    )
    # With the tick of 50 ms, which Node's server hasn't.
    yield Result(
        row=f"{work.name}, p99 from commit to client",
        figure=median(figures.seen.p99_ms for figures in ours),
        unit="ms",
        yardstick=median(figures.seen.p99_ms for figures in theirs),
    )
    # What stands for several is no loss here: the newest of each market is what is promised.
    seen = [figures.seen for figures in ours]
    wrong = sum(abs(one.expected - one.delivered) + one.gaps + one.repeats for one in seen)
    yield Result(
        row=f"{work.name}: lost or double of {sum(one.expected for one in seen):,}",
        figure=wrong,
        unit="updates",
        bar="0",
        met=wrong == 0,
    )

"""One market's updates to a thousand sockets, beside Node `ws`, Socket.IO and stock Channels.

Ours go the whole way: a service stores the price, the publisher publishes it, the consumer's hub
sends it to clients with sessions, each seq once. What counts is the server's CPU for each update
that reaches a client, and how late the last percent of them comes.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from bench import bulk, harness, serving
from bench.crowds import Crowd, Wish, crowd
from bench.feeding import Feed, Figures, GroupFeed, OurFeed, PeerFeed, fanned_out, whole
from bench.harness import Options, Result
from bench.serving import Target

PER_SECOND = 20.0
# Stock Channels would fall behind at the full pace, and be measured with its queues.
CHANNELS_PER_SECOND = 2.0
WARM_UP_SECONDS = 1.0
WS_MAX = 1.2
SOCKETIO_MAX = 1.0
CHANNELS_MAX = 1 / 15
P99_MAX = 1.5


@dataclass(frozen=True, slots=True)
class Runner:
    """A server, who feeds it, and at what pace."""

    target: Target
    feed: Feed
    per_second: float = PER_SECOND

    def round(self, clients: Crowd, market_id: int, *, sockets: int, seconds: float) -> Figures:
        wish = Wish([[market_id]], count=sockets)
        turns = [[market_id]] * max(1, round(seconds * self.per_second))
        return fanned_out(clients, self.target, self.feed, wish, turns, per_second=self.per_second)


def run(options: Options) -> Iterator[Result]:
    with harness.servers(), crowd() as clients, ExitStack() as stack:
        market_id = bulk.open_market().pk
        groups = stack.enter_context(GroupFeed())
        runners = [
            Runner(stack.enter_context(serving.ours()), OurFeed()),
            Runner(stack.enter_context(serving.node("ws")), PeerFeed()),
            Runner(stack.enter_context(serving.node("socketio", socketio=True)), PeerFeed()),
            Runner(
                stack.enter_context(serving.python("channels_group")), groups, CHANNELS_PER_SECOND
            ),
        ]
        rounds: dict[str, list[Figures]] = {runner.target.name: [] for runner in runners}
        for runner in runners:
            runner.round(clients, market_id, sockets=options.sockets, seconds=WARM_UP_SECONDS)
        for number in range(options.rounds):
            for runner in runners if number % 2 else reversed(runners):
                rounds[runner.target.name].append(
                    runner.round(
                        clients, market_id, sockets=options.sockets, seconds=options.seconds
                    )
                )
        tenth = [
            runners[0].round(
                clients, market_id, sockets=options.sockets // 10, seconds=options.seconds
            )
            for _ in range(options.rounds)
        ]
    yield from lines(rounds, options)
    yield harness.growth(
        f"fan-out, sockets {options.sockets // 10} and {options.sockets:,}",
        small=median(figures.cost for figures in tenth),
        large=median(figures.cost for figures in rounds["kmarket"]),
        unit="µs a delivery",
        tenth=[figures.shown() for figures in tenth],
    )


def lines(rounds: dict[str, list[Figures]], options: Options) -> Iterator[Result]:
    ours = rounds["kmarket"]
    seen = {name: [figures.shown() for figures in found] for name, found in rounds.items()}
    for peer, words, most, bar in (
        ("ws", "Node ws", WS_MAX, f"≤ {WS_MAX} x"),
        ("socketio", "Socket.IO", SOCKETIO_MAX, "below it"),
        ("channels_group", "stock Channels", CHANNELS_MAX, "≤ 1/15"),
    ):
        ratio = median(a.cost / b.cost for a, b in zip(ours, rounds[peer], strict=True))
        yield Result(
            row=f"fan-out to {options.sockets:,} sockets, beside {words}",
            figure=median(figures.cost for figures in ours),
            unit="µs of CPU a delivery",
            yardstick=median(figures.cost for figures in rounds[peer]),
            ratio=ratio,
            bar=bar,
            met=ratio <= most,
            seen=seen if peer == "ws" else {},
        )
    ratio = median(a.seen.p99_ms / b.seen.p99_ms for a, b in zip(ours, rounds["ws"], strict=True))
    yield Result(
        row="fan-out, p99 from commit to client, beside Node ws",
        figure=median(figures.seen.p99_ms for figures in ours),
        unit="ms",
        yardstick=median(figures.seen.p99_ms for figures in rounds["ws"]),
        ratio=ratio,
        bar=f"≤ {P99_MAX} x",
        met=ratio <= P99_MAX,
    )
    yield whole("fan-out", ours)

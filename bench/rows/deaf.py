"""A peer that reads nothing, under a thousand updates a second: what it makes the server hold.

Held is by how much the process grew and what the kernel keeps to send, for each of some such
peers; and until when: until neither the process nor the kernel knows of their connections.
This takes as long as the server's patience, about 20 s, whatever the options say.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench import bulk, harness, serving
from bench.crowds import Crowd, Wish, crowd
from bench.feeding import OurFeed, delivered
from bench.harness import MemoryWatch, Options, Result
from bench.serving import Target
from markets import wire
from markets.models import OddsUpdate
from oddsfeed import protocol

PEERS = 20
AT_ONCE = 50
TURNS_PER_SECOND = 20
MB = 1_000_000
MB_MAX = 0.5
SECONDS_MAX = 30.0
GIVE_UP_SECONDS = 60.0
POLL_SECONDS = 0.1
# So that the ring of the market's latest updates, and what else is everybody's, is there already.
WARM_UP_TURNS = 40


@dataclass(slots=True)
class Held:
    """What the server held for all peers together, at most, and how long."""

    process_bytes: int = 0
    kernel_bytes: int = 0
    seconds: float = 0.0


def run(options: Options) -> Iterator[Result]:
    with (
        harness.servers(),
        crowd() as reader,
        crowd() as deaf,
        serving.ours() as target,
    ):
        market_id, feed = bulk.open_market().pk, OurFeed()
        reader.join(target, Wish([[market_id]], count=1))
        turns = [[market_id] * AT_ONCE] * WARM_UP_TURNS
        delivered(reader, target, feed, turns, per_second=TURNS_PER_SECOND)
        held = hold(deaf, target, feed, market_id)
        newest = OddsUpdate.objects.filter(market_id=market_id).latest("seq")
        size = len(protocol.update(wire.update_message(newest)))
    each = (held.process_bytes + held.kernel_bytes) / PEERS / MB
    yield Result(
        row=f"a peer that reads nothing of {AT_ONCE * TURNS_PER_SECOND:,} updates a second",
        figure=each,
        unit="MB held",
        bar=f"≤ {MB_MAX} MB",
        met=each <= MB_MAX,
        seen={
            "peers": PEERS,
            "bytes an update": size,
            "MB of the process": held.process_bytes / PEERS / MB,
            "MB of the kernel": held.kernel_bytes / PEERS / MB,
        },
    )
    yield Result(
        row="a peer that reads nothing is gone after",
        figure=held.seconds,
        unit="s",
        bar=f"≤ {SECONDS_MAX:.0f} s",
        met=held.seconds <= SECONDS_MAX,
    )


def hold(deaf: Crowd, target: Target, feed: OurFeed, market_id: int) -> Held:
    """Connect peers that read nothing, and watch the server until it knows of none of them."""
    held = Held()
    known = set(target.unsent())
    with MemoryWatch(target.process.pid) as watch:
        deaf.join(target, Wish([[market_id]], count=PEERS, stalled=True))
        begin = time.monotonic()
        with moving(feed, market_id):
            while held.seconds < GIVE_UP_SECONDS:
                queues = {port: size for port, size in target.unsent().items() if port not in known}
                held.seconds = time.monotonic() - begin
                held.kernel_bytes = max(held.kernel_bytes, sum(queues.values()))
                if not queues:
                    break
                time.sleep(POLL_SECONDS)
    held.process_bytes = watch.grown
    return held


@contextmanager
def moving(feed: OurFeed, market_id: int) -> Iterator[None]:
    """Publish AT_ONCE updates TURNS_PER_SECOND times a second within the block."""
    ended = threading.Event()

    def move() -> None:
        due = time.monotonic()
        while not ended.wait(max(0.0, due - time.monotonic())):
            feed.publish([market_id] * AT_ONCE)
            due += 1 / TURNS_PER_SECOND

    thread = threading.Thread(target=move)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()

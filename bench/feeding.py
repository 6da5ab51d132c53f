"""Who moves odds: our own services, or for a peer the same text from the same Valkey.

A feed notes of each update when it set out: ours at the commit, before anything is published; a
peer's just before it is. By the monotonic clock, which the clients of a crowd share.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

import redis
from channels.layers import get_channel_layer
from django.conf import settings
from django.utils import timezone

from bench.bulk import PRICES
from bench.crowds import Crowd, Seen, Wish
from bench.harness import Result
from bench.serving import Target
from markets import bulk, history, wire
from markets.feed_rows import FeedRow
from markets.lifecycle import MarketStatus
from markets.models import OddsUpdate
from markets.odds import Moneyline, Odds
from markets.signals import odds_changed
from oddsfeed import protocol, publisher

# Market, seq, when.
Sent = tuple[int, int, float]


class Feed(Protocol):
    """Moves odds: each of these markets once, or as often as it is named."""

    def publish(self, markets: Sequence[int]) -> list[Sent]: ...


class OurFeed:
    """Stores prices as a feed's, by the service that is behind `ingest_odds` and `odds/bulk`."""

    def __init__(self) -> None:
        self._moves: dict[int, int] = defaultdict(int)
        self._sent: list[Sent] = []
        # Receivers are called in the order in which they connected: ours is to be the first.
        odds_changed.disconnect(dispatch_uid="oddsfeed.publish_odds")
        odds_changed.connect(self._note, dispatch_uid="bench.note")
        publisher.connect()

    def publish(self, markets: Sequence[int]) -> list[Sent]:
        # What was made by other means meanwhile, such as a market's first prices.
        self._sent = []
        rows = [FeedRow(n, pk, None, self._next(pk)) for n, pk in enumerate(markets, start=1)]
        report = bulk.apply_prices(feed="bench", rows=rows, actor=None)
        assert report.applied == len(rows), report
        return self._sent

    def _next(self, market_id: int) -> dict[str, Moneyline]:
        self._moves[market_id] += 1
        # Back and forth by a hundredth: each one is a change.
        home = Odds(PRICES.moneyline.home.hundredths + self._moves[market_id] % 2)
        return {"moneyline": Moneyline(home, PRICES.moneyline.away, PRICES.moneyline.draw)}

    def _note(self, updates: tuple[OddsUpdate, ...], **_: Any) -> None:
        now = time.monotonic()
        self._sent += [(update.market_id, update.seq, now) for update in updates]


class PeerFeed:
    """Publishes frames like ours to the channels that the peers in Node listen to."""

    def __init__(self) -> None:
        self._seqs: dict[int, int] = defaultdict(int)
        self._valkey = redis.Redis.from_url(settings.REDIS_URL)

    def publish(self, markets: Sequence[int]) -> list[Sent]:
        pipeline = self._valkey.pipeline(transaction=False)
        numbered = []
        for pk in markets:
            self._seqs[pk] += 1
            numbered.append((pk, self._seqs[pk]))
            pipeline.publish(f"peer:{pk}", protocol.update(_message(pk, self._seqs[pk])))
        now = time.monotonic()
        pipeline.execute()
        return [(pk, seq, now) for pk, seq in numbered]


class GroupFeed:
    """Sends to Channels' groups."""

    def __init__(self) -> None:
        self._seqs: dict[int, int] = defaultdict(int)
        self._runner = asyncio.Runner()
        self._layer = get_channel_layer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        self._runner.run(self._layer.close_pools())
        self._runner.close()

    def publish(self, markets: Sequence[int]) -> list[Sent]:
        return self._runner.run(self._publish(markets))

    async def _publish(self, markets: Sequence[int]) -> list[Sent]:
        sent = []
        for pk in markets:
            self._seqs[pk] += 1
            message = {"type": "odds", "message": _message(pk, self._seqs[pk])}
            sent.append((pk, self._seqs[pk], time.monotonic()))
            await self._layer.group_send(f"market.{pk}", message)
        return sent


@dataclass(frozen=True, slots=True)
class Figures:
    """One round on one server."""

    # µs of the server's CPU for each update that reached a client.
    cost: float
    seen: Seen

    def shown(self) -> dict[str, float]:
        """Return what is worth keeping of a round."""
        return {
            "µs a delivery": self.cost,
            "p50 ms": self.seen.p50_ms,
            "p99 ms": self.seen.p99_ms,
            "delivered": self.seen.delivered,
            "of": self.seen.expected,
            "load generator's core": self.seen.share,
        }


def delivered(
    crowd: Crowd, target: Target, feed: Feed, turns: Iterable[Sequence[int]], *, per_second: float
) -> Figures:
    """Publish these turns at this pace to clients who are there, and wait until they have all."""
    crowd.begin()
    before = target.cpu_seconds()
    sent = drive(feed.publish, turns, per_second=per_second)
    seen = crowd.report(sent)
    used = target.cpu_seconds() - before
    return Figures(1e6 * used / max(seen.delivered, 1), seen)


def fanned_out(
    crowd: Crowd,
    target: Target,
    feed: Feed,
    wish: Wish,
    turns: Iterable[Sequence[int]],
    *,
    per_second: float,
) -> Figures:
    """Connect clients, publish to them, disconnect them."""
    crowd.join(target, wish)
    try:
        return delivered(crowd, target, feed, turns, per_second=per_second)
    finally:
        crowd.leave()


def whole(work: str, rounds: Sequence[Figures]) -> Result:
    """Say how many deliveries were lost, doubled, out of order, or stood for several updates."""
    seen = [figures.seen for figures in rounds]
    wrong = sum(
        abs(one.expected - one.delivered) + one.gaps + one.repeats + one.collapsed for one in seen
    )
    return Result(
        row=f"{work}: lost or double of {sum(one.expected for one in seen):,}",
        figure=wrong,
        unit="updates",
        bar="0",
        met=wrong == 0,
        seen={"load generator's core": max(one.share for one in seen)},
    )


def drive(
    publish: Callable[[Sequence[int]], list[Sent]],
    turns: Iterable[Sequence[int]],
    *,
    per_second: float,
) -> list[Sent]:
    """Take turns in publishing at this pace, whatever each one takes."""
    sent = []
    begin = time.perf_counter()
    for number, markets in enumerate(turns):
        ahead = begin + number / per_second - time.perf_counter()
        if ahead > 0:
            time.sleep(ahead)
        sent += publish(markets)
    return sent


def _message(market_id: int, seq: int) -> dict[str, Any]:
    now = timezone.now()
    update = OddsUpdate(
        market_id=market_id,
        seq=seq,
        status=MarketStatus.ACTIVE,
        start_time=now,
        source=OddsUpdate.Source.FEED,
        at=now,
        **history.columns(PRICES),
    )
    return wire.update_message(update)

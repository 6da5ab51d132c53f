"""What the hub asks of the database. Blocking: for the hub's threads, never for an event loop."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections
from psycopg_pool import PoolTimeout

from accounts import access
from accounts.models import User
from betting import selectors as betting_selectors
from betting.models import Balance, Order
from kmarket import epoch
from markets import selectors, wire
from markets.models import Market
from oddsfeed import events, protocol
from oddsfeed.topics import Frame
from trading import selectors as trading_selectors
from trading.api.read_serializers import outlook_answer
from trading.models import Pool

# What a read raises when the database is gone or overloaded.
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class States:
    """Where markets stand. Those that don't exist, or are drafts, are missing."""

    epoch: str
    found: dict[int, Frame]


@dataclass(frozen=True, slots=True)
class Observation:
    """What the hub compares itself with each second."""

    epoch: str
    # The present seq of each market that is there.
    heads: dict[int, int]
    # Sessions that ended lately.
    revoked: frozenset[str]


def apart(read: Callable[..., T], *args: Any) -> T:
    """Call `read` as a unit of work of its own: its connection is sound, and given back after."""
    close_old_connections()
    try:
        return read(*args)
    finally:
        close_old_connections()


def states(market_ids: Collection[int]) -> States:
    """Read where these markets stand. A market without prices stands at seq 0."""
    name = epoch.current()
    markets = list(Market.objects.visible_to(None).filter(pk__in=market_ids))
    latest = selectors.current_updates(markets)
    found = {}
    for market in markets:
        whole = wire.snapshot_message(market, latest.get(market.pk), epoch=name)
        found[market.pk] = (whole["seq"], protocol.update(_as_update(whole)))
    return States(name, found)


def frames_since(market_id: int, seq: int, limit: int) -> list[Frame]:
    """Read at most `limit` updates after `seq`, oldest first."""
    rows = selectors.updates_since(market_id=market_id, seq=seq, limit=limit)
    return [(row.seq, protocol.update(wire.update_message(row))) for row in rows]


def observe(market_ids: Collection[int], revoked_since: datetime) -> Observation:
    """Read the epoch, the heads of these markets, and the sessions revoked since a moment."""
    return Observation(
        epoch=epoch.current(),
        heads=selectors.heads(market_ids) if market_ids else {},
        revoked=frozenset(map(str, access.revoked_since(revoked_since))),
    )


def standings(user_ids: Collection[int]) -> dict[int, events.Standing]:
    """Read the money of each of these users."""
    addresses = dict(User.objects.filter(pk__in=user_ids).values_list("pk", "address"))
    money = betting_selectors.balances(user_ids)
    return {pk: events.Standing(addresses.get(pk), *money[pk]) for pk in user_ids}


def address_of(user_id: int) -> str | None:
    """Read a user's address, None where they have none."""
    return User.objects.values_list("address", flat=True).get(pk=user_id)


def available(user_ids: Collection[int]) -> dict[int, int]:
    """Read what each of these users may stake; who never had anything is missing."""
    found = Balance.objects.filter(pk__in=user_ids)
    return dict(found.values_list("pk", "available"))


def bettors(market_ids: Collection[int], among: Collection[int]) -> set[int]:
    """Read who of these users has bets in any of these markets."""
    found = Order.objects.filter(market_id__in=market_ids, user_id__in=among)
    return set(found.values_list("user_id", flat=True).distinct())


def positions(wanted: Collection[tuple[int, int]]) -> list[tuple[int, str]]:
    """Read each of these positions, (user, market), as GET positions/{marketId} does; return
    (user, its frame)."""
    people = User.objects.in_bulk({user_id for user_id, _ in wanted})
    markets = {market_id for _, market_id in wanted}
    pools = Pool.objects.filter(market__in=markets).select_related("market")
    by_market = {pool.market_id: pool for pool in pools}
    ts = time.time_ns() // 1_000_000
    found = []
    for user_id, market_id in wanted:
        address, pool = people[user_id].address, by_market.get(market_id)
        # A reorganisation may have taken the pool itself.
        if address is not None and pool is not None:
            members = outlook_answer(trading_selectors.outlook(pool, address))
            shown = events.shown(address)
            frame = events.frame(events.POSITION, address=shown, **members, ts=ts)
            found.append((user_id, frame))
    return found


def _as_update(whole: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "odds_update",
        "marketId": whole["marketId"],
        "payload": whole["payload"],
        "seq": whole["seq"],
        "ts": whole["ts"],
    }

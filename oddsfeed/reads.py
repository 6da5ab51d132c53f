"""What the hub asks of the database. Blocking: for the hub's threads, never for an event loop."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections
from psycopg_pool import PoolTimeout

from accounts import access
from kmarket import epoch
from markets import selectors, wire
from markets.models import Market
from oddsfeed import protocol
from oddsfeed.topics import Frame

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


def _as_update(whole: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "odds_update",
        "marketId": whole["marketId"],
        "payload": whole["payload"],
        "seq": whole["seq"],
        "ts": whole["ts"],
    }

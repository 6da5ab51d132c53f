"""Turns what the domain announces into copies in Redis and messages to every hub.

The only module that listens to domain signals. Redis away is nobody's error: the hubs find what
they missed in the database.
"""

import logging
import uuid
from collections.abc import Iterable
from typing import Any

from accounts.signals import session_ended
from kmarket import cache
from markets import caches, wire
from markets.lifecycle import MarketStatus
from markets.models import OddsUpdate
from markets.signals import market_changed, odds_changed
from oddsfeed import line, protocol

logger = logging.getLogger(__name__)

_outage = cache.Outage(logger, "Not published")


def connect() -> None:
    """Listen from now on. Called once, by AppConfig.ready."""
    odds_changed.connect(publish_odds, dispatch_uid="oddsfeed.publish_odds")
    market_changed.connect(drop_active_list, dispatch_uid="oddsfeed.drop_active_list")
    session_ended.connect(tell_sessions, dispatch_uid="oddsfeed.tell_sessions")


def publish_odds(updates: tuple[OddsUpdate, ...], **_: Any) -> None:
    """Renew the copies, then tell the hubs: two round trips, however many updates."""
    public = [update for update in updates if update.status != MarketStatus.DRAFT]
    if not public:
        return
    # A market's later updates come later: of several, only the newest would remain.
    newest = {update.market_id: update for update in public}
    # Copies first: who hears of a price and asks for it gets that price.
    if caches.store(newest.values()):
        _publish((update.market_id, _packed(update)) for update in public)


def drop_active_list(**_: Any) -> None:
    """Forget all copies of markets/active: a market began or ceased to take bets, or was edited."""
    caches.drop_active()
    _publish([(line.THE_LIST, b"")])


def tell_sessions(session_ids: list[uuid.UUID], **_: Any) -> None:
    """Tell the hubs whose sockets to close now; without it they find out within a second."""
    _publish([(line.SESSIONS, " ".join(map(str, session_ids)).encode())])


def _packed(update: OddsUpdate) -> bytes:
    return line.packed(update.seq, protocol.update(wire.update_message(update)))


def _publish(messages: Iterable[tuple[int, bytes]]) -> None:
    try:
        pipeline = cache.redis().pipeline(transaction=False)
        for market_id, data in messages:
            pipeline.publish(line.channel_of(market_id), data)
        pipeline.execute()
    except cache.RedisAway as exc:
        _outage.lasts(exc)
    else:
        _outage.is_over()

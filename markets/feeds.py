"""Feeds that fall silent."""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from markets import history
from markets.lifecycle import Event, MarketStatus
from markets.locks import lock_market
from markets.models import Market
from markets.services import move


def suspend_silent(*, seconds: int) -> list[int]:
    """Suspend the markets whose feed has said nothing for so long; return their ids. 0: never.

    By the database's clock, each in a transaction of its own. The feed's next price resumes them.
    """
    assert not connection.in_atomic_block, "each market is suspended in a transaction of its own"
    silent = Market.objects.filter(
        status=MarketStatus.ACTIVE, feed__heard_at__lt=Now() - timedelta(seconds=seconds)
    )
    suspended = []
    for market_id in silent.order_by("pk").values_list("pk", flat=True) if seconds else ():
        with transaction.atomic():
            market = lock_market(market_id)
            # The feed may have spoken, or somebody acted, while we waited for the lock.
            if silent.filter(pk=market_id).exists():
                move(market, event=Event.SUSPEND, actor=None, reason=history.FEED_SILENT)
                suspended.append(market_id)
    return suspended

"""What waits for an operator, as rows: the home page counts them, the lists show them."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from console import standings
from console.market_rows import Money
from markets.lifecycle import MarketStatus
from markets.models import Feed, Market, OddsUpdate

# A market that is suspended for longer was forgotten, or has a reason that somebody should know.
SUSPENDED_LONG = timedelta(minutes=30)
# Or would, once somebody resumes it.
TAKES_BETS = (MarketStatus.ACTIVE, MarketStatus.SUSPENDED)


def awaiting_result(markets: QuerySet[Market]) -> QuerySet[Market]:
    """Keep what is closed, has begun and has no result. A pool's comes from the chain."""
    closed = markets.filter(kind=Market.Kind.BOOK, status=MarketStatus.CLOSED)
    return closed.filter(start_time__lte=Now())


def near_cap(markets: QuerySet[Market]) -> QuerySet[Market]:
    """Keep what takes bets and whose worst score would cost most of its cap."""
    takes_bets = Market.objects.filter(status__in=TAKES_BETS, liability_cap__isnull=False)
    caps = dict(takes_bets.values_list("pk", "liability_cap"))
    near = [
        pk
        for pk, standing in standings.of(caps).items()
        if Money(standing.staked, standing.worst, caps[pk]).is_near
    ]
    return markets.filter(pk__in=near)


def suspended_long(markets: QuerySet[Market]) -> QuerySet[Market]:
    """Keep what is suspended, and has been for all of the last `SUSPENDED_LONG`."""
    history = OddsUpdate.objects.filter(market_id=OuterRef("pk"))
    before = history.exclude(status=MarketStatus.SUSPENDED).order_by("-seq").values("seq")[:1]
    # The update by which it was suspended.
    first = history.filter(seq=OuterRef("open_until") + 1).values("at")
    suspended = markets.filter(status=MarketStatus.SUSPENDED)
    return suspended.annotate(
        open_until=Coalesce(Subquery(before), 0), suspended_at=Subquery(first)
    ).filter(suspended_at__lt=Now() - SUSPENDED_LONG)


def silent(feeds: QuerySet[Feed]) -> QuerySet[Feed]:
    """Keep what says nothing any more and prices markets that take bets, or would."""
    seconds = settings.FEED_SILENT_SECONDS
    if not seconds:
        return feeds.none()
    waiting = Market.objects.filter(feed=OuterRef("pk"), status__in=TAKES_BETS)
    return feeds.filter(Exists(waiting), heard_at__lt=Now() - timedelta(seconds=seconds))

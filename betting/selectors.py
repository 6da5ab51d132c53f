"""Reads of orders and of the terms of a bet."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import BooleanField, Case, F, FilteredRelation, Q, Sum, Value, When
from django.db.models.functions import Now

from accounts.models import User
from betting import grading, ledger
from betting.models import Order
from kmarket.fields import AMOUNT_MAX
from markets.errors import NoSuchMarket
from markets.lifecycle import MarketStatus
from markets.models import Market, OddsUpdate, Option
from markets.odds import Odds

# Which column of an update holds an option's odds, and which the line that goes with it.
_ODDS_COLUMNS = {
    grading.HOME: ("home", None),
    grading.AWAY: ("away", None),
    grading.DRAW: ("draw", None),
    grading.SPREAD_HOME: ("spread_home", "spread_line_q"),
    grading.SPREAD_AWAY: ("spread_away", "spread_line_q"),
    grading.TOTAL_OVER: ("total_over", "total_line_q"),
    grading.TOTAL_UNDER: ("total_under", "total_line_q"),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a bet on one option would be placed at, at this moment. Stakes in the smallest unit."""

    market_id: int
    option: int
    status: MarketStatus
    start_time: datetime
    is_pool: bool
    is_open: bool
    is_option_suspended: bool
    odds: Odds | None
    line_q: int | None
    three_way: bool
    seq: int
    stake_min: int
    stake_max: int
    user_stake_max: int | None
    liability_cap: int | None


def terms(*, market_id: int, option: int) -> Terms:
    """Return the present terms of one option. Two queries, by the database's clock.

    Raises:
        NoSuchMarket: no market has this id, or it is still a draft.
    """
    before_cut_off = Q(status=MarketStatus.ACTIVE) & (Q(live=True) | Q(start_time__gt=Now()))
    market = (
        Market.objects.visible_to(None)
        .filter(pk=market_id)
        .annotate(
            is_open=Case(
                When(before_cut_off, then=Value(value=True)),
                default=Value(value=False),
                output_field=BooleanField(),
            ),
            chosen=FilteredRelation("options", condition=Q(options__number=option)),
            option_status=F("chosen__status"),
            option_stake_max=F("chosen__stake_max"),
        )
        .first()
    )
    if market is None:
        raise NoSuchMarket(marketId=market_id)
    update = OddsUpdate.objects.filter(market_id=market_id, seq=market.seq).first()
    odds_column, line_column = _ODDS_COLUMNS[option]
    hundredths = getattr(update, odds_column, None)
    return Terms(
        market_id=market_id,
        option=option,
        status=MarketStatus(market.status),
        start_time=market.start_time,
        is_pool=market.kind == Market.Kind.POOL,
        is_open=market.is_open,
        is_option_suspended=market.option_status == Option.Status.SUSPENDED,
        odds=None if hundredths is None else Odds(hundredths),
        line_q=getattr(update, line_column, None) if line_column else None,
        three_way=update is not None and update.draw is not None,
        seq=market.seq,
        stake_min=max(settings.STAKE_MIN, market.stake_min or 0),
        stake_max=_stake_max(market, option_max=market.option_stake_max, hundredths=hundredths),
        user_stake_max=market.user_stake_max,
        liability_cap=market.liability_cap,
    )


def staked_in_market(*, user: User, market_id: int) -> int:
    """Return what a user has staked in a market and not got back as void."""
    orders = Order.objects.filter(user=user, market_id=market_id)
    standing = orders.exclude(result=grading.Result.VOID)
    return int(standing.aggregate(total=Sum("stake"))["total"] or 0)


def balance(*, user: User) -> tuple[int, int]:
    """Return (what the user may stake, what is settled for them and not yet claimed)."""
    owed = Order.objects.filter(user=user).claimable().aggregate(total=Sum("payout"))["total"]
    return ledger.available(user_id=user.pk), int(owed or 0)


def _stake_max(market: Market, *, option_max: int | None, hundredths: int | None) -> int:
    """Return the least of all that bounds one stake; a win must fit a token amount too."""
    payable = AMOUNT_MAX * 100 // (hundredths or 100)
    bounds = [payable, settings.STAKE_MAX or None, market.stake_max, option_max]
    return min(bound for bound in bounds if bound is not None)

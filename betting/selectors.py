"""Reads of orders and of the terms of a bet."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import Sum

from accounts.models import User
from betting import grading
from betting.models import Balance, Order
from kmarket.fields import AMOUNT_MAX
from markets.errors import NoSuchMarket
from markets.lifecycle import MarketStatus
from markets.odds import Odds

# Which column of an update holds an option's odds, and which the line that goes with it.
_ODDS_COLUMNS = {
    grading.HOME: ("home", "NULL"),
    grading.AWAY: ("away", "NULL"),
    grading.DRAW: ("draw", "NULL"),
    grading.SPREAD_HOME: ("spread_home", "u.spread_line_q"),
    grading.SPREAD_AWAY: ("spread_away", "u.spread_line_q"),
    grading.TOTAL_OVER: ("total_over", "u.total_line_q"),
    grading.TOTAL_UNDER: ("total_under", "u.total_line_q"),
}
# Every bet asks this, so it is one statement and not three. Now() of the database, because all
# machines must agree on the cut-off; of the statement, because it may have waited for a lock.
_TERMS = {
    option: f"""
    SELECT m.status, m.start_time, m.kind = 'pool',
        m.status = 'active' AND (m.live OR m.start_time > statement_timestamp()),
        coalesce(o.status = 'suspended', false), u.{odds}, {line}, u.draw IS NOT NULL, m.seq,
        statement_timestamp(),
        m.stake_min, m.stake_max, o.stake_max, m.user_stake_max, m.liability_cap
    FROM markets_market m
    LEFT JOIN markets_oddsupdate u ON u.market_id = m.id AND u.seq = m.seq
    LEFT JOIN markets_option o ON o.market_id = m.id AND o.number = {option}
    WHERE m.id = %s AND m.status <> 'draft'
    """  # noqa: S608 (the pieces are this file's own)
    for option, (odds, line) in _ODDS_COLUMNS.items()
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
    at: datetime
    stake_min: int
    stake_max: int
    user_stake_max: int | None
    liability_cap: int | None


def terms(*, market_id: int, option: int) -> Terms:
    """Return the present terms of one option. One query, by the database's clock.

    Raises:
        NoSuchMarket: no market has this id, or it is still a draft.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TERMS[option], [market_id])
        row = cursor.fetchone()
    if row is None:
        raise NoSuchMarket(marketId=market_id)
    (status, start_time, is_pool, is_open, is_option_suspended), row = row[:5], row[5:]
    (hundredths, line_q, three_way, seq, at), row = row[:5], row[5:]
    stake_min, stake_max, option_max, user_max, cap = (
        None if amount is None else int(amount) for amount in row
    )
    # A win must fit a token amount too.
    payable = AMOUNT_MAX * 100 // (hundredths or 100)
    bounds = [payable, settings.STAKE_MAX or None, stake_max, option_max]
    return Terms(
        market_id=market_id,
        option=option,
        status=MarketStatus(status),
        start_time=start_time,
        is_pool=is_pool,
        is_open=is_open,
        is_option_suspended=is_option_suspended,
        odds=None if hundredths is None else Odds(hundredths),
        line_q=line_q,
        three_way=three_way,
        seq=seq,
        at=at,
        stake_min=max(settings.STAKE_MIN, stake_min or 0),
        stake_max=min(bound for bound in bounds if bound is not None),
        user_stake_max=user_max,
        liability_cap=cap,
    )


def staked_in_market(*, user: User, market_id: int) -> int:
    """Return what a user has staked in a market and not got back as void."""
    orders = Order.objects.filter(user=user, market_id=market_id)
    standing = orders.exclude(result=grading.Result.VOID)
    return int(standing.aggregate(total=Sum("stake"))["total"] or 0)


def balance(*, user: User) -> tuple[int, int]:
    """Return (what the user may stake, what is settled for them and not yet claimed)."""
    return balances([user.pk])[user.pk]


def balances(user_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return what `balance` does, of each of these users. Two queries."""
    rows = Balance.objects.filter(pk__in=user_ids).values_list("pk", "available")
    unclaimed = Order.objects.filter(user_id__in=user_ids).claimable().values("user_id")
    owed = dict(unclaimed.annotate(total=Sum("payout")).values_list("user_id", "total"))
    available = dict(rows)
    return {pk: (available.get(pk, 0), int(owed.get(pk) or 0)) for pk in user_ids}

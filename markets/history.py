"""The next row of a market's history: what `services` stores under the market's lock."""

from functools import partial

from django.db import transaction
from django.db.models import F
from django.utils.text import Truncator

from accounts.models import User
from markets import errors, selectors, signals
from markets.models import Market, OddsUpdate, Option
from markets.odds import Moneyline, Prices, Spread, Total, odds_of

UNPRICED = Prices()
# A column that is filled where the group is on offer.
_COLUMN_OF = {"moneyline": "home", "spread": "spread_home", "total": "total_over"}
# The reason of a suspension that the feed's next price takes back.
FEED_SILENT = "FEED_SILENT"


def present_prices(market: Market) -> Prices:
    """Return what is on offer now."""
    update = selectors.current_update(market)
    return update.prices if update else UNPRICED


def last_prices(market: Market, *, present: Prices, wanted: Prices) -> Prices:
    """Return what the `wanted` groups are compared with: each as it was when last on offer."""
    known = present.groups()
    for name in wanted.groups().keys() - known.keys():
        offered = market.updates.filter(**{f"{_COLUMN_OF[name]}__isnull": False})
        if (last := offered.order_by("-seq").first()) is not None:
            known[name] = last.prices.groups()[name]
    return UNPRICED.changed(known)


def _sides(prices: Prices) -> set[tuple[str, frozenset[str]]]:
    """Return the groups on offer, each with its sides: a moneyline with or without its draw."""
    return {(name, frozenset(odds_of(group))) for name, group in prices.groups().items()}


def offer(market: Market, prices: Prices, *, before: Prices = UNPRICED) -> None:
    """Make sure that each priced side has its option row.

    Raises:
        WaysAreFixed: the moneyline would gain or lose its draw.
    """
    if _sides(prices) <= _sides(before):
        # What was on offer just now has its options.
        return
    offered = set(market.options.values_list("number", flat=True))
    Option.objects.bulk_create(missing_options(market, prices, offered=offered))


def missing_options(market: Market, prices: Prices, *, offered: set[int]) -> list[Option]:
    """Return the options that these prices need beside the numbers `offered`, unsaved.

    Raises:
        WaysAreFixed: the moneyline would gain or lose its draw.
    """
    numbers = Option.Number
    wanted: dict[int, str] = {}
    if prices.moneyline:
        wanted |= {numbers.HOME: market.home_team, numbers.AWAY: market.away_team}
        if prices.moneyline.draw:
            wanted[numbers.DRAW] = "Draw"
    if prices.spread:
        wanted |= {numbers.SPREAD_HOME: market.home_team, numbers.SPREAD_AWAY: market.away_team}
    if prices.total:
        wanted |= {numbers.TOTAL_OVER: "Over", numbers.TOTAL_UNDER: "Under"}

    has_ways = prices.moneyline is not None and numbers.HOME in offered
    if has_ways and (numbers.DRAW in offered) != (numbers.DRAW in wanted):
        raise errors.WaysAreFixed(ways=3 if numbers.DRAW in offered else 2)
    return [
        Option(market=market, number=number, label=label)
        for number, label in wanted.items()
        if number not in offered
    ]


def same_prices(market: Market, *, reason: str, actor: User | None) -> OddsUpdate:
    """Store another change than one of prices: of status, start or result."""
    present = selectors.current_update(market)
    return next_update(
        market,
        prices=present.prices if present else UNPRICED,
        outcome_prices=present.outcome_prices if present else None,
        source=OddsUpdate.Source.AMM if market.is_pool else OddsUpdate.Source.ADMIN,
        reason=reason,
        actor=actor,
    )


def next_update(
    market: Market,
    *,
    prices: Prices,
    source: OddsUpdate.Source,
    reason: str,
    actor: User | None,
    outcome_prices: list[int] | None = None,
) -> OddsUpdate:
    """Store the market's state under the next seq, and announce it after the commit."""
    market.seq += 1
    Market.objects.filter(pk=market.pk).update(seq=F("seq") + 1)
    update = OddsUpdate.objects.create(
        market=market,
        seq=market.seq,
        status=market.status,
        start_time=market.start_time,
        outcome_prices=outcome_prices,
        source=source,
        reason=Truncator(reason).chars(500),
        changed_by=actor,
        **columns(prices),
    )
    transaction.on_commit(
        partial(signals.odds_changed.send_robust, sender=Market, updates=(update,))
    )
    return update


def columns(prices: Prices) -> dict[str, int | None]:
    """Return the prices as an OddsUpdate's columns; what is not on offer has none."""
    columns: dict[str, int | None] = {}
    if isinstance(winner := prices.moneyline, Moneyline):
        columns |= {"home": winner.home.hundredths, "away": winner.away.hundredths}
        columns["draw"] = winner.draw.hundredths if winner.draw else None
    if isinstance(spread := prices.spread, Spread):
        columns["spread_line_q"] = spread.line.quarters
        columns |= {"spread_home": spread.home.hundredths, "spread_away": spread.away.hundredths}
    if isinstance(total := prices.total, Total):
        columns["total_line_q"] = total.line.quarters
        columns |= {"total_over": total.over.hundredths, "total_under": total.under.hundredths}
    return columns


def readable(prices: Prices) -> dict[str, str]:
    """Return the prices for an audit row, such as {"home": "185", "spread_line_q": "-12"}."""
    return {name: str(value) for name, value in columns(prices).items() if value is not None}

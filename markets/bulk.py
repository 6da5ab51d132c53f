"""Thousands of prices a second: a feed's batch, applied in few transactions and few statements.

Same rules as `services.set_odds` for a feed: a group with a negative margin is left out and
reported, a pinned market keeps its prices and the feed's are held back, a price that is there
already changes nothing. A market that was suspended because its feed fell silent is resumed by
the feed's next price.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from django.db import connection, transaction
from django.db.models.functions import Now

from accounts import audit
from accounts.models import User
from kmarket.errors import DomainError
from markets import errors, history, lifecycle, locks, selectors, signals, update_rows
from markets.feed_rows import FeedRow
from markets.lifecycle import MarketStatus
from markets.models import Feed, HeldPrice, Market, OddsUpdate, Option
from markets.odds import Group, Prices, odds_of, overround

# A transaction holds the locks of its markets: bets on them wait until it commits.
ROWS_AT_ONCE = 500

_STORE_MARKETS = """
UPDATE markets_market m SET seq = n.seq, status = n.status, feed_id = %s
FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS n (id, seq, status) WHERE m.id = n.id
"""


@dataclass(frozen=True, slots=True)
class Problem:
    """A row, or a part of it, that was not applied."""

    row: int
    reason: str  # a stable word
    message: str


@dataclass(slots=True)
class Report:
    """What became of a batch."""

    applied: int = 0
    unchanged: int = 0
    held: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Standing:
    """One market while a batch is applied to it."""

    market: Market
    prices: Prices
    offered: set[int]
    is_silenced: bool
    updates: list[OddsUpdate] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    held: dict[str, Group | None] = field(default_factory=dict)


def apply_prices(*, feed: str, rows: Iterable[FeedRow], actor: User | None) -> Report:
    """Apply a feed's prices in the order in which they came. `actor`: who sent them, if somebody.

    What cannot be applied is reported, and the rest goes on.
    """
    assert not connection.in_atomic_block, "each portion is a transaction of its own"
    Feed.objects.bulk_create(
        [Feed(name=feed, heard_at=Now())],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["heard_at"],
    )
    source = Feed.objects.get(name=feed)
    report = Report()
    portion: list[FeedRow] = []
    for row in rows:
        portion.append(row)
        if len(portion) == ROWS_AT_ONCE:
            _apply(source, portion, report, actor=actor)
            portion = []
    if portion:
        _apply(source, portion, report, actor=actor)
    return report


@transaction.atomic(durable=True)
def _apply(feed: Feed, rows: list[FeedRow], report: Report, *, actor: User | None) -> None:
    ids = _market_ids(rows)
    locks.lock_markets(ids.values())
    markets = _standings(set(ids.values()))
    for row in rows:
        standing = markets.get(ids.get(row.number, 0))
        if standing is None:
            refusal = errors.NoSuchMarket()
            report.problems.append(Problem(row.number, refusal.reason, refusal.message))
            continue
        try:
            _apply_row(standing, row, report, actor=actor)
        except DomainError as exc:
            report.problems.append(Problem(row.number, exc.reason, exc.message))
    _store(feed, markets.values())


def _apply_row(standing: _Standing, row: FeedRow, report: Report, *, actor: User | None) -> None:
    market = standing.market
    _refuse_unpriceable(market)
    changes = dict(row.changes)
    for name, group in row.changes.items():
        if group is not None and overround(group) < 0:
            del changes[name]
            refusal = errors.NegativeMargin()
            report.problems.append(Problem(row.number, refusal.reason, f"{name}: {refusal}"))
    if not changes:
        return
    if market.pinned_at is not None:
        standing.held |= changes
        report.held += 1
        return
    prices = standing.prices.changed(changes)
    if prices == standing.prices and not standing.is_silenced:
        report.unchanged += 1
        return
    options = history.missing_options(market, prices, offered=standing.offered)
    standing.options += options
    standing.offered |= {option.number for option in options}
    standing.prices = prices
    reason = ""
    if standing.is_silenced:
        standing.is_silenced = False
        market.status = MarketStatus.ACTIVE
        reason = "the feed speaks again"
        audit.record(actor=actor, action="market.resume", target=market, reason=reason)
    market.seq += 1
    standing.updates.append(
        OddsUpdate(
            market=market,
            seq=market.seq,
            status=market.status,
            start_time=market.start_time,
            source=OddsUpdate.Source.FEED,
            reason=reason,
            changed_by=actor,
            **history.columns(prices),
        )
    )
    report.applied += 1


def _refuse_unpriceable(market: Market) -> None:
    if market.is_pool:
        raise errors.ChainDecides
    if market.status not in lifecycle.PRICEABLE:
        raise errors.MarketNotOpen


def _market_ids(rows: list[FeedRow]) -> dict[int, int]:
    """Return each row's market id, by the row's number; rows of unknown references are absent."""
    wanted = [row.external_ref for row in rows if row.external_ref is not None]
    known = Market.objects.filter(external_ref__in=wanted).values_list("external_ref", "pk")
    by_reference = dict(known) if wanted else {}
    ids = {row.number: row.market_id or by_reference.get(row.external_ref) for row in rows}
    return {number: pk for number, pk in ids.items() if pk is not None}


def _standings(ids: set[int]) -> dict[int, _Standing]:
    markets = Market.objects.order_by("pk").in_bulk(ids)
    present = selectors.current_updates(markets.values())
    offered = defaultdict(set)
    for pk, number in Option.objects.filter(market_id__in=markets).values_list(
        "market_id", "number"
    ):
        offered[pk].add(number)
    standings = {}
    for pk, market in markets.items():
        update = present.get(pk)
        was_silent = update is not None and update.reason == history.FEED_SILENT
        standings[pk] = _Standing(
            market=market,
            prices=update.prices if update else history.UNPRICED,
            offered=offered[pk],
            is_silenced=was_silent and market.status == MarketStatus.SUSPENDED,
        )
    return standings


def _store(feed: Feed, standings: Iterable[_Standing]) -> None:
    changed = [standing for standing in standings if standing.updates]
    Option.objects.bulk_create(option for standing in changed for option in standing.options)
    updates = [update for standing in changed for update in standing.updates]
    update_rows.insert(updates)
    with connection.cursor() as cursor:
        markets = [standing.market for standing in changed]
        cursor.execute(
            _STORE_MARKETS,
            [
                feed.pk,
                [market.pk for market in markets],
                [market.seq for market in markets],
                [str(market.status) for market in markets],
            ],
        )
    HeldPrice.objects.bulk_create(
        [
            HeldPrice(market=standing.market, feed=feed, changes=_readable(standing.held), at=Now())
            for standing in standings
            if standing.held
        ],
        update_conflicts=True,
        unique_fields=["market"],
        update_fields=["feed", "changes", "at"],
    )
    if updates:
        transaction.on_commit(
            partial(signals.odds_changed.send_robust, sender=Market, updates=tuple(updates))
        )


def _readable(changes: dict[str, Group | None]) -> dict[str, dict[str, str] | None]:
    readable: dict[str, dict[str, str] | None] = {}
    for name, group in changes.items():
        if group is None:
            readable[name] = None
            continue
        line = {} if (line := getattr(group, "line", None)) is None else {"line": str(line)}
        readable[name] = line | {side: str(odds) for side, odds in odds_of(group).items()}
    return readable

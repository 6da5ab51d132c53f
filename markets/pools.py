"""Pools: markets whose prices, state and result come from a chain. What it says is stored here.

Whoever follows the chain calls `create` and `record` in the transaction in which it stores what it
read; what is announced goes out after that one's commit. Prices are in 10^18ths (`outcomes.ONE`).
No guard rails apply, nobody else changes a pool (`locks.lock_book`), and none of that is in the
audit: the chain is its own record. Only the clock closes pools too, at their `start_time`, because
the chain itself says nothing at that moment; and somebody gives a pool its words (`describe`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction

from accounts import audit
from accounts.models import REASON_LENGTH_MAX, User
from markets import history, lifecycle, locks, outcomes, selectors, signals, update_rows
from markets.errors import NoSuchMarket
from markets.lifecycle import MarketStatus
from markets.models import LABEL_CHARS_MAX, QUESTION_CHARS_MAX, Market, OddsUpdate

# Where nobody says otherwise.
CATEGORY = "prediction"
LEAGUE = "Pools"
# The reason of what a reorganisation of the chain took back.
REORG = "reorg"

TRADES = frozenset({MarketStatus.ACTIVE, MarketStatus.SUSPENDED})
OVER = frozenset({MarketStatus.SETTLED, MarketStatus.CANCELLED})

_STORE_MARKETS = """
UPDATE markets_market m SET seq = n.seq, status = n.status, winning_option = n.winner
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::smallint[]) AS n (id, seq, status, winner)
WHERE m.id = n.id
"""


@dataclass(frozen=True, slots=True)
class Words:
    """What a pool is called: its question, and its outcomes 1, 2, 3 … in turn."""

    question: str
    labels: tuple[str, ...]
    description: str = ""
    category: str = CATEGORY
    league: str = LEAGUE

    def __post_init__(self) -> None:
        assert 0 < len(self.question) <= QUESTION_CHARS_MAX, self.question
        assert outcomes.COUNT_MIN <= len(self.labels) <= outcomes.COUNT_MAX, self.labels
        assert all(0 < len(label) <= LABEL_CHARS_MAX for label in self.labels), self.labels


@dataclass(frozen=True, slots=True)
class NewPool:
    """A pool to be made. `external_ref` names all that can never change of it on the chain: what
    is made anew after a reorganisation is the same market, and anything else is another one."""

    external_ref: str
    words: Words
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What the chain made of one pool. None: that stays.

    `prices` are those of all outcomes in turn, in 10^18ths; without liquidity there are none, and
    they are empty. `winner` is the option that a settled
    pool pays. To call a pool active is to say that the chain has not ended it: where its time is
    up by our clock, it is closed.
    """

    market_id: int
    prices: tuple[int, ...] | None = None
    status: MarketStatus | None = None
    winner: int | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        assert self.status is None or self.status in lifecycle.OF_POOLS, self
        assert (self.winner is not None) == (self.status == MarketStatus.SETTLED), self
        assert all(0 <= price <= outcomes.ONE for price in self.prices or ()), self


@dataclass(slots=True)
class _Standing:
    """One pool while changes are recorded."""

    market: Market
    prices: list[int] | None
    time_is_up: bool
    # Before the changes: its state and its winner.
    before: tuple[str, int | None]


def create(pools: Sequence[NewPool]) -> list[Market]:
    """Make the pools that are not there yet; return all of them, in this order. No seq is taken.

    They trade, unless their time is up; one that is there stays as it is, cancelled or not. In the
    caller's transaction; as many statements for thousands as for one.
    """
    assert connection.in_atomic_block, "pools are made together with what is read of them"
    wanted = {pool.external_ref: pool for pool in pools}
    assert len(wanted) == len(pools), "each pool has a reference of its own"
    there = Market.objects.filter(external_ref__in=wanted)
    known = set(there.values_list("external_ref", flat=True))
    now = _now()
    missing = [_made(pool, now=now) for ref, pool in wanted.items() if ref not in known]
    Market.objects.bulk_create(missing)
    # Read back, for the database has numbered them.
    found = {market.external_ref: market for market in there.all()}
    assert all(market.is_pool for market in found.values()), found
    for pool in missing:
        _announce(found[pool.external_ref], "created")
    return [found[ref] for ref in wanted]


def record(changes: Sequence[Change]) -> list[OddsUpdate]:
    """Store what the chain made of pools, in this order, each change under its pool's next seq.

    What is so already takes none. In the caller's transaction, which holds the pools until its
    end; as many statements for thousands of changes as for one. Returns what was stored.
    """
    standings = _standings({change.market_id for change in changes})
    updates = [
        update
        for change in changes
        if (update := _changed(standings[change.market_id], change)) is not None
    ]
    if not updates:
        return []
    update_rows.insert(updates)
    changed = [standings[pk] for pk in sorted({update.market_id for update in updates})]
    _store([standing.market for standing in changed])
    transaction.on_commit(
        partial(signals.odds_changed.send_robust, sender=Market, updates=tuple(updates))
    )
    for standing in changed:
        if (event := _event(standing)) is not None:
            _announce(standing.market, event)
    return updates


@transaction.atomic
def describe(*, market_id: int, words: Words, actor: User | None, reason: str) -> Market:
    """Say what a pool asks and what its outcomes are called: words that the chain doesn't hold.

    It takes a seq, for clients see them. Nothing changes where that is so already.

    Raises:
        NoSuchMarket: no pool has this id.
    """
    market = locks.lock_market(market_id)
    if market.labels is None:
        raise NoSuchMarket(marketId=market_id)
    assert len(words.labels) == len(market.labels), "its outcomes are as many as on the chain"
    after = _columns(words)
    before = {name: getattr(market, name) for name in after}
    if after == before:
        return market
    for name, value in after.items():
        setattr(market, name, value)
    market.save(update_fields=list(after))
    history.same_prices(market, reason=reason, actor=actor)
    audit.record(
        actor=actor,
        action="market.describe",
        target=market,
        reason=reason,
        before=before,
        after=after,
    )
    _announce(market, "updated")
    return market


def _columns(words: Words) -> dict[str, Any]:
    """Return the columns that hold a pool's words. Two outcomes are the sides of its moneyline."""
    home, away = words.labels if len(words.labels) == outcomes.COUNT_MIN else ("", "")
    return {
        "question": words.question,
        "labels": list(words.labels),
        "description": words.description,
        "category": words.category,
        "league": words.league,
        "home_team": home,
        "away_team": away,
    }


def _made(pool: NewPool, *, now: datetime) -> Market:
    return Market(
        kind=Market.Kind.POOL,
        external_ref=pool.external_ref,
        start_time=pool.closes_at,
        status=MarketStatus.CLOSED if pool.closes_at <= now else MarketStatus.ACTIVE,
        **_columns(pool.words),
    )


def _standings(market_ids: Collection[int]) -> dict[int, _Standing]:
    locks.lock_markets(market_ids)
    markets = Market.objects.filter(kind=Market.Kind.POOL).in_bulk(list(market_ids))
    assert len(markets) == len(market_ids), sorted(set(market_ids) - set(markets))
    present = selectors.current_updates(markets.values())
    now = _now()
    return {
        pk: _Standing(
            market=market,
            prices=present[pk].outcome_prices if pk in present else None,
            time_is_up=market.start_time <= now,
            before=(market.status, market.winning_option),
        )
        for pk, market in markets.items()
    }


def _changed(standing: _Standing, change: Change) -> OddsUpdate | None:
    """Change a pool, and return its next update; None where nothing differs."""
    market = standing.market
    prices, status, winner = standing.prices, market.status, market.winning_option
    if change.prices is not None:
        assert len(change.prices) in {0, len(market.labels or ())}, change
        prices = list(change.prices) or None
    if change.status is not None:
        ended = standing.time_is_up and change.status in TRADES
        status, winner = MarketStatus.CLOSED if ended else change.status, change.winner
    if (prices, status, winner) == (standing.prices, market.status, market.winning_option):
        return None
    standing.prices, market.status, market.winning_option = prices, status, winner
    market.seq += 1
    return OddsUpdate(
        market=market,
        seq=market.seq,
        outcome_prices=prices,
        status=status,
        start_time=market.start_time,
        source=OddsUpdate.Source.AMM,
        reason=change.reason[:REASON_LENGTH_MAX],
    )


def _store(markets: Sequence[Market]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE_MARKETS,
            [
                [market.pk for market in markets],
                [market.seq for market in markets],
                [str(market.status) for market in markets],
                [market.winning_option for market in markets],
            ],
        )


def _event(standing: _Standing) -> str | None:
    """Return what to announce of a pool's life after its changes; None: it trades as before."""
    before, _ = standing.before
    after = standing.market.status
    if standing.before == (after, standing.market.winning_option):
        return None
    if after in OVER:
        return "resolved"
    return "closed" if after == MarketStatus.CLOSED and before in TRADES else "updated"


def _announce(market: Market, event: str) -> None:
    transaction.on_commit(
        partial(signals.market_changed.send_robust, sender=Market, market=market, event=event)
    )


def _now() -> datetime:
    with connection.cursor() as cursor:
        # Of the statement: the transaction may have begun long ago, and waited for locks since.
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now

"""What the trading API reads among a million trades: positions, candles, histories.

Half of the trades are those of one market, a hundredth those of one trader, who has a position in
every market. A figure is the CPU of a whole request, this process's and the database's together.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import transaction
from django.test import Client

from accounts.models import User
from bench import bulk, harness
from bench.bulk import Bettor
from bench.harness import Options, Result, cpu_seconds_here
from chain.models import Cursor
from kmarket.pages import PAGE_SIZE
from trading import projection, selectors
from trading.candles import INTERVALS
from trading.models import Pool
from trading.tests import logs

# Of positions and candles, and of a page of a history.
VIEW_MS_MAX, PAGE_MS_MAX = 50.0, 20.0
MARKETS = 50
TRADERS = 5000
# Of the one who trades most, one in so many is.
OFTEN = 100
RUNS = 40
DEPTH = 10**24
# A trade every 30 seconds, all markets together: a million of them take a year.
SECONDS = 30

_LOGS = """
INSERT INTO chain_rawlog (chain_id, block_number, block_hash, log_index, transaction_hash, address,
    topics, data, block_time, is_canonical)
SELECT %(chain)s, %(first)s + n, '0x' || lpad(to_hex(%(first)s + n), 64, '0'), 0,
    '0x' || lpad(to_hex(%(first)s + n), 64, '0'), %(contract)s, '{}', '0x',
    %(now)s - (%(count)s - n) * interval '1 second' * %(seconds)s, true
FROM generate_series(1, %(count)s) n
"""
# Numbers that follow from hashes: mixed, and the same in every run.
_TRADES = """
INSERT INTO trading_trade (log_id, pool_id, seq, block_number, log_index, at, trader, side, outcome,
    collateral, fee, shares, reserves_after, prices_after, cost)
SELECT id, CASE WHEN n %% 2 = 0 THEN (%(pools)s::bigint[])[1]
        ELSE (%(pools)s::bigint[])[2 + a %% (cardinality(%(pools)s::bigint[]) - 1)] END,
    n, block_number, 0, block_time,
    CASE WHEN n %% %(often)s < 2 THEN (%(traders)s::text[])[1]
        ELSE (%(traders)s::text[])[2 + b %% (cardinality(%(traders)s::text[]) - 1)] END,
    CASE WHEN c %% 4 > 0 THEN 'buy' ELSE 'sell' END, c %% 2,
    collateral, collateral / 50, collateral * 2, ARRAY[%(depth)s, %(depth)s],
    ARRAY[price, 1000000000000000000 - price], collateral
FROM (
    SELECT *, 1000000000000000000::numeric * (1 + c %% 100) AS collateral,
        400000000000000000 + c %% 200000000 * 1000000000::bigint AS price
    FROM (
        SELECT *, hashint8(n) & 2147483647 AS a, hashint8(n + 1000000000) & 2147483647 AS b,
            hashint8(n + 2000000000) & 2147483647 AS c
        FROM (
            SELECT *, block_number - %(first)s AS n FROM chain_rawlog
            WHERE block_number > %(first)s
        ) logs
    ) hashes
) made
"""
_POSITIONS = """
INSERT INTO trading_position (pool_id, owner, trade_count, liquidity_count, claim_count, bought,
    sold, fees_paid, provided, fees_earned, fees_received, claimed, realized, lp_realized)
SELECT pool_id, trader, count(*), 0, 0, coalesce(sum(collateral) FILTER (WHERE side = 'buy'), 0),
    coalesce(sum(collateral) FILTER (WHERE side = 'sell'), 0), sum(fee), 0, 0, 0, 0, 0, 0
FROM trading_trade WHERE block_number > %(first)s GROUP BY pool_id, trader
ON CONFLICT (pool_id, owner) DO UPDATE
SET trade_count = trading_position.trade_count + excluded.trade_count
"""
_HOLDINGS = """
INSERT INTO trading_holding (pool_id, owner, outcome, shares, cost)
SELECT pool_id, trader, outcome, sum(shares), sum(cost)
FROM trading_trade WHERE block_number > %(first)s GROUP BY pool_id, trader, outcome
ON CONFLICT (pool_id, owner, outcome) DO NOTHING
"""
_POOLS = """
UPDATE trading_pool SET trade_count = pool.trade_count
FROM (SELECT pool_id, count(*) AS trade_count FROM trading_trade GROUP BY pool_id) pool
WHERE log_id = pool.pool_id
"""
_CANDLES = """
INSERT INTO trading_candle (pool_id, seconds, begins, opens, highs, lows, closes, volumes,
    trade_counts, first_block, last_block)
SELECT pool_id, %(length)s, begins,
    ARRAY[(array_agg(one ORDER BY log_id))[1], (array_agg(two ORDER BY log_id))[1]],
    ARRAY[max(one), max(two)], ARRAY[min(one), min(two)],
    ARRAY[(array_agg(one ORDER BY log_id DESC))[1], (array_agg(two ORDER BY log_id DESC))[1]],
    ARRAY[coalesce(sum(collateral) FILTER (WHERE outcome = 0), 0),
        coalesce(sum(collateral) FILTER (WHERE outcome = 1), 0)],
    ARRAY[count(*) FILTER (WHERE outcome = 0), count(*) FILTER (WHERE outcome = 1)],
    min(block_number), max(block_number)
FROM (
    SELECT *, prices_after[1] AS one, prices_after[2] AS two,
        extract(epoch FROM at)::bigint / %(length)s * %(length)s AS begins
    FROM trading_trade WHERE block_number > %(first)s
) trades GROUP BY pool_id, begins
ON CONFLICT DO NOTHING
"""


def run(options: Options) -> Iterator[Result]:
    settings.CHAIN_RPC_URLS = ["http://127.0.0.1:1"]
    settings.CHAIN_ID, settings.CHAIN_CONTRACT = 56, logs.CONTRACT
    with harness.servers():
        pools, traders = opened()
        tenth = times(pools, traders, options.size // 10, first=1000)
        rest = options.size - options.size // 10
        full = times(pools, traders, rest, first=1000 + options.size // 10)
    for asked, took in full.items():
        ms_max = PAGE_MS_MAX if "trades" in asked else VIEW_MS_MAX
        yield Result(
            row=f"trading {asked}",
            figure=took,
            unit="ms of CPU",
            bar=f"< {ms_max:.0f} ms",
            met=took < ms_max,
        )
    small, large = sum(tenth.values()), sum(full.values())
    yield harness.growth("trading, all of these", small=small, large=large, unit="ms of CPU")


def opened() -> tuple[list[Pool], list[int]]:
    """Open markets with liquidity in them; return them, and users who trade."""
    events = [
        event
        for number in range(1, MARKETS + 1)
        for event in (
            logs.created(number, closes_at=4_000_000_000),
            logs.added(
                number,
                collateral_in=DEPTH,
                lp_minted=DEPTH,
                shares_returned=(0, 0),
                pools_after=(DEPTH, DEPTH),
            ),
        )
    ]
    with transaction.atomic():
        assert projection.apply(logs.stored(events, block=1)) == []
    Cursor.objects.create(
        chain_id=56,
        contract=logs.CONTRACT,
        start_block=1,
        last_block=2**40,
        finalized_block=2**40,
        finalized_hash=logs.HASH,
    )
    pools = list(Pool.objects.order_by("number"))
    return pools, bulk.add_users(TRADERS)


def times(pools: list[Pool], users: list[int], count: int, *, first: int) -> dict[str, float]:
    """Add so many trades, and return what requests of the busiest trader cost, in ms of CPU."""
    addresses = dict(User.objects.filter(pk__in=users).values_list("pk", "address"))
    values: dict[str, Any] = {
        "chain": 56,
        "contract": logs.CONTRACT,
        "first": first,
        "count": count,
        "seconds": SECONDS,
        "now": datetime.now(tz=UTC),
        "pools": [pool.pk for pool in pools],
        "traders": [addresses[user] for user in users],
        "often": 2 * OFTEN,
        "depth": DEPTH,
    }
    statements = [_LOGS, _TRADES, _POSITIONS, _HOLDINGS, _POOLS]
    with transaction.atomic():
        bulk.execute("SET LOCAL session_replication_role = replica")
        bulk.execute("SET LOCAL statement_timeout = 0")
        for statement in statements:
            bulk.execute(statement, values)
        for length in INTERVALS.values():
            bulk.execute(_CANDLES, values | {"length": length})
    bulk.execute("VACUUM (ANALYZE)")
    bettor = bulk.sign_in(users[0])
    market = pools[0].market_id
    last = selectors.trade_count(addresses[users[0]]) // PAGE_SIZE
    return {asked: milliseconds(bettor, asked, market=market, last=last) for asked in requests()}


def requests() -> list[str]:
    """Return what to ask for, of the busiest market."""
    return [
        "positions",
        "positions/{market}",
        *(f"markets/{{market}}/prices?interval={interval}&limit=500" for interval in INTERVALS),
        "markets/{market}/pool",
        "trades",
        "trades?page={last}",
        "trades?marketId={market}",
        "markets/{market}/trades",
    ]


def milliseconds(bettor: Bettor, asked: str, **values: int) -> float:
    client = Client(headers={"authorization": f"Bearer {bettor.token}"})

    def ask() -> None:
        answer = client.get(f"/api/v1/{asked.format(**values)}")
        assert answer.status_code == HTTPStatus.OK, answer.content
        told = answer.json()
        assert told.get("items", told.get("candles", told)), asked

    ask()
    before = cpu_seconds_here()
    for _ in range(RUNS):
        ask()
    return 1000 * (cpu_seconds_here() - before) / RUNS

"""Do holdings, costs, accounts and candles follow from the histories? For `trading.consistency`."""

from trading.accounts import Account
from trading.candles import LENGTHS


def _held(what: str, column: str, each: str) -> str:
    """Ask whether a column of holdings is what trades, liquidity and claims gave and took."""
    return f"""
WITH moved AS (
    SELECT pool_id, owner, outcome, sum({column}) AS {column}
    FROM (
        SELECT pool_id, trader AS owner, outcome::int,
            CASE side WHEN 'buy' THEN {column} ELSE -{column} END AS {column}
        FROM trading_trade
        UNION ALL
        SELECT pool_id, provider, outcome::int - 1, each
        FROM trading_liquidity, unnest({each}) WITH ORDINALITY AS s (each, outcome)
        UNION ALL
        SELECT pool_id, claimant, outcome::int - 1, -each
        FROM trading_claim, unnest({each}) WITH ORDINALITY AS s (each, outcome)
    ) each GROUP BY pool_id, owner, outcome
), both_sides AS (
    SELECT pool_id, owner, outcome,
        coalesce(moved.{column}, 0) AS told, coalesce(held.{column}, 0) AS had
    FROM moved FULL JOIN trading_holding held USING (pool_id, owner, outcome)
)
SELECT 'AMOUNT_MISMATCH',
    '{what} of outcome ' || outcome || ' of ' || owner || ' in pool ' || pool.number,
    told::text, had::text, pool.number
FROM both_sides JOIN trading_pool pool ON pool.log_id = pool_id WHERE told <> had
"""  # noqa: S608 (the pieces are this file's own)


def _provided(what: str, column: str, moved: str) -> str:
    """Ask whether a column of LP holdings is what liquidity gave and took."""
    return f"""
WITH moved AS (
    SELECT pool_id, provider AS owner,
        sum(CASE kind WHEN 'add' THEN {moved} ELSE -{moved} END) AS {column}
    FROM trading_liquidity GROUP BY pool_id, provider
), both_sides AS (
    SELECT pool_id, owner, coalesce(moved.{column}, 0) AS told, coalesce(held.{column}, 0) AS had
    FROM moved FULL JOIN trading_lpholding held USING (pool_id, owner)
)
SELECT 'AMOUNT_MISMATCH', '{what} of ' || owner || ' in pool ' || pool.number,
    told::text, had::text, pool.number
FROM both_sides JOIN trading_pool pool ON pool.log_id = pool_id WHERE told <> had
"""  # noqa: S608 (the pieces are this file's own)


SHARES = _held("shares", "shares", "shares")
COSTS = _held("cost", "cost", "share_costs")
LP = _provided("LP", "amount", "lp")
LP_COSTS = _provided("cost of LP", "cost", "cost")
# What LP brought into the reserves.
GIVEN = """
WITH moved AS (
    SELECT pool_id, provider AS owner, outcome,
        sum(CASE kind WHEN 'add' THEN each ELSE -each END) AS given
    FROM trading_liquidity, unnest(given) WITH ORDINALITY AS g (each, outcome)
    GROUP BY pool_id, provider, outcome
), held AS (
    SELECT pool_id, owner, outcome, each AS given
    FROM trading_lpholding, unnest(given) WITH ORDINALITY AS g (each, outcome)
), both_sides AS (
    SELECT pool_id, owner, outcome - 1 AS outcome,
        coalesce(moved.given, 0) AS told, coalesce(held.given, 0) AS had
    FROM moved FULL JOIN held USING (pool_id, owner, outcome)
)
SELECT 'AMOUNT_MISMATCH',
    'given of outcome ' || outcome || ' by ' || owner || ' to pool ' || pool.number,
    told::text, had::text, pool.number
FROM both_sides JOIN trading_pool pool ON pool.log_id = pool_id WHERE told <> had
"""
_SUMS = ", ".join(f"sum({name}) AS {name}" for name in Account._fields)
_PAIRS = ", ".join(
    f"('{name}', coalesce(moved.{name}, 0), coalesce(held.{name}, 0))" for name in Account._fields
)
# The columns are those of Account, in its order.
ACCOUNTS = f"""
WITH each AS (
    SELECT pool_id, trader AS owner, 1 AS trade_count, 0 AS liquidity_count, 0 AS claim_count,
        CASE side WHEN 'buy' THEN collateral ELSE 0 END AS bought,
        CASE side WHEN 'sell' THEN collateral ELSE 0 END AS sold,
        fee AS fees_paid, 0::numeric AS provided, 0::numeric AS fees_earned,
        0::numeric AS fees_received, 0::numeric AS claimed,
        CASE side WHEN 'buy' THEN cost - collateral ELSE collateral - cost END AS realized,
        0::numeric AS lp_realized
    FROM trading_trade
    UNION ALL
    SELECT pool_id, provider, 0, 1, 0, 0, 0, 0, collateral, fees_earned, fees_paid, 0, 0,
        CASE kind WHEN 'add' THEN costs + cost - collateral ELSE costs + fees_paid - cost END
    FROM trading_liquidity, LATERAL (SELECT sum(c) AS costs FROM unnest(share_costs) c) s
    UNION ALL
    SELECT pool_id, claimant, 0, 0, 1, 0, 0, 0, 0, 0, 0, payout, payout - costs, 0
    FROM trading_claim, LATERAL (SELECT sum(c) AS costs FROM unnest(share_costs) c) s
), moved AS (
    SELECT pool_id, owner, {_SUMS} FROM each GROUP BY pool_id, owner
)
SELECT 'AMOUNT_MISMATCH', name || ' of ' || owner || ' in pool ' || pool.number,
    told::text, had::text, pool.number
FROM moved FULL JOIN trading_position held USING (pool_id, owner)
    JOIN trading_pool pool ON pool.log_id = pool_id,
    LATERAL (VALUES {_PAIRS}) AS v (name, told, had)
WHERE told <> had
"""  # noqa: S608 (the pieces are this file's own)
# Candles of any length turn over what the trades do, and end where the last of them did.
CANDLES = f"""
WITH counted AS (
    SELECT pool_id, seconds, sum(collateral) AS volume, count(*) AS trades,
        (array_agg(prices_after::text ORDER BY block_number DESC, log_index DESC))[1] AS close
    FROM trading_trade, unnest(ARRAY{list(LENGTHS)}) AS seconds
    WHERE prices_after IS NOT NULL GROUP BY pool_id, seconds
), candles AS (
    SELECT pool_id, seconds, sum(volume) AS volume, sum(trades) AS trades,
        (array_agg(closes::text ORDER BY begins DESC))[1] AS close
    FROM trading_candle,
        LATERAL (SELECT sum(v) AS volume FROM unnest(volumes) v) volumes,
        LATERAL (SELECT sum(t) AS trades FROM unnest(trade_counts) t) counts
    GROUP BY pool_id, seconds
)
SELECT 'AMOUNT_MISMATCH', name || ' of candles of ' || seconds || ' s of pool ' || pool.number,
    coalesce(told, '0'), coalesce(had, '0'), pool.number
FROM counted FULL JOIN candles USING (pool_id, seconds)
    JOIN trading_pool pool ON pool.log_id = pool_id,
    LATERAL (VALUES
        ('volume', counted.volume::text, candles.volume::text),
        ('trades', counted.trades::text, candles.trades::text),
        ('close', counted.close, candles.close)
    ) AS v (name, told, had)
WHERE told IS DISTINCT FROM had
"""  # noqa: S608 (the pieces are this file's own)
# No constraint says that a row's pool is there.
WITHOUT_POOL = """
SELECT 'STATE_MISMATCH', name || ' rows without a pool', '0', count(*)::text, NULL::numeric
FROM (
    SELECT pool_id, 'trade' AS name FROM trading_trade
    UNION ALL SELECT pool_id, 'liquidity' FROM trading_liquidity
    UNION ALL SELECT pool_id, 'proposal' FROM trading_proposal
    UNION ALL SELECT pool_id, 'resolution' FROM trading_resolution
    UNION ALL SELECT pool_id, 'claim' FROM trading_claim
    UNION ALL SELECT pool_id, 'position' FROM trading_position
    UNION ALL SELECT pool_id, 'candle' FROM trading_candle
) every WHERE NOT EXISTS (SELECT FROM trading_pool WHERE log_id = pool_id)
GROUP BY name
"""
QUERIES = (WITHOUT_POOL, SHARES, LP, COSTS, LP_COSTS, GIVEN, ACCOUNTS, CANDLES)

"""Do the rows follow from each other? Sums against what they are the sums of, over all rows.

Each query names what differs: the kind, what it is about, what the histories or the logs say, what
the row says, and the market. No row: all is right.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from chain.checks import Difference, Kind, Moment
from chain.projecting import UNPROJECTED
from trading import account_checks
from trading.book import NUMBER_MAX
from trading.models import Pool
from trading.tables import LAST

# A pool's sums are those of its trades, liquidity and claims.
_SUMS = """
WITH moved AS (
    SELECT pool_id, sum(lp) AS lp, sum(backing) AS backing, sum(fees) AS fees,
        sum(volume) AS volume, sum(trades) AS trade_count
    FROM (
        SELECT pool_id, 0::numeric AS lp, fee AS fees,
            CASE side WHEN 'buy' THEN collateral ELSE -collateral END - fee AS backing,
            collateral AS volume, 1 AS trades
        FROM trading_trade
        UNION ALL
        SELECT pool_id, CASE kind WHEN 'add' THEN lp ELSE -lp END, -fees_paid, collateral, 0, 0
        FROM trading_liquidity
        UNION ALL
        SELECT pool_id, 0, 0, -payout, 0, 0 FROM trading_claim
    ) each GROUP BY pool_id
)
SELECT 'AMOUNT_MISMATCH', name || ' of pool ' || pool.number, told::text, had::text, pool.number
FROM trading_pool pool LEFT JOIN moved ON moved.pool_id = pool.log_id,
    LATERAL (VALUES
        ('lp_supply', coalesce(moved.lp, 0), pool.lp_supply),
        ('backing', coalesce(moved.backing, 0), pool.backing),
        ('fees', coalesce(moved.fees, 0), pool.fees),
        ('volume', coalesce(moved.volume, 0), pool.volume),
        ('trade_count', coalesce(moved.trade_count, 0), pool.trade_count)
    ) AS sums (name, told, had)
WHERE told <> had
"""
# Reserves and status are what the last row that says them says.
_TAKEN_OVER = f"""
SELECT kind, name || ' of pool ' || pool.number, told, had, pool.number
FROM ({LAST}) last JOIN trading_pool pool USING (log_id),
    LATERAL (VALUES
        ('AMOUNT_MISMATCH', 'reserves', last.reserves::text, pool.reserves::text),
        ('STATE_MISMATCH', 'status', last.status, pool.status)
    ) AS taken (kind, name, told, had)
WHERE told <> had
"""  # noqa: S608 (the pieces are this file's own)
# Until there is a result, each outcome's shares in all hands and in the pool are as many as there
# is collateral behind them; then what they pay is covered by it.
_BACKING = """
WITH held AS (
    SELECT pool_id, outcome, sum(shares) AS shares FROM trading_holding GROUP BY pool_id, outcome
), outstanding AS (
    SELECT pool.log_id, pool.number, pool.backing, n - 1 AS outcome,
        reserve + coalesce(held.shares, 0) AS shares, resolution.denominator,
        resolution.numerators[n] AS numerator
    FROM trading_pool pool
    CROSS JOIN LATERAL unnest(pool.reserves) WITH ORDINALITY AS r (reserve, n)
    LEFT JOIN held ON held.pool_id = pool.log_id AND held.outcome = n - 1
    LEFT JOIN trading_resolution resolution ON resolution.pool_id = pool.log_id
)
SELECT 'SOLVENCY', 'shares of outcome ' || outcome || ' of pool ' || number,
    backing::text, shares::text, number
FROM outstanding WHERE denominator IS NULL AND shares <> backing
UNION ALL
SELECT 'SOLVENCY', 'claims of pool ' || number, max(backing)::text,
    div(sum(shares * numerator), max(denominator))::text, number
FROM outstanding WHERE denominator IS NOT NULL GROUP BY number
HAVING div(sum(shares * numerator), max(denominator)) > max(backing)
"""
# A log that says an event has one row, and a row is that of a log that counts. Those in quarantine
# have none.
_ROWS = """
WITH rows AS (
    SELECT log_id, 'pool' AS name FROM trading_pool
    UNION ALL SELECT log_id, 'trade' FROM trading_trade
    UNION ALL SELECT log_id, 'liquidity' FROM trading_liquidity
    UNION ALL SELECT log_id, 'proposal' FROM trading_proposal
    UNION ALL SELECT log_id, 'resolution' FROM trading_resolution
    UNION ALL SELECT log_id, 'claim' FROM trading_claim
), logs AS (
    SELECT log.id FROM chain_rawlog log
    WHERE log.chain_id = %(chain_id)s AND log.address = %(contract)s AND log.is_canonical
        AND log.topics[1] = ANY(%(topics)s)
        AND NOT EXISTS (
            SELECT FROM chain_quarantine q
            WHERE q.log_id = log.id AND q.resolved_at IS NULL AND q.reason = ANY(%(reasons)s)
        )
), both_sides AS (
    SELECT coalesce(logs.id, rows.log_id) AS id, logs.id IS NOT NULL AS counts,
        count(rows.name) AS had, string_agg(rows.name, ', ') AS names
    FROM logs FULL JOIN rows ON rows.log_id = logs.id GROUP BY 1, 2
)
SELECT 'STATE_MISMATCH', 'row of log ' || both_sides.id,
    CASE WHEN counts THEN 'a log that counts' ELSE 'no log that counts' END,
    coalesce(names, 'none'), NULL::numeric
FROM both_sides JOIN chain_rawlog log ON log.id = both_sides.id
WHERE log.address = %(contract)s AND had <> counts::int
"""
# A market is paused as long as a log of it is in quarantine.
_PAUSES = """
WITH held AS (
    SELECT DISTINCT market_id AS number FROM chain_quarantine
    WHERE cursor_id = %(cursor)s AND resolved_at IS NULL AND reason = ANY(%(reasons)s)
        AND market_id IS NOT NULL
)
SELECT 'STATE_MISMATCH', 'pause of pool ' || coalesce(held.number, pause.number),
    CASE WHEN held.number IS NULL THEN 'no log in quarantine' ELSE 'a log in quarantine' END,
    CASE WHEN pause.number IS NULL THEN 'not paused' ELSE 'paused' END,
    coalesce(held.number, pause.number)
FROM held FULL JOIN (
    SELECT number FROM trading_pause WHERE contract = %(contract)s
) pause USING (number)
WHERE held.number IS NULL OR pause.number IS NULL
"""
_QUERIES = (
    *(_ROWS, _SUMS, _TAKEN_OVER, _BACKING, _PAUSES),
    *account_checks.QUERIES,
)


def differences(moment: Moment) -> Iterator[Difference]:
    """Yield whatever does not follow from the logs that we have."""
    shapes = moment.profile.shapes.items()
    params: dict[str, Any] = {
        "cursor": moment.cursor.pk,
        "chain_id": moment.cursor.chain_id,
        "contract": moment.cursor.contract,
        "pools": list(Pool.objects.values_list("pk", flat=True)),
        "until": NUMBER_MAX,
        "topics": [topic for topic, shape in shapes if shape.kind is not None],
        "reasons": [reason.value for reason in UNPROJECTED],
    }
    with connection.cursor() as cursor:
        for query in _QUERIES:
            cursor.execute(query, params)
            for kind, subject, told, had, number in cursor.fetchall():
                market_id = None if number is None else int(number)
                yield Difference(Kind(kind), subject, told, had, market_id)

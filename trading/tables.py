"""How the projection reads and writes its tables: a constant number of statements for any number
of events. What is read is backing by whoever calls: the listener's one worker."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Exists, Model, OuterRef

from chain.events import Event
from trading import history
from trading.book import NUMBER_MAX, Book, Standing, touched
from trading.models import (
    Claim,
    Happening,
    Holding,
    Liquidity,
    LpHolding,
    Pause,
    Pool,
    Proposal,
    Resolution,
    Trade,
)

HISTORY: tuple[type[Happening], ...] = (Trade, Liquidity, Proposal, Resolution, Claim)

_SHARES = """
SELECT pool.number, held.owner, held.outcome, held.shares
FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS wanted (pool_id, owner, outcome)
JOIN trading_holding held USING (pool_id, owner, outcome)
JOIN trading_pool pool ON pool.log_id = held.pool_id
"""
_LP = """
SELECT pool.number, held.owner, held.amount
FROM unnest(%s::bigint[], %s::text[]) AS wanted (pool_id, owner)
JOIN trading_lpholding held USING (pool_id, owner)
JOIN trading_pool pool ON pool.log_id = held.pool_id
"""
_PUT_SHARES = """
INSERT INTO trading_holding (pool_id, owner, outcome, shares)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::smallint[], %s::numeric[])
ON CONFLICT (pool_id, owner, outcome) DO UPDATE SET shares = excluded.shares
"""
_DROP_SHARES = """
DELETE FROM trading_holding held
USING unnest(%s::bigint[], %s::text[], %s::smallint[]) AS gone (pool_id, owner, outcome)
WHERE (held.pool_id, held.owner, held.outcome) = (gone.pool_id, gone.owner, gone.outcome)
"""
_PUT_LP = """
INSERT INTO trading_lpholding (pool_id, owner, amount)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::numeric[])
ON CONFLICT (pool_id, owner) DO UPDATE SET amount = excluded.amount
"""
_DROP_LP = """
DELETE FROM trading_lpholding held
USING unnest(%s::bigint[], %s::text[]) AS gone (pool_id, owner)
WHERE (held.pool_id, held.owner) = (gone.pool_id, gone.owner)
"""
_PUT_SUMS = """
UPDATE trading_pool pool
SET lp_supply = sums.lp_supply, backing = sums.backing, fees = sums.fees
FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[])
    AS sums (log_id, lp_supply, backing, fees)
WHERE pool.log_id = sums.log_id
"""
# What the last row up to a block says of these pools; without any, what they are when created.
LAST = """
SELECT pool.log_id,
    coalesce(last.reserves_after, array_fill(0::numeric, ARRAY[pool.outcome_count])) AS reserves,
    CASE
        WHEN resolution.log_id IS NOT NULL
            THEN CASE WHEN resolution.outcome IS NULL THEN 'voided' ELSE 'resolved' END
        WHEN EXISTS (
            SELECT FROM trading_proposal
            WHERE pool_id = pool.log_id AND block_number <= %(until)s
        ) THEN 'proposed'
        ELSE 'open'
    END AS status
FROM trading_pool pool
LEFT JOIN LATERAL (
    (SELECT block_number, log_index, reserves_after FROM trading_trade
        WHERE pool_id = pool.log_id AND block_number <= %(until)s
        ORDER BY block_number DESC, log_index DESC LIMIT 1)
    UNION ALL
    (SELECT block_number, log_index, reserves_after FROM trading_liquidity
        WHERE pool_id = pool.log_id AND block_number <= %(until)s
        ORDER BY block_number DESC, log_index DESC LIMIT 1)
    ORDER BY block_number DESC, log_index DESC LIMIT 1
) last ON true
LEFT JOIN trading_resolution resolution
    ON resolution.pool_id = pool.log_id AND resolution.block_number <= %(until)s
WHERE pool.log_id = ANY(%(pools)s)
"""
_TAKE_OVER = f"""
UPDATE trading_pool pool SET reserves = last.reserves, status = last.status
FROM ({LAST}) last WHERE pool.log_id = last.log_id
"""  # noqa: S608 (the pieces are this file's own)


def load(contract: str, events: Sequence[Event]) -> tuple[Book, dict[int, int]]:
    """Return the book of what these events touch, and the pools' ids by their numbers."""
    resolutions = Resolution.objects.filter(pool=OuterRef("pk"))
    rows = (
        Pool.objects.filter(contract=contract, number__in={event.market_id for event in events})
        .annotate(is_final=Exists(resolutions))
        .values_list("pk", "number", "outcome_count", "lp_supply", "backing", "fees", "is_final")
    )
    book, ids = Book(), {}
    for pk, number, outcome_count, lp_supply, backing, fees, is_final in rows:
        ids[number] = pk
        book.pools[number] = Standing(outcome_count, lp_supply, backing, fees, is_final)
    shares, lp = touched(event for event in events if event.market_id in ids)
    with connection.cursor() as cursor:
        if shares:
            cursor.execute(_SHARES, _columns(_in_pools(shares, ids)))
            book.shares = {(int(n), *place): int(held) for n, *place, held in cursor.fetchall()}
        if lp:
            cursor.execute(_LP, _columns(_in_pools(lp, ids)))
            book.lp = {(int(n), owner): int(held) for n, owner, held in cursor.fetchall()}
    return book, ids


def store(book: Book, ids: Mapping[int, int], events: Sequence[Event]) -> None:
    """Write what the book has come to where these events touched it, in the pools with an id."""
    events = [event for event in events if event.market_id in ids]
    shares, lp = touched(events)
    with connection.cursor() as cursor:
        held = ((*place, book.shares[place]) for place in shares)
        _put(cursor, _PUT_SHARES, _DROP_SHARES, _in_pools(held, ids))
        provided = ((*place, book.lp[place]) for place in lp)
        _put(cursor, _PUT_LP, _DROP_LP, _in_pools(provided, ids))
        sums = [
            (number, pool.lp_supply, pool.backing, pool.fees)
            for number in {event.market_id for event in events}
            for pool in [book.pools[number]]
        ]
        if sums:
            cursor.execute(_PUT_SUMS, _columns(_in_pools(sums, ids)))
            touched_pools = [ids[number] for number, *_ in sums]
            cursor.execute(_TAKE_OVER, {"pools": touched_pools, "until": NUMBER_MAX})


def last_said(pool_ids: Sequence[int], *, until: int) -> dict[int, tuple[list[int], str]]:
    """Return the reserves and the status that the histories up to a block give these pools."""
    with connection.cursor() as cursor:
        cursor.execute(LAST, {"pools": list(pool_ids), "until": until})
        return {pk: (list(map(int, reserves)), status) for pk, reserves, status in cursor}


def append(rows: Mapping[type[Happening], Sequence[Sequence[Any]]]) -> None:
    """Add rows to the history: by COPY, since there may be as many as the chain is long."""
    with connection.cursor() as cursor:
        for model, values in rows.items():
            columns = ", ".join(history.columns(model))
            with cursor.copy(f"COPY {_table(model)} ({columns}) FROM STDIN") as into:
                into.write("".join(map(_line, values)))


def _line(row: Sequence[Any]) -> str:
    """Return a row as COPY reads it. Nothing in it needs escaping: numbers, hex, words and times.

    A dozen times as fast as psycopg, which asks of each member of an array whether it does.
    """
    return "\t".join(map(_written, row)) + "\n"


def _written(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, list):
        return f"{{{','.join(map(str, value))}}}"
    return str(value)


def remove(log_ids: Sequence[int]) -> None:
    """Take what these logs said out of the history."""
    _delete(HISTORY, "log_id = ANY(%s)", [log_ids])


def remove_pools(ids: Sequence[int]) -> None:
    """Take pools away whose creation was undone, with all that was held in them."""
    _delete([Holding, LpHolding], "pool_id = ANY(%s)", [ids])
    _delete([Pool], "log_id = ANY(%s)", [ids])


def clear() -> None:
    """Empty every table."""
    _delete([*HISTORY, Holding, LpHolding, Pause, Pool])


def _delete(models: Iterable[type[Model]], where: str = "true", params: Sequence[Any] = ()) -> None:
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"DELETE FROM {_table(model)} WHERE {where}", params)  # noqa: S608


def _table(model: type[Model]) -> str:
    return str(model._meta.db_table)


def _put(cursor: Any, put: str, drop: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write the last column of these rows, and drop those in which it is nothing."""
    if kept := [row for row in rows if row[-1]]:
        cursor.execute(put, _columns(kept))
    if gone := [row[:-1] for row in rows if not row[-1]]:
        cursor.execute(drop, _columns(gone))


def _in_pools(rows: Iterable[tuple[Any, ...]], ids: Mapping[int, int]) -> list[tuple[Any, ...]]:
    """Return the rows with their pool's id for its number, in an order that is always the same."""
    return sorted((ids[number], *rest) for number, *rest in rows)


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]

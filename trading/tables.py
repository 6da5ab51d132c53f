"""How the projection reads and writes its tables: a constant number of statements for any number
of events. What is read is held by whoever calls: the listener's one worker."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Model, OuterRef, Subquery

from chain.events import Event
from trading import history
from trading.accounts import Account, Lot, Stake
from trading.arrays import arrays, lines
from trading.book import NUMBER_MAX, Book, Standing, touched
from trading.models import (
    Candle,
    Claim,
    Happening,
    Holding,
    Liquidity,
    LpHolding,
    Pause,
    Pool,
    Position,
    Proposal,
    Resolution,
    Trade,
)
from trading.rows import Key, Table

HISTORY: tuple[type[Happening], ...] = (Trade, Liquidity, Proposal, Resolution, Claim)
_HELD: tuple[type[Model], ...] = (Holding, LpHolding, Position, Candle)

# In the order of book.Standing.
_POOL_SUMS = ("lp_supply", "backing", "fees", "volume", "fee_per_lp", "trade_count")
_NUMERATORS = Resolution.objects.filter(pool=OuterRef("pk")).values("numerators")

_LOTS = """
SELECT pool.number, held.owner, held.outcome, held.shares, held.cost
FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS wanted (pool_id, owner, outcome)
JOIN trading_holding held USING (pool_id, owner, outcome)
JOIN trading_pool pool ON pool.log_id = held.pool_id
"""
_STAKES = """
SELECT pool.number, held.owner, held.amount, held.cost, held.given, held.fee_per_lp
FROM unnest(%s::bigint[], %s::text[]) AS wanted (pool_id, owner)
JOIN trading_lpholding held USING (pool_id, owner)
JOIN trading_pool pool ON pool.log_id = held.pool_id
"""
_SUMS = ", ".join(Account._fields)
_ACCOUNTS = f"""
SELECT pool.number, held.owner, {", ".join(f"held.{name}" for name in Account._fields)}
FROM unnest(%s::bigint[], %s::text[]) AS wanted (pool_id, owner)
JOIN trading_position held USING (pool_id, owner)
JOIN trading_pool pool ON pool.log_id = held.pool_id
"""  # noqa: S608 (the pieces are this file's own)
_OWNER = {"pool_id": "bigint", "owner": "text"}
_LOT = Table(
    "trading_holding", _OWNER | {"outcome": "smallint"}, {"shares": "numeric", "cost": "numeric"}
)
_STAKE = Table(
    "trading_lpholding",
    _OWNER,
    {"amount": "numeric", "cost": "numeric", "given": "numeric[]", "fee_per_lp": "numeric"},
)
_ACCOUNT = Table(
    "trading_position",
    _OWNER,
    {name: "bigint" if name.endswith("_count") else "numeric" for name in Account._fields},
)
_PUT_SUMS = """
UPDATE trading_pool pool
SET lp_supply = sums.lp_supply, backing = sums.backing, fees = sums.fees,
    fee_per_lp = sums.fee_per_lp, volume = sums.volume, trade_count = sums.trade_count
FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[],
        %s::numeric[], %s::bigint[])
    AS sums (log_id, lp_supply, backing, fees, volume, fee_per_lp, trade_count)
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


@dataclass(frozen=True, slots=True)
class Known:
    """What there is of what a book is about: pools by their numbers, and which places have rows."""

    ids: dict[int, int] = field(default_factory=dict)
    markets: dict[int, int] = field(default_factory=dict)
    lots: frozenset[tuple[int, str, int]] = frozenset()
    stakes: frozenset[tuple[int, str]] = frozenset()
    accounts: frozenset[tuple[int, str]] = frozenset()


def load(contract: str, events: Sequence[Event]) -> tuple[Book, Known]:
    """Return the book of what these events touch, and which pools are there."""
    rows = (
        Pool.objects.filter(contract=contract, number__in={event.market_id for event in events})
        .annotate(payout=Subquery(_NUMERATORS))
        .values_list("number", "pk", "market_id", "payout", "outcome_count", *_POOL_SUMS)
    )
    book = Book()
    ids: dict[int, int] = {}
    markets: dict[int, int] = {}
    for number, pk, market_id, payout, *sums in rows:
        ids[number], markets[number] = pk, market_id
        book.pools[number] = Standing(*sums)._replace(payout=tuple(payout or ()))
    lots, stakes, whose = touched(event for event in events if event.market_id in ids)
    with connection.cursor() as cursor:
        if lots:
            cursor.execute(_LOTS, arrays(_in_pools(lots, ids)))
            for number, owner, outcome, shares, cost in cursor:
                book.lots[int(number), owner, outcome] = Lot(int(shares), int(cost))
        if stakes:
            cursor.execute(_STAKES, arrays(_in_pools(stakes, ids)))
            for number, owner, lp, cost, given, per_lp in cursor:
                stake = Stake(int(lp), int(cost), tuple(map(int, given)), int(per_lp))
                book.stakes[int(number), owner] = stake
        if whose:
            cursor.execute(_ACCOUNTS, arrays(_in_pools(whose, ids)))
            for number, owner, *sums in cursor:
                book.accounts[int(number), owner] = Account(*map(int, sums))
    return book, Known(
        *(ids, markets), frozenset(book.lots), frozenset(book.stakes), frozenset(book.accounts)
    )


def store(book: Book, known: Known) -> None:
    """Write what the book has come to, in the pools that it still has."""
    ids = {number: pk for number, pk in known.ids.items() if number in book.pools}
    _write(_LOT, book.lots, known.lots, ids)
    _write(_STAKE, book.stakes, known.stakes, ids)
    _write(_ACCOUNT, book.accounts, known.accounts, ids)
    sums = sorted((pk, *book.pools[number][1:-1]) for number, pk in ids.items())
    if sums:
        with connection.cursor() as cursor:
            cursor.execute(_PUT_SUMS, arrays(sums))
            pools = [pk for pk, *_ in sums]
            cursor.execute(_TAKE_OVER, {"pools": pools, "until": NUMBER_MAX})


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
                into.write(lines(values))


def remove(log_ids: Sequence[int]) -> None:
    """Take what these logs said out of the history."""
    _delete(HISTORY, "log_id = ANY(%s)", [log_ids])


def remove_pools(ids: Sequence[int]) -> None:
    """Take pools away whose creation was undone, with all that was held in them."""
    _delete(_HELD, "pool_id = ANY(%s)", [ids])
    _delete([Pool], "log_id = ANY(%s)", [ids])


def clear(contract: str) -> None:
    """Empty every table of a contract's rows."""
    of_it = "pool_id IN (SELECT log_id FROM trading_pool WHERE contract = %s)"
    _delete([*HISTORY, *_HELD], of_it, [contract])
    _delete([Pause, Pool], "contract = %s", [contract])


def _delete(models: Iterable[type[Model]], where: str, params: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"DELETE FROM {_table(model)} WHERE {where}", params)  # noqa: S608


def _table(model: type[Model]) -> str:
    return str(model._meta.db_table)


def _write(
    table: Table,
    held: Mapping[Key, tuple[Any, ...]],
    known: Collection[Key],
    ids: Mapping[int, int],
) -> None:
    """Write what there is in pools with an id, and no row where that is nothing."""
    rows: dict[Key, tuple[Any, ...] | None] = {}
    there = set()
    for place, row in held.items():
        if (pool := ids.get(place[0])) is not None:
            key = (pool, *place[1:])
            rows[key] = row if any(row) else None
            if place in known:
                there.add(key)
    table.write(rows, known=there)


def _in_pools(rows: Iterable[tuple[Any, ...]], ids: Mapping[int, int]) -> list[tuple[Any, ...]]:
    """Return the rows of pools with an id, with that for their number, always in one order."""
    return sorted((ids[number], *rest) for number, *rest in rows if number in ids)

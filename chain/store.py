"""Raw logs into the database and out of it, by thousands. Each function joins the caller's
transaction."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from chain.answers import INDEX_MAX, NUMBER_MAX
from chain.errors import BadAnswer
from chain.logs import Log
from chain.models import Cursor, RawLog

ROWS_AT_ONCE = 2000
# Of a page that is likely to be the only one that is looked at.
FIRST_ROWS = 20

_COPY = """
COPY chain_rawlog (id, chain_id, block_number, block_hash, log_index, transaction_hash, address,
    topics, data, block_time, is_canonical) FROM STDIN
"""
_IDS = """
SELECT nextval(pg_get_serial_sequence('chain_rawlog', 'id')) FROM generate_series(1, %s)
"""
_COLUMNS = """
block_number, block_hash, log_index, transaction_hash, address, topics, data, block_time, id
"""
_PAGE = f"""
SELECT {_COLUMNS} FROM chain_rawlog
WHERE chain_id = %s AND address = %s AND is_canonical
    AND (block_number, log_index) > (%s, %s) AND (block_number, log_index) <= (%s, %s)
"""  # noqa: S608 (the pieces are this file's own)
_OLDEST = _PAGE + "ORDER BY block_number, log_index LIMIT %s"
_NEWEST = _PAGE + "ORDER BY block_number DESC, log_index DESC LIMIT %s"
_KNOWN = f"""
SELECT {_COLUMNS}, is_canonical FROM chain_rawlog
WHERE chain_id = %s AND block_number BETWEEN %s AND %s
    AND block_hash = ANY(string_to_array(%s, ' '))
"""  # noqa: S608 (the pieces are this file's own)


class OtherLog(BadAnswer):
    """An incident: a node told `told` under the key of `stored`."""

    def __init__(self, told: Log, stored: Log) -> None:
        super().__init__(
            f"Log {told.log_index} of block {told.block_hash} is stored as another than it is told."
        )
        self.told = told
        self.stored = stored


def insert(cursor: Cursor, logs: Sequence[Log]) -> list[Log]:
    """Store logs as canonical; return those that were not canonical before, with their ids.

    Raises:
        OtherLog: one is stored with another payload.
    """
    if not logs:
        return []
    known = _known(cursor, logs)
    fresh: list[Log] = []
    back: list[Log] = []
    for log in logs:
        stored, is_canonical = known.get((log.block_hash, log.log_index), (None, False))
        if stored is None:
            fresh.append(log)
            continue
        if payload(stored) != payload(log):
            raise OtherLog(log, stored)
        log.id = stored.id
        if not is_canonical:
            back.append(log)
    _copy(cursor, fresh)
    if not back:
        return fresh
    RawLog.objects.filter(pk__in=[log.id for log in back]).update(is_canonical=True)
    return sorted(fresh + back, key=lambda log: log.place)


def payload(log: Log) -> dict[str, Any]:
    """Return what makes a log itself, as JSON."""
    return {
        "blockNumber": log.block_number,
        "blockHash": log.block_hash,
        "logIndex": log.log_index,
        "transactionHash": log.transaction_hash,
        "address": log.address,
        "topics": list(log.topics),
        "data": log.data,
    }


def canonical(
    cursor: Cursor, *, after: int = -1, until: int = NUMBER_MAX, newest_first: bool = False
) -> Iterator[Log]:
    """Return the canonical logs of the blocks above `after` and up to `until`, in their order.

    Page by page: rows that somebody adds or takes away meanwhile may be seen or not.
    """
    page = _NEWEST if newest_first else _OLDEST
    low, high = (after, INDEX_MAX), (until, INDEX_MAX)
    size = FIRST_ROWS
    with connection.cursor() as database:
        while True:
            values: list[Any] = [cursor.chain_id, cursor.contract, *low, *high, size]
            database.execute(page, values)
            rows = database.fetchall()
            yield from map(_log, rows)
            if len(rows) < size:
                return
            last = _log(rows[-1]).place
            low, high = (low, (last[0], last[1] - 1)) if newest_first else (last, high)
            size = ROWS_AT_ONCE


def _known(cursor: Cursor, logs: Sequence[Log]) -> dict[tuple[str, int], tuple[Log, bool]]:
    """Return what is stored of the blocks of these logs, which are in their order."""
    first, last = logs[0].block_number, logs[-1].block_number
    # One text: psycopg looks at each item of an array.
    hashes = " ".join({log.block_hash for log in logs})
    with connection.cursor() as database:
        database.execute(_KNOWN, [cursor.chain_id, first, last, hashes])
        rows = [(_log(row[:-1]), row[-1]) for row in database.fetchall()]
    return {(log.block_hash, log.log_index): (log, flag) for log, flag in rows}


def _copy(cursor: Cursor, logs: Sequence[Log]) -> None:
    """Store new logs and give them their ids."""
    if not logs:
        return
    with connection.cursor() as database:
        database.execute(_IDS, [len(logs)])
        for log, (pk,) in zip(logs, database.fetchall(), strict=True):
            log.id = pk
        with database.copy(_COPY) as copy:
            # Nothing in a row needs escaping: numbers, hex and a time.
            copy.write(
                "".join(
                    f"{log.id}\t{cursor.chain_id}\t{log.block_number}\t{log.block_hash}"
                    f"\t{log.log_index}\t{log.transaction_hash}\t{log.address}"
                    f"\t{{{','.join(log.topics)}}}\t{log.data}\t{log.block_time}\tt\n"
                    for log in logs
                )
            )


def _log(row: Sequence[Any]) -> Log:
    number, block_hash, index, transaction_hash, address, topics, data, time, pk = row
    return Log(number, block_hash, index, transaction_hash, address, tuple(topics), data, time, pk)

"""Many odds updates in one statement: columns travel as arrays, far cheaper to send and to read
than rows of values."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from markets.models import OddsUpdate

_COLUMNS = {
    "market_id": "bigint",
    "seq": "bigint",
    "home": "int",
    "away": "int",
    "draw": "int",
    "spread_line_q": "smallint",
    "spread_home": "int",
    "spread_away": "int",
    "total_line_q": "smallint",
    "total_over": "int",
    "total_under": "int",
    # Arrays of arrays would be read as one: each goes as the text that PostgreSQL writes it as.
    "outcome_prices": "text",
    "status": "text",
    "start_time": "timestamptz",
    "source": "text",
    "reason": "text",
    "changed_by_id": "bigint",
}
_NAMES = ", ".join(_COLUMNS)
_INSERT = f"""
INSERT INTO markets_oddsupdate ({_NAMES})
SELECT {_NAMES.replace("outcome_prices", "outcome_prices::bigint[]")}
FROM unnest({", ".join(f"%s::{kind}[]" for kind in _COLUMNS.values())}) AS n ({_NAMES})
RETURNING id, at
"""  # noqa: S608 (the pieces are this file's own)


def insert(updates: Sequence[OddsUpdate]) -> None:
    """Store updates and give them what the database decides: their ids and their moment."""
    if not updates:
        return
    columns = [[_plain(getattr(update, name)) for update in updates] for name in _COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, columns)
        for update, (pk, at) in zip(updates, cursor.fetchall(), strict=True):
            update.pk, update.at = pk, at
            update._state.adding = False  # noqa: SLF001 (what the ORM itself would set)


def _plain(value: Any) -> Any:
    # psycopg sends an enumeration's member as what it is declared as, and an array of one kind.
    if isinstance(value, str):
        return str(value)
    return f"{{{','.join(map(str, value))}}}" if isinstance(value, list) else value

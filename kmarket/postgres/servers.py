"""Django's DATABASES: the database, and a replica of it where there is one. No Django here."""

from collections.abc import Mapping
from typing import Any

import dj_database_url

from kmarket.postgres import patience

# As `using` names it.
REPLICA = "replica"
_OF_ALL: dict[str, Any] = {
    "ENGINE": "kmarket.postgres",
    # A cursor that outlives its transaction would stay at a connection of the pooler's.
    "DISABLE_SERVER_SIDE_CURSORS": True,
}


def primary(
    where: Mapping[str, Any], *, pool_max: int, statement_ms: int, lock_ms: int
) -> dict[str, Any]:
    """Return how the database is reached and what may take how long; `where` says its address."""
    return {
        **where,
        **_OF_ALL,
        "OPTIONS": {
            # What the address says besides, such as `?sslmode=require`.
            **where.get("OPTIONS", {}),
            "pool": {"min_size": 1, "max_size": pool_max, **patience.POOL},
            **patience.TCP,
            "options": f"-c statement_timeout={statement_ms} -c lock_timeout={lock_ms}"
            " -c idle_in_transaction_session_timeout=60000",
        },
    }


def replica(url: str, *, pool_max: int) -> dict[str, dict[str, Any]]:
    """Return how the replica is reached, by its name; nothing where there is none."""
    if not url:
        return {}
    where = dj_database_url.parse(url)
    options = {
        **where.get("OPTIONS", {}),
        # None is made before it is needed.
        "pool": {"min_size": 0, "max_size": pool_max, **patience.HASTY_POOL},
        **patience.TCP,
        # The primary has its own time for what takes longer here.
        "options": f"-c statement_timeout={int(patience.HASTE_SECONDS * 1000)}"
        " -c default_transaction_read_only=on",
    }
    return {REPLICA: {**where, **_OF_ALL, "OPTIONS": options}}

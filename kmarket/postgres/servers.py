"""Django's DATABASES. No Django here."""

from collections.abc import Mapping
from typing import Any

from kmarket.postgres import patience

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

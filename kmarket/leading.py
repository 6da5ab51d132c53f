"""One of several processes acts, the others stand by: an advisory lock decides which."""

from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.conninfo import conninfo_to_dict

from kmarket.postgres.patience import PatientConnection

STANDBY_SECONDS = 1.0
# A leader whose machine vanished loses the lock after 10 + 3 * 5 s.
KEEPALIVES = " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"

# Advisory locks of two numbers are a space of their own, beside the markets' locks of one.
Key = tuple[int, int]


def locking_connection() -> psycopg.Connection[Any]:
    """Connect beside the pool, and past a pooler: the lock lives as long as this connection and no
    longer."""
    params = connection.get_connection_params()
    if settings.DATABASE_DIRECT_URL != settings.DATABASE_URL:
        params |= conninfo_to_dict(settings.DATABASE_DIRECT_URL)
    params["options"] = params.get("options", "") + KEEPALIVES
    return PatientConnection.connect(**params, autocommit=True)


def take(lock: psycopg.Connection[Any], key: Key) -> bool:
    """Return whether the lock is this connection's now."""
    row = lock.execute("SELECT pg_try_advisory_lock(%s, %s)", key).fetchone()
    return bool(row and row[0])


def hold(lock: psycopg.Connection[Any]) -> None:
    """Make sure that a lock that was taken is still there.

    Raises:
        psycopg.OperationalError: its connection is gone, and the lock with it.
    """
    lock.execute("SELECT 1")

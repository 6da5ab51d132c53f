"""The database's moments: what time it is there, and one state of it for what reads much."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

# A whole table takes longer than any request's statement may.
STATEMENT_MAX = "15min"


def present() -> datetime:
    """Return what time it is by the database's clock. Hosts may differ; that one is for all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


@contextmanager
def one_moment() -> Iterator[None]:
    """See one state of the database, whatever is written meanwhile, and write nothing."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_MAX}'")
            # What is read in portions is worked through before the next one.
            cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{STATEMENT_MAX}'")
        yield

"""A statement at which whoever comes to it waits, so that it can be killed there."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

LOCK = 4711
# For `stopping(constraint=…)`: a trigger of this kind waits while the transaction commits.
AT_THE_COMMIT = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"


@contextmanager
def stopping(when: str, condition: str | None, *, constraint: str = "") -> Iterator[None]:
    """Whoever comes to this statement waits until the block ends."""
    check = f"WHEN ({condition})" if condition else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN PERFORM pg_advisory_xact_lock_shared({LOCK});"
            " RETURN coalesce(NEW, OLD); END $$"
        )
        cursor.execute(
            f"CREATE {constraint} TRIGGER stop_here {when} {check} EXECUTE FUNCTION stop_here()"
        )
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
            # Waits for whoever was stopped, and so for the end of what was killed.
            cursor.execute("DROP FUNCTION stop_here() CASCADE")


def stopped() -> bool:
    """Tell whether somebody waits there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s"
            " AND NOT granted AND database = (SELECT oid FROM pg_database"
            " WHERE datname = current_database())",
            [LOCK],
        )
        return bool(cursor.fetchone()[0])


def contents(*tables: str) -> list[tuple]:
    """A number for each table: the same number, the same rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{table}', count(*), sum(hashtextextended(t::text, 0)) FROM {table} t"
                for table in tables
            )
        )
        return cursor.fetchall()

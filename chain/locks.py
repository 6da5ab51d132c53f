"""The one lock of the listener: whoever moves a cursor holds it until the commit."""

from django.db import connection

from chain.models import Cursor

# Advisory locks of two numbers are a space of their own; the clock has 0x6B6D.
MOVING = 0x6B6E
# Who fetches: held by a process for as long as it runs, so that another stands by.
LISTENING = 0x6B6F
# Who writes down what a comparison found.
FINDING = 0x6B70


def hold(cursor: Cursor, *, for_long: bool = False) -> Cursor:
    """Take a cursor, with its logs and what they project to, and return it as it is now.

    `for_long`: until the commit no statement is cut short, neither the wait nor what follows. There
    are few of them, and each may touch every row.
    """
    assert connection.in_atomic_block, "a lock without a transaction locks nothing"
    with connection.cursor() as database:
        if for_long:
            database.execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
        database.execute("SELECT pg_advisory_xact_lock(%s, %s)", [MOVING, cursor.pk])
    # A statement of its own, so that it sees what the lock waited for.
    return Cursor.objects.get(pk=cursor.pk)


def hold_findings(cursor: Cursor) -> None:
    """Wait until nobody else writes findings about a cursor; nobody will before the commit."""
    assert connection.in_atomic_block, "a lock without a transaction locks nothing"
    with connection.cursor() as database:
        database.execute("SELECT pg_advisory_xact_lock(%s, %s)", [FINDING, cursor.pk])

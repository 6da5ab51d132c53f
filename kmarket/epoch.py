"""The epoch: one name for the history that all sequence numbers of this database belong to.

A client that resumes from seq 10 must not be served seq 11 of another history. The epoch changes
when the database is made anew, dumped into another one (another cluster or database oid), or
recovered to a point in time (another timeline). `manage.py new_epoch` changes it by hand after
a restore that leaves no such trace.
"""

import hashlib
import uuid

from django.db import connection

from kmarket.models import Lineage

_PARTS = """
SELECT (SELECT system_identifier FROM pg_control_system()),
       (SELECT timeline_id FROM pg_control_checkpoint()),
       (SELECT oid FROM pg_database WHERE datname = current_database()),
       (SELECT name FROM kmarket_lineage WHERE id = 1)
"""


def current() -> str:
    """Return the epoch, 16 hex digits. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_PARTS)
        parts = cursor.fetchone()
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def begin() -> None:
    """Name the history of a new database; one that has its name keeps it. After each migrate."""
    Lineage.objects.bulk_create([Lineage(pk=1, name=uuid.uuid4())], ignore_conflicts=True)


def renew() -> str:
    """Begin a new history: every client that resumes gets a whole snapshot."""
    Lineage.objects.update_or_create(pk=1, defaults={"name": uuid.uuid4()})
    return current()

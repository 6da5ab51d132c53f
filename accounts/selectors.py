"""Reads that deserve a name."""

import uuid

from django.db import connection

from accounts.models import Session, User

_SESSION, _USER = (
    [field.attname for field in model._meta.concrete_fields] for model in (Session, User)
)
# Every request asks this, and Django would take longer to write it than PostgreSQL to answer it.
_SESSION_AND_USER = f"""
SELECT extract(epoch FROM s.expires_at - statement_timestamp())::float8,
    {", ".join(f"s.{name}" for name in _SESSION)}, {", ".join(f"u.{name}" for name in _USER)}
FROM accounts_session s LEFT JOIN accounts_user u ON u.id = s.user_id
WHERE s.id = %s
"""  # noqa: S608 (the pieces are our own models' columns)


def session(session_id: uuid.UUID) -> tuple[Session, float] | None:
    """Return a session with its user, whether it still holds or not, and how many seconds it has
    left by the database's clock. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_SESSION_AND_USER, [session_id])
        row = cursor.fetchone()
    if row is None:
        return None
    left, *values = row
    found = Session.from_db(connection.alias, _SESSION, values[: len(_SESSION)])
    if found.user_id is not None:
        found.user = User.from_db(connection.alias, _USER, values[len(_SESSION) :])
    return found, left

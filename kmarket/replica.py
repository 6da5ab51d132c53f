"""Reads that a streaming replica answers in place of the primary (DATABASE_REPLICA_URL).

They are never older than the request that makes them: the replica is asked once it has applied what
the primary had committed by then. So everybody finds what they have written or been told of. Where
it is away, slow or behind, the primary answers.

What comes here takes long and decides nothing; docs/sizing.md names it all.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.db import (
    DEFAULT_DB_ALIAS,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
    connections,
)
from psycopg_pool import PoolTimeout

from kmarket.postgres.servers import REPLICA
from kmarket.resting import Rest

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

# A read waits no longer for what the replica has yet to apply. A busy primary's log may end within
# an entry, whose end follows within 0.2 s (wal_writer_delay).
BEHIND_SECONDS_MAX = 0.3
PAUSE_SECONDS = 0.001
# After a read in vain nobody in this process asks it for so long: longer than a statement may take
# there, lest many wait for it at once.
REST_SECONDS = 3.0
# A row was being read that the primary has removed since: bad luck, and no reason to leave it.
RECOVERY_CONFLICT = "40001"

_DATABASE = """
    (SELECT system_identifier FROM pg_control_system()),
    (SELECT oid FROM pg_database WHERE datname = current_database())
"""
# All that was committed is in the log up to here. No lsn, where this is a replica itself: one that
# is about to become the primary.
_MARK = f"""
SELECT lsn::text, ('x' || left(pg_walfile_name(lsn), 8))::bit(32)::int, {_DATABASE}
FROM (SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_flush_lsn() END) AS here (lsn)
"""  # noqa: S608 (the pieces are this file's own)
# After a failover a replica says that it follows the new timeline with its next checkpoint.
_STANDING = f"""
SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn,
    (SELECT timeline_id FROM pg_control_checkpoint()), {_DATABASE}
"""  # noqa: S608 (the pieces are this file's own)


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment in the history of a database."""

    lsn: str
    # The timeline, the cluster and the database: in another history an lsn means something else.
    history: tuple[int, ...]


class _Behind(Exception):
    """The replica has not applied what it should have."""


# Why the primary is asked instead. Whatever else is raised would be raised there, too.
_LEFT = (OperationalError, InterfaceError, ProgrammingError, PoolTimeout, _Behind)

# Of this process: reads that came here, by the database that answered.
answered = {"replica": 0, "primary": 0}
_counting = threading.Lock()
_rest = Rest(REST_SECONDS)


def read(work: Callable[[str], Answer]) -> Answer:
    """Do a piece of reading on the replica, or on the primary where it must be done there.

    `work` gets the name of the database that it is to ask, and no other (`using`). It may be begun
    on the replica and done on the primary. Within a transaction the primary does it.
    """
    if REPLICA not in connections.settings or connection.in_atomic_block:
        return work(DEFAULT_DB_ALIAS)
    mark = None if _rest.refuses() else _mark()
    if mark is not None:
        try:
            _catch_up(mark)
            answer = work(REPLICA)
        except _LEFT as exc:
            # What is on it may be half an exchange.
            connections[REPLICA].close()
            _leave(exc)
        else:
            _come_back()
            _count("replica")
            return answer
    _count("primary")
    return work(DEFAULT_DB_ALIAS)


def _mark() -> Mark | None:
    """Return where the primary is; None where it is no primary yet."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK)
        lsn, *history = cursor.fetchone()
    return Mark(lsn, tuple(history)) if lsn else None


def _catch_up(mark: Mark) -> None:
    """Wait until the replica has applied all up to the mark.

    Raises:
        _Behind: it takes too long, or is a replica of something else.
    """
    deadline, pause = time.monotonic() + BEHIND_SECONDS_MAX, PAUSE_SECONDS
    while True:
        with connections[REPLICA].cursor() as cursor:
            cursor.execute(_STANDING, [mark.lsn])
            has_caught_up, *history = cursor.fetchone()
        if tuple(history) != mark.history:
            raise _Behind("it is of another history: a failover, or another database")
        if has_caught_up:
            return
        if time.monotonic() + pause > deadline:
            raise _Behind(f"it is behind by more than {BEHIND_SECONDS_MAX} s, or no replica")
        time.sleep(pause)
        pause *= 2


def _leave(exc: Exception) -> None:
    """Ask the primary for a while."""
    if getattr(exc.__cause__, "sqlstate", None) == RECOVERY_CONFLICT:
        return
    if not _rest.is_on:
        logger.warning("The replica is left, the primary answers: %s", exc)
    _rest.begin()


def _come_back() -> None:
    if _rest.is_on:
        _rest.end()
        logger.info("The replica answers again.")


def _count(database: str) -> None:
    with _counting:
        answered[database] += 1

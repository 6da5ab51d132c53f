"""A database that says nothing is found out, and nobody waits for it longer than that takes.

A server that is gone closes its connections. One that is stopped, or whose machine hangs, keeps
them and says nothing, and neither its own time-outs nor a driver's end that. So whoever has waited
for SILENCE_SECONDS asks whether the server still takes connections. If it does, the statement is a
long one, and goes on.
"""

import threading
import time
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from kmarket.resting import Rest

# For so long a request waits for a connection, and a pool goes on trying to make one.
POOL_SECONDS = 5.0
SILENCE_SECONDS = 2.0
# The same, once it is known to be away, but for one in a second, who finds out whether it is back:
# who makes a connection, on a busy machine.
BRIEF_SECONDS = 0.1
TRY_SECONDS = 1.0
# psycopg takes no less.
CONNECT_SECONDS = 2
# For so long one answer to the question counts for all who ask it.
KNOWN_SECONDS = 1.0

# For so long a statement may take where another server would be asked instead, and for so long one
# waits for a connection to it.
HASTE_SECONDS = 2.0
HASTY_POOL_SECONDS = 0.5

# On once somebody has waited in vain, until the database answers anybody. Meanwhile the others wait
# briefly: the threads that wait are all that there are.
away = Rest(TRY_SECONDS)


def pool_seconds() -> float:
    """Return for how long to wait for a connection now."""
    if not away.is_on:
        return POOL_SECONDS
    return BRIEF_SECONDS if away.refuses() else TRY_SECONDS


class PatientConnection(psycopg.Connection[Any]):
    """A connection that ends when its server doesn't answer."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Do a piece of work with the server.

        Raises:
            OperationalError: it doesn't answer. What was sent to it may be done all the same.
        """
        while timeout is None:
            try:
                silence = BRIEF_SECONDS if away.is_on else SILENCE_SECONDS
                answer = super().wait(gen, interval, silence)
            except psycopg.errors._WaitTimeout:  # noqa: SLF001 (as documented in wait itself)
                if not _question.is_silent(self):
                    continue
                away.begin()
                # Half of an exchange is on it: nothing else can follow.
                self.pgconn.finish()
                raise psycopg.OperationalError("the database does not answer") from None
            else:
                away.end()
                return answer
        return super().wait(gen, interval, timeout)


class HastyConnection(psycopg.Connection[Any]):
    """A connection that ends when its server doesn't answer at once: there is another to ask."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Do a piece of work with the server.

        Raises:
            OperationalError: it doesn't answer, or takes long.
        """
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            # After the statement's own time-out: who hears of that keeps the connection.
            return super().wait(gen, interval, HASTE_SECONDS + BRIEF_SECONDS)
        except psycopg.errors._WaitTimeout:  # noqa: SLF001 (as above)
            self.pgconn.finish()
            raise psycopg.OperationalError("it does not answer") from None


# For the settings. By itself a pool would pause ever longer: for minutes, after an outage.
POOL = {
    "timeout": POOL_SECONDS,
    "reconnect_timeout": POOL_SECONDS,
    "connection_class": PatientConnection,
}
HASTY_POOL = {
    "timeout": HASTY_POOL_SECONDS,
    "reconnect_timeout": HASTY_POOL_SECONDS,
    "connection_class": HastyConnection,
}
# A server whose machine is gone says nothing at all.
TCP = {
    "connect_timeout": 3,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


class _Question:
    """Whether the server is silent: asked by one for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._is_silent = False

    def is_silent(self, connection: psycopg.Connection[Any]) -> bool:
        with self._lock:
            if time.monotonic() - self._asked_at > KNOWN_SECONDS:
                self._is_silent = _is_silent(connection)
                self._asked_at = time.monotonic()
            return self._is_silent


_question = _Question()


def _is_silent(connection: psycopg.Connection[Any]) -> bool:
    about = connection.info
    known: dict[str, Any] = about.get_parameters()
    where = make_conninfo(
        **known | {"password": about.password, "connect_timeout": CONNECT_SECONDS}
    )
    try:
        psycopg.connect(where).close()
    except psycopg.errors.ConnectionTimeout:
        return True
    except psycopg.OperationalError:
        # A refusal is an answer, and where nobody listens any more the connection has ended.
        return False
    return False

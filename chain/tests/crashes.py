"""Ends a transaction at one of its statements, as a crash of ours or of the database would."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from django.db import connection


class Crash(Exception):
    """The process is no more."""


@contextmanager
def crash_at(statement: int) -> Iterator[list[str]]:
    """Have our own code stop dead before its statement of this number, counted from 0.

    Yields what was about to be executed then: nothing, if there were fewer statements.
    """

    def crash() -> None:
        raise Crash

    with _at(statement, crash) as reached:
        yield reached


@contextmanager
def connection_lost_at(statement: int) -> Iterator[list[str]]:
    """Have the database end our connection before the statement of this number."""
    with _at(statement, end_our_connection) as reached:
        yield reached


def end_our_connection() -> None:
    pid = connection.connection.info.backend_pid
    database = connection.settings_dict
    with psycopg.connect(
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
        host=database["HOST"],
        port=database["PORT"],
    ) as other:
        # Waits until it is gone.
        other.execute("SELECT pg_terminate_backend(%s, 20000)", [pid])


@contextmanager
def _at(statement: int, happens) -> Iterator[list[str]]:
    statements, reached = count(), []

    def watch(execute, sql, params, many, context):
        if next(statements) == statement:
            reached.append(str(sql))
            happens()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield reached

"""The statements of a request without the request: recorded once, then replayed by bare psycopg.

Each replay stands for another caller: the recorded caller's ids are replaced by that one's.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import groupby
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from operator import attrgetter
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

WAIT_SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as Django sent it. Its values go by name, or by number from 0 on."""

    sql: str
    values: dict[Any, Any]
    in_transaction: bool

    def given(self) -> Any:
        """Return the values as a cursor takes them."""
        return list(self.values.values()) if 0 in self.values else self.values


@dataclass(frozen=True, slots=True)
class Recording:
    """What a request sent, and the ids of its caller: no other value in it equals one of them."""

    statements: list[Statement]
    caller: tuple[Any, ...]


@contextmanager
def recorded() -> Iterator[list[Statement]]:
    """Record what this process sends to the database within the block."""
    statements: list[Statement] = []

    def note(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
        given = values if isinstance(values, dict) else dict(enumerate(values or ()))
        # Not the enumerations of our apps: a process of bare psycopg doesn't know them.
        plain = {
            name: str(value) if isinstance(value, str) else value for name, value in given.items()
        }
        statements.append(Statement(sql, plain, connection.in_atomic_block))
        return execute(sql, values, many, context)

    with connection.execute_wrapper(note):
        yield statements


def replay(
    recording: Recording, *, callers: list[tuple[Any, ...]], processes: int, seconds: float
) -> float:
    """Replay for so long, a connection for each caller; return how many were done a second."""
    context = get_context("spawn")
    pool = ProcessPoolExecutor(
        processes,
        mp_context=context,
        initializer=_join,
        initargs=(context.Barrier(len(callers)),),
    )
    with pool:
        shares = [callers[n::processes] for n in range(processes)]
        address = _address()
        work = [pool.submit(_process, address, recording, share, seconds) for share in shares]
        return sum(done.result() for done in work) / seconds


def _join(barrier: Barrier) -> None:
    global _start  # noqa: PLW0603 (how a process pool hands something to its processes)
    _start = barrier


def _process(
    address: str, recording: Recording, callers: list[tuple[Any, ...]], seconds: float
) -> int:
    """Replay for these callers, each in a thread with a connection of its own."""
    with ThreadPoolExecutor(len(callers)) as pool:
        work = [pool.submit(_thread, address, recording, caller, seconds) for caller in callers]
        return sum(done.result() for done in work)


def _thread(address: str, recording: Recording, caller: tuple[Any, ...], seconds: float) -> int:
    count = 0
    with psycopg.connect(address, autocommit=True) as database:
        cursor = database.cursor()
        _start.wait(WAIT_SECONDS_MAX)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            _once(database, cursor, recording, caller)
            count += 1
    return count


def _once(database: Any, cursor: Any, recording: Recording, caller: tuple[Any, ...]) -> None:
    instead = dict(zip(recording.caller, caller, strict=True))
    for in_transaction, statements in groupby(recording.statements, attrgetter("in_transaction")):
        with database.transaction() if in_transaction else nullcontext():
            for statement in statements:
                values = {
                    name: _replaced(value, instead) for name, value in statement.values.items()
                }
                cursor.execute(statement.sql, replace(statement, values=values).given())
                if cursor.description:
                    cursor.fetchall()


def _replaced(value: Any, instead: dict[Any, Any]) -> Any:
    if isinstance(value, UUID):
        return instead.get(value, value)
    # Django's wrappers of integers say their width in the database: keep it.
    return type(value)(instead.get(value, value)) if isinstance(value, int) else value


def _address() -> str:
    parameters = connection.get_connection_params()
    names = {"dbname", "user", "password", "host", "port"}
    return psycopg.conninfo.make_conninfo(
        **{name: text for name, text in parameters.items() if name in names and text}
    )

"""Many at once, for real: threads with connections of their own, and where one of them stops."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.conf import settings
from django.db import connection

from kmarket.errors import DomainError
from kmarket.tests.processes import eventually

SECONDS_MAX = 60


@contextmanager
def connections_for(people: int) -> Iterator[None]:
    """Let this process hold so many connections at once, and one for the test itself."""
    connection.ensure_connection()
    pool = connection.pool
    pool.resize(1, people + 2)
    try:
        yield
    finally:
        pool.resize(1, settings.DATABASE_POOL_MAX)


def all_at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Make every call at the same moment, each on a connection of its own.

    Returns what each of them did: what it returned, or the refusal that it raised.
    """
    everybody = threading.Barrier(len(calls))

    def make(call: Callable[[], Any]) -> Any:
        connection.ensure_connection()
        everybody.wait(SECONDS_MAX)
        return outcome(call)

    with connections_for(len(calls)), ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(_ended(make), call) for call in calls]
        return [future.result(SECONDS_MAX) for future in futures]


@contextmanager
def hammering(people: int, strike: Callable[[int], Any]) -> Iterator[list[Any]]:
    """Have so many people call strike(their number) again and again until the block ends.

    Yields the list of what happened so far; it is complete after the block.
    """
    enough = threading.Event()
    happened: list[Any] = []

    def go_on(number: int) -> None:
        while not enough.is_set():
            happened.append(outcome(lambda: strike(number)))

    with connections_for(people), ThreadPoolExecutor(people) as pool:
        strikers = [pool.submit(_ended(go_on), number) for number in range(people)]
        try:
            eventually(lambda: len(happened) >= people)
            yield happened
        finally:
            enough.set()
        for striker in strikers:
            striker.result(SECONDS_MAX)


def outcome(call: Callable[[], Any]) -> Any:
    """Return what a call returned, or the refusal that it raised."""
    try:
        return call()
    except DomainError as refusal:
        return refusal


def one_by_one(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """Make one call after the other; return what each of them did."""
    return [outcome(call) for call in calls]


@contextmanager
def stopped_before(words: str, call: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
    """Have a thread make a call and stop it before its first statement with these words in it.

    The block begins when it has stopped there, inside its transaction. Calling what is yielded
    lets it go on, and returns its outcome.
    """
    reached, go_on = threading.Event(), threading.Event()

    def stop(execute, sql, params, many, context):
        if words in sql and not reached.is_set():
            reached.set()
            assert go_on.wait(SECONDS_MAX), "nobody let it go on"
        return execute(sql, params, many, context)

    def make() -> Any:
        with connection.execute_wrapper(stop):
            return outcome(call)

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(_ended(make))

        def released() -> Any:
            go_on.set()
            return future.result(SECONDS_MAX)

        try:
            eventually(lambda: reached.is_set() or future.done())
            assert reached.is_set(), f"it ended before: {future.result()}"
            yield released
        finally:
            go_on.set()


def interleaved(desks: Sequence[Executor], *calls: Callable[[], Any], stop_at: int) -> list[Any]:
    """Make two calls, each at its own desk, the second within the first.

    The first is stopped before its statement of this number until the second has ended or waits
    for a lock; with fewer statements it has ended by then. Returns what each of them returned.
    """
    reached, go_on = threading.Event(), threading.Event()
    statements = count()

    def stop(execute, sql, params, many, context):
        if next(statements) == stop_at:
            reached.set()
            assert go_on.wait(SECONDS_MAX), "nobody let it go on"
        return execute(sql, params, many, context)

    def outer() -> Any:
        with connection.execute_wrapper(stop):
            return calls[0]()

    first = desks[0].submit(outer)
    try:
        eventually(lambda: reached.is_set() or first.done())
        second = desks[1].submit(calls[1])
        eventually(lambda: second.done() or waiting_for_locks())
    finally:
        go_on.set()
    return [first.result(SECONDS_MAX), second.result(SECONDS_MAX)]


@contextmanager
def under_way(call: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
    """Have a thread make a call that has to wait for a lock; the block begins when it waits.

    Calling what is yielded waits for the end of the call, and returns its outcome.
    """
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(_ended(lambda: outcome(call)))
        eventually(lambda: waiting_for_locks() or future.done())
        assert not future.done(), f"it waited for nobody: {future.result()}"
        yield lambda: future.result(SECONDS_MAX)


def waiting_for_locks() -> int:
    """Return how many of this database's connections wait for a lock now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]


def _ended(call: Callable[..., Any]) -> Callable[..., Any]:
    """Give the thread's connection back however the call ends."""

    def then_close(*args: Any) -> Any:
        try:
            return call(*args)
        finally:
            connection.close()

    return then_close

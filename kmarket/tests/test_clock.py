import logging
import threading
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection

from kmarket import clock
from kmarket.clock import Job, Schedule
from kmarket.management.commands import run_clock
from kmarket.tests.processes import eventually

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def nothing(now):
    pass


@pytest.fixture
def registry(monkeypatch):
    """An empty registry, for this test only."""
    registry = {}
    monkeypatch.setattr(clock, "_jobs", registry)
    return registry


def test_apps_register_functions_by_name(registry):
    @clock.every(60, "reconcile")
    def reconcile(now):
        pass

    clock.register(nothing, seconds=1, name="close markets")

    assert clock.jobs() == [Job("reconcile", 60, reconcile), Job("close markets", 1, nothing)]


def test_a_name_is_taken_once(registry):
    clock.register(nothing, seconds=1, name="close markets")

    with pytest.raises(AssertionError, match="close markets"):
        clock.register(nothing, seconds=2, name="close markets")

    assert clock.jobs() == [Job("close markets", 1, nothing)]


def test_every_job_is_due_at_once_and_then_at_its_own_pace():
    often, seldom = Job("often", 1, nothing), Job("seldom", 60, nothing)
    schedule = Schedule([often, seldom])

    assert schedule.due(100.0) == [often, seldom]
    assert schedule.due(100.9) == []
    assert schedule.due(101.0) == [often]
    assert schedule.due(160.0) == [often, seldom]


def test_what_was_missed_is_not_made_up_for():
    job = Job("often", 1, nothing)
    schedule = Schedule([job])
    schedule.due(100.0)

    assert schedule.due(130.0) == [job]
    assert schedule.due(130.5) == []


def test_the_wait_lasts_until_the_next_job():
    schedule = Schedule([Job("often", 1, nothing), Job("seldom", 60, nothing)])

    assert schedule.wait(100.0) == 0
    schedule.due(100.0)

    assert schedule.wait(100.25) == 0.75
    assert schedule.wait(105.0) == 0


def test_a_job_gets_the_time():
    times = []

    assert clock.run(Job("note", 1, times.append), NOW)
    assert times == [NOW]


def test_a_broken_job_is_logged_and_stops_nothing(caplog):
    def broken(now):
        raise DatabaseError("no such table")

    with caplog.at_level(logging.ERROR):
        assert not clock.run(Job("broken", 1, broken), NOW)

    (record,) = caplog.records
    assert record.job == "broken"
    assert "no such table" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_one_of_two_clocks_acts_and_the_other_takes_over():
    first, second = run_clock.locking_connection(), run_clock.locking_connection()
    assert run_clock.take(first)
    assert not run_clock.take(second)

    first.close()

    eventually(lambda: run_clock.take(second))
    second.close()


@pytest.mark.django_db(transaction=True)
def test_the_clock_runs_what_is_registered_until_it_is_asked_to_stop(registry):
    stop = threading.Event()
    times = []
    clock.register(times.append, seconds=0.01, name="note")
    clock.register(lambda now: len(times) == 3 and stop.set(), seconds=0.01, name="stop")

    with run_clock.locking_connection() as lock:
        run_clock.act(lock, stop)

    assert len(times) == 3
    assert times == sorted(times)
    assert times[0].tzinfo is not None


@pytest.mark.django_db(transaction=True)
def test_the_clock_stops_between_two_jobs(registry):
    stop = threading.Event()
    clock.register(lambda now: stop.set(), seconds=1, name="first")
    clock.register(lambda now: pytest.fail("ran after the end"), seconds=1, name="second")

    run_clock.run_due(Schedule(clock.jobs()), stop)

    assert stop.is_set()


@pytest.mark.django_db(transaction=True)
def test_a_clock_that_lost_its_lock_acts_no_longer(registry):
    lock = run_clock.locking_connection()
    times = []

    def lose_the_lock(now):
        times.append(now)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [lock.info.backend_pid])

    clock.register(lose_the_lock, seconds=0.01, name="lose the lock")

    with pytest.raises(run_clock.psycopg.OperationalError):
        run_clock.act(lock, threading.Event())

    assert len(times) == 1
    lock.close()


@pytest.mark.django_db(transaction=True)
def test_a_job_finds_a_connection_after_the_database_was_away(registry):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with run_clock.locking_connection() as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
        living = "SELECT pid FROM pg_stat_activity WHERE pid = %s"
        eventually(lambda: other.execute(living, [pid]).fetchone() is None)
    answers = []

    def ask(now):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            answers.append(cursor.fetchone())

    schedule = Schedule([Job("ask", 0.001, ask)])

    eventually(lambda: run_clock.run_due(schedule, threading.Event()) or answers)
    assert answers == [(1,)]
    # The pool may still hold the broken one: the next test gets a pool of its own.
    connection.close_pool()

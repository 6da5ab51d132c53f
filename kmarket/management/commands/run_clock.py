"""Run the registered jobs, each at its time, until SIGTERM."""

import logging
import time
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections
from django.utils import timezone

from kmarket import clock, leading, metrics
from kmarket.leading import STANDBY_SECONDS, locking_connection
from kmarket.listening import CannotListen
from kmarket.stopping import Stop

logger = logging.getLogger(__name__)

LOCK = (0x6B6D, 1)
# The longest that a lost lock goes unnoticed.
LOOK_SECONDS_MAX = 1.0


class Command(BaseCommand):
    help = (
        "Run the jobs that apps registered (closing markets, reconciling, …), each at its time."
        " Any number of these processes may run: one acts, the others stand by."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            metrics.expose("clock")
        except CannotListen as exc:
            raise CommandError(str(exc)) from None
        with Stop() as stop:
            while not stop.is_set():
                try:
                    lead(stop)
                except psycopg.OperationalError as exc:
                    logger.warning("The clock lost its database connection: %s", exc)
                    stop.wait(STANDBY_SECONDS)


def lead(stop: Stop) -> None:
    """Stand by until the lock is ours, then act.

    Raises:
        psycopg.OperationalError: the database is away, and the lock with it.
    """
    with locking_connection() as lock:
        while not stop.is_set() and not take(lock):
            stop.wait(STANDBY_SECONDS)
        logger.info("This clock process acts.")
        act(lock, stop)


def take(lock: psycopg.Connection[Any]) -> bool:
    """Return whether the lock is ours now."""
    return leading.take(lock, LOCK)


def act(lock: psycopg.Connection[Any], stop: Stop) -> None:
    """Run what is due, for as long as the lock is ours.

    Raises:
        psycopg.OperationalError: the lock's connection is gone, and the lock with it.
    """
    schedule = clock.Schedule(clock.jobs())
    while not stop.is_set():
        run_due(schedule, stop)
        stop.wait(min(schedule.wait(time.monotonic()), LOOK_SECONDS_MAX))
        leading.hold(lock)


def run_due(schedule: clock.Schedule, stop: Stop) -> None:
    """Run the jobs whose time has come; stop between two of them when asked to."""
    for job in schedule.due(time.monotonic()):
        if stop.is_set():
            return
        # A connection that broke stays broken in its thread otherwise.
        close_old_connections()
        clock.run(job, timezone.now())
    close_old_connections()

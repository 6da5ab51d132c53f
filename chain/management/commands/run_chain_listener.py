"""Follow the contracts on the chain until SIGTERM."""

import logging
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import asdict
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone
from psycopg_pool import PoolTimeout

from chain import config, errands, handlers, locks, status
from chain.config import ChainConfig, NotConfigured
from chain.errors import Halted
from chain.listener import Listener, cursor_of
from chain.nodes import Nodes
from chain.profiles import BadProfile
from kmarket import leading, metrics
from kmarket.leading import STANDBY_SECONDS
from kmarket.listening import CannotListen
from kmarket.stopping import Stop

logger = logging.getLogger(__name__)

DATABASE_AWAY_SECONDS = 1.0
# How often the log tells how far we are.
REPORT_SECONDS = 30.0


class Command(BaseCommand):
    help = (
        "Follow the contract of CHAIN_CONTRACT, and that of VAULT_CONTRACT if there is one, through"
        " the nodes of CHAIN_RPC_URLS. Any number of these processes may run: one acts, the others"
        " stand by. Ends with exit code 1 and the reason where going on would be wrong; with two"
        " contracts once neither can go on."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            followed = [config.from_settings(each) for each in config.families()]
            if not followed:
                followed = [config.from_settings()]
            metrics.expose("chain")
        except (NotConfigured, BadProfile, CannotListen) as exc:
            raise CommandError(str(exc)) from exc
        with Stop() as stop:
            reasons = follow_all(followed, stop)
        if reasons:
            raise CommandError("\n".join(f"The listener halted: {reason}" for reason in reasons))


def follow_all(followed: Sequence[ChainConfig], stop: Stop) -> list[str]:
    """Follow each contract in a thread of its own until the end, or until none can go on; return
    why they halted. One that halts, or waits, holds up no other."""
    if len(followed) == 1:
        return _reasons([_followed(followed[0], stop)])
    with ThreadPoolExecutor(len(followed), thread_name_prefix="follow") as threads:
        running = [threads.submit(_followed_apart, each, stop) for each in followed]
        wait(running, return_when=FIRST_EXCEPTION)
        # A bug in one ends the process: it is restarted, and both with it.
        stop.set()
    return _reasons([each.result() for each in running])


def _reasons(ends: Iterable[str]) -> list[str]:
    return [reason for reason in ends if reason]


def _followed_apart(followed: ChainConfig, stop: Stop) -> str:
    """Follow a contract in a thread: its connection ends with it, not with the process."""
    try:
        return _followed(followed, stop)
    finally:
        connection.close()


def _followed(followed: ChainConfig, stop: Stop) -> str:
    """Follow a contract until the end; return why it halted, if it did."""
    while not stop.is_set():
        try:
            lead(followed, stop)
        except Halted as exc:
            logger.error("The listener of %s halted: %s", followed.contract, exc)  # noqa: TRY400 (expected)
            return str(exc)
        except (OperationalError, InterfaceError, PoolTimeout, psycopg.Error) as exc:
            # Also where the answer to a COMMIT was lost: the next unit finds out.
            logger.warning("The listener lost its database connection: %s", exc)
            stop.wait(DATABASE_AWAY_SECONDS)
    return ""


def lead(followed: ChainConfig, stop: Stop) -> None:
    """Stand by until the lock is ours, then follow.

    Raises:
        Halted: going on would be wrong.
        OperationalError, psycopg.Error: the database is away, and the lock with it.
    """
    # A connection that broke stays broken in its thread otherwise.
    close_old_connections()
    key = (locks.LISTENING, cursor_of(followed).pk)
    with leading.locking_connection() as lock:
        while not stop.is_set() and not leading.take(lock, key):
            stop.wait(STANDBY_SECONDS)
        logger.info("This process follows %s on chain %s.", followed.contract, followed.chain_id)
        follow(followed, Nodes.of(followed.rpc_urls), lock, stop)


def follow(followed: ChainConfig, nodes: Nodes, lock: psycopg.Connection[Any], stop: Stop) -> None:
    """Do one unit after the other, and errands in between, for as long as the lock is ours."""
    listener = Listener(followed, nodes)
    reported_at = time.monotonic()
    while not stop.is_set():
        close_old_connections()
        now = timezone.now()
        ran = errands.carry_out(followed, nodes, handlers.registered(followed.profile.family), now)
        if not ran and not listener.step(now):
            stop.wait(listener.wait_seconds)
        leading.hold(lock)
        if time.monotonic() - reported_at >= REPORT_SECONDS:
            report(followed)
            reported_at = time.monotonic()
    report(followed)


def report(followed: ChainConfig) -> None:
    """Log how the listener does."""
    numbers = asdict(status.of(cursor_of(followed), timezone.now()))
    logger.info("Listener: %s", " ".join(f"{name}={value}" for name, value in numbers.items()))

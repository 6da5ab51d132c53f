"""Looks numbers up when Prometheus asks, in the thread that answers it.

A web process knows its own sockets. What is true of the whole house is read from the database by
the clock processes, each of them, whether it acts or stands by: whoever adds those up takes the
greatest. With the database away they say that, and nothing else.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client.metrics_core import Metric
from psycopg_pool import PoolTimeout

from chain import status
from chain.events import Family
from chain.models import Reconciliation
from console.models import CheckRun
from kmarket import cache, replica
from kmarket.distribution import Distribution
from markets.lifecycle import MarketStatus
from markets.models import Market
from oddsfeed import hub, stats
from oddsfeed.outbox import Outbox
from telemetry import catalogue, requests
from vault.models import Reading as VaultReading

DATABASE_AWAY = (DatabaseError, InterfaceError, PoolTimeout)

Values = dict[tuple[str, ...], float]


class Collector(Protocol):
    """What a registry asks for numbers."""

    def collect(self) -> Iterable[Metric]:
        """Return them as they are now."""

    def describe(self) -> Iterable[Metric]:
        """Return nothing: no number is asked for before there is somebody who wants it."""


def of(process: str) -> list[Collector]:
    """Return who looks up what this kind of process knows."""
    by_process: dict[str, list[Collector]] = {
        "web": [Requests(), Sockets(), Replica()],
        "clock": [House()],
    }
    return [Pool(), *by_process.get(process, [])]


class Pool:
    """The process's connections to PostgreSQL."""

    def collect(self) -> Iterator[Metric]:
        pool = connection.pool  # type: ignore[attr-defined]  # PostgreSQL's has it
        told = pool.get_stats()
        idle = told.get("pool_available", 0)
        used = told.get("pool_size", 0) - idle
        yield catalogue.POOL_CONNECTIONS.gauge({("idle",): idle, ("used",): used})
        yield catalogue.POOL_WAITING.gauge({(): told.get("requests_waiting", 0)})
        waited = told.get("requests_wait_ms", 0) / 1000
        yield catalogue.POOL_WAIT_SECONDS.counter({(): waited})

    def describe(self) -> Iterable[Metric]:
        return ()


class Replica:
    """The process's reads that a replica may answer; where there is none, nobody counts."""

    def collect(self) -> Iterator[Metric]:
        answered: Values = {(name,): count for name, count in replica.answered.items()}
        yield catalogue.REPLICA_READS.counter(answered)

    def describe(self) -> Iterable[Metric]:
        return ()


class Requests:
    """What the process answered."""

    def collect(self) -> Iterator[Metric]:
        # The event loop adds others meanwhile.
        answered = list(requests.answered.items())
        counts: Values = {
            (method, route, str(status)): count for (method, route, status), count in answered
        }
        yield catalogue.REQUESTS.counter(counts)
        durations = list(requests.durations.items())
        yield catalogue.REQUEST_DURATION.histogram({(route,): each for route, each in durations})

    def describe(self) -> Iterable[Metric]:
        return ()


class Sockets:
    """The process's hub. Before the first client there is none, and all is 0."""

    def collect(self) -> Iterator[Metric]:
        hubs = hub.running()
        numbers = sum((one.numbers() for one in hubs), start=stats.Numbers())
        clients = [client for one in hubs for client in list(one.clients)]
        plain = sum(isinstance(client, Outbox) for client in clients)
        by_protocol: Values = {("ws",): plain, ("socketio",): len(clients) - plain}
        yield catalogue.SOCKETS.gauge(by_protocol)
        yield catalogue.TOPICS.gauge({(): numbers.topics})
        yield catalogue.SENT.counter({(): numbers.sent})
        yield catalogue.HEALED.counter({(): numbers.healed})
        yield catalogue.SLOW_CLOSES.counter({(): numbers.slow_closes})
        dropped: Values = {("slow",): stats.dropped.slow, ("rate",): stats.dropped.rate}
        yield catalogue.DROPPED.counter(dropped)
        yield catalogue.FEED_UP.gauge({(): all(one.status == "ok" for one in hubs)})
        delays = Distribution(stats.DELAY_SECONDS)
        for one in hubs:
            delays.add(one.people.tally.delays)
        yield catalogue.FANOUT_DELAY.histogram({(): delays})

    def describe(self) -> Iterable[Metric]:
        return ()


class House:
    """What the database knows of all."""

    def collect(self) -> Iterator[Metric]:
        try:
            cache.redis().ping()
            redis_up = 1
        except cache.RedisAway:
            redis_up = 0
        yield catalogue.REDIS_UP.gauge({(): redis_up})
        now = timezone.now()
        # A connection that broke stays broken in its thread otherwise.
        close_old_connections()
        try:
            read = [*_markets(now), *_checks(), *_chain(now)]
        except DATABASE_AWAY:
            yield catalogue.DATABASE_UP.gauge({(): 0})
            return
        finally:
            connection.close()
        yield catalogue.DATABASE_UP.gauge({(): 1})
        yield from read

    def describe(self) -> Iterable[Metric]:
        return ()


def _markets(now: datetime) -> Iterator[Metric]:
    found = dict(Market.objects.values_list("status").annotate(Count("pk")).order_by())
    by_status: Values = {(str(each),): found.get(str(each), 0) for each in MarketStatus}
    yield catalogue.MARKETS.gauge(by_status)
    waiting = Market.objects.filter(status=MarketStatus.CLOSED, kind=Market.Kind.BOOK)
    since = waiting.aggregate(first=Min("start_time"))["first"]
    seconds = (now - since).total_seconds() if since else 0.0
    yield catalogue.AWAITING_RESULT.gauge({(): max(0.0, seconds)})


def _checks() -> Iterator[Metric]:
    runs = list(CheckRun.objects.exclude(ended_at=None))
    faults: Values = {
        (run.kind,): -1 if run.fault_count is None else run.fault_count for run in runs
    }
    ended: Values = {(run.kind,): run.ended_at.timestamp() for run in runs if run.ended_at}
    yield catalogue.CHECK_FAULTS.gauge(faults)
    yield catalogue.CHECK_TIME.gauge(ended)


def _chain(now: datetime) -> Iterator[Metric]:
    """Return how the listeners do, as far as they have begun; nothing where there is no chain."""
    contracts = {Family.MARKETS: settings.CHAIN_CONTRACT, Family.VAULT: settings.VAULT_CONTRACT}
    values: dict[catalogue.Reading, Values] = {}
    for family, contract in contracts.items():
        label = (family.value,)
        for reading, value in _of_contract(contract, now):
            known = values.setdefault(reading, {})
            if value is not None:
                known[label] = value
    for reading, known in values.items():
        yield reading.gauge(known)
    vault = VaultReading.objects.filter(contract=settings.VAULT_CONTRACT).first()
    if vault is not None:
        unit = 10**settings.TOKEN_DECIMALS
        yield catalogue.VAULT_HELD.gauge({(): vault.held / unit})
        yield catalogue.VAULT_OWED.gauge({(): vault.owed / unit})


def _of_contract(contract: str, now: datetime) -> Iterator[tuple[catalogue.Reading, float | None]]:
    cursor = status.cursor_of(settings.CHAIN_ID, contract) if contract else None
    if cursor is None:
        return
    told = status.of(cursor, now)
    progressed = cursor.progressed_at
    compared = Reconciliation.objects.filter(cursor=cursor, trouble="").exclude(ended_at=None)
    ended = compared.order_by("-pk").values_list("ended_at", flat=True).first()
    yield catalogue.CHAIN_HEAD, told.head
    yield catalogue.CHAIN_INDEXED, told.indexed
    yield catalogue.CHAIN_FINAL, told.finalized
    yield catalogue.CHAIN_HALTED, bool(told.halted)
    yield catalogue.CHAIN_PROGRESS, progressed.timestamp() if progressed else None
    yield catalogue.CHAIN_REORGANISATIONS, told.reorg_count
    yield catalogue.CHAIN_REORGANISATION_DEPTH, told.reorg_depth_max
    yield catalogue.CHAIN_QUARANTINE, told.quarantined
    yield catalogue.CHAIN_FINDINGS, told.findings
    yield catalogue.CHAIN_COMPARED, ended.timestamp() if ended else None

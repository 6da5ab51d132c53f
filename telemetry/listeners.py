"""Counts what the apps announce, in the process where it happens."""

import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from betting.models import Order
from betting.models import Settlement as Decision
from betting.signals import market_settled, order_placed
from kmarket import clock, metrics
from markets.models import OddsUpdate
from markets.signals import odds_changed
from telemetry import catalogue, collectors


def connect() -> None:
    """Listen from now on."""
    order_placed.connect(count_bet, dispatch_uid="telemetry")
    market_settled.connect(count_settlement, dispatch_uid="telemetry")
    odds_changed.connect(count_prices, dispatch_uid="telemetry")
    clock.ran.connect(count_job, dispatch_uid="telemetry")
    metrics.exposed.connect(begin, dispatch_uid="telemetry")


def count_bet(order: Order, **_: Any) -> None:
    catalogue.BETS.inc()
    catalogue.STAKED.inc(tokens(order.stake))


def count_settlement(settlement: Decision, **_: Any) -> None:
    catalogue.SETTLEMENTS.labels(settlement.kind).inc()
    catalogue.SETTLED_ORDERS.inc(settlement.order_count)
    catalogue.PAID_OUT.inc(tokens(settlement.paid_out))


def count_prices(updates: Sequence[OddsUpdate], **_: Any) -> None:
    for update in updates:
        catalogue.PRICES.labels(update.source).inc()


def count_job(job: clock.Job, seconds: float, *, failed: bool, **_: Any) -> None:
    catalogue.JOB_DURATION.labels(job.name).observe(seconds)
    failures = catalogue.JOB_FAILURES.labels(job.name)
    if failed:
        failures.inc()
    else:
        catalogue.JOB_TIME.labels(job.name).set(time.time())


def begin(process: str, **_: Any) -> None:
    """Have what this kind of process knows looked up whenever it is asked."""
    catalogue.PROCESS.labels(process, settings.VERSION).set(1)
    for collector in collectors.of(process):
        metrics.REGISTRY.register(collector)


def tokens(amount: int) -> float:
    """Return an amount of the smallest unit in tokens. Rounded: it is for charts."""
    return float(amount / 10**settings.TOKEN_DECIMALS)

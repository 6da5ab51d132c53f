"""The proofs that the house makes of itself from time to time, and what they found last.

`check_ledger` and `check_audit` read whole tables. So no page makes them: the clock process does,
once in `EVERY` and when somebody asks, in a thread beside its other work, which must not wait.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import close_old_connections, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts import audit
from accounts.models import User
from betting import books
from console.models import CheckRun
from kmarket import leading
from kmarket.moments import one_moment

logger = logging.getLogger(__name__)

Kind = CheckRun.Kind

EVERY = timedelta(hours=1)
# Without an outcome for so long, somebody should look whether the clock process runs.
LATE = 3 * EVERY
LOOK_SECONDS = 5
SAID_MAX = 20
# Beside the clock's own lock (run_clock) and the audit's.
LOCK = (0x6B6D, 3)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a proof found. No count: it could not be finished."""

    fault_count: int | None
    said: str


@dataclass
class _Last:
    """The thread that this process began last."""

    thread: threading.Thread | None = None


_last = _Last()


@transaction.atomic
def request(*, kind: Kind, actor: User) -> CheckRun:
    """Have the clock process make a proof as soon as it can."""
    run, _ = CheckRun.objects.get_or_create(kind=kind)
    CheckRun.objects.filter(pk=run.pk).update(wanted_at=Now())
    audit.record(actor=actor, action="check.request", target=run, reason="asked for at once")
    return run


def start_due(now: datetime) -> threading.Thread | None:
    """Begin what is due, in a thread; None where nothing is. The clock calls this."""
    if (_last.thread is not None and _last.thread.is_alive()) or not due(now):
        return None
    # A daemon: a proof changes nothing but its outcome, and may be cut off by a restart.
    _last.thread = threading.Thread(target=_run_apart, args=[now], name="checks", daemon=True)
    _last.thread.start()
    return _last.thread


def due(now: datetime) -> list[Kind]:
    """Return the proofs that were never made, are old or asked for, and not under way."""
    fresh = CheckRun.objects.filter(
        Q(wanted_at=None) | Q(began_at__gte=F("wanted_at")), began_at__gt=now - EVERY
    )
    known = set(fresh.values_list("kind", flat=True))
    return [kind for kind in Kind if kind not in known]


def run(kind: Kind) -> CheckRun:
    """Make one proof and remember what it found."""
    CheckRun.objects.update_or_create(kind=kind, defaults={"began_at": Now()})
    try:
        outcome = _PROOFS[kind]()
    except Exception as exc:
        logger.exception("The %s could not be checked.", kind)
        outcome = Outcome(None, f"{type(exc).__name__}: {exc}")
    if outcome.fault_count:
        logger.error("The check of the %s found %s faults.", kind, outcome.fault_count)
    CheckRun.objects.filter(kind=kind).update(
        ended_at=Now(), fault_count=outcome.fault_count, said=outcome.said
    )
    return CheckRun.objects.get(kind=kind)


def _run_apart(now: datetime) -> None:
    """Make what is due, unless another thread or process does."""
    close_old_connections()
    try:
        with _alone() as is_alone:
            if is_alone:
                for kind in due(now):
                    run(kind)
    except Exception:
        logger.exception("The checks could not be made.")
    finally:
        connection.close()


@contextmanager
def _alone() -> Iterator[bool]:
    """Yield whether nobody else makes proofs now; nobody will before the end of the block."""
    with leading.locking_connection() as lock:
        yield leading.take(lock, LOCK)


def _ledger() -> Outcome:
    with one_moment():
        differences = books.differences()
        totals = books.account_totals()
    faults = list(map(str, differences))
    if total := sum(totals.values()):
        faults.append(f"all accounts together hold {total}")
    accounts = ", ".join(f"{account} {held}" for account, held in totals.items())
    return _outcome(faults, len(faults), right=accounts)


def _audit() -> Outcome:
    with one_moment():
        report = audit.verify()
    right = f"{report.sealed} sealed, {report.unsealed} not sealed yet, head {report.head}"
    return _outcome(report.faults, report.fault_count, right=right)


def _outcome(faults: list[str], count: int, *, right: str) -> Outcome:
    return Outcome(count, "\n".join(faults[:SAID_MAX]) if count else right)


_PROOFS: dict[Kind, Callable[[], Outcome]] = {Kind.LEDGER: _ledger, Kind.AUDIT: _audit}
